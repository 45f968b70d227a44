"""Traces 查阅留痕: what an operation read that not everybody may read, kept before any of it is told."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from txapi.record.accesses import NAMED_MOST, Access
from txapi.record.conflicts import RecordUnavailable

if TYPE_CHECKING:
    from txapi.domain.event import Actor
    from txapi.projections.restricted import Noted
    from txapi.record.accesses import Accesses


def leave_trace(
    accesses: Accesses, noted: Sequence[Noted], viewer: Actor, request: str, operation: str, position: int
) -> None:
    """Keep what was noted of one operation, if anything was. RecordUnavailable where it cannot be kept."""
    kinds = sorted({kind for each in noted for kind in each.kinds})
    nouns = list(dict.fromkeys(noun for each in noted for noun in each.nouns))
    if not kinds:
        return
    access = Access(
        at=time.time_ns() // 1000,
        subject=viewer.subject,
        role=viewer.role.value,
        unit=viewer.unit,
        request=request,
        operation=operation,
        position=position,
        kinds=tuple(kinds),
        nouns=tuple(nouns[:NAMED_MOST]),
        more=max(0, len(nouns) - NAMED_MOST),
    )
    try:
        accesses.append(access)
    except Exception as error:
        # What a store says of that is another thing on each store.
        raise RecordUnavailable("what was read cannot be traced, and so it is not told") from error
