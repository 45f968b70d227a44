"""The ticket 工作联系单: written when a project is stuck, accepted in time or late, resolved and confirmed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from txapi.domain.errors import BadInput, Refusal
from txapi.domain.event import Metadata
from txapi.domain.ticket.correcting import Correcting
from txapi.domain.ticket.drafting import Drafting
from txapi.domain.ticket.escalating import Escalating
from txapi.domain.ticket.lapsing import Lapsing
from txapi.domain.ticket.on_site import OnSite
from txapi.domain.ticket.replying import Replying
from txapi.domain.ticket.sending import Sending
from txapi.domain.ticket.working import Working


class Ticket(Drafting, Sending, Replying, Working, Escalating, OnSite, Lapsing, Correcting):
    """One ticket. Draft, issued, received, accepted or returned, in progress, resolved, confirmed.

    Who may do what: the issuer's clerk drafts, issues, reminds, escalates, withdraws, confirms and reopens, reassigns,
    adds support, decides extensions and corrects receipts; the handling unit's clerk receives, accepts, returns,
    reports, asks for time and resolves; a supervisor reminds, reassigns, adds support, decides extensions, corrects
    receipts and fixes deadlines; a leader records attempts; the secretary records the meeting's decisions and acts for
    on-site items; the responsible unit's clerk carries decisions out; administrator and system may do everything.
    """

    KIND = "ticket"

    def may(self, action: str, meta: Metadata) -> Refusal | None:
        """Why the actor may not do that now; None where only the input decides. BadInput UNKNOWN_ACTION."""
        guard = ACTIONS.get(action)
        if guard is None:
            raise BadInput("UNKNOWN_ACTION", f"a ticket knows no action {action}", ("action",))
        try:
            guard(self, meta)
        except Refusal as refusal:
            return refusal
        return None


ACTIONS: dict[str, Callable[[Ticket, Metadata], Any]] = {
    "draft": Ticket._may_draft,
    "amend_draft": Ticket._may_amend_draft,
    "issue": Ticket._may_issue,
    "receive": Ticket._may_receive,
    "accept": Ticket._may_accept,
    "return": Ticket._may_return,
    "report_progress": Ticket._may_report_progress,
    "ask_extension": Ticket._may_ask_extension,
    "decide_extension": Ticket._may_decide_extension,
    "complete_support": Ticket._may_complete_support,
    "resolve": Ticket._may_resolve,
    "confirm": Ticket._may_confirm,
    "reopen": Ticket._may_reopen,
    "withdraw": Ticket._may_withdraw,
    "reassign": Ticket._may_reassign,
    "add_support": Ticket._may_add_support,
    "remind": Ticket._may_remind,
    "escalate": Ticket._may_escalate,
    "record_attempt": Ticket._may_record_attempt,
    "decide": Ticket._may_decide,
    "carry_out_decision": Ticket._may_carry_out_decision,
    "resolve_on_spot": Ticket._may_resolve_on_spot,
    "assign_on_site": Ticket._may_assign_on_site,
    "correct_receipt": Ticket._may_correct_receipt,
    "fix_deadline": Ticket._may_fix_deadline,
}
"""The guard of every command that a person gives, by the command's name."""
