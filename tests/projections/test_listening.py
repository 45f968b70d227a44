"""Whoever listens hears the events that a list would show, and those of units that a noun is of or just ceased to be of."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.city import City
from tests.projections.ticket_city import ISSUER, LAND, Tickets, furnished
from txapi.domain.event import Basis, Role
from txapi.projections import history, listening
from txapi.projections.all import PROJECTIONS
from txapi.projections.history import EventFilter
from txapi.projections.listening import Wanted, behind, holds, units_of
from txapi.record.record import RecordedEvent


class Told:
    """A city, its events in order, and a reader of now."""

    def __init__(self, city: City) -> None:
        self.events: list[RecordedEvent] = list(city.record.read_all())
        self.reader = city.reader()


@pytest.fixture(scope="module")
def told(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    city = furnished(tmp_path_factory.mktemp("told"))
    give = Tickets(city)
    ticket = give.drafted("2015-08-03T09:00")
    give("2015-08-03T10:00", ISSUER, "issue_ticket", ticket)
    give("2015-08-04T09:00", LAND, "receive_ticket", ticket)
    give("2015-08-05T09:00", ISSUER, "reassign_ticket", ticket, to="planning-bureau", reason="not theirs")
    yield Told(city)
    city.close()


def parts(told: Told) -> st.SearchStrategy[dict[str, Any]]:
    """Filters of which each part is sometimes given, with values that some event has and some that none has."""
    events = told.events
    times = [time + timedelta(hours=hours) for time in {one.recorded_at for one in events} for hours in (-1, 0, 1)]
    time, position = st.sampled_from(times), st.integers(0, len(events) + 2)

    def several(values: list[Any]) -> st.SearchStrategy[list[Any]]:
        return st.lists(st.sampled_from(values), max_size=3)

    return st.fixed_dictionaries(
        {},
        optional={
            "streams": several(list({one.event.originator_id for one in events})),
            "kinds": several(["ticket", "unit", "reference", "project"]),
            "topics": several(list({one.event.TOPIC for one in events})),
            "subject": st.sampled_from([*{one.event.meta.actor.subject for one in events}, "nobody"]),
            "unit": st.sampled_from(["chongfu", "land-bureau", "nowhere"]),
            "roles": several(list(Role)),
            "bases": several(list(Basis)),
            "correlation": st.sampled_from([one.event.meta.correlation_id for one in events]),
            "recorded_from": time,
            "recorded_to": time,
            "decided_from": time,
            "decided_to": time,
            "position_from": position,
            "position_to": position,
        },
    )


@given(data=st.data())
def test_an_event_is_heard_if_and_only_if_a_list_shows_it(told: Told, data: st.DataObject) -> None:
    asked = EventFilter(**data.draw(parts(told)))

    heard = [one.position for one in told.events if holds(asked, one)]

    assert heard == history.page(told.reader, asked, 500).positions


def test_a_noun_is_of_its_own_unit_and_a_ticket_of_all_who_take_part_and_who_just_did(told: Told) -> None:
    of = {one.event.TOPIC: units_of(told.reader, PROJECTIONS, one.position) for one in told.events}
    names = {
        units_of(told.reader, PROJECTIONS, one.position) for one in told.events if one.event.TOPIC == "unit.registered"
    }

    assert names == {frozenset({code}) for code in ("chongfu", "dama", "land-bureau", "planning-bureau")}
    assert of["ticket.received"] == {"chongfu", "land-bureau"}
    assert of["ticket.reassigned"] == {"chongfu", "land-bureau", "planning-bureau"}
    assert of["reference.adopted"] == frozenset()


def test_whoever_comes_late_is_told_page_by_page_where_a_unit_takes_part(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "PAGE", 3)
    wanted = Wanted(EventFilter(kinds=["ticket", "unit"]), frozenset({"planning-bureau"}))
    found: list[int] = []
    after = 0

    while after < len(told.events):
        part = behind(told.reader, PROJECTIONS, wanted, after)
        assert part.until > after
        found += part.positions
        after = part.until

    assert [told.events[position - 1].event.TOPIC for position in found] == ["unit.registered", "ticket.reassigned"]
