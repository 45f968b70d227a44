"""How much is tried: `short` is seconds, for every change; `long` is what the figures in README.md are of."""

from __future__ import annotations

import os

SIZE = os.environ.get("TXAPI_FUZZ", "short")
SEED = int(os.environ.get("TXAPI_FUZZ_SEED", "20150811"))
"""What a run draws everything from. Another one tries other requests."""
PIECE, PIECES = map(int, os.environ.get("TXAPI_FUZZ_PIECE", "1/1").split("/"))
"""Which piece of all changes of stored things this run makes, and of how many pieces; see README.md."""


def numbers(count: int) -> range:
    """The numbers of what is drawn in this piece, of so many in all pieces: what a number stands for is the same in any."""
    return range(PIECE - 1, count, PIECES)


def times(short: int, long: int) -> int:
    """How often something is to be done in this run."""
    return long if SIZE == "long" else short
