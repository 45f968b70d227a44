"""Attachments through the published operations: on tickets, projects, targets and their parts, now and as of any moment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.attaching import pdf, png, uploaded
from tests.city import LEADER, READER, SUPERVISOR, City, clerk
from tests.projections.ticket_city import ISSUER, LAND, PLANNING, Tickets, furnished
from tests.schema.registering import NOBODY
from tests.views import overhear
from txapi.application.attachments import attach_file
from txapi.application.projects import introduce_project, reach_milestone
from txapi.application.targets import report_actual, set_target
from txapi.domain.attachment import MOST_ATTACHMENTS, AttachedTo, Attachment
from txapi.domain.dates import PartialDate
from txapi.domain.editions import MilestoneKind, ProjectKind
from txapi.domain.event import Actor, Role
from txapi.domain.money import Money
from txapi.domain.pace import Figure
from txapi.projections import history
from txapi.projections.history import EventFilter
from txapi.projections.listening import belonging, holds
from txapi.projections.moment import Reader, at_position

NOWHERE = "0" * 64
FIELDS = (
    "number name caption sha256 size mediaType handling milestone through withdrawn url attachedBy attachedPosition"
)
DAMA = clerk("dama")


class Filed(City):
    """A city with one of each that files hang on, and a photograph that lies ready."""

    ticket: str
    project: str
    target: str
    photograph: str


def filed(folder: Path) -> Filed:
    """The city, founded."""
    city: Any = furnished(folder, "2015-08-10T09:00")
    city.ticket = received(city, "2015-08-10T09:00")
    city.project = introduce_project(
        city.desk, city.order(), code="P-1", name="新材料", kind=ProjectKind.NEW_BUILD, unit="chongfu"
    ).id
    on = PartialDate.day(date(2015, 8, 1))
    reach_milestone(city.desk, city.order(reason="as told"), project=city.project, kind=MilestoneKind.SIGNED, on=on)
    city.target = set_target(city.desk, city.order(), indicator="DOMESTIC_CAPITAL", unit="chongfu", year=2015).id
    value = Figure(Money.of("3", "亿元"), None)
    report_actual(city.desk, city.order(), target=city.target, through=date(2015, 7, 31), value=value)
    city.photograph = uploaded(city.record.files, png(), ISSUER)
    return city  # type: ignore[no-any-return]


@pytest.fixture
def city(tmp_path: Path) -> Iterator[Filed]:
    city = filed(tmp_path)
    yield city
    city.close()


@pytest.fixture(scope="module")
def standing(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filed]:
    """One for the commands that are refused: they leave it as it is."""
    city = filed(tmp_path_factory.mktemp("standing"))
    yield city
    city.close()


def received(city: City, time: str) -> str:
    """A ticket that the land bureau received."""
    give = Tickets(city)
    return give(time, LAND, "receive_ticket", give.issued(time))


def do(city: City, operation: str, as_: Any = ISSUER, /, **input: Any) -> Any:
    """Run a published mutation; its receipt or refusal."""
    return city.ask(operation, {"input": input}, as_=as_)[operation[0].lower() + operation[1:]]


def attached(city: Filed, as_: Any = ISSUER, /, **input: Any) -> Any:
    """Upload and attach the photograph; the attachment."""
    uploaded(city.record.files, png(), as_)
    answer = do(city, "AttachFile", as_, **{"sha256": city.photograph, "name": "现场.png", **input})
    assert answer["__typename"] == "AttachmentReceipt", answer
    return answer["attachment"]


def refused(city: Filed, code: str, operation: str, as_: Any = ISSUER, /, **input: Any) -> Any:
    """A command that must be refused with this code and record nothing."""
    before = city.record.head.position
    answer = do(city, operation, as_, **input)
    assert (answer["__typename"], answer.get("code")) == ("Refusal", code), answer
    assert city.record.head.position == before
    return answer


def files(city: City, of: str, id: str, at: int | None = None, *, withdrawn: bool = False) -> list[Any]:
    """The files of a noun at a moment."""
    query = f"""query($at: PointInput, $id: ID!, $withdrawn: Boolean!) {{ moment(at: $at) {{
      {of}(entityId: $id) {{ attachments(withdrawn: $withdrawn) {{ {FIELDS} }} }} }} }}"""
    point = None if at is None else {"position": str(at)}
    found: list[Any] = city.ask(query, {"at": point, "id": id, "withdrawn": withdrawn})["moment"][of]["attachments"]
    return found


def test_a_file_is_attached_to_a_ticket_and_the_moment_before_has_none(city: Filed) -> None:
    before = city.record.head.position

    attachment = attached(city, ticket=city.ticket, caption="开工现场", size=len(png()), mediaType="image/png")

    [seen] = files(city, "ticket", city.ticket)
    assert seen == {
        "number": 1, "name": "现场.png", "caption": "开工现场", "sha256": city.photograph, "size": len(png()),
        "mediaType": "image/png", "handling": None, "milestone": None, "through": None, "withdrawn": False,
        "url": f"/files/{city.photograph}?attachment={attachment['entityId']}", "attachedBy": ISSUER.subject,
        "attachedPosition": str(before + 1),
    }  # fmt: skip
    assert files(city, "ticket", city.ticket, before) == []


def test_each_part_has_its_own_files_and_its_noun_has_all_of_them(city: Filed) -> None:
    attached(city, LAND, ticket=city.ticket, handling=1, name="受理意见.png")
    attached(city, ticket=city.ticket)
    attached(city, project=city.project, milestone="SIGNED", name="签约.png")
    attached(city, target=city.target, through="2015-07-31", name="报表.png")

    told = city.ask(
        """query($ticket: ID!, $project: ID!, $target: ID!) {
          ticket(entityId: $ticket) { attachments { number name } handlings { attachments { name } } }
          project(entityId: $project) { attachments { name } milestones { kind attachments { name } } }
          target(entityId: $target) { attachments { name } figures { through attachments { name } } } }""",
        {"ticket": city.ticket, "project": city.project, "target": city.target},
    )

    assert told["ticket"] == {
        "attachments": [{"number": 1, "name": "受理意见.png"}, {"number": 2, "name": "现场.png"}],
        "handlings": [{"attachments": [{"name": "受理意见.png"}]}],
    }
    assert told["project"]["attachments"] == [{"name": "签约.png"}]
    assert {one["kind"]: len(one["attachments"]) for one in told["project"]["milestones"]} == {"SIGNED": 1}
    assert told["target"]["attachments"] == [{"name": "报表.png"}]
    assert told["target"]["figures"] == [{"through": "2015-07-31", "attachments": [{"name": "报表.png"}]}]


def test_the_history_of_a_noun_and_whoever_listens_to_it_have_what_happened_to_its_files(city: Filed) -> None:
    before = city.record.head.position
    file = attached(city, ticket=city.ticket, sha256=city.photograph, name="现场.png")
    attached(city, project=city.project, sha256=city.photograph, name="别处.png")
    do(city, "WithdrawAttachment", attachment=file["entityId"], reason="贴错了")

    told = city.ask(
        "query($id: ID!) { ticket(entityId: $id) { history(last: 3) { nodes { type } } } }", {"id": city.ticket}
    )

    types = [node["type"] for node in told["ticket"]["history"]["nodes"]]
    assert types[-2:] == ["attachment.attached", "attachment.withdrawn"]
    assert types[0].startswith("ticket.")
    wanted = EventFilter(nouns=[city.ticket])
    recorded = city.record.read(before, 10)
    with city.views.snapshot() as connection:
        reader = Reader(connection, at_position(connection, city.record.head.position))
        about = belonging(recorded, lambda position: nullcontext(reader))
        missed = history.page(reader, wanted, 10, after=before).positions
    heard = [each.position for each, noun in zip(recorded, about, strict=True) if holds(wanted, each, noun)]
    assert heard == missed == [before + 1, before + 3]


def test_a_withdrawn_file_is_current_no_more_and_stays_in_the_record(city: Filed) -> None:
    attachment = attached(city, ticket=city.ticket)
    shown = city.record.head.position

    receipt = do(city, "WithdrawAttachment", attachment=attachment["entityId"], reason="贴错了")

    assert (receipt["attachment"]["withdrawn"], receipt["attachment"]["withdrawnBecause"]) == (True, "贴错了")
    assert files(city, "ticket", city.ticket) == []
    assert [one["withdrawn"] for one in files(city, "ticket", city.ticket, withdrawn=True)] == [True]
    assert [one["name"] for one in files(city, "ticket", city.ticket, shown)] == ["现场.png"]
    refused(city, "IsClosed", "AmendAttachment", attachment=attachment["entityId"], caption="x")

    do(city, "CorrectAttachment", attachment=attachment["entityId"], corrects=2, reason="没有贴错")
    assert [one["name"] for one in files(city, "ticket", city.ticket)] == ["现场.png"]


def test_a_name_is_amended_and_the_past_keeps_the_old_one(city: Filed) -> None:
    attachment = attached(city, ticket=city.ticket)
    before = city.record.head.position

    do(city, "AmendAttachment", attachment=attachment["entityId"], name="开工.png", caption="8月10日")

    assert [(one["name"], one["caption"]) for one in files(city, "ticket", city.ticket)] == [("开工.png", "8月10日")]
    assert [one["name"] for one in files(city, "ticket", city.ticket, before)] == ["现场.png"]
    history = city.ask("Attachment", {"entityId": attachment["entityId"]})["moment"]["attachment"]["history"]
    assert [event["type"] for event in history["nodes"]] == ["attachment.attached", "attachment.amended"]


def test_what_differs_between_two_moments_names_the_file_and_the_event_to_blame(city: Filed) -> None:
    before = city.record.head.position
    attached(city, ticket=city.ticket)

    found = city.ask("CompareAttachments", {"before": {"at": {"position": str(before)}}})["compare"]["attachments"]

    [one] = found["nodes"]
    assert (one["what"], one["label"]["zh"], [event["type"] for event in one["events"]]) == (
        "APPEARED", "现场.png", ["attachment.attached"],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("code", "as_", "given"),
    [
        ("FileNotUploaded", ISSUER, {"sha256": NOWHERE}),
        ("FileIsAnother", ISSUER, {"size": 1}),
        ("FileIsAnother", ISSUER, {"mediaType": "application/pdf"}),
        ("NoSuchPart", ISSUER, {"handling": 2}),
        ("NoSuchPart", ISSUER, {"milestone": "SIGNED"}),
        ("DoesNotExist", ISSUER, {"ticket": NOBODY}),
        ("NotYourUnit", DAMA, {}),
        ("NotYourUnit", PLANNING, {}),
        ("NotYourUnit", ISSUER, {"handling": 1}),
    ],
)
def test_a_file_that_is_not_there_or_hangs_on_nothing_is_refused(
    standing: Filed, code: str, as_: Any, given: dict[str, Any]
) -> None:
    refused(
        standing,
        code,
        "AttachFile",
        as_,
        **{"sha256": standing.photograph, "name": "现场.png", "ticket": standing.ticket, **given},
    )


def test_parts_that_were_never_recorded_take_no_files(standing: Filed) -> None:
    of_project = {"sha256": standing.photograph, "name": "a.png", "project": standing.project, "milestone": "COMPLETED"}
    of_target = {"sha256": standing.photograph, "name": "a.png", "target": standing.target, "through": "2015-06-30"}

    refused(standing, "NoSuchPart", "AttachFile", ISSUER, **of_project)
    refused(standing, "NoSuchPart", "AttachFile", ISSUER, **of_target)


@pytest.mark.parametrize(
    ("code", "given"),
    [
        ("ONE_NOUN", {}),
        ("ONE_NOUN", {"ticket": NOBODY, "project": NOBODY}),
        ("ONE_PART", {"ticket": NOBODY, "handling": 1, "milestone": "SIGNED"}),
        ("BAD_HASH", {"ticket": NOBODY, "sha256": "x" * 64}),
        ("BAD_FILE_NAME", {"ticket": "", "name": "../现场.png"}),
        ("BAD_FILE_NAME", {"ticket": "", "name": "现场.pdf"}),
    ],
)
def test_input_that_makes_no_sense_is_told_with_a_code(standing: Filed, code: str, given: dict[str, Any]) -> None:
    before = standing.record.head.position
    if given.get("ticket") == "":
        given = {**given, "ticket": standing.ticket}

    result = standing.execute(
        "AttachFile", {"input": {"sha256": standing.photograph, "name": "现场.png", **given}}, as_=ISSUER
    )

    assert [error.extensions["code"] for error in result.errors or ()] == [code]
    assert standing.record.head.position == before


def test_who_attached_a_file_may_withdraw_it_with_a_reason_and_others_may_not(city: Filed) -> None:
    attachment = attached(city, LEADER, ticket=city.ticket)["entityId"]

    refused(city, "NotYourRole", "WithdrawAttachment", ISSUER, attachment=attachment, reason="x")
    refused(
        city,
        "NotYourUnit",
        "WithdrawAttachment",
        DAMA,
        attachment=attached(city, ticket=city.ticket)["entityId"],
        reason="x",
    )
    refused(city, "AttachmentWithdrawalNeedsAReason", "WithdrawAttachment", LEADER, attachment=attachment)

    assert do(city, "WithdrawAttachment", LEADER, attachment=attachment, reason="x")["attachment"]["withdrawn"]


def test_a_grey_button_says_why(standing: Filed) -> None:
    query = "query($id: ID!) { ticket(entityId: $id) { mayAttach { action allowed because { code } } } }"

    def said(as_: Any) -> Any:
        return standing.ask(query, {"id": standing.ticket}, as_=as_)["ticket"]["mayAttach"]

    assert said(LAND) == {"action": "attachFile", "allowed": True, "because": None}
    assert said(SUPERVISOR)["allowed"]
    assert said(Actor("handler", Role.HANDLER, "land-bureau"))["allowed"]
    assert said(DAMA) == {"action": "attachFile", "allowed": False, "because": {"code": "NotYourUnit"}}
    assert said(READER) == {"action": "attachFile", "allowed": False, "because": {"code": "NotYourRole"}}


def test_a_file_hangs_on_a_handling_by_the_unit_that_handles_and_the_button_says_so(standing: Filed) -> None:
    query = """query($id: ID!) { ticket(entityId: $id) {
        mayAttach { allowed } handlings { mayAttach { allowed because { code } } } } }"""

    def said(as_: Any) -> Any:
        ticket = standing.ask(query, {"id": standing.ticket}, as_=as_)["ticket"]
        return ticket["mayAttach"]["allowed"], [each["mayAttach"] for each in ticket["handlings"]]

    assert said(LAND) == (True, [{"allowed": True, "because": None}])
    assert said(ISSUER) == (True, [{"allowed": False, "because": {"code": "NotYourUnit"}}])
    assert said(READER) == (False, [{"allowed": False, "because": {"code": "NotYourRole"}}])


def test_who_may_withdraw_a_file_is_told_with_it(city: Filed) -> None:
    attached(city, ticket=city.ticket)
    query = """query($id: ID!) { ticket(entityId: $id) { attachments { may { action allowed because { code } } } } }"""

    def said(as_: Any) -> Any:
        [file] = city.ask(query, {"id": city.ticket}, as_=as_)["ticket"]["attachments"]
        return next(each for each in file["may"] if each["action"] == "withdrawAttachment")

    assert said(ISSUER) == {"action": "withdrawAttachment", "allowed": True, "because": None}
    assert said(LAND)["because"] == {"code": "NotYourUnit"}
    assert said(READER)["because"] == {"code": "NotYourRole"}


def test_a_handler_attaches_files_to_tickets_and_to_nothing_else(standing: Filed) -> None:
    chongfu = Actor("handler", Role.HANDLER, "chongfu")

    refused(
        standing,
        "NotYourRole",
        "AttachFile",
        chongfu,
        sha256=standing.photograph,
        name="a.png",
        project=standing.project,
    )


def test_the_same_command_again_attaches_nothing_twice(city: Filed) -> None:
    first = attached(city, ticket=city.ticket, commandId="c-1")
    head = city.record.head.position

    again = attached(city, ticket=city.ticket, commandId="c-1")

    assert (again["entityId"], city.record.head.position) == (first["entityId"], head)


def test_a_noun_takes_so_many_files_and_no_more(city: Filed) -> None:
    uploaded(city.record.files, png())
    for _ in range(MOST_ATTACHMENTS):
        attach_file(
            city.desk, city.order(), to=AttachedTo("project", city.project), sha256=city.photograph, name="a.png"
        )

    refused(
        city, "TooManyAttachments", "AttachFile", ISSUER, sha256=city.photograph, name="a.png", project=city.project
    )
    assert len(files(city, "project", city.project)) == MOST_ATTACHMENTS


def test_a_hash_is_not_enough_to_attach_what_was_withdrawn(city: Filed) -> None:
    attachment = attached(city, ticket=city.ticket)
    done = do(city, "WithdrawAttachment", attachment=attachment["entityId"], reason="贴错了")
    assert done["__typename"] == "AttachmentReceipt", done

    again = {"sha256": city.photograph, "name": "现场.png", "ticket": city.ticket}
    refused(city, "FileNotUploaded", "AttachFile", LAND, **again, handling=1)

    assert attached(city, LAND, **again, handling=1)["sha256"] == city.photograph


def test_what_somebody_else_uploaded_is_attached_by_nobody_but_them(city: Filed) -> None:
    again = {"sha256": city.photograph, "name": "现场.png", "ticket": city.ticket}

    refused(city, "FileNotUploaded", "AttachFile", LAND, **again)

    assert do(city, "AttachFile", **again)["__typename"] == "AttachmentReceipt"
    # It is given to anybody by now, so anybody has it.
    assert do(city, "AttachFile", LAND, **again)["__typename"] == "AttachmentReceipt"


def test_files_of_many_parents_cost_one_statement(city: Filed) -> None:
    second = received(city, "2015-08-10T10:00")
    document = uploaded(city.record.files, pdf(), LAND)
    for ticket in (city.ticket, second):
        attached(city, ticket=ticket)
        attached(city, LAND, ticket=ticket, handling=1, sha256=document, name="意见.pdf")
    query = """query($first: Int) { tickets(first: $first) { nodes {
      attachments { name unit { code } attachedPosition about { __typename } } handlings { attachments { name } } } } }"""
    said = overhear(city.views)

    def statements(first: int) -> int:
        said.clear()
        nodes = city.ask(query, {"first": first})["tickets"]["nodes"]
        assert [len(node["attachments"]) for node in nodes] == [2] * first
        return sum(statement.startswith("SELECT") for statement in said)

    assert statements(1) == statements(2)


def test_attachments_are_found_by_what_they_hang_on_and_by_their_bytes(city: Filed) -> None:
    attached(city, ticket=city.ticket)
    attached(city, project=city.project)

    def found(**asked: Any) -> list[str]:
        page = city.ask("Attachments", {"filter": asked})["moment"]["attachments"]
        return sorted(node["entityId"] for node in page["nodes"])

    [of_ticket] = found(about=[city.ticket])
    assert len(found(sha256=city.photograph)) == 2
    assert found(sha256=NOWHERE) == found(withdrawn=True) == []
    assert city.record.load(Attachment, of_ticket).to == AttachedTo("ticket", city.ticket)
