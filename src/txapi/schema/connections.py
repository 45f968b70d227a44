"""Connections 分页列表: keyset pages, pinned to the moment of their first page."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Generic, TypeVar

import msgspec
import strawberry

from txapi.audit.questions.pages import Key, Line, Lines
from txapi.domain.errors import BadInput
from txapi.projections.moment import Moment, Reader, at_position
from txapi.projections.select import Order, Page, Select
from txapi.projections.shapes import Question
from txapi.projections.totals import total
from txapi.record.instants import instant, micros
from txapi.schema.ids import GlobalId
from txapi.schema.nouns import together

T = TypeVar("T")
L = TypeVar("L", bound=Line)

DEFAULT_SIZE = 50
LARGEST_SIZE = 500
MOST_GROUPS = 2_000
"""How many groups an answer may count by."""
LINES = 100
"""How many lines of a scoreboard are told, and how many indicators, unless somebody says how many."""
FIRST = Annotated[
    int,
    strawberry.argument(
        description=f"The first so many, from 0 to {LARGEST_SIZE}; {LINES} unless given. 前若干条（0 至 {LARGEST_SIZE}，默认 {LINES}）。"
    ),
]


@strawberry.type(description="Where a page stands in its list. 分页信息。")
class PageInfo:
    """Relay's page information."""

    has_next_page: bool = strawberry.field(description="Whether rows follow. 是否有下一页。")
    has_previous_page: bool = strawberry.field(description="Whether rows precede. 是否有上一页。")
    start_cursor: str | None = strawberry.field(description="Cursor of the first row here. 起始游标。")
    end_cursor: str | None = strawberry.field(description="Cursor of the last row here. 结束游标。")


NOWHERE = PageInfo(has_next_page=False, has_previous_page=False, start_cursor=None, end_cursor=None)
"""Where a page stands that is not read yet."""


@strawberry.type(description="A row of a list with its cursor. 列表项。")
class Edge(Generic[T]):
    """Relay's edge."""

    cursor: str = strawberry.field(description="Opaque; pinned to the moment of the list. 游标。")
    node: T = strawberry.field(description="The row. 节点。")


@strawberry.type(description="A bounded part of a list. 分页列表。")
class Connection(Generic[T]):
    """A page; the total is counted only where it is asked for."""

    nodes: list[T] = strawberry.field(description="The rows of this page. 本页各项。")
    edges: list[Edge[T]] = strawberry.field(description="The rows with their cursors. 本页各项及游标。")
    page_info: PageInfo = strawberry.field(description="Where this page stands. 分页信息。")
    counting: strawberry.Private[Callable[[], int]]
    listing: strawberry.Private[Any] = None
    """What is asked for, until somebody looks at its rows."""

    def read(self) -> None:
        """Read the rows, which nobody has done yet."""
        if self.listing is not None:
            listing, self.listing = self.listing, None
            self.nodes, self.edges, self.page_info = listing.read()

    @strawberry.field(description="How many rows the whole list has, at the list's moment. 总数。")
    def total_count(self) -> int:
        """The number of rows of the whole list."""
        return self.counting()


@dataclass(slots=True)
class Listing(Generic[T]):
    """A page of a list that is asked for and not read: its moment, the question, and what its cursors say of it."""

    reader: Reader
    pinned: GlobalId | None
    question: Question
    into: type[T]
    signature: str
    counted: Callable[[Reader], int]
    """How many rows the whole list has at a moment."""

    def read(self) -> tuple[list[T], list[Edge[T]], PageInfo]:
        """The rows as nodes, with their cursors and where the page stands."""
        asked = self.question
        found = asked.select.page(asked.order, asked.page, self.into)
        marks = [_write(self.reader.moment, self.signature, key) for key in found.keys]
        nodes = together(found.rows, self.reader, self.pinned)
        edges = [Edge(cursor=mark, node=node) for mark, node in zip(marks, nodes, strict=True)]
        start, end = (marks[0], marks[-1]) if marks else (None, None)
        page = PageInfo(
            has_next_page=found.has_next, has_previous_page=found.has_previous, start_cursor=start, end_cursor=end
        )
        return nodes, edges, page

    def at(self, reader: Reader, pinned: GlobalId | None) -> Listing[T]:
        """The same at a moment."""
        return Listing(reader, pinned, self.question, self.into, self.signature, self.counted)

    def decoded(self, rows: Sequence[tuple[Any, ...]]) -> list[T]:
        """Nodes from the values of their columns."""
        table = self.question.select.table
        return together([table.decode(values, self.into) for values in rows], self.reader, self.pinned)

    def cursors(self, keys: Sequence[bytes]) -> list[str]:
        """The cursors of rows whose sort values are given as JSON."""
        cursor = _cursor(self.reader.moment, self.signature, ())
        begun = msgspec.json.encode(cursor).removesuffix(b"[]]")
        return [_coded(begun + key + b"]") for key in keys]


