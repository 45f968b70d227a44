"""News from the database: one thread per process and database hears what any node tells, and never gives up listening.

NOTIFY says at once that something happened. What it cannot say, because the connection was lost meanwhile or the teller died
between its commit and its word, is found by looking at the head once a second. The look is a heartbeat too: a server that
does not answer it in time is left, and another one is sought.
"""

from __future__ import annotations

import contextlib
import logging
import os
import select
import socket
import threading
import time
from typing import TYPE_CHECKING

import psycopg

from txapi.record.postgres.connecting import connect

if TYPE_CHECKING:
    from collections.abc import Callable

    from txapi.record.postgres.connecting import DatabaseConnection

    Told = Callable[[str | None], None]

_log = logging.getLogger(__name__)

RECORD_CHANNEL = "txapi_record"
"""Where the position of the head is told after every append."""
VIEWS_CHANNEL = "txapi_views"
"""Where the fingerprint of read models and the position that they have reached are told, with a space between."""
LEASES_CHANNEL = "txapi_leases"
"""Where the name of a lease that became free is told."""
_CHANNELS = (RECORD_CHANNEL, VIEWS_CHANNEL, LEASES_CHANNEL)

LOOK_SECONDS = 1.0
"""How often the head is looked at while nobody tells anything."""
_ANSWER_SECONDS = 3.0
_LONGEST_PAUSE_SECONDS = 1.0
_HEAD = "SELECT COALESCE(MAX(position), 0) FROM record.events"


class Listener:
    """Listens in a thread of its own until it is closed. `listen` below gives the one that a process shares."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._told: dict[str, list[Told]] = {channel: [] for channel in _CHANNELS}
        self._closing = threading.Event()
        self._bell, self._ringer = socket.socketpair()
        self._thread = threading.Thread(target=self._run, name="txapi-listener", daemon=True)
        self._thread.start()

    def subscribe(self, channel: str, told: Told) -> None:
        """Call `told` with what is said on the channel, from the listening thread: be quick."""
        self._told[channel].append(told)

    def unsubscribe(self, channel: str, told: Told) -> None:
        """End it."""
        self._told[channel].remove(told)

    @property
    def unheard(self) -> bool:
        """Whether nobody is subscribed."""
        return not any(self._told.values())

    def close(self) -> None:
        """Stop listening, at once."""
        self._closing.set()
        with contextlib.suppress(OSError):
            # It may have noticed by itself, and be gone.
            self._ringer.send(b"!")
        if self._thread is not threading.current_thread():
            # It may be waiting for a server that accepts no connection; nothing that it does then matters any more.
            self._thread.join(1.0)

    def _run(self) -> None:
        pause = 0.05
        while not self._closing.is_set():
            began = time.monotonic()
            try:
                with connect(
                    self._dsn, answer_seconds=_ANSWER_SECONDS, target_session_attrs="read-write"
                ) as connection:
                    self._listen(connection)
            except (psycopg.Error, OSError) as error:
                _log.warning("the database tells no news, it is asked again: %s", error)
            pause = 0.05 if time.monotonic() - began > 2 * _ANSWER_SECONDS else min(2 * pause, _LONGEST_PAUSE_SECONDS)
            self._closing.wait(pause)
        self._bell.close()
        self._ringer.close()

    def _listen(self, connection: DatabaseConnection) -> None:
        connection.add_notify_handler(lambda notify: self._tell(notify.channel, notify.payload))
        for channel in _CHANNELS:
            connection.execute(f"LISTEN {channel}")
        for channel in _CHANNELS:
            self._tell(channel, None)
        due = 0.0
        while not self._closing.is_set():
            if time.monotonic() >= due:
                [[position]] = connection.execute(_HEAD).fetchall()
                self._tell(RECORD_CHANNEL, str(position))
                due = time.monotonic() + LOOK_SECONDS
            select.select([connection.fileno(), self._bell.fileno()], [], [], max(due - time.monotonic(), 0))
            connection.pgconn.consume_input()
            while (notify := connection.pgconn.notifies()) is not None:
                self._tell(notify.relname.decode(), notify.extra.decode())

    def _tell(self, channel: str, payload: str | None) -> None:
        for told in tuple(self._told[channel]):
            try:
                told(payload)
            except Exception:
                _log.exception("a listener failed at %s of %s", payload, channel)


_sharing = threading.Lock()
_shared: dict[tuple[int, str], Listener] = {}


def listen(dsn: str, channel: str, told: Told) -> Callable[[], None]:
    """Call `told` with whatever any node says on the channel from now on, and give what ends that.

    With None it is told that the connection was made anew, and that it may have missed something. Calls come from the
    listening thread: be quick. Listening begins with the first who listens to a database, and ends with the last.
    """
    address = (os.getpid(), dsn)
    with _sharing:
        listener = _shared.get(address)
        if listener is None:
            listener = _shared[address] = Listener(dsn)
        listener.subscribe(channel, told)

    def end() -> None:
        with _sharing:
            listener.unsubscribe(channel, told)
            last = listener.unheard and _shared.get(address) is listener
            if last:
                del _shared[address]
        if last:
            listener.close()

    return end
