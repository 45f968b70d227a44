"""The contract with clients: nothing that they rely on changes without a word, and the word says for whom."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import pytest
from click.testing import CliRunner
from graphql import build_schema

from txapi.cli.root import txapi
from txapi.web.contract import Change, UnreadableSchema, changes_between, changes_of
from txapi.web.offline import schema_text
from txapi.web.operations import operations
from txapi.web.released import Allowed, Released, allowed, changes_since, last_release, objections

ROOT = Path(__file__).resolve().parents[2]

BEFORE = """
type Query {
  ticket(number: String, lang: Lang): Ticket tickets(filter: Filter): [Ticket!]! light: Light
  old: Int @deprecated(reason: "ask new")
}
type Ticket { number: String! state: State! }
type Other { id: ID }
union Light = Ticket | Other
input Filter { open: Boolean late: Boolean }
enum State { OPEN CLOSED }
enum Lang { ZH EN }
"""
OPERATIONS = {
    "One": "query One($number: String) { ticket(number: $number) { number } }",
    "Many": "query Many($filter: Filter) { tickets(filter: $filter) { state } }",
    "Colour": "query Colour { light { ... on Ticket { state } } }",
    "Old": "query Old { old }",
}
RELEASE = Released("0.1.0", BEFORE, OPERATIONS)


@pytest.fixture(scope="module")
def since() -> list[Change]:
    """What changed since the last release."""
    return changes_since(last_release(ROOT), schema_text())


def objected(later: str, operations: Iterable[str], *may: Allowed) -> list[str]:
    """What is objected to a later schema than that of the release above."""
    return objections(RELEASE, changes_since(RELEASE, later), operations, may)


def test_what_the_code_publishes_breaks_nothing_of_the_last_release(since: list[Change]) -> None:
    assert objections(last_release(ROOT), since, operations(), allowed(ROOT)) == []


def test_what_is_allowed_without_a_star_has_happened_and_has_a_reason(since: list[Change]) -> None:
    happened = {change.says for change in since}

    assert [one.change for one in allowed(ROOT) if "*" not in one.change and one.change not in happened] == []
    assert all(one.because.strip() for one in allowed(ROOT))


def test_an_unchanged_schema_changes_nothing() -> None:
    assert changes_between(build_schema(BEFORE), build_schema(BEFORE), OPERATIONS) == []


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("number: String! state", "state", "breaking: Field Ticket.number was removed.; used by One"),
        (
            "state: State!",
            "state: String!",
            "breaking: Field Ticket.state changed type from State! to String!.; used by Colour, Many",
        ),
        (
            "(number: String, lang: Lang)",
            "(number: String)",
            "breaking: Argument Query.ticket(lang:) was removed.; used by none of the operations",
        ),
        (
            "(number: String,",
            "(lang2: Lang! number: String,",
            "breaking: A required argument Query.ticket(lang2:) was added.; used by One",
        ),
        (
            "late: Boolean",
            "late: Boolean early: Int!",
            "breaking: A required field Filter.early was added.; used by Many",
        ),
        ("late: Boolean", "", "breaking: Field Filter.late was removed.; used by Many"),
        ("OPEN CLOSED", "OPEN", "breaking: Enum value State.CLOSED was removed.; used by Colour, Many"),
        ("Ticket | Other", "Ticket", "breaking: Other was removed from union type Light.; used by Colour"),
        ("OPEN CLOSED", "OPEN CLOSED LOST", "dangerous: Enum value State.LOST was added.; used by Colour, Many"),
        (
            "(filter: Filter)",
            "(filter: Filter first: Int)",
            "dangerous: An optional argument Query.tickets(first:) was added.; used by Many",
        ),
    ],
)
def test_a_change_is_told_with_the_operations_that_it_concerns(old: str, new: str, says: str) -> None:
    assert BEFORE.count(old) == 1

    [change] = changes_between(build_schema(BEFORE), build_schema(BEFORE.replace(old, new)), OPERATIONS)

    assert change.text() == says


def test_what_was_not_deprecated_cannot_be_removed_whatever_is_allowed() -> None:
    later = BEFORE.replace("number: String! state", "state")

    [said] = objected(later, OPERATIONS, Allowed("*", "we wish"))

    assert "Field Ticket.number was removed.; used by One" in said
    assert "deprecate it first" in said


def test_what_was_deprecated_may_go_for_a_reason() -> None:
    later = BEFORE.replace('old: Int @deprecated(reason: "ask new")', "")

    [said] = objected(later, OPERATIONS)

    assert "Field Query.old was removed.; used by Old; it was deprecated: ask new" in said
    assert objected(later, OPERATIONS, Allowed("Field Query.old was removed.", "nobody asks it")) == []


def test_what_is_dangerous_needs_a_reason() -> None:
    later = BEFORE.replace("OPEN CLOSED", "OPEN CLOSED LOST")

    [said] = objected(later, OPERATIONS)

    assert "say why in schema/released/allowed.toml" in said
    assert objected(later, OPERATIONS, Allowed("Enum value State.* was added.", "clients expect more")) == []


def test_an_operation_stays_published() -> None:
    [said] = objected(BEFORE, {"One", "Many", "Old"})

    assert said == "breaking: the operation Colour is published no more; clients of 0.1.0 ask it by its hash"


@pytest.mark.parametrize("text", ["no schema", "type Query { a: Nothing }"])
def test_what_is_no_schema_is_said_so(text: str) -> None:
    with pytest.raises(UnreadableSchema, match="cannot be compared"):
        changes_of(text, BEFORE, OPERATIONS)


@pytest.fixture
def earlier(tmp_path: Path) -> Path:
    """A schema with a field that was taken away since, and one that is new since."""
    path = tmp_path / "schema.graphql"
    text = schema_text()
    assert text.count("type PageInfo {") == 1
    path.write_text(text.replace("type PageInfo {", "type PageInfo {\n  gone: Int"), encoding="utf-8")
    return path


def test_the_command_says_what_breaks_for_whose_operations(earlier: Path, tmp_path: Path) -> None:
    theirs = tmp_path / "board"
    theirs.mkdir()
    (theirs / "Mine.graphql").write_text("query Mine { units { pageInfo { gone } } }", encoding="utf-8")
    (theirs / "Fine.graphql").write_text("query Fine { units { totalCount } }", encoding="utf-8")

    broken = CliRunner().invoke(txapi, ["contract", "--against", str(earlier), "--operations", str(theirs)])
    fine = CliRunner().invoke(txapi, ["contract", "--against", str(ROOT / "schema" / "schema.graphql")])
    told = CliRunner().invoke(txapi, ["contract", "--against", str(ROOT / "schema" / "schema.graphql"), "--json"])

    assert (broken.exit_code, fine.exit_code, told.exit_code) == (1, 0, 0)
    assert "breaking: Field PageInfo.gone was removed.; used by Mine.graphql\n" in broken.output
    assert fine.output == "nothing breaks\n"
    assert json.loads(told.output) == []


def test_a_release_is_kept_once_and_never_edited(tmp_path: Path) -> None:
    first = CliRunner().invoke(txapi, ["publish", "--release", "--root", str(tmp_path)])
    [kept] = (tmp_path / "schema" / "released").glob("*.graphql")
    kept.write_text(kept.read_text(encoding="utf-8") + "# another\n", encoding="utf-8")

    second = CliRunner().invoke(txapi, ["publish", "--release", "--root", str(tmp_path)])

    assert (first.exit_code, second.exit_code) == (0, 1)
    assert "is never edited" in second.output
    assert kept.read_text(encoding="utf-8").endswith("# another\n")
