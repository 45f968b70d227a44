"""Lines 专线: a few connections that an event loop asks by itself, without a thread that waits for the answer.

Several statements are sent at once and answered from one snapshot, in one round trip. It is only tried: whoever finds no line free, or
asks for something that fails, asks again as ever (`database.py`), where it is waited for, and said what is wrong.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import threading
import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import pq
from psycopg.adapt import PyFormat, Transformer

from txapi.record.beforehand import NotAnswered
from txapi.record.postgres.connecting import numbered

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from psycopg import abc

    from txapi.record.beforehand import Rows, Statement
    from txapi.record.postgres.connecting import DatabaseConnection

log = logging.getLogger(__name__)

MOST_LINES = 4
"""How many are kept: each has a process of the server to itself, and what is asked over them is over in a moment."""
STATEMENT_SECONDS = 0.25
"""How long one statement may take: what takes longer is asked as ever."""
ANSWER_SECONDS = 1.0
"""After how long without an answer a line is given up."""
AGAIN_SECONDS = 1.0
"""After how long it is tried again to open one."""
MOST_PREPARED = 100
"""How many statements are prepared on a line: each has its plan in the memory of the server."""

_SETTINGS = (
    b"SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;"
    b" SET statement_timeout = %d" % (STATEMENT_SECONDS * 1000)
)

_FAILED = (pq.ExecStatus.FATAL_ERROR, pq.ExecStatus.PIPELINE_ABORTED, pq.ExecStatus.BAD_RESPONSE)


class NoLine(NotAnswered):
    """None is free just now."""


class Line:
    """One connection. It belongs to the event loop; nobody else uses it any more."""

    def __init__(self, raw: DatabaseConnection, loop: asyncio.AbstractEventLoop) -> None:
        self._raw = raw
        self._loop = loop
        self._link = raw.pgconn
        self._link.nonblocking = 1
        self._link.enter_pipeline_mode()
        self._socket = self._link.socket
        self._prepared: OrderedDict[tuple[str, tuple[int, ...]], bytes] = OrderedDict()
        self._names = itertools.count()
        self._groups: list[list[Any]] = []
        self._group: list[Any] = []
        self._heard: asyncio.Future[list[list[Any]]] | None = None
        self.is_open = True
        loop.add_reader(self._socket, self._hear)

    async def ask(self, statements: Sequence[Statement]) -> list[Rows]:
        """The rows of each statement, all from one snapshot. NotAnswered, and then the line is closed."""
        transformer: abc.Transformer = Transformer(self._raw)
        wanted: list[bool] = []
        self._heard = self._loop.create_future()
        late = self._loop.call_later(ANSWER_SECONDS, self._give_up)
        try:
            for sql, parameters in statements:
                self._send(transformer, sql, parameters, wanted)
            # Until here all is one transaction, of one snapshot, which ends with it.
            self._link.pipeline_sync()
            self._flush()
            groups = await self._heard
            rows = []
            for is_wanted, [result] in zip(wanted, groups[:-1], strict=True):
                if is_wanted:
                    transformer.set_pgresult(result)
                    rows.append(transformer.load_rows(0, result.ntuples, tuple))
        except BaseException as error:
            # What is still to come would be taken for the answer to the next question.
            self.close()
            if isinstance(error, psycopg.Error | ValueError):
                raise NotAnswered(str(error)) from error
            raise
        finally:
            late.cancel()
            self._heard = None
        return rows

    def _send(self, transformer: abc.Transformer, sql: str, parameters: Sequence[Any], wanted: list[bool]) -> None:
        values = transformer.dump_sequence(parameters, [PyFormat.AUTO] * len(parameters)) if parameters else ()
        types = transformer.types or () if parameters else ()
        formats = transformer.formats if parameters else None
        name = self._prepared.get((sql, types))
        if name is None:
            name = self._prepared[sql, types] = b"line_%d" % next(self._names)
            self._link.send_prepare(name, numbered(sql).encode(), types or None)
            wanted.append(False)
            if len(self._prepared) > MOST_PREPARED:
                _, oldest = self._prepared.popitem(last=False)
                self._link.send_query_params(b"DEALLOCATE " + oldest, None)
                wanted.append(False)
        else:
            self._prepared.move_to_end((sql, types))
        self._link.send_query_prepared(name, values or None, formats)
        wanted.append(True)

    def _flush(self) -> None:
        try:
            left = self._link.flush()
        except psycopg.Error as error:
            self._fail(error)
            return
        if left:
            self._loop.add_writer(self._socket, self._flush)
        else:
            self._loop.remove_writer(self._socket)

    def _hear(self) -> None:
        """Take in what has come."""
        try:
            self._link.consume_input()
            while not self._link.is_busy():
                result = self._link.get_result()
                if result is None:
                    if not self._group:
                        break
                    self._groups.append(self._group)
                    self._group = []
                    continue
                if result.status in _FAILED:
                    raise psycopg.errors.error_from_result(result)
                if result.status == pq.ExecStatus.PIPELINE_SYNC:
                    self._groups.append([result])
                    groups, self._groups = self._groups, []
                    if self._heard is not None and not self._heard.done():
                        self._heard.set_result(groups)
                else:
                    self._group.append(result)
        except psycopg.Error as error:
            self._fail(error)

    def _give_up(self) -> None:
        self._raw.doubt()
        self._fail(psycopg.OperationalError(f"no answer within {ANSWER_SECONDS:g} s"))

    def _fail(self, error: psycopg.Error) -> None:
        """Close it; whoever waits hears why."""
        self.close()
        if self._heard is not None and not self._heard.done():
            self._heard.set_exception(error)

    def close(self) -> None:
        """Let go of it. Closing twice is harmless."""
        if self.is_open:
            self.is_open = False
            if not self._loop.is_closed():
                self._loop.remove_reader(self._socket)
                self._loop.remove_writer(self._socket)
            self._raw.close()


class Lines:
    """The lines to one database. They belong to the event loop that asks; another loop opens its own."""

    def __init__(self, connect: Callable[[], DatabaseConnection], most: int = MOST_LINES) -> None:
        """`connect` opens a connection, in a thread; psycopg.Error, RecordUnavailable."""
        self._connect = connect
        self._most = most
        self._loop: asyncio.AbstractEventLoop | None = None
        self._free: list[Line] = []
        self._brought: list[DatabaseConnection] = []
        """Connections that were opened and are on their way to the loop."""
        self._opened = 0
        """How many are open, or being opened."""
        self._not_before = 0.0
        self._closed = False

    async def ask(self, statements: Sequence[Statement]) -> list[Rows]:
        """The rows of each statement, all from one snapshot, in one round trip. NotAnswered."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._let_go()
            self._loop = loop
        line = self._taken(loop)
        try:
            return await line.ask(statements)
        finally:
            if self._loop is not loop or self._closed:
                line.close()
            elif line.is_open:
                self._free.append(line)
            else:
                self._opened -= 1

    def _taken(self, loop: asyncio.AbstractEventLoop) -> Line:
        while self._free:
            line = self._free.pop()
            if line.is_open:
                return line
            self._opened -= 1
        if self._opened < self._most and not self._closed and time.monotonic() >= self._not_before:
            # Where no thread can be had, nothing is being opened. What it brings is taken in by this loop, after this.
            with contextlib.suppress(RuntimeError):
                threading.Thread(target=self._open, args=(loop,), name="txapi-line", daemon=True).start()
                self._opened += 1
        raise NoLine("no line is free")

    def _open(self, loop: asyncio.AbstractEventLoop) -> None:
        """In a thread: connect, and hand it over."""
        raw: DatabaseConnection | None = None
        try:
            raw = self._connect()
            raw.execute(_SETTINGS)
        except Exception as error:
            log.debug("no line could be opened: %s", error)
            if raw is not None:
                raw.close()
                raw = None
        if raw is not None:
            self._brought.append(raw)
        # A loop that is over lets go of what was brought when the next one asks, or at the end.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(self._take_in, loop)
        if self._closed and not loop.is_running():
            self._let_go()

    def _take_in(self, loop: asyncio.AbstractEventLoop) -> None:
        if loop is not self._loop:
            return
        if self._closed:
            self._let_go()
        elif self._brought:
            self._free.append(Line(self._brought.pop(), loop))
        else:
            self._opened -= 1
            self._not_before = time.monotonic() + AGAIN_SECONDS

    def _let_go(self) -> None:
        free, self._free, self._opened = self._free, [], 0
        for line in free:
            line.close()
        while self._brought:
            self._brought.pop().close()

    def close(self) -> None:
        """Let go of all that are free, and open no more. Any thread may call it, and twice."""
        self._closed = True
        if self._loop is not None and self._loop.is_running():
            self._loop.call_soon_threadsafe(self._let_go)
        else:
            self._let_go()
