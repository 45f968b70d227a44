"""Data that somebody may not read affect no answer: two worlds that differ in nothing else answer every question alike."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from graphql import OperationDefinitionNode, OperationType, parse
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.city import AUDITOR, LEADER, OPERATIONS, READER, SECRETARY
from tests.schema.any_question import AnyQuestion
from tests.schema.two_worlds import ATTEMPTS, MARKS, PERSONS, TEXTS, TICKETS, UNITS, VIEWER, WORDS, World, told
from txapi.audit.tables.contents import SHEETS, lines_of_table
from txapi.audit.tables.extract import Extract
from txapi.domain.errors import BadInput
from txapi.domain.event import Actor
from txapi.projections.all import PROJECTIONS
from txapi.projections.history import EventFilter
from txapi.projections.listening import Wanted, behind
from txapi.schema.ids import GlobalId

BOUND = (VIEWER, READER, None)
"""Whoever may not read everything; nobody is somebody, too."""
NOT_TOLD = (*BOUND, LEADER, SECRETARY)
"""Whoever may know neither of refused attempts nor what a person is called whom another unit keeps."""
TOLD_OF_EVERYTHING = frozenset({"Record.digest", "Record.digests", "Query.viewer"})
"""The digests of read models are over everything: decision 45."""


of_each_kind = pytest.mark.parametrize(
    "withheld", [TICKETS, TEXTS, *(pytest.param(kind, marks=pytest.mark.slow) for kind in (MARKS, ATTEMPTS, PERSONS))]
)


def bound_by(withheld: str) -> tuple[Actor | None, ...]:
    """Who may not read what is withheld."""
    return NOT_TOLD if withheld in (ATTEMPTS, PERSONS) else BOUND


@contextmanager
def two_worlds(folder: Path, script: int, withheld: str) -> Iterator[tuple[World, World]]:
    """The two worlds of a script, at the same position."""
    worlds = World(folder / "one", 1, script, withheld), World(folder / "other", 2, script, withheld)
    try:
        for world in worlds:
            told(world, script)
        one, other = worlds
        assert one.record.head.position == other.record.head.position
        assert one.tickets == other.tickets
        states = [[recorded.event for recorded in world.record.read_all()] for world in worlds]
        assert states[0] != states[1], "there is something to be hidden"
        yield worlds
    finally:
        for world in worlds:
            world.close()


def values_of(world: World) -> dict[str, list[Any]]:
    """What can be said for the arguments of questions: what there is in the world, hidden or not, and what there is not."""
    head = world.record.head.position
    positions = [str(at) for at in range(head + 1)]
    # Now, and the past.
    often = [*positions, *[str(head)] * head]
    stream = [recorded.event.originator_id for recorded in world.record.read_all()]
    ids = [*world.tickets, *world.nouns, *dict.fromkeys(stream)]
    nodes = [
        *(GlobalId("ticket", id).text() for id in world.tickets),
        *(GlobalId("attachment", id).text() for id in dict.fromkeys(stream)),
        *(GlobalId("event", at).text() for at in positions[1:]),
    ]
    times = [recorded.recorded_at.isoformat() for recorded in world.record.read_all()]
    return {
        "id": nodes, "ID": [*world.tickets, *ids], "Position": often, "position": often,
        "DateTime": [*times, "2015-12-31T00:00:00+08:00"], "time": times, "Date": ["2015-08-03", "2015-09-25", "2015-12-31"],
        "first": [0, 1, 2, 5, 50, 500], "last": [1, 3, 50], "year": [2015], "years": [2015], "Int": [0, 1, 2, 7, 100],
        "number": [f"2015-{one:04d}" for one in range(1, 6)], "text": [*WORDS, "2015", "第"], "sha256": [], "after": [],
        "before": [], "String": [*UNITS, *WORDS], "Boolean": [True, False], "kinds": ["ticket", "attachment", "unit"],
        "types": ["ticket.issued", "ticket.drafted", "attachment.attached"], "subject": ["clerk-chongfu", "clerk-dama"],
        "units": list(UNITS), "unit": list(UNITS), "of": ids, "correlationId": [], "treeSize": [],
    }  # fmt: skip


def answers(world: World, document: str, variables: dict[str, Any] | None, viewer: Actor | None) -> Any:
    """What somebody is answered; nothing goes wrong that is not the question's own fault."""
    result = world.execute(document, variables, as_=viewer)
    for error in result.errors or ():
        assert error.original_error is None or isinstance(error.original_error, BadInput), (document, variables, error)
    return masked(world, (result.data, [error.formatted for error in result.errors or ()]))


