"""What a request asks: one operation, read strictly from JSON or from a URL, and how fresh its answer must be."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from starlette.requests import Request

from txapi.domain.errors import BadInput
from txapi.schema.admitting import Operation
from txapi.schema.scalars import parse_position
from txapi.web.answers import HttpError
from txapi.web.persisted import document_of

MOST_QUERY_CHARACTERS = 64 * 1024
"""The longest document. Parsing costs more than its length says, and the largest published operation has a tenth."""

AT_LEAST_HEADER = "x-txapi-at-least"
EVIDENCE_HEADER = "x-txapi-evidence"

_NO_CHARACTER = re.compile("[\ufffe\ud800-\udfff]")
_decode = msgspec.json.Decoder().decode


@dataclass(frozen=True, slots=True)
class Asked:
    """One operation as a client sent it."""

    operation: Operation
    at_least: int | None
    evidence: bool = False
    """Whether a receipt is to come with the answer."""


async def asked_by(request: Request) -> Asked:
    """Read the operation of a request. HttpError, with a code, where it is not one."""
    if request.method == "GET":
        given = _from_url(request)
    else:
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type != "application/json":
            # Also what keeps another site's form from posting here: a form cannot say that it is JSON.
            raise HttpError(415, "UNSUPPORTED_MEDIA_TYPE", "send the operation as application/json")
        given = _json(await request.body(), "the body")
    headers = request.headers
    return asked_from(given, headers.get(AT_LEAST_HEADER), headers.get(EVIDENCE_HEADER))


def asked_from(given: Any, at_least: Any = None, evidence: Any = None) -> Asked:
    """The operation that an object asks, which was read from JSON; what it says in `extensions` goes before the rest.

    HttpError as `asked_by`.
    """
    if isinstance(given, list):
        raise HttpError(400, "BATCHES_ARE_REFUSED", "send one operation per request; several make one document")
    if not isinstance(given, dict):
        raise HttpError(400, "BAD_REQUEST", "the body is a JSON object with a query")
    extensions = _object(given, "extensions") or {}
    query = document_of(given.get("query"), extensions.get("persistedQuery"))
    if not isinstance(query, str) or not query.strip():
        raise HttpError(400, "BAD_REQUEST", "there is no query in the request")
    if len(query) > MOST_QUERY_CHARACTERS:
        raise HttpError(400, "QUERY_TOO_LONG", f"a query has at most {MOST_QUERY_CHARACTERS} characters")
    if not query.isascii() and _NO_CHARACTER.search(query):
        raise HttpError(400, "BAD_TEXT", "the query contains what is no character")
    name = given.get("operationName")
    if name is not None and not isinstance(name, str):
        raise HttpError(400, "BAD_REQUEST", "operationName is a string")
    at_least, evidence = extensions.get("atLeast", at_least), extensions.get("evidence", evidence)
    return Asked(Operation(query, _object(given, "variables"), name or None), _position(at_least), _evidence(evidence))


def _object(given: dict[str, Any], name: str) -> dict[str, Any] | None:
    value = given.get(name)
    if value is not None and not isinstance(value, dict):
        raise HttpError(400, "BAD_REQUEST", f"{name} is an object")
    return value


def _position(given: Any) -> int | None:
    if given is None:
        return None
    try:
        return parse_position(given)
    except BadInput as error:
        raise HttpError(400, error.code, f"atLeast: {error}") from None


def _evidence(given: Any) -> bool:
    if given not in (None, "receipt"):
        raise HttpError(400, "UNKNOWN_EVIDENCE", "the evidence that can be asked for is `receipt`")
    return given is not None


def _from_url(request: Request) -> dict[str, Any]:
    try:
        pairs = parse_qsl(request.scope["query_string"].decode("ascii"), keep_blank_values=True, errors="strict")
    except ValueError:
        raise HttpError(400, "BAD_ENCODING", "the address is not UTF-8, percent-encoded") from None
    given: dict[str, Any] = dict(pairs)
    for name in ("variables", "extensions"):
        if given.get(name):
            given[name] = _json(given[name], name)
        else:
            given.pop(name, None)
    return given


def _json(text: bytes | str, what: str) -> Any:
    if isinstance(text, bytes):
        try:
            text.decode()
        except UnicodeDecodeError as error:
            message = f"{what} is not UTF-8: byte {error.start} begins no character"
            raise HttpError(400, "BAD_ENCODING", message) from None
    try:
        return _decode(text)
    except RecursionError:
        raise HttpError(400, "TOO_DEEP", f"{what} is nested too deeply") from None
    except (msgspec.MsgspecError, ValueError) as error:
        raise HttpError(400, "BAD_JSON", f"{what} is not JSON: {error}") from None
