"""The desk of one node of many: what it was told may be what another server than the present primary tells."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import stores
from tests.city import City
from txapi.application import units
from txapi.application.desk import Done, StaleVersion
from txapi.domain.aggregate import DoesNotExist
from txapi.domain.labels import Label
from txapi.domain.register import unit_id
from txapi.domain.unit import Duty, Unit, UnitKind


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    with stores.running_on(stores.POSTGRESQL):
        city = City(tmp_path)
        units.register_unit(
            city.desk,
            city.order(),
            code="wutong",
            name=Label("梧桐街道", "Wutong"),
            kind=UnitKind.SUBDISTRICT,
            duty=Duty.IMPLEMENTING_BODY,
        )
        yield city
        city.close()


def amend(expected: int | None, number: int, city: City, unit: str = "wutong") -> Done:
    order = city.order(expected_version=expected)
    return city.desk.give(lambda desk: units.amend_unit(desk, order, unit=unit, order_number=number))


def test_a_refusal_on_what_a_former_primary_told_is_not_told_the_client(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    load, told = city.record.load, [city.record.load(Unit, unit_id("wutong"))]
    amend(1, 1, city)
    monkeypatch.setattr(city.record, "load", lambda kind, id: told.pop() if told else load(kind, id))

    amend(2, 2, city)

    assert told == []
    assert load(Unit, unit_id("wutong")).order == 2


def test_a_unit_that_a_former_primary_does_not_know_is_known_all_the_same(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind_of, told = city.record.kind_of, [None]
    monkeypatch.setattr(city.record, "kind_of", lambda id: told.pop() if told else kind_of(id))

    amend(1, 1, city)

    assert told == []


def test_a_refusal_on_the_present_is_told_and_nothing_is_recorded(city: City) -> None:
    amend(1, 1, city)
    head = city.record.head.position

    with pytest.raises(StaleVersion) as refused:
        amend(1, 2, city)
    with pytest.raises(DoesNotExist):
        amend(1, 1, city, unit="fengming")

    assert refused.value.facts["current_version"] == 2
    assert city.record.head.position == head
