"""What scoreboards and groups add up is kept from one question to the next, and is what adding up anew comes to."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.city import AUDITOR, LEADER, READER, City, clerk
from tests.projections.ticket_city import furnished_and_told
from tests.stores import place
from tests.views import Overheard
from txapi.application.references import adopt_edition
from txapi.domain.editions import EditionKind
from txapi.domain.event import Actor
from txapi.projections import project_questions, references, scoreboards, sums, ticket_questions
from txapi.projections.moment import Reader, at_position
from txapi.projections.project_questions import ProjectDimension
from txapi.projections.project_rows import PROJECTS
from txapi.projections.restricted import Noted, as_read_by
from txapi.projections.select import Select
from txapi.projections.supervision import SUPERVISION_LISTS, outstanding, standings
from txapi.projections.ticket_questions import TicketDimension
from txapi.projections.ticket_rows import TICKETS
from txapi.projections.totals import total
from txapi.simulation import simulate

QUESTIONS: dict[str, Callable[[Reader], Any]] = {
    "starts and completions": scoreboards.implementing_bodies,
    "those of the year before": lambda reader: scoreboards.implementing_bodies(
        reader, reader.moment.valid_day.year - 1
    ),
    "replies and resolutions": scoreboards.handling_units,
    "tickets by handler and light": lambda reader: ticket_questions.groups(
        reader, [TicketDimension.HANDLER, TicketDimension.LIGHT]
    ),
    "projects by unit and light": lambda reader: project_questions.groups(
        reader, [ProjectDimension.UNIT, ProjectDimension.LIGHT]
    ),
    "projects by industry, list and group": lambda reader: project_questions.groups(
        reader, [ProjectDimension.INDUSTRY, ProjectDimension.SUPERVISION_LIST, ProjectDimension.GROUP]
    ),
    "all projects in one": lambda reader: project_questions.groups(reader, []),
    "what is outstanding": outstanding,
    "members of supervision lists": lambda reader: standings(reader, Select(SUPERVISION_LISTS, reader).all()),
}


OF_NOUNS = re.compile(r"\b(?:t\.entity_id|t\.ticket_id|b\.project_id) IN \(\?")
"""How a statement says that it is about some nouns only."""


def answers(reader: Reader) -> dict[str, Any]:
    return {name: ask(replace(reader, memo={})) for name, ask in QUESTIONS.items()}


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory, store: str) -> Iterator[City]:
    """Two simulated years."""
    folder = tmp_path_factory.mktemp("simulated")
    simulate(place(folder), units=6, projects=36, years=2, seed=29)
    city = City(folder, start="2026-01-02T09:00")
    city.follower.catch_up()
    yield city
    city.close()


def any_moments(city: City, connection: Any) -> Iterator[Reader]:
    """Near and far, forwards and backwards, on few days: after what was recorded and before it, by every fact and up to a day."""
    chance, head, now = random.Random(7), city.record.head.position, city.clock.now()
    for number in range(60):
        position = max(1, head - chance.choice((0, 1, 3, 20, 150, chance.randint(0, head - 1))))
        clock = now + timedelta(hours=chance.randint(0, 50)) if number % 5 else None
        if number % 7 == 6:
            clock = now - timedelta(days=chance.randint(1, 500))
        moment = at_position(connection, position, clock)
        valid_on = moment.day - timedelta(days=chance.choice((0, 40, 400))) if number % 4 == 3 else None
        yield Reader(connection, at_position(connection, position, clock, valid_on))


@pytest.mark.slow_on("postgresql")
def test_what_is_kept_gives_what_is_added_up_anew(city: City) -> None:
    sums.forget()
    with city.views.snapshot() as connection:
        moments = list(any_moments(city, connection))
        with_the_kept = [answers(reader) for reader in moments]
        for reader, found in zip(moments, with_the_kept, strict=True):
            sums.forget()
            assert found == answers(reader), reader.moment
    assert any(found["what is outstanding"] for found in with_the_kept)
    assert any(one.listed for found in with_the_kept for one in found["members of supervision lists"].values())


def test_what_happened_since_is_all_that_is_looked_at(city: City) -> None:
    statements: list[str] = []
    with city.views.snapshot() as connection:
        listening = Overheard(connection, statements)
        kinds = dict(connection.execute("SELECT position, kind FROM events").fetchall())
        # Few nouns lie between them, and nothing on which every other noun rests.
        before = next(
            at
            for at in range(city.record.head.position - 30, 0, -1)
            if {kinds[at + step] for step in range(1, 31)} <= {"project", "ticket", "target", "company", "parcel"}
            and {"project", "ticket"} <= {kinds[at + step] for step in range(1, 31)}
        )

        def asked(position: int) -> list[str]:
            statements.clear()
            answers(Reader(listening, at_position(connection, position, city.clock.now())))
            return [each for each in statements if "count(*)" in each]

        sums.forget()
        anew = asked(before + 30)
        assert len(anew) > len(QUESTIONS)
        assert not any(OF_NOUNS.search(each) for each in anew)
        assert asked(before + 30) == []

        moved = asked(before)
        assert len(moved) == 2 * len(anew)
        assert all(OF_NOUNS.search(each) for each in moved)
        assert asked(before) == []


def test_a_total_that_is_kept_is_what_is_counted_and_no_filters(city: City) -> None:
    sums.forget()
    with city.views.snapshot() as connection:
        for reader in any_moments(city, connection):
            for table in (TICKETS, PROJECTS):
                whole: Select[Any] = Select(table, reader)
                assert total(whole) == whole.count()
            asked = ticket_questions.TicketFilter(open=True)
            assert total(ticket_questions.select(reader, asked)) == ticket_questions.select(reader, asked).count()


def test_an_adoption_in_between_begins_anew(tmp_path: Path) -> None:
    """By other thresholds lights change of tickets, too, to which nothing happened."""
    city, _ = furnished_and_told(tmp_path)
    sums.forget()

    def lights() -> dict[Any, int]:
        found = ticket_questions.groups(city.reader(), [TicketDimension.LIGHT])
        return {group.keys[0]: group.count for group in found}

    before = lights()
    [*_, known] = [row.body for row in references.select(city.reader(), EditionKind.THRESHOLDS).all()]
    soon = {**known["due_soon_days"], "value": 300}
    adopt_edition(
        city.desk, city.order(), kind=EditionKind.THRESHOLDS, edition="soon", content={**known, "due_soon_days": soon}
    )

    after = lights()
    assert after != before
    sums.forget()
    assert after == lights()
    city.close()


@pytest.mark.parametrize("everybody_first", [True, False])
def test_sums_of_one_viewer_are_no_sums_of_another(tmp_path: Path, everybody_first: bool) -> None:
    city, _ = furnished_and_told(tmp_path)
    adopt_edition(
        city.desk, city.order(), kind=EditionKind.READING_POLICY, edition="reading", content={"basis": "inferred"}
    )
    entire = city.reader()
    sums.forget()

    def count(actor: Actor) -> int:
        reader = replace(as_read_by(entire, actor), memo={})
        return sum(group.count for group in ticket_questions.groups(reader, [TicketDimension.STATE]))

    viewers = [LEADER, clerk("dama"), READER]
    counted = [count(actor) for actor in (viewers if everybody_first else reversed(viewers))]

    everything, some, none = counted if everybody_first else reversed(counted)
    assert (some, none) == (1, 0)
    assert everything == Select(TICKETS, entire).count() > 1
    city.close()


def test_who_leaves_a_trace_leaves_it_of_what_is_kept_as_well(tmp_path: Path) -> None:
    city, _ = furnished_and_told(tmp_path)
    adopt_edition(
        city.desk, city.order(), kind=EditionKind.READING_POLICY, edition="reading", content={"basis": "inferred"}
    )
    for _ in range(2):
        ticket_questions.groups(city.reader(), [TicketDimension.STATE])
        reader = as_read_by(city.reader(), AUDITOR)
        ticket_questions.groups(reader, [TicketDimension.STATE])
        assert isinstance(reader.restriction, Noted)
        assert reader.restriction.kinds == {"ticket"}
    city.close()


def test_a_history_that_went_another_way_is_told_apart(city: City) -> None:
    """A restored record may come to the same position by other events: what was kept of the lost ones is not taken."""
    head, now = city.record.head.position, city.clock.now()
    with city.views.snapshot() as connection:
        sums.forget()
        reader = Reader(connection, at_position(connection, head, now))
        right = answers(reader)
        for entries in sums._kept.values():
            entries[:] = [
                replace(each, event_id="of a history that is gone", sums={("nobody",): (999,)}) for each in entries
            ]
        assert answers(reader) == right


def test_a_clock_behind_the_record_is_judged_by_its_instant(city: City) -> None:
    """What was answered later that day was not answered yet."""
    with city.views.snapshot() as connection:
        head = city.record.head.position
        recorded_at = at_position(connection, head).recorded_at
        for clock in (recorded_at - timedelta(hours=1), recorded_at - timedelta(days=30)):
            sums.forget()
            reader = Reader(connection, at_position(connection, head, clock))
            found = answers(reader)
            sums.forget()
            assert found == answers(reader)
            assert not sums._kept
