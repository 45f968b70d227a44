"""The contact 联系人 of a ticket: whom to call about it, by the id of a person whose name and phone are sealed."""

from __future__ import annotations

from txapi.domain.event import Event, Metadata
from txapi.domain.permissions import must_be_permitted
from txapi.domain.ticket.refusals import TicketStateForbids
from txapi.domain.ticket.state import OVER, TicketParts
from txapi.domain.ticket.values import TicketOrigin, TicketState


class NamingTheContact(TicketParts):
    """A ticket names at most one person at a time; it holds nothing of that person but the id."""

    class ContactNamed(Event, frozen=True, kw_only=True, omit_defaults=True):
        """Another person, or nobody, is the contact 联系人 of the ticket from now on."""

        TOPIC = "ticket.contact_named"

        person: str | None = None

        def apply(self, ticket: TicketParts) -> None:
            ticket.contact = self.person

    def name_contact(self, meta: Metadata, *, person: str | None) -> None:
        """Name the person to call, or nobody any more. Nothing is recorded where nothing changes."""
        self._may_name_contact(meta)
        if person != self.contact:
            self._record(self.ContactNamed, meta, person=person)

    def _may_name_contact(self, meta: Metadata) -> None:
        self._must_exist()
        if self.state in OVER:
            raise TicketStateForbids(
                state=self.state.value, needs=[state.value for state in TicketState if state not in OVER]
            )
        must_be_permitted(meta, "name_ticket_contact", self.issuer, on_site=self.origin is TicketOrigin.ON_SITE_MEETING)
