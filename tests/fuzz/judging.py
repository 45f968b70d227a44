"""What no answer may be, whatever was asked: a 500, a stack trace, an error that nobody meant, or what is no answer at all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.fuzz.asking import Answer
from tests.fuzz.frames import Heard
from txapi.schema.error_table import TABLE

NEVER = (
    b"Traceback (most recent call last)",
    b'File \\"',
    b'.py\\", line',
    b'"INTERNAL"',
    b'"errorId"',
    b"site-packages",
)
"""What none of our requests say, so that nothing that is only echoed is taken for it."""

NOT_WHILE_ALL_IS_WELL = {"INTERNAL", "UNAVAILABLE", "UNCERTAIN", "FILE_DAMAGED", "STORE_DAMAGED"}
"""Codes of faults. The store is there, the disk has room, nobody else writes: there is no reason for any."""
BUSY = {"QUERY_TOO_SLOW", "NOT_YET_VISIBLE", "TOO_MANY_CONNECTIONS", "RATE_LIMITED"}
"""Codes that a status of 503 may have."""

CLOSES_FOR_OUR_FAULT = {1011, 4500}
JSON_TYPES = {"application/json", "application/graphql-response+json"}


def wrong_answer(answer: Answer, *, whole: bool) -> str | None:
    """What is wrong with an answer; None where nothing is. `whole`: whether a request of HTTP was sent, so that there must be one."""
    if not answer.status:
        return "the connection was closed without an answer" if whole else None
    if (found := _never(answer.body)) is not None:
        return found
    if answer.status >= 500 and answer.status not in (501, 503):
        return f"status {answer.status}"
    if "x-content-type-options" not in answer.headers and answer.body != b"Invalid HTTP request received.":
        return "the answer lacks the headers that every answer has"
    if answer.media_type not in JSON_TYPES or not answer.body:
        return None
    try:
        content = json.loads(answer.body, parse_constant=_no_constant)
    except ValueError as error:
        return f"no JSON: {error}"
    codes = list(codes_of(content))
    if answer.status == 503 and not set(codes) <= BUSY and "ready" not in content:
        return f"status 503: {codes}"
    return _wrong_codes(codes)


def wrong_words(heard: Heard) -> str | None:
    """What is wrong with what a server said on a socket; None where nothing is."""
    if heard.code in CLOSES_FOR_OUR_FAULT:
        return f"closed with {heard.code}"
    for message in heard.messages:
        if (found := _never(message)) is not None:
            return found
        try:
            content = json.loads(message, parse_constant=_no_constant)
        except ValueError as error:
            return f"no JSON: {error}"
        payload = content.get("payload")
        errors = {"errors": payload} if isinstance(payload, list) else payload
        if (found := _wrong_codes(codes_of(errors))) is not None:
            return found
    return None


def _never(content: bytes) -> str | None:
    return next((f"it says {each!r}" for each in NEVER if each in content), None)


def _wrong_codes(codes: Any) -> str | None:
    for code in codes:
        if code in NOT_WHILE_ALL_IS_WELL:
            return f"code {code}"
        if code not in TABLE:
            return f"a code that is not published: {code!r}"
    return None


def codes_of(content: Any) -> Iterator[Any]:
    """The codes of the errors of an answer; None for one without."""
    if isinstance(content, dict):
        for error in content.get("errors") or ():
            yield error.get("extensions", {}).get("code")


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")
