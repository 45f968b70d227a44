"""The writer appends what fits and refuses what does not, each by itself."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.record.letters import NOON, Letter, said, written
from tests.stores import place
from txapi.domain.event import TimeBasis
from txapi.record import Append, Appended, CommandKey, Record, ScriptClock
from txapi.record.conflicts import (
    ClockBehind,
    CommandIdReused,
    KeyTaken,
    NotAnOwner,
    StreamMoved,
    WriterClosed,
)
from txapi.record.writer import ENOUGH_ALONE

if TYPE_CHECKING:
    from pathlib import Path


def of(letter: Letter, command: CommandKey | None = None) -> Append:
    return Append(events=tuple(letter.pending), command=command)


def positions(record: Record) -> list[int]:
    return [recorded.position for recorded in record.read_all()]


def noted(record: Record, id: str, text: str) -> Append:
    letter = record.load(Letter, id)
    letter.note(said(), text)
    return of(letter)


def test_an_append_is_answered_with_positions_time_and_sealed_events(record: Record) -> None:
    letter = written("a")
    letter.note(said(), "hello")

    receipt = record.writer.append(of(letter))

    assert (receipt.first, receipt.last, receipt.replayed) == (1, 2, False)
    assert [r.event for r in record.read(0, 10)] == list(receipt.events)
    assert record.head == (2, receipt.recorded_at)


def test_an_append_that_lost_leaves_no_gap(record: Record) -> None:
    record.writer.append(of(written("a")))

    with pytest.raises(StreamMoved) as lost:
        record.writer.append(of(written("a")))
    record.writer.append(of(written("b")))

    assert (lost.value.stream, lost.value.expected, lost.value.actual) == ("a", 0, 1)
    assert positions(record) == [1, 2]


def test_one_conflict_in_a_batch_fails_no_other_append(record: Record) -> None:
    record.writer.append(of(written("a")))
    stale = written("a", "another number")
    taken = written("c", "no-a")

    outcomes = record.writer.append_now([of(written("b")), of(stale), of(taken), of(written("d"))])

    assert [type(outcome) for outcome in outcomes] == [Appended, StreamMoved, KeyTaken, Appended]
    assert [r.event.originator_id for r in record.read_all()] == ["a", "b", "d"]
    assert positions(record) == [1, 2, 3]


def test_of_two_appends_of_one_batch_to_one_stream_the_second_loses(record: Record) -> None:
    record.writer.append(of(written("a")))

    first, second = record.writer.append_now([noted(record, "a", "one"), noted(record, "a", "two")])

    assert isinstance(first, Appended)
    assert isinstance(second, StreamMoved)
    assert record.load(Letter, "a").notes == ["one"]


def test_an_append_of_several_streams_is_all_or_nothing(record: Record) -> None:
    record.writer.append(of(written("b")))
    both = (*written("a").pending, *written("b", "other").pending)

    with pytest.raises(StreamMoved):
        record.writer.append(Append(events=both))

    assert not record.load(Letter, "a").exists
    assert record.owner_of_key("letter-number", "no-a") is None


def test_a_decision_that_rests_on_another_stream_is_refused_when_that_moved(record: Record) -> None:
    record.writer.append(of(written("a")))

    with pytest.raises(StreamMoved):
        record.writer.append(Append(events=tuple(written("b").pending), expected={"a": 0}))
    receipt = record.writer.append(Append(events=tuple(written("b").pending), expected={"a": 1}))

    assert receipt.last == 2


def test_the_same_command_again_is_answered_with_the_receipt_of_then(record: Record) -> None:
    command = CommandKey("wang", "k-1", b"hash")
    first = record.writer.append(of(written("a"), command))
    record.writer.append(of(written("b")))

    again = record.writer.append(of(written("a"), command))

    assert again.replayed
    assert (again.first, again.last, again.recorded_at) == (first.first, first.last, first.recorded_at)
    assert again.events == first.events
    assert record.writer.replay(command) == again
    assert positions(record) == [1, 2]


def test_the_same_command_twice_in_one_batch_is_carried_out_once(record: Record) -> None:
    command = CommandKey("wang", "k-1", b"hash")

    first, again = record.writer.append_now([of(written("a"), command), of(written("a"), command)])

    assert isinstance(first, Appended)
    assert isinstance(again, Appended)
    assert not first.replayed
    assert again.replayed
    assert again.events == first.events
    assert positions(record) == [1]


def test_a_command_id_used_for_something_else_is_refused(record: Record) -> None:
    record.writer.append(of(written("a"), CommandKey("wang", "k-1", b"hash")))

    with pytest.raises(CommandIdReused, match="k-1"):
        record.writer.append(of(written("b"), CommandKey("wang", "k-1", b"other")))
    with pytest.raises(CommandIdReused):
        record.writer.replay(CommandKey("wang", "k-1", b"other"))

    assert positions(record) == [1]


def test_two_subjects_may_use_the_same_command_id(record: Record) -> None:
    record.writer.append(of(written("a"), CommandKey("wang", "k-1", b"hash")))
    record.writer.append(of(written("b"), CommandKey("li", "k-1", b"other")))

    assert positions(record) == [1, 2]


def test_a_command_that_lost_is_not_remembered(record: Record) -> None:
    command = CommandKey("wang", "k-1", b"hash")
    record.writer.append(of(written("a")))
    with pytest.raises(KeyTaken):
        record.writer.append(of(written("b", "no-a"), command))

    assert record.writer.replay(command) is None
    assert not record.writer.append(of(written("b"), command)).replayed


def test_a_command_that_records_nothing_is_remembered_too(record: Record) -> None:
    record.writer.append(of(written("a")))
    command = CommandKey("wang", "k-1", b"hash")

    receipt = record.writer.append(Append(command=command))
    record.writer.append(of(written("b")))
    again = record.writer.append(Append(command=command))

    assert (receipt.first, receipt.last, receipt.events) == (2, 1, ())
    assert (again.first, again.last, again.events, again.replayed) == (2, 1, (), True)


def test_a_number_belongs_to_one_stream(record: Record) -> None:
    record.writer.append(of(written("a", "2015-031")))

    with pytest.raises(KeyTaken) as taken:
        record.writer.append(of(written("b", "2015-031")))

    assert (taken.value.kind, taken.value.value, taken.value.stream) == ("letter-number", "2015-031", "a")
    assert not record.load(Letter, "b").exists


def test_a_number_claimed_twice_in_one_batch_goes_to_the_first(record: Record) -> None:
    first, second = record.writer.append_now([of(written("a", "1")), of(written("b", "1"))])

    assert isinstance(first, Appended)
    assert isinstance(second, KeyTaken)
    assert record.owner_of_key("letter-number", "1") == "a"


def test_a_released_number_is_free_also_within_the_batch(record: Record) -> None:
    record.writer.append(of(written("a", "1")))
    letter = record.load(Letter, "a")
    letter.renumber(said(), "2")

    outcomes = record.writer.append_now([of(letter), of(written("b", "1"))])

    assert all(isinstance(outcome, Appended) for outcome in outcomes)
    assert record.owner_of_key("letter-number", "1") == "b"
    assert record.owner_of_key("letter-number", "2") == "a"


def test_a_deadline_is_kept_moved_and_deleted(record: Record) -> None:
    letter = written("a", days=7)
    record.writer.append(Append(events=tuple(letter.pending), deadlines={"a": letter.next_deadline()}))
    week = NOON + timedelta(days=7)

    assert record.due_streams(week) == [("a", week)]
    assert record.due_streams(week - timedelta(microseconds=1)) == []

    record.writer.append(Append(deadlines={"a": week + timedelta(days=1)}))
    assert record.due_streams(week) == []

    record.writer.append(Append(deadlines={"a": None}))
    assert record.due_streams(week + timedelta(days=2)) == []


def test_recorded_time_never_runs_backwards(tmp_path: Path) -> None:
    clock = ScriptClock(NOON)
    with Record.open(place(tmp_path), clock) as record:
        record.writer.append(of(written("a")))
        clock.set(NOON - timedelta(seconds=3))
        record.writer.append(of(written("b")))
        clock.set(NOON + timedelta(seconds=1))
        record.writer.append(of(written("c")))

        times = [r.recorded_at for r in record.read_all()]

    assert times == [NOON, NOON, NOON + timedelta(seconds=1)]


def test_a_clock_more_than_five_seconds_behind_the_head_appends_nothing(tmp_path: Path) -> None:
    clock = ScriptClock(NOON)
    with Record.open(place(tmp_path), clock) as record:
        record.writer.append(of(written("a")))

        clock.set(NOON - timedelta(seconds=5, microseconds=1))
        with pytest.raises(ClockBehind):
            record.writer.append(of(written("b")))
        clock.set(NOON - timedelta(seconds=5))
        record.writer.append(of(written("c")))

        assert [r.event.originator_id for r in record.read_all()] == ["a", "c"]


def test_a_clock_behind_still_answers_a_command_carried_out_before(tmp_path: Path) -> None:
    clock = ScriptClock(NOON)
    command = CommandKey("wang", "k-1", b"hash")
    with Record.open(place(tmp_path), clock) as record:
        record.writer.append(of(written("a"), command))
        clock.set(NOON - timedelta(days=1))

        assert record.writer.append(of(written("a"), command)).replayed


def test_a_script_records_a_batch_at_each_appends_own_time(tmp_path: Path) -> None:
    with Record.open(place(tmp_path), ScriptClock(NOON, TimeBasis.SIMULATED)) as record:
        later = NOON + timedelta(days=3)
        record.writer.append_now(
            [
                Append(events=tuple(written("a").pending), at=NOON),
                Append(events=tuple(written("b").pending), at=later),
            ]
        )

        found = record.read(0, 10)

    assert [r.recorded_at for r in found] == [NOON, later]
    assert {r.event.meta.clock for r in found} == {TimeBasis.SIMULATED}


def test_nobody_but_a_script_chooses_the_recorded_time(record: Record) -> None:
    receipt = record.writer.append(Append(events=tuple(written("a").pending), at=NOON))

    assert receipt.recorded_at > NOON


def test_what_is_settled_stays_settled(tmp_path: Path) -> None:
    clock = ScriptClock(NOON)
    with Record.open(place(tmp_path), clock) as record:
        record.writer.append(of(written("a")))

        assert record.settled_position_at(NOON) == 1
        receipt = record.writer.append(of(written("b")))

        assert receipt.recorded_at > NOON
        assert record.settled_position_at(NOON) == 1
        with pytest.raises(ValueError, match="lies ahead"):
            record.settled_position_at(NOON + timedelta(days=1))


def test_events_that_do_not_follow_one_another_are_a_mistake_of_the_caller(record: Record) -> None:
    letter = written("a")
    letter.note(said(), "x")
    first, second = letter.pending

    with pytest.raises(ValueError, match="does not follow"):
        record.writer.submit(Append(events=(second, first)))
    with pytest.raises(ValueError, match="does not follow"):
        record.writer.submit(Append(events=(first,), expected={"a": 4}))

    assert positions(record) == []


def test_text_that_cannot_be_stored_fails_its_own_sender_only(record: Record) -> None:
    with pytest.raises(UnicodeEncodeError):
        record.writer.submit(of(written("a"), CommandKey("wang", "\ud800", b"hash")))
    with pytest.raises(ValueError, match=r"surrogate|UTF-8"):
        record.writer.submit(of(written("b", "\ud800")))

    assert record.writer.append(of(written("c"))).last == 1


def test_what_is_queued_when_the_writer_closes_is_still_appended(tmp_path: Path) -> None:
    record = Record.open(place(tmp_path))
    waiting = [record.writer.submit(of(written(f"l{n}"))) for n in range(50)]

    record.close()

    assert sorted(one.result().last for one in waiting) == list(range(1, 51))
    with pytest.raises(WriterClosed):
        record.writer.submit(of(written("late")))
    with Record.open(place(tmp_path)) as again:
        assert again.head.position == 50


def test_whoever_is_alone_appends_in_its_own_thread_and_a_crowd_shares_transactions(record: Record) -> None:
    threads: list[tuple[str, int]] = []
    record.writer.listen(lambda position: threads.append((threading.current_thread().name, position)))

    record.writer.append(of(written("alone")))
    with record.store.appending():
        crowd = [
            threading.Thread(target=lambda n=n: record.writer.append(of(written(f"l{n}"))), name=f"client {n}")
            for n in range(6)
        ]
        for client in crowd:
            client.start()
        until = time.monotonic() + 20
        while record.writer._queue.qsize() < 4:
            assert time.monotonic() < until
            time.sleep(0.001)
    for client in crowd:
        client.join(20)
    for n in range(ENOUGH_ALONE):
        record.writer.append(of(written(f"later {n}")))
    record.writer.append(of(written("alone again")))

    assert threads[0] == (threading.current_thread().name, 1)
    assert len({name for name, _ in threads if name.startswith("client")}) <= 1
    assert ("txapi-writer", 7) in threads
    assert threads[-1] == (threading.current_thread().name, 8 + ENOUGH_ALONE)
    assert record.head.position == 8 + ENOUGH_ALONE


def test_who_waits_for_a_receipt_no_longer_than_it_wants_gets_it_later(record: Record) -> None:
    with record.store.appending():
        waiting = record.writer.submit(of(written("a")))
        with pytest.raises(TimeoutError):
            waiting.result(0.01)
        known = waiting.done()

    assert not known
    assert waiting.result(20).last == 1
    assert waiting.done()


def test_closing_waits_for_whoever_appends_in_its_own_thread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record = Record.open(place(tmp_path))
    began, transact = threading.Event(), record.writer._transact

    def noticed(*batch: Any) -> Any:
        began.set()
        return transact(*batch)

    monkeypatch.setattr(record.writer, "_transact", noticed)
    receipts: list[Appended] = []
    client = threading.Thread(target=lambda: receipts.append(record.writer.append(of(written("a")))))
    with record.store.appending():
        client.start()
        assert began.wait(20)
        closing = threading.Thread(target=record.close)
        closing.start()
    closing.join(20)
    client.join(20)

    assert [receipt.last for receipt in receipts] == [1]
    with pytest.raises(WriterClosed):
        record.writer.append(of(written("late")))


def test_listeners_hear_of_every_commit_and_cannot_break_it(record: Record) -> None:
    heard: list[int] = []

    def fails(position: int) -> None:
        raise RuntimeError(f"at {position}")

    record.writer.listen(fails)
    stop = record.writer.listen(heard.append)
    record.writer.append(of(written("a")))
    stop()
    record.writer.append(of(written("b")))

    assert heard == [1]
    assert record.head.position == 2


def test_whoever_waits_for_news_is_woken_by_an_append(record: Record) -> None:
    answers: list[bool] = []
    waiter = threading.Thread(target=lambda: answers.append(record.wait_beyond(0, 30)))
    waiter.start()

    record.writer.append(of(written("a")))
    waiter.join(5)

    assert answers == [True]
    assert not record.wait_beyond(1, 0.01)


def test_a_reader_cannot_append(tmp_path: Path) -> None:
    Record.open(place(tmp_path)).close()

    with Record.open(place(tmp_path), owner=False) as reader, pytest.raises(NotAnOwner):
        _ = reader.writer
