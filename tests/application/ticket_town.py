"""A town of tickets through their whole lives, with clerks who are late and calendars that end."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from tests.application.any_town import AnyTown, few, nth_of, reasons, seeds, spans, whom
from tests.application.book import Paper, Turn, shanghai_day
from tests.application.town import ANYBODY, CODES, DOCUMENT, REASON
from tests.city import LEADER, SECRETARY, SUPERVISOR, clerk
from txapi.application import meetings, tickets
from txapi.application.desk import Done
from txapi.domain.event import Actor
from txapi.domain.meeting import MeetingKind
from txapi.domain.official import Official
from txapi.domain.ticket import Ticket
from txapi.domain.ticket.values import Escalation, SubjectKind, TicketCategory, TicketOrigin, TicketSubject

Act = Callable[["TicketTown", str, int], tuple[Callable[..., Done], Actor, dict[str, Any]]]


def _handler(town: TicketTown, id: str) -> Actor:
    return clerk(town.paper(id).handler)


def _issuer(town: TicketTown, id: str) -> Actor:
    return clerk(town.paper(id).issuer)


ACTS: dict[str, Act] = {
    "amend_draft": lambda town, id, n: (
        tickets.amend_ticket_draft, _issuer(town, id), {"handler": nth_of(CODES, n + 2), "subject": f"供地{n}"}),
    "issue": lambda town, id, n: (tickets.issue_ticket, _issuer(town, id), {}),
    "receive": lambda town, id, n: (
        tickets.receive_ticket, _handler(town, id), {"received_at": town.town.now - timedelta(hours=9 * n)} if n else {}),
    "accept": lambda town, id, n: (
        tickets.accept_ticket, _handler(town, id),
        {"opinion": "同意" if n else "", "promised_by": town.town.today + timedelta(days=8 * n - 4)}),
    "return": lambda town, id, n: (tickets.return_ticket, _handler(town, id), {"opinion": "资料不全"}),
    "progress": lambda town, id, n: (tickets.report_ticket_progress, _handler(town, id), {"note": f"进展{n}"}),
    "ask_extension": lambda town, id, n: (
        tickets.ask_ticket_extension, _handler(town, id), {"to": town.town.today + timedelta(days=30 * n)}),
    "decide_extension": lambda town, id, n: (
        tickets.decide_ticket_extension, _issuer(town, id), {"granted": n > 1, "opinion": "已研究"}),
    "resolve": lambda town, id, n: (tickets.resolve_ticket, _handler(town, id), {"outcome": "已办结" if n else ""}),
    "confirm": lambda town, id, n: (tickets.confirm_ticket, _issuer(town, id), {}),
    "reopen": lambda town, id, n: (
        tickets.reopen_ticket, _issuer(town, id), {"due": town.town.today + timedelta(days=n) if n else None}),
    "withdraw": lambda town, id, n: (tickets.withdraw_ticket, _issuer(town, id), {}),
    "reassign": lambda town, id, n: (tickets.reassign_ticket, _issuer(town, id), {"to": nth_of(CODES, n)}),
    "add_support": lambda town, id, n: (tickets.add_ticket_support, _issuer(town, id), {"unit": nth_of(CODES, n)}),
    "complete_support": lambda town, id, n: (
        tickets.complete_ticket_support, clerk(nth_of(CODES, n)), {"outcome": "已配合"}),
    "accept_as_support": lambda town, id, n: (
        tickets.accept_ticket, clerk(nth_of(CODES, n)), {"opinion": "配合", "promised_by": town.town.today}),
    "remind": lambda town, id, n: (tickets.remind_ticket, _issuer(town, id), {"note": "请抓紧"}),
    "escalate": lambda town, id, n: (
        tickets.escalate_ticket, _issuer(town, id),
        {"to": nth_of(list(Escalation), 1 + n % 2), "leader": Official("盛勇军", "市长") if n % 2 == 0 else None}),
    "attempt": lambda town, id, n: (tickets.record_ticket_attempt, LEADER, {"outcome": "协调", "settled": n > 4}),
    "decide": lambda town, id, n: (
        tickets.decide_ticket, SECRETARY,
        {"text": "限期", "responsible": nth_of(CODES, n), "deadline": town.town.today + timedelta(days=n)}),
    "carry_out": lambda town, id, n: (
        tickets.carry_out_ticket_decision, clerk(nth_of(CODES, n)), {"decision": 1, "outcome": "已落实"}),
    "correct_receipt": lambda town, id, n: (
        tickets.correct_ticket_receipt, _issuer(town, id), {"received_at": town.town.now - timedelta(days=n)}),
    "fix_deadline": lambda town, id, n: (tickets.fix_ticket_deadline, SUPERVISOR, {}),
    "assign_on_site": lambda town, id, n: (
        tickets.assign_ticket_on_site, SECRETARY, {"unit": nth_of(CODES, n), "due": town.town.today + timedelta(days=n)}),
    "resolve_on_spot": lambda town, id, n: (tickets.resolve_ticket_on_spot, SECRETARY, {"outcome": "当场解决"}),
}  # fmt: skip
COMMON_ACTS = ("issue", "receive", "accept", "progress", "resolve", "reassign", "correct_receipt", "return")

FITTING = {
    "draft": ("issue", "issue", "amend_draft", "assign_on_site", "resolve_on_spot"),
    "issued": ("receive", "receive", "reassign", "add_support"),
    "reassigned": ("receive", "receive", "remind"),
    "received": ("accept", "accept", "accept", "return", "escalate", "correct_receipt"),
    "accepted": ("progress", "ask_extension", "decide_extension", "escalate", "attempt", "decide", "resolve"),
    "in_progress": ("ask_extension", "decide_extension", "escalate", "attempt", "carry_out", "resolve"),
    "returned": ("reassign", "reassign", "withdraw"),
    "resolved": ("confirm", "confirm", "reopen"),
}
"""What mostly happens to a ticket in a state."""


class TicketTown(AnyTown):
    """Tickets through their whole lives, with clerks who are late and calendars that end."""

    @initialize(seed=seeds, commands=st.integers(20, 60))
    def begin(self, seed: int, commands: int) -> None:
        self.ids: list[str] = []
        self.meeting = ""
        [self.company] = self.town.record.streams_between("company", 0, self.town.book.before)
        self.busy_weeks_pass(seed, commands)

    def paper(self, id: str) -> Paper:
        """The ticket on paper; an item of a meeting has none."""
        return self.town.book.papers.get(id, Paper("", CODES[0], CODES[2]))

    @rule(issuer=st.integers(0, 1), handler=st.integers(2, 4), category=st.sampled_from(TicketCategory), who=whom)
    def a_ticket_is_drafted(self, issuer: int, handler: int, category: TicketCategory, who: str) -> None:
        done = self.town.give(
            tickets.draft_ticket,
            self.actor(who, clerk(CODES[issuer])),
            category=category,
            subject="供地问题",
            body="地块尚未交付",
            about=[TicketSubject(SubjectKind.COMPANY, self.company)],
            issuer=CODES[issuer],
            handler=CODES[handler],
            copies=CODES[handler + 1 :],
        )
        if done:
            self.ids.append(done.id)
            self.town.book.papers[done.id] = Paper("draft", CODES[issuer], CODES[handler])

    @rule(who=whom)
    def an_item_is_noted_at_a_meeting(self, who: str) -> None:
        if not self.meeting:
            done = self.town.give(
                meetings.register_meeting, SECRETARY, kind=MeetingKind.ON_SITE, title="现场办公会", hosts=[CODES[0]]
            )
            self.meeting = done.id if done else ""
        done = self.town.give(
            tickets.draft_ticket,
            self.actor(who, SECRETARY),
            category=TicketCategory.LAND_USE,
            subject="现场问题",
            body="接口待定",
            origin=TicketOrigin.ON_SITE_MEETING,
            meeting=self.meeting or None,
        )
        if done:
            self.ids.append(done.id)

    @precondition(lambda self: self.ids)
    @rule(nth=few, act=st.sampled_from(sorted(ACTS)), n=few, who=whom, reason=reasons)
    def anything_happens_to_a_ticket(self, nth: int, act: str, n: int, who: str, reason: str | None) -> None:
        self.act(nth_of(self.ids, nth), act, n, who, reason)

    @precondition(lambda self: self.ids)
    @rule(nth=few, acts=st.lists(st.tuples(st.sampled_from(COMMON_ACTS), few, spans), min_size=2, max_size=5))
    def a_ticket_is_worked_on(self, nth: int, acts: list[tuple[str, int, timedelta]]) -> None:
        for act, n, span in acts:
            self.town.wait(seconds=span.total_seconds() / 4)
            self.act(nth_of(self.ids, nth), act, n, "right", REASON)

    @rule(seed=seeds, commands=st.integers(20, 60))
    def busy_weeks_pass(self, seed: int, commands: int) -> None:
        chance = random.Random(seed)
        for _ in range(commands):
            n, who = chance.randrange(6), "right" if chance.random() < 0.9 else chance.choice(sorted(ANYBODY))
            if chance.random() < 0.3:
                self.town.wait(hours=chance.expovariate(1 / 50))
            if len(self.ids) < 2 or chance.random() < 0.06:
                self.a_ticket_is_drafted(n % 2, 2 + n % 3, chance.choice(list(TicketCategory)), who)
            elif chance.random() < 0.04:
                self.an_item_is_noted_at_a_meeting(who)
            elif chance.random() < 0.06:
                self.the_watch_looks()
            else:
                id = chance.choice(self.ids[-4:])
                fitting = FITTING.get(self.town.record.load(Ticket, id).state.value, COMMON_ACTS)
                act = chance.choice(fitting) if chance.random() < 0.75 else chance.choice(sorted(ACTS))
                self.act(id, act, n, who, REASON)

    def act(self, id: str, act: str, n: int, who: str, reason: str | None) -> None:
        """Give a command on a ticket, and note on the paper what was acknowledged."""
        command, right, given = ACTS[act](self, id, n)
        actor = self.actor(who, right)
        done = self.town.give(command, actor, reason=reason, source=DOCUMENT, ticket=id, **given)
        paper = self.town.book.papers.get(id)
        if done and paper:
            paper.tick(self.town.now)
            self.note(paper, act, actor, given)

    def note(self, paper: Paper, act: str, actor: Actor, given: dict[str, Any]) -> None:
        """What an acknowledged command makes of the ticket, as far as its leading unit is concerned."""
        now = self.town.now
        lead = paper.turns[-1] if paper.turns else None
        if act == "amend_draft":
            paper.handler = given["handler"]
        elif act == "issue":
            paper.state, paper.turns = "issued", [Turn(paper.handler, now)]
        elif act == "reassign":
            assert lead is not None
            lead.ended, paper.state, paper.handler = now, "reassigned", given["to"]
            paper.turns.append(Turn(given["to"], now))
        elif act == "withdraw":
            paper.state = "withdrawn"
            if lead is not None:
                lead.ended = now
        elif act == "add_support":
            paper.supported = True
        elif act == "correct_receipt" and lead is not None and lead.received_on is None and paper.supported:
            # The last receipt that there is may be a supporting unit's, of which the paper says nothing.
            del self.town.book.papers[next(id for id, one in self.town.book.papers.items() if one is paper)]
        elif act == "correct_receipt":
            last = next(turn for turn in reversed(paper.turns) if turn.received_on is not None)
            last.received_on, last.corrected = shanghai_day(given["received_at"]), True
        elif act in ("confirm", "reopen"):
            paper.state = "confirmed" if act == "confirm" else "in_progress"
        elif lead is not None and self.town.book.acts_for(actor, lead.unit):
            self.note_of_the_lead(paper, lead, act, given)

    def note_of_the_lead(self, paper: Paper, lead: Turn, act: str, given: dict[str, Any]) -> None:
        """What the leading unit did."""
        now = self.town.now
        if act == "receive":
            lead.received_on, paper.state = shanghai_day(given.get("received_at", now)), "received"
        elif act in ("accept", "accept_as_support", "return"):
            lead.answered, paper.state = now, "returned" if act == "return" else "accepted"
        elif act == "progress" and paper.state == "accepted":
            paper.state = "in_progress"
        elif act == "resolve":
            paper.state = "resolved"
