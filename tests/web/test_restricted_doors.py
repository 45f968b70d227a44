"""Files, forms, tables, imports and webhooks tell of internal tickets what questions tell, and nothing more."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.attaching import png
from tests.city import AUDITOR, READER, City, clerk, published
from tests.imports.sheets import workbook
from tests.printed import words
from tests.projections.ticket_city import ISSUER, LAND, PLANNING, Tickets, furnished, furnished_and_told
from tests.stores import place
from tests.web.asking import Client
from tests.web.receiving import Receiver
from tests.web.telling import TellingCity
from txapi.application.references import adopt_edition
from txapi.application.units import merge_unit
from txapi.domain.editions import EditionKind
from txapi.domain.event import Actor
from txapi.imports import Asked, import_sheet
from txapi.record.accesses import Access
from txapi.web.instance import Instance

DAMA = clerk("dama")
NOW = "2015-08-30T12:00"


def adopt(city: City) -> None:
    """Tickets become internal."""
    adopt_edition(
        city.desk, city.order(), kind=EditionKind.READING_POLICY, edition="reading", content={"basis": "inferred"}
    )


class Doors:
    """A running instance with tickets in every state, files on two of them, and a policy that makes tickets internal."""

    def __init__(self, instance: Instance, folder: Path, tickets: dict[str, str]) -> None:
        self.instance = instance
        self.tickets = tickets
        self.client = Client(instance, folder)

    def get(self, path: str, actor: Actor | None, **headers: str) -> httpx.Response:
        """What somebody is answered at an address."""
        return self.client.ask("GET", path, headers={**self.client.header_of(actor), **headers})

    def ask(self, operation: str, variables: dict[str, Any], actor: Actor | None) -> Any:
        """What somebody is answered to a published operation."""
        answer = self.client.ask(
            "POST",
            "/graphql",
            json={"query": published(operation), "variables": variables},
            headers=self.client.header_of(actor),
        ).json()
        assert "errors" not in answer, answer
        return answer["data"]

    def attached(self, ticket: str, content: bytes) -> dict[str, Any]:
        """A file that hangs on a ticket."""
        uploaded = self.client.ask(
            "POST", "/files?name=a.png", content=content, headers=self.client.header_of(ISSUER)
        ).json()
        given = {"ticket": ticket, "sha256": uploaded["sha256"], "name": "a.png"}
        found: dict[str, Any] = self.ask("AttachFile", {"input": given}, ISSUER)["attachFile"]["attachment"]
        return found


@pytest.fixture(scope="module")
def doors(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    folder = tmp_path_factory.mktemp("doors")
    city, tickets = furnished_and_told(folder)
    adopt(city)
    city.close()
    with Instance.open(place(folder), f"{NOW}+08:00") as instance:
        assert instance.views.wait_for(instance.record.head.position, 30)
        yield Doors(instance, folder, tickets)


def test_a_file_is_given_to_who_may_read_the_ticket_that_it_hangs_on(doors: Doors) -> None:
    attached = doors.attached(doors.tickets["item"], png(3))
    path = f"/files/{attached['sha256']}"
    nowhere = f"/files/{'0' * 64}"

    for actor in (ISSUER, PLANNING, AUDITOR):
        given = doors.get(path, actor)
        assert given.status_code == 200
        assert given.headers["cache-control"] == "private, no-cache"
        assert given.headers["vary"] == "Authorization"
    for stranger in (DAMA, LAND, READER, None):
        for held in ({}, {"if-none-match": f'"{attached["sha256"]}"'}):
            refused, absent = doors.get(path, stranger, **held), doors.get(nowhere, stranger, **held)
            assert refused.status_code == absent.status_code == 404
            assert refused.content == absent.content
        assert doors.get(f"{path}?attachment={attached['entityId']}", stranger).status_code == 404
        listed = doors.ask("Attachments", {"filter": {"sha256": attached["sha256"]}}, stranger)["moment"]["attachments"]
        assert (listed["totalCount"], listed["nodes"]) == (0, [])
    # What happened to it is told to nobody else, either.
    history = {"of": attached["entityId"]}
    assert doors.ask("History", history, PLANNING)["moment"]["events"]["totalCount"] == 1
    assert doors.ask("History", history, DAMA)["moment"]["events"]["totalCount"] == 0


def test_who_may_not_fetch_a_file_may_not_attach_it_by_its_hash(doors: Doors) -> None:
    attached = doors.attached(doors.tickets["item"], png(4))
    given = {"ticket": doors.tickets["late"], "sha256": attached["sha256"], "name": "b.png"}

    answer = doors.ask("AttachFile", {"input": given}, LAND)["attachFile"]

    assert answer["code"] == "FileNotUploaded"


def test_a_form_is_printed_for_who_may_read_the_ticket_and_a_tag_is_nobody_elses(doors: Doors) -> None:
    number = doors.ask("Ticket", {"entityId": doors.tickets["item"]}, ISSUER)["moment"]["ticket"]["number"]
    path = f"/forms/ticket/{number}.pdf"

    printed = doors.get(path, PLANNING)
    assert printed.status_code == 200
    assert "用地指标" in words(printed.content)
    tag = printed.headers["etag"]
    assert doors.get(path, PLANNING, **{"if-none-match": tag}).status_code == 304
    for stranger in (DAMA, READER, None):
        refused = doors.get(path, stranger, **{"if-none-match": tag})
        absent = doors.get("/forms/ticket/2015-0999.pdf", stranger, **{"if-none-match": tag})
        assert refused.status_code == absent.status_code == 404
        assert refused.text.replace(number, "?") == absent.text.replace("2015-0999", "?")


def test_a_monthly_report_counts_what_its_reader_may_read(doors: Doors) -> None:
    path = "/forms/report/land-bureau/2015-08.pdf"

    said = {actor: doors.get(path, actor) for actor in (AUDITOR, LAND, DAMA, None)}

    assert {response.status_code for response in said.values()} == {200}
    assert "2015-0002" in words(said[LAND].content)
    for stranger in (DAMA, None):
        assert "2015-0002" not in words(said[stranger].content)
    assert len({response.headers["etag"] for response in said.values()}) == 4


def test_tables_hold_what_their_reader_may_read(doors: Doors) -> None:
    for table in ("tickets", "handlings", "events", "attachments"):
        rows = {}
        for actor in (AUDITOR, LAND, DAMA, None):
            response = doors.get(f"/export/{table}.csv?events=500", actor)
            if response.status_code == 404:
                break
            assert response.headers["cache-control"] == "no-store"
            rows[actor] = response.text
        if not rows:
            continue
        assert rows[AUDITOR].count("\n") >= rows[LAND].count("\n") > rows[DAMA].count("\n") - 2
        hidden = doors.tickets["item"]
        assert hidden in rows[AUDITOR] or table == "attachments"
        assert hidden not in rows[LAND]
        for ticket in set(doors.tickets.values()) - {doors.tickets["supported"]}:
            assert ticket not in rows[DAMA]
        for ticket in doors.tickets.values():
            assert ticket not in rows[None]
    assert doors.tickets["supported"] in doors.get("/export/events.csv?events=500", DAMA).text


def test_a_table_with_a_column_of_that_name_is_as_of_the_moment_too(doors: Doors) -> None:
    head = doors.instance.record.head.position
    now = doors.get("/export/turns.csv", AUDITOR).text

    assert "\r\n" in now
    assert now.count("\n") > 1
    assert doors.get(f"/export/turns.csv?at={head}", AUDITOR).text == now
    assert doors.get("/export/turns.csv?at=1", AUDITOR).text.count("\n") == 1


def test_an_import_learns_nothing_of_tickets_that_its_sender_may_not_read(tmp_path: Path) -> None:
    city = furnished(tmp_path)
    header = ["来文编号", "类别", "事由", "内容", "发单单位", "受理单位", "是否发出"]

    def sheet(subject: str) -> Asked:
        return Asked(workbook(("t", [header, ["12号", "审批代办", subject, "甲", "chongfu", "land-bureau", "否"]])), "t.xlsx",
                     record=True)  # fmt: skip

    recorded = import_sheet(city.desk, ISSUER, sheet("事由"))
    assert (recorded.new, recorded.problems) == (1, [])
    adopt(city)
    head = city.record.head.position

    same, other = (import_sheet(city.desk, DAMA, sheet(subject)) for subject in ("事由", "另一事由"))

    assert [problem.code for problem in same.problems] == ["NotYourUnit"]
    assert same.told() == other.told()
    assert (same.same, same.events) == (0, 0)
    assert city.record.head.position == head
    assert import_sheet(city.desk, ISSUER, sheet("事由")).same == 1
    city.close()


def test_a_webhook_of_units_is_told_what_these_units_may_read(tmp_path: Path) -> None:
    city = TellingCity(tmp_path)
    do = Tickets(city)
    adopt(city)
    with Receiver() as receiver:
        city.webhook(receiver.url, units=["dama"], types=["ticket"])
        with city.telling():
            first = do.drafted("2015-08-12T09:00", handler=None)
            shared = do.drafted("2015-08-12T09:10", handler=None, copies=["dama"])
            own = city.record.head.position
            left = do("2015-08-12T09:20", ISSUER, "amend_ticket_draft", shared, copies=[])
            removed = city.record.head.position
            do("2015-08-12T09:30", ISSUER, "amend_ticket_draft", shared, copies=["dama"], subject="另")
            again = city.record.head.position
            receiver.wait(lambda: again in receiver.positions())

    assert left == shared != first
    told = receiver.positions()
    assert again in told
    assert removed not in told
    assert set(told) <= {own, again}
    city.close()


def test_a_webhook_of_a_successor_is_told_what_its_predecessors_may_read(tmp_path: Path) -> None:
    city = TellingCity(tmp_path)
    do = Tickets(city)
    adopt(city)
    shared = do.drafted("2015-08-12T09:00", handler=None, copies=["dama"])
    merge_unit(city.desk, city.order(), unit="dama", into="chongfu")
    with Receiver() as receiver:
        city.webhook(receiver.url, units=["dama"], types=["ticket"])
        with city.telling():
            do("2015-08-12T09:30", ISSUER, "amend_ticket_draft", shared, subject="另")
            wanted = city.record.head.position
            receiver.wait(lambda: wanted in receiver.positions())
    assert receiver.positions() == [wanted]
    city.close()


# -- who read what -----------------------------------------------------------------------------------------------------


def test_every_door_leaves_a_trace_of_what_an_auditor_reads_before_it_is_given(doors: Doors) -> None:
    attached = doors.attached(doors.tickets["late"], png(5))
    number = doors.ask("Ticket", {"entityId": doors.tickets["late"]}, ISSUER)["moment"]["ticket"]["number"]
    paths = {
        f"/files/{attached['sha256']}": ("/files", f"attachment/{attached['entityId']}"),
        f"/forms/ticket/{number}.pdf": ("TicketForm", f"ticket/{doors.tickets['late']}"),
        "/export/tickets.csv": ("/export/tickets", f"ticket/{doors.tickets['late']}"),
        "/export/events.csv?events=500": ("/export/events", f"ticket/{doors.tickets['late']}"),
        "/graphql?query={tickets{nodes{id}}}": ("", f"ticket/{doors.tickets['late']}"),
    }
    accesses = doors.instance._accesses
    assert accesses is not None
    for path, (operation, noun) in paths.items():
        last = max((number for number, _ in accesses.page(most=10_000)), default=0)
        headers = {"x-request-id": "an-auditors-request"}

        assert doors.get(path, AUDITOR, **headers).status_code == 200

        found = [access for _, access in accesses.page(last)]
        assert {(one.subject, one.request, one.operation) for one in found} == {
            ("auditor", "an-auditors-request", operation)
        }, path
        assert any(noun in one.nouns for one in found)
        assert doors.get(path, ISSUER).status_code == 200
        assert len(accesses.page(last)) == len(found)


def test_no_door_gives_what_cannot_be_traced(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    attached = doors.attached(doors.tickets["late"], png(6))
    number = doors.ask("Ticket", {"entityId": doors.tickets["late"]}, ISSUER)["moment"]["ticket"]["number"]

    def full(access: Access) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(doors.instance._accesses, "append", full)
    for path in (
        f"/files/{attached['sha256']}",
        f"/forms/ticket/{number}.pdf",
        "/export/tickets.csv",
        "/export/events.csv?events=500",
    ):
        refused = doors.get(path, AUDITOR)
        assert refused.status_code == 503, path
        assert refused.json()["errors"][0]["extensions"]["code"] == "UNAVAILABLE"
    answer = doors.client.ask(
        "POST", "/graphql", json={"query": "{ tickets { nodes { subject } } }"}, headers=doors.client.header_of(AUDITOR)
    ).json()
    assert (answer.get("data"), answer["errors"][0]["extensions"]["code"]) == (None, "UNAVAILABLE")
    assert doors.get("/export/units.csv", AUDITOR).status_code == 200
