"""Every list of the schema is a table, and who may not read the list by a question gets nothing of it as a table."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import pytest
from graphql import GraphQLField, GraphQLList, GraphQLNonNull, GraphQLObjectType, get_named_type

from tests.city import ADMINISTRATOR, AUDITOR, LEADER, READER, SCHEMA, SECRETARY, SUPERVISOR, City, clerk
from tests.schema.registering import do, entered, towns
from tests.stores import place
from tests.web.asking import Client
from txapi.audit.table_files.csv_files import CsvFiles
from txapi.audit.tables import SHEETS, SHEETS_BESIDE
from txapi.domain.event import Actor, Role
from txapi.record.deliveries import Delivery
from txapi.web.instance import Instance
from txapi.web.turns import Turn, Turns

ROOTS = ("Query", "Moment", "Record", "Viewer")
TABLES = {
    "units": "units",
    "companies": "companies",
    "parcels": "parcels",
    "groups": "groups",
    "meetings": "meetings",
    "projects": "projects",
    "tickets": "tickets",
    "targets": "targets",
    "supervisionLists": "supervision_lists",
    "publications": "publications",
    "published": "published",
    "attachments": "attachments",
    "editions": "editions",
    "webhooks": "webhooks",
    "events": "events",
    "refusedAttempts": "refused_attempts",
    "checkpoints": "checkpoints",
    "webhookDeliveries": "webhook_deliveries",
}
"""The table that holds what a list of the schema does."""

QUESTION = "an answer to one of the ten questions: `txapi audit` and its sheet of evidence give it with its parameters"
COUNTS = "counts over a list that is a table, by what is asked for"
WITHOUT_TABLE = {
    **dict.fromkeys(
        (
            *("lateAcceptances", "lateRecordedStarts", "leadership", "mayorsMeeting", "pushedBackCommitments"),
            *("correctedFigures", "printedBesideComputed", "retroactiveLights", "deadlineBases", "deadlineGroups"),
        ),
        QUESTION,
    ),
    **dict.fromkeys(("projectGroups", "ticketGroups", "targetLights", "implementingBodies", "handlingUnits"), COUNTS),
    "indicators": "a part of what was adopted, which the table of editions holds as it was adopted",
    "nodes": "nouns that are asked for by their ids, each of which is in the table of its kind",
    "Record.digests": "of the snapshot that answers, one for each table of read models",
    "Record.keyHandovers": "few, and mostly none; evidence that a bundle takes along with its proofs",
    "Record.eventTypes": "a list of the code, which is the glossary",
    "Viewer.may": "who asks",
}
"""The lists of the schema that are no table, each with the reason."""

MAY_READ = {
    "refused_attempts": (SUPERVISOR, AUDITOR, ADMINISTRATOR),
    "webhook_deliveries": (AUDITOR, ADMINISTRATOR),
}
MAY_NOT = {
    "refused_attempts": (clerk("dama"), Actor("h", Role.HANDLER, "dama"), LEADER, SECRETARY, READER, None),
    "webhook_deliveries": (clerk("dama"), Actor("h", Role.HANDLER, "dama"), LEADER, SECRETARY, SUPERVISOR, READER, None),
}  # fmt: skip
QUESTIONS = {
    "refused_attempts": "{ refusedAttempts { nodes { position } } }",
    "webhook_deliveries": "{ webhookDeliveries { attempts } }",
}
RISKY = "=cmd|' /C calc'!A0"


class Doors:
    """A running instance of a city in which somebody was refused something, a webhook is dead, and checkpoints are signed."""

    def __init__(self, instance: Instance, folder: Path, signed: list[int], company: str) -> None:
        self.instance = instance
        self.signed = signed
        self.company = company
        self.client = Client(instance, folder)

    def table(self, path: str, actor: Actor | None = AUDITOR) -> httpx.Response:
        """What somebody is answered who asks for a table."""
        return self.client.ask("GET", f"/export/{path}", headers=self.client.header_of(actor))

    def rows(self, path: str, actor: Actor | None = AUDITOR) -> list[dict[str, str]]:
        """The rows of a table in CSV."""
        response = self.table(path, actor)
        assert response.status_code == 200, response.text
        return list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))

    def asked(self, query: str, actor: Actor | None = AUDITOR) -> Any:
        """The whole answer to a question."""
        return self.client.ask("POST", "/graphql", json={"query": query}, headers=self.client.header_of(actor)).json()


@pytest.fixture(scope="module")
def doors(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    folder = tmp_path_factory.mktemp("lists")
    city: City = towns(folder)
    company = entered(city, "Company", name=RISKY, unit="chongfu")
    do(city, "AdoptEdition", ADMINISTRATOR, kind="ATTEMPT_POLICY", edition="attempts", content={"basis": "inferred"})
    signed = [city.sign().size]
    do(city, "AmendCompany", clerk("dama"), company=company, name="别名", reason="理由")
    city.execute("RenameUnit", {"input": {"unit": "chongfu", "name": {"zh": "乙", "en": "b"}}}, as_=READER)
    signed.append(city.sign().size)
    dead = do(city, "RegisterWebhook", ADMINISTRATOR, name="a", url="https://a.example/")["webhook"]["entityId"]
    do(city, "RegisterWebhook", ADMINISTRATOR, name="b", url="https://b.example/")
    city.deliveries.begin(
        Delivery(webhook=dead, position=2, attempts=9, last_attempt=10**15, last_status=410, last_error=RISKY,
                 dead_since=10**15, dead_because="gone")
    )  # fmt: skip
    city.close()
    with Instance.open(place(folder)) as instance:
        assert instance.views.wait_for(instance.record.head.position, 30)
        yield Doors(instance, folder, signed, company)


def _lists() -> Iterator[tuple[str, str]]:
    """Every list of the roots of the schema: the root, and the name of its field."""
    for root in ROOTS:
        kind = SCHEMA._schema.type_map[root]
        assert isinstance(kind, GraphQLObjectType)
        for name, field in kind.fields.items():
            if _is_list(field):
                yield root, name


def _is_list(field: GraphQLField) -> bool:
    of = field.type
    while isinstance(of, GraphQLNonNull):
        of = of.of_type
    return isinstance(of, GraphQLList) or get_named_type(of).name.endswith("Connection")


def test_every_list_of_the_schema_is_a_table_or_says_why_not() -> None:
    names = {sheet.name for sheet in (*SHEETS, *SHEETS_BESIDE)}
    found = set()
    for root, field in _lists():
        named = {f"{root}.{field}", field}
        assert (field in TABLES) != bool(named & WITHOUT_TABLE.keys()), (
            f"{root}.{field}: a table, or the reason why not"
        )
        found |= named
        if field in TABLES:
            assert TABLES[field] in names
    # Nothing stands here of what there is no more.
    assert {*TABLES, *WITHOUT_TABLE} <= found


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("table", list(QUESTIONS))
def test_who_may_not_read_a_list_by_a_question_gets_nothing_of_it_as_a_table(
    doors: Doors, table: str, kind: str
) -> None:
    for actor in MAY_READ[table]:
        assert "errors" not in doors.asked(QUESTIONS[table], actor)
        assert doors.table(f"{table}.{kind}", actor).status_code == 200
    for stranger in MAY_NOT[table]:
        [error] = doors.asked(QUESTIONS[table], stranger)["errors"]
        refused = doors.table(f"{table}.{kind}", stranger)
        assert (refused.status_code, refused.json()["errors"][0]["extensions"]["code"]) == (403, "FORBIDDEN")
        assert error["extensions"]["code"] == "FORBIDDEN"
        # A refusal is the same whatever is asked of the table: it cannot be narrowed to find out what it holds.
        for having in ("attempts=9", "action=amendCompany"):
            assert doors.table(f"{table}.{kind}?{having}", stranger).status_code in {400, 403}
        assert doors.company not in refused.text
        assert "amendCompany" not in refused.text


def test_the_table_of_refused_attempts_tells_what_the_list_tells_as_of_the_moment(doors: Doors) -> None:
    query = "{ refusedAttempts { nodes { position actor { subject } action code nounKind nounId policy last } } }"
    listed = doors.asked(query, SUPERVISOR)["data"]["refusedAttempts"]["nodes"]

    rows = doors.rows("refused_attempts.csv", SUPERVISOR)

    assert [
        (row["position"], row["actor"], row["action"], row["code"], row["noun_kind"], row["noun_id"], row["policy"])
        for row in rows
    ] == [
        (one["position"], one["actor"]["subject"], one["action"], one["code"], one["nounKind"], one["nounId"], one["policy"])
        for one in listed
    ]  # fmt: skip
    assert [(row["actor"], row["role"], row["unit_code"], row["last"]) for row in rows] == [
        ("clerk-dama", "clerk", "dama", "FALSE"),
        ("reader", "reader", "", "FALSE"),
    ]
    assert rows[0]["noun_name"] == f"'{RISKY}"  # a text that a spreadsheet would run
    before = int(rows[0]["position"])
    assert doors.rows(f"refused_attempts.csv?at={before - 1}", SUPERVISOR) == []
    assert [row["position"] for row in doors.rows(f"refused_attempts.csv?at={before}", SUPERVISOR)] == [str(before)]
    assert [row["actor"] for row in doors.rows("refused_attempts.csv?code=FORBIDDEN")] == ["reader"]


def test_an_auditor_who_takes_refused_attempts_away_leaves_a_trace_and_a_supervisor_none(doors: Doors) -> None:
    accesses = doors.instance._accesses
    assert accesses is not None
    last = max((number for number, _ in accesses.page(most=10_000)), default=0)

    assert doors.table("refused_attempts.xlsx", AUDITOR).status_code == 200
    assert doors.table("refused_attempts.xlsx", SUPERVISOR).status_code == 200

    [(_, left)] = accesses.page(last)
    assert (left.subject, left.operation, left.kinds) == ("auditor", "/export/refused_attempts", ("attempt",))
    assert len(left.nouns) == 2


def test_what_of_an_auditors_reading_cannot_be_traced_is_not_given(
    doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(access: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(doors.instance._accesses, "append", full)

    refused = doors.table("refused_attempts.csv", AUDITOR)

    assert refused.status_code == 503
    assert "amendCompany" not in refused.text


def test_checkpoints_go_out_to_whoever_reads_the_record_up_to_the_moment(doors: Doors) -> None:
    listed = doors.asked("{ record { checkpoints { size root note published } } }", None)["data"]["record"][
        "checkpoints"
    ]

    rows = doors.rows("checkpoints.csv", None)

    plain = [{**row, "root": row["root"].removeprefix("'")} for row in rows]
    assert [(row["size"], row["root"], row["note"]) for row in plain] == [
        (one["size"], one["root"], one["note"]) for one in listed
    ]
    assert {row["published"] for row in rows} == {"TRUE"}
    first, second = doors.signed
    assert {str(first), str(second)} <= {row["size"] for row in rows}
    assert [row["size"] for row in doors.rows(f"checkpoints.csv?at={second - 1}", None)] == [str(first)]
    assert doors.rows(f"checkpoints.csv?at={first - 1}", None) == []


def test_how_webhooks_are_told_goes_out_as_of_now_and_nothing_in_it_runs(doors: Doors) -> None:
    dead, silent = doors.rows("webhook_deliveries.csv", ADMINISTRATOR)

    assert (dead["webhook_name"], dead["state"], dead["state_zh"], dead["position"]) == ("a", "dead", "已失效", "2")
    assert (dead["attempts"], dead["last_status"], dead["dead_because"]) == ("9", "410", "gone")
    assert dead["last_error"] == f"'{RISKY}"
    assert dead["last_attempt"].startswith("2001-09-09T09:46:40+08:00")
    assert (silent["state"], silent["position"], silent["attempts"]) == ("without_secret", "", "0")
    book = openpyxl.load_workbook(io.BytesIO(doors.table("webhook_deliveries.xlsx", ADMINISTRATOR).content))
    [header, first, *_] = list(book["推送进度 webhook_deliveries"].iter_rows(min_row=2))
    error = first[[cell.value for cell in header].index("last_error")]
    assert (error.value, error.data_type, error.quotePrefix) == (RISKY, "s", True)
    for moment in ("at=3", "validOn=2015-08-01"):
        refused = doors.table(f"webhook_deliveries.csv?{moment}", ADMINISTRATOR)
        assert (refused.status_code, refused.json()["errors"][0]["extensions"]["code"]) == (400, "BAD_PARAMETER")


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_table_that_takes_too_long_is_stopped_and_nothing_of_it_is_given_or_left(
    doors: Doors, form: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("txapi.web.exporting.MOST_SECONDS", 0.0)
    stopped = doors.table(f"units.{form}")
    monkeypatch.undo()

    assert stopped.status_code == 503
    assert stopped.json()["errors"][0]["extensions"]["code"] == "QUERY_TOO_SLOW"
    assert list(tmp_path.iterdir()) == []
    assert doors.table(f"units.{form}").status_code == 200


def test_nothing_more_is_written_for_who_has_left(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    rows: list[object] = []
    monkeypatch.setattr("txapi.web.exporting.is_gone", lambda scope: lambda: len(rows) == 1)
    write = CsvFiles.write

    def writing(*given: Any) -> None:
        rows.append(given)
        write(*given)

    monkeypatch.setattr(CsvFiles, "write", writing)
    assert doors.table("units.csv").status_code == 503
    assert len(rows) == 1


def test_a_table_pauses_for_what_is_short(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    paused: list[bool] = []
    pause = Turns.pause

    def pausing(turns: Turns, turn: Turn, deadline: Any) -> None:
        paused.append(turn.client == "subject auditor")
        pause(turns, turn, deadline)

    monkeypatch.setattr(Turns, "pause", pausing)
    doors.rows("units.csv")

    assert paused
    assert all(paused)
