"""What had been adopted by when 历次采用: the references as the record knew them at any position or time, from one reading."""

from __future__ import annotations

import bisect
from datetime import date, datetime

from txapi.audit.questions.versions import Version, versions_of
from txapi.domain.editions import Thresholds, typed_content
from txapi.domain.reference import AdoptedEdition, NothingAdopted, References
from txapi.projections.moment import Reader
from txapi.projections.references import EDITIONS, EditionRow
from txapi.record.instants import micros


class Adopted:
    """Every adoption and withdrawal that a moment knows; one statement, however many moments are then asked about."""

    def __init__(self, reader: Reader) -> None:
        versions = versions_of(EDITIONS, reader, None)
        self._versions = sorted(
            (version for noun in versions.nouns for version in versions.of(noun)), key=lambda one: one.since
        )
        ends = [
            (one.until, one.until_at) for one in self._versions if one.until is not None and one.until_at is not None
        ]
        self._turns = sorted({*((one.since, one.since_at) for one in self._versions), *ends})
        self._positions = [position for position, _ in self._turns]
        self._times = [time for _, time in self._turns]
        self._known: dict[int, References] = {}

    def at(self, position: int) -> References:
        """What rules read at that position."""
        return self._after(bisect.bisect_right(self._positions, position))

    def before(self, time: datetime) -> References:
        """What rules read just before that time."""
        return self._after(bisect.bisect_left(self._times, micros(time)))

    def _after(self, turns: int) -> References:
        known = self._known.get(turns)
        if known is None:
            position = self._positions[turns - 1] if turns else 0
            known = References(tuple(_edition(one) for one in self._versions if one.known_at(position)))
            self._known[turns] = known
        return known


def thresholds_on(references: References, day: date) -> Thresholds | None:
    """The thresholds in force on that day; None where none were adopted."""
    try:
        return references.thresholds_on(day)
    except NothingAdopted:
        return None


def _edition(version: Version[EditionRow]) -> AdoptedEdition:
    row = version.row
    content = typed_content(row.kind, row.edition, row.body)
    return AdoptedEdition(row.kind, row.edition, row.hash, content, row.in_force_from, row.withdrawn)
