"""What happens in every town: time passes, units change, clients repeat themselves, read models follow."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from tests.application.town import ANYBODY, CODES, REASON, Town
from tests.city import SUPERVISOR
from txapi.application import units
from txapi.domain.dates import PartialDate
from txapi.domain.event import Actor
from txapi.domain.labels import Label
from txapi.domain.unit import Duty, UnitKind

T = TypeVar("T")

few = st.integers(0, 5)
seeds = st.integers(0, 2**32)
whom = st.sampled_from(["right"] * 12 + sorted(ANYBODY))
"""Mostly whoever may, and sometimes anybody else."""
reasons = st.sampled_from([REASON, REASON, REASON, None])
spans = st.sampled_from(
    [
        timedelta(minutes=7),
        timedelta(hours=9),
        timedelta(days=1),
        timedelta(days=4),
        timedelta(days=9),
        timedelta(days=75),
    ]
)


class AnyTown(RuleBasedStateMachine):
    """The rules and the comparison that all towns share."""

    def __init__(self, founded: Path, folder: Path, kept: list[tuple[Path, dict[str, str]]]) -> None:
        super().__init__()
        self.kept = kept
        self.town = Town(founded, folder / f"run-{sum(1 for _ in folder.iterdir())}", seed=17)
        self.looked_back = False

    def actor(self, who: str, right: Actor) -> Actor:
        """Whoever may, or the one of that name."""
        return right if who == "right" else ANYBODY[who]

    def day(self, back: int) -> PartialDate:
        """So many days ago."""
        return PartialDate.day(self.town.today - timedelta(days=back))

    @rule(span=spans)
    def time_passes(self, span: timedelta) -> None:
        self.town.wait(seconds=span.total_seconds())

    @rule()
    def the_watch_looks(self) -> None:
        self.town.watch()

    @rule(batch=st.integers(1, 40), restart=st.booleans())
    def read_models_follow(self, batch: int, restart: bool) -> None:
        self.town.follow(batch, restart=restart)

    @precondition(lambda self: self.town.acknowledged)
    @rule(nth=st.integers(0, 200), later=st.booleans())
    def a_client_repeats_a_command(self, nth: int, later: bool) -> None:
        self.town.again(nth, later=later)

    @precondition(lambda self: self.town.acknowledged)
    @rule(nth=st.integers(0, 200), off=st.sampled_from([-1, 1, 7]))
    def a_client_errs(self, nth: int, off: int) -> None:
        self.town.reuse(nth)
        self.town.stale(nth, off)

    @rule(code=st.sampled_from([*CODES, "new-area", "BAD CODE"]), who=whom)
    def a_unit_is_registered(self, code: str, who: str) -> None:
        kind, duty = UnitKind.NEW_AREA, Duty.OTHER
        label = Label(zh=code, en=code)
        self.town.give(units.register_unit, self.actor(who, SUPERVISOR), code=code, name=label, kind=kind, duty=duty)

    @rule(code=st.sampled_from([*CODES, "nowhere"]), name=few, who=whom)
    def a_unit_is_renamed(self, code: str, name: int, who: str) -> None:
        label = Label(zh=f"{code}{name}", en=f"{code} {name}")
        self.town.give(units.rename_unit, self.actor(who, SUPERVISOR), unit=code, name=label)

    @rule(code=st.sampled_from(CODES), version=few, retract=st.booleans())
    def a_name_is_corrected(self, code: str, version: int, retract: bool) -> None:
        fields = None if retract else {"name": {"zh": "更正", "en": "corrected"}}
        self.town.give(units.correct_unit, SUPERVISOR, unit=code, corrects=version, fields=fields)

    @rule(code=st.sampled_from(CODES[3:]), into=st.sampled_from(CODES[2:]), who=whom, chance=few)
    def a_unit_is_merged(self, code: str, into: str, who: str, chance: int) -> None:
        if chance:
            return
        if self.town.give(units.merge_unit, self.actor(who, SUPERVISOR), unit=code, into=into):
            self.town.book.successors[code] = into

    @precondition(lambda self: not self.looked_back and len(self.town.acknowledged) > 12)
    @rule(chance=few)
    def everything_is_compared(self, chance: int) -> None:
        if chance == 0:
            self.looked_back = True
            self.town.compare()

    def teardown(self) -> None:
        try:
            digests = self.town.compare().digests
        finally:
            self.town.close()
        self.kept.append((self.town.folder, digests))


def nth_of(several: Sequence[T], nth: int) -> T:
    """One of several, whatever the number."""
    return several[nth % len(several)]
