"""Question 3: why is 58.2 printed where the data gives 58.1; which goal was in force that day?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.audit import project_city
from tests.audit.asking import listed, paged, resting_on, told
from tests.audit.target_city import (
    correct_value,
    document,
    founded,
    inferred,
    print_item,
    print_rate,
    report,
    revise,
    set_target,
    wan,
)
from tests.city import ADMINISTRATOR, SUPERVISOR, City, instant
from tests.datasets.given import BOTH
from tests.stores import place
from tests.views import opened
from txapi.application import groups, projects, targets
from txapi.application.references import adopt_edition
from txapi.audit.questions.explaining import Explanation
from txapi.audit.questions.printed_beside_computed import (
    PrintedAsked,
    PrintedBesideComputed,
    count_printed,
    printed_beside_computed,
)
from txapi.datasets.loading import load_dataset
from txapi.datasets.references import bundled_references
from txapi.domain.editions import EditionKind
from txapi.domain.event import Basis
from txapi.domain.group import GroupKind
from txapi.domain.money import Bound, Money
from txapi.domain.pace import Goal
from txapi.domain.publication import PublishedKind
from txapi.domain.quantity import Quantity, Ratio
from txapi.projections.all import PROJECTIONS
from txapi.projections.follower import Follower
from txapi.projections.moment import Reader, at_position, head_of
from txapi.record.record import Record

EVERYTHING = PrintedAsked()


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    city = founded(tmp_path)
    yield city
    city.close()


def reported(city: City, goal: Goal) -> str:
    """A target with that goal since January, and 13,955 through 31 July."""
    target = set_target(city, goal)
    report(city.at("2015-08-03T10:00"), target, "2015-07-31", wan("13955"))
    return target


def printed(city: City, target: str, percent: str = "58.2", as_of: str = "2015-07-31") -> int:
    """The share that a report of 11 August printed; the position of its noting."""
    city.at("2015-08-11T09:00")
    return print_rate(city, document(city, instant("2015-08-11T07:51")), target, percent, as_of)


def only(city: City, **moment: Any) -> PrintedBesideComputed:
    [line] = printed_beside_computed(city.reader(**moment), EVERYTHING).lines
    return line


def test_58_2_is_58_1_rounded_twice_where_the_goal_is_24000(city: City) -> None:
    target = reported(city, Goal(value=wan("24000")))
    at = printed(city, target)

    line = only(city)

    # 13,955 / 24,000 = 58.14583 %: 58.1, but 58.15 at two places, and that again at one place is 58.2.
    assert (line.value, line.places, line.computed) == (Decimal("58.2"), 1, Decimal("58.1"))
    assert line.found.ratio is not None
    assert line.found.ratio.equals(Ratio(13955, 24000))
    assert line.explanation is Explanation.ROUNDED_TWICE
    assert line.because.en == "only by rounding twice: 58.1458 → 58.15 → 58.2"
    assert line.because.zh == "仅两次四舍五入可得：58.1458 → 58.15 → 58.2"
    assert line.found.goal is not None
    assert (line.found.goal.goal.value, line.found.goal.goal.basis) == (wan("24000"), Basis.STATED)
    assert not line.found.goal_stated_later
    assert line.needed is not None
    assert (line.needed.above, line.needed.up_to) == (Decimal("23957.1"), Decimal("23998.3"))
    assert line.events[-1] == line.printed_by == at
    assert set(line.events) == {at, line.found.goal_position, line.found.figure_position}


def test_what_is_printed_as_it_is_computed_is_equal_and_58_1_is(city: City) -> None:
    printed(city, reported(city, Goal(value=wan("24000"))), "58.1")

    assert only(city).explanation is Explanation.EQUAL


def test_a_goal_that_is_only_an_interval_leaves_58_2_possible(city: City) -> None:
    printed(city, reported(city, inferred("23957.1", "23998.2")))

    line = only(city)

    assert line.explanation is Explanation.GOAL_WITHIN
    assert (line.computed, line.computed_between) == (None, (Decimal("58.2"), Decimal("58.2")))
    assert line.because.en == (
        "needs a goal above 23957.1 and up to 23998.3; a goal of 24000 gives 58.1%, or by rounding twice:"
        " 58.1458 → 58.15 → 58.2"
    )


def test_a_share_that_no_goal_of_the_interval_gives_differs(city: City) -> None:
    printed(city, reported(city, inferred("23957.1", "23998.2")), "58.3")

    assert only(city).explanation is Explanation.DIFFERS


def test_what_follows_from_an_earlier_figure_is_stale(city: City) -> None:
    target = reported(city, Goal(value=wan("24000")))
    first = city.record.head.position
    correct_value(city.at("2015-08-05T10:00"), target, 3, "14400", "漏报")
    printed(city, target, "58.1")

    line = only(city)

    # 14,400 of 24,000 is 60.0 %; 58.1 is what 13,955 gave, which was known until the correction.
    assert (line.computed, line.explanation, line.known_at) == (Decimal("60.0"), Explanation.STALE, first)
    assert first in line.events


def test_a_figure_of_an_earlier_month_is_stale(city: City) -> None:
    target = set_target(city, Goal(value=wan("24000")))
    june = report(city.at("2015-07-02T10:00"), target, "2015-06-30", wan("12600"))
    report(city.at("2015-08-03T10:00"), target, "2015-07-31", wan("13955"))
    printed(city, target, "52.5")

    line = only(city)

    assert (line.explanation, line.known_at) == (Explanation.STALE, june)


def test_the_goal_in_force_is_that_of_the_day_and_another_may_explain_what_was_printed(city: City) -> None:
    target = reported(city, Goal(value=wan("28000")))
    revised = revise(city.at("2015-08-05T09:00"), target, Goal(value=wan("23980")), "年中调整")
    printed(city, target)

    line = only(city)

    # The goal was revised on 5 August, after the day of the figure: 13,955 / 28,000 = 49.8 %, / 23,980 = 58.2 %.
    assert line.found.goal is not None
    assert (line.found.goal.goal.value, line.computed) == (wan("28000"), Decimal("49.8"))
    assert (line.explanation, line.known_at) == (Explanation.OTHER_GOAL, revised)


@pytest.mark.parametrize(("revised", "computed"), [("2015-07-31T23:59:59", "58.2"), ("2015-08-01T00:00:00", "49.8")])
def test_a_goal_is_in_force_on_a_day_from_before_its_24_00(city: City, revised: str, computed: str) -> None:
    target = set_target(city, Goal(value=wan("28000")))
    revise(city.at(revised), target, Goal(value=wan("23980")), "年中调整")
    report(city.at("2015-08-03T10:00"), target, "2015-07-31", wan("13955"))
    printed(city, target)

    assert only(city).computed == Decimal(computed)


def test_without_a_goal_by_that_day_the_first_one_stated_later_counts(city: City) -> None:
    target = set_target(city)
    report(city.at("2015-08-03T10:00"), target, "2015-07-31", wan("13955"))
    printed(city, target)
    assert only(city).explanation is Explanation.NOT_COMPUTABLE
    targets.state_goal(city.desk, city.order(SUPERVISOR), target=target, goal=Goal(value=wan("24000")))

    line = only(city)

    assert (line.found.goal_stated_later, line.computed) == (True, Decimal("58.1"))


def test_as_of_the_past_the_later_correction_explains_nothing_yet(city: City) -> None:
    target = reported(city, Goal(value=wan("24000")))
    at = printed(city, target, "58.1")
    correct_value(city.at("2015-08-20T10:00"), target, 3, "14400", "漏报")

    assert only(city, position=at).explanation is Explanation.EQUAL
    assert only(city).explanation is Explanation.STALE
    assert printed_beside_computed(city.reader(position=at - 1), EVERYTHING).lines == ()


def test_a_printed_amount_stands_beside_the_reported_figure(city: City) -> None:
    target = reported(city, Goal(value=wan("24000")))
    paper = document(city.at("2015-08-11T09:00"), instant("2015-08-11T07:51"))
    for amount in ("1.4", "1.3"):
        money = Money.of(amount, "亿美元")
        print_item(city, paper, ("target", target), amount, PublishedKind.TOTAL, money=money, as_of="2015-07-31")

    equal, differs = printed_beside_computed(city.reader(), EVERYTHING).lines

    # 13,955 ten thousand dollars are 1.3955 hundred million, 1.4 at one place.
    assert (equal.computed, equal.explanation) == (Decimal("1.4"), Explanation.EQUAL)
    assert differs.explanation is Explanation.DIFFERS


class Group(NamedTuple):
    """A joint start of two projects, and the document that speaks of it."""

    id: str
    paper: str


@pytest.fixture
def group(city: City) -> Group:
    for edition in bundled_references(lambda year: False):
        if edition.kind in (EditionKind.COUNTING_RULE, EditionKind.MILESTONE_TEMPLATES):
            adopt_edition(city.desk, city.order(ADMINISTRATOR), **edition._asdict())
    city.at("2015-06-01T09:00")
    id = groups.register_group(
        city.desk, city.order(SUPERVISOR), kind=GroupKind.JOINT_START, name="集中开工", count_stated=2
    ).id
    for code, amount in (("P1", "20.4"), ("P2", "14.5")):
        project = project_city.introduce(city, code)
        order = city.order(SUPERVISOR)
        projects.set_investment(city.desk, order, project=project, total=Money.of(amount, "亿元"))
        projects.join_group(city.desk, city.order(SUPERVISOR), project=project, group=id)
    return Group(id, document(city))


def test_the_total_of_a_group_is_the_sum_of_its_members_at_the_printed_precision(city: City, group: Group) -> None:
    for text, bound in (("35", Bound.EXACT), ("34", Bound.MORE_THAN), ("34.9", Bound.MORE_THAN)):
        money = Money.of(text, "亿元", bound)
        print_item(city, group.paper, ("group", group.id), text, PublishedKind.TOTAL, money=money)
    value = Quantity.of("2", "project")
    print_item(city, group.paper, ("group", group.id), "2", PublishedKind.COUNT, value=value)

    found = printed_beside_computed(city.reader(), EVERYTHING).lines

    # 20.4 and 14.5 are 34.9: 35 without decimals, more than 34, and not more than 34.9.
    assert [(line.computed, line.explanation) for line in found] == [
        (Decimal(35), Explanation.EQUAL),
        (Decimal(35), Explanation.EQUAL),
        (Decimal("34.9"), Explanation.DIFFERS),
        (Decimal(2), Explanation.EQUAL),
    ]


def test_figures_come_in_pages_and_by_document_noun_and_kind(city: City) -> None:
    target = reported(city, Goal(value=wan("24000")))
    other = set_target(city, Goal(value=wan("18000")), "FDI_ACTUAL")
    paper = document(city.at("2015-08-11T09:00"), instant("2015-08-11T07:51"))
    positions = [print_rate(city, paper, id, "58.1") for id in (target, other, target)]
    print_item(city, paper, ("target", target), "时间过半", PublishedKind.STATEMENT)
    reader = city.reader()

    page = printed_beside_computed(reader, EVERYTHING, size=2)
    rest = printed_beside_computed(reader, EVERYTHING, size=2, after=page.lines[-1].key)

    assert ([line.printed_by for line in (*page.lines, *rest.lines)]) == positions
    assert (page.has_next, rest.has_next) == (True, False)
    assert count_printed(reader, EVERYTHING) == 3
    assert count_printed(reader, PrintedAsked(about=other, publication=paper)) == 1
    assert count_printed(reader, PrintedAsked(kinds=(PublishedKind.TOTAL,))) == 0
    assert count_printed(reader, PrintedAsked(publication=target)) == 0


def test_the_report_s_own_figures(tmp_path: Path) -> None:
    load_dataset(place(tmp_path), BOTH[:1])
    record = Record.open(place(tmp_path), owner=False)
    views = opened(tmp_path, record.record_id, PROJECTIONS)
    Follower(record, views).catch_up()
    with views.snapshot() as connection:
        reader = Reader(connection, at_position(connection, head_of(connection)))
        found = printed_beside_computed(reader, EVERYTHING, size=100).lines
    record.close()
    views.close()
    rates = {line.row.printed: line for line in found if line.row.kind is PublishedKind.RATE}

    # Of the targets only intervals are known, and each was inferred from what was printed; the lists give their counts.
    assert {text: line.explanation for text, line in rates.items()} == {
        "58.2%": Explanation.GOAL_WITHIN,
        "89.13%": Explanation.GOAL_WITHIN,
        "62.11%": Explanation.GOAL_WITHIN,
        "59.08%": Explanation.GOAL_WITHIN,
        "66.7%": Explanation.EQUAL,
        "68.8%": Explanation.EQUAL,
    }
    first = rates["58.2%"]
    assert first.day == date(2015, 7, 31)
    assert first.needed is not None
    assert (first.needed.above, first.needed.up_to, first.needed.round_goal) == (
        Decimal("23957.1"),
        Decimal("23998.3"),
        Decimal(24000),
    )
    # With 24,000 the data gives 58.1; the goal of the day is inferred, and recorded with the report, after that day.
    assert first.needed.round_ratio.text() == "58.1%"
    assert first.needed.round_goal_needs_two_roundings
    assert first.found.goal is not None
    assert (first.found.goal.goal.basis, first.found.goal_stated_later) == (Basis.INFERRED, True)
    assert first.found.goal.goal.bounds == (wan("23957.1"), wan("23998.2"))
    counts = {line.row.printed: line for line in found if line.row.about_kind == "supervision_list"}
    assert [counts[text].explanation for text in ("129", "141")] == [Explanation.EQUAL] * 2
    # How many had been done is not computed while no member is known.
    assert [counts[text].explanation for text in ("86", "97")] == [Explanation.NOT_COMPUTABLE] * 2


# -- as it is asked ----------------------------------------------------------------------------------------------------


def test_the_published_operation_and_the_command_give_the_same_answer(city: City, tmp_path: Path) -> None:
    target = reported(city, Goal(value=wan("24000")))
    at = printed(city, target)
    printed(city, target, "58.1")

    lines = listed(city, "PrintedBesideComputed", about=target, kinds=["RATE"])
    first, second = sorted(lines, key=lambda line: int(line["printedBy"]["position"]))
    by_command = told(tmp_path, "printed-beside-computed", "--set", f"about={target}")["printedBesideComputed"]["nodes"]
    then = told(tmp_path, "3", "--at", str(at - 2))["printedBesideComputed"]["nodes"]

    assert (first["item"]["printed"], first["value"], first["computed"]) == ("58.2%", "58.2", "58.1")
    assert first["ratio"]["percent"] == "58.1458"
    assert (first["explanation"], first["because"]["en"]) == (
        "ROUNDED_TWICE",
        "only by rounding twice: 58.1458 → 58.15 → 58.2",
    )
    assert (first["goal"]["goal"]["value"]["text"], first["goal"]["goal"]["basis"]) == ("USD 240 million", "STATED")
    assert (first["needed"]["above"], first["needed"]["upTo"]) == ("23957.1", "23998.3")
    assert second["explanation"] == "EQUAL"
    assert resting_on(first) == ["target.goal_stated", "target.actual_reported", "publication.item_printed"]
    assert paged(city, "PrintedBesideComputed", size=1) == lines
    for node in (*lines, *by_command):
        del node["item"]["id"], node["item"]["about"]["id"], node["item"]["publication"]["id"]
    assert by_command == lines
    assert then == []
