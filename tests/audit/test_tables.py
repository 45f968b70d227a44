"""The record as tables: one row per thing, as of a position, by valid time, and exact to the last digit."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.audit.tabling import extract_of, in_csv, in_sqlite, in_workbook, written
from tests.city import SUPERVISOR, City, clerk, instant
from tests.datasets.given import BOTH
from tests.projections.ticket_city import furnished
from tests.schema.registering import entered, towns
from tests.stores import environment, place
from tests.views import opened
from txapi.application import projects
from txapi.audit.table_files import workbook, write_tables
from txapi.audit.table_files.csv_files import cell, harmless
from txapi.audit.table_files.workbook import Workbook, is_kept_by_excel
from txapi.audit.tables import DICTIONARY, SHEETS, SHEETS_BESIDE, dictionary, lines_of
from txapi.datasets.loading import load_dataset
from txapi.domain.dates import PartialDate
from txapi.domain.editions import MilestoneKind, ProjectKind
from txapi.domain.money import Money
from txapi.projections.all import PROJECTIONS
from txapi.projections.follower import Follower
from txapi.projections.views import Views
from txapi.record import Record

of_files = pytest.mark.only_on(
    "sqlite",
    because="what is written of a row, and how, is decided when a store has answered: other tests compare the rows",
)

EXPORT = """
import hashlib, sys
from pathlib import Path
from click.testing import CliRunner
from txapi.cli.root import txapi

[out] = sys.argv[1:]
result = CliRunner().invoke(txapi, ["export", out, "--tables"])
assert result.exit_code == 0, result.output
for path in sorted(Path(out).rglob("*.*")):
    print(path.relative_to(out), hashlib.sha256(path.read_bytes()).hexdigest())
