"""A parcel 地块: land that is listed, awarded, used, left underused, and put to use again."""

from __future__ import annotations

import enum
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from txapi.domain.aggregate import Correction
from txapi.domain.dates import PartialDate, day_of
from txapi.domain.errors import BadInput, Refusal
from txapi.domain.event import Basis, Event
from txapi.domain.facts import must_have_happened
from txapi.domain.labels import labelled
from txapi.domain.money import Money, checked_decimal
from txapi.domain.permissions import must_be_permitted
from txapi.domain.project.base import CorrectionChangesTheSubject
from txapi.domain.quantity import rounded
from txapi.domain.register import Actions, Register, must_be_a_name

if TYPE_CHECKING:
    from txapi.domain.event import Metadata

M2_PER_MU = (2000, 3)
"""One mu 亩 is 2000/3 square metres."""


class LandUse(enum.Enum):
    """How the land is used. Underused 低效 is what people see; idle 闲置 is a legal finding."""

    UNSTATED = "unstated"
    SUPPLIED = "supplied"
    IN_USE = "in_use"
    UNDERUSED = "underused"
    IDLE = "idle"
    REUSED = "reused"


class ParcelStep(enum.Enum):
    """What happened to the land."""

    LISTED = "listed"
    AWARDED = "awarded"
    IN_USE = "in_use"
    UNDERUSED = "underused"
    IDLE = "idle"
    REUSED = "reused"


labelled(
    {
        LandUse.UNSTATED: ("未说明", "not stated"),
        LandUse.SUPPLIED: ("已供地", "supplied"),
        LandUse.IN_USE: ("使用中", "in use"),
        LandUse.UNDERUSED: ("低效用地", "underused"),
        LandUse.IDLE: ("闲置土地", "idle"),
        LandUse.REUSED: ("已盘活", "reused"),
        ParcelStep.LISTED: ("挂牌", "listed"),
        ParcelStep.AWARDED: ("摘牌", "awarded"),
        ParcelStep.IN_USE: ("投入使用", "put to use"),
        ParcelStep.UNDERUSED: ("认定低效", "found underused"),
        ParcelStep.IDLE: ("认定闲置", "found idle"),
        ParcelStep.REUSED: ("盘活", "reused"),
    }
)

USE_AFTER = {
    ParcelStep.AWARDED: LandUse.SUPPLIED,
    ParcelStep.IN_USE: LandUse.IN_USE,
    ParcelStep.UNDERUSED: LandUse.UNDERUSED,
    ParcelStep.IDLE: LandUse.IDLE,
    ParcelStep.REUSED: LandUse.REUSED,
}


class IdlenessNeedsAFinding(Refusal):
    """Idle land is a legal finding: it takes the document and a reason."""

    en = "To find land idle takes the document that finds it, and a reason."
    zh = "认定闲置土地须有认定文件并说明理由。"


class AlreadyAwarded(Refusal):
    """A parcel is awarded once; a mistake is corrected."""

    en = "The parcel was awarded already."
    zh = "该地块已摘牌。"


class NothingToReuse(Refusal):
    """Only underused or idle land is put to use again."""

    en = "The parcel is neither underused nor idle."
    zh = "该地块既非低效也非闲置。"


