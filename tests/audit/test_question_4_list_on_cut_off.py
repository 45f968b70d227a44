"""Question 4: who was on a supervision list on its cut-off day; who joined or left later; would the rate change?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.audit.asking import answered, resting_on
from tests.audit.asking import told as told_by_command
from tests.audit.project_city import correct, enter, founded, introduce, leave, open_list, start
from tests.audit.target_city import document, print_item
from tests.city import City, instant
from tests.datasets.given import BOTH
from tests.stores import place
from tests.views import opened
from txapi.audit.questions.list_on_cut_off import (
    CutOff,
    CutOffCount,
    CutOffMember,
    CutOffView,
    MemberChange,
    count_members,
    list_on_cut_off,
    members_on_cut_off,
)
from txapi.datasets.loading import load_dataset
from txapi.datasets.scripts import find_dataset, read_dataset
from txapi.domain.dates import PartialDate
from txapi.domain.publication import PublishedKind
from txapi.domain.quantity import Quantity, Ratio
from txapi.projections.all import PROJECTIONS
from txapi.projections.follower import Follower
from txapi.projections.moment import Reader, at_position, head_of
from txapi.record.record import Record

CUT_OFF = date(2015, 7, 30)
THEN, PUBLISHED, NOW, LATER = (
    CutOffView.ON_THE_DAY,
    CutOffView.PUBLISHED,
    CutOffView.NOW,
    CutOffView.WITH_LATER_CHANGES,
)


class Story(NamedTuple):
    """What became of the list, its projects by letter, and where what was recorded stands."""

    list: str
    projects: dict[str, str]
    at: dict[str, int]


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    city = founded(tmp_path)
    yield city
    city.close()


def told(city: City) -> Story:
    """A list of four. On 30 July it was believed to hold A, B, C and F; what was found out since:

    A started on 28 May, recorded in time. B started on 20 July, recorded after the report. C left on 6 August. D had been
    on the list since March, and nobody had recorded it. E and G joined on 6 August; E started the next day. F had been
    taken off in the middle of July, and nobody had recorded it.
    """
    id = open_list(city, 4)
    city.at("2015-03-01T09:00")
    projects = {letter: introduce(city, letter) for letter in "ABCDEFG"}
    at = {f"enter {letter}": enter(city, projects[letter], id, "2015-03-01") for letter in "ABCF"}
    at["start A"] = start(city.at("2015-06-01T09:00"), projects["A"], "2015-05-28")
    at["on the day"] = city.record.head.position
    report = document(city.at("2015-08-04T10:00"), instant("2015-08-04T09:00"))
    value = Quantity.of("25.0", "percent")
    print_item(
        city, report, ("supervision_list", id), "25.0%", PublishedKind.RATE, as_of="2015-07-30", value=value, part=1,
        whole=4,
    )  # fmt: skip
    at["start B"] = start(city.at("2015-08-05T09:00"), projects["B"], "2015-07-20")
    at["leave C"] = leave(city.at("2015-08-06T09:00"), projects["C"], id, "2015-08-06", "并入其他项目")
    at["enter E"] = enter(city, projects["E"], id, "2015-08-06")
    at["enter G"] = enter(city, projects["G"], id, "2015-08-06")
    start(city.at("2015-08-07T09:00"), projects["E"], "2015-08-07")
    at["enter D"] = enter(city.at("2015-08-08T09:00"), projects["D"], id, "2015-03-01")
    at["leave F"] = leave(city.at("2015-08-10T09:00"), projects["F"], id, "2015-07-15", "重复列入")
    return Story(id, projects, at)


def asked(city: City, story: Story, reader: Reader | None = None, day: date = CUT_OFF) -> CutOff:
    found = list_on_cut_off(reader or city.at("2015-08-11T09:00").reader(), story.list, day)
    assert found is not None
    return found


def counts(found: CutOff) -> dict[CutOffView, CutOffCount]:
    return {one.view: one for one in found.counts}


def members(found: CutOff, story: Story) -> dict[str, CutOffMember]:
    letters = {id: letter for letter, id in story.projects.items()}
    return {letters[one.project]: one for one in found.members}


def test_the_list_is_counted_as_known_then_as_published_and_as_known_now(city: City) -> None:
    story = told(city)

    found = counts(asked(city, story))

    # On the day, and when the report came out: A, B, C and F; A alone was known to have started.
    assert (found[THEN].listed, found[THEN].done, found[THEN].rate) == (4, 1, Ratio(1, 4))
    assert (found[PUBLISHED].listed, found[PUBLISHED].done, found[PUBLISHED].rate) == (4, 1, Ratio(1, 4))
    # Now: A, B, C and D were on it that day, and A and B had started by then.
    assert (found[NOW].listed, found[NOW].done, found[NOW].rate) == (4, 2, Ratio(2, 4))
    # Those of today: A, B, D, E and G. E started after the cut-off, so that two of five count.
    assert (found[LATER].listed, found[LATER].done, found[LATER].rate) == (5, 2, Ratio(2, 5))
    assert [found[view].changes_rate for view in (THEN, PUBLISHED, NOW, LATER)] == [False, False, True, True]
    assert found[THEN].position == story.at["on the day"]
    assert found[NOW].position == city.record.head.position


def test_each_member_says_how_it_came_and_went_and_by_which_events(city: City) -> None:
    story = told(city)

    found = members(asked(city, story), story)

    change = MemberChange
    assert {letter: line.changes for letter, line in found.items()} == {
        "A": (),
        "B": (),
        "C": (change.LEFT_LATER,),
        "D": (change.ENTERED_AFTERWARDS,),
        "E": (change.JOINED_LATER,),
        "F": (change.REMOVED_AFTERWARDS,),
        "G": (change.JOINED_LATER,),
    }
    assert found["A"].on == {THEN, PUBLISHED, NOW, LATER}
    assert found["C"].on == {THEN, PUBLISHED, NOW}
    assert found["D"].on == {NOW, LATER}
    assert found["F"].on == {THEN, PUBLISHED}
    assert found["B"].done == {NOW, LATER}
    assert found["E"].done == frozenset()
    assert found["B"].events == (story.at["enter B"], story.at["start B"])
    assert (found["C"].why_left, found["C"].left_by) == ("并入其他项目", story.at["leave C"])
    assert found["C"].events == (story.at["enter C"], story.at["leave C"])
    assert (found["F"].why_left, found["F"].left) == ("重复列入", PartialDate.day(date(2015, 7, 15)))
    assert (found["D"].entered_by, found["D"].due) == (story.at["enter D"], date(2015, 9, 30))


def test_an_entry_that_a_correction_retracts_was_counted_and_is_no_more(city: City) -> None:
    story = told(city)
    city.at("2015-08-11T08:00")
    number = [one.position for one in city.record.stream_events(story.projects["A"])].index(story.at["enter A"]) + 1
    retracted = correct(city, story.projects["A"], number, None, "误列")

    found = members(asked(city, story), story)["A"]

    assert found.changes == (MemberChange.REMOVED_AFTERWARDS,)
    assert found.left_by == retracted
    assert retracted in found.events
    assert counts(asked(city, story))[NOW].rate is None


def test_as_of_the_past_what_was_found_out_later_is_not_known(city: City) -> None:
    story = told(city)

    reader = city.reader(story.at["start B"], valid_on=date(2015, 8, 5))
    found = asked(city, story, reader)

    assert (counts(found)[NOW].done, counts(found)[NOW].rate) == (2, Ratio(2, 4))
    assert set(members(found, story)) == {"A", "B", "C", "F"}
    assert all(line.changes == () for line in found.members)


@pytest.mark.parametrize(
    ("day", "on"),
    # A, B, C, D and F from 1 March on; F until 15 July; on 6 August C leaves, and E and G join.
    [("02-28", 0), ("03-01", 5), ("07-14", 5), ("07-15", 4), ("08-05", 4), ("08-06", 5)],
)
def test_a_member_is_on_the_list_from_the_end_of_the_day_of_its_entry(city: City, day: str, on: int) -> None:
    story = told(city)

    assert counts(asked(city, story, day=date.fromisoformat(f"2015-{day}")))[NOW].listed == on


def test_what_was_printed_of_another_day_is_not_beside_it(city: City) -> None:
    story = told(city)

    assert [item.printed for item in asked(city, story).printed] == ["25.0%"]
    other = asked(city, story, day=date(2015, 7, 29))
    assert other.printed == ()
    assert PUBLISHED not in counts(other)
    # Without a report, what is known now is compared with what was known at the end of the day.
    assert counts(other)[NOW].changes_rate is True


def test_members_come_in_pages_in_the_order_of_their_entry(city: City) -> None:
    story = told(city)
    reader = city.reader()

    page = members_on_cut_off(reader, story.list, CUT_OFF, size=5)
    rest = members_on_cut_off(reader, story.list, CUT_OFF, size=5, after=page.lines[-1].key)

    projects = [line.project for line in (*page.lines, *rest.lines)]
    assert (page.has_next, len(rest.lines), rest.has_next) == (True, 2, False)
    assert projects == [story.projects[letter] for letter in "ABCFEGD"]
    assert count_members(reader, story.list, CUT_OFF) == 7


def test_a_list_that_the_moment_does_not_know_has_no_answer(city: City) -> None:
    story = told(city)

    assert list_on_cut_off(city.reader(1), story.list, CUT_OFF) is None
    assert list_on_cut_off(city.reader(), story.projects["A"], CUT_OFF) is None


def test_of_the_report_s_own_lists_the_members_are_not_known_and_there_is_no_rate(tmp_path: Path) -> None:
    load_dataset(place(tmp_path), BOTH[:1])
    record = Record.open(place(tmp_path), owner=False)
    views = opened(tmp_path, record.record_id, PROJECTIONS)
    Follower(record, views).catch_up()
    nouns = read_dataset(find_dataset(BOTH[0])).nouns
    with views.snapshot() as connection:
        reader = Reader(connection, at_position(connection, head_of(connection)))
        found = {name: list_on_cut_off(reader, nouns[name], CUT_OFF) for name in ("commencement", "completion")}
    record.close()
    views.close()

    for name, count, part, printed in (("commencement", 129, 86, "66.7%"), ("completion", 141, 97, "68.8%")):
        one = found[name]
        assert one is not None
        assert (one.members, one.members_are_known) == ((), False)
        assert [(view.listed, view.count_stated, view.rate) for view in one.counts if view.view is NOW] == [
            (0, count, None)
        ]
        assert [(item.printed, item.part, item.whole) for item in one.printed] == [(printed, part, count)]


# -- as it is asked ----------------------------------------------------------------------------------------------------


def test_the_published_operation_and_the_command_give_the_same_answer(city: City, tmp_path: Path) -> None:
    story = told(city)
    city.at("2015-08-11T09:00")
    start(city, story.projects["G"], "2015-08-10")

    found = answered(city, "ListOnCutOff", list=story.list, cutOff="2015-07-30")["listOnCutOff"]
    command = ("--set", f"list={story.list}", "--set", "cutOff=2015-07-30")
    by_command = told_by_command(tmp_path, "list-on-cut-off", *command)["listOnCutOff"]
    then = told_by_command(tmp_path, "4", *command, "--at", "2015-08-05")["listOnCutOff"]

    counts = [(one["view"], one["listed"], one["done"], one["rate"]["percent"]) for one in found["counts"]]
    assert counts == [
        ("ON_THE_DAY", 4, 1, "25.0"),
        ("PUBLISHED", 4, 1, "25.0"),
        ("NOW", 4, 2, "50.0"),
        ("WITH_LATER_CHANGES", 5, 2, "40.0"),
    ]
    assert [one["changesRate"] for one in found["counts"]] == [False, False, True, True]
    assert (found["membersAreKnown"], [item["printed"] for item in found["printed"]]) == (True, ["25.0%"])
    members = {one["project"]["code"]: one for one in found["members"]["nodes"]}
    assert found["members"]["totalCount"] == 7
    assert (members["C"]["changes"], members["C"]["leftBy"]["reason"]) == (["LEFT_LATER"], "并入其他项目")
    assert resting_on(members["C"]) == ["project.entered_list", "project.left_list"]
    assert resting_on(members["B"]) == ["project.entered_list", "project.milestone_reached"]
    for answer in (found, by_command):
        del answer["supervisionList"]["id"]
        for item in answer["printed"]:
            del item["id"], item["publication"]["id"]
        for node in answer["members"]["nodes"]:
            del node["project"]["id"]
        del answer["members"]["pageInfo"]
    assert by_command == found
    # At the end of 5 August the start of B was known, and nothing else of what was found out later.
    assert [one["rate"]["percent"] for one in then["counts"]] == ["25.0", "25.0", "50.0", "50.0"]
    assert {one["project"]["code"] for one in then["members"]["nodes"]} == set("ABCF")


def test_members_come_in_pages_that_the_record_does_not_move(city: City) -> None:
    story = told(city)
    asked_for = {"list": story.list, "cutOff": "2015-07-30", "first": 4}

    first = answered(city, "ListOnCutOff", **asked_for)["listOnCutOff"]["members"]
    enter(city.at("2015-08-12T09:00"), introduce(city, "H"), story.list, "2015-03-01")
    cursor = first["pageInfo"]["endCursor"]
    second = answered(city, "ListOnCutOff", **asked_for, after=cursor)["listOnCutOff"]["members"]

    assert [one["project"]["code"] for one in (*first["nodes"], *second["nodes"])] == list("ABCFEGD")
    assert (second["totalCount"], second["pageInfo"]["hasNextPage"]) == (7, False)


def test_a_list_that_is_not_known_answers_null(city: City) -> None:
    project = introduce(city, "P1")

    assert answered(city, "ListOnCutOff", list=project, cutOff="2015-07-30")["listOnCutOff"] is None
