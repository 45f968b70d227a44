"""Persisted operations 已发布操作: the published documents, which a client may name by their hash instead of sending them.

A hash is the SHA-256 of a document exactly as its file says it. Nobody can add to them: nothing grows with what clients send.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from graphql import GraphQLError
from graphql.utilities import strip_ignored_characters

from txapi.web.answers import HttpError
from txapi.web.operations import operations

VERSION = 1
"""The version of the protocol, which Apollo's clients speak."""


class PersistedQueryNotFound(HttpError):
    """A hash of no published document. Clients know what to do by its code and by its message: send the document too."""

    def __init__(self) -> None:
        super().__init__(400, "PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound")


@dataclass(frozen=True)
class Documents:
    """The published documents by their hashes."""

    texts: Mapping[str, str]
    names: Mapping[str, str]

    def holds(self, document: str) -> bool:
        """Whether a document is published: as its file has it, or with other blanks, commas and comments."""
        return hash_of(document) in self.texts or (
            # Nobody writes one of them at twice its length; to read what anybody sends takes time.
            len(document) <= 2 * self._longest and _plain(document) in self._plain
        )

    @cached_property
    def _longest(self) -> int:
        return max(map(len, self.texts.values()), default=0)

    @cached_property
    def _plain(self) -> frozenset[str]:
        return frozenset(map(strip_ignored_characters, self.texts.values()))

    def name_of(self, document: str) -> str:
        """What the operation is called that is published with exactly this text; empty where none is."""
        return self.names.get(hash_of(document), "")


def _plain(document: str) -> str | None:
    try:
        return strip_ignored_characters(document)
    except GraphQLError:
        return None


def hash_of(document: str) -> str:
    """The hash that names a document, in lower-case hexadecimal digits."""
    return hashlib.sha256(document.encode()).hexdigest()


@cache
def published_documents() -> Documents:
    """Those of this server, read once."""
    texts = {name: path.read_text(encoding="utf-8") for name, path in operations().items()}
    return Documents(
        {hash_of(text): text for text in texts.values()}, {hash_of(text): name for name, text in texts.items()}
    )


def document_of(query: Any, persisted: Any) -> Any:
    """The document of a request with this `query` and this `extensions.persistedQuery`, either of which may be None.

    HttpError PERSISTED_QUERY_NOT_FOUND, PERSISTED_QUERY_MISMATCH, BAD_REQUEST.
    """
    if persisted is None:
        return query
    if not isinstance(persisted, dict) or persisted.get("version") != VERSION:
        raise HttpError(400, "BAD_REQUEST", "persistedQuery is an object with version 1 and sha256Hash")
    wanted = persisted.get("sha256Hash")
    if not isinstance(wanted, str):
        raise HttpError(400, "BAD_REQUEST", "persistedQuery is an object with version 1 and sha256Hash")
    if query is None or query == "":
        found = published_documents().texts.get(wanted)
        if found is None:
            raise PersistedQueryNotFound
        return found
    if isinstance(query, str) and hash_of(query) != wanted:
        raise HttpError(400, "PERSISTED_QUERY_MISMATCH", "the query has another hash than sha256Hash says")
    return query
