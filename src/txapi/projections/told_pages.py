"""A page of a list as the database tells it: the texts of its rows, in one statement."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from txapi.projections.json_sql import BETWEEN
from txapi.projections.select import Cut
from txapi.projections.shapes import NAMED, UNSURE, Question, Row, Shape, Telling, Unsure, chosen
from txapi.record.database import Dialect


@dataclass(frozen=True, slots=True)
class Read:
    """A page: what each shape tells of each of its rows, the sort values of each where they are wanted, whether there is more, and
    the values of each row, as its table decodes them, where they are wanted."""

    told: tuple[list[str], ...]
    keys: list[str]
    has_next: bool
    has_previous: bool
    rows: list[tuple[Any, ...]]


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

    def read(self, asked: Question, asking: Any, named: Callable[[str], str]) -> Read:
        """A page of a list as the database tells it, in one statement; `named` puts ids where nouns are named.

        `Unsure` where it cannot be told, or not for certain.
        """
        page = asked.page
        if page.size == 0:
            raise Unsure
        for cut in asked.select.cuts(asked.order, page):
            columns, rows = self._found(asked, cut, asking, named)
            more = len(columns[-1]) > page.size
            if more or not cut.only_full:
                break
        else:
            raise Unsure
        for column in (*columns, rows):
            del column[page.size :]
            if page.backward:
                column.reverse()
        *told, keys = columns
        return Read(
            tuple(told),
            keys,
            has_next=page.before is not None if page.backward else more,
            has_previous=more if page.backward else page.after is not None,
            rows=rows,
        )

    def _found(
        self, asked: Question, cut: Cut, asking: Any, named: Callable[[str], str]
    ) -> tuple[list[list[str]], list[Any]]:
        """What is told of all rows, shape by shape, with their sort values last; and the values of their columns."""
        to = Telling(asked.select.reader, asking)
        told, row = self._rendered(to)
        names = [f"k{at}" for at in range(len(cut.keys))] if self.keyed else []
        keys = to.speaks.array([f"{row.alias}.{name}" for name in names]) if self.keyed else "'1'"
        sorts = [f"{key} AS {name}" for key, name in zip(cut.keys, names, strict=False)]
        most = asked.page.size + 1
        if not self.whole:
            columns = ", ".join(to.speaks.joined(each) for each in (*told, keys))
            line = to.reader.one(
                f"SELECT {columns} FROM ({chosen(to, row, cut, most, sorts)}) {row.alias}", to.parameters
            )
            assert line is not None
            return [[] if text is None else _known(text, named).split(BETWEEN) for text in line], []
        table = asked.select.table
        whole = Row(row.alias, dict.fromkeys((*row.columns, *table.names, "since")))
        columns = ", ".join([*told, keys, table.select.replace("t.", f"{row.alias}.")])
        lines = to.reader.rows(
            f"SELECT {columns} FROM ({chosen(to, whole, cut, most, sorts)}) {row.alias}", to.parameters
        )
        width = len(told) + 1
        return [[_known(line[at], named) for line in lines] for at in range(width)], [line[width:] for line in lines]

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


NEVER, NOW, ALWAYS = "never", "now", "always"
"""Where the same shapes are rendered to the same statement."""


def _known(text: str, named: Callable[[str], str]) -> str:
    """A text in which all is told for certain, and every noun has its id."""
    if UNSURE in text:
        raise Unsure
    return named(text) if NAMED in text else text
