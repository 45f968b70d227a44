"""Memory of a process with many threads: taken from few heaps, so that what one thread gives back, another finds."""

from __future__ import annotations

import contextlib
import ctypes

M_ARENA_MAX, HEAPS = -8, 2


def keep_memory_together() -> None:
    """Have glibc take memory for all threads from two heaps, before there are any; by itself it makes eight for each processor.

    What one thread has given back to its heap, another does not find in its own: a server that had carried out all sorts of
    operations held four times the memory that it used, and more with each hour. Other libraries do without being told.
    """
    with contextlib.suppress(OSError, AttributeError, ValueError):
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, HEAPS)
