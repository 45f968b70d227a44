"""Logs: one line per happening on standard error, with its time, level, place, and the request and trace that it belongs to."""

from __future__ import annotations

import logging
import math
import os
import random
import re
import secrets
import sys
import threading
from collections import OrderedDict
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic

import msgspec
from opentelemetry import trace

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""The request that is being answered; empty outside of any. What runs in a thread for a request sees the request's."""

REPEAT_SECONDS = 10.0
"""How long the same warning of what goes on by itself is not told again."""
BY_ITSELF = ("txapi.record", "txapi.projections", "txapi.application.watch", "txapi.web.duties", "psycopg")
MOST_OF_A_KIND = 20
"""How many warnings of one kind, of what clients cause, are told in that time."""
MOST_REMEMBERED = 200
_IS_COUNT = "is_count"
_NUMBERS = re.compile(r"[0-9]+")

# An id is no secret, and to ask the system for each would take ten times as long.
_ids = random.Random(secrets.randbits(256))
# A process that is forked must not give its requests the ids that its parent gives, too.
os.register_at_fork(after_in_child=lambda: _ids.seed(secrets.randbits(256)))

_SANE_ID = re.compile(r"[A-Za-z0-9._:/=+-]{1,128}")

_SECRET = re.compile(
    r"eyJ[\w-]{8,}\.[\w-]+\.[\w-]+"  # a token
    r"|(?<=://)[^\s/@]+(?=@)"  # who signs in to a database, and with which password
    r"|(?<=password=)\S+"
    r"|(?<=DETAIL:)[^\n]+"  # where PostgreSQL tells the values of a row
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*-----END [A-Z ]*PRIVATE KEY-----"
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")


def request_id_of(given: str) -> str:
    """The id that a client or a proxy gave its request; a new one where that is none that could stand in a log."""
    return given if _SANE_ID.fullmatch(given) else f"{_ids.getrandbits(128):032x}"


@dataclass(slots=True)
class _Kind:
    """Warnings of one kind, of what clients cause."""

    since: float
    came: int = 0


class Lines(logging.Formatter):
    """One line for people; a traceback follows on lines of its own. No line tells a secret or forges another line."""

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802 - the library's name
        """The time of the happening, UTC, in milliseconds."""
        return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def format(self, record: logging.LogRecord) -> str:
        """The line, and the traceback where there is one."""
        # What a client sends may hold line ends; written out they would look like lines of ours.
        message = _CONTROL.sub(lambda found: repr(found[0])[1:-1], _without_secrets(record.getMessage()))
        marks = "".join(f" {name}={value}" for name, value in _belongs_to().items())
        line = f"{self.formatTime(record)} {record.levelname} {record.name} {message}{marks}"
        told = self._told(record)
        return f"{line}\n{told}" if told else line

    def _told(self, record: logging.LogRecord) -> str:
        return _without_secrets(self.formatException(record.exc_info)) if record.exc_info else ""


class JsonLines(Lines):
    """One JSON object per line: time, level, logger, message; request, trace, span and error where there are any."""

    def format(self, record: logging.LogRecord) -> str:
        """The object."""
        line = {
            "time": self.formatTime(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _without_secrets(record.getMessage()),
            **_belongs_to(),
        }
        told = self._told(record)
        if told:
            line["error"] = told
        return msgspec.json.encode({name: _encodable(value) for name, value in line.items()}).decode()


class Repeats(logging.Filter):
    """Bounds how often the same warning is told, and says how many there were: neither an outage nor a client fills a disk.

    Of what goes on by itself, the same warning once in `REPEAT_SECONDS`: an outage is one happening. Of what clients cause, as requests
    that are none, `MOST_OF_A_KIND` of each kind in that time. Errors that clients meet are all told, for each was told an id.
    """

    def __init__(self) -> None:
        super().__init__()
        self._told: OrderedDict[tuple[str, str], tuple[float, int]] = OrderedDict()
        self._kinds: OrderedDict[tuple[str, str], _Kind] = OrderedDict()
        self._lock = threading.Lock()

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether it is told; with the number of those that were not."""
        if record.levelno < logging.WARNING or hasattr(record, _IS_COUNT):
            return True
        if record.name.startswith(BY_ITSELF):
            return self._of_itself(record)
        return record.levelno > logging.WARNING or self._of_clients(record)

    def _of_itself(self, record: logging.LogRecord) -> bool:
        what = record.name, _NUMBERS.sub("0", record.getMessage())
        now = monotonic()
        with self._lock:
            told_at, untold = self._told.get(what, (-math.inf, 0))
            if now - told_at < REPEAT_SECONDS:
                self._told[what] = told_at, untold + 1
                return False
            self._told[what] = now, 0
            self._told.move_to_end(what)
            if len(self._told) > MOST_REMEMBERED:
                self._told.popitem(last=False)
        if untold:
            record.msg, record.args = f"{record.getMessage()} (and {untold} times before)", None
        return True

    def _of_clients(self, record: logging.LogRecord) -> bool:
        # The words before anything is put in: what is put in is the client's, who would have a kind for each of his requests.
        what = record.name, str(record.msg)
        now = monotonic()
        with self._lock:
            kind = self._kinds.get(what)
            if kind is None or now - kind.since >= REPEAT_SECONDS:
                kind = self._kinds[what] = _Kind(now)
                self._kinds.move_to_end(what)
                if len(self._kinds) > MOST_REMEMBERED:
                    self._kinds.popitem(last=False)
            kind.came += 1
            if kind.came <= MOST_OF_A_KIND:
                return True
            if kind.came == MOST_OF_A_KIND + 1:
                # Told when the time is over, whether or not any more of them come.
                later = threading.Timer(
                    REPEAT_SECONDS - (now - kind.since), self._count, (record.name, record.msg, kind)
                )
                later.daemon = True
                later.start()
        return False

    def _count(self, name: str, message: object, kind: _Kind) -> None:
        with self._lock:
            untold = kind.came - MOST_OF_A_KIND
        logging.getLogger(name).warning(
            "%d more of these were left out in %g s: %s", untold, REPEAT_SECONDS, message, extra={_IS_COUNT: True}
        )


def log_to_stderr(level: str, form: str = "text") -> None:
    """Send what is logged at `level` or above to standard error, as `text` or `json`, instead of wherever it went before."""
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(Repeats())
    handler.setFormatter(JsonLines() if form == "json" else Lines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # Every error of an operation is told, masked and logged once, where it is published.
    logging.getLogger("strawberry.execution").setLevel(logging.CRITICAL + 1)
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)


def _belongs_to() -> dict[str, str]:
    """Which request, trace and span a line belongs to."""
    marks = {"request": request_id.get()}
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        marks["trace"] = trace.format_trace_id(context.trace_id)
        marks["span"] = trace.format_span_id(context.span_id)
    return {name: value for name, value in marks.items() if value}


def _without_secrets(text: str) -> str:
    return _SECRET.sub("[secret]", text)


def _encodable(text: str) -> str:
    return text.encode(errors="backslashreplace").decode()
