"""Every fact of the report is stored, or listed as left out with the reason; and what is left out as arithmetic comes out."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TypeVar

import pytest

from tests.datasets.facts import FOLDER, Stored, facts, leaves, left_out
from tests.datasets.given import loaded
from txapi.datasets.scripts import read_dataset
from txapi.domain.aggregate import Aggregate
from txapi.domain.money import Money
from txapi.domain.pace import ScheduleBy, schedule
from txapi.domain.parcel import Parcel
from txapi.domain.project import Project
from txapi.domain.quantity import ratio_of, rounded
from txapi.domain.rates import published_rate
from txapi.record.record import RecordedEvent

A = TypeVar("A", bound=Aggregate)


@pytest.fixture(scope="module")
def stated(tmp_path_factory, store: str):
    return loaded(tmp_path_factory.mktemp("stated"), "tongxiang-2015")


def test_every_fact_is_stored_or_listed_as_left_out(stated):
    stored, excused = Stored(stated), left_out()

    neither = [
        (leaf.path, leaf.value) for leaf in leaves(facts()) if leaf.path not in excused and not stored.holds(leaf)
    ]

    assert neither == []


def test_a_fact_that_nobody_stored_would_be_found(stated):
    stored = Stored(stated)
    paths = {leaf.path: leaf for leaf in leaves(facts())}
    area = paths["land_parcels.zhendong-plot.area_m2"]
    line = paths["land_parcels.zhendong-plot.src"]
    when = paths["land_parcels.zhendong-plot.when.precision"]
    count = paths["project_batches.chongfu-0528.count"]

    assert all(stored.holds(leaf) for leaf in (area, line, when, count))
    assert not stored.holds(area._replace(value="121855.73"))
    assert not stored.holds(line._replace(value=22))
    assert not stored.holds(when._replace(value="month"))
    assert not stored.holds(count._replace(value=7))
    assert not stored.holds(area._replace(path="land_parcels.nowhere.area_m2"))


def test_what_is_listed_as_left_out_is_a_single_fact_with_a_reason_and_really_left_out(stated):
    paths = {leaf.path for leaf in leaves(facts())}

    excused = left_out()

    assert excused
    assert set(excused) <= paths
    assert all(len(reason) > 20 for reason in excused.values())


def test_what_an_entry_says_to_store_exists_in_the_file_of_facts(stated):
    paths = [leaf.path for leaf in leaves(facts())]

    unknown = [
        claim for claim in Stored(stated).claims if not any(f"{path}.".startswith(f"{claim}.") for path in paths)
    ]

    assert unknown == []


# -- what the README leaves to arithmetic: the record computes it ------------------------------------------------------


def _state(events: list[RecordedEvent], kind: type[A], name: str) -> A:

    id = read_dataset(FOLDER).nouns[name]
    return kind.fold(id, [recorded.event for recorded in events if recorded.event.originator_id == id])


@pytest.mark.parametrize("duty", ["commencement", "completion"])
def test_the_rates_of_the_lists_come_out_of_the_printed_counts(duty):
    found = facts()["supervision_lists"][duty]

    rate = published_rate(found["done"], found["listed"])

    assert rate.percent(1) == Decimal(found["published_rate_pct"])
    assert rate.percent(4) == Decimal(found["derived"]["rate_pct"])
    assert found["listed"] - found["done"] == found["derived"]["remaining"]
    assert found["derived"]["ok"] is True


@pytest.mark.parametrize("indicator", facts()["targets"]["indicators"], ids=lambda indicator: indicator["code"])
def test_the_shares_that_round_goals_would_give_come_out(indicator):
    derived = indicator["derived"]
    actual = Money.of(indicator["actual"], indicator["unit"])

    share = ratio_of(actual, Money.of(derived["round_candidate"], indicator["unit"]))

    printed = Decimal(indicator["published_pct"])
    places = -int(printed.as_tuple().exponent)
    assert share is not None
    assert share.percent(4) == Decimal(derived["pct_if_candidate"])
    assert (share.percent(places) == printed) is derived["ok"]


def test_the_interval_of_the_contracted_goal_comes_out_of_the_printed_share():
    [found] = [one for one in facts()["targets"]["indicators"] if one["code"] == "FDI_CONTRACTED"]

    actual, printed = int(found["actual"]), Decimal(found["published_pct"])

    half_a_place = Decimal("0.05")
    ends = [rounded(actual * 100 * 100, int((printed + side) * 100), 1) for side in (half_a_place, -half_a_place)]
    assert ends == [Decimal(end) for end in found["derived"]["implied_target_interval"]]


def test_the_schedule_at_the_end_of_july_comes_out_by_months_and_by_days():
    pace = facts()["targets"]["derived_pace"]

    assert schedule(date(2015, 7, 31)).percent(4) == Decimal(pace["months_7_of_12_pct"])
    assert schedule(date(2015, 7, 31), ScheduleBy.DAYS).percent(4) == Decimal(pace["days_212_of_365_pct"])


def test_the_area_and_the_price_of_the_plot_come_out(stated):
    derived = next(plot for plot in facts()["land_parcels"] if plot["id"] == "zhendong-plot")["derived"]

    plot = _state(stated, Parcel, "zhendong-plot")

    assert plot.price is not None
    assert plot.area_m2 is not None
    fen, centiares = plot.price.base, int(plot.area_m2 * 100)
    assert plot.area_mu == Decimal(derived["mu"])
    assert rounded(fen, centiares, 2) == Decimal(derived["yuan_per_m2"])
    assert rounded(fen * 2000, centiares * 3 * 10**4, 2) == Decimal(derived["wan_yuan_per_mu"])


def test_the_investment_before_the_increase_comes_out(stated):
    derived = next(project for project in facts()["projects"] if project["id"] == "longcui-capital")["derived"]

    [increase] = _state(stated, Project, "longcui-capital").increases

    start = increase.after.total, increase.added.total, increase.after.registered, increase.added.registered
    total, add_total, registered, add_registered = (amount.base for amount in start if amount is not None)
    assert total - add_total == Money.of(derived["before_total"].split()[0], "亿美元").base
    assert registered - add_registered == Money.of(derived["before_registered"].split()[0], "亿美元").base
    assert derived["consistent"] is True


def test_the_coal_saved_for_each_kilowatt_hour_comes_out(stated):
    derived = next(project for project in facts()["projects"] if project["id"] == "pv-heshan")["derived"]

    energy, coal, _ = _state(stated, Project, "pv-heshan").outputs

    assert (energy.quantity.unit, coal.quantity.unit) == ("wan_kwh", "tonne")
    kilograms, kilowatt_hours = coal.quantity.scaled * 1000, energy.quantity.scaled * 10_000
    assert rounded(kilograms, kilowatt_hours, 3) == Decimal(derived["kgce_per_kwh"])
