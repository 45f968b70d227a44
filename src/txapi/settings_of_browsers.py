"""Settings of what browsers may do with a server; docs/security.md tells what holds without them."""

from __future__ import annotations

from urllib.parse import urlsplit

from txapi.setting_values import Setting, origins, whole


def web_origins(value: str) -> tuple[str, ...]:
    """Origins of pages: scheme, name and, where it is not the usual one, port; `*` for all."""
    given = origins(value)
    for origin in given:
        parts = urlsplit(origin)
        as_sent = f"{parts.scheme}://{parts.netloc.lower()}"
        if origin != "*" and (parts.scheme not in ("http", "https") or "*" in origin or origin != as_sent):
            raise ValueError("it takes origins such as https://board.example, without a path, or `*`")
    return given


def host_names(value: str) -> tuple[str, ...]:
    """Names of hosts, without ports; `*` for all."""
    given = origins(value)
    if any(char in name for name in given for char in "/:@?#"):
        raise ValueError("it takes names such as record.example, without scheme and port, or `*`")
    return tuple(name.rstrip(".") for name in given)


def age(value: str) -> int:
    """A time up to two years, or none."""
    return whole(value, 0, 63_072_000)


OF_BROWSERS: tuple[Setting, ...] = (
    Setting(
        "TXAPI_ALLOWED_ORIGINS",
        "",
        web_origins,
        "Web origins whose pages may call this server and open WebSockets, besides its own, separated by blanks; `*` for all.",
    ),
    Setting(
        "TXAPI_ALLOWED_HOSTS",
        "",
        host_names,
        "Names under which this server answers, separated by blanks, besides addresses, `localhost`, TXAPI_HOST and the name in"
        " TXAPI_PUBLIC_URL; requests for other names get 421 (UNKNOWN_HOST). `*` for all, where a proxy sees to that.",
    ),
    Setting(
        "TXAPI_HSTS_SECONDS",
        "0",
        age,
        "For how long browsers are told to ask for this name by https only, in seconds (Strict-Transport-Security); 0 for not at all."
        " Only where TLS ends in front of this server for good: it cannot be taken back before.",
    ),
)
"""Rows of the table of settings."""
