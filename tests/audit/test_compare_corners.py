"""Comparisons in the corners: what was changed back, what is unknown, what was stated out of order, what was retracted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.audit.compared_city import APPROVED, SIGNED, Story, day
from tests.projections.ticket_city import furnished
from txapi.application import companies, groups, parcels, projects, supervision
from txapi.audit.compare import Comparison, Counts
from txapi.audit.differences import Because
from txapi.audit.seen import Version
from txapi.domain.editions import Duty, MilestoneKind, ProjectKind
from txapi.domain.group import GroupKind
from txapi.domain.labels import Label
from txapi.domain.money import Money, MoneyUnit
from txapi.projections.companies import COMPANIES
from txapi.projections.moment import Reader
from txapi.projections.project_questions import ProjectFilter

PROJECTS = [f"P{number}" for number in range(1, 7)]
FINISHED = MilestoneKind.GRID_CONNECTED
PRICE = Money(Decimal(1200), MoneyUnit.WAN_YUAN)


class Corners(Story):
    """A city with nine companies, six projects, a list without a year, a group and a parcel."""

    def __init__(self, city: Any) -> None:
        self.city = city
        self.ids = {}
        self.at = {}
        self.named()
        self.at["cut"] = city.record.head.position
        self.changed_back()
        self.at["back"] = city.record.head.position
        self.belonging()
        self.building()
        self.at["stated"] = city.record.head.position
        self.corrected()
        self.at["end"] = city.record.head.position

    def named(self) -> None:
        """What there is on the evening of 1 June."""
        for number in range(1, 10):
            self.ids[f"C{number}"] = self.do("2015-06-01T10:00", companies.register_company, name=f"企业{number}")
        self.ids["nameless"] = self.do("2015-06-01T10:00", companies.register_company, description="一家外资企业")
        for code in PROJECTS:
            self.ids[code] = self.do(
                "2015-06-01T11:00", projects.introduce_project, code=code, name=code, kind=ProjectKind.NEW_BUILD
            )
        self.ids["list"] = self.do(
            "2015-06-01T12:00", supervision.open_supervision_list, programme=Label(zh="攻坚", en="drive"),
            duty=Duty.COMMENCEMENT,
        )  # fmt: skip
        self.ids["group"] = self.do("2015-06-01T12:00", groups.register_group, kind=GroupKind.PIPELINE, name="储备")
        self.ids["parcel"] = self.do("2015-06-01T12:00", parcels.register_parcel, location="东路1号", unit="chongfu")

    def changed_back(self) -> None:
        """Every company gets another name, and all but the last their own again."""
        for number in range(1, 10):
            self.do("2015-06-02T10:00", companies.amend_company, company=self.ids[f"C{number}"], name=f"新企业{number}")
        for number in range(1, 9):
            self.do("2015-06-03T10:00", companies.amend_company, company=self.ids[f"C{number}"], name=f"企业{number}")
        self.do("2015-06-03T10:00", companies.amend_company, company=self.ids["nameless"], description="一家台资企业")

    def belonging(self) -> None:
        """All projects enter the list, the last first; the first joined the group before that, and it is told after."""
        for code in reversed(PROJECTS):
            self.do(
                "2015-07-30T09:00", projects.enter_list, f"{code} entered", project=self.ids[code],
                supervision_list=self.ids["list"], on=day("2015-07-25"), due=date(2015, 9, 30),
            )  # fmt: skip
        self.do("2015-07-30T10:00", projects.join_group, "joined", project=self.ids["P1"], group=self.ids["group"],
                on=day("2015-07-10"))  # fmt: skip

    def building(self) -> None:
        """A project is signed and approved, a parcel listed, awarded and used."""
        self.do(
            "2015-07-30T10:50", projects.forecast_milestone, project=self.ids["P2"], kind=SIGNED, on=day("2015-07-31")
        )
        self.do("2015-07-30T11:00", projects.reach_milestone, "signed", project=self.ids["P2"], kind=SIGNED,
                on=day("2015-07-12"), evidence="合同", note="两份")  # fmt: skip
        self.do("2015-07-30T11:10", projects.reach_milestone, "approved", project=self.ids["P2"], kind=APPROVED,
                on=day("2015-07-20"))  # fmt: skip
        self.do(
            "2015-07-30T11:20", projects.forecast_milestone, project=self.ids["P3"], kind=FINISHED, on=day("2015-08-31")
        )
        self.do("2015-08-25T11:00", projects.reach_milestone, "finished", project=self.ids["P3"], kind=FINISHED,
                on=day("2015-08-10"))  # fmt: skip
        self.do("2015-08-25T12:00", parcels.list_parcel, "listed", parcel=self.ids["parcel"], on=day("2015-07-20"))
        self.do("2015-08-25T12:10", parcels.award_parcel, "awarded", parcel=self.ids["parcel"], on=day("2015-07-25"),
                winner=self.ids["C1"], price=PRICE)  # fmt: skip
        self.do("2015-08-25T12:20", parcels.put_parcel_to_use, "used", parcel=self.ids["parcel"], on=day("2015-08-20"))

    def corrected(self) -> None:
        """The due date of one membership was another, the approval never was, and the award was a day before."""
        self.do("2015-08-26T09:00", projects.correct_project, "due corrected", project=self.ids["P6"], corrects=2,
                fields={"due": "2015-10-31"})  # fmt: skip
        self.do("2015-08-26T09:10", projects.correct_project, "approval retracted", project=self.ids["P2"], corrects=5)
        self.do("2015-08-26T09:20", parcels.correct_parcel, "award corrected", parcel=self.ids["parcel"], corrects=3,
                fields={"on": {"earliest": "2015-07-24", "latest": "2015-07-24", "precision": "day"}})  # fmt: skip


@pytest.fixture(scope="module")
def corners(tmp_path_factory: pytest.TempPathFactory, store: str) -> Iterator[Corners]:
    corners = Corners(furnished(tmp_path_factory.mktemp("corners") / "record", "2015-06-01T09:00"))
    yield corners
    corners.city.close()


def compared(
    corners: Corners, before: str = "cut", after: str = "end", valid: Sequence[str | None] = (None, None)
) -> Comparison:
    days = [date.fromisoformat(each) if each else None for each in valid]
    return Comparison(
        corners.city.reader(corners.at[before], None, days[0]), corners.city.reader(corners.at[after], None, days[1])
    )


def found(corners: Corners, comparison: Comparison, kind: str, size: int = 50) -> list[str]:
    """The names of what differs, in order."""
    names = {id: name for name, id in corners.ids.items()}
    return [names[one.entity_id] for one in comparison.page({kind: None}, size).found]


def said(corners: Corners, comparison: Comparison, kind: str, name: str) -> dict[str, tuple[Any, Any]]:
    id = corners.ids[name]
    return {
        f"{one.change.table}.{one.change.field}": (one.change.before, one.change.after)
        for one in comparison.changes(kind, [id])[id]
    }


def test_a_page_passes_over_what_was_changed_back_however_much_it_is(corners: Corners) -> None:
    comparison = compared(corners, "cut", "back")

    assert comparison.page({"company": None}, 0).has_next
    assert found(corners, comparison, "company", 1) == ["C9"]
    assert comparison.counts("company") == Counts(0, 0, 2)


def test_what_has_no_name_is_listed_last(corners: Corners) -> None:
    assert found(corners, compared(corners, "cut", "back"), "company") == ["C9", "nameless"]


def test_members_are_told_in_the_order_of_their_ids(corners: Corners) -> None:
    id = corners.ids["list"]

    told = compared(corners).changes("supervision_list", [id])[id]

    assert [one.member for one in told] == sorted(corners.ids[code] for code in PROJECTS)


def test_a_list_without_a_year_is_called_by_its_programme_and_duty(corners: Corners) -> None:
    label = compared(corners).labels("supervision_list", [corners.ids["list"]])[corners.ids["list"]]

    assert label.zh.startswith("攻坚（")
    assert label.en.startswith("drive (")


def test_what_only_a_membership_says_is_no_difference_of_the_list(corners: Corners) -> None:
    comparison = compared(corners, "stated", "end")

    assert said(corners, comparison, "project", "P6") == {"memberships.due": ("2015-09-30", "2015-10-31")}
    assert found(corners, comparison, "supervision_list") == []


def test_a_fact_that_was_retracted_is_not_said_any_more(corners: Corners) -> None:
    comparison = compared(corners, "stated", "end")

    assert found(corners, comparison, "project") == ["P2", "P6"]
    changes = said(corners, comparison, "project", "P2")
    assert changes["projects.stage_known"] == ("approved", "signed")
    assert changes["project_milestones.actual_on"][1] is None


def test_what_was_told_after_it_and_happened_before_it_counts_by_its_own_date(corners: Corners) -> None:
    # Entered on 25 July and joined on the 10th, told in that order.
    comparison = compared(corners, "end", "end", ("2015-07-09", "2015-07-11"))

    assert found(corners, comparison, "project") == ["P1"]
    assert said(corners, comparison, "project", "P1")["memberships.of_id"] == (None, corners.ids["group"])


def test_the_evidence_and_the_note_of_a_milestone_count_from_its_date(corners: Corners) -> None:
    changes = said(corners, compared(corners, "end", "end", ("2015-07-11", "2015-07-12")), "project", "P2")

    assert changes["project_milestones.evidence_said"] == (None, "合同")
    assert changes["project_milestones.note_said"] == (None, "两份")


def test_a_milestone_that_was_forecast_ends_the_way_of_a_project_from_its_date(corners: Corners) -> None:
    changes = said(corners, compared(corners, "end", "end", ("2015-08-09", "2015-08-10")), "project", "P3")

    assert changes["project_milestones.ends"] == (False, True)
    assert changes["projects.stage_known"] == ("lead", "grid_connected")


def test_a_parcel_is_used_as_the_last_of_its_steps_says_even_where_an_earlier_one_was_corrected(
    corners: Corners,
) -> None:
    used = said(corners, compared(corners, "end", "end", ("2015-07-19", "2015-08-21")), "parcel", "parcel")
    awarded = said(corners, compared(corners, "end", "end", ("2015-07-23", "2015-07-24")), "parcel", "parcel")

    assert used["parcels.use_known"] == ("unstated", "in_use")
    assert awarded["parcels.use_known"][1] == "supplied"
    assert awarded["parcels.winner_id"] == (None, corners.ids["C1"])
    assert awarded["parcels.paid"] == (None, {"amount": "1200", "unit": "万元"})


def test_each_noun_turns_by_the_date_that_shows_it(corners: Corners) -> None:
    comparison = compared(corners, "cut", "stated", ("2015-07-15", "2015-08-10"))
    asked = ProjectFilter(stages=[SIGNED, FINISHED])

    # By 10 August P3 was finished, and P2 approved already; by 15 July it was signed.
    turns = comparison.turns("project", asked, [corners.ids["P2"], corners.ids["P3"]])

    assert turns == {corners.ids["P2"]: corners.at["signed"], corners.ids["P3"]: corners.at["finished"]}


class TwoOfThree(Comparison):
    """As if a filter let nouns through wherever two of three are as at the later moment; none of ours does."""

    def _let_through(self, kind: str, asked: Any, reader: Reader, ids: Sequence[str]) -> set[str]:
        at, later = reader.moment, self.after.moment
        alike = (at.position == later.position, at.clock == later.clock, at.valid_on == later.valid_on)
        return set(ids) if sum(alike) >= 2 else set()


def test_where_no_cause_is_needed_and_none_is_enough_all_are_named(corners: Corners) -> None:
    city, at = corners.city, corners.at
    before = city.reader(at["cut"], "2015-06-01T18:00", date(2015, 6, 1))
    comparison = TwoOfThree(before, city.reader(at["end"], "2015-08-31T18:00", date(2015, 8, 31)))

    causes = comparison.causes("project", ProjectFilter(units=[]), ["p"])

    assert causes == {"p": (Because.EVENT, Because.VALID_DATE, Because.CLOCK)}


@pytest.mark.parametrize(
    ("before", "after", "plainly"),
    [
        ("a", "b", True),
        ("X1", "1X", True),
        ("a", "a", False),
        (1, 2, True),
        # What is empty says nothing, and what is kept as JSON has to be read.
        (None, "a", False),
        ("a", None, False),
        ("", "a", False),
        ("a", "", False),
        ('["a"]', '["b"]', False),
        ('{"on":1,"stated":1}', '{"on":1,"stated":2}', False),
    ],
)
def test_only_what_is_kept_as_it_is_told_differs_plainly(before: Any, after: Any, plainly: bool) -> None:
    def version(value: Any) -> Version:
        return Version(COMPANIES, 1, 2, tuple(value if name == "name" else None for name in COMPANIES.names))

    assert version(after).differs_plainly(version(before)) is plainly