class ParcelFact(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One step of a parcel, with event number `version` that states it; `latest` is the last day that it can have been."""

    version: int
    step: ParcelStep
    on: PartialDate
    latest: date | None
    basis: Basis
    reason: str | None = None


class Parcel(Register):
    """A parcel. The clerk of its unit keeps it, and so does the supervisor; without a unit it is the supervisor's."""

    KIND = "parcel"
    AMENDABLE = ("location", "unit", "area_m2", "former_user", "note")

    class Registered(Event, frozen=True, kw_only=True, omit_defaults=True):
        """The parcel was entered 登记; the area is in square metres."""

        TOPIC = "parcel.registered"
        location: str
        unit: str | None = None
        area_m2: Decimal | None = None
        former_user: str | None = None
        note: str | None = None

        def apply(self, parcel: Parcel) -> None:
            parcel.location, parcel.unit, parcel.area_m2 = self.location, self.unit, self.area_m2
            parcel.former_user, parcel.note, parcel.basis = self.former_user, self.note, self.meta.basis

    class Amended(Event, frozen=True, kw_only=True, omit_defaults=True):
        """What is said of the parcel was changed 修改; fields that are None stay as they were."""

        TOPIC = "parcel.amended"
        location: str | None = None
        unit: str | None = None
        area_m2: Decimal | None = None
        former_user: str | None = None
        note: str | None = None

        def apply(self, parcel: Parcel) -> None:
            parcel._take_amendment(self)

    class StepTaken(Event, frozen=True, kw_only=True, omit_defaults=True):
        """Something happened to the land: put to use, found underused 低效 or idle 闲置, reused 盘活."""

        TOPIC = "parcel.step_taken"
        step: ParcelStep
        on: PartialDate

        def apply(self, parcel: Parcel) -> None:
            parcel._step(self.step, self.on, self)

    class Listed(Event, frozen=True, kw_only=True, omit_defaults=True):
        """The parcel was listed for sale 挂牌."""

        TOPIC = "parcel.listed"
        on: PartialDate

        def apply(self, parcel: Parcel) -> None:
            parcel._step(ParcelStep.LISTED, self.on, self)

    class Awarded(Event, frozen=True, kw_only=True, omit_defaults=True):
        """The parcel was awarded to a bidder 摘牌; `winner` is a company's id."""

        TOPIC = "parcel.awarded"
        on: PartialDate
        winner: str | None = None
        price: Money | None = None

        def apply(self, parcel: Parcel) -> None:
            parcel.winner, parcel.price = self.winner, self.price
            parcel._step(ParcelStep.AWARDED, self.on, self)

    class Closed(Event, frozen=True, kw_only=True, omit_defaults=True):
        """The parcel was closed: merged with another, or never there."""

        TOPIC = "parcel.closed"

        def apply(self, parcel: Parcel) -> None:
            parcel.closed, parcel.closed_because = True, self.meta.reason

    class FactCorrected(Correction, frozen=True, kw_only=True, omit_defaults=True):
        """A fact of this parcel was retracted or replaced 更正."""

        TOPIC = "parcel.fact_corrected"

    CORRECTION = FactCorrected
    CORRECTABLE: ClassVar[tuple[type[Event], ...]] = (Amended, StepTaken, Listed, Awarded, Closed)

    def _blank(self) -> None:
        super()._blank()
        self.location = ""
        self.unit: str | None = None
        self.area_m2: Decimal | None = None
        self.former_user: str | None = None
        self.note: str | None = None
        self.winner: str | None = None
        self.price: Money | None = None
        self.steps: tuple[ParcelFact, ...] = ()

    def _step(self, step: ParcelStep, on: PartialDate, event: Event) -> None:
        """Take a step; it had happened by the day on which it was said to be dated so, by the fact or its correction."""
        first = self.events[event.originator_version - 1]
        said = event if getattr(first, "on", None) == on else self._says(event)
        latest = on.capped(day_of(said.meta.decided_at)).latest
        basis = self._says(event).meta.basis
        fact = ParcelFact(event.originator_version, step, on, latest, basis, event.meta.reason)
        self.steps = (*self.steps, fact)

    # -- questions ---------------------------------------------------------------------------------------------

    def use(self, valid_on: date | None = None) -> LandUse:
        """How the land is used, counting what had happened by that day; the last step to be recorded decides."""
        use = LandUse.UNSTATED
        for fact in self.steps:
            if valid_on is None or (fact.latest is not None and fact.latest <= valid_on):
                use = USE_AFTER.get(fact.step, use)
        return use

    @property
    def area_mu(self) -> Decimal | None:
        """The area in mu 亩, to two places, rounded half up."""
        if self.area_m2 is None:
            return None
        over, under = M2_PER_MU
        numerator, denominator = self.area_m2.as_integer_ratio()
        return rounded(numerator * under, denominator * over, 2)

    def _took(self, step: ParcelStep) -> bool:
        return any(fact.step is step for fact in self.steps)

    # -- who may -----------------------------------------------------------------------------------------------

    def _may_change(self, meta: Metadata, action: str) -> None:
        self._must_be_open()
        must_be_permitted(meta, action, self.unit)

    def _may_award(self, meta: Metadata, action: str) -> None:
        self._may_change(meta, action)
        if self._took(ParcelStep.AWARDED):
            raise AlreadyAwarded

    def _may_reuse(self, meta: Metadata, action: str) -> None:
        self._may_change(meta, action)
        if self.use() not in (LandUse.UNDERUSED, LandUse.IDLE):
            raise NothingToReuse

    def _may_correct(self, meta: Metadata, action: str) -> None:
        self._must_exist()
        must_be_permitted(meta, action, self.unit)

    ACTIONS: ClassVar[Actions] = {
        "amend_parcel": _may_change,
        "list_parcel": _may_change,
        "award_parcel": _may_award,
        "put_parcel_to_use": _may_change,
        "mark_parcel_underused": _may_change,
        "mark_parcel_idle": _may_change,
        "reuse_parcel": _may_reuse,
        "close_parcel": _may_change,
        "correct_parcel": _may_correct,
    }

    # -- commands ----------------------------------------------------------------------------------------------

    def register(
        self,
        meta: Metadata,
        *,
        location: str,
        unit: str | None = None,
        area_m2: Decimal | None = None,
        former_user: str | None = None,
        note: str | None = None,
    ) -> None:
        """Enter a parcel; the area is in square metres. BadInput BAD_AREA."""
        must_be_permitted(meta, "register_parcel", unit)
        self._must_be_new()
        must_be_a_name(location, "location")
        _must_be_an_area(area_m2)
        self._record(
            self.Registered,
            meta,
            location=location,
            unit=unit,
            area_m2=area_m2,
            former_user=former_user,
            note=note,
        )

    def amend(self, meta: Metadata, **given: Any) -> None:
        """Change what is said of it: any of AMENDABLE; None leaves a field as it is."""
        self._may_change(meta, "amend_parcel")
        _must_be_well_said(given.get("location"), given.get("area_m2"))
        self._record(self.Amended, meta, **self._amendments(given))

    def list(self, meta: Metadata, *, on: PartialDate) -> None:
        """Record that it was listed for sale 挂牌."""
        self._may_change(meta, "list_parcel")
        must_have_happened(on, meta.decided_at)
        self._record(self.Listed, meta, on=on)

    def award(self, meta: Metadata, *, on: PartialDate, winner: str | None = None, price: Money | None = None) -> None:
        """Record that it was awarded 摘牌, to whom and at what price."""
        self._may_award(meta, "award_parcel")
        must_have_happened(on, meta.decided_at)
        self._record(self.Awarded, meta, on=on, winner=winner, price=price)

    def put_to_use(self, meta: Metadata, *, on: PartialDate) -> None:
        """Record that it is used."""
        self._may_change(meta, "put_parcel_to_use")
        self._take(meta, ParcelStep.IN_USE, on)

    def mark_underused(self, meta: Metadata, *, on: PartialDate) -> None:
        """Record that it is underused 低效."""
        self._may_change(meta, "mark_parcel_underused")
        self._take(meta, ParcelStep.UNDERUSED, on)

    def mark_idle(self, meta: Metadata, *, on: PartialDate) -> None:
        """Record the legal finding that it is idle 闲置; takes the finding's document and a reason."""
        self._may_change(meta, "mark_parcel_idle")
        if meta.source is None or not meta.reason:
            raise IdlenessNeedsAFinding
        self._take(meta, ParcelStep.IDLE, on)

    def reuse(self, meta: Metadata, *, on: PartialDate) -> None:
        """Record that underused or idle land was put to use again 盘活."""
        self._may_reuse(meta, "reuse_parcel")
        self._take(meta, ParcelStep.REUSED, on)

    def _take(self, meta: Metadata, step: ParcelStep, on: PartialDate) -> None:
        must_have_happened(on, meta.decided_at)
        self._record(self.StepTaken, meta, step=step, on=on)

    def close(self, meta: Metadata) -> None:
        """Close it, with a reason."""
        self._may_change(meta, "close_parcel")
        self._must_say_why(meta)
        self._record(self.Closed, meta)

    def _check_correction(self, meta: Metadata, replacement: Event) -> None:
        first = self.events[replacement.originator_version - 1]
        if isinstance(replacement, Parcel.StepTaken) and isinstance(first, Parcel.StepTaken):
            if replacement.step is not first.step:
                raise CorrectionChangesTheSubject(field="step")
        elif isinstance(replacement, Parcel.Amended):
            _must_be_well_said(replacement.location, replacement.area_m2)
        if isinstance(replacement, Parcel.StepTaken | Parcel.Listed | Parcel.Awarded):
            must_have_happened(replacement.on, meta.decided_at)

    def _must_hold_together(self) -> None:
        if sum(fact.step is ParcelStep.AWARDED for fact in self.steps) > 1:
            raise AlreadyAwarded


def _must_be_well_said(location: str | None, area: Decimal | None) -> None:
    if location is not None:
        must_be_a_name(location, "location")
    _must_be_an_area(area)


def _must_be_an_area(area: Decimal | None) -> None:
    if area is not None and checked_decimal(area) <= 0:
        raise BadInput("BAD_AREA", "an area in square metres is more than 0", ("areaM2",))
