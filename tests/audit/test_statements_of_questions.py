"""A question takes as many statements for a long page as for a short one, and a cursor that somebody made up is bad input."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.audit.project_city import enter, forecast_start, founded, introduce, open_list, start
from tests.city import City
from tests.views import Overheard
from txapi.audit.questions.corrected_figures import FiguresAsked, corrected_figures
from txapi.audit.questions.deadline_bases import DeadlinesAsked, deadline_bases
from txapi.audit.questions.list_on_cut_off import members_on_cut_off
from txapi.audit.questions.pages import Key, Lines
from txapi.audit.questions.printed_beside_computed import PrintedAsked, printed_beside_computed
from txapi.audit.questions.retroactive_lights import LightsAsked, retroactive_lights
from txapi.domain.errors import BadInput
from txapi.projections.moment import Reader

JULY = date(2015, 7, 1)
LIGHTS = LightsAsked(first=JULY, last=JULY + timedelta(days=30))
Ask = Callable[[Reader, str, int, Key | None], Lines[Any]]
QUESTIONS: dict[str, Ask] = {
    "corrected figures": lambda reader, _, size, after: corrected_figures(
        reader, FiguresAsked(), size=size, after=after
    ),
    "printed beside computed": lambda reader, _, size, after: printed_beside_computed(
        reader, PrintedAsked(), size=size, after=after
    ),
    "list on cut-off": lambda reader, id, size, after: members_on_cut_off(reader, id, JULY, size=size, after=after),
    "retroactive lights": lambda reader, _, size, after: retroactive_lights(reader, LIGHTS, size=size, after=after),
    "deadline bases": lambda reader, _, size, after: deadline_bases(reader, DeadlinesAsked(), size=size, after=after),
}


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    city = founded(tmp_path, "2015-06-01T09:00")
    yield city
    city.close()


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory, store: str) -> Iterator[City]:
    """One that is asked and not changed."""
    city = founded(tmp_path_factory.mktemp("empty"), "2015-06-01T09:00")
    yield city
    city.close()


def listed(city: City, count: int) -> str:
    """A list of so many projects that started in time, which was recorded ten days after they seemed overdue."""
    id = open_list(city, count)
    ids = [introduce(city.at("2015-06-02T09:00"), f"P{number}") for number in range(count)]
    for project in ids:
        forecast_start(city, project, "2015-06-30")
        enter(city, project, id, "2015-06-02")
    for project in ids:
        start(city.at("2015-07-10T09:00"), project, "2015-06-20")
    city.at("2015-07-20T09:00")
    return id


def counted(city: City, ask: Ask, id: str, size: int) -> tuple[int, int]:
    """How many statements a page takes, and how many lines it has."""
    present = city.reader()
    statements: list[str] = []
    reader = Reader(Overheard(present.connection, statements), present.moment)
    lines = ask(reader, id, size, None).lines
    return len(statements), len(lines)


@pytest.mark.parametrize("name", ["list on cut-off", "retroactive lights"])
def test_a_page_of_twelve_takes_as_many_statements_as_a_page_of_three(city: City, name: str) -> None:
    id = listed(city, 12)
    counted(city, QUESTIONS[name], id, 1)  # What was adopted is read once, and remembered.

    few, some = counted(city, QUESTIONS[name], id, 3)
    many, more = counted(city, QUESTIONS[name], id, 12)

    assert (some, more) == (3, 12)
    assert few == many <= 20


@pytest.mark.parametrize("name", sorted(QUESTIONS))
@pytest.mark.parametrize("after", [("nonsense",), (None,), (1, 2), (), ("1", "2", "3", "4", "5")])
def test_a_key_that_is_none_of_the_list_is_bad_input(empty: City, name: str, after: Key) -> None:
    with pytest.raises(BadInput) as refused:
        QUESTIONS[name](empty.reader(), "no list", 5, after)

    assert refused.value.code == "BAD_CURSOR"
