"""What the values inside rows mean wherever they occur: where a fact was stated, a deadline, an official, an investment."""

from __future__ import annotations

from txapi.audit.tables.columns import value_meanings
from txapi.domain.deadlines import Deadline
from txapi.domain.event import Source
from txapi.domain.light import LightVerdict
from txapi.domain.official import Official
from txapi.domain.project.base import Stated
from txapi.domain.project.investment import Investment
from txapi.domain.ticket.values import Delivery, Receipt

value_meanings(
    Stated,
    {
        "version": ("事件版次", "The number of the event that states it, in the stream of its noun."),
        "decided_at": ("填报时间", "When it was stated."),
        "basis": ("依据", "On what it rests."),
        "corrected_by": ("更正版次", "The number of the correction that says how it reads now."),
    },
)
value_meanings(
    Deadline,
    {
        "due": ("到期时刻", "The instant at which it has passed: 24:00 in Shanghai of the last day."),
        "last_day": ("最后一日", "The last day that is in time."),
        "policy": ("时限规则版本", "The edition of the policy that gave it; empty where a person set the day."),
        "calendar": ("日历版本", "The edition of the calendar of working days; empty where none was asked."),
        "provisional": ("是否暂定", "Whether it lies in a year that no calendar knew."),
    },
)
value_meanings(
    Official,
    {
        "name": ("姓名", "The name as printed."),
        "post": ("职务", "The post, where it is known."),
        "unit": ("单位代码", "The code of the unit, where it is known."),
    },
)
value_meanings(
    Investment,
    {
        "total": ("总投资", "Total investment."),
        "registered": ("注册资本", "Registered capital."),
    },
)
value_meanings(
    Source,
    {
        "document": ("文件", "The document's title or number."),
        "locator": ("位置", "Page, line or paragraph."),
        "publisher": ("发布单位", "Who issued it."),
        "published_at": ("发布时间", "When it was issued."),
        "note": ("备注", "Anything else."),
    },
)
value_meanings(
    Receipt,
    {
        "at": ("时间", "The instant."),
        "on": ("日期", "The day in Shanghai from which the reply is counted."),
        "deemed": ("是否视同", "Whether it only counts as received, for it never said so."),
        "by": ("登记人", "Who recorded it."),
        "source": ("来源", "The document that shows it, where one was given."),
        "corrected_by": ("更正版次", "Which event of the ticket dated it anew."),
    },
)
value_meanings(
    Delivery,
    {
        "deemed_receipt": ("视同签收时限", "When a silent unit counts as having received."),
        "deemed_reply": ("视同签收后的受理时限", "By when it must then reply."),
    },
)
value_meanings(
    LightVerdict,
    {
        "colour": ("灯色", "The colour."),
        "because": ("原因", "Why."),
        "rule": ("依据版本", "The edition of the thresholds or policy that decided."),
        "until": ("有效至", "The next instant at which it may change although nobody acts."),
    },
)
