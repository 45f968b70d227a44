"""A question in SQL over versioned rows: the same for now and for any moment of the past."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from txapi.projections.orders import Cut, Order, Page, beyond, ordered
from txapi.projections.table import BY_SPAN, FOREVER
from txapi.projections.walking import walk
from txapi.record.database import Dialect

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from txapi.projections.moment import Reader
    from txapi.projections.table import Table

__all__ = ["Cut", "Found", "Order", "Page", "Select", "many_of", "marks", "one_of"]

R = TypeVar("R")

FEW_LISTED = 200
"""As of the past so many nouns are looked up one by one; of more, all that there were are looked at."""

_BY_CLASS = f"(SELECT 64 AS k UNION ALL VALUES {', '.join(f'({length})' for length in range(1, 48))})"
"""The length classes of versions; 64 is that of those that last."""


def _window(position: int) -> str:
    """The condition that a version of length class `c.k` is the one of a past position.

    A closed version of class k (bit length of until - since) that lives at p began after p - 2**k: each class is a short
    range of its index, so old short-lived versions are never walked. The sign keeps `until` from being sought there: PostgreSQL 18
    reckons that it would skip through every `since` for it, and takes any index for better.
    """
    return (
        f"t.span = c.k AND t.since <= {position} AND +t.until > {position}"
        f" AND t.since > CASE c.k WHEN 64 THEN 0 ELSE {position} - (CAST(1 AS BIGINT) << c.k) END"
    )


def marks(values: Collection[Any]) -> str:
    """The marks of as many parameters, for a list that a value may be in; nothing is in an empty one."""
    return ", ".join("?" * len(values)) or "NULL"


@dataclass(slots=True)
class Found(Generic[R]):
    """A part of a list: the rows, the sort values of each (for cursors), and whether there is more."""

    rows: list[R]
    keys: list[tuple[Any, ...]]
    has_next: bool
    has_previous: bool


@dataclass(slots=True)
class Select(Generic[R]):
    """Conditions over one table at one moment. Built by the questions of a read module, never by a resolver.

    `hot` names a hot column of the table that a condition of this question restricts to few values: as of a past
    moment, the rows are then found through the index by length class. `by_noun` says that a condition names few nouns: the rows
    are found by them, now and as of the past; `of_some`, that it names some: PostgreSQL finds current rows by what it counted.
    `by_hot`: current rows, too, are found through the index by length class, whatever their order. `plenty` says that a large
    part of all rows is asked for. `listed` are nouns that may be many. `beside` are joins that add no rows, by their alias.
    `through` is a table with its alias whose rows name these few nouns, each once, as a condition says: they are found from there.
    """

    table: Table[R]
    reader: Reader
    hot: str | None = None
    hot_values: tuple[Any, ...] = ()
    by_noun: bool = False
    of_some: bool = False
    by_hot: bool = False
    plenty: bool = False
    listed: tuple[str, ...] | None = None
    through: str | None = None
    joins: list[str] = field(default_factory=list)
    beside: dict[str, str] = field(default_factory=dict)
    conditions: list[str] = field(default_factory=list)
    parameters: list[Any] = field(default_factory=list)

    def where(self, condition: str, *parameters: Any) -> Select[R]:
        """Add a condition over the alias `t`."""
        self.conditions.append(condition)
        self.parameters.extend(parameters)
        return self

    def joined(self, clause: str) -> Select[R]:
        """Join what each row has several of (`JOIN memberships m ON ...`), so that groups can be formed by it."""
        self.joins.append(clause)
        return self

    def with_one(self, alias: str, clause: str) -> Select[R]:
        """Join what each row has one of, or none (`LEFT JOIN figures f ON ...`), for conditions, sorts and groups that name it."""
        self.beside[alias] = clause
        return self

    def of_nouns(self, nouns: Sequence[str] | None) -> Select[R]:
        """Restrict to the rows of few nouns, and find them by these; None does not restrict."""
        if nouns is None:
            return self
        self.by_noun = True
        return self.where(f"t.{self.table.noun} IN ({marks(nouns)})", *nouns)

    def among(self, nouns: Sequence[str], *, wanted: bool = True) -> Select[R]:
        """Restrict to the rows of nouns that may be many, or to all others."""
        if wanted and self.listed is None:
            self.listed = tuple(nouns)
            return self
        return self.where(f"{'' if wanted else 'NOT '}{self._one_of()}", json.dumps(nouns))

    def _one_of(self) -> str:
        """The condition that a row's noun is one of those of a list in JSON."""
        # Inside `coalesce` they are put together once: neither planner finds rows by them, or compares each with all of them.
        return f"coalesce({self._found_among()}, FALSE)"

    def _found_among(self) -> str:
        return f"t.{self.table.noun} IN (SELECT o.value FROM json_each(?) o)"

    @property
    def _restricted(self) -> bool:
        return bool(self.conditions) or self.listed is not None

    def where_in(self, column: str, values: Iterable[Any] | None) -> Select[R]:
        """Restrict a column to some values; None does not restrict, an empty list finds nothing."""
        if values is None:
            return self
        values = [getattr(value, "value", value) for value in values]
        if column in self.table.hot and values and self.hot is None:
            self.hot, self.hot_values = column, tuple(values)
            return self
        return self.where(f"t.{column} IN ({marks(values)})", *values)

    def _source(self, *, counted: bool = False) -> tuple[str, list[Any]]:
        """FROM and WHERE with their parameters; `counted` where every row is looked at, and none of them read."""
        moment = self.reader.moment
        conditions, parameters = list(self.conditions), list(self.parameters)
        # SQLite sooner looks up the current row of each than finds them among all; a page of a list is sooner found in its order.
        sqlite = self.reader.connection.dialect is Dialect.SQLITE
        if moment.now:
            each = sqlite and (self.of_some or (counted and self.listed is not None))
        else:
            # The versions of a noun are some dozen: those of many would be more than all that the moment has.
            each = self.of_some or (self.listed is not None and len(self.listed) <= FEW_LISTED)
        if self.listed is not None:
            conditions.append(self._found_among() if each and not self.of_some else self._one_of())
            parameters.append(json.dumps(self.listed))
        if self.by_noun or each:
            index = f"{self.table.name}_{'current' if moment.now else 'noun'}"
            # In this order: left alone, SQLite would make a list of the nouns first, and look for each row in it.
            first = "" if self.through is None else f"{self.through} CROSS JOIN "
            source = f"FROM {first}{self.table.name} t {self.reader.by_index(index)}"
            conditions.insert(0, self.reader.live())
            if self.hot is not None:
                conditions.append(f"t.{self.hot} IN ({marks(self.hot_values)})")
                parameters.extend(self.hot_values)
        elif moment.now:
            by_hot = self.hot is not None and (self.by_hot or not self.table.is_listed_by(self.hot))
            index = self.reader.by_index(f"{self.table.name}_hot_{self.hot}") if by_hot else ""
            source = f"FROM {self.table.name} t {index}"
            conditions.insert(0, f"t.until = {FOREVER}")
            if self.hot is not None:
                conditions.append(f"t.{self.hot} IN ({marks(self.hot_values)})")
                parameters.extend(self.hot_values)
                if counted or by_hot or len(self.hot_values) > 1:
                    # The planner then takes the index of the hot column; without this it would walk its past in it.
                    conditions.append("t.span = 64")
            elif counted and BY_SPAN in self.table.counted:
                # The index by length class holds what is counted, and all that is current lies together in it.
                conditions.append("t.span = 64")
        else:
            window = _window(int(moment.position))
            if self.hot is not None:
                window += f" AND t.{self.hot} IN ({marks(self.hot_values)})"
                parameters[:0] = self.hot_values
            if self.reader.connection.dialect is Dialect.SQLITE:
                # Of a table that it takes for small, SQLite would rather read everything.
                index = self.reader.by_index(f"{self.table.name}_{'span' if self.hot is None else f'hot_{self.hot}'}")
                source = f"FROM {_BY_CLASS} c CROSS JOIN {self.table.name} t {index}"
                conditions.insert(0, window)
            else:
                # A join that is not fenced off would be turned round, and read the whole table to find few rows.
                versions = f"SELECT t.* FROM {self.table.name} t WHERE {window} OFFSET 0"
                source = f"FROM {_BY_CLASS} c CROSS JOIN LATERAL ({versions}) t"
                conditions.insert(0, "TRUE")
        joins = [*self.beside.values(), *self.joins]
        return f"{' '.join([source, *joins])} WHERE {' AND '.join(conditions)}", parameters

    @property
    def table_order(self) -> list[Order]:
        """What tells rows apart that nothing else does: an index that ends with it needs no sorting."""
        return [Order(f"t.{name}", certain=True) for name in self.table.identity]

    @property
    def is_whole(self) -> bool:
        """Whether every row of the table is asked for that there is at the moment."""
        return not (self._restricted or self.joins or self.hot)

    # -- answers -----------------------------------------------------------------------------------------------

    def count(self) -> int:
        """How many rows there are."""
        source, parameters = self.counted()
        if self.reader.moment.now and self.is_whole and BY_SPAN not in self.table.counted:
            # Left alone, the planner takes an index that covers the count, and walks the whole past in it.
            source = source.replace(" t ", f" t {self.reader.by_index(f'{self.table.name}_current')} ", 1)
        count: int = self.reader.rows(f"SELECT count(*) {source}", parameters)[0][0]
        return count

    def grouped(self, by: Sequence[str], measures: Sequence[str]) -> list[tuple[Any, ...]]:
        """Aggregates by expressions over `t`, in the order of the groups."""
        source, parameters = self._source(counted=True)
        selected = ", ".join([*by, *measures])
        # By number, for a group may be the same for all, and a constant is no expression to group by.
        groups = ", ".join(str(number) for number in range(1, len(by) + 1))
        tail = f" GROUP BY {groups} ORDER BY {groups}" if by else ""
        return self.reader.rows(f"SELECT {selected} {source}{tail}", parameters)

    def as_table(self, expressions: Sequence[str]) -> tuple[str, list[Any]]:
        """Expressions over every row, as a table for another statement, and its parameters: the past is found as it is here."""
        source, parameters = self._source(counted=True)
        return f"(SELECT {', '.join(expressions)} {source})", parameters

    def narrow(self, columns: Sequence[str]) -> list[tuple[Any, ...]]:
        """Only these expressions of every row, in no order: what a comparison of whole lists needs."""
        source, parameters = self._source()
        return self.reader.rows(f"SELECT {', '.join(columns)} {source}", parameters)

    def all(self, into: type[R] | None = None, order: Sequence[Order] = ()) -> list[R]:
        """Every row. For lists that are bounded by what they are about."""
        source, parameters = self._source()
        terms = ", ".join([ordered(term) for term in order] + [f"t.{self.table.noun}", "t.row"])
        found = self.reader.rows(f"SELECT {self.table.select} {source} ORDER BY {terms}", parameters)
        return [self.table.decode(values, into) for values in found]

    def each(self, order: Sequence[Order] = ()) -> Iterator[R]:
        """Every row, one by one: for exports, which hold few at a time. Ties are broken by what tells rows apart."""
        source, parameters = self._source()
        terms = ", ".join(ordered(term) for term in (*order, *self.table_order))
        for values in self.reader.stream(f"SELECT {self.table.select} {source} ORDER BY {terms}", parameters):
            yield self.table.decode(values)

    def values(self, expressions: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        """Expressions over every row, in no particular order."""
        source, parameters = self._source()
        yield from self.reader.stream(f"SELECT {', '.join(expressions)} {source}", parameters)

    def page(self, order: Sequence[Order], page: Page, into: type[R] | None = None) -> Found[R]:
        """One page by keyset: its cost does not depend on how far into the list it lies."""
        if page.size == 0:
            # Whether there are rows does not depend on their order.
            [*_, cut] = self.cuts(order, page)
            more = bool(self.reader.rows(f"SELECT 1 {cut.source} LIMIT 1", cut.parameters))
            return _found([], [], page, more=more)
        for cut in self.cuts(order, page):
            keys = ", ".join(cut.keys)
            found = self._found(f"SELECT {self.table.select}, {keys} {cut.rows}", cut.parameters, page, into)
            if found.has_next or not cut.only_full:
                return found
        raise AssertionError("the last cut of a page finds it, full or not")

    def cuts(self, order: Sequence[Order], page: Page) -> Iterator[Cut]:
        """Where the page is cut out of the list; the first that finds it tells it."""
        if not self.reader.moment.now:
            for walked in walk(self, order, page):
                yield walked
                if not walked.only_full:
                    return
        order = [*order, *self.table_order]
        few = self.by_noun or self.of_some or self.by_hot
        if self.reader.moment.now and not few and not page.before and not page.backward and page.after is not None:
            yield self._entered(order, page, page.after)
        yield self.sorted_cut(order, page)

    def _entered(self, order: Sequence[Order], page: Page, after: tuple[Any, ...]) -> Cut:
        """The page where an index is entered by comparisons: by the whole condition all would be walked through that lies before.

        What has no value to sort by lies behind all that has one, and is not found together with it.
        """
        bounds, values = list[str](), list[Any]()
        for term, value in zip(order, after, strict=True):
            if value is not None:
                bounds.append(f"{term.expression} {'<=' if term.descending else '>='} ?")
                values.append(value)
                break
            bounds.append(f"{term.expression} IS NULL")
        near = replace(self, conditions=[*self.conditions, *bounds], parameters=[*self.parameters, *values])
        return replace(near.sorted_cut(order, page), only_full=True)

    def sorted_cut(self, order: Sequence[Order], page: Page) -> Cut:
        """Where the page is cut out of the list, all of which is sorted; `order` tells any two rows apart."""
        source, parameters = self.sorted_source(order, page)
        terms = ", ".join(ordered(term, page.backward) for term in order)
        rows = f"{source} ORDER BY {terms}"
        if not self.reader.moment.now:
            # All rows of a past moment have to be sorted: the page is chosen first, by narrow rows, and read then.
            rows = (
                f"FROM (SELECT t.row AS chosen {source} ORDER BY {terms} LIMIT {int(page.size) + 1}) x"
                f" JOIN {self.table.name} t ON t.row = x.chosen {' '.join([*self.beside.values(), *self.joins])} ORDER BY {terms}"
            )
        return Cut([term.expression for term in order], source, rows, parameters)

    def sorted_source(self, order: Sequence[Order], page: Page) -> tuple[str, list[Any]]:
        """FROM and WHERE of the rows that lie between the page's cursors, with their parameters."""
        source, parameters = self._source()
        for key, forward in ((page.after, True), (page.before, False)):
            if key is not None:
                condition, values = beyond(order, key, forward=forward)
                source, parameters = f"{source} AND {condition}", [*parameters, *values]
        return source, parameters

    def counted(self) -> tuple[str, list[Any]]:
        """FROM and WHERE of a count, with their parameters: without what stands beside a row and no condition names."""
        named = {
            alias: join for alias, join in self.beside.items() if any(f"{alias}." in each for each in self.conditions)
        }
        return replace(self, beside=named)._source(counted=True)

    def _found(self, statement: str, parameters: list[Any], page: Page, into: type[R] | None) -> Found[R]:
        found = self.reader.rows(f"{statement} LIMIT {int(page.size) + 1}", parameters)
        more = len(found) > page.size
        found = found[: page.size]
        if page.backward:
            found.reverse()
        width = self.table.width
        rows = [self.table.decode(values, into) for values in found]
        return _found(rows, [tuple(values[width:]) for values in found], page, more=more)


def _found(rows: list[R], keys: list[tuple[Any, ...]], page: Page, *, more: bool) -> Found[R]:
    return Found(
        rows,
        keys,
        has_next=page.before is not None if page.backward else more,
        has_previous=more if page.backward else page.after is not None,
    )


def one_of(table: Table[R], reader: Reader, noun: str, into: type[R] | None = None) -> R | None:
    """The noun's own row at the moment, or None where it does not exist then."""
    values = reader.one(
        f"SELECT {table.select} FROM {table.name} t WHERE t.{table.noun} = ? AND {reader.live()}", (noun,)
    )
    return None if values is None else table.decode(values, into)


def many_of(
    table: Table[R], reader: Reader, nouns: Sequence[str], into: type[R] | None = None, column: str | None = None
) -> list[R]:
    """The rows of several nouns at the moment, in one statement; `column` where they are found by another column."""
    if not nouns:
        return []
    by = column or table.noun
    # Left alone, SQLite takes looking up many for dearer than reading the whole table in its own order.
    found = reader.rows(
        f"SELECT {table.select} FROM {table.name} t {reader.by_index(table.index_by(by, now=reader.is_now))}"
        f" WHERE t.{by} IN ({marks(nouns)}) AND {reader.live()} ORDER BY t.row",
        list(nouns),
    )
    return [table.decode(values, into) for values in found]
