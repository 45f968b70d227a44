"""What every register's tests say of a command: that it recorded one event, or was refused and recorded nothing."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from txapi.domain.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from txapi.domain.aggregate import Aggregate
    from txapi.domain.event import Event


def recorded(of: Aggregate) -> Event:
    """The last event recorded, which survives storage; the whole stream folds to the same state."""
    event = of.pending[-1]
    assert msgspec.json.decode(msgspec.json.encode(event), type=type(event)) == event
    assert state_of(type(of).fold(of.id, of.events)) == state_of(of)
    return event


def state_of(of: Aggregate) -> dict[str, Any]:
    return {name: value for name, value in vars(of).items() if name != "pending"}


@contextmanager
def refused(of: Aggregate, refusal: type[Exception]) -> Iterator[pytest.ExceptionInfo[Any]]:
    """What stands inside is refused so, with a sentence in both languages, and nothing is recorded."""
    before, waiting = state_of(of), list(of.pending)
    with pytest.raises(refusal) as said:
        yield said
    assert state_of(of) == before
    assert of.pending == waiting
    if isinstance(said.value, Refusal):
        assert all("{" not in said.value.message(lang) for lang in ("zh", "en"))
        msgspec.json.encode(said.value.facts)
