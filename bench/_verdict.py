"""From what was measured to ratios with their spread, and from these and the floors to a verdict that a busy machine does not turn.

A floor is a ratio within one run: how many times the processor time of one server's answer another server's takes, or how many times
as many answers a second it gives. The noise is measured in the same run: the endpoint by hand is measured twice in every round, and
how far apart the two are, where both are the same, is what no ratio of this run can be told apart by.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from statistics import median

AGAIN = "handwritten again"
"""The endpoint by hand, measured a second time in the same round."""
MEASURES = ("cpu", "rate")


@dataclass(frozen=True)
class Measured:
    """One server at one shape in one round: answers a second, and seconds of a processor for each, of which by the server itself."""

    rate: float
    cpu_seconds: float
    own_seconds: float
    p50_seconds: float = 0.0


@dataclass(frozen=True, order=True)
class Case:
    """What was asked: on which store, which shape, over how many connections."""

    store: str
    shape: str
    connections: int


Results = Mapping[Case, Mapping[str, Sequence[Measured]]]
"""By case and server: what was measured, round by round."""


@dataclass(frozen=True)
class Ratio:
    """A median of rounds with the least and the greatest of them."""

    middle: float
    least: float
    greatest: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Ratio:
        """That of some rounds; ValueError where there are none."""
        return cls(median(values), min(values), max(values))

    def __format__(self, spec: str) -> str:
        return f"{self.middle:{spec}} ({self.least:{spec}}-{self.greatest:{spec}})"


def ratio(measure: str, mine: Sequence[Measured], others: Sequence[Measured]) -> Ratio:
    """How many times as good as the others one server is, round by round: above 1 where it is better."""
    if measure == "cpu":
        return Ratio.of([other.cpu_seconds / one.cpu_seconds for one, other in zip(mine, others, strict=True)])
    return Ratio.of([one.rate / other.rate for one, other in zip(mine, others, strict=True)])


def noise(measure: str, results: Results, case: Case) -> float:
    """By what part the endpoint by hand differed from itself in the rounds of a case, at most: 0.1 for 10 %."""
    servers = results[case]
    if AGAIN not in servers:
        return 0.0
    pairs = zip(servers["handwritten"], servers[AGAIN], strict=True)
    apart = [
        (one.cpu_seconds / other.cpu_seconds) if measure == "cpu" else (one.rate / other.rate) for one, other in pairs
    ]
    return max(max(one, 1 / one) - 1 for one in apart)


@dataclass(frozen=True)
class Floor:
    """That `server` must be at least `ratio` times as good as `against`, at a shape on a store.

    `shape_against` where the other is asked another shape.
    """

    store: str
    shape: str
    ratio: float
    connections: int = 8
    measure: str = "cpu"
    server: str = "txapi"
    against: str = "handwritten"
    shape_against: str | None = None


@dataclass(frozen=True)
class Verdict:
    """What came of a floor: nothing where it was not measured in this run."""

    floor: Floor
    found: Ratio | None
    noise: float = 0.0

    @property
    def is_broken(self) -> bool:
        """Whether the median lies below the floor by more than the noise of this run, and so does even the best round."""
        if self.found is None:
            return False
        return self.found.middle * (1 + self.noise) < self.floor.ratio and self.found.greatest < self.floor.ratio


def floors(path: Path) -> list[Floor]:
    """Those that a file holds. ValueError where it says something else."""
    told = tomllib.loads(path.read_text(encoding="utf-8"))
    known = {field.name for field in fields(Floor)}
    found = []
    for one in told["floor"]:
        if set(one) - known:
            raise ValueError(f"{path}: a floor has no {', '.join(sorted(set(one) - known))}")
        floor = Floor(**one)
        if floor.measure not in MEASURES or not floor.ratio > 0:
            raise ValueError(f"{path}: {floor}")
        found.append(floor)
    return found


def judged(floor: Floor, results: Results) -> Verdict:
    """The verdict on a floor."""
    case = Case(floor.store, floor.shape, floor.connections)
    other = Case(floor.store, floor.shape_against or floor.shape, floor.connections)
    mine = results.get(case, {}).get(floor.server)
    others = results.get(other, {}).get(floor.against)
    if not mine or not others:
        return Verdict(floor, None)
    return Verdict(
        floor, ratio(floor.measure, mine, others), max(noise(floor.measure, results, one) for one in (case, other))
    )
