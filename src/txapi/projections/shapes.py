"""Shapes 形状: what a list tells of its rows, put together as JSON by the database itself, in one statement (decision 48).

A shape is a tree of what is told under which name. It is rendered over an alias of a row, and never knows GraphQL. Wherever what
is found is not what a shape takes for granted (a column that is never null is, a number is too large), the text says `UNSURE`, and
nobody is told it: the question is answered in the ordinary way then, which knows what to say.
"""

from __future__ import annotations

import enum
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

from txapi.projections.json_sql import Speaks, quoted, speaking
from txapi.projections.moment import Reader
from txapi.projections.select import Cut, Order, Page, Select
from txapi.projections.table import Table

MARK = "\x7f"
"""Begins whatever stands in a text for something else. It is hardly ever written, so one look tells that there is nothing of that."""
_SECRET = f"{MARK}{secrets.token_hex(8)}"
UNSURE = f"{_SECRET}?"
"""Stands in a text in the place of what could not be told. Nobody outside knows it, so that no text that people wrote holds it."""
GAP = f"{_SECRET}!"
"""Stands where somebody else tells the rest."""
NAMED = f"{_SECRET}#"
"""Stands before the kind and the key of a noun, in the place of its global id."""


class Unsure(Exception):
    """A statement cannot tell this, or not for certain."""


class Outer:
    """A column of the row that a list hangs on, in the place of the value that it has: whoever looks at the value is `Unsure`."""

    __slots__ = ("_expression",)

    def __init__(self, expression: str) -> None:
        self._expression = expression

    def __str__(self) -> str:
        return self._expression

    def _looked_at(self, *_: object) -> bool:
        raise Unsure

    __eq__ = __ne__ = __bool__ = __lt__ = __le__ = __gt__ = __ge__ = __contains__ = _looked_at
    __hash__ = None  # type: ignore[assignment]


@dataclass(slots=True)
class Row:
    """A row while its shape is rendered: its alias, and the columns that are needed of it."""

    alias: str
    columns: dict[str, None] = field(default_factory=dict)

    def column(self, name: str) -> str:
        """A column of the row as an expression."""
        self.columns[name] = None
        return f"{self.alias}.{name}"


@dataclass(slots=True)
class Telling:
    """One statement while it is rendered. Parameters are noted in the order in which their marks stand in its text."""

    reader: Reader
    asking: Any = None
    """What a list that hangs on a row needs to be asked for, if anybody does."""
    parameters: list[Any] = field(default_factory=list)
    depth: int = 0
    speaks: Speaks = field(init=False)

    def __post_init__(self) -> None:
        self.speaks = speaking(self.reader.connection.dialect, UNSURE)

    def row(self) -> Row:
        """A row with an alias of its own."""
        self.depth += 1
        return Row(f"n{self.depth}")

    def bound(self, sql: str, parameters: Sequence[Any]) -> str:
        """A part of the statement with its parameters; columns of outer rows stand in the place of their marks."""
        if not any(isinstance(value, Outer) for value in parameters):
            self.parameters += parameters
            return sql
        values = iter(parameters)
        # What stands in quotes is no mark.
        quoted = sql.split("'")
        for at in range(0, len(quoted), 2):
            first, *others = quoted[at].split("?")
            quoted[at] = first + "".join(f"{self._mark(next(values))}{other}" for other in others)
        return "'".join(quoted)

    def _mark(self, value: Any) -> str:
        if isinstance(value, Outer):
            return str(value)
        self.parameters.append(value)
        return "?"


class Shape(Protocol):
    """What is told at one place."""

    def render(self, to: Telling, row: Row) -> str:
        """The expression that tells it of a row."""


class Form(enum.Enum):
    """How the value of a column is written."""

    TEXT = "text"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    DECIMAL = "decimal"
    INSTANT = "instant"
    DIGITS = "digits"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Constant:
    """The same text for every row."""

    text: str

    def render(self, to: Telling, row: Row) -> str:
        """See `Shape`."""
        return to.speaks.json(quoted(f'"{self.text}"'))


@dataclass(frozen=True, slots=True)
class Left:
    """What is left to somebody else to tell of the row."""

    def render(self, to: Telling, row: Row) -> str:
        """See `Shape`."""
        return to.speaks.json(quoted(f'"{GAP}"'))


@dataclass(frozen=True, slots=True)
class Leaf:
    """The value of a column; `nullable` where it may have none."""

    column: str
    form: Form
    nullable: bool

    def render(self, to: Telling, row: Row) -> str:
        """See `Shape`."""
        write: Callable[..., str] = getattr(to.speaks, self.form.value)
        return write(row.column(self.column), nullable=self.nullable)


@dataclass(frozen=True, slots=True)
class Inside:
    """A text inside a column that holds JSON, none of whose objects and texts on the way is null."""

    column: str
    path: tuple[str, ...]

    def render(self, to: Telling, row: Row) -> str:
        """See `Shape`."""
        return to.speaks.text(to.speaks.inside(row.column(self.column), self.path), nullable=False)


@dataclass(frozen=True, slots=True)
class Choice:
    """What is told for each value that a column may have, as JSON."""

    column: str
    told: Mapping[str, str]
    nullable: bool

    def render(self, to: Telling, row: Row) -> str:
        """See `Shape`."""
        return to.speaks.chosen(row.column(self.column), self.told, nullable=self.nullable)


