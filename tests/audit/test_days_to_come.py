"""What commands say of a day that has not come by the record's own clock, and of a clock that is given on purpose."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from tests.projections.ticket_city import furnished_and_told
from txapi.cli.root import txapi
from txapi.record.kept_clock import NOTE, ClockNote


@pytest.fixture(scope="module")
def summer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The record of a summer of tickets, whose last event is of some day of 2015, and which is signed."""
    folder = tmp_path_factory.mktemp("summer")
    city, _ = furnished_and_told(folder)
    city.close()
    assert run(folder, "checkpoint", "--sign").exit_code == 0
    return folder


def run(folder: Path, *arguments: str, **environment: str) -> Result:
    cleared = {"TXAPI_CLOCK": None, **environment}
    return CliRunner(env=cleared).invoke(txapi, [*arguments, "--data", str(folder)])


def last_day(folder: Path) -> datetime:
    """When the last event was recorded."""
    said = run(folder, "show", "--operation", "Record", "--json")
    return datetime.fromisoformat(json.loads(said.stdout)["data"]["record"]["recordedAt"])


def day(moment: datetime, later: int = 0) -> str:
    """The day of a moment in Shanghai, or one some days later."""
    return (moment + timedelta(hours=8, days=later)).date().isoformat()


COMMANDS = (
    ("show",),
    ("audit", "1"),
    ("finding", "1", "--out", "never"),
    ("print", "ticket", "2015-0001", "--out", "never"),
    ("export", "never", "--tables"),
)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
@pytest.mark.parametrize("at", ["tomorrow", "instant"])
def test_a_day_that_has_not_come_is_refused_and_nothing_is_written(summer, tmp_path, monkeypatch, command, at) -> None:
    monkeypatch.chdir(tmp_path)
    last = last_day(summer)
    told = day(last, 1) if at == "tomorrow" else (last + timedelta(hours=1)).isoformat()

    result = run(summer, *command, "--at", told)

    assert result.exit_code == 2
    assert (
        f"MOMENT_IN_THE_FUTURE: {told} has not come yet: the record's own clock stands at {day(last)}" in result.stderr
    )
    assert result.stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_compare_refuses_alike(summer) -> None:
    last = last_day(summer)

    result = run(summer, "compare", "--before", day(last), "--after", day(last, 1))

    assert result.exit_code == 2
    assert "MOMENT_IN_THE_FUTURE" in result.stderr


def test_the_end_of_today_is_now(summer) -> None:
    last = last_day(summer)

    said = run(summer, "audit", "1", "--at", day(last))

    assert said.exit_code == 0
    shown = re.search(r"^position \d+, (\S+)$", said.stdout, re.MULTILINE)
    assert shown
    assert last <= datetime.fromisoformat(shown[1]) < last + timedelta(minutes=10)


@pytest.fixture
def noted(summer: Path) -> Iterator[datetime]:
    """Where a server noted that its clock stands: two days after the last event."""
    stands = last_day(summer) + timedelta(days=2)
    note = ClockNote("2015-08-01", stands, stands + timedelta(seconds=10))
    (summer / NOTE).write_bytes(msgspec.json.encode(note))
    yield stands
    (summer / NOTE).unlink()


def test_a_command_goes_by_the_clock_that_a_server_has_noted(summer, noted) -> None:
    assert run(summer, "show", "--at", day(noted, -1)).exit_code == 0
    assert run(summer, "show", "--at", day(noted)).exit_code == 0
    refused = run(summer, "show", "--at", day(noted, 1))

    assert refused.exit_code == 2
    assert f"stands at {day(noted)}" in refused.stderr


def test_the_clock_of_the_settings_is_the_one_that_a_command_goes_by(summer) -> None:
    last = last_day(summer)

    assert run(summer, "show", "--at", day(last, 5), TXAPI_CLOCK=day(last, 6)).exit_code == 0
    assert run(summer, "show", "--at", day(last, 7), TXAPI_CLOCK=day(last, 6)).exit_code == 2
    assert run(summer, "show", "--at", day(datetime.now(UTC), -1), TXAPI_CLOCK="system").exit_code == 0


