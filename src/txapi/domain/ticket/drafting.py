"""Drafting 起草: what a ticket is about, before it is sent to anybody."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from msgspec import UNSET, UnsetType

from txapi.domain.event import Event, Metadata
from txapi.domain.permissions import must_be_permitted
from txapi.domain.ticket.refusals import LiaisonFormNeedsAnIssuer
from txapi.domain.ticket.state import CODE_LENGTH_MAX, LINE_LENGTH_MAX, TicketParts, must_be_distinct, must_say, words
from txapi.domain.ticket.values import TicketCategory, TicketOrigin, TicketState, TicketSubject


class Drafting(TicketParts):
    """A draft has no number and nobody owes anything for it."""

    class Drafted(Event, frozen=True, kw_only=True, omit_defaults=True):
        """A ticket was drafted."""

        TOPIC = "ticket.drafted"

        origin: TicketOrigin
        category: TicketCategory
        subject: str
        body: str
        about: tuple[TicketSubject, ...] = ()
        issuer: str | None = None
        handler: str | None = None
        copies: tuple[str, ...] = ()
        requested_by: date | None = None
        meeting: str | None = None

        def apply(self, ticket: TicketParts) -> None:
            ticket.origin = self.origin
            ticket.category = self.category
            ticket.subject = self.subject
            ticket.body = self.body
            ticket.about = self.about
            ticket.issuer = self.issuer
            ticket.handler = self.handler
            ticket.copies = self.copies
            ticket.requested_by = self.requested_by
            ticket.meeting = self.meeting
            ticket.drafted_at = self.meta.decided_at

    class DraftAmended(Event, frozen=True, kw_only=True, omit_defaults=True):
        """A draft was rewritten; what is not named stayed as it was."""

        TOPIC = "ticket.draft_amended"

        category: TicketCategory | UnsetType = UNSET
        subject: str | UnsetType = UNSET
        body: str | UnsetType = UNSET
        about: tuple[TicketSubject, ...] | UnsetType = UNSET
        handler: str | UnsetType | None = UNSET
        copies: tuple[str, ...] | UnsetType = UNSET
        requested_by: date | UnsetType | None = UNSET
        meeting: str | UnsetType | None = UNSET

        def apply(self, ticket: TicketParts) -> None:
            for name in AMENDABLE:
                value = getattr(self, name)
                if value is not UNSET:
                    setattr(ticket, name, value)

    def draft(
        self,
        meta: Metadata,
        *,
        origin: TicketOrigin,
        category: TicketCategory,
        subject: str,
        body: str,
        issuer: str | None,
        handler: str | None = None,
        about: Iterable[TicketSubject] = (),
        copies: Iterable[str] = (),
        requested_by: date | None = None,
        meeting: str | None = None,
    ) -> None:
        """Draft a ticket of the issuing unit (codes of units; ids of nouns and of the meeting).

        Only an item of an on-site meeting may do without an issuer. LiaisonFormNeedsAnIssuer, NotYourUnit.
        """
        self._must_be_new()
        on_site = origin is TicketOrigin.ON_SITE_MEETING
        if issuer is None and not on_site:
            raise LiaisonFormNeedsAnIssuer()
        must_be_permitted(meta, "draft_ticket", issuer, on_site=on_site)
        about, copies = tuple(about), tuple(copies)
        must_be_distinct(about, "about")
        must_be_distinct(copies, "copies")
        self._record(
            self.Drafted,
            meta,
            origin=origin,
            category=category,
            subject=must_say(subject, "subject", LINE_LENGTH_MAX),
            body=words(body, "body"),
            about=about,
            issuer=issuer,
            handler=_code(handler, "handler"),
            copies=copies,
            requested_by=requested_by,
            meeting=meeting,
        )

    def amend_draft(
        self,
        meta: Metadata,
        *,
        category: TicketCategory | UnsetType = UNSET,
        subject: str | UnsetType = UNSET,
        body: str | UnsetType = UNSET,
        about: Iterable[TicketSubject] | UnsetType = UNSET,
        handler: str | UnsetType | None = UNSET,
        copies: Iterable[str] | UnsetType = UNSET,
        requested_by: date | UnsetType | None = UNSET,
        meeting: str | UnsetType | None = UNSET,
    ) -> None:
        """Rewrite a draft; what is left UNSET stays. Nothing is recorded where nothing changes."""
        self._may_amend_draft(meta)
        if subject is not UNSET:
            subject = must_say(subject, "subject", LINE_LENGTH_MAX)
        if body is not UNSET:
            body = words(body, "body")
        if about is not UNSET:
            about = tuple(about)
            must_be_distinct(about, "about")
        if copies is not UNSET:
            copies = tuple(copies)
            must_be_distinct(copies, "copies")
        if handler is not UNSET:
            handler = _code(handler, "handler")
        named = {
            "category": category,
            "subject": subject,
            "body": body,
            "about": about,
            "handler": handler,
            "copies": copies,
            "requested_by": requested_by,
            "meeting": meeting,
        }
        changed = {name: value for name, value in named.items() if value is not UNSET and value != getattr(self, name)}
        if changed:
            self._record(self.DraftAmended, meta, **changed)

    def _may_amend_draft(self, meta: Metadata) -> None:
        self._must_be_in(TicketState.DRAFT)
        self._may_as_issuer(meta, "amend_ticket_draft")


AMENDABLE = tuple(n for n in Drafting.DraftAmended.__struct_fields__ if n not in Event.__struct_fields__)


def _code(code: str | None, field: str) -> str | None:
    return None if code is None else must_say(code, field, CODE_LENGTH_MAX)
