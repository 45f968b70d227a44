"""`txapi import`: what it writes, what it says, and what it records."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result

from tests.imports.sheets import figures
from tests.stores import copied
from txapi.cli.root import txapi
from txapi.record import Record


@pytest.fixture
def folder(founded: Path, tmp_path: Path) -> Path:
    """The county's record, which nobody owns."""
    copied(founded, tmp_path / "county")
    return tmp_path / "county"


@pytest.fixture
def july(tmp_path: Path) -> Path:
    """Two figures of July 2015, of which the second is the whole of the first and its own."""
    path = tmp_path / "july.xlsx"
    path.write_bytes(
        figures(["FDI_ACTUAL", "chongfu", "2015-07", None, 10.5], ["FDI_ACTUAL", "chongfu", "2015-08", 4.5, 15])
    )
    return path


def run(folder: Path, *arguments: object) -> Result:
    return CliRunner(env={"TXAPI_CLOCK": "2015-10-20"}).invoke(
        txapi, ["import", *map(str, arguments), "--data", str(folder)]
    )


def head(folder: Path) -> int:
    with Record.open(folder, owner=False) as record:
        return record.head.position


def test_a_file_is_checked_first_and_recorded_once(folder, july):
    before = head(folder)

    checked = run(folder, july)

    assert checked.exit_code == 0
    assert "2 rows of figures: 2 new" in checked.output
    assert "with --yes" in checked.output
    assert head(folder) == before

    recorded = run(folder, july, "--yes", "--json")

    assert recorded.exit_code == 0
    assert json.loads(recorded.stdout)["position"] == str(before + 2)
    assert head(folder) == before + 2

    again = run(folder, july, "--yes")

    assert "2 already recorded" in again.output
    assert head(folder) == before + 2


def test_what_is_wrong_is_said_with_its_cell_and_ends_with_3(folder, tmp_path):
    path = tmp_path / "wrong.csv"
    path.write_text("指标,单位,月份,累计数\nFDI_ACTUAL,chongfu,2015.1,5\nFDI_ACTUAL,none,2015-07,5\n", encoding="utf-8")
    before = head(folder)

    result = run(folder, path, "--yes")

    assert result.exit_code == 3
    assert "C2: MONTH_IS_AMBIGUOUS" in result.output
    assert "B3: UNKNOWN_TARGET" in result.output
    assert "nothing was recorded" in result.output
    assert head(folder) == before


@pytest.mark.parametrize("kind", ["figures", "milestones", "tickets"])
def test_a_template_is_recognised_and_holds_the_codes_of_the_record(folder, tmp_path, kind):
    out = tmp_path / "template.xlsx"

    written = run(folder, "--template", kind, out)

    assert written.exit_code == 0
    book = openpyxl.load_workbook(out)
    codes = {value for row in book["代码"].iter_rows(values_only=True) for value in row}
    assert {"chongfu" if kind != "milestones" else "P-chongfu"} <= codes
    assert book["填写说明"].max_row > 10
    checked = json.loads(run(folder, out, "--json").stdout)
    assert (checked["kind"], checked["rows"], checked["problems"]) == (kind, 0, [])
    assert run(folder, "--template", kind, out).exit_code == 2
    refused = run(folder, "--template", kind, tmp_path / "template.csv")
    assert refused.exit_code == 2
    assert "template.xlsx" in refused.output
    assert not (tmp_path / "template.csv").exists()


def test_a_demonstration_is_judged_by_its_own_clock_and_not_by_the_machines(folder, july, tmp_path):
    run(folder, july, "--yes")
    path = tmp_path / "ahead.csv"
    path.write_text("指标,单位,月份,累计数\nFDI_ACTUAL,chongfu,2015-12,5\n", encoding="utf-8")
    before = head(folder)

    result = CliRunner(env={"TXAPI_CLOCK": None}).invoke(txapi, ["import", str(path), "--yes", "--data", str(folder)])
    shown = CliRunner(env={"TXAPI_CLOCK": None}).invoke(txapi, ["show", "--data", str(folder)])

    assert result.exit_code == 3
    assert "the record's own clock, which stands at 2015-10-20 09:0" in result.output
    assert "FactLiesAhead" in result.output
    assert head(folder) == before
    assert "clock=2015-10-" in shown.output


@pytest.mark.parametrize("arguments", [["nothing.xlsx"], ["--template", "projects", "out.xlsx"]])
def test_what_makes_no_sense_ends_with_2(folder, tmp_path, arguments):
    result = run(folder, *arguments[:-1], tmp_path / arguments[-1])

    assert result.exit_code == 2
    assert not (tmp_path / arguments[-1]).exists()
