"""A page of a list as the database tells it: the texts of its rows, in one statement."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from txapi.projections.json_sql import BETWEEN
from txapi.projections.moment import Reader
from txapi.projections.select import Cut, Page
from txapi.projections.shapes import MARK, NAMED, UNSURE, Question, Row, Shape, Telling, Unsure, chosen
from txapi.projections.table import Table
from txapi.record.database import Dialect
from txapi.record.instants import micros

_BETWEEN, _MARK, _UNSURE, _NAMED = (each.encode() for each in (BETWEEN, MARK, UNSURE, NAMED))


class Texts:
    """What is told of the rows of a page, one text for each; they are taken apart only where somebody wants them so."""

    __slots__ = ("_each", "_whole", "size")

    def __init__(self, whole: bytes, each: list[bytes] | None = None) -> None:
        self._whole, self._each = whole, each
        self.size = len(each) if each is not None else whole.count(_BETWEEN) + 1 if whole else 0

    @property
    def each(self) -> list[bytes]:
        """The texts one by one."""
        if self._each is None:
            self._each = self._whole.split(_BETWEEN) if self._whole else []
        return self._each

    def cut(self, page: Page) -> None:
        """Drop the row behind the page, which says that there is more, and put the rows in their order."""
        if page.backward or self._each is not None:
            del self.each[page.size :]
            if page.backward:
                self.each.reverse()
        elif self.size > page.size:
            self._whole = self._whole[: self._whole.rindex(_BETWEEN)]

    def listed(self) -> bytes:
        """All of them with commas between."""
        return self._whole.replace(_BETWEEN, b",") if self._each is None else b",".join(self._each)


@dataclass(slots=True)
class Read:
    """A page: what each shape tells of each of its rows, the sort values of each where they are wanted, how many there are, whether
    there is more, and the values of each row, as its table decodes them, where they are wanted."""

    told: tuple[Texts, ...]
    keys: list[bytes]
    size: int
    has_next: bool
    has_previous: bool
    rows: list[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Statement:
    """What finds a page, or the next statement does where `only_full` says so and it finds too little.

    `at_once` finds the same, and tells of each row as it comes: of every row that there is, where it has to sort them.
    """

    sql: str
    parameters: tuple[Any, ...]
    only_full: bool
    at_once: str | None = None


@dataclass(slots=True)
class Asking:
    """What is wanted of the rows of pages: `keyed` their sort values, `whole` the values of their columns.

    `kept` remembers how the shapes are rendered; `steady` says where that may be: never, now, or at any moment.
    """

    shapes: tuple[Shape, ...]
    keyed: bool
    whole: bool
    steady: str
    kept: dict[Dialect, tuple[list[str], Row]] = field(default_factory=dict)
    kept_at_once: list[str] | None = None

    def statements(self, asked: Question, asking: Any) -> Iterator[Statement]:
        """The statements that find a page, one after the other. `Unsure` where it cannot be told."""
        if asked.page.size == 0:
            raise Unsure
        for cut in asked.select.cuts(asked.order, asked.page):
            to = Telling(asked.select.reader, asking)
            sql = self._statement(to, asked, cut)
            yield Statement(sql, tuple(to.parameters), cut.only_full, self._at_once(asked, cut))

    def read(
        self, reader: Reader, page: Page, statements: Iterable[Statement], named: Callable[[bytes], bytes]
    ) -> Read:
        """A page of a list as the database tells it; `named` puts ids where nouns are named. `Unsure` where it is not told for certain."""
        for statement in statements:
            columns, rows = self._found(reader, statement, named)
            size = columns[0].size
            more = size > page.size
            if more or not statement.only_full:
                break
        else:
            raise Unsure
        del rows[page.size :]
        if page.backward:
            rows.reverse()
        for column in columns:
            column.cut(page)
        return Read(
            tuple(columns[: len(self.shapes)]),
            columns[-1].each if self.keyed else [],
            min(size, page.size),
            has_next=page.before is not None if page.backward else more,
            has_previous=more if page.backward else page.after is not None,
            rows=rows,
        )

    def _statement(self, to: Telling, asked: Question, cut: Cut) -> str:
        """What tells of all rows, shape by shape, with their sort values last, where these are wanted; and the values of their columns."""
        told, row = self._rendered(to)
        names = [f"k{at}" for at in range(len(cut.keys))] if self.keyed else []
        if self.keyed:
            told = [*told, to.speaks.array([f"{row.alias}.{name}" for name in names])]
        sorts = [f"{key} AS {name}" for key, name in zip(cut.keys, names, strict=False)]
        most = asked.page.size + 1
        if self.whole:
            table = asked.select.table
            row = Row(row.alias, dict.fromkeys((*row.columns, *table.names, "since")))
            columns = [*map(to.speaks.raw, told), table.select.replace("t.", f"{row.alias}.")]
        else:
            # Where nothing is told of the rows, they are counted.
            columns = [to.speaks.raw(to.speaks.joined(each)) for each in told or ["'1'"]]
        return f"SELECT {', '.join(columns)} FROM ({chosen(to, row, cut, most, sorts)}) {row.alias}"

    def _at_once(self, asked: Question, cut: Cut) -> str | None:
        """The same statement without the columns of rows in between, which SQLite would copy; None where nothing is to be won."""
        reader = asked.select.reader
        plain = self.steady == ALWAYS and not self.whole and bool(self.shapes)
        if not plain or not reader.moment.now or reader.connection.dialect is not Dialect.SQLITE:
            return None
        to = Telling(reader)
        if self.kept_at_once is None:
            self.kept_at_once = [shape.render(to, Row("t")) for shape in self.shapes]
        told = [*self.kept_at_once, to.speaks.array(cut.keys)] if self.keyed else self.kept_at_once
        inner = ", ".join(f"{each} AS x{at}" for at, each in enumerate(told))
        columns = ", ".join(to.speaks.raw(to.speaks.joined(f"n.x{at}")) for at in range(len(told)))
        return (
            f"SELECT {columns} FROM (SELECT {inner} {to.bound(cut.rows, cut.parameters)} LIMIT {asked.page.size + 1}) n"
        )

    def _found(
        self, reader: Reader, statement: Statement, named: Callable[[bytes], bytes]
    ) -> tuple[list[Texts], list[Any]]:
        """What is told of all rows, column by column; and the values of their own columns."""
        if not self.whole:
            at_once = statement.at_once
            if at_once is None or reader.is_restricted or not _comes_in_order(reader, at_once, statement.parameters):
                at_once = statement.sql
            line = reader.one(at_once, statement.parameters)
            assert line is not None
            return [Texts(b"" if text is None else _known(text, named)) for text in line], []
        lines = reader.rows(statement.sql, statement.parameters)
        width = len(self.shapes) + self.keyed
        told = [Texts(b"", [_known(line[at], named) for line in lines]) for at in range(width)]
        return told, [line[width:] for line in lines]

    def _rendered(self, to: Telling) -> tuple[list[str], Row]:
        may_be_kept = self.steady == ALWAYS or (self.steady == NOW and to.reader.moment.now)
        dialect = to.reader.connection.dialect
        known = self.kept.get(dialect) if may_be_kept else None
        if known is None:
            row = to.row()
            known = [shape.render(to, row) for shape in self.shapes], row
            if may_be_kept:
                self.kept[dialect] = known
        return known


def statement_of_one(
    reader: Reader, table: Table[Any], shape: Shape, asking: Any, sql: str, parameters: Sequence[Any]
) -> Statement:
    """What tells a shape of the row that a statement finds. Unsure where that asks for anything but one row of the table."""
    begins, to = f"SELECT {table.select} FROM {table.name} t ", Telling(reader, asking)
    if not sql.startswith(begins):
        raise Unsure
    row = to.row()
    told = to.speaks.raw(shape.render(to, row))
    cut = Cut([], "", sql.removeprefix(f"SELECT {table.select} "), list(parameters))
    return Statement(
        f"SELECT {told} FROM ({chosen(to, row, cut, 1)}) {row.alias}", tuple(to.parameters), only_full=False
    )


def told_alone(reader: Reader, statement: Statement, named: Callable[[bytes], bytes]) -> bytes | None:
    """What such a statement tells; None where there is no row. `Unsure` where it is not told for certain."""
    line = reader.one(statement.sql, statement.parameters)
    return None if line is None else _known(line[0], named)


NEVER, NOW, ALWAYS = "never", "now", "always"
"""Where the same shapes are rendered to the same statement."""


_in_order: dict[str, bool] = {}
"""Statements of which it was asked whether SQLite finds their rows in the order in which they are wanted."""
MOST_ASKED = 500


def _comes_in_order(reader: Reader, sql: str, parameters: Sequence[Any]) -> bool:
    """Whether SQLite need not sort what a statement finds."""
    # The clock, which goes on, says nothing of how rows are found.
    asked = sql.replace(str(micros(reader.moment.clock)), "?")
    known = _in_order.get(asked)
    if known is None:
        if len(_in_order) >= MOST_ASKED:
            _in_order.pop(next(iter(_in_order)), None)
        plan = reader.connection.execute(f"EXPLAIN QUERY PLAN {sql}", parameters).fetchall()
        known = _in_order[asked] = not any("ORDER BY" in step[3] for step in plan)
    return known


def _known(text: bytes, named: Callable[[bytes], bytes]) -> bytes:
    """A text in which all is told for certain, and every noun has its id."""
    if _MARK not in text:
        return text
    if _UNSURE in text:
        raise Unsure
    return named(text) if _NAMED in text else text
