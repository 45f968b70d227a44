"""The published operations about events and editions, against a real record."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.city import ADMINISTRATOR, AUDITOR, SUPERVISOR, City, like
from txapi.application.references import adopt_edition
from txapi.application.units import register_unit, rename_unit
from txapi.datasets.references import bundled_references
from txapi.domain.editions import EditionKind
from txapi.domain.event import Event
from txapi.domain.labels import Label
from txapi.domain.register import unit_id
from txapi.domain.unit import Duty, UnitKind


def renamed(folder: Path) -> City:
    """A unit that was registered and renamed, and the references of 2015: the unit's events are the first and the last."""
    city = City(folder)
    register_unit(
        city.desk,
        city.order(source="line 3"),
        code="chongfu",
        name=Label(zh="崇福镇", en="Chongfu"),
        kind=next(iter(UnitKind)),
        duty=next(iter(Duty)),
    )
    for edition in bundled_references(lambda year: year == 2015):
        adopt_edition(city.desk, city.order(), kind=edition.kind, edition=edition.edition, content=edition.content)
    city.at("2015-08-02T10:00")
    rename_unit(
        city.desk,
        city.order(SUPERVISOR, reason="a new sign"),
        unit="chongfu",
        name=Label(zh="崇福新镇", en="New Chongfu"),
    )
    return city


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    city = like(tmp_path, renamed)
    yield city
    city.close()


UNIT = unit_id("chongfu")


# -- history -----------------------------------------------------------------------------------------------------------


def test_a_noun_tells_who_changed_what_and_why(city: City) -> None:
    events = city.ask("History", {"of": UNIT})["moment"]["events"]

    assert events["totalCount"] == 2
    registered, renamed = events["nodes"]
    assert (registered["type"], registered["label"]["zh"]) == ("unit.registered", "单位登记")
    assert registered["source"] == {"document": "a test", "locator": "line 3"}
    assert renamed["actor"] == {"subject": "supervisor", "role": "SUPERVISOR", "unit": None}
    assert (renamed["reason"], renamed["nounVersion"], renamed["recordedBasis"]) == ("a new sign", 2, "DATASET")
    assert "崇福新镇" in str([change["after"] for change in renamed["changes"]])
    assert "崇福镇" in str([change["before"] for change in renamed["changes"]])
    assert all(change["label"]["zh"] and change["label"]["en"] for change in renamed["changes"])


def test_a_past_moment_shows_only_what_was_recorded_by_then(city: City) -> None:
    head = city.record.head.position

    past = city.ask("History", {"of": UNIT, "at": {"position": str(head - 1)}})["moment"]["events"]
    none = city.ask("Event", {"position": str(head + 1)})

    assert (past["totalCount"], [one["type"] for one in past["nodes"]]) == (1, ["unit.registered"])
    assert none["event"] is None


def test_an_event_names_its_noun_as_it_was_just_after_it(city: City) -> None:
    event = city.ask("Event", {"position": "1"})["event"]
    name = "query($id: ID!) { node(id: $id) { __typename ... on Unit { name { zh } } } }"

    assert event["noun"]["__typename"] == "Unit"
    assert city.ask(name, {"id": event["noun"]["id"]})["node"]["name"]["zh"] == "崇福镇"
    assert event["data"]["code"] == "chongfu"
    assert city.ask("query($id: ID!) { node(id: $id) { ... on Event { position } } }", {"id": event["id"]}) == {
        "node": {"position": "1"}
    }


def test_events_on_one_page_show_each_the_noun_as_it_was_just_after_it(city: City) -> None:
    page = "{ events(first: 100) { nodes { position kind noun { id ... on Unit { name { zh } } } } } }"
    then = "query($id: ID!) { node(id: $id) { id ... on Unit { name { zh } } } }"

    events = city.ask(page)["events"]["nodes"]

    names = [each["noun"]["name"]["zh"] for each in events if each["kind"] == "unit"]
    assert names == ["崇福镇", "崇福新镇"]
    assert {each["kind"] for each in events if each["noun"] is None} == {"reference"}
    assert all(city.ask(then, {"id": each["noun"]["id"]})["node"] == each["noun"] for each in events if each["noun"])


def test_the_newest_events_come_last_and_pages_lead_back(city: City) -> None:
    head = city.record.head.position

    newest = city.ask("Events", {"last": 2})["moment"]["events"]
    before = city.ask("Events", {"last": 2, "before": newest["pageInfo"]["startCursor"]})["moment"]["events"]

    assert [one["position"] for one in newest["nodes"]] == [str(head - 1), str(head)]
    assert [one["position"] for one in before["nodes"]] == [str(head - 3), str(head - 2)]
    assert newest["pageInfo"]["hasPreviousPage"]


def test_pages_lead_forward_again_up_to_the_newest_event(city: City) -> None:
    head = city.record.head.position
    forward = {"last": None, "first": 2}

    after = city.ask("Events", {**forward, "after": str(head - 3)})["moment"]["events"]
    newest = city.ask("Events", {**forward, "after": after["pageInfo"]["endCursor"]})["moment"]["events"]

    assert [one["position"] for one in after["nodes"]] == [str(head - 2), str(head - 1)]
    assert [one["position"] for one in newest["nodes"]] == [str(head)]
    assert (after["pageInfo"]["hasNextPage"], newest["pageInfo"]["hasNextPage"]) == (True, False)


def test_the_events_between_two_positions_are_counted_without_being_read(city: City) -> None:
    head = city.record.head.position

    def counted(**filter: Any) -> int:
        return int(city.ask("Events", {"filter": filter})["moment"]["events"]["totalCount"])

    assert counted() == head
    assert counted(positionFrom="2", positionTo=str(head + 5)) == head - 1
    assert counted(positionFrom="3", positionTo="2") == 0
    assert counted(recordedFrom="2015-08-02T00:00:00+08:00") == 1


