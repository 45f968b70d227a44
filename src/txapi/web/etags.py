"""Entity tags: what an answer to a question follows from, hashed, so that who holds the answer need not be sent it again.

An answer follows from what stands at the snapshot's position (of which the tag hashes when it was recorded: a record that was put back
from a copy comes to the same position by other events), the day of the clock (what the clock alone changes, it changes at the turn of a
day), who asks, in which language, the document, its variables, and the code. A tag hashes these, so it is known before anything
is executed.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import msgspec

from txapi.domain.dates import day_of
from txapi.projections.views_progress import Standing
from txapi.receipts.code import code_version, library_versions
from txapi.record.instants import micros
from txapi.schema.admitting import Operation
from txapi.schema.context import Context
from txapi.schema.executing import Answered

if TYPE_CHECKING:
    from datetime import datetime

    from txapi.domain.event import Actor

_encoder = msgspec.json.Encoder(order="deterministic")

CACHED = {"cache-control": "private, no-cache", "vary": "Accept, Accept-Language, Authorization"}
"""What an answer with a tag says besides: only its own client keeps it, and asks each time whether it still holds."""


@cache
def _code() -> list[str]:
    return [code_version(), *(f"{name} {version}" for name, version in sorted(library_versions().items()))]


@dataclass(frozen=True, slots=True)
class Question:
    """What an answer follows from, but for when it is given."""

    record_id: str
    viewer: Actor
    signed_in: bool
    language: str
    media_type: str
    operation: Operation

    def tag(self, standing: Standing, now: datetime) -> str:
        """The strong tag of the answer from where the rows stand, at a time."""
        viewer, operation = self.viewer, self.operation
        hashed = [
            _code(),
            self.record_id,
            standing,
            day_of(now),
            [viewer.subject, viewer.role, viewer.unit, self.signed_in],
            self.language,
            self.media_type,
            [operation.document, operation.name, operation.variables or {}],
        ]
        return f'"{hashlib.sha256(_encoder.encode(hashed)).hexdigest()[:40]}"'


def standing_of(context: Context) -> Standing:
    """Where the rows stood that a context has read."""
    moment = context.present().moment
    return Standing(moment.position, micros(moment.recorded_at))


def may_be_tagged(context: Context, answered: Answered) -> bool:
    """Whether the same would be answered as long as the tag is the same.

    Not where something went wrong, which may be gone the next time, and not where the answer tells of the ledger or of the time, or
    holds what was sealed, which nobody may read any more from one instant to the next.
    """
    return (
        context.kind == "query"
        and context.has_read
        and not answered.errors
        and not context.beside
        and not context.personal
        and not context.told_the_time
    )


def held_tags(if_none_match: str) -> frozenset[str]:
    """The tags that a client holds, by its If-None-Match header; a tag that something in between made weak is the same tag.

    `*` names none: it asks whether there is any answer at all, and to a question there always is.
    """
    return frozenset(tag.strip().removeprefix("W/") for tag in if_none_match.split(",")) - {"", "*"}
