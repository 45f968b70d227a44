"""Settings 设置: what a running instance may be told from outside, each an environment variable, read once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Self

from txapi.domain.errors import BadInput
from txapi.record.clock import parse_clock
from txapi.record.place import Place

DEMONSTRATION_CLOCK = "2015-08-11T08:00:00+08:00"
"""Where the clock of `serve --demo` starts: the morning after the last day that the data sets know."""


class BadSetting(ValueError):
    """A setting has a value that makes no sense; the message names the variable and what it takes."""


def _text(value: str) -> str:
    if not value.strip():
        raise ValueError("it must not be empty")
    return value.strip()


def _port(value: str) -> int:
    # 0 lets the operating system choose; the address that is printed names the one it chose.
    return _whole(value, 0, 65_535)


def _whole(value: str, least: int, most: int) -> int:
    if not value.strip().isascii() or not value.strip().isdigit() or not least <= int(value) <= most:
        raise ValueError(f"it takes a whole number from {least} to {most}")
    return int(value)


def _bytes(value: str) -> int:
    return _whole(value, 1_024, 1 << 30)


def _threads(value: str) -> int:
    return _whole(value, 1, 1_000)


def _connections(value: str) -> int:
    return _whole(value, 1, 1_000_000)


def _events(value: str) -> int:
    return _whole(value, 1, 1_000_000_000)


def _workers(value: str) -> int:
    return _whole(value, 1, 256)


def _seconds(value: str) -> int:
    return _whole(value, 0, 3_600)


def _sign_seconds(value: str) -> int:
    return _whole(value, 1, 3_600)


def _optional_origin(value: str) -> str | None:
    text = value.strip()
    if "+" in text or any(char.isspace() or not char.isprintable() for char in text):
        raise ValueError("it takes a name without blanks and plus signs")
    return text or None


def _clock(value: str) -> str:
    try:
        parse_clock(value)
    except BadInput as error:
        raise ValueError(str(error)) from None
    return value.strip() or "system"


def _one_of(*allowed: str) -> Callable[[str], str]:
    def read(value: str) -> str:
        if value.strip().lower() not in allowed:
            raise ValueError(f"it takes one of: {', '.join(allowed)}")
        return value.strip().lower()

    return read


def _path(value: str) -> Path:
    return Path(_text(value)).expanduser()


def _optional_path(value: str) -> Path | None:
    return _path(value) if value.strip() else None


def _database(value: str) -> str | None:
    text = value.strip()
    if not text:
        return None
    # The driver takes its time to load, so only who names a database waits for it.
    from txapi.record.postgres.connecting import BadAddress, address

    try:
        address(text)
    except BadAddress as error:
        raise ValueError(str(error)) from None
    return text


def _origins(value: str) -> tuple[str, ...]:
    return tuple(part for part in value.replace(",", " ").split() if part)


class Setting(NamedTuple):
    """One row of the table of settings: the variable, its default as text, how it is read, what it means.

    The value of a `secret` one may hold a password, so it is never shown.
    """

    name: str
    default: str
    read: Callable[[str], Any]
    meaning: str
    secret: bool = False

    @property
    def attribute(self) -> str:
        """The name of the field of `Settings` that holds it."""
        return self.name.removeprefix("TXAPI_").lower()


TABLE: tuple[Setting, ...] = (
    Setting("TXAPI_HOST", "127.0.0.1", _text, "The address to listen on."),
    Setting("TXAPI_PORT", "8000", _port, "The port to listen on; 0 takes any free one."),
    Setting(
        "TXAPI_DATA",
        "data",
        _path,
        "The folder of the keys, and of the embedded record with its read models and ledger.",
    ),
    Setting(
        "TXAPI_DATABASE",
        "",
        _database,
        "PostgreSQL instead of the embedded record: `postgresql://user@host1,host2/name`. One database holds one record.",
        secret=True,
    ),
    Setting(
        "TXAPI_REPLICA",
        "",
        _database,
        "Streaming replicas of that database, which then answer the questions; the database itself does if unset.",
        secret=True,
    ),
    Setting(
        "TXAPI_CLOCK",
        "system",
        _clock,
        "`system`, or the date or moment at which a demonstration clock starts; events then say `clock: offset`. All nodes of"
        " a database go by the one that the first of them began.",
    ),
    Setting(
        "TXAPI_ANONYMOUS_ROLE",
        "none",
        _one_of("reader", "none"),
        "What a request without a token may do: `reader` reads, `none` is refused. The demonstration reads.",
    ),
    Setting(
        "TXAPI_KEY",
        "",
        _optional_path,
        "The key that signs tokens (PEM, Ed25519); `token-key.pem` in TXAPI_DATA if unset.",
    ),
    Setting(
        "TXAPI_RECORD_KEY",
        "",
        _optional_path,
        "The key that signs checkpoints and receipts (PEM, Ed25519); `record-key.pem` in TXAPI_DATA if unset.",
    ),
    Setting(
        "TXAPI_ORIGIN",
        "",
        _optional_origin,
        "The name of the record's ledger, fixed when it is begun: an address without scheme; `txapi/<record id>` if unset.",
    ),
    Setting(
        "TXAPI_POLICY",
        "",
        _optional_path,
        "A policy file (C2SP tlog-policy): which witnesses are asked to co-sign checkpoints, and how many must. Nobody if unset.",
    ),
    Setting(
        "TXAPI_SIGN_SECONDS",
        "1",
        _sign_seconds,
        "How long new events wait for the next checkpoint at most, in seconds; more are signed for together.",
    ),
    Setting(
        "TXAPI_LOG_LEVEL",
        "info",
        _one_of("debug", "info", "warning", "error"),
        "How much is logged to standard error; `debug` logs every request.",
    ),
    Setting(
        "TXAPI_LOG_FORMAT",
        "text",
        _one_of("text", "json"),
        "The form of a log line: `text` for people, `json` for whatever collects logs.",
    ),
    Setting(
        "TXAPI_METRICS",
        "on",
        _one_of("on", "off"),
        "Whether `/metrics` answers, to everybody and without a token: it holds counts and times, nothing that the record says.",
    ),
    Setting(
        "TXAPI_MAX_BODY_BYTES",
        "1048576",
        _bytes,
        "The largest request body, or message of a WebSocket, in bytes; larger ones get 413, or 1009.",
    ),
    Setting(
        "TXAPI_WORKERS",
        "1",
        _workers,
        "How many processes answer on this machine (`serve --workers`); more than one need TXAPI_DATABASE.",
    ),
    Setting("TXAPI_THREADS", "40", _threads, "How many operations are carried out at the same time; others wait."),
    Setting(
        "TXAPI_STOP_SECONDS", "10", _seconds, "How long a stopping server waits for requests under way, in seconds."
    ),
    Setting(
        "TXAPI_DRAIN_SECONDS",
        "0",
        _seconds,
        "How long a server that is told to end (SIGTERM) goes on serving while `/readyz` says 503, in seconds: the time that a"
        " load balancer needs to notice.",
    ),
    Setting(
        "TXAPI_ALLOWED_ORIGINS",
        "",
        _origins,
        "Web origins whose pages may call this server, separated by blanks; `*` for all.",
    ),
    Setting(
        "TXAPI_LIVE_CONNECTIONS",
        "10000",
        _connections,
        "How many WebSockets and event streams one process serves at the same time; more are asked to come later.",
    ),
    Setting(
        "TXAPI_LIVE_SUBSCRIPTIONS",
        "100",
        _threads,
        "How many operations, subscriptions above all, one WebSocket may have under way at the same time.",
    ),
    Setting(
        "TXAPI_LIVE_BOOKMARK_SECONDS",
        "15",
        _sign_seconds,
        "How long a subscription is silent before it is told how far it has come, in seconds.",
    ),
    Setting(
        "TXAPI_LIVE_BACKLOG",
        "1000",
        _connections,
        "How many events wait in memory for one subscription; one that comes behind reads them anew.",
    ),
    Setting(
        "TXAPI_LIVE_SLOW_SECONDS",
        "10",
        _sign_seconds,
        "A client whose connection takes nothing for so long, in seconds, while more comes than may wait, is cut off (TOO_SLOW).",
    ),
    Setting(
        "TXAPI_LIVE_RESUME_EVENTS",
        "100000",
        _events,
        "How many events behind the head a subscription may begin; TOO_OLD beyond that.",
    ),
    Setting(
        "TXAPI_LIVE_INIT_SECONDS",
        "10",
        _sign_seconds,
        "How long a WebSocket may take to say who asks (connection_init), in seconds.",
    ),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting, with its value of the right type. The table above says what each means."""

    host: str
    port: int
    data: Path
    database: str | None
    replica: str | None
    clock: str
    anonymous_role: str
    key: Path | None
    record_key: Path | None
    origin: str | None
    policy: Path | None
    sign_seconds: int
    log_level: str
    log_format: str
    metrics: str
    max_body_bytes: int
    workers: int
    threads: int
    stop_seconds: int
    drain_seconds: int
    allowed_origins: tuple[str, ...]
    live_connections: int
    live_subscriptions: int
    live_bookmark_seconds: int
    live_backlog: int
    live_slow_seconds: int
    live_resume_events: int
    live_init_seconds: int

    @classmethod
    def from_environment(cls, env: Mapping[str, str], **instead: str | None) -> Self:
        """Read the settings from an environment; `instead` holds values that take precedence, by field name.

        BadSetting where a value makes no sense.
        """
        values: dict[str, Any] = {}
        for setting in TABLE:
            told = instead.get(setting.attribute)
            text = told if told is not None else env.get(setting.name, setting.default)
            try:
                values[setting.attribute] = setting.read(text)
            except ValueError as error:
                given = "..." if setting.secret else repr(text)
                raise BadSetting(f"{setting.name}={given}: {error}") from None
        if values["replica"] and not values["database"]:
            raise BadSetting("TXAPI_REPLICA names replicas of TXAPI_DATABASE, which is not set")
        return cls(**values)

    @property
    def place(self) -> Place:
        """Where the record lives."""
        return Place(self.data, self.database, self.replica)

    @property
    def key_file(self) -> Path:
        """The file of the key that signs tokens."""
        return self.key or self.data / "token-key.pem"
