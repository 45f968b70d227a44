"""A script of commands that, with the bundled datasets, records every event there is: the source of the stored samples."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from tests.city import ADMINISTRATOR, LEADER, SECRETARY, SUPERVISOR, City, clerk, instant
from txapi.application import (
    attachments,
    attempts,
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
from txapi.application.desk import Order
from txapi.datasets.references import bundled_references
from txapi.domain.attachment import AttachedTo
from txapi.domain.dates import PartialDate
from txapi.domain.editions import Duty as ListDuty
from txapi.domain.editions import EditionKind, MilestoneKind, ProjectKind
from txapi.domain.event import Actor
from txapi.domain.group import GroupKind
from txapi.domain.labels import Label
from txapi.domain.meeting import MeetingKind
from txapi.domain.money import Money
from txapi.domain.official import Official
from txapi.domain.pace import Figure, Goal
from txapi.domain.project import Project
from txapi.domain.project.outputs import Per
from txapi.domain.publication import PublishedKind
from txapi.domain.quantity import Quantity
from txapi.domain.reference import reference_id
from txapi.domain.register import unit_id
from txapi.domain.ticket.values import Escalation, SubjectKind, TicketCategory, TicketOrigin, TicketSubject
from txapi.domain.unit import Duty, UnitKind

WUTONG, FENGMING, NDRC, COMMERCE = clerk("wutong"), clerk("fengming"), clerk("ndrc"), clerk("commerce")
YI = "亿元"
PHOTOGRAPH = b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR a photograph, as far as anybody looks into it"


def _by(city: City, actor: Actor) -> Callable[..., Order]:
    """The envelopes of one actor's commands."""

    def order(**meta: Any) -> Order:
        return city.order(actor, **meta)

    return order


def record_every_event(city: City) -> None:
    """Record at least one event of every topic, through the application, as people would."""
    city.at("2015-08-03T09:00")
    _references(city)
    _units(city)
    company, parcel, group, meeting = _registers(city)
    project = _project(city, company, parcel, group)
    _target(city)
    _publication(city)
    _tickets(city, project, meeting)
    _attachments(city, project)
    _ends(city, company, parcel, group, meeting)
    _webhooks(city)
    _attempts(city)
    _persons(city)


def _references(city: City) -> None:
    for given in bundled_references(lambda year: year <= 2015):
        references.adopt_edition(city.desk, city.order(), kind=given.kind, edition=given.edition, content=given.content)
    old = city.desk.references.calendars.edition_of(date(2004, 5, 1)) or ""
    references.withdraw_edition(
        city.desk, city.order(reason="superseded"), reference=reference_id(EditionKind.CALENDAR, old)
    )


def _units(city: City) -> None:
    def register(code: str, zh: str, kind: UnitKind, duty: Duty, place: int) -> None:
        units.register_unit(
            city.desk, city.order(), code=code, name=Label(zh=zh, en=code), kind=kind, duty=duty, order_number=place
        )

    register("wutong", "梧桐街道", UnitKind.SUBDISTRICT, Duty.IMPLEMENTING_BODY, 1)
    register("fengming", "凤鸣街道", UnitKind.SUBDISTRICT, Duty.IMPLEMENTING_BODY, 2)
    register("ndrc", "发改局", UnitKind.DEPARTMENT, Duty.HANDLING_DEPARTMENT, 3)
    register("commerce", "商务局", UnitKind.DEPARTMENT, Duty.HANDLING_DEPARTMENT, 4)
    register("old-town", "老镇", UnitKind.TOWN, Duty.IMPLEMENTING_BODY, 5)
    register("closed-office", "旧办", UnitKind.OFFICE, Duty.OTHER, 6)
    units.amend_unit(city.desk, city.order(), unit="wutong", aliases=["梧桐"])
    units.rename_unit(city.desk, city.order(), unit="ndrc", name=Label(zh="发展和改革局", en="development and reform"))
    units.correct_unit(
        city.desk,
        city.order(reason="misspelt"),
        unit="ndrc",
        corrects=2,
        fields={"name": {"zh": "发改委", "en": "ndrc"}},
    )
    units.merge_unit(city.desk, city.order(), unit="old-town", into="wutong")
    units.close_unit(city.desk, city.order(reason="dissolved"), unit="closed-office")