"""


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    city = towns(tmp_path / "record")
    yield city
    city.close()


@pytest.fixture(scope="module")
def tongxiang(tmp_path_factory: pytest.TempPathFactory, store: str) -> Iterator[tuple[Record, Views]]:
    """Both data sets in one record, and its read models."""
    folder = tmp_path_factory.mktemp("tongxiang")
    load_dataset(place(folder), BOTH)
    record = Record.open(place(folder), owner=False)
    views = opened(folder, record.record_id, PROJECTIONS)
    Follower(record, views).catch_up()
    yield record, views
    views.close()
    record.close()


def introduced(city: City, code: str, name: str, **given: Any) -> str:
    done = projects.introduce_project(
        city.desk,
        city.order(clerk("chongfu")),
        code=code,
        name=name,
        kind=ProjectKind.NEW_BUILD,
        unit="chongfu",
        **given,
    )
    return str(done.id)


# -- what the columns mean ---------------------------------------------------------------------------------------------


def test_every_column_of_every_table_has_a_meaning_in_both_languages():
    for sheet in (*SHEETS, *SHEETS_BESIDE, DICTIONARY):
        for said in (sheet.label, sheet.meaning):
            assert said.zh.strip(), sheet.name
            assert said.en.strip(), sheet.name
        for column in sheet.columns:
            assert column.zh.strip(), (sheet.name, column.name)
            assert column.en.strip(), (sheet.name, column.name)
            assert column.source.strip(), (sheet.name, column.name)


def test_the_names_of_tables_and_columns_are_identifiers_and_none_is_given_twice():
    every = (*SHEETS, *SHEETS_BESIDE)
    assert len({sheet.name for sheet in every}) == len(every)
    for sheet in every:
        names = [column.name for column in sheet.columns]
        assert len(set(names)) == len(names), sheet.name
        assert all(name.isascii() and name.isidentifier() and name == name.lower() for name in names), sheet.name


def test_every_answer_of_every_noun_is_a_column():
    sources = {entry.column.source for entry in dictionary()}
    # A milestone, a term and a membership are told as the values that the rules see, under other names.
    elsewhere = {"project_milestones.kind": "project_milestones.kind", "memberships.due": "memberships.due"}

    missing = [
        f"{table.name}.{field.name}"
        for projection in PROJECTIONS
        for table in projection.tables
        for field in dataclasses.fields(table.row)
        if "zh" in field.metadata
        and not any(
            source == (wanted := elsewhere.get(name := f"{table.name}.{field.name}", name))
            or source.startswith(f"{wanted}.")
            for source in sources
        )
    ]

    assert missing == []


@of_files
def test_the_dictionary_in_each_format_lists_every_column_in_order(city, tmp_path):
    written(city, tmp_path / "out")

    expected = [(sheet.name, column.name) for sheet in (*SHEETS, DICTIONARY) for column in sheet.columns]
    listed = (tmp_path / "out" / "data-dictionary.csv").read_text(encoding="utf-8-sig").splitlines()[1:]
    assert [tuple(line.split(",")[0:3:2]) for line in listed] == expected
    in_file = in_sqlite(tmp_path / "out", "data_dictionary")
    assert [(row["table_name"], row["column_name"]) for row in in_file] == expected
    in_book = in_workbook(tmp_path / "out", "data_dictionary")
    assert [(row["table_name"].value, row["column_name"].value) for row in in_book] == expected


@of_files
def test_a_code_is_explained_with_its_labels_in_the_dictionary(city, tmp_path):
    written(city, tmp_path / "out")

    [stage] = [
        row
        for row in in_sqlite(tmp_path / "out", "data_dictionary")
        if (row["table_name"], row["column_name"]) == ("projects", "stage")
    ]
    assert "signed = 签约 signed" in stage["codes"].split("；")
    assert (stage["meaning_zh"], stage["type_zh"]) == ("阶段", "文本")


# -- exact -------------------------------------------------------------------------------------------------------------


def test_an_amount_is_the_same_in_every_file_to_the_last_digit(city, tmp_path):
    # 12345678901234567.50 has nineteen digits, of which Excel would keep fifteen.
    introduced(city, "P-1", "大项目", investment=Money.of("4.850", "亿元"))
    introduced(city, "P-2", "巨项目", investment=Money.of("12345678901234567.5", "元"))

    written(city, tmp_path / "out")

    expected = {
        "P-1": ("4.850", "亿元", "CNY", "485000000.00"),
        "P-2": ("12345678901234567.5", "元", "CNY", "12345678901234567.50"),
    }
    parts = [f"investment_total_{part}" for part in ("amount", "unit", "currency", "base")]
    for read in (in_csv, in_sqlite):
        rows = {row["code"]: tuple(row[part] for part in parts) for row in read(tmp_path / "out", "projects")}
        assert rows == expected
    one, two = in_workbook(tmp_path / "out", "projects")
    assert [one[part].value for part in parts] == [4.85, "亿元", "CNY", 485000000]
    assert one["investment_total_amount"].data_type == "n"
    # What Excel would round is text, so that it does not.
    assert [two[part].value for part in parts] == ["12345678901234567.5", "元", "CNY", "12345678901234567.50"]
    assert two["investment_total_amount"].data_type == "s"


@of_files
def test_a_number_stands_in_the_workbook_with_its_decimal_digits_not_those_of_a_float(city, tmp_path):
    # 9.95 as a double is 9.949999999999999289…, which sixteen digits would show as 9.949999999999999.
    introduced(city, "P-1", "项目", investment=Money.of("9.95", "亿元"))

    written(city, tmp_path / "out")

    with zipfile.ZipFile(tmp_path / "out" / "tables.xlsx") as book:
        cells = b"".join(book.read(name) for name in book.namelist() if "worksheets" in name)
    assert b"<v>9.95</v>" in cells
    assert b"9.9499" not in cells


@pytest.mark.parametrize(
    ("number", "kept"),
    [
        ("999999999999999", True),
        ("1234567890123456", False),
        ("0.123456", True),
        ("-123456789.123456", True),
        ("1234567890.123456", False),
    ],
)
def test_excel_keeps_fifteen_digits(number: str, kept: bool):
    assert is_kept_by_excel(Decimal(number)) is kept


@of_files
def test_dates_are_dates_and_times_are_local_times_in_the_workbook(city, tmp_path):
    introduced(city, "P-1", "项目")

    written(city, tmp_path / "out")

    [row] = in_workbook(tmp_path / "out", "projects")
    assert row["introduced_on"].value.isoformat() == "2015-08-11T00:00:00"
    assert row["introduced_on"].number_format == "yyyy-mm-dd"
    # Recorded at 09:00 in Shanghai, which is 01:00 UTC.
    last = in_workbook(tmp_path / "out", "events")[-1]
    assert last["recorded_at"].value.isoformat() == "2015-08-11T09:00:00"
    assert in_csv(tmp_path / "out", "events")[-1]["recorded_at"] == "2015-08-11T09:00:00+08:00"
    assert in_sqlite(tmp_path / "out", "events")[-1]["recorded_at"] == "2015-08-11T09:00:00+08:00"


# -- harmless ----------------------------------------------------------------------------------------------------------

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝1+1", "'=1", '=HYPERLINK("http://x")']


@pytest.mark.parametrize("text", [*FORMULAS, "\r=1", "\n=1"])
def test_a_text_that_could_be_a_formula_is_made_harmless_and_can_be_read_back(text: str):
    assert harmless(text) == f"'{text}"
    assert harmless(text)[1:] == text


def test_a_plain_text_stays_as_it_is():
    assert harmless("崇福镇 = Chongfu") == "崇福镇 = Chongfu"


@of_files
def test_no_name_runs_as_a_formula_in_csv_or_in_the_workbook(city, tmp_path):
    for name in FORMULAS:
        entered(city, "Company", name=name)

    written(city, tmp_path / "out")

    stored = {row["name"] for row in in_sqlite(tmp_path / "out", "companies")}
    in_text = {row["name"] for row in in_csv(tmp_path / "out", "companies")}
    in_cells = [row["name"] for row in in_workbook(tmp_path / "out", "companies")]
    assert in_text == {f"'{name}" for name in stored}
    assert {cell.value for cell in in_cells} == stored
    assert {cell.data_type for cell in in_cells} == {"s"}
    assert all(cell.hyperlink is None for cell in in_cells)
    with zipfile.ZipFile(tmp_path / "out" / "tables.xlsx") as book:
        assert not any(b"<f>" in book.read(name) for name in book.namelist())


def test_a_negative_number_in_csv_is_a_number_and_no_text():
    assert cell(Decimal("-42.86")) == "-42.86"
    assert cell("-42.86") == "'-42.86"


@of_files
def test_chinese_opens_in_excel_because_csv_begins_with_a_byte_order_mark(city, tmp_path):
    made = written(city, tmp_path / "out")

    texts = [path for path in made.files if path.suffix == ".csv"]
    assert len(texts) == len(SHEETS) + 2
    assert all(path.read_bytes().startswith(b"\xef\xbb\xbf") for path in texts)


# -- whole -------------------------------------------------------------------------------------------------------------


@pytest.mark.slow_on("postgresql")
def test_every_table_has_the_same_rows_in_every_format(tongxiang, tmp_path):
    made = write_tables(extract_of(*tongxiang), tmp_path / "out", events_max=1000)

    assert made.rows["projects"] == 18
    assert made.rows["tickets"] == 14
    assert made.rows["events"] == tongxiang[0].head.position
    for name, count in made.rows.items():
        assert len(in_csv(tmp_path / "out", name)) == count, name
        assert len(in_sqlite(tmp_path / "out", name)) == count, name
    for name in ("projects", "memberships", "published", "events"):
        assert len(in_workbook(tmp_path / "out", name)) == made.rows[name], name


def test_every_cell_of_the_dataset_has_the_type_that_its_column_says(tongxiang):
    plain = {"text": str, "integer": int, "decimal": Decimal, "boolean": bool, "date": date, "time": datetime}

    seen = set()
    for sheet, line in lines_of(extract_of(*tongxiang), events_max=1000):
        for column, value in zip(sheet.columns, sheet.cells(line), strict=True):
            assert value is None or type(value) is plain[column.kind.value], (sheet.name, column.name, value)
        seen.add(sheet.name)

    assert {"projects", "increases", "lapses", "decisions", "goals", "published", "editions"} <= seen


def test_of_the_events_the_last_ones_are_told_with_reason_and_source(tongxiang, tmp_path):
    write_tables(extract_of(*tongxiang), tmp_path / "out", ("csv",), events_max=10)

    head = tongxiang[0].head.position
    events = in_csv(tmp_path / "out", "events")
    assert [int(row["position"]) for row in events] == list(range(head - 9, head + 1))
    last = tongxiang[0].event_at(head)
    assert last is not None
    assert events[-1]["type"] == last.event.TOPIC
    assert events[-1]["actor"] == last.event.meta.actor.subject
    assert events[-1]["reason"] == (last.event.meta.reason or "")
    assert "10 / " in (tmp_path / "out" / "about.csv").read_text(encoding="utf-8-sig")


@of_files
def test_only_what_is_asked_for_is_written(city, tmp_path):
    made = write_tables(extract_of(city.record, city.views), tmp_path / "out", ("sqlite",))

    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "about.csv",
        "data-dictionary.csv",
        "tables.sqlite",
    ]
    assert list(made.files) == sorted((tmp_path / "out").iterdir())


@of_files
def test_whoever_interrupts_an_export_finds_the_folder_empty(city, tmp_path):
    def interrupted(done: int, of: int) -> None:
        raise KeyboardInterrupt

    for number in range(500):
        entered(city, "Company", name=f"企业{number}")

    with pytest.raises(KeyboardInterrupt):
        write_tables(extract_of(city.record, city.views), tmp_path / "out", events_max=1000, on_progress=interrupted)

    assert list((tmp_path / "out").iterdir()) == []


@of_files
def test_rows_beyond_what_a_worksheet_holds_go_on_another(city, tmp_path, monkeypatch):
    monkeypatch.setattr(workbook, "ROWS_MAX", 3)
    [companies] = [sheet for sheet in SHEETS if sheet.name == "companies"]
    for number in range(4):
        entered(city, "Company", name=f"企业{number}")

    book = Workbook(tmp_path / "tables.xlsx", [companies], "a test", instant("2015-08-11T09:00"))
    for sheet, line in lines_of(extract_of(city.record, city.views), events_max=0):
        if sheet is companies:
            book.write(sheet, sheet.cells(line))
    book.close()

    assert [row["name"].value for row in in_workbook(tmp_path, "companies")] == ["企业0", "企业1", "企业2"]
    assert [row["name"].value for row in in_workbook(tmp_path, "companies 2")] == ["企业3"]


# -- at a moment -------------------------------------------------------------------------------------------------------


def test_a_table_is_as_of_its_position_and_nothing_later(city, tmp_path):
    introduced(city, "P-1", "旧名")
    before = city.record.head.position
    introduced(city, "P-2", "后来的项目")

    written(city, tmp_path / "then", at=before)
    written(city, tmp_path / "now")

    assert [row["code"] for row in in_csv(tmp_path / "then", "projects")] == ["P-1"]
    assert [row["code"] for row in in_csv(tmp_path / "now", "projects")] == ["P-1", "P-2"]
    assert [int(row["position"]) for row in in_csv(tmp_path / "then", "events")][-1] == before


def test_a_milestone_counts_from_the_valid_day_on_which_it_was_reached(tmp_path):
    city = furnished(tmp_path / "record", "2015-08-11T09:00")
    project = introduced(city, "P-1", "项目")
    projects.reach_milestone(
        city.desk, city.order(clerk("chongfu"), reason="无模板"), project=project, kind=MilestoneKind.SIGNED,
        on=PartialDate.day(date(2015, 8, 5)),
    )  # fmt: skip

    written(city, tmp_path / "fourth", valid_on=date(2015, 8, 4))
    written(city, tmp_path / "fifth", valid_on=date(2015, 8, 5))

    [before], [after] = in_csv(tmp_path / "fourth", "projects"), in_csv(tmp_path / "fifth", "projects")
    assert (before["stage"], before["stage_zh"]) == ("lead", "在谈")
    assert (after["stage"], after["stage_zh"]) == ("signed", "签约")
    assert in_csv(tmp_path / "fourth", "milestones") == []
    [signed] = in_csv(tmp_path / "fifth", "milestones")
    assert (signed["project_code"], signed["kind"], signed["actual_latest"]) == ("P-1", "signed", "2015-08-05")
    city.close()


def test_the_rate_of_a_list_is_computed_by_known_at_and_valid_on(tongxiang, tmp_path):
    # Five are entered on 7 July and five are stated; on 28 July one leaves and four are stated. Two have started: textile
    # in mid-April, logistics by 20 July.
    def rate(folder: str, **moment: Any) -> tuple[str, ...]:
        write_tables(extract_of(*tongxiang, **moment), tmp_path / folder, ("csv",))
        [row] = [one for one in in_csv(tmp_path / folder, "supervision_lists") if one["basis"] == "illustrated"]
        return tuple(row[name] for name in ("count_stated", "members_known", "done", "rate_percent"))

    assert rate("now") == ("4", "4", "2", "50.00")
    assert rate("known then", at="2015-07-27T18:00") == ("5", "5", "2", "40.00")
    # What is known now of 27 July: five were on the list, and four are stated, so that there is no rate.
    assert rate("valid then", valid_on=date(2015, 7, 27)) == ("4", "5", "2", "")


def test_an_overdue_ticket_is_judged_by_the_clock_of_the_moment(tongxiang, tmp_path):
    # 2015-0003 was to be accepted by 6 August.
    def overdue(folder: str, clock: str) -> str:
        record, views = tongxiang
        write_tables(extract_of(record, views, at="2015-08-06T10:00", clock=clock), tmp_path / folder, ("csv",))
        [row] = [one for one in in_csv(tmp_path / folder, "tickets") if one["number"] == "2015-0003"]
        return row["overdue"]

    assert overdue("in time", "2015-08-06T23:59") == "FALSE"
    assert overdue("late", "2015-08-07T00:00") == "TRUE"


# -- the same bytes ----------------------------------------------------------------------------------------------------


def test_the_same_record_and_moment_give_the_same_bytes(city, tmp_path):
    introduced(city, "P-1", "项目", investment=Money.of("4.85", "亿元"))
    entered(city, "Company", name="企业")

    one, two = written(city, tmp_path / "one"), written(city, tmp_path / "two")

    assert [path.name for path in one.files] == [path.name for path in two.files]
    for first, second in zip(one.files, two.files, strict=True):
        assert first.read_bytes() == second.read_bytes(), first.name


@of_files
def test_another_hash_seed_gives_the_same_bytes(city, tmp_path):
    introduced(city, "P-1", "项目", investment=Money.of("4.85", "亿元"), industries=("纺织", "新材料"))
    entered(city, "Company", name="企业")
    folder = tmp_path / "record"

    digests = [
        subprocess.run(
            [sys.executable, "-c", EXPORT, str(tmp_path / seed)],
            env={**os.environ, **environment(folder), "PYTHONHASHSEED": seed}, check=True, capture_output=True, text=True,
        ).stdout
        for seed in ("1", "20150811")
    ]  # fmt: skip

    assert digests[0] == digests[1]
    assert len(digests[0].splitlines()) == len(SHEETS) + 4


def test_a_membership_that_has_ended_is_no_longer_current(city, tmp_path):
    group = entered(city, "Group", kind="PARK", name="园区", unit="chongfu")
    project = introduced(city, "P-1", "项目")
    for command, day in ((projects.join_group, 3), (projects.leave_group, 7)):
        command(
            city.desk,
            city.order(SUPERVISOR, reason="调整"),
            project=project,
            group=group,
            on=PartialDate.day(date(2015, 8, day)),
        )

    written(city, tmp_path / "now")
    written(city, tmp_path / "then", valid_on=date(2015, 8, 6))

    [now], [then] = in_csv(tmp_path / "now", "memberships"), in_csv(tmp_path / "then", "memberships")
    assert (now["of_name"], now["current"], now["left_latest"]) == ("园区", "FALSE", "2015-08-07")
    assert (then["of_name"], then["current"], then["left_latest"]) == ("园区", "TRUE", "")
