"""A summer of a small city, told around the evening of 31 July 2015, for comparing that evening with later ones."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.city import SUPERVISOR, City, clerk, instant
from tests.projections.ticket_city import furnished
from txapi.application import companies, groups, meetings, parcels, projects, publications, supervision, targets
from txapi.application import tickets as ticket_commands
from txapi.application import units as unit_commands
from txapi.application.desk import Done
from txapi.domain.dates import PartialDate
from txapi.domain.editions import Duty, MilestoneKind, ProjectKind
from txapi.domain.event import Actor
from txapi.domain.group import GroupKind
from txapi.domain.labels import Label
from txapi.domain.meeting import MeetingKind
from txapi.domain.money import Money, MoneyUnit
from txapi.domain.official import Official
from txapi.domain.pace import Figure, Goal
from txapi.domain.publication import PublishedKind
from txapi.domain.ticket.values import TicketCategory

STARTED, SIGNED, APPROVED = MilestoneKind.STARTED, MilestoneKind.SIGNED, MilestoneKind.APPROVED
LAND = clerk("land-bureau")
CHONGFU = clerk("chongfu")
SHENG, WU = Official("盛勇军", "市长"), Official("吴利民", "副市长")


def day(text: str) -> PartialDate:
    """A date as it is written."""
    return PartialDate.from_text(text)


def wan(amount: str) -> Figure:
    """So many times ten thousand dollars."""
    return Figure(money=Money(Decimal(amount), MoneyUnit.WAN_USD))


class Story:
    """The city, its nouns by name, and the position of every event by a name for it."""

    def __init__(self, city: City) -> None:
        self.city = city
        self.ids: dict[str, str] = {}
        self.at: dict[str, int] = {}
        _before(self)
        self.at["cut"] = city.record.head.position
        _after(self)
        self.at["end"] = city.record.head.position

    def do(
        self,
        time: str,
        command: Callable[..., Done],
        called: str = "",
        /,
        *,
        actor: Actor = SUPERVISOR,
        reason: str | None = "as the test says",
        source: str | None = None,
        **given: Any,
    ) -> str:
        """Carry out a command at that time; `called` names its event. The id of the noun."""
        self.city.at(time)
        said: dict[str, Any] = {"reason": reason, "source": source} if source else {"reason": reason}
        done = command(self.city.desk, self.city.order(actor, **said), **given)
        if called:
            self.at[called] = done.last
        return str(done.id)


def _before(story: Story) -> None:
    do, ids = story.do, story.ids
    for code in ("A1", "A2", "A3"):
        ids[code] = do(
            "2015-06-02T09:00", projects.introduce_project, f"{code} introduced", code=code, name=f"项目{code}",
            kind=ProjectKind.NEW_BUILD, unit="chongfu",
        )  # fmt: skip
    ids["list"] = do(
        "2015-06-03T09:00", supervision.open_supervision_list, programme=Label(zh="双月攻坚", en="two months"),
        duty=Duty.COMMENCEMENT, year=2015,
    )  # fmt: skip
    ids["group"] = do("2015-06-03T09:10", groups.register_group, kind=GroupKind.PIPELINE, name="储备项目")
    ids["parcel"] = do("2015-06-03T09:20", parcels.register_parcel, location="崇福大道1号", unit="chongfu")
    ids["company"] = do("2015-06-03T09:30", companies.register_company, name="桐昆集团", unit="chongfu")
    ids["target"] = do(
        "2015-06-03T09:40", targets.set_target, indicator="FDI_CONTRACTED", unit="chongfu", year=2015
    )  # fmt: skip
    do("2015-06-03T09:50", targets.state_goal, target=ids["target"], goal=Goal(wan("1000")))
    for code in ("A1", "A2"):
        do(
            "2015-06-10T09:00", projects.enter_list, f"{code} entered", project=ids[code],
            supervision_list=ids["list"], on=day("2015-06-05"), due=date(2015, 9, 30),
        )  # fmt: skip
    do("2015-06-10T10:00", projects.assign_leader, "A3 led", project=ids["A3"], official=SHENG, on=date(2015, 6, 10))
    do("2015-06-15T09:00", projects.forecast_milestone, "A1 forecast", project=ids["A1"], kind=STARTED,
       on=day("2015-08-20"))  # fmt: skip
    do("2015-06-20T09:00", projects.reach_milestone, "A2 signed", project=ids["A2"], kind=SIGNED, on=day("2015-06-18"))
    do("2015-07-20T09:00", projects.reach_milestone, "A2 approved", project=ids["A2"], kind=APPROVED,
       on=day("2015-07-10"))  # fmt: skip
    do("2015-07-21T09:00", projects.pay_in, "paid in", project=ids["A3"], amount=Money(Decimal(5), MoneyUnit.YI_YUAN),
       through=date(2015, 6, 30))  # fmt: skip
    do("2015-07-21T09:10", projects.assign_agent, "agent", project=ids["A3"], official=Official("王芳"),
       unit="land-bureau", scope=[APPROVED], since=date(2015, 7, 1))  # fmt: skip
    ids["field"] = do("2015-07-22T09:00", parcels.register_parcel, "field", location="崇福大道2号", unit="chongfu")
    do("2015-07-22T10:00", projects.attach_parcel, "field attached", project=ids["A3"], parcel=ids["field"],
       on=day("2015-07-22"))  # fmt: skip
    for name in ("silent", "answered"):
        ids[name] = do(
            "2015-07-28T09:00", ticket_commands.draft_ticket, actor=CHONGFU, category=TicketCategory.LAND_USE,
            subject="用地指标", body="请协调落实。", issuer="chongfu", handler="land-bureau",
        )  # fmt: skip
    for name in ("silent", "answered"):
        do("2015-07-28T09:10", ticket_commands.issue_ticket, actor=CHONGFU, ticket=ids[name])
    for name in ("silent", "answered"):
        do("2015-07-29T09:00", ticket_commands.receive_ticket, f"{name} received", actor=LAND, ticket=ids[name])
    do("2015-07-31T17:00", targets.report_actual, "reported", actor=CHONGFU, target=ids["target"],
       through=date(2015, 7, 31), value=wan("600"))  # fmt: skip


def _after(story: Story) -> None:
    do, ids = story.do, story.ids
    do("2015-08-03T09:00", projects.reach_milestone, "A1 started", project=ids["A1"], kind=STARTED,
       on=day("2015-07-28"))  # fmt: skip
    do("2015-08-04T09:00", projects.leave_list, "A2 left", project=ids["A2"], supervision_list=ids["list"],
       on=day("2015-08-04"), reason="另案处理")  # fmt: skip
    do("2015-08-05T09:00", projects.enter_list, "A3 entered", project=ids["A3"], supervision_list=ids["list"],
       on=day("2015-07-30"))  # fmt: skip
    do("2015-08-05T10:00", ticket_commands.accept_ticket, "accepted", actor=LAND, ticket=ids["answered"],
       opinion="同意", promised_by=date(2015, 8, 20))  # fmt: skip
    do("2015-08-06T09:00", targets.correct_target, "figure corrected", actor=CHONGFU, target=ids["target"], corrects=3,
       fields={"value": {"money": {"amount": "610", "unit": "万美元"}}}, reason="录入有误")  # fmt: skip
    do("2015-08-07T09:00", companies.amend_company, "renamed", company=ids["company"], name="桐昆股份")
    do("2015-08-08T09:00", companies.amend_company, "renamed back", company=ids["company"], name="桐昆集团")
    do("2015-08-10T09:00", projects.assign_leader, "A3 led by another", project=ids["A3"], official=WU,
       on=date(2015, 8, 9), reason="工作调整")  # fmt: skip
    ids["meeting"] = do(
        "2015-08-12T09:00", meetings.register_meeting, "meeting registered", kind=MeetingKind.MAYORS_OFFICE,
        title="市长办公会议", on=day("2015-08-12"),
    )  # fmt: skip
    ids["undated"] = do(
        "2015-08-12T09:30", meetings.register_meeting, kind=MeetingKind.MAYORS_OFFICE, title="专题会议"
    )  # fmt: skip
    do("2015-08-12T10:00", unit_commands.rename_unit, "unit renamed", unit="dama", name=Label(zh="大麻镇", en="Dama"))
    ids["document"] = do(
        "2015-08-13T09:00", publications.record_publication, "published", title=Label(zh="侧记", en="Sidelights")
    )  # fmt: skip
    do("2015-08-13T09:10", publications.print_item, "printed", publication=ids["document"], kind=PublishedKind.COUNT,
       label=Label(zh="开工数", en="starts"), printed="86", locator="line 3")  # fmt: skip
    do("2015-08-15T09:00", projects.correct_project, "A1 corrected", project=ids["A1"], corrects=4,
       fields={"on": {"earliest": "2015-07-29", "latest": "2015-07-29", "precision": "day"}}, reason="以施工许可证为准")  # fmt: skip
    do("2015-08-20T09:00", parcels.award_parcel, "awarded", parcel=ids["parcel"], on=day("2015-08-18"),
       winner=ids["company"])  # fmt: skip
    do("2015-08-21T09:00", projects.attach_parcel, "attached", project=ids["A1"], parcel=ids["parcel"],
       on=day("2015-08-18"))  # fmt: skip
    do("2015-08-22T09:00", projects.join_group, "joined", project=ids["A2"], group=ids["group"], on=day("2015-08-22"))
    do("2015-08-23T09:00", parcels.mark_parcel_idle, "field idle", parcel=ids["field"],
       on=day("2015-08-23"), source="闲置土地认定书")  # fmt: skip
    ids["A4"] = do(
        "2015-08-24T09:00", projects.introduce_project, "A4 introduced", code="A4", name="项目A4",
        kind=ProjectKind.NEW_BUILD,
    )  # fmt: skip
    do("2015-08-25T09:00", ticket_commands.correct_ticket_receipt, "receipt corrected", ticket=ids["answered"],
       received_at=instant("2015-07-28T12:00"), source="签收登记簿")  # fmt: skip


def told(folder: Path) -> Story:
    """The city after its summer, on the last evening of August."""
    story = Story(furnished(folder, "2015-06-01T09:00"))
    story.city.at("2015-08-31T18:00")
    return story
