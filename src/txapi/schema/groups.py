"""Groups of projects 项目组: projects that are named together, with the members that are known beside the count stated."""

from __future__ import annotations

from typing import Annotated, Any

import strawberry
from strawberry.scalars import ID

from txapi.application import groups as commands
from txapi.application.desk import Done
from txapi.domain.group import GroupKind
from txapi.projections import groups
from txapi.projections.groups import GroupRow
from txapi.projections.moment import Reader
from txapi.schema.asking import Asking, loads, loads_many
from txapi.schema.commands import CommandInput, Info, Refusal, carry_out
from txapi.schema.connections import DEFAULT_SIZE, Connection, connect
from txapi.schema.context import checked_text
from txapi.schema.history import Event, events_at, history_of
from txapi.schema.ids import GlobalId, entity_of, stream_of
from txapi.schema.inputs import MoneyInput, PartialDateInput, asks, date_of, fields_of, money_of, optional, texts
from txapi.schema.nouns import Answer, Node, answers, since_position, to_one
from txapi.schema.permissions import Permission, permissions_of
from txapi.schema.plain import Hanging, Sought, plain
from txapi.schema.project_parts import Membership
from txapi.schema.publications import Published, published_on
from txapi.schema.scalars import JSON, Position
from txapi.schema.units import alone, unit_behind
from txapi.schema.values import Money, PartialDate, label_of, public_enum

public_enum(GroupKind, "项目组类别", "Why projects are named together.")


@answers("项目组", "Projects that are named together; never counted as a project itself.")
class Group(GroupRow, Answer, Node):
    """A group at a moment."""

    NOUN = "group"

    kind_label = label_of("kind", "What people read for its kind. 类别名称。")

    unit = unit_behind("unit_code", "The unit that it belongs to. 所在单位。")

    @strawberry.field(description="When the joint start is held, or the group stands for. 日期。")
    def on(self) -> PartialDate | None:
        """The date; it may lie ahead."""
        return PartialDate.of(self.happens)

    @strawberry.field(description="The investment that the source states for all of them. 总投资。")
    def investment(self) -> Money | None:
        """The investment stated."""
        return Money.of(self.total)

    @strawberry.field(description="How many of its members are known, entered and not left, up to validOn. 已知数量。")
    def members_known(self) -> int:
        """The members at the moment."""
        known: int = self.related("members_known", self.entity_id, lambda row: row.entity_id, groups.members_known)
        return known

    @strawberry.field(description="The projects that are or were in it, in the order of their entering. 成员。")
    def members(
        self, first: int | None = None, after: str | None = None, last: int | None = None, before: str | None = None
    ) -> Connection[Membership]:
        """A page of memberships."""
        return connect(
            self.reader, self._siblings.pinned, lambda reader: groups.select_members(reader, self.entity_id),
            groups.BY_ENTERING, Membership, name="members", asked=self.entity_id,
            first=first, after=after, last=last, before=before,
        )  # fmt: skip

    @strawberry.field(
        description="What documents printed about it, beside what the record says; 50 unless told how many. 刊载（默认前 50 条）。"
    )
    def published(self, first: int = DEFAULT_SIZE) -> list[Published]:
        """The printed figures."""
        return published_on(self, first)

    changed_at = since_position("Where it last changed, as seen from this moment. 最近变更位置。")

    @strawberry.field(
        description="Everything that was ever recorded of it, in order. 履历。", metadata=plain(Hanging())
    )
    def history(
        self,
        first: int | None = None,
        after: Position | None = None,
        last: int | None = None,
        before: Position | None = None,
    ) -> Connection[Event]:
        """Its events."""
        return history_of(self.reader, self.entity_id, first, after, last, before)

    @strawberry.field(description="Which commands the viewer may give on it now, and why not the others. 操作权限。")
    def may(self, info: Info) -> list[Permission]:
        """Why a button is grey."""
        return permissions_of(self, info, self.entity_id, commands.may)