@pytest.mark.parametrize("command", [("show",), ("audit", "1")], ids=lambda command: command[0])
def test_a_clock_that_is_given_on_purpose_judges_and_is_told(summer, command) -> None:
    last = last_day(summer)

    said = run(summer, *command, "--clock", day(last, 9))
    judged = run(summer, *command, "--clock", day(last, 9), "--json")

    head = next(line for line in said.stdout.splitlines() if line.startswith("position "))
    assert head.startswith(f"position {json.loads(judged.stdout)['data']['moment']['position']}, {last.isoformat()}")
    assert f", judged as of {day(last, 9)}T15:59:59.999999+00:00" in head
    assert json.loads(judged.stdout)["data"]["moment"]["clock"] == f"{day(last, 9)}T15:59:59.999999Z"


def test_a_sheet_that_is_judged_on_an_assumption_says_so(summer, tmp_path) -> None:
    last = last_day(summer)
    plain, assumed = tmp_path / "plain", tmp_path / "assumed"

    assert run(summer, "finding", "1", "--at", day(last), "--out", str(plain)).exit_code == 0
    assert run(summer, "finding", "1", "--clock", day(last, 9), "--out", str(assumed)).exit_code == 0

    assert "judged on an assumption" not in (plain / "finding.html").read_text(encoding="utf-8")
    html = (assumed / "finding.html").read_text(encoding="utf-8")
    assert "为假设判定" in html
    assert f"{day(last, 9)} 23:59" in html


@pytest.mark.parametrize("command", [("audit", "1"), ("finding", "1", "--out", "never")], ids=lambda one: one[0])
@pytest.mark.parametrize(
    ("told", "option"),
    [('at={"position":"1"}', "--at"), ("clock=2015-12-31T00:00:00Z", "--clock"), ("validOn=2015-07-31", "--valid-on")],
)
def test_what_the_answer_tells_of_itself_is_said_by_an_option(
    summer, tmp_path, monkeypatch, command, told, option
) -> None:
    monkeypatch.chdir(tmp_path)

    result = run(summer, *command, "--set", told)

    assert result.exit_code == 2
    assert f"is said by {option}" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_operation_that_judges_nothing_takes_no_clock(summer) -> None:
    result = run(summer, "show", "--operation", "Record", "--clock", "2015-08-20")

    assert result.exit_code == 2
    assert "declares no $clock" in result.stderr


@pytest.mark.parametrize("command", [("audit", "1"), ("finding", "1", "--out", "never")], ids=lambda one: one[0])
def test_a_unit_that_there_never_was_is_no_answer_of_nothing(summer, tmp_path, monkeypatch, command) -> None:
    monkeypatch.chdir(tmp_path)

    result = run(summer, *command, "--set", "unit=nope")
    early = run(summer, "audit", "1", "--set", "unit=land-bureau", "--at", "1", "--json")

    assert result.exit_code == 2
    assert "no unit ever had the code 'nope'" in result.stderr
    assert result.stdout == ""
    assert list(tmp_path.iterdir()) == []
    # Of a unit that was not there yet, there was nothing to tell.
    assert json.loads(early.stdout)["data"]["moment"]["lateAcceptances"]["totalCount"] == 0


@pytest.mark.parametrize(
    ("question", "told", "said"),
    [
        ("1", "first=abc", "first is a whole number, not 'abc'"),
        ("1", "first=1.5", "first is a whole number, not '1.5'"),
        ("1", "first=true", "first is a whole number, not 'true'"),
        ("8", "everything=yes", "everything is true or false, not 'yes'"),
        ("3", "kinds=RATE", """kinds is a list, written as JSON (["one","two"]), not 'RATE'"""),
        ("2", "then={1", """then is written as JSON ({"name":"value"}), not '{1'"""),
    ],
)
def test_a_value_that_is_none_is_told_in_a_plain_sentence(summer, question, told, said) -> None:
    result = run(summer, "audit", question, "--set", told)

    assert result.exit_code == 2
    assert result.stderr == f"Error: {said}\n"
