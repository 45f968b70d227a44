"""A unit's monthly report as a paper form: figures as reported, rates as every dashboard has them, tickets of the month."""

from __future__ import annotations

import pytest

from tests.forms.conftest import Summer
from tests.printed import joined, words
from txapi.domain.errors import BadInput


def test_a_towns_report_has_its_targets_with_their_pace_as_the_schema_computes_them(summer: Summer) -> None:
    text = words(summer.report("chongfu", "2015-07"))

    asked = summer.city.ask(
        'query { moment(validOn: "2015-07-31") { targets { nodes { attainment { text } schedule { text } aheadOfSchedule } } } }'
    )
    [target] = asked["moment"]["targets"]["nodes"]
    assert f"1200万美元700万美元{target['attainment']['text']}{target['schedule']['text']}" in text
    assert f"{target['schedule']['text']}{target['aheadOfSchedule']}——" in text
    assert "chongfu重大项目推进工作月报（2015年7月）" in text


def test_a_corrected_figure_is_printed_as_corrected_and_the_remarks_say_what_it_was(summer: Summer) -> None:
    now = words(summer.report("chongfu", "2015-07"))
    then = words(summer.report("chongfu", "2015-07", at=summer.corrected_at - 1))

    assert "原报740万美元，已更正" in now
    assert "1200万美元740万美元" in then
    assert "已更正" not in then


def test_a_figure_of_an_earlier_month_says_so(summer: Summer) -> None:
    assert "700万美元（截至2015年7月31日）" in words(summer.report("chongfu", "2015-08"))


def test_starts_and_what_is_outstanding_are_those_of_the_list_at_the_months_end(summer: Summer) -> None:
    june, july = (words(summer.report("chongfu", month)) for month in ("2015-06", "2015-07"))

    assert "开工20000.0%" in june
    assert "开工210050.0%" in july
    assert "未完成督查事项的项目（1）" in july
    assert "A-2冷链物流" in july
    assert "A-1智能纺织机械" not in july


def test_a_departments_report_counts_the_tickets_of_the_month_and_of_the_year(summer: Summer) -> None:
    text = words(summer.report("land-bureau", "2015-08"))

    [line] = [
        line["reply"]
        for line in summer.city.ask(
            "{ handlingUnits(year: 2015) { unit { code } reply { onTime late unanswered notYetDue returned rate { text } } } }"
        )["handlingUnits"]
        if line["unit"]["code"] == "land-bureau"
    ]
    total = sum(line[name] for name in ("onTime", "late", "unanswered", "notYetDue", "returned"))
    of_month = f"{total}{line['onTime']}{line['returned']}{line['late']}"
    assert total > 5
    assert f"受理·本月{of_month}————" in text
    assert f"受理·本年累计{of_month}{line['unanswered']}{line['notYetDue']}{line['rate']['text']}" in text


def test_a_month_without_tickets_has_none_whatever_came_later(summer: Summer) -> None:
    assert "本年度未承办工作联系单" in words(summer.report("land-bureau", "2015-07"))


def test_tickets_of_a_month_stand_as_they_stood_at_its_end_or_at_the_moment_within_it(summer: Summer) -> None:
    number = summer.number("resolved")

    early = words(summer.report("land-bureau", "2015-08", at="2015-08-05T12:00"))

    assert number in early
    assert number not in words(summer.report("land-bureau", "2015-08"))
    assert "截至：2015年8月5日" in early


def test_room_is_left_for_remarks_and_for_those_who_sign(summer: Summer) -> None:
    text = words(summer.report("chongfu", "2015-07"))

    assert "填报人：审核人：签章：" in text
    assert "None" not in text


def test_in_english_the_report_is_english(summer: Summer) -> None:
    text = words(summer.report("chongfu", "2015-07", lang="en"))

    assert joined("USD 12 million USD 7 million") in text
    assert "完成率" not in text


def test_the_same_moment_gives_the_same_bytes(summer: Summer) -> None:
    position = summer.corrected_at

    assert summer.report("chongfu", "2015-07", at=position) == summer.report("chongfu", "2015-07", at=position)


@pytest.mark.parametrize(
    ("unit", "month", "at", "code"),
    [
        ("nowhere", "2015-07", None, "NO_SUCH_UNIT"),
        ("chongfu", "2015-09", None, "MONTH_NOT_BEGUN"),
        ("chongfu", "2015-08", "2015-07-31T23:59", "MONTH_NOT_BEGUN"),
        ("chongfu", "2015-13", None, "BAD_MONTH"),
        ("chongfu", "0000-01", None, "BAD_MONTH"),
        ("chongfu", "July", None, "BAD_MONTH"),
    ],
)
def test_a_report_that_cannot_be_is_refused(summer: Summer, unit: str, month: str, at: str | None, code: str) -> None:
    with pytest.raises(BadInput) as refused:
        summer.report(unit, month, at=at)

    assert refused.value.code == code
