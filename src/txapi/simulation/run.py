"""The run of a simulation: how large the city is, how long it lives, and where its record goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from txapi.domain.dates import SHANGHAI
from txapi.domain.event import TimeBasis
from txapi.record import Record, SeededIds
from txapi.record.clock import ScriptClock
from txapi.record.place import Place
from txapi.simulation.places import calendar_life, found_city, groups_life, lists_life
from txapi.simulation.projects import project_life
from txapi.simulation.targets import targets_life
from txapi.simulation.world import World

LAST_YEAR = 2025
"""The simulated time ends with this year, whatever the day on which it is run: same parameters, same bytes."""

EVENTS_PER_PROJECT = 51
EVENTS_PER_BODY_AND_YEAR = 60


class RecordIsNotEmpty(Exception):
    """A simulation is written into an empty record only."""


@dataclass(frozen=True)
class Simulated:
    """What was written."""

    events: int
    projects: int
    refused: int


def simulate(
    where: Place | Path,
    *,
    units: int = 40,
    projects: int = 400,
    years: int = 3,
    seed: int = 2015,
    events: int | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Simulated:
    """Write a simulated record into a place, which must hold none; `events` chooses about so many projects instead.

    The same parameters give the same bytes. RecordIsNotEmpty.
    """
    bodies = max(1, units * 2 // 3)
    if events is not None:
        projects = max(1, (events - bodies * years * EVENTS_PER_BODY_AND_YEAR) // EVENTS_PER_PROJECT)
    total = projects * EVENTS_PER_PROJECT + bodies * years * EVENTS_PER_BODY_AND_YEAR
    begins = datetime(LAST_YEAR - years + 1, 1, 4, 9, tzinfo=SHANGHAI).astimezone(UTC)
    ends = datetime(LAST_YEAR, 12, 31, 18, tzinfo=SHANGHAI).astimezone(UTC)
    clock = ScriptClock(begins, TimeBasis.SIMULATED)
    with Record.open(where, clock, SeededIds(seed)) as record:
        if record.head.position:
            raise RecordIsNotEmpty(f"the record in {where} holds {record.head.position} events; simulate into another")
        world = World(record, seed, begins, ends)
        city = found_city(world, units)
        world.begin(calendar_life(world))
        world.begin(lists_life(world, city))
        world.begin(groups_life(world, city))
        world.begin(targets_life(world, city.bodies))
        # Projects begin spread over the whole time but its last tenth, so that every stage is there at the end.
        chance = world.chance("projects")
        span_seconds = (ends - begins).total_seconds() * 0.9
        for number in range(projects):
            starts = begins + timedelta(seconds=chance.uniform(60, span_seconds))
            world.begin(project_life(world, city, number), starts)
        world.run(on_progress, total)
        return Simulated(record.head.position, projects, world.refused)
