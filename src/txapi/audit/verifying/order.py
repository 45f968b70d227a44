"""The order of events 顺序: positions without gaps, times that never run back, streams that count their versions."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import TYPE_CHECKING

from txapi.audit.checker import LedgerEntry, MalformedEntry

if TYPE_CHECKING:
    from txapi.audit.verifying.findings import Findings
    from txapi.audit.verifying.shown import Shown
    from txapi.audit.verifying.tree import TreeWalk


def walk_events(shown: Shown, walk: TreeWalk, findings: Findings, on_progress: Callable[[int, int], None]) -> int:
    """Go through the events as they lie and enter each in the tree; how many there are.

    `on_progress` is told (events done, of how many).
    """
    of = shown.last - shown.first + 1
    expected, time, done = shown.first, 0, 0
    versions: dict[str, int] = {}
    whole = shown.first == 1
    for rows in shown.rows():
        for row in rows:
            position, recorded_at, stream, version, topic, state = row
            if position != expected:
                findings.add(min(expected, position), "position", f"position {position} lies where {expected} belongs")
            expected = position + 1
            try:
                leaf = LedgerEntry(position, recorded_at, version, stream, topic, sha256(state).digest()).leaf()
            except (MalformedEntry, TypeError, AttributeError, ValueError) as error:
                findings.add(position, "entry", f"the row is none that a ledger can hold: {error}")
                leaf = bytes(32)
            walk.take(leaf)
            if not isinstance(recorded_at, int) or not isinstance(version, int):
                continue
            if recorded_at < time:
                findings.add(position, "time", "the event was recorded before the one that lies before it")
            time = recorded_at
            before = versions.get(stream)
            if before is None:
                before = 0 if whole else version - 1
            if version != before + 1:
                what = f"version {version} of {stream} follows version {before}"
                findings.add(position, "version", what)
            versions[stream] = version
        done += len(rows)
        on_progress(done, of)
    if expected <= shown.last:
        findings.add(
            expected, "position", f"the events end before position {expected}, and should go on to {shown.last}"
        )
    return done
