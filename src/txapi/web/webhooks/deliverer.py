"""The deliverer 推送: tells every webhook what it hears of, from the position that was kept, one event of a noun after the other.

It is the duty of one node at a time, and has a thread and an event loop of its own: no question waits for a receiver.
"""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import random
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, ParamSpec, Protocol, TypeVar

from txapi.projections.listening import behind
from txapi.projections.moment import Reader, at_position, head_of
from txapi.projections.restricted import as_read_by
from txapi.projections.views import NotBuiltYet
from txapi.projections.webhooks import WebhookRow, begins_behind, open_webhooks, wanted_by
from txapi.projections.withheld_events import told_to
from txapi.record.conflicts import LeaseLost
from txapi.record.deliveries import Deliveries, Delivery, DeliveryState, state_of
from txapi.web.webhooks.attempt import Attempt, Window
from txapi.web.webhooks.envelope import MEDIA_TYPE, envelope
from txapi.web.webhooks.schedule import SECOND, Failure, Schedule, acknowledged, failed
from txapi.web.webhooks.sending import Sender
from txapi.web.webhooks.signing import message_id, signed

if TYPE_CHECKING:
    from txapi.projections.views import Views
    from txapi.record.database import Fence
    from txapi.record.record import Record, RecordedEvent

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
"""How often it is looked at what is due, where no news comes."""
KEEP_SECONDS = 1.0
"""How often it is kept how far a webhook came, while it goes on."""
PASSED_SECONDS = 5.0
"""How often a position is kept behind which nothing was sent, because nothing was wanted."""
STOP_SECONDS = 3.0
"""How long an attempt that is under way may go on when the deliverer stops. What it comes to is forgotten after that."""
LONGEST_PAUSE_SECONDS = 30.0
THREADS = 4
"""How many threads read and write for all webhooks."""

P = ParamSpec("P")
T = TypeVar("T")


class Telling(NamedTuple):
    """How webhooks are told. `public_url` is where the service is found from outside, None where nobody said."""

    public_url: str | None = None
    plain_http: bool = False
    timeout_seconds: float = 15.0
    schedule: Schedule = Schedule()


class Standing(NamedTuple):
    """How many webhooks are told in time, wait to be tried again, are dead, and have no secret."""

    delivering: int = 0
    retrying: int = 0
    dead: int = 0
    without_secret: int = 0


class DeliveryObserver(Protocol):
    """Is told what the deliverer does, from its thread."""

    def delivery_ended(self, outcome: str) -> None:
        """An attempt was acknowledged, refused (another status) or failed (no answer)."""

    def webhooks_stand(self, standing: Standing) -> None:
        """How they all stand."""


class _Seen(NamedTuple):
    """What is to be told, as it stands now."""

    webhooks: Sequence[WebhookRow]
    deliveries: dict[str, Delivery]
    secrets: dict[str, tuple[str, ...]]


