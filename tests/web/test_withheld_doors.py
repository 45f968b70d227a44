"""Where what is said in tickets is internal, no door tells it to who takes no part: files, forms, tables, streams, proofs, webhooks."""

from __future__ import annotations

import asyncio
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.attaching import png
from tests.city import AUDITOR, LEADER, READER
from tests.printed import words
from tests.projections.ticket_city import ISSUER, LAND, PLANNING
from tests.schema.spoken_city import (
    OUTSIDER,
    SECRET,
    STRANGERS,
    Speaking,
    adopt_texts,
    attached,
    furnished_and_spoken,
    spoken,
)
from tests.stores import place
from tests.web.receiving import Receiver
from tests.web.serving import Served
from tests.web.subscribing import Socket, stream
from tests.web.telling import TellingCity
from tests.web.test_restricted_doors import Doors
from tests.web.test_tail import lasting, tail_of
from txapi.audit.tables.contents import SHEETS
from txapi.domain.event import Actor, Role
from txapi.projections.history import EVERYTHING
from txapi.projections.listening import Heard, Wanted
from txapi.web.instance import Instance
from txapi.web.tail import Tail

NOW = "2015-08-30T12:00"


@pytest.fixture(scope="module")
def doors(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    folder = tmp_path_factory.mktemp("withheld")
    city, tickets = furnished_and_spoken(folder)
    adopt_texts(city)
    city.close()
    with Instance.open(place(folder), f"{NOW}+08:00") as instance:
        assert instance.views.wait_for(instance.record.head.position, 30)
        yield Doors(instance, folder, tickets)


def test_a_file_on_a_ticket_is_given_to_who_takes_part(doors: Doors) -> None:
    attached = doors.attached(doors.tickets["whole"], png(9))
    path, nowhere = f"/files/{attached['sha256']}", f"/files/{'0' * 64}"

    for actor in (ISSUER, LAND, PLANNING, LEADER, AUDITOR):
        assert doors.get(path, actor).status_code == 200
    for stranger in STRANGERS:
        for held in ({}, {"if-none-match": f'"{attached["sha256"]}"'}):
            refused, absent = doors.get(path, stranger, **held), doors.get(nowhere, stranger, **held)
            assert (refused.status_code, refused.content) == (absent.status_code, absent.content)
            assert refused.status_code == 404
    given = {"ticket": doors.tickets["silent"], "sha256": attached["sha256"], "name": "b.png"}
    assert doors.ask("AttachFile", {"input": given}, OUTSIDER)["attachFile"]["__typename"] == "Refusal"


def test_a_form_of_a_ticket_is_printed_for_everybody_and_its_texts_for_who_takes_part(doors: Doors) -> None:
    number = doors.ask("Ticket", {"entityId": doors.tickets["whole"]}, ISSUER)["moment"]["ticket"]["number"]
    path = f"/forms/ticket/{number}.pdf"

    whole = doors.get(path, PLANNING)
    assert SECRET in words(whole.content).replace("\n", "")
    for stranger in STRANGERS:
        printed = doors.get(path, stranger, **{"if-none-match": whole.headers["etag"]})
        assert printed.status_code == 200
        assert number in words(printed.content)
        assert SECRET not in words(printed.content).replace("\n", "").replace(" ", "")
    for report in ("land-bureau", "planning-bureau"):
        for stranger in STRANGERS:
            printed = doors.get(f"/forms/report/{report}/2015-08.pdf", stranger)
            assert SECRET not in words(printed.content).replace("\n", "").replace(" ", "")


@pytest.mark.slow_on("postgresql")
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_no_table_holds_a_text_that_its_reader_may_not_read(doors: Doors, kind: str) -> None:
    held = set()
    for sheet in SHEETS:
        said = {
            actor: _unpacked(doors.get(f"/export/{sheet.name}.{kind}?events=500", actor).content)
            for actor in (LAND, *STRANGERS)
        }
        if SECRET in said[LAND]:
            held.add(sheet.name)
        for stranger in STRANGERS:
            assert SECRET not in said[stranger], sheet.name
    told = {
        "tickets",
        "handlings",
        "extensions",
        "escalations",
        "leader_attempts",
        "decisions",
        "reminders",
        "progress_notes",
    }
    assert told | {"turns", "events", "attachments"} <= held
    assert doors.get("/export/tickets.csv", None).text.count("\n") == doors.get(
        "/export/tickets.csv", LEADER
    ).text.count("\n")


def _unpacked(content: bytes) -> str:
    if not content.startswith(b"PK"):
        return content.decode()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return "".join(archive.read(name).decode() for name in archive.namelist())


def test_a_table_is_not_narrowed_by_a_text_that_it_does_not_hold(doors: Doors) -> None:
    rows = {actor: doors.get("/export/progress_notes.csv", actor).text.count("\n") for actor in (LAND, *STRANGERS)}
    assert len(set(rows.values())) == 1
    path = f"/export/progress_notes.csv?note={spoken('进展')}"
    assert SECRET in doors.get(path, LAND).text
    for stranger in STRANGERS:
        assert doors.get(path, stranger).text.count("\n") == rows[stranger] - 1


def test_a_receipt_is_of_what_whoever_asked_was_told(doors: Doors) -> None:
    query = "query($of: ID!) { ticket(entityId: $of) { number body history(first: 100) { nodes { data reason } } } }"
    body = {"query": query, "variables": {"of": doors.tickets["whole"]}}
    for actor in (LAND, *STRANGERS):
        headers = {**doors.client.header_of(actor), "x-txapi-evidence": "receipt"}
        answer = doors.client.ask("POST", "/graphql", json=body, headers=headers)
        assert answer.json()["extensions"]["receipt"]["note"]
        assert (SECRET in answer.text) == (actor is LAND)


def test_proofs_of_the_ledger_hold_no_texts(doors: Doors) -> None:
    events = doors.ask("History", {"of": doors.tickets["whole"]}, None)["moment"]["events"]["nodes"]
    for event in events[:3]:
        found = doors.get(f"/log/proof/{event['position']}", None)
        assert SECRET.encode() not in found.content


def test_subscriptions_tell_over_both_transports_that_it_happened(tmp_path: Path) -> None:
    city, tickets = furnished_and_spoken(tmp_path)
    adopt_texts(city)
    head = city.record.head.position
    city.close()
    tail = """subscription($after: Position) { tail(after: $after) { __typename ... on Bookmark { position } ... on TailEvent {
      position event { type data reason source { document } noun { ... on Ticket { body handlings { opinion } } } } } } }"""
    changes = """subscription($of: [ID!], $after: Position) { changes(of: $of, after: $after) { __typename ... on Bookmark { position }
      ... on NounChanged { position event { type data changes { after } } noun { ... on Ticket { body turns { reason } } } } } }"""
    asked = ((tail, {"after": "1"}), (changes, {"of": list(tickets.values()), "after": "1"}))
    with Served(tmp_path) as served:
        for unit, hears in (("land-bureau", True), ("dama", False), (None, False)):
            token = None if unit is None else served.token(Role.CLERK, unit)
            for query, variables in asked:
                said = [_heard(served, query, variables, token), _streamed(served, query, variables, token)]
                for told in said:
                    assert "ticket.accepted" in told
                    assert (SECRET in told) == hears, (unit, query)
    assert head > 50


def _heard(served: Served, query: str, variables: dict[str, Any], token: str | None) -> str:
    """All that a subscription tells on a WebSocket until it has caught up."""
    told = []
    with Socket(served, token) as socket:
        socket.subscribe(query, variables)
        while (item := socket.item())["__typename"] != "Bookmark":
            told.append(str(item))
    return "".join(told)


def _streamed(served: Served, query: str, variables: dict[str, Any], token: str | None) -> str:
    """The same as an event stream."""
    told = []
    headers = {} if token is None else {"authorization": f"Bearer {token}"}
    with stream(served, query, variables, **headers) as sent:
        for one in sent:
            told.append(str(one.data))
            if "Bookmark" in told[-1]:
                break
    return "".join(told)


def test_who_listens_hears_of_events_and_of_no_file_from_the_adoption_on(tmp_path: Path) -> None:
    city, tickets = furnished_and_spoken(tmp_path)
    viewers = (LAND, OUTSIDER, READER)
    told: dict[Actor, list[int]] = {viewer: [] for viewer in viewers}
    begin = city.record.head.position
    last = begin + 4

    async def listen(tail: Tail, viewer: Actor) -> None:
        async for signal in tail.listener().follow(Wanted(EVERYTHING, viewer=viewer), begin, days=False):
            if isinstance(signal, Heard):
                told[viewer].append(signal.position)
            if signal.position >= last:
                return

    def happens() -> None:
        attached(city, tickets["silent"], size=1)
        adopt_texts(city)
        attached(city, tickets["silent"], size=2)
        Speaking(city)("2015-08-30T10:00", ISSUER, "remind_ticket", tickets["silent"], note=spoken("催办"))

    async def story() -> None:
        async with tail_of(city) as tail:
            await tail.begin()
            listening = [asyncio.create_task(listen(tail, viewer)) for viewer in viewers]
            await asyncio.sleep(0.05)
            await asyncio.to_thread(happens)
            await asyncio.gather(*listening)

    lasting(story)

    assert told[LAND] == list(range(begin + 1, last + 1))
    # The first file was told before there was a policy, unless it was looked at when there was one.
    for stranger in (OUTSIDER, READER):
        assert set(told[stranger]) - {begin + 1} == {begin + 2, last}
    city.close()


def test_a_webhook_of_units_is_told_that_it_happened_and_what_was_said_where_they_may_read_it(tmp_path: Path) -> None:
    city = TellingCity(tmp_path)
    do = Speaking(city)
    adopt_texts(city)
    with Receiver() as units, Receiver() as everything:
        city.webhook(units.url, units=["dama"], types=["ticket"])
        city.webhook(everything.url, types=["ticket"])
        with city.telling():
            shared = do.drafted("2015-08-12T09:00", handler=None, copies=["dama"], body=spoken("内容"))
            own = city.record.head.position
            units.wait(lambda: own in units.positions())
            do("2015-08-12T09:20", ISSUER, "amend_ticket_draft", shared, copies=[], body=spoken("后来"))
            removed = city.record.head.position
            for receiver in (units, everything):
                receiver.wait(lambda receiver=receiver: removed in receiver.positions())  # type: ignore[misc]

    told = {got.position: got.event for got in units.got}
    assert set(told) == {own, removed}
    assert told[own]["data"]["body"] == spoken("内容")
    assert "withheld" not in told[own]
    assert told[removed]["withheld"] is True
    assert {"type", "subject", "position", "time", "nodeid"} <= told[removed].keys()
    assert not {"data", "datacontenttype", "dataschema"} & told[removed].keys()
    assert SECRET.encode() not in next(got.body for got in units.got if got.position == removed)
    [whole] = [got.event for got in everything.got if got.position == removed]
    assert whole["data"]["body"] == spoken("后来")
    assert "withheld" not in whole
    city.close()
