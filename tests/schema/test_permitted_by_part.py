"""Every command on a ticket, by every part that a unit has in it: who leads is not who supports, and who has a copy commands nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest

from tests.city import City
from tests.schema.permitted_world import LATER, OF_A_UNIT, _order, build
from tests.schema.test_permitted import Deciding, answer
from txapi.application import tickets, units
from txapi.domain.event import Actor, Role
from txapi.domain.labels import Label
from txapi.domain.official import Official
from txapi.domain.permissions import RULES, Relation
from txapi.domain.ticket.values import Escalation, TicketCategory, TicketOrigin
from txapi.domain.unit import Duty, UnitKind

pytestmark = pytest.mark.only_on("sqlite", because="who may give a command is decided before anything is stored")

ISSUER, FORMER, LEAD, SUPPORT, COPIED, RESPONSIBLE, STRANGER = (
    "issuing", "formerly-leading", "leading", "supporting", "copied", "responsible", "strange",
)  # fmt: skip
PARTS = (ISSUER, FORMER, LEAD, SUPPORT, COPIED, RESPONSIBLE, STRANGER)
"""The codes of the units, each by the only part that it has."""

HANDLING = (LEAD, SUPPORT)

CLERKS: dict[str, tuple[str, ...]] = {
    # What a unit asked of others is its own to change, to press for and to end.
    **dict.fromkeys(
        (
            "amendTicketDraft", "issueTicket", "withdrawTicket", "escalateTicket", "confirmTicket", "reopenTicket",
            "resolveTicketOnSpot", "assignTicketOnSite", "remindTicket", "decideTicketExtension", "correctTicketReceipt",
            "nameTicketContact", "markTicketInternal", "reassignTicket", "addTicketSupport",
        ),
        (ISSUER,),
    ),
    # What it was asked, whoever was asked answers.
    **dict.fromkeys(
        ("receiveTicket", "acceptTicket", "returnTicket", "reportTicketProgress", "askTicketExtension"), HANDLING
    ),
    "resolveTicket": (LEAD,),
    "completeTicketSupport": (SUPPORT,),
    "carryOutTicketDecision": (RESPONSIBLE,),
    # Files come from both sides, from who has passed it on since, too.
    "attachFile": (ISSUER, LEAD, SUPPORT, FORMER),
    "fixTicketDeadline": (), "recordTicketAttempt": (), "decideTicket": (),
}  # fmt: skip
"""Whose clerks may give a command, written by hand from the city's rules; nobody else's."""

HANDLERS_OF = (Relation.HANDLER, Relation.LEAD_HANDLER, Relation.SUPPORT_HANDLER, Relation.RESPONSIBLE, Relation.PARTY)
"""The relations in which a department's handler does what its clerk does."""


@dataclass
class Crowd:
    """A city, and its tickets by how far they have come; every unit of `PARTS` has its part in each."""

    city: City
    known: dict[str, str] = field(default_factory=dict)


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory, store: str) -> Iterator[Crowd]:
    world = build(tmp_path_factory.mktemp("crowd"))
    crowd = Crowd(world.city, {**world.shared, "person": world.of[None]["person"]})
    for code in PARTS:
        units.register_unit(
            crowd.city.desk, _order(crowd.city), code=code, name=Label(zh=code, en=code), kind=UnitKind.TOWN,
            duty=Duty.IMPLEMENTING_BODY,
        )  # fmt: skip
    crowd.known["draft"] = drafted(crowd.city, TicketOrigin.LIAISON_FORM)
    crowd.known["on_site"] = drafted(crowd.city, TicketOrigin.ON_SITE_MEETING)
    for state in ("issued", "received", "working", "decided", "resolved"):
        crowd.known[state] = handled(crowd.city, state)
    yield crowd
    world.city.close()


def drafted(city: City, origin: TicketOrigin) -> str:
    return tickets.draft_ticket(
        city.desk, _order(city), category=TicketCategory.LAND_USE, subject="用地", body="请支持", issuer=ISSUER,
        handler=FORMER, copies=[COPIED], origin=origin,
    ).id  # fmt: skip


