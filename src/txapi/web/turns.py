"""Turns 轮次: whose operation has a thread, and which of them goes first, so that nobody waits long for what others ask.

One process answers with one interpreter: whatever many long operations take, all others miss. So a client has its share of the
threads and no more, they are given out in turn, and of what computes a few begin at a time. What is known to be over in a moment
(`shorts.py`) needs no thread: to hand it there, and to have threads contend for the interpreter, takes longer than itself; so it is
carried out on the event loop, one in each round of it, in turn as well.

An operation is short at first. One that has gone on for a while is long: of all long ones a single one goes on at a time, for a slice,
then one of another client's; and it pauses while short ones are under way, though never for longer than lets it come to its end. Who
pauses does so where it looks at the time anyway: between objects, and between statements.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import OrderedDict, deque
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import anyio
import anyio.to_thread

from txapi.record.deadlines import Deadline, TimeIsUp

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

SHORT_SECONDS = 0.03
"""How much of a processor an operation takes until it is long; to wait, as commands do for the disk, makes none long."""
LONG_POINTS = 2_000
"""What costs so much is long from the beginning."""
SLICE_SECONDS = 0.02
"""For how long one of the long ones goes on, until it is another's turn."""
PAUSE_SECONDS = 0.02
"""For how long it pauses for short ones, at most, and"""
STEP_SECONDS = 0.005
"""for how long it goes on in between."""
YOUNG_SECONDS = 0.1
"""For how long others pause for a short one: one that takes longer waits for something else than the interpreter."""
COMPUTING = 4
"""How many threads begin to compute at a time, of which one client has half: more of them would only contend for the interpreter."""
COMPUTES_SECONDS = 0.03
"""When the next one may begin all the same, for this one waits, or is long and pauses for it."""
LOOK_SECONDS = 0.001
"""How often a long one looks whether it is to pause: it answers some objects in that time."""


class Turn:
    """One operation that is under way."""

    __slots__ = (
        "_long_at", "_look_at", "_pauses", "_turns", "client", "is_long", "slice_until", "step_until", "young_until",
    )  # fmt: skip

    def __init__(self, turns: Turns, client: str, *, pauses: bool = True) -> None:
        """`pauses`: whether it lets others go first; not what all others wait for."""
        self._turns = turns
        self.client = client
        self._pauses = pauses
        self.is_long = False
        # To ask the system for it takes as long as a tenth of a short question.
        self._long_at = time.thread_time() + SHORT_SECONDS if pauses else 0.0
        self._look_at = self.slice_until = self.step_until = 0.0
        self.young_until = time.monotonic() + YOUNG_SECONDS

    def weigh(self, points: int) -> None:
        """Learn what it costs, before it is executed."""
        if points >= LONG_POINTS:
            self._long_at = 0.0

    def look(self, deadline: Deadline) -> None:
        """Pause where others go first. TimeIsUp where its time is over meanwhile."""
        if not self._pauses:
            return
        if time.monotonic() >= self._look_at if self.is_long else time.thread_time() >= self._long_at:
            self._turns.pause(self, deadline)
            self._look_at = time.monotonic() + LOOK_SECONDS


def _waits() -> bool:
    """Whoever asked is still there."""
    return False


class PacedDeadline(Deadline):
    """A deadline; whoever looks whether it is over pauses where others go first. It is over when nobody waits any more."""

    __slots__ = ("_is_gone", "_turn")

    def __init__(
        self,
        seconds: float,
        turn: Turn,
        now: Callable[[], float] = time.monotonic,
        is_gone: Callable[[], bool] = _waits,
    ) -> None:
        super().__init__(seconds, now)
        self._turn = turn
        self._is_gone = is_gone

    @property
    def is_over(self) -> bool:
        """Whether the time is over, or nobody waits for an answer."""
        return self._is_gone() or self._now() >= self._until

    def check(self) -> None:
        """TimeIsUp where it is over."""
        if self._is_gone():
            raise TimeIsUp
        super().check()
        self._turn.look(self)

    def ask_nobody(self) -> None:
        """The operation is over: nobody is asked any more whether its client has left."""
        self._is_gone = _waits

    def anew(self) -> PacedDeadline:
        """The same time once more, from now on."""
        return PacedDeadline(self.seconds, self._turn, self._now)


class Places:
    """So many places, which clients have in turn. It belongs to the event loop."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken = 0
        self._of: dict[str, int] = {}
        """How many places each client has."""
        self._waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()

    async def enter(self, client: str) -> None:
        """Have a place, when it is the client's turn."""
        if client not in self._waiting and self._may(client):
            self._take(client)
            return
        called: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(client, deque()).append(called)
        try:
            await called
        except asyncio.CancelledError:
            if called.done() and not called.cancelled():
                self.leave(client)
            raise

    def leave(self, client: str) -> None:
        """Give a place back."""
        self._taken -= 1
        if self._of[client] > 1:
            self._of[client] -= 1
        else:
            del self._of[client]
        if self._waiting:
            self._call_next()

    def _take(self, client: str) -> None:
        self._taken += 1
        self._of[client] = self._of.get(client, 0) + 1

    def _may(self, client: str) -> bool:
        """Whether there is a place for one more of this client, and one left for whoever comes next."""
        if self._taken >= self._most:
            return False
        own = self._of.get(client, 0)
        return own == 0 or own < self._most // (1 + len(self._of))

    def _call_next(self) -> None:
        """Call whoever may have a place now, one client after the other."""
        for client in list(self._waiting):
            line = self._waiting[client]
            while line and line[0].done():
                line.popleft()
            if line and self._may(client):
                self._take(client)
                line.popleft().set_result(None)
                self._waiting.move_to_end(client)
            if not line:
                del self._waiting[client]


