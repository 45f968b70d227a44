"""Sheets over HTTP: files that come in by signed-in people, and tables that go out as of any moment."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import openpyxl
import pytest

from tests.imports.sheets import NOW, county_of, figures, workbook
from tests.stores import SQLITE, place
from tests.web.asking import Client
from txapi.application.desk import Order
from txapi.application.references import adopt_edition
from txapi.domain.editions import EditionKind
from txapi.domain.event import Actor, Metadata, Role
from txapi.schema.error_table import TABLE
from txapi.web.file_bodies import XLSX
from txapi.web.instance import Instance

ONCE = pytest.mark.only_on(SQLITE, because="another store changes nothing of what a file or a table is")
TICKETS = ("来文编号", "类别", "事由", "发单单位")


class Door:
    """A running instance on the county's record, asked in this process."""

    def __init__(self, instance: Instance, folder: Path) -> None:
        self.instance = instance
        self.client = Client(instance, folder)

    @property
    def head(self) -> int:
        """The position of the last event."""
        return self.instance.record.head.position

    def token(self, role: Role = Role.ADMINISTRATOR, unit: str | None = None) -> dict[str, str]:
        """The header of somebody who is signed in."""
        issued = self.client.tokens.issue(f"test.{role.value}", role, unit, timedelta(hours=1))
        return {"authorization": f"Bearer {issued}"}

    def send(self, content: bytes, query: str = "", headers: dict[str, str] | None = None) -> httpx.Response:
        """The response to a file."""
        told = self.token() if headers is None else headers
        return self.client.ask("POST", f"/import?{query}", content=content, headers=told)

    def sent_as(self, media_type: str, content: bytes) -> httpx.Response:
        """The response to a file that is said to be of that type."""
        return self.send(content, "kind=figures", {**self.token(), "content-type": media_type})

    def table(self, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
        """The response to the question for a table, once everything recorded is visible."""
        assert self.instance.views.wait_for(self.head, 30)
        return self.client.ask("GET", f"/export/{path}", headers=headers)

    def rows(self, path: str) -> list[dict[str, str]]:
        """The rows of a table in CSV."""
        response = self.table(path)
        assert response.status_code == 200, response.text
        return list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))


