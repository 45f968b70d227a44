"""How errors reach a client: bad input with its code, everything unexpected masked, logged, and named by an id."""

from __future__ import annotations

import logging
import secrets

from graphql import GraphQLError

from txapi.domain.errors import BadInput
from txapi.record.conflicts import AppendUncertain, ClockBehind, RecordUnavailable, WriterClosed
from txapi.record.damage import is_damage
from txapi.record.keys import BadKey

log = logging.getLogger("txapi.errors")

UNAVAILABLE = (RecordUnavailable, ClockBehind, WriterClosed)
"""What passes: nothing was recorded, and the client may try again."""
UNCERTAIN = "whether this was recorded is not known; ask again with the same commandId"

DAMAGED = "a file that this server reads is damaged; its operator is to look, and nothing was recorded"
DAMAGED_LOGGED = (
    "a file is damaged: %s; `txapi verify` says whether it is the record's own (then restore a backup); read models are made anew by"
    " `txapi rebuild --replace` once the server has stopped"
)


def cause_of(error: GraphQLError) -> BaseException | None:
    """The innermost error that the library wrapped."""
    cause: BaseException | None = error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    return cause


def published(error: GraphQLError, *, recorded: bool = False) -> GraphQLError:
    """The error as a client may see it: always with `extensions.code`. `recorded`: a command of the operation was carried out."""
    cause = cause_of(error)
    if isinstance(cause, BadInput):
        extensions: dict[str, object] = {"code": cause.code, **cause.facts}
        if cause.path:
            extensions["input"] = list(cause.path)
        return _same_place(error, str(cause) if error.path else error.message, extensions)
    damaged = is_damage(cause)
    if damaged:
        log.error(DAMAGED_LOGGED, cause)
    if recorded and (damaged or isinstance(cause, UNAVAILABLE)):
        log.warning("recorded and not to be shown: %s", cause)
        return _same_place(error, UNCERTAIN, {"code": "UNCERTAIN"})
    if damaged:
        return _same_place(error, DAMAGED, {"code": "STORE_DAMAGED"})
    if isinstance(cause, UNAVAILABLE):
        log.warning("unavailable: %s", cause)
        return _same_place(
            error, "the record cannot be reached or written just now; nothing was recorded", {"code": "UNAVAILABLE"}
        )
    if isinstance(cause, BadKey):
        log.error("keys of persons: %s", cause)
        return _same_place(
            error,
            "this server lacks the master key of persons, and opens and seals nothing",
            {"code": "PERSON_KEYS_MISSING"},
        )
    if isinstance(cause, AppendUncertain):
        log.error("uncertain: %s", cause)
        return _same_place(error, UNCERTAIN, {"code": "UNCERTAIN"})
    if cause is None or isinstance(cause, GraphQLError):
        # Parsing, validation and coercion speak of the client's own document.
        return _same_place(error, error.message, {"code": "BAD_REQUEST", **(error.extensions or {})})
    if isinstance(cause, RecursionError):
        log.warning("too deep at %s", error.path)
        return _same_place(error, "the query is nested too deeply", {"code": "TOO_DEEP"})
    error_id = secrets.token_hex(8)
    log.error("error %s at %s", error_id, error.path, exc_info=cause)
    return _same_place(error, f"unexpected error {error_id}", {"code": "INTERNAL", "errorId": error_id})


def _same_place(error: GraphQLError, message: str, extensions: dict[str, object]) -> GraphQLError:
    return GraphQLError(
        message,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions=extensions,
    )
