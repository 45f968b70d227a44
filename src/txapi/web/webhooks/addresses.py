"""Addresses 地址: which hosts are called. What a name stands for is looked at each time, and that very address is called."""

from __future__ import annotations

import ipaddress
from ipaddress import IPv4Address, IPv6Address, IPv6Network
from typing import NamedTuple
from urllib.parse import urlsplit

_METADATA = frozenset(
    ipaddress.ip_address(text) for text in ("169.254.169.254", "fd00:ec2::254", "100.100.100.200", "192.0.0.192")
)
"""Where clouds tell a machine its own secrets."""
_NAT64 = IPv6Network("64:ff9b::/96")


class MayNotBeCalled(Exception):
    """An address that no webhook may name, or not without TLS."""


class Target(NamedTuple):
    """Whom to call: a URL taken apart."""

    host: str
    port: int
    path: str
    secure: bool

    @property
    def authority(self) -> str:
        """The host and port as a Host header says them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.secure else 80) else f"{host}:{self.port}"


def target_of(url: str) -> Target:
    """The parts of a webhook's URL. MayNotBeCalled where it has none."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise MayNotBeCalled(f"{url!r} is no URL: {error}") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise MayNotBeCalled(f"{url!r} is no URL of http or https")
    secure = parts.scheme == "https"
    path = parts.path or "/"
    return Target(
        parts.hostname, port or (443 if secure else 80), f"{path}?{parts.query}" if parts.query else path, secure
    )


def must_be_callable(text: str, *, secure: bool, plain_http: bool) -> None:
    """MayNotBeCalled where nobody may be called at this address.

    Never: link-local and metadata addresses, multicast, and what names no machine. Without TLS, and this machine itself in any
    case: only where `plain_http` allows it, and without TLS only private addresses at all.
    """
    address = _meant(ipaddress.ip_address(text.partition("%")[0]))
    if address in _METADATA or address.is_link_local:
        raise MayNotBeCalled(f"{text} is a link-local or metadata address")
    if address.is_multicast or address.is_unspecified or (address.is_reserved and not address.is_loopback):
        raise MayNotBeCalled(f"{text} is no address of a machine")
    near = address.is_private or address.is_loopback
    if not secure and not near:
        raise MayNotBeCalled(f"{text} is a public address, and those are called by https only")
    if not plain_http and (not secure or address.is_loopback):
        what = "this machine itself" if secure else "an address without TLS"
        raise MayNotBeCalled(f"{text} is {what}, which TXAPI_WEBHOOK_HTTP=private would allow")


def why_never(url: str, *, plain_http: bool) -> str | None:
    """Why nobody is ever called at this URL, as far as it says so itself: what its name stands for is known at an attempt only."""
    try:
        target = target_of(url)
        if _is_address(target.host):
            must_be_callable(target.host, secure=target.secure, plain_http=plain_http)
        elif target.host == "localhost" or target.host.endswith(".localhost"):
            must_be_callable("127.0.0.1", secure=target.secure, plain_http=plain_http)
        elif not target.secure and not plain_http:
            raise MayNotBeCalled(
                f"{target.host} is named without TLS, which TXAPI_WEBHOOK_HTTP=private would allow for private addresses"
            )
    except MayNotBeCalled as error:
        return str(error)
    return None


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def _meant(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The address that is reached by another that holds it."""
    if isinstance(address, IPv6Address):
        held = address.ipv4_mapped or address.sixtofour
        if held is None and address in _NAT64:
            held = IPv4Address(int(address) & 0xFFFFFFFF)
        return held or address
    return address
