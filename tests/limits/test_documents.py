"""What a document may be at most, however it is put: each known way around a limit meets it, before anything is read."""

from __future__ import annotations

import pytest
from graphql import GraphQLSyntaxError, get_introspection_query, parse

from tests.city import OPERATIONS
from tests.limits.unread import asked, codes, refused
from txapi.schema.documents import Documents
from txapi.schema.limits import LIMITS, check_document, check_variables
from txapi.schema.schema import the_schema

COUNT = "units { totalCount }"


def nested(levels: int) -> str:
    return "{ project(code: 1) { " + "unit { merged { " * levels + "code" + " } }" * levels + " } }"


def doubling(levels: int) -> str:
    """Fragments each of which uses the next one twice: written out, twice as many fields with every level."""
    parts = [f"fragment F{n} on Query {{ a{n}: __typename ...F{n + 1} b{n}: __typename }}" for n in range(levels)]
    return "{ ...F0 } " + " ".join(parts) + f" fragment F{levels} on Query {{ __typename }}"


def growing(levels: int) -> str:
    """Nouns that lead to themselves: the answer would double with every level, and the document grows by a line."""
    parts = [
        f"fragment F{n} on Moment {{ a: moment {{ ...F{n + 1} }} b: moment {{ ...F{n + 1} }} }}" for n in range(levels)
    ]
    return "{ moment { ...F0 } } " + " ".join(parts) + f" fragment F{levels} on Moment {{ position }}"


@pytest.mark.parametrize(
    ("document", "code"),
    [
        pytest.param("{" + " __typename" * LIMITS.tokens + "}", "DOCUMENT_TOO_LARGE", id="tokens"),
        pytest.param("{ __typename }" + "# a\n" * (LIMITS.comments + 1), "DOCUMENT_TOO_LARGE", id="comments"),
        pytest.param(
            "{ nodes(ids: [" + '"x" ' * LIMITS.tokens + "]) { id } }", "DOCUMENT_TOO_LARGE", id="a long list literal"
        ),
        pytest.param(
            "{" + "".join(f" a{n}: __typename" for n in range(LIMITS.aliases + 1)) + "}",
            "DOCUMENT_TOO_LARGE",
            id="aliases at the root",
        ),
        pytest.param(
            "{ viewer {" + "".join(f" a{n}: __typename" for n in range(LIMITS.aliases + 1)) + "} }",
            "DOCUMENT_TOO_LARGE",
            id="aliases",
        ),
        pytest.param(
            "{"
            + "".join(f" r{n}: viewer {{ ...F }}" for n in range(9))
            + "} fragment F on Viewer {"
            + "".join(f" a{n}: __typename" for n in range(12))
            + "}",
            "DOCUMENT_TOO_LARGE",
            id="aliases through fragments",
        ),
        pytest.param(doubling(30), "DOCUMENT_TOO_LARGE", id="fragments that use fragments"),
        pytest.param(growing(12), "DOCUMENT_TOO_LARGE", id="fields that double with every level"),
        pytest.param("{ ...F } fragment F on Query { ...F }", "BAD_REQUEST", id="a fragment that uses itself"),
        pytest.param(
            "{ ...F } fragment F on Query { viewer { __typename } ...G } fragment G on Query { ...F }",
            "BAD_REQUEST",
            id="fragments that use each other",
        ),
        pytest.param(
            "{ ...F0 } "
            + "".join(f"fragment F{n} on Query {{ ...F{n + 1} }} " for n in range(LIMITS.fragments))
            + f"fragment F{LIMITS.fragments} on Query {{ __typename }}",
            "DOCUMENT_TOO_LARGE",
            id="many fragments",
        ),
        pytest.param(
            "{" + " ...F" * (LIMITS.spreads + 1) + "} fragment F on Query { __typename }",
            "DOCUMENT_TOO_LARGE",
            id="one fragment at many places",
        ),
        pytest.param(
            "".join(f"query Q{n} {{ __typename }} " for n in range(LIMITS.operations + 1)),
            "DOCUMENT_TOO_LARGE",
            id="many operations in one document",
        ),
        pytest.param(
            "{ __typename" + " @skip(if: false)" * (LIMITS.directives_at_one_place + 1) + "}",
            "DOCUMENT_TOO_LARGE",
            id="directives at one place",
        ),
        pytest.param(
            "{ __typename" + " @unknown" * 500 + "}", "DOCUMENT_TOO_LARGE", id="directives that there are not"
        ),
        pytest.param(
            "{"
            + "".join(f" ... @include(if: true) {{ a{n}: __typename }}" for n in range(LIMITS.directives + 1))
            + "}",
            "DOCUMENT_TOO_LARGE",
            id="directives in many places",
        ),
        pytest.param(
            "query(" + "".join(f"$v{n}: Int @deprecated " for n in range(LIMITS.directives + 1)) + ") { __typename }",
            "DOCUMENT_TOO_LARGE",
            id="directives of variables",
        ),
        pytest.param(
            "{" + f" {COUNT}" * (LIMITS.repeated + 1) + "}", "DOCUMENT_TOO_LARGE", id="one field again and again"
        ),
        pytest.param(
            "{ viewer {" + " __typename" * (LIMITS.repeated + 1) + "} }", "DOCUMENT_TOO_LARGE", id="and further in"
        ),
        pytest.param(
            "{" + " ".join(f"... {{ a{n}: __typename }}" for n in range(LIMITS.roots + 1)) + "}",
            "DOCUMENT_TOO_LARGE",
            id="root fields in inline fragments",
        ),
        pytest.param(nested(8), "TOO_DEEP", id="levels"),
        pytest.param(
            "{ project(code: 1) { ...F0 } }"
            + "".join(
                f"fragment F{n} on Project {{ unit {{ ... on Unit {{ x {{ ...F{n + 1} }} }} }} }} " for n in range(8)
            )
            + "fragment F8 on Project { code }",
            "TOO_DEEP",
            id="levels through fragments",
        ),
        pytest.param("{ a" * 200 + "}" * 200, "TOO_DEEP", id="levels upon levels"),
        pytest.param(
            "{ units(filter: {codes: " + "[" * 300 + "]" * 300 + "}) { totalCount } }", "TOO_DEEP", id="lists"
        ),
    ],
)
def test_a_document_that_is_too_much_is_refused_before_anything_is_read(document: str, code: str) -> None:
    assert refused(document) == code


