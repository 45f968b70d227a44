"""One table says who may do what: nothing beside it decides by a role, and it has a row for every command."""

from __future__ import annotations

import ast
from pathlib import Path

from graphql import build_schema
from graphql.pyutils import camel_to_snake

from txapi.domain.permissions import PARTS, RULES, TABLE

ROOT = Path(__file__).resolve().parents[2]
SRC = ROOT / "src" / "txapi"
REFUSING = {"NotYourRole", "NotYourUnit"}
THE_TABLE = SRC / "domain" / "permissions.py"
NAMED = {SRC / "domain" / "authority.py"}
"""Where roles are named in words."""
OFFICES = {SRC / "schema" / "viewer.py", SRC / "web" / "demo.py"}
"""What lies before whose office, and whose tokens a demonstration lends: no decision on what anybody may do."""


def modules() -> list[tuple[Path, ast.Module]]:
    """Every module of ours."""
    return [(path, ast.parse(path.read_text(encoding="utf-8"))) for path in sorted(SRC.rglob("*.py"))]


def roles_named(tree: ast.AST) -> list[int]:
    """The lines that name a role otherwise than to say in which one somebody acts: `Actor(..., Role.SYSTEM)`."""
    given = {
        id(value)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "Actor"
        for value in (*call.args, *(keyword.value for keyword in call.keywords))
    }
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "Role"
        and node.attr.isupper()
        and id(node) not in given
    ]


def test_no_module_beside_the_table_decides_by_a_role() -> None:
    found = [
        f"{path.relative_to(SRC)}:{line}"
        for path, tree in modules()
        if path not in {THE_TABLE, *NAMED, *OFFICES}
        for line in roles_named(tree)
    ]

    # That the system carries no tokens and that its papers may be loaded says who it is, not what somebody may do.
    # How much a role may ask at once is no permission: what it may ask is.
    allowed = (
        "budgets.py",
        "web/tokens.py",
        "cli/token.py",
        "cli/permissions_pages.py",
        "datasets/scripts.py",
        "setting_values.py",
    )
    assert [line for line in found if not line.startswith(allowed)] == []


def test_only_the_table_refuses_for_want_of_a_role_or_a_unit() -> None:
    raising = {
        path
        for path, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in REFUSING
    }

    assert raising == {THE_TABLE}


def test_every_mutation_has_one_row_and_every_row_its_command() -> None:
    mutation = build_schema((ROOT / "schema" / "schema.graphql").read_text(encoding="utf-8")).mutation_type
    assert mutation is not None

    commands = [rule.action for rule in TABLE if rule.is_command]

    assert sorted(commands) == sorted(camel_to_snake(name) for name in mutation.fields)
    # What the city's rules say of a new command is written down by hand, too, and tried (tests/schema/test_permitted.py).
    lines = (ROOT / "tests" / "schema" / "permitted.txt").read_text(encoding="utf-8").splitlines()
    by_hand = {line.split()[0] for line in lines if line.strip() and not line.startswith("#")}
    assert by_hand == set(mutation.fields)
    assert {rule.action for rule in TABLE if not rule.is_command} == set(PARTS)
    assert len(RULES) == len(TABLE)
    assert {rule.action.partition(".")[0] for rule in TABLE} <= {*commands, "lapse_ticket"}