def _registers(city: City) -> tuple[str, str, str, str]:
    desk = city.desk
    company = companies.register_company(desk, city.order(), name="新科材料有限公司", unit="wutong").id
    companies.amend_company(desk, city.order(), company=company, country="HK")
    companies.state_company_capital(
        desk, city.order(), company=company, total=Money.of("2", YI), registered=Money.of("1", YI)
    )
    companies.increase_company_capital(
        desk, city.order(), company=company, on=PartialDate.month(2015, 7), add_total=Money.of("0.5", YI)
    )
    companies.correct_company(desk, city.order(reason="misread"), company=company, corrects=2, fields={"country": "CN"})
    parcel = parcels.register_parcel(
        desk, city.order(), location="振兴路1号", unit="wutong", area_m2=Decimal("121855.72")
    ).id
    parcels.amend_parcel(desk, city.order(), parcel=parcel, note="北侧")
    parcels.list_parcel(desk, city.order(), parcel=parcel, on=PartialDate.month(2015, 5))
    parcels.award_parcel(
        desk, city.order(), parcel=parcel, on=PartialDate.month(2015, 6), winner=company, price=Money.of("4.85", YI)
    )
    parcels.mark_parcel_underused(desk, city.order(), parcel=parcel, on=PartialDate.day(date(2015, 8, 1)))
    parcels.correct_parcel(desk, city.order(reason="in use"), parcel=parcel, corrects=5)
    group = groups.register_group(
        desk, city.order(), kind=GroupKind.JOINT_START, name="8月集中开工", unit="wutong", open_list=True
    ).id
    groups.amend_group(desk, city.order(), group=group, count_stated=4)
    groups.correct_group(desk, city.order(reason="miscounted"), group=group, corrects=2, fields={"count_stated": 5})
    meeting = meetings.register_meeting(
        desk,
        city.order(SECRETARY),
        kind=MeetingKind.ON_SITE,
        title="现场推进会",
        on=PartialDate.day(date(2015, 8, 6)),
        begins="15:00",
        ends="19:00",
        hosts=["wutong"],
    ).id
    meetings.amend_meeting(desk, city.order(SECRETARY), meeting=meeting, series="重大项目推进会")
    meetings.correct_meeting(
        desk, city.order(SECRETARY, reason="typo"), meeting=meeting, corrects=2, fields={"series": "推进会"}
    )
    return company, parcel, group, meeting


