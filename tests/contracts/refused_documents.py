"""Documents that the executor refuses in its own words: one at least for every rule, and for everything that a rule says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from graphql import GraphQLError, GraphQLSchema, build_schema, execute_sync, parse, validate
from graphql.validation import ASTValidationRule

from txapi.schema.documents import RULES
from txapi.schema.executing import without_suggestions
from txapi.schema.schema import the_schema

SCHEMA = build_schema("""
    directive @stream(if: Boolean! = true, label: String, initialCount: Int) on FIELD
    directive @defer(if: Boolean! = true, label: String) on FRAGMENT_SPREAD | INLINE_FRAGMENT
    directive @tag(name: String!) on FIELD
    enum Stage { SIGNED STARTED }
    input At { position: Int needed: Int }
    input Must { given: Int! }
    input One @oneOf { a: Int b: String }
    interface Noun { id: ID! }
    type Project implements Noun { id: ID! name: String line: Int parts: [Project!]! }
    type Ticket implements Noun { id: ID! number: String }
    type Query {
        units(first: Int, stage: Stage, at: At, must: Must, one: One, ratio: Float, name: String, all: Boolean, id: ID): Int
        project: Project tickets: [Ticket!]! noun: Noun needs(id: ID!): Int bare(first: Int! = 5): Int
    }
    type Mutation { change: Project }
    type Subscription { changes: Int others: Int }
""")
OF_SOME_RULES: dict[str, GraphQLSchema] = {
    "KnownOperationTypesRule": build_schema("type Query { units: Int }"),
    # Strawberry's rule knows inputs of this kind by what it noted when it made them.
    "OneOfInputValidationRule": the_schema()._schema,
}

IS_NO_DOCUMENT = (
    "{ ",
    "query($v: Int = $w) { units }",
    '"says what" frgment F on Query { units }',
    "frgment F on Query { units }",
    "fragment F in Query { units }",
    "{ units } }",
    '"says what" { units }',
    '"says what" "and more" query Q { units }',
    "enum Stage { true }",
    '{ units(name: "never ends) }',
    r'{ units(name: "\u12X4") }',
    r'{ units(name: "\q") }',
    "{ units(first: 1.x) }",
    "{ units(first: 01) }",
    "{ units(ratio: .5) }",
    "{ ..F }",
    "{ units(name: 'x') }",
    "{ units ? }",
    '{ units(name: """block""" """another""") }',
    "{ units(first: 5 6) }",
    "{ units(ratio: 5.5 6.5) }",
    '{ units(name: "text" "another") }',
)
"""Documents that do not parse."""

BREAKS_A_RULE: dict[str, tuple[str, ...]] = {
    "ExecutableDefinitionsRule": ("type Other { x: Int }", "schema { query: Query }"),
    "KnownOperationTypesRule": ("mutation { change }",),
    "UniqueOperationNamesRule": ("query A { units } query A { units }",),
    "LoneAnonymousOperationRule": ("{ units } query A { units }",),
    "SingleFieldSubscriptionsRule": (
        "subscription { changes others }",
        "subscription S { changes others }",
        "subscription { __typename }",
        "subscription S { __typename }",
        "subscription { changes @skip(if: true) }",
        "subscription S { changes @include(if: true) }",
    ),
    "KnownTypeNamesRule": (
        "query($v: Nothing) { units(first: 1) }",
        "query($v: Projct) { units }",
        "query($v: Xyzzyplugh) { units }",
    ),
    "FragmentsOnCompositeTypesRule": ("{ ... on Int { x } }", "fragment F on Int { x }"),
    "VariablesAreInputTypesRule": ("query($v: Project) { units }",),
    "ScalarLeafsRule": ("{ project }", "{ units { x } }"),
    "FieldsOnCorrectTypeRule": (
        "{ nothing }",
        "{ unitss }",
        "{ project { nam lin } }",
        "{ project { par } }",
        "{ noun { number } }",
        "{ noun { name } }",
    ),
    "UniqueFragmentNamesRule": ("{ ...F } fragment F on Query { units } fragment F on Query { units }",),
    "KnownFragmentNamesRule": ("{ ...F }",),
    "NoUnusedFragmentsRule": ("{ units } fragment F on Query { units }",),
    "PossibleFragmentSpreadsRule": (
        "{ project { ... on Ticket { id } } }",
        "{ project { ...F } } fragment F on Ticket { id }",
    ),
    "NoFragmentCyclesRule": (
        "{ ...F } fragment F on Query { ...F }",
        "{ ...F } fragment F on Query { ...G } fragment G on Query { ...H } fragment H on Query { ...F }",
    ),
    "UniqueVariableNamesRule": ("query($v: Int, $v: Int) { units(first: $v) }",),
    "NoUndefinedVariablesRule": ("{ units(first: $v) }", "query Q { units(first: $v) }"),
    "NoUnusedVariablesRule": ("query($v: Int) { units }", "query Q($v: Int) { units }"),
    "KnownDirectivesRule": (
        "{ units @nothing }",
        "query Q @skip(if: true) { units }",
        "mutation M @skip(if: true) { change }",
        "subscription S @skip(if: true) { changes }",
        "{ units @defer }",
        "{ ...F @tag } fragment F on Query @tag { ... on Query @tag { units } }",
        "query($v: Int @tag) { units(first: $v) }",
    ),
    "UniqueDirectivesPerLocationRule": ("{ units @skip(if: true) @skip(if: true) }",),
    "DeferStreamDirectiveOnRootField": (
        "mutation { ... @defer { change } }",
        "mutation { change @stream }",
        "subscription { changes @stream }",
    ),
    "DeferStreamDirectiveOnValidOperationsRule": (
        "subscription { changes { ... @defer { x } } }",
        "subscription { changes { x @stream } }",
    ),
    "DeferStreamDirectiveLabel": (
        "query($v: String) { ... @defer(label: $v) { units } }",
        "query($v: String) { tickets @stream(label: $v) }",
        '{ ... @defer(label: "x") { units } ... @defer(label: "x") { units } }',
    ),
    "StreamDirectiveOnListField": ("{ units @stream(initialCount: 0) }",),
    "KnownArgumentNamesRule": (
        "{ units(other: 1) }",
        "query { __type(nam: 1) { name } }",
        "{ units(stag: 1) }",
        "{ units(xyzzy: 1) }",
        "{ units @skip(other: true) }",
        "{ units @stream(labl: true) }",
    ),
    "UniqueArgumentNamesRule": ("{ units(first: 1, first: 2) }",),
    "ValuesOfCorrectTypeRule": (
        "{ needs(id: null) }",
        "{ units(at: 5) }",
        "{ units(must: {}) }",
        "{ units(at: {positio: 1}) }",
        "{ units(at: {xyzzy: 1}) }",
        "{ units(one: {}) }",
        '{ units(first: "x") }',
        "{ units(first: 99999999999) }",
        '{ units(ratio: "x") }',
        "{ units(name: 5) }",
        "{ units(all: 5) }",
        "{ needs(id: 5.5) }",
        "{ units(stage: SIGNE) }",
        "{ units(stage: OTHERWISE) }",
        '{ units(stage: "SIGNED") }',
        "{ units(stage: 5) }",
    ),
    "ProvidedRequiredArgumentsRule": ("{ needs }", "{ units @skip }"),
    "VariablesInAllowedPositionRule": (
        "query($v: String) { units(first: $v) }",
        "query($v: Int) { units(one: {a: $v}) }",
    ),
    "OverlappingFieldsCanBeMergedRule": (
        "{ a: units a: project { id } }",
        "{ units(first: 1) units(first: 2) }",
        "{ noun { ... on Project { x: name } ... on Ticket { x: id } } }",
        "{ project { x: name y: name } project { x: line y: line } }",
        "{ tickets @stream { id } tickets { id } }",
        "{ tickets @stream { id } tickets @stream { id } }",
    ),
    "UniqueInputFieldNamesRule": ("{ units(at: {position: 1, position: 2}) }",),
    "MaxIntrospectionDepthRule": (
        "{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }",
    ),
    "MaybeNullValidationRule": (),
    "OneOfInputValidationRule": ("{ moment(at: {}) { position } }",),
}
"""Documents that parse, by the rule that they break. The rule of `MaybeNull` concerns no input of ours: nothing is of that kind."""

WITH_VALUES: tuple[tuple[str, dict[str, object]], ...] = (
    ("query A($id: ID!) { needs(id: $id) }", {}),
    ("query A($id: ID!) { needs(id: $id) }", {"id": None}),
    ("query A($id: ID!) { needs(id: $id) }", {"id": 5.5}),
    ("query($at: At) { units(at: $at) }", {"at": 5}),
    ("query($at: At) { units(at: $at) }", {"at": {"p": 1}}),
    ("query($at: At) { units(at: $at) }", {"at": {"positio": 1}}),
    ("query($at: At) { units(at: $at) }", {"at": {"position": "x"}}),
    ("query($must: Must) { units(must: $must) }", {"must": {}}),
    ("query($one: One) { units(one: $one) }", {"one": {}}),
    ("query($all: Boolean) { units(all: $all) }", {"all": "he said: found"}),
    ("query($stage: Stage) { units(stage: $stage) }", {"stage": 5}),
    ("query($stage: Stage) { units(stage: $stage) }", {"stage": ["SIGNED"]}),
    ("query($stage: Stage) { units(stage: $stage) }", {"stage": "SIGNE"}),
    ("query($first: Int = 5) { bare(first: $first) }", {"first": None}),
    ("query($given: Int = 5) { units(must: {given: $given}) }", {"given": None}),
)
"""Documents that are well, with values of their variables that are not."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A document, the values of its variables as they were sent, and what the executor says of it."""

    rule: str
    document: str
    message: str


