"""Connections to PostgreSQL that never wait for ever: every statement has a deadline, and who misses it is given up.

A server that was frozen, or cut off, keeps its connections open and says nothing; neither keep-alive nor `tcp_user_timeout`
notices, for its kernel goes on answering. So the client looks at its own clock.
"""

from __future__ import annotations

import itertools
import math
import os
import random
import socket
import weakref
from contextlib import contextmanager, suppress
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg
from psycopg import errors
from psycopg.abc import AdaptContext
from psycopg.adapt import Dumper, Loader
from psycopg.conninfo import conninfo_to_dict, make_conninfo, timeout_from_conninfo

from txapi.record.conflicts import RecordUnavailable
from txapi.record.database import Dialect
from txapi.record.postgres.hosts import Host, Hosts

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from psycopg.abc import Buffer, PQGen

    from txapi.record.deadlines import Deadline

ANSWER_SECONDS = 15.0
"""How long a statement may take until its connection is given up; long questions of an operator set their own."""

CONNECT_SECONDS = 5
"""How long one host may take to accept a connection until the next is tried."""

_DEFAULTS = {
    "application_name": "txapi",
    "connect_timeout": str(CONNECT_SECONDS),
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",
}

RV = TypeVar("RV")
_STREAMS = itertools.count(1)

MINDED = 0.9
"""The part of its time that is left when the server is told anew: a statement ends a tenth of the whole too late at most."""

MANY_ROWS = 8
"""From how many rows on they are stored quicker as a stream, which takes round trips of its own."""


class BadAddress(RecordUnavailable):
    """The connection string of the database is none."""


class ConnectionLost(RecordUnavailable, psycopg.OperationalError):
    """The connection broke, or its server could not go on, while something was asked of it."""


class NoAnswer(psycopg.OperationalError):
    """The server did not answer in time; the connection is closed, and what it was doing may or may not have happened."""


_PRIMARY = frozenset({"read-write", "primary"})
"""The kinds of session for which the present primary is sought."""

PREFER_PRIMARY = {"prefer_primary": True}
"""For who only reads: the present primary where there is one, else a standby. A connection string that says otherwise holds."""


