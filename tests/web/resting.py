"""An instance whose duties nobody does: what is to happen, happens when a test says so."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.stores import place
from txapi.projections.follower import Follower
from txapi.record.clock import Clock
from txapi.web.instance import Instance


@contextmanager
def resting(folder: Path, clock: Clock | None = None) -> Iterator[Instance]:
    """The instance on the record of that folder, opened and not started."""
    instance = Instance.open(place(folder), clock)
    try:
        yield instance
    finally:
        instance.stop()


@contextmanager
def following(folder: Path, clock: Clock | None = None) -> Iterator[Instance]:
    """One whose read models are at the head, and follow each event before the command that recorded it is answered."""
    with resting(folder, clock) as instance:
        catch_up(instance)
        instance.record.writer.listen(lambda _: catch_up(instance))
        yield instance


def catch_up(instance: Instance) -> None:
    """Bring its read models to the head."""
    Follower(instance.record, instance.views).catch_up()
