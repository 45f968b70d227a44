"""An answer follows from one snapshot, one clock, the viewer and what was asked; from nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.city import ADMINISTRATOR, READER, SUPERVISOR, City, clerk
from tests.schema.registering import towns
from txapi.application import units
from txapi.domain.errors import BadInput
from txapi.domain.event import Actor, TimeBasis
from txapi.domain.labels import Label
from txapi.domain.unit import Duty, UnitKind
from txapi.record.conflicts import RecordUnavailable
from txapi.schema.admitting import Operation
from txapi.schema.context import Context
from txapi.schema.executing import Answered, execute
from txapi.schema.schema import the_schema

MAY = "{ unit(code: %s) { may { action allowed because { code } } } }"


class Ticking:
    """A clock that goes on by a second whenever it is read."""

    basis = TimeBasis.SIMULATED

    def __init__(self, moment: datetime) -> None:
        self._moment = moment

    def now(self) -> datetime:
        """A second later than the last time."""
        self._moment += timedelta(seconds=1)
        return self._moment


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    city = towns(tmp_path)
    yield city
    city.close()


def asked(context: Context, document: str, questions_only: BadInput | None = None) -> Answered:
    """What an operation on this context comes to."""
    try:
        return execute(the_schema(), context, Operation(document), questions_only=questions_only)
    finally:
        context.close()


def context_of(city: City, viewer: Actor = SUPERVISOR) -> Context:
    """The context of an operation that begins now."""
    return Context(city.views, city.desk, viewer, signed_in=True)


def test_the_clock_is_read_once_for_the_whole_operation(city: City) -> None:
    city.record.clock = Ticking(datetime(2015, 8, 11, 8, tzinfo=UTC))

    data = asked(context_of(city), "{ record { clock } moment { clock } again: record { clock } }").data

    assert data["record"]["clock"] == data["moment"]["clock"] == data["again"]["clock"] == "2015-08-11T08:00:01Z"


def test_what_the_viewer_may_do_is_said_of_the_snapshot_and_not_of_what_was_recorded_since(city: City) -> None:
    context = context_of(city, ADMINISTRATOR)
    context.present()
    units.close_unit(city.desk, city.order(reason="it is over"), unit="dama")

    then = asked(context, MAY % '"dama"').data["unit"]["may"]
    now = asked(context_of(city, ADMINISTRATOR), MAY % '"dama"').data["unit"]["may"]

    assert all(one["allowed"] for one in then)
    assert {one["because"]["code"] for one in now if not one["allowed"]} == {"IsClosed"}


def test_the_authority_of_a_merged_unit_passes_with_the_snapshot_that_knows_of_it(city: City) -> None:
    question = "{ viewer { units { code } } }"
    context = context_of(city, clerk("dama"))
    context.present()
    units.merge_unit(city.desk, city.order(reason="a reform"), unit="chongfu", into="dama")

    then = asked(context, question).data["viewer"]["units"]
    now = asked(context_of(city, clerk("dama")), question).data["viewer"]["units"]

    assert then == [{"code": "dama"}]
    assert now == [{"code": "dama"}, {"code": "chongfu"}]


def test_an_operation_that_needs_a_later_snapshot_is_answered_from_it_as_a_whole(city: City) -> None:
    context = context_of(city)
    context.present()
    before = city.record.head.position
    units.register_unit(city.desk, city.order(), code="shimen", name=Label(zh="石门", en="Shimen"), kind=UnitKind.TOWN,
                        duty=Duty.IMPLEMENTING_BODY)  # fmt: skip

    answered = asked(
        context, '{ record { head } moment(at: {time: "2015-08-11T01:00:00Z"}) { position } units { totalCount } }'
    )

    # The first field alone would have been answered from the snapshot that was there; the time asks for what came since.
    assert answered.data["record"]["head"] == str(before + 1)
    assert answered.data["moment"]["position"] == str(before + 1)
    assert answered.data["units"]["totalCount"] == 3
    assert answered.position == before + 1


@pytest.mark.parametrize("unplanned", [True, False])
def test_a_time_that_does_not_settle_is_waited_for_once_and_told_so_whoever_tells_the_answer(
    city: City, monkeypatch: pytest.MonkeyPatch, unplanned: bool
) -> None:
    waits = list[float]()

    def in_vain(position: int, timeout_seconds: float) -> bool:
        waits.append(timeout_seconds)
        return False

    ahead = city.record.head.position + 1
    monkeypatch.setattr(city.views, "wait_for", in_vain)
    monkeypatch.setattr(type(city.record), "settled_position_at", lambda self, time: ahead)
    context = context_of(city)
    context.raw, context.unplanned = True, unplanned

    answered = asked(context, '{ moment(at: {time: "2015-08-11T01:00:00Z"}) { units { totalCount } } }')

    assert [error["extensions"]["code"] for error in answered.errors] == ["MOMENT_NOT_SETTLED"]
    assert len(waits) == 1


def test_an_answer_never_comes_from_before_the_position_that_was_asked_for_whatever_was_said_to_be_visible(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(city.views, "wait_for", lambda position, timeout_seconds: True)
    monkeypatch.setattr("txapi.schema.context.VISIBLE_WITHIN_SECONDS", 0.05)
    demanding = context_of(city)
    demanding.at_least = city.record.head.position + 1

    answered = asked(demanding, "{ units { totalCount } }")

    assert [error["extensions"]["code"] for error in answered.errors] == ["NOT_YET_VISIBLE"]
    assert answered.position is None


@pytest.mark.parametrize(("recorded", "code"), [(True, "NOT_YET_VISIBLE"), (False, "UNAVAILABLE")])
def test_nobody_is_told_that_nothing_was_recorded_when_it_only_cannot_be_shown(
    city: City, monkeypatch: pytest.MonkeyPatch, recorded: bool, code: str
) -> None:
    def gone(*_: object) -> Any:
        raise RecordUnavailable("the database is gone")

    before = city.record.head.position
    if recorded:
        monkeypatch.setattr(city.views, "snapshot", gone)
    else:
        monkeypatch.setattr(city.record.writer, "append", gone)
    document = 'mutation { closeUnit(input: {unit: "dama", reason: "it is over"}) { __typename } }'
    answered = asked(context_of(city, ADMINISTRATOR), document)

    assert [error["extensions"]["code"] for error in answered.errors] == [code]
    assert city.record.head.position == before + recorded


def test_a_command_that_was_recorded_and_cannot_be_shown_says_where_and_is_carried_out_once(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = """mutation { closeUnit(input: {unit: "dama", reason: "it is over", commandId: "c"}) {
        ... on UnitReceipt { position replayed } } }"""
    with monkeypatch.context() as late:
        late.setattr("txapi.schema.context.COMMAND_VISIBLE_SECONDS", 0.05)
        late.setattr(city.views, "wait_for", lambda position, timeout_seconds: False)
        first, again = (asked(context_of(city, ADMINISTRATOR), document) for _ in range(2))

    shown = asked(context_of(city, ADMINISTRATOR), document)

    position = str(city.record.head.position)
    told = {"code": "NOT_YET_VISIBLE", "recorded": True, "position": position, "commandId": "c"}
    assert [answered.errors[0]["extensions"] for answered in (first, again)] == [told, told]
    assert shown.data["closeUnit"] == {"position": position, "replayed": True}


def test_what_is_no_question_is_refused_where_only_questions_are_asked(city: City) -> None:
    before = city.record.head.position
    document = 'mutation { closeUnit(input: {unit: "dama", reason: "it is over"}) { __typename } }'

    answered = asked(context_of(city, ADMINISTRATOR), document, BadInput("READ_ONLY", "nothing is changed here"))

    assert answered.refused
    assert [error["extensions"]["code"] for error in answered.errors] == ["READ_ONLY"]
    assert city.record.head.position == before


def test_a_record_without_a_desk_answers_and_takes_no_command(city: City) -> None:
    def alone(viewer: Actor) -> Context:
        return Context(city.views, None, viewer, signed_in=True, read=city.record)

    before = city.record.head.position
    answered: Any = asked(alone(READER), "{ units { totalCount } record { id } }")
    commanded = asked(alone(ADMINISTRATOR), 'mutation { closeUnit(input: {unit: "dama", reason: "x"}) { __typename } }')

    assert answered.data == {"units": {"totalCount": 2}, "record": {"id": city.record.record_id}}
    assert [error["extensions"]["code"] for error in commanded.errors] == ["READ_ONLY"]
    assert city.record.head.position == before
