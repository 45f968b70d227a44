"""Read models copied into a file as they are, row numbers and all: for whoever compares them on his own machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from txapi.projections.views_tables import create
from txapi.record.database import copy_rows
from txapi.record.sqlite_database import SQLiteDatabase

if TYPE_CHECKING:
    from pathlib import Path

    from txapi.projections.views import Views
_EVENTS = (
    "position, stream, version, kind, topic, event_id, subject, role, unit, decided_at, recorded_at, basis, correlation"
)
_PROGRESS = "record_id, complete, position, recorded_at, indexed"


def copy_views(views: Views, path: Path) -> None:
    """Copy what `views` hold at this moment into a new file at `path`, without its indexes. NotBuiltYet."""
    path.touch(exist_ok=False)
    file = SQLiteDatabase(path, ("journal_mode = WAL", "synchronous = OFF"))
    try:
        with views.snapshot() as seen, file.transaction() as change:
            create(change, views.record_id, views.tables.values())
            for table in ("digests", "progress"):
                change.execute(f"DELETE FROM {table}")
            copy_rows(seen, change, "progress", _PROGRESS)
            copy_rows(seen, change, "digests", "name, total")
            copy_rows(seen, change, "events", _EVENTS)
            for kept in views.tables.values():
                columns = ("row", "since", "until", "span", *kept.names, *(extra.name for extra in kept.extras))
                copy_rows(seen, change, kept.name, ", ".join(columns))
    finally:
        file.close()
