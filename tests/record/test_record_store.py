"""The store keeps rows in order, finds them again, and speaks the library's language."""

from __future__ import annotations

import os
import sqlite3
import threading
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from eventsourcing.persistence import IntegrityError, Notification

from tests.record.letters import NOON, Letter, said, written
from tests.stores import place
from txapi.domain.errors import BadInput
from txapi.domain.event import TimeBasis
from txapi.record import Append, CommandKey, OffsetClock, Record, ScriptClock, SystemClock, parse_clock
from txapi.record.batch import Appended
from txapi.record.conflicts import KeyTaken, NotARecord
from txapi.record.sqlite_store import SQLiteStore
from txapi.record.table_store import HEAD

if TYPE_CHECKING:
    from pathlib import Path


def append(record: Record, *ids: str) -> None:
    record.writer.append_now([Append(events=tuple(written(id).pending)) for id in ids])


def test_the_position_at_a_moment_is_the_last_one_recorded_by_then(tmp_path: Path) -> None:
    clock = ScriptClock(NOON)
    with Record.open(place(tmp_path), clock) as record:
        for hour in range(7):
            clock.set(NOON + timedelta(hours=hour // 2))
            append(record, f"l{hour}")
        hours = [record.position_at(NOON + timedelta(hours=hour)) for hour in range(-1, 5)]
        just_before = record.position_at(NOON + timedelta(hours=2) - timedelta(microseconds=1))

    assert hours == [0, 2, 4, 6, 7, 7]
    assert just_before == 4


def test_an_empty_record_has_a_head_of_nothing(record: Record) -> None:
    assert record.head == (0, None)
    assert record.position_at(NOON) == 0
    assert record.event_at(1) is None
    assert record.kind_of("a") is None
    assert record.store.max_notification_id() is None


def test_events_are_found_by_position_stream_and_kind(record: Record) -> None:
    append(record, "a", "b")
    letter = record.load(Letter, "a")
    letter.note(said(), "x")
    record.writer.append(Append(events=tuple(letter.pending)))

    third = record.event_at(3)

    assert third is not None
    assert third.event.originator_version == 2
    assert [r.position for r in record.stream_events("a")] == [1, 3]
    assert [r.position for r in record.stream_events("a", after_version=1)] == [3]
    assert record.event_at(0) is None
    assert [found.position for found in record.events_at([3, 1, 9, 0, 3])] == [1, 3]
    assert record.events_at([3]) == [third]
    assert record.events_at([]) == []
    assert record.kind_of("a") == "letter"


def test_a_loaded_noun_is_the_callers_own(record: Record) -> None:
    append(record, "a")
    spoilt = record.load(Letter, "a")
    spoilt.note(said(), "never recorded")
    spoilt.notes.append("nor this")

    assert record.load(Letter, "a").notes == []
    assert record.load(Letter, "a").version == 1


def test_a_loaded_noun_has_what_was_appended_since(record: Record) -> None:
    append(record, "a")
    record.load(Letter, "a")
    for text in ("one", "two"):
        letter = record.load(Letter, "a")
        letter.note(said(), text)
        record.writer.append(Append(events=tuple(letter.pending)))

    assert record.load(Letter, "a").notes == ["one", "two"]


def test_the_stream_of_another_kind_of_noun_does_not_exist_as_this_kind(record: Record) -> None:
    class Parcel(Letter):
        KIND = "parceltest"

    append(record, "a")

    assert not record.load(Parcel, "a").exists


def test_the_librarys_interface_appends_and_selects(record: Record) -> None:
    stored = [record.mapper.to_stored_event(event) for event in (*written("a").pending, *written("b").pending)]

    assert record.store.insert_events(stored) == [1, 2]
    assert record.store.select_events("a") == stored[:1]
    assert record.store.select_events("a", gt=1) == []
    assert record.store.max_notification_id() == 2
    found = record.store.select_notifications(start=1, limit=10)
    assert [(n.id, n.originator_id, n.state) for n in found] == [(1, "a", stored[0].state), (2, "b", stored[1].state)]
    assert [n.id for n in record.store.select_notifications(1, 10, inclusive_of_start=False)] == [2]
    assert [n.id for n in record.store.select_notifications(1, 10, stop=1)] == [1]
    assert record.store.select_notifications(1, 10, topics=["letter.noted"]) == []


def test_through_the_librarys_interface_a_version_is_taken_once_and_nothing_of_the_rest_is_kept(record: Record) -> None:
    append(record, "a")
    stored = [record.mapper.to_stored_event(event) for event in (*written("b").pending, *written("a").pending)]

    with pytest.raises(IntegrityError):
        record.store.insert_events(stored)

    assert record.head.position == 1


def test_a_subscription_brings_what_was_and_what_comes(record: Record) -> None:
    append(record, "a")
    found: list[Notification] = []
    seen = threading.Semaphore(0)

    def follow() -> None:
        for notification in subscription:
            found.append(notification)
            seen.release()

    with record.store.subscribe(gt=0, topics=["letter.written"]) as subscription:
        follower = threading.Thread(target=follow)
        follower.start()
        letter = record.load(Letter, "a")
        letter.note(said(), "passed over")
        record.writer.append(Append(events=tuple(letter.pending)))
        append(record, "b")
        assert seen.acquire(timeout=5)
        assert seen.acquire(timeout=5)
    follower.join(5)

    assert not follower.is_alive()
    assert [n.id for n in found] == [1, 3]


def test_a_reader_sees_what_the_owner_appends(record: Record, tmp_path: Path) -> None:
    with Record.open(place(tmp_path), owner=False) as reader:
        append(record, "a")

        assert reader.head.position == 1
        assert reader.load(Letter, "a").number == "no-a"


@pytest.mark.only_on("sqlite", because="it is about the file")
def test_a_record_on_a_medium_that_cannot_be_written_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Record.open(place(tmp_path)) as record:
        append(record, "a")
    monkeypatch.setattr(os, "access", lambda path, mode: False)

    with Record.open(place(tmp_path), owner=False) as reader:
        assert reader.load(Letter, "a").number == "no-a"


@pytest.mark.only_on("sqlite", because="it is about the file")
def test_what_is_no_record_is_not_opened(tmp_path: Path) -> None:
    with pytest.raises(NotARecord, match="there is no record"):
        Record.open(place(tmp_path / "nowhere"), owner=False)

    text = tmp_path / "text"
    text.mkdir()
    (text / "record.db").write_text("this is no database at all, whatever its name says" * 40)
    with pytest.raises(NotARecord, match="cannot be read as a record"):
        Record.open(place(text))

    other = tmp_path / "other"
    other.mkdir()
    connection = sqlite3.connect(other / "record.db")
    connection.execute("CREATE TABLE t (x)")
    connection.close()
    with pytest.raises(NotARecord, match="no record"):
        Record.open(place(other))


@pytest.mark.only_on("sqlite", because="it is about the file")
def test_a_record_of_an_unknown_format_is_not_opened(tmp_path: Path) -> None:
    Record.open(place(tmp_path)).close()
    connection = sqlite3.connect(tmp_path / "record.db")
    connection.execute("PRAGMA user_version = 99")
    connection.close()

    with pytest.raises(NotARecord, match="format 99"):
        Record.open(place(tmp_path))


def test_a_record_keeps_its_identifier(tmp_path: Path) -> None:
    with Record.open(place(tmp_path / "a")) as record:
        first = record.record_id
    with Record.open(place(tmp_path / "a")) as record, Record.open(place(tmp_path / "b")) as other:
        assert record.record_id == first != other.record_id


def test_rebuilt_indexes_are_those_that_were_kept(record: Record) -> None:
    for n in range(20):
        letter = written(f"l{n}", days=n if n % 3 else None)
        record.writer.append(Append(events=tuple(letter.pending), deadlines={letter.id: letter.next_deadline()}))
    for n in range(0, 20, 4):
        letter = record.load(Letter, f"l{n}")
        letter.renumber(said(), f"new-{n}")
        letter.answer(said())
        record.writer.append(Append(events=tuple(letter.pending), deadlines={letter.id: letter.next_deadline()}))
    live = record.indexes()

    assert record.derived_indexes() == live
    record.store.replace_indexes({}, {})
    assert record.indexes() == ({}, {})

    record.rebuild_indexes()

    assert record.indexes() == live
    assert len(live.keys) == 20


def test_an_offset_clock_starts_where_told_but_never_before_the_head(tmp_path: Path) -> None:
    with Record.open(place(tmp_path), ScriptClock(NOON)) as record:
        append(record, "a")

    with Record.open(place(tmp_path), "2015-08-11") as record:
        append(record, "b")
        first, second = record.read(0, 2)

    assert first.event.meta.clock is TimeBasis.DATASET
    assert second.event.meta.clock is TimeBasis.OFFSET
    assert NOON <= second.recorded_at < NOON + timedelta(minutes=1)


def test_a_clocks_setting_is_a_date_a_moment_or_the_system() -> None:
    day = parse_clock("2015-08-12")
    moment = parse_clock("2015-08-11T12:00+08:00")

    assert isinstance(parse_clock("system"), SystemClock)
    assert isinstance(day, OffsetClock)
    assert timedelta(0) <= day.now() - (NOON + timedelta(hours=12)) < timedelta(minutes=1)
    assert timedelta(0) <= moment.now() - NOON < timedelta(minutes=1)
    with pytest.raises(BadInput):
        parse_clock("2015-02-30")


@pytest.mark.only_on("sqlite", because="PostgreSQL is told to use its indexes")
def test_what_an_append_looks_up_is_found_by_its_key_however_long_the_record_is(record: Record) -> None:
    store = record.store
    assert isinstance(store, SQLiteStore)
    assert store._writing is not None
    statements: list[str] = []
    store._writing.set_trace_callback(statements.append)

    record.writer.append_now(
        [Append(events=tuple(written(id).pending), command=CommandKey("wang", id, b"hash")) for id in "abc"]
    )

    store._writing.set_trace_callback(None)
    [looked] = [sql for sql in statements if " AS w CROSS JOIN " in sql]
    plans = [str(row[3]) for row in store._writing.execute(f"EXPLAIN QUERY PLAN {looked}")]
    searched = {plan.split()[1] for plan in plans if plan.startswith("SEARCH")}
    assert searched >= {"e", "k", "c"}
    # Of the events themselves it reads the last one, by its position.
    assert [plan for plan in plans if plan == "SCAN events"] == ["SCAN events"]
    assert f"({HEAD})" in looked
    assert {plan for plan in plans if plan.startswith("SCAN")} == {
        "SCAN w", "SCAN 4 CONSTANT ROWS", "SCAN events", "SCAN (subquery-1)",
    }  # fmt: skip


def test_a_large_batch_is_judged_as_small_ones_are(record: Record) -> None:
    """More appends than one statement looks up: each finds its own stream, number and command."""
    many = [
        Append(events=tuple(written(f"l{n}").pending), command=CommandKey("wang", f"c{n}", b"hash")) for n in range(150)
    ]
    first = record.writer.append_now(many)
    again = record.writer.append_now(many)
    taken = record.writer.append_now([Append(events=tuple(written(f"m{n}", f"no-l{n}").pending)) for n in range(150)])

    receipts = [one for one in first if isinstance(one, Appended)]
    assert [receipt.first for receipt in receipts] == list(range(1, 151))
    assert [(one.first, one.replayed) for one in again if isinstance(one, Appended)] == [
        (n, True) for n in range(1, 151)
    ]
    assert [(str(one.value), one.stream) for one in taken if isinstance(one, KeyTaken)] == [
        (f"no-l{n}", f"l{n}") for n in range(150)
    ]
