"""Progress of long work, on standard error, so that standard output stays what a script reads."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import click

OnProgress = Callable[[int, int], None]

OnStage = Callable[[str, int, int], None]


@contextmanager
def progress(label: str, length: int = 0) -> Iterator[OnProgress]:
    """A bar while the work lasts. Call what it gives with (done, of how many) as often as you like."""
    with click.progressbar(length=max(length, 1), label=label, file=sys.stderr, show_pos=True) as bar:

        def told(done: int, of: int) -> None:
            bar.length = max(of, 1)
            bar.update(min(done, bar.length) - bar.pos)

        yield told


@contextmanager
def by_stage() -> Iterator[OnStage]:
    """A bar for each stage of the work, one after the other. Call what it gives with (what is done, done, of how many)."""
    with ExitStack() as bars:
        bar: dict[str, OnProgress] = {}

        def told(what: str, done: int, of: int) -> None:
            if what not in bar:
                bars.close()
                bar.clear()
                bar[what] = bars.enter_context(progress(what, of))
            bar[what](done, of)

        yield told
