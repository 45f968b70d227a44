"""Deliveries 推送进度: how far each webhook was told, beside the record — in `webhooks.db`, or in the schema `webhooks` of a database.

What is kept here is no part of the record and cannot be told from it: which events other systems have acknowledged. It outlives
the read models. The secrets that sign lie beside it: in `webhook-secrets.db`, which only its owner reads, or in the same schema.
"""

from __future__ import annotations

import contextlib
import enum
import os
import threading
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Self

from txapi.domain.labels import labelled
from txapi.record.place import Place
from txapi.record.sqlite_database import SQLiteDatabase

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from txapi.record.database import Database, Fence

DELIVERIES_FILE = "webhooks.db"
SECRETS_FILE = "webhook-secrets.db"

_DELIVERIES = """CREATE TABLE IF NOT EXISTS deliveries (
    webhook {text} PRIMARY KEY, position {whole} NOT NULL, event_id {text}, turn {whole} NOT NULL,
    attempts {whole} NOT NULL, failing_since {whole}, next_attempt {whole},
    last_attempt {whole}, last_status {whole}, last_error {text}, acknowledged_at {whole},
    dead_since {whole}, dead_because {text}
)"""
_SECRETS = """CREATE TABLE IF NOT EXISTS secrets (
    webhook {text} NOT NULL, number {whole} NOT NULL, secret {text} NOT NULL, PRIMARY KEY (webhook, number)
)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How far a webhook was told. Times are in microseconds since 1970 UTC, by the machine's clock.

    Everything that it hears of up to `position` was acknowledged; `event_id` is that of the event there. `turn` rises whenever
    somebody sets the position, so that what was under way meanwhile moves nothing. `attempts` have failed, since
    `failing_since`, to deliver what comes behind the position; none is made before `next_attempt`, and none at all once it is
    dead.
    """

    webhook: str
    position: int
    event_id: str | None = None
    turn: int = 0
    attempts: int = 0
    failing_since: int | None = None
    next_attempt: int | None = None
    last_attempt: int | None = None
    last_status: int | None = None
    last_error: str | None = None
    acknowledged_at: int | None = None
    dead_since: int | None = None
    dead_because: str | None = None


_COLUMNS = [field.name for field in fields(Delivery)]
_READ = f"SELECT {', '.join(_COLUMNS)} FROM deliveries"
_BEGIN = (
    f"INSERT INTO deliveries ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"
    " ON CONFLICT (webhook) DO NOTHING"
)
_KEEP = (
    f"UPDATE deliveries SET {', '.join(f'{name} = ?' for name in _COLUMNS if name not in ('webhook', 'turn'))}"
    " WHERE webhook = ? AND turn = ?"
)
_REPLAY = (
    "UPDATE deliveries SET position = ?, event_id = ?, turn = turn + 1, attempts = 0, failing_since = NULL,"
    " next_attempt = NULL, dead_since = NULL, dead_because = NULL WHERE webhook = ?"
)


class DeliveryState(enum.Enum):
    """How it stands with telling a webhook."""

    DELIVERING = "delivering"
    RETRYING = "retrying"
    DEAD = "dead"
    WITHOUT_SECRET = "without_secret"
    NOT_ALLOWED_HERE = "not_allowed_here"


labelled(
    {
        DeliveryState.DELIVERING: ("正常推送", "told in time"),
        DeliveryState.RETRYING: ("等待重试", "waits to be tried again"),
        DeliveryState.DEAD: ("已失效", "dead: nothing is sent until it is replayed"),
        DeliveryState.WITHOUT_SECRET: ("缺少密钥", "has no secret, so nothing is sent"),
        DeliveryState.NOT_ALLOWED_HERE: (
            "本服务器不得访问该地址",
            "its address is none that this server calls, by its settings",
        ),
    }
)


def state_of(delivery: Delivery | None, secrets: int, never: str | None = None) -> DeliveryState:
    """How a webhook with so many secrets stands; no delivery where nothing was sent yet. `never`: why its address is not called."""
    if never is not None:
        return DeliveryState.NOT_ALLOWED_HERE
    if delivery is not None and delivery.dead_since is not None:
        return DeliveryState.DEAD
    if not secrets:
        return DeliveryState.WITHOUT_SECRET
    return DeliveryState.RETRYING if delivery is not None and delivery.attempts else DeliveryState.DELIVERING


