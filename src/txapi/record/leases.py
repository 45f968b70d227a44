"""Leases 租约: which node does the work that only one may do at a time, and how it notices that it is another's by now.

A lease lasts a few seconds and is renewed every second. It is taken over when its holder has let it run out, and then its epoch
rises: whoever writes in the name of a lease writes with its `Fence`, which is checked in the very transaction.
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
import time
from abc import ABC, abstractmethod
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple, Self

from txapi.record.database import Fence
from txapi.record.place import Place

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_log = logging.getLogger(__name__)


class Node(NamedTuple):
    """A process that works on the record: its name, the fingerprint of its read models, since when, and when it was last seen."""

    node: str
    fingerprint: str
    since: datetime
    seen: datetime


class Lease:
    """A lease that this node wants, and has or has not. Every method may be called from any thread."""

    def __init__(
        self, name: str, changed: Callable[[Fence | None], None] | None, release: Callable[[Lease], None]
    ) -> None:
        """Made by `Leases.keep`."""
        self.name = name
        self._changed = changed
        self._release = release
        self._news = threading.Condition()
        self._fence: Fence | None = None
        self._until = 0.0
        self._told: Fence | None = None
        self._released = False

    @property
    def fence(self) -> Fence | None:
        """What to write with; None while another node holds the lease, or may hold it because it was not renewed in time."""
        with self._news:
            return self._fence if time.monotonic() < self._until else None

    def wait(self, timeout_seconds: float, stopped: Callable[[], bool] = lambda: False) -> Fence | None:
        """Wait for the lease, at most that long and until `stopped()`; the fence, or None where it is not held.

        Whoever makes `stopped()` true calls `wake` afterwards.
        """
        with self._news:
            self._news.wait_for(lambda: self.fence is not None or self._released or stopped(), timeout_seconds)
            return self.fence

    def wake(self) -> None:
        """Let everyone in `wait` look whether to stop."""
        with self._news:
            self._news.notify_all()

    def release(self) -> None:
        """Give it up for good, at once; another node takes it over. Releasing twice is harmless."""
        with self._news:
            if self._released:
                return
            self._released = True
        self._release(self)
        self.lose()

    def hold(self, fence: Fence, until: float) -> None:
        """It is held until then by this process's monotonic clock, in seconds."""
        with self._news:
            if self._released:
                return
            self._fence, self._until = fence, until
        self.tell()

    def lose(self) -> None:
        """It is not held any more."""
        with self._news:
            self._fence = None
        self.tell()

    def tell(self) -> None:
        """Tell whoever waits, where something has changed."""
        with self._news:
            fence = self.fence
            if fence == self._told:
                return
            self._told = fence
            self._news.notify_all()
        if self._changed is not None:
            try:
                self._changed(fence)
            except Exception:
                _log.exception("a listener failed when the lease %s changed", self.name)


class Leases(ABC):
    """The leases that a process wants, and the nodes that live beside it."""

    node: str
    """The name of this process among the nodes: host, process and a random part."""

    def __init__(self) -> None:
        self.node = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"

    @staticmethod
    def open(where: Place | Path | str, fingerprint: str = "") -> Leases:
        """The leases of the record in a place. An embedded record has one owner, who holds every lease.

        `fingerprint` tells the other nodes which read models this one uses. RecordUnavailable is never raised: while the
        database cannot be reached, no lease is held.
        """
        place = Place.of(where)
        if place.database is None:
            return OwnersLeases(fingerprint)
        from txapi.record.postgres.leases import PostgresLeases

        return PostgresLeases(place.database, fingerprint)

    @abstractmethod
    def keep(self, name: str, changed: Callable[[Fence | None], None] | None = None) -> Lease:
        """Try to hold a lease from now on, until it is released: take it when it is free, renew it, take it again when lost.

        `changed` is told the fence, or None, whenever that changes: be quick.
        """

    @abstractmethod
    def live(self) -> list[Node]:
        """The nodes that were seen within the last half minute, this one among them."""

    def abandon(self) -> None:  # noqa: B027 - an owner asks nobody
        """Ask nothing of the database any more, for the process ends: what is held runs out there."""

    @abstractmethod
    def close(self) -> None:
        """Release every lease, at once. Closing twice is harmless."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


class OwnersLeases(Leases):
    """The leases of who owns an embedded record: held for as long as they are wanted, for the file has one owner."""

    def __init__(self, fingerprint: str) -> None:
        super().__init__()
        self._fingerprint = fingerprint
        self._since = datetime.now(UTC)
        self._kept: list[Lease] = []

    def keep(self, name: str, changed: Callable[[Fence | None], None] | None = None) -> Lease:
        """Hold a lease until it is released."""
        lease = Lease(name, changed, lambda lease: None)
        self._kept.append(lease)
        lease.hold(Fence(name, self.node, 1), float("inf"))
        return lease

    def live(self) -> list[Node]:
        """This node alone."""
        return [Node(self.node, self._fingerprint, self._since, datetime.now(UTC))]

    def close(self) -> None:
        """Release every lease."""
        for lease in self._kept:
            lease.release()
