"""The gate 门: how many connections there may be, how many of one address, and how fast an address may open more."""

from __future__ import annotations

import ipaddress
import logging
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable
from enum import Enum
from functools import lru_cache, partial
from typing import TYPE_CHECKING, NamedTuple, Self

from txapi.web.rates import MOST_CLIENTS, peer_of

if TYPE_CHECKING:
    from txapi.settings import Settings

log = logging.getLogger(__name__)

AT_ONCE_SECONDS = 5
"""An address may open at once what it may open in so many seconds: a page of the console takes six, a house full of them more."""
MOST_HEARING = 50
"""How many that are turned away may wait to hear why, at the same time; beyond that they are cut off, which costs least."""
TOLD_SECONDS = 10.0
"""How often the log says that connections were turned away, at most."""

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

OWN = ("127.0.0.1", "::1")
"""From where this machine connects to itself: a proxy, a probe, whoever works on it. All of them are one address."""


class Full(Enum):
    """Why a connection is turned away."""

    PROCESS = "process"
    """The process has as many as it takes."""
    ADDRESS = "address"
    """The address has as many as one may."""
    RATE = "rate"
    """The address opens them faster than one may."""


class Bounds(NamedTuple):
    """What a connection may take."""

    connections: int = 12_000
    """Connections of one process."""
    address_connections: int = 0
    """Connections of one address; 0 for as many as there may be in all."""
    request_seconds: float = 30.0
    """The time to send a request, from its first byte, or from the beginning of the connection."""
    send_seconds: float = 30.0
    """The time in which a client takes at least something of its answer."""
    header_bytes: int = 65_536
    """Request line and headers."""
    address_rate: int = 0
    """New connections of one address, a second, on average; 0 for as many as come."""

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Those of the settings."""
        return cls(
            settings.connections,
            settings.address_connections,
            settings.request_seconds,
            settings.send_seconds,
            address_rate=settings.address_rate,
        )


class Gate:
    """Counts the connections of one process, WebSockets among them. It belongs to the thread of the event loop.

    Other processes count for themselves. Addresses are those that connect: what X-Forwarded-For says comes later. Of
    whoever connects for many, a proxy that is named or this machine itself, there may be as many as in all.
    """

    def __init__(
        self,
        bounds: Bounds = Bounds(),  # noqa: B008 - it never changes
        proxies: Iterable[str] = (),
        now: Callable[[], float] = time.monotonic,
        most_addresses: int = MOST_CLIENTS,
    ) -> None:
        """`proxies`: addresses and networks that are not bounded; `*` for all. `most_addresses`: whose rates are remembered."""
        self.bounds = bounds
        self.observer: Callable[[Full], None] = lambda full: None
        """Who counts those that are turned away."""
        self.hearing = 0
        """How many of them wait to hear why."""
        self._now = now
        self._most_addresses = most_addresses
        self._is_exempt = lru_cache(maxsize=4096)(partial(_is_in, _networks(proxies)))
        self.count = 0
        """How many there are."""
        self._by_address: Counter[str] = Counter()
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        """For each address what it may open at once, as of when; whoever has not come for longest is forgotten."""
        self._told_at = -TOLD_SECONDS
        self._untold = 0

    def enter(self, host: str | None) -> str | Full:
        """Count a connection in: as whose it is to be counted out, or why there is no room for it."""
        address = peer_of(host)
        full = self._full(host, address)
        if full is None:
            self.count += 1
            self._by_address[address] += 1
            return address
        self.observer(full)
        self._tell(full, address)
        return full

    def leave(self, address: str) -> None:
        """Count it out."""
        self.count -= 1
        self._by_address[address] -= 1
        if not self._by_address[address]:
            del self._by_address[address]

    def _full(self, host: str | None, address: str) -> Full | None:
        bounds = self.bounds
        if self.count >= bounds.connections:
            return Full.PROCESS
        if not (bounds.address_rate or bounds.address_connections) or self._is_exempt(host):
            return None
        if bounds.address_rate and not self._takes_one(address):
            return Full.RATE
        if bounds.address_connections and self._by_address[address] >= bounds.address_connections:
            return Full.ADDRESS
        return None

    def _takes_one(self, address: str) -> bool:
        """Whether the address may open one more now; it has spent it then."""
        rate, now = self.bounds.address_rate, self._now()
        most = float(rate * AT_ONCE_SECONDS)
        left, at = self._left.pop(address, (most, now))
        left = min(most, left + (now - at) * rate)
        may = left >= 1
        self._left[address] = (left - 1 if may else left), now
        if len(self._left) > self._most_addresses:
            self._left.popitem(last=False)
        return may

    def _tell(self, full: Full, address: str) -> None:
        self._untold += 1
        now = self._now()
        if now - self._told_at >= TOLD_SECONDS:
            log.warning(
                "%d connections were turned away, the last of %s, by the limit of the %s; a proxy is to be named in"
                " TXAPI_TRUSTED_PROXIES",
                self._untold,
                address,
                full.value,
            )
            self._told_at, self._untold = now, 0


def _networks(proxies: Iterable[str]) -> tuple[Network, ...]:
    """Those of whoever is not bounded; what is no address of the internet has none."""
    found: list[Network] = []
    for one in (*OWN, *proxies):
        if one == "*":
            found += [ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0")]
            continue
        try:
            found.append(ipaddress.ip_network(one, strict=False))
        except ValueError:
            continue
    return tuple(found)


def _is_in(networks: tuple[Network, ...], host: str | None) -> bool:
    """Whether a host is in one of them; what has no address is connected by a socket of this machine."""
    try:
        address = ipaddress.ip_address(host or "")
    except ValueError:
        return True
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return any(address in network for network in networks)
