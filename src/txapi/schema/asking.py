"""Where questions are asked: of now, or of a moment. Every noun's root fields are written once, for both."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import strawberry

from txapi.domain.errors import BadInput
from txapi.projections.moment import Reader
from txapi.schema.ids import GlobalId

Loader = Callable[[Reader, GlobalId | None, str], Any]

LOADERS: dict[str, Loader] = {}
"""How `node(id:)` finds each kind of noun: filled by the modules of the nouns."""


def loads(kind: str) -> Callable[[Loader], Loader]:
    """Register how one kind of noun is found by its key at a moment."""

    def register(loader: Loader) -> Loader:
        LOADERS[kind] = loader
        return loader

    return register


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