def masked(world: World, answer: Any) -> Any:
    """An answer in which whatever is sealed is alike: everybody is told it, and it follows from what is in it."""
    if world.withheld != PERSONS:
        return answer
    text = json.dumps(answer, ensure_ascii=False, default=str)
    for sealed in world.sealed:
        text = text.replace(sealed, "sealed")
    return json.loads(text)


def published_questions(chance: random.Random, values: dict[str, list[Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every published question, with variables drawn at random."""
    drawing = AnyQuestion(chance, values)
    for path in sorted(OPERATIONS.rglob("*.graphql")):
        text = path.read_text(encoding="utf-8")
        [operation] = [one for one in parse(text).definitions if isinstance(one, OperationDefinitionNode)]
        if operation.operation is OperationType.QUERY and path.stem not in (
            "Record",
            "Head",
            "Checkpoint",
            "Checkpoints",
        ):
            yield text, drawing.variables(operation)


def must_be_alike(worlds: tuple[World, World], seed: int, how_many: int) -> None:
    """Ask both worlds the same, at random."""
    chance = random.Random(seed)
    values = values_of(worlds[0])
    drawing = AnyQuestion(chance, values, TOLD_OF_EVERYTHING)
    questions: list[tuple[str, dict[str, Any]]] = [(drawing.document(), {}) for _ in range(how_many)]
    published = list(published_questions(chance, values))
    questions += chance.sample(published, min(len(published), how_many))
    for document, variables in questions:
        viewer = chance.choice(bound_by(worlds[0].withheld))
        one, other = (answers(world, document, variables, viewer) for world in worlds)
        assert one == other, (viewer, document, variables)


def listened(world: World, viewer: Actor | None, chance: random.Random) -> list[list[int]]:
    """What listeners who come late are told of."""
    asked = [
        Wanted(EventFilter(), None, viewer or READER),
        Wanted(EventFilter(kinds=["ticket"]), frozenset({chance.choice(UNITS)}), viewer or READER),
        Wanted(EventFilter(nouns=world.tickets), None, viewer or READER),
    ]
    return [behind(world.reader(), PROJECTIONS, one, 0).positions for one in asked]


def tables(world: World, viewer: Actor, position: int) -> Any:
    """Every table for spreadsheets, as of a position."""
    context = world.context(viewer)
    try:
        extract = Extract(context.reader_at(position, None, None, None), world.record)
        return masked(world, [[sheet.cells(line) for line in lines_of_table(sheet, extract, 500)] for sheet in SHEETS])
    finally:
        context.close()


@pytest.mark.slow_on("postgresql")
@of_each_kind
@settings(max_examples=2)
@given(script=st.integers(0, 2**20), seed=st.integers(0, 2**20))
def test_what_may_not_be_read_affects_no_answer(
    tmp_path_factory: pytest.TempPathFactory, withheld: str, script: int, seed: int
) -> None:
    with two_worlds(tmp_path_factory.mktemp("worlds"), script, withheld) as worlds:
        must_be_alike(worlds, seed, 25)


@of_each_kind
@pytest.mark.slow
@settings(max_examples=20)
@given(script=st.integers(0, 2**20), seed=st.integers(0, 2**20))
def test_what_may_not_be_read_affects_no_answer_however_long_it_is_asked(
    tmp_path_factory: pytest.TempPathFactory, withheld: str, script: int, seed: int
) -> None:
    with two_worlds(tmp_path_factory.mktemp("worlds"), script, withheld) as worlds:
        must_be_alike(worlds, seed, 120)


@pytest.mark.slow_on("postgresql")
@of_each_kind
@settings(max_examples=2)
@given(script=st.integers(0, 2**20))
def test_what_may_not_be_read_affects_no_table_and_nobody_who_listens(
    tmp_path_factory: pytest.TempPathFactory, withheld: str, script: int
) -> None:
    with two_worlds(tmp_path_factory.mktemp("worlds"), script, withheld) as worlds:
        head = worlds[0].record.head.position
        for viewer in (VIEWER, READER):
            one, other = (listened(world, viewer, random.Random(script)) for world in worlds)
            assert one == other
            for position in (head, head // 2):
                first, second = (tables(world, viewer, position) for world in worlds)
                assert first == second


COMMANDS: dict[str, dict[str, Any]] = {
    "ReceiveTicket": {}, "AcceptTicket": {"opinion": "同意", "promisedBy": "2015-12-01"},
    "ReportTicketProgress": {"note": "进展"}, "ReturnTicket": {"opinion": "资料不全"},
    "ResolveTicket": {"outcome": "已办"}, "AmendTicketDraft": {"subject": "另"}, "IssueTicket": {},
    "WithdrawTicket": {"reason": "不需要"}, "CarryOutTicketDecision": {"decision": 1, "outcome": "已办"},
    "RemindTicket": {"note": "请抓紧"}, "ConfirmTicket": {}, "MarkTicketInternal": {"internal": True, "reason": "内部"},
}  # fmt: skip
"""What is commanded at random, of any ticket."""


def any_command(chance: random.Random, world: World) -> tuple[str, dict[str, Any]]:
    """A command on some ticket, by the name of its operation, and its input."""
    operation = chance.choice(list(COMMANDS))
    input: dict[str, Any] = {**COMMANDS[operation], "ticket": chance.choice(world.tickets)}
    if chance.random() < 0.3:
        input["expectedVersion"] = chance.randint(1, 8)
    return operation, input


@pytest.mark.slow_on("postgresql")
@of_each_kind
@settings(max_examples=2)
@given(script=st.integers(0, 2**20), seed=st.integers(0, 2**20))
def test_what_may_not_be_read_affects_no_command(
    tmp_path_factory: pytest.TempPathFactory, withheld: str, script: int, seed: int
) -> None:
    with two_worlds(tmp_path_factory.mktemp("worlds"), script, withheld) as worlds:
        chance = random.Random(seed)
        for _ in range(20):
            operation, input = any_command(chance, worlds[0])
            one, other = (unnamed(answers(world, operation, {"input": input}, VIEWER)) for world in worlds)
            assert one == other, (operation, input)
            assert worlds[0].record.head.position == worlds[1].record.head.position


@of_each_kind
@pytest.mark.slow
@settings(max_examples=10)
@given(script=st.integers(0, 2**20), seed=st.integers(0, 2**20))
def test_what_may_not_be_read_affects_nobody_who_asks_and_commands_in_turn(
    tmp_path_factory: pytest.TempPathFactory, withheld: str, script: int, seed: int
) -> None:
    with two_worlds(tmp_path_factory.mktemp("worlds"), script, withheld) as worlds:
        chance = random.Random(seed)
        published = list(published_questions(chance, values_of(worlds[0])))
        for _ in range(40):
            viewer = chance.choice(bound_by(withheld))
            if chance.random() < 0.4:
                operation, input = any_command(chance, worlds[0])
                asked: tuple[str, dict[str, Any]] = operation, {"input": input}
            elif chance.random() < 0.5:
                asked = chance.choice(published)
            else:
                # Of what there is by now, with what was recorded in between.
                asked = AnyQuestion(chance, values_of(worlds[0]), TOLD_OF_EVERYTHING).document(), {}
            one, other = (unnamed(answers(world, *asked, viewer)) for world in worlds)
            assert one == other, (viewer, asked)
            assert worlds[0].record.head.position == worlds[1].record.head.position


def unnamed(answer: Any) -> Any:
    """An answer without the names that chance gives to what was recorded just now."""
    if isinstance(answer, dict):
        return {name: unnamed(part) for name, part in answer.items() if name != "correlationId"}
    if isinstance(answer, list | tuple):
        return [unnamed(part) for part in answer]
    return answer


@of_each_kind
def test_the_worlds_do_differ_for_whoever_reads_everything(tmp_path: Path, withheld: str) -> None:
    of_tickets = "{ tickets(first: 50) { nodes { subject body handlings { opinion } } } }"
    query = {
        ATTEMPTS: "{ refusedAttempts(first: 50) { nodes { action actor { subject } } } }",
        PERSONS: "query ($id: ID!) { person(entityId: $id) { name phone } }",
    }.get(withheld, of_tickets)
    with two_worlds(tmp_path, 1, withheld) as worlds:
        given = {"id": worlds[0].persons[0]} if withheld == PERSONS else None
        one, other = (answers(world, query, given, AUDITOR) for world in worlds)

    assert one != other
    assert one[1] == other[1] == []
