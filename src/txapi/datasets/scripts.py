"""Scripts 脚本 of data sets: dated commands in files, read into entries, each with who gives it and on what it rests."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar, TypeVar, cast

import msgspec
import yaml

from txapi.domain.dates import SHANGHAI
from txapi.domain.errors import BadInput
from txapi.domain.event import Actor, Basis, Role, Source
from txapi.domain.labels import Label

T = TypeVar("T", bound=msgspec.Struct)
# The loader in C is ten times as fast and just as safe; a build of PyYAML may lack it.
_Safe = cast("type[yaml.SafeLoader]", getattr(yaml, "CSafeLoader", yaml.SafeLoader))


class _Yaml(_Safe):  # type: ignore[misc, valid-type]
    """YAML in which `on` is a word, as in YAML 1.2, and not a truth value."""

    yaml_implicit_resolvers: ClassVar[dict[str, list[tuple[str, re.Pattern[str]]]]] = {
        first: [(tag, pattern) for tag, pattern in resolvers if first in "tTfF" or tag != "tag:yaml.org,2002:bool"]
        for first, resolvers in _Safe.yaml_implicit_resolvers.items()
    }


ABOUT_FILE = "dataset.yaml"
LOADER = Actor(subject="txapi:loader", role=Role.SYSTEM)
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


class Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The document that entries of a script cite by its line."""

    document: str
    publisher: str | None = None
    published_at: datetime | None = None


