"""Where questions are asked: of now, or of a moment. Every noun's root fields are written once, for both."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import strawberry

from txapi.domain.errors import BadInput
from txapi.projections.moment import Reader
from txapi.schema.ids import GlobalId
from txapi.schema.nouns import Answer

Loader = Callable[[Reader, GlobalId | None, str], Any]

LOADERS: dict[str, Loader] = {}
"""How `node(id:)` finds each kind of noun: filled by the modules of the nouns."""


def loads(kind: str) -> Callable[[Loader], Loader]:
    """Register how one kind of noun is found by its key at a moment."""

    def register(loader: Loader) -> Loader:
        LOADERS[kind] = loader
        return loader

    return register


ManyLoader = Callable[[Reader, list[str]], Iterable[Any]]

MANY_LOADERS: dict[str, ManyLoader] = {}
"""How several nouns of a kind are found in one statement: filled by the modules of nouns that others refer to."""


def loads_many(kind: str) -> Callable[[ManyLoader], ManyLoader]:
    """Register how several nouns of one kind are found by their entity ids."""

    def register(loader: ManyLoader) -> ManyLoader:
        MANY_LOADERS[kind] = loader
        return loader

    return register


def nouns_behind(answer: Answer, name: str, keys_of: Callable[[Any], Iterable[tuple[str, str]]]) -> list[Any]:
    """The nouns of any kind behind the (kind, entity id) pairs that an answer keeps, in that order.

    One statement for each kind serves all its siblings.
    """

    def of_kind(kind: str) -> dict[str, Any]:
        return answer.related_by_many(
            (name, kind),
            lambda row: (id for of, id in keys_of(row) if of == kind),
            MANY_LOADERS[kind],
            lambda row: row.entity_id,
        )

    found = (of_kind(kind).get(id) for kind, id in keys_of(answer))
    return [noun for noun in found if noun is not None]


@strawberry.type
class Asking:
    """Base of Query and Moment: where its questions are read. `pinned` is None for now."""

    reading: strawberry.Private[Callable[[], Reader]]
    pinned: strawberry.Private[GlobalId | None]

    @property
    def reader(self) -> Reader:
        """The moment and snapshot of these questions."""
        return self.reading()


def found(reader: Reader, pinned: GlobalId | None, kind: str, key: str) -> Any:
    """A noun by kind and key at a moment, or None."""
    loader = LOADERS.get(kind)
    if loader is None:
        raise BadInput("BAD_ID", f"there is no noun of the kind {kind[:40]!r}")
    return loader(reader, pinned, key)