class _Cursor(msgspec.Struct, array_like=True, frozen=True):
    position: int
    clock: int
    valid_on: str | None
    signature: str
    keys: list[str | int | None]


# Made once, here: decoders of one class that threads make at the same time can end the process (see record/codec.py).
_decode = msgspec.json.Decoder(_Cursor).decode


def _signature(*parts: Any) -> str:
    encoded = msgspec.json.encode(parts, enc_hook=str, order="deterministic")
    return hashlib.sha256(encoded).hexdigest()[:16]


def _cursor(moment: Moment, signature: str, keys: tuple[Any, ...]) -> _Cursor:
    valid = moment.valid_on.isoformat() if moment.valid_on else None
    return _Cursor(moment.position, micros(moment.clock), valid, signature, list(keys))


def _coded(plain: bytes) -> str:
    return base64.urlsafe_b64encode(plain).decode().rstrip("=")


def _write(moment: Moment, signature: str, keys: tuple[Any, ...]) -> str:
    return _coded(msgspec.json.encode(_cursor(moment, signature, keys)))


def _read(text: str, signature: str) -> _Cursor:
    try:
        padded = text + "=" * (-len(text) % 4)
        cursor = _decode(base64.b64decode(padded.encode("ascii"), b"-_", validate=True))
        if cursor.valid_on is not None:
            date.fromisoformat(cursor.valid_on)
    except (ValueError, binascii.Error, msgspec.MsgspecError, UnicodeError):
        raise BadInput("BAD_CURSOR", "this is not a cursor of this service") from None
    if cursor.signature != signature:
        raise _of_another_list()
    if not -(2**62) < cursor.clock < 2**62 or not 0 <= cursor.position < 2**62:
        raise BadInput("BAD_CURSOR", "this is not a cursor of this service")
    return cursor


def _of_another_list() -> BadInput:
    return BadInput("CURSOR_OF_ANOTHER_LIST", "this cursor was made by another list, filter, order or viewer")


def size_of(first: int | None, last: int | None) -> tuple[int, bool]:
    """How many rows are asked for, and whether from the end. BadInput FIRST_AND_LAST, PAGE_SIZE."""
    if first is not None and last is not None:
        raise BadInput("FIRST_AND_LAST", "ask for the first or for the last rows, not for both", ("first",))
    size = first if first is not None else last
    name = "last" if first is None and last is not None else "first"
    if size is None:
        size = DEFAULT_SIZE
    if not 0 <= size <= LARGEST_SIZE:
        raise BadInput("PAGE_SIZE", f"{name} is from 0 to {LARGEST_SIZE}, not {size}", (name,))
    return size, name == "last"


def told_whole(groups: list[T]) -> list[T]:
    """Groups, which are told all or not at all. BadInput TOO_MANY_GROUPS."""
    if len(groups) > MOST_GROUPS:
        raise BadInput("TOO_MANY_GROUPS", f"{len(groups)} groups are more than {MOST_GROUPS}")
    return groups


def beginning(found: list[T], first: int) -> list[T]:
    """The first so many of a list that is given without pages. BadInput PAGE_SIZE."""
    size, _ = size_of(first, None)
    return found[:size]


