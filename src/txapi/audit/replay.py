"""The replay 重演: read models built anew up to a position, and compared with those in use and with what was signed.

Three things can disagree with a replay, and each says something else. The digests that the live read models keep of
themselves: the follower made other rows than this code makes now. The live rows as they stand: somebody changed the
file. The digests signed beside checkpoints: what was shown then was not what the record says.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from txapi.audit.differing import Beside, Divergence
from txapi.audit.rebuilding import build_views
from txapi.audit.statements import DigestStatement
from txapi.projections.all import PROJECTIONS
from txapi.projections.follower import BATCH
from txapi.projections.table import digest_text
from txapi.projections.views import fingerprint
from txapi.projections.views_progress import Progress, stored_progress

if TYPE_CHECKING:
    from txapi.record.record import Record

OnProgress = Callable[[str, int, int], None]
"""Is told what is being done, how far it is and of how much."""


@dataclass(frozen=True)
class Differing:
    """Tables that differ at a position."""

    position: int
    tables: tuple[str, ...]


@dataclass(frozen=True)
class SignedCompared:
    """What the signed digests say: how many were compared, and how many are of other code and cannot be.

    `agreeing` is the last position before the first disagreement at which everything agreed; 0 where none did.
    """

    compared: int
    of_other_code: int
    agreeing: int
    first: Differing | None
    disagreeing: int


@dataclass(frozen=True)
class FirstEvent:
    """The event after which the read models diverge, as exactly as it is known.

    It lies behind `after` and not behind `position`. The two are neighbours where rows could be compared.
    """

    after: int
    position: int
    divergence: Divergence | None


@dataclass(frozen=True)
class Replayed:
    """What a replay came to. `kept` and `rows` are None where there was nothing to compare with."""

    progress: Progress
    fingerprint: str
    kept: Differing | None
    rows: Differing | None
    signed: SignedCompared
    first_event: FirstEvent | None

    @property
    def differs(self) -> bool:
        """Whether anything disagrees."""
        return any((self.kept and self.kept.tables, self.rows and self.rows.tables, self.signed.first))


def replay(
    record: Record,
    until: int,
    *,
    live: Path | None,
    signed: Iterable[DigestStatement] = (),
    bisect: bool = False,
    batch: int = BATCH,
    on_progress: OnProgress = lambda doing, done, of: None,
) -> Replayed:
    """Build every read model up to `until` in a temporary file, and compare.

    `live` is the file of read models in use, `signed` the statements up to `until` in order of their positions. With
    `bisect` the first event after which something differs is looked for too. Nothing is written beside the record.
    """
    used = stored_progress(live, record.record_id) if live is not None else None
    notes = _Notes(signed)
    kept: dict[str, str] = {}

    def watched(position: int, totals: Callable[[], Mapping[str, int]]) -> None:
        notes.passed(position, totals)
        if used is not None and position == used.position:
            kept.update((name, digest_text(total)) for name, total in totals().items())

    with tempfile.TemporaryDirectory(prefix="txapi-replay-") as folder:
        path = Path(folder) / "views.db"
        built = build_views(record, path, until, lambda done, of: on_progress("rebuilding", done, of), watched, batch)
        differing_kept = None
        if used is not None and kept:
            tables = {*kept, *used.digests}
            wrong = sorted(name for name in tables if kept.get(name) != used.digests.get(name))
            differing_kept = Differing(used.position, tuple(wrong))
        rows, divergence = None, None
        if live is not None and used is not None:
            rows, divergence = _compared(path, live, min(used.position, built.position), bisect, on_progress)
    first = _first_event(notes.told(), rows, divergence) if bisect else None
    return Replayed(built, fingerprint(), differing_kept, rows, notes.told(), first)


def _compared(
    rebuilt: Path, live: Path, until: int, bisect: bool, on_progress: OnProgress
) -> tuple[Differing, Divergence | None]:
    tables = [table for projection in PROJECTIONS for table in projection.tables]
    with Beside(rebuilt, live, tables, until) as both:
        differing = both.differing(lambda done, of: on_progress("comparing", done, of))
        divergence = both.first_divergence(differing) if bisect and differing else None
    return Differing(until, tuple(differing)), divergence


def _first_event(signed: SignedCompared, rows: Differing | None, divergence: Divergence | None) -> FirstEvent | None:
    """Signed digests give an interval, compared rows the exact event; the earlier of the two counts."""
    exact = None if divergence is None else FirstEvent(divergence.position - 1, divergence.position, divergence)
    if signed.first is None or (exact is not None and exact.position <= signed.first.position):
        return exact
    return FirstEvent(signed.agreeing, signed.first.position, None)


@dataclass
class _Notes:
    """Holds the signed digests against those of the rebuild, as it passes their positions."""

    signed: Iterable[DigestStatement]
    compared: int = 0
    of_other_code: int = 0
    agreeing: int = 0
    disagreeing: int = 0
    first: Differing | None = None
    code: str = field(default_factory=fingerprint)

    def __post_init__(self) -> None:
        self._coming = iter(self.signed)
        self._next = next(self._coming, None)

    def passed(self, position: int, totals: Callable[[], Mapping[str, int]]) -> None:
        """The rebuild stands here."""
        while self._next is not None and self._next.position <= position:
            # A batch that failed is passed twice; its positions were compared the first time.
            if self._next.position == position:
                self._compare(self._next, totals())
            self._next = next(self._coming, None)

    def _compare(self, said: DigestStatement, totals: Mapping[str, int]) -> None:
        if said.fingerprint != self.code:
            self.of_other_code += 1
            return
        self.compared += 1
        now = {name: digest_text(total) for name, total in totals.items()}
        wrong = sorted(name for name in {*now, *said.digests} if now.get(name) != said.digests.get(name))
        if wrong:
            self.disagreeing += 1
            self.first = self.first or Differing(said.position, tuple(wrong))
        elif self.first is None:
            self.agreeing = said.position

    def told(self) -> SignedCompared:
        """What came of it."""
        return SignedCompared(self.compared, self.of_other_code, self.agreeing, self.first, self.disagreeing)
