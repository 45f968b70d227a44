"""Numbering 编号: the next number of a series, given to one noun only and without gaps."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from txapi.domain.errors import Refusal

if TYPE_CHECKING:
    from txapi.record.record import Record

R = TypeVar("R")

ATTEMPTS = 12
"""How often a number is tried again that another process was faster to take."""


class AlreadyTaken(Refusal):
    """A number or code belongs to another noun already."""

    en = "{value} is the {kind} of another."
    zh = "{value} 已被占用（{kind}）。"


class Numbers:
    """The series of one record. A refused command uses no number up, so numbers have no gaps."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._lock = threading.Lock()
        self._last: dict[tuple[str, str], int] = {}

    def allot(self, kind: str, prefix: str, carry_out: Callable[[str], R]) -> R:
        """Carry a command out under the next number of a series: `prefix` and at least four digits.

        `carry_out` claims the number under `kind`. Commands that need a number take turns.
        """
        with self._lock:
            for attempt in range(ATTEMPTS):
                if (kind, prefix) not in self._last or attempt:
                    self._last[kind, prefix] = self._last_taken(kind, prefix)
                following = self._last[kind, prefix] + 1
                number = f"{prefix}{following:04d}"
                try:
                    done = carry_out(number)
                except AlreadyTaken as taken:
                    if taken.facts["value"] != number or attempt == ATTEMPTS - 1:
                        raise
                    continue
                if self._record.owner_of_key(kind, number) is not None:
                    self._last[kind, prefix] = following
                return done
        raise AssertionError("the last attempt answers or raises")

    def _last_taken(self, kind: str, prefix: str) -> int:
        last = self._record.last_key(kind, prefix)
        digits = last.removeprefix(prefix) if last is not None else ""
        return int(digits) if digits.isascii() and digits.isdigit() else 0