def _project(city: City, company: str, parcel: str, group: str) -> str:
    desk, order = city.desk, _by(city, WUTONG)
    project = projects.introduce_project(
        desk, order(), code="P-1", name="新材料项目", kind=ProjectKind.NEW_BUILD, unit="wutong", owner=company
    ).id
    projects.amend_project(desk, order(reason="precise"), project=project, location="振兴路")
    projects.forecast_milestone(
        desk, order(), project=project, kind=MilestoneKind.COMPLETED, on=PartialDate.month(2016, 5)
    )
    projects.reach_milestone(
        desk, order(reason="no lead noted"), project=project, kind=MilestoneKind.SIGNED, on=PartialDate.month(2015, 5)
    )
    projects.correct_project(
        desk, order(reason="the contract says June"), project=project, corrects=4,
        fields={"on": {"earliest": "2015-06-01", "latest": "2015-06-30", "precision": "month"}},
    )  # fmt: skip
    projects.assign_leader(
        desk, city.order(SUPERVISOR), project=project, official=Official("甲", "副市长"), on=date(2015, 8, 1)
    )
    projects.release_leader(desk, city.order(SUPERVISOR, reason="transferred"), project=project, on=date(2015, 8, 2))
    projects.assign_agent(
        desk, order(), project=project, official=Official("乙"), unit="wutong", scope=[MilestoneKind.APPROVED]
    )
    version = city.record.load(Project, project).version
    projects.release_agent(desk, order(reason="done"), project=project, assigned=version)
    projects.set_investment(desk, order(), project=project, total=Money.of("3", YI), registered=Money.of("1", YI))
    projects.increase_capital(
        desk, order(), project=project, on=PartialDate.month(2015, 7), add_total=Money.of("1", YI)
    )
    projects.pay_in(desk, order(), project=project, amount=Money.of("0.5", YI), through=date(2015, 7, 31))
    projects.attach_parcel(desk, order(), project=project, parcel=parcel)
    projects.detach_parcel(desk, order(), project=project, parcel=parcel)
    projects.join_group(desk, order(), project=project, group=group)
    projects.leave_group(desk, order(reason="postponed"), project=project, group=group)
    opened = supervision.open_supervision_list(
        desk,
        city.order(SUPERVISOR),
        programme=Label(zh="专项督查", en="supervision"),
        duty=ListDuty.COMMENCEMENT,
        year=2015,
    ).id
    supervision.amend_supervision_list(desk, city.order(SUPERVISOR), supervision_list=opened, note="第一批")
    supervision.state_supervision_count(desk, city.order(SUPERVISOR), supervision_list=opened, count=129)
    supervision.correct_supervision_list(
        desk, city.order(SUPERVISOR, reason="misprint"), supervision_list=opened, corrects=3, fields={"count": 1}
    )
    projects.enter_list(desk, city.order(SUPERVISOR), project=project, supervision_list=opened)
    projects.leave_list(desk, city.order(SUPERVISOR, reason="done"), project=project, supervision_list=opened)
    supervision.close_supervision_list(desk, city.order(SUPERVISOR, reason="year over"), supervision_list=opened)
    label = Label(zh="年产量", en="annual output")
    projects.forecast_output(
        desk, order(), project=project, label=label, quantity=Quantity.of("36", "wan_tonne"), per=Per.YEAR
    )
    projects.measure_output(
        desk,
        order(),
        project=project,
        label=label,
        quantity=Quantity.of("3", "wan_tonne"),
        on=PartialDate.month(2015, 7),
    )
    projects.suspend_project(desk, city.order(LEADER, reason="no funds"), project=project)
    projects.resume_project(desk, city.order(LEADER, reason="funds are there"), project=project)
    other = projects.introduce_project(
        desk, order(), code="P-2", name="另一项目", kind=ProjectKind.TENANCY, unit="wutong"
    ).id
    projects.terminate_project(desk, city.order(LEADER, reason="investor left"), project=other)
    return project


def _target(city: City) -> None:
    desk = city.desk
    target = targets.set_target(desk, city.order(SUPERVISOR), indicator="FDI_CONTRACTED", unit="wutong", year=2015).id
    goal = Goal(value=Figure(money=Money.of("24000", "万美元")))
    targets.state_goal(desk, city.order(SUPERVISOR), target=target, goal=goal)
    targets.revise_goal(
        desk,
        city.order(SUPERVISOR, reason="mid-year"),
        target=target,
        goal=Goal(value=Figure(money=Money.of("23000", "万美元"))),
    )
    figure = Figure(money=Money.of("13955", "万美元"))
    targets.report_actual(desk, city.order(WUTONG), target=target, through=date(2015, 7, 31), value=figure)
    targets.correct_target(
        desk, city.order(WUTONG, reason="audited"), target=target, corrects=4,
        fields={"value": {"money": {"amount": "13900", "unit": "万美元"}}},
    )  # fmt: skip
    targets.close_target(desk, city.order(SUPERVISOR, reason="year over"), target=target)


def _publication(city: City) -> None:
    desk, order = city.desk, _by(city, ADMINISTRATOR)
    publication = publications.record_publication(desk, order(), title=Label(zh="侧记", en="sidelights")).id
    publications.amend_publication(desk, order(), publication=publication, note="网页版")
    publications.print_item(
        desk, order(), publication=publication, kind=PublishedKind.RATE, label=Label(zh="开工率", en="starts"),
        printed="66.7%", locator="line 23", value=Quantity.of("66.7", "percent"), part=86, whole=129,
    )  # fmt: skip
    publications.correct_publication(
        desk, order(reason="misread"), publication=publication, corrects=3, fields={"locator": "line 24"}
    )
    publications.close_publication(desk, order(reason="withdrawn"), publication=publication)


