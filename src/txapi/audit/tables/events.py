"""The table of events 事件: what was recorded when, by whom, why and on the strength of which document."""

from __future__ import annotations

from collections.abc import Iterator

import txapi.audit.tables.values  # noqa: F401 - says what the values inside these rows mean
from txapi.audit.tables.columns import Kind, Line, Sheet, enum_columns, told, value_columns
from txapi.audit.tables.extract import Extract
from txapi.domain.event import Basis, Role, Source, TimeBasis
from txapi.domain.event_labels import event_label
from txapi.domain.labels import Label
from txapi.projections import history
from txapi.projections.withheld_events import as_told_to

PAGE = 100
"""How many are read at a time: who writes a table looks between its lines whether others go first, and so many take a millisecond."""


def _name(line: Line) -> str | None:
    event = line.row.event
    return line.extract.noun_name(event.TOPIC.partition(".")[0], event.originator_id)


EVENT = Sheet(
    "events",
    Label(zh="事件", en="events"),
    Label(zh="一行一个事件，按记录位置。", en="One row for each event, by position."),
    (
        told("position", Kind.INTEGER, "位置", "Its place in the record.", lambda line: line.row.position, source="record"),
        told(
            "recorded_at", Kind.TIME, "记录时间", "When the record took it.", lambda line: line.row.recorded_at, source="record"
        ),
        told(
            "decided_at", Kind.TIME, "决定时间", "When the command arrived; every rule judges by it.",
            lambda line: line.row.event.meta.decided_at, source="event.meta.decided_at",
        ),
        told("type", Kind.TEXT, "事件类型", "The kind of event.", lambda line: line.row.event.TOPIC, source="event.TOPIC"),
        told(
            "type_zh", Kind.TEXT, "事件名称", "What people read for the kind of event, in Chinese.",
            lambda line: event_label(line.row.event.TOPIC).zh, source="event.TOPIC",
        ),
        told(
            "noun_kind", Kind.TEXT, "对象类别", "What kind of noun it is about.",
            lambda line: line.row.event.TOPIC.partition(".")[0], source="event.TOPIC",
        ),
        told(
            "noun_id", Kind.TEXT, "对象实体标识", "The entity id of the noun.", lambda line: line.row.event.originator_id,
            source="event.originator_id",
        ),
        told("noun_name", Kind.TEXT, "对象名称", "What people call the noun at the moment.", _name),
        told(
            "noun_version", Kind.INTEGER, "对象版次", "The number of the event in the stream of the noun.",
            lambda line: line.row.event.originator_version, source="event.originator_version",
        ),
        told(
            "actor", Kind.TEXT, "操作人", "Who acted: the subject of the token.",
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
        told(
            "reason", Kind.TEXT, "理由", "Why, where it was said.", lambda line: line.row.event.meta.reason,
            source="event.meta.reason",
        ),
        *value_columns(
            "source", Source, "来源", "The document that states it.", "event.meta.source",
            lambda line: line.row.event.meta.source,
        ),
        *enum_columns(
            "basis", Basis, "依据", "On what it rests.", "event.meta.basis", lambda line: line.row.event.meta.basis
        ),
        *enum_columns(
            "clock", TimeBasis, "时钟依据", "Whose clock gave the times.", "event.meta.clock",
            lambda line: line.row.event.meta.clock,
        ),
        told("event_id", Kind.TEXT, "事件标识", "The id of the event.", lambda line: line.row.event.event_id, source="event"),
        told(
            "correlation_id", Kind.TEXT, "关联标识", "The same for all events of one command.",
            lambda line: line.row.event.meta.correlation_id, source="event.meta.correlation_id",
        ),
    ),
)  # fmt: skip

SHEETS = (EVENT,)


def lines(extract: Extract, most: int) -> Iterator[tuple[Sheet, Line]]:
    """The last events up to the moment, at most so many, in order."""
    last = extract.reader.moment.position
    after = max(0, last - most)
    while after < last:
        page = extract.record.read(after, min(PAGE, last - after))
        readable = set(history.readable(extract.reader, range(after + 1, after + len(page) + 1)))
        after = page[-1].position
        told = [
            each
            for each in page
            if each.event.TOPIC.partition(".")[0] not in extract.reader.hidden and each.position in readable
        ]
        for recorded in as_told_to(extract.reader, told):
            if extract.reader.restriction is not None:
                extract.reader.restriction.note_events([recorded])
            yield EVENT, Line(recorded, extract)
