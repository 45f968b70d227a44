"""Appends to PostgreSQL are there in order and once, whatever becomes of connections, servers and other nodes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore

from tests.record.letters import NOON, Letter, written
from tests.record.postgres.proxy import Fault, Proxy
from txapi.record import Append, CommandKey, Record, ScriptClock, record
from txapi.record.conflicts import AppendUncertain, LeaseLost, RecordUnavailable, StreamMoved
from txapi.record.database import Fence
from txapi.record.instants import micros
from txapi.record.place import Place
from txapi.record.postgres import appending, store
from txapi.record.postgres.appending import APPEND_LOCK
from txapi.record.postgres.connecting import DatabaseConnection, connect
from txapi.record.store import Head

COMMIT = b"COMMIT\0"
COMMAND = CommandKey("wang", "k-1", b"hash")


def of(id: str, command: CommandKey | None = None, fence: Fence | None = None) -> Append:
    return Append(events=tuple(written(id).pending), command=command, fence=fence)


@pytest.fixture
def stranger(place: Place) -> Iterator[DatabaseConnection]:
    """A connection of somebody else to the same database."""
    assert place.database is not None
    with connect(place.database) as connection:
        yield connection


@pytest.fixture
def proxy(place: Place) -> Iterator[Proxy]:
    assert place.database is not None
    with Proxy(place.database) as opened:
        yield opened


@pytest.fixture
def behind(proxy: Proxy, here: Record, tmp_path: Path) -> Iterator[Record]:
    """The record as a node sees it whose connections go through the proxy."""
    with Record.open(Place(tmp_path, proxy.dsn)) as record:
        yield record


def kill_others(stranger: DatabaseConnection) -> None:
    stranger.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )


def test_two_nodes_take_turns_and_see_each_others_events(here: Record, there: Record) -> None:
    here.writer.append(of("a"))
    there.writer.append(of("b"))
    with pytest.raises(StreamMoved):
        here.writer.append(of("b"))
    here.writer.append(of("c"))

    assert [r.event.originator_id for r in there.read_all()] == ["a", "b", "c"]
    assert [r.position for r in here.read_all()] == [1, 2, 3]


def test_an_insert_that_is_held_open_holds_up_what_comes_behind_it(
    here: Record, there: Record, stranger: DatabaseConnection
) -> None:
    stranger.execute("BEGIN")
    stranger.execute("SELECT pg_advisory_xact_lock($1)", (APPEND_LOCK,))
    letter = here.mapper.to_stored_event(written("held").pending[0])
    stranger.execute("INSERT INTO record.events VALUES (1, 0, 'held', 1, $1, $2)", (letter.topic, letter.state))
    later = here.writer.submit(of("later"))
    seen_meanwhile = there.wait_beyond(0, 0.3)
    stranger.execute("COMMIT")

    assert later.result(10).first == 2
    assert not seen_meanwhile
    assert [r.event.originator_id for r in there.read_all()] == ["held", "later"]


def test_an_append_gives_up_when_the_lock_is_held_for_too_long(
    place: Place, stranger: DatabaseConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(appending, "LOCK_SECONDS", 0.1)
    with Record.open(place) as record:
        stranger.execute("BEGIN")
        stranger.execute("SELECT pg_advisory_xact_lock($1)", (APPEND_LOCK,))

        with pytest.raises(RecordUnavailable, match="for too long"):
            record.writer.append(of("a"))
        stranger.execute("ROLLBACK")

        assert record.writer.append(of("b")).first == 1


def test_a_node_whose_backends_are_killed_goes_on(here: Record, stranger: DatabaseConnection) -> None:
    here.writer.append(of("a"))

    for n in range(3):
        kill_others(stranger)
        assert here.writer.append(of(f"b{n}")).first == n + 2
        kill_others(stranger)
        assert here.head.position == n + 2


def test_a_connection_whose_statements_the_server_forgot_is_left(here: Record) -> None:
    """A pipeline that fails on a full disk leaves statements that the driver holds for prepared, for good."""
    for number in range(12):
        here.writer.append(of(f"before-{number}"))
    writing = here.store._writing  # type: ignore[attr-defined]
    # Not by a statement, for then the driver would forget them, too.
    writing.pgconn.exec_(b"DEALLOCATE ALL")

    for number in range(3):
        with suppress(RecordUnavailable):
            here.writer.append(of(f"after-{number}"))

    here.writer.append(of("at last"))
    told = [recorded.event.originator_id for recorded in here.read_all()]
    assert told[:12] == [f"before-{number}" for number in range(12)]
    assert told[-3:] == ["after-1", "after-2", "at last"]
    assert here.store._writing is not writing  # type: ignore[attr-defined]


def test_a_server_that_takes_no_writes_any_more_is_left_before_anything_is_decided(here: Record) -> None:
    here.writer.append(of("a"))
    writing: DatabaseConnection = here.store._writing  # type: ignore[attr-defined]
    writing.execute("SET default_transaction_read_only = on")

    assert here.writer.append(of("b")).first == 2
    assert writing.closed


def test_what_a_lost_server_told_is_forgotten(here: Record, stranger: DatabaseConnection) -> None:
    here.writer.append_now([of("a"), of("b")])
    assert here.load(Letter, "b").number == "no-b"
    # Stands for a failover that loses an event which no standby had, and for what is recorded in its place.
    stranger.execute("DELETE FROM record.events WHERE stream = 'b'; DELETE FROM record.keys WHERE stream = 'b'")
    kill_others(stranger)

    other = here.writer.append(Append(events=tuple(written("b", "another").pending)))

    assert other.first == 2
    assert here.load(Letter, "b").number == "another"


def test_a_transaction_whose_connection_broke_under_it_is_looked_up(
    here: Record, stranger: DatabaseConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = store.PostgresStore._commit

    def broken(self: Any, append: Any) -> None:
        monkeypatch.undo()
        kill_others(stranger)
        commit(self, append)

    monkeypatch.setattr(store.PostgresStore, "_commit", broken)
    with pytest.raises(RecordUnavailable):
        here.writer.append(of("a"))
    monkeypatch.setattr(store.PostgresStore, "_commit", broken)
    moment = here.clock.now()

    assert here.settled_position_at(moment) == 0
    assert stranger.execute("SELECT until FROM record.settled").fetchone() == (micros(moment),)
    assert here.writer.append(of("a")).first == 1


@pytest.mark.parametrize("events", [1, 100])
def test_the_answer_to_a_commit_is_lost_and_the_client_gets_its_success_once(
    behind: Record, proxy: Proxy, there: Record, events: int
) -> None:
    proxy.trap(COMMIT, Fault.CUT_AFTER)

    appends = [of("a", COMMAND), *(of(f"b{n}") for n in range(events - 1))]
    receipts = behind.writer.append_now(appends)

    assert proxy.sprung.is_set()
    assert [receipt.first for receipt in receipts if not isinstance(receipt, Exception)] == list(range(1, events + 1))
    assert not receipts[0].replayed  # type: ignore[union-attr]
    assert there.head.position == events
    assert behind.writer.append(of("a", COMMAND)).replayed


def test_a_commit_that_never_reached_the_server_is_no_success(behind: Record, proxy: Proxy, there: Record) -> None:
    proxy.trap(COMMIT, Fault.CUT_BEFORE)

    with pytest.raises(RecordUnavailable):
        behind.writer.append(of("a", COMMAND))

    assert there.head.position == 0
    assert behind.writer.append(of("a", COMMAND)).first == 1


def test_a_commit_that_is_not_answered_in_time_is_looked_up_on_another_connection(
    proxy: Proxy, here: Record, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(appending, "ANSWER_SECONDS", 0.3)
    with Record.open(Place(tmp_path, proxy.dsn)) as record:
        proxy.trap(COMMIT, Fault.FROZEN)

        receipt = record.writer.append(of("a", COMMAND))

    assert proxy.sprung.is_set()
    assert (receipt.first, receipt.replayed) == (1, False)
    assert here.head.position == 1


def test_while_a_transaction_may_still_end_either_way_nothing_is_said_of_it(
    proxy: Proxy, here: Record, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(appending, "ANSWER_SECONDS", 0.2)
    monkeypatch.setattr(appending, "LOCK_SECONDS", 0.1)
    monkeypatch.setattr(store, "ASKING_SECONDS", 0.5)
    with Record.open(Place(tmp_path, proxy.dsn)) as record:
        proxy.trap(COMMIT, Fault.HELD_BEFORE)

        with pytest.raises(AppendUncertain):
            record.writer.append(of("a", COMMAND))

    assert here.head.position == 0


def test_a_record_that_no_longer_answers_says_so(behind: Record, proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "PATIENCE_SECONDS", 0.1)
    proxy.close()

    with pytest.raises(RecordUnavailable):
        behind.writer.append(of("a"))


def test_a_warning_at_commit_is_no_success(here: Record, stranger: DatabaseConnection) -> None:
    # Stands for a server that stops waiting for its standbys; with real ones see tests/faults.
    stranger.execute(
        "CREATE FUNCTION record.warn() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE WARNING 'not replicated'; RETURN NULL; END $$;"
        " CREATE CONSTRAINT TRIGGER warned AFTER INSERT ON record.events"
        " INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION record.warn()"
    )
    asked: list[Any] = []
    landed = here.store.landed
    here.store.landed = lambda changes: asked.append(changes) or landed(changes)  # type: ignore[method-assign,func-returns-value]

    receipt = here.writer.append(of("a"))

    assert len(asked) == 1
    assert receipt.first == 1


def test_what_waits_for_the_lock_of_a_record_that_is_abandoned_is_not_recorded(
    here: Record, there: Record, stranger: DatabaseConnection
) -> None:
    there.writer.append(of("a"))
    stranger.execute("SELECT pg_advisory_lock($1)", (APPEND_LOCK,))
    waiting = here.writer.submit(of("b"))
    while not stranger.execute("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'advisory'").fetchall():
        time.sleep(0.01)

    here.store.abandon()
    failure = waiting.outcome()
    stranger.execute("SELECT pg_advisory_unlock($1)", (APPEND_LOCK,))

    assert isinstance(failure, RecordUnavailable)
    assert there.head.position == 1


def test_the_present_is_what_a_commit_shows_to_stay(behind: Record, proxy: Proxy, there: Record) -> None:
    there.writer.append(of("a"))

    assert behind.writer.present() == 1
    proxy.trap(COMMIT, Fault.CUT_BEFORE)
    with pytest.raises(RecordUnavailable):
        behind.writer.present()


def test_a_command_that_was_carried_out_is_told_again_only_when_that_stays(behind: Record, proxy: Proxy) -> None:
    behind.writer.append(of("a", COMMAND))

    proxy.trap(COMMIT, Fault.CUT_BEFORE)
    with pytest.raises(RecordUnavailable):
        behind.writer.replay(COMMAND)
    proxy.trap(COMMIT, Fault.CUT_BEFORE)
    with pytest.raises(RecordUnavailable):
        behind.writer.append(of("a", COMMAND))

    again = behind.writer.replay(COMMAND)
    assert again is not None
    assert (again.first, again.replayed) == (1, True)


def test_a_command_that_is_gone_with_a_lost_server_was_not_carried_out(
    here: Record, stranger: DatabaseConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    here.writer.append(of("a", COMMAND))
    known = here.store.command

    def lost_after(subject: str, command: str) -> Any:
        found = known(subject, command)
        stranger.execute("DELETE FROM record.commands")
        return found

    monkeypatch.setattr(here.store, "command", lost_after)

    assert here.writer.replay(COMMAND) is None


def test_who_reads_from_a_server_that_stays_behind_is_told(here: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "BEHIND_SECONDS", 0.1)
    here.writer.append(of("a"))
    here.reach_the_present()
    monkeypatch.setattr(here.store, "head", lambda: Head(0, None))

    with pytest.raises(RecordUnavailable):
        here.reach_the_present()


def test_what_one_node_settled_stays_settled_for_all(place: Place) -> None:
    slow = ScriptClock(NOON - timedelta(seconds=2))
    with Record.open(place, ScriptClock(NOON)) as here, Record.open(place, slow) as there:
        there.writer.append(of("a"))
        position = here.settled_position_at(NOON)
        receipt = there.writer.append(of("b"))

        assert position == 1
        assert receipt.recorded_at == NOON + timedelta(microseconds=1)
        assert here.settled_position_at(NOON) == 1


def test_what_is_settled_already_costs_no_commit(here: Record, stranger: DatabaseConnection) -> None:
    written_by = "SELECT xmin::text FROM record.settled"
    moment = here.clock.now()
    here.settled_position_at(moment)
    before = stranger.execute(written_by).fetchone()

    here.settled_position_at(moment - timedelta(seconds=1))

    assert stranger.execute(written_by).fetchone() == before


def test_an_append_of_who_lost_its_lease_is_refused_and_others_are_not(
    here: Record, stranger: DatabaseConnection
) -> None:
    stranger.execute("INSERT INTO nodes.leases VALUES ('watch', 'here', 3, now())")
    held, lost = Fence("watch", "here", 3), Fence("watch", "here", 2)

    first, second, third = here.writer.append_now([of("a", fence=held), of("b", fence=lost), of("c")])

    assert isinstance(second, LeaseLost)
    assert [r.event.originator_id for r in here.read_all()] == ["a", "c"]
    assert not isinstance(first, Exception)
    assert not isinstance(third, Exception)


def test_text_with_the_sign_0_is_found_nowhere_and_recorded_nowhere(here: Record) -> None:
    assert here.kind_of("a\0") is None
    assert here.load(Letter, "\0").version == 0
    assert here.last_key("letter-number", "\0") is None
    with pytest.raises(ValueError, match="sign 0"):
        here.writer.append(Append(events=tuple(written("a", "\0").pending)))

    assert here.head.position == 0


@pytest.mark.parametrize("setting", ["off", "local", "remote_write"])
def test_appends_are_durable_whatever_the_server_is_set_to(
    place: Place, stranger: DatabaseConnection, setting: str
) -> None:
    [[name]] = stranger.execute("SELECT current_database()").fetchall()
    stranger.execute(f"ALTER DATABASE {name} SET synchronous_commit = {setting}")
    stranger.execute(f"ALTER DATABASE {name} SET statement_timeout = '1s'")
    assert place.database is not None

    with appending.writing_connection(place.database) as connection:
        told = [connection.execute(f"SHOW {what}").fetchone() for what in ("synchronous_commit", "statement_timeout")]

    assert told == [("on",), ("0",)]


def test_a_server_that_waits_until_standbys_have_applied_goes_on_waiting(
    place: Place, stranger: DatabaseConnection
) -> None:
    [[name]] = stranger.execute("SELECT current_database()").fetchall()
    stranger.execute(f"ALTER DATABASE {name} SET synchronous_commit = remote_apply")
    assert place.database is not None

    with appending.writing_connection(place.database) as connection:
        assert connection.execute("SHOW synchronous_commit").fetchone() == ("remote_apply",)


def test_the_librarys_database_functions_are_not_used(
    place: Place, stranger: DatabaseConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POSTGRES_ENABLE_DB_FUNCTIONS", "y")
    with Record.open(place) as record:
        record.writer.append(of("a"))
        record.store.insert_events([record.mapper.to_stored_event(event) for event in written("b").pending])

        assert record.head.position == 2

    made = (
        "SELECT count(*) FROM pg_proc JOIN pg_namespace n ON n.oid = pronamespace WHERE nspname IN ('record', 'public')"
    )
    assert stranger.execute(made).fetchone() == (0,)


def test_why_not_a_reader_loses_an_event_that_the_librarys_function_wrote(stranger: DatabaseConnection) -> None:
    datastore = PostgresDatastore(
        dbname=stranger.info.dbname,
        host=stranger.info.host,
        port=str(stranger.info.port),
        user=stranger.info.user,
        password="",
        originator_id_type="text",
        enable_db_functions=True,
    )
    with datastore:
        recorder = PostgresApplicationRecorder(datastore)
        recorder.create_table()
        stranger.execute("BEGIN")
        stranger.execute("SELECT es_insert_events_text(ARRAY[ROW('first', 1, 't', '')::stored_event_text])")
        recorder.insert_events([StoredEvent("second", 1, "t", b"")])
        seen = recorder.select_notifications(start=1, limit=10)
        stranger.execute("COMMIT")
        seen += recorder.select_notifications(start=seen[-1].id + 1, limit=10)

    assert [notification.originator_id for notification in seen] == ["second"]