class References(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When the editions that come with the product are adopted, and of which years the calendars are known then."""

    at: datetime
    calendars_through: int


class About(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a data set says of itself in `dataset.yaml`.

    `needs` names the data sets whose nouns it speaks of; `until` is where its script ends; `basis` is on what its
    entries rest where they do not say.
    """

    dataset: str
    title: Label
    basis: Basis
    until: datetime
    scripts: tuple[str, ...]
    needs: tuple[str, ...] = ()
    references: References | None = None
    source: Document | None = None


class _Written(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An entry as it stands in a file."""

    do: str
    with_: dict[str, Any] = msgspec.field(name="with", default_factory=dict)
    at: datetime | None = None
    as_: str | None = msgspec.field(name="as", default=None)
    name: str | None = None
    line: int | tuple[int, ...] | None = None
    source: Source | None = None
    note: str | None = None
    basis: Basis | None = None
    reason: str | None = None
    facts: tuple[str, ...] = ()


class _Defaults(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What holds for every entry of a file that does not say otherwise."""

    at: datetime | None = None
    as_: str = msgspec.field(name="as", default="system")
    basis: Basis | None = None


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    entries: tuple[_Written, ...]
    defaults: _Defaults = _Defaults()


class Entry(msgspec.Struct, frozen=True):
    """One command of a script. `arguments` still name nouns by `$name`; `place` says where it stands, for people.

    `facts` are the paths of what it stores in the data set's file of facts.
    """

    dataset: str
    place: str
    at: datetime
    command: str
    arguments: dict[str, Any]
    actor: Actor
    basis: Basis
    name: str | None = None
    source: Source | None = None
    reason: str | None = None
    facts: tuple[str, ...] = ()

    @property
    def correlation_id(self) -> str:
        """The same each time the script is read."""
        return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{self.dataset}/{self.place}"))


class Dataset(msgspec.Struct, frozen=True):
    """A data set: what it says of itself, its entries in the order of their times, and where it lies."""

    about: About
    entries: tuple[Entry, ...]
    folder: Path

    @property
    def nouns(self) -> dict[str, str]:
        """The id of every noun that an entry names: it follows from the data set and the name."""
        return {
            entry.name: str(uuid.uuid5(uuid.NAMESPACE_OID, f"{self.about.dataset}/{entry.name}"))
            for entry in self.entries
            if entry.name is not None
        }


def datasets_folder() -> Path:
    """Where the data sets lie that come with the product: inside the installed package, or in the source tree."""
    here = Path(__file__).resolve()
    installed = here.parent / "bundled"
    return installed if installed.is_dir() else here.parents[3] / "domain" / "datasets"


def find_dataset(name: str) -> Path:
    """The folder of a data set that comes with the product, or the folder that `name` is. BadInput UNKNOWN_DATASET."""
    for folder in (datasets_folder() / name, Path(name)):
        if (folder / ABOUT_FILE).is_file():
            return folder
    known = ", ".join(sorted(path.parent.name for path in datasets_folder().glob(f"*/{ABOUT_FILE}")))
    raise BadInput("UNKNOWN_DATASET", f"there is no data set {name}; the product comes with {known}")


def read_dataset(folder: Path) -> Dataset:
    """Read a data set. BadInput BAD_SCRIPT with file and entry where something is not what it should be."""
    about = _converted(folder / ABOUT_FILE, About)
    entries: list[Entry] = []
    named: set[str] = set()
    for script in about.scripts:
        file = _converted(folder / script, _File)
        for number, written in enumerate(file.entries, 1):
            entry = _entry(about, file.defaults, written, f"{script}#{number}")
            if entry.name is not None:
                if not _NAME.fullmatch(entry.name) or entry.name in named:
                    raise _bad(entry.place, f"{entry.name!r} is no name, or named another noun before")
                named.add(entry.name)
            entries.append(entry)
    late = next((entry for entry in entries if entry.at > aware(about.until)), None)
    if late is not None:
        raise _bad(late.place, f"{late.at} lies after the end of the script")
    # Sorting keeps the order of files and entries among those of one time.
    return Dataset(about, tuple(sorted(entries, key=lambda entry: entry.at)), folder)


def merged(datasets: Sequence[Dataset]) -> list[Entry]:
    """The entries of several data sets in the order of their times; of one time, in the order of the data sets."""
    return sorted((entry for dataset in datasets for entry in dataset.entries), key=lambda entry: entry.at)


def aware(at: datetime) -> datetime:
    """The instant, UTC; a time in a script that names no zone is Shanghai time."""
    return (at if at.tzinfo else at.replace(tzinfo=SHANGHAI)).astimezone(UTC)


def _entry(about: About, defaults: _Defaults, written: _Written, place: str) -> Entry:
    at = written.at or defaults.at
    if at is None:
        raise _bad(place, "the entry says no time")
    return Entry(
        dataset=about.dataset,
        place=place,
        at=aware(at),
        command=written.do,
        arguments=written.with_,
        actor=_actor(about.dataset, written.as_ or defaults.as_, place),
        basis=written.basis or defaults.basis or about.basis,
        name=written.name,
        source=_source(about, written, place),
        reason=written.reason,
        facts=written.facts,
    )


def _actor(dataset: str, text: str, place: str) -> Actor:
    """`system` is the loader; `leader` or `clerk/chongfu` is a role of the script, perhaps for a unit."""
    role, _, unit = text.partition("/")
    if role == Role.SYSTEM.value:
        return LOADER
    try:
        return Actor(subject=f"{dataset}:{text}", role=Role(role), unit=unit or None)
    except ValueError:
        raise _bad(place, f"there is no role {role}") from None


def _source(about: About, written: _Written, place: str) -> Source | None:
    if written.line is None:
        if written.note is not None:
            raise _bad(place, "a note belongs to a line")
        return written.source
    if about.source is None or written.source is not None:
        raise _bad(place, "a line is one of the data set's document, and stands instead of a source")
    lines = written.line if isinstance(written.line, tuple) else (written.line,)
    locator = f"line{'s' if len(lines) > 1 else ''} {', '.join(map(str, lines))}"
    cited = about.source
    published_at = aware(cited.published_at) if cited.published_at else None
    return Source(cited.document, locator, cited.publisher, published_at, written.note)


def _converted(path: Path, kind: type[T]) -> T:
    try:
        return msgspec.convert(yaml.load(path.read_text(encoding="utf-8"), Loader=_Yaml), kind)  # noqa: S506 - safe.
    except (msgspec.ValidationError, yaml.YAMLError, OSError, ValueError) as error:
        raise _bad(path.name, str(error)) from error


def _bad(place: str, message: str) -> BadInput:
    return BadInput("BAD_SCRIPT", f"{place}: {message}")
