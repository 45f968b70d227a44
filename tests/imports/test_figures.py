"""Figures that come in from a sheet: exact, cross-checked, all of a file or nothing, and harmless when they come again."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from tests.city import clerk
from tests.imports.sheets import FIGURES, figures, imported, reported, said, target, workbook
from txapi.domain.errors import BadInput
from txapi.imports import Asked, import_sheet

JULY, AUGUST = date(2015, 7, 31), date(2015, 8, 31)


def fdi(month: object, monthly: object, cumulative: object, **more: object) -> list[object]:
    return [
        more.get("indicator", "FDI_ACTUAL"), more.get("unit", "chongfu"), month, monthly, cumulative,
        more.get("counted_in"), more.get("reason"),
    ]  # fmt: skip


def test_figures_are_recorded_exactly_and_each_names_its_row(city):
    report = imported(city, figures(fdi("2015-07", None, 1234.56), fdi("2015-08", 4.85, Decimal("1239.41"))))

    assert report.problems == []
    assert (report.new, report.recorded, report.last) == (2, True, city.record.head.position)
    assert reported(city) == {JULY: "1234.56", AUGUST: "1239.41"}
    event = city.record.read(city.record.head.position - 1, 1)[0].event
    assert event.meta.source is not None
    assert (event.meta.source.document, event.meta.source.locator) == ("july.xlsx", "Sheet1!3:3")


def test_nothing_is_recorded_until_that_is_asked_for(city):
    before = city.record.head

    report = imported(city, figures(fdi("2015-07", None, 10)), record=False)

    assert (report.new, report.events, report.recorded) == (1, 1, False)
    assert city.record.head == before


def test_importing_again_records_nothing(city):
    content = figures(fdi("2015-07", None, 10), fdi("2015-08", 5, 15))
    imported(city, content)
    before = city.record.head

    again = imported(city, content)

    assert (again.new, again.same, again.recorded, again.problems) == (0, 2, False, [])
    assert city.record.head == before


def test_a_changed_figure_is_refused_with_its_cell_and_corrected_where_that_is_asked_for(city):
    imported(city, figures(fdi("2015-07", None, 10)))
    changed = figures(fdi("2015-07", None, 11))
    before = city.record.head

    refused = imported(city, changed)

    assert said(refused) == {"Sheet1!E2": "DIFFERS_FROM_THE_RECORD"}
    assert "--correct" in refused.problems[0].en
    assert city.record.head == before

    corrected = imported(city, changed, correct=True, reason="统计口径调整")

    assert (corrected.corrected, corrected.recorded) == (1, True)
    assert reported(city) == {JULY: "11"}
    assert target(city, "FDI_ACTUAL", "chongfu").figures[0].reason == "统计口径调整"


def test_correcting_takes_a_reason(city):
    before = city.record.head

    with pytest.raises(BadInput, match="takes a reason"):
        imported(city, figures(fdi("2015-07", None, 11)), correct=True)

    assert city.record.head == before


@pytest.mark.parametrize("written", [2015.1, "2015.1", "２０１５.1"])
def test_a_month_that_could_be_january_or_october_is_refused_with_both_ways_to_write_it(city, written):
    before = city.record.head

    report = imported(city, figures(fdi("2015-07", None, 10), fdi(written, None, 20)))

    assert said(report) == {"Sheet1!C3": "MONTH_IS_AMBIGUOUS"}
    assert "2015-01" in report.problems[0].zh
    assert "2015-10" in report.problems[0].zh
    assert city.record.head == before


@pytest.mark.parametrize("written", ["2015-07", "2015年7月", "2015.07", 2015.07, "2015/7", 201507, date(2015, 7, 1)])
def test_a_month_is_read_as_offices_write_it(city, written):
    report = imported(city, figures(fdi(written, None, 10)))

    assert report.problems == []
    assert list(reported(city)) == [JULY]


def test_a_month_and_the_one_before_come_to_the_cumulative_figure(city):
    before = city.record.head

    report = imported(city, figures(fdi("2015-07", None, 100), fdi("2015-08", 20, 121), fdi("2015-01", 7, 8)))

    assert said(report) == {"Sheet1!E3": "MONTHS_DO_NOT_ADD_UP", "Sheet1!E4": "MONTHS_DO_NOT_ADD_UP"}
    assert "120" in report.problems[0].en
    assert city.record.head == before


def test_the_month_before_is_looked_up_in_the_record_and_in_whatever_unit_it_was_counted(city):
    imported(city, figures(fdi("2015-07", None, 1, counted_in="亿美元")))

    wrong = imported(city, figures(fdi("2015-08", 500, 10400)))
    right = imported(city, figures(fdi("2015-08", 500, 10500)))

    assert said(wrong) == {"Sheet1!E2": "MONTHS_DO_NOT_ADD_UP"}
    assert right.recorded
    assert reported(city)[AUGUST] == "10500"


def test_a_month_without_one_before_it_is_told_to_be_unchecked(city):
    report = imported(city, figures(fdi("2015-08", 20, 120)))

    assert report.recorded
    assert [(note.cell, note.code) for note in report.notes] == [("Sheet1!D2", "MONTH_IS_NOT_CHECKED")]


def test_rows_of_totals_are_no_facts_and_their_sums_are_checked(city):
    content = figures(
        fdi("2015-07", None, 100),
        fdi("2015-07", None, 50.5, unit="dama"),
        ["合 计", None, "2015-07", None, 150.5, None, None],
        fdi("2015-08", 10, 110),
        ["小计", None, None, 10, 111, None, None],
        ["总计", None, None, None, 160.5, None, None],
    )
    before = city.record.head

    report = imported(city, content)

    assert said(report) == {"Sheet1!E6": "TOTAL_DIFFERS"}
    assert "110" in report.problems[0].en
    assert (report.rows, report.totals) == (3, 3)
    assert city.record.head == before


@pytest.mark.parametrize("word", ["合计", "全市合计", "本月小计：", "全年 合计数"])
def test_totals_that_are_right_change_nothing(city, word):
    content = figures(fdi("2015-07", None, 100), fdi("2015-07", None, 50, unit="dama"), [word, "", "", None, 150])

    report = imported(city, content)

    assert (report.problems, report.new, report.totals) == ([], 2, 1)


def test_a_total_over_a_row_that_is_wrong_is_not_wrong_itself(city):
    before = city.record.head

    report = imported(city, figures(fdi("2015.1", None, 100), fdi("2015-07", None, 5), ["合计", "", "", None, 105]))

    assert said(report) == {"Sheet1!C2": "MONTH_IS_AMBIGUOUS"}
    assert city.record.head == before


def test_everything_that_is_wrong_is_told_at_once_each_with_its_cell(city):
    content = figures(
        fdi("2015-07", None, "='a"),
        fdi("2015-13", None, 5),
        fdi("2015-07", None, 5, indicator="NOTHING"),
        fdi("2015-07", None, 5, unit="nowhere"),
        fdi("2015-11", None, 5),
        fdi("2015-08", None, -5),
        fdi("2015-08", None, 5, unit="dama", counted_in="亩"),
        fdi("2015-09", None, None),
        fdi("2015-06", None, 5, unit="dama"),
        fdi("2015-06", None, 6, unit="dama"),
        fdi("2015-05", None, 1 / 3),
    )
    before = city.record.head

    report = imported(city, content)

    assert said(report) == {
        "Sheet1!E2": "FORMULA_WITHOUT_A_RESULT",
        "Sheet1!C3": "NOT_A_DATE",
        "Sheet1!A4": "UNKNOWN_INDICATOR",
        "Sheet1!B5": "UNKNOWN_TARGET",
        "Sheet1!C6": "FactLiesAhead",
        "Sheet1!E7": "BAD_FIGURE",
        "Sheet1!F8": "FigureOfAnotherMeasure",
        "Sheet1!E9": "CELL_IS_EMPTY",
        "Sheet1!C11": "ROW_TWICE",
        "Sheet1!E12": "NUMBER_IS_NOT_EXACT",
    }
    assert city.record.head == before


def test_a_clerk_imports_for_the_own_unit_only(city):
    before = city.record.head

    report = imported(city, figures(fdi("2015-07", None, 1), fdi("2015-07", None, 2, unit="dama")), clerk("chongfu"))

    assert said(report) == {"Sheet1!B3": "NotYourUnit"}
    assert city.record.head == before


def test_a_fall_takes_the_reason_that_stands_in_the_row(city):
    refused = imported(city, figures(fdi("2015-07", None, 10), fdi("2015-08", None, 9)))
    told = imported(city, figures(fdi("2015-07", None, 10), fdi("2015-08", None, 9, reason="撤资")))

    assert said(refused) == {"Sheet1!E3": "FallNeedsAReason"}
    assert told.recorded


def test_the_header_is_found_below_a_title_and_columns_come_in_any_order(city):
    content = workbook(
        ("说明", [["填写说明"]]),
        (
            "7月 报表",
            [
                ["桐乡市7月报表"],
                [],
                ["单位", "cumulative", "备用", "month", "Indicator"],
                ["chongfu", 5, "x", "2015-07", "FDI_ACTUAL"],
            ],
        ),
    )

    report = imported(city, content)

    assert report.recorded
    assert [(note.cell, note.code) for note in report.notes] == [("'7月 报表'!C3", "COLUMN_IS_NOT_READ")]


def test_a_sheet_without_the_columns_says_which_are_missing(city):
    with pytest.raises(BadInput, match="累计数 cumulative"):
        imported(city, workbook(("Sheet1", [FIGURES[:3]])), kind="figures")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_csv_is_read_as_offices_save_it(city, encoding):
    text = '指标,单位,月份,累计数,说明\r\nFDI_ACTUAL,chongfu,2015-07,"1,234.50",\'=1+1\r\n'

    report = imported(city, text.encode(encoding), file="C:\\报表\\july.csv")

    assert report.problems == []
    assert report.file == "july.csv"
    assert reported(city) == {JULY: "1234.50"}
    event = city.record.read(city.record.head.position - 1, 1)[0].event
    assert event.meta.reason == "=1+1"


def test_whoever_was_faster_is_seen_and_the_rows_are_decided_again(city, monkeypatch):
    content = figures(fdi("2015-07", None, 10), fdi("2015-08", None, 12))
    append = city.record.writer.append
    others = iter([figures(fdi("2015-07", None, 10))])

    def append_late(asked):
        for other in others:
            import_sheet(city.desk, clerk("chongfu"), Asked(other, "other.xlsx", record=True))
        return append(asked)

    monkeypatch.setattr(city.record.writer, "append", append_late)
    report = imported(city, content)

    assert (report.new, report.same, report.recorded) == (1, 1, True)
    assert reported(city) == {JULY: "10", AUGUST: "12"}
