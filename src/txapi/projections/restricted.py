"""Restricted reading 限制阅读: every statement of a viewer sees only the rows that the viewer may read, whatever it asks.

The tables that a policy of reading restricts are laid over by tables of the same name that hold less (`WITH tickets AS ...`), so
that no list, count, sum, page, comparison or drill-down can tell more than its nodes. Nothing here decides who may read what: the
table of permissions does.

A row is read by a unit that takes part in its ticket now, and took part then: at the moment that is asked about where the row is to
be seen at it, and else at some time at which the row was current. Where only the texts are internal, the row is read by everybody,
and its texts by these units.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec

from txapi.domain.attachment import Attachment
from txapi.domain.authority import predecessors
from txapi.domain.permissions import HIDDEN_KINDS, FieldClass, leaves_trace, reads_all, units_read
from txapi.domain.reading import RESTRICTABLE
from txapi.domain.ticket import Ticket
from txapi.projections.attachments import ATTACHMENTS
from txapi.projections.moment import LASTING, Reader
from txapi.projections.reading_spans import Spans
from txapi.projections.references import any_marked, references_at
from txapi.projections.select import marks
from txapi.projections.ticket_rows import HANDLINGS, OWED, PARTIES, SUBJECTS, TICKETS
from txapi.projections.ticket_texts import TEXTS, columns_without_texts
from txapi.projections.units import successors
from txapi.record.database import Dialect

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from txapi.domain.event import Actor, Role
    from txapi.record.record import RecordedEvent

EVENTS = "events"
TICKET = Ticket.KIND
_OF_TICKETS = {table.name: table.noun for table in (TICKETS, HANDLINGS, OWED, PARTIES, SUBJECTS)}
"""The tables of tickets, each with the column that names the ticket."""
RESTRICTED = (*_OF_TICKETS, ATTACHMENTS.name, EVENTS)

_NAMED = re.compile(rf"\b(?:FROM|JOIN)\s+({'|'.join(RESTRICTED)})\b")
_BEGINS = re.compile(r"\s*WITH\s+(?:RECURSIVE\s+)?")


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
        if self._known and self._rule is None:
            return sql, parameters
        if "ticket" not in sql and EVENTS not in sql and ATTACHMENTS.name not in sql:
            return sql, parameters
        named = dict.fromkeys(_NAMED.findall(sql))
        if not named or (rule := self.rule) is None:
            return sql, parameters
        laid, units = rule.laid_over(named, reader)
        if not laid:
            return sql, parameters
        tables, begins = ", ".join(laid), _BEGINS.match(sql)
        if begins is None:
            return f"WITH {tables} {sql}", [*units, *parameters]
        return f"{begins[0]}{tables}, {sql[begins.end() :]}", [*units, *parameters]


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
        """The kinds of which all, or some, are internal, or what is said in them is."""
        if self._internal is None:
            marked = (TICKET,) if any_marked(self.entire) else ()
            references = references_at(self.entire)
            self._internal = {*references.internal_kinds, *references.internal_texts, *marked}
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
    if not _reads_everything(viewer.role):
        restriction = Restriction(entire, viewer)
    elif leaves_trace(viewer.role):
        restriction = Noted(entire, viewer)
    else:
        return entire
    return Reader(entire.connection, entire.moment, entire.memo, entire.hidden, restriction)


@cache
def _reads_everything(role: Role) -> bool:
    return all(reads_all(role, kind, FieldClass.INTERNAL) for kind in RESTRICTABLE)


def _rule_of(entire: Reader, viewer: Actor, *, whole: bool) -> _Rule | None:
    internal, texts, marked = _policy(entire)
    if not internal and not texts and not marked:
        return None
    known, own = successors(entire), (viewer.unit, *viewer.successor_of)
    merged = (*viewer.successor_of, *(code for unit in own if unit is not None for code in predecessors(unit, known)))
    acting = msgspec.structs.replace(viewer, successor_of=merged)
    units, schema = units_read(acting, TICKET, FieldClass.INTERNAL), _schema_of(entire)
    # Answers that rest on whole histories are made of events with all that these say.
    internal = internal or (whole and texts)
    return _Rule(
        Spans("own_parties", units, schema, whole, internal) if internal or marked else None,
        Spans("own_texts", units, schema, whole, internal=True) if texts and not internal else None,
        schema,
    )


def _policy(entire: Reader) -> tuple[bool, bool, bool]:
    """Whether all tickets are internal, whether their texts are, and whether any noun was marked as internal."""
    lasting: dict[Any, Any] = entire.memo.get(LASTING, {})
    known: tuple[bool, bool, bool] | None = lasting.get(_policy)
    if known is None:
        references = references_at(entire)
        known = lasting[_policy] = (
            TICKET in references.internal_kinds,
            TICKET in references.internal_texts,
            any_marked(entire),
        )
    return known


def _schema_of(entire: Reader) -> str:
    """By what a statement names the tables themselves rather than what is laid over them."""
    if entire.connection.dialect is Dialect.SQLITE:
        return "main"
    return f'"{entire.rows("SELECT current_schema()")[0][0]}"'


@dataclass(frozen=True)
class _Rule:
    """In which spans tickets are read, with all that hangs on them, and in which their texts: None for all."""

    rows: Spans | None
    texts: Spans | None
    schema: str

    def laid_over(self, names: Iterable[str], reader: Reader) -> tuple[list[str], list[str]]:
        """What is laid over these tables at the reader's moment, as tables of a statement, and their parameters."""
        tables = [table for name in names if (table := self._table(name, reader)) is not None]
        used = [spans for spans in (self.rows, self.texts) if spans is not None] if tables else []
        return [*(spans.declared for spans in used), *tables], [unit for spans in used for unit in spans.units]

    def _table(self, name: str, reader: Reader) -> str | None:
        """What is laid over a table; None where nothing of it is withheld."""
        columns, condition = "t.*", None
        if name == EVENTS:
            condition = self._event()
        elif name == ATTACHMENTS.name:
            # A file is told with what is said: nobody knows what is in it.
            condition = self._narrowest.of_file(reader)
        else:
            ticket = f"t.{_OF_TICKETS[name]}"
            if self.rows is not None:
                condition = self.rows.of_row(ticket, reader)
            if self.texts is not None and name in TEXTS:
                columns = columns_without_texts(name, self.texts.of_row(ticket, reader), reader.connection.dialect)
        if condition is None and columns == "t.*":
            return None
        where = "" if condition is None else f" WHERE {condition}"
        return f"{name} AS NOT MATERIALIZED (SELECT {columns} FROM {self.schema}.{name} t{where})"

    @property
    def _narrowest(self) -> Spans:
        """Whoever reads the texts of a ticket, reads the ticket."""
        spans = self.texts or self.rows
        assert spans is not None
        return spans

    def _event(self) -> str:
        """Whether an event `t` is read: where the noun could be read just after it, and can be now."""
        of_ticket = "TRUE" if self.rows is None else self.rows.of_event()
        return (
            f"CASE t.kind WHEN '{TICKET}' THEN {of_ticket}"
            f" WHEN '{Attachment.KIND}' THEN {self._narrowest.of_event_of_file()} ELSE TRUE END"
        )


