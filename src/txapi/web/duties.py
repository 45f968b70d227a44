"""Duties 职责: the work on a record that one process at a time does, and who of several nodes does it.

A node that has the lease of a duty does it, under the fence of that lease; when the lease is lost the work ends, and whatever
it still tried to write is refused by the database. An embedded record has one owner, who does everything.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from txapi.record.database import Fence
    from txapi.record.leases import Lease, Leases

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 5.0


class Work(Protocol):
    """What runs in a thread of its own, and says what went wrong last."""

    @property
    def last_error(self) -> str | None:
        """Why it does not get on; None while it does."""

    def start(self) -> None:
        """Begin."""

    def stop(self) -> None:
        """Finish what is under way, and end."""


W = TypeVar("W", bound=Work)


class Duty(Generic[W]):
    """One duty of a node. `make` gives the work for the fence that it is done under.

    `unfit` says why this node cannot do it, None where it can: asked while it is not done, or fails. What this node cannot do it
    leaves to others, and wants it again as soon as it can.
    """

    def __init__(
        self, name: str, make: Callable[[Fence], W], leases: Leases, unfit: Callable[[], str | None] = lambda: None
    ) -> None:
        self.name = name
        self.work: W | None = None
        self._make = make
        self._leases = leases
        self._unfit = unfit
        self._lease: Lease | None = None
        self._news = threading.Event()
        self._stopping = False
        self._left = False
        """Whether the lease was given up because this node cannot do the work."""
        self._thread: threading.Thread | None = None
        self._trouble: str | None = None
        self._told: Callable[[bool], object] = lambda _: None
        self._telling = threading.Lock()

    def tell(self, told: Callable[[bool], object]) -> None:
        """Call that whenever the duty becomes this node's, and whenever it is no longer; and say now which it is."""
        with self._telling:
            self._told = told
            told(self.work is not None)

    @property
    def last_error(self) -> str | None:
        """Why the duty is not done although it is this node's; None where it is done, or is another's."""
        return self._trouble or (self.work.last_error if self.work is not None else None)

    def still(self, fence: Fence) -> Callable[[], bool]:
        """Tells whether the duty is still this node's under that fence; False as soon as another node may have it."""

        def held() -> bool:
            return self._lease is not None and self._lease.fence == fence

        return held

    def start(self) -> None:
        """Do it, as soon as it is this node's to do: an owner's at once."""
        self._lease = self._leases.keep(self.name, lambda _: self._news.set())
        fence = self._lease.fence
        if fence is not None:
            self._begin(fence)
        self._thread = threading.Thread(
            target=self._stand_by, args=(fence,), name=f"txapi-{self.name}-duty", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Finish what is under way, and leave it to others."""
        self._stopping = True
        self._news.set()
        if self._thread is not None:
            self._thread.join(timeout=30)
        if self._lease is not None:
            self._lease.release()

    def _begin(self, fence: Fence) -> None:
        work = self._make(fence)
        work.start()
        with self._telling:
            self._trouble, self.work = None, work
            self._told(True)
        log.info("this node does the duty %s from now on epoch=%d", self.name, fence.epoch)

    def _stand_by(self, held: Fence | None) -> None:
        assert self._lease is not None
        pause_seconds = LOOK_SECONDS
        while not self._stopping:
            self._news.clear()
            if not self._is_fit():
                held = None
                self._news.wait(LONGEST_PAUSE_SECONDS)
                continue
            fence = self._lease.fence
            if held is not None and fence != held:
                log.warning("this node does the duty %s no longer: its lease is lost", self.name)
                self._end()
                held = None
            if held is None and fence is not None:
                try:
                    self._begin(fence)
                    held, pause_seconds = fence, LOOK_SECONDS
                except Exception as error:
                    self._trouble = repr(error)
                    log.exception("the duty %s cannot be begun, and is tried again", self.name)
                    pause_seconds = min(2 * pause_seconds, LONGEST_PAUSE_SECONDS)
            self._news.wait(pause_seconds)
        self._end()

    def _is_fit(self) -> bool:
        """Whether this node can do it. Where it cannot, others may have the lease; where it can again, it is wanted again."""
        assert self._lease is not None
        holds = self._lease.fence is not None and (self.work is None or self.work.last_error is not None)
        if not holds and not self._left:
            return True
        try:
            why = self._unfit()
        except Exception as error:
            log.info("whether this node can do the duty %s cannot be seen now: %s", self.name, error)
            return not self._left
        if why is None and self._left:
            self._left, self._trouble = False, None
            self._lease = self._leases.keep(self.name, lambda _: self._news.set())
        elif why is not None and not self._left:
            log.warning("this node leaves the duty %s to others: %s", self.name, why)
            self._left, self._trouble = True, why
            self._end()
            self._lease.release()
        return why is None

    def _end(self) -> None:
        if self.work is not None:
            self.work.stop()
            with self._telling:
                self.work = None
                self._told(False)
