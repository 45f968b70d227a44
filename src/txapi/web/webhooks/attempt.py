"""An attempt 投递: one go at the next events of a webhook — those of one noun one after the other, several nouns at the same time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from typing import NamedTuple, Protocol

from txapi.projections.webhooks import WebhookRow
from txapi.record.deliveries import Delivery
from txapi.record.record import RecordedEvent
from txapi.web.webhooks.schedule import GONE, Failure, acknowledged

AT_ONCE = 8
"""How many nouns of one webhook are told of at the same time."""


TOO_MANY, BROKEN = 429, 500
"""The status of a receiver that is busy, and the first of those that do not work."""


class Sends(Protocol):
    """Who sends, and keeps how far that came."""

    async def send(self, row: WebhookRow, secrets: tuple[str, ...], recorded: RecordedEvent) -> int | Failure:
        """Tell a webhook of one event, once: the status that acknowledges it, or why it was not acknowledged."""
        ...

    def may_go_on(self) -> bool:
        """Whether another event may be sent."""
        ...

    async def keep_soon(self, delivery: Delivery) -> bool:
        """Keep how far it came, unless that was done just now; False where that is somebody else's to say by now."""
        ...


class Window(NamedTuple):
    """The next events that a webhook hears of, and how far all was looked through."""

    events: list[RecordedEvent]
    until: int
    until_id: str | None


class Attempt:
    """One go at the events of a window: those of one noun one after the other, several nouns at the same time."""

    def __init__(
        self,
        sending: Sends,
        row: WebhookRow,
        secrets: tuple[str, ...],
        delivery: Delivery,
        window: Window,
        ahead: set[int],
    ) -> None:
        self.status = 0
        """The last status that acknowledged."""
        self._sending = sending
        self._row = row
        self._secrets = secrets
        self._delivery = delivery
        self._window = window
        self._ahead = ahead
        self._failure: Failure | None = None
        self._given_up = False
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def run(self, todo: Iterable[RecordedEvent]) -> Failure | None:
        """Send them all; the first failure, if there was one.

        What does not reach the receiver, or finds it busy, ends the whole attempt; any other status only keeps back what
        comes later of the same noun.
        """
        nouns: dict[str, list[RecordedEvent]] = {}
        for each in todo:
            nouns.setdefault(each.event.originator_id, []).append(each)
        async with asyncio.TaskGroup() as group:
            for events in nouns.values():
                group.create_task(self._in_order(events))
        return self._failure

    async def _in_order(self, events: list[RecordedEvent]) -> None:
        for each in events:
            async with self._turns:
                if self._given_up or not self._sending.may_go_on():
                    return
                answer = await self._sending.send(self._row, self._secrets, each)
            if isinstance(answer, Failure):
                if self._failure is None or answer.status == GONE:
                    self._failure = answer
                self._given_up |= answer.status is None or answer.status in {GONE, TOO_MANY} or answer.status >= BROKEN
                return
            self.status = answer
            self._ahead.add(each.position)
            low, low_id = self.reached()
            if low > self._delivery.position:
                told = acknowledged(self._delivery, low, low_id, answer, time.time_ns() // 1_000)
                self._given_up |= not await self._sending.keep_soon(told)

    def reached(self) -> tuple[int, str | None]:
        """Up to where everything was acknowledged, with the id of the event there."""
        low: tuple[int, str | None] = (self._delivery.position, self._delivery.event_id)
        for each in self._window.events:
            if each.position not in self._ahead:
                return low
            low = (each.position, each.event.event_id)
        return self._window.until, self._window.until_id
