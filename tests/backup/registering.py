"""Somebody who registers units one after the other: in a thread, or as a process of its own that is told a folder."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import count

from txapi.application.desk import Desk, Order
from txapi.application.units import register_unit
from txapi.domain.event import Actor, Metadata, Role
from txapi.domain.labels import Label
from txapi.domain.unit import Duty, UnitKind
from txapi.record import Record


def registrations(record: Record, name: str = "u") -> Iterator[tuple[int, str]]:
    """Registers a unit each time that it is asked; the position that was acknowledged, and the unit's code."""
    desk = Desk(record)
    for number in count():
        code = f"{name}-{number}"
        meta = Metadata(decided_at=record.clock.now(), actor=Actor("admin", Role.ADMINISTRATOR), correlation_id=code)
        done = register_unit(
            desk, Order(meta), code=code, name=Label(code, code), kind=UnitKind.TOWN, duty=Duty.IMPLEMENTING_BODY
        )
        yield done.last, code


def main(folder: str) -> None:
    """Register without end, and print what was acknowledged."""
    with Record.open(folder) as record:
        for position, code in registrations(record):
            sys.stdout.write(f"{position} {code}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