@pytest.fixture(scope="module")
def door(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    folder = tmp_path_factory.mktemp("sheets")
    county_of(folder)
    with Instance.open(place(folder), f"{NOW}+08:00") as instance:
        yield Door(instance, folder)


def code_of(response: httpx.Response) -> str:
    code: str = response.json()["errors"][0]["extensions"]["code"]
    return code


def test_a_template_is_filled_checked_recorded_and_comes_out_again_as_it_went_in(door):
    template = door.client.ask("GET", "/import/figures.xlsx")
    book = openpyxl.load_workbook(io.BytesIO(template.content))
    sheet = book[book.sheetnames[0]]
    figure = {"2015-07": "10.05", "2015-08": "1234567.89", "2015-09": "1234567.891234"}
    for row, (month, amount) in enumerate(figure.items(), 2):
        for column, value in enumerate(["FDI_ACTUAL", "dama", month, None, float(amount)], 1):
            sheet.cell(row, column, value)
    filled = io.BytesIO()
    book.save(filled)
    before = door.head

    checked = door.send(filled.getvalue(), "file=july.xlsx")

    assert (checked.status_code, checked.json()["new"], checked.json()["recorded"]) == (200, 3, False)
    assert door.head == before

    recorded = door.send(filled.getvalue(), "file=july.xlsx&record=true").json()

    assert (recorded["recorded"], recorded["position"]) == (True, str(before + 3))
    found = door.rows("figures.csv?unit_code=dama")
    assert {row["through"][:7]: row["figure_amount"] for row in found} == figure
    assert door.rows(f"figures.csv?unit_code=dama&at={before}") == []
    out = openpyxl.load_workbook(io.BytesIO(door.table("figures.xlsx?unit_code=dama").content))
    [header, *rows] = list(out["填报数 figures"].iter_rows(min_row=2, values_only=True))
    assert [Decimal(repr(row[header.index("figure_amount")])) for row in rows] == [*map(Decimal, figure.values())]
    again = door.send(filled.getvalue(), "record=true").json()
    assert (again["same"], again["recorded"]) == (3, False)


@ONCE
def test_problems_come_with_their_cells_and_nothing_is_recorded(door):
    content = figures(["FDI_ACTUAL", "chongfu", "2015-07", None, 5], ["FDI_ACTUAL", "chongfu", 2015.1, None, 5])
    before = door.head

    answer = door.send(content, "record=true&kind=figures")

    assert answer.status_code == 200
    assert [(one["cell"], one["code"]) for one in answer.json()["problems"]] == [("Sheet1!C3", "MONTH_IS_AMBIGUOUS")]
    assert answer.json()["recorded"] is False
    assert door.head == before


@ONCE
@pytest.mark.parametrize(
    ("role", "unit", "status", "code"),
    [
        (None, None, 401, "UNAUTHENTICATED"),
        ("wrong", None, 401, "UNAUTHENTICATED"),
        (Role.READER, None, 403, "FORBIDDEN"),
        (Role.AUDITOR, None, 403, "FORBIDDEN"),
    ],
)
def test_only_those_who_may_give_commands_import(door, role, unit, status, code):
    headers = {} if role is None else {"authorization": "Bearer x.y.z"} if role == "wrong" else door.token(role, unit)
    before = door.head

    answer = door.send(figures(["FDI_ACTUAL", "chongfu", "2015-07", None, 5]), "record=true", headers)

    assert (answer.status_code, code_of(answer)) == (status, code)
    assert door.head == before


@ONCE
def test_a_clerk_of_another_unit_is_told_by_the_rule_of_the_command(door):
    before = door.head

    answer = door.send(
        figures(["FDI_ACTUAL", "chongfu", "2015-07", None, 5]), "record=true", door.token(Role.CLERK, "dama")
    )

    assert [one["code"] for one in answer.json()["problems"]] == ["NotYourUnit"]
    assert door.head == before


@ONCE
@pytest.mark.parametrize(
    ("content", "query", "code"),
    [
        (b"", "", "EMPTY_BODY"),
        (b"PK\x03\x04 nothing", "", "BAD_WORKBOOK"),
        (b"\xd0\xcf\x11\xe0", "", "BAD_WORKBOOK"),
        (b"a,b\n1,2\n", "", "UNKNOWN_SHEET"),
        (b"a,b\n", "kind=projects", "UNKNOWN_SHEET"),
        (b"a,b\n", "record=1", "BAD_PARAMETER"),
        (b"a,b\n", "dryRun=true", "BAD_PARAMETER"),
        (b"a,b\n", "correct=true", "REASON_IS_MISSING"),
        (b"a,b\n", "correct=true&reason=%01", "BAD_TEXT"),
    ],
)
def test_a_file_or_question_that_makes_no_sense_is_refused_with_a_code(door, content, query, code):
    before = door.head

    answer = door.send(content, query)

    assert (answer.status_code, code_of(answer)) == (400, code)
    assert door.head == before


@ONCE
def test_text_that_a_spreadsheet_would_run_goes_out_as_text(door):
    risky = ["=1+1", "+1", "-1", "@sum", "＝1"]
    sheet: list[list[Any]] = [[f"风险{at}", "审批代办", text, "chongfu"] for at, text in enumerate(risky)]
    rows = ["\t".join(map(str, row)) for row in (TICKETS, *sheet)]
    assert door.send("\n".join(rows).encode(), "record=true").json()["recorded"]

    told = door.rows("tickets.csv?issuer_code=chongfu")
    book = openpyxl.load_workbook(io.BytesIO(door.table("tickets.xlsx").content))

    assert sorted(row["subject"] for row in told) == sorted(f"'{text}" for text in risky)
    [header, *cells] = list(book["工作联系单 tickets"].iter_rows(min_row=2))
    at = [cell.value for cell in header].index("subject")
    assert {row[at].value for row in cells} >= set(risky)
    assert {row[at].data_type for row in cells} == {"s"}
    assert all(row[at].quotePrefix for row in cells if row[at].value in risky)


@ONCE
@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("nothing.csv", 404, "NOT_FOUND"),
        ("units.pdf", 404, "NOT_FOUND"),
        ("units.csv?nothing=1", 400, "BAD_PARAMETER"),
        ("units.csv?kind=bogus", 400, "BAD_PARAMETER"),
        ("units.csv?kind=town&kind=bogus", 400, "BAD_PARAMETER"),
        ("projects.csv?stage=bogus", 400, "BAD_PARAMETER"),
        ("tickets.csv?overdue=yes", 400, "BAD_PARAMETER"),
        ("units.csv?at=yesterday", 400, "BAD_PARAMETER"),
        ("units.csv?at=0001-01-01T00:00:00%2B14:00", 400, "BAD_PARAMETER"),
        ("units.csv?at=9999-12-31T23:59:59-14:00", 400, "BAD_PARAMETER"),
        ("units.csv?at=1&at=2", 400, "BAD_PARAMETER"),
        ("units.csv?at=2031-01-01", 400, "MOMENT_IN_THE_FUTURE"),
        ("units.csv?at=99999999", 400, "MOMENT_AHEAD"),
        ("units.csv?validOn=spring", 400, "BAD_DATE"),
        ("events.csv?events=999999", 400, "BAD_PARAMETER"),
    ],
)
def test_a_table_that_there_is_not_is_refused_with_a_code(door, path, status, code):
    answer = door.table(path)

    assert (answer.status_code, code_of(answer)) == (status, code)
    assert TABLE[code].status == status


