"""The attacks that public checklists name, each a request and the code for which it is refused; None where it is answered, and is harmless.

OWASP GraphQL Cheat Sheet; OWASP Web Security Testing Guide (WSTG-APIT-01); the tests of graphql-cop; the GraphQL entries of
PayloadsAllTheThings; RFC 8259 on what readers of JSON differ in.
"""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass, field
from typing import Any

from txapi.web.operations import operations

JSON = {"content-type": "application/json"}
UNITS = "units(first: 1) { totalCount }"
REGISTER = (
    'mutation { registerUnit(input: {code: "by-attack", name: {zh: "一", en: "one"}, kind: SUBDISTRICT, duty: IMPLEMENTING_BODY}) '
    "{ __typename } }"
)


@dataclass(frozen=True, slots=True)
class Attack:
    """A request. `code` is that of the first error; `says` and `never` are what the answer holds and does not."""

    name: str
    code: str | None
    body: bytes = b""
    method: str = "POST"
    place: str = "/graphql"
    headers: dict[str, str] = field(default_factory=lambda: JSON)
    status: int | None = None
    says: str = ""
    never: str = ""


def asked(query: str, variables: Any = None, **more: Any) -> bytes:
    """The body of an operation."""
    return json.dumps({"query": query, "variables": variables, **more}).encode()


def nested(levels: int) -> str:
    """A document so deep."""
    return "{ units(first: 1) { nodes { " + "parent { " * levels + "code" + " }" * levels + " } } }"


def introspection(levels: int) -> str:
    """`graphql-cop`: circular introspection."""
    return "{ __schema { types { " + "fields { type { " * levels + "name" + " } }" * levels + " } } }"


FRAGMENTS = "{ units(first: 1) { nodes { ...A } } } fragment A on Unit { ...B } fragment B on Unit { ...A }"
BOMB = gzip.compress(b" " * 500_000, 9) * 100
DEEP = b'{"query":"{__typename}","variables":{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}}"
LONG = "{ __typename " + "a" * 70_000 + " }"
FILTER = "query($f: UnitFilter) { units(first: 1, filter: $f) { totalCount } }"
INSIDE = {"accept": "application/json", **JSON}

