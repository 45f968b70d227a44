"""Looks at a record from every position, and compares what it sees with a fold from the first event, told naively."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from txapi.domain.aggregate import Aggregate
from txapi.projections.all import PROJECTIONS
from txapi.projections.follower import Follower
from txapi.projections.moment import Reader, at_position
from txapi.projections.projection import Projection
from txapi.projections.select import Select
from txapi.projections.table import MODULUS, Table, digest_text, row_hash
from txapi.projections.views import Views
from txapi.projections.views_progress import Progress
from txapi.record.record import Record, RecordedEvent

BY_KIND: dict[str, Projection] = {projection.kind.KIND: projection for projection in PROJECTIONS}
TABLES: tuple[Table[Any], ...] = tuple(table for projection in PROJECTIONS for table in projection.tables)


def values_of(table: Table[Any], row: Any) -> tuple[Any, ...]:
    """A row as it is stored, column by column, remembering nothing of the row before it."""
    given = [(getattr(row, column.name), column.encode) for column in table.columns]
    values = [value if value is None or encode is None else encode(value) for value, encode in given]
    return (*values, *(extra.of(*(getattr(row, name) for name in extra.reads)) for extra in table.extras))


def rows_of(kind: str, id: str, events: list[RecordedEvent]) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of one noun by table, from folding its events anew."""
    rows: dict[str, list[tuple[Any, ...]]] = {table.name: [] for table in BY_KIND[kind].tables}
    for table, row in BY_KIND[kind].project(Aggregate.kinds[kind].fold(id, [one.event for one in events])):
        rows[table.name].append(values_of(table, row))
    return rows


def compare_every_position(record: Record, views: Views, chance: random.Random) -> None:
    """At every position every table holds, by each way of reading the past, the rows of the events up to there."""
    events = list(record.read_all())
    assert [one.position for one in events] == list(range(1, len(events) + 1))
    assert views.position == len(events)
    streams: dict[str, list[RecordedEvent]] = {}
    nouns: dict[str, dict[str, list[tuple[Any, ...]]]] = {table.name: {} for table in TABLES}
    expected: dict[str, list[str]] = {table.name: [] for table in TABLES}
    decoded_at = {0, len(events), *(chance.randrange(len(events) + 1) for _ in range(3))}
    with views.snapshot() as connection:
        stored = {table.name: _stored(connection, table) for table in TABLES}
        for position in range(len(events) + 1):
            if position:
                _take(events[position - 1], streams, nouns, expected)
            reader = Reader(connection, at_position(connection, position))
            for table in TABLES:
                where = f"{table.name} as of {position} of {len(events)}"
                if not stored[table.name]:
                    assert not expected[table.name], where
                    continue
                assert _plain(reader, table, position, stored[table.name]) == expected[table.name], where
                assert _selected(reader, table, stored[table.name]) == expected[table.name], where
                if position in decoded_at:
                    _compare_decoded(reader, table, expected[table.name], where)


def _take(
    recorded: RecordedEvent,
    streams: dict[str, list[RecordedEvent]],
    nouns: dict[str, dict[str, list[tuple[Any, ...]]]],
    expected: dict[str, list[str]],
) -> None:
    event = recorded.event
    kind, id = event.TOPIC.partition(".")[0], event.originator_id
    stream = streams.setdefault(id, [])
    stream.append(recorded)
    for name, rows in rows_of(kind, id, stream).items():
        if nouns[name].get(id, []) != rows:
            nouns[name][id] = rows
            expected[name] = sorted(repr(row) for several in nouns[name].values() for row in several)


def _stored(connection: Any, table: Table[Any]) -> dict[int, str]:
    """Every version of every row by its number, as the text of its values."""
    return {row: repr(tuple(values)) for row, _, _, _, *values in connection.execute(f"SELECT * FROM {table.name}")}


def _plain(reader: Reader, table: Table[Any], position: int, stored: dict[int, str]) -> list[str]:
    """By since and until alone, through no index."""
    found = reader.rows(f"SELECT row FROM {table.name} WHERE since + 0 <= ? AND until + 0 > ?", (position, position))
    return sorted(stored[row] for (row,) in found)


def _selected(reader: Reader, table: Table[Any], stored: dict[int, str]) -> list[str]:
    """As questions read: current rows, or the length classes; where a column is hot, through its index as well."""
    found = sorted(stored[row] for (row,) in Select(table, reader).grouped([], ["t.row"]))
    for column in table.hot:
        known = [value for (value,) in reader.rows(f"SELECT DISTINCT {column} FROM {table.name}") if value is not None]
        question = Select(table, reader).where_in(column, known)
        hot = sorted(stored[row] for (row,) in question.grouped([], ["t.row"]))
        without = Select(table, reader).where(f"t.{column} IS NULL").grouped([], ["t.row"])
        assert sorted([*hot, *(stored[row] for (row,) in without)]) == found, f"{table.name} by {column}"
    return found


def _compare_decoded(reader: Reader, table: Table[Any], expected: list[str], where: str) -> None:
    """Rows as answers see them say the same, after the way into SQL and back."""
    question = Select(table, reader)
    decoded = question.all()
    assert sorted(repr(values_of(table, row)) for row in decoded) == expected, where
    assert question.count() == len(decoded), where


# -- the same rows, however they came about ------------------------------------------------------------------------


@contextlib.contextmanager
def rebuilt(record: Record, folder: Path, batch: int) -> Iterator[Views]:
    """Fresh views of the record, in a file of their own whatever the store, followed in batches of that size."""
    views = Views.in_file(folder / f"rebuilt-{batch}.db", record.record_id, PROJECTIONS)
    try:
        Follower(record, views, batch).catch_up()
        yield views
    finally:
        views.close()


def compare_rebuilt(record: Record, views: Views, folder: Path, batch: int) -> Progress:
    """Views made anew have the digests of the live ones, and those are the sums of the rows that are there."""
    live = views.progress()
    with rebuilt(record, folder, batch) as anew:
        assert anew.progress() == live
    with views.snapshot() as connection:
        reader = Reader(connection, at_position(connection, live.position))
        for table in TABLES:
            total = sum(row_hash(table.canonical(values_of(table, row))) for row in Select(table, reader).all())
            assert digest_text(total % MODULUS) == live.digests[table.name], table.name
    return live
