"""Live 实时: what WebSockets and event streams share. An item is executed in a thread, once for all who want it alike."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import anyio
import anyio.to_thread
import msgspec

from txapi.domain.errors import BadInput
from txapi.record.deadlines import Deadline
from txapi.schema.context import Context
from txapi.schema.executing import Answered, refused
from txapi.schema.live import Bookmark, DayTurned, Item
from txapi.schema.streaming import Checked, NotStreamed, check, render, source
from txapi.web.pacing import Pacing
from txapi.web.tail import PAUSE_SECONDS, Listener, Pace, Tail

if TYPE_CHECKING:
    import strawberry
    from starlette.types import Message, Send

    from txapi.settings import Settings
    from txapi.web.asked import Asked
    from txapi.web.instance import Instance
    from txapi.web.metrics import Metrics
    from txapi.web.rates import Rates
    from txapi.web.viewers import Asking

log = logging.getLogger(__name__)

SHARED_SECONDS = 1.0
"""How long an executed item serves others: what it says of the present is never older than that."""
MOST_SHARED = 1_024
THREADS = 4
"""How many items are executed at the same time, at most: questions have the other threads."""
AT_ONCE = 12
"""How many items are sent before there is a pause: some thousands a second, and questions go before all of them."""
BEGIN_AT_ONCE, BEGIN_PAUSE_SECONDS = 4, 0.015
"""How many operations are read at once, and how long others then have the processor: to read one takes half a millisecond."""
LINGER_SECONDS = 10.0
"""How long somebody who is cut off may take to hear why."""

EVENT, BOOKMARK, DAY = "event", "bookmark", "day"

Operate = Callable[["Asked", "Asking", str, BadInput | None], Awaitable[dict[str, Any]]]
"""Carries out a question or a command: what is asked, who asks, in which language, and the error for what is no question."""


class Limits(NamedTuple):
    """What clients may take of a server."""

    query_seconds: float
    connections: int
    subscriptions: int
    message_bytes: int
    init_seconds: float
    slow_seconds: float

    @classmethod
    def of(cls, settings: Settings) -> Limits:
        """Those of the settings."""
        return cls(
            settings.query_seconds,
            settings.live_connections,
            settings.live_subscriptions,
            settings.max_body_bytes,
            settings.live_init_seconds,
            settings.live_slow_seconds,
        )


class TooSlow(BadInput):
    """A client took nothing for a while, although more came than may wait for it."""

    def __init__(self) -> None:
        super().__init__(
            "TOO_SLOW", "more came than may wait for you: subscribe again after the last position that you know"
        )


OF_A_SUBSCRIPTION = BadInput(
    "EVIDENCE_OF_A_SUBSCRIPTION",
    "evidence is given for questions; a subscription tells positions, at which they are asked",
)
"""Said rather than passed over: whoever asks for evidence would take what comes for attested."""


class Connection(Protocol):
    """One client that is told things."""

    def restart(self) -> None:
        """The server stops: let the client go, so that it comes back and goes on."""


class Payload(NamedTuple):
    """An item as it is sent: the response as JSON, the position to go on behind, and what kind of item it is."""

    text: str
    position: int
    kind: str
    personal: bool = False
    """Whether it holds what was sealed."""


class Live:
    """The tail of an instance, those who are connected, and the items that several of them want alike."""

    def __init__(
        self,
        schema: strawberry.Schema,
        instance: Instance,
        pace: Pace,
        limits: Limits,
        metrics: Metrics | None = None,
        rates: Rates | None = None,
    ) -> None:
        self.tail = Tail(instance.record, instance.views, pace)
        self.limits = limits
        self.metrics = metrics
        self._schema = schema
        self._rates = rates
        self._instance = instance
        self._limiter = anyio.CapacityLimiter(THREADS)
        self._shared: OrderedDict[Any, tuple[float, asyncio.Task[Payload]]] = OrderedDict()
        self._connections: set[Connection] = set()
        self._empty = asyncio.Event()
        self._ending = False
        self._beginning: asyncio.Task[None] | None = None
        self.sending: dict[Streamed, float] = {}
        """Who is being sent something now, and since when."""
        self.sends = Pacing(AT_ONCE, PAUSE_SECONDS)
        self.begins = Pacing(BEGIN_AT_ONCE, BEGIN_PAUSE_SECONDS)
        """Whose operation is read next, of those that came on WebSockets and for event streams."""
        self.tail.ticked = self._cut_off_the_slow

    def hearing(self, loop: asyncio.AbstractEventLoop) -> Callable[[Callable[[], None]], None]:
        """What somebody in another thread calls, again and again, to be woken by the tail: it begins to read where it does not."""

        def hear(wake: Callable[[], None]) -> None:
            self.tail.moved = wake
            if not self._ending and not loop.is_closed():
                with contextlib.suppress(RuntimeError):  # The loop was closed in between.
                    loop.call_soon_threadsafe(self._begin)

        return hear

    def _begin(self) -> None:
        if self._beginning is None or self._beginning.done():
            if self._beginning is not None and not self._beginning.cancelled() and self._beginning.exception() is None:
                return
            self._beginning = asyncio.create_task(self.tail.begin())

    # -- connections -------------------------------------------------------------------------------------------------

    def enter(self, connection: Connection, transport: str) -> bool:
        """Count somebody in who is connected; False where there are too many."""
        if len(self._connections) >= self.limits.connections:
            return False
        self._connections.add(connection)
        self._empty.clear()
        if self.metrics is not None:
            self.metrics.live_connections.labels(transport).inc()
        if self._ending:
            connection.restart()
        return True

    def leave(self, connection: Connection, transport: str) -> None:
        """Count it out."""
        self._connections.remove(connection)
        if self.metrics is not None:
            self.metrics.live_connections.labels(transport).dec()
        if not self._connections:
            self._empty.set()

    def _cut_off_the_slow(self, now: float) -> None:
        for streamed, since in list(self.sending.items()):
            if streamed.late and now - since >= self.limits.slow_seconds:
                streamed.cut_off()
                if self.metrics is not None:
                    self.metrics.live_slow.inc()

    async def end(self, within_seconds: float = 5.0) -> None:
        """Let everybody go, so that they come back, to another server or to the next one, and go on where they were."""
        self._ending = True
        for connection in list(self._connections):
            connection.restart()
        if self._connections:
            with anyio.move_on_after(within_seconds):
                await self._empty.wait()
        self.tail.end()

    # -- operations --------------------------------------------------------------------------------------------------

    async def check(self, asked: Asked, asking: Asking, language: str) -> Checked | Answered:
        """Read an operation, when it is its client's turn; the answer to it where it is none. A subscription is paid for here."""
        await self.begins.take(asking.client)
        return await anyio.to_thread.run_sync(self._check, asked, asking, language, limiter=self._limiter)

    def _check(self, asked: Asked, asking: Asking, language: str) -> Checked | Answered:
        admission = None if self._rates is None else self._rates.admission(asking)
        context = self._context(asking, language)
        context.admission = admission
        try:
            if admission is not None:
                admission.begin()
            checked = check(self._schema, context, asked.operation)
            if asked.evidence and isinstance(checked, Checked) and checked.kind == "subscription":
                checked = refused(OF_A_SUBSCRIPTION, language)
        except BadInput as error:
            return refused(error, language)
        finally:
            context.close()
        if admission is not None and isinstance(checked, Answered):
            admission.refused()
        return checked

    def subscription(self, checked: Checked, asking: Asking, language: str, resume: int = 0) -> Streamed:
        """What a subscription tells, from behind `resume` at the earliest."""
        return Streamed(self, checked, asking, language, self.tail.listener(resume))

    def _context(self, asking: Asking, language: str, at_least: int | None = None) -> Context:
        return self._instance.context(asking.viewer, signed_in=asking.signed_in, at_least=at_least, language=language)

    def source(self, checked: Checked, asking: Asking, language: str, listener: Listener) -> AsyncIterator[Item]:
        """The items of a subscription, none of them executed."""
        context = self._context(asking, language)
        context.feed = listener
        return source(self._schema, context, checked)

    async def rendered(self, checked: Checked, asking: Asking, language: str, item: Item) -> Payload:
        """An item, executed: once for all who want it alike at about the same time. NotStreamed where it cannot be had now."""
        loop = asyncio.get_running_loop()
        key = (checked.shape, asking.viewer, asking.signed_in, language, _key_of(item))
        known = self._shared.get(key)
        if known is None or loop.time() - known[0] > SHARED_SECONDS:
            task = loop.create_task(self._rendered(checked, asking, language, item))
            known = loop.time(), task
            task.add_done_callback(partial(self._seen, key, known))
            self._shared[key] = known
            self._shared.move_to_end(key)
            self._forget_what_is_old(known[0])
            if self.metrics is not None:
                self.metrics.live_executions.inc()
        return known[1].result() if known[1].done() else await asyncio.shield(known[1])

    def _seen(self, key: Any, known: tuple[float, asyncio.Task[Payload]], done: asyncio.Task[Payload]) -> None:
        """An item was executed, well or not; one that holds somebody's data is kept for nobody who comes later."""
        # Whoever wanted the item may have gone, and then nobody else asks what became of it.
        failed = done.cancelled() or done.exception() is not None
        if not failed and done.result().personal and self._shared.get(key) is known:
            del self._shared[key]

    def _forget_what_is_old(self, now: float) -> None:
        while self._shared:
            oldest = next(iter(self._shared))
            if len(self._shared) <= MOST_SHARED and now - self._shared[oldest][0] <= SHARED_SECONDS:
                return
            del self._shared[oldest]

    async def _rendered(self, checked: Checked, asking: Asking, language: str, item: Item) -> Payload:
        return await anyio.to_thread.run_sync(self._render, checked, asking, language, item, limiter=self._limiter)

    def _render(self, checked: Checked, asking: Asking, language: str, item: Item) -> Payload:
        context = self._context(asking, language, item.position)
        context.deadline = Deadline(self.limits.query_seconds)
        try:
            answered = render(self._schema, context, checked, item)
        finally:
            context.close()
        if answered.unrepeatable:
            # Whoever went on behind it would have missed it: the subscription ends, and begins again before it.
            raise NotStreamed(answered)
        kind = DAY if isinstance(item, DayTurned) else BOOKMARK if isinstance(item, Bookmark) else EVENT
        return Payload(encoded(answered.content()), item.position, kind, context.personal)


