"""Tests of the simulation: reproducible to the byte, whole in its kinds of events, and a record like any other."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.simulation.writing import SMALL, digest_of
from txapi.domain.event import Basis, TimeBasis
from txapi.domain.ticket import Ticket
from txapi.domain.ticket.values import TicketState
from txapi.projections.all import PROJECTIONS
from txapi.projections.follower import Follower
from txapi.projections.views import Views
from txapi.projections.views_progress import Progress
from txapi.record.record import Record, RecordedEvent
from txapi.simulation.run import EVENTS_PER_PROJECT, RecordIsNotEmpty, Simulated, simulate

ROOT = Path(__file__).parent.parent.parent

HAPPENS = {
    "reference": ["adopted"],
    "unit": ["registered"],
    "company": ["registered"],
    "parcel": ["registered", "step_taken"],
    "group": ["registered"],
    "supervision_list": ["opened"],
    "project": [
        "introduced", "milestone_forecast", "milestone_reached", "leader_assigned", "agent_assigned", "parcel_attached",
        "entered_list", "left_list", "joined_group", "suspended", "resumed", "terminated", "fact_corrected",
    ],
    "target": ["set", "goal_stated", "goal_revised", "actual_reported", "fact_corrected"],
    "ticket": [
        "drafted", "issued", "withdrawn", "received", "receipt_deemed", "reassigned", "accepted", "returned",
        "acceptance_lapsed", "commitment_lapsed", "decision_lapsed", "deadline_fixed", "progress_reported",
        "extension_asked", "extension_decided", "reminded", "escalated", "leader_attempted", "decided", "resolved",
        "reopened", "confirmed",
    ],
}  # fmt: skip
"""What a city goes through, by the kind of noun that it happens to."""


@pytest.fixture(scope="module")
def city(tmp_path_factory, store: str):
    """A simulated city of two years, large enough for everything that happens to happen."""
    folder = tmp_path_factory.mktemp("simulated") / "city"
    done = simulate(folder, units=15, projects=130, years=2)
    with Record.open(folder, owner=False) as record:
        yield done, record, record.read(0, done.events + 1)


@pytest.fixture(scope="module")
def small(tmp_path_factory, store: str):
    """The folder of a small simulated record, seed 7."""
    folder = tmp_path_factory.mktemp("simulated") / "small"
    simulate(folder, seed=7, **SMALL)
    return folder


def gaps(events: list[RecordedEvent], kind: str) -> list[timedelta]:
    """How long the states of the nouns of a kind lasted, the last one until the end of the record."""
    times: dict[str, list[datetime]] = {}
    for recorded in events:
        if recorded.event.TOPIC.startswith(f"{kind}."):
            times.setdefault(recorded.event.originator_id, []).append(recorded.recorded_at)
    end = events[-1].recorded_at
    return [later - earlier for some in times.values() for earlier, later in zip(some, [*some[1:], end], strict=True)]


def followed(folder: Path, path: Path, batch: int) -> Progress:
    """How far the read models of a record come, made anew in batches of that size."""
    with Record.open(folder, owner=False) as record:
        views = Views.in_file(path, record.record_id, PROJECTIONS)
        try:
            Follower(record, views, batch).catch_up()
            return views.progress()
        finally:
            views.close()


# -- reproducible ----------------------------------------------------------------------------------------------------------


def test_the_same_seed_and_sizes_give_the_same_bytes(small, tmp_path):
    simulate(tmp_path / "again", seed=7, **SMALL)

    assert digest_of(tmp_path / "again") == digest_of(small)


def test_another_hash_seed_gives_the_same_bytes(small, tmp_path):
    environment = {**os.environ, "PYTHONHASHSEED": "4711"}

    run = subprocess.run(
        [sys.executable, "-m", "tests.simulation.writing", str(tmp_path / "again"), "7"],
        env=environment, cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip

    said = json.loads(run.stdout)
    assert said["hash"] != hash("桐乡")
    assert said["digest"] == digest_of(small)


def test_another_seed_gives_another_record(small, tmp_path):
    simulate(tmp_path / "other", seed=8, **SMALL)

    assert digest_of(tmp_path / "other") != digest_of(small)


def test_a_number_of_events_chooses_the_number_of_projects(tmp_path):
    done = simulate(tmp_path / "sized", units=3, years=1, events=1_500)

    assert done.projects == (1_500 - 2 * 60) // EVENTS_PER_PROJECT
    assert 750 < done.events < 2_250


# -- what is refused -------------------------------------------------------------------------------------------------------


def test_a_record_that_holds_anything_is_not_simulated_into(small):
    before = digest_of(small)

    with pytest.raises(RecordIsNotEmpty, match="simulate into another"):
        simulate(small, seed=8, **SMALL)

    assert digest_of(small) == before


# -- what is written -------------------------------------------------------------------------------------------------------


def test_everything_that_can_happen_to_a_city_happens(city):
    _, _, events = city

    happened = Counter(recorded.event.TOPIC for recorded in events)

    wanted = {f"{kind}.{what}" for kind, those in HAPPENS.items() for what in those}
    assert wanted - set(happened) == set()


def test_what_is_told_is_what_was_written(city):
    done, record, events = city

    assert done == Simulated(record.head.position, 130, done.refused)
    assert [recorded.position for recorded in events] == list(range(1, done.events + 1))
    assert done.refused < done.events / 100


def test_a_simulation_ends_before_now_and_never_goes_back_in_time(city):
    _, _, events = city

    times = [recorded.recorded_at for recorded in events]

    assert times == sorted(times)
    assert times[-1] < datetime.now(UTC)
    assert all(recorded.event.meta.decided_at <= recorded.recorded_at for recorded in events)


def test_every_event_says_that_it_was_simulated(city):
    _, _, events = city

    said = {(recorded.event.meta.basis, recorded.event.meta.clock) for recorded in events}

    assert said == {(Basis.ILLUSTRATED, TimeBasis.SIMULATED)}


def test_states_that_live_for_minutes_stand_beside_states_that_live_for_years(city):
    _, _, events = city

    tickets, projects = gaps(events, "ticket"), gaps(events, "project")

    assert sum(gap < timedelta(minutes=30) for gap in tickets) > 50
    assert max(tickets) > timedelta(days=365)
    assert sum(gap > timedelta(days=365) for gap in projects) >= 3


# -- a record like any other -----------------------------------------------------------------------------------------------


def test_keys_and_deadlines_are_those_that_follow_from_the_events(city):
    _, record, _ = city

    assert record.indexes() == record.derived_indexes()


def test_the_read_models_do_not_depend_on_how_the_record_is_followed(small, tmp_path):
    at_once, in_steps = followed(small, tmp_path / "one.db", 100_000), followed(small, tmp_path / "two.db", 37)

    assert at_once == in_steps
    assert len(set(at_once.digests.values())) > 10


def test_tickets_pass_through_every_state(city):
    _, _, events = city
    tickets: dict[str, Ticket] = {}

    states = set()
    for recorded in events:
        if recorded.event.TOPIC.startswith("ticket."):
            id = recorded.event.originator_id
            ticket = tickets.setdefault(id, Ticket(id))
            ticket.evolve(recorded.event)
            states.add(ticket.state)

    assert states == set(TicketState)
