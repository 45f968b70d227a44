"""Which texts of tickets are withheld is settled for each text that a row can hold: a new one is one or the other, and said here."""

from __future__ import annotations

import dataclasses
import enum
import types
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from tests.city import clerk
from tests.schema.spoken_city import OUTSIDER, SECRET, adopt_texts, furnished_and_spoken
from txapi.domain.event import Event
from txapi.projections.all import PROJECTIONS
from txapi.projections.restricted import as_read_by, events_withheld, tickets_withheld
from txapi.projections.ticket_rows import HANDLINGS, OWED, PARTIES, SUBJECTS, TICKETS
from txapi.projections.ticket_texts import TEXTS
from txapi.projections.withheld_events import Withheld, as_told_to

EVERYBODYS = {
    "tickets": {
        *("entity_id", "number", "subject", "issuer_code", "handler_code", "copy_codes", "meeting_id", "contact_id"),
        *("signer.name", "signer.post", "signer.unit", "about_known.id"),
        *("progress_notes.unit", "reminder_notes.by", "reminder_notes.by_unit", "reminder_notes.unit"),
        *("escalation_steps.leader.name", "escalation_steps.leader.post", "escalation_steps.leader.unit"),
        *("leader_steps.by", "leader_steps.by_unit", "turns_taken.by", "turns_taken.by_unit"),
        *("decisions_made.unit", "decisions_made.meeting"),
        *("decisions_made.deadline.policy", "decisions_made.deadline.calendar"),
        *("owed_known.unit", "owed_known.deadline.policy", "owed_known.deadline.calendar"),
        *("owed_known.then.policy", "owed_known.then.calendar"),
        *("light_grounds.limit.policy", "light_grounds.limit.calendar"),
    },
    "ticket_handlings": {
        *("ticket_id", "unit_code", "receipt_known.by", "extensions_asked.by"),
        *("reply_deadline.policy", "reply_deadline.calendar"),
        *("delivery.deemed_receipt.policy", "delivery.deemed_receipt.calendar"),
        *("delivery.deemed_reply.policy", "delivery.deemed_reply.calendar"),
        *("commitments_made.deadline.policy", "commitments_made.deadline.calendar"),
    },
}
"""Names, codes, ids and subjects of tokens: what everybody reads."""


def texts_in(hint: Any, path: str) -> Iterator[str]:
    """The paths of the texts that a value of that type can hold."""
    if isinstance(hint, types.UnionType) or typing.get_origin(hint) is not None:
        for arm in typing.get_args(hint):
            yield from texts_in(arm, path)
    elif hint is str:
        yield path
    elif isinstance(hint, type) and not issubclass(hint, enum.Enum) and (
        issubclass(hint, msgspec.Struct) or dataclasses.is_dataclass(hint)
    ):  # fmt: skip
        for name, of in typing.get_type_hints(hint).items():
            if typing.get_origin(of) is not typing.ClassVar:
                yield from texts_in(of, f"{path}.{name}" if path else name)


def test_each_text_in_a_row_of_a_ticket_is_withheld_or_everybodys() -> None:
    for table in (TICKETS, HANDLINGS):
        can = set(texts_in(table.row, ""))
        withheld = set()
        for text in TEXTS[table.name]:
            within = [f"{text.column}.{name}" for name in text.inside] or [text.column]
            withheld |= {path for path in can for name in within if path == name or path.startswith(f"{name}.")}
        assert withheld.isdisjoint(EVERYBODYS[table.name])
        assert withheld | EVERYBODYS[table.name] == can, (can - withheld) ^ EVERYBODYS[table.name]
    for row in (OWED.row, PARTIES.row, SUBJECTS.row):
        assert set(texts_in(row, "")) <= {"ticket_id", "unit_code", "subject_id"}


def test_a_column_that_is_made_of_texts_is_withheld_with_them() -> None:
    for table in (TICKETS, HANDLINGS):
        texts = {text.column: text for text in TEXTS[table.name]}
        for extra in table.extras:
            holds_words = extra.sql == "TEXT" and extra.name not in ("number_order", "search_named")
            if holds_words and not texts.keys().isdisjoint(extra.reads):
                assert extra.name in texts, extra.name
        assert not texts.keys() & set(table.identity)


def test_a_statement_finds_no_text_whatever_column_it_asks_for(tmp_path: Path) -> None:
    city, _ = furnished_and_spoken(tmp_path)
    adopt_texts(city)
    entire = city.reader()
    tables = [table for projection in PROJECTIONS for table in projection.tables]

    def said(actor: Any) -> set[str]:
        reader = as_read_by(entire, actor)
        return {
            f"{table.name}.{name}"
            for table in tables
            for name in (*table.names, *(extra.name for extra in table.extras))
            if SECRET in str(reader.rows(f"SELECT t.{name} FROM {table.name} t"))
        }

    assert said(OUTSIDER) == said(clerk("nowhere")) == set()
    told = said(clerk("land-bureau"))
    assert told >= {f"{name}.{text.column}" for name, texts in TEXTS.items() for text in texts}
    city.close()


def test_an_event_without_its_texts_is_no_event_that_could_be_recorded(tmp_path: Path) -> None:
    city, tickets = furnished_and_spoken(tmp_path)
    adopt_texts(city)
    known = dict(Event.registry)
    reader = as_read_by(city.reader(), OUTSIDER)
    whole = list(city.record.read_all())

    told = as_told_to(reader, whole)

    withheld = {one.position for one in whole if one.event.TOPIC.startswith("ticket.")}
    assert {one.position for one in told if isinstance(one.event, Withheld)} == withheld
    assert events_withheld(reader, range(1, len(whole) + 1)) == withheld
    assert tickets_withheld(reader, list(tickets.values())) == set(tickets.values())
    for one, other in zip(told, whole, strict=True):
        assert (one.position, one.recorded_at, one.event.TOPIC) == (
            other.position,
            other.recorded_at,
            other.event.TOPIC,
        )
        assert (one.event.originator_id, one.event.originator_version) == (
            other.event.originator_id, other.event.originator_version,
        )  # fmt: skip
        if isinstance(one.event, Withheld):
            assert type(one.event).class_version == type(other.event).class_version
            assert (one.event.meta.actor, one.event.meta.reason, one.event.meta.source) == (
                other.event.meta.actor,
                None,
                None,
            )
            assert one.event.salt == ""
        else:
            assert one is other
    assert Event.registry == known
    city.close()