def events_withheld(reader: Reader, positions: Collection[int]) -> frozenset[int]:
    """Those of the positions at which there is an event of a ticket whose texts whoever asks may not read."""
    return frozenset(_withheld(reader, "position", "events", positions, lambda texts: texts.of_event()))


def tickets_withheld(reader: Reader, tickets: Collection[str]) -> frozenset[str]:
    """Those of the tickets whose texts whoever asks may not read at the reader's moment."""
    return frozenset(
        _withheld(
            reader, "entity_id", TICKETS.name, tickets,
            lambda texts: f"{texts.of_row('t.entity_id', reader)} OR NOT {reader.live()}",
        )
    )  # fmt: skip


def _withheld(
    reader: Reader, key: str, table: str, keys: Collection[Any], readable: Callable[[Spans], str]
) -> Iterable[Any]:
    """The keys of those rows `t` of a table of tickets, or of their events, for which what is readable does not hold."""
    rule = None if reader.restriction is None else reader.restriction.rule
    if rule is None or rule.texts is None or not keys:
        return ()
    kind = f" AND t.kind = '{TICKET}'" if table == EVENTS else ""
    found = reader.rows(
        f"WITH {rule.texts.declared} SELECT t.{key} FROM {rule.schema}.{table} t WHERE t.{key} IN ({marks(keys)}){kind}"
        f" AND NOT ({readable(rule.texts)})",
        [*rule.texts.units, *keys],
    )
    return (found_key for (found_key,) in found)
