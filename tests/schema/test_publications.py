"""Documents and what they printed, through the published operations."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.city import ADMINISTRATOR, OPERATIONS, READER, City, clerk
from tests.schema.registering import do, mistaken, refused
from txapi.application.units import register_unit
from txapi.domain.labels import Label
from txapi.domain.register import unit_id
from txapi.domain.unit import Duty, UnitKind
from txapi.schema.publication_commands import PublicationMutations

TITLE = {"zh": "桐乡推进重点工作会议侧记", "en": "Sidelights"}
RATE = {"kind": "RATE", "label": {"zh": "开工率", "en": "commencement rate"}, "locator": "line 23"}


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    city = City(tmp_path, "2015-08-11T09:00")
    name = Label(zh="乌镇", en="Wuzhen")
    register_unit(city.desk, city.order(), code="wuzhen", name=name, kind=UnitKind.TOWN, duty=Duty.IMPLEMENTING_BODY)
    yield city
    city.close()


def record(city: City, **said: Any) -> str:
    receipt = do(city, "RecordPublication", **{"title": TITLE, "publishedAt": "2015-08-11T07:51:00+08:00", **said})
    assert receipt["__typename"] == "PublicationReceipt", receipt
    id: str = receipt["publication"]["entityId"]
    return id


def say(city: City, document: str, printed: str, **said: Any) -> Any:
    receipt = do(city, "PrintItem", publication=document, printed=printed, **{**RATE, **said})
    assert receipt["__typename"] == "PublicationReceipt", receipt
    return receipt["publication"]["printed"]["nodes"][0]


def seen(city: City, id: str, as_: Any = None, **moment: Any) -> Any:
    """The document on its screen."""
    return city.ask("Publication", {"entityId": id, **moment}, as_=as_)["moment"]["publication"]


def printed(city: City, **asked: Any) -> list[str]:
    return [item["printed"] for item in city.ask("Published", asked)["moment"]["published"]["nodes"]]


def test_every_command_has_its_published_operation() -> None:
    mutations = [name for name in vars(PublicationMutations) if not name.startswith("_")]

    for name in mutations:
        assert (OPERATIONS / f"{name.title().replace('_', '')}.graphql").is_file(), name
    assert len(mutations) == 5


def test_a_document_shows_what_it_printed_and_about_which_noun(city: City) -> None:
    document = record(city, publisher={"zh": "嘉兴日报", "en": "Jiaxing Daily"}, editor="匡万忠")
    say(city, document, "86/129", part=86, whole=129, about={"kind": "unit", "id": unit_id("wuzhen")})
    say(city, document, "4.85亿元", kind="TOTAL", amount={"amount": "4.85", "unit": "YI_YUAN"})

    found = seen(city, document)
    rate, total = found["printed"]["nodes"]

    assert (found["title"]["zh"], found["publisher"]["en"], found["editor"]) == (TITLE["zh"], "Jiaxing Daily", "匡万忠")
    assert (rate["computed"]["percent"], rate["about"]["__typename"], rate["factVersion"]) == ("66.7", "Unit", 2)
    assert (total["amount"]["base"], total["about"], total["computed"]) == ("485000000.00", None, None)
    assert rate["publication"]["entityId"] == document
    on_noun = '{ unit(code: "wuzhen") { published { id printed publication { title { en } } } } }'
    [item] = city.ask(on_noun)["unit"]["published"]
    assert (item["printed"], item["publication"]["title"]["en"]) == ("86/129", "Sidelights")
    again = city.ask("query($id: ID!) { node(id: $id) { ... on Published { printed } } }", {"id": item["id"]})
    assert again["node"] == {"printed": "86/129"}


def test_an_event_says_what_was_printed_and_about_which_noun_at_the_moment_of_the_question(city: City) -> None:
    document = record(city)
    say(city, document, "66.7%", about={"kind": "unit", "id": str(unit_id("wuzhen"))}, asOf={"text": "2015-07"})
    say(city, document, "89.13%")
    query = """query($of: [ID!], $at: PointInput) { moment(at: $at) { events(filter: { of: $of }) { nodes {
        type line { zh en } about { __typename id ... on Unit { name { zh } } } } } } }"""

    def said(**at: Any) -> Any:
        nodes = city.ask(query, {"of": [document], **at})["moment"]["events"]["nodes"]
        return [(each["type"].partition(".")[2], each["line"], each["about"]) for each in nodes]

    (recorded, nothing, nobody), (_, line, unit), (_, undated, no_unit) = said()
    assert (recorded, nothing, nobody) == ("recorded", None, None)
    assert line == {"zh": "开工率：66.7%（截至2015年7月）", "en": "commencement rate: 66.7% (as of July 2015)"}
    assert (unit["__typename"], unit["name"]["zh"]) == ("Unit", "乌镇")
    assert (undated["zh"], no_unit) == ("开工率：89.13%", None)
    assert (
        city.ask("query($id: ID!) { node(id: $id) { ... on Unit { code } } }", {"id": unit["id"]})["node"]["code"]
        == "wuzhen"
    )


def test_what_was_printed_is_filtered_and_paged_now_and_then(city: City) -> None:
    document = record(city)
    say(city, document, "86", kind="COUNT", about={"kind": "unit", "id": unit_id("wuzhen")})
    before = city.record.head.position
    say(city, document, "名列前茅", kind="RANK")
    other = record(city, publishedAt="2015-08-01T08:00:00+08:00")
    say(city, other, "68.8%", part=97, whole=141)

    first = city.ask("Published", {"first": 2})["moment"]["published"]
    rest = city.ask("Published", {"first": 2, "after": first["pageInfo"]["endCursor"]})["moment"]["published"]

    assert first["totalCount"] == 3
    assert sorted(item["printed"] for item in first["nodes"] + rest["nodes"]) == ["68.8%", "86", "名列前茅"]
    assert printed(city, about=unit_id("wuzhen")) == ["86"]
    assert printed(city, filter={"kind": ["RANK"]}) == ["名列前茅"]
    assert printed(city, filter={"publication": other}) == ["68.8%"]
    assert printed(city, filter={"text": "前茅"}) == ["名列前茅"]
    assert printed(city, at={"position": str(before)}) == ["86"]
    documents = city.ask("Publications")["moment"]["publications"]["nodes"]
    assert [one["entityId"] for one in documents] == [document, other]


def test_what_was_written_down_wrongly_is_corrected_and_the_past_keeps_it(city: City) -> None:
    document = record(city)
    say(city, document, "66.7%", part=86, whole=129)
    before = city.record.head.position
    do(city, "CorrectPublication", publication=document, corrects=2, fields={"part": 87}, reason="抄写有误")
    do(city, "AmendPublication", publication=document, note="转载")

    now, then = seen(city, document), seen(city, document, at={"position": str(before)})

    assert (now["printed"]["nodes"][0]["computed"]["percent"], now["note"]) == ("67.4", "转载")
    assert (then["printed"]["nodes"][0]["computed"]["percent"], then["note"]) == ("66.7", None)
    assert now["history"]["totalCount"] == 4


def test_commands_are_refused_or_mistaken_and_record_nothing(city: City) -> None:
    document = record(city)
    item = {"publication": document, "printed": "1", **RATE}
    nobody = "00000000-0000-0000-0000-000000000000"

    refused(city, "PublishedLater", "RecordPublication", title=TITLE, publishedAt="2015-08-12T00:00:00+08:00")
    refused(city, "NotYourRole", "RecordPublication", clerk("wuzhen"), title=TITLE)
    refused(city, "DoesNotExist", "PrintItem", **item, about={"kind": "unit", "id": nobody})
    refused(city, "ClosingNeedsAReason", "ClosePublication", publication=document)
    mistaken(city, "WRONG_KIND", "PrintItem", **item, about={"kind": "nonsense", "id": nobody})
    mistaken(city, "BAD_COUNT", "PrintItem", **item, part=2, whole=1)
    mistaken(city, "BAD_COUNT", "PrintItem", **item, part=2)
    both = {"amount": {"amount": "1", "unit": "YUAN"}, "value": {"amount": "1", "unit": "percent"}}
    mistaken(city, "ONE_VALUE", "PrintItem", **item, **both)
    mistaken(city, "EMPTY_TEXT", "PrintItem", **{**item, "printed": "  "})
    mistaken(city, "TEXT_TOO_LONG", "PrintItem", **{**item, "printed": "字" * 2001})
    do(city, "ClosePublication", publication=document, reason="撤稿")
    refused(city, "IsClosed", "PrintItem", **item)


def test_a_grey_button_says_why_and_the_past_allows_nothing(city: City) -> None:
    document = record(city)
    position = city.record.head.position
    record(city)

    may = {one["action"]: one for one in seen(city, document, READER)["may"]}
    past = seen(city, document, ADMINISTRATOR, at={"position": str(position)})["may"]

    assert {one["because"]["code"] for one in may.values()} == {"NotYourRole"}
    assert {one["because"]["code"] for one in past} == {"MomentIsPast"}
    assert all((OPERATIONS / f"{name[0].upper()}{name[1:]}.graphql").is_file() for name in may)
