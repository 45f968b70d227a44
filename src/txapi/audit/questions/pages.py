"""A part of an answer 分页: its lines, each with the key by which pages go on and the events that it rests on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from txapi.domain.errors import BadInput

Key = tuple[int | str | None, ...]
"""Where a line stands in its list: unique, and in the order of the list. It is what a cursor carries."""


def key_of(after: Key | None, *types: type[int] | type[str]) -> Key | None:
    """The key behind which a page goes on, where it is one of such a list. BadInput BAD_CURSOR: a client may make one up."""
    fits = after is None or [type(part) for part in after] == list(types)
    if not fits:
        raise BadInput("BAD_CURSOR", "this is not a cursor of this service")
    return after


class Line(Protocol):
    """What every line of an answer says of itself."""

    @property
    def key(self) -> Key:
        """Where it stands."""
        ...

    @property
    def events(self) -> Sequence[int]:
        """The positions of the events that it rests on, in order."""
        ...


L_co = TypeVar("L_co", bound=Line, covariant=True)


@dataclass(frozen=True, slots=True)
class Lines(Generic[L_co]):
    """Some lines of an answer, and whether more follow."""

    lines: Sequence[L_co]
    has_next: bool
