"""Logs: one line per happening on standard error, with its time, level and place."""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime


class _Lines(logging.Formatter):
    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802 - the library's name
        return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def log_to_stderr(level: str) -> None:
    """Send what is logged at `level` or above to standard error, instead of wherever it went before."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Lines("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # Every error of an operation is told, masked and logged once, where it is published.
    logging.getLogger("strawberry.execution").setLevel(logging.CRITICAL + 1)
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
