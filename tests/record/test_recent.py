"""What was appended last is read from memory: the very rows of the store, or none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.record.letters import said, written
from tests.stores import place
from txapi.record import Append, Record
from txapi.record.recent import MOST_BYTES, MOST_EVENTS, Recent
from txapi.record.store import Row

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def rows(first: int, last: int, size: int = 2) -> list[Row]:
    return [
        Row(position, position, "a", position, "letter.written", b"x" * size) for position in range(first, last + 1)
    ]


def append(record: Record, id: str) -> None:
    record.writer.append(Append(events=tuple(written(id).pending)))


def test_rows_that_follow_one_another_are_known() -> None:
    recent = Recent()
    recent.note(rows(5, 6), 0)
    recent.note(rows(7, 7), 0)

    assert recent.behind(4, 10, 0) == rows(5, 7)
    assert recent.behind(5, 1, 0) == rows(6, 6)


def test_what_lies_before_or_behind_them_is_for_the_store_to_say() -> None:
    recent = Recent()
    recent.note(rows(5, 7), 0)

    assert recent.behind(3, 10, 0) is None
    assert recent.behind(7, 10, 0) is None


def test_events_of_others_end_what_is_known() -> None:
    recent = Recent()
    recent.note(rows(5, 7), 0)
    recent.note(rows(9, 9), 0)

    assert recent.behind(6, 10, 0) is None
    assert recent.behind(8, 10, 0) == rows(9, 9)


def test_a_store_that_was_lost_and_found_again_is_asked() -> None:
    recent = Recent()
    recent.note(rows(5, 6), 0)

    assert recent.behind(4, 10, 1) is None
    recent.note(rows(7, 7), 1)
    assert recent.behind(5, 10, 1) is None
    assert recent.behind(6, 10, 1) == rows(7, 7)
    recent.forget()
    assert recent.behind(6, 10, 1) is None


def test_no_more_is_kept_than_a_follower_that_keeps_up_is_behind() -> None:
    recent = Recent()
    recent.note(rows(1, MOST_EVENTS + 1), 0)
    many = recent.behind(MOST_EVENTS // 2 + 1, MOST_EVENTS, 0)
    recent.note(rows(MOST_EVENTS + 2, MOST_EVENTS + 2, MOST_BYTES + 1), 0)

    assert many == rows(MOST_EVENTS // 2 + 2, MOST_EVENTS + 1)
    assert recent.behind(MOST_EVENTS, 10, 0) is None


def test_the_newest_events_are_those_of_the_record_and_the_store_is_not_asked(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(record, "a")
    letter = written("b")
    letter.note(said(), "hello")
    record.writer.append(Append(events=tuple(letter.pending)))
    stored = record.read(0, 10)
    monkeypatch.setattr(record.store, "read", lambda *_: [])

    assert record.read_newest(0, 10) == stored
    assert record.read_newest(1, 1) == stored[1:2]
    assert record.read_newest(3, 10) == []


def test_a_reader_of_a_record_asks_the_store(tmp_path: Path) -> None:
    with Record.open(place(tmp_path)) as owner:
        append(owner, "a")
        with Record.open(place(tmp_path), owner=False) as reader:
            assert reader.read_newest(0, 10) == owner.read(0, 10)
