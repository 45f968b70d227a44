"""The desk of one node of many: what it was told may be what another server than the present primary tells."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests import stores
from tests.city import City, clerk
from txapi.application import references, tickets, units
from txapi.application.desk import Desk, Done, Order, StaleVersion
from txapi.datasets.references import bundled_references
from txapi.domain.aggregate import DoesNotExist
from txapi.domain.event import Actor
from txapi.domain.labels import Label
from txapi.domain.register import unit_id
from txapi.domain.ticket.values import TicketCategory
from txapi.domain.unit import Duty, Unit, UnitKind
from txapi.record import Record
from txapi.record.postgres.connecting import connect
from txapi.record.postgres.store import PostgresStore

pytestmark = pytest.mark.only_on("postgresql", because="an embedded record has one node")


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


def looks_at_what_rules_read(city: City, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements by which the references and units of other nodes are asked for from now on."""
    store, asked = city.record.store, list[str]()
    assert isinstance(store, PostgresStore)
    rows = store._rows

    def noted(sql: str, arguments: tuple[Any, ...] = ()) -> list[Any]:
        if store.STANDING in sql:
            asked.append(sql)
        return rows(sql, arguments)

    monkeypatch.setattr(store, "_rows", noted)
    return asked


def draft(desk: Desk, city: City) -> Done:
    """A command that reads of the units for whom it is and, several times, of the references."""
    order = city.order()
    meta = msgspec.structs.replace(order.meta, actor=desk.acting(clerk("wutong")))
    assert desk.references.editions == desk.references.editions
    return tickets.draft_ticket(
        desk, Order(meta), category=TicketCategory.LAND_USE, subject="供地", body="尚未供地", issuer="wutong"
    )


def test_what_other_nodes_adopted_is_asked_for_once_in_a_command(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = looks_at_what_rules_read(city, monkeypatch)

    city.desk.give(lambda desk: draft(desk, city))
    once = len(asked)
    city.desk.give(lambda desk: draft(desk, city))

    assert (once, len(asked)) == (1, 2)


def test_a_command_that_is_decided_again_asks_anew_what_other_nodes_adopted(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = looks_at_what_rules_read(city, monkeypatch)
    outrun = iter([1])

    def amended(desk: Desk) -> Done:
        def decide(unit: Unit) -> None:
            assert desk.references.editions == ()
            if next(outrun, None):
                amend(None, 1, city)
                asked.clear()  # What that command looked at does not count.
            unit.amend(meta, order=2)

        meta = city.order().meta
        return desk.change(Unit, unit_id("wutong"), Order(meta), decide)

    city.desk.give(amended)

    assert len(asked) == 2  # Before it was decided again, and after it was recorded, for it is about a unit.
    assert city.record.load(Unit, unit_id("wutong")).order == 2


def test_what_another_node_has_merged_counts_in_the_next_command(city: City, tmp_path: Path) -> None:
    units.register_unit(
        city.desk,
        city.order(),
        code="fengming",
        name=Label("凤鸣街道", "Fengming"),
        kind=UnitKind.SUBDISTRICT,
        duty=Duty.IMPLEMENTING_BODY,
    )
    with Record.open(stores.place(tmp_path), city.clock) as record:
        units.merge_unit(Desk(record), city.order(reason="合并"), unit="fengming", into="wutong")
    acting: list[Actor] = []

    def drafted(desk: Desk) -> Done:
        acting.append(desk.acting(clerk("wutong")))
        return draft(desk, city)

    city.desk.give(drafted)

    assert [actor.successor_of for actor in acting] == [("fengming",)]


def test_an_edition_that_only_a_former_primary_knew_is_adopted_no_more(city: City) -> None:
    edition = bundled_references(lambda year: year == 2015)[0]
    references.adopt_edition(
        city.desk, city.order(), kind=edition.kind, edition=edition.edition, content=edition.content
    )
    dsn = stores.place(city.folder).database
    assert dsn is not None
    adopted = city.desk.references.editions

    # The primary that is found now never got the last event.
    with connect(dsn) as connection:
        connection.execute("DELETE FROM record.events WHERE position = (SELECT max(position) FROM record.events)")
    city.record.store.generation += 1

    assert [one.edition for one in adopted] == [edition.edition]
    assert city.desk.references.editions == ()
