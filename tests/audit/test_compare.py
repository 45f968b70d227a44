"""Two moments side by side: what appeared, disappeared and changed, field by field, and which events are to blame."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.audit.compared_city import SIGNED, STARTED, Story, told
from txapi.application import projects
from txapi.audit.candidates import candidates
from txapi.audit.compare import Comparison, Counts, Difference, What
from txapi.audit.differences import Because
from txapi.audit.nouns import NOUNS, ComparedKind, is_open
from txapi.audit.seen import is_same
from txapi.domain.errors import BadInput
from txapi.domain.light import Light
from txapi.domain.ticket.values import TicketState
from txapi.projections.companies import CompanyFilter
from txapi.projections.moment import Reader
from txapi.projections.project_questions import ProjectFilter
from txapi.projections.targets import TargetFilter
from txapi.projections.ticket_questions import TicketFilter
from txapi.projections.units import UnitFilter

EVERYTHING: dict[str, Any] = dict.fromkeys(NOUNS)
EVENT, VALID_DATE, CLOCK = (Because.EVENT,), (Because.VALID_DATE,), (Because.CLOCK,)

Said = dict[str, tuple[Any, Any, list[str]]]
"""By field: what it said before, what it says after, and the names of the events to blame."""


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory, store: str) -> Iterator[Story]:
    story = told(tmp_path_factory.mktemp("city") / "record")
    yield story
    story.city.close()


def reader(story: Story, at: str, valid_on: str | None = None, clock: str | None = None) -> Reader:
    """The moment of an event; the clock of the cut and of the end is that evening."""
    evening = {"cut": "2015-07-31T18:00", "end": "2015-08-31T18:00"}.get(at)
    return story.city.reader(story.at[at], clock or evening, date.fromisoformat(valid_on) if valid_on else None)


def compared(story: Story, before: str = "cut", after: str = "end", valid: Any = (None, None)) -> Comparison:
    return Comparison(reader(story, before, valid[0]), reader(story, after, valid[1]))


def found(story: Story, comparison: Comparison, kind: str, asked: Any = None) -> dict[str, str]:
    """What became of which nouns, by the names that the story gives them."""
    names = {id: name for name, id in story.ids.items()}
    return {names[one.entity_id]: one.what.value for one in comparison.page({kind: asked}, 50).found}


def said(story: Story, comparison: Comparison, kind: str, name: str) -> Said:
    """What changed of a noun."""
    events = {position: event for event, position in story.at.items() if event not in ("cut", "end")}
    id = story.ids[name]
    return {
        ".".join(str(part) for part in (one.change.table, *(one.change.row or ()), one.change.field)): (
            one.change.before,
            one.change.after,
            [events[position] for position in one.events],
        )
        for one in comparison.changes(kind, [id])[id]
    }


def why(comparison: Comparison, kind: str, id: str) -> dict[str, tuple[Because, ...]]:
    return {one.change.field: one.because for one in comparison.changes(kind, [id])[id]}


def on(day: str) -> dict[str, str]:
    """A day as it stands in a field."""
    return {"earliest": day, "latest": day, "precision": "day"}


# -- fields --------------------------------------------------------------------------------------------------------------


def test_every_field_that_changed_is_told_with_the_events_that_changed_it_in_order(story: Story) -> None:
    changes = said(story, compared(story), "project", "A1")

    # Started on 28 July, recorded on 3 August, corrected to 29 July on the 15th.
    assert changes["project_milestones.started.actual_on"] == (None, on("2015-07-29"), ["A1 started", "A1 corrected"])
    assert changes["projects.stage_known"] == ("lead", "started", ["A1 started"])
    assert changes["memberships.6.of_id"] == (None, story.ids["parcel"], ["attached"])
    # The forecast was made before, and what is only bookkeeping is not told.
    assert set(changes) == {
        "projects.stage_known",
        "project_milestones.started.actual_on",
        "project_milestones.started.skipped_over",
        "memberships.6.belongs_to",
        "memberships.6.of_id",
        "memberships.6.entered_on",
    }


def test_fields_are_told_in_the_order_of_tables_keys_and_columns(story: Story) -> None:
    changes = said(story, compared(story), "project", "A3")

    assert list(changes) == [
        "projects.leader_known",
        "project_leaders.2.until_on",
        "project_leaders.2.why_ended",
        "project_leaders.7.official_known",
        "project_leaders.7.since_on",
        "project_leaders.7.why_began",
        "memberships.6.belongs_to",
        "memberships.6.of_id",
        "memberships.6.entered_on",
    ]


def test_a_field_has_the_label_that_a_history_gives_it(story: Story) -> None:
    [change] = compared(story).changes("unit", [unit_id(story)])[unit_id(story)][:1]

    assert (change.change.label.zh, change.change.label.en) == ("名称", "name")
    assert change.member is None


def unit_id(story: Story) -> str:
    [one] = compared(story).page({"unit": None}, 5).found
    return one.entity_id


def test_a_ticket_tells_what_became_of_its_handling(story: Story) -> None:
    changes = said_of_answered(story)

    assert changes["tickets.state"] == ("received", "accepted", ["accepted"])
    assert changes["ticket_handlings.1.opinion"] == (None, "同意", ["accepted"])
    before, after, events = changes["ticket_handlings.1.reply_deadline"]
    # Received on 29 July, so due on 5 August; in truth on the 28th, so due on the 4th.
    assert (before["last_day"], after["last_day"], events) == ("2015-08-05", "2015-08-04", ["receipt corrected"])


def said_of_answered(story: Story) -> Said:
    """What changed of the answered ticket, without the lapse, which no command of the story records."""
    comparison, id = compared(story), story.ids["answered"]
    told = comparison.changes("ticket", [id])[id]
    names = {position: event for event, position in story.at.items() if event not in ("cut", "end")}
    return {
        ".".join(str(part) for part in (one.change.table, *(one.change.row or ()), one.change.field)): (
            one.change.before, one.change.after, [names.get(position, "the watch") for position in one.events],
        )
        for one in told
    }  # fmt: skip


def test_what_was_changed_and_changed_back_is_no_difference(story: Story) -> None:
    assert found(story, compared(story), "company") == {}
    assert said(story, compared(story, after="renamed"), "company", "company") == {
        "companies.name": ("桐昆集团", "桐昆股份", ["renamed"])
    }
    assert said(story, compared(story, before="renamed"), "company", "company") == {
        "companies.name": ("桐昆股份", "桐昆集团", ["renamed back"])
    }


def test_a_moment_knows_the_event_at_which_it_stands(story: Story) -> None:
    assert found(story, compared(story, after="renamed back"), "company") == {}
    assert found(story, compared(story, before="A1 introduced", after="A1 entered"), "project") == {
        "A1": "changed",
        "A2": "appeared",
        "A3": "appeared",
    }


def test_of_a_new_noun_everything_is_told_that_it_says(story: Story) -> None:
    comparison = compared(story)

    # A meeting without a date comes last, though it sorts before by its title.
    assert list(found(story, comparison, "meeting").items()) == [("meeting", "appeared"), ("undated", "appeared")]
    told = said(story, comparison, "meeting", "meeting")
    assert told["meetings.title"] == (None, "市长办公会议", ["meeting registered"])
    # What is empty says nothing.
    assert "meetings.host_codes" not in told
    assert comparison.causes("meeting", None, [story.ids["meeting"]]) == {story.ids["meeting"]: EVENT}
    assert said(story, comparison, "publication", "document")["published.2.printed"] == (None, "86", ["printed"])


def test_two_moments_of_one_position_are_alike(story: Story) -> None:
    comparison = compared(story, "end", "end")

    assert comparison.page(EVERYTHING, 50).found == []
    assert [comparison.counts(kind).total for kind in NOUNS] == [0] * len(NOUNS)


def test_a_comparison_backwards_is_refused(story: Story) -> None:
    with pytest.raises(BadInput, match="exchange the two") as refused:
        compared(story, "end", "cut")

    assert refused.value.code == "COMPARED_BACKWARDS"
    assert refused.value.path == ("before",)


def test_from_the_beginning_of_the_record_everything_appeared(story: Story) -> None:
    comparison = Comparison(story.city.reader(0), reader(story, "end"))

    assert found(story, comparison, "project") == dict.fromkeys(("A1", "A2", "A3", "A4"), "appeared")
    assert comparison.counts("ticket") == Counts(2, 0, 0)
    assert said(story, comparison, "project", "A2")["projects.stage_known"] == (
        None,
        "approved",
        ["A2 introduced", "A2 signed", "A2 approved"],
    )


# -- members -------------------------------------------------------------------------------------------------------------


def test_a_supervision_list_tells_who_entered_and_who_left_by_events_of_the_projects(story: Story) -> None:
    comparison, id = compared(story), story.ids["list"]

    assert found(story, comparison, "supervision_list") == {"list": "changed"}
    assert said(story, comparison, "supervision_list", "list") == {
        f"members_joined.{story.ids['A3']}.project": (None, story.ids["A3"], ["A3 entered"]),
        f"members_left.{story.ids['A2']}.project": (story.ids["A2"], None, ["A2 left"]),
    }
    told = comparison.changes("supervision_list", [id])[id]
    assert {one.member for one in told} == {story.ids["A2"], story.ids["A3"]}
    assert {one.change.label.zh for one in told} == {"新列入项目", "移出项目"}


def test_only_a_member_that_joined_or_left_is_named_beside_a_change(story: Story) -> None:
    told = compared(story).changes("project", [story.ids["A1"]])[story.ids["A1"]]

    assert [one.member for one in told] == [None] * len(told)


def test_an_entry_that_is_retracted_is_told_by_its_list_with_the_retraction(tmp_path: Path) -> None:
    other = told(tmp_path / "record")
    other.do(
        "2015-08-31T19:00", projects.correct_project, "retracted", project=other.ids["A3"], corrects=6, fields=None
    )

    comparison = Comparison(reader(other, "end"), reader(other, "retracted"))

    assert found(other, comparison, "supervision_list") == {"list": "changed"}
    assert said(other, comparison, "supervision_list", "list") == {
        f"members_left.{other.ids['A3']}.project": (other.ids["A3"], None, ["retracted"])
    }
    other.city.close()


def test_groups_and_parcels_tell_their_members_too(story: Story) -> None:
    comparison = compared(story)

    assert said(story, comparison, "group", "group") == {
        f"members_joined.{story.ids['A2']}.project": (None, story.ids["A2"], ["joined"])
    }
    assert found(story, comparison, "parcel") == {"parcel": "changed", "field": "changed"}
    assert said(story, comparison, "parcel", "parcel")[f"members_joined.{story.ids['A1']}.project"][2] == ["attached"]
    assert said(story, comparison, "parcel", "field")["parcels.use_known"] == ("unstated", "idle", ["field idle"])


def test_a_list_whose_members_stay_is_no_difference(story: Story) -> None:
    comparison = compared(story, "A3 entered", "end")

    assert found(story, comparison, "supervision_list") == {}


# -- filters -------------------------------------------------------------------------------------------------------------


def test_under_a_filter_a_project_appears_and_disappears_by_events(story: Story) -> None:
    comparison, on_list = compared(story), ProjectFilter(supervision_list=story.ids["list"])

    assert found(story, comparison, "project", on_list) == {"A1": "changed", "A2": "disappeared", "A3": "appeared"}
    ids = [story.ids["A2"], story.ids["A3"]]
    assert comparison.causes("project", on_list, ids) == dict.fromkeys(ids, EVENT)
    assert said(story, comparison, "project", "A2")["memberships.2.left_on"] == (None, on("2015-08-04"), ["A2 left"])
    assert comparison.counts("project", on_list) == Counts(1, 1, 1)
    assert comparison.counts("project", on_list).total == 3
    assert [one.is_changed for one in comparison.page({"project": on_list}, 5).found] == [True, False, False]


def test_what_the_filter_never_lets_through_is_left_out(story: Story) -> None:
    assert found(story, compared(story), "project", ProjectFilter(units=["dama"])) == {}
    assert found(story, compared(story), "project", ProjectFilter(units=["chongfu"])) == dict.fromkeys(
        ("A1", "A2", "A3"), "changed"
    )
    assert found(story, compared(story), "project", ProjectFilter(units=[])) == {}


def test_a_ticket_becomes_overdue_by_the_clock_alone_and_nobody_is_to_blame(story: Story) -> None:
    comparison, overdue = compared(story), TicketFilter(overdue=True)
    silent = story.ids["silent"]

    # Both were due on 5 August or are judged so; only the promise of the other is overdue by what was recorded.
    assert found(story, comparison, "ticket", overdue) == {"silent": "appeared", "answered": "appeared"}
    assert comparison.causes("ticket", overdue, [silent]) == {silent: CLOCK}
    assert comparison.changes("ticket", [silent]) == {silent: []}
    assert found(story, comparison, "ticket") == {"answered": "changed"}


def test_every_cause_without_which_it_would_be_as_before_is_named(story: Story) -> None:
    comparison, answered = compared(story), story.ids["answered"]
    asked = TicketFilter(states=[TicketState.ACCEPTED], overdue=True)

    # Accepted by event; overdue on the evening of 31 August and not a month earlier.
    assert comparison.causes("ticket", asked, [answered]) == {answered: (Because.EVENT, Because.CLOCK)}


def test_where_each_of_two_causes_would_do_both_are_named(story: Story) -> None:
    comparison, answered = compared(story), story.ids["answered"]
    soon = TicketFilter(due_within_days=7)

    # Due on 5 August at the cut. On 31 August that has passed; and by the promise it is due on the 20th, not within a week.
    assert found(story, comparison, "ticket", soon) == {"silent": "disappeared", "answered": "disappeared"}
    assert comparison.causes("ticket", soon, [answered, story.ids["silent"]]) == {
        answered: (Because.EVENT, Because.CLOCK),
        story.ids["silent"]: CLOCK,
    }
    # That the dates up to which facts count differ, too, is not to blame.
    dated = compared(story, valid=("2015-07-30", "2015-08-31"))
    assert dated.causes("ticket", soon, [answered]) == {answered: (Because.EVENT, Because.CLOCK)}


def test_what_was_recorded_of_another_noun_can_be_the_cause(story: Story) -> None:
    comparison, idle = compared(story, "A3 led by another"), ProjectFilter(idle_land=True)

    assert found(story, comparison, "project", idle) == {"A3": "appeared"}
    assert comparison.causes("project", idle, [story.ids["A3"]]) == {story.ids["A3"]: EVENT}
    assert comparison.changes("project", [story.ids["A3"]]) == {story.ids["A3"]: []}


def test_the_event_of_another_noun_by_which_a_filter_turned_is_found(story: Story) -> None:
    idle, a3 = ProjectFilter(idle_land=True), story.ids["A3"]

    # Whatever clocks and dates up to which facts count: its parcel was marked idle on 23 August, as of that day.
    for comparison in (
        compared(story, "A3 led by another"),
        compared(story, "cut", "end"),
        compared(story, "cut", "end", ("2015-08-31", "2015-08-31")),
    ):
        assert comparison.turns("project", idle, [a3]) == {a3: story.at["field idle"]}
    assert compared(story, "field idle").turns("project", idle, [a3]) == {}
    just = Comparison(story.city.reader(story.at["field idle"] - 1, None, None), reader(story, "field idle"))
    assert just.turns("project", idle, [a3]) == {a3: story.at["field idle"]}


def test_an_event_that_the_later_clock_hides_is_found_by_the_earlier_one(story: Story) -> None:
    comparison, answered = compared(story), story.ids["answered"]

    # Due on 5 August; by the promise of that day, on the 20th. On 31 August neither is due within a week: seen from the
    # cut, on 31 July, the promise ends it.
    turns = comparison.turns("ticket", TicketFilter(due_within_days=7), [answered])

    assert turns == {answered: story.at["accepted"]}


def test_a_light_changes_by_the_clock(story: Story) -> None:
    comparison = compared(story, "A3 led by another", "A3 led by another")
    later = reader(story, "A3 led by another", clock="2016-08-10T18:00")

    # Nothing is recorded for a year: quiet projects turn yellow.
    yellow = Comparison(comparison.before, later)
    asked = ProjectFilter(lights=[Light.GREEN])
    gone = found(story, yellow, "project", asked)
    assert gone
    assert set(gone.values()) == {"disappeared"}
    ids = [story.ids[name] for name in gone]
    assert yellow.causes("project", asked, ids) == dict.fromkeys(ids, CLOCK)


def test_a_filter_without_parts_lets_everything_through() -> None:
    assert is_open(None)
    assert is_open(ProjectFilter())
    assert is_open(CompanyFilter())
    assert not is_open(ProjectFilter(units=[]))
    assert not is_open(TicketFilter(open=False))
    assert not is_open(2015)


def test_lists_of_a_year_and_units_of_a_text_are_compared(story: Story) -> None:
    comparison = compared(story)

    assert found(story, comparison, "supervision_list", 2015) == {"list": "changed"}
    assert found(story, comparison, "supervision_list", 2014) == {}
    assert [one.what for one in comparison.page({"unit": UnitFilter(text="大麻")}, 5).found] == [What.APPEARED]
    assert found(story, comparison, "target", TargetFilter(year=[2015])) == {"target": "changed"}


# -- valid time ----------------------------------------------------------------------------------------------------------


def test_by_the_valid_date_alone_a_fact_is_blamed_on_the_event_that_stated_it(story: Story) -> None:
    comparison = compared(story, "end", "end", ("2015-07-28", "2015-07-29"))

    # A1 started on the 29th, as the correction of 15 August says; the stage was stated on the 3rd.
    assert found(story, comparison, "project") == {"A1": "changed"}
    changes = said(story, comparison, "project", "A1")
    assert changes["project_milestones.started.actual_on"] == (None, on("2015-07-29"), ["A1 corrected"])
    assert changes["projects.stage_known"] == ("lead", "started", ["A1 started"])
    before, after, _ = changes["project_milestones.started.skipped_over"]
    assert (before, after[-1]) == ((), "land_supplied")
    assert set(why(comparison, "project", story.ids["A1"]).values()) == {VALID_DATE}


def test_an_event_turns_a_noun_as_far_as_facts_count(story: Story) -> None:
    comparison = compared(story, "A1 started", "end", ("2015-07-28", "2015-07-28"))
    id = story.ids["A1"]

    # Started on the 28th, as was said first; on the 29th, as was said on 15 August.
    assert found(story, comparison, "project", ProjectFilter(stages=[STARTED])) == {"A1": "disappeared"}
    assert comparison.turns("project", ProjectFilter(stages=[STARTED]), [id]) == {id: story.at["A1 corrected"]}


def test_what_was_recorded_of_later_days_is_no_difference_by_an_earlier_date(story: Story) -> None:
    comparison = compared(story, "cut", "end", ("2015-07-15", "2015-07-15"))

    # A1 started, A2 left, A3 entered and was led by another after the middle of July.
    assert found(story, comparison, "project") == {"A4": "appeared"}


def test_a_forecast_is_told_whatever_the_date(story: Story) -> None:
    comparison = compared(story, "A3 led", "A1 forecast", ("2015-06-15", "2015-06-15"))

    assert found(story, comparison, "project") == {"A1": "changed"}


def test_valid_dates_may_lie_in_the_other_order(story: Story) -> None:
    comparison = compared(story, "end", "end", ("2015-07-29", "2015-07-28"))

    changes = said(story, comparison, "project", "A1")

    assert changes["project_milestones.started.actual_on"] == (on("2015-07-29"), None, ["A1 corrected"])
    # Until it was corrected, the record had it that A1 had started by the 28th.
    assert changes["projects.stage_known"] == ("started", "lead", ["A1 corrected"])


def test_a_fact_that_does_not_count_any_more_is_blamed_on_the_event_that_stated_it(story: Story) -> None:
    comparison = compared(story, "end", "end", ("2015-07-10", "2015-07-09"))

    changes = said(story, comparison, "project", "A2")

    assert changes["project_milestones.approved.actual_on"] == (on("2015-07-10"), None, ["A2 approved"])
    assert changes["projects.stage_known"] == ("approved", "signed", ["A2 signed"])


@pytest.mark.parametrize("valid", [("2015-07-31", None), (None, "2015-07-31")])
def test_without_a_valid_date_every_known_fact_counts(story: Story, valid: Any) -> None:
    comparison = compared(story, "end", "end", valid)

    # Left on 4 August, led by another from 9 August, awarded and attached on the 18th, joined on the 22nd, idle on the 23rd.
    assert set(found(story, comparison, "project")) == {"A1", "A2", "A3"}
    assert set(found(story, comparison, "parcel")) == {"parcel", "field"}
    assert set(found(story, comparison, "group")) == {"group"}
    assert set(found(story, comparison, "supervision_list")) == {"list"}
    assert found(story, comparison, "target") == found(story, comparison, "ticket") == {}
    [member] = said(story, comparison, "supervision_list", "list").values()
    assert member[2] == (["A2 left"] if valid[1] is None else ["A2 entered"])


def test_the_valid_date_decides_about_leaders_lists_parcels_and_figures(story: Story) -> None:
    dates = ("2015-08-08", "2015-08-18")
    comparison = compared(story, "end", "end", dates)

    leader = said(story, comparison, "project", "A3")
    assert leader["projects.leader_known"][0]["official"]["name"] == "盛勇军"
    # The term of the first was still open, as far as the facts of 8 August go.
    assert "until" not in leader["projects.leader_known"][0]
    assert leader["projects.leader_known"][1]["official"]["name"] == "吴利民"
    assert leader["project_leaders.2.until_on"] == (None, "2015-08-09", ["A3 led by another"])
    assert leader["project_leaders.2.why_ended"] == (None, "工作调整", ["A3 led by another"])
    assert leader["project_leaders.7.since_on"] == (None, "2015-08-09", ["A3 led by another"])
    parcel = said(story, comparison, "parcel", "parcel")
    assert parcel["parcels.use_known"] == ("unstated", "supplied", ["awarded"])
    assert parcel["parcels.winner_id"] == (None, story.ids["company"], ["awarded"])
    assert parcel["parcel_steps.2.step"] == (None, "awarded", ["awarded"])
    assert parcel[f"members_joined.{story.ids['A1']}.project"][2] == ["attached"]
    left = said(story, compared(story, "end", "end", ("2015-08-03", "2015-08-04")), "project", "A2")
    assert left == {
        "memberships.2.left_on": (None, on("2015-08-04"), ["A2 left"]),
        "memberships.2.why_left": (None, "另案处理", ["A2 left"]),
    }
    figure = said(story, compared(story, "end", "end", ("2015-07-30", "2015-07-31")), "target", "target")
    assert figure["target_figures.3.through"] == (None, "2015-07-31", ["reported"])


def test_agents_and_payments_count_from_their_dates(story: Story) -> None:
    paid = said(story, compared(story, "end", "end", ("2015-06-29", "2015-06-30")), "project", "A3")
    agent = said(story, compared(story, "end", "end", ("2015-06-30", "2015-07-01")), "project", "A3")

    assert list(paid) == ["projects.payment_facts"]
    assert paid["projects.payment_facts"][2] == ["paid in"]
    assert list(agent) == ["projects.agent_terms"]
    assert agent["projects.agent_terms"][2] == ["agent"]
    assert found(story, compared(story, "end", "end", ("2015-06-29", "2015-06-30")), "project") == {"A3": "changed"}
    assert found(story, compared(story, "end", "end", ("2015-06-30", "2015-07-01")), "project") == {"A3": "changed"}


def test_event_and_valid_date_can_both_make_the_difference(story: Story) -> None:
    comparison = compared(story, "cut", "end", ("2015-06-09", "2015-08-09"))

    # Led since 10 June, as was known at the cut; by another since 9 August, as was recorded on the 10th.
    changes = said(story, comparison, "project", "A3")
    assert changes["projects.leader_known"][0] is None
    assert changes["projects.leader_known"][2] == ["A3 led by another"]
    assert why(comparison, "project", story.ids["A3"])["leader_known"] == (Because.EVENT, Because.VALID_DATE)


def test_what_was_said_of_a_closed_month_later_is_an_event(story: Story) -> None:
    comparison = compared(story, "cut", "end", ("2015-07-31", "2015-07-31"))

    # Of 31 July it became known later that A1 had started and that A3 was on the list; A2 left in August.
    assert found(story, comparison, "project") == {"A1": "changed", "A3": "changed", "A4": "appeared"}
    assert set(why(comparison, "project", story.ids["A1"]).values()) == {EVENT}
    assert said(story, comparison, "supervision_list", "list") == {
        f"members_joined.{story.ids['A3']}.project": (None, story.ids["A3"], ["A3 entered"])
    }


def test_a_filter_can_let_a_project_through_by_the_valid_date_alone(story: Story) -> None:
    comparison = compared(story, "end", "end", ("2015-06-30", "2015-07-31"))
    asked = ProjectFilter(stages=[STARTED])

    assert found(story, comparison, "project", asked) == {"A1": "appeared"}
    assert comparison.causes("project", asked, [story.ids["A1"]]) == {story.ids["A1"]: VALID_DATE}
    both = compared(story, "cut", "end", ("2015-06-30", "2015-07-31"))
    assert both.causes("project", asked, [story.ids["A1"]]) == {story.ids["A1"]: (Because.EVENT, Because.VALID_DATE)}
    assert found(story, comparison, "project", ProjectFilter(not_reached=[SIGNED])) == {
        "A1": "changed",
        "A3": "changed",
    }


def test_what_no_valid_date_lets_count_makes_no_difference(story: Story) -> None:
    # The figure through 31 July was corrected, but by the 30th there is none.
    assert found(story, compared(story, valid=("2015-07-30", "2015-07-30")), "target") == {}


# -- which nouns are looked at -------------------------------------------------------------------------------------------


def looked_at(
    story: Story, kind: str, before: str, after: str, valid: Any = (None, None), asked: Any = None
) -> set[str]:
    names = {id: name for name, id in story.ids.items()}
    first, last = reader(story, before, valid[0]), reader(story, after, valid[1])
    return {names[id] for id in candidates(NOUNS[kind], first, last, asked).ids}


@pytest.mark.parametrize("at", ["end", "A4 introduced"])
def test_only_nouns_with_a_fact_between_two_valid_dates_are_looked_at(story: Story, at: str) -> None:
    def seen(one: str | None, other: str | None) -> set[str]:
        return looked_at(story, "project", at, at, (one, other))

    # A1 started on 29 July, A3 entered the list on the 30th, A2 left it on 4 August.
    assert seen("2015-07-28", "2015-07-29") == seen("2015-07-29", "2015-07-28") == {"A1"}
    assert seen("2015-07-29", "2015-07-30") == {"A3"}
    assert seen("2015-07-31", "2015-08-03") == set()
    assert seen("2015-08-03", "2015-08-04") == {"A2"}
    # A1 was attached on 18 August, A2 joined on the 22nd.
    assert seen("2015-08-17", None) == seen(None, "2015-08-17") == {"A1", "A2"}
    assert seen("2015-08-18", None) == {"A2"}
    assert seen("2015-08-22", None) == set()
    # Led from 10 June and from 9 August; an agent since 1 July, paid in through 30 June.
    assert seen("2015-06-09", "2015-06-10") == seen("2015-08-08", "2015-08-09") == {"A3"}
    assert seen("2015-06-30", "2015-07-01") == seen("2015-06-29", "2015-06-30") == {"A3"}
    assert looked_at(story, "parcel", at, at, ("2015-08-17", "2015-08-18")) == {"parcel"}
    assert looked_at(story, "supervision_list", at, at, ("2015-08-03", "2015-08-04")) == {"list"}
    assert looked_at(story, "target", at, at, ("2015-07-30", "2015-07-31")) == {"target"}
    assert looked_at(story, "target", at, at, ("2015-07-31", None)) == set()


def test_only_lists_with_a_membership_that_changed_are_looked_at(story: Story) -> None:
    assert looked_at(story, "supervision_list", "cut", "A1 started") == set()
    assert looked_at(story, "supervision_list", "A1 started", "A2 left") == {"list"}
    assert looked_at(story, "supervision_list", "A2 left", "A3 entered") == {"list"}
    # Of A1, A2 and A3, which are on it, much changes afterwards.
    assert looked_at(story, "supervision_list", "A3 entered", "end") == set()
    assert looked_at(story, "group", "cut", "end") == {"group"}
    assert looked_at(story, "group", "joined", "end") == set()
    assert looked_at(story, "parcel", "awarded", "attached") == {"parcel"}


def test_under_a_filter_only_what_changed_and_what_it_lets_through_otherwise_is_looked_at(story: Story) -> None:
    chongfu = ProjectFilter(units=["chongfu"])

    assert looked_at(story, "project", "A2 left", "A3 entered", asked=chongfu) == {"A3"}
    assert looked_at(story, "project", "cut", "A1 started", asked=chongfu) == {"A1"}
    assert looked_at(story, "project", "A3 entered", "end", asked=ProjectFilter(stages=[SIGNED])) == set()


# -- lists ---------------------------------------------------------------------------------------------------------------


def test_pages_follow_one_another_in_a_total_order(story: Story) -> None:
    comparison = compared(story)
    whole = comparison.page(EVERYTHING, 50).found

    paged: list[Difference] = []
    while (page := comparison.page(EVERYTHING, 2, paged[-1] if paged else None)).found:
        paged += page.found
        assert page.has_next is (len(paged) < len(whole))

    assert paged == whole
    assert [one.kind for one in whole] == sorted((one.kind for one in whole), key=list(NOUNS).index)
    labels = [comparison.labels(one.kind, [one.entity_id])[one.entity_id].zh for one in whole]
    assert labels == [
        "A1 项目A1", "A2 项目A2", "A3 项目A3", "A4 项目A4", "2015-0002 用地指标", "chongfu 2015 FDI_CONTRACTED", "崇福大道1号",
        "崇福大道2号", "储备项目", "市长办公会议", "专题会议", "大麻镇", "2015 双月攻坚（开工）", "侧记",
    ]  # fmt: skip


def test_the_kinds_keep_their_order_whatever_is_asked_first(story: Story) -> None:
    asked: dict[str, Any] = {"publication": None, "target": None, "project": None}

    kinds = [one.kind for one in compared(story).page(asked, 50).found]

    assert kinds == ["project"] * 4 + ["target", "publication"]
    assert [kind.value for kind in ComparedKind] == list(NOUNS)


@pytest.mark.parametrize("kind", ["project", "company"])
def test_a_page_behind_what_is_not_in_the_list_is_refused(story: Story, kind: str) -> None:
    with pytest.raises(BadInput, match="made by another list") as refused:
        compared(story).page({"project": None}, 5, Difference(kind, "nobody", What.CHANGED))

    assert refused.value.code == "CURSOR_OF_ANOTHER_LIST"


def test_a_page_of_nothing_says_whether_there_is_more(story: Story) -> None:
    assert compared(story).page({"project": None}, 0).has_next
    assert not compared(story).page({"company": None}, 0).has_next


def test_counts_tell_what_the_lists_hold(story: Story) -> None:
    comparison = compared(story)

    counted = {kind: comparison.counts(kind) for kind in NOUNS}

    assert {kind: one.total for kind, one in counted.items() if one.total} == {
        "project": 4, "ticket": 1, "target": 1, "parcel": 2, "group": 1, "meeting": 2, "unit": 1, "supervision_list": 1,
        "publication": 1,
    }  # fmt: skip
    assert counted["project"] == Counts(1, 0, 3)


# -- the same or not -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        (None, [], True),
        (None, "", True),
        ({}, (), True),
        (None, False, False),
        (None, 0, False),
        ([1], (1,), True),
        ([1], [2], False),
        ([{"on": 1, "stated": {"version": 3}}], [{"on": 1, "stated": {"version": 9}}], True),
        ({"left_stated": 1, "on": 2}, {"on": 2}, True),
        ({"since": 1}, {"since": 1, "ended": {"version": 7}}, True),
        ({"on": 1, "stated": 3}, {"on": 2, "stated": 3}, False),
    ],
)
def test_what_is_empty_says_nothing_and_where_it_was_stated_is_bookkeeping(before: Any, after: Any, same: bool) -> None:
    assert is_same(before, after) is same
    assert is_same(after, before) is same
