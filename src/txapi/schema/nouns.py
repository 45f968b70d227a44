"""How a row becomes a GraphQL type: its answers keep their names and meanings, relations are read for all siblings at once."""

from __future__ import annotations

import dataclasses
import inspect
import typing
from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Any, ClassVar, TypeVar, dataclass_transform

import strawberry
from strawberry.scalars import ID
from strawberry.types.private import StrawberryPrivate

from txapi.projections.moment import Reader
from txapi.schema.ids import GlobalId
from txapi.schema.plain import GlobalIdentity, Since, plain
from txapi.schema.scalars import Position

T = TypeVar("T")


def described(zh: str, en: str) -> str:
    """A description with its Chinese term, as every field and type has one."""
    return f"{en} {zh}。" if zh else en


@dataclass_transform(field_specifiers=(strawberry.field,))
def answers(zh: str, en: str, *, name: str | None = None) -> Callable[[type[T]], type[T]]:
    """Make the GraphQL type of a row's subclass.

    Every `answer(...)` of the row becomes a field with its meaning as description, unless the class says otherwise;
    `kept(...)` columns (the codes and ids behind relations) stay out of the schema.
    """

    def decorate(cls: type[T]) -> type[T]:
        own = inspect.get_annotations(cls)
        for base in cls.__mro__[1:]:
            if not dataclasses.is_dataclass(base) or hasattr(base, "__strawberry_definition__"):
                continue
            hints = typing.get_type_hints(base)
            for field in dataclasses.fields(base):
                if field.name in own or field.name in cls.__dict__:
                    continue
                if field.metadata.get("hidden"):
                    own[field.name] = Annotated[hints[field.name], StrawberryPrivate()]
                else:
                    own[field.name] = hints[field.name]
                    meaning = described(field.metadata.get("zh", ""), field.metadata.get("en", ""))
                    setattr(cls, field.name, strawberry.field(description=meaning))
        cls.__annotations__ = own
        return strawberry.type(cls, name=name, description=described(zh, en))

    return decorate


def since_position(description: str) -> Any:
    """A field: the position that the version of the row holds from."""

    def told(self: Any) -> Position:
        return Position(self.since)

    return strawberry.field(resolver=told, description=description, metadata=plain(Since()))


@strawberry.interface(description="Anything that can be fetched again by its id. 节点。")
class Node:
    """Relay's node: an id that names the noun and, inside a moment, the moment."""

    @strawberry.field(
        description="Opaque and global. Inside a Moment it carries the moment, so that past and present are never mixed up in a"
        " client's cache; `node(id:)` fetches it there again. 全局标识。",
        metadata=plain(GlobalIdentity()),
    )
    def id(self) -> ID:
        """The global id."""
        return self._global_id()

    def _global_id(self) -> ID:
        raise NotImplementedError


class Siblings:
    """The rows that one question found together: their relations are read in one statement for all of them."""

    def __init__(self, reader: Reader, pinned: GlobalId | None) -> None:
        self.reader = reader
        self.pinned = pinned
        self.members: list[Any] = []
        self.related: dict[Any, dict[Any, Any]] = {}


class Answer:
    """What every type made from a row can do: name itself, and read its relations together with its siblings."""

    NOUN: ClassVar[str] = ""
    _siblings: strawberry.Private[Siblings]

    @property
    def reader(self) -> Reader:
        """The moment and snapshot that this answer comes from."""
        return self._siblings.reader

    def _global_id(self) -> ID:
        return ID(GlobalId.of(self.NOUN, self.entity_id, self._siblings.pinned).text())  # type: ignore[attr-defined]

    @property
    def since(self) -> int:
        """The position that this version of the row holds from: where the noun last changed, as seen from its moment."""
        position: int = self.__dict__["_since"]
        return position

    def related(
        self, name: Any, key: Any, keys_of: Callable[[Any], Any], load: Callable[[Reader, list[Any]], dict[Any, Any]]
    ) -> Any:
        """The value of a relation: loaded for all siblings at the first who asks. `load` maps keys to values."""
        loaded = self._siblings.related.get(name)
        if loaded is None:
            wanted = {keys_of(member): None for member in self._siblings.members}
            wanted.pop(None, None)
            loaded = load(self.reader, list(wanted)) if wanted else {}
            self._siblings.related[name] = loaded
        return loaded.get(key)

    def related_by_many(
        self,
        name: Any,
        keys_of: Callable[[Any], Iterable[Any]],
        load: Callable[[Reader, list[Any]], Iterable[Any]],
        key_of: Callable[[Any], Any],
    ) -> dict[Any, Any]:
        """As `related`, where every row names several others: all that any sibling names, by key."""
        loaded = self._siblings.related.get(name)
        if loaded is None:
            wanted = dict.fromkeys(key for member in self._siblings.members for key in keys_of(member))
            rows = together(list(load(self.reader, list(wanted))), self.reader, self._siblings.pinned) if wanted else []
            loaded = {key_of(row): row for row in rows}
            self._siblings.related[name] = loaded
        return loaded


def together(rows: Sequence[T], reader: Reader, pinned: GlobalId | None) -> list[T]:
    """Make siblings of the rows that one question found, and of nothing else."""
    siblings = Siblings(reader, pinned)
    siblings.members = list(rows)
    for row in rows:
        row.__dict__["_siblings"] = siblings
        if reader.restriction is not None and isinstance(row, Answer) and row.NOUN:
            reader.restriction.note_shown(row.NOUN, row.__dict__["entity_id"], row.__dict__.get("about_kind"))
    return list(rows)


def to_one(
    answer: Answer,
    name: str,
    key: str | None,
    keys_of: Callable[[Any], str | None],
    load: Callable[[Reader, list[str]], Iterable[Any]],
    id_of: Callable[[Any], str],
) -> Any:
    """A relation to one noun, by its key. The nouns found become siblings of each other."""
    if key is None:
        return None

    def load_all(reader: Reader, keys: list[str]) -> dict[str, Any]:
        found = together(list(load(reader, keys)), reader, answer._siblings.pinned)
        return {id_of(row): row for row in found}

    return answer.related(name, key, keys_of, load_all)


def to_many(
    answer: Answer,
    name: Any,
    key: str,
    keys_of: Callable[[Any], str | None],
    load: Callable[[Reader, list[str]], Iterable[Any]],
    parent_of: Callable[[Any], str],
) -> list[Any]:
    """A relation to several: one statement for all siblings, grouped by parent."""

    def load_all(reader: Reader, keys: list[str]) -> dict[str, list[Any]]:
        grouped: dict[str, list[Any]] = {}
        for row in together(list(load(reader, keys)), reader, answer._siblings.pinned):
            grouped.setdefault(parent_of(row), []).append(row)
        return grouped

    return answer.related(name, key, keys_of, load_all) or []
