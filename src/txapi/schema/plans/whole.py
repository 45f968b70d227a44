"""A whole operation told without the executor: of lists that plans tell, now or at a moment, and of what a moment says of itself.

What is found out about an operation with one set of variables is kept: which lists it asks for, with which arguments, how each is
told, and, where that is the same each time, by which statements. Their resolvers are the executor's; whatever one of them refuses,
and whatever is not known here, is left to the executor, which begins from the beginning and says it at its place.

Statements are kept as `sketch.py` says. A list is told as the executor's lists are, by its plan; a noun by itself by the statement with
which its resolver asks for its row, of which other columns are asked.
"""

from __future__ import annotations

import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
from graphql import GraphQLNonNull, GraphQLObjectType, Undefined, get_argument_values, is_leaf_type
from graphql.execution.collect_fields import collect_fields
from graphql.pyutils import Path

from txapi.projections.restricted import Restriction
from txapi.projections.shapes import Shape, Unsure
from txapi.projections.table import Table
from txapi.projections.told_pages import Statement, statement_of_one, told_alone
from txapi.schema.asking import Asking
from txapi.schema.connections import Connection
from txapi.schema.plain import PLAIN, Door, Sought
from txapi.schema.plans.compiling import Compiling
from txapi.schema.plans.fields import table_behind
from txapi.schema.plans.page import Plan, with_ids
from txapi.schema.plans.sketch import Asks, Kept
from txapi.schema.plans.telling import known_plan
from txapi.schema.sealing import SEALED_FIELD

if TYPE_CHECKING:
    from txapi.schema.admitting import Operation
    from txapi.schema.documents import Document

MOST_KEPT = 256
"""How many operations, each with the values of its variables, are kept of one schema, and"""
MOST_STEPS = 1_024
"""how many steps these have together, each of which takes some 10 KB."""
MOST_SAID = 4 * 1024
"""The longest values of variables, as JSON, for which something is kept."""


@dataclass(slots=True)
class _Told:
    """Where something is told: the object that it is a field of, and what resolvers are told of the request."""

    source: Asking
    context: Any
    planned: list[None]
    """One for each list that was told."""


Step = Callable[[_Told], bytes]


@dataclass(frozen=True, slots=True)
class _List:
    """A list of an operation, and how it is told."""

    plan: Plan
    kept: Kept[tuple[Any, list[Statement]]]

    def __call__(self, told: _Told) -> bytes:
        reader, pinned = told.source.reader, told.source.pinned
        kept = self.kept.of(reader, self._made)
        if kept is None:
            listing, statements = self._made(told.source)
        else:
            listing, statements = kept[0].at(reader, pinned), kept[1]
        text = self.plan.tell(listing, lambda: listing.counted(listing.reader), statements)
        told.planned.append(None)
        return text

    def _made(self, source: Asking) -> tuple[Any, list[Statement]]:
        found = self.kept.asked(source)
        if not isinstance(found, Connection) or found.listing is None:
            raise Unsure
        return found.listing, list(self.plan.statements(found.listing, self.kept.info))


@dataclass(frozen=True, slots=True)
class _Noun:
    """A noun by itself: what is told of the one row that its resolver asks for."""

    shape: Shape
    table: Table[Any]
    kept: Kept[Statement]

    def __call__(self, told: _Told) -> bytes:
        reader, pinned = told.source.reader, told.source.pinned
        statement = self.kept.of(reader, self._made)
        if statement is None:
            raise Unsure
        text = told_alone(reader, statement, lambda text: with_ids(text, "" if pinned is None else pinned.moment()))
        told.planned.append(None)
        return b"null" if text is None else text

    def _made(self, source: Asking) -> Statement:
        try:
            self.kept.asked(source)
        except Asks as asks:
            return statement_of_one(
                source.reader, self.table, self.shape, (self.kept.info, source), asks.sql, asks.parameters
            )
        raise Unsure


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


