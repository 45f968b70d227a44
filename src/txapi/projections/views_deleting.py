"""Read models of earlier code: deleted once those of this code stand in for them and nobody reads them any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from txapi.record.database import Dialect
from txapi.record.sqlite_database import SQLiteDatabase

if TYPE_CHECKING:
    from collections.abc import Collection

    from txapi.record.database import Database


def delete_others(database: Database, schema: str, used: Collection[str]) -> list[str]:
    """Delete those beside the ones in `database`, a file of their folder or a schema; their names. `used` schemas stay."""
    if database.dialect is Dialect.POSTGRESQL:
        return _drop_others(database, schema, used)
    assert isinstance(database, SQLiteDatabase)
    current = database.path
    others = [path for path in current.parent.glob("views-*.db*") if not path.name.startswith(current.name)]
    for path in others:
        path.unlink(missing_ok=True)
    return [path.name for path in others]


def _drop_others(database: Database, schema: str, used: Collection[str]) -> list[str]:
    with database.lent() as connection:
        # Object ids rise: what was made after these may be of newer code, built ahead, and nobody uses it yet.
        found = connection.execute(
            "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'views\\_%'"
            " AND oid < (SELECT oid FROM pg_namespace WHERE nspname = ?) ORDER BY nspname",
            (schema,),
        ).fetchall()
    others = [name for (name,) in found if name != schema and name not in used]
    for name in others:
        with database.transaction() as connection:
            connection.execute(f'DROP SCHEMA IF EXISTS "{name}" CASCADE')
    return others
