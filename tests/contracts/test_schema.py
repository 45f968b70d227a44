"""The published schema keeps its manners: names, descriptions in both languages, bounds and pages are alike everywhere."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLObjectType,
    OperationDefinitionNode,
    get_named_type,
    parse,
    print_ast,
    validate,
)

from tests.published import PUBLISHED

ROOT = Path(__file__).resolve().parents[2]
OPERATIONS = sorted((ROOT / "schema" / "operations").rglob("*.graphql"))
LISTS = ROOT / "docs" / "reference" / "lists.md"
CHINESE = re.compile(r"[\u4e00-\u9fff]")
PASCAL, CAMEL, UPPER = (re.compile(form) for form in (r"[A-Z][A-Za-z0-9]*", r"[a-z][A-Za-z0-9]*", r"[A-Z][A-Z0-9_]*"))
BUILT_IN = {"String", "Int", "Float", "Boolean", "ID"}
OURS = {name: kind for name, kind in PUBLISHED.type_map.items() if not name.startswith("__") and name not in BUILT_IN}

NAMED_FOR_A_CLASS = {"RefusalCode"}
"""Enums whose values are the names of refusals, which code, events and pages spell the same."""
POSITIONS_ARE_CURSORS = {"events", "history", "checkpoints", "refusedAttempts"}
"""Lists in the order of the record: the position of a row is its cursor."""
PAGING = ("first", "after", "last", "before")
NO_PAGES = {"compare", "changes", "tail"}
"""Fields whose `before` and `after` are no cursors: moments to compare, and where a subscription begins."""


def fields() -> Iterator[tuple[str, str, GraphQLField]]:
    """Every field of a type that answers, with the names of its type and its own."""
    for name, kind in OURS.items():
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            for field, known in kind.fields.items():
                yield name, field, known


def arguments() -> Iterator[tuple[str, str, GraphQLArgument]]:
    """Every argument, with where it stands and its name."""
    for kind, field, known in fields():
        for name, argument in known.args.items():
            yield f"{kind}.{field}({name}:)", name, argument


def is_list(kind: object) -> bool:
    while hasattr(kind, "of_type"):
        if isinstance(kind, GraphQLList):
            return True
        kind = kind.of_type
    return False


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


def test_names_have_the_forms_that_clients_generate_from() -> None:
    wrong = [name for name in OURS if not PASCAL.fullmatch(name)]
    wrong += [f"{kind}.{field}" for kind, field, _ in fields() if not CAMEL.fullmatch(field)]
    wrong += [where for where, name, _ in arguments() if not CAMEL.fullmatch(name)]
    for name, kind in OURS.items():
        if isinstance(kind, GraphQLInputObjectType):
            wrong += [f"{name}.{field}" for field in kind.fields if not CAMEL.fullmatch(field)]
            wrong += [] if re.search(r"(Input|Filter|Order)$", name) else [name]
        elif isinstance(kind, GraphQLEnumType) and name not in NAMED_FOR_A_CLASS:
            wrong += [f"{name}.{value}" for value in kind.values if not UPPER.fullmatch(value)]

    assert wrong == []


def test_every_argument_is_described_with_its_chinese_term() -> None:
    bare = [where for where, _, given in arguments() if not given.description or not CHINESE.search(given.description)]

    assert bare == []


def test_a_connection_has_what_relay_asks_of_it_and_nothing_else_is_called_so() -> None:
    wrong = []
    for name, kind in OURS.items():
        if name.endswith("Connection"):
            assert isinstance(kind, GraphQLObjectType)
            if (
                set(kind.fields) < {"edges", "nodes", "pageInfo", "totalCount"}
                or str(kind.fields["pageInfo"].type) != "PageInfo!"
            ):
                wrong.append(name)

    assert wrong == []


def test_pages_are_asked_for_alike_everywhere() -> None:
    wrong = []
    for kind, field, known in fields():
        paged = {
            name: str(get_named_type(given.type))
            for name, given in known.args.items()
            if name in ("first", "after", "last", "before")
        }
        if not paged or field in NO_PAGES:
            continue
        if paged == {"first": "Int"} and is_list(known.type):
            # Its beginning: how much that is unless told, its argument says, and the description.
            written = known.args["first"].ast_node
            default = print_ast(written.default_value) if written is not None and written.default_value else "none"
            if known.description is None or known.description.count(f"{default} ") < 2:
                wrong.append(f"{kind}.{field}: {default}")
            continue
        cursor = "Position" if field in POSITIONS_ARE_CURSORS else "String"
        whole = {"first": "Int", "after": cursor, "last": "Int", "before": cursor}
        if paged not in (whole, {name: whole[name] for name in ("first", "after")}):
            wrong.append(f"{kind}.{field}: {paged}")
        given = get_named_type(known.type).name
        if not given.endswith("Connection") and field not in POSITIONS_ARE_CURSORS:
            wrong.append(f"{kind}.{field}: {given}")

    assert wrong == []


def test_every_list_is_bounded_and_the_page_on_lists_says_why() -> None:
    patterns = {
        pattern: line
        for line in LISTS.read_text(encoding="utf-8").splitlines()
        if line.startswith("| `")
        for pattern in re.findall(r"`([^`]+)`", line.split("|")[1])
    }
    lists = {f"{kind}.{field}" for kind, field, known in fields() if is_list(known.type)}

    # A page is a page; any other list is named itself, so that a new one fails until somebody says what bounds it.
    assert {pattern for pattern in patterns if "*" in pattern} == {"*Connection.nodes", "*Connection.edges"}
    unbounded = sorted(each for each in lists if not any(fnmatchcase(each, pattern) for pattern in patterns))
    of_none = sorted(pattern for pattern in patterns if not any(fnmatchcase(each, pattern) for each in lists))

    assert (unbounded, of_none) == ([], [])
    assert [line for line in patterns.values() if not re.search(r"\| hard: [^|]*\d", line)] == []


@pytest.mark.parametrize("path", OPERATIONS, ids=lambda path: path.stem)
def test_an_operation_is_named_as_its_file_and_fits_the_schema(path: Path) -> None:
    document = parse(path.read_text(encoding="utf-8"))

    names = [one.name and one.name.value for one in document.definitions if isinstance(one, OperationDefinitionNode)]

    assert names == [path.stem]
    # Among much else: every variable and every fragment is used.
    assert [error.message for error in validate(PUBLISHED, document)] == []


def test_the_moment_asks_every_question_that_now_does() -> None:
    now = set(PUBLISHED.type_map["Query"].fields)  # type: ignore[attr-defined]
    then = set(PUBLISHED.type_map["Moment"].fields)  # type: ignore[attr-defined]

    assert now - then == {"compare", "moment", "node", "nodes", "record", "viewer", "webhookDeliveries"} & now


def test_every_mutation_has_a_published_operation() -> None:
    used = "\n".join(path.read_text(encoding="utf-8") for path in OPERATIONS)

    missing = [
        name
        for name in PUBLISHED.type_map["Mutation"].fields  # type: ignore[attr-defined]
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
