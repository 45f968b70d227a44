"""Hosts 主机: which of the servers that a connection string names is the present primary, as far as this process knows.

Two servers can call themselves primary at the same time: one that was frozen, or whose watchman died, does not know that another
was promoted. Every promotion begins a new timeline, so the one with the highest timeline is the present one; and no commit
of the other is acknowledged where commits wait for a second node. The primary that was found last is tried first, alone: all
are asked where it does not answer, or somebody doubts it.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Generic, NamedTuple, Protocol, TypeVar
from weakref import WeakSet

import psycopg

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

HEAD_START_SECONDS = 1.0
"""How long the primary that is known is waited for until the others are asked as well."""

GRACE_SECONDS = 1.0
"""How long the others are waited for when one has said that it is the primary: among them may be one that was promoted later."""

ASK_AGAIN_SECONDS = 0.25
"""How often a standby is asked whether it was promoted, while somebody else has not answered yet."""

SUSPECT_SECONDS = 30.0
"""How long a server that did not answer, or did not commit, comes behind the others."""

_IS_STANDBY = "SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean"
# The one that is written now. What the control file says follows a promotion later.
_TIMELINE = "SELECT ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::bigint"


class Host(NamedTuple):
    """One server as the connection string tells it."""

    name: str
    address: str
    port: str

    def __str__(self) -> str:
        """For people."""
        return f"{self.name or self.address}:{self.port or 5432}"


class Connected(Protocol):
    """A connection, as far as it matters here."""

    host: Host | None

    def ask(self, question: str) -> int:
        """The one value that the server answers; truth is 1. psycopg.Error."""

    def sever(self) -> None:
        """Cut it, from any thread: whoever waits for an answer hears at once that none will come."""

    def close(self) -> None:
        """Let go of it."""


C = TypeVar("C", bound=Connected)


class NoPrimary(psycopg.OperationalError):
    """None of the servers takes writes."""


class Hosts:
    """The servers of one cluster, as this process knows them. Every method may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._primary: Host | None = None
        self._unsure = False
        self._suspected: dict[Host, float] = {}
        self._connections: WeakSet[Connected] = WeakSet()

    def doubt(self, host: Host) -> None:
        """That server did not answer, or did not commit: whoever connects next asks all of them."""
        with self._lock:
            self._suspected[host] = time.monotonic()
            self._unsure = True

    def suspects(self, host: Host) -> bool:
        """Whether it did not answer, or did not commit, a short while ago."""
        return time.monotonic() - self._suspected.get(host, float("-inf")) < SUSPECT_SECONDS

    def to_primary(self, hosts: Sequence[Host], connect: Callable[[Host], C], seconds: float, *, prefer: bool) -> C:
        """A connection to the present primary; where `prefer` and there is none, to a standby.

        `connect` gives one to a host, or raises psycopg.Error when it had no answer for `seconds`. Raises psycopg.OperationalError.
        """
        with self._lock:
            known = self._primary if self._primary in hosts and not self._unsure else None
            self._unsure = False
        try:
            chosen, is_primary = _Search(hosts, connect, self.suspects).run(known, seconds, prefer=prefer)
        except BaseException:
            with self._lock:
                self._unsure = True
            raise
        if is_primary:
            self._found(chosen)
        return chosen

    def to_any(self, hosts: Sequence[Host], connect: Callable[[Host], C]) -> C:
        """A connection to the first that `connect` reaches, those last that are suspected. psycopg.OperationalError."""
        errors: list[str] = []
        for host in sorted(hosts, key=self.suspects):
            try:
                return connect(host)
            except psycopg.OperationalError as error:
                if isinstance(error, psycopg.errors.ConnectionTimeout):
                    self._suspected[host] = time.monotonic()
                errors.append(f"{host} {' '.join(str(error).split())}")
        raise psycopg.OperationalError("; ".join(errors))

    def _found(self, chosen: Connected) -> None:
        with self._lock:
            moved, self._primary = self._primary != chosen.host, chosen.host
            stale = [one for one in self._connections if one.host != chosen.host] if moved else []
            self._connections.add(chosen)
        # Whoever waits for the former primary would wait until its patience is over, and whoever reads there sees old times.
        for one in stale:
            one.sever()