def _ticket(city: City, project: str, handler: str = "ndrc") -> str:
    ticket = tickets.draft_ticket(
        city.desk, city.order(WUTONG), category=TicketCategory.PROJECT_PROGRESS, subject="未能开工", body="请予协调",
        issuer="wutong", handler=handler, about=[TicketSubject(SubjectKind.PROJECT, project)],
    ).id  # fmt: skip
    tickets.issue_ticket(city.desk, city.order(WUTONG), ticket=ticket)
    return ticket


def _tickets(city: City, project: str, meeting: str) -> None:
    desk, issuer, handler = city.desk, _by(city, WUTONG), _by(city, NDRC)
    first = tickets.draft_ticket(
        desk,
        issuer(),
        category=TicketCategory.LAND_USE,
        subject="用地",
        body="请予支持",
        issuer="wutong",
        handler="ndrc",
    ).id
    tickets.amend_ticket_draft(desk, issuer(), ticket=first, subject="用地指标")
    tickets.issue_ticket(desk, issuer(), ticket=first)
    tickets.add_ticket_support(desk, issuer(), ticket=first, unit="commerce")
    tickets.receive_ticket(desk, handler(), ticket=first)
    tickets.receive_ticket(desk, city.order(COMMERCE), ticket=first)
    city.at("2015-08-04T10:00")
    tickets.accept_ticket(desk, handler(), ticket=first, opinion="同意", promised_by=date(2015, 8, 20))
    tickets.accept_ticket(
        desk, city.order(COMMERCE), ticket=first, opinion="配合", promised_by=date(2015, 8, 20), unit="commerce"
    )
    tickets.report_ticket_progress(desk, handler(), ticket=first, note="已踏勘")
    tickets.ask_ticket_extension(desk, handler(reason="weather"), ticket=first, to=date(2015, 8, 30))
    tickets.decide_ticket_extension(desk, issuer(), ticket=first, granted=True)
    tickets.remind_ticket(desk, issuer(), ticket=first, note="请加快")
    leader = Official("甲", "副市长")
    tickets.escalate_ticket(desk, issuer(reason="stuck"), ticket=first, to=Escalation.LEADING_OFFICIAL, leader=leader)
    tickets.record_ticket_attempt(desk, city.order(LEADER), ticket=first, outcome="未果", settled=False)
    tickets.escalate_ticket(desk, issuer(reason="still stuck"), ticket=first, to=Escalation.MAYORS_OFFICE_MEETING)
    for day in (date(2015, 8, 25), date(2015, 8, 6)):
        tickets.decide_ticket(
            desk,
            city.order(SECRETARY),
            ticket=first,
            text="限期办结",
            responsible="ndrc",
            deadline=day,
            meeting=meeting,
        )
    tickets.carry_out_ticket_decision(desk, handler(), ticket=first, decision=1, outcome="已落实")
    tickets.complete_ticket_support(desk, city.order(COMMERCE), ticket=first, outcome="已配合", unit="commerce")
    late = _ticket(city, project)
    city.at("2015-08-20T09:00").watch()
    tickets.correct_ticket_receipt(
        desk,
        issuer(reason="the stamp says so", source="stamped copy"),
        ticket=late,
        received_at=instant("2015-08-04T16:00"),
    )
    tickets.resolve_ticket(desk, handler(), ticket=first, outcome="已解决")
    tickets.confirm_ticket(desk, issuer(), ticket=first)
    tickets.reopen_ticket(desk, issuer(reason="not solved"), ticket=first)
    returned, moved, withdrawn = _ticket(city, project), _ticket(city, project), _ticket(city, project)
    tickets.receive_ticket(desk, handler(), ticket=returned)
    tickets.return_ticket(desk, handler(), ticket=returned, opinion="资料不全")
    tickets.receive_ticket(desk, handler(), ticket=moved)
    tickets.reassign_ticket(desk, issuer(reason="not theirs"), ticket=moved, to="commerce")
    tickets.withdraw_ticket(desk, issuer(reason="by mistake"), ticket=withdrawn)
    for spot in (True, False):
        item = tickets.draft_ticket(
            desk, city.order(SECRETARY), origin=TicketOrigin.ON_SITE_MEETING, category=TicketCategory.LAND_USE,
            subject="现场问题", body="现场提出", issuer="wutong", meeting=meeting,
        ).id  # fmt: skip
        if spot:
            tickets.resolve_ticket_on_spot(desk, issuer(), ticket=item, outcome="当场解决")
        else:
            tickets.assign_ticket_on_site(desk, issuer(), ticket=item, unit="ndrc", due=date(2015, 8, 21))
    accepted = _ticket(city, project)
    tickets.receive_ticket(desk, handler(), ticket=accepted)
    tickets.accept_ticket(desk, handler(), ticket=accepted, opinion="同意", promised_by=date(2015, 8, 21))
    city.at("2015-12-28T09:00").watch()
    provisional = _ticket(city, project)
    tickets.receive_ticket(desk, handler(), ticket=provisional)
    for given in bundled_references(lambda year: year == 2016):
        if given.kind is EditionKind.CALENDAR:
            references.adopt_edition(desk, city.order(), kind=given.kind, edition=given.edition, content=given.content)


