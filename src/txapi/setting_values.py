"""Setting values 设置取值: what a setting is, and how its text becomes a value. A ValueError where it makes no sense."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from txapi.domain.errors import BadInput
from txapi.domain.event import Role
from txapi.record.clock import parse_clock


def said(value: str) -> str:
    """The text itself."""
    if not value.strip():
        raise ValueError("it must not be empty")
    return value.strip()


def port(value: str) -> int:
    """A port; 0 lets the operating system choose."""
    # 0 lets the operating system choose; the address that is printed names the one it chose.
    return whole(value, 0, 65_535)


def whole(value: str, least: int, most: int) -> int:
    """A whole number within bounds."""
    if not value.strip().isascii() or not value.strip().isdigit() or not least <= int(value) <= most:
        raise ValueError(f"it takes a whole number from {least} to {most}")
    return int(value)


def size(value: str) -> int:
    """A number of bytes."""
    return whole(value, 1_024, 1 << 30)


def megabytes(value: str) -> int:
    """A size in memory, or 0 for nothing."""
    return whole(value, 0, 4_096)


def threads(value: str) -> int:
    """A number of threads."""
    return whole(value, 1, 1_000)


def connections(value: str) -> int:
    """A number of connections, or of what waits for one."""
    return whole(value, 1, 1_000_000)


def some_connections(value: str) -> int:
    """A number of connections, or 0 for as many as come."""
    return whole(value, 0, 1_000_000)


def events(value: str) -> int:
    """A number of events."""
    return whole(value, 1, 1_000_000_000)


def workers(value: str) -> int:
    """A number of processes."""
    return whole(value, 1, 256)


def seconds(value: str) -> int:
    """A time that may be none at all, up to an hour."""
    return whole(value, 0, 3_600)


def query_seconds(value: str) -> int:
    """A time that is some, up to ten minutes."""
    return whole(value, 1, 600)


def sign_seconds(value: str) -> int:
    """A time up to an hour."""
    return whole(value, 1, 3_600)


def long_seconds(value: str) -> int:
    """A time up to a year."""
    return whole(value, 1, 31_536_000)


def public_url(value: str) -> str | None:
    """An address without a slash at the end; None for none."""
    text = value.strip().rstrip("/")
    if text and (not text.startswith(("https://", "http://")) or any(char.isspace() or char in "?#" for char in text)):
        raise ValueError("it takes an address such as https://record.example")
    return text or None


def optional_origin(value: str) -> str | None:
    """A ledger's name; None for none."""
    text = value.strip()
    if "+" in text or any(char.isspace() or not char.isprintable() for char in text):
        raise ValueError("it takes a name without blanks and plus signs")
    return text or None


def clock(value: str) -> str:
    """The setting of a clock."""
    try:
        parse_clock(value)
    except BadInput as error:
        raise ValueError(str(error)) from None
    return value.strip() or "system"


def one_of(*allowed: str) -> Callable[[str], str]:
    """A reader of one of these words."""

    def read(value: str) -> str:
        if value.strip().lower() not in allowed:
            raise ValueError(f"it takes one of: {', '.join(allowed)}")
        return value.strip().lower()

    return read


def path(value: str) -> Path:
    """A path; `~` is the home of who serves."""
    return Path(said(value)).expanduser()


def optional_path(value: str) -> Path | None:
    """A path; None for none."""
    return path(value) if value.strip() else None


def database(value: str) -> str | None:
    """A connection string; None for none."""
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


def origins(value: str) -> tuple[str, ...]:
    """Several origins, between blanks or commas."""
    return tuple(part for part in value.replace(",", " ").split() if part)


def optional_text(value: str) -> str | None:
    """The text; None for none."""
    return value.strip() or None


def optional_issuer(value: str) -> str | None:
    """The address that an OpenID provider goes by."""
    issuer = value.strip()
    if not issuer:
        return None
    if not is_safe_address(issuer) or "?" in issuer:
        raise ValueError("it takes an https address without query and fragment; http only on this machine")
    return issuer


def optional_keys(value: str) -> str | Path | None:
    """Where a set of keys is: an address or a file."""
    place = value.strip()
    if "://" not in place:
        return Path(place).expanduser() if place else None
    if not is_safe_address(place):
        raise ValueError("it takes a file, or an https address; http only on this machine")
    return place


def roles(value: str) -> tuple[tuple[str, str], ...]:
    """Pairs of a provider's role and one of ours, the first that fits before the others."""
    ours = {role.value for role in Role if role is not Role.SYSTEM}
    pairs = []
    for pair in filter(None, (part.strip() for part in value.split(","))):
        theirs, equals, name = (part.strip() for part in pair.rpartition("="))
        if not equals or not theirs or name not in ours:
            raise ValueError(
                f"it takes pairs as `their-role=clerk`, divided by commas; our roles are {', '.join(sorted(ours))}"
            )
        pairs.append((theirs, name))
    return tuple(pairs)


# -- addresses that can be trusted -----------------------------------------------------------------------------------


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, by name or by address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_safe_address(address: str) -> bool:
    """Whether what is asked for here can be changed by nobody on the way: by https, or from this machine. No user, no fragment."""
    if not address.isascii() or not address.isprintable() or any(char.isspace() for char in address):
        return False
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        return False
    if not host or parts.username is not None or parts.password is not None or parts.fragment:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))


# -- the settings of an OpenID provider ------------------------------------------------------------------------------


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


OF_PROVIDER: tuple[Setting, ...] = (
    Setting(
        "TXAPI_OIDC_ISSUER",
        "",
        optional_issuer,
        "An OpenID provider whose tokens are taken beside those of TXAPI_KEY: its `iss`, letter by letter. Nobody's if unset.",
    ),
    Setting(
        "TXAPI_OIDC_AUDIENCE",
        "",
        optional_text,
        "What the provider's tokens call this service in `aud`. Needed with TXAPI_OIDC_ISSUER.",
    ),
    Setting(
        "TXAPI_OIDC_JWKS",
        "",
        optional_keys,
        "The provider's keys: the address of a JWK set, or a file. If unset, where its `/.well-known/openid-configuration` says.",
    ),
    Setting(
        "TXAPI_OIDC_CLIENTS",
        "",
        origins,
        "The clients whose tokens are taken, by `azp` or `client_id`, separated by blanks; all of the provider's if unset.",
    ),
    Setting(
        "TXAPI_OIDC_SUBJECT_CLAIM",
        "sub",
        said,
        "The claim that names the subject; whoever can be given another's name there can act as the other.",
    ),
    Setting(
        "TXAPI_OIDC_ROLE_CLAIM",
        "roles",
        said,
        "The claim that holds the provider's roles, one or a list; dots lead inside: `realm_access.roles`.",
    ),
    Setting("TXAPI_OIDC_UNIT_CLAIM", "unit", said, "The claim that holds the code of the unit."),
    Setting(
        "TXAPI_OIDC_ROLES",
        "",
        roles,
        "Which of our roles the provider's are, the first that fits: `towns=clerk, city hall=supervisor, *=reader`; `*` is everybody."
        " If unset, the provider's roles are called like ours.",
    ),
)
"""The rows of the table that say whose tokens are taken."""
