"""Damage 损坏: whether what SQLite says of a file means that its bytes are no longer those that were written."""

from __future__ import annotations

import sqlite3

_PRIMARY = 0xFF
"""The part of a result code that says what kind of error it is; the rest says more about it."""
_OF_BYTES = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT, sqlite3.SQLITE_IOERR})
_OF_NAMES = ("no such table", "no such column", "no such index")
"""No statement of ours names what is not there, unless a name is no longer what it was."""


class Damaged(Exception):
    """A file holds what nobody writes there."""


MAYBE_DAMAGE = (Damaged, sqlite3.DatabaseError)
"""Whatever is damage is one of these; not all of these are."""


def is_damage(error: BaseException | None) -> bool:
    """Whether an error came of a damaged file."""
    if isinstance(error, Damaged):
        return True
    if not isinstance(error, sqlite3.DatabaseError):
        return False
    code: int | None = getattr(error, "sqlite_errorcode", None)
    if code is None:
        # Not SQLite says so, but who takes text from it: it is none.
        return "decode to UTF-8" in str(error)
    return code & _PRIMARY in _OF_BYTES or (code == sqlite3.SQLITE_ERROR and str(error).startswith(_OF_NAMES))
