"""The lists of a monthly report 月报: each from the answer to a question that dashboards ask too; nothing is computed here."""

from __future__ import annotations

from datetime import date
from typing import Any

from txapi.forms.blocks import Form, listing
from txapi.forms.words import NOTHING, Words

FIRST_INDICATORS = ("FDI_CONTRACTED", "FDI_ACTUAL", "DOMESTIC_CAPITAL", "ZHESHANG_RETURN")
"""The four indicators 四项指标 in the order of such reports; others that a unit has a target for follow."""


def line_of(lines: list[Any], unit: str) -> dict[str, Any] | None:
    """The line of a unit on a scoreboard, by its code."""
    return next((line for line in lines if line["unit"] is not None and line["unit"]["code"] == unit), None)


def indicators(targets: list[Any], through: date, words: Words) -> Form:
    """The targets of the year with their figures through a day."""
    by_code = {one["indicator"]["code"]: one for one in targets}
    ordered = [by_code.pop(code) for code in FIRST_INDICATORS if code in by_code] + list(by_code.values())
    return listing(
        words("一、主要指标", "1. Indicators"),
        [
            (words("指标", "Indicator"), 1.9),
            (words("年度目标", "Goal of the year"), 2.6),
            (words("累计完成", "Cumulative"), 2.2),
            (words("完成率", "Attained"), 1.5),
            (words("序时进度", "Schedule"), 1.5),
            (words("超（欠）百分点", "Ahead (behind), points"), 1.5),
            (words("上年同期", "Last year"), 1.8),
            (words("同比", "Year on year"), 1.4),
        ],
        [
            [
                words.label(one["indicator"]["label"]),
                _goal(one["goal"], words),
                _actual(one, through, words),
                _between(one["attainmentBetween"]),
                _text(one["schedule"]),
                _signed(one["aheadOfSchedule"]),
                _text(one["sameTimeLastYear"]),
                _text(one["yearOnYear"]),
            ]
            for one in ordered
        ],
        words("本年度未下达指标", "no target was set for this year"),
    )


def _goal(goal: Any, words: Words) -> str:
    if goal is None:
        return words.unfilled
    if goal["value"]:
        return str(goal["value"]["text"])
    return f"{goal['low']['text']}{words('至', ' to ')}{goal['high']['text']}"


def _actual(target: dict[str, Any], through: date, words: Words) -> str:
    if target["actual"] is None:
        return words.unfilled
    day = target["through"]
    # A figure of an earlier month is no figure of this one, and is not passed off as such.
    earlier = "" if day == through.isoformat() else words(f"截至{words.day(day)}", f"through {words.day(day)}")
    return str(target["actual"]["text"]) + words.aside(earlier)


def _between(interval: Any) -> str:
    if interval is None:
        return NOTHING
    least, most = interval["least"]["text"], interval["most"]["text"]
    return str(least) if least == most else f"{least}–{most}"


def _text(ratio_or_figure: Any) -> str:
    return str(ratio_or_figure["text"]) if ratio_or_figure else NOTHING


def _signed(points: str | None) -> str:
    """Points ahead of schedule with their sign: +2.15, -3.40."""
    if points is None:
        return NOTHING
    return points if points.startswith("-") or not points.strip("0.") else f"+{points}"


# -- projects ----------------------------------------------------------------------------------------------------------


def starts_and_completions(line: dict[str, Any] | None, words: Words) -> Form:
    """What a unit was to start and to complete in the year, by its line on the scoreboard; None where it has none."""
    duties = ((words("开工", "Starts"), "starts"), (words("竣工", "Completions"), "completions"))
    return listing(
        words("二、督查项目开工、竣工", "2. Starts and completions"),
        [
            (words("督查事项", "Duty"), 2),
            (words("应完成", "Expected"), 1),
            (words("已完成", "Done"), 1),
            (words("已到期", "Due"), 1),
            (words("逾期未完成", "Overdue"), 1.3),
            (words("完成率", "Rate"), 1),
        ],
        [
            [
                name,
                *(str(line[duty][what]) for what in ("expected", "done", "due", "overdue")),
                _text(line[duty]["rate"]),
            ]
            for name, duty in duties
            if line
        ],
        words("本单位不承担项目开工、竣工任务", "this unit is not held to starts or completions"),
    )


def outstanding(found: dict[str, Any], words: Words) -> Form:
    """The projects with a duty of a supervision list that is open still."""
    rows = [
        [
            one["code"],
            one["name"],
            words.label(one["stageLabel"]),
            "\n".join(_duty(each, words) for each in one["supervision"] if each["current"] and each["supervisionList"])
            or NOTHING,
            _forecast(one["nextForecast"], words),
        ]
        for one in found["nodes"]
    ]
    return listing(
        words("未完成督查事项的项目", "Outstanding projects") + words.aside(str(found["totalCount"])),
        [
            (words("编号", "Code"), 1.6),
            (words("项目", "Project"), 4),
            (words("阶段", "Stage"), 1.3),
            (words("督查事项", "Duty"), 2.4),
            (words("下一节点预计", "Next forecast"), 2.4),
        ],
        rows + _more(found, 5, words),
        words("无", "none"),
    )


