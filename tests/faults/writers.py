"""Clients of a database that insert rows one by one, note what was acknowledged and when, and never wait for ever.

They are the plainest that can be: psycopg and one statement. So what they find is true of the cluster and its settings, before any
code of ours; and what the product must do besides is what they do: a deadline of its own for every statement, the same
row again when the outcome is not known, and a write of its own before "it is there already" is believed.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from itertools import count, pairwise
from typing import Self

import psycopg

STATEMENT_SECONDS = 3.0
PAUSE_SECONDS = (
    0.005  # between two rows of a client: the cluster should be busy, and the machine not too busy to see it
)
TABLE = "CREATE TABLE written (client int, number int, again int NOT NULL DEFAULT 0, PRIMARY KEY (client, number))"
# A row that is there already may stand on the primary alone, from an attempt whose acknowledgement nobody received: only a new
# write, which is copied in order, proves that it is copied too.
INSERT = "INSERT INTO written VALUES (%s, %s) ON CONFLICT (client, number) DO UPDATE SET again = written.again + 1"

Row = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A row, and the instant (of the monotonic clock) when the database said that it was stored."""

    row: Row
    at: float


class Writer(threading.Thread):
    """One client. `acknowledged` grows while it runs."""

    def __init__(self, dsn: str, number: int, ended: threading.Event) -> None:
        super().__init__(name=f"writer {number}", daemon=True)
        self.acknowledged: list[Acknowledged] = []
        self.attempts_failed = 0
        self.unexpected: Exception | None = None
        self._dsn = dsn
        self._number = number
        self._ended = ended
        self._line: socket.socket | None = None
        self._deadline: float | None = None

    def cut_when_overdue(self) -> None:
        """Cut the connection when a statement has had no answer for too long: `statement_timeout` does not help when the
        server is frozen, `tcp_user_timeout` not when its kernel still receives, and a cancelled commit may be reported as done."""
        line, deadline = self._line, self._deadline
        if line is not None and deadline is not None and time.monotonic() > deadline:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def run(self) -> None:
        numbers = count()
        number = next(numbers)
        while not self._ended.is_set():
            try:
                with psycopg.connect(self._dsn, autocommit=True) as connection, self._line_of(connection):
                    while not self._ended.is_set():
                        self._deadline = time.monotonic() + STATEMENT_SECONDS
                        connection.execute(INSERT, (self._number, number))
                        self._deadline = None
                        self.acknowledged.append(Acknowledged((self._number, number), time.monotonic()))
                        number = next(numbers)
                        time.sleep(PAUSE_SECONDS)
            except psycopg.OperationalError:
                self.attempts_failed += 1
                time.sleep(0.05)
            except Exception as unexpected:
                self.unexpected = unexpected
                return

    def _line_of(self, connection: psycopg.Connection) -> socket.socket:
        self._deadline = None
        self._line = socket.socket(fileno=os.dup(connection.fileno()))
        return self._line


class Crowd:
    """Several clients that write at the same time. Leaving it ends them."""

    def __init__(self, dsn: str, clients: int = 8) -> None:
        self._dsn = dsn
        self._ended = threading.Event()
        self._writers = [Writer(dsn, number, self._ended) for number in range(clients)]
        self._watch = threading.Thread(target=self._cut_what_is_overdue, daemon=True)

    def acknowledged(self) -> list[Acknowledged]:
        """All acknowledgements so far, in order of time."""
        return sorted(
            (each for writer in self._writers for each in list(writer.acknowledged)), key=lambda each: each.at
        )

    def wait_for_more(self, rows: int, within_seconds: float = 240.0) -> None:
        """Wait until so many more rows are acknowledged. Raises TimeoutError when they are not, and whatever ended a client."""
        wanted = len(self.acknowledged()) + rows
        deadline = time.monotonic() + within_seconds
        while (now := len(self.acknowledged())) < wanted:
            for writer in self._writers:
                if writer.unexpected is not None:
                    raise writer.unexpected
            if time.monotonic() > deadline:
                raise TimeoutError(
                    f"{rows - (wanted - now)} of {rows} rows were acknowledged within {within_seconds:.0f} s"
                )
            time.sleep(0.05)

    def longest_gap_seconds(self) -> float:
        """The longest time in which nobody received an acknowledgement."""
        return max(later.at - earlier.at for earlier, later in pairwise(self.acknowledged()))

    def _cut_what_is_overdue(self) -> None:
        while any(writer.is_alive() for writer in self._writers):
            for writer in self._writers:
                writer.cut_when_overdue()
            time.sleep(0.1)

    def __enter__(self) -> Self:
        with psycopg.connect(self._dsn, autocommit=True) as connection:
            connection.execute("DROP TABLE IF EXISTS written")
            connection.execute(TABLE)
        for writer in self._writers:
            writer.start()
        self._watch.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._ended.set()
        for writer in self._writers:
            writer.join()
        self._watch.join()