def refusals() -> Iterator[Refused]:
    """Everything that is said of the documents here, to those who may ask for the schema and to those who may not."""
    for told in _refusals():
        yield told
        plain = without_suggestions(told.message)
        if plain != told.message:
            yield Refused(told.rule, told.document, plain)


def _refusals() -> Iterator[Refused]:
    for document in IS_NO_DOCUMENT:
        try:
            parse(document)
        except GraphQLError as error:
            yield Refused("parse", document, error.message)
        else:
            raise AssertionError(f"this parses: {document}")
    for rule in RULES:
        for document in BREAKS_A_RULE[rule.__name__]:
            for message in broken(rule, document):
                yield Refused(rule.__name__, document, message)
    for document, values in WITH_VALUES:
        for failed in execute_sync(SCHEMA, parse(document), variable_values=values).errors or []:
            yield Refused("execute", f"{document} {values}", failed.message)
    unknown = execute_sync(SCHEMA, parse("query A { units }"), operation_name="B")
    yield from (Refused("execute", "A B", error.message) for error in unknown.errors or [])


def broken(rule: type[ASTValidationRule], document: str) -> list[str]:
    """What one rule says of a document; it must say something."""
    schema = OF_SOME_RULES.get(rule.__name__, SCHEMA)
    said = [error.message for error in validate(schema, parse(document), [rule])]
    assert said, f"{rule.__name__} says nothing of {document}"
    return said


def by_the_executor() -> set[str]:
    """Every message, once."""
    return {each.message for each in refusals()}
