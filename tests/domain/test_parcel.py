"""Parcels go from listed to awarded, used, underused, idle and reused; each step counts from the day it had happened."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.register_given import (
    ADMINISTRATOR,
    AUDITOR,
    CLERK,
    FINDING,
    LEADER,
    READER,
    STRANGER,
    SUCCESSOR,
    SUPERVISOR,
    bad_input,
    cny,
    meta,
    on,
    recorded,
    refused,
)
from txapi.domain.aggregate import AlreadyExists, CorrectionNeedsAReason, DoesNotExist, NothingToCorrect
from txapi.domain.authority import NotYourRole, NotYourUnit
from txapi.domain.event import Actor, Basis
from txapi.domain.facts import FactLiesAhead
from txapi.domain.parcel import (
    AlreadyAwarded,
    IdlenessNeedsAFinding,
    LandUse,
    NothingToReuse,
    Parcel,
    ParcelStep,
)
from txapi.domain.project.base import CorrectionChangesTheSubject
from txapi.domain.register import ClosingNeedsAReason, IsClosed, NothingToAmend

MAY_31 = date(2015, 5, 31)


def day(text: str) -> dict[str, Any]:
    return {"on": {"earliest": text, "latest": text, "precision": "day"}}


def parcel(**more: Any) -> Parcel:
    """A parcel in Chongfu."""
    new = Parcel("p1")
    new.register(meta(), **{"location": "崇福经济区", "unit": "chongfu", **more})
    new.pending.clear()
    return new


def underused(when: str = "2015-05-20") -> Parcel:
    """The same, found underused by event 2."""
    known = parcel()
    known.mark_underused(meta(CLERK), on=on(when))
    known.pending.clear()
    return known


# -- registering and amending --------------------------------------------------------------------------------------------


def test_a_parcel_keeps_what_is_said_of_it() -> None:
    new = Parcel("p1")

    new.register(
        meta(CLERK),
        location="崇福经济区",
        unit="chongfu",
        area_m2=Decimal("66666.67"),
        former_user="c1",
        note="原厂区",
    )

    recorded(new, Parcel.Registered)
    assert (new.location, new.unit, new.area_m2) == ("崇福经济区", "chongfu", Decimal("66666.67"))
    assert (new.former_user, new.note, new.use()) == ("c1", "原厂区", LandUse.UNSTATED)


def test_a_parcel_is_registered_once() -> None:
    known = parcel()

    with refused(known, AlreadyExists):
        known.register(meta(), location="别处")


@pytest.mark.parametrize(("area", "mu"), [("2000", "3.00"), ("666.67", "1.00"), ("670", "1.01"), ("3.33", "0.00")])
def test_a_mu_is_2000_thirds_of_a_square_metre_and_rounded_once(area: str, mu: str) -> None:
    assert parcel(area_m2=Decimal(area)).area_mu == Decimal(mu)


def test_a_parcel_of_unknown_area_has_none_in_mu_either() -> None:
    assert parcel().area_mu is None


@given(st.integers(1, 10**12))
def test_the_area_in_mu_is_within_half_a_hundredth_of_the_exact_one(hundredths: int) -> None:
    area = Decimal(hundredths).scaleb(-2)
    exact = Fraction(area) * 3 / 2000

    shown = parcel(area_m2=area).area_mu

    assert shown is not None
    assert Fraction(shown) - Fraction(1, 200) <= exact < Fraction(shown) + Fraction(1, 200)


@pytest.mark.parametrize(
    ("area", "code"),
    [("0", "BAD_AREA"), ("-1", "NEGATIVE_AMOUNT"), ("NaN", "BAD_DECIMAL"), ("3.3333333", "BAD_DECIMAL")],
)
def test_an_area_is_a_number_above_nothing_that_can_be_counted(area: str, code: str) -> None:
    new, known = Parcel("p1"), parcel()

    with bad_input(new, code):
        new.register(meta(), location="别处", area_m2=Decimal(area))
    with bad_input(known, code):
        known.amend(meta(), area_m2=Decimal(area))


def test_an_amendment_changes_what_it_names() -> None:
    known = parcel(note="原厂区")

    known.amend(meta(CLERK), area_m2=Decimal(2000))

    recorded(known, Parcel.Amended)
    assert (known.area_mu, known.note) == (Decimal("3.00"), "原厂区")
    with refused(known, NothingToAmend):
        known.amend(meta(CLERK), area_m2=Decimal(2000))
    with bad_input(known, "BAD_NAME"):
        known.amend(meta(CLERK), location=" ")


# -- steps ---------------------------------------------------------------------------------------------------------------


def test_land_goes_from_listed_to_awarded_to_used_and_keeps_every_step() -> None:
    known = parcel()

    known.list(meta(CLERK), on=on("2015-03"))
    assert (recorded(known, Parcel.Listed).on, known.use()) == (on("2015-03"), LandUse.UNSTATED)
    known.award(meta(CLERK), on=on("2015-04-10"), winner="c1", price=cny("5000"))
    assert (recorded(known, Parcel.Awarded).winner, known.use()) == ("c1", LandUse.SUPPLIED)
    known.put_to_use(meta(CLERK), on=on("2015-06-01"))

    recorded(known, Parcel.StepTaken)
    assert (known.winner, known.price, known.use()) == ("c1", cny("5000"), LandUse.IN_USE)
    assert [(fact.version, fact.step) for fact in known.steps] == [
        (2, ParcelStep.LISTED),
        (3, ParcelStep.AWARDED),
        (4, ParcelStep.IN_USE),
    ]


def test_the_use_on_a_day_counts_what_had_certainly_happened_by_then() -> None:
    known = underused("2015-05")
    known.reuse(meta(CLERK), on=on("2015-07-01"))

    assert known.use(date(2015, 5, 30)) is LandUse.UNSTATED
    assert known.use(MAY_31) is LandUse.UNDERUSED
    assert known.use(date(2015, 6, 30)) is LandUse.UNDERUSED
    assert known.use(date(2015, 7, 1)) is LandUse.REUSED
    assert known.use() is LandUse.REUSED


def test_a_step_of_this_month_had_happened_by_the_day_it_was_recorded() -> None:
    known = underused("2015-08")

    assert known.steps[0].latest == date(2015, 8, 11)
    assert known.use(date(2015, 8, 10)) is LandUse.UNSTATED
    assert known.use(date(2015, 8, 11)) is LandUse.UNDERUSED


def test_a_parcel_is_awarded_once() -> None:
    known = parcel()
    known.award(meta(), on=on("2015-04-10"))
    known.pending.clear()

    with refused(known, AlreadyAwarded):
        known.award(meta(), on=on("2015-04-11"))
    assert isinstance(known.may("award", meta()), AlreadyAwarded)


def test_idle_is_a_finding_with_its_document_and_a_reason() -> None:
    known = parcel()

    for lacking in (meta(CLERK), meta(CLERK, "满两年未动工"), meta(CLERK, source=FINDING)):
        with refused(known, IdlenessNeedsAFinding):
            known.mark_idle(lacking, on=on("2015-07-01"))
    known.mark_idle(meta(CLERK, "满两年未动工", source=FINDING), on=on("2015-07-01"))

    recorded(known, Parcel.StepTaken)
    assert known.use() is LandUse.IDLE
    assert known.steps[0].reason == "满两年未动工"


def test_only_underused_or_idle_land_is_reused() -> None:
    known, idle = parcel(), parcel()
    known.put_to_use(meta(CLERK), on=on("2014"))
    idle.mark_idle(meta(CLERK, "r", source=FINDING), on=on("2014"))
    for one in (known, idle):
        one.pending.clear()

    with refused(known, NothingToReuse):
        known.reuse(meta(CLERK), on=on("2015"))
    assert isinstance(known.may("reuse", meta(CLERK)), NothingToReuse)
    known.mark_underused(meta(CLERK), on=on("2015-01"))
    known.reuse(meta(CLERK), on=on("2015-02"))
    idle.reuse(meta(CLERK), on=on("2015-02"))

    assert known.use() is idle.use() is LandUse.REUSED
    with refused(idle, NothingToReuse):
        idle.reuse(meta(CLERK), on=on("2015-03"))


@pytest.mark.parametrize("step", ["list", "award", "put_to_use", "mark_underused", "mark_idle", "reuse"])
def test_what_lies_ahead_is_no_fact(step: str) -> None:
    known = underused()

    with refused(known, FactLiesAhead):
        getattr(known, step)(meta(CLERK, "r", source=FINDING), on=on("2015-08-12"))
    getattr(known, step)(meta(CLERK, "r", source=FINDING), on=on("2015-08-11"))

    assert known.steps[-1].on == on("2015-08-11")


# -- corrections ---------------------------------------------------------------------------------------------------------


def test_a_corrected_step_counts_from_its_corrected_day_which_may_have_come_since() -> None:
    known = parcel()
    known.mark_underused(meta(CLERK, at="2015-08-01T10:00"), on=on("2015-07-20"))
    known.pending.clear()

    known.correct(meta(CLERK, "a slip"), corrects=2, fields=day("2015-08-05"))

    recorded(known, Parcel.FactCorrected)
    assert known.use(date(2015, 8, 4)) is LandUse.UNSTATED
    assert known.use(date(2015, 8, 5)) is LandUse.UNDERUSED


def test_a_correction_of_something_else_leaves_the_day_by_which_a_step_had_happened() -> None:
    known = parcel()
    known.award(meta(CLERK, at="2015-08-01T10:00"), on=on("2015-08"), winner="c1")
    known.pending.clear()

    known.correct(meta(CLERK, "a slip"), corrects=2, fields={"winner": "c2"})

    recorded(known, Parcel.FactCorrected)
    assert (known.winner, known.steps[0].latest) == ("c2", date(2015, 8, 1))


def test_a_corrected_step_rests_on_the_correction() -> None:
    known = underused()
    illustrated = msgspec.structs.replace(meta(CLERK, "an example"), basis=Basis.ILLUSTRATED)

    known.correct(illustrated, corrects=2, fields=day("2015-05-21"))

    assert known.steps[0].basis is Basis.ILLUSTRATED


def test_a_retracted_step_never_was() -> None:
    known = underused()

    known.correct(meta(CLERK, "a slip"), corrects=2, fields=None)

    recorded(known, Parcel.FactCorrected)
    assert (known.use(), known.steps) == (LandUse.UNSTATED, ())


def test_a_correction_is_as_strict_as_the_fact() -> None:
    known = underused()
    known.amend(meta(CLERK), area_m2=Decimal(100))
    known.pending.clear()

    with refused(known, FactLiesAhead):
        known.correct(meta(CLERK, "r"), corrects=2, fields=day("2015-08-12"))
    with refused(known, CorrectionChangesTheSubject):
        known.correct(meta(CLERK, "r"), corrects=2, fields={"step": "idle"})
    with bad_input(known, "BAD_AREA"):
        known.correct(meta(CLERK, "r"), corrects=3, fields={"area_m2": "0"})
    with bad_input(known, "BAD_NAME"):
        known.correct(meta(CLERK, "r"), corrects=3, fields={"location": ""})


def test_an_award_does_not_come_back_beside_a_later_one() -> None:
    known = parcel()
    known.award(meta(), on=on("2015-04-10"), winner="c1")
    known.correct(meta(reason="不是这家"), corrects=2, fields=None)
    known.award(meta(), on=on("2015-04-11"), winner="c2")
    known.pending.clear()

    with refused(known, AlreadyAwarded):
        known.correct(meta(reason="是这家"), corrects=3, fields=None)
    known.correct(meta(reason="不是那家"), corrects=4, fields=None)
    known.correct(meta(reason="是这家"), corrects=3, fields=None)

    assert known.winner == "c1"


def test_a_correction_needs_a_reason_and_a_fact() -> None:
    known = underused()

    with refused(known, CorrectionNeedsAReason):
        known.correct(meta(CLERK), corrects=2, fields=None)
    for version in (-1, 0, 1, 3):
        with refused(known, NothingToCorrect):
            known.correct(meta(CLERK, "r"), corrects=version, fields=None)


# -- closing and permissions ---------------------------------------------------------------------------------------------


def test_a_parcel_is_closed_with_a_reason_and_takes_no_steps_then() -> None:
    known = underused()

    with refused(known, ClosingNeedsAReason):
        known.close(meta(CLERK))
    known.close(meta(CLERK, "与邻地合并"))

    recorded(known, Parcel.Closed)
    assert (known.closed, known.closed_because) == (True, "与邻地合并")
    with refused(known, IsClosed):
        known.reuse(meta(CLERK), on=on("2015-08-01"))
    known.correct(meta(CLERK, "a slip"), corrects=2, fields=day("2015-05-21"))
    assert known.closed


@pytest.mark.parametrize("actor", [CLERK, SUCCESSOR, SUPERVISOR, ADMINISTRATOR])
def test_the_units_clerk_and_the_supervisor_keep_it(actor: Actor) -> None:
    known = underused()

    assert [action for action in Parcel.ACTIONS if known.may(action, meta(actor))] == []


@pytest.mark.parametrize(
    ("actor", "refusal"),
    [(STRANGER, NotYourUnit), (READER, NotYourRole), (LEADER, NotYourRole), (AUDITOR, NotYourRole)],
)
def test_nobody_else_may_touch_it(actor: Actor, refusal: type[NotYourUnit] | type[NotYourRole]) -> None:
    new, known = Parcel("p2"), underused()
    theirs = meta(actor, "r", source=FINDING)

    for action in Parcel.ACTIONS:
        assert isinstance(known.may(action, theirs), refusal)
    with refused(new, refusal):
        new.register(theirs, location="崇福", unit="chongfu")
    for step in ("list", "award", "put_to_use", "mark_underused", "mark_idle", "reuse"):
        with refused(known, refusal):
            getattr(known, step)(theirs, on=on("2015"))
    with refused(known, refusal):
        known.amend(theirs, note="x")
    with refused(known, refusal):
        known.close(theirs)
    with refused(known, refusal):
        known.correct(theirs, corrects=2, fields=None)


def test_a_parcel_without_a_unit_is_the_supervisors() -> None:
    new, known = Parcel("p2"), parcel(unit=None)

    with refused(new, NotYourRole):
        new.register(meta(CLERK), location="某处")
    with refused(known, NotYourRole):
        known.put_to_use(meta(CLERK), on=on("2015"))
    known.put_to_use(meta(SUPERVISOR), on=on("2015"))


def test_a_parcel_that_was_never_entered_takes_no_command() -> None:
    unknown = Parcel("p9")

    for step in ("list", "award", "reuse"):
        with refused(unknown, DoesNotExist):
            getattr(unknown, step)(meta(), on=on("2015"))
