"""Who tried what was not theirs to do is remembered where an adopted policy says so, and is nobody's business but the supervisors'."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import pytest

from tests.city import ADMINISTRATOR, AUDITOR, LEADER, READER, SCHEMA, SECRETARY, SUPERVISOR, City, clerk
from tests.schema.registering import FINDING, do, entered, refused, towns
from txapi.audit.tables.events import lines
from txapi.audit.tables.extract import Extract
from txapi.domain.event import Actor, Role
from txapi.domain.register import unit_id
from txapi.projections.all import PROJECTIONS
from txapi.projections.listening import Signal, Wanted, behind, holds
from txapi.schema.context import Context

HANDLER = Actor("handler-dama", Role.HANDLER, "dama")
WITNESS = Actor("witness", Role.WITNESS)
MAY_KNOW = (SUPERVISOR, AUDITOR, ADMINISTRATOR)
MAY_NOT = (clerk("dama"), HANDLER, LEADER, SECRETARY, READER, WITNESS)


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    city = towns(tmp_path)
    yield city
    city.close()


def adopt(city: City, edition: str = "attempts", **content: Any) -> None:
    """A policy of refused attempts comes into force."""
    do(
        city, "AdoptEdition", ADMINISTRATOR, kind="ATTEMPT_POLICY", edition=edition,
        content={"basis": "inferred", **content},
    )  # fmt: skip


def attempts(city: City, as_: Actor = AUDITOR, **asked: Any) -> list[Any]:
    """The refused attempts that somebody is shown."""
    return list(city.ask("RefusedAttempts", asked, as_=as_)["moment"]["refusedAttempts"]["nodes"])


def try_to(city: City, operation: str, as_: Actor | None, /, **input: Any) -> Any:
    """A command, whatever comes of it."""
    return city.execute(operation, {"input": input}, as_=as_)


def test_where_no_policy_says_so_nothing_is_remembered(city: City) -> None:
    refused(
        city, "NotYourRole", "RegisterUnit", LEADER, code="x", name={"zh": "甲", "en": "a"}, kind="TOWN", duty="OTHER"
    )

    assert attempts(city) == []


def test_who_tried_what_is_remembered_without_what_was_said(city: City) -> None:
    company = entered(city, "Company", name="恒石", unit="chongfu")
    adopt(city)
    before = city.record.head.position

    said = do(city, "AmendCompany", clerk("dama"), company=company, name="秘密名称", reason="秘密理由", source=FINDING)
    try_to(city, "RenameUnit", READER, unit="chongfu", name={"zh": "秘密", "en": "secret"})
    try_to(city, "RenameUnit", HANDLER, unit="no-such-unit", name={"zh": "秘密", "en": "secret"})

    assert said["code"] == "NotYourUnit"
    told = [
        (one["actor"]["subject"], one["action"], one["code"], one["nounKind"], one["nounId"]) for one in attempts(city)
    ]
    assert told == [
        ("clerk-dama", "amendCompany", "NotYourUnit", "company", company),
        ("reader", "renameUnit", "FORBIDDEN", "unit", unit_id("chongfu")),
    ]
    stored = b"".join(one.state for one in city.record.store.read(before, 100))
    assert "秘密" not in stored.decode()
    assert b"a finding" not in stored


def test_what_a_rule_of_business_refuses_is_not_remembered(city: City) -> None:
    company = entered(city, "Company", name="恒石", unit="chongfu")
    adopt(city)

    refused(city, "NothingToAmend", "AmendCompany", clerk("chongfu"), company=company, name="恒石")
    before = city.record.head.position
    try_to(city, "CloseCompany", None, company=company)

    assert city.record.head.position == before
    assert attempts(city) == []


def test_a_policy_says_which_codes_and_the_last_one_adopted_counts(city: City) -> None:
    adopt(city, codes=["FORBIDDEN"])
    try_to(city, "CloseUnit", LEADER, unit="dama")
    assert attempts(city) == []

    adopt(city, "another", codes=["NotYourRole"])
    try_to(city, "CloseUnit", LEADER, unit="dama")
    adopt(city, "none", active=False)
    try_to(city, "CloseUnit", READER, unit="dama")

    assert [(one["code"], one["policy"]) for one in attempts(city)] == [("NotYourRole", "another")]


def test_nobody_fills_the_record_with_attempts(city: City) -> None:
    adopt(city, most_a_day=3)
    for _ in range(6):
        try_to(city, "CloseUnit", LEADER, unit="dama")
    try_to(city, "CloseUnit", SECRETARY, unit="dama")
    head = city.record.head.position
    try_to(city, "CloseUnit", LEADER, unit="dama")
    assert city.record.head.position == head

    city.at("2015-08-12T09:00")
    try_to(city, "CloseUnit", LEADER, unit="dama")

    assert [(one["actor"]["subject"], one["last"]) for one in attempts(city)] == [
        ("leader", False), ("leader", False), ("leader", True), ("secretary", False), ("leader", False),
    ]  # fmt: skip
    assert [one["last"] for one in attempts(city, subject="secretary")] == [False]


def test_the_public_ledger_does_not_tell_who_was_refused(city: City) -> None:
    adopt(city)
    before = city.record.head.position
    for _ in range(2):
        try_to(city, "CloseUnit", HANDLER, unit="dama")
    city.at("2015-08-12T09:00")
    try_to(city, "CloseUnit", HANDLER, unit="dama")

    one, same, next_day = (recorded.event.originator_id for recorded in city.record.read(before, 10))

    assert one == same != next_day
    assert {uuid.UUID(stream).version for stream in (one, next_day)} == {4}
    assert city.record.derived_indexes() == city.record.indexes()


def test_attempts_at_the_same_moment_are_all_remembered(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    adopt(city)
    owner_of_key = city.record.owner_of_key
    missed: list[str] = []

    def too_early(kind: str, value: str) -> str | None:
        if not missed:
            missed.append(value)
            try_to(city, "CloseUnit", HANDLER, unit="dama")
            return None
        return owner_of_key(kind, value)

    monkeypatch.setattr(city.record, "owner_of_key", too_early)
    try_to(city, "RenameUnit", HANDLER, unit="dama", name={"zh": "甲", "en": "a"})

    assert [one["action"] for one in attempts(city)] == ["closeUnit", "renameUnit"]


@pytest.mark.parametrize("viewer", MAY_NOT, ids=lambda actor: actor.role.value)
def test_an_attempt_shows_nowhere_to_who_may_not_know_of_it(city: City, viewer: Actor) -> None:
    adopt(city)
    before = city.record.head.position
    try_to(city, "CloseUnit", HANDLER, unit="dama")
    position = city.record.head.position
    assert position == before + 1
    question = """query ($at: Position!) { event(position: $at) { type }
        events(filter: {positionFrom: $at}) { totalCount nodes { type } }
        moment { all: events(last: 1) { totalCount nodes { position } } }
        named: events(filter: {kinds: ["attempt"]}) { totalCount nodes { type } } }"""

    told = city.ask(question, {"at": str(position)}, as_=viewer)

    nothing: dict[str, Any] = {"totalCount": 0, "nodes": []}
    assert (told["event"], told["events"], told["named"]) == (None, nothing, nothing)
    assert told["moment"]["all"] == {"totalCount": before, "nodes": [{"position": str(before)}]}
    refusal = city.execute("RefusedAttempts", {}, as_=viewer)
    assert [error.extensions["code"] for error in refusal.errors] == ["FORBIDDEN"]


@pytest.mark.parametrize("viewer", MAY_KNOW, ids=lambda actor: actor.role.value)
def test_supervisors_auditors_and_administrators_know_of_it_as_of_any_moment(city: City, viewer: Actor) -> None:
    adopt(city)
    before = city.record.head.position
    try_to(city, "CloseUnit", HANDLER, unit="dama")
    position = city.record.head.position

    assert [one["position"] for one in attempts(city, viewer)] == [str(position)]
    assert attempts(city, viewer, at={"position": str(before)}) == []
    assert [one["position"] for one in attempts(city, viewer, unit="dama")] == [str(position)]
    question = "query ($at: Position!) { event(position: $at) { type actor { subject } noun { id } } }"
    event = city.ask(question, {"at": str(position)}, as_=viewer)["event"]
    assert event == {"type": "attempt.refused", "actor": {"subject": "handler-dama"}, "noun": None}


@pytest.mark.parametrize(
    "content",
    [{"codes": ["IsClosed"]}, {"codes": "NotYourRole"}, {"most_a_day": 0}, {"most_a_day": 1001}, {"basis": None}],
)
def test_a_policy_that_makes_no_sense_is_not_adopted(city: City, content: dict[str, Any]) -> None:
    before = city.record.head.position
    given = {"kind": "ATTEMPT_POLICY", "edition": "a", "content": {"basis": "inferred", **content}}

    result = city.execute("AdoptEdition", {"input": given}, as_=ADMINISTRATOR)

    assert [error.extensions["code"] for error in result.errors] == ["BAD_EDITION"]
    assert city.record.head.position == before


def test_that_an_attempt_cannot_be_remembered_changes_nothing_about_the_refusal(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    adopt(city)

    def fail(*_: Any, **__: Any) -> Any:
        raise OSError("no space left")

    monkeypatch.setattr(city.record, "load", lambda cls, id, until=None: fail() if cls.KIND == "attempt" else cls(id))

    said = do(city, "RegisterUnit", LEADER, code="x", name={"zh": "甲", "en": "a"}, kind="TOWN", duty="OTHER")

    assert said["code"] == "NotYourRole"


# -- as it happens, and in tables ----------------------------------------------------------------------------------


class Listening:
    """A feed that only learns what is wanted of it."""

    def __init__(self) -> None:
        self.wanted: list[Wanted] = []

    async def follow(self, wanted: Wanted, after: int | None, *, days: bool) -> AsyncIterator[Signal]:
        """Nothing ever happens."""
        self.wanted.append(wanted)
        never: tuple[Signal, ...] = ()
        for signal in never:
            yield signal


def wanted_by(city: City, viewer: Actor, subscription: str) -> Wanted:
    """Which events a subscription of this viewer hears of."""
    feed = Listening()
    context = Context(city.views, city.desk, viewer, signed_in=True, feed=feed)

    async def ask() -> None:
        async for _ in await SCHEMA.subscribe(subscription, context_value=context):
            pass

    anyio.run(ask)
    context.close()
    [wanted] = feed.wanted
    return wanted


@pytest.mark.parametrize("viewer", [clerk("dama"), AUDITOR], ids=lambda actor: actor.role.value)
def test_who_listens_hears_of_an_attempt_only_where_it_may_be_known(city: City, viewer: Actor) -> None:
    adopt(city)
    before = city.record.head.position
    try_to(city, "CloseUnit", HANDLER, unit="dama")
    [recorded] = city.record.read(before, 10)

    for subscription, known in (("{ tail { __typename } }", viewer is AUDITOR), ("{ changes { __typename } }", False)):
        wanted = wanted_by(city, viewer, f"subscription {subscription}")
        late = behind(city.reader(), PROJECTIONS, wanted, before)

        assert holds(wanted.filter, recorded) is known
        assert (late.positions, late.until) == ([recorded.position] if known else [], recorded.position)


def test_the_table_of_events_leaves_out_what_its_reader_must_not_know(city: City) -> None:
    adopt(city)
    try_to(city, "CloseUnit", HANDLER, unit="dama")
    reader = city.reader()
    told = [
        [line.row.event.TOPIC for _, line in lines(Extract(given, city.record), 2)]
        for given in (reader, replace(reader, hidden=frozenset({"attempt"})))
    ]

    assert told == [["reference.adopted", "attempt.refused"], ["reference.adopted"]]
