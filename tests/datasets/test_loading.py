from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime

import pytest

from tests.datasets.given import REFERENCES, UNITS, events_in, loaded, written
from txapi.datasets.loading import RecordIsNotEmpty, load_dataset
from txapi.domain.errors import BadInput
from txapi.domain.event import Basis, Role, TimeBasis
from txapi.domain.project import Project
from txapi.domain.ticket import Ticket
from txapi.record.clock import ScriptClock
from txapi.record.conflicts import RecordIsOwned
from txapi.record.record import Record

PROJECT = """
  - do: introduce_project
    name: park
    at: 2015-08-11 07:51:00
    as: clerk/chongfu
    basis: inferred
    reason: 示例
    line: 45
    with: {code: park, name: 园区, kind: new_build, unit: chongfu, investment: {amount: "20", unit: 亿元, bound: more_than}}
  - do: reach_milestone
    at: 2015-08-11 07:51:00
    reason: nothing before it is printed
    with: {project: $park, kind: piling, on: 2015-05 end}
"""
TICKET = """
  - do: draft_ticket
    name: form
    at: 2015-08-05 09:00:00
    as: clerk/chongfu
    with: {category: land_use, subject: 事由, body: 内容, issuer: chongfu, handler: dept-eic}
  - do: issue_ticket
    at: 2015-08-05 10:00:00
    as: clerk/chongfu
    with: {ticket: $form}
  - do: receive_ticket
    at: 2015-08-06 10:00:00
    as: clerk/dept-eic
    with: {ticket: $form}
"""


def test_an_entry_becomes_events_that_say_when_who_why_and_on_what_they_rest(tmp_path):
    script = written(tmp_path, UNITS + PROJECT)

    events = [
        recorded for recorded in loaded(tmp_path / "data", script) if recorded.event.TOPIC == "project.introduced"
    ]

    [recorded] = events
    meta = recorded.event.meta
    assert recorded.recorded_at == meta.decided_at == datetime(2015, 8, 10, 23, 51, tzinfo=UTC)
    assert (meta.clock, meta.basis, meta.reason) == (TimeBasis.DATASET, Basis.INFERRED, "示例")
    assert (meta.actor.role, meta.actor.unit, meta.actor.subject) == (Role.CLERK, "chongfu", "trial:clerk/chongfu")
    assert meta.source is not None
    assert (meta.source.document, meta.source.locator, meta.source.publisher) == ("a report", "line 45", "a paper")


def test_several_lines_and_a_note_are_part_of_the_source(tmp_path):
    script = written(tmp_path, UNITS)

    events = loaded(tmp_path / "data", script)

    source = events[-1].event.meta.source
    assert source is not None
    assert (source.locator, source.note) == ("lines 9, 11", "a reading")


def test_arguments_are_read_by_the_annotations_of_the_command(tmp_path):
    script = written(tmp_path, UNITS + PROJECT)

    load_dataset(tmp_path / "data", [script])

    record = Record.open(tmp_path / "data", owner=False)
    project = record.load(
        Project, next(e.event.originator_id for e in record.read_all() if e.event.TOPIC == "project.introduced")
    )
    record.close()
    assert project.investment is not None
    assert project.investment.text("zh") == "超20亿元"
    actual = project.reached()[0].actual
    assert actual is not None
    assert actual.text("zh") == "2015年5月底"


def test_what_lapses_between_two_entries_is_recorded_at_its_legal_instant(tmp_path):
    script = written(tmp_path, UNITS + TICKET)

    events = loaded(tmp_path / "data", script)

    last = events[-1]
    assert last.event.TOPIC == "ticket.acceptance_lapsed"
    assert last.recorded_at == datetime(2015, 8, 13, 16, tzinfo=UTC)
    assert isinstance(last.event, Ticket.AcceptanceLapsed)
    assert last.event.at == last.recorded_at


