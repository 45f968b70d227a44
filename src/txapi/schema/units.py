"""Units 单位: towns, subdistricts, platforms and departments, in the official order."""

from __future__ import annotations

from operator import attrgetter
from typing import Annotated, Any

import strawberry

from txapi.application import units as commands
from txapi.application.desk import Done
from txapi.domain.unit import Duty, UnitKind
from txapi.projections import units
from txapi.projections.moment import Reader
from txapi.projections.units import UnitFilter as Asked
from txapi.projections.units import UnitRow
from txapi.schema.asking import Asking, loads, loads_many
from txapi.schema.commands import CommandInput, Info, Refusal, carry_out
from txapi.schema.connections import DEFAULT_SIZE, Connection, connect
from txapi.schema.history import Event, events_at, history_of
from txapi.schema.ids import GlobalId
from txapi.schema.inputs import LabelInput, fields_of, texts
from txapi.schema.nouns import Answer, Node, answers, since_position, to_one, together
from txapi.schema.permissions import Permission, permissions_of
from txapi.schema.plain import Behind, Hanging, plain
from txapi.schema.publications import Published, published_on
from txapi.schema.scalars import JSON, Position
from txapi.schema.values import label_in, public_enum

public_enum(UnitKind, "单位类别", "What sort of unit it is.")
public_enum(Duty, "单位职责", "How a unit is judged.")


def unit_behind(column: str, description: str) -> Any:
    """A field: the unit whose code a column of the row holds; read once for all its siblings."""
    code_of = attrgetter(column)

    def told(self: Any) -> Unit | None:
        return unit_of(self, column, code_of(self), code_of)

    return strawberry.field(resolver=told, description=description, metadata=plain(Behind(column, "code")))


@answers("单位", "A town, subdistrict, platform or department; it keeps its code through every change of name.")
class Unit(UnitRow, Answer, Node):
    """A unit at a moment."""

    NOUN = "unit"

    name = label_in("name_label", "Its name. 名称。")

    parent = unit_behind("parent_code", "The unit above it, or that it is part of. 上级单位。")

    successor = unit_behind(
        "successor_code", "The unit into which it was merged, to which its authority passed. 承继单位。"
    )

    @strawberry.field(
        description="What documents printed about it, beside what the record says; 50 unless told how many. 刊载（默认前 50 条）。"
    )
    def published(self, first: int = DEFAULT_SIZE) -> list[Published]:
        """The printed figures."""
        return published_on(self, first)

    changed_at = since_position("Where it last changed, as seen from this moment. 最近变更位置。")

    @strawberry.field(description="What was recorded of it, in order. 变更历史。", metadata=plain(Hanging()))
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
        """The viewer's permissions."""
        return permissions_of(self, info, self.entity_id, commands.may)


def unit_of(answer: Answer, name: str, code: str | None, code_of: Any) -> Unit | None:
    """The unit behind a code that an answer keeps; read once for all its siblings."""
    found: Unit | None = to_one(
        answer, name, code, code_of, lambda reader, codes: units.by_codes(reader, codes, Unit), lambda row: row.code
    )
    return found


def units_of(answer: Answer, name: str, codes_of: Any) -> list[Unit]:
    """The units behind several codes that an answer keeps, in that order; read once for all its siblings."""
    found: dict[str, Unit] = answer.related_by_many(
        name, codes_of, lambda reader, codes: units.by_codes(reader, codes, Unit), lambda row: row.code
    )
    return [found[code] for code in codes_of(answer) if code in found]


@loads("unit")
def load_unit(reader: Reader, pinned: GlobalId | None, key: str) -> Unit | None:
    """The unit with that entity id."""
    unit: Unit | None = alone(units.by_id(reader, key, Unit), reader, pinned)
    return unit


@loads_many("unit")
def load_units(reader: Reader, keys: list[str]) -> list[Any]:
    """The units with those entity ids."""
    return units.by_ids(reader, keys, Unit)


