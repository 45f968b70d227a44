"""A whole operation told without the executor: of lists that plans tell, now or at a moment, and of what a moment says of itself.

What is found out about an operation with one set of variables is kept: which lists it asks for, with which arguments, how each is
told, and, where that is the same each time, by which statements. Their resolvers are the executor's; whatever one of them refuses,
and whatever is not known here, is left to the executor, which begins from the beginning and says it at its place.

A statement is kept with all that it was made from. It is made with a sketch of the reader that has no connection and, for now, of the
moment only says that it is now, and up to which date facts count: who looks at anything else is `Unsure`, and that list is asked for
anew each time. So a kept statement of now is that of any now, and one of the past is kept for that very moment.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any, NoReturn

import msgspec
from graphql import GraphQLNonNull, GraphQLObjectType, Undefined, get_argument_values, is_leaf_type
from graphql.execution.collect_fields import collect_fields
from graphql.pyutils import Path

from txapi.projections.moment import Reader
from txapi.projections.restricted import Restriction
from txapi.projections.shapes import Unsure
from txapi.projections.told_pages import Statement
from txapi.record.database import Dialect
from txapi.schema.asking import Asking
from txapi.schema.connections import Connection, Listing
from txapi.schema.plain import PLAIN, Door
from txapi.schema.plans.page import Plan
from txapi.schema.plans.telling import known_plan
from txapi.schema.sealing import SEALED_FIELD

if TYPE_CHECKING:
    from txapi.schema.admitting import Operation
    from txapi.schema.documents import Document

MOST_KEPT = 256
"""How many operations, each with the values of its variables, are kept of one schema: some 10 KB each."""
MOST_MOMENTS = 8
"""For how many moments the statements of a list are kept."""


class _Nothing:
    """Stands where nothing may be looked at: whoever does is `Unsure`."""

    def __getattr__(self, name: str) -> NoReturn:
        raise Unsure


class _Now(_Nothing):
    """A moment of which it is known that it is now, and up to which date facts count."""

    now = True

    def __init__(self, valid_on: date | None) -> None:
        self.valid_on = valid_on


class _Unconnected(_Nothing):
    """A connection of which it is known which SQL it speaks."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect


@dataclass(frozen=True, slots=True)
class _Told:
    """Where something is told: the object that it is a field of, and what resolvers are told of the request."""

    source: Asking
    context: Any
    planned: list[None]
    """One for each list that was told."""


Step = Callable[[_Told], bytes]


@dataclass(slots=True)
class _List:
    """A list of an operation: how it is asked for and told, and by which statements, as far as that is known."""

    plan: Plan
    resolve: Callable[..., Any]
    info: Any
    arguments: dict[str, Any]
    kept: dict[Any, tuple[Listing[Any], list[Statement]] | None] = field(default_factory=dict)

    def __call__(self, told: _Told) -> bytes:
        reader, pinned = told.source.reader, told.source.pinned
        moment = reader.moment
        key = (reader.connection.dialect, reader.hidden, moment.valid_on if moment.now else moment)
        if key not in self.kept:
            if len(self.kept) >= MOST_MOMENTS:
                self.kept.clear()
            self.kept[key] = self._sketched(reader)
        kept = self.kept[key]
        if kept is None:
            listing = self._listing(told.source)
            statements = list(self.plan.statements(listing, self.info))
        else:
            listing, statements = replace(kept[0], reader=reader, pinned=pinned), kept[1]
        text = self.plan.tell(listing, lambda: listing.counted(listing.reader), statements)
        told.planned.append(None)
        return text

    def _sketched(self, reader: Reader) -> tuple[Listing[Any], list[Statement]] | None:
        """The list and its statements as they follow from this and nothing else; None where they do not."""
        moment: Any = _Now(reader.moment.valid_on) if reader.moment.now else reader.moment
        unconnected: Any = _Unconnected(reader.connection.dialect)
        sketch = Reader(unconnected, moment, hidden=reader.hidden)
        try:
            listing = self._listing(Asking(reading=lambda: sketch, pinned=None))
            return listing, list(self.plan.statements(listing, self.info))
        except Exception:
            # Whatever is wrong with what is asked shows where it is asked for in earnest.
            return None

    def _listing(self, source: Asking) -> Listing[Any]:
        found = self.resolve(source, self.info, **self.arguments)
        if not isinstance(found, Connection) or found.listing is None:
            raise Unsure
        return found.listing


@dataclass(frozen=True, slots=True)
class _Door:
    """A moment, and what is told of it."""

    resolve: Callable[..., Any]
    info: Any
    arguments: dict[str, Any]
    fields: list[tuple[bytes, Step]]

    def __call__(self, told: _Told) -> bytes:
        source = self.resolve(told.source, self.info._replace(context=told.context), **self.arguments)
        below = _Told(source, told.context, told.planned)
        return b"{%b}" % b",".join([name + step(below) for name, step in self.fields])


@dataclass(frozen=True, slots=True)
class _Leaf:
    """What a moment says of itself."""

    kind: Any
    nullable: bool
    resolve: Callable[..., Any]
    info: Any

    def __call__(self, told: _Told) -> bytes:
        value = self.resolve(told.source, self.info._replace(context=told.context))
        if value is None and self.nullable:
            return b"null"
        coerced = None if value is None else self.kind.coerce_output_value(value)
        if coerced is None or coerced is Undefined:
            raise Unsure
        return msgspec.json.encode(coerced)


