"""Comparing two moments through the published operations: what differs, who is to blame, what was told late or corrected."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from graphql import GraphQLObjectType, build_schema, get_named_type

from tests.audit.compared_city import Story, told
from tests.city import OPERATIONS, SUPERVISOR
from tests.stores import SQLITE
from txapi.application import companies
from txapi.audit.nouns import ComparedKind
from txapi.schema.schema import schema_text

CUT = {"at": {"time": "2015-07-31T18:00:00+08:00"}}
END = {"at": {"time": "2015-08-31T18:00:00+08:00"}}


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory, store: str) -> Iterator[Story]:
    story = told(tmp_path_factory.mktemp("city") / "record")
    yield story
    story.city.close()


def compare(story: Story, operation: str, field: str, before: Any = None, after: Any = END, **asked: Any) -> Any:
    """The page of a published comparison; between the evening of 31 July and that of 31 August unless said otherwise."""
    variables = {"before": before or CUT, "after": after, **asked}
    return story.city.ask(operation, variables)["compare"][field]


def only(page: Any, **like: Any) -> Any:
    """The one node of a page of which that is true."""
    [found] = [node for node in page["nodes"] if all(node[name] == value for name, value in like.items())]
    return found


def changed(node: Any, field: str) -> Any:
    """The one change of a field, with the events that it names."""
    [found] = [change for change in node["changes"] if change["field"] == field]
    events = {event["position"]: event for event in node["events"]}
    return {**found, "events": [events[event["position"]] for event in found["events"]]}


def codes(story: Story, operation: str, variables: dict[str, Any]) -> list[str]:
    """The codes of the errors that the operation must end with."""
    result = story.city.execute(operation, variables)
    return [(error.extensions or {})["code"] for error in result.errors or ()]


def test_a_milestone_dated_into_a_closed_month_is_told_with_who_when_why_and_how_late(story: Story) -> None:
    page = compare(story, "CompareProjects", "projects")

    node = only(page, entityId=story.ids["A1"])
    change = changed(node, "projectMilestones.started.actualOn")
    assert (node["what"], node["because"], node["label"]["zh"]) == ("CHANGED", ["EVENT"], "A1 项目A1")
    assert (change["before"], change["after"]["latest"], change["label"]["zh"]) == (None, "2015-07-29", "实际日期")
    started, corrected = change["events"]
    assert (started["type"], corrected["type"]) == ("project.milestone_reached", "project.fact_corrected")
    assert (started["position"], corrected["reason"]) == (str(story.at["A1 started"]), "以施工许可证为准")
    assert started["actor"] == {"subject": "supervisor", "role": "SUPERVISOR", "unit": None}
    assert started["recordedAt"] == "2015-08-03T01:00:00Z"
    # The 28 July was recorded on 3 August; the 29th, that the correction puts in its place, on 15 August: 17 days late.
    assert (change["backDated"], change["correction"], change["lagDays"]) == (True, True, 17)
    stage = changed(node, "stageKnown")
    assert (stage["before"], stage["after"], stage["correction"], stage["lagDays"]) == ("lead", "started", False, 6)


def test_what_was_told_in_time_is_not_back_dated(story: Story) -> None:
    node = only(compare(story, "CompareProjects", "projects"), entityId=story.ids["A2"])

    left = changed(node, "memberships.2.leftOn")

    # Left on 4 August, after the cut, and recorded that day.
    assert (left["backDated"], left["correction"], left["lagDays"]) == (False, False, None)
    assert left["events"][0]["reason"] == "另案处理"


def test_a_corrected_figure_and_a_receipt_dated_anew_are_corrections(story: Story) -> None:
    target = only(compare(story, "CompareTargets", "targets"), entityId=story.ids["target"])
    ticket = only(compare(story, "CompareTickets", "tickets"), entityId=story.ids["answered"])

    figure = changed(target, "targetFigures.3.figure")
    deadline = changed(ticket, "ticketHandlings.1.replyDeadline")

    assert (figure["before"]["money"]["amount"], figure["after"]["money"]["amount"]) == ("600", "610")
    assert (figure["correction"], figure["backDated"], figure["events"][0]["reason"]) == (True, False, "录入有误")
    # Received on 28 July as the register says, which was recorded on 25 August: 28 days late.
    assert (deadline["correction"], deadline["backDated"], deadline["lagDays"]) == (True, True, 28)
    assert deadline["events"][0]["source"] == {"document": "a test", "locator": "签收登记簿"}
    assert not changed(ticket, "state")["correction"]


def test_a_supervision_list_shows_who_entered_and_who_left(story: Story) -> None:
    [node] = compare(story, "CompareSupervisionLists", "supervisionLists", year=2015)["nodes"]

    entered = changed(node, f"membersJoined.{story.ids['A3']}.project")
    left = changed(node, f"membersLeft.{story.ids['A2']}.project")

    assert (entered["member"]["code"], entered["events"][0]["type"]) == ("A3", "project.entered_list")
    # Entered as of 30 July, recorded on 5 August.
    assert (entered["backDated"], entered["lagDays"]) == (True, 6)
    assert (left["member"]["code"], left["events"][0]["reason"], left["backDated"]) == ("A2", "另案处理", False)
    assert (left["before"], left["after"]) == (story.ids["A2"], None)
    assert len(node["changes"]) == 2


def test_what_left_the_filter_by_an_event_or_by_the_clock_disappears(story: Story) -> None:
    listed = compare(
        story, "CompareProjects", "projects", filter={"supervisionList": story.ids["list"]}, counted=True
    )  # fmt: skip
    soon = compare(story, "CompareTickets", "tickets", filter={"dueWithinDays": 7})
    overdue = compare(story, "CompareTickets", "tickets", filter={"overdue": True})

    assert [(one["label"]["en"][:2], one["what"]) for one in listed["nodes"]] == [
        ("A1", "CHANGED"), ("A2", "DISAPPEARED"), ("A3", "APPEARED"),
    ]  # fmt: skip
    assert listed["totalCount"] == 3
    silent = only(soon, entityId=story.ids["silent"])
    assert (silent["what"], silent["because"], silent["changes"]) == ("DISAPPEARED", ["CLOCK"], [])
    late = only(overdue, entityId=story.ids["silent"])
    assert (late["what"], late["because"], late["changes"]) == ("APPEARED", ["CLOCK"], [])


def test_what_a_filter_lets_through_by_an_event_of_another_noun_blames_that_event(story: Story) -> None:
    before = {"at": {"position": str(story.at["A3 led by another"])}}

    [node] = compare(story, "CompareProjects", "projects", before, filter={"idleLand": True})["nodes"]

    # Nothing was recorded of A3 since; its parcel was found idle.
    assert (node["what"], node["because"], node["changes"]) == ("APPEARED", ["EVENT"], [])
    [event] = node["events"]
    assert (event["position"], event["source"]["locator"]) == (str(story.at["field idle"]), "闲置土地认定书")


@pytest.mark.parametrize(
    "asked", [{"idleLand": False}, {"idleLand": True}, {"outstanding": True}, {"outstanding": False}]
)
def test_whatever_differs_by_an_event_names_one(story: Story, asked: dict[str, bool], store: str) -> None:
    head = story.city.record.head.position
    # From every position on one store; the other answers the same questions, of some.
    every = 1 if store == SQLITE else 5

    for position in range(story.at["A1 introduced"], head, every):
        before = {"at": {"position": str(position)}}
        for node in compare(story, "CompareProjects", "projects", before, filter=asked)["nodes"]:
            within = [event for event in node["events"] if position < int(event["position"]) <= head]
            assert bool(within) or "EVENT" not in node["because"], (position, node["label"], node["because"])


def test_what_was_changed_and_changed_back_is_no_difference(story: Story) -> None:
    renamed = {"at": {"position": str(story.at["renamed"])}}

    assert compare(story, "CompareCompanies", "companies")["nodes"] == []
    [node] = compare(story, "CompareCompanies", "companies", after=renamed)["nodes"]
    assert changed(node, "name")["after"] == "桐昆股份"


def test_a_moment_does_not_differ_from_itself(story: Story) -> None:
    assert compare(story, "Compare", "differences", END, END)["nodes"] == []
    counts = story.city.ask("CompareSummary", {"before": END, "after": END})["compare"]["summary"]
    assert all(one["appeared"] == one["disappeared"] == one["changed"] == 0 for one in counts)


def test_the_earlier_moment_comes_first(story: Story) -> None:
    assert codes(story, "Compare", {"before": END, "after": CUT}) == ["COMPARED_BACKWARDS"]


def test_a_moment_that_has_not_come_is_refused(story: Story) -> None:
    future = {"at": {"time": "2015-09-01T00:00:00+08:00"}}

    assert codes(story, "Compare", {"before": CUT, "after": future}) == ["MOMENT_IN_THE_FUTURE"]
    assert codes(story, "Compare", {"before": CUT, "after": {"at": {"position": "1000"}}}) == ["MOMENT_AHEAD"]


def test_by_the_valid_date_alone_a_fact_is_blamed_on_the_event_that_stated_it(story: Story) -> None:
    before, after = {**END, "validOn": "2015-07-28"}, {**END, "validOn": "2015-07-29"}

    page = compare(story, "CompareProjects", "projects", before, after)

    [node] = page["nodes"]
    change = changed(node, "projectMilestones.started.actualOn")
    assert (node["entityId"], node["because"], change["because"]) == (story.ids["A1"], ["VALID_DATE"], ["VALID_DATE"])
    assert [event["position"] for event in change["events"]] == [str(story.at["A1 corrected"])]
    # It was recorded before both moments: nothing was told late in between.
    assert (change["backDated"], change["correction"], change["lagDays"]) == (False, True, None)


def test_the_nouns_of_a_difference_carry_their_moments(story: Story) -> None:
    nodes = compare(story, "CompareProjects", "projects")["nodes"]
    old, new = (only({"nodes": nodes}, entityId=story.ids[name]) for name in ("A1", "A4"))

    ask = "query($id: ID!) { node(id: $id) { ... on Project { code stage } } }"

    assert story.city.ask(ask, {"id": old["before"]["id"]})["node"] == {"code": "A1", "stage": "LEAD"}
    assert story.city.ask(ask, {"id": old["after"]["id"]})["node"] == {"code": "A1", "stage": "STARTED"}
    assert (new["what"], new["before"]) == ("APPEARED", None)


def test_the_moments_of_a_comparison_answer_every_question(story: Story) -> None:
    ask = """query($before: MomentInput!) { compare(before: $before) {
      before { position validOn project(code: "A1") { id stage } } after { position project(code: "A1") { id stage } } } }"""

    found = story.city.ask(ask, {"before": {**CUT, "validOn": "2015-07-20"}})["compare"]

    assert (found["before"]["position"], found["before"]["validOn"]) == (str(story.at["cut"]), "2015-07-20")
    assert found["after"]["position"] == str(story.city.record.head.position)
    assert (found["before"]["project"]["stage"], found["after"]["project"]["stage"]) == ("LEAD", "STARTED")
    assert found["before"]["project"]["id"] != found["after"]["project"]["id"]


def test_the_summary_counts_what_the_lists_hold(story: Story) -> None:
    summary = story.city.ask("CompareSummary", {"before": CUT, "after": END})["compare"]["summary"]

    counts = {one["kind"]: (one["appeared"], one["disappeared"], one["changed"]) for one in summary}

    # A4 is new; A1, A2 and A3 changed. One ticket was accepted; the other nobody touched.
    assert counts["PROJECT"] == (1, 0, 3)
    assert counts["TICKET"] == (0, 0, 1)
    assert counts["PARCEL"] == (0, 0, 2)
    assert counts["COMPANY"] == (0, 0, 0)
    assert len(counts) == 11
    some = story.city.ask("CompareSummary", {"before": CUT, "after": END, "kinds": ["TICKET"]})["compare"]["summary"]
    assert [one["kind"] for one in some] == ["TICKET"]


# -- pages ---------------------------------------------------------------------------------------------------------------


def test_pages_are_bound_to_both_moments_and_neither_skip_nor_repeat(story: Story) -> None:
    whole = [one["entityId"] for one in compare(story, "Compare", "differences")["nodes"]]

    paged: list[str] = []
    cursor = None
    while True:
        page = compare(story, "Compare", "differences", first=4, cursor=cursor)
        paged += [one["entityId"] for one in page["nodes"]]
        cursor = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break

    assert paged == whole
    assert len(whole) == 14


def test_a_page_of_a_comparison_with_now_stays_where_its_first_page_was(story: Story, tmp_path: Any) -> None:
    moving = told(tmp_path / "record")
    first = compare(moving, "Compare", "differences", after=None, first=1)
    whole = compare(moving, "Compare", "differences", after=None)["nodes"]
    moving.do("2015-08-31T18:30", companies.amend_company, company=moving.ids["company"], name="另一名称")

    second = compare(moving, "Compare", "differences", after=None, cursor=first["pageInfo"]["endCursor"])

    assert [one["entityId"] for one in second["nodes"]] == [one["entityId"] for one in whole[1:]]
    assert len(compare(moving, "Compare", "differences", after=None)["nodes"]) == len(whole) + 1
    moving.city.close()


def test_a_cursor_of_other_moments_or_of_another_list_is_refused(story: Story) -> None:
    cursor = compare(story, "CompareProjects", "projects", first=1)["pageInfo"]["endCursor"]
    given = {"before": CUT, "after": END, "cursor": cursor}
    valid = {**END, "validOn": "2015-08-31"}
    clock = {**END, "clock": "2015-09-30T00:00:00+08:00"}

    assert codes(story, "CompareProjects", given) == []
    assert codes(story, "CompareTickets", given) == ["CURSOR_OF_ANOTHER_LIST"]
    assert codes(story, "CompareProjects", {**given, "filter": {"units": ["chongfu"]}}) == ["CURSOR_OF_ANOTHER_LIST"]
    assert codes(story, "CompareProjects", {**given, "before": END}) == ["CURSOR_OF_ANOTHER_MOMENT"]
    assert codes(story, "CompareProjects", {**given, "after": valid}) == ["CURSOR_OF_ANOTHER_MOMENT"]
    assert codes(story, "CompareProjects", {**given, "after": clock}) == ["CURSOR_OF_ANOTHER_MOMENT"]
    for nonsense in ("", "x", "AAAA", cursor[:-4]):
        assert codes(story, "CompareProjects", {**given, "cursor": nonsense}) == ["BAD_CURSOR"]
    assert codes(story, "CompareProjects", {**given, "cursor": None, "first": 501}) == ["PAGE_SIZE"]


def test_a_cursor_that_nobody_was_given_is_refused(story: Story) -> None:
    import base64

    cursor = compare(story, "CompareProjects", "projects", first=1)["pageInfo"]["endCursor"]
    before, after, signature, kind, _ = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))

    def made(*parts: Any) -> str:
        return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")

    now = {"before": CUT, "after": None}
    ahead = made(before, [10**6, *after[1:]], signature, kind, story.ids["A1"])
    assert codes(story, "CompareProjects", {**now, "cursor": ahead}) == ["CURSOR_AHEAD"]
    for wrong in (
        made(before, [2**62, *after[1:]], signature, kind, "x"),
        made(before, [after[0], 2**62, None], signature, kind, "x"),
        made(before, [after[0], after[1], "2015-02-30"], signature, kind, "x"),
        made(before, [-1, *after[1:]], signature, kind, "x"),
    ):
        assert codes(story, "CompareProjects", {**now, "cursor": wrong}) == ["BAD_CURSOR"]
    nobody = made(before, after, signature, kind, "nobody")
    assert codes(story, "CompareProjects", {"before": CUT, "after": END, "cursor": nobody}) == [
        "CURSOR_OF_ANOTHER_LIST"
    ]


# -- what is published -----------------------------------------------------------------------------------------------


def test_every_list_is_compared_under_the_filter_that_it_takes() -> None:
    schema = build_schema(schema_text())
    comparison, query = schema.type_map["Comparison"], schema.query_type
    assert isinstance(comparison, GraphQLObjectType)
    assert query is not None

    lists = {
        name: set(known.args)
        for name, known in comparison.fields.items()
        if get_named_type(known.type).name == "DifferenceConnection" and name != "differences"
    }

    assert len(lists) == len(ComparedKind)
    for name, arguments in lists.items():
        assert arguments == set(query.fields[name].args) - {"orderBy", "last", "before"}, name
        assert (OPERATIONS / "audit" / f"Compare{name[0].upper()}{name[1:]}.graphql").is_file(), name


def test_whoever_reads_may_compare(story: Story) -> None:
    found = story.city.ask("CompareSummary", {"before": CUT, "after": END}, as_=SUPERVISOR)

    assert (
        found["compare"]["summary"]
        == story.city.ask("CompareSummary", {"before": CUT, "after": END})["compare"]["summary"]
    )
