"""A city whose tickets stand in every state, told day by day, for asking about any moment of it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from tests.city import LEADER, SECRETARY, City, clerk, like, retold
from txapi.application import references as editions
from txapi.application import tickets, units
from txapi.datasets.references import bundled_references
from txapi.domain.labels import Label
from txapi.domain.official import Official
from txapi.domain.ticket import Ticket
from txapi.domain.ticket.values import Escalation, TicketCategory, TicketOrigin
from txapi.domain.unit import Duty, UnitKind

ISSUER = clerk("chongfu")
LAND = clerk("land-bureau")
PLANNING = clerk("planning-bureau")
MAYOR = Official("盛勇军", "市长")


def furnished(folder: Path, start: str = "2015-08-01T09:00") -> City:
    """A city with its references of 2015 and four units, and no tickets."""
    return like(folder, _furnished, start)


def _furnished(folder: Path, start: str) -> City:
    city = City(folder, start)
    for kind, edition, content in sorted(
        bundled_references(lambda year: year == 2015), key=lambda one: one.edition == "reply-7-calendar-days"
    ):
        editions.adopt_edition(city.desk, city.order(), kind=kind, edition=edition, content=content)
    for code in ("chongfu", "dama", "land-bureau", "planning-bureau"):
        units.register_unit(
            city.desk,
            city.order(),
            code=code,
            name=Label(zh=code, en=code),
            kind=UnitKind.TOWN if code in ("chongfu", "dama") else UnitKind.DEPARTMENT,
            duty=Duty.IMPLEMENTING_BODY if code in ("chongfu", "dama") else Duty.HANDLING_DEPARTMENT,
        )
    return city


class Tickets:
    """Gives commands on tickets of a city by short names."""

    def __init__(self, city: City) -> None:
        self.city = city

    def __call__(self, time: str, actor: Any, command: str, ticket: str = "", **given: Any) -> str:
        """Carry out a command at that time, after the watch has; the ticket's id."""
        self.city.at(time).watch()
        envelope = {name: given.pop(name) for name in ("reason", "source") if name in given}
        done = getattr(tickets, command)(
            self.city.desk, self.city.order(actor, **envelope), **({"ticket": ticket} if ticket else {}), **given
        )
        return str(done.id)

    def drafted(self, time: str, **given: Any) -> str:
        """A draft of Chongfu for the land bureau."""
        plain: dict[str, Any] = {
            "category": TicketCategory.LAND_USE,
            "subject": "用地指标",
            "body": "请协调落实。",
            "issuer": "chongfu",
            "handler": "land-bureau",
        }
        return self(time, ISSUER, "draft_ticket", **{**plain, **given})

    def issued(self, time: str, **given: Any) -> str:
        """One that was issued."""
        return self(time, ISSUER, "issue_ticket", self.drafted(time, **given))


def told(city: City) -> dict[str, str]:
    """Tell the story of a summer; the tickets by a name for what became of them."""
    do = Tickets(city)
    one = {
        "draft": do.drafted("2015-08-03T09:00"),
        "silent": do.issued("2015-08-03T09:10"),
        "late": do.issued("2015-08-03T09:20"),
        "returned": do.issued("2015-08-03T09:30", category=TicketCategory.INDUSTRIAL_WASTEWATER),
        "resolved": do.issued("2015-08-03T09:40"),
        "supported": do.issued("2015-08-03T09:50", copies=["dama"]),
        "escalated": do.issued("2015-08-03T10:00"),
        "withdrawn": do.issued("2015-08-03T10:10"),
    }
    do("2015-08-04T09:00", ISSUER, "withdraw_ticket", one["withdrawn"], reason="已自行解决")
    do("2015-08-04T09:30", ISSUER, "add_ticket_support", one["supported"], unit="planning-bureau")
    for name in ("late", "returned", "resolved", "supported", "escalated"):
        do("2015-08-04T10:00", LAND, "receive_ticket", one[name])
    do("2015-08-05T09:00", LAND, "return_ticket", one["returned"], opinion="不属本局职责")
    for name in ("resolved", "supported", "escalated"):
        do("2015-08-05T10:00", LAND, "accept_ticket", one[name], opinion="同意", promised_by=date(2015, 8, 20))
    do("2015-08-05T11:00", PLANNING, "receive_ticket", one["supported"])
    do("2015-08-06T09:00", LAND, "resolve_ticket", one["resolved"], outcome="已落实20亩")
    do("2015-08-07T09:00", LAND, "report_ticket_progress", one["supported"], note="正在报批")
    do("2015-08-08T09:00", ISSUER, "remind_ticket", one["late"], note="请尽快受理")
    do("2015-08-08T10:00", ISSUER, "escalate_ticket", one["escalated"], to=Escalation.LEADING_OFFICIAL, leader=MAYOR,
       reason="久拖未决")  # fmt: skip
    do("2015-08-09T09:00", LEADER, "record_ticket_attempt", one["escalated"], outcome="未能协调", settled=False)
    do("2015-08-10T09:00", ISSUER, "escalate_ticket", one["escalated"], to=Escalation.MAYORS_OFFICE_MEETING,
       reason="领导协调未果")  # fmt: skip
    do("2015-08-12T09:00", LAND, "accept_ticket", one["late"], opinion="同意", promised_by=date(2015, 9, 15))
    do("2015-08-13T09:00", SECRETARY, "decide_ticket", one["escalated"], text="由规划局牵头落实",
       responsible="planning-bureau", deadline=date(2015, 8, 25))  # fmt: skip
    do("2015-08-18T09:00", LAND, "ask_ticket_extension", one["supported"], to=date(2015, 9, 10), reason="等待省里批复")
    do("2015-08-19T09:00", ISSUER, "decide_ticket_extension", one["supported"], granted=True)
    one["item"] = do.drafted("2015-08-20T09:00", origin=TicketOrigin.ON_SITE_MEETING)
    do("2015-08-20T10:00", ISSUER, "assign_ticket_on_site", one["item"], unit="planning-bureau", due=date(2015, 8, 28))
    do("2015-08-22T09:00", ISSUER, "confirm_ticket", one["resolved"])
    do("2015-08-24T09:00", LAND, "resolve_ticket", one["escalated"], outcome="已解决")
    do("2015-08-26T09:00", ISSUER, "reassign_ticket", one["returned"], to="planning-bureau", reason="改由规划局办理")
    city.at("2015-08-30T09:00").watch()
    return one


def furnished_and_told(folder: Path) -> tuple[City, dict[str, str]]:
    """The furnished city with its story."""
    return retold(folder, _furnished_and_told)


def _furnished_and_told(folder: Path) -> tuple[City, dict[str, str]]:
    city = furnished(folder)
    return city, told(city)


def folded(city: City, ticket: str, position: int) -> Ticket:
    """The ticket as the first `position` events of the record make it."""
    events = city.record.stream_events(ticket)
    return Ticket.fold(ticket, [one.event for one in events if one.position <= position])
