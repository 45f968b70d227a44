"""A record in PostgreSQL is backed up into the files of an embedded one, and comes back into a database by way of these."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlencode

import pytest
from psycopg.conninfo import conninfo_to_dict

from tests import stores
from tests.backup.trying import digests_in, events_in, run
from txapi.audit.verify import verify
from txapi.record import Record
from txapi.record.accesses import Access, Accesses
from txapi.record.copying import copy_record
from txapi.record.place import Place
from txapi.record.postgres.connecting import connect

pytestmark = pytest.mark.only_on("postgresql", because="files are backed up by other tests")


@pytest.fixture
def database(data: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The record in a database, with its keys in a folder, as the settings say."""
    dsn = stores.databases().create()
    copy_record(Place(data), Place(data, dsn))
    for name in ("record.db", "ledger.db"):
        (data / name).unlink()
    monkeypatch.setenv("TXAPI_DATABASE", url_of(dsn))
    yield dsn
    stores.databases().drop(dsn)


def url_of(dsn: str) -> str:
    """A connection string as people write it."""
    told = conninfo_to_dict(dsn)
    where = {name: value for name, value in told.items() if name != "dbname"}
    return f"postgresql:///{told['dbname']}?{urlencode(where)}"


def test_a_record_in_a_database_is_backed_up_as_files_and_comes_back_into_an_empty_database(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, new = tmp_path / "backup", tmp_path / "new"
    access = Access(
        at=1, subject="auditor", role="AUDITOR", unit=None, request="r", operation="Tickets", position=3, kinds=(), nouns=("ticket/1",)
    )  # fmt: skip
    with Accesses.open(Place(new, database)) as kept:
        kept.append(access, access)
    backed_up = run("backup", out)
    refused = run("restore", out, "--data", new)
    monkeypatch.delenv("TXAPI_DATABASE")

    restored = run("restore", out, "--data", new)
    again = stores.databases().create()
    copied = run("copy", url_of(again), "--data", new)

    assert [result.exit_code for result in (backed_up, refused, restored, copied)] == [0, 2, 0, 0], copied.output
    assert "txapi copy" in refused.output
    assert sorted(path.name for path in out.iterdir()) == ["accesses.db", "backup.json", "ledger.db", "record.db"]
    assert (verify(out).wrong, verify(out).signed_until) == ((), 67)
    with (
        closing(Record.open(Place(new, database), owner=False)) as first,
        closing(Record.open(Place(new, again), owner=False)) as second,
    ):
        assert first.store.read(0, 100) == events_in(new) == second.store.read(0, 100)
    with Accesses.open(Place(new, again)) as kept:
        assert kept.page() == [(1, access), (2, access)]
    stores.databases().drop(again)


def test_what_is_wrong_in_a_database_is_no_backup(data: Path, database: str, tmp_path: Path) -> None:
    with connect(database) as connection:
        connection.execute("UPDATE record.events SET recorded_at = recorded_at + 1 WHERE position = 38")
    before = digests_in(data)

    result = run("backup", tmp_path / "backup")

    assert result.exit_code == 1
    assert "is wrong at position 38" in result.output
    assert not (tmp_path / "backup").exists()
    assert digests_in(data) == before
