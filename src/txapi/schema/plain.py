"""Plain fields: what a field tells of the row that it stands on, declared where the field is, so that a plan can tell it, too.

A field without a resolver is the column of its name. Every other field is told by its resolver alone, unless it is declared here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

PLAIN = "txapi-plain"
"""The key of the metadata of a field under which its declaration stands."""


@dataclass(frozen=True, slots=True)
class Since:
    """The position that the version of the row holds from."""


@dataclass(frozen=True, slots=True)
class GlobalIdentity:
    """The global id of the noun."""


@dataclass(frozen=True, slots=True)
class LabelOf:
    """The label of the member that an enum column holds."""

    column: str


@dataclass(frozen=True, slots=True)
class LabelIn:
    """The label that a column holds."""

    column: str


@dataclass(frozen=True, slots=True)
class Behind:
    """The noun whose column `by` has the value of a column here; null where there is none."""

    column: str
    by: str


@dataclass(frozen=True, slots=True)
class Hanging:
    """A list whose resolver takes of its row only columns, to compare other columns with."""


@dataclass(frozen=True, slots=True)
class Indexed:
    """What a column of the index of events holds."""

    column: str


@dataclass(frozen=True, slots=True)
class Sought:
    """A noun whose resolver asks for one row, and tells of that and of nothing else."""


@dataclass(frozen=True, slots=True)
class Door:
    """A moment, whose questions are asked and told as those of now are."""


def plain(declared: Any) -> dict[str, Any]:
    """The metadata of a field that is declared."""
    return {PLAIN: declared}
