"""The published schema keeps its manners: described in both languages, bounded, and run by its published operations."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    build_schema,
    get_named_type,
)

ROOT = Path(__file__).resolve().parent.parent.parent
SCHEMA = build_schema((ROOT / "schema" / "schema.graphql").read_text(encoding="utf-8"))
OPERATIONS = sorted((ROOT / "schema" / "operations").rglob("*.graphql"))
CHINESE = re.compile(r"[\u4e00-\u9fff]")
RELAY = {"PageInfo"}

OURS = {name: kind for name, kind in SCHEMA.type_map.items() if not name.startswith("__")}
BUILT_IN = {"String", "Int", "Float", "Boolean", "ID"}


def parts() -> list[tuple[str, str | None]]:
    """Everything that a client reads about: (where, its description)."""
    found: list[tuple[str, str | None]] = []
    for name, kind in OURS.items():
        if name in BUILT_IN:
            continue
        found.append((name, kind.description))
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            found += [(f"{name}.{field}", known.description) for field, known in kind.fields.items()]
        elif isinstance(kind, GraphQLEnumType):
            found += [(f"{name}.{value}", known.description) for value, known in kind.values.items()]
    return found


def test_everything_is_described_with_its_chinese_term() -> None:
    bare = [where for where, description in parts() if not description or not CHINESE.search(description)]

    assert bare == []


def test_every_connection_can_be_paged_and_is_bounded() -> None:
    unbounded = []
    for name, kind in OURS.items():
        if not isinstance(kind, GraphQLObjectType):
            continue
        for field, known in kind.fields.items():
            if get_named_type(known.type).name.endswith("Connection") and not {"first", "after"} <= set(known.args):
                unbounded.append(f"{name}.{field}")

    assert unbounded == []


def test_a_root_list_is_a_connection_or_is_bounded_by_what_it_is_about() -> None:
    bounded = {"nodes", "projectGroups", "ticketGroups", "targetGroups", "supervisionLists", "implementingBodies"}
    bounded |= {"handlingUnits", "editions", "indicators", "targetLights", "deadlineGroups"}

    lists = {
        field
        for field, known in SCHEMA.type_map["Query"].fields.items()  # type: ignore[attr-defined]
        if isinstance(known.type.of_type if isinstance(known.type, GraphQLNonNull) else known.type, GraphQLList)
    }

    assert lists <= bounded


def test_the_moment_asks_every_question_that_now_does() -> None:
    now = set(SCHEMA.type_map["Query"].fields)  # type: ignore[attr-defined]
    then = set(SCHEMA.type_map["Moment"].fields)  # type: ignore[attr-defined]

    assert now - then == {"compare", "moment", "node", "nodes", "record", "viewer"} & now


def test_every_mutation_has_a_published_operation() -> None:
    used = "\n".join(path.read_text(encoding="utf-8") for path in OPERATIONS)

    missing = [
        name
        for name in SCHEMA.type_map["Mutation"].fields  # type: ignore[attr-defined]
        if not re.search(rf"\b{name}\b", used)
    ]

    assert missing == []


def test_there_is_no_sql_in_the_schema_package() -> None:
    found = []
    for path in sorted((ROOT / "src" / "txapi" / "schema").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
                continue
            if re.search(r"\b(SELECT|INSERT|UPDATE|DELETE|ORDER BY|GROUP BY)\b", node.value):
                found.append(f"{path.name}:{node.lineno}")

    assert found == []
