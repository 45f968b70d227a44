"""What people read for a field in a history: the term of an answer, or a name for what stands behind a relation."""

from __future__ import annotations

import dataclasses
from typing import Any

from txapi.domain.labels import Label
from txapi.projections.table import Table

UNTOLD = frozenset(
    {
        "entity_id",  # never changes
        "version",  # always does
        "stated",  # says which event it was; the others follow from what a history tells anyway
        "left_stated",
        "ended",
        "stated_version",
        "rank",
        "latest",
        "signs",
        "light_grounds",
        "owed_known",
        "name_sealed",  # nobody reads it, and that it changed says the event
        "phone_sealed",
    }
)
"""Columns that tell nothing of what changed."""

BEHIND_RELATIONS: dict[str, Label] = {
    name: Label(zh=zh, en=en)
    for name, (zh, en) in {
        "about_id": ("涉及对象", "the noun it is about"),
        "about_kind": ("涉及对象类别", "kind of the noun it is about"),
        "about_known": ("涉及对象", "what it is about"),
        "actual_on": ("实际日期", "actual date"),
        "agent_terms": ("代办员", "approval agents"),
        "at": ("截至", "as of"),
        "begins_after": ("起始位置", "position behind which it begins"),
        "attending": ("参会人员", "attendees"),
        "attending_codes": ("参会单位", "attending units"),
        "belongs_to": ("归属类别", "kind of membership"),
        "body": ("内容", "content"),
        "commitments_made": ("承诺时限", "commitments"),
        "condition_facts": ("暂停、恢复与终止", "suspensions and resumptions"),
        "contact_id": ("联系人", "contact"),
        "copy_codes": ("抄送单位", "units copied"),
        "decisions_made": ("会议决定", "decisions"),
        "delivery": ("送达", "delivery"),
        "ends": ("终结节点", "whether it ends the project's way"),
        "entered_on": ("纳入日期", "entered on"),
        "escalation_steps": ("提级经过", "steps of escalation"),
        "evidence_said": ("佐证", "evidence"),
        "extensions_asked": ("延期", "extensions"),
        "figure": ("数据", "figure"),
        "former_user_id": ("原用地单位", "former user"),
        "goal_facts": ("目标值", "goal"),
        "handler_code": ("主送单位", "handling unit"),
        "happened": ("发生日期", "when it happened"),
        "happens": ("日期", "date"),
        "host_codes": ("主办单位", "hosts"),
        "increase_facts": ("增资", "capital increases"),
        "indicator_code": ("指标", "indicator"),
        "investment_registered": ("注册资本", "registered capital"),
        "investment_total": ("总投资", "total investment"),
        "investor_ids": ("投资方", "investors"),
        "issuer_code": ("发出单位", "issuing unit"),
        "label_text": ("名称", "label"),
        "lapses_recorded": ("逾期记录", "lapses"),
        "leader_known": ("领衔领导", "leading official"),
        "leader_steps": ("领导协调", "attempts of leading officials"),
        "left_on": ("移出日期", "left on"),
        "meeting_id": ("会议", "meeting"),
        "money": ("金额", "amount of money"),
        "name_label": ("名称", "name"),
        "note_said": ("备注", "note"),
        "of_id": ("所属", "belongs to"),
        "official_known": ("领导", "official"),
        "output_facts": ("效益", "outputs"),
        "over": ("督查期间", "period"),
        "owner_id": ("建设单位", "owner"),
        "paid": ("成交价", "price"),
        "parent_code": ("上级单位", "parent unit"),
        "parent_id": ("母公司", "parent company"),
        "payment_facts": ("到位资金", "capital paid in"),
        "programme_label": ("督查专项", "programme"),
        "progress_notes": ("进展", "progress"),
        "publisher_label": ("发布单位", "publisher"),
        "receipt_known": ("签收", "receipt"),
        "registered": ("注册资本", "registered capital"),
        "reminder_notes": ("催办", "reminders"),
        "reply_deadline": ("受理时限", "reply deadline"),
        "rule_edition": ("统计口径", "counting rule"),
        "said": ("预计", "forecasts"),
        "settled_on": ("落户日期", "settled on"),
        "signer": ("签发人", "signed off by"),
        "since_on": ("起始日期", "since"),
        "skipped_over": ("跳过的节点", "milestones skipped"),
        "stage_known": ("阶段", "stage"),
        "successor_code": ("并入单位", "merged into"),
        "title_label": ("标题", "title"),
        "total": ("总额", "total"),
        "turns_taken": ("办理经过", "turns of its handling"),
        "unit_code": ("单位", "unit"),
        "unit_filter": ("单位范围", "units of whose nouns it hears"),
        "until_on": ("终止日期", "until"),
        "use_known": ("用地状态", "land use"),
        "why_began": ("开始原因", "why it began"),
        "why_ended": ("结束原因", "why it ended"),
        "why_left": ("移出原因", "why it left"),
        "winner_id": ("竞得人", "winner"),
    }.items()
}
"""The labels of the columns that no client sees by themselves, by name."""


def told_fields(table: Table[Any]) -> dict[str, Label]:
    """The columns of a table whose changes a history tells, each with what people read for it.

    An answer has its own term. A column that is neither an answer nor kept behind one serves filters and is not told.
    """
    untold = {*UNTOLD, table.noun, *table.key}
    return {
        field.name: _label(field.name, field.metadata.get("zh"))
        for field in dataclasses.fields(table.row)
        if field.metadata and field.name not in untold
    }


def _label(name: str, term: str | None) -> Label:
    words = name.replace("_", " ")
    if term:
        return Label(zh=term, en=words)
    return BEHIND_RELATIONS.get(name) or Label(zh=words, en=words)
