"""Progress of long work, on standard error, so that standard output stays what a script reads."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

OnProgress = Callable[[int, int], None]


@contextmanager
def progress(label: str, length: int = 0) -> Iterator[OnProgress]:
    """A bar while the work lasts. Call what it gives with (done, of how many) as often as you like."""
    with click.progressbar(length=max(length, 1), label=label, file=sys.stderr, show_pos=True) as bar:

        def told(done: int, of: int) -> None:
            bar.length = max(of, 1)
            bar.update(min(done, bar.length) - bar.pos)

        yield told
