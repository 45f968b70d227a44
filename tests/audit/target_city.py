"""A city with one development zone and its targets, for asking about figures, goals and what was printed of them."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

from tests.city import ADMINISTRATOR, SUPERVISOR, City, clerk, like
from txapi.application import publications, targets
from txapi.application.references import adopt_edition
from txapi.application.units import register_unit
from txapi.datasets.references import bundled_references
from txapi.domain.dates import PartialDate
from txapi.domain.editions import EditionKind
from txapi.domain.event import Basis
from txapi.domain.labels import Label
from txapi.domain.money import Money
from txapi.domain.pace import Figure, Goal
from txapi.domain.publication import About, PublishedKind
from txapi.domain.quantity import Quantity
from txapi.domain.unit import Duty, UnitKind

ZONE = "tx-edz"
CLERK = clerk(ZONE)
NEEDED = (EditionKind.THRESHOLDS, EditionKind.INDICATORS, EditionKind.UNITS_OF_MEASURE)


def founded(folder: Path, start: str = "2015-01-05T09:00") -> City:
    """The city with its zone, indicators and thresholds, and no targets."""
    return like(folder, _founded, start)


def _founded(folder: Path, start: str) -> City:
    city = City(folder, start)
    for edition in bundled_references(lambda year: False):
        if edition.kind in NEEDED:
            adopt_edition(city.desk, city.order(ADMINISTRATOR), **edition._asdict())
    name = Label(zh="经济开发区", en="development zone")
    register_unit(city.desk, city.order(), code=ZONE, name=name, kind=UnitKind.PLATFORM, duty=Duty.IMPLEMENTING_BODY)
    return city


def wan(amount: str) -> Figure:
    """So many 万美元."""
    return Figure(money=Money.of(amount, "万美元"))


def inferred(low: str, high: str) -> Goal:
    """A goal of which only an interval is known."""
    return Goal(low=wan(low), high=wan(high), basis=Basis.INFERRED)


def set_target(city: City, goal: Goal | None = None, indicator: str = "FDI_CONTRACTED", year: int = 2015) -> str:
    """A target of the zone, with its goal."""
    id = targets.set_target(city.desk, city.order(SUPERVISOR), indicator=indicator, unit=ZONE, year=year).id
    if goal is not None:
        targets.state_goal(city.desk, city.order(SUPERVISOR), target=id, goal=goal)
    return id


def revise(city: City, target: str, goal: Goal, reason: str) -> int:
    """Another goal; the position of the revision."""
    return targets.revise_goal(city.desk, city.order(SUPERVISOR, reason=reason), target=target, goal=goal).last


def report(city: City, target: str, through: str, value: Figure) -> int:
    """The cumulative figure through a day; the position of the report."""
    day = date.fromisoformat(through)
    return targets.report_actual(city.desk, city.order(CLERK), target=target, through=day, value=value).last


def correct(city: City, target: str, corrects: int, fields: dict[str, Any] | None, reason: str) -> int:
    """A correction of the event with that number in the target's stream; its position."""
    order = city.order(CLERK, reason=reason)
    return targets.correct_target(city.desk, order, target=target, corrects=corrects, fields=fields).last


def correct_value(city: City, target: str, corrects: int, amount: str, reason: str) -> int:
    """A correction that puts another amount in place."""
    value = {"money": {"amount": amount, "unit": "万美元"}}
    return correct(city, target, corrects, {"value": value}, reason)


def document(city: City, published_at: datetime | None = None) -> str:
    """A report that was published."""
    title = Label(zh="侧记", en="Sidelights")
    return publications.record_publication(city.desk, city.order(), title=title, published_at=published_at).id


def print_item(
    city: City, publication: str, about: tuple[str, str], printed: str, kind: PublishedKind, **more: Any
) -> int:
    """What the report printed about a noun, as of a day; the position of its noting."""
    as_of = more.pop("as_of", None)
    return publications.print_item(
        city.desk,
        city.order(),
        publication=publication,
        kind=kind,
        label=Label(zh=printed, en=printed),
        printed=printed,
        locator="line 21",
        about=About(*about),
        as_of=PartialDate.from_text(as_of) if as_of else None,
        **more,
    ).last


def print_rate(city: City, publication: str, target: str, percent: str, as_of: str = "2015-07-31") -> int:
    """A printed share of a target."""
    value = Quantity.of(percent, "percent")
    return print_item(
        city, publication, ("target", target), f"{percent}%", PublishedKind.RATE, value=value, as_of=as_of
    )
