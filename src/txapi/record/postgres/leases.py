"""Leases in a PostgreSQL database: by its clock, renewed by one thread per process."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import errors

from txapi.record.conflicts import RecordUnavailable
from txapi.record.database import Fence
from txapi.record.leases import Lease, Leases, Node
from txapi.record.postgres.committing import make_durable, warnings_on
from txapi.record.postgres.connecting import connect
from txapi.record.postgres.listener import LEASES_CHANNEL, listen

if TYPE_CHECKING:
    from collections.abc import Callable

    from txapi.record.postgres.connecting import DatabaseConnection

_log = logging.getLogger(__name__)

LEASE_SECONDS = 5.0
"""How long a lease lasts without being renewed, by the database's clock."""
RENEW_SECONDS = 1.0
"""How often it is renewed, or tried to be taken."""
MARGIN_SECONDS = 1.0
"""How much earlier a holder that cannot renew takes it for lost than others may take it over."""
_ANSWER_SECONDS = 1.5
LIVE_SECONDS = 30
# Taking a lease over waits for its holder's transaction; meanwhile the others want to be renewed.
_SETTINGS = "-c lock_timeout=500ms"

_RENEW = (
    "UPDATE nodes.leases SET until = clock_timestamp() + make_interval(secs => $4)"
    " WHERE name = $1 AND holder = $2 AND epoch = $3"
)
_TAKE = (
    "INSERT INTO nodes.leases AS l (name, holder, epoch, until)"
    " VALUES ($1, $2, 1, clock_timestamp() + make_interval(secs => $3))"
    " ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, epoch = l.epoch + 1, until = excluded.until"
    " WHERE l.until < clock_timestamp() RETURNING epoch"
)
# Who reads first does not lock a row of somebody who holds it.
_FREE = "SELECT NOT EXISTS (SELECT 1 FROM nodes.leases WHERE name = $1 AND until >= clock_timestamp())"
_GIVE_UP = (
    "UPDATE nodes.leases SET holder = '', until = '-infinity' WHERE name = $1 AND holder = $2 AND epoch = $3"
    " RETURNING pg_notify($4, name)"
)
_SEEN = (
    "INSERT INTO nodes.live AS l VALUES ($1, $2, clock_timestamp(), clock_timestamp())"
    " ON CONFLICT (node) DO UPDATE SET seen = clock_timestamp()"
)
_FORGET = "DELETE FROM nodes.live WHERE node = $1 OR seen < clock_timestamp() - interval '1 hour'"
LIVE = (
    "SELECT node, fingerprint, since, seen FROM nodes.live"
    " WHERE seen >= clock_timestamp() - make_interval(secs => $1) ORDER BY since, node"
)