@pytest.mark.parametrize(
    ("document", "at"),
    [
        ("{ }", (1, 3)),
        ("query Q {\n}", (2, 1)),
        ("{ units { } }", (1, 11)),
        ("{ ... { } units { totalCount } }", (1, 9)),
        ("fragment F on Query { } { ...F }", (1, 23)),
        ("mutation { }", (1, 12)),
    ],
)
def test_a_selection_of_nothing_is_no_selection(document: str, at: tuple[int, int]) -> None:
    with pytest.raises(GraphQLSyntaxError) as error:
        the_schema().documents(introspection=True).read(document)

    assert error.value.message == "Syntax Error: Expected Name, found '}'."
    [place] = error.value.locations or []
    assert (place.line, place.column) == at


def test_one_more_than_the_limit_is_refused_and_the_limit_itself_is_not() -> None:
    def aliases(count: int) -> str:
        return "{ viewer {" + "".join(f" a{n}: __typename" for n in range(count)) + "} }"

    check_document(parse(aliases(LIMITS.aliases)))
    assert refused(aliases(LIMITS.aliases + 1)) == "DOCUMENT_TOO_LARGE"


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        pytest.param({"ids": ["x"] * (LIMITS.values + 1)}, "VARIABLES_TOO_LARGE", id="a long list"),
        pytest.param({"ids": [["x"] * 100] * 200}, "VARIABLES_TOO_LARGE", id="lists of lists"),
        pytest.param({"other": {"a": ["x"] * (LIMITS.values + 1)}}, "VARIABLES_TOO_LARGE", id="that nobody asks for"),
    ],
)
def test_variables_that_are_too_much_are_refused_before_anything_is_read(
    variables: dict[str, object], code: str
) -> None:
    assert refused("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", variables) == code


def test_deep_lists_in_variables_are_refused_before_anything_is_read() -> None:
    deep: list[object] = []
    for _ in range(LIMITS.value_depth + 1):
        deep = [deep]

    assert refused("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": deep}) == "VARIABLES_TOO_LARGE"
    check_variables({"ids": [[[]]], "other": {"a": {"b": [1, 2]}}})


