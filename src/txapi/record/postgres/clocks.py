"""Demonstration clocks that several nodes go by: how far each is ahead of the machines' clocks, fixed once for all of them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from txapi.record.database import Connection

_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended('txapi clocks', 0))"
_TABLE = 'CREATE TABLE IF NOT EXISTS nodes.clocks (setting TEXT COLLATE "C" PRIMARY KEY, ahead BIGINT NOT NULL)'
_FIX = "INSERT INTO nodes.clocks VALUES (?, ?) ON CONFLICT (setting) DO NOTHING"
_IS_THERE = "SELECT to_regclass('nodes.clocks') IS NOT NULL"
_KNOWN = "SELECT max(ahead) FROM nodes.clocks WHERE setting = COALESCE(?, setting)"
_MICROSECOND = timedelta(microseconds=1)


def fixed_ahead(change: Connection, setting: str, ahead: timedelta) -> timedelta:
    """How far the clock of that setting is ahead: `ahead` from now on, where nobody has fixed it before."""
    change.execute(_ONE_AT_A_TIME)
    change.execute(_TABLE)
    change.execute(_FIX, (setting, ahead // _MICROSECOND))
    [fixed] = change.execute("SELECT ahead FROM nodes.clocks WHERE setting = ?", (setting,)).fetchone()
    return int(fixed) * _MICROSECOND


def known_ahead(connection: Connection, setting: str | None) -> timedelta | None:
    """How far the clock of that setting, or the furthest of all, is ahead; None where nobody has fixed it."""
    [is_there] = connection.execute(_IS_THERE).fetchone()
    known = connection.execute(_KNOWN, (setting,)).fetchone()[0] if is_there else None
    return None if known is None else int(known) * _MICROSECOND