def _once(leave: Callable[[], None]) -> Callable[[], None]:
    """What leaves when it is called first, and does nothing afterwards."""
    leaving = [leave]
    return lambda: leaving.pop()() if leaving else None


class Turns:
    """Gives out so many threads. Whatever is not called from the event loop says so."""

    def __init__(self, threads: int, reading: int | None = None) -> None:
        """`reading`: how many may hold a connection for reading from beginning to end; as many as there are threads, if it is not said."""
        self._limiter = anyio.CapacityLimiter(threads)
        self._reading = Places(reading or threads)
        self._threads = Places(threads)
        self._computing = Places(COMPUTING)
        self._here = Places(1)
        self._changed = threading.Condition()
        # What follows is changed under the lock of `_changed`.
        self._short: set[Turn] = set()
        self._long: OrderedDict[str, deque[Turn]] = OrderedDict()
        """The long ones that wait, by client; the client whose turn is next comes first."""
        self._goes_on: Turn | None = None

    async def run(self, client: str, work: Callable[[Turn], T], *, waits: bool = False) -> T:
        """Carry something out in a thread, when it is the client's turn to have one.

        `waits`: it is known to wait for the disk or for others rather than to compute, so that any number may be under way.
        """
        if waits:
            return await self._in_a_thread(client, work)
        await self._reading.enter(client)
        try:
            await self._computing.enter(client)
            leave = _once(partial(self._computing.leave, client))
            timer = asyncio.get_running_loop().call_later(COMPUTES_SECONDS, leave)
            try:
                return await self._in_a_thread(client, work)
            finally:
                timer.cancel()
                leave()
        finally:
            self._reading.leave(client)

    async def _in_a_thread(self, client: str, work: Callable[[Turn], T]) -> T:
        await self._threads.enter(client)
        try:
            return await anyio.to_thread.run_sync(self._carried_out, client, work, limiter=self._limiter)
        finally:
            self._threads.leave(client)

    async def run_here(self, client: str, work: Callable[[Turn], T]) -> T:
        """Carry out on the event loop what is over in a moment, when it is the client's turn: one in each round of the loop."""
        await self._here.enter(client)
        try:
            return self._carried_out(client, work, pauses=False)
        finally:
            # In the next round, in which whoever has sent something meanwhile is heard first.
            asyncio.get_running_loop().call_soon(self._here.leave, client)

    # -- in a thread -------------------------------------------------------------------------------------------------

    def _carried_out(self, client: str, work: Callable[[Turn], T], *, pauses: bool = True) -> T:
        turn = Turn(self, client, pauses=pauses)
        with self._changed:
            self._short.add(turn)
        try:
            return work(turn)
        finally:
            with self._changed:
                self._short.discard(turn)
                if self._goes_on is turn:
                    self._goes_on = self._next()
                self._changed.notify_all()

    def pause(self, turn: Turn, deadline: Deadline) -> None:
        """In a thread: wait until a long operation may go on. TimeIsUp."""
        with self._changed:
            if not turn.is_long:
                turn.is_long = True
                self._short.discard(turn)
                self._changed.notify_all()
            if self._goes_on is not turn:
                self._wait(turn, deadline)
            elif self._long and time.monotonic() >= turn.slice_until:
                self._goes_on = None
                self._wait(turn, deadline)
            now = time.monotonic()
            if now >= turn.step_until:
                until = now + PAUSE_SECONDS
                while now < until and any(now < short.young_until for short in self._short):
                    self._changed.wait(until - now)
                    now = time.monotonic()
                turn.step_until = now + STEP_SECONDS

    def _wait(self, turn: Turn, deadline: Deadline) -> None:
        """Wait for one's turn among the long ones."""
        self._long.setdefault(turn.client, deque()).append(turn)
        try:
            if self._goes_on is None:
                self._goes_on = self._next()
                self._changed.notify_all()
            while self._goes_on is not turn:
                self._changed.wait(max(0.0, deadline.left))
                if self._goes_on is not turn:
                    Deadline.check(deadline)
        except BaseException:
            self._forget(turn)
            raise
        turn.slice_until = time.monotonic() + SLICE_SECONDS

    def _next(self) -> Turn | None:
        """The long operation whose turn it is, taken out of the line."""
        if not self._long:
            return None
        client, line = next(iter(self._long.items()))
        turn = line.popleft()
        if line:
            self._long.move_to_end(client)
        else:
            del self._long[client]
        return turn

    def _forget(self, turn: Turn) -> None:
        line = self._long.get(turn.client, deque())
        if turn in line:
            line.remove(turn)
            if not line:
                del self._long[turn.client]
