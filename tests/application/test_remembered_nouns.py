"""A noun that is remembered is lent as a copy, which shares nothing with it that can be changed."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from txapi.datasets.loading import load_dataset
from txapi.domain.aggregate import Aggregate
from txapi.domain.event import Event
from txapi.record import Record

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("tongxiang-2015", "tongxiang-2015-illustration")
PLAIN = (str, int, bytes, date, timedelta, Decimal, Enum, type(None))


def shared(value: Any, copied: Any, where: str) -> list[str]:
    """Where two values are one that can be changed; an AssertionError where they differ."""
    assert type(value) is type(copied), where
    if isinstance(value, (*PLAIN, Event)):
        assert value == copied, where
        return []
    changed = isinstance(value, list | dict | set) or (
        isinstance(value, msgspec.Struct) and not value.__struct_config__.frozen
    )
    found = [where] if changed and value is copied else []
    if isinstance(value, msgspec.Struct):
        parts = {name: (getattr(value, name), getattr(copied, name)) for name in value.__struct_fields__}
    elif isinstance(value, dict):
        assert list(value) == list(copied), where
        parts = {str(key): (each, copied[key]) for key, each in value.items()}
    else:
        assert isinstance(value, list | tuple), f"{where}: {type(value)}"
        parts = {str(at): pair for at, pair in enumerate(zip(value, copied, strict=True))}
    for name, pair in parts.items():
        found += shared(*pair, f"{where}.{name}")
    return found


@pytest.mark.only_on("sqlite", because="nouns are the same on both stores")
def test_what_is_lent_of_every_noun_equals_it_and_shares_nothing_that_can_be_changed(tmp_path: Path) -> None:
    load_dataset(tmp_path, NAMES)
    with Record.open(tmp_path, owner=False) as record:
        streams: dict[str, list[Event]] = {}
        for recorded in record.read_all():
            streams.setdefault(recorded.event.originator_id, []).append(recorded.event)
        kinds = set()
        for id, events in streams.items():
            noun = Aggregate.kinds[events[0].TOPIC.partition(".")[0]].fold(id, events)
            copied = noun.copy()
            kinds.add(noun.KIND)

            assert type(copied) is type(noun)
            assert shared(noun.__dict__, copied.__dict__, noun.KIND) == []

    assert kinds >= {"company", "meeting", "project", "publication", "reference", "target", "ticket", "unit"}


@pytest.mark.only_on("sqlite", because="nouns are the same on both stores")
def test_a_noun_is_loaded_alike_with_and_without_what_is_remembered_of_it(tmp_path: Path) -> None:
    load_dataset(tmp_path, NAMES)
    with Record.open(tmp_path, owner=False) as record:
        streams: dict[str, list[tuple[int, Event]]] = {}
        for recorded in record.read_all():
            streams.setdefault(recorded.event.originator_id, []).append((recorded.position, recorded.event))
        id, events = max(streams.items(), key=lambda each: len(each[1]))
        kind = Aggregate.kinds[events[0][1].TOPIC.partition(".")[0]]
        record.load(kind, id)
        for until in (*(position for position, _ in events), events[-1][0] + 1, None):
            known = [event for position, event in events if until is None or position <= until]

            loaded = record.load(kind, id, until)

            assert loaded.version == len(known)
            assert shared(kind.fold(id, known).__dict__, loaded.__dict__, str(until)) == []
        record.load(kind, id).events.clear()
        assert shared(kind.fold(id, [event for _, event in events]).__dict__, record.load(kind, id).__dict__, id) == []
