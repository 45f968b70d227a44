"""Real processes: one owner at a time, and what a killed one had acknowledged is kept."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.record.letters import Letter, written
from tests.stores import SQLITE, place
from txapi.record import Append, CommandKey, Record
from txapi.record.conflicts import RecordIsOwned

CHECKOUT = Path(__file__).parents[2]


def start(folder: Path, what: str) -> subprocess.Popen[str]:
    database = place(folder).database
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.record.appender", what, str(folder), *([database] if database else [])],
        cwd=CHECKOUT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "open\n"
    return process


OWNED = pytest.mark.only_on("sqlite", because="a record in a database has any number of owners")


@OWNED
def test_a_second_owner_is_refused_and_told_who_the_first_is(tmp_path: Path) -> None:
    owner = start(tmp_path, "own")
    try:
        with pytest.raises(RecordIsOwned, match=str(owner.pid)) as refused:
            Record.open(place(tmp_path))
        with Record.open(place(tmp_path), owner=False) as reader:
            assert reader.head.position == 0
    finally:
        owner.communicate("")

    assert refused.value.pid == owner.pid
    Record.open(place(tmp_path)).close()


@OWNED
def test_a_second_owner_within_the_same_process_is_refused_too(record: Record, tmp_path: Path) -> None:
    with pytest.raises(RecordIsOwned):
        Record.open(place(tmp_path))


@OWNED
def test_the_lock_of_a_killed_owner_is_free(tmp_path: Path) -> None:
    owner = start(tmp_path, "own")
    owner.kill()
    owner.communicate()

    Record.open(place(tmp_path)).close()


@pytest.mark.slow_on("postgresql")
def test_whatever_a_killed_process_had_acknowledged_is_there_exactly_once(tmp_path: Path, store: str) -> None:
    chance = random.Random(20150811)
    acknowledged: dict[str, tuple[int, int, str]] = {}
    # On PostgreSQL several processes at once are killed as well: see tests/faults.
    for _ in range(6 if store == SQLITE else 2):
        process = start(tmp_path, "append")
        assert process.stdout is not None
        # However busy the machine is, some are acknowledged before the kill.
        output = [process.stdout.readline() for _ in range(11)]
        time.sleep(chance.uniform(0.01, 0.35))
        process.kill()
        output += process.stdout.readlines()
        process.communicate()
        for line in output:
            if line.endswith("\n"):  # The last line may have been cut short by the kill.
                id, *receipt, event_id = line.split()
                acknowledged[id] = (int(receipt[0]), int(receipt[1]), event_id)

        with Record.open(place(tmp_path)) as record:
            found = list(record.read_all())
            by_stream: dict[str, list[int]] = {}
            for recorded in found:
                by_stream.setdefault(recorded.event.originator_id, []).append(recorded.position)

            assert [recorded.position for recorded in found] == list(range(1, len(found) + 1))
            assert all(len(positions) == 2 for positions in by_stream.values())
            for id, (first, last, event_id) in acknowledged.items():
                assert by_stream[id] == [first, last]
                assert found[last - 1].event.event_id == event_id
            assert record.derived_indexes() == record.indexes()
            # Whether or not the client heard of it, asking again with the same command id does it once.
            for id, positions in chance.sample(sorted(by_stream.items()), min(len(by_stream), 20)):
                again = record.writer.replay(CommandKey("wang", id, b"hash"))
                assert again is not None
                assert [again.first, again.last] == positions

    assert len(acknowledged) > 20
    with Record.open(place(tmp_path)) as record:
        some = next(iter(acknowledged))
        assert record.load(Letter, some).notes == ["a note that makes it two events"]
        assert record.writer.append(Append(events=tuple(written("new").pending))).first == record.head.position
