"""Settings 设置: what a running instance may be told from outside, each an environment variable, read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from txapi.budgets import Budgets
from txapi.record.place import Place
from txapi.setting_values import OF_PROVIDER, Setting
from txapi.setting_values import clock as _clock
from txapi.setting_values import connections as _connections
from txapi.setting_values import database as _database
from txapi.setting_values import events as _events
from txapi.setting_values import long_seconds as _long_seconds
from txapi.setting_values import megabytes as _megabytes
from txapi.setting_values import one_of as _one_of
from txapi.setting_values import optional_origin as _optional_origin
from txapi.setting_values import optional_path as _optional_path
from txapi.setting_values import path as _path
from txapi.setting_values import port as _port
from txapi.setting_values import public_url as _public_url
from txapi.setting_values import said as _text
from txapi.setting_values import seconds as _seconds
from txapi.setting_values import sign_seconds as _sign_seconds
from txapi.setting_values import size as _bytes
from txapi.setting_values import threads as _threads
from txapi.setting_values import workers as _workers
from txapi.settings_of_browsers import OF_BROWSERS
from txapi.settings_of_limits import OF_LIMITS

DEMONSTRATION_CLOCK = "2015-08-11T08:00:00+08:00"
"""Where the clock of `serve --demo` starts: the morning after the last day that the data sets know."""

DEMONSTRATION_BUDGETS = "*=600000/60000000"
"""What who tries `serve --demo` may ask, whoever it is."""


class BadSetting(ValueError):
    """A setting has a value that makes no sense; the message names the variable and what it takes."""


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
        "`system`, or the date or moment at which a demonstration clock starts; events then say `clock: offset`. A"
        " record in files goes on from where that clock stood; all nodes of a database go by the one that the first of them began.",
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
    *OF_PROVIDER,
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
        "TXAPI_FILE_LIMIT",
        "26214400",
        _bytes,
        "The largest file that may be uploaded to be attached, in bytes; larger ones get 413.",
    ),
    Setting(
        "TXAPI_WORKERS",
        "1",
        _workers,
        "How many processes answer on this machine (`serve --workers`); more than one need TXAPI_DATABASE.",
    ),
    Setting("TXAPI_THREADS", "40", _threads, "How many operations are carried out at the same time; others wait."),
    Setting(
        "TXAPI_KEPT_MEGABYTES",
        "32",
        _megabytes,
        "How much is kept of answers, so that who asks the same, while nothing changed, is answered at once; 0 keeps none.",
    ),
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
    Setting(
        "TXAPI_PUBLIC_URL",
        "",
        _public_url,
        "Where the service is found from outside (`https://record.example`): what webhooks are told to ask and to read at.",
    ),
    Setting(
        "TXAPI_WEBHOOKS",
        "on",
        _one_of("on", "off"),
        "Whether this server takes its turn at telling webhooks.",
    ),
    Setting(
        "TXAPI_WEBHOOK_HTTP",
        "none",
        _one_of("none", "private"),
        "`private` lets webhooks at private addresses be called without TLS, and those on this machine at all.",
    ),
    Setting(
        "TXAPI_WEBHOOK_TIMEOUT_SECONDS",
        "15",
        _sign_seconds,
        "How long one attempt to tell a webhook may take, in seconds, from its name to the status of the answer.",
    ),
    Setting(
        "TXAPI_WEBHOOK_RETRY_SECONDS",
        "5",
        _sign_seconds,
        "The pause after the first attempt that failed, in seconds; each further one is twice as long.",
    ),
    Setting(
        "TXAPI_WEBHOOK_RETRY_MOST_SECONDS",
        "3600",
        _long_seconds,
        "The longest pause between two attempts, in seconds; a receiver may ask for one up to that (Retry-After).",
    ),
    Setting(
        "TXAPI_WEBHOOK_DEAD_SECONDS",
        "259200",
        _long_seconds,
        "After how many seconds without any acknowledgement a webhook is taken for dead, until somebody replays it.",
    ),
    *OF_LIMITS,
    *OF_BROWSERS,
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
    oidc_issuer: str | None
    oidc_audience: str | None
    oidc_jwks: str | Path | None
    oidc_clients: tuple[str, ...]
    oidc_subject_claim: str
    oidc_role_claim: str
    oidc_unit_claim: str
    oidc_roles: tuple[tuple[str, str], ...]
    record_key: Path | None
    origin: str | None
    policy: Path | None
    sign_seconds: int
    log_level: str
    log_format: str
    metrics: str
    max_body_bytes: int
    file_limit: int
    workers: int
    threads: int
    kept_megabytes: int
    stop_seconds: int
    drain_seconds: int
    live_connections: int
    live_subscriptions: int
    live_bookmark_seconds: int
    live_backlog: int
    live_slow_seconds: int
    live_resume_events: int
    live_init_seconds: int
    public_url: str | None
    webhooks: str
    webhook_http: str
    webhook_timeout_seconds: int
    webhook_retry_seconds: int
    webhook_retry_most_seconds: int
    webhook_dead_seconds: int
    budgets: Budgets
    query_seconds: int
    operations: str
    introspection: str
    connections: int
    address_connections: int
    address_rate: int
    trusted_proxies: tuple[str, ...]
    request_seconds: int
    send_seconds: int
    allowed_origins: tuple[str, ...]
    allowed_hosts: tuple[str, ...]
    hsts_seconds: int

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
        if (values["oidc_issuer"] is None) != (values["oidc_audience"] is None):
            raise BadSetting("TXAPI_OIDC_ISSUER and TXAPI_OIDC_AUDIENCE are needed together")
        return cls(**values)

    @property
    def introspects(self) -> bool:
        """Whether clients may ask for the schema."""
        return self.introspection == "on" or (self.introspection == "auto" and self.operations == "any")

    @property
    def place(self) -> Place:
        """Where the record lives."""
        return Place(self.data, self.database, self.replica)

    @property
    def key_file(self) -> Path:
        """The file of the key that signs tokens."""
        return self.key or self.data / "token-key.pem"
