"""How commands that ask the record end where the answer tells of errors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.web.test_cli import data, run, settings  # noqa: F401 - fixtures are found by name
from txapi.cli.answers import end_with_errors
from txapi.cli.ends import End

MISSING = ("unit", "units", "year", "years", "validOn", "end", "start")
"""What the operation MonthlyReport needs."""


def said_by(stderr: str) -> list[str]:
    """The lines of errors, without the bar of a rebuild."""
    return [line.removeprefix("Error: ") for line in stderr.splitlines() if line.startswith("Error: ")]


@pytest.mark.parametrize(
    ("arguments", "complaints"),
    [
        (("Tickets", "--variables", '{"first": "two"}'), ["Variable '$first' has invalid value: Int cannot"]),
        (
            ("Tickets", "--variables", '{"first": "two", "after": 3}'),
            ["Variable '$first' has invalid value: ", "Variable '$after' has invalid value: "],
        ),
        (
            ("MonthlyReport",),
            [f"Variable '${name}' has invalid value: Expected a value of non-null type" for name in MISSING],
        ),
        (("AcceptTicket", "--variables", '{"input": {"ticket": "x"}}'), ["without a server a record can be read only"]),
        (("Changes",), ["a subscription comes over "]),
    ],
)
def test_an_operation_that_is_refused_as_such_ends_with_2_and_a_line_for_each_reason(
    data: Path,  # noqa: F811
    arguments: tuple[str, ...],
    complaints: list[str],
) -> None:
    result = run("show", "--operation", *arguments)

    said = said_by(result.stderr)
    assert (result.exit_code, result.stdout) == (2, "")
    assert len(said) == len(complaints)
    assert all(line.startswith(complaint) for line, complaint in zip(said, complaints, strict=True))


def test_scripts_are_told_the_refusal_as_a_server_tells_it(data: Path) -> None:  # noqa: F811
    result = run("show", "--operation", "Tickets", "--variables", '{"first": "two"}', "--json")

    answer = json.loads(result.stdout)
    assert result.exit_code == 2
    assert "data" not in answer
    assert [error["message"] for error in answer["errors"]] == said_by(result.stderr)


def test_before_the_record_begins_a_refusal_is_one_too(data: Path) -> None:  # noqa: F811
    result = run("show", "--at", "0", "--operation", "Tickets", "--variables", '{"first": "two"}')

    assert (result.exit_code, result.stdout) == (2, "")


def test_a_receipt_that_cannot_be_issued_says_what_is_wrong_with_the_question(data: Path, tmp_path: Path) -> None:  # noqa: F811
    run("checkpoint", "--sign")
    file = tmp_path / "receipt.json"

    result = run("show", "--operation", "Tickets", "--variables", '{"first": "two"}', "--receipt", str(file))

    nothing, why = said_by(result.stderr)
    assert result.exit_code == 2
    assert "there is no answer to attest" in nothing
    assert why.startswith("Variable '$first' has invalid value: ")
    assert not file.exists()


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({"errors": [{"message": "no", "extensions": {"code": "BAD_REQUEST"}}]}, 2),
        ({"errors": [{"message": "no"}]}, 2),
        ({"errors": [{"message": "no", "extensions": {"code": "TOO_DEEP"}}]}, 2),
        ({"errors": [{"message": "no", "extensions": {"code": "QUERY_TOO_SLOW"}}]}, 1),
        ({"errors": [{"message": "no", "extensions": {"code": "BAD_FIRST"}}], "data": None}, 1),
        ({"errors": [{"message": "no", "extensions": {"code": "BAD_FIRST"}}], "data": {"moment": None}}, 1),
        ({"errors": [{"message": "no", "extensions": {"code": "STORE_DAMAGED"}}]}, 1),
        ({"errors": [{"message": "no", "extensions": {"code": "UNAVAILABLE"}}]}, 6),
        ({"errors": [{"message": "no", "extensions": {"code": "UNAVAILABLE"}}], "data": None}, 6),
    ],
)
def test_the_exit_code_says_whether_the_question_the_answer_or_the_store_is_to_blame(
    answer: dict[str, Any], code: int
) -> None:
    with pytest.raises(End) as ended:
        end_with_errors(answer)

    assert (ended.value.exit_code, ended.value.message) == (code, "no")


def test_what_is_said_twice_is_said_once_and_in_one_line() -> None:
    errors = [{"message": message} for message in ("one\nand two", "three", "three")]

    with pytest.raises(End) as ended:
        end_with_errors({"errors": errors})

    assert ended.value.message == "one and two\nError: three"


@pytest.mark.parametrize(
    ("mistyped", "meant"),
    [
        ("tickets", "did you mean 'Tickets' or "),
        ("Projetcs", "did you mean 'Projects' or "),
        ("AcceptTickets", "did you mean '"),
    ],
)
def test_a_mistyped_operation_is_told_the_nearest_questions_and_no_command(mistyped: str, meant: str) -> None:
    result = run("show", "--operation", mistyped)

    [said] = said_by(result.stderr)
    assert result.exit_code == 2
    assert meant in said
    assert "'AcceptTicket'" not in said
    assert len(said) < 200


def test_where_no_question_is_near_it_is_said_where_they_lie() -> None:
    [said] = said_by(run("show", "--operation", "Xyzzy").stderr)

    assert "did you mean" not in said
    assert said.endswith("operations")
