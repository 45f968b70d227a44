"""Warming 预热: after a start, and after each turn of the day, the board is asked once for nobody.

What it adds up over the whole record is kept for whoever asks next (decision 51), who else would wait for all of it.
"""

from __future__ import annotations

import contextlib
import logging
import math
import threading
import time
from typing import TYPE_CHECKING, Self

from txapi.domain.dates import day_of
from txapi.domain.event import Actor, Role
from txapi.projections.views import NotBuiltYet
from txapi.record.deadlines import Deadline, TimeIsUp
from txapi.schema.admitting import Operation
from txapi.schema.executing import execute
from txapi.schema.schema import the_schema
from txapi.web.operations import operations

if TYPE_CHECKING:
    from datetime import date

    from txapi.web.instance import Instance

log = logging.getLogger(__name__)

NOBODY = Actor("txapi:warming", Role.SYSTEM)
"""Reads everything, and leaves no trace: what is added up is kept for those who may read everything, too."""

BOARD = "Board"
MOST_SECONDS = 60.0
LOOK_SECONDS = 30.0
BEHIND_SECONDS = 0.5


class Warming:
    """Asks, in a thread of its own, from `start` on until it is stopped. What fails is not tried again before the next day."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._stopping = threading.Event()
        self._head: int | None = None
        self._thread = threading.Thread(target=self._go_on, name="txapi-warming", daemon=True)

    def start(self) -> None:
        """Begin; once the server answers, for nobody is to wait for this."""
        self._thread.start()

    def stop(self) -> None:
        """End, in the middle of a question too."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=MOST_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def _go_on(self) -> None:
        asked_on: date | None = None
        while not self._stopping.is_set():
            try:
                today = day_of(self._instance.record.clock.now())
                if today != asked_on:
                    if not self._has_rows():
                        self._stopping.wait(BEHIND_SECONDS)
                        continue
                    asked_on = today
                    self.ask()
            except (Exception, TimeIsUp) as error:
                log.info("what the board adds up could not be added up beforehand: %r", error)
            self._stopping.wait(LOOK_SECONDS)

    def _has_rows(self) -> bool:
        """Whether the read models hold what was recorded when this began: another node may be about to make them."""
        if self._head is None:
            self._head = self._instance.record.head.position
        with contextlib.suppress(NotBuiltYet):
            return self._instance.views.progress().position >= self._head
        return False

    def ask(self) -> None:
        """Ask once, until it is answered or this is stopped."""
        began = time.monotonic()
        context = self._instance.context(NOBODY, signed_in=True)
        # Lists are told by their plans, as they are by a server.
        context.raw, context.deadline = True, Deadline(MOST_SECONDS, self._now)
        try:
            document = operations()[BOARD].read_text(encoding="utf-8")
            answered = execute(the_schema(), context, Operation(document, name=BOARD))
        finally:
            context.close()
        log.debug("the board was asked beforehand in %.2f s errors=%d", time.monotonic() - began, len(answered.errors))

    def _now(self) -> float:
        return math.inf if self._stopping.is_set() else time.monotonic()
