"""A handling 办理 on the form of a ticket: what one unit did, with room for its stamp."""

from __future__ import annotations

from typing import Any

from txapi.domain.ticket.values import CommitmentGround, HandlingRole
from txapi.forms.blocks import Form, box, row
from txapi.forms.words import NOTHING, Words

OPINION_MM = 9
"""How much room an opinion has at least."""


def handling(one: dict[str, Any], words: Words) -> Form:
    """The box of one handling of an answer."""
    role = words.member(HandlingRole, one["role"])
    title = words(f"办理（{one['number']}）　{role}单位", f"Handling {one['number']}, {role}")
    # A unit signs for the receipt by hand where the record has none.
    rows = [
        row(
            (words("单位", "Unit"), words.unit(one["unit"])),
            (words("送达时间", "Sent"), words.when(one["addressedAt"])),
        ),
        row(
            (words("签收", "Received"), _receipt(one, words)),
            (words("受理时限", "Reply due"), _reply(one["reply"], words)),
        ),
        row(
            (
                words("答复", "Reply"),
                words.label(one["outcomeLabel"]) if one["outcomeLabel"] else words("未答复", "none yet"),
            ),
            (words("答复时间", "Replied"), _answered(one, words)),
        ),
        row(
            (words("回复意见", "Opinion"), one["opinion"] or _left_open(one, words)),
            tall=OPINION_MM,
            seal=(
                words(f"{role}单位（盖章）", f"{role.capitalize()} unit (seal)"),
                words.day_of(one["answeredAt"]) if one["answeredAt"] else words("　年　月　日", "date"),
            ),
        ),
        row((words("承诺时限", "Promised by"), _commitments(one["commitments"], words))),
    ]
    if one["extensions"]:
        rows.append(
            row((words("延期", "Extensions"), "\n".join(_extension(each, words) for each in one["extensions"])))
        )
    if one["lapses"]:
        rows.append(row((words("逾期记录", "Lapses"), "\n".join(_lapse(each, words) for each in one["lapses"]))))
    if one["result"] or one["completedAt"]:
        rows.append(
            row(
                (words("完成情况", "Result"), one["result"] or words.unfilled),
                (words("完成时间", "Completed"), words.when(one["completedAt"])),
            )
        )
    return box(rows, title)


def _left_open(one: dict[str, Any], words: Words) -> str:
    """What stands for an opinion that is missing: owed still, or never given."""
    return words.unfilled if one["outcome"] is None else NOTHING


def _receipt(one: dict[str, Any], words: Words) -> str:
    receipt = one["receipt"]
    if receipt is None:
        deemed = one["deemedReceipt"]
        after = words.day(deemed["lastDay"]) if deemed else ""
        return words("未签收", "not received") + words.aside(
            words(f"{after}后视同签收", f"deemed after {after}") if deemed else ""
        )
    said = words.day(receipt["on"])
    notes = [words("视同签收", "deemed")] if receipt["deemed"] else []
    notes += [words("已更正", "corrected")] if receipt["correctedBy"] is not None else []
    return said + words.aside(*notes)


def _reply(deadline: Any, words: Words) -> str:
    if deadline is None:
        return NOTHING
    notes = [words("逾期", "late")] if deadline["late"] else []
    notes += [words("暂定", "provisional")] if deadline["provisional"] else []
    return words.day(deadline["lastDay"]) + words.aside(*notes)


def _answered(one: dict[str, Any], words: Words) -> str:
    stated = words.day(one["statedOn"])
    claimed = words(f"自述{stated}已书面答复", f"said to have replied on paper on {stated}") if one["statedOn"] else ""
    return words.when(one["answeredAt"]) + words.aside(claimed)


def _commitments(made: list[Any], words: Words) -> str:
    told = []
    for each in made:
        deadline = each["deadline"]
        notes = [words.member(CommitmentGround, each["ground"])]
        if each["replacedAt"]:
            notes.append(words("已被替代", "replaced"))
        if deadline["metAt"]:
            notes.append(words(f"{words.day_of(deadline['metAt'])}履行", f"kept on {words.day_of(deadline['metAt'])}"))
        if deadline["late"]:
            notes.append(words("逾期", "late"))
        told.append(words.day(deadline["lastDay"]) + words.aside(*notes))
    return "\n".join(told) or NOTHING


def _extension(each: dict[str, Any], words: Words) -> str:
    asked = words(
        f"{words.day_of(each['askedAt'])}申请延至{words.day(each['to'])}：{each['reason']}",
        f"asked on {words.day_of(each['askedAt'])} until {words.day(each['to'])}: {each['reason']}",
    )
    if each["granted"] is None:
        return asked + words.stop + words("待批复", "undecided")
    decided = words.day_of(each["decidedAt"])
    if each["granted"]:
        answer = words(
            f"{decided}批准延至{words.day(each['grantedTo'])}",
            f"granted on {decided} until {words.day(each['grantedTo'])}",
        )
    else:
        answer = words(f"{decided}不同意", f"refused on {decided}")
    return asked + words.stop + answer + (words.colon + each["opinion"] if each["opinion"] else "")


def _lapse(each: dict[str, Any], words: Words) -> str:
    notes = [words("已更正", "corrected")] if each["correctedBy"] is not None else []
    return f"{words.label(each['label'])}{words.colon}{words.when(each['at'])}" + words.aside(*notes)
