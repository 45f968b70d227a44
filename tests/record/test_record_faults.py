"""What happens when the disk, the lock or one append misbehaves."""

from __future__ import annotations

import shutil
import sqlite3
from typing import TYPE_CHECKING

import pytest

from tests.record.letters import written
from tests.stores import place
from txapi.record import Append, Appended, CommandKey, Record
from txapi.record.conflicts import AppendUncertain, CommitFailed, RecordUnavailable
from txapi.record.sqlite_store import SQLiteStore

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from txapi.record.store import Changes

COMMAND = CommandKey("wang", "k-1", b"hash")


def of(id: str, command: CommandKey | None = None) -> Append:
    return Append(events=tuple(written(id).pending), command=command)


def break_commit(record: Record, monkeypatch: pytest.MonkeyPatch, *, after: bool) -> None:
    """Let the next COMMIT raise, after or instead of committing."""
    store: Any = record.store
    commit = store._commit
    lost = sqlite3.OperationalError if isinstance(store, SQLiteStore) else CommitFailed

    def broken(transaction: Any) -> None:
        monkeypatch.setattr(store, "_commit", commit)
        if after:
            commit(transaction)
        raise lost("the answer was lost")

    monkeypatch.setattr(store, "_commit", broken)


def test_a_commit_whose_acknowledgement_was_lost_is_acknowledged(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_commit(record, monkeypatch, after=True)

    receipt = record.writer.append(of("a", COMMAND))

    assert receipt.last == 1
    assert not receipt.replayed
    assert record.head.position == 1


def test_a_commit_that_failed_is_told_from_one_that_was_lost(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    break_commit(record, monkeypatch, after=False)

    with pytest.raises(RecordUnavailable):
        record.writer.append(of("a", COMMAND))

    assert record.head.position == 0
    assert record.writer.append(of("a", COMMAND)).first == 1


@pytest.mark.only_on("sqlite", because="it is about the file")
def test_a_failed_commit_is_not_mistaken_for_the_events_of_another(
    record: Record, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = record.mapper.to_stored_event(written("other").pending[0])

    def overtaken(connection: sqlite3.Connection) -> None:
        """Lose the transaction, and let somebody else take the very position that it would have had."""
        connection.execute("ROLLBACK")
        with sqlite3.connect(tmp_path / "record.db") as stranger:
            stranger.execute(
                "INSERT INTO events VALUES (1, ?, 1, ?, ?, 0)", (others.originator_id, others.topic, others.state)
            )
        stranger.close()
        raise sqlite3.OperationalError("disk I/O error")

    with monkeypatch.context() as patch:
        patch.setattr(record.store, "_commit", overtaken)
        with pytest.raises(RecordUnavailable):
            record.writer.append(of("a"))

    assert record.writer.append(of("a")).first == 2


@pytest.mark.parametrize("after", [True, False])
def test_a_command_without_events_survives_a_lost_acknowledgement_too(
    record: Record, monkeypatch: pytest.MonkeyPatch, *, after: bool
) -> None:
    break_commit(record, monkeypatch, after=after)

    if after:
        assert record.writer.append(Append(command=COMMAND)).last == 0
    else:
        with pytest.raises(RecordUnavailable):
            record.writer.append(Append(command=COMMAND))


def test_when_the_store_cannot_tell_the_client_hears_that_it_is_uncertain(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_commit(record, monkeypatch, after=True)

    def silent(changes: Changes) -> bool:
        raise OSError("disk I/O error")

    with monkeypatch.context() as patch:
        patch.setattr(record.store, "landed", silent)
        with pytest.raises(AppendUncertain):
            record.writer.append(of("a", COMMAND))

    assert record.writer.append(of("a", COMMAND)).replayed


@pytest.mark.only_on("sqlite", because="it is about the file")
def test_an_append_that_the_store_chokes_on_fails_no_other(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    from txapi.record import sqlite_store

    write = sqlite_store._Append.write

    def chokes(self: Any, changes: Any) -> None:
        if any(row.stream == "poison" for row in changes.rows):
            raise sqlite3.InterfaceError("bad parameter")
        write(self, changes)

    monkeypatch.setattr(sqlite_store._Append, "write", chokes)
    with record.store.appending():
        waiting = [record.writer.submit(of(id)) for id in ("a", "b", "poison", "c")]
    outcomes = [one.outcome(10) for one in waiting]

    assert [type(outcome) for outcome in outcomes] == [Appended, Appended, sqlite3.InterfaceError, Appended]
    assert [r.position for r in record.read_all()] == [1, 2, 3]


@pytest.mark.only_on("sqlite", because="it is about the file")
def test_a_record_locked_by_a_stranger_is_unavailable_and_recovers(
    record: Record, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store: SQLiteStore = record.store  # type: ignore[assignment]
    assert store._writing is not None
    store._writing.execute("PRAGMA busy_timeout = 20")
    stranger = sqlite3.connect(tmp_path / "record.db", isolation_level=None)
    stranger.execute("BEGIN IMMEDIATE")

    with pytest.raises(RecordUnavailable, match="locked"):
        record.writer.append(of("a"))
    stranger.execute("ROLLBACK")
    stranger.close()

    assert record.writer.append(of("a")).last == 1


@pytest.mark.only_on("sqlite", because="it is about the file")
def test_a_copy_of_the_files_while_the_owner_writes_is_a_record_of_its_own(record: Record, tmp_path: Path) -> None:
    record.writer.append(of("a"))
    copy = tmp_path / "copy"
    copy.mkdir()
    for file in tmp_path.glob("record.db*"):
        shutil.copy(file, copy)
    record.writer.append(of("b"))

    with Record.open(place(copy)) as other:
        assert other.head.position == 1
        assert other.record_id == record.record_id