def handled(city: City, state: str) -> str:
    """A ticket that was passed on from one unit to another, which a third one supports; and so far."""
    desk, ticket = city.desk, drafted(city, TicketOrigin.LIAISON_FORM)

    def give(command: Callable[..., Any], **given: Any) -> None:
        command(desk, _order(city), ticket=ticket, **given)

    give(tickets.issue_ticket)
    give(tickets.receive_ticket)
    give(tickets.return_ticket, opinion="不属本单位职责")
    give(tickets.reassign_ticket, to=LEAD)
    give(tickets.add_ticket_support, unit=SUPPORT)
    if state == "issued":
        return ticket
    for unit in HANDLING:
        give(tickets.receive_ticket, unit=unit)
        if state != "received":
            give(tickets.accept_ticket, unit=unit, opinion="同意", promised_by=LATER)
    if state == "working":
        give(tickets.ask_ticket_extension, unit=LEAD, to=date(2015, 8, 30))
        give(tickets.escalate_ticket, to=Escalation.LEADING_OFFICIAL, leader=Official("甲", "副市长"))
    if state == "decided":
        give(tickets.escalate_ticket, to=Escalation.LEADING_OFFICIAL, leader=Official("甲", "副市长"))
        give(tickets.record_ticket_attempt, outcome="未果", settled=False)
        give(tickets.escalate_ticket, to=Escalation.MAYORS_OFFICE_MEETING)
        give(tickets.decide_ticket, text="限期", responsible=RESPONSIBLE, deadline=LATER)
    if state == "resolved":
        give(tickets.resolve_ticket, outcome="已解决")
    return ticket


STATES = {
    **dict.fromkeys(("amendTicketDraft", "issueTicket", "withdrawTicket"), "draft"),
    **dict.fromkeys(("resolveTicketOnSpot", "assignTicketOnSite"), "on_site"),
    **dict.fromkeys(
        ("receiveTicket", "remindTicket", "nameTicketContact", "markTicketInternal", "attachFile", "addTicketSupport"), "issued"
    ),
    **dict.fromkeys(("acceptTicket", "returnTicket", "reassignTicket", "escalateTicket"), "received"),
    **dict.fromkeys(("confirmTicket", "reopenTicket"), "resolved"),
    **dict.fromkeys(
        ("reportTicketProgress", "resolveTicket", "completeTicketSupport", "decideTicketExtension", "correctTicketReceipt",
         "recordTicketAttempt", "fixTicketDeadline"), "working"
    ),
    **dict.fromkeys(("carryOutTicketDecision", "decideTicket", "askTicketExtension"), "decided"),
}  # fmt: skip
"""How far the ticket has come on which a command is tried."""


def given_for(crowd: Crowd, command: str, unit: str) -> dict[str, Any]:
    """The input of a command, on the ticket of the right state."""
    known, state = crowd.known, crowd.known[STATES[command]]
    names = (
        "draft", "on_site", "issued", "working", "resolved", "to_do_issued", "to_do_received", "to_do_working", "supported", "decided",
    )  # fmt: skip
    given = OF_A_UNIT[command]({**known, **dict.fromkeys(names, state)}, unit)
    if command == "completeTicketSupport":
        del given["unit"]
    return {**given, "reason": "because"}


AUTHORITY = {"NotYourUnit", "NotYourRole", "OnlyTheLeadResolves", "OnlySupportCompletesSupport"}
"""What says that it is not this unit's to do."""

MAY = "query ($id: ID!) { ticket(entityId: $id) { may { action allowed because { code } } mayAttach { allowed because { code } } } }"


@pytest.mark.parametrize("role", [Role.CLERK, Role.HANDLER])
def test_a_unit_does_what_its_part_in_a_ticket_is_and_its_people_are_told_so(crowd: Crowd, role: Role) -> None:
    city = crowd.city
    wrong: list[tuple[str, ...]] = []
    deciding, head = Deciding(city.record, person_keys=city.person_keys), city.record.head
    for command, parts in CLERKS.items():
        relation = RULES[snake(command)].relation
        may = parts if role is Role.CLERK or relation in HANDLERS_OF else ()
        for part in PARTS:
            actor = Actor(f"{role.value} of {part}", role, part)
            said = answer(city, deciding, command, actor, given_for(crowd, command, part))
            if (said != "DECIDED") if part in may else (said not in AUTHORITY):
                wrong.append((command, part, said))
            if (told := permission(city, crowd.known[STATES[command]], command, actor)) not in (said, ""):
                wrong.append((command, part, said, told))

    assert wrong == []
    assert city.record.head == head


def permission(city: City, ticket: str, command: str, actor: Actor) -> str:
    """What the ticket tells somebody of a command, as the command itself would say it."""
    told = city.ask(MAY, {"id": ticket}, as_=actor)["ticket"]
    one = told["mayAttach"] if command == "attachFile" else {each["action"]: each for each in told["may"]}[command]
    return "DECIDED" if one["allowed"] else str(one["because"]["code"])


def snake(name: str) -> str:
    return "".join(f"_{one.lower()}" if one.isupper() else one for one in name)


def test_every_command_on_a_ticket_is_tried() -> None:
    from_table = {rule.action for rule in RULES.values() if rule.noun == "ticket" and rule.is_command}

    assert {snake(command) for command in CLERKS} == (from_table - {"draft_ticket"}) | {"attach_file"}
