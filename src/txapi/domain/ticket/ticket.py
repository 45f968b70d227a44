"""The ticket 工作联系单: written when a project is stuck, accepted in time or late, resolved and confirmed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from txapi.domain.errors import BadInput, Refusal
from txapi.domain.event import Metadata
from txapi.domain.permissions import RULES, Reach
from txapi.domain.ticket.contact import NamingTheContact
from txapi.domain.ticket.correcting import Correcting
from txapi.domain.ticket.drafting import Drafting
from txapi.domain.ticket.escalating import Escalating
from txapi.domain.ticket.lapsing import Lapsing
from txapi.domain.ticket.marking import Marking
from txapi.domain.ticket.on_site import OnSite
from txapi.domain.ticket.replying import Replying
from txapi.domain.ticket.sending import Sending
from txapi.domain.ticket.working import Working


class Ticket(Drafting, NamingTheContact, Marking, Sending, Replying, Working, Escalating, OnSite, Lapsing, Correcting):
    """One ticket. Draft, issued, received, accepted or returned, in progress, resolved, confirmed.

    Who may do what, the table of permissions says.
    """

    KIND = "ticket"

    def may(self, action: str, meta: Metadata) -> Refusal | None:
        """Why the actor may not do that now; None where only the input decides. BadInput UNKNOWN_ACTION."""
        guard = ACTIONS.get(action)
        if guard is None:
            raise BadInput("UNKNOWN_ACTION", f"a ticket knows no action {action}", ("action",))
        refusal = _refused(guard, self, meta)
        if refusal is not None and action in OF_A_HANDLING and RULES[action].reach(meta.actor.role) is Reach.ALWAYS:
            # Whoever acts for any unit says for which, so that it is open where it is to one of them.
            units = [handling.unit for handling in self.current_handlings]
            if any(_refused(guard, self, meta, unit) is None for unit in units):
                return None
        return refusal


def _refused(guard: Callable[..., Any], ticket: Ticket, meta: Metadata, *unit: str) -> Refusal | None:
    try:
        guard(ticket, meta, *unit)
    except Refusal as refusal:
        return refusal
    return None


ACTIONS: dict[str, Callable[[Ticket, Metadata], Any]] = {
    "amend_ticket_draft": Ticket._may_amend_draft,
    "name_ticket_contact": Ticket._may_name_contact,
    "mark_ticket_internal": Ticket._may_mark_internal,
    "issue_ticket": Ticket._may_issue,
    "receive_ticket": Ticket._may_receive,
    "accept_ticket": Ticket._may_accept,
    "return_ticket": Ticket._may_return,
    "report_ticket_progress": Ticket._may_report_progress,
    "ask_ticket_extension": Ticket._may_ask_extension,
    "decide_ticket_extension": Ticket._may_decide_extension,
    "complete_ticket_support": Ticket._may_complete_support,
    "resolve_ticket": Ticket._may_resolve,
    "confirm_ticket": Ticket._may_confirm,
    "reopen_ticket": Ticket._may_reopen,
    "withdraw_ticket": Ticket._may_withdraw,
    "reassign_ticket": Ticket._may_reassign,
    "add_ticket_support": Ticket._may_add_support,
    "remind_ticket": Ticket._may_remind,
    "escalate_ticket": Ticket._may_escalate,
    "record_ticket_attempt": Ticket._may_record_attempt,
    "decide_ticket": Ticket._may_decide,
    "carry_out_ticket_decision": Ticket._may_carry_out_decision,
    "resolve_ticket_on_spot": Ticket._may_resolve_on_spot,
    "assign_ticket_on_site": Ticket._may_assign_on_site,
    "correct_ticket_receipt": Ticket._may_correct_receipt,
    "fix_ticket_deadline": Ticket._may_fix_deadline,
}
"""The guard of every command that a person gives on a ticket there is, by the command's name."""

OF_A_HANDLING = (
    "receive_ticket",
    "accept_ticket",
    "return_ticket",
    "report_ticket_progress",
    "ask_ticket_extension",
    "complete_ticket_support",
)
"""Commands whose input may say which of the handling units gives them."""