@dataclass(frozen=True, slots=True)
class _Name:
    """The name of a type."""

    text: bytes

    def __call__(self, _: _Told) -> bytes:
        return self.text


class _Compiling:
    """An operation on its way to its steps. Whatever is not known here is `Unsure`."""

    def __init__(self, executor: Any, plans: dict[Any, Any]) -> None:
        self._executor, self._plans = executor, plans

    def steps(self) -> list[tuple[str, Step]]:
        """The steps of the operation by the names of its fields."""
        executor = self._executor
        kind = executor.schema.query_type
        root = collect_fields(executor.schema, executor.fragments, executor.variable_values, kind, executor.operation)
        return self._fields(kind, root.grouped_field_set, None)

    def _fields(self, kind: GraphQLObjectType, fields: Any, above: Path | None) -> list[tuple[str, Step]]:
        return [(name, self._step(kind, details, Path(above, name, kind.name))) for name, details in fields.items()]

    def _step(self, kind: GraphQLObjectType, details: list[Any], path: Path) -> Step:
        executor = self._executor
        for one in details:
            if one.defer_usage is not None or one.fragment_variable_values is not None:
                raise Unsure
            if any(used.name.value not in ("skip", "include") for used in one.node.directives or ()):
                raise Unsure
        node = details[0].node
        if node.name.value == "__typename":
            return _Name(msgspec.json.encode(kind.name))
        field = kind.fields.get(node.name.value)
        said: Any = None if field is None else field.extensions.get("strawberry-definition")
        if (
            field is None
            or said is None
            or said.permission_classes
            or said.extensions
            or SEALED_FIELD in field.extensions
        ):
            raise Unsure
        resolver = said.base_resolver
        info = executor.build_resolve_info(field, [one.node for one in details], kind, path)._replace(context=None)
        arguments = get_argument_values(field, node, executor.variable_values) if field.args else {}
        target = field.type.of_type if isinstance(field.type, GraphQLNonNull) else field.type
        if is_leaf_type(target) and kind is not executor.schema.query_type and not field.args:
            return _Leaf(target, target is field.type, field.resolve, info)
        if not isinstance(target, GraphQLObjectType) or resolver is None:
            raise Unsure
        if isinstance(said.metadata.get(PLAIN), Door):
            below = self._fields(target, executor.collect_subfields(target, details).grouped_field_set, path)
            return _Door(field.resolve, info, arguments, [(f'"{name}":'.encode(), step) for name, step in below])
        plan = None if resolver.info_parameter is not None else known_plan(self._plans, executor, target, details)
        if plan is None or plan.asking.whole:
            raise Unsure
        return _List(plan, field.resolve, info, arguments)


class Wholes:
    """The operations of one schema that were told last, each with the values of its variables."""

    def __init__(self) -> None:
        self._known: OrderedDict[Any, tuple[Any, list[tuple[str, Step]] | None]] = OrderedDict()
        self._lock = threading.Lock()

    def tell(self, asked: Operation, document: Document, root: Asking, context: Any, build: Callable[[], Any]) -> Any:
        """The data of an operation; None where the executor, which `build` makes, has to say what is answered."""
        if context.plans is None or not context.raw or context.sealing is not None or context.kind != "query":
            return None
        if context.at_least is not None and context.views.position < context.at_least:
            return None  # It is waited for once.
        try:
            steps = self._steps(asked, document, build)
            if steps is None or not _reads_all(context):
                return None
            told = _Told(root, context, [])
            data = {name: msgspec.Raw(step(told)) for name, step in steps}
        except Exception:
            # Nothing was told yet: the executor finds the same, and says it at its place.
            return None
        context.planned += len(told.planned)
        return data

    def _steps(self, asked: Operation, document: Document, build: Callable[[], Any]) -> list[tuple[str, Step]] | None:
        hopeless: tuple[Any, ...] = (id(document.node), asked.name)
        key = (*hopeless, msgspec.json.encode(asked.variables))
        with self._lock:
            known = self._known.get(hopeless) or self._known.get(key)
            if known is not None:
                self._known.move_to_end(key if known[1] is not None else hopeless)
                return known[1]
        executor = build()
        if isinstance(executor, list):
            return None
        try:
            steps: list[tuple[str, Step]] | None = _Compiling(executor, document.plans).steps()
        except Unsure:
            # With other variables it would hardly be another.
            steps, key = None, hopeless
        with self._lock:
            # The document is kept beside, so that nothing else can have its id.
            self._known[key] = document, steps
            while len(self._known) > MOST_KEPT:
                self._known.popitem(last=False)
        return steps


def _reads_all(context: Any) -> bool:
    """Whether nothing is withheld from the viewer, who leaves no trace: then statements are asked as they are."""
    try:
        restriction = context.present().restriction
    except Exception as error:
        # Whoever asks next for the present hears the same, without waiting for it again.
        context.absent = error
        return False
    return restriction is None or (type(restriction) is Restriction and restriction.rule is None)