class Streamed:
    """One subscription under way."""

    def __init__(self, live: Live, checked: Checked, asking: Asking, language: str, listener: Listener) -> None:
        self._live = live
        self._asked = (checked, asking, language)
        self._listener = listener
        self._task: asyncio.Task[Any] | None = None
        self._cut_off = False

    @property
    def late(self) -> bool:
        """Whether more came than may wait for it."""
        return self._listener.late

    async def payloads(self) -> AsyncIterator[Payload]:
        """Every item, executed. NotStreamed where the subscription cannot begin, or go on."""
        metrics = self._live.metrics
        if metrics is not None:
            metrics.live_subscriptions.inc()
        try:
            async with aclosing(self._live.source(*self._asked, self._listener)) as items:  # type: ignore[type-var]
                async for item in items:
                    yield await self._live.rendered(*self._asked, item)
        finally:
            if metrics is not None:
                metrics.live_subscriptions.dec()

    async def tell(self, send: Send, message: Message, payload: Payload) -> None:
        """Send an item of it to its client. TooSlow where the client takes nothing while too much comes."""
        live, loop = self._live, asyncio.get_running_loop()
        came = self._listener.came
        await live.sends.take()
        self._task = asyncio.current_task()
        live.sending[self] = loop.time()
        try:
            await send(message)
        except asyncio.CancelledError:
            # Nothing of the message was taken: servers wait for room first.
            if not self._cut_off or self._task is None:
                raise
            self._task.uncancel()
            raise TooSlow from None
        finally:
            del live.sending[self]
            # A task that is remembered from its own frames would be garbage only in a cycle.
            self._task = None
        if live.metrics is not None:
            took = loop.time() - came if came and payload.kind == EVENT else None
            live.metrics.live_told(payload.kind, took)

    def cut_off(self) -> None:
        """Wait no longer until the client takes what is being sent."""
        if self._task is not None:
            self._cut_off = True
            self._task.cancel()


def encoded(content: Any) -> str:
    """The text of a response. Bytes would make a binary message of a WebSocket's, which clients do not expect."""
    return msgspec.json.encode(content).decode()


def errors_of(code: str, message: str, **facts: Any) -> list[dict[str, Any]]:
    """One error, in the form that errors of operations have."""
    return refused(BadInput(code, message, facts=facts)).errors


def masked(what: str, error: Exception) -> list[dict[str, Any]]:
    """What a client hears of something unexpected, which is logged here."""
    error_id = secrets.token_hex(8)
    log.error("error %s in %s", error_id, what, exc_info=error)
    return errors_of("INTERNAL", f"unexpected error {error_id}", errorId=error_id)


def _key_of(item: Item) -> tuple[Any, ...]:
    return type(item).__name__, item.position, item.day if isinstance(item, DayTurned) else None
