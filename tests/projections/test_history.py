"""The history tells what happened, to whom it is asked, and never more than the moment knew."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given

from tests.projections.crates import CONTENTS, CRATES, PROJECTION, START, Crate, Pile
from tests.projections.test_framework import reading, stories, told, views_of
from txapi.domain.dates import PartialDate
from txapi.domain.event import Actor, Basis, Role
from txapi.projections import history
from txapi.projections.all import PROJECTIONS
from txapi.projections.field_labels import told_fields
from txapi.projections.history import EVERYTHING, EventFilter, Happened
from txapi.projections.moment import Reader

KINDS = {"crate": PROJECTION}


def a_pile() -> Pile:
    """Seven events: two crates, three people, one correction, one cause."""
    pile = Pile()
    supervisor = Actor("li", Role.SUPERVISOR)
    a, b = pile.crate("crate-a"), pile.crate("crate-b")
    story: list[tuple[Crate, Callable[[], None]]] = [
        (a, lambda: a.paint(pile.said(command_id="k-1"), "red", on=PartialDate.month(2015, 5))),
        (b, lambda: b.weigh(pile.said(actor=supervisor), 3)),
        (a, lambda: a.fill(pile.said(basis=Basis.INFERRED), "top", 2)),
        (a, lambda: a.fill(pile.said(causation_id="k-1", correlation_id="c-1"), "top", 1)),
        (b, lambda: b.paint(pile.said(causation_id="event-2"), "blue")),
        (a, lambda: a.correct(pile.said(), corrects=1, fields={"shade": "green"})),
        (a, lambda: a.fill(pile.said(), "top", 0)),
    ]
    for crate, act in story:
        act()
        pile.take(crate)
    return pile


@pytest.fixture
def pile() -> Pile:
    return a_pile()


@pytest.fixture
def at(pile: Pile) -> Iterator[Callable[..., Any]]:
    """Readers of the pile, by position."""
    with views_of(pile) as views:
        yield lambda position=None: reading(views, position)


# -- which events ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (EVERYTHING, [1, 2, 3, 4, 5, 6, 7]),
        (EventFilter(streams=["crate-b"]), [2, 5]),
        (EventFilter(streams=[]), []),
        (EventFilter(kinds=["crate"]), [1, 2, 3, 4, 5, 6, 7]),
        (EventFilter(kinds=["ticket"]), []),
        (EventFilter(topics=["crate.painted", "crate.weighed"]), [1, 2, 5]),
        (EventFilter(subject="li"), [2]),
        (EventFilter(unit="wutong", bases=[Basis.INFERRED]), [3]),
        (EventFilter(roles=[Role.SUPERVISOR]), [2]),
        (EventFilter(correlation="c-1"), [1, 4]),
        (EventFilter(position_from=3, position_to=4), [3, 4]),
        (EventFilter(recorded_from=START + timedelta(minutes=1)), [3, 4, 5, 6, 7]),
        (
            EventFilter(recorded_from=START + timedelta(seconds=1), recorded_to=START + timedelta(minutes=2)),
            [3, 4, 5, 6],
        ),
        (EventFilter(recorded_to=START - timedelta(seconds=1)), []),
        (EventFilter(decided_from=START + timedelta(minutes=2), decided_to=START + timedelta(minutes=2)), [5, 6]),
    ],
)
def test_every_part_of_a_filter_restricts_the_events(at: Any, asked: EventFilter, expected: list[int]) -> None:
    with at() as reader:
        assert history.page(reader, asked, 50).positions == expected
        assert history.count(reader, asked) == len(expected)


def test_events_after_the_moment_do_not_exist(at: Any) -> None:
    with at(4) as reader:
        assert history.page(reader, EVERYTHING, 50).positions == [1, 2, 3, 4]
        assert history.count(reader, EventFilter(streams=["crate-b"])) == 1
        assert history.page(reader, EventFilter(position_from=5), 50).positions == []
        assert not history.is_visible(reader, 5)
        assert not history.is_visible(reader, 0)


def test_pages_lead_through_the_history_in_both_directions(at: Any) -> None:
    with at() as reader:
        first = history.page(reader, EVERYTHING, 3)
        second = history.page(reader, EVERYTHING, 3, after=first.positions[-1])
        newest = history.page(reader, EVERYTHING, 3, backward=True)
        older = history.page(reader, EVERYTHING, 3, before=newest.positions[0], backward=True)
        rest = history.page(reader, EVERYTHING, 3, before=older.positions[0], backward=True)

    assert (first.positions, first.has_previous, first.has_next) == ([1, 2, 3], False, True)
    assert (second.positions, second.has_previous, second.has_next) == ([4, 5, 6], True, True)
    assert (newest.positions, newest.has_previous, newest.has_next) == ([5, 6, 7], True, False)
    assert (older.positions, older.has_previous, older.has_next) == ([2, 3, 4], True, True)
    assert (rest.positions, rest.has_previous, rest.has_next) == ([1], False, True)


def test_events_far_apart_are_read_one_by_one_and_neighbours_together(pile: Pile) -> None:
    assert list(history.told(pile, [1, 7])) == [1, 7]
    assert list(history.told(pile, [2, 3, 5])) == [2, 3, 5]
    assert history.told(pile, []) == {}


# -- what they say -----------------------------------------------------------------------------------------------------


def test_a_cause_is_found_by_event_or_by_command(pile: Pile, at: Any) -> None:
    with at() as reader:
        causes = {one.position: history.cause_of(reader, pile, one) for one in pile.events}

    assert causes == {1: None, 2: None, 3: None, 4: 1, 5: 2, 6: None, 7: None}


def test_a_correction_names_the_event_that_it_corrects(pile: Pile, at: Any) -> None:
    with at() as reader:
        corrected = [history.corrected_by_it(reader, one.event) for one in pile.events]

    assert corrected == [None, None, None, None, None, 1, None]


def test_the_lag_counts_from_the_last_day_on_which_it_can_have_happened(pile: Pile) -> None:
    assert history.happened_on(pile.events[0].event) == PartialDate.month(2015, 5)
    assert history.lag_days(pile.events[0]) == (date(2015, 8, 1) - date(2015, 5, 31)).days
    assert history.lag_days(pile.events[1]) is None


def test_the_data_of_an_event_are_its_own_fields_in_plain_form(pile: Pile) -> None:
    data = history.data_of(pile.events[0].event)

    assert data == {
        "shade": "red",
        "on": {"earliest": "2015-05-01", "latest": "2015-05-31", "precision": "month"},
    }


# -- what they changed ---------------------------------------------------------------------------------------------------


def changes(reader: Reader, position: int, stream: str) -> list[tuple[Any, ...]]:
    """What an event changed, without the labels."""
    found = history.changes_of(reader, KINDS, [Happened(position, "crate", stream)])[position]
    return [(one.table, one.row, one.field, one.before, one.after) for one in found]


def test_changes_tell_what_appeared_what_became_another_and_what_went(at: Any) -> None:
    with at() as reader:
        assert changes(reader, 1, "crate-a") == [
            ("crates", None, "shade", None, "red"),
            ("crates", None, "slots_used", None, 0),
        ]
        assert changes(reader, 3, "crate-a") == [
            ("crates", None, "slots_used", 0, 1),
            ("crate_contents", ("top",), "amount", None, 2),
        ]
        assert changes(reader, 4, "crate-a") == [("crate_contents", ("top",), "amount", 2, 1)]
        assert changes(reader, 6, "crate-a") == [("crates", None, "shade", "red", "green")]
        assert changes(reader, 7, "crate-a") == [
            ("crates", None, "slots_used", 1, 0),
            ("crate_contents", ("top",), "amount", 1, None),
        ]


def test_changes_carry_the_terms_of_their_fields(at: Any) -> None:
    with at() as reader:
        [shade, hidden] = history.changes_of(reader, KINDS, [Happened(1, "crate", "crate-a")])[1]

    assert (shade.label.zh, shade.label.en) == ("颜色", "shade")
    assert hidden.label.en == "slots used"


def test_changes_of_an_event_that_the_moment_does_not_know_are_none(at: Any) -> None:
    with at(3) as reader:
        assert changes(reader, 4, "crate-a") == []
        assert changes(reader, 3, "crate-a") != []


def test_a_kind_without_rows_has_no_changes(at: Any) -> None:
    with at() as reader:
        assert history.changes_of(reader, {}, [Happened(1, "crate", "crate-a")]) == {1: []}


@given(stories)
def test_the_changes_of_every_event_lead_from_the_rows_before_it_to_the_rows_after_it(story: list[Any]) -> None:
    pile = told(story)

    with views_of(pile, batch=5) as views, reading(views) as reader:
        happened = [Happened(one.position, "crate", one.event.originator_id) for one in pile.events]
        together = history.changes_of(reader, KINDS, happened)
        for recorded in pile.events:
            stream = recorded.event.originator_id
            before = _fields(pile, recorded.position - 1, stream)
            after = _fields(pile, recorded.position, stream)
            expected = {
                (*place, before.get(place), after.get(place))
                for place in {**before, **after}
                if before.get(place) != after.get(place)
            }
            assert set(changes(reader, recorded.position, stream)) == expected
            assert {
                (one.table, one.row, one.field, one.before, one.after) for one in together[recorded.position]
            } == expected


def _fields(pile: Pile, position: int, stream: str) -> dict[tuple[Any, ...], Any]:
    own, children = pile.expected(position)
    fields: dict[tuple[Any, ...], Any] = {}
    for row in own:
        if row.entity_id == stream:
            for name in ("shade", "weight", "slots_used"):
                fields[CRATES.name, None, name] = getattr(row, name)
    for child in children:
        if child.crate == stream:
            fields[CONTENTS.name, (child.slot,), "amount"] = child.amount
    return fields


def test_every_field_of_a_history_reads_in_chinese() -> None:
    unnamed = {
        f"{table.name}.{name}"
        for projection in PROJECTIONS
        for table in projection.tables
        for name, label in told_fields(table).items()
        if label.zh == name.replace("_", " ")
    }

    assert unnamed == set(), "name them in txapi.projections.field_labels"
