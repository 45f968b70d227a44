"""Both stores for tests: where the record of a folder lives, on the store that the running test is for.

Tests say `City(tmp_path)`, `Record.open(place(tmp_path))`, `Served(folder)`; the fixture `store` of the root conftest runs them
once per store, and `place` and `environment` say what that means for a folder.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from tests.postgres import NOT_SAFE, Databases, Server, in_memory
from txapi.projections.all import PROJECTIONS
from txapi.projections.views import Views
from txapi.record.place import Place
from txapi.record.postgres.connecting import connect
from txapi.record.postgres.tables import make_tables

NOBODYS = "nobody's"
"""Whose the read models of a new database are, until a record takes them for its own."""

SQLITE = "sqlite"
POSTGRESQL = "postgresql"
STORES = (SQLITE, POSTGRESQL)


class _Running:
    """The store of the test that runs, and the database of each folder that it has used."""

    store = SQLITE
    databases: dict[Path, str] = {}  # noqa: RUF012 - one process runs one test at a time
    made: dict[tuple[str, str], Path] = {}  # noqa: RUF012 - and what it has made once, it keeps
    lasting: dict[Path, str] = {}  # noqa: RUF012 - with its databases


@cache
def databases() -> Databases:
    """The server of this process: the one that TXAPI_TEST_DATABASE names, or one of our own, started at the first call."""
    named = os.environ.get("TXAPI_TEST_DATABASE")
    if named:
        opened = Databases(named)
    else:
        server = Server(in_memory(), settings=(*NOT_SAFE, "wal_level=minimal", "max_wal_senders=0"))
        atexit.register(server.close)
        opened = Databases(server.dsn())
    # Called in the other order than registered: the connection ends before its server does.
    atexit.register(opened.close)
    return opened


@cache
def _template() -> str:
    """The name of a database with the tables of a record that nobody has begun, and of its read models.

    To copy it takes a fraction of making them.
    """
    dsn = databases().create()
    with connect(dsn) as connection:
        make_tables(connection)
    with closing(Views.open(Place(Path(), dsn), NOBODYS, PROJECTIONS)) as views:
        views.prepare()
        views.make_indexes()
    return name_of(dsn)


def name_of(dsn: str) -> str:
    """The name of the database that a connection string names."""
    return str(conninfo_to_dict(dsn)["dbname"])


def place(folder: Path) -> Place:
    """Where the record of that folder lives, on the store of the running test; the same for the same folder."""
    if _Running.store == SQLITE:
        return Place(folder)
    if folder not in _Running.databases:
        _Running.databases[folder] = databases().create(_template())
    return Place(folder, _Running.databases[folder])


def copied(origin: Path, folder: Path) -> Place:
    """A copy of the record of one folder, which nobody has open, as that of another on the same store."""
    shutil.copytree(origin, folder, dirs_exist_ok=True)
    database = _Running.lasting.get(origin) or place(origin).database
    if database is not None:
        _Running.databases[folder] = databases().create(str(conninfo_to_dict(database)["dbname"]))
    return place(folder)


def made_once(name: str, make: Callable[[Path], None]) -> Path:
    """The folder of the record that `make` makes and closes at the first call of that name on the store of the running test.

    It is there to be `copied` until the process ends: whoever wants to change the record, or to open it, does that to a copy.
    """
    of = (_Running.store, name)
    if of not in _Running.made:
        folder = Path(tempfile.mkdtemp(prefix="txapi-made-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        make(folder)
        if folder in _Running.databases:
            # What a test has made is dropped with it, but for this.
            _Running.lasting[folder] = _Running.databases.pop(folder)
        _Running.made[of] = folder
    return _Running.made[of]


def lasting_database() -> str:
    """A new database with the tables of a record that nobody has begun, which is not dropped before the server ends."""
    return databases().create(_template())


def environment(folder: Path) -> dict[str, str]:
    """The settings that name that place."""
    where = place(folder)
    return {"TXAPI_DATA": str(folder), **({"TXAPI_DATABASE": where.database} if where.database else {})}


@contextmanager
def running_on(store: str) -> Iterator[None]:
    """Run tests on that store; their databases are dropped afterwards."""
    before, _Running.store = _Running.store, store
    try:
        with dropped_again():
            yield
    finally:
        _Running.store = before


@contextmanager
def dropped_again() -> Iterator[None]:
    """Drop the databases that come to be in the block."""
    before = set(_Running.databases)
    try:
        yield
    finally:
        for folder in _Running.databases.keys() - before:
            databases().drop(_Running.databases.pop(folder))
