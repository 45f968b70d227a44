"""Damage 损坏: whether an error means that stored bytes are no longer those that were written."""

from __future__ import annotations

import sqlite3

from eventsourcing.persistence import MapperDeserialisationError

from txapi.record.conflicts import UnknownTopic

_PRIMARY = 0xFF
"""The part of a result code that says what kind of error it is; the rest says more about it."""
_OF_BYTES = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT, sqlite3.SQLITE_IOERR})
_OF_NAMES = ("no such table", "no such column", "no such index")
"""No statement of ours names what is not there, unless a name is no longer what it was."""


class Damaged(Exception):
    """A file holds what nobody writes there."""


class DamagedEvent(Damaged):
    """What is stored of an event beside its bytes is nothing that was ever written there."""


MAYBE_DAMAGE = (Damaged, MapperDeserialisationError, sqlite3.DatabaseError)
"""Whatever is damage is one of these; not all of these are."""


def is_damage(error: BaseException | None) -> bool:
    """Whether an error came of a damaged file, or of an event that is none any more."""
    if isinstance(error, Damaged) or of_an_event(error):
        return True
    if not isinstance(error, sqlite3.DatabaseError):
        return False
    code: int | None = getattr(error, "sqlite_errorcode", None)
    if code is None:
        # Not SQLite says so, but who takes text from it: it is none.
        return "decode to UTF-8" in str(error)
    return code & _PRIMARY in _OF_BYTES or (code == sqlite3.SQLITE_ERROR and str(error).startswith(_OF_NAMES))


def of_an_event(error: BaseException | None) -> bool:
    """Whether it is the record itself that is damaged: read models that are made anew would be no better.

    A topic that nothing here knows may be a newer version's, which is no damage.
    """
    return isinstance(error, DamagedEvent | MapperDeserialisationError) and not isinstance(error, UnknownTopic)
