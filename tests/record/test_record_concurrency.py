"""Many clients at once: the same answers as one after the other."""

from __future__ import annotations

import itertools
import threading
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.record.letters import NOON, Letter, said, written
from tests.stores import SQLITE, place
from txapi.domain.event import TimeBasis
from txapi.record import Append, Appended, CommandKey, Record, ScriptClock, SeededIds
from txapi.record.conflicts import CommandIdReused, KeyTaken, StreamMoved

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from txapi.domain.event import Event


# Few streams, numbers and commands, so that nearly everything meets something else.
REQUESTS = st.tuples(
    st.sampled_from("abc"),
    st.integers(1, 4),
    st.sampled_from(["1", "2", None]),
    st.sampled_from([None, ("wang", "k1"), ("wang", "k2"), ("li", "k1")]),
    st.sampled_from([b"x", b"y"]),
)
Request = tuple[str, int, str | None, tuple[str, str] | None, bytes]


def asked(request: Request, example: int) -> Append:
    stream, version, number, command, input_hash = request
    stream = f"{stream}-{example}"
    event: Event
    if number is not None:
        event = Letter.Written(
            originator_id=stream, originator_version=version, meta=said(), number=f"{number}-{example}"
        )
    else:
        event = Letter.Noted(originator_id=stream, originator_version=version, meta=said(), text="x")
    key = CommandKey(command[0], f"{command[1]}-{example}", input_hash) if command else None
    return Append(events=(event,), command=key)


def naive(requests: Sequence[Request]) -> list[tuple[object, ...]]:
    """What becomes of each request, by the plainest rules, one after the other."""
    versions: dict[str, int] = {}
    owners: dict[str, str] = {}
    commands: dict[tuple[str, str], tuple[bytes, int]] = {}
    position = 0
    said_: list[tuple[object, ...]] = []
    for stream, version, number, command, input_hash in requests:
        if command in commands and command is not None:
            done_hash, done = commands[command]
            said_.append((CommandIdReused,) if done_hash != input_hash else (Appended, done, True))
        elif versions.get(stream, 0) != version - 1:
            said_.append((StreamMoved,))
        elif number is not None and owners.get(number, stream) != stream:
            said_.append((KeyTaken,))
        else:
            position += 1
            versions[stream] = version
            if number is not None:
                owners[number] = stream
            if command is not None:
                commands[command] = (input_hash, position)
            said_.append((Appended, position, False))
    return said_


def test_however_requests_fall_into_batches_they_are_answered_as_one_by_one(tmp_path: Path, store: str) -> None:
    examples = itertools.count()

    # One record for all examples: each has streams, numbers and commands of its own in it.
    @settings(max_examples=60 if store == SQLITE else 20)
    @given(st.lists(REQUESTS, max_size=14), st.lists(st.integers(1, 5), min_size=14, max_size=14))
    def answered_alike(requests: list[Request], sizes: list[int]) -> None:
        example, before = next(examples), record.head.position
        outcomes: list[Appended | Exception] = []
        for size in sizes:
            batch = requests[len(outcomes) : len(outcomes) + size]
            outcomes += record.writer.append_now([asked(request, example) for request in batch])

        answers = [(Appended, o.last - before, o.replayed) if isinstance(o, Appended) else (type(o),) for o in outcomes]
        assert answers == naive(requests)
        kept = [recorded.event for recorded in record.read_all(before)]
        assert kept == [o.events[0] for o in outcomes if isinstance(o, Appended) and not o.replayed]

    with Record.open(place(tmp_path), ScriptClock(NOON, TimeBasis.SIMULATED), SeededIds(1)) as record:
        answered_alike()


def test_many_clients_on_the_same_letters_lose_nothing_and_repeat_nothing(record: Record) -> None:
    ids = ["a", "b", "c"]
    for id in ids:
        record.writer.append(Append(events=tuple(written(id).pending)))

    def client(name: str) -> None:
        for n in range(12):
            id = ids[n % 3]
            while True:
                letter = record.load(Letter, id)
                letter.note(said(), f"{name}-{n}")
                command = CommandKey(name, str(n), b"hash")
                try:
                    record.writer.append(Append(events=tuple(letter.pending), command=command))
                    # The network repeats every third command.
                    if n % 3 == 0:
                        assert record.writer.append(Append(events=tuple(letter.pending), command=command)).replayed
                    break
                except StreamMoved:
                    continue

    clients = [threading.Thread(target=client, args=(f"client{n}",)) for n in range(8)]
    for thread in clients:
        thread.start()
    for thread in clients:
        thread.join()

    notes = [note for id in ids for note in record.load(Letter, id).notes]
    assert sorted(notes) == sorted(f"client{c}-{n}" for c in range(8) for n in range(12))
    found = list(record.read_all())
    assert [r.position for r in found] == list(range(1, 3 + 96 + 1))
    assert [r.recorded_at for r in found] == sorted(r.recorded_at for r in found)
    assert len({r.event.event_id for r in found}) == len(found)


def test_a_reader_that_follows_while_many_append_skips_nothing(record: Record) -> None:
    done = threading.Event()
    followed: list[int] = []

    def follow() -> None:
        after = 0
        while not (done.is_set() and after == record.head.position):
            for recorded in record.read(after, 7):
                followed.append(recorded.position)
                after = recorded.position
            record.wait_beyond(after, 0.05)

    def client(name: int) -> None:
        for n in range(30):
            record.writer.append(Append(events=tuple(written(f"{name}-{n}").pending)))

    follower = threading.Thread(target=follow)
    follower.start()
    clients = [threading.Thread(target=client, args=(n,)) for n in range(6)]
    for thread in clients:
        thread.start()
    for thread in clients:
        thread.join()
    done.set()
    follower.join(20)

    assert followed == list(range(1, 181))