def alone(row: Any, reader: Reader, pinned: GlobalId | None) -> Any:
    """A noun found by itself: it has no siblings."""
    return together([row], reader, pinned)[0] if row is not None else None


@strawberry.input(description="Which units; every part that is given must hold. 单位筛选。")
class UnitFilter(Asked):
    """Which units."""

    kind: list[UnitKind] | None = strawberry.field(default=None, description="Of these sorts. 类别。")
    duty: list[Duty] | None = strawberry.field(default=None, description="Judged in these ways. 职责。")
    closed: bool | None = strawberry.field(
        default=None, description="Only closed ones, or only open ones. 是否已撤销。"
    )
    text: str | None = strawberry.field(default=None, description="Code, name or alias contains this. 文字检索。")


@strawberry.type
class UnitQuestions(Asking):
    """Questions about units."""

    @strawberry.field(description="The unit with that code. 单位。")
    def unit(self, code: Annotated[str, strawberry.argument(description="The unit's code. 代码。")]) -> Unit | None:
        """A unit by code."""
        found = units.by_codes(self.reader, [code], Unit)
        return alone(found[0], self.reader, self.pinned) if found else None

    @strawberry.field(description="Units in the official order. 单位列表。")
    def units(
        self,
        filter: UnitFilter | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[Unit]:
        """A page of units."""
        return connect(
            self.reader, self.pinned, lambda reader: units.select(reader, filter), units.OFFICIAL_ORDER, Unit,
            name="units", asked=filter, first=first, after=after, last=last, before=before,
        )  # fmt: skip


# -- commands --------------------------------------------------------------------------------------------------------


@strawberry.type(description="What a command on a unit came to. 单位回执。")
class UnitReceipt:
    """The unit after the command, and the position of its last event."""

    unit: Unit = strawberry.field(description="The unit, as it is now. 单位。")
    position: Position = strawberry.field(description="The last event of this command. 位置。")
    events: list[Event] = strawberry.field(description="What was recorded. 事件。")
    replayed: bool = strawberry.field(description="Whether this command had been carried out before. 是否重放。")


UnitResult = Annotated[
    UnitReceipt | Refusal, strawberry.union("UnitResult", description="A receipt, or why not. 结果。")
]


def _receipt(reader: Reader, done: Done) -> UnitReceipt:
    unit = alone(units.by_id(reader, done.id, Unit), reader, None)
    events = events_at(reader, range(done.first, done.last + 1))
    return UnitReceipt(unit=unit, position=Position(done.last), events=events, replayed=done.replayed)


@strawberry.input(description="Enter a unit in the register. 登记单位。")
class RegisterUnitInput(CommandInput):
    """The unit to register."""

    code: str = strawberry.field(description="Lower-case letters, digits and hyphens; for ever. 代码。")
    name: LabelInput = strawberry.field(description="Its name. 名称。")
    kind: UnitKind = strawberry.field(description="What sort of unit. 类别。")
    duty: Duty = strawberry.field(description="How it is judged. 职责。")
    official_order: int = strawberry.field(default=0, description="Its place in the official order. 排序。")
    parent: str | None = strawberry.field(default=None, description="Code of the unit above. 上级单位代码。")
    aliases: list[str] = strawberry.field(default_factory=list, description="Other names in use. 别名。")


@strawberry.input(description="Change what is said of a unit; what is left out stays. 修改单位。")
class AmendUnitInput(CommandInput):
    """What to change."""

    unit: str = strawberry.field(description="The unit's code. 单位代码。")
    kind: UnitKind | None = strawberry.field(default=None, description="What sort of unit. 类别。")
    duty: Duty | None = strawberry.field(default=None, description="How it is judged. 职责。")
    official_order: int | None = strawberry.field(default=None, description="Its place in the official order. 排序。")
    parent: str | None = strawberry.field(default=None, description="Code of the unit above. 上级单位代码。")
    aliases: list[str] | None = strawberry.field(default=None, description="Other names in use. 别名。")


@strawberry.input(description="Give a unit another name. 单位更名。")
class RenameUnitInput(CommandInput):
    """The new name."""

    unit: str = strawberry.field(description="The unit's code. 单位代码。")
    name: LabelInput = strawberry.field(description="The new name. 新名称。")


@strawberry.input(description="Merge a unit into another. 单位合并。")
class MergeUnitInput(CommandInput):
    """Which into which."""

    unit: str = strawberry.field(description="The unit's code. 单位代码。")
    into: str = strawberry.field(description="The code of the unit that takes over. 并入单位代码。")


@strawberry.input(description="Close a unit; a reason is needed. 撤销单位。")
class CloseUnitInput(CommandInput):
    """Which unit."""

    unit: str = strawberry.field(description="The unit's code. 单位代码。")


@strawberry.input(description="Retract or replace a fact of a unit; a reason is needed. 更正单位事实。")
class CorrectUnitInput(CommandInput):
    """Which fact, and how it should read."""

    unit: str = strawberry.field(description="The unit's code. 单位代码。")
    corrects: int = strawberry.field(description="The version (event number in its stream) of the fact. 被更正事件。")
    fields: JSON | None = strawberry.field(
        default=None, description="The fields that replace; null retracts. 更正内容。"
    )


@strawberry.type
class UnitMutations:
    """Commands on units."""

    @strawberry.mutation(description="Enter a unit in the register. 登记单位。")
    def register_unit(self, info: Info, input: RegisterUnitInput) -> UnitResult:
        """Enter a unit."""
        return carry_out(info, input, lambda desk, order: commands.register_unit(
            desk, order, code=input.code, name=input.name.value(), kind=input.kind, duty=input.duty,
            order_number=input.official_order, parent=input.parent,
            aliases=texts(input.aliases, "aliases"),
        ), _receipt)  # fmt: skip

    @strawberry.mutation(description="Change what is said of a unit. 修改单位。")
    def amend_unit(self, info: Info, input: AmendUnitInput) -> UnitResult:
        """Amend a unit."""
        return carry_out(info, input, lambda desk, order: commands.amend_unit(
            desk, order, unit=input.unit, kind=input.kind, duty=input.duty, order_number=input.official_order,
            parent=input.parent, aliases=None if input.aliases is None else texts(input.aliases, "aliases"),
        ), _receipt)  # fmt: skip

    @strawberry.mutation(description="Give a unit another name; its code stays. 单位更名。")
    def rename_unit(self, info: Info, input: RenameUnitInput) -> UnitResult:
        """Rename a unit."""
        return carry_out(info, input, lambda desk, order: commands.rename_unit(
            desk, order, unit=input.unit, name=input.name.value()), _receipt)  # fmt: skip

    @strawberry.mutation(description="Merge a unit into another, to which its authority passes. 单位合并。")
    def merge_unit(self, info: Info, input: MergeUnitInput) -> UnitResult:
        """Merge a unit."""
        return carry_out(info, input, lambda desk, order: commands.merge_unit(
            desk, order, unit=input.unit, into=input.into), _receipt)  # fmt: skip

    @strawberry.mutation(description="Close a unit. 撤销单位。")
    def close_unit(self, info: Info, input: CloseUnitInput) -> UnitResult:
        """Close a unit."""
        return carry_out(info, input, lambda desk, order: commands.close_unit(
            desk, order, unit=input.unit), _receipt)  # fmt: skip

    @strawberry.mutation(description="Retract or replace a fact of a unit. 更正单位事实。")
    def correct_unit(self, info: Info, input: CorrectUnitInput) -> UnitResult:
        """Correct a unit."""
        return carry_out(info, input, lambda desk, order: commands.correct_unit(
            desk, order, unit=input.unit, corrects=input.corrects, fields=fields_of(input.fields)), _receipt)  # fmt: skip
