"""How much time of a processor a server and its database have taken, as Linux counts it."""

from __future__ import annotations

import time

import psycopg


def taken(pid: int) -> float:
    """Seconds of processor time of a process with all its threads, those that have ended as well; 0 for one that is gone."""
    # The clock of another process, as Linux numbers them: /proc tells hundredths of a second, which are much of a turn.
    try:
        return time.clock_gettime((~pid << 3) | 2)
    except OSError:
        return 0.0


class Database:
    """The processes that a PostgreSQL server on this machine keeps for the connections to one database."""

    def __init__(self, dsn: str) -> None:
        self._connection = psycopg.connect(dsn, autocommit=True)

    def taken(self) -> dict[int, float]:
        """Seconds of processor time by process; our own is left out."""
        found = self._connection.execute(
            "SELECT pid FROM pg_stat_activity"
            " WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        return {pid: taken(pid) for (pid,) in found.fetchall()}

    def close(self) -> None:
        """Let go of it."""
        self._connection.close()


def since(before: dict[int, float], now: dict[int, float]) -> float:
    """Seconds that processes have taken between two looks; one that was not there before began with nothing."""
    return sum(seconds - before.get(pid, 0.0) for pid, seconds in now.items())
