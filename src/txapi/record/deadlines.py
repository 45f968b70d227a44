"""Deadlines 时限: how long one operation may read. Statements under way are stopped by the store itself when it is over."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable


class TimeIsUp(BaseException):
    """The time of an operation is over.

    Not an `Exception`: whoever goes on after what one part could not answer must not go on with the others.
    """


class Deadline:
    """The end of an operation, `seconds` after it was made."""

    __slots__ = ("_now", "_until", "seconds")

    def __init__(self, seconds: float, now: Callable[[], float] = time.monotonic) -> None:
        self.seconds = seconds
        self._now = now
        self._until = now() + seconds

    @property
    def left(self) -> float:
        """The seconds that are left; negative when it is over."""
        return self._until - self._now()

    @property
    def is_over(self) -> bool:
        """Whether the time is over."""
        return self._now() >= self._until

    def check(self) -> None:
        """TimeIsUp where it is over."""
        if self._now() >= self._until:
            raise TimeIsUp

    def anew(self) -> Self:
        """The same time once more, from now on."""
        return type(self)(self.seconds, self._now)
