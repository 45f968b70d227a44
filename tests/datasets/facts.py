"""The file of facts, leaf by leaf, and where in the record a leaf is to be found."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec
import yaml

from txapi.datasets.scripts import Dataset, find_dataset, read_dataset
from txapi.domain.event import Event
from txapi.domain.money import MoneyUnit
from txapi.record.record import RecordedEvent

FOLDER = find_dataset("tongxiang-2015")
NAMES = ("id", "code")
"""Keys under which the file names its own entries; names are no facts."""

WORDS = {
    # What the file says in words that the record says in its own.
    "2015-08-11T07:51:00+08:00": "2015-08-10T23:51:00Z",
    "摘牌 award to bidder": "parcel.awarded",
    "technical upgrade": "tech_upgrade",
    "foreign/FR": '"country":"FR"',
    "万千瓦时": "wan_kwh",
    "吨": "tonne",
    "万立方米": "wan_m3",
    "万吨": "wan_tonne",
    "万锭 spindles": "wan_spindle",
    "construction": "建设",
    "production": "in_production",
    "construction start": "started",
}
TRUTHS = {"hosted_meeting": '"hosts":["{of}"]', "list_is_open": '"open_list":true'}
"""How the record says what the file says with `true`."""


class Leaf(NamedTuple):
    """One fact of the file: its path, its value, and the mapping in which it stands."""

    path: str
    value: Any
    beside: dict[str, Any]
    of: str


def facts() -> dict[str, Any]:
    """The file of facts."""
    found: dict[str, Any] = yaml.safe_load((FOLDER / "facts.yaml").read_text(encoding="utf-8"))
    return found


def leaves(node: Any, path: str = "", beside: dict[str, Any] | None = None, of: str = "") -> Iterator[Leaf]:
    """Every fact of the file. Entries of lists go by their id or code, others by their place, from 0."""
    if isinstance(node, dict):
        of = str(node.get("id", node.get("code", of)))
        for key, value in node.items():
            if not (key in NAMES and isinstance(value, str)) and path + key != "schema":
                yield from leaves(value, f"{path}{key}.", node, of)
    elif isinstance(node, list):
        for place, value in enumerate(node):
            name = next((value[key] for key in NAMES if key in value), place) if isinstance(value, dict) else place
            yield from leaves(value, f"{path}{name}.", beside, of)
    else:
        yield Leaf(path.removesuffix("."), node, beside or {}, of)


def left_out() -> dict[str, str]:
    """The facts that the README lists as left out, each with its reason."""
    rows = re.findall(r"^\| `([^`]+)` \| (.+) \|$", (FOLDER / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    return dict(rows)


class Stored:
    """What the entries that say to store a fact have recorded, as text."""

    def __init__(self, events: list[RecordedEvent]) -> None:
        dataset: Dataset = read_dataset(FOLDER)
        self.nouns = dataset.nouns
        self._claims = [(fact, entry.correlation_id) for entry in dataset.entries for fact in entry.facts]
        self._said: dict[str, str] = {}
        self._lines: dict[str, set[str]] = {}
        for recorded in events:
            event, by = recorded.event, recorded.event.meta.correlation_id
            self._said[by] = self._said.get(by, "") + _text(event)
            if event.meta.source is not None:
                self._lines.setdefault(by, set()).update(re.findall(r"[0-9]+", event.meta.source.locator))
        self._chinese = {entry["id"]: entry["zh"] for entry in _named(facts()) if isinstance(entry.get("zh"), str)}

    @property
    def claims(self) -> list[str]:
        """The paths that entries say to store."""
        return [path for path, _ in self._claims]

    def holds(self, leaf: Leaf) -> bool:
        """Whether one of the entries that claim the leaf has recorded it."""
        by = [entry for path, entry in self._claims if f"{leaf.path}.".startswith(f"{path}.")]
        if not by:
            return False
        name = leaf.path.rpartition(".")[2]
        if name == "src" or ".src." in leaf.path:
            return any(str(leaf.value) in self._lines.get(entry, ()) for entry in by)
        if name in ("currency", "scale"):
            unit = MoneyUnit(leaf.beside["unit"])
            return leaf.value in (unit.currency.value, unit.scale)
        return any(self._says(leaf, name, self._said.get(entry, "")) for entry in by)

    def _says(self, leaf: Leaf, name: str, text: str) -> bool:
        value = leaf.value
        if value is None:
            return True  # The file says that the report does not say: there is nothing to store.
        if value is True:
            return TRUTHS.get(name, "\0").format(of=leaf.of) in text
        if isinstance(value, int) or re.fullmatch(r"[0-9.]+", value):
            return re.search(rf"(?<![0-9.]){re.escape(str(value))}(?![0-9.])", _ID.sub("", text)) is not None
        if name == "precision":
            return _precision(leaf.beside["value"], value) in text
        if value in text or WORDS.get(value, "\0") in text:
            return True
        if value in self.nouns and self.nouns[value] in text:
            return True
        if value in self._chinese and self._chinese[value] in text:
            return True
        # A term with a short English gloss is found by the term.
        chinese, gloss = re.findall(r"[\u4e00-\u9fff]+", value), re.sub(r"[\u4e00-\u9fff]", "", value)
        is_a_term = bool(chinese) and len(gloss) <= 40 and not re.search(r"[0-9]", gloss)
        return is_a_term and all(term in text for term in chinese)


_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def _text(event: Event) -> str:
    """What an event says of the world: its own fields, its source and its reason."""
    said = msgspec.to_builtins(event)
    meta = said.pop("meta")
    for bookkeeping in ("originator_version", "event_id", "salt", "schema_version"):
        said.pop(bookkeeping, None)
    said |= {"source": meta.get("source"), "reason": meta.get("reason")}
    return f"{event.TOPIC} {msgspec.json.encode(said).decode()}"


def _named(node: Any) -> Iterator[dict[str, Any]]:
    inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    if isinstance(node, dict) and "id" in node:
        yield node
    for value in inner:
        yield from _named(value)


def _precision(value: str, precision: str) -> str:
    """How the record writes a date of that precision."""
    stored = {"month_end": "end_of", "by_month_end": "by"}.get(precision, precision)
    first = {
        "month": f'"earliest":"{value}-01"',
        "month_end": f'"earliest":"{value}-21"',
        "by_month_end": '"earliest":null',
    }
    wanted = {"year": f'"earliest":"{value}-01-01"', "day": f'"earliest":"{value}"', **first}
    return f'{wanted[precision]},"latest":"{_last(value, precision)}","precision":"{stored}"'


def _last(value: str, precision: str) -> str:
    if precision == "day":
        return value
    if precision == "year":
        return f"{value}-12-31"
    year, month = map(int, value.split("-"))
    return f"{value}-{calendar.monthrange(year, month)[1]:02}"