ATTACKS = (
    # -- graphql-cop
    Attack(
        "alias overloading", "DOCUMENT_TOO_LARGE", asked("{" + " ".join(f"a{n}: {UNITS}" for n in range(1000)) + "}")
    ),
    Attack(
        "alias overloading below a field",
        "DOCUMENT_TOO_LARGE",
        asked("{ units(first: 1) { nodes { " + " ".join(f"a{n}: code" for n in range(500)) + " } } }"),
    ),
    Attack(
        "alias overloading through fragments",
        "DOCUMENT_TOO_LARGE",
        asked(
            "{ units(first: 1) { nodes { "
            + " ".join(f"a{n}: parent {{ ...F }}" for n in range(15))
            + " } } } fragment F on Unit { "
            + " ".join(f"b{n}: code" for n in range(15))
            + " }"
        ),
    ),
    Attack(
        "batch of operations as a list",
        "BATCHES_ARE_REFUSED",
        json.dumps([{"query": "{__typename}"}] * 100).encode(),
        status=400,
    ),
    Attack(
        "batch of operations in one document",
        "DOCUMENT_TOO_LARGE",
        asked(" ".join(f"query Q{n} {{ {UNITS} }}" for n in range(50)), operationName="Q1"),
    ),
    Attack("directive overloading", "DOCUMENT_TOO_LARGE", asked("{ __typename " + "@include(if: true) " * 500 + "}")),
    Attack(
        "directive overloading with names that are none",
        "DOCUMENT_TOO_LARGE",
        asked("{ __typename " + "@a" * 1000 + " }"),
    ),
    Attack("circular introspection", "TOO_DEEP", asked(introspection(20))),
    Attack(
        "circular introspection, wide",
        "BAD_REQUEST",
        asked(
            "{ __schema { types { fields { type { fields { type { fields { type { fields { type { name } } } } } } } } } } }"
        ),
    ),
    Attack("field duplication", "DOCUMENT_TOO_LARGE", asked("{ units(first: 1) { nodes { " + "code " * 1000 + "} } }")),
    Attack("field suggestions", "BAD_REQUEST", asked('{ unit(code: "x") { cod } }'), never="FILE"),
    Attack(
        "mutation by GET",
        "BAD_REQUEST",
        method="GET",
        place="/graphql?query=mutation%20%7B__typename%7D",
        headers={},
        never='"data":{',
    ),
    Attack(
        "mutation by GET under a name",
        "BAD_REQUEST",
        method="GET",
        place="/graphql?query=query%20A%7B__typename%7D%20mutation%20B%7B__typename%7D&operationName=B",
        headers={},
        never='"data":{',
    ),
    Attack(
        "mutation by GET as an event stream",
        "BAD_REQUEST",
        method="GET",
        place="/graphql?query=mutation%20%7B__typename%7D",
        headers={"accept": "text/event-stream"},
        never='"data":{',
    ),
    Attack(
        "question by GET from a stranger's page",
        None,
        method="GET",
        place="/graphql?query=%7B__typename%7D",
        headers={"origin": "http://evil.example"},
        never="access-control-allow-origin",
    ),
    Attack(
        "form of a stranger's page, url-encoded",
        "UNSUPPORTED_MEDIA_TYPE",
        b"query=%7B__typename%7D",
        headers={"content-type": "application/x-www-form-urlencoded"},
        status=415,
    ),
    Attack(
        "form of a stranger's page, as text",
        "UNSUPPORTED_MEDIA_TYPE",
        asked(REGISTER),
        headers={"content-type": "text/plain"},
        status=415,
    ),
    Attack(
        "upload as multipart",
        "UNSUPPORTED_MEDIA_TYPE",
        b"--x\r\ncontent-disposition: form-data; name=operations\r\n\r\n{}\r\n--x--",
        headers={"content-type": "multipart/form-data; boundary=x"},
        status=415,
    ),
    Attack(
        "command of a stranger's page",
        "FORBIDDEN_ORIGIN",
        asked(REGISTER),
        headers={**JSON, "origin": "http://evil.example"},
        status=403,
    ),
    Attack(
        "trace mode",
        None,
        asked("{__typename}", extensions={"tracing": True}),
        headers={**JSON, "x-apollo-tracing": "1", "apollo-query-plan": "1"},
        never="tracing",
    ),
    Attack(
        "debug mode", None, asked("{__typename}"), place="/graphql", headers={**JSON, "x-debug": "1"}, never="debug"
    ),
    Attack("error that tells how it came about", "BAD_REQUEST", asked("{ unit(code: {a: 1}) { code } }"), never=".py"),
    Attack(
        "variables of another type",
        "BAD_REQUEST",
        asked("query($n: Int!) { units(first: $n) { totalCount } }", {"n": {"a": []}}),
        never=".py",
    ),
    # -- OWASP: depth, amount, cost
    Attack("deep nesting", "TOO_DEEP", asked(nested(40))),
    Attack(
        "deep nesting through inline fragments",
        "TOO_DEEP",
        asked("{ units(first: 1) { nodes { " + "...{ parent { " * 20 + "code" + " } }" * 20 + " } } }"),
    ),
    Attack("braces without end", "TOO_DEEP", asked("{a" * 30_000)),
    Attack("brackets without end in a literal", "TOO_DEEP", asked("{ units(first: " + "[" * 30_000)),
    Attack("long name", "QUERY_TOO_LONG", asked(LONG)),
    Attack("fragment cycle", "BAD_REQUEST", asked(FRAGMENTS)),
    Attack("fragment that uses itself", "BAD_REQUEST", asked("{ ...A } fragment A on Query { ...A }")),
    Attack(
        "fragments that double, a billion laughs",
        "DOCUMENT_TOO_LARGE",
        asked(
            "{ ...F0 } "
            + " ".join(f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(30))
            + " fragment F30 on Query { __typename }"
        ),
    ),
    Attack(
        "fields that overlap",
        "DOCUMENT_TOO_LARGE",
        asked(
            "{ "
            + " ".join(f"...F{n}" for n in range(100))
            + " } "
            + " ".join(f"fragment F{n} on Query {{ {UNITS} }}" for n in range(100))
        ),
    ),
    Attack(
        "largest page of largest pages",
        "TOO_COSTLY",
        asked(
            "{ projects(first: 500) { nodes { tickets(first: 500) { nodes { history(first: 500) { nodes { __typename } } } } } } }"
        ),
    ),
    Attack("page larger than may be", "PAGE_SIZE", asked("{ units(first: 501) { totalCount } }")),
    Attack("page of a size below nothing", "PAGE_SIZE", asked("{ units(first: -1) { totalCount } }")),
    Attack(
        "many definitions of variables",
        "DOCUMENT_TOO_LARGE",
        asked("query(" + ", ".join(f"$a{n}: Int = 1" for n in range(3000)) + ") { __typename }"),
    ),
    Attack("comments without end", "DOCUMENT_TOO_LARGE", asked("#\n" * 20_000 + "{ __typename }")),
    # -- variables
    Attack("deep lists in variables", "VARIABLES_TOO_LARGE", asked(FILTER, {"f": json.loads("[" * 200 + "]" * 200)})),
    Attack("wide lists in variables", "VARIABLES_TOO_LARGE", asked(FILTER, {"f": {"codes": ["a"] * 50_000}})),
    Attack(
        "whole number without end",
        "BAD_REQUEST",
        b'{"query":"query($n: Int){units(first:$n){totalCount}}","variables":{"n":' + b"9" * 300 + b"}}",
    ),
    Attack(
        "whole number without end in the document",
        "DOCUMENT_TOO_LARGE",
        asked("{ units(first: " + "9" * 5000 + ") { totalCount } }"),
    ),
    Attack(
        "number larger than any",
        "BAD_JSON",
        b'{"query":"query($n: Int){units(first:$n){totalCount}}","variables":{"n":1e999}}',
    ),
    Attack("number that is none", "BAD_JSON", b'{"query":"{__typename}","variables":{"n":NaN}}'),
    Attack(
        "text without end in a variable",
        None,
        asked("query($c: String!) { unit(code: $c) { code } }", {"c": "a" * 900_000}),
    ),
    Attack("NUL in a variable", "BAD_TEXT", asked("query($c: String!) { unit(code: $c) { code } }", {"c": "a\x00b"})),
    Attack("half of a character in a variable", "BAD_JSON", b'{"query":"{__typename}","variables":{"a":"\\ud800"}}'),
    Attack("half of a character in the document", "BAD_JSON", b'{"query":"{__typename} # \\udfff"}'),
    Attack("SQL in a filter", None, asked(FILTER, {"f": {"text": "' OR 1=1; DROP TABLE events --"}}), never="syntax"),
    Attack(
        "syntax of full-text search in a filter",
        None,
        asked(FILTER, {"f": {"text": 'NEAR("a" b) AND "'}}),
        never="fts5",
    ),
    Attack("name that JavaScript knows", None, asked("{__typename}", {"__proto__": {"admin": True}, "constructor": 1})),
    # -- JSON and HTTP
    Attack(
        "key twice, of which others read the first",
        None,
        b'{"query":"{ a: __typename }","query":"{ b: __typename }"}',
        says='"b"',
    ),
    Attack("JSON without end", "TOO_DEEP", DEEP),
    Attack("JSON and something behind it", "BAD_JSON", b'{"query":"{__typename}"} {"query":"{x}"}'),
    Attack("JSON behind a mark of byte order", "BAD_JSON", b'\xef\xbb\xbf{"query":"{__typename}"}'),
    Attack("JSON in UTF-16", "BAD_ENCODING", '{"query":"{__typename}"}'.encode("utf-16")),
    Attack(
        "JSON in UTF-7 or so it says",
        None,
        asked("{__typename}"),
        headers={"content-type": "application/json; charset=utf-7"},
    ),
    Attack("body compressed to a thousandth", "BAD_ENCODING", BOMB, headers={**JSON, "content-encoding": "gzip"}),
    Attack("body larger than may be", "BODY_TOO_LARGE", b" " * 2_000_000, status=413),
    Attack(
        "content type that only begins like JSON",
        "UNSUPPORTED_MEDIA_TYPE",
        asked("{__typename}"),
        headers={"content-type": "application/jsonp"},
        status=415,
    ),
    Attack(
        "other method in a header", None, asked("{__typename}"), headers={**JSON, "x-http-method-override": "DELETE"}
    ),
    Attack(
        "name of another site",
        "UNKNOWN_HOST",
        asked("{__typename}"),
        headers={**JSON, "host": "evil.example"},
        status=421,
    ),
    Attack(
        "address of another in a header",
        None,
        asked("{__typename}"),
        headers={**JSON, "x-forwarded-host": "evil.example", "x-original-url": "/metrics"},
        never="evil",
    ),
    # -- hashes, tokens, paths
    Attack(
        "hash of a document that is another's",
        "PERSISTED_QUERY_MISMATCH",
        asked("{__typename}", extensions={"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}}),
    ),
    Attack(
        "hash that is an object",
        "BAD_REQUEST",
        asked("", extensions={"persistedQuery": {"version": 1, "sha256Hash": {"a": 1}}}),
    ),
    Attack(
        "token without a signature",
        "UNAUTHENTICATED",
        asked("{__typename}"),
        headers={**JSON, "authorization": "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJyb290In0."},
        status=401,
    ),
    Attack(
        "token that is no text",
        "UNAUTHENTICATED",
        asked("{__typename}"),
        headers={**JSON, "authorization": "Bearer a.b.c"},
        status=401,
    ),
    Attack(
        "key of a token that is a path",
        "UNAUTHENTICATED",
        asked("{__typename}"),
        headers={**JSON, "authorization": "Bearer eyJhbGciOiJIUzI1NiIsImtpZCI6Ii4uLy4uL2V0Yy9wYXNzd2QifQ.e30.x"},
        status=401,
    ),
    Attack(
        "path that climbs out of the events",
        "NOT_FOUND",
        method="GET",
        place="/events/..%2f..%2f..%2f..%2fetc%2fpasswd",
        headers={},
        status=404,
        never="root:",
    ),
    Attack(
        "path that climbs out of the files",
        "NOT_FOUND",
        method="GET",
        place="/files/..%2f..%2ftoken-key.pem",
        headers={},
        status=404,
        never="PRIVATE",
    ),
    Attack(
        "path that climbs out of the log",
        "NOT_FOUND",
        method="GET",
        place="/log/tile/entries/..%2f..%2frecord.db",
        headers={},
        status=404,
    ),
    Attack(
        "number of an event without end",
        "NOT_FOUND",
        method="GET",
        place="/log/proof/" + "9" * 5000,
        headers={},
        status=404,
    ),
    Attack(
        "formula in an export's filter",
        "BAD_PARAMETER",
        method="GET",
        place="/export/units.csv?%3Dcmd%7C=1",
        headers={},
        status=400,
    ),
    Attack("command without a token", "UNAUTHENTICATED", asked(REGISTER), never='"registerUnit":{'),
    Attack(
        "document of all that is published, at once",
        "QUERY_TOO_LONG",
        asked("\n".join(path.read_text(encoding="utf-8") for path in operations().values())),
    ),
)