@ONCE
def test_who_mistypes_a_code_is_told_which_there_are(door):
    said = door.table("projects.csv?stage=bogus").json()["errors"][0]["message"]

    assert said.startswith("stage is one of lead, ")
    assert said.endswith("or empty, not 'bogus'")
    assert door.rows("projects.csv?stage=lead") == door.rows("projects.csv?stage=lead&stage=")
    assert door.rows("tickets.csv?overdue=FALSE") == door.rows("tickets.csv")


@ONCE
def test_a_table_is_as_of_the_day_and_the_values_that_are_asked_for(door):
    today = door.table("units.csv?at=2015-10-20&kind=town")

    assert [row["code"] for row in door.rows("units.csv?kind=town")] == ["chongfu", "dama"]
    assert len(today.content.splitlines()) == 3
    assert today.headers["content-disposition"].startswith('attachment; filename="units-')
    assert door.rows("units.csv?at=2015-10-19") == []
    assert len(door.rows("events.csv?events=2")) == 2


@ONCE
def test_the_name_of_a_file_follows_the_readers_language(door):
    def named(path: str, language: str) -> str:
        return unquote(
            door.client.ask("GET", path, headers={"accept-language": language}).headers["content-disposition"]
        )

    assert named("/export/units.csv?at=5", "zh-CN,en;q=0.5") == (
        "attachment; filename=\"units-5.csv\"; filename*=UTF-8''单位-5.csv"
    )
    assert named("/export/units.csv?at=5", "en") == 'attachment; filename="units-5.csv"'
    assert (
        named("/import/figures.xlsx", "zh") == "attachment; filename=\"figures.xlsx\"; filename*=UTF-8''填报数模板.xlsx"
    )
    assert named("/import/figures.xlsx", "en") == 'attachment; filename="figures.xlsx"'


@ONCE
def test_whoever_may_not_read_gets_no_table(door, tmp_path):
    closed = Client(door.instance, tmp_path, TXAPI_ANONYMOUS_ROLE="none")

    assert [closed.ask("GET", path).status_code for path in ("/export/units.csv", "/import/figures.xlsx")] == [401, 401]


@ONCE
def test_a_workbook_that_unpacks_to_more_than_it_may_is_refused(door):
    before = door.head

    answer = door.send(workbook(("Sheet1", [["x"] * 65])), "record=true")

    assert (answer.status_code, code_of(answer)) == (400, "SHEET_TOO_LARGE")
    assert door.head == before


@ONCE
def test_who_sends_what_was_not_theirs_to_say_is_remembered_and_not_told_to_everybody(door):
    """The last of these tests: the policy stays in force."""
    desk = door.instance.desk
    meta = Metadata(decided_at=desk.record.clock.now(), actor=Actor("a", Role.ADMINISTRATOR), correlation_id="c")
    adopt_edition(desk, Order(meta), kind=EditionKind.ATTEMPT_POLICY, edition="attempts", content={"basis": "inferred"})
    before = door.head
    sheet = figures(["FDI_ACTUAL", "chongfu", "2015-07", None, 5])

    door.send(sheet, "", door.token(Role.CLERK, "dama"))
    assert door.head == before  # only looked at
    door.send(sheet, "record=true", door.token(Role.CLERK, "dama"))
    door.send(sheet, "record=true", door.token(Role.READER))

    remembered = [recorded.event for recorded in desk.record.read(before, 10)]
    assert [(event.meta.actor.subject, event.action, event.code) for event in remembered] == [
        ("test.clerk", "import", "NotYourUnit"),
        ("test.reader", "import", "FORBIDDEN"),
    ]
    tables = [door.table(f"events.csv?at={door.head}", headers) for headers in (door.token(Role.SUPERVISOR), None)]
    assert [table.text.count("attempt.refused") for table in tables] == [2, 0]


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/json", "text/html", "image/png", "multipart/form-data; boundary=a"]
)
def test_what_is_said_to_be_no_sheet_is_not_looked_at(door: Door, media_type: str) -> None:
    before = door.head

    refused = door.sent_as(media_type, b"a,b\n1,2\n")

    assert refused.status_code == 415
    assert refused.json()["errors"][0]["extensions"]["code"] == "UNSUPPORTED_MEDIA_TYPE"
    assert door.head == before


@pytest.mark.parametrize(
    "media_type", ["text/csv; charset=utf-8", "Application/Vnd.Ms-Excel", "application/octet-stream", XLSX]
)
def test_a_sheet_is_looked_at_by_its_bytes_whatever_sheet_it_is_said_to_be(door: Door, media_type: str) -> None:
    found = door.sent_as(media_type, b"a,b\n1,2\n")

    assert found.status_code in {200, 400}
    assert "UNSUPPORTED_MEDIA_TYPE" not in found.text
