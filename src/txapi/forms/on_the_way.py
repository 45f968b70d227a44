"""What happened to a ticket on the way 办理经过: progress, reminders, steps up, attempts and decisions, where there were any."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from txapi.domain.ticket.values import Escalation
from txapi.forms.blocks import Form, listing
from txapi.forms.words import NOTHING, Words

Line = tuple[str, str, str, str]
"""When, and three texts."""


def on_the_way(ticket: dict[str, Any], words: Words) -> list[Form]:
    """The lists of what happened, each in order of time."""
    found = [_progress(ticket, words), _steps(ticket, words), _decisions(ticket["decisions"], words)]
    return [one for one in found if one["rows"]]


def _progress(ticket: dict[str, Any], words: Words) -> Form:
    happened = [
        (one["at"], what, words.unit(one["unit"]), one["note"])
        for what, notes in (
            (words("进展", "Progress"), ticket["progress"]),
            (words("催办", "Reminder"), ticket["reminders"]),
        )
        for one in notes
    ]
    return listing(
        words("进展与催办", "Progress and reminders"),
        [
            (words("时间", "When"), 2.7),
            (words("事项", "What"), 1.2),
            (words("单位", "Unit"), 2),
            (words("内容", "Text"), 4.5),
        ],
        _in_order(happened, words),
    )


def _steps(ticket: dict[str, Any], words: Words) -> Form:
    steps = [
        (one["at"], words.member(Escalation, one["to"]), words.official(one["leader"]), one["reason"])
        for one in ticket["escalationHistory"]
    ]
    attempt, settled, open_still = (
        words("领导协调", "attempt"),
        words("已解决", "settled"),
        words("未解决", "not settled"),
    )
    attempts = [
        (one["at"], attempt, settled if one["settled"] else open_still, one["outcome"]) for one in ticket["attempts"]
    ]
    return listing(
        words("提级协调", "Taken higher"),
        [
            (words("时间", "When"), 2.7),
            (words("层级", "Step"), 1.8),
            (words("领导或结果", "Leader or result"), 2.2),
            (words("理由或情况", "Reason or outcome"), 3.7),
        ],
        _in_order(steps + attempts, words),
    )


def _in_order(lines: list[Line], words: Words) -> list[list[str]]:
    ordered = sorted(lines, key=lambda line: datetime.fromisoformat(line[0]))
    return [[words.when(at), *rest] for at, *rest in ordered]


def _decisions(decisions: list[Any], words: Words) -> Form:
    return listing(
        words("市长办公会议决定", "Decisions of the mayor's office meeting"),
        [
            (words("序号", "No."), 0.8),
            (words("决定内容", "Decision"), 4),
            (words("责任单位", "Responsible"), 2),
            (words("完成时限", "Due"), 2.2),
            (words("落实结果", "Outcome"), 3),
        ],
        [_decision(one, words) for one in decisions],
    )


def _decision(one: dict[str, Any], words: Words) -> list[str]:
    late = words.aside(words("逾期", "late") if one["deadline"]["late"] else "")
    done = one["deadline"]["metAt"]
    outcome = (one["outcome"] or "") + (f" {words.day_of(done)}" if done else "")
    return [
        str(one["number"]),
        one["text"],
        words.unit(one["unit"]),
        words.day(one["deadline"]["lastDay"]) + late,
        outcome.strip() or NOTHING,
    ]