class Deliveries:
    """The deliveries and secrets of one record. Every method may be called from any thread, and by several processes."""

    def __init__(self, place: Place) -> None:
        """Made by `open`."""
        self._place = place
        self._opening = threading.Lock()
        self._opened: tuple[Database, Database] | None = None

    @classmethod
    def open(cls, where: Place | Path | str) -> Self:
        """Those of the record in that place. They are begun when they are first asked for: most records have no webhook."""
        return cls(Place.of(where))

    @property
    def _deliveries(self) -> Database:
        return self._databases()[0]

    @property
    def _secrets(self) -> Database:
        return self._databases()[1]

    def _databases(self) -> tuple[Database, Database]:
        """The two, begun where there are none. RecordUnavailable."""
        with self._opening:
            if self._opened is None:
                self._opened = _opened(self._place)
            return self._opened

    # -- deliveries --------------------------------------------------------------------------------------------------

    def all(self) -> dict[str, Delivery]:
        """Every delivery by its webhook."""
        with self._deliveries.lent() as connection:
            rows = connection.execute(_READ).fetchall()
        return {row[0]: Delivery(**dict(zip(_COLUMNS, row, strict=True))) for row in rows}

    def begin(self, delivery: Delivery, fence: Fence | None = None) -> None:
        """Keep a first delivery; where there is one of that webhook already, that one stays. LeaseLost."""
        with self._deliveries.transaction(fence) as change:
            change.execute(_BEGIN, tuple(getattr(delivery, name) for name in _COLUMNS))

    def keep(self, delivery: Delivery, fence: Fence | None = None) -> bool:
        """Keep how far it came by now; False, and nothing kept, where somebody has set the position since. LeaseLost."""
        values = [getattr(delivery, name) for name in _COLUMNS if name not in {"webhook", "turn"}]
        with self._deliveries.transaction(fence) as change:
            return change.execute(_KEEP, (*values, delivery.webhook, delivery.turn)).rowcount == 1

    def replay(self, webhook: str, position: int, event_id: str | None) -> None:
        """Tell a webhook again, or for the first time, what comes behind a position; a dead one lives from then on."""
        with self._deliveries.transaction() as change:
            first = Delivery(webhook=webhook, position=position, event_id=event_id)
            change.execute(_BEGIN, tuple(getattr(first, name) for name in _COLUMNS))
            change.execute(_REPLAY, (position, event_id, webhook))

    # -- secrets -----------------------------------------------------------------------------------------------------

    def secrets(self) -> Mapping[str, tuple[str, ...]]:
        """The secrets that sign for each webhook, the newest first: one, or two while they change."""
        found: dict[str, tuple[str, ...]] = {}
        with self._secrets.lent() as connection:
            for webhook, secret in connection.execute("SELECT webhook, secret FROM secrets ORDER BY number DESC"):
                found[webhook] = (*found.get(webhook, ()), secret)
        return found

    def add_secret(self, webhook: str, secret: str) -> None:
        """Sign with this secret from now on, and for the time being with the one before it as well."""
        with self._secrets.transaction() as change:
            [(newest,)] = change.execute(
                "SELECT coalesce(max(number), 0) FROM secrets WHERE webhook = ?", (webhook,)
            ).fetchall()
            change.execute("DELETE FROM secrets WHERE webhook = ? AND number < ?", (webhook, newest))
            change.execute("INSERT INTO secrets VALUES (?, ?, ?)", (webhook, newest + 1, secret))

    def drop_old_secret(self, webhook: str) -> bool:
        """Sign with the newest secret alone; whether there was another one."""
        with self._secrets.transaction() as change:
            dropped = change.execute(
                "DELETE FROM secrets WHERE webhook = ? AND number <"
                " (SELECT max(s.number) FROM secrets s WHERE s.webhook = ?)",
                (webhook, webhook),
            )
            return dropped.rowcount > 0

    def abandon(self) -> None:
        """Ask nothing of a database any more, for the process ends."""
        for database in self._opened or ():
            database.abandon()

    def close(self) -> None:
        """Let go of everything. Closing twice is harmless."""
        for database in self._opened or ():
            database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def _opened(place: Place) -> tuple[Database, Database]:
    if place.database is not None:
        from txapi.record.postgres.deliveries_schema import open_tables

        database = open_tables(place.database, _tables("TEXT", "BIGINT"))
        return database, database
    make_only_for_the_owner(place.folder / SECRETS_FILE)
    # An acknowledgement that a crash of the machine loses is asked for again.
    deliveries = SQLiteDatabase(place.folder / DELIVERIES_FILE, ("journal_mode = WAL", "synchronous = NORMAL"))
    secrets = SQLiteDatabase(place.folder / SECRETS_FILE)
    for database, table in zip((deliveries, secrets), _tables("TEXT", "INTEGER"), strict=True):
        with database.transaction() as change:
            change.execute(table)
    return deliveries, secrets


def _tables(text: str, whole: str) -> tuple[str, str]:
    return _DELIVERIES.format(text=text, whole=whole), _SECRETS.format(text=text, whole=whole)


def make_only_for_the_owner(path: Path) -> None:
    """Make the file before SQLite does, which gives what it writes beside it the same rights."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