def test_every_kind_of_event_has_a_name_to_choose_it_by(city: City) -> None:
    choices = city.ask("EventChoices")

    types = {one["type"]: one for one in choices["record"]["eventTypes"]}
    assert types["unit.renamed"] == {
        "type": "unit.renamed",
        "kind": "unit",
        "label": {"zh": "单位更名", "en": "unit renamed"},
    }
    assert set(types) == {name for name, one in Event.registry.items() if one.__module__.startswith("txapi.")}
    assert [unit["code"] for unit in choices["moment"]["units"]["nodes"]] == ["chongfu"]


def test_a_filter_narrows_the_events_down(city: City) -> None:
    def positions(**filter: Any) -> list[str]:
        return [one["position"] for one in city.ask("Events", {"filter": filter})["moment"]["events"]["nodes"]]

    head = str(city.record.head.position)
    assert positions(types=["unit.renamed"]) == [head]
    assert positions(kinds=["unit"], roles=["SUPERVISOR"]) == [head]
    assert positions(subject="nobody") == []
    assert positions(recordedFrom="2015-08-02T00:00:00+08:00") == [head]
    assert positions(of=[UNIT], positionTo="1") == ["1"]


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ({"filter": {"types": ["unit.exploded"]}}, "UNKNOWN_EVENT_TYPE"),
        ({"filter": {"kinds": ["dragon"]}}, "UNKNOWN_KIND"),
        ({"filter": {"of": ["not an id"]}}, "BAD_ID"),
        ({"filter": {"kinds": ["unit"] * 101}}, "TOO_MANY_VALUES"),
        ({"last": 501}, "PAGE_SIZE"),
        ({"last": -1}, "PAGE_SIZE"),
        ({"before": "-1"}, "BAD_POSITION"),
        ({"filter": {"recordedFrom": "yesterday"}}, "BAD_DATE_TIME"),
        ({"at": {"position": "999999"}}, "MOMENT_AHEAD"),
    ],
)
def test_a_question_that_makes_no_sense_gets_a_coded_error(city: City, variables: dict[str, Any], code: str) -> None:
    result = city.execute("Events", variables)

    assert [error.extensions["code"] for error in result.errors] == [code]


# -- editions ----------------------------------------------------------------------------------------------------------


def test_the_adopted_editions_can_be_read_with_what_they_say(city: City) -> None:
    editions = city.ask("Editions", {"kind": "CALENDAR"})["moment"]["editions"]

    assert editions["totalCount"] == 1
    [calendar] = editions["nodes"]
    assert (calendar["kindLabel"]["zh"], calendar["content"]["year"]) == ("工作日历", 2015)
    assert len(calendar["hash"]) == 64


def test_editions_before_their_adoption_do_not_exist(city: City) -> None:
    past = city.ask("Editions", {"at": {"position": "1"}})["moment"]["editions"]

    assert (past["totalCount"], past["nodes"]) == (0, [])


def test_pages_of_editions_neither_skip_nor_repeat(city: City) -> None:
    whole = [one["edition"] for one in city.ask("Editions")["moment"]["editions"]["nodes"]]
    paged: list[str] = []
    after = None
    while True:
        page = city.ask("Editions", {"first": 2, "after": after})["moment"]["editions"]
        paged += [one["edition"] for one in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break

    assert paged == whole
    assert len(set(paged)) == len(paged) > 4


def next_calendar() -> dict[str, Any]:
    edition = next(one for one in bundled_references(lambda year: year == 2016) if one.kind is EditionKind.CALENDAR)
    return {"kind": "CALENDAR", "edition": edition.edition, "content": edition.content}


def test_the_administrator_adopts_an_edition_and_withdraws_it(city: City) -> None:
    adopted = city.ask("AdoptEdition", {"input": next_calendar()}, as_=ADMINISTRATOR)["adoptEdition"]
    withdrawn = city.ask(
        "WithdrawEdition",
        {"input": {"edition": adopted["edition"]["id"], "reason": "a wrong file"}},
        as_=ADMINISTRATOR,
    )["withdrawEdition"]

    assert adopted["__typename"] == "EditionReceipt"
    assert [event["type"] for event in adopted["events"]] == ["reference.adopted"]
    assert (withdrawn["edition"]["withdrawn"], withdrawn["edition"]["version"]) == (True, 2)


def test_the_same_command_answers_with_its_first_receipt(city: City) -> None:
    input = {**next_calendar(), "commandId": "adopt-2016"}

    first = city.ask("AdoptEdition", {"input": input}, as_=ADMINISTRATOR)["adoptEdition"]
    again = city.ask("AdoptEdition", {"input": input}, as_=ADMINISTRATOR)["adoptEdition"]

    assert (first["replayed"], again["replayed"]) == (False, True)
    assert again["position"] == first["position"]


def test_an_adoption_that_the_rules_refuse_records_nothing(city: City) -> None:
    head = city.record.head.position

    refused = city.ask("AdoptEdition", {"input": next_calendar()}, as_=SUPERVISOR)["adoptEdition"]
    broken = city.execute("AdoptEdition", {"input": {**next_calendar(), "content": {"year": "x"}}}, as_=ADMINISTRATOR)
    reading = city.execute("AdoptEdition", {"input": next_calendar()}, as_=AUDITOR)

    assert (refused["__typename"], refused["code"]) == ("Refusal", "NotYourRole")
    assert broken.errors[0].extensions["code"] == "BAD_EDITION"
    assert reading.errors[0].extensions["code"] == "FORBIDDEN"
    assert city.record.head.position == head
