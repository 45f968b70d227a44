"""What a project is to yield and yields; and whether it goes on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from tests.domain.project.given import (
    CLERK,
    LEADER,
    SECRETARY,
    STRANGER,
    TODAY,
    meta,
    project,
    recorded,
    references,
    refused,
)
from txapi.domain.authority import NotYourRole, NotYourUnit
from txapi.domain.dates import PartialDate
from txapi.domain.errors import BadInput
from txapi.domain.event import Actor
from txapi.domain.facts import FactLiesAhead
from txapi.domain.labels import Label
from txapi.domain.project.base import ProjectCondition, ProjectIsTerminated
from txapi.domain.project.condition import (
    ChangeOfConditionNeedsAReason,
    ProjectIsNotSuspended,
    ProjectIsSuspendedAlready,
)
from txapi.domain.project.outputs import Per
from txapi.domain.quantity import Quantity

ENERGY = Label("发电量", "energy")
UNIT = next(code for code in references().units if "kwh" in code)


def test_a_forecast_output_and_a_measured_one_are_kept_apart():
    known = project()

    known.forecast_output(
        meta(CLERK), label=ENERGY, quantity=Quantity.of("1450", UNIT), per=Per.YEAR, references=references()
    )
    assert recorded(known).TOPIC == "project.output_forecast"
    known.pending.clear()
    known.measure_output(
        meta(CLERK),
        label=ENERGY,
        quantity=Quantity.of("120", UNIT),
        on=PartialDate.month(2015, 7),
        references=references(),
    )

    assert recorded(known).TOPIC == "project.output_measured"
    forecast, measured = known.outputs
    assert (forecast.measured, forecast.per, forecast.period, forecast.stated.version) == (False, Per.YEAR, None, 2)
    assert (measured.measured, measured.per, measured.period) == (True, None, PartialDate.month(2015, 7))


def test_an_output_is_in_an_adopted_unit_of_measure():
    known = project()
    parsecs = Quantity.of("1", "parsec")

    with refused(known, BadInput) as said:
        known.forecast_output(meta(), label=ENERGY, quantity=parsecs, references=references())
    assert said.value.code == "UNKNOWN_UNIT"
    with refused(known, BadInput):
        known.measure_output(meta(), label=ENERGY, quantity=parsecs, on=PartialDate.day(TODAY), references=references())


def test_an_output_has_a_name():
    known = project()

    with refused(known, BadInput):
        known.forecast_output(meta(), label=Label(" ", "x"), quantity=Quantity.of("1", UNIT), references=references())


def test_what_is_yet_to_come_is_not_measured():
    known = project()

    with refused(known, FactLiesAhead):
        known.measure_output(
            meta(),
            label=ENERGY,
            quantity=Quantity.of("1", UNIT),
            on=PartialDate.month(2015, 9),
            references=references(),
        )


def test_outputs_are_told_by_the_unit_while_the_project_goes_on():
    known = project()
    commands: list[Callable[[Actor], None]] = [
        lambda actor: known.forecast_output(
            meta(actor), label=ENERGY, quantity=Quantity.of("1", UNIT), references=references()
        ),
        lambda actor: known.measure_output(
            meta(actor),
            label=ENERGY,
            quantity=Quantity.of("1", UNIT),
            on=PartialDate.day(TODAY),
            references=references(),
        ),
    ]

    for command in commands:
        with refused(known, NotYourUnit):
            command(STRANGER)
    known.terminate(meta(reason="退出"))
    for command in commands:
        with refused(known, ProjectIsTerminated):
            command(CLERK)


def test_a_corrected_output_reads_as_corrected():
    known = project()
    known.forecast_output(meta(), label=ENERGY, quantity=Quantity.of("1450", UNIT), references=references())

    known.correct(meta(CLERK, "误填"), corrects=2, fields={"per": "year"})

    assert known.outputs[0].per is Per.YEAR
    assert known.outputs[0].quantity == Quantity.of("1450", UNIT)


# -- condition -------------------------------------------------------------------------------------------------------


def test_a_project_is_suspended_and_resumed_with_reasons():
    known = project()

    known.suspend(meta(LEADER, "用地未落实"))
    assert recorded(known).TOPIC == "project.suspended"
    assert [change.condition for change in known.conditions] == [ProjectCondition.SUSPENDED]
    known.pending.clear()
    known.resume(meta(LEADER, "用地已落实"))

    assert recorded(known).TOPIC == "project.resumed"
    assert known.condition is ProjectCondition.ACTIVE
    assert [(change.condition, change.reason, change.stated.version) for change in known.conditions] == [
        (ProjectCondition.SUSPENDED, "用地未落实", 2),
        (ProjectCondition.ACTIVE, "用地已落实", 3),
    ]


def test_a_change_of_condition_needs_a_reason():
    known = project()

    with refused(known, ChangeOfConditionNeedsAReason):
        known.suspend(meta(LEADER))
    with refused(known, ChangeOfConditionNeedsAReason):
        known.terminate(meta(LEADER))
    known.suspend(meta(LEADER, "用地"))
    with refused(known, ChangeOfConditionNeedsAReason):
        known.resume(meta(LEADER))


def test_only_what_goes_on_is_suspended_and_only_what_is_suspended_is_resumed():
    known = project()

    with refused(known, ProjectIsNotSuspended):
        known.resume(meta(LEADER, "x"))
    known.suspend(meta(LEADER, "用地"))
    with refused(known, ProjectIsSuspendedAlready):
        known.suspend(meta(LEADER, "用地"))


def test_a_terminated_project_neither_goes_on_nor_ends_again():
    known = project()

    known.terminate(meta(LEADER, "投资方退出"))

    assert recorded(known).TOPIC == "project.terminated"
    for command in (known.suspend, known.resume, known.terminate):
        with refused(known, ProjectIsTerminated):
            command(meta(LEADER, "x"))


def test_a_termination_recorded_by_mistake_is_retracted():
    known = project()
    known.suspend(meta(LEADER, "用地"))
    known.terminate(meta(LEADER, "误录"))

    known.correct(meta(LEADER, "录错项目"), corrects=3, fields=None)

    assert known.condition is ProjectCondition.SUSPENDED
    assert len(known.conditions) == 1


@pytest.mark.parametrize("actor", [CLERK, SECRETARY])
def test_leaders_and_supervisors_decide_whether_a_project_goes_on(actor):
    known = project()

    for command in (known.suspend, known.terminate):
        with refused(known, NotYourRole):
            command(meta(actor, "x"))
    known.suspend(meta(reason="用地"))
    with refused(known, NotYourRole):
        known.resume(meta(actor, "x"))


def test_a_suspension_keeps_the_day_of_introduction():
    known = project(at="2015-08-01T02:00")

    known.suspend(meta(LEADER, "用地"))

    assert known.introduced_on == date(2015, 8, 1)
