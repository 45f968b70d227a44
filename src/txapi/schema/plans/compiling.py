"""From a selection to shapes: what is known of its fields becomes a plan; whatever is not is `Unsure`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
from graphql import (
    GraphQLObjectType,
    get_argument_values,
)

from txapi.domain.labels import label_of
from txapi.projections.event_index import EVENTS
from txapi.projections.shapes import (
    Choice,
    Constant,
    Form,
    Identity,
    Inside,
    Leaf,
    Left,
    Listed,
    More,
    One,
    Outer,
    Perhaps,
    Question,
    Row,
    Same,
    Shape,
    Telling,
    Tells,
    Total,
    Unsure,
)
from txapi.projections.table import Column, Table
from txapi.projections.told_pages import ALWAYS, NEVER, NOW, Asking
from txapi.schema.connections import Connection, Listing
from txapi.schema.plain import Behind, GlobalIdentity, Hanging, Indexed, LabelIn, LabelOf, Since
from txapi.schema.plans.fields import Field, table_behind
from txapi.schema.plans.page import Gap, Part, Place, Plan, cursor, json_object, truth

_Column = Callable[[Place], list[bytes]]


class Compiling:
    """One selection on its way to a plan. Whatever is not known here is `Unsure`."""

    def __init__(self, executor: Any) -> None:
        self._executor = executor
        self._shapes: list[Shape] = []
        self._gaps: list[tuple[Gap, ...]] = []
        self._keyed = False
        self._steady = ALWAYS

    def page(self, kind: GraphQLObjectType, details: list[Any]) -> Plan:
        """The plan of a page."""
        parts = [(name, self._of_page(name, field, of)) for name, field, of in self._fields(kind, details)]
        asking = Asking(tuple(self._shapes), self._keyed, any(self._gaps), self._steady)
        return Plan(asking, tuple(self._gaps), json_object(parts))

    def noun(self, kind: GraphQLObjectType, details: list[Any]) -> Shape:
        """What is told of a noun by itself; nothing of it is left to the executor."""
        return self._tells(kind, details)

    def _fields(self, kind: GraphQLObjectType, details: list[Any]) -> Iterator[tuple[str, Field, list[Any]]]:
        grouped = self._executor.collect_subfields(kind, details).grouped_field_set
        for name, of in grouped.items():
            for one in of:
                if one.defer_usage is not None or one.fragment_variable_values is not None:
                    raise Unsure
                if any(used.name.value not in ("skip", "include") for used in one.node.directives or ()):
                    raise Unsure
            yield name, Field.of(kind, of[0].node), of

    def _of_page(self, name: str, field: Field, details: list[Any]) -> Part:
        match field.name:
            case "__typename":
                return _constant(field.parent.name)
            case "nodes":
                at = self._rows(field, details)
                return lambda place: b"[%b]" % place.listed(at, (name, field.parent.name), None)
            case "edges":
                return self._edges(name, field, details)
            case "pageInfo":
                return json_object([(name, self._of_place(of)) for name, of, _ in self._fields(field.target, details)])
            case "totalCount":
                return lambda place: str(place.counting()).encode()
        raise Unsure

    def _of_place(self, field: Field) -> Part:
        match field.name:
            case "__typename":
                return _constant(field.parent.name)
            case "hasNextPage":
                return truth(lambda place: place.has_next)
            case "hasPreviousPage":
                return truth(lambda place: place.has_previous)
            case "startCursor" | "endCursor":
                self._keyed = True
                return cursor(0 if field.name == "startCursor" else -1)
        raise Unsure

    def _edges(self, name: str, field: Field, details: list[Any]) -> Part:
        columns: list[tuple[bytes, _Column]] = []
        before = len(self._gaps)
        for each, of, below in self._fields(field.target, details):
            columns.append((f'"{each}":'.encode(), self._of_edges((name, field.parent.name), each, of, below)))
        if sum(map(bool, self._gaps[before:])) > 1:
            # The executor goes from edge to edge, and says so in the order of its errors.
            raise Unsure

        def told(place: Place) -> bytes:
            said = [[begun + text for text in column(place)] for begun, column in columns]
            return b"[%b]" % b",".join([b"{%b}" % b",".join(row) for row in zip(*said, strict=True)])

        return told

    def _of_edges(self, way: tuple[str, str], name: str, field: Field, details: list[Any]) -> _Column:
        kind = field.parent.name
        match field.name:
            case "__typename":
                return lambda place: [f'"{kind}"'.encode()] * place.size
            case "cursor":
                self._keyed = True
                return lambda place: [f'"{cursor}"'.encode() for cursor in place.cursors]
            case "node":
                at = self._rows(field, details)
                return lambda place: place.told(at, way, None, (name, kind))
        raise Unsure

    def _rows(self, field: Field, details: list[Any]) -> int:
        """The number of the shape of a page's rows. What is not known here is left to the executor; Unsure where that is all."""
        told: list[tuple[str, Shape]] = []
        gaps: list[Gap] = []
        kind = field.target
        for name, of, below in self._fields(kind, details):
            try:
                told.append((name, self._told(of, below)))
            except Unsure:
                told.append((name, Left()))
                gaps.append(Gap(name, kind, below))
        if len(gaps) == len(told):
            raise Unsure
        if gaps:
            table_behind(kind)  # Else there is no row that the executor could tell them of.
        self._shapes.append(Tells(tuple(told)))
        self._gaps.append(tuple(gaps))
        return len(self._shapes) - 1

    def _tells(self, kind: GraphQLObjectType, details: list[Any]) -> Shape:
        """What is told of each row that is an object of a kind."""
        return Tells(tuple((name, self._told(field, of)) for name, field, of in self._fields(kind, details)))

    def _told(self, field: Field, details: list[Any]) -> Shape:
        if field.name == "__typename":
            return Constant(field.parent.name)
        match field.declared:
            case None:
                return field.leaf()
            case Since():
                return Leaf("since", Form.DIGITS, nullable=False)
            case GlobalIdentity():
                return Identity(field.noun)
            case LabelOf(column):
                return self._label_of(field, field.column(column), details)
            case LabelIn(column):
                return self._label_in(field, field.column(column), details)
            case Behind(column, by):
                self._steady = NOW if self._steady is ALWAYS else self._steady
                table = field.table_of_target
                return One(table, table.column[by].name, field.column(column).name, self._tells(field.target, details))
            case Hanging():
                return self._hanging(field, details)
            case Indexed(column):
                return field.holding(EVENTS.column[column])
        raise Unsure

    def _label_of(self, field: Field, column: Column, details: list[Any]) -> Shape:
        told = {}
        for member in column.hint:
            label = label_of(member)
            said = {"zh": label.zh, "en": label.en, "__typename": field.target.name}
            names = {name: said[of.name] for name, of, _ in self._fields(field.target, details)}
            told[member.value] = msgspec.json.encode(names).decode()
        return Choice(column.name, told, nullable=column.nullable)

    def _label_in(self, field: Field, column: Column, details: list[Any]) -> Shape:
        shapes: list[tuple[str, Shape]] = []
        for name, of, _ in self._fields(field.target, details):
            shape: Shape = Constant(of.parent.name) if of.name == "__typename" else Inside(column.name, (of.name,))
            shapes.append((name, shape))
        shape = Tells(tuple(shapes))
        return Perhaps(column.name, shape) if column.nullable else shape

    def _hanging(self, field: Field, details: list[Any]) -> Shape:
        executor, self._steady = self._executor, NEVER
        given = get_argument_values(field.definition, details[0].node, executor.variable_values)
        table = field.table

        def ask(to: Telling, row: Row) -> Question:
            info, listing = to.asking
            standing = _Standing(row, table, listing)
            try:
                assert field.definition.resolve is not None
                found = field.definition.resolve(standing, info, **given)
            except Exception:
                # Whatever is wrong with what is asked, the executor says it, and at its place.
                raise Unsure from None
            if not isinstance(found, Connection) or found.listing is None:
                raise Unsure
            asked: Question = found.listing.question
            return asked

        shapes: list[tuple[str, Shape]] = []
        for name, of, below in self._fields(field.target, details):
            match of.name:
                case "__typename":
                    shapes.append((name, Constant(of.parent.name)))
                case "nodes":
                    shapes.append((name, Listed(ask, self._tells(of.target, below))))
                case "edges":
                    shapes.append((name, Listed(ask, self._hanging_edge(of, below))))
                case "totalCount":
                    shapes.append((name, Total(ask)))
                case "pageInfo":
                    shapes.append((name, self._hanging_place(of, below, ask)))
                case _:
                    raise Unsure
        return Tells(tuple(shapes))

    def _hanging_edge(self, field: Field, details: list[Any]) -> Shape:
        shapes: list[tuple[str, Shape]] = []
        for name, of, below in self._fields(field.target, details):
            if of.name not in ("node", "__typename"):
                raise Unsure
            shapes.append((name, self._tells(of.target, below) if of.name == "node" else Constant(of.parent.name)))
        return Tells(tuple(shapes))

    def _hanging_place(self, field: Field, details: list[Any], ask: Any) -> Shape:
        shapes: list[tuple[str, Shape]] = []
        for name, of, _ in self._fields(field.target, details):
            match of.name:
                case "__typename":
                    shapes.append((name, Constant(of.parent.name)))
                case "hasNextPage":
                    shapes.append((name, More(ask)))
                case "hasPreviousPage":
                    shapes.append((name, Same(truth=False)))
                case _:
                    raise Unsure
        return Tells(tuple(shapes))


def _constant(name: str) -> Part:
    text = f'"{name}"'.encode()
    return lambda _: text


class _Standing:
    """Stands in the place of a row whose list is asked for: it has columns, and no values."""

    def __init__(self, row: Row, table: Table[Any], listing: Listing[Any]) -> None:
        self._row, self._table = row, table
        self._siblings = listing
        self.reader = listing.reader

    def __getattr__(self, name: str) -> Outer:
        if name not in self._table.column:
            raise Unsure
        return Outer(self._row.column(name))
