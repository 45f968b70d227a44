"""Reading spans 可读时段: from which event until which other a viewer may read a ticket, as SQL that stands before a statement."""

from __future__ import annotations

from dataclasses import dataclass

from txapi.domain.ticket import Ticket
from txapi.projections.attachments import ATTACHMENTS
from txapi.projections.moment import Reader, Several
from txapi.projections.select import marks
from txapi.projections.table import FOREVER
from txapi.projections.ticket_rows import PARTIES, TICKETS


@dataclass(frozen=True, slots=True)
class Spans:
    """The spans in which tickets are read by these units, and, but for `internal` ones, by everybody.

    `name` is what a statement calls them. With `whole`, only tickets count that were read from their first event on.
    """

    name: str
    units: tuple[str, ...]
    schema: str
    whole: bool
    internal: bool
    """Whether all tickets are internal, and not only those that were marked."""

    @property
    def declared(self) -> str:
        """The spans as a table of a statement, whose parameters are the units."""
        spans = (
            f"SELECT p.ticket_id, p.since, p.until, p.span FROM {self.schema}.{PARTIES.name} p"
            f" WHERE p.unit_code IN ({marks(self.units)})"
        )
        if not self.internal:
            spans += f" UNION ALL {self._public()}"
        return f"{self.name} AS NOT MATERIALIZED ({spans})"

    def _public(self) -> str:
        """The spans in which tickets are public that were not marked; of whole histories, the tickets that never were."""
        table = f"{self.schema}.{TICKETS.name} t"
        if self.whole:
            return f"SELECT t.entity_id, min(t.since), {FOREVER}, 64 FROM {table} GROUP BY t.entity_id HAVING max(t.internal) = 0"
        return f"SELECT t.entity_id, t.since, t.until, t.span FROM {table} WHERE t.internal = 0"

    def of_row(self, ticket: str, reader: Reader) -> str:
        """Whether a version `t` of a row of that ticket is read, at the reader's moment."""
        met = "o.since < t.until AND o.until > t.since"
        if reader.moment.now and not isinstance(reader, Several):
            then = f"t.until = {FOREVER} OR EXISTS (SELECT 1 FROM {self.name} o WHERE o.ticket_id = {ticket} AND {met})"
        else:
            if not isinstance(reader, Several):
                at = int(reader.moment.position)
                seen = f"(o.since <= {at} AND o.until > {at})"
                met = f"{met} AND ({seen} OR t.since > {at} OR t.until <= {at})"
            then = f"EXISTS (SELECT 1 FROM {self.name} o WHERE o.ticket_id = {ticket} AND {met})"
        return f"{self._now(ticket)} AND ({then})"

    def of_file(self, reader: Reader) -> str:
        """Whether a version `t` of an attachment is read: with the ticket that it hangs on."""
        return f"(t.about_kind <> '{Ticket.KIND}' OR ({self.of_row('t.about_id', reader)}))"

    def of_event(self) -> str:
        """Whether an event `t` of a ticket is read: where the ticket could be read just after it, and can be now."""
        return (
            f"{self._now('t.stream')} AND EXISTS (SELECT 1 FROM {self.name} o WHERE o.ticket_id = t.stream AND {_THEN})"
        )

    def of_event_of_file(self) -> str:
        """The same of an event `t` of an attachment."""
        return (
            f"NOT EXISTS (SELECT 1 FROM {self.schema}.{ATTACHMENTS.name} a WHERE a.entity_id = t.stream"
            f" AND a.about_kind = '{Ticket.KIND}' AND NOT ({self._now('a.about_id')}"
            f" AND EXISTS (SELECT 1 FROM {self.name} o WHERE o.ticket_id = a.about_id AND {_THEN})))"
        )

    def _now(self, ticket: str) -> str:
        """Whether the ticket is read now; and has been since its first event, where that matters."""
        first = f"SELECT min(x.since) FROM {self.schema}.{TICKETS.name} x WHERE x.entity_id = o.ticket_id"
        since = f" AND o.since = ({first})" if self.whole else ""
        if self.internal:
            return (
                f"{ticket} IN (SELECT o.ticket_id FROM {self.name} o WHERE o.until = {FOREVER} AND o.span = 64{since})"
            )
        # Nearly all are public: each is looked up, and not all of them listed.
        return f"EXISTS (SELECT 1 FROM {self.name} o WHERE o.ticket_id = {ticket} AND o.until = {FOREVER}{since})"


_THEN = "o.since <= t.position AND o.until > t.position"