class _Search(Generic[C]):
    """One look at the servers: each is asked in a thread of its own, so that one who is silent keeps nobody waiting."""

    def __init__(self, hosts: Sequence[Host], connect: Callable[[Host], C], suspects: Callable[[Host], bool]) -> None:
        self._hosts = hosts
        self._connect = connect
        self._suspects = suspects
        self._news = threading.Condition()
        self._asked = 0
        self._primaries: dict[Host, C] = {}
        self._standbys: dict[Host, C] = {}
        self._errors: dict[Host, Exception] = {}
        self._chosen: C | None = None
        self._over = False

    def run(self, known: Host | None, seconds: float, *, prefer: bool) -> tuple[C, bool]:
        """The connection that is chosen, and whether it leads to a primary. Every other one is closed."""
        try:
            if known is not None:
                self._ask(known)
                self._wait(lambda: self._all_said, HEAD_START_SECONDS)
            if not self._primaries:
                self._ask(*(host for host in self._hosts if host != known))
                self._wait(lambda: bool(self._primaries) or self._all_said, seconds)
                self._wait(lambda: self._all_said, GRACE_SECONDS)
            with self._news:
                primaries, standbys = dict(self._primaries), dict(self._standbys)
            if primaries:
                self._chosen = primaries[self._latest(primaries)]
            elif standbys and prefer:
                self._chosen = standbys[min(standbys, key=self._hosts.index)]
            else:
                raise NoPrimary(f"no server takes writes: {self._what_they_said(standbys)}")
            return self._chosen, bool(primaries)
        finally:
            self._end()

    def _ask(self, *hosts: Host) -> None:
        self._asked += len(hosts)
        for host in hosts:
            threading.Thread(target=self._hear, args=(host,), name="txapi-host", daemon=True).start()

    @property
    def _all_said(self) -> bool:
        return len(self._primaries) + len(self._standbys) + len(self._errors) == self._asked

    def _wait(self, done: Callable[[], bool], seconds: float) -> None:
        with self._news:
            self._news.wait_for(done, seconds)

    def _hear(self, host: Host) -> None:
        """Ask one server what it is; a standby is asked again, until it is promoted or the search is over."""
        connection: C | None = None
        try:
            connection = self._connect(host)
            connection.host = host
            while connection.ask(_IS_STANDBY):
                with self._news:
                    self._standbys[host] = connection
                    self._news.notify_all()
                    if self._news.wait_for(lambda: self._over, ASK_AGAIN_SECONDS):
                        break
            with self._news:
                if not self._over:
                    self._standbys.pop(host, None)
                    self._primaries[host] = connection
                    self._news.notify_all()
                    return
        except Exception as error:
            with self._news:
                self._standbys.pop(host, None)
                self._errors[host] = error
                self._news.notify_all()
        if connection is not None and connection is not self._chosen:
            connection.close()

    def _latest(self, primaries: dict[Host, C]) -> Host:
        """The one that was promoted last; of several that do not tell, one that is not suspected."""
        if len(primaries) == 1:
            return next(iter(primaries))

        def timeline(host: Host) -> int:
            try:
                return primaries[host].ask(_TIMELINE)
            except psycopg.Error:
                return -1

        return max(primaries, key=lambda host: (timeline(host), not self._suspects(host), -self._hosts.index(host)))

    def _what_they_said(self, standbys: dict[Host, C]) -> str:
        def said(host: Host) -> str:
            if host in standbys:
                return "is read-only"
            return " ".join(str(self._errors[host]).split()) if host in self._errors else "does not answer"

        return "; ".join(f"{host} {said(host)}" for host in self._hosts)

    def _end(self) -> None:
        """Close every connection that was not chosen; those who are still asking do so by themselves."""
        with self._news:
            self._over = True
            left = [one for one in self._primaries.values() if one is not self._chosen]
            self._news.notify_all()
        for one in left:
            one.close()
