"""Totals 总数: how many rows a list has. Of whole lists the total is kept, and follows the record by what has happened since."""

from __future__ import annotations

from typing import Any

from txapi.projections.all import PROJECTIONS
from txapi.projections.select import Select
from txapi.projections.sums import Sums

_KINDS = {
    table.name: projection.kind.KIND
    for projection in PROJECTIONS
    for table in projection.tables
    if table.identity == ("entity_id",)
}
"""The kind of noun by the table that has one row for each of them."""


def total(question: Select[Any]) -> int:
    """How many rows there are of those that a question asks for."""
    table = question.table
    kind = _KINDS.get(table.name)
    if kind is None or not question.is_whole:
        return question.count()
    sums = Sums(
        ("total", table.name), kind, (), 1,
        lambda reader, nouns: [(Select(table, reader).of_nouns(nouns).count(),)],
        judges=False,
    )  # fmt: skip
    return sum(count for (count,) in sums.at(question.reader))