def test_two_data_sets_are_given_in_the_order_of_their_times(tmp_path):
    first = written(tmp_path, UNITS + PROJECT)
    second = written(tmp_path, f"entries:{TICKET}", "more", "illustrated", "needs: [trial]")

    events = loaded(tmp_path / "data", second, first)

    times = [recorded.recorded_at for recorded in events]
    assert times == sorted(times)
    assert [e.event.TOPIC for e in events if not e.event.TOPIC.startswith("reference")] == [
        "unit.registered",
        "unit.registered",
        "ticket.drafted",
        "ticket.issued",
        "ticket.received",
        "project.introduced",
        "project.milestone_reached",
        "ticket.acceptance_lapsed",
    ]
    assert {e.event.meta.basis for e in events if e.event.TOPIC.startswith("ticket")} == {Basis.ILLUSTRATED}


def test_the_same_data_sets_give_the_same_events_to_the_last_byte(tmp_path):
    script = written(tmp_path, UNITS + TICKET + PROJECT)

    once = loaded(tmp_path / "one", script)
    again = loaded(tmp_path / "other", script)

    assert once == again
    assert all(recorded.event.salt and recorded.event.event_id for recorded in once)


def test_a_record_that_was_made_again_is_another_record(tmp_path):
    script = written(tmp_path, UNITS)
    load_dataset(tmp_path / "one", [script])
    load_dataset(tmp_path / "other", [script])

    one, other = Record.open(tmp_path / "one", owner=False), Record.open(tmp_path / "other", owner=False)

    assert one.record_id != other.record_id
    one.close()
    other.close()


def test_a_record_that_holds_something_is_not_loaded_into(tmp_path):
    script = written(tmp_path, UNITS)
    before = loaded(tmp_path / "data", script)

    with pytest.raises(RecordIsNotEmpty) as refused:
        load_dataset(tmp_path / "data", [script])

    assert refused.value.facts == {"events": len(before)}
    assert events_in(tmp_path / "data") == before


def test_an_empty_record_may_be_loaded_into(tmp_path):
    script = written(tmp_path, UNITS)
    Record.open(tmp_path / "data", ScriptClock(datetime(2026, 1, 1, tzinfo=UTC))).close()

    assert loaded(tmp_path / "data", script)


def test_a_record_that_somebody_owns_is_not_loaded_into(tmp_path):
    script = written(tmp_path, UNITS)
    record = Record.open(tmp_path / "data")

    with pytest.raises(RecordIsOwned):
        load_dataset(tmp_path / "data", [script])

    assert record.head.position == 0
    record.close()


def test_nothing_is_loaded_where_one_entry_is_refused(tmp_path):
    refused_entry = """
  - do: assign_leader
    at: 2015-08-11 08:00:00
    as: clerk/chongfu
    with: {project: $park, official: {name: 某}, on: 2015-08-11}
"""
    script = written(tmp_path, UNITS + PROJECT + refused_entry)

    with pytest.raises(BadInput, match=r"trial/script.yaml#5 \(assign_leader\): NotYourRole") as bad:
        load_dataset(tmp_path / "data", [script])

    assert bad.value.code == "BAD_SCRIPT"
    assert not (tmp_path / "data" / "record.db").exists()
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["owner.lock"]


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("{do: fly_to_the_moon, at: 2015-08-11 08:00:00}", "there is no command fly_to_the_moon"),
        ("{do: close_unit, at: 2015-08-11 08:00:00, with: {unit: chongfu, colour: red}}", "close_unit takes no colour"),
        ("{do: close_unit, at: 2015-08-11 08:00:00}", "missing 1 required keyword-only argument"),
        ("{do: suspend_project, at: 2015-08-11 08:00:00, with: {project: $nobody}}", "no entry makes a noun called"),
        ("{do: close_unit, with: {unit: chongfu}}", "the entry says no time"),
        ("{do: close_unit, at: 2015-09-11 08:00:00, with: {unit: chongfu}}", "lies after the end of the script"),
        ("{do: close_unit, at: 2015-08-11 08:00:00, as: emperor, with: {unit: chongfu}}", "there is no role emperor"),
        ("{do: close_unit, at: 2015-08-11 08:00:00, name: x, with: {unit: chongfu}}", "makes no noun that a script"),
        ("{do: close_unit, at: 2015-08-11 08:00:00, tomorrow: true}", "unknown field `tomorrow`"),
        (
            "{do: register_parcel, at: 2015-08-11 08:00:00, with: {location: 某, area_m2: 12.5}}",
            "a figure is written in quotes",
        ),
        (
            "{do: register_parcel, at: 2015-08-11 08:00:00, with: {location: 某, area_m2: many}}",
            "area_m2: ",
        ),
        ("{do: list_parcel, at: 2015-08-11 08:00:00, with: {parcel: x, on: 2015-13}}", "there is no day 2015-13"),
    ],
)
def test_an_entry_that_makes_no_sense_is_named_with_what_is_wrong(tmp_path, entry, message):
    script = written(tmp_path, f"{UNITS}  - {entry}\n")

    with pytest.raises(BadInput) as bad:
        load_dataset(tmp_path / "data", [script])

    assert bad.value.code == "BAD_SCRIPT"
    assert message in str(bad.value)
    assert "script.yaml" in str(bad.value)
    assert not (tmp_path / "data" / "record.db").exists()


