"""Tickets can be asked for at any moment, and every answer is what the rules say of the state at that moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.city import City, instant
from tests.projections.ticket_city import ISSUER, Tickets, folded, furnished, told
from txapi.domain.dates import day_of
from txapi.domain.light import Light
from txapi.domain.reference import References
from txapi.domain.ticket import Ticket
from txapi.domain.ticket import questions as rules
from txapi.domain.ticket.light import grounds, light
from txapi.domain.ticket.refusals import IssueNeedsAHandler
from txapi.domain.ticket.values import Escalation, TicketCategory, TicketState
from txapi.projections import tickets
from txapi.projections.moment import Reader, at_position
from txapi.projections.select import Page
from txapi.projections.ticket_questions import (
    TicketDimension,
    TicketFilter,
    TicketOrderField,
    groups,
    order_by,
    select,
)
from txapi.projections.ticket_rows import OPEN

UNITS = ("chongfu", "dama", "land-bureau", "planning-bureau")
Rule = Callable[[Ticket, Any, References], bool]


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory, store: str) -> Iterator[City]:
    city = furnished(tmp_path_factory.mktemp("city"))
    city.one = told(city)  # type: ignore[attr-defined]
    yield city
    city.close()


def moments(city: City) -> Iterator[Reader]:
    """Every fourth position and the head, each judged by clocks from before the story to after it."""
    reader = city.reader()
    head = reader.moment.position
    for position in [*range(1, head, 4), head]:
        for day in (-3, 0, 4, 9, 17, 40):
            clock = instant("2015-08-04T12:00") + timedelta(days=day)
            yield reader.at(at_position(reader.connection, position, clock))


def names(city: City, reader: Reader, asked: TicketFilter) -> set[str]:
    found = {row.entity_id for row in select(reader, asked).all()}
    return {name for name, id in city.one.items() if id in found}  # type: ignore[attr-defined]


RULES: list[tuple[TicketFilter, Rule]] = [
    (TicketFilter(overdue=True), lambda one, clock, _: bool(rules.overdue(one, clock))),
    (TicketFilter(overdue=False), lambda one, clock, _: not rules.overdue(one, clock)),
    (TicketFilter(due_within_days=0), lambda one, clock, _: bool(rules.due_within(one, clock, 0))),
    (TicketFilter(due_within_days=7), lambda one, clock, _: bool(rules.due_within(one, clock, 7))),
    (TicketFilter(open=True), lambda one, _, __: one.state in OPEN),
    (TicketFilter(open=False), lambda one, _, __: one.state not in OPEN),
    (TicketFilter(escalated=True), lambda one, _, __: one.escalation is not Escalation.NONE),
    (TicketFilter(awaiting_confirmation=True), lambda one, _, __: one.state is TicketState.RESOLVED),
    (TicketFilter(was_late=True), lambda one, _, __: grounds(one).late),
    *[(TicketFilter(states=[state]), lambda one, _, __, state=state: one.state is state) for state in TicketState],
    *[
        (TicketFilter(lights=[colour]), lambda one, clock, known, colour=colour: colour is colour_of(one, clock, known))
        for colour in Light
    ],
    *[
        (TicketFilter(to_receive=[unit]), lambda one, clock, _, unit=unit: unit in rules.to_receive(one, clock))
        for unit in UNITS
    ],
    *[
        (TicketFilter(to_reply=[unit]), lambda one, clock, _, unit=unit: unit in rules.to_reply(one, clock))
        for unit in UNITS
    ],
    *[
        (
            TicketFilter(owed_by=[unit], overdue=True),
            lambda one, clock, _, unit=unit: unit in [owed.unit for owed in rules.overdue(one, clock)],
        )
        for unit in UNITS
    ],
    *[
        (
            TicketFilter(owed_by=[unit], due_within_days=5),
            lambda one, clock, _, unit=unit: unit in [owed.unit for owed in rules.due_within(one, clock, 5)],
        )
        for unit in UNITS
    ],
]


def colour_of(ticket: Ticket, clock: Any, known: References) -> Light:
    return light(grounds(ticket), clock, known.thresholds_on(day_of(clock))).colour


def test_every_filter_finds_at_every_moment_and_clock_what_the_rules_say(city: City) -> None:
    ones: dict[str, str] = city.one  # type: ignore[attr-defined]
    known = city.desk.references
    first = min(city.record.stream_events(id)[0].position for id in ones.values())

    for reader in moments(city):
        moment = reader.moment
        if moment.position < first:
            assert names(city, reader, TicketFilter()) == set()
            continue
        state = {name: folded(city, id, moment.position) for name, id in ones.items()}
        existing = {name: one for name, one in state.items() if one.exists}

        for asked, rule in RULES:
            expected = {name for name, one in existing.items() if rule(one, moment.clock, known)}
            assert names(city, reader, asked) == expected, (asked, moment)


def test_the_light_of_a_row_is_the_light_by_which_it_is_found(city: City) -> None:
    for reader in moments(city):
        shown = {row.entity_id: tickets.light_of(reader, row).colour for row in select(reader).all()}

        found = {
            row.entity_id: colour for colour in Light for row in select(reader, TicketFilter(lights=[colour])).all()
        }

        assert found == shown


def test_a_ticket_received_by_nobody_turns_from_one_to_receive_into_one_to_reply_by_the_clock_alone(
    city: City,
) -> None:
    silent: str = city.one["silent"]  # type: ignore[attr-defined]
    position = next(one.position for one in city.record.stream_events(silent) if one.event.TOPIC == "ticket.issued")

    before = city.reader(position, "2015-08-04T23:59:59")
    after = city.reader(position, "2015-08-05T00:00:00")

    land = ["land-bureau"]
    assert "silent" in names(city, before, TicketFilter(to_receive=land))
    assert "silent" not in names(city, before, TicketFilter(to_reply=land))
    assert "silent" not in names(city, after, TicketFilter(to_receive=land))
    assert "silent" in names(city, after, TicketFilter(to_reply=land))


def test_units_are_found_by_the_part_that_they_take(city: City) -> None:
    reader = city.reader()

    assert names(city, reader, TicketFilter(copied_to=["dama"])) == {"supported"}
    assert names(city, reader, TicketFilter(units=["dama"])) == {"supported"}
    assert names(city, reader, TicketFilter(handlers=["planning-bureau"])) == {"item", "returned"}
    assert names(city, reader, TicketFilter(units=["planning-bureau"])) == {
        "item", "returned", "supported", "escalated",
    }  # fmt: skip
    assert names(city, reader, TicketFilter(issuers=["dama"])) == set()


def test_texts_numbers_and_categories_are_found(city: City) -> None:
    reader = city.reader()

    assert names(city, reader, TicketFilter(number="2015-0001")) == {"silent"}
    assert names(city, reader, TicketFilter(text="20亩")) == {"resolved"}
    assert names(city, reader, TicketFilter(categories=[TicketCategory.INDUSTRIAL_WASTEWATER])) == {"returned"}
    assert names(city, reader, TicketFilter(states=[])) == set()


SOME = {
    "all": TicketFilter(),
    "those that are nearly all": TicketFilter(lights=[Light.YELLOW, Light.GREEN, Light.RED]),
    "open ones of some units": TicketFilter(units=list(UNITS), open=True),
    "those of some units": TicketFilter(units=list(UNITS)),
}


@pytest.mark.parametrize("asked", SOME.values(), ids=SOME)
@pytest.mark.parametrize("field", list(TicketOrderField))
@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("back", [0, 20])
def test_pages_neither_skip_nor_repeat_in_any_order(
    city: City, asked: TicketFilter, field: TicketOrderField, descending: bool, back: int
) -> None:
    reader = city.reader(city.reader().moment.position - back)
    order = [order_by(field, descending=descending)]
    whole = [row.entity_id for row in select(reader, asked).all(order=order)]
    assert whole

    paged: list[str] = []
    after = None
    while True:
        found = select(reader, asked).page(order, Page(2, after))
        paged += [row.entity_id for row in found.rows]
        if not found.has_next:
            break
        after = found.keys[-1]

    assert paged == whole
    assert len(set(paged)) == len(paged)


@pytest.mark.slow_on("postgresql")
def test_groups_add_up_to_what_the_lists_count(city: City) -> None:
    for reader in moments(city):
        for dimension in TicketDimension:
            found = groups(reader, [dimension])

            assert sum(group.count for group in found) == select(reader).count()
            assert sum(group.overdue for group in found) == select(reader, TicketFilter(overdue=True)).count()

        for group in groups(reader, [TicketDimension.STATE, TicketDimension.LIGHT]):
            asked = TicketFilter(states=[TicketState(group.keys[0])], lights=[Light(group.keys[1])])
            assert select(reader, asked).count() == group.count


def test_handlings_keep_what_each_unit_did_although_another_leads_now(city: City) -> None:
    ones: dict[str, str] = city.one  # type: ignore[attr-defined]

    first, second = tickets.handlings_of(city.reader(), [ones["returned"]])

    assert (first.unit_code, first.outcome.value, first.opinion) == ("land-bureau", "returned", "不属本局职责")
    assert (second.unit_code, second.round) == ("planning-bureau", 2)
    assert first.known() == folded(city, ones["returned"], city.record.head.position).handlings[0]


def test_numbers_follow_one_another_within_a_year_and_refused_commands_use_none_up(tmp_path: Path) -> None:
    other = furnished(tmp_path, "2015-12-30T09:00")
    do = Tickets(other)
    nobody = do.drafted("2015-12-30T09:00", handler=None)

    issued = [do.issued("2015-12-30T10:00")]
    with pytest.raises(IssueNeedsAHandler):
        do("2015-12-30T11:00", ISSUER, "issue_ticket", nobody)
    issued += [do.issued("2015-12-31T10:00"), do.issued("2016-01-01T00:00")]

    rows = {row.entity_id: row.number for row in select(other.reader()).all()}
    assert [rows[id] for id in issued] == ["2015-0001", "2015-0002", "2016-0001"]
    other.close()
