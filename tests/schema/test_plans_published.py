"""Which lists of the published operations plans tell, and what of them is left to the executor: docs/reference/plans.md says it."""

from __future__ import annotations

import contextlib
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLObjectType, OperationDefinitionNode, OperationType, get_named_type, is_abstract_type, parse
from graphql.execution.collect_fields import collect_fields

from tests.city import OPERATIONS, SCHEMA
from tests.schema.any_plan import PLAIN
from tests.schema.any_question import AnyQuestion
from txapi.projections.shapes import Unsure
from txapi.schema.executor import Executor
from txapi.schema.plans.compiling import Compiling
from txapi.schema.plans.whole import Steps

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "plans.md"
VALUES: dict[str, list[Any]] = {
    "ID": ["5f1c2d3e-4a5b-4c6d-8e7f-0123456789ab"], "String": ["x"], "Int": [2015], "Position": ["1"], "Boolean": [True],
    "Date": ["2015-08-01"], "DateTime": ["2015-08-01T00:00:00Z"],
}  # fmt: skip
PUBLIC: Any = SCHEMA._schema


def executor_of(text: str) -> Any:
    """The executor of a published question, with every part of it that is asked for on a condition; None for commands."""
    document = parse(re.sub(r"@(include|skip)\(if: [^)]*\)", "", text))
    [operation] = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    if operation.operation is not OperationType.QUERY:
        return None
    given = AnyQuestion(random.Random(1), VALUES).variables(operation)
    executor = Executor.build(PUBLIC, document, raw_variable_values=given)
    assert not isinstance(executor, list), executor
    return executor


def lists_in(executor: Any) -> Iterator[tuple[str, GraphQLObjectType, Any]]:
    """The lists of rows that a question asks for, with where they stand; none inside another."""
    root = collect_fields(
        PUBLIC, executor.fragments, executor.variable_values, PUBLIC.query_type, executor.operation
    ).grouped_field_set
    waiting = [("", PUBLIC.query_type, root)]
    while waiting:
        where, kind, fields = waiting.pop()
        for name, details in fields.items():
            field = kind.fields.get(details[0].node.name.value)
            target = None if field is None else get_named_type(field.type)
            at = f"{where}.{name}".lstrip(".")
            if isinstance(target, GraphQLObjectType) and "nodes" in target.fields and _of_rows(target):
                yield at, target, details
            elif isinstance(target, GraphQLObjectType) or is_abstract_type(target):
                kinds = PUBLIC.get_possible_types(target) if is_abstract_type(target) else [target]
                waiting += [(at, one, executor.collect_subfields(one, details).grouped_field_set) for one in kinds]


def _of_rows(connection: GraphQLObjectType) -> bool:
    node = get_named_type(connection.fields["nodes"].type)
    return f"{node}.entityId" in PLAIN or str(node) == "Published"


def told() -> tuple[list[str], set[str], list[str]]:
    """The lines of the page, the fields that are left to the executor, and the questions that ask for no list of rows."""
    lines, left, without = [], set[str](), []
    for path in sorted(OPERATIONS.rglob("*.graphql"), key=lambda path: path.stem):
        executor = executor_of(path.read_text(encoding="utf-8"))
        if executor is None:
            continue
        found = dict[str, str]()
        for at, kind, details in lists_in(executor):
            try:
                gaps = Compiling(executor).page(kind, details).gaps
            except Unsure:
                found[at] = "all of it"
                continue
            names = sorted({f"{gap.kind.name}.{gap.details[0].node.name.value}" for each in gaps for gap in each})
            left.update(names)
            found[at] = ", ".join(f"`{name}`" for name in names) or "nothing"
        lines += [f"| {path.stem} | {at} | {rest} |" for at, rest in sorted(found.items())]
        if not found:
            without.append(path.stem)
    return lines, left, without


def past_the_executor() -> list[str]:
    """The published questions that are told as wholes."""
    whole = list[str]()
    for path in sorted(OPERATIONS.rglob("*.graphql"), key=lambda path: path.stem):
        executor = executor_of(path.read_text(encoding="utf-8"))
        with contextlib.suppress(Unsure):
            if executor is not None and Steps(executor, {}).steps():
                whole.append(path.stem)
    return whole


@pytest.mark.only_on("sqlite", because="no store is asked")
def test_the_page_on_plans_says_of_every_published_question_what_plans_tell_of_it() -> None:
    lines, left, without = told()
    page = PAGE.read_text(encoding="utf-8")
    written = [line for line in page.splitlines() if line.startswith("| ") and line.count("|") == 4]
    assert [line for line in written if not line.startswith(("| Operation", "| ---"))] == lines
    reasons = page[page.index("## Why") : page.index("## Questions without")]
    named = re.findall(r"`([A-Z]\w+\.\w+)`", reasons)
    assert len(named) == len(set(named))
    assert set(named) == left
    assert (
        re.findall(r"\b[A-Z]\w+\b", page[page.index("## Past") : page.index("## Why")].split("\n\n")[2])
        == past_the_executor()
    )
    assert re.findall(r"\b[A-Z]\w+\b", page[page.index("## Questions without") :].split("\n\n")[2]) == without
