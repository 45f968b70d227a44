"""Marking 标为内部: one ticket that is for the units concerned and the city's offices only, whatever the policy says of the others."""

from __future__ import annotations

from txapi.domain.event import Event, Metadata
from txapi.domain.ticket.refusals import MarkingNeedsAReason
from txapi.domain.ticket.state import TicketParts


class Marking(TicketParts):
    """A ticket is public or internal; where a policy makes all tickets internal, the mark changes nothing."""

    class MarkedInternal(Event, frozen=True, kw_only=True, omit_defaults=True):
        """From here on the ticket is internal 内部, or, with `internal` false, as public as the others are."""

        TOPIC = "ticket.marked_internal"

        internal: bool

        def apply(self, ticket: TicketParts) -> None:
            ticket.internal = self.internal

    def mark_internal(self, meta: Metadata, *, internal: bool) -> None:
        """Make the ticket internal, or public again, with a reason. Nothing is recorded where nothing changes. MarkingNeedsAReason."""
        self._may_mark_internal(meta)
        if not meta.reason:
            raise MarkingNeedsAReason()
        if internal is not self.internal:
            self._record(self.MarkedInternal, meta, internal=internal)

    def _may_mark_internal(self, meta: Metadata) -> None:
        self._must_exist()
        self._may_as_issuer(meta, "mark_ticket_internal")
