"""Several moments of the past at once 多个时点: where the record stood at given instants, and how rows read there."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import TypeVar

import msgspec

from txapi.projections.history import Told, told
from txapi.projections.moment import Reader
from txapi.projections.select import marks
from txapi.projections.table import Table
from txapi.record.instants import instant, micros
from txapi.record.record import RecordedEvent

R = TypeVar("R")

_NAMED = "json_extract(w.value, '$[0]')"
_NUMBERED = "CAST(json_extract(w.value, '$[1]') AS BIGINT)"
"""The two parts of a noun with a number in a list that is given as JSON."""


def positions_at(reader: Reader, times: Iterable[datetime]) -> dict[datetime, int]:
    """The last position recorded at or before each of these times, as far as the moment knows; one statement.

    Recorded times never fall as positions rise, so each is found by halves.
    """
    wanted = sorted({micros(time) for time in times})
    if not wanted:
        return {}
    found = reader.rows(
        "WITH RECURSIVE halves(wanted, low, high) AS (SELECT CAST(w.value AS BIGINT), CAST(0 AS BIGINT), CAST(? AS BIGINT)"
        " FROM json_each(?) w UNION ALL"
        " SELECT wanted, CASE WHEN e.recorded_at <= wanted THEN e.position ELSE low END,"
        " CASE WHEN e.recorded_at <= wanted THEN high ELSE e.position - 1 END"
        f" FROM halves JOIN {reader.timeline} e ON e.position = (low + high + 1) / 2 WHERE low < high)"
        " SELECT wanted, low FROM halves WHERE low = high",
        [reader.moment.position, msgspec.json.encode(wanted).decode()],
    )
    return {instant(time): position for time, position in found}


def rows_at(table: Table[R], reader: Reader, wanted: Iterable[tuple[str, int]]) -> dict[tuple[str, int], R]:
    """The own rows of nouns, each as it read at a position; one statement. Absent where the noun did not exist then."""
    asked = sorted(set(wanted))
    if not asked:
        return {}
    found = reader.rows(
        f"SELECT {table.select}, {_NAMED}, {_NUMBERED} FROM json_each(?) w JOIN {table.name} t"
        f" ON t.{table.noun} = {_NAMED} AND t.since <= {_NUMBERED} AND t.until > {_NUMBERED}",
        [msgspec.json.encode(asked).decode()],
    )
    width = table.width
    return {(values[width], values[width + 1]): table.decode(values) for values in found}


def positions_of(reader: Reader, wanted: Iterable[tuple[str, int]]) -> dict[tuple[str, int], int]:
    """Where events stand that are named by noun and number, as far as the moment knows them; one statement."""
    asked = sorted(set(wanted))
    if not asked:
        return {}
    found = reader.rows(
        "SELECT e.stream, e.version, e.position FROM json_each(?) w JOIN events e"
        f" ON e.stream = {_NAMED} AND e.version = {_NUMBERED}"
        " WHERE e.position <= ?",
        [msgspec.json.encode(asked).decode(), reader.moment.position],
    )
    return {(stream, version): position for stream, version, position in found}


def places_of(reader: Reader, streams: Collection[str], topics: Collection[str]) -> dict[str, dict[str, list[int]]]:
    """Where the events of those kinds stand that happened to these nouns, by noun and kind and in order; one statement."""
    found = reader.rows(
        "SELECT e.stream, e.topic, e.position FROM json_each(?) w JOIN events e ON e.stream = w.value"
        f" WHERE e.topic IN ({marks(topics)}) AND e.position <= ? ORDER BY e.position",
        [msgspec.json.encode(sorted(streams)).decode(), *topics, reader.moment.position],
    )
    places: dict[str, dict[str, list[int]]] = {stream: {} for stream in streams}
    for stream, topic, position in found:
        places[stream].setdefault(topic, []).append(position)
    return places


def events_of(
    reader: Reader, record: Told, streams: Collection[str], topics: Collection[str]
) -> dict[str, list[RecordedEvent]]:
    """The events of those kinds that happened to these nouns, as far as the moment knows, by noun and in order."""
    found = reader.rows(
        "SELECT e.position FROM json_each(?) w JOIN events e ON e.stream = w.value"
        f" WHERE e.topic IN ({marks(topics)}) AND e.position <= ?",
        [msgspec.json.encode(sorted(streams)).decode(), *topics, reader.moment.position],
    )
    by_stream: dict[str, list[RecordedEvent]] = {}
    for _, recorded in sorted(told(record, [position for (position,) in found]).items()):
        by_stream.setdefault(recorded.event.originator_id, []).append(recorded)
    return by_stream
