"""`txapi export --tables`: what it writes, what it says, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.audit.tabling import in_csv
from tests.schema.registering import entered, towns
from txapi.cli.root import txapi


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A record of two towns and a company, which was registered last."""
    city = towns(tmp_path / "record")
    entered(city, "Company", name="企业")
    city.close()
    return tmp_path / "record"


def export(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(txapi, ["export", *arguments, "--data", str(folder)])


def test_an_export_says_how_many_rows_each_table_has(folder, tmp_path):
    result = export(folder, str(tmp_path / "out"), "--tables", "--format", "csv", "--json")

    told = json.loads(result.stdout)
    assert result.exit_code == 0
    assert (told["rows"]["units"], told["rows"]["companies"], told["rows"]["events"]) == (2, 1, 3)
    assert all(Path(path).is_file() for path in told["files"])


def test_an_export_is_as_of_the_moment_that_is_asked_for(folder, tmp_path):
    result = export(folder, str(tmp_path / "out"), "--tables", "--format", "csv", "--at", "2", "--events", "0")

    assert result.exit_code == 0
    assert in_csv(tmp_path / "out", "companies") == []
    assert in_csv(tmp_path / "out", "events") == []
    assert [row["code"] for row in in_csv(tmp_path / "out", "units")] == ["chongfu", "dama"]


def test_an_export_says_of_itself_from_which_record_and_moment_it_is(folder, tmp_path):
    export(folder, str(tmp_path / "out"), "--tables", "--at", "2", "--valid-on", "2015-07-31", "--format", "sqlite")

    about = (tmp_path / "out" / "about.csv").read_text(encoding="utf-8-sig")
    assert "position,位置,2\n" in about.replace("\r\n", "\n")
    assert "valid_on,事实截止日,2015-07-31\n" in about.replace("\r\n", "\n")


def test_nothing_is_written_over(folder, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "evidence.txt").write_text("kept")

    result = export(folder, str(tmp_path / "out"), "--tables")

    assert result.exit_code == 2
    assert "not empty" in result.output
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["evidence.txt"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--tables", "--format", "pdf"), "not 'pdf'"),
        (("--tables", "--format", ","), "--format takes"),
        (("--tables", "--events", "some"), "--events takes"),
        (("--tables", "--valid-on", "yesterday"), "a day is written as"),
        (("--tables", "--at", "9999"), "does not exist"),
        ((), "--tables"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_is_written(folder, tmp_path, arguments, said):
    result = export(folder, str(tmp_path / "out"), *arguments)

    assert result.exit_code == 2
    assert said in result.output
    assert not (tmp_path / "out").exists()