class DatabaseConnection(psycopg.Connection[tuple[Any, ...]]):
    """A connection that is closed rather than waited on for longer than `answer_seconds`.

    Of several servers it leads to the present primary, where that is wanted, whichever of them are silent; see `hosts`.
    """

    answer_seconds: float = ANSWER_SECONDS
    host: Host | None = None
    severed: bool = False
    """Whether nothing more is expected of it: its server is the primary no more, or the process ends."""
    _hosts: Hosts | None = None
    _line: socket.socket | None = None

    @classmethod
    def connect(cls, conninfo: str = "", **more: Any) -> DatabaseConnection:
        """A connection; see psycopg, and `PREFER_PRIMARY` for what may be told besides."""
        prefer_primary = more.pop("prefer_primary", False)
        told = conninfo_to_dict(conninfo)
        hosts = _hosts_in(told)
        wanted = str(told.pop("target_session_attrs", ""))
        if len(hosts) < 2 or not (wanted or prefer_primary):
            return super().connect(conninfo, **more)._with_line()
        seconds = float(timeout_from_conninfo(told))
        known = _known(frozenset(hosts))

        def to(host: Host, session: str = "any") -> DatabaseConnection:
            one = {**told, "host": host.name, "hostaddr": host.address, "port": host.port}
            settings = {name: value for name, value in one.items() if value} | {"target_session_attrs": session}
            connection = super(DatabaseConnection, cls).connect(make_conninfo("", **settings), **more)
            connection.host, connection._hosts, connection.answer_seconds = host, known, seconds
            return connection._with_line()

        if not wanted or wanted in _PRIMARY:
            return known.to_primary(hosts, to, seconds, prefer=not wanted)
        if told.get("load_balance_hosts") == "random":
            hosts = tuple(random.sample(hosts, len(hosts)))
        if wanted == "prefer-standby":
            with suppress(psycopg.OperationalError):
                return known.to_any(hosts, lambda host: to(host, "standby"))
            wanted = "any"
        return known.to_any(hosts, lambda host: to(host, wanted))

    def _with_line(self) -> DatabaseConnection:
        # A descriptor of its own: to cut the connection while another thread closes it must not hit a stranger's.
        self._line = socket.socket(fileno=os.dup(self.fileno()))
        # A connection that breaks may be let go of without being closed.
        weakref.finalize(self, self._line.close)
        return self

    def ask(self, question: str) -> int:
        """The one value that the server answers; truth is 1. psycopg.Error."""
        [[value]] = self.execute(question.encode()).fetchall()
        return int(value)

    def doubt(self) -> None:
        """It did not answer, or did not commit: another server may be the primary by now, and whoever connects next asks."""
        if self._hosts is not None and self.host is not None:
            self._hosts.doubt(self.host)

    def sever(self) -> None:
        """Cut it, from any thread: whoever waits for an answer hears at once that none will come."""
        self.severed = True
        if self._line is not None:
            with suppress(OSError):
                self._line.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Let go of it."""
        super().close()
        if self._line is not None:
            self._line.close()

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        """Wait for an answer; NoAnswer when it does not come in time, psycopg.OperationalError where the connection broke meanwhile.

        A caller's own `timeout` ends the wait, not the connection.
        """
        if timeout is not None:
            return super().wait(gen, interval, timeout)
        try:
            return super().wait(gen, interval, self.answer_seconds)
        except errors._WaitTimeout:
            # Closing asks nothing of the server; cancelling would be one more question that nobody answers.
            self.close()
            self.doubt()
            raise NoAnswer(f"the database did not answer within {self.answer_seconds:g} s") from None
        except errors.InvalidSqlStatementName as error:
            # A pipeline that failed, on a full disk for one, left statements unprepared that psycopg holds for prepared, and it would for
            # ever. Another connection begins anew.
            self.close()
            raise psycopg.OperationalError(str(error)) from error
        except psycopg.DatabaseError as error:
            if type(error) is psycopg.DatabaseError and error.sqlstate is None:
                # No server said this: libpq did, of a connection that broke under a statement. It has no code of a kind.
                raise psycopg.OperationalError(str(error)) from error
            raise

    @contextmanager
    def pipeline(self) -> Iterator[psycopg.Pipeline]:
        """Statements sent without waiting for each answer; see psycopg."""
        with self.lock:
            if self._pipeline is None:
                self._pipeline = _Pipeline(self)
        with super().pipeline() as opened:
            yield opened

    @contextmanager
    def _pipeline_nolock(self) -> Iterator[psycopg.Pipeline]:
        # What psycopg's executemany sends its statements through.
        pipeline = self._pipeline = _Pipeline(self, _no_lock=True)
        try:
            with pipeline:
                yield pipeline
        finally:
            self._pipeline = None


class _Pipeline(psycopg.Pipeline):
    """A pipeline whose last word is Sync.

    psycopg sends a Flush behind it. To the server that is the beginning of a command, so it no longer counts the session as
    idle, and would never end the open transaction of a client that froze after it.
    """

    def _exit_gen(self) -> PQGen[None]:
        try:
            self._enqueue_sync()
            yield from self._communicate_gen()
        finally:
            yield from self._fetch_gen(flush=False)


class _TruthDumper(Dumper):
    """Truth values are kept as 0 and 1 on both stores."""

    oid = psycopg.adapters.types["int8"].oid

    def dump(self, obj: bool) -> Buffer:
        return b"1" if obj else b"0"


class _TruthLoader(Loader):
    """Comparisons answer 0 or 1 on both stores."""

    def load(self, data: Buffer) -> int:
        return int(bytes(data) == b"t")


class _BytesLoader(Loader):
    """Text of a type that no column has: its bytes are wanted, and nobody reads them."""

    def load(self, data: Buffer) -> bytes:
        return bytes(data)


class _WholeLoader(Loader):
    """Sums of whole numbers are whole numbers on both stores."""

    def load(self, data: Buffer) -> int | float:
        return int(text) if (text := bytes(data).decode()).lstrip("-").isdigit() else float(text)


def _adapt(context: AdaptContext) -> None:
    context.adapters.register_dumper(bool, _TruthDumper)
    context.adapters.register_loader("bool", _TruthLoader)
    context.adapters.register_loader("bpchar", _BytesLoader)
    context.adapters.register_loader("numeric", _WholeLoader)


def _hosts_in(told: Mapping[str, Any]) -> tuple[Host, ...]:
    """The servers that a connection string names; none where it is none that makes sense."""
    parts = [str(told.get(part) or "").split(",") for part in ("host", "hostaddr", "port")]
    count = max(len(parts[0]), len(parts[1]))
    each = [part * count if len(part) == 1 else part for part in parts]
    return tuple(map(Host, *each)) if all(len(part) == count for part in each) else ()


@cache
def _known(hosts: frozenset[Host]) -> Hosts:
    """What this process knows of the servers: the same for every connection to them."""
    return Hosts()


def address(dsn: str, **settings: str) -> str:
    """A connection string with our defaults where it says nothing; `settings` hold unless it says otherwise. BadAddress."""
    try:
        told = {name: str(value) for name, value in conninfo_to_dict(dsn).items() if value is not None}
        if not all(port.strip().isdigit() for port in told.get("port", "").split(",") if port):
            # A mistake in writing can leave the password in the port, which is shown.
            raise BadAddress("the port of a connection string is a number")
        options = " ".join(part for part in (settings.get("options"), told.pop("options", None)) if part)
        return make_conninfo("", **{**_DEFAULTS, **settings, **told, **({"options": options} if options else {})})
    except psycopg.ProgrammingError:
        # What the driver says of it repeats parts of it, and one of them may be a password.
        raise BadAddress("this is no connection string of PostgreSQL: postgresql://user@host/name") from None


def shown(dsn: str) -> str:
    """The database for people and logs: hosts and name, never a password."""
    try:
        told = conninfo_to_dict(dsn)
    except psycopg.ProgrammingError:
        return "PostgreSQL"
    hosts = str(told.get("host") or told.get("hostaddr") or "local socket").split(",")
    ports = str(told.get("port") or "").split(",")
    if len(ports) < len(hosts):
        ports *= len(hosts)
    where = ",".join(f"{host}:{port or 5432}" for host, port in zip(hosts, ports, strict=False))
    return f"PostgreSQL {told.get('dbname', '')} at {where}"


def ends_with(deadline: Deadline) -> str:
    """What lets a transaction end its statements with a deadline."""
    return f"SET LOCAL statement_timeout = {max(1, math.ceil(deadline.left * 1000))}"


def connect(dsn: str, *, answer_seconds: float = ANSWER_SECONDS, **settings: str) -> DatabaseConnection:
    """A connection that commits every statement by itself, with the adapters of ours. psycopg.OperationalError."""
    connection = DatabaseConnection.connect(address(dsn, **settings), autocommit=True, cursor_factory=psycopg.RawCursor)
    prepare(connection, answer_seconds)
    return connection


def prepare(connection: DatabaseConnection, answer_seconds: float = ANSWER_SECONDS) -> None:
    """Give a new connection its deadline, and values the form that they have on SQLite."""
    connection.answer_seconds = answer_seconds
    _adapt(connection)


@lru_cache(4096)
def numbered(sql: str) -> str:
    """The statement with `$1`, `$2` ... in the place of its question marks; those inside quotes stay."""
    parts = sql.split("'")
    number = 0
    for at in range(0, len(parts), 2):
        pieces = parts[at].split("?")
        text = pieces[0]
        for piece in pieces[1:]:
            number += 1
            text += f"${number}{piece}"
        parts[at] = text
    return "'".join(parts)


@contextmanager
def _to_be_had() -> Iterator[None]:
    """Say of a database that does not answer what is said of it where no connection can be had."""
    try:
        yield
    except (errors.LockNotAvailable, errors.QueryCanceled):
        raise  # It answers.
    except psycopg.OperationalError as error:
        raise RecordUnavailable(f"the database does not answer: {error}") from error


class PostgresConnection:
    """A connection as `txapi.record.database.Connection` describes it. RecordUnavailable where the database is gone."""

    dialect = Dialect.POSTGRESQL
    deadline: Deadline | None = None
    said: Any = None
    ended = False
    _allowed_seconds: float = 0.0

    def __init__(self, raw: DatabaseConnection) -> None:
        self.raw = raw
        self.news: list[tuple[str, str]] = []
        """What is told when the transaction is committed."""

    def mind(self, deadline: Deadline) -> None:
        """Let no statement go on after the deadline, of which the transaction knows already."""
        self.deadline, self._allowed_seconds = deadline, deadline.left

    def _mind(self) -> None:
        """Tell the server how much time is left, where that has become less than it knows: a round trip, so not each time."""
        if self.deadline is not None:
            self.deadline.check()
            if self.deadline.left < MINDED * self._allowed_seconds:
                self._allowed_seconds = self.deadline.left
                self.raw.execute(ends_with(self.deadline).encode())

    def execute(self, sql: str, parameters: Any = (), /) -> psycopg.Cursor[tuple[Any, ...]]:
        """Carry out one statement; several, separated by semicolons, where there are no parameters."""
        self._mind()
        with _to_be_had():
            return self.raw.execute(numbered(sql), parameters or None)

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> None:
        """Carry out one statement for each set of parameters, without waiting for each answer."""
        sets = parameters if isinstance(parameters, list) else list(parameters)
        if sets:
            with _to_be_had(), self.raw.cursor() as cursor:
                cursor.executemany(numbered(sql), sets)

    def together(self) -> AbstractContextManager[Any]:
        """Statements that find nothing, sent without waiting for each answer."""
        return self.raw.pipeline()

    def tell(self, channel: str, text: str) -> None:
        """Tell who listens on a channel, as soon as the transaction is committed."""
        self.news.append((channel, text))

    def insert(self, table: str, rows: Collection[Sequence[Any]]) -> None:
        """Store rows, each with the values of all columns in their order: many of them as one stream, few as statements."""
        if len(rows) >= MANY_ROWS and not self.raw.pgconn.pipeline_status:
            with self.raw.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN".encode()) as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            for row in rows:
                self.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", rows)
                break

    def stream(self, sql: str, parameters: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        """The rows of a statement one by one, through a cursor that the server keeps."""
        self._mind()
        with _to_be_had(), psycopg.RawServerCursor(self.raw, f"streamed_{next(_STREAMS)}") as cursor:
            cursor.itersize = 1_000
            cursor.execute(numbered(sql), parameters or None)
            yield from cursor