def _attachments(city: City, project: str) -> None:
    with city.record.files.receive() as incoming:
        incoming.write(PHOTOGRAPH)
        stored = incoming.keep(WUTONG.subject)
    attachment = attachments.attach_file(
        city.desk, city.order(WUTONG), to=AttachedTo("project", project), sha256=stored.sha256, name="开工现场.png", caption="开工"
    ).id  # fmt: skip
    attachments.amend_attachment(city.desk, city.order(WUTONG), attachment=attachment, caption="开工现场")
    attachments.withdraw_attachment(city.desk, city.order(WUTONG, reason="another site"), attachment=attachment)
    attachments.correct_attachment(
        city.desk, city.order(WUTONG, reason="it is this site"), attachment=attachment, corrects=3
    )


def _ends(city: City, company: str, parcel: str, group: str, meeting: str) -> None:
    parcels.close_parcel(city.desk, city.order(reason="merged"), parcel=parcel)
    companies.close_company(city.desk, city.order(reason="wound up"), company=company)
    groups.close_group(city.desk, city.order(reason="over"), group=group)
    meetings.close_meeting(city.desk, city.order(SECRETARY, reason="called off"), meeting=meeting)


def _webhooks(city: City) -> None:
    desk, order = city.desk, _by(city, ADMINISTRATOR)
    webhook = webhooks.register_webhook(
        desk, order(), name="协同办公系统", url="https://oa.example/txapi", units=["wutong"], types=["ticket.issued"]
    ).id
    webhooks.amend_webhook(desk, order(), webhook=webhook, types=["ticket"])
    webhooks.correct_webhook(
        desk, order(reason="too much"), webhook=webhook, corrects=2, fields={"types": ["ticket.issued"]}
    )
    webhooks.close_webhook(desk, order(reason="moved"), webhook=webhook)


def _attempts(city: City) -> None:
    policy = {"codes": ["NotYourRole"], "most_a_day": 5, "basis": "inferred"}
    references.adopt_edition(
        city.desk, city.order(), kind=EditionKind.ATTEMPT_POLICY, edition="attempts", content=policy
    )
    done = attempts.remember_refused(
        city.desk, WUTONG, city.clock.now(), action="renameUnit", code="NotYourRole", noun=("unit", unit_id("wutong"))
    )
    assert done is not None


def _persons(city: City) -> None:
    desk = city.desk
    person = persons.register_person(desk, _by(city, ADMINISTRATOR)(), name="某某", phone="000-0000", unit="wutong").id
    ticket = tickets.draft_ticket(
        desk, _by(city, ADMINISTRATOR)(), category=TicketCategory.LAND_USE, subject="联系人", body="…", issuer="wutong"
    ).id
    tickets.name_ticket_contact(desk, _by(city, ADMINISTRATOR)(), ticket=ticket, person=person)
    tickets.mark_ticket_internal(desk, _by(city, ADMINISTRATOR)(reason="涉密"), ticket=ticket, internal=True)
    persons.amend_person(desk, _by(city, ADMINISTRATOR)(), person=person, phone="000-0001")
    persons.erase_person(
        desk, _by(city, ADMINISTRATOR)(reason="本人要求"), person=person, legal_basis="《个人信息保护法》第四十七条"
    )