class Deliverer:
    """Tells webhooks, under the fence of its lease. `held` says whether the lease is still held."""

    def __init__(
        self,
        record: Record,
        views: Views,
        deliveries: Deliveries,
        telling: Telling,
        fence: Fence | None = None,
        held: Callable[[], bool] = lambda: True,
        hear: Callable[[Callable[[], None]], None] = lambda wake: None,
    ) -> None:
        """`hear` asks the process's tail to call `wake` whenever an event is visible; it may be asked again."""
        self.observer: DeliveryObserver | None = None
        self.last_error: str | None = None
        self._record = record
        self._views = views
        self._deliveries = deliveries
        self._telling = telling
        self._sender: Sender | None = None
        self._fence = fence
        self._held = held
        self._hear = hear
        self._stopping = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._news: asyncio.Event
        self._thread: threading.Thread | None = None
        self._busy: dict[str, tuple[int, asyncio.Task[None]]] = {}
        """What is being told to a webhook, by the version of the webhook that it began with."""
        self._begun_at = record.head.position
        self._built = False
        self._resting: dict[str, float] = {}
        """Until when a webhook is left alone, by the monotonic clock."""
        self._threads = ThreadPoolExecutor(THREADS, "txapi-webhooks")
        self._missed: set[str] = set()
        """Which webhooks were busy when there was news."""
        self._ahead: dict[tuple[str, int], set[int]] = {}
        """The positions that were acknowledged before an earlier one was, by webhook and turn."""
        self._checked: set[str] = set()
        self._passed: dict[tuple[str, int], int] = {}
        """Up to where nothing more is wanted than what was acknowledged, by webhook and turn."""
        self._kept: dict[str, float] = {}

    def start(self) -> None:
        """Begin, in a thread of its own."""
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="txapi-webhooks", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Begin no attempt any more, and end."""
        self._stopping = True
        self.wake()
        if self._thread is not None:
            self._thread.join(timeout=30)

    def wake(self) -> None:
        """Look at once: there is news. May be called from any thread."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            try:
                loop.call_soon_threadsafe(self._news.set)
            except RuntimeError:
                log.debug("the deliverer has ended")

    # -- what is due -------------------------------------------------------------------------------------------------

    async def _run(self) -> None:
        self._news = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        pause_seconds = LOOK_SECONDS
        while not self._stopping:
            self._news.clear()
            try:
                wait_seconds = min(LOOK_SECONDS, await self._look())
                self.last_error, pause_seconds = None, LOOK_SECONDS
            except LeaseLost:
                # Whoever has the lease by now goes on; the duty ends this one.
                wait_seconds = LOOK_SECONDS
            except Exception as error:
                self.last_error = repr(error)
                log.exception("webhooks cannot be told, and it is tried again")
                wait_seconds = pause_seconds = min(2 * pause_seconds, LONGEST_PAUSE_SECONDS)
                # News do not mend what failed.
                self._news.clear()
            try:
                await asyncio.wait_for(self._news.wait(), wait_seconds)
            except TimeoutError:
                continue
        await self._end()

    async def _end(self) -> None:
        tasks = [task for _, task in self._busy.values()]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=STOP_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        self._threads.shutdown(wait=False)
        if self.observer is not None:
            # They stand as whoever tells them from now on says.
            self.observer.webhooks_stand(Standing())

    async def _look(self) -> float:
        """Begin whatever is due; after how many seconds something is due that waits."""
        if not self._held() or not await self._in_thread(self._is_built):
            return LOOK_SECONDS
        # What has ended by now is in what is read next. What ends while that is read may not be, and waits for the next look.
        self._let_go()
        seen = await self._in_thread(self._seen)
        if seen.webhooks:
            self._hear(self.wake)
            if self._sender is None:
                # Reading the certificates of all who are trusted takes a while.
                tls = await self._in_thread(ssl.create_default_context)
                self._sender = Sender(tls, self._telling.timeout_seconds, self._telling.plain_http)
        present = {row.entity_id: row.version for row in seen.webhooks}
        for id, (version, task) in self._busy.items():
            if task.done():
                self._news.set()
            else:
                # What came meanwhile is looked for when it has ended.
                self._missed.add(id)
                if present.get(id) != version:
                    task.cancel()
        now = time.time_ns() // 1_000
        soonest = LOOK_SECONDS
        counts = dict.fromkeys(Standing._fields, 0)
        for row in seen.webhooks:
            delivery, secrets = seen.deliveries[row.entity_id], seen.secrets.get(row.entity_id, ())
            state = state_of(delivery, len(secrets))
            counts[state.value] += 1
            waits = 0 if delivery.next_attempt is None else (delivery.next_attempt - now) / SECOND
            rests = self._resting.get(row.entity_id, 0.0) > time.monotonic()
            if rests or state in {DeliveryState.DEAD, DeliveryState.WITHOUT_SECRET} or row.entity_id in self._busy:
                continue
            if waits > 0:
                soonest = min(soonest, waits)
                continue
            task = asyncio.create_task(self._tell(row, delivery), name=row.entity_id)
            task.add_done_callback(self._ended)
            self._busy[row.entity_id] = (row.version, task)
        if self.observer is not None:
            self.observer.webhooks_stand(Standing(**counts))
        return soonest

    def _let_go(self) -> None:
        """Webhooks whose attempts have ended are busy no longer."""
        for id, (_, task) in tuple(self._busy.items()):
            if task.done():
                del self._busy[id]
                self._must_have_gone_on(id, task)

    def _must_have_gone_on(self, id: str, task: asyncio.Task[None]) -> None:
        """Leave a webhook alone for a while that could not be told for a reason of our own; the others go on."""
        error = None if task.cancelled() else task.exception()
        if isinstance(error, LeaseLost):
            raise error
        if error is not None:
            self._resting[id] = time.monotonic() + LONGEST_PAUSE_SECONDS
            log.error("webhook %s cannot be told, and is tried again in a while", id, exc_info=error)

    async def _in_thread(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        # Not in the threads of the loop, where names are looked up, which may take as long as it likes.
        return await asyncio.get_running_loop().run_in_executor(self._threads, partial(work, *args, **kwargs))

    def _ended(self, task: asyncio.Task[None]) -> None:
        if task.get_name() in self._missed:
            self._missed.discard(task.get_name())
            self._news.set()

    def _is_built(self) -> bool:
        """Whether the read models know everything that was recorded when this began: before that they show webhooks of the past."""
        if not self._built:
            try:
                with self._views.snapshot() as connection:
                    self._built = head_of(connection) >= self._begun_at
            except NotBuiltYet:
                return False
        return self._built

    def _seen(self) -> _Seen:
        with self._views.snapshot() as connection:
            reader = Reader(connection, at_position(connection, head_of(connection)))
            webhooks = open_webhooks(reader)
            begins = {row.entity_id: begins_behind(reader, row) for row in webhooks}
        if not webhooks:
            return _Seen((), {}, {})
        deliveries = self._deliveries.all()
        for id, begin in begins.items():
            if id not in deliveries:
                deliveries[id] = Delivery(webhook=id, position=begin, event_id=self._record.event_id_at(begin))
                self._deliveries.begin(deliveries[id], self._fence)
            elif id not in self._checked and not self._is_of_this_record(deliveries[id]):
                log.warning(
                    "webhook %s is told anew behind position %d: the record has another event at position %d than when it was told"
                    " (was it restored?)", id, begin, deliveries[id].position,
                )  # fmt: skip
                self._deliveries.replay(id, begin, self._record.event_id_at(begin))
                deliveries = self._deliveries.all()
            self._checked.add(id)
        return _Seen(webhooks, deliveries, dict(self._deliveries.secrets()))

    def _is_of_this_record(self, delivery: Delivery) -> bool:
        """Whether the event up to which it was told is the one that the record has there."""
        return delivery.event_id is None or self._record.event_id_at(delivery.position) == delivery.event_id

    # -- telling one webhook -----------------------------------------------------------------------------------------

    async def _tell(self, row: WebhookRow, delivery: Delivery) -> None:
        """Tell the next events, and keep how far that came."""
        place = (delivery.webhook, delivery.turn)
        window = await self._in_thread(self._next, row, max(delivery.position, self._passed.get(place, 0)))
        ahead = self._ahead.setdefault(place, set())
        todo = [each for each in window.events if each.position not in ahead]
        if not window.events:
            await self._pass(delivery, place, window)
            return
        # Read behind the events: what was recorded after a change of the secrets is signed as that change says.
        secrets = (await self._in_thread(self._deliveries.secrets)).get(row.entity_id, ())
        if not secrets:
            return
        attempt = Attempt(self, row, secrets, delivery, window, ahead)
        failure = await attempt.run(todo)
        low, low_id = attempt.reached()
        now = time.time_ns() // 1_000
        told = delivery
        if low > delivery.position:
            told = acknowledged(delivery, low, low_id, attempt.status, now)
        if failure is not None:
            told = failed(told, failure, now, self._telling.schedule, random.random())
            self._say(row, told)
        if await self._in_thread(self._deliveries.keep, told, self._fence):
            ahead.difference_update({position for position in ahead if position <= low})
            if failure is None:
                self._passed[place] = low
        self._news.set()

    async def _pass(self, delivery: Delivery, place: tuple[str, int], window: Window) -> None:
        """Keep now and then that there was nothing to tell."""
        self._passed[place] = window.until
        now = time.monotonic()
        if window.until > delivery.position and now - self._kept.get(delivery.webhook, 0.0) >= PASSED_SECONDS:
            self._kept[delivery.webhook] = now
            passed = dataclasses.replace(delivery, position=window.until, event_id=window.until_id)
            await self._in_thread(self._deliveries.keep, passed, self._fence)

    def _next(self, row: WebhookRow, after: int) -> Window:
        with self._views.snapshot() as connection:
            head = head_of(connection)
            if after >= head:
                return Window([], after, None)
            reader, wanted = Reader(connection, at_position(connection, head)), wanted_by(row)
            part = behind(reader, self._views.projections, wanted, after)
            if wanted.viewer is not None:
                reader = as_read_by(reader, wanted.viewer)
            events = told_to(reader, self._record, part.positions)
        return Window(
            [events[position] for position in part.positions], part.until, self._record.event_id_at(part.until)
        )

    def _say(self, row: WebhookRow, delivery: Delivery) -> None:
        if delivery.dead_because is not None:
            log.error("webhook %s (%s) is dead: %s", row.entity_id, row.name, delivery.dead_because)
        else:
            log.warning(
                "webhook %s (%s) was not told what is behind position %d, in attempt %d: %s",
                row.entity_id, row.name, delivery.position, delivery.attempts, delivery.last_error,
            )  # fmt: skip

    async def send(self, row: WebhookRow, secrets: tuple[str, ...], recorded: RecordedEvent) -> int | Failure:
        """One attempt to tell a webhook of one event."""
        body = envelope(recorded, self._record.record_id, self._telling.public_url)
        message = message_id(row.entity_id, recorded.event.event_id)
        headers = {"content-type": MEDIA_TYPE, **signed(body, message, int(time.time()), secrets)}
        assert self._sender is not None
        answer = await self._sender.post(row.url, headers, body)
        if self.observer is not None:
            failure = isinstance(answer, Failure)
            status = answer.status if isinstance(answer, Failure) else answer
            self.observer.delivery_ended("acknowledged" if not failure else "failed" if status is None else "refused")
        return answer

    def may_go_on(self) -> bool:
        """Whether another attempt may be begun."""
        return not self._stopping and self._held()

    async def keep_soon(self, delivery: Delivery) -> bool:
        """Keep how far a webhook came, unless that was done just now; False where somebody has set its position."""
        now = time.monotonic()
        if now - self._kept.get(delivery.webhook, 0.0) < KEEP_SECONDS:
            return True
        self._kept[delivery.webhook] = now
        try:
            return await self._in_thread(self._deliveries.keep, delivery, self._fence)
        except LeaseLost:
            return False
