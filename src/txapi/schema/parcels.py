"""Parcels 地块: land that is listed, awarded, used, left underused, and put to use again."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

import strawberry
from strawberry.scalars import ID

from txapi.application import parcels as commands
from txapi.application.desk import Done
from txapi.domain.parcel import LandUse, ParcelStep
from txapi.projections import parcels
from txapi.projections.moment import Reader
from txapi.projections.parcels import ParcelRow, ParcelStepRow
from txapi.projections.projects import members_of
from txapi.schema.asking import Asking, loads, loads_many
from txapi.schema.commands import CommandInput, Info, Refusal, carry_out
from txapi.schema.companies import Company, company_behind, company_of
from txapi.schema.connections import DEFAULT_SIZE, Connection, connect
from txapi.schema.context import checked_text
from txapi.schema.history import Event, events_at, history_of
from txapi.schema.ids import GlobalId, entity_of, stream_of
from txapi.schema.inputs import MoneyInput, PartialDateInput, asks, fields_of, money_of, optional, texts
from txapi.schema.nouns import Answer, Node, answers, since_position, to_many, to_one
from txapi.schema.permissions import Permission, permissions_of
from txapi.schema.plain import Hanging, Sought, plain
from txapi.schema.project_parts import Membership
from txapi.schema.publications import Published, published_on
from txapi.schema.scalars import JSON, Position
from txapi.schema.units import alone, unit_behind
from txapi.schema.values import Label, Money, PartialDate, label_of, public_enum

public_enum(LandUse, "用地状态", "How land is used: underused is what people see, idle is a legal finding.")
public_enum(ParcelStep, "地块环节", "What happened to a parcel.")


@answers("地块环节", "One thing that happened to a parcel.", name="ParcelStepTaken")
class ParcelStepTaken(ParcelStepRow, Answer):
    """One step at a moment."""

    label = label_of("step", "What people read for it. 环节名称。")

    @strawberry.field(description="When it happened. 日期。")
    def on(self) -> PartialDate:
        """The date of the fact."""
        return PartialDate.of(self.happened)  # type: ignore[return-value]


@answers("地块", "A parcel of land at a moment.")
class Parcel(ParcelRow, Answer, Node):
    """A parcel at a moment."""

    NOUN = "parcel"

    unit = unit_behind("unit_code", "The unit in which it lies. 所在单位。")

    @strawberry.field(description="How it is used, counting what had happened by validOn. 用地状态。")
    def use(self) -> LandUse:
        """The use, by valid time."""
        return parcels.use_of(self.reader, self, self._steps())

    @strawberry.field(description="What people read for its use. 用地状态名称。")
    def use_label(self) -> Label:
        """The label of the use."""
        return Label.of_member(self.use())

    @strawberry.field(description="What happened to it by validOn, in the order in which it was stated. 环节。")
    def steps(self) -> list[ParcelStepTaken]:
        """Every step."""
        return self._steps()

    @strawberry.field(description="To whom it was awarded, by validOn. 竞得人。")
    def winner(self) -> Company | None:
        """The bidder who got it."""
        winner = company_behind(self, "winner", self.winner_id, lambda row: row.winner_id)
        return winner if parcels.was_awarded(self._steps()) else None

    @strawberry.field(description="The price at which it was awarded, by validOn. 成交价。")
    def price(self) -> Money | None:
        """The price."""
        return Money.of(self.paid) if parcels.was_awarded(self._steps()) else None

    former_user = company_of("former_user_id", "Who used it before. 原用地单位。")

    @strawberry.field(description="Projects that were tied to it by validOn, with since and until when. 关联项目。")
    def projects(self) -> list[Membership]:
        """The memberships of projects."""
        return to_many(
            self, "projects", self.entity_id, lambda row: row.entity_id,
            lambda reader, ids: members_of(reader, ids, Membership), lambda row: row.of_id,
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

    def _steps(self) -> list[ParcelStepTaken]:
        return to_many(
            self, "steps", self.entity_id, lambda row: row.entity_id,
            lambda reader, ids: parcels.steps_of(reader, ids, ParcelStepTaken), lambda row: row.parcel_id,
        )  # fmt: skip


def parcel_behind(answer: Answer, name: str, id: str | None, id_of: Any) -> Parcel | None:
    """The parcel behind an id that an answer keeps; read once for all its siblings."""
    return to_one(  # type: ignore[no-any-return]
        answer,
        name,
        id,
        id_of,
        lambda reader, ids: parcels.parcels_of(reader, ids, Parcel),
        lambda row: row.entity_id,
    )


@loads("parcel")
def load_parcel(reader: Reader, pinned: GlobalId | None, key: str) -> Parcel | None:
    """The parcel with that entity id."""
    return alone(parcels.parcel_of(reader, key, Parcel), reader, pinned)  # type: ignore[no-any-return]


@loads_many("parcel")
def load_parcels(reader: Reader, keys: list[str]) -> list[Any]:
    """The parcels with those entity ids."""
    return parcels.parcels_of(reader, keys, Parcel)


@asks("地块筛选", "Which parcels; every part that is given must hold, an empty list finds nothing.")
class ParcelFilter(parcels.ParcelFilter):
    """Which parcels are asked for."""

    def asked(self) -> parcels.ParcelFilter:
        """The filter as a question. BadInput as of a text."""
        unit = None if self.unit is None else list(texts(self.unit, "unit"))
        return parcels.ParcelFilter(use=self.use, unit=unit, text=optional(self.text, "text", 200))


@strawberry.type
class ParcelQuestions(Asking):
    """Questions about parcels."""

    @strawberry.field(description="The parcel with that entityId. 地块。", metadata=plain(Sought()))
    def parcel(
        self, entity_id: Annotated[ID, strawberry.argument(description="The entityId or id. 实体标识。")]
    ) -> Parcel | None:
        """A parcel."""
        found: Parcel | None = load_parcel(self.reader, self.pinned, stream_of(entity_id))
        return found

    @strawberry.field(description="Parcels, by location. 地块列表。")
    def parcels(
        self,
        filter: ParcelFilter | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[Parcel]:
        """A page of parcels."""
        asked = None if filter is None else filter.asked()
        return connect(
            self.reader, self.pinned, lambda reader: parcels.select(reader, asked), parcels.BY_LOCATION, Parcel,
            name="parcels", asked=asked, first=first, after=after, last=last, before=before,
        )  # fmt: skip


# -- commands --------------------------------------------------------------------------------------------------------


@strawberry.type(description="What a command on a parcel came to. 地块回执。")
class ParcelReceipt:
    """The parcel after the command, and what was recorded."""

    parcel: Parcel = strawberry.field(description="The parcel, as it is now. 地块。")
    position: Position = strawberry.field(description="The last event of this command. 位置。")
    events: list[Event] = strawberry.field(description="What was recorded. 事件。")
    replayed: bool = strawberry.field(description="Whether this command had been carried out before. 是否重放。")


ParcelResult = Annotated[
    ParcelReceipt | Refusal, strawberry.union("ParcelResult", description="A receipt, or why not. 结果。")
]


def _receipt(reader: Reader, done: Done) -> ParcelReceipt:
    return ParcelReceipt(
        parcel=alone(parcels.parcel_of(reader, done.id, Parcel), reader, None),
        position=Position(done.last),
        events=events_at(reader, range(done.first, done.last + 1)),
        replayed=done.replayed,
    )


@strawberry.input(description="A command on a parcel. 地块指令。")
class ParcelCommandInput(CommandInput):
    """Which parcel."""

    parcel: ID = strawberry.field(description="The entityId, or an id of the present. 地块。")

    @property
    def entity(self) -> str:
        """The entity id of the parcel. BadInput BAD_ID, ID_OF_A_MOMENT, WRONG_KIND."""
        return entity_of(self.parcel, "parcel")


@strawberry.input(description="Enter a parcel in the register. 登记地块。")
class RegisterParcelInput(CommandInput):
    """What is known of the parcel."""

    location: str = strawberry.field(description="Where it is. 坐落。")
    unit: str | None = strawberry.field(default=None, description="The code of the unit. 所在单位代码。")
    area_m2: Decimal | None = strawberry.field(default=None, name="areaM2", description="In square metres. 面积。")
    former_user: ID | None = strawberry.field(default=None, description="The company that used it. 原用地单位。")
    note: str | None = strawberry.field(default=None, description="A remark. 备注。")


@strawberry.input(description="Change what is said of a parcel; what is left out stays. 修改地块。")
class AmendParcelInput(ParcelCommandInput):
    """What to change."""

    location: str | None = strawberry.field(default=None, description="Where it is. 坐落。")
    unit: str | None = strawberry.field(default=None, description="The code of the unit. 所在单位代码。")
    area_m2: Decimal | None = strawberry.field(default=None, name="areaM2", description="In square metres. 面积。")
    former_user: ID | None = strawberry.field(default=None, description="The company that used it. 原用地单位。")
    note: str | None = strawberry.field(default=None, description="A remark. 备注。")


@strawberry.input(description="Something happened to a parcel. 地块环节填报。")
class ParcelStepInput(ParcelCommandInput):
    """When it happened."""

    on: PartialDateInput = strawberry.field(description="When; it cannot lie ahead. 日期。")


@strawberry.input(description="A parcel was awarded to a bidder. 地块摘牌。")
class AwardParcelInput(ParcelStepInput):
    """To whom and at what price."""

    winner: ID | None = strawberry.field(default=None, description="The company that got it. 竞得人。")
    price: MoneyInput | None = strawberry.field(default=None, description="The price. 成交价。")


@strawberry.input(description="Close a parcel; a reason is needed. 关闭地块。")
class CloseParcelInput(ParcelCommandInput):
    """Which parcel."""


@strawberry.input(description="Retract or replace a fact of a parcel; a reason is needed. 更正地块事实。")
class CorrectParcelInput(ParcelCommandInput):
    """Which fact, and how it should read."""

    corrects: int = strawberry.field(description="Which event of the parcel stated it. 被更正事件序号。")
    fields: JSON | None = strawberry.field(
        default=None, description="The fields that replace, in the form of the event's data; null retracts. 更正内容。"
    )


def _company(id: ID | None) -> str | None:
    return None if id is None else entity_of(id, "company")


@strawberry.type
class ParcelMutations:
    """Commands on parcels."""

    @strawberry.mutation(description="Enter a parcel in the register. 登记地块。")
    def register_parcel(self, info: Info, input: RegisterParcelInput) -> ParcelResult:
        """Register a parcel."""
        return carry_out(info, input, lambda desk, order: commands.register_parcel(
            desk, order, location=checked_text(input.location, "location", 200),
            unit=optional(input.unit, "unit", 64), area_m2=input.area_m2,
            former_user=_company(input.former_user), note=optional(input.note, "note"),
        ), _receipt)  # fmt: skip

    @strawberry.mutation(description="Change what is said of a parcel. 修改地块。")
    def amend_parcel(self, info: Info, input: AmendParcelInput) -> ParcelResult:
        """Amend a parcel."""
        return carry_out(info, input, lambda desk, order: commands.amend_parcel(
            desk, order, parcel=input.entity, location=optional(input.location, "location", 200),
            unit=optional(input.unit, "unit", 64), area_m2=input.area_m2,
            former_user=_company(input.former_user), note=optional(input.note, "note"),
        ), _receipt)  # fmt: skip

    @strawberry.mutation(description="Record that a parcel was listed for sale. 地块挂牌。")
    def list_parcel(self, info: Info, input: ParcelStepInput) -> ParcelResult:
        """List a parcel."""
        return carry_out(info, input, lambda desk, order: commands.list_parcel(
            desk, order, parcel=input.entity, on=input.on.value()), _receipt)  # fmt: skip

    @strawberry.mutation(description="Record that a parcel was awarded. 地块摘牌。")
    def award_parcel(self, info: Info, input: AwardParcelInput) -> ParcelResult:
        """Award a parcel."""
        return carry_out(info, input, lambda desk, order: commands.award_parcel(
            desk, order, parcel=input.entity, on=input.on.value(), winner=_company(input.winner),
            price=money_of(input.price),
        ), _receipt)  # fmt: skip

    @strawberry.mutation(description="Record that a parcel is used. 地块投入使用。")
    def put_parcel_to_use(self, info: Info, input: ParcelStepInput) -> ParcelResult:
        """Put a parcel to use."""
        return carry_out(info, input, lambda desk, order: commands.put_parcel_to_use(
            desk, order, parcel=input.entity, on=input.on.value()), _receipt)  # fmt: skip

    @strawberry.mutation(description="Record that a parcel is underused. 认定低效用地。")
    def mark_parcel_underused(self, info: Info, input: ParcelStepInput) -> ParcelResult:
        """Mark a parcel underused."""
        return carry_out(info, input, lambda desk, order: commands.mark_parcel_underused(
            desk, order, parcel=input.entity, on=input.on.value()), _receipt)  # fmt: skip

    @strawberry.mutation(
        description="Record the legal finding that a parcel is idle; source and reason. 认定闲置土地。"
    )
    def mark_parcel_idle(self, info: Info, input: ParcelStepInput) -> ParcelResult:
        """Mark a parcel idle."""
        return carry_out(info, input, lambda desk, order: commands.mark_parcel_idle(
            desk, order, parcel=input.entity, on=input.on.value()), _receipt)  # fmt: skip

    @strawberry.mutation(description="Record that underused or idle land was put to use again. 盘活地块。")
    def reuse_parcel(self, info: Info, input: ParcelStepInput) -> ParcelResult:
        """Reuse a parcel."""
        return carry_out(info, input, lambda desk, order: commands.reuse_parcel(
            desk, order, parcel=input.entity, on=input.on.value()), _receipt)  # fmt: skip

    @strawberry.mutation(description="Close a parcel. 关闭地块。")
    def close_parcel(self, info: Info, input: CloseParcelInput) -> ParcelResult:
        """Close a parcel."""
        return carry_out(info, input, lambda desk, order: commands.close_parcel(
            desk, order, parcel=input.entity), _receipt)  # fmt: skip

    @strawberry.mutation(description="Retract or replace a fact of a parcel. 更正地块事实。")
    def correct_parcel(self, info: Info, input: CorrectParcelInput) -> ParcelResult:
        """Correct a parcel."""
        return carry_out(info, input, lambda desk, order: commands.correct_parcel(
            desk, order, parcel=input.entity, corrects=input.corrects, fields=fields_of(input.fields),
        ), _receipt)  # fmt: skip
