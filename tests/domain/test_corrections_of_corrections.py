"""A second correction adds to the first, whether it names the fact, the correction, or a correction of that."""

from __future__ import annotations

from datetime import date

from tests.domain.project.given import SUPERVISOR, meta
from tests.domain.target_given import JUNE_30, money, reported, usd
from txapi.domain.target import Target

MAY_31, MARCH_31 = date(2015, 5, 31), date(2015, 3, 31)
WHY = meta(SUPERVISOR, "核对")


def figure(target: Target) -> tuple[date, object]:
    [one] = target.figures
    return one.through, one.value


def test_naming_a_correction_adds_to_what_now_stands_in_its_place() -> None:
    target = reported((JUNE_30, "100"))
    target.correct(WHY, corrects=3, fields=money("200"))
    target.correct(WHY, corrects=4, fields={"through": MAY_31.isoformat()})

    target.correct(WHY, corrects=4, fields=money("300"))

    assert figure(target) == (MAY_31, usd("300"))


def test_a_correction_in_the_place_of_a_retraction_starts_from_what_was_retracted() -> None:
    target = reported((JUNE_30, "100"))
    target.correct(WHY, corrects=3, fields=money("200"))
    target.correct(WHY, corrects=4, fields=None)

    target.correct(WHY, corrects=5, fields={"through": MARCH_31.isoformat()})

    assert figure(target) == (MARCH_31, usd("200"))


def test_a_fact_that_was_retracted_is_put_back_with_what_is_said_of_it_now() -> None:
    target = reported((JUNE_30, "100"))
    target.correct(WHY, corrects=3, fields=None)

    target.correct(WHY, corrects=3, fields={"through": MAY_31.isoformat()})

    assert figure(target) == (MAY_31, usd("100"))
