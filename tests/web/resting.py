"""An instance whose duties nobody does: what is to happen, happens when a test says so."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.stores import place
from txapi.projections.follower import Follower
from txapi.web.instance import Instance
from txapi.web.signing import Signing


@contextmanager
def resting(folder: Path, signing: Signing | None = None) -> Iterator[Instance]:
    """The instance on the record of that folder, opened and not started."""
    instance = Instance.open(place(folder), signing=signing)
    try:
        yield instance
    finally:
        instance.stop()


def catch_up(instance: Instance) -> None:
    """Bring its read models to the head."""
    Follower(instance.record, instance.views).catch_up()
