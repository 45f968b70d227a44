"""What a client prefers: the language of messages, and the media type of answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from starlette.datastructures import Headers

if TYPE_CHECKING:
    from starlette.types import Scope

JSON_TYPE = "application/json"
GRAPHQL_JSON = "application/graphql-response+json"

_ANY_JSON = {JSON_TYPE: 3, "application/*": 2, "*/*": 1}
"""What names plain JSON, and how exactly: the most exact part of an Accept header counts."""


def language_of(accept: str) -> str:
    """The language of messages, `zh` or `en`, that an Accept-Language header prefers; English where it names neither."""
    best, quality = "en", 0.0
    for tag, weight in _weighed(accept):
        language = tag.partition("-")[0]
        if language in ("zh", "en") and weight > quality:
            best, quality = language, weight
    return best


def language_in(scope: Scope) -> str:
    """The language of messages that the headers of a request prefer, before anything else of it was read."""
    return language_of(Headers(scope=scope).get("accept-language", ""))


def media_type_of(accept: str) -> str:
    """The media type of answers to operations that an Accept header prefers.

    `application/graphql-response+json` only where it is named: whoever takes anything looks for errors in the answer, not in
    the status. A client that takes neither is answered in plain JSON nevertheless, which says more than a 406.
    """
    graphql, plain, exactness = 0.0, 0.0, 0
    for media_type, weight in _weighed(accept):
        if media_type == GRAPHQL_JSON:
            graphql = max(graphql, weight)
        elif (exact := _ANY_JSON.get(media_type, 0)) > exactness:
            plain, exactness = weight, exact
    return GRAPHQL_JSON if 0 < graphql >= plain else JSON_TYPE


def _weighed(header: str) -> Iterator[tuple[str, float]]:
    """The parts of a header with the weight of each; a part whose weight is no number is passed over."""
    for part in header.split(","):
        name, _, parameters = part.partition(";")
        weight = 1.0
        for parameter in parameters.split(";"):
            key, _, value = parameter.strip().partition("=")
            if key.strip().lower() == "q":
                try:
                    weight = float(value)
                except ValueError:
                    weight = 0.0
        yield name.strip().lower(), weight
