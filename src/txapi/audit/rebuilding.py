"""Read models made anew 重建: from the first event on, beside those in use and without touching them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from txapi.projections.all import PROJECTIONS
from txapi.projections.follower import BATCH, Follower, Watched
from txapi.projections.table import digest_text
from txapi.projections.views import Views
from txapi.projections.views_progress import Progress

if TYPE_CHECKING:
    from pathlib import Path

    from txapi.record.record import Record


def build_views(
    record: Record,
    path: Path,
    until: int | None = None,
    on_progress: Callable[[int, int], None] = lambda done, of: None,
    watched: Watched | None = None,
    batch: int = BATCH,
) -> Progress:
    """Build every read model of a record up to a position (its head, without one) into a new file.

    `on_progress` is told (position, of which last one). Whoever interrupts it finds the rows of whole batches.
    """
    target = record.head.position if until is None else until
    views = Views.in_file(path, record.record_id, PROJECTIONS)
    try:
        if watched is not None:
            watched(0, lambda: dict.fromkeys(views.tables, 0))
        Follower(record, views, batch, watched).catch_up(target, lambda done: on_progress(done, target))
        return views.progress()
    finally:
        views.close()


class DigestsAt:
    """Remembers the digests of the tables at the positions asked for, as a follower passes them."""

    def __init__(self, positions: Iterable[int]) -> None:
        self._wanted = frozenset(positions)
        self.found: dict[int, dict[str, str]] = {}

    def __call__(self, position: int, totals: Callable[[], Mapping[str, int]]) -> None:
        """Called by the follower."""
        if position in self._wanted:
            self.found[position] = {name: digest_text(total) for name, total in totals().items()}
