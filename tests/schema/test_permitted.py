"""Every command, by every role, on what is of the own unit, of one merged into it, of another, or of none: as the city's rules say."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.city import City
from tests.schema.permitted_world import ALWAYS_OF_A_UNIT, OF_A_UNIT, OTHER, OWN, SHARED, UNITS, World, build
from txapi.application.desk import Desk
from txapi.domain.errors import BadInput
from txapi.domain.event import Actor, Role
from txapi.domain.permissions import RULES
from txapi.domain.register import unit_id
from txapi.schema.ids import GlobalId

pytestmark = pytest.mark.only_on("sqlite", because="who may give a command is decided before anything is stored")

FORBIDDEN = (Role.READER, Role.AUDITOR, Role.WITNESS)
COLUMNS = (Role.CLERK, Role.HANDLER, Role.LEADER, Role.SECRETARY, Role.SUPERVISOR, Role.ADMINISTRATOR)
ACTORS = {
    role: Actor(f"a {role.value}", role, OWN if role in (Role.CLERK, Role.HANDLER) else None)
    for role in (*COLUMNS, *FORBIDDEN)
}
ROLES = [pytest.param(role, marks=pytest.mark.slow) if role in FORBIDDEN[1:] else role for role in ACTORS]
"""Of those who may give no command, one stands for all where time matters."""
RULED_OUT = {
    # Nothing is provisional in a year whose calendar is known.
    ("fixTicketDeadline", "NoDeadlineIsProvisional"),
    # An item of a meeting has no rule of reply, and nobody receives it.
    ("issueTicket", "OnSiteItemHasNoReplyRule"),
    ("reassignTicket", "OnSiteItemHasNoReplyRule"),
    ("addTicketSupport", "OnSiteItemHasNoReplyRule"),
    ("correctTicketReceipt", "NotReceivedYet"),
    # Nobody tells webhooks here.
    ("replayWebhook", "NO_SUCH_WEBHOOK"),
}
"""What a rule of business refuses in this city to those who may give the command."""


OF_THE_SERVER = ("replayWebhook",)
"""What is done to the server, and not recorded: it takes no reason, and says FORBIDDEN to all others."""


class Deciding(Desk):
    """Decides everything as a desk does, and records nothing, so that all can be tried on the same nouns."""

    def _append(self, *_: Any) -> Any:
        raise BadInput("DECIDED", "this passed every rule, and would be recorded now")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, store: str) -> Iterator[World]:
    built = build(tmp_path_factory.mktemp("permitted"))
    yield built
    built.city.close()


def expected() -> dict[str, dict[Role, str]]:
    """The table that was written by hand: the cell of each command and role."""
    text = (Path(__file__).parent / "permitted.txt").read_text(encoding="utf-8")
    rows = [line.split() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    assert len({row[0] for row in rows}) == len(rows)
    return {row[0]: dict(zip(COLUMNS, row[1:], strict=True)) for row in rows}


EXPECTED = expected()


def answer(city: City, desk: Desk, command: str, actor: Actor, given: dict[str, Any]) -> str:
    """What a command comes to: the code of its refusal or error, or what it was decided to be."""
    real, city.desk = city.desk, desk
    try:
        result = city.execute(f"{command[0].upper()}{command[1:]}", {"input": given}, as_=actor)
    finally:
        city.desk = real
    if result.errors:
        [error] = result.errors
        return str((error.extensions or {}).get("code", error))
    said = result.data[command]
    return str(said["code"]) if said["__typename"] == "Refusal" else "recorded"


def must_be(command: str, role: Role, unit: str | None, on_site: bool) -> str:
    """What the table says of it."""
    cell = "FORBIDDEN" if role in FORBIDDEN else EXPECTED[command][role]
    if cell == "own" and unit is None and command == "registerCompany":
        return "DECIDED"  # What a clerk registers for no unit is the own unit's to keep.
    match cell:
        case "yes":
            return "DECIDED"
        case "own":
            return "NotYourRole" if unit is None else "NotYourUnit" if unit == OTHER else "DECIDED"
        case "site":
            return "DECIDED" if on_site else "NotYourRole"
        case "-":
            return "FORBIDDEN" if command in OF_THE_SERVER else "NotYourRole"
    return cell


def cases() -> list[tuple[str, str | None]]:
    """Every command, with each unit that it may be about."""
    found: list[tuple[str, str | None]] = [(command, OWN) for command in SHARED]
    for command in OF_A_UNIT:
        found += [(command, unit) for unit in UNITS if unit is not None or command not in ALWAYS_OF_A_UNIT]
    return found


@pytest.mark.parametrize("role", ROLES)
def test_a_role_may_do_what_the_citys_rules_say_and_nothing_else(world: World, role: Role) -> None:
    city, actor = world.city, ACTORS[role]
    deciding, head = Deciding(city.record, person_keys=city.person_keys), city.record.head
    wrong = []

    for command, unit in cases():
        make = SHARED.get(command) or OF_A_UNIT[command]
        given = make({**world.shared, **world.of[unit]}, unit)
        if command not in OF_THE_SERVER:
            given["reason"] = "because"
        on_site = unit is None or command in ("resolveTicketOnSpot", "assignTicketOnSite")
        wanted = must_be(command, role, unit, on_site)
        # Who must be refused is so by the desk that would record it.
        said = answer(city, deciding if wanted == "DECIDED" else city.desk, command, actor, given)
        if said != wanted and not (wanted == "DECIDED" and (command, said) in RULED_OUT):
            wrong.append((command, unit, wanted, said))

    assert wrong == []
    assert city.record.head == head


CALLED = {"supervision_list": "supervisionList", "reference": "edition"}
"""What the input of a command calls its noun, where that is not the kind."""
TOLD_OF = (
    "Unit", "Company", "Parcel", "Group", "Meeting", "Project", "Ticket", "Target", "SupervisionList", "Publication", "Attachment",
    "Webhook", "Person", "Edition",
)  # fmt: skip
MAY = f"""query ($id: ID!) {{ node(id: $id) {{ __typename {
    " ".join(f"... on {kind} {{ may {{ action allowed because {{ code }} }} }}" for kind in TOLD_OF)
} }} }}"""
OF_A_PART = {("correctProject", Role.LEADER), ("correctProject", Role.SECRETARY)}
"""Who may correct something of a noun, and not what is tried."""
BEGINS_A_NOUN = ("register", "draft", "introduce", "setTarget", "open", "recordPublication", "adopt", "attachFile")
"""Commands that are on no noun yet, or by `mayAttach`."""


def noun_of(command: str, given: dict[str, Any]) -> str:
    """The global id of the noun that a command is on."""
    kind = RULES["".join(f"_{one.lower()}" if one.isupper() else one for one in command)].noun
    key = given[CALLED.get(kind, kind)]
    return GlobalId(kind, unit_id(key) if kind == "unit" else key).text()


@pytest.mark.parametrize("role", ROLES)
def test_each_noun_tells_of_a_command_what_the_command_itself_would_say(world: World, role: Role) -> None:
    city, actor = world.city, ACTORS[role]
    deciding, wrong, compared = Deciding(city.record, person_keys=city.person_keys), [], 0

    for command, unit in cases():
        if command.startswith(BEGINS_A_NOUN):
            continue
        make = SHARED.get(command) or OF_A_UNIT[command]
        given = make({**world.shared, **world.of[unit]}, unit)
        node = city.ask(MAY, {"id": noun_of(command, given)}, as_=actor)["node"]
        told = {each["action"]: each for each in node["may"]}
        if command not in OF_THE_SERVER:
            given["reason"] = "because"
        said = answer(city, deciding, command, actor, given)
        compared += 1
        one = told.get(command, {"allowed": False, "because": {"code": "not told"}})
        says = "DECIDED" if one["allowed"] else one["because"]["code"]
        if said == "FORBIDDEN" and (role in FORBIDDEN or command in OF_THE_SERVER):
            # These are refused before any noun is looked at.
            said = "NotYourRole"
        if says != said and (command, role) not in OF_A_PART and (command, said) not in RULED_OUT:
            wrong.append((command, unit, said, says))

    assert wrong == []
    assert compared > 250


REACHES = {"yes": "ALWAYS", "own": "OWN_UNIT", "site": "ON_SITE_ITEMS"}


@pytest.mark.parametrize("role", ACTORS)
def test_a_viewer_is_told_what_the_role_may_do(world: World, role: Role) -> None:
    told = world.city.ask("{ viewer { may { action reach relation } } }", as_=ACTORS[role])["viewer"]["may"]

    cells = {} if role in FORBIDDEN else {command: row[role] for command, row in EXPECTED.items()}
    if role in (Role.LEADER, Role.SECRETARY):
        # Both may correct what they may state; the fact that is corrected above is neither's.
        cells["correctProject"] = "yes"
    assert {one["action"]: one["reach"] for one in told} == {
        command: REACHES[cell] for command, cell in cells.items() if cell != "-"
    }


def test_who_is_not_signed_in_may_do_nothing_and_an_edition_says_so(world: World) -> None:
    question = "query ($kind: EditionKind!, $edition: String!) { viewer { may { action } } edition(kind: $kind, edition: $edition) "
    question += "{ may { action allowed because { code } } } }"
    asked = {"kind": "THRESHOLDS", "edition": "thresholds-2015"}

    nobody, administrator = (world.city.ask(question, asked, as_=who) for who in (None, ACTORS[Role.ADMINISTRATOR]))

    assert nobody["viewer"]["may"] == []
    assert nobody["edition"]["may"] == [
        {"action": "withdrawEdition", "allowed": False, "because": {"code": "NotYourRole"}}
    ]
    assert administrator["edition"]["may"] == [{"action": "withdrawEdition", "allowed": True, "because": None}]


def test_the_table_that_was_written_by_hand_has_every_command_and_each_is_tried() -> None:
    from tests.city import SCHEMA

    mutation = SCHEMA._schema.mutation_type
    assert mutation is not None

    assert set(EXPECTED) == set(mutation.fields) == {*SHARED, *OF_A_UNIT}
    assert set(ACTORS) == set(Role) - {Role.SYSTEM}


@pytest.mark.parametrize("fields", ["text", 7, ["a"]])
def test_fields_of_a_correction_that_are_no_object_are_refused_by_every_command(world: World, fields: Any) -> None:
    desk = Deciding(world.city.record, person_keys=world.city.person_keys)
    commands = [
        command for command, _ in cases() if command.startswith("correct") and command != "correctTicketReceipt"
    ]
    assert len(set(commands)) > 9

    for command, unit in cases():
        if command in commands:
            make = SHARED.get(command) or OF_A_UNIT[command]
            given = {**make({**world.shared, **world.of[unit]}, unit), "reason": "because", "fields": fields}
            assert answer(world.city, desk, command, ACTORS[Role.ADMINISTRATOR], given) == "BAD_CORRECTION", command
