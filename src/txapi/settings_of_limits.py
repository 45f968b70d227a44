"""Settings of what clients may take of a server; docs/limits.md tells what happens beyond."""

from __future__ import annotations

from txapi.budgets import budgets
from txapi.setting_values import (
    Setting,
    connections,
    one_of,
    origins,
    query_seconds,
    sign_seconds,
    some_connections,
)

OF_LIMITS: tuple[Setting, ...] = (
    Setting(
        "TXAPI_BUDGETS",
        "",
        budgets,
        "What clients may ask, in points, by role: `anonymous=150000/1500000` lets one operation cost so much, and each client take"
        " so much a minute; `off` for no limit; `*` for every role. Roles that are not named have what docs/limits.md says.",
    ),
    Setting(
        "TXAPI_QUERY_SECONDS",
        "10",
        query_seconds,
        "How long an operation may read, in seconds; then its statements are stopped in the store (QUERY_TOO_SLOW). What a command"
        " came to is read in a time of its own; to decide and to record is never stopped.",
    ),
    Setting(
        "TXAPI_OPERATIONS",
        "any",
        one_of("any", "published"),
        "Which documents are carried out: `any`, or only those that schema/operations.json names (OPERATION_NOT_PUBLISHED).",
    ),
    Setting(
        "TXAPI_INTROSPECTION",
        "auto",
        one_of("auto", "on", "off"),
        "Whether clients may ask for the schema (`__schema`, `__type`), and browsers get GraphiQL; `auto`: where any document is"
        " carried out. Where not, errors suggest no names either.",
    ),
    Setting(
        "TXAPI_CONNECTIONS",
        "12000",
        connections,
        "How many connections one process takes, WebSockets among them; others get 503 with Retry-After.",
    ),
    Setting(
        "TXAPI_ADDRESS_CONNECTIONS",
        "1000",
        some_connections,
        "How many connections one address may have (of IPv6 one network, /64); 0 for no such limit. Not bounded are this machine itself"
        " (127.0.0.1, ::1) and TXAPI_TRUSTED_PROXIES.",
    ),
    Setting(
        "TXAPI_ADDRESS_RATE",
        "20",
        some_connections,
        "How many connections one address may open a second, on average, and five times as many at once; 0 for no such limit."
        " Not bounded are the same.",
    ),
    Setting(
        "TXAPI_TRUSTED_PROXIES",
        "",
        origins,
        "Addresses or networks of proxies that say for whom they ask (X-Forwarded-For): clients without a token are told apart"
        " by what they say. Of everybody else that header is not believed.",
    ),
    Setting(
        "TXAPI_REQUEST_SECONDS",
        "30",
        sign_seconds,
        "How long a client may take to send a request, from its first byte or from the beginning of the connection, in seconds.",
    ),
    Setting("TXAPI_SEND_SECONDS", "30", sign_seconds, "How long a client may take nothing of its answer, in seconds."),
)
"""Rows of the table of settings."""