@pytest.mark.parametrize("value", [2**31, -(2**31) - 1, 2**63, 10**400, 1e300, "9" * 100_000, True, [1, 2], {}])
def test_a_page_size_that_is_no_whole_number_of_32_bits_is_refused_before_anything_is_read(value: object) -> None:
    assert refused("query($n: Int) { units(first: $n) { totalCount } }", {"n": value}) == "BAD_REQUEST"


@pytest.mark.parametrize(
    ("literal", "code"),
    [
        ("9" * 20, "BAD_REQUEST"),
        ("9" * 5_000, "DOCUMENT_TOO_LARGE"),
        ("-1e400", "BAD_REQUEST"),
        ("1" * 400, "BAD_REQUEST"),
    ],
)
def test_a_number_in_the_document_that_is_too_large_is_refused_before_anything_is_read(literal: str, code: str) -> None:
    assert refused(f"{{ units(first: {literal}) {{ totalCount }} }}") == code


def test_published_operations_and_the_question_for_the_schema_are_well_within_the_limits() -> None:
    half = LIMITS._replace(**{
        name: most // 2 for name, most in LIMITS._asdict().items() if name not in ("depth", "directives_at_one_place")
    })  # fmt: skip
    documents = [path.read_text(encoding="utf-8") for path in OPERATIONS.rglob("*.graphql")]
    assert len(documents) > 100

    for document in [*documents, get_introspection_query(input_value_deprecation=True)]:
        check_document(parse(document, max_lexical_tokens=half.tokens), half)


def test_a_document_is_read_and_checked_once_and_known_again(monkeypatch: pytest.MonkeyPatch) -> None:
    documents = Documents(the_schema()._schema)
    once = documents.read("{ __typename }")
    monkeypatch.setattr("txapi.schema.documents.validate", None)
    monkeypatch.setattr("txapi.schema.documents.parse", None)

    again = documents.read("{ __typename }")

    assert again is once


def test_a_schema_reads_what_was_asked_already_from_what_it_knows() -> None:
    asked("query Again { __typename }")
    known = the_schema().documents(introspection=True).read("query Again { __typename }")

    answered, context = asked("query Again { __typename }")

    assert answered.data == {"__typename": "Query"}
    assert context.document is known.node


def test_what_is_known_again_is_bounded_by_its_size() -> None:
    documents = Documents(the_schema()._schema, most_tokens=500)
    large = "{ nodes(ids: [" + '"x" ' * 100 + "]) { id } }"
    first = documents.read(large)
    assert documents.read(large) is first

    for number in range(5):
        documents.read(f"{large} # {number}")

    assert documents.read(large) is not first
    assert sum(one.node.token_count or 0 for one in documents._known.values()) <= 500


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("{ __typename }#" + "x" * 20_000, id="a comment"),
        pytest.param(f"query {'x' * 20_000} {{ __typename }}", id="a name"),
    ],
)
def test_texts_are_weighed_not_only_by_their_tokens(text: str) -> None:
    documents = Documents(the_schema()._schema, most_tokens=1_000)
    for number in range(5):
        documents.read(f"{text} #{number}")

    assert len(documents._known) == 2


def test_what_is_wrong_is_weighed_too() -> None:
    documents = Documents(the_schema()._schema)
    name = "x" * 2_000
    plain = documents.read(f"query {name} {{ units {{ totalCount }} }}")
    wrong = documents.read(f"query {name} {{ units(first: $a, last: $b) {{ totalCount }} }}")

    assert len(wrong.errors) == 2
    assert wrong.weight > plain.weight + 2 * len(name) // 50


def test_what_does_not_fit_the_schema_is_known_again_too() -> None:
    first, _ = asked("{ nothing }")
    second, _ = asked("{ nothing }")

    assert codes(first) == codes(second) == ["BAD_REQUEST"]
    assert first.errors == second.errors


@pytest.mark.parametrize("word", ["İ", "İİİİ", "PROJEKİ"])
def test_a_letter_with_two_small_letters_is_no_name_of_anything_and_no_error_of_ours(word: str) -> None:
    of_a_field = "query($filter: UnitFilter) { units(filter: $filter) { totalCount } }"

    assert (
        refused("query($kind: [UnitKind!]) { units(filter: {kind: $kind}) { totalCount } }", {"kind": [word]})
        == "BAD_REQUEST"
    )
    assert refused(of_a_field, {"filter": {word: 1}}) == "BAD_REQUEST"
