"""A record is copied to another place whole or not at all, from where nobody serves it, and the command says what went wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from tests import stores
from tests.backup.test_backup_of_a_database import url_of
from tests.backup.trying import run
from txapi.audit.verify import verify
from txapi.audit.verify_database import verify_database
from txapi.record import copying, database
from txapi.record.conflicts import NotARecord
from txapi.record.copying import copy_record
from txapi.record.leases import Leases
from txapi.record.place import Place
from txapi.record.postgres.connecting import connect
from txapi.record.record import Record

pytestmark = pytest.mark.only_on("postgresql", because="a record is copied into a database, or out of one")


@pytest.fixture
def dsn() -> Iterator[str]:
    made = stores.databases().create()
    yield made
    stores.databases().drop(made)


def cut_short_at(monkeypatch: pytest.MonkeyPatch, table: str) -> None:
    """Let a copy end before that table comes."""
    whole = database.copy_rows

    def copy_rows(seen, change, name, *more):
        if name == table:
            raise KeyboardInterrupt
        whole(seen, change, name, *more)

    monkeypatch.setattr(copying, "copy_rows", copy_rows)


@pytest.mark.parametrize("table", ["commands", "checkpoints"])
def test_a_copy_into_a_database_that_was_interrupted_left_nothing_and_is_begun_again(
    data: Path, dsn: str, table: str
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        cut_short_at(patch, table)
        with pytest.raises(KeyboardInterrupt):
            copy_record(Place(data), Place(data, dsn))
    with connect(dsn) as connection:
        left = connection.execute("SELECT count(*) FROM record.events").fetchone()

    copy_record(Place(data), Place(data, dsn))

    assert left == (0,)
    assert (verify_database(dsn).wrong, verify_database(dsn).signed_until) == ((), 67)


@pytest.mark.parametrize("place", ["commands", "checkpoints", "record.db"])
def test_a_copy_into_a_folder_that_was_interrupted_is_no_record_and_is_begun_again(
    data: Path, dsn: str, tmp_path: Path, place: str
) -> None:
    copy_record(Place(data), Place(data, dsn))
    new = tmp_path / "new"
    rename = Path.rename

    def cut_short(path: Path, to: Path) -> Path:
        if path.name == place:
            raise KeyboardInterrupt
        return rename(path, to)

    with pytest.MonkeyPatch.context() as patch:
        cut_short_at(patch, place)
        patch.setattr(Path, "rename", cut_short)
        with pytest.raises(KeyboardInterrupt):
            copy_record(Place(data, dsn), Place(new))
    left = (new / "record.db").exists()

    copy_record(Place(data, dsn), Place(new))
    names = sorted(path.name for path in new.iterdir())

    assert not left
    assert names == ["ledger.db", "record.db"]
    assert (verify(new).wrong, verify(new).signed_until) == ((), 67)


def test_a_record_on_which_servers_run_is_neither_copied_nor_signed_by_hand(
    data: Path, dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy_record(Place(data), Place(data, dsn))
    monkeypatch.setenv("TXAPI_DATABASE", url_of(dsn))
    with Leases.open(Place(data, dsn)) as server:
        while not server.live():
            pass

        refused = [run("copy", tmp_path / "out"), run("checkpoint", "--sign")]

    assert [result.exit_code for result in refused] == [4, 4]
    assert all(server.node in result.output for result in refused)
    assert not (tmp_path / "out").exists()
    assert run("copy", tmp_path / "out").exit_code == 0, "once it has stopped"


def test_a_record_that_was_moved_is_read_and_not_served(data: Path, dsn: str) -> None:
    moved = run("copy", "--move", url_of(dsn))

    with pytest.raises(NotARecord, match="was moved to PostgreSQL"):
        Record.open(data)
    assert moved.exit_code == 0
    assert "can only be read" in moved.output
    with closing(Record.open(data, owner=False)) as old, Record.open(Place(data, dsn)) as new:
        assert old.head == new.head


def test_what_is_wrong_with_a_database_is_said_at_once_and_in_one_sentence(
    data: Path, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = {
        "does not exist": make_conninfo(dsn, dbname="nowhere"),
        "failed": make_conninfo(dsn, host="127.0.0.1", port=1),
        "nobody": make_conninfo(dsn, user="nobody"),
    }
    for what, where in wrong.items():
        copied = run("copy", url_of(where))
        with monkeypatch.context() as patch:
            patch.setenv("TXAPI_DATABASE", url_of(where))
            verified, shown = run("verify"), run("checkpoint")

        for result in (copied, verified, shown):
            assert result.exit_code == 6, result.output
            assert what in result.output
            assert len(result.output.splitlines()) == 1
    monkeypatch.setenv("TXAPI_DATABASE", url_of(dsn))
    empty = run("verify")
    assert (empty.exit_code, "there is no record in" in empty.output) == (2, True), empty.output


def test_a_database_in_which_nothing_may_be_made_is_said_to_be_one(data: Path, dsn: str) -> None:
    role = f"reads_only_{stores.name_of(dsn)}"
    with connect(dsn) as connection:
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
    try:
        refused = run("copy", url_of(make_conninfo(dsn, user=role)))
    finally:
        with connect(dsn) as connection:
            connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))

    assert refused.exit_code == 6
    assert "permission denied for database" in refused.output.splitlines()[-1]
    assert "Traceback" not in refused.output


def test_an_encoding_in_which_no_record_can_be_kept_is_named(data: Path, dsn: str) -> None:
    name = f"{stores.name_of(dsn)}_ascii"
    with connect(dsn) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'SQL_ASCII'").format(sql.Identifier(name))
        )
    try:
        refused = run("copy", url_of(make_conninfo(dsn, dbname=name)))
    finally:
        stores.databases().drop(make_conninfo(dsn, dbname=name))

    assert refused.exit_code == 2
    assert "the database has the encoding SQL_ASCII: a record needs UTF8" in refused.output


def test_a_connection_string_of_another_form_is_said_to_be_taken_for_a_folder(data: Path, dsn: str) -> None:
    refused = run("copy", dsn)

    assert refused.exit_code == 2
    assert f"{dsn!r} is taken for a folder; name a database to copy it to (postgresql://...)" in refused.output
    assert not Path(dsn).exists()