class Steps:
    """An operation on its way to its steps. Whatever is not known here is `Unsure`."""

    def __init__(self, executor: Any, plans: dict[Any, Any]) -> None:
        self._executor, self._plans = executor, plans

    def steps(self) -> list[tuple[str, Step]]:
        """The steps of the operation by the names of its fields."""
        executor = self._executor
        kind = executor.schema.query_type
        root = collect_fields(executor.schema, executor.fragments, executor.variable_values, kind, executor.operation)
        steps = self._fields(kind, root.grouped_field_set, None)
        if all(isinstance(step, _Name) for _, step in steps):
            raise Unsure  # Nothing would be read, and an answer says from where it was.
        return steps

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
        info = _of_no_request(executor.build_resolve_info(field, [one.node for one in details], kind, path))
        arguments = get_argument_values(field, node, executor.variable_values) if field.args else {}
        target = field.type.of_type if isinstance(field.type, GraphQLNonNull) else field.type
        if is_leaf_type(target) and kind is not executor.schema.query_type and not field.args:
            return _Leaf(target, target is field.type, field.resolve, info)
        if not isinstance(target, GraphQLObjectType) or resolver is None:
            raise Unsure
        if isinstance(said.metadata.get(PLAIN), Sought):
            shape = Compiling(executor).noun(target, details)
            return _Noun(shape, table_behind(target), Kept(field.resolve, info, arguments))
        if isinstance(said.metadata.get(PLAIN), Door):
            below = self._fields(target, executor.collect_subfields(target, details).grouped_field_set, path)
            return _Door(field.resolve, info, arguments, [(f'"{name}":'.encode(), step) for name, step in below])
        plan = None if resolver.info_parameter is not None else known_plan(self._plans, executor, target, details)
        if plan is None or plan.asking.whole:
            raise Unsure
        return _List(plan, Kept(field.resolve, info, arguments))


def _of_no_request(info: Any) -> Any:
    """What resolvers are told, without what belongs to one request: that would stay for as long as this is kept."""
    return info._replace(context=None, root_value=None, async_helpers=None, abort_signal=None)


def _count(steps: list[Any]) -> int:
    return sum(1 + (_count(step.fields) if isinstance(step, _Door) else 0) for _, step in steps)


class Wholes:
    """The operations of one schema that were told last, each with the values of its variables.

    Their steps are kept by the documents, for they hold the nodes of these; here it is known which were told last, and how many.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[Any, tuple[weakref.ref[Document], int]] = OrderedDict()
        self._count = 0
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
        hopeless, said = (id(document), asked.name), _said(asked, document)
        key: tuple[Any, ...] = (*hopeless, said)
        with self._lock:
            for each in (hopeless, key):
                if each in document.steps and each in self._known:
                    self._known.move_to_end(each)
                    known: list[tuple[str, Step]] | None = document.steps[each]
                    return known
        if len(said) > MOST_SAID:
            return None
        executor = build()
        if isinstance(executor, list):
            return None
        try:
            steps: list[tuple[str, Step]] | None = Steps(executor, document.plans).steps()
        except Unsure:
            # With other variables it would hardly be another.
            steps, key = None, hopeless
        self._keep(key, document, steps)
        return steps

    def _keep(self, key: tuple[Any, ...], document: Document, steps: list[tuple[str, Step]] | None) -> None:
        with self._lock:
            # Where that is known already, it is so of the same document, found out by another thread, or of one that is no more.
            self._count -= self._known.pop(key, (None, 0))[1]
            count = _count(steps or [])
            self._known[key], self._count = (weakref.ref(document), count), self._count + count
            document.steps[key] = steps
            while len(self._known) > MOST_KEPT or self._count > MOST_STEPS:
                oldest, (behind, count) = self._known.popitem(last=False)
                self._count -= count
                forgotten = behind()
                if forgotten is not None:
                    forgotten.steps.pop(oldest, None)


def _said(asked: Operation, document: Document) -> bytes:
    """The values of the variables that an operation declares: of others nothing follows."""
    operation, given = document.operation(asked.name), asked.variables
    if not given or operation is None:
        return b""
    names = [one.variable.name.value for one in operation.variable_definitions or ()]
    return msgspec.json.encode({name: given[name] for name in names if name in given})


def _reads_all(context: Any) -> bool:
    """Whether nothing is withheld from the viewer, who leaves no trace: then statements are asked as they are."""
    try:
        restriction = context.present().restriction
    except Exception as error:
        # Whoever asks next for the present hears the same, without waiting for it again.
        context.absent = error
        return False
    return restriction is None or (type(restriction) is Restriction and restriction.rule is None)
