"""Restricted reading 限制阅读: every statement of a viewer sees only the rows that the viewer may read, whatever it asks.

The tables that a policy of reading restricts are laid over by tables of the same name that hold less (`WITH tickets AS ...`), so
that no list, count, sum, page, comparison or drill-down can tell more than its nodes. Nothing here decides who may read what: the
table of permissions does.

A row is read by a unit that takes part in its ticket now, and took part then: at the moment that is asked about where the row is to
be seen at it, and else at some time at which the row was current.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec

from txapi.domain.attachment import Attachment
from txapi.domain.authority import predecessors
from txapi.domain.permissions import HIDDEN_KINDS, FieldClass, leaves_trace, reads_all, units_read
from txapi.domain.reading import RESTRICTABLE
from txapi.domain.ticket import Ticket
from txapi.projections.attachments import ATTACHMENTS
from txapi.projections.moment import Several
from txapi.projections.references import any_marked, references_at
from txapi.projections.select import marks
from txapi.projections.table import FOREVER
from txapi.projections.ticket_rows import HANDLINGS, OWED, PARTIES, SUBJECTS, TICKETS
from txapi.projections.units import successors
from txapi.record.database import Dialect

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from txapi.domain.event import Actor
    from txapi.projections.moment import Reader
    from txapi.record.record import RecordedEvent

EVENTS = "events"
TICKET = Ticket.KIND
_OF_TICKETS = {table.name: table.noun for table in (TICKETS, HANDLINGS, OWED, PARTIES, SUBJECTS)}
"""The tables of tickets, each with the column that names the ticket."""
RESTRICTED = (*_OF_TICKETS, ATTACHMENTS.name, EVENTS)

_NAMED = re.compile(rf"\b(?:FROM|JOIN)\s+({'|'.join(RESTRICTED)})\b")
_BEGINS = re.compile(r"\s*WITH\s+(?:RECURSIVE\s+)?")

OWN = "own_parties"
"""What the statement calls the spans in which the viewer may read tickets: the own units take part, or they are public."""


@dataclass(slots=True)
class Restriction:
    """What one viewer may read, by the policy and the mergers that the snapshot of `entire` knows last.

    `entire` reads that snapshot without restriction. Nothing is asked before the first statement that may be restricted.
    """

    entire: Reader
    viewer: Actor
    whole: bool = False
    """Whether only tickets are seen in which a unit of the viewer took part from their first event on."""
    _rule: _Rule | None = None
    _known: bool = False

    def of_whole_histories(self) -> Restriction:
        """The same, of tickets only whose whole history the viewer may read."""
        return Restriction(self.entire, self.viewer, whole=True)

    def restricts(self, name: str) -> bool:
        """Whether a table, or an index of one, is laid over for this viewer."""
        return name.startswith(RESTRICTED) and self.rule is not None

    @property
    def leaves_traces(self) -> bool:
        """Whether it is kept what this viewer reads of what not everybody may."""
        return False

    @property
    def rule(self) -> _Rule | None:
        """The rule of this viewer; None where everything is public."""
        if not self._known:
            self._rule, self._known = _rule_of(self.entire, self.viewer, whole=self.whole), True
        return self._rule

    def note(self, kind: str, ids: Iterable[str]) -> None:
        """Something of that kind is shown that not everybody may read: nobody keeps that of this viewer."""

    def note_shown(self, kind: str, id: str, about_kind: str | None) -> None:
        """A noun is shown: nobody keeps that of this viewer."""

    def note_events(self, events: Iterable[RecordedEvent]) -> None:
        """Events are shown: nobody keeps that of this viewer."""

    def laid_over(self, reader: Reader, sql: str, parameters: Sequence[Any]) -> tuple[str, Sequence[Any]]:
        """The statement as this viewer's, at the reader's moment."""
        if "ticket" not in sql and EVENTS not in sql and ATTACHMENTS.name not in sql:
            return sql, parameters
        named = dict.fromkeys(_NAMED.findall(sql))
        if not named or (rule := self.rule) is None:
            return sql, parameters
        tables = ", ".join([rule.own, *(rule.table(name, reader) for name in named)])
        begins = _BEGINS.match(sql)
        if begins is None:
            return f"WITH {tables} {sql}", [*rule.units, *parameters]
        return f"{begins[0]}{tables}, {sql[begins.end() :]}", [*rule.units, *parameters]


class Noted(Restriction):
    """What a viewer reads who may read everything, and leaves a trace of what not everybody may."""

    __slots__ = ("_internal", "kinds", "nouns")

    def __init__(self, entire: Reader, viewer: Actor) -> None:
        super().__init__(entire, viewer)
        self._internal: Collection[str] | None = None
        self.kinds: set[str] = set()
        """The kinds of noun of which something restricted was asked."""
        self.nouns: dict[str, None] = {}
        """What was shown, as `ticket/<entity id>`."""

    @property
    def internal(self) -> Collection[str]:
        """The kinds of which all, or some, are internal."""
        if self._internal is None:
            marked = (TICKET,) if any_marked(self.entire) else ()
            self._internal = {*references_at(self.entire).internal_kinds, *marked}
        return self._internal

    @property
    def leaves_traces(self) -> bool:
        """It is."""
        return True

    @property
    def rule(self) -> None:
        """None: nothing is withheld."""

    def of_whole_histories(self) -> Restriction:
        """The same: all histories are read as a whole."""
        return self

    def laid_over(self, reader: Reader, sql: str, parameters: Sequence[Any]) -> tuple[str, Sequence[Any]]:
        """The statement as it is. Whoever counts tickets has read of them, too."""
        if TICKET in sql and not _OF_TICKETS.keys().isdisjoint(_NAMED.findall(sql)) and TICKET in self.internal:
            self.kinds.add(TICKET)
        return sql, parameters

    def note(self, kind: str, ids: Iterable[str]) -> None:
        """Something of that kind is shown that not everybody may read."""
        self.kinds.add(kind)
        self.nouns.update((f"{kind}/{id}", None) for id in ids)

    def note_shown(self, kind: str, id: str, about_kind: str | None) -> None:
        """A noun is shown, that hangs on one of another kind, perhaps."""
        if kind in self.internal or about_kind in self.internal:
            self.note(kind, (id,))

    def note_events(self, events: Iterable[RecordedEvent]) -> None:
        """Events are shown."""
        for recorded in events:
            kind = recorded.event.TOPIC.partition(".")[0]
            if kind in HIDDEN_KINDS or kind in self.internal:
                self.note(kind, (recorded.event.originator_id,))


def as_read_by(entire: Reader, viewer: Actor) -> Reader:
    """The reader of a snapshot's head as one of what this viewer may read; the same where the viewer's role reads everything, and
    leaves no trace.
    """
    if all(reads_all(viewer.role, kind, FieldClass.INTERNAL) for kind in RESTRICTABLE):
        return replace(entire, restriction=Noted(entire, viewer)) if leaves_trace(viewer.role) else entire
    return replace(entire, restriction=Restriction(entire, viewer))


def _rule_of(entire: Reader, viewer: Actor, *, whole: bool) -> _Rule | None:
    everything = TICKET in references_at(entire).internal_kinds
    if not everything and not any_marked(entire):
        return None
    known, own = successors(entire), (viewer.unit, *viewer.successor_of)
    merged = (*viewer.successor_of, *(code for unit in own if unit is not None for code in predecessors(unit, known)))
    acting = msgspec.structs.replace(viewer, successor_of=merged)
    return _Rule(units_read(acting, TICKET, FieldClass.INTERNAL), _schema_of(entire), whole, everything)


def _schema_of(entire: Reader) -> str:
    """By what a statement names the tables themselves rather than what is laid over them."""
    if entire.connection.dialect is Dialect.SQLITE:
        return "main"
    return f'"{entire.rows("SELECT current_schema()")[0][0]}"'


@dataclass(frozen=True)
class _Rule:
    """Tickets, with all that hangs on them, are read by these units."""

    units: tuple[str, ...]
    schema: str
    whole: bool
    everything: bool
    """Whether all tickets are internal, and not only those that were marked."""

    @cached_property
    def own(self) -> str:
        """The spans in which tickets are read, as the first of the tables of a statement."""
        spans = (
            f"SELECT p.ticket_id, p.since, p.until, p.span FROM {self.schema}.{PARTIES.name} p"
            f" WHERE p.unit_code IN ({marks(self.units)})"
        )
        if not self.everything:
            spans += f" UNION ALL {self._public()}"
        return f"{OWN} AS NOT MATERIALIZED ({spans})"

    def _public(self) -> str:
        """The spans in which tickets are public that were not marked; of whole histories, the tickets that never were."""
        table = f"{self.schema}.{TICKETS.name} t"
        if self.whole:
            return f"SELECT t.entity_id, min(t.since), {FOREVER}, 64 FROM {table} GROUP BY t.entity_id HAVING max(t.internal) = 0"
        return f"SELECT t.entity_id, t.since, t.until, t.span FROM {table} WHERE t.internal = 0"

    def table(self, name: str, reader: Reader) -> str:
        """What is laid over a table, at the reader's moment."""
        if name == EVENTS:
            condition = self._event()
        elif name == ATTACHMENTS.name:
            condition = f"(t.about_kind <> '{TICKET}' OR ({self._row('t.about_id', reader)}))"
        else:
            condition = self._row(f"t.{_OF_TICKETS[name]}", reader)
        return f"{name} AS NOT MATERIALIZED (SELECT t.* FROM {self.schema}.{name} t WHERE {condition})"

    def _row(self, ticket: str, reader: Reader) -> str:
        """Whether a version `t` of a row of that ticket is read."""
        met = "o.since < t.until AND o.until > t.since"
        if reader.moment.now and not isinstance(reader, Several):
            then = f"t.until = {FOREVER} OR EXISTS (SELECT 1 FROM {OWN} o WHERE o.ticket_id = {ticket} AND {met})"
        else:
            if not isinstance(reader, Several):
                at = int(reader.moment.position)
                seen = f"(o.since <= {at} AND o.until > {at})"
                met = f"{met} AND ({seen} OR t.since > {at} OR t.until <= {at})"
            then = f"EXISTS (SELECT 1 FROM {OWN} o WHERE o.ticket_id = {ticket} AND {met})"
        return f"{self._now(ticket)} AND ({then})"

    def _event(self) -> str:
        """Whether an event `t` is read: where the noun could be read just after it, and can be now."""
        then = "o.since <= t.position AND o.until > t.position"
        of_ticket = f"EXISTS (SELECT 1 FROM {OWN} o WHERE o.ticket_id = t.stream AND {then})"
        hanging = (
            f"SELECT 1 FROM {self.schema}.{ATTACHMENTS.name} a WHERE a.entity_id = t.stream AND a.about_kind = '{TICKET}'"
            f" AND NOT ({self._now('a.about_id')}"
            f" AND EXISTS (SELECT 1 FROM {OWN} o WHERE o.ticket_id = a.about_id AND {then}))"
        )
        return (
            f"CASE t.kind WHEN '{TICKET}' THEN {self._now('t.stream')} AND {of_ticket}"
            f" WHEN '{Attachment.KIND}' THEN NOT EXISTS ({hanging}) ELSE TRUE END"
        )

    def _now(self, ticket: str) -> str:
        """Whether a unit takes part in the ticket now; and has done so since its first event, where that matters."""
        first = f"SELECT min(x.since) FROM {self.schema}.{TICKETS.name} x WHERE x.entity_id = o.ticket_id"
        since = f" AND o.since = ({first})" if self.whole else ""
        if self.everything:
            return f"{ticket} IN (SELECT o.ticket_id FROM {OWN} o WHERE o.until = {FOREVER} AND o.span = 64{since})"
        # Nearly all are public: each is looked up, and not all of them listed.
        return f"EXISTS (SELECT 1 FROM {OWN} o WHERE o.ticket_id = {ticket} AND o.until = {FOREVER}{since})"