def _duty(membership: dict[str, Any], words: Words) -> str:
    due = words.day(membership["due"])
    until = words(f"{due}前", f"by {due}") if membership["due"] else ""
    return words.label(membership["supervisionList"]["dutyLabel"]) + words.aside(until)


def _forecast(milestone: Any, words: Words) -> str:
    if milestone is None or not milestone["forecasts"]:
        return NOTHING
    return f"{words.label(milestone['label'])} {milestone['forecasts'][-1]['on']['text']}"


def _more(found: dict[str, Any], columns: int, words: Words) -> list[list[str]]:
    """A last line that says how many there are besides, where a question gave only its first page."""
    more = found["totalCount"] - len(found["nodes"])
    said = words(f"另有{more}项", f"{more} more")
    return [["…", said, *[""] * (columns - 2)]] if more > 0 else []


def projects_by_stage(groups: list[Any], words: Words) -> Form:
    """How many projects there are at each stage, and in all."""
    rows = [[words.label(one["group"][0]["label"]), str(one["count"])] for one in groups]
    total = [[words("合计", "Total"), str(sum(one["count"] for one in groups))]] if rows else []
    return listing(
        words("四、项目阶段", "4. Projects by stage"),
        [(words("阶段", "Stage"), 3), (words("项目数", "Projects"), 1)],
        rows + total,
        words("无项目", "no projects"),
    )


# -- tickets -----------------------------------------------------------------------------------------------------------

_HAPPENED = ("onTime", "returned", "late")
"""What happens on a day, and so in a month; the rest of a scoreboard's line stands at the month's end."""


def tickets_handled(ended: dict[str, Any] | None, begun: dict[str, Any] | None, words: Words) -> Form:
    """A unit's lines on the scoreboard when the month ended and when it began; None where nothing had come to it."""
    rows = [
        row
        for what, name in (("reply", words("受理", "Replies")), ("resolution", words("办结", "Resolutions")))
        for row in (_of_both(ended[what], begun[what] if begun else None, name, words) if ended else ())
    ]
    return listing(
        words("三、承办工作联系单", "3. Tickets handled"),
        [
            (words("事项", "What"), 2.6),
            (words("件数", "Tickets"), 1.1),
            (words("按时", "In time"), 1),
            (words("退回", "Sent back"), 1),
            (words("逾期", "Late"), 1),
            (words("逾期未办", "Overdue"), 1.2),
            (words("未到期", "Not due"), 1.1),
            (words("按时率", "Rate"), 1.2),
            (words("用时中位数（天）", "Median days"), 1.5),
        ],
        rows,
        words("本年度未承办工作联系单", "no tickets were handled this year"),
    )


def _of_both(ended: dict[str, Any], begun: dict[str, Any] | None, name: str, words: Words) -> list[list[str]]:
    """The lines of the month and of the year: the month's counts are what the year's have grown by."""
    grown = [ended[each] - (begun[each] if begun else 0) for each in _HAPPENED]
    all_by_then, all_before = _all(ended), _all(begun) if begun else 0
    days = NOTHING if ended["medianDays"] is None else str(ended["medianDays"])
    standing = [str(ended["unanswered"]), str(ended["notYetDue"]), _text(ended["rate"]), days]
    return [
        [words(f"{name}·本月", f"{name}, month"), str(all_by_then - all_before), *map(str, grown), *[NOTHING] * 4],
        [
            words(f"{name}·本年累计", f"{name}, year"),
            str(all_by_then),
            *(str(ended[each]) for each in _HAPPENED),
            *standing,
        ],
    ]


def _all(line: dict[str, Any]) -> int:
    """Everything that was, or is, due."""
    return sum(int(line[name]) for name in (*_HAPPENED, "unanswered", "notYetDue"))


def tickets(found: dict[str, Any], title: str, words: Words) -> Form:
    """Tickets under way, and what is owed on each."""
    rows = [
        [
            one["number"] or NOTHING,
            one["subject"],
            words.unit(one["issuer"]),
            words.unit(one["handler"]),
            words.label(one["stateLabel"]),
            "\n".join(_owed(each, words) for each in one["owed"]) or NOTHING,
        ]
        for one in found["nodes"]
    ]
    return listing(
        title + words.aside(str(found["totalCount"])),
        [
            (words("编号", "No."), 1.5),
            (words("事由", "Subject"), 2.5),
            (words("发出单位", "Issuer"), 1.6),
            (words("主办单位", "Lead"), 1.6),
            (words("状态", "State"), 1.1),
            (words("待办事项及时限", "Owed, and by when"), 3.4),
        ],
        rows + _more(found, 6, words),
        words("无", "none"),
    )


def _owed(one: dict[str, Any], words: Words) -> str:
    overdue = words("逾期", "overdue") if one["overdue"] else ""
    return words.label(one["label"]) + words.colon + words.day(one["lastDay"]) + words.aside(overdue)