def test_a_data_set_is_not_loaded_without_the_one_that_it_needs(tmp_path):
    with pytest.raises(BadInput, match="tongxiang-2015-illustration needs tongxiang-2015 beside it"):
        load_dataset(tmp_path / "data", ["tongxiang-2015-illustration"])

    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("names", [[], ["tongxiang-2015", "tongxiang-2015"]])
def test_data_sets_are_named_each_once(tmp_path, names):
    with pytest.raises(BadInput, match="each once"):
        load_dataset(tmp_path / "data", names)


def test_a_data_set_that_does_not_exist_is_answered_with_those_that_do(tmp_path):
    with pytest.raises(BadInput, match="comes with tongxiang-2015, tongxiang-2015-illustration") as bad:
        load_dataset(tmp_path / "data", ["atlantis"])

    assert bad.value.code == "UNKNOWN_DATASET"


def test_no_two_data_sets_name_the_same_noun(tmp_path):
    first = written(tmp_path, UNITS + PROJECT)
    second = written(
        tmp_path, "entries:" + PROJECT.replace("code: park", "code: other"), "more", "stated", "needs: [trial]"
    )

    with pytest.raises(BadInput, match="two data sets name a noun park"):
        load_dataset(tmp_path / "data", [first, second])


def test_one_data_set_brings_the_references_and_only_one(tmp_path):
    first = written(tmp_path, UNITS)
    second = written(tmp_path, "entries: []", "more", "stated", REFERENCES)
    none = written(tmp_path, UNITS, "none", "stated", "")

    for names in ([first, second], [none]):
        with pytest.raises(BadInput, match="one of the data sets says which references"):
            load_dataset(tmp_path / "data", names)


def test_progress_is_told_entry_by_entry_to_the_last(tmp_path):
    script = written(tmp_path, UNITS)
    told: list[tuple[int, int]] = []

    load_dataset(tmp_path / "data", [script], lambda done, of: told.append((done, of)))

    assert told[-1][0] == told[-1][1] == len(told)


def test_what_was_loaded_is_counted_by_kind_of_noun(tmp_path):
    script = written(tmp_path, UNITS + TICKET + PROJECT)

    found = load_dataset(tmp_path / "data", [script])

    assert found.nouns["unit"] == 2
    assert found.nouns["ticket"] == found.nouns["project"] == 1
    assert found.events == len(events_in(tmp_path / "data"))
    assert found.until == datetime(2015, 8, 31, 1, tzinfo=UTC)


def test_a_loading_that_was_killed_leaves_an_empty_record_that_can_be_loaded_into(tmp_path):
    script = written(tmp_path, UNITS + PROJECT)
    dies = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from txapi.datasets.loading import load_dataset\n"
        "load_dataset(Path(sys.argv[1]), [sys.argv[2]], lambda done, of: os.kill(os.getpid(), 9) if done == of else None)\n"
    )

    killed = subprocess.run([sys.executable, "-c", dies, str(tmp_path / "data"), script], check=False)

    assert killed.returncode == -9
    assert not (tmp_path / "data" / "record.db").exists()
    assert loaded(tmp_path / "data", script)
    assert sorted(path.name for path in (tmp_path / "data").iterdir()) == ["owner.lock", "record.db"]
