"""An answer as people read it on paper: pairs of a term and a value, small tables, and numbered items of both."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from txapi.domain.dates import SHANGHAI
from txapi.domain.event_labels import EVENT_LABELS
from txapi.domain.labels import Label

NOTHING = "—"
YES, NO = "是 yes", "否 no"
COLUMNS_MAX = 7
"""How many columns a table may have on a page; what has more is told as items."""

_UNTOLD = frozenset({"__typename", "id", "pageInfo", "cursor", "entityId"})
"""What serves machines: opaque ids and the means of paging."""
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|[+-][0-9]{2}:[0-9]{2})")


@dataclass(frozen=True, slots=True)
class Term:
    """What people read for a field of an answer; `values` has the labels of its codes where it is an enum."""

    label: Label
    values: Mapping[str, Label] | None = None


Path = tuple[str, ...]
Terms = Mapping[Path, Term]
"""The terms of an answer's fields by their path, without the places in lists."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Terms with their values."""

    pairs: tuple[tuple[Label, str], ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: its title, the terms of its columns, its rows."""

    title: Label | None
    heads: tuple[Label, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Items:
    """Numbered things, each with its own blocks."""

    title: Label | None
    items: tuple[tuple[Block, ...], ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the answer under a title."""

    title: Label
    blocks: tuple[Block, ...]


Block = Pairs | Grid | Items | Part


def blocks_of(data: Any, terms: Terms) -> tuple[Block, ...]:
    """The data of an answer as blocks. A moment, which only says when, is told by what stands in it."""
    if not isinstance(data, dict):
        return ()
    # A moment wraps what is asked of it; the sheet says elsewhere which moment it is.
    moment = data.get("moment")
    wrapped = isinstance(moment, dict)
    found = _of_object({name: value for name, value in data.items() if not (wrapped and name == "moment")}, (), terms)
    if isinstance(moment, dict):
        inside = {name: part for name, part in moment.items() if name not in _SAID}
        found += _of_object(inside, ("moment",), terms)
    return tuple(found)


_SAID = frozenset({"position", "recordedAt", "clock", "validOn", "id"})


def _of_object(value: Mapping[str, Any], path: Path, terms: Terms) -> list[Block]:
    """What an object says: the short things as pairs first, then its lists and larger parts."""
    pairs: list[tuple[Label, str]] = []
    blocks: list[Block] = []
    for name, part in value.items():
        if name in _UNTOLD:
            continue
        here = (*path, name)
        title = _term(here, terms)
        text = brief(part, here, terms)
        if text is not None:
            pairs.append((title, text))
        elif isinstance(part, list):
            blocks.append(_of_list(part, here, terms, title))
        elif set(part) - _UNTOLD <= {"totalCount", "nodes"}:
            if "totalCount" in part:
                pairs.append((_joined(title, _term((*here, "totalCount"), terms)), str(part["totalCount"])))
            blocks.append(_of_list(part.get("nodes") or [], (*here, "nodes"), terms, title))
        else:
            blocks.append(Part(title, tuple(_of_object(part, here, terms))))
    return [Pairs(tuple(pairs)), *blocks] if pairs else blocks


def _of_list(values: Sequence[Any], path: Path, terms: Terms, title: Label) -> Block:
    rows = [value if isinstance(value, dict) else {"": value} for value in values]
    names = [name for name in dict.fromkeys(name for row in rows for name in row) if name not in _UNTOLD]
    if len(names) <= COLUMNS_MAX:
        cells = [[brief(row.get(name), (*path, name), terms) for name in names] for row in rows]
        if all(cell is not None for row in cells for cell in row):
            told = tuple(tuple(cell or NOTHING for cell in row) for row in cells)
            return Grid(title, tuple(_term((*path, name), terms) if name else title for name in names), told)
    return Items(title, tuple(tuple(_of_object(row, path, terms)) for row in rows))


# -- one value ---------------------------------------------------------------------------------------------------------

_SHORT = 160
_PARTS = 5
"""How many parts a small object may have that is told in one line."""
_FEW = 3
"""How many small objects may stand in one cell."""


def brief(value: Any, path: Path, terms: Terms) -> str | None:
    """A value in one line; None where it has to be told as a block of its own."""
    if value is None or value in ([], {}):
        return NOTHING
    if isinstance(value, bool):
        return YES if value else NO
    if isinstance(value, list):
        parts = [part for one in value if (part := brief(one, path, terms)) is not None]
        if len(parts) < len(value):
            return None
        if not any(isinstance(one, dict) for one in value):
            return "；".join(parts)
        text = "　/　".join(parts)
        return text if len(parts) <= _FEW and len(text) <= _SHORT else None
    if isinstance(value, dict):
        return _of_a_small_object(value, path, terms)
    text = str(value)
    term = terms.get(path)
    if term is not None and term.values is not None and text in term.values:
        return _both(term.values[text])
    if path and path[-1] == "type" and text in EVENT_LABELS:
        return EVENT_LABELS[text].zh + f" {text}"
    return _local(text) if _INSTANT.fullmatch(text) else text


def _of_a_small_object(value: Mapping[str, Any], path: Path, terms: Terms) -> str | None:
    if set(value) == {"zh", "en"}:
        return _both(Label(zh=value["zh"] or "", en=value["en"] or ""))
    told = {name: part for name, part in value.items() if name not in _UNTOLD and part not in (None, [], {})}
    if not told:
        return NOTHING
    if "label" in told and set(told) <= {"key", "label", "code", "dimension"}:
        return brief(told["label"], (*path, "label"), terms)
    if set(told) <= {"subject", "role", "unit"} and isinstance(told.get("subject"), str):
        return _of_an_actor(told, path, terms)
    if {"position", "type", "recordedAt"} <= set(told):
        return _of_an_event(told, path, terms)
    if isinstance(told.get("text"), str) and set(told) <= {"text", "printed", "precision", "earliest", "latest"}:
        return str(told["text"])
    if "nodes" in told or len(told) > _PARTS:
        return None
    parts = {name: brief(part, (*path, name), terms) for name, part in told.items()}
    if any(part is None for part in parts.values()):
        return None
    if set(parts) <= {"code", "name", "label", "number", "subject", "title", "text", "colour", "because"}:
        text = "　".join(part for part in parts.values() if part)
    else:
        text = "；".join(f"{_term((*path, name), terms).zh}：{part}" for name, part in parts.items())
    return text if len(text) <= _SHORT else None


def _of_an_actor(told: Mapping[str, Any], path: Path, terms: Terms) -> str:
    """Who acted: 张三（经办人 clerk，wutong）."""
    more = [brief(told[name], (*path, name), terms) or "" for name in ("role", "unit") if name in told]
    return f"{told['subject']}（{'，'.join(more)}）" if more else str(told["subject"])


def _of_an_event(told: Mapping[str, Any], path: Path, terms: Terms) -> str:
    """One event in a line: its position, what happened, who, when, and why where that was said."""
    names = [name for name in ("type", "actor", "recordedAt", "reason") if name in told]
    return "　".join([f"#{told['position']}", *(brief(told[name], (*path, name), terms) or "" for name in names)])


def _both(label: Label) -> str:
    return label.zh if label.zh == label.en else f"{label.zh} {label.en}".strip()


def _local(text: str) -> str:
    when = datetime.fromisoformat(text).astimezone(SHANGHAI).replace(tzinfo=None)
    return when.isoformat(sep=" ", timespec="microseconds" if when.microsecond else "seconds")


def _term(path: Path, terms: Terms) -> Label:
    term = terms.get(path)
    if term is not None:
        return term.label
    words = re.sub(r"(?<!^)(?=[A-Z])", " ", path[-1]).lower() if path else ""
    return Label(zh=words, en=words)


def _joined(one: Label, other: Label) -> Label:
    return Label(zh=f"{one.zh}·{other.zh}", en=f"{one.en}: {other.en}")


def texts_of(blocks: Iterable[Block]) -> Iterable[str]:
    """Every text in blocks, in order: what a search of the sheet must find."""
    for block in blocks:
        match block:
            case Pairs(pairs):
                yield from (part for label, value in pairs for part in (label.zh, value))
            case Grid(_, heads, rows):
                yield from (head.zh for head in heads)
                yield from (cell for row in rows for cell in row)
            case Items(_, items):
                for item in items:
                    yield from texts_of(item)
            case Part(title, parts):
                yield title.zh
                yield from texts_of(parts)
