"""A city in which every command could be given: nouns of the own unit, of one merged into it, of another and of none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from tests.city import ADMINISTRATOR, City, clerk
from txapi.application import (
    attachments,
    companies,
    groups,
    meetings,
    parcels,
    persons,
    projects,
    publications,
    references,
    supervision,
    targets,
    tickets,
    units,
    webhooks,
)
from txapi.application.desk import Done, Order
from txapi.datasets.references import bundled_references
from txapi.domain.attachment import AttachedTo
from txapi.domain.dates import PartialDate
from txapi.domain.editions import Duty as ListDuty
from txapi.domain.editions import EditionKind, MilestoneKind, ProjectKind
from txapi.domain.group import GroupKind
from txapi.domain.labels import Label
from txapi.domain.meeting import MeetingKind
from txapi.domain.money import Money
from txapi.domain.official import Official
from txapi.domain.pace import Figure, Goal
from txapi.domain.publication import PublishedKind
from txapi.domain.quantity import Quantity
from txapi.domain.reference import reference_id
from txapi.domain.register import unit_id
from txapi.domain.ticket.values import Escalation, TicketCategory, TicketOrigin
from txapi.domain.unit import Duty, UnitKind

OWN, MERGED, OTHER, BUREAU = "wutong", "old-town", "dama", "bureau"
UNITS: tuple[str | None, ...] = (OWN, MERGED, OTHER, None)
"""What a noun's unit is to an actor of `OWN`: the own, one whose authority passed to it, another's, none."""
JULY, TODAY, LATER = PartialDate.month(2015, 7), date(2015, 8, 3), date(2015, 8, 20)
WAN = {"amount": "1", "unit": "WAN_USD"}
LABEL = {"zh": "名称", "en": "name"}


@dataclass
class World:
    """The ids of nouns by what they are: `of[unit]["draft"]` is a draft that the unit issues."""

    city: City
    of: dict[str | None, dict[str, str]] = field(default_factory=dict)
    shared: dict[str, str] = field(default_factory=dict)


def _order(city: City, **meta: Any) -> Order:
    return city.order(ADMINISTRATOR, **{"reason": "because", **meta})


def build(folder: Path) -> World:
    """The city, on 3 August 2015."""
    city = City(folder, "2015-08-03T09:00")
    for given in bundled_references(lambda year: year == 2015):
        references.adopt_edition(city.desk, _order(city), kind=given.kind, edition=given.edition, content=given.content)
    for code in (OWN, MERGED, OTHER, BUREAU, "spare", "second"):
        units.register_unit(
            city.desk, _order(city), code=code, name=Label(zh=code, en=code), kind=UnitKind.TOWN,
            duty=Duty.IMPLEMENTING_BODY, order_number=1,
        )  # fmt: skip
    world = World(city)
    _share(world)
    for number, unit in enumerate(UNITS):
        world.of[unit] = {}
        _registers(world, unit)
        _projects(world, unit, number)
        _tickets(world, unit)
        if unit is not None:
            _targets(world, unit)
        _attachments(world, unit)
        world.of[unit]["person"] = persons.register_person(city.desk, _order(city), name="某某", unit=unit).id
    units.merge_unit(city.desk, _order(city), unit=MERGED, into=OWN)
    return world


def _share(world: World) -> None:
    """What belongs to the whole city."""
    city, known = world.city, world.shared
    desk = city.desk
    known["meeting"] = meetings.register_meeting(
        desk, _order(city), kind=MeetingKind.ON_SITE, title="现场推进会", on=PartialDate.day(TODAY)
    ).id
    known["list"] = supervision.open_supervision_list(
        desk, _order(city), programme=Label(zh="专项督查", en="supervision"), duty=ListDuty.COMMENCEMENT, year=2015
    ).id
    known["publication"] = publications.record_publication(desk, _order(city), title=Label(zh="侧记", en="notes")).id
    publications.print_item(
        desk, _order(city), publication=known["publication"], kind=PublishedKind.RATE, label=Label(zh="率", en="rate"),
        printed="66.7%", locator="line 23", value=Quantity.of("66.7", "percent"),
    )  # fmt: skip
    publications.amend_publication(desk, _order(city), publication=known["publication"], note="网页")
    known["webhook"] = webhooks.register_webhook(desk, _order(city), name="协同", url="https://oa.example/txapi").id
    webhooks.amend_webhook(desk, _order(city), webhook=known["webhook"], note="a note")
    supervision.state_supervision_count(desk, _order(city), supervision_list=known["list"], count=3)
    meetings.amend_meeting(desk, _order(city), meeting=known["meeting"], series="系列")
    units.amend_unit(desk, _order(city), unit="spare", aliases=["备用"])
    edition = desk.references.calendars.edition_of(date(2015, 5, 1)) or ""
    known["edition"] = reference_id(EditionKind.CALENDAR, edition)


def _registers(world: World, unit: str | None) -> None:
    city, known = world.city, world.of[unit]
    desk = city.desk
    known["company"] = companies.register_company(desk, _order(city), name="新科", unit=unit).id
    companies.state_company_capital(desk, _order(city), company=known["company"], total=Money.of("2", "亿元"))
    for name in ("parcel", "free", "underused"):
        known[name] = parcels.register_parcel(desk, _order(city), location="振兴路", unit=unit).id
    parcels.list_parcel(desk, _order(city), parcel=known["parcel"], on=JULY)
    parcels.mark_parcel_underused(desk, _order(city), parcel=known["underused"], on=JULY)
    for name in ("group", "joined"):
        known[name] = groups.register_group(
            desk, _order(city), kind=GroupKind.JOINT_START, name="集中开工", unit=unit, open_list=True
        ).id
        groups.amend_group(desk, _order(city), group=known[name], count_stated=4)


def _projects(world: World, unit: str | None, number: int) -> None:
    city, known = world.city, world.of[unit]
    desk = city.desk

    def introduce(code: str) -> str:
        return projects.introduce_project(
            desk, _order(city), code=f"{code}-{number}", name="项目", kind=ProjectKind.NEW_BUILD, unit=unit
        ).id

    known["project"], known["suspended"], known["bare"] = introduce("P"), introduce("S"), introduce("B")
    project = known["project"]
    projects.reach_milestone(desk, _order(city), project=project, kind=MilestoneKind.SIGNED, on=JULY)
    projects.assign_agent(
        desk, _order(city), project=project, official=Official("乙"), unit=BUREAU, scope=[MilestoneKind.APPROVED]
    )
    projects.assign_leader(desk, _order(city), project=project, official=Official("甲"), on=TODAY)
    projects.set_investment(desk, _order(city), project=project, total=Money.of("3", "亿元"))
    projects.attach_parcel(desk, _order(city), project=project, parcel=known["parcel"])
    projects.join_group(desk, _order(city), project=project, group=known["joined"])
    projects.enter_list(desk, _order(city), project=project, supervision_list=world.shared["list"])
    projects.suspend_project(desk, _order(city), project=known["suspended"])


def _targets(world: World, unit: str) -> None:
    city, known = world.city, world.of[unit]
    desk = city.desk
    for name, indicator in (("target", "FDI_CONTRACTED"), ("goalless", "FDI_ACTUAL")):
        known[name] = targets.set_target(desk, _order(city), indicator=indicator, unit=unit, year=2015).id
    figure = Figure(money=Money.of("24000", "万美元"))
    targets.state_goal(desk, _order(city), target=known["target"], goal=Goal(value=figure))
    targets.report_actual(desk, _order(city), target=known["target"], through=date(2015, 6, 30), value=figure)


def _attachments(world: World, unit: str | None) -> None:
    """A file that the unit attached, or somebody who acts for none, and that was amended."""
    city, known = world.city, world.of[unit]
    actor = ADMINISTRATOR if unit is None else clerk(unit)
    with city.record.files.receive() as incoming:
        incoming.write(b"a note")
        world.shared["sha256"] = incoming.keep(actor.subject).sha256
    known["attachment"] = attachments.attach_file(
        city.desk, city.order(actor), to=AttachedTo("project", known["project"]), sha256=world.shared["sha256"], name="a.txt"
    ).id  # fmt: skip
    attachments.amend_attachment(city.desk, _order(city), attachment=known["attachment"], caption="说明")


# -- tickets -------------------------------------------------------------------------------------------------------


def _tickets(world: World, unit: str | None) -> None:
    """Tickets that the unit issues, or an item of a meeting where there is none; and tickets that the unit handles."""
    known = world.of[unit]
    known["draft"] = _drafted(world, unit, unit is None)
    known["on_site"] = _drafted(world, unit, on_site=True)
    for state in ("issued", "working", "resolved"):
        known[state] = _issued(world, unit, BUREAU, state) if unit is not None else _assigned(world, state)
    if unit is not None:
        for state in ("issued", "received", "working"):
            known[f"to_do_{state}"] = _issued(world, "second", unit, state)
        known["supported"] = _supported(world, unit)
        known["decided"] = _decided(world, unit)


def _drafted(world: World, issuer: str | None, on_site: bool, handler: str = BUREAU) -> str:
    city = world.city
    return tickets.draft_ticket(
        city.desk, _order(city), category=TicketCategory.LAND_USE, subject="用地", body="请支持", issuer=issuer,
        handler=handler, origin=TicketOrigin.ON_SITE_MEETING if on_site else TicketOrigin.LIAISON_FORM,
    ).id  # fmt: skip


def _issued(world: World, issuer: str, handler: str, state: str) -> str:
    """A ticket from one unit to another: issued, received, working (and more time was asked for), or resolved."""
    city, desk = world.city, world.city.desk
    ticket = _drafted(world, issuer, on_site=False, handler=handler)
    tickets.issue_ticket(desk, _order(city), ticket=ticket)
    if state != "issued":
        tickets.receive_ticket(desk, _order(city), ticket=ticket)
    if state in ("working", "resolved"):
        tickets.accept_ticket(desk, _order(city), ticket=ticket, opinion="同意", promised_by=LATER)
    return _gone_on(
        world,
        ticket,
        "resolved" if state == "resolved" else "asked" if issuer != "second" and state == "working" else "",
    )


def _assigned(world: World, state: str) -> str:
    """An item of a meeting that a unit was assigned, with no issuing unit."""
    city = world.city
    ticket = _drafted(world, None, on_site=True)
    tickets.assign_ticket_on_site(city.desk, _order(city), ticket=ticket, unit=BUREAU, due=LATER)
    return _gone_on(world, ticket, {"working": "asked"}.get(state, state))


def _gone_on(world: World, ticket: str, how: str) -> str:
    city = world.city
    if how == "resolved":
        tickets.resolve_ticket(city.desk, _order(city), ticket=ticket, outcome="已解决")
    elif how == "asked":
        tickets.ask_ticket_extension(city.desk, _order(city), ticket=ticket, to=date(2015, 8, 30))
    return ticket


def _supported(world: World, unit: str) -> str:
    """A ticket whose handling the unit supports."""
    city, desk = world.city, world.city.desk
    ticket = _issued(world, "second", BUREAU, "working")
    tickets.add_ticket_support(desk, _order(city), ticket=ticket, unit=unit)
    tickets.receive_ticket(desk, _order(city), ticket=ticket, unit=unit)
    tickets.accept_ticket(desk, _order(city), ticket=ticket, opinion="配合", promised_by=LATER, unit=unit)
    return ticket


def _decided(world: World, unit: str) -> str:
    """A ticket on which a meeting decided, and made the unit responsible; a leader tried before."""
    city, desk = world.city, world.city.desk
    ticket = _issued(world, "second", BUREAU, "working")
    tickets.escalate_ticket(
        desk, _order(city), ticket=ticket, to=Escalation.LEADING_OFFICIAL, leader=Official("甲", "副市长")
    )
    tickets.record_ticket_attempt(desk, _order(city), ticket=ticket, outcome="未果", settled=False)
    tickets.escalate_ticket(desk, _order(city), ticket=ticket, to=Escalation.MAYORS_OFFICE_MEETING)
    tickets.decide_ticket(desk, _order(city), ticket=ticket, text="限期", responsible=unit, deadline=LATER)
    return ticket


# -- the inputs of the commands ------------------------------------------------------------------------------------

Given = Callable[[dict[str, str], str | None], dict[str, Any]]
"""The input of a command, from the nouns of a unit and its code."""

POLICY: dict[str, Any] = next(one.content for one in bundled_references() if one.kind is EditionKind.DEADLINE_POLICY)

SHARED: dict[str, Given] = {
    "registerUnit": lambda _, __: {"code": "new", "name": LABEL, "kind": "TOWN", "duty": "OTHER"},
    "amendUnit": lambda _, __: {"unit": "spare", "officialOrder": 7},
    "renameUnit": lambda _, __: {"unit": "spare", "name": LABEL},
    "mergeUnit": lambda _, __: {"unit": "spare", "into": OWN},
    "closeUnit": lambda _, __: {"unit": "spare"},
    "correctUnit": lambda _, __: {"unit": "spare", "corrects": 2},
    "registerMeeting": lambda _, __: {"kind": "ON_SITE", "title": "会议"},
    "amendMeeting": lambda s, _: {"meeting": s["meeting"], "title": "另名"},
    "closeMeeting": lambda s, _: {"meeting": s["meeting"]},
    "correctMeeting": lambda s, _: {"meeting": s["meeting"], "corrects": 2},
    "openSupervisionList": lambda _, __: {"programme": LABEL, "duty": "COMPLETION", "year": 2015},
    "amendSupervisionList": lambda s, _: {"supervisionList": s["list"], "note": "第二批"},
    "stateSupervisionCount": lambda s, _: {"supervisionList": s["list"], "count": 5},
    "closeSupervisionList": lambda s, _: {"supervisionList": s["list"]},
    "correctSupervisionList": lambda s, _: {"supervisionList": s["list"], "corrects": 2},
    "recordPublication": lambda _, __: {"title": LABEL},
    "amendPublication": lambda s, _: {"publication": s["publication"], "note": "报纸"},
    "printItem": lambda s, _: {
        "publication": s["publication"], "kind": "COUNT", "label": LABEL, "printed": "7", "locator": "line 1",
        "value": {"amount": "7", "unit": "project"}},
    "closePublication": lambda s, _: {"publication": s["publication"]},
    "correctPublication": lambda s, _: {"publication": s["publication"], "corrects": 2},
    "adoptEdition": lambda _, __: {"kind": "DEADLINE_POLICY", "edition": "another", "content": POLICY},
    "withdrawEdition": lambda s, _: {"edition": s["edition"]},
    "registerWebhook": lambda _, __: {"name": "另一", "url": "https://oa.example/other"},
    "amendWebhook": lambda s, _: {"webhook": s["webhook"], "note": "b"},
    "closeWebhook": lambda s, _: {"webhook": s["webhook"]},
    "correctWebhook": lambda s, _: {"webhook": s["webhook"], "corrects": 2},
    "replayWebhook": lambda s, _: {"webhook": s["webhook"]},
}  # fmt: skip
"""Commands on what belongs to no unit."""

ON, DAY = {"text": "2015-07"}, "2015-08-02"
FIGURE = {"money": WAN}

OF_A_UNIT: dict[str, Given] = {
    "registerCompany": lambda _, unit: {"name": "另一家", "unit": unit},
    "amendCompany": lambda n, _: {"company": n["company"], "country": "DE"},
    "stateCompanyCapital": lambda n, _: {"company": n["company"], "total": {"amount": "3", "unit": "YI_YUAN"}},
    "increaseCompanyCapital": lambda n, _: {
        "company": n["company"], "on": ON, "addTotal": {"amount": "1", "unit": "YI_YUAN"}},
    "closeCompany": lambda n, _: {"company": n["company"]},
    "correctCompany": lambda n, _: {"company": n["company"], "corrects": 2},
    "registerParcel": lambda _, unit: {"location": "校场路", "unit": unit},
    "amendParcel": lambda n, _: {"parcel": n["free"], "note": "北侧"},
    "listParcel": lambda n, _: {"parcel": n["free"], "on": ON},
    "awardParcel": lambda n, _: {"parcel": n["parcel"], "on": ON},
    "putParcelToUse": lambda n, _: {"parcel": n["free"], "on": ON},
    "markParcelUnderused": lambda n, _: {"parcel": n["free"], "on": ON},
    "markParcelIdle": lambda n, _: {"parcel": n["free"], "on": ON, "source": {"document": "a finding", "locator": "page 1"}},
    "reuseParcel": lambda n, _: {"parcel": n["underused"], "on": ON},
    "closeParcel": lambda n, _: {"parcel": n["free"]},
    "correctParcel": lambda n, _: {"parcel": n["parcel"], "corrects": 2},
    "registerGroup": lambda _, unit: {"kind": "PARK", "name": "园区", "unit": unit},
    "amendGroup": lambda n, _: {"group": n["group"], "note": "a"},
    "closeGroup": lambda n, _: {"group": n["group"]},
    "correctGroup": lambda n, _: {"group": n["group"], "corrects": 2},
    "introduceProject": lambda _, unit: {"code": "NEW", "name": "项目", "kind": "NEW_BUILD", "unit": unit},
    "amendProject": lambda n, _: {"project": n["project"], "location": "振兴路"},
    "correctProject": lambda n, _: {"project": n["project"], "corrects": 2},
    "reachMilestone": lambda n, _: {"project": n["project"], "kind": "LANDED", "on": ON},
    "forecastMilestone": lambda n, _: {"project": n["project"], "kind": "COMPLETED", "on": {"text": "2016-05"}},
    "assignAgent": lambda n, _: {
        "project": n["bare"], "official": {"name": "丙"}, "unit": BUREAU, "scope": ["APPROVED"]},
    "releaseAgent": lambda n, _: {"project": n["project"], "assigned": 3},
    "setInvestment": lambda n, _: {"project": n["bare"], "total": {"amount": "1", "unit": "YI_YUAN"}},
    "increaseCapital": lambda n, _: {
        "project": n["project"], "on": ON, "addTotal": {"amount": "1", "unit": "YI_YUAN"}},
    "payIn": lambda n, _: {"project": n["project"], "amount": {"amount": "1", "unit": "WAN_YUAN"}, "through": DAY},
    "attachParcel": lambda n, _: {"project": n["bare"], "parcel": n["free"]},
    "detachParcel": lambda n, _: {"project": n["project"], "parcel": n["parcel"]},
    "joinGroup": lambda n, _: {"project": n["bare"], "group": n["group"]},
    "leaveGroup": lambda n, _: {"project": n["project"], "group": n["joined"]},
    "forecastOutput": lambda n, _: {
        "project": n["project"], "label": LABEL, "quantity": {"amount": "36", "unit": "wan_tonne"}, "per": "YEAR"},
    "measureOutput": lambda n, _: {
        "project": n["project"], "label": LABEL, "quantity": {"amount": "3", "unit": "wan_tonne"}, "on": ON},
    "enterList": lambda n, _: {"project": n["bare"], "supervisionList": n["list"]},
    "leaveList": lambda n, _: {"project": n["project"], "supervisionList": n["list"]},
    "assignLeader": lambda n, _: {"project": n["bare"], "official": {"name": "丁"}, "on": DAY},
    "releaseLeader": lambda n, _: {"project": n["project"], "on": "2015-08-03"},
    "suspendProject": lambda n, _: {"project": n["project"]},
    "resumeProject": lambda n, _: {"project": n["suspended"]},
    "terminateProject": lambda n, _: {"project": n["project"]},
    "draftTicket": lambda _, unit: {
        "category": "LAND_USE", "subject": "用地", "body": "请支持", "issuer": unit,
        **({} if unit else {"origin": "ON_SITE_MEETING"})},
    "amendTicketDraft": lambda n, _: {"ticket": n["draft"], "subject": "另题"},
    "issueTicket": lambda n, _: {"ticket": n["draft"]},
    "withdrawTicket": lambda n, _: {"ticket": n["draft"]},
    "escalateTicket": lambda n, _: {
        "ticket": n["working"], "to": "LEADING_OFFICIAL", "leader": {"name": "甲", "post": "副市长"}},
    "confirmTicket": lambda n, _: {"ticket": n["resolved"]},
    "reopenTicket": lambda n, _: {"ticket": n["resolved"]},
    "resolveTicketOnSpot": lambda n, _: {"ticket": n["on_site"], "outcome": "当场解决"},
    "assignTicketOnSite": lambda n, _: {"ticket": n["on_site"], "unit": BUREAU, "due": "2015-08-20"},
    "remindTicket": lambda n, _: {"ticket": n["issued"], "note": "请抓紧"},
    "decideTicketExtension": lambda n, _: {"ticket": n["working"], "granted": True},
    "correctTicketReceipt": lambda n, _: {
        "ticket": n["working"], "receivedAt": "2015-08-03T09:00:00+08:00",
        "source": {"document": "stamped copy", "locator": "page 1"}},
    "nameTicketContact": lambda n, _: {"ticket": n["issued"], "person": n["person"]},
    "markTicketInternal": lambda n, _: {"ticket": n["issued"], "internal": True, "reason": "a matter of defence"},
    "registerPerson": lambda _, unit: {"name": "某某", "phone": "000-0000", "unit": unit},
    "amendPerson": lambda n, _: {"person": n["person"], "phone": "000-0001"},
    "erasePerson": lambda n, _: {"person": n["person"], "legalBasis": "《个人信息保护法》第四十七条"},
    "reassignTicket": lambda n, _: {"ticket": n["issued"], "to": "spare"},
    "addTicketSupport": lambda n, _: {"ticket": n["issued"], "unit": "spare"},
    "fixTicketDeadline": lambda n, _: {"ticket": n["working"]},
    "recordTicketAttempt": lambda n, _: {"ticket": n["decided"], "outcome": "协调", "settled": False},
    "decideTicket": lambda n, _: {
        "ticket": n["decided"], "text": "限期", "responsible": BUREAU, "deadline": "2015-08-20"},
    "receiveTicket": lambda n, _: {"ticket": n["to_do_issued"]},
    "acceptTicket": lambda n, _: {"ticket": n["to_do_received"], "opinion": "同意", "promisedBy": "2015-08-20"},
    "returnTicket": lambda n, _: {"ticket": n["to_do_received"], "opinion": "资料不全"},
    "reportTicketProgress": lambda n, _: {"ticket": n["to_do_working"], "note": "已踏勘"},
    "askTicketExtension": lambda n, _: {"ticket": n["to_do_working"], "to": "2015-08-30"},
    "resolveTicket": lambda n, _: {"ticket": n["to_do_working"], "outcome": "已解决"},
    "completeTicketSupport": lambda n, unit: {"ticket": n["supported"], "outcome": "已配合", "unit": unit},
    "carryOutTicketDecision": lambda n, _: {"ticket": n["decided"], "decision": 1, "outcome": "已落实"},
    "attachFile": lambda n, _: {"ticket": n["to_do_issued"], "sha256": n["sha256"], "name": "b.txt"},
    "amendAttachment": lambda n, _: {"attachment": n["attachment"], "caption": "另一说明"},
    "withdrawAttachment": lambda n, _: {"attachment": n["attachment"]},
    "correctAttachment": lambda n, _: {"attachment": n["attachment"], "corrects": 2},
    "setTarget": lambda _, unit: {"indicator": "DOMESTIC_CAPITAL", "unit": unit or OWN, "year": 2015},
    "stateGoal": lambda n, _: {"target": n["goalless"], "goal": {"value": FIGURE}},
    "reviseGoal": lambda n, _: {"target": n["target"], "goal": {"value": FIGURE}},
    "closeTarget": lambda n, _: {"target": n["target"]},
    "reportActual": lambda n, _: {"target": n["target"], "through": "2015-07-31", "value": FIGURE},
    "correctTarget": lambda n, _: {"target": n["target"], "corrects": 3},
}  # fmt: skip
"""Commands on what a unit has, or what concerns one."""

ALWAYS_OF_A_UNIT = (
    "receiveTicket", "acceptTicket", "returnTicket", "reportTicketProgress", "askTicketExtension",
    "resolveTicket", "completeTicketSupport", "attachFile", "carryOutTicketDecision", "recordTicketAttempt",
    "decideTicket", "stateGoal", "reviseGoal", "closeTarget", "reportActual",
    "correctTarget",
)  # fmt: skip
"""A handling, a decision and a target have a unit always."""

__all__ = ["ALWAYS_OF_A_UNIT", "OF_A_UNIT", "OTHER", "OWN", "SHARED", "UNITS", "Done", "World", "build", "unit_id"]
