"""Read models for tests: on the store of the running test, with snapshots that stay open and statements that are counted."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from psycopg import sql

from tests.stores import NOBODYS, place
from txapi.projections.all import PROJECTIONS
from txapi.projections.moment import PRESENT
from txapi.projections.projection import Projection
from txapi.projections.views import Views, views_schema
from txapi.record.beforehand import Noted, Noting
from txapi.record.database import Connection, Cursor
from txapi.record.deadlines import Deadline
from txapi.record.postgres.connecting import connect


def opened(
    folder: Path,
    record_id: str,
    projections: Sequence[Projection],
    event_id_at: Callable[[int], str | None] | None = None,
    file: str = "views.db",
) -> Views:
    """Views of the record in a folder, made where there are none yet: in that file of it, or in the schema of its database."""
    where = place(folder)
    if where.database is None:
        return Views.in_file(folder / file, record_id, projections, event_id_at)
    views = Views.open(where, record_id, projections, event_id_at)
    if projections is PROJECTIONS:
        # The tables came with the database: they are made those of this record, over a connection that is there.
        with views._database.transaction() as connection:
            connection.execute("UPDATE progress SET record_id = ? WHERE record_id = ?", (record_id, NOBODYS))
    views.prepare()
    return views


@contextmanager
def a_folder() -> Iterator[Path]:
    """A folder without views, for one of many examples in a test: on PostgreSQL they share a database."""
    with tempfile.TemporaryDirectory() as made:
        where = place(Path("examples"))
        try:
            yield Path(made) if where.database is None else where.folder
        finally:
            if where.database is not None:
                with connect(where.database) as connection:
                    dropped = sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE")
                    connection.execute(dropped.format(sql.Identifier(views_schema())))


class _Held:
    """Snapshots of one set of views, open until the views are closed; one for as long as nothing is added."""

    def __init__(self, views: Views) -> None:
        self._snapshots = ExitStack()
        self._position: int | None = None
        self._connection: Connection | None = None
        close = views.close

        def closing() -> None:
            self._snapshots.close()
            close()

        views.close = closing  # type: ignore[method-assign]

    def connection(self, views: Views) -> Connection:
        if self._connection is None or self._position != views.position:
            self._connection = self._snapshots.enter_context(views.snapshot())
            self._position = views.position
        return self._connection


_held: WeakKeyDictionary[Views, _Held] = WeakKeyDictionary()


def snapshot_of(views: Views) -> Connection:
    """A snapshot of what is visible now, which stays open until the views are closed."""
    if views not in _held:
        _held[views] = _Held(views)
    return _held[views].connection(views)


class Overheard(Noting):
    """A connection that tells of every statement."""

    def __init__(self, connection: Connection, statements: list[str]) -> None:
        super().__init__(connection, Noted())
        self._statements = statements

    def execute(self, sql: str, parameters: Any = (), /) -> Cursor:
        self._statements.append(sql)
        return super().execute(sql, parameters)

    def stream(self, sql: str, parameters: Sequence[Any] = ()) -> Iterator[Any]:
        self._statements.append(sql)
        return super().stream(sql, parameters)


def overhear(views: Views) -> list[str]:
    """The statements that are carried out on the snapshots of these views from now on; the list grows with them."""
    statements: list[str] = []
    snapshot = views.snapshot

    @contextmanager
    def overheard(deadline: Deadline | None = None) -> Iterator[Connection]:
        with snapshot(deadline) as connection:
            statements.append(PRESENT)  # It was opened with that.
            yield Overheard(connection, statements)

    views.snapshot = overheard  # type: ignore[method-assign]
    return statements