@dataclass(frozen=True, slots=True)
class Name:
    """The plain name, of letters, that is told for each value that a column may have."""

    column: str
    told: Mapping[str, str]
    nullable: bool

    def render(self, to: Telling, row: Row) -> str:
        """See `Shape`."""
        return to.speaks.name(row.column(self.column), self.told, nullable=self.nullable)


@dataclass(frozen=True, slots=True)
class Identity:
    """The global id of a noun, whose moment is told once for all by `with_ids`."""

    noun: str
    column: str = "entity_id"

    def render(self, to: Telling, row: Row) -> str:
        """See `Shape`."""
        return to.speaks.text(f"{quoted(f'{NAMED}{self.noun}:')} || {row.column(self.column)}", nullable=False)


@dataclass(frozen=True, slots=True)
class Tells:
    """Several things under their names, in this order."""

    fields: tuple[tuple[str, Shape], ...]
    MOST: ClassVar[int] = 60
    """How many: SQLite takes 127 arguments."""

    def render(self, to: Telling, row: Row) -> str:
        """See `Shape`. Unsure where there are too many."""
        if not 0 < len(self.fields) <= self.MOST:
            raise Unsure
        return to.speaks.told([(name, shape.render(to, row)) for name, shape in self.fields])


@dataclass(frozen=True, slots=True)
class Perhaps:
    """What a shape tells where a column is not null, and else null."""

    column: str
    shape: Shape

    def render(self, to: Telling, row: Row) -> str:
        """See `Shape`."""
        column = row.column(self.column)
        return to.speaks.json(f"CASE WHEN {column} IS NULL THEN 'null' ELSE {self.shape.render(to, row)} END")


@dataclass(frozen=True, slots=True)
class One:
    """The noun whose `by` is the value of a column here; null where there is none, then or at all."""

    table: Table[Any]
    by: str
    column: str
    shape: Shape

    def render(self, to: Telling, row: Row) -> str:
        """See `Shape`."""
        of, there = row.column(self.column), to.row()
        told = self.shape.render(to, there)
        found = (
            f"SELECT {told} FROM {self.table.name} {there.alias} WHERE {there.alias}.{self.by} = {of}"
            f" AND {to.reader.live(there.alias)} ORDER BY {there.alias}.row DESC LIMIT 1"
        )
        return to.speaks.found(found)


@dataclass(frozen=True, slots=True)
class Question:
    """A list that is asked for, before anything of it is read."""

    select: Select[Any]
    order: Sequence[Order]
    page: Page


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of a list that hangs on a row. `ask` gives the question from the row; its shape is told of each of its rows."""

    ask: Callable[[Telling, Row], Question]
    shape: Shape

    def render(self, to: Telling, row: Row) -> str:
        """See `Shape`. Unsure where the page has a cursor or is one from the end."""
        asked = self.ask(to, row)
        there = to.row()
        told = self.shape.render(to, there)
        cut = _only(asked)
        return to.speaks.gathered(
            f"SELECT {to.speaks.list_of(told)} FROM ({chosen(to, there, cut, asked.page.size)}) {there.alias}"
        )


@dataclass(frozen=True, slots=True)
class Total:
    """How many rows a list has that hangs on a row."""

    ask: Callable[[Telling, Row], Question]

    def render(self, to: Telling, row: Row) -> str:
        """See `Shape`."""
        source, parameters = self.ask(to, row).select.counted()
        return to.speaks.count(f"(SELECT count(*) {to.bound(source, parameters)})")


@dataclass(frozen=True, slots=True)
class More:
    """Whether rows follow the page of a list that hangs on a row."""

    ask: Callable[[Telling, Row], Question]

    def render(self, to: Telling, row: Row) -> str:
        """See `Shape`. Unsure as `Listed`."""
        asked = self.ask(to, row)
        cut = _only(asked)
        rows = f"SELECT 1 {to.bound(cut.source, cut.parameters)} LIMIT {asked.page.size + 1}"
        return to.speaks.boolean(
            f"(SELECT CASE WHEN count(*) > {asked.page.size} THEN 1 ELSE 0 END FROM ({rows}) x)", nullable=False
        )


@dataclass(frozen=True, slots=True)
class Same:
    """A truth that is the same for every row."""

    truth: bool

    def render(self, to: Telling, row: Row) -> str:
        """See `Shape`."""
        return to.speaks.json("'true'" if self.truth else "'false'")


def _only(asked: Question) -> Cut:
    page = asked.page
    if page.backward or page.after is not None or page.before is not None or page.size == 0:
        raise Unsure
    *_, cut = asked.select.cuts(asked.order, page)
    return cut


def chosen(to: Telling, row: Row, cut: Cut, most: int, keys: Sequence[str] = ()) -> str:
    """The rows of a cut, with the columns that their shape needs and no others."""
    columns = [f"t.{name} AS {name}" for name in dict.fromkeys(row.columns)] or ["1 AS x"]
    return f"SELECT {', '.join([*columns, *keys])} {to.bound(cut.rows, cut.parameters)} LIMIT {int(most)}"