class PostgresLeases(Leases):
    """The leases of one process in the database at `dsn`."""

    def __init__(self, dsn: str, fingerprint: str) -> None:
        super().__init__()
        self._dsn = dsn
        self._fingerprint = fingerprint
        self._lock = threading.RLock()
        self._connection: DatabaseConnection | None = None
        self._kept: dict[Lease, Fence | None] = {}
        self._awake = threading.Event()
        self._closing = False
        self._abandoned = False
        self._deafen = listen(dsn, LEASES_CHANNEL, self._told)
        self._thread = threading.Thread(target=self._run, name="txapi-leases", daemon=True)
        self._thread.start()

    def keep(self, name: str, changed: Callable[[Fence | None], None] | None = None) -> Lease:
        """Try to hold a lease from now on; see `Leases.keep`."""
        lease = Lease(name, changed, self._give_up)
        with self._lock:
            self._kept[lease] = None
        self._awake.set()
        return lease

    def live(self) -> list[Node]:
        """The nodes that were seen within the last half minute. RecordUnavailable."""
        with self._lock:
            try:
                return [Node._make(row) for row in self._execute(LIVE, (LIVE_SECONDS,)).fetchall()]
            except psycopg.Error as error:
                raise RecordUnavailable(f"the nodes cannot be read: {error}") from error

    def abandon(self) -> None:
        """Ask nothing of the database any more; see `Leases.abandon`."""
        self._abandoned = True
        if (connection := self._connection) is not None:
            connection.sever()

    def close(self) -> None:
        """Release every lease, at once. Closing twice is harmless."""
        if self._closing:
            return
        self._closing = True
        self._awake.set()
        self._deafen()
        for lease in tuple(self._kept):
            lease.release()
        self._thread.join(2 * _ANSWER_SECONDS)
        with self._lock:
            self._attempt(lambda: self._execute(_FORGET, (self.node,)))
            self._drop()

    # -- the thread ------------------------------------------------------------------------------------------------

    def _told(self, name: str | None) -> None:
        self._awake.set()

    def _run(self) -> None:
        while not self._closing:
            began = time.monotonic()
            for lease in tuple(self._kept):
                with self._lock:
                    self._attempt(lambda lease=lease: self._renew(lease))  # type: ignore[misc]
                lease.tell()
            with self._lock:
                self._attempt(self._be_seen)
            self._awake.wait(max(0.0, began + RENEW_SECONDS - time.monotonic()))
            self._awake.clear()

    def _be_seen(self) -> None:
        try:
            self._execute(_SEEN, (self.node, self._fingerprint))
        except errors.LockNotAvailable as error:
            # Nobody else writes this row: what holds it is a commit of ours that was given up, and still waits for a standby.
            if self._connection is not None:
                self._connection.doubt()
            raise psycopg.OperationalError("the database does not commit") from error

    def _renew(self, lease: Lease) -> None:
        """Renew or take a lease. What has run out is as good as lost, until it is found to be nobody else's."""
        if self._closing or lease not in self._kept:
            return
        began = time.monotonic()
        fence = self._kept[lease]
        if fence is not None and self._execute(_RENEW, (*fence, LEASE_SECONDS)).rowcount == 0:
            _log.warning("the lease %s was taken over by another node", lease.name)
            fence = self._kept[lease] = None
            lease.lose()
        if fence is None and self._execute(_FREE, (lease.name,)).fetchone() == (1,):
            taken = self._execute(_TAKE, (lease.name, self.node, LEASE_SECONDS)).fetchone()
            if taken is not None:
                fence = self._kept[lease] = Fence(lease.name, self.node, taken[0])
                _log.info("the lease %s is held by this node, epoch %d", lease.name, fence.epoch)
        if fence is not None:
            lease.hold(fence, began + LEASE_SECONDS - MARGIN_SECONDS)

    def _give_up(self, lease: Lease) -> None:
        with self._lock:
            fence = self._kept.pop(lease, None)
            if fence is not None:
                self._attempt(lambda: self._execute(_GIVE_UP, (*fence, LEASES_CHANNEL)))

    # -- the connection --------------------------------------------------------------------------------------------

    def _attempt(self, act: Callable[[], object]) -> None:
        """Do it if the database lets us; whatever does not succeed is tried again a second later, or runs out."""
        try:
            act()
        except errors.LockNotAvailable:
            pass
        except psycopg.Error as error:
            _log.warning("leases cannot be renewed, it is tried again: %s", error)
            self._drop()

    def _execute(self, sql: str, arguments: tuple[Any, ...]) -> psycopg.Cursor[tuple[Any, ...]]:
        if self._abandoned:
            raise psycopg.OperationalError("the process ends")
        if self._connection is None:
            self._connection = connect(
                self._dsn, answer_seconds=_ANSWER_SECONDS, options=_SETTINGS, target_session_attrs="read-write"
            )
            # A former primary that does not know better must not go on renewing: nobody else has what it commits.
            make_durable(self._connection)
        warnings: list[str] = []
        with warnings_on(self._connection, warnings):
            found = self._connection.execute(sql, arguments)
        if warnings:
            self._connection.doubt()
            raise psycopg.OperationalError("; ".join(warnings))
        return found

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