def group_behind(answer: Answer, name: str, id: str | None, id_of: Any) -> Group | None:
    """The group behind an id that an answer keeps; read once for all its siblings."""
    return to_one(  # type: ignore[no-any-return]
        answer,
        name,
        id,
        id_of,
        lambda reader, ids: groups.groups_of(reader, ids, Group),
        lambda row: row.entity_id,
    )


@loads("group")
def load_group(reader: Reader, pinned: GlobalId | None, key: str) -> Group | None:
    """The group with that entity id."""
    return alone(groups.group_of(reader, key, Group), reader, pinned)  # type: ignore[no-any-return]


@loads_many("group")
def load_groups(reader: Reader, keys: list[str]) -> list[Any]:
    """The groups with those entity ids."""
    return groups.groups_of(reader, keys, Group)


@asks("项目组筛选", "Which groups; every part that is given must hold, an empty list finds nothing.")
class GroupFilter(groups.GroupFilter):
    """Which groups are asked for."""

    def asked(self) -> groups.GroupFilter:
        """The filter as a question. BadInput as of a text."""
        unit = None if self.unit is None else list(texts(self.unit, "unit"))
        return groups.GroupFilter(kind=self.kind, unit=unit, text=optional(self.text, "text", 200))


@strawberry.type
class GroupQuestions(Asking):
    """Questions about groups."""

    @strawberry.field(description="The group with that entityId. 项目组。", metadata=plain(Sought()))
    def group(
        self, entity_id: Annotated[ID, strawberry.argument(description="The entityId or id. 实体标识。")]
    ) -> Group | None:
        """A group."""
        found: Group | None = load_group(self.reader, self.pinned, stream_of(entity_id))
        return found

    @strawberry.field(description="Groups of projects, by name. 项目组列表。")
    def groups(
        self,
        filter: GroupFilter | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[Group]:
        """A page of groups."""
        asked = None if filter is None else filter.asked()
        return connect(
            self.reader, self.pinned, lambda reader: groups.select(reader, asked), groups.BY_NAME, Group,
            name="groups", asked=asked, first=first, after=after, last=last, before=before,
        )  # fmt: skip


# -- commands --------------------------------------------------------------------------------------------------------


@strawberry.type(description="What a command on a group came to. 项目组回执。")
class GroupReceipt:
    """The group after the command, and what was recorded."""

    group: Group = strawberry.field(description="The group, as it is now. 项目组。")
    position: Position = strawberry.field(description="The last event of this command. 位置。")
    events: list[Event] = strawberry.field(description="What was recorded. 事件。")
    replayed: bool = strawberry.field(description="Whether this command had been carried out before. 是否重放。")


GroupResult = Annotated[
    GroupReceipt | Refusal, strawberry.union("GroupResult", description="A receipt, or why not. 结果。")
]


def _receipt(reader: Reader, done: Done) -> GroupReceipt:
    return GroupReceipt(
        group=alone(groups.group_of(reader, done.id, Group), reader, None),
        position=Position(done.last),
        events=events_at(reader, range(done.first, done.last + 1)),
        replayed=done.replayed,
    )


@strawberry.input(description="A command on a group. 项目组指令。")
class GroupCommandInput(CommandInput):
    """Which group."""

    group: ID = strawberry.field(description="The entityId, or an id of the present. 项目组。")

    @property
    def entity(self) -> str:
        """The entity id of the group. BadInput BAD_ID, ID_OF_A_MOMENT, WRONG_KIND."""
        return entity_of(self.group, "group")


@strawberry.input(description="Name a group of projects; its members are recorded on the projects. 登记项目组。")
class RegisterGroupInput(CommandInput):
    """What is known of the group."""

    kind: GroupKind = strawberry.field(description="Why these projects are named together. 类别。")
    name: str = strawberry.field(description="The name. 名称。")
    unit: str | None = strawberry.field(default=None, description="The code of the unit. 所在单位代码。")
    on: PartialDateInput | None = strawberry.field(default=None, description="When; it may lie ahead. 日期。")
    count_stated: int | None = strawberry.field(default=None, description="How many the source says. 所称数量。")
    open: bool = strawberry.field(default=False, description="Whether the source's list ends in 等. 未列全。")
    investment: MoneyInput | None = strawberry.field(default=None, description="As stated for all. 总投资。")
    aliases: list[str] = strawberry.field(default_factory=list, description="Other names in use. 别名。")
    note: str | None = strawberry.field(default=None, description="A remark. 备注。")


@strawberry.input(description="Change what is said of a group; what is left out stays. 修改项目组。")
class AmendGroupInput(GroupCommandInput):
    """What to change."""

    name: str | None = strawberry.field(default=None, description="The name. 名称。")
    on: PartialDateInput | None = strawberry.field(default=None, description="When; it may lie ahead. 日期。")
    count_stated: int | None = strawberry.field(default=None, description="How many the source says. 所称数量。")
    open: bool | None = strawberry.field(default=None, description="Whether the source's list ends in 等. 未列全。")
    investment: MoneyInput | None = strawberry.field(default=None, description="As stated for all. 总投资。")
    aliases: list[str] | None = strawberry.field(default=None, description="Other names in use. 别名。")
    note: str | None = strawberry.field(default=None, description="A remark. 备注。")


@strawberry.input(description="Close a group; a reason is needed. 关闭项目组。")
class CloseGroupInput(GroupCommandInput):
    """Which group."""


@strawberry.input(description="Retract or replace a fact of a group; a reason is needed. 更正项目组事实。")
class CorrectGroupInput(GroupCommandInput):
    """Which fact, and how it should read."""

    corrects: int = strawberry.field(description="Which event of the group stated it. 被更正事件序号。")
    fields: JSON | None = strawberry.field(
        default=None, description="The fields that replace, in the form of the event's data; null retracts. 更正内容。"
    )


@strawberry.type
class GroupMutations:
    """Commands on groups."""

    @strawberry.mutation(description="Name a group of projects. 登记项目组。")
    def register_group(self, info: Info, input: RegisterGroupInput) -> GroupResult:
        """Register a group."""
        return carry_out(info, input, lambda desk, order: commands.register_group(
            desk, order, kind=input.kind, name=checked_text(input.name, "name", 200),
            unit=optional(input.unit, "unit", 64), on=date_of(input.on), count_stated=input.count_stated,
            open_list=input.open, investment=money_of(input.investment), aliases=texts(input.aliases, "aliases"),
            note=optional(input.note, "note"),
        ), _receipt)  # fmt: skip

    @strawberry.mutation(description="Change what is said of a group. 修改项目组。")
    def amend_group(self, info: Info, input: AmendGroupInput) -> GroupResult:
        """Amend a group."""
        return carry_out(info, input, lambda desk, order: commands.amend_group(
            desk, order, group=input.entity, name=optional(input.name, "name", 200), on=date_of(input.on),
            count_stated=input.count_stated, open_list=input.open, investment=money_of(input.investment),
            aliases=None if input.aliases is None else texts(input.aliases, "aliases"),
            note=optional(input.note, "note"),
        ), _receipt)  # fmt: skip

    @strawberry.mutation(description="Close a group. 关闭项目组。")
    def close_group(self, info: Info, input: CloseGroupInput) -> GroupResult:
        """Close a group."""
        return carry_out(info, input, lambda desk, order: commands.close_group(
            desk, order, group=input.entity), _receipt)  # fmt: skip

    @strawberry.mutation(description="Retract or replace a fact of a group. 更正项目组事实。")
    def correct_group(self, info: Info, input: CorrectGroupInput) -> GroupResult:
        """Correct a group."""
        return carry_out(info, input, lambda desk, order: commands.correct_group(
            desk, order, group=input.entity, corrects=input.corrects, fields=fields_of(input.fields),
        ), _receipt)  # fmt: skip
