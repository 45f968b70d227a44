"""The table of refused attempts 越权尝试: who tried a command that was not theirs to give; for those alone who read them as a list."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from txapi.audit.tables.columns import Column, Kind, Line, Sheet, enum_columns, told
from txapi.audit.tables.extract import Extract
from txapi.domain.attempt import Attempts
from txapi.domain.event import Role
from txapi.domain.labels import Label
from txapi.projections import history

PAGE = 500


def _of_event(name: str, kind: Kind, zh: str, en: str) -> Column:
    return told(name, kind, zh, en, lambda line: getattr(line.row.event, name), source=f"event.{name}")


def _decided_at(line: Line) -> datetime:
    when: datetime = line.row.event.meta.decided_at
    return when


def _noun_name(line: Line) -> str | None:
    event: Any = line.row.event
    return event.noun and event.noun_kind and line.extract.noun_name(event.noun_kind, event.noun)


ATTEMPT = Sheet(
    "refused_attempts",
    Label(zh="越权尝试", en="refused attempts"),
    Label(
        zh="一行一次越权尝试；所发内容不予保存。",
        en="One row for each command that was refused to somebody whose it was not; what it said is not kept.",
    ),
    (
        told(
            "position", Kind.INTEGER, "位置", "Of the event that remembers it.", lambda line: line.row.position, source="record"
        ),
        told("at", Kind.TIME, "时间", "When the command arrived.", _decided_at, source="event.meta.decided_at"),
        told(
            "actor", Kind.TEXT, "操作人", "Who tried: the subject of the token.",
            lambda line: line.row.event.meta.actor.subject, source="event.meta.actor.subject",
        ),
        *enum_columns(
            "role", Role, "角色", "In what capacity.", "event.meta.actor.role", lambda line: line.row.event.meta.actor.role
        ),
        told(
            "unit_code", Kind.TEXT, "单位代码", "For which unit, by code.", lambda line: line.row.event.meta.actor.unit,
            source="event.meta.actor.unit",
        ),
        told(
            "unit_name", Kind.TEXT, "单位名称", "The name of the unit.",
            lambda line: line.extract.name("unit", line.row.event.meta.actor.unit),
        ),
        _of_event(
            "action", Kind.TEXT, "操作", "The command, by the name of its mutation; import for a file that was to be recorded."
        ),
        _of_event("code", Kind.TEXT, "代码", "Why it was refused: NotYourRole, NotYourUnit, or FORBIDDEN."),
        _of_event(
            "noun_kind", Kind.TEXT, "对象类别", "The kind of noun that it was about, where it named one that is recorded."
        ),
        told(
            "noun_id", Kind.TEXT, "对象实体标识", "The entity id of the noun.", lambda line: line.row.event.noun,
            source="event.noun",
        ),
        told("noun_name", Kind.TEXT, "对象名称", "What people call the noun at the moment.", _noun_name),
        _of_event("policy", Kind.TEXT, "留痕规则", "The adopted edition that says that it is remembered."),
        _of_event(
            "last", Kind.BOOLEAN, "是否已达当日上限",
            "Whether the policy's number for one subject and day is reached with it: what followed on that day is not remembered.",
        ),
    ),
    internal_of=Attempts.KIND,
)  # fmt: skip

SHEETS = (ATTEMPT,)


def lines(extract: Extract) -> Iterator[tuple[Sheet, Line]]:
    """The attempts that the moment knows, in the order of the record; none for whoever must not know of them."""
    reader = extract.reader
    if Attempts.KIND in reader.hidden:
        return
    reader.note(Attempts.KIND)
    asked, after, more = history.EventFilter(topics=[Attempts.Refused.TOPIC]), None, True
    while more:
        page = history.page(reader, asked, PAGE, after=after)
        found = history.told(extract.record, page.positions)
        for position in page.positions:
            reader.note(Attempts.KIND, found[position].event.originator_id)
            yield ATTEMPT, Line(found[position], extract)
            after = position
        more = page.has_next
