"""A city in whose tickets everything that can be said is said, with a word in it that stands nowhere else."""

from __future__ import annotations

from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

from tests.attaching import png
from tests.city import LEADER, SECRETARY, SUPERVISOR, City, clerk, retold
from tests.projections.ticket_city import ISSUER, LAND, MAYOR, PLANNING, Tickets, furnished
from txapi.application import attachments, persons
from txapi.application.references import adopt_edition
from txapi.domain.attachment import AttachedTo
from txapi.domain.editions import EditionKind
from txapi.domain.event import Actor, Source
from txapi.domain.ticket.values import Escalation, TicketOrigin

SECRET = "秘而不宣"
"""Stands in every text of the tickets, and nowhere else."""
OUTSIDER = clerk("dama")
PUBLIC = "用地指标"
"""Stands in every subject."""


def spoken(what: str) -> str:
    """A text that says it."""
    return f"{what}：{SECRET}"


class Speaking(Tickets):
    """Gives commands whose reasons and sources say it, too."""

    def __call__(self, time: str, actor: Any, command: str, ticket: str = "", **given: Any) -> str:
        said = Source(spoken("文件"), spoken("页码"), note=spoken("备注"))
        return super().__call__(time, actor, command, ticket, **{"reason": spoken("理由"), "source": said, **given})


def adopt_texts(city: City, edition: str = "texts") -> None:
    """What is said in tickets becomes internal, and nothing else."""
    content = {"basis": "inferred", "internal": [], "texts": ["ticket"]}
    adopt_edition(city.desk, city.order(), kind=EditionKind.READING_POLICY, edition=edition, content=content)


def attached(city: City, ticket: str, by: Actor = ISSUER, size: int = 0, **to: Any) -> str:
    """A file hangs on a ticket; its hash. Files of another size are other files."""
    with closing(city.record.files.receive()) as incoming:
        incoming.write(png(10 * size + len(to) + 7))
        stored = incoming.keep(by.subject)
    attachments.attach_file(
        city.desk, city.order(by, reason=spoken("理由")), to=AttachedTo("ticket", ticket, **to), sha256=stored.sha256,
        name=f"{SECRET}.png", caption=spoken("说明"),
    )  # fmt: skip
    return stored.sha256


def furnished_and_spoken(folder: Path) -> tuple[City, dict[str, str]]:
    """The city without a policy, and its tickets by what became of them."""
    return retold(folder, _furnished_and_spoken)


def _furnished_and_spoken(folder: Path) -> tuple[City, dict[str, str]]:
    city = furnished(folder)
    do = Speaking(city)
    one = {
        name: do.drafted(f"2015-08-03T09:{minute}0", body=spoken("内容"))
        for minute, name in enumerate(("whole", "returned", "marked", "silent"))
    }
    whole = one["whole"]
    do("2015-08-03T10:00", ISSUER, "amend_ticket_draft", whole, body=spoken("另"))
    for ticket in one.values():
        do("2015-08-03T11:00", ISSUER, "issue_ticket", ticket)
    person = persons.register_person(city.desk, city.order(ISSUER), name="张三", unit="chongfu").id
    do("2015-08-03T12:00", ISSUER, "name_ticket_contact", whole, person=person)
    do("2015-08-03T13:00", ISSUER, "add_ticket_support", whole, unit="planning-bureau")
    do("2015-08-04T09:00", LAND, "receive_ticket", whole)
    do("2015-08-04T09:10", PLANNING, "receive_ticket", whole)
    do(
        "2015-08-04T09:20",
        SUPERVISOR,
        "correct_ticket_receipt",
        whole,
        received_at=city.at("2015-08-04T09:20").clock.now(),
    )
    do("2015-08-04T09:30", LAND, "receive_ticket", one["returned"])
    do("2015-08-04T09:40", LAND, "return_ticket", one["returned"], opinion=spoken("退回"))
    do("2015-08-04T09:50", ISSUER, "reassign_ticket", one["returned"], to="planning-bureau")
    for actor in (LAND, PLANNING):
        do("2015-08-05T09:00", actor, "accept_ticket", whole, opinion=spoken("意见"), promised_by=date(2015, 8, 25))
    attached(city, whole)
    attached(city, whole, LAND, handling=1)
    do("2015-08-06T09:00", LAND, "report_ticket_progress", whole, note=spoken("进展"))
    do("2015-08-06T10:00", ISSUER, "remind_ticket", whole, note=spoken("催办"))
    for hour, opinion in enumerate((spoken("不同意"), spoken("仍不同意"))):
        do(f"2015-08-07T1{hour}:00", LAND, "ask_ticket_extension", whole, to=date(2015, 9, 20))
        do(f"2015-08-07T1{hour}:10", ISSUER, "decide_ticket_extension", whole, granted=False, opinion=opinion)
    do("2015-08-08T09:00", PLANNING, "complete_ticket_support", whole, outcome=spoken("已配合"))
    do("2015-08-08T10:00", ISSUER, "escalate_ticket", whole, to=Escalation.LEADING_OFFICIAL, leader=MAYOR)
    do("2015-08-09T09:00", LEADER, "record_ticket_attempt", whole, outcome=spoken("未果"), settled=False)
    do("2015-08-09T10:00", ISSUER, "escalate_ticket", whole, to=Escalation.MAYORS_OFFICE_MEETING)
    do("2015-08-10T09:00", SECRETARY, "decide_ticket", whole, text=spoken("决定"), responsible="land-bureau",
       deadline=date(2015, 8, 28))  # fmt: skip
    do("2015-08-11T09:00", LAND, "carry_out_ticket_decision", whole, decision=1, outcome=spoken("已落实"))
    do("2015-08-12T09:00", LAND, "resolve_ticket", whole, outcome=spoken("已办"))
    do("2015-08-13T09:00", ISSUER, "reopen_ticket", whole, due=date(2015, 8, 29))
    do("2015-08-14T09:00", LAND, "resolve_ticket", whole, outcome=spoken("又办"))
    do("2015-08-15T09:00", ISSUER, "confirm_ticket", whole, opinion=spoken("确认"))
    do("2015-08-16T12:00", ISSUER, "withdraw_ticket", one["returned"])
    items: dict[str, tuple[str, dict[str, Any]]] = {
        "on_the_spot": ("resolve_ticket_on_spot", {"outcome": spoken("当场")}),
        "assigned": ("assign_ticket_on_site", {"unit": "planning-bureau", "due": date(2015, 9, 30)}),
    }
    for hour, (name, (command, given)) in enumerate(items.items()):
        one[name] = do.drafted(f"2015-08-17T1{hour}:00", body=spoken("事项"), origin=TicketOrigin.ON_SITE_MEETING)
        do(f"2015-08-17T1{hour}:10", ISSUER, command, one[name], **given)
    city.at("2015-08-30T09:00").watch()
    return city, one


def marked(city: City, ticket: str, *, internal: bool) -> None:
    """A ticket is made internal, or public again."""
    Speaking(city)("2015-08-30T10:00", ISSUER, "mark_ticket_internal", ticket, internal=internal)


STRANGERS: tuple[Actor | None, ...] = (OUTSIDER, clerk("nowhere"), None)