def _at_cursor(reader: Reader, pinned: GlobalId | None, cursor: _Cursor) -> Reader:
    """The moment of the first page of the list. BadInput CURSOR_OF_ANOTHER_MOMENT, CURSOR_AHEAD."""
    moment = reader.moment
    fixed = pinned is not None and not pinned.floating
    if fixed and (cursor.position, instant(cursor.clock)) != (moment.position, moment.clock):
        raise BadInput("CURSOR_OF_ANOTHER_MOMENT", "this cursor belongs to another moment than the one asked for")
    if cursor.position > moment.position:
        raise BadInput("CURSOR_AHEAD", f"this cursor is of position {cursor.position}, not reached here")
    valid_on = date.fromisoformat(cursor.valid_on) if cursor.valid_on else None
    if valid_on != moment.valid_on:
        raise BadInput("CURSOR_OF_ANOTHER_MOMENT", "this cursor belongs to another validOn than the one asked for")
    return reader.at(at_position(reader.connection, cursor.position, instant(cursor.clock), valid_on))


def connect(
    reader: Reader,
    pinned: GlobalId | None,
    build: Callable[[Reader], Select[Any]],
    order: list[Order] | Callable[[Reader], list[Order]],
    into: type[T],
    *,
    name: str,
    asked: Any,
    first: int | None,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
    scope: str = "",
) -> Connection[T]:
    """A page of the rows that `build` selects. Nothing of it is read before somebody looks at it.

    `name` and `asked` (filter and order, as given) make the list's signature: a cursor of another list is refused.
    `order` is a function where the terms depend on the moment; `asked` then has to say which order it is.
    A cursor moves the whole list to the moment of its first page, so that pages neither skip nor repeat.
    """
    size, backward = size_of(first, last)
    fixed = [] if callable(order) else [(term.expression, term.descending) for term in order]
    signature = _signature(name, asked, fixed, scope)
    cursors = [(_read(text, signature) if text is not None else None) for text in (after, before)]
    for cursor in cursors:
        if cursor is not None:
            reader = _at_cursor(reader, pinned, cursor)
    keys = [tuple(cursor.keys) if cursor else None for cursor in cursors]
    select = build(reader)
    terms = order(reader) if callable(order) else order
    width = len(terms) + len(select.table.identity)
    if any(key is not None and len(key) != width for key in keys):
        raise _of_another_list()
    question = Question(select, terms, Page(size, keys[0], keys[1], backward))
    return Connection(
        nodes=[],
        edges=[],
        page_info=NOWHERE,
        counting=lambda: total(build(reader)),
        listing=Listing(reader, pinned, question, into, signature, lambda reader: total(build(reader))),
    )


def connect_lines(
    reader: Reader,
    pinned: GlobalId | None,
    ask: Callable[[Reader, int, Key | None], Lines[L]],
    count: Callable[[Reader], int],
    shown: Callable[[Reader, Sequence[L]], list[T]],
    *,
    name: str,
    asked: Any,
    first: int | None,
    after: str | None = None,
) -> Connection[T]:
    """A page of the lines that an auditor's question answers with: `ask` gives so many lines behind a key.

    `shown` makes the nodes of a page's lines, at the moment that it is given. Cursors are those of `connect`.
    """
    size, _ = size_of(first, None)
    signature = _signature(name, asked, [], "")
    cursor = _read(after, signature) if after is not None else None
    if cursor is not None:
        reader = _at_cursor(reader, pinned, cursor)
    whole = reader.of_whole_histories()
    found = ask(whole, size, tuple(cursor.keys) if cursor else None)
    nodes = shown(reader, found.lines)
    marks = [_write(reader.moment, signature, line.key) for line in found.lines]
    return Connection(
        nodes=nodes,
        edges=[Edge(cursor=mark, node=node) for mark, node in zip(marks, nodes, strict=True)],
        page_info=PageInfo(
            has_next_page=found.has_next,
            has_previous_page=cursor is not None,
            start_cursor=marks[0] if marks else None,
            end_cursor=marks[-1] if marks else None,
        ),
        counting=lambda: count(whole),
    )
