"""Walking 沿序查找: a page of a whole list as of the past is found in the order of an index, where that is less than to sort the list."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from txapi.projections.moment import head_of
from txapi.projections.orders import Cut, Order, Page, beyond, ordered
from txapi.record.database import Dialect
from txapi.record.instants import micros

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from txapi.projections.select import Select

LEAST_PART = 10
"""Of a moment before a tenth of the record, what there was is sorted: it is little, and most of what is walked past has not begun."""


def walk(select: Select[Any], order: Sequence[Order], page: Page) -> Iterator[Cut]:
    """The page of a long list as of the past by an index in the order that is asked for; nothing where it is better sorted."""
    [first, *others] = order or [Order("")]
    column = first.expression.removeprefix("t.")
    if others or page.before or page.backward or page.size == 0:
        return
    terms, reader = [first, *select.table_order], select.reader
    late = reader.moment.position * LEAST_PART >= head_of(reader.connection)
    if not first.descending and column in select.table.lapsing and late:
        if select.is_whole or select.plenty:
            yield from _lapsing(select, column, terms, page)
        return
    if not select.is_whole or (page.after is not None and page.after[0] is None):
        return
    sqlite = reader.connection.dialect is Dialect.SQLITE
    if first.descending and column in select.table.times and (sqlite or column != "since"):
        yield _back(select, column, terms, page)
    elif not first.descending and column in select.table.walked and late:
        yield _forward(select, column, terms, page)


def _lapsing(select: Select[Any], column: str, order: Sequence[Order], page: Page) -> Iterator[Cut]:
    """The rows that have such a value, which are few, in its order; and behind them those without, walked to noun by noun."""
    table, keys, terms = select.table, [term.expression for term in order], ", ".join(map(ordered, order))
    some = replace(
        select,
        hot=table.lapsing[column],
        hot_values=(1,),
        conditions=[*select.conditions, f"t.{column} IS NOT NULL"],
        parameters=list(select.parameters),
    )
    parts, parameters = list[str](), list[Any]()
    if page.after is None or page.after[0] is not None:
        yield replace(some.sorted_cut(order, page), only_full=True)
        source, given = some.sorted_source(order, page)
        parts.append(f"SELECT t.row AS chosen {source} ORDER BY {terms} LIMIT {page.size + 1}")
        parameters += given
    behind, values = "TRUE", list[Any]()
    if page.after is not None and page.after[0] is None:
        behind, values = beyond(order[1:], page.after[1:], forward=True)
    nouns = ", ".join(map(ordered, order[1:]))
    conditions = [select.reader.live(), f"t.{column} IS NULL", *select.conditions, behind]
    parts.append(
        f"SELECT t.row AS chosen FROM {table.name} t {select.reader.by_index(table.index_by(table.noun, now=False))}"
        f" WHERE {' AND '.join(conditions)} ORDER BY {nouns} LIMIT {page.size + 1}"
    )
    parameters += [*select.parameters, *values]
    chosen = " UNION ALL ".join(f"SELECT chosen FROM ({part}) p{at}" for at, part in enumerate(parts))
    source = f"FROM ({chosen}) x JOIN {table.name} t ON t.row = x.chosen"
    yield Cut(keys, source, f"{source} ORDER BY {terms}", parameters)


def _back(select: Select[Any], column: str, order: Sequence[Order], page: Page) -> Cut:
    """The latest rows of a moment, from the moment on backwards: most of what began last before it is to be seen then.

    What is walked to may be too little to fill the page, for there may be rows without such a time.
    """
    moment, name = select.reader.moment, select.table.name
    # No such time lies ahead of its recording; the day allows for clocks that were set back.
    bound = int(moment.position) if column == "since" else micros(moment.recorded_at + timedelta(days=1))
    condition, values = "TRUE", list[Any]()
    if page.after is not None:
        condition, values = beyond(order, page.after, forward=True)
        bound = min(bound, page.after[0])
    source = (
        f"FROM {name} t {select.reader.by_index(f'{name}_latest_{column}')}"
        f" WHERE t.{column} <= {int(bound)} AND {select.reader.live()} AND {condition}"
    )
    rows = f"{source} ORDER BY {', '.join(map(ordered, order))}"
    return Cut([term.expression for term in order], source, rows, values, only_full=True)


def _forward(select: Select[Any], column: str, order: Sequence[Order], page: Page) -> Cut:
    """The first rows in an order, past versions of other times: of each noun there are some, and of most one is to be seen."""
    name, terms = select.table.name, ", ".join(map(ordered, order))
    condition, values = "TRUE", list[Any]()
    if page.after is not None:
        condition, values = beyond(order, page.after, forward=True)
        if not select.table.column[column].nullable:
            # The index is entered by one comparison; by the whole condition all would be walked through that lies before it.
            condition, values = f"t.{column} >= ? AND {condition}", [page.after[0], *values]
    source = f"FROM {name} t {select.reader.by_index(f'{name}_walked_{column}')} WHERE {select.reader.live()} AND {condition}"
    # Chosen from the index alone, and read then.
    chosen = f"SELECT t.row AS chosen {source} ORDER BY {terms} LIMIT {page.size + 1}"
    rows = f"FROM ({chosen}) x JOIN {name} t ON t.row = x.chosen ORDER BY {terms}"
    return Cut([term.expression for term in order], source, rows, values)
