"""Supervision lists 专项督查清单: who is held to start or to complete, who has, and the rate where every member is known."""

from __future__ import annotations

from typing import Annotated, Any

import strawberry
from strawberry.scalars import ID

from txapi.application import supervision as commands
from txapi.domain.editions import Duty, EditionKind
from txapi.projections import references, supervision
from txapi.projections.moment import Reader
from txapi.projections.supervision import SupervisionRow
from txapi.schema.asking import Asking, loads, loads_many
from txapi.schema.commands import Info
from txapi.schema.connections import DEFAULT_SIZE, Connection, connect
from txapi.schema.history import Event, history_of
from txapi.schema.ids import GlobalId, stream_of
from txapi.schema.nouns import Answer, Node, answers, since_position, to_one
from txapi.schema.permissions import Permission, permissions_of
from txapi.schema.plain import Hanging, Sought, plain
from txapi.schema.project_parts import Membership
from txapi.schema.publications import Published, published_on
from txapi.schema.references import Edition
from txapi.schema.scalars import Position
from txapi.schema.units import alone
from txapi.schema.values import PartialDate, Ratio, label_in, label_of, public_enum

public_enum(Duty, "督查事项", "What a supervision list holds its members to.", name="SupervisionDuty")


@answers(
    "专项督查清单",
    "A list of projects that are to start, or to be completed; a counting rule says what counts as done.",
)
class SupervisionList(SupervisionRow, Answer, Node):
    """A list at a moment."""

    NOUN = "supervision_list"

    programme = label_in("programme_label", "The programme that it belongs to. 督查专项。")

    duty_label = label_of("duty", "What it holds its members to, in words. 督查事项名称。")

    @strawberry.field(description="The time that it runs over, where it is known. 督查期间。")
    def period(self) -> PartialDate | None:
        """The period."""
        return PartialDate.of(self.over)

    @strawberry.field(description="Which milestones count as done. 统计口径。")
    def rule(self) -> Edition | None:
        """The counting rule."""
        return to_one(  # type: ignore[no-any-return]
            self, "rule", self.rule_edition, lambda row: row.rule_edition,
            lambda reader, names: references.editions_named(reader, names, Edition, EditionKind.COUNTING_RULE),
            lambda row: row.edition,
        )  # fmt: skip

    @strawberry.field(
        description="How many projects are known to be on it, at the moment and its validOn. 已知列入数。"
    )
    def members_known(self) -> int:
        """The members."""
        return self._standing().listed

    @strawberry.field(description="How many of them are done, by the counting rule. 完成数。")
    def done(self) -> int:
        """The members that are done."""
        return self._standing().done

    @strawberry.field(
        description="Done over listed, computed from the members at validOn; null unless as many are known as are stated. 完成率。"
    )
    def rate(self) -> Ratio | None:
        """The rate."""
        return Ratio.of(self._standing().rate)

    @strawberry.field(description="The projects on it, in the order of entering. 列入项目。")
    def members(
        self,
        current: Annotated[
            bool | None,
            strawberry.argument(description="On it at the moment; false: removed from it; null: both. 是否在列。"),
        ] = True,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[Membership]:
        """A page of its members."""
        return connect(
            self.reader, self._siblings.pinned,
            lambda reader: supervision.select_members(reader, self.entity_id, current=current),
            supervision.BY_ENTRY, Membership,
            name="members", asked=(self.entity_id, current), first=first, after=after, last=last, before=before,
        )  # fmt: skip

    @strawberry.field(
        description="What was printed about it: 129, 86, 66.7 %; 50 unless told how many. 刊载（默认前 50 条）。"
    )
    def published(self, first: int = DEFAULT_SIZE) -> list[Published]:
        """The printed figures, beside the computed."""
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

    def _standing(self) -> supervision.Standing:
        standing: supervision.Standing = self.related(
            "standing",
            self.entity_id,
            lambda row: row.entity_id,
            lambda reader, ids: supervision.standings(reader, self._siblings.members),
        )
        return standing


def list_behind(answer: Answer, name: str, id: str | None, id_of: Any) -> SupervisionList | None:
    """The list behind an id that an answer keeps; read once for all its siblings."""
    found: SupervisionList | None = to_one(answer, name, id, id_of, load_lists, lambda row: row.entity_id)
    return found


@loads("supervision_list")
def load_list(reader: Reader, pinned: GlobalId | None, key: str) -> SupervisionList | None:
    """The list with that entity id."""
    return alone(supervision.list_of(reader, key, SupervisionList), reader, pinned)  # type: ignore[no-any-return]


@loads_many("supervision_list")
def load_lists(reader: Reader, keys: list[str]) -> list[Any]:
    """The lists with those entity ids."""
    return supervision.lists_of(reader, keys, SupervisionList)


@strawberry.type
class SupervisionQuestions(Asking):
    """Questions about supervision lists."""

    @strawberry.field(description="The supervision list with that entityId. 专项督查清单。", metadata=plain(Sought()))
    def supervision_list(
        self, entity_id: Annotated[ID, strawberry.argument(description="The entityId or id. 实体标识。")]
    ) -> SupervisionList | None:
        """A list."""
        found: SupervisionList | None = load_list(self.reader, self.pinned, stream_of(entity_id))
        return found

    @strawberry.field(description="Supervision lists, the latest year first. 专项督查清单列表。")
    def supervision_lists(
        self,
        year: Annotated[int | None, strawberry.argument(description="Of this year. 年度。")] = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[SupervisionList]:
        """A page of lists."""
        return connect(
            self.reader, self.pinned, lambda reader: supervision.select(reader, year), supervision.IN_ORDER,
            SupervisionList,
            name="supervisionLists", asked=year, first=first, after=after, last=last, before=before,
        )  # fmt: skip
