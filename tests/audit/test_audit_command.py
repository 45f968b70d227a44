"""`txapi audit`: the ten questions by number and name, derived from what is published."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.audit.asking import said
from tests.city import City
from txapi.cli.audit import questions
from txapi.cli.root import txapi


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder with an empty record."""
    city = City(tmp_path)
    yield tmp_path
    city.close()


def test_every_question_has_a_number_and_a_name_of_its_own() -> None:
    numbers = [question.number for question in questions()]

    assert numbers == sorted(set(numbers))
    assert set(numbers) <= set(range(1, 11))
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", question.name) for question in questions())


def test_every_question_can_be_asked_as_of_a_moment_and_up_to_a_date() -> None:
    for question in questions():
        assert re.search(r"\$at: PointInput\b", question.document), question.name
        assert re.search(r"\$clock: DateTime\b", question.document), question.name
        assert re.search(r"\$validOn: Date\b", question.document), question.name


def test_without_a_question_the_command_lists_them(folder: Path) -> None:
    listed = json.loads(said(folder, "--json"))
    printed = said(folder)

    assert [(one["number"], one["operation"]) for one in listed] == [(q.number, q.operation) for q in questions()]
    assert " 1. late-acceptances\n    Which tickets were accepted on day 8 or later" in printed


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("everything",), "there is no question 'everything'"),
        (("1", "--set", "unit"), "sets no variable"),
        (("1", "--set", "colour=red"), "sets no variable"),
        (("1", "--set", "first=many"), "first is a whole number, not 'many'"),
        (("1", "--valid-on", "yesterday"), "a day is written as 2015-08-06"),
        (("1", "--at", "7"), "position 7 does not exist"),
    ],
)
def test_a_question_that_makes_no_sense_ends_with_2(folder: Path, arguments: tuple[str, ...], complaint: str) -> None:
    assert complaint in said(folder, *arguments, exit_code=2)


def test_a_question_that_the_schema_refuses_ends_with_1_and_says_why(folder: Path) -> None:
    assert "first is from 0 to 500" in said(folder, "1", "--set", "first=501", exit_code=1)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("5", "--set", "cutOff=soon"), "Error: Variable '$cutOff' has invalid value: "),
        (("2", "--set", "then=yesterday"), "Error: Variable '$then' has invalid value: "),
        (("6", "--set", "from=2015-01-01", "--set", "to=x"), "Error: Variable '$to' has invalid value: "),
    ],
)
def test_a_question_that_is_refused_as_such_ends_with_2_and_the_reason_alone(
    folder: Path, arguments: tuple[str, ...], complaint: str
) -> None:
    result = CliRunner().invoke(txapi, ["audit", *arguments, "--data", str(folder)])

    assert (result.exit_code, result.stdout) == (2, "")
    assert sum(line.startswith(complaint) for line in result.stderr.splitlines()) == 1


def test_a_question_that_is_refused_as_such_is_told_to_scripts_as_a_server_tells_it(folder: Path) -> None:
    result = CliRunner().invoke(txapi, ["audit", "2", "--set", "then=yesterday", "--json", "--data", str(folder)])

    assert result.exit_code == 2
    answer = json.loads(result.stdout)
    assert "data" not in answer
    assert f"Error: {answer['errors'][0]['message']}\n" in result.stderr


def test_where_there_is_no_record_the_command_says_so(tmp_path: Path) -> None:
    result = CliRunner().invoke(txapi, ["audit", "1", "--data", str(tmp_path / "nowhere")])

    assert result.exit_code == 2
    assert "no record" in result.stderr
