"""What people read for the fields of an answer: the terms that the schema's descriptions give them, in both languages."""

from __future__ import annotations

import re
from functools import cache

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLEnumType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    is_composite_type,
    parse,
)

from txapi.audit.finding.blocks import Path, Term
from txapi.domain.labels import Label
from txapi.schema.schema import the_schema

_CHINESE = re.compile(r"[\u4e00-\u9fff]")


@cache
def _executable() -> GraphQLSchema:
    schema: GraphQLSchema = the_schema()._schema
    return schema


def terms_of(document: str) -> dict[Path, Term]:
    """The term of every field that a question asks for, by its path of response names.

    A description says the meaning in English and then the Chinese term; of an enum, every value has its labels.
    """
    definitions = parse(document).definitions
    fragments = {one.name.value: one for one in definitions if isinstance(one, FragmentDefinitionNode)}
    found: dict[Path, Term] = {}
    query = _executable().query_type
    for one in definitions:
        if isinstance(one, OperationDefinitionNode) and query is not None:
            _walk(one.selection_set, query, (), fragments, found)
    return found


def _walk(
    selected: SelectionSetNode,
    parent: object,
    path: Path,
    fragments: dict[str, FragmentDefinitionNode],
    found: dict[Path, Term],
) -> None:
    for node in selected.selections:
        if isinstance(node, FragmentSpreadNode):
            fragment = fragments[node.name.value]
            on: object = _executable().type_map[fragment.type_condition.name.value]
            _walk(fragment.selection_set, on, path, fragments, found)
        elif isinstance(node, InlineFragmentNode):
            on = _executable().type_map[node.type_condition.name.value] if node.type_condition else parent
            _walk(node.selection_set, on, path, fragments, found)
        elif isinstance(node, FieldNode):
            field = getattr(parent, "fields", {}).get(node.name.value)
            if field is None:
                continue
            here = (*path, node.alias.value if node.alias else node.name.value)
            named = get_named_type(field.type)
            values = None
            if isinstance(named, GraphQLEnumType):
                values = {name: _label(value.description, name) for name, value in named.values.items()}
            found[here] = Term(_label(field.description, here[-1]), values)
            if is_composite_type(named) and node.selection_set is not None:
                _walk(node.selection_set, named, here, fragments, found)


def _label(description: str | None, name: str) -> Label:
    """The Chinese term at the end of a description, and the name in words; of a value: both labels."""
    words = re.sub(r"(?<!^)(?=[A-Z])", " ", name).lower() if not name.isupper() else name.replace("_", " ").lower()
    last = re.split(r"[.;:!?] |(?<=[a-z0-9)]) (?=[\u4e00-\u9fff])", description or "")[-1].strip().rstrip("。")
    return Label(zh=last if _CHINESE.search(last) else words, en=words)
