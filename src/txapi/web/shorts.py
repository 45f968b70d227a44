"""Short questions 短问: which operations are over in a moment, as far as was seen of them.

They are carried out on the event loop (`turns.py`), for no longer than `HURRY_SECONDS`: what is not over by then is stopped, and carried
out in a thread, as anything is that nobody has seen yet.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict

SHORT_SECONDS = 0.0015
"""What takes no longer is short: twice what it takes to hand something to a thread beside others."""
HURRY_SECONDS = 0.004
"""For how long all others wait for it, at most."""
MOST_KNOWN = 2_000
FADES = 0.95
"""How much of a long time is remembered after each time that was shorter."""


class Shorts:
    """How much of a processor operations took. Any thread may tell, the event loop asks."""

    def __init__(self, most_seconds: float = SHORT_SECONDS, hurry_seconds: float = HURRY_SECONDS) -> None:
        self.hurry_seconds = hurry_seconds
        """For how long what was short may take the event loop."""
        self._most_seconds = most_seconds
        self._lock = threading.Lock()
        self._seconds: OrderedDict[int, float] = OrderedDict()

    def holds(self, what: int) -> bool:
        """Whether something took a moment all the last times; `what` is a hash of what is asked and by whom."""
        return self._seconds.get(what, math.inf) <= self._most_seconds

    def waits(self, what: int) -> bool:
        """Whether it is known that something waits for what has to be written."""
        return self._seconds.get(what, 0.0) == math.inf

    def took(self, what: int, seconds: float) -> None:
        """Learn how long something took; forever, where it is not to be carried out there whatever it takes."""
        with self._lock:
            self._seconds[what] = max(seconds, FADES * self._seconds.get(what, 0.0))
            self._seconds.move_to_end(what)
            if len(self._seconds) > MOST_KNOWN:
                self._seconds.popitem(last=False)
