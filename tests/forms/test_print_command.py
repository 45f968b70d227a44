"""`txapi print`: the same forms without a server, and what it says where there is none to print."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.forms.conftest import Summer
from tests.printed import words
from txapi.cli.root import txapi


def printing(summer: Summer, *arguments: str) -> Result:
    return CliRunner().invoke(txapi, ["print", *arguments, "--data", str(summer.city.folder)])


def test_it_writes_the_bytes_that_a_server_gives(summer: Summer, tmp_path: Path) -> None:
    out, position = tmp_path / "form.pdf", str(summer.city.record.head.position)
    number = summer.number("late")

    result = printing(summer, "ticket", number, "--at", position, "--out", str(out))

    assert (result.exit_code, result.stdout) == (0, f"{out}\n")
    assert out.read_bytes() == summer.ticket(number, at=int(position))


def test_a_report_is_named_for_its_unit_and_month(
    summer: Summer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    result = printing(summer, "report", "chongfu", "2015-07", "--lang", "en", "--json")

    assert result.exit_code == 0, result.output
    [written] = tmp_path.iterdir()
    assert written.name == "report-chongfu-2015-07.pdf"
    assert "Monthlyreportonmajorprojects" in words(written.read_bytes())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("ticket", "2015-9999"), "no ticket '2015-9999' is known at this moment"),
        (("report", "nowhere", "2015-07"), "no unit 'nowhere' is known at this moment"),
        (("report", "chongfu", "2016-07"), "2016-07 has not begun on 2015-08-30"),
        (("report", "chongfu", "7"), "a month is written as 2015-07"),
    ],
)
def test_what_is_not_there_is_said_and_nothing_is_written(
    summer: Summer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], said: str
) -> None:
    monkeypatch.chdir(tmp_path)

    result = printing(summer, *arguments)

    assert result.exit_code != 0
    assert said in result.output
    assert list(tmp_path.iterdir()) == []
