"""Parcels: what happened to the land, how it is used by then, and how large it is in mu."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.domain.register_given import (
    ADMINISTRATOR,
    CLERK,
    FINDING,
    HOMELESS,
    LEADER,
    SECRETARY,
    STRANGER,
    bad_input,
    cny,
    meta,
    on,
    recorded,
    refused,
)
from txapi.domain.aggregate import AlreadyExists, CorrectionNeedsAReason, DoesNotExist, NothingToCorrect
from txapi.domain.authority import NotYourRole, NotYourUnit
from txapi.domain.event import Actor
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


def parcel(**said: Any) -> Parcel:
    """A parcel in Chongfu."""
    new = Parcel("l1")
    new.register(meta(), **{"location": "崇福大道东侧", "unit": "chongfu", **said})
    new.pending.clear()
    return new


def underused() -> Parcel:
    known = parcel()
    known.mark_underused(meta(), on=on("2015-05"))
    known.pending.clear()
    return known


# -- the register --------------------------------------------------------------------------------------------------------


def test_a_parcel_is_registered_with_its_area() -> None:
    new = Parcel("l1")

    new.register(meta(CLERK), location="崇福", unit="chongfu", area_m2=Decimal(8000), former_user="c1", note="退二进三")

    recorded(new, Parcel.Registered)
    assert (new.location, new.unit, new.area_m2, new.former_user) == ("崇福", "chongfu", Decimal(8000), "c1")
    assert (new.use(), new.area_mu) == (LandUse.UNSTATED, Decimal("12.00"))


@pytest.mark.parametrize(
    ("m2", "mu"),
    [("666.666666", "1.00"), ("1", "0.00"), ("3.33", "0.00"), ("3.34", "0.01"), ("10000", "15.00"), ("50", "0.08")],
)
def test_a_mu_is_2000_thirds_of_a_square_metre_rounded_once(m2: str, mu: str) -> None:
    known = parcel(area_m2=Decimal(m2))

    assert known.area_mu == Decimal(mu)


def test_a_parcel_of_unknown_area_has_none_in_mu() -> None:
    assert parcel().area_mu is None


@pytest.mark.parametrize(("area", "code"), [("0", "BAD_AREA"), ("-1", "NEGATIVE_AMOUNT")])
def test_an_area_is_more_than_nothing(area: str, code: str) -> None:
    new, known = Parcel("l1"), parcel()

    with bad_input(new, code):
        new.register(meta(), location="x", area_m2=Decimal(area))
    with bad_input(known, code):
        known.amend(meta(), area_m2=Decimal(area))


@pytest.mark.parametrize("location", ["", " ", "崇" * 201])
def test_a_parcel_lies_somewhere(location: str) -> None:
    new, known = Parcel("l1"), parcel()

    with bad_input(new, "BAD_NAME"):
        new.register(meta(), location=location)
    with bad_input(known, "BAD_NAME"):
        known.amend(meta(), location=location)


def test_a_parcel_is_registered_once() -> None:
    known = parcel()

    with refused(known, AlreadyExists):
        known.register(meta(), location="x")


@pytest.mark.parametrize(
    ("actor", "refusal"),
    [(STRANGER, NotYourUnit), (HOMELESS, NotYourUnit), (LEADER, NotYourRole), (SECRETARY, NotYourRole)],
)
def test_the_unit_of_a_parcel_keeps_it_and_nobody_elses_clerk(
    actor: Actor, refusal: type[NotYourRole | NotYourUnit]
) -> None:
    known, new = underused(), Parcel("l2")

    with refused(new, refusal):
        new.register(meta(actor), location="x", unit="chongfu")
    for action in Parcel.ACTIONS:
        assert isinstance(known.may(action, meta(actor)), refusal)
        assert known.may(action, meta(CLERK)) is None
        assert known.may(action, meta(ADMINISTRATOR)) is None


def test_a_parcel_without_a_unit_is_the_supervisors() -> None:
    new = Parcel("l1")

    with refused(new, NotYourRole):
        new.register(meta(CLERK), location="x")
    new.register(meta(), location="x")

    assert isinstance(new.may("amend_parcel", meta(CLERK)), NotYourRole)


def test_an_amendment_records_only_what_changes() -> None:
    known = parcel(area_m2=Decimal(8000))

    known.amend(meta(), area_m2=Decimal("8000.5"), location="崇福大道东侧")

    event = recorded(known, Parcel.Amended)
    assert (event.location, event.area_m2) == (None, Decimal("8000.5"))
    with refused(known, NothingToAmend):
        known.amend(meta(), area_m2=Decimal("8000.50"))


def test_a_closed_parcel_takes_no_new_facts() -> None:
    known = underused()
    with refused(known, ClosingNeedsAReason):
        known.close(meta())
    known.close(meta(reason="merged with another"))

    recorded(known, Parcel.Closed)
    for action in Parcel.ACTIONS:
        refusal = known.may(action, meta())
        assert refusal is None if action == "correct_parcel" else isinstance(refusal, IsClosed)
    with refused(known, IsClosed):
        known.reuse(meta(), on=on("2015-08"))


def test_a_parcel_that_was_never_registered_can_do_nothing() -> None:
    nobody = Parcel("l1")

    for action in Parcel.ACTIONS:
        assert isinstance(nobody.may(action, meta()), DoesNotExist)


# -- what happens to land ------------------------------------------------------------------------------------------------


def test_land_is_listed_awarded_and_put_to_use() -> None:
    known = parcel()

    known.list(meta(), on=on("2015-01"))
    recorded(known, Parcel.Listed)
    assert known.use() is LandUse.UNSTATED
    known.award(meta(), on=on("2015-03"), winner="c1", price=cny("3000"))
    recorded(known, Parcel.Awarded)
    assert (known.use(), known.winner, known.price) == (LandUse.SUPPLIED, "c1", cny("3000"))
    known.put_to_use(meta(), on=on("2015-06"))

    recorded(known, Parcel.StepTaken)
    assert known.use() is LandUse.IN_USE
    assert [step.step for step in known.steps] == [ParcelStep.LISTED, ParcelStep.AWARDED, ParcelStep.IN_USE]


def test_land_is_awarded_once() -> None:
    known = parcel()
    known.award(meta(), on=on("2015-03"))
    known.pending.clear()

    with refused(known, AlreadyAwarded):
        known.award(meta(), on=on("2015-04"))


def test_the_use_is_that_of_the_last_day_that_has_come() -> None:
    known = parcel()
    known.award(meta(), on=on("2015-03-05"))
    known.mark_underused(meta(), on=on("2015-05"))
    known.reuse(meta(), on=on("2015-07-01"))

    assert known.use(date(2015, 3, 4)) is LandUse.UNSTATED
    assert known.use(date(2015, 3, 5)) is LandUse.SUPPLIED
    assert known.use(date(2015, 5, 30)) is LandUse.SUPPLIED
    assert known.use(date(2015, 5, 31)) is LandUse.UNDERUSED
    assert known.use(date(2015, 7, 1)) is LandUse.REUSED
    assert known.use() is LandUse.REUSED


def test_a_month_that_has_not_ended_counts_from_the_day_of_recording() -> None:
    known = parcel()

    known.put_to_use(meta(at="2015-08-11T10:00"), on=on("2015-08"))

    assert known.use(date(2015, 8, 10)) is LandUse.UNSTATED
    assert known.use(date(2015, 8, 11)) is LandUse.IN_USE


def test_nothing_happens_to_land_tomorrow() -> None:
    known = underused()

    with refused(known, FactLiesAhead):
        known.list(meta(), on=on("2015-08-12"))
    with refused(known, FactLiesAhead):
        known.award(meta(), on=on("2015-09"))
    with refused(known, FactLiesAhead):
        known.put_to_use(meta(), on=on("2015-08-12"))
    with refused(known, FactLiesAhead):
        known.mark_idle(meta(reason="stated", source=FINDING), on=on("2016"))
    with refused(known, FactLiesAhead):
        known.reuse(meta(), on=on("2015-08-12"))
    known.list(meta(), on=on("2015-08-11"))


def test_idle_is_a_legal_finding_with_a_document_and_a_reason() -> None:
    known = parcel()

    for without in (meta(), meta(reason="lies bare"), meta(source=FINDING)):
        with refused(known, IdlenessNeedsAFinding):
            known.mark_idle(without, on=on("2015-08"))
    known.mark_idle(meta(CLERK, "two years without building", source=FINDING), on=on("2015-08"))

    recorded(known, Parcel.StepTaken)
    assert (known.use(), known.steps[0].reason) == (LandUse.IDLE, "two years without building")


def test_only_underused_or_idle_land_is_reused() -> None:
    unused, known = parcel(), underused()

    with refused(unused, NothingToReuse):
        unused.reuse(meta(), on=on("2015-08"))
    known.reuse(meta(), on=on("2015-08"))

    recorded(known, Parcel.StepTaken)
    assert known.use() is LandUse.REUSED
    with refused(known, NothingToReuse):
        known.reuse(meta(), on=on("2015-08"))


# -- corrections ---------------------------------------------------------------------------------------------------------


def test_a_step_is_corrected_up_to_the_day_of_the_correction() -> None:
    known = underused()
    later = meta(reason="it was later", at="2015-08-20T10:00")
    day = {"earliest": "2015-08-15", "latest": "2015-08-15", "precision": "day"}

    with refused(known, FactLiesAhead):
        known.correct(
            later, corrects=2, fields={"on": {"earliest": "2015-08-21", "latest": "2015-08-21", "precision": "day"}}
        )
    known.correct(later, corrects=2, fields={"on": day})

    recorded(known, Parcel.FactCorrected)
    assert known.use(date(2015, 8, 14)) is LandUse.UNSTATED
    assert known.use(date(2015, 8, 15)) is LandUse.UNDERUSED


def test_a_retracted_step_never_was() -> None:
    known = underused()

    known.correct(meta(reason="another parcel"), corrects=2, fields=None)

    recorded(known, Parcel.FactCorrected)
    assert (known.use(), known.steps) == (LandUse.UNSTATED, ())


def test_a_correction_does_not_turn_one_step_into_another() -> None:
    known = underused()

    with refused(known, CorrectionChangesTheSubject):
        known.correct(meta(reason="a slip"), corrects=2, fields={"step": "idle"})


def test_a_retracted_award_does_not_come_back_beside_another() -> None:
    known = parcel()
    known.award(meta(), on=on("2015-03"), winner="c1")
    known.correct(meta(reason="not to them"), corrects=2, fields=None)
    known.award(meta(), on=on("2015-04"), winner="c2")
    known.pending.clear()

    with refused(known, AlreadyAwarded):
        known.correct(meta(reason="yes, to them"), corrects=3, fields=None)

    assert known.winner == "c2"


def test_a_corrected_price_leaves_the_award_where_it_was() -> None:
    known = parcel()
    known.award(meta(), on=on("2015-03"), winner="c1", price=cny("3000"))
    known.pending.clear()

    known.correct(meta(reason="a typo"), corrects=2, fields={"price": {"amount": "3100", "unit": "万元"}})

    recorded(known, Parcel.FactCorrected)
    assert (known.winner, known.price, known.use()) == ("c1", cny("3100"), LandUse.SUPPLIED)


def test_a_correction_is_as_strict_as_the_fact() -> None:
    known = parcel()
    known.amend(meta(), area_m2=Decimal(100))
    known.pending.clear()
    why = meta(reason="a slip")

    with refused(known, CorrectionNeedsAReason):
        known.correct(meta(), corrects=2, fields=None)
    with refused(known, NothingToCorrect):
        known.correct(why, corrects=1, fields=None)
    with bad_input(known, "BAD_AREA"):
        known.correct(why, corrects=2, fields={"area_m2": "0"})
    with bad_input(known, "BAD_NAME"):
        known.correct(why, corrects=2, fields={"location": ""})
