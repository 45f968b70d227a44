"""Kills the owner of a record in files at every place of the path of a write: `python -m tests.faults.killing FOLDER KILLS`.

Each child owns the record, writes, follows and signs as a server does, and dies by SIGKILL at the place it was given. After each, the
parent looks whether the record holds what was acknowledged, once, at the position that was said.
"""

from __future__ import annotations

import json
import os
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.faults import children
from tests.faults.aftermath import whole
from tests.faults.children import LATEST_TURN, bounds, carry_out, forked, line_of, wait_for
from tests.faults.killpoints import POINTS, Of, Point, arm, die
from tests.faults.lapsing import watch_until_struck
from tests.faults.mistaken import MISTAKES
from txapi.record import Record
from txapi.record.place import Place
from txapi.record.record import RECORD_FILE
from txapi.record.sqlite_store import SQLiteStore
from txapi.web.instance import Instance
from txapi.web.signing import Signing

if TYPE_CHECKING:
    from tests.faults.accounts import Command
    from tests.faults.children import Say
    from tests.faults.killpoints import Trigger

CLIENTS = 3
COMMANDS = 4
"""What a client does in the life of one child, at most."""
WATCHED_EVERY = 200
"""After so many kills, everything that is derived from the record is made anew and compared."""


def live(place: Place, work: list[list[Command]], say: Say, trigger: Trigger) -> None:
    """Own the record and carry out the commands, one client per list, until something kills this process."""
    if trigger.point.of is Of.WATCH:
        instance = Instance.open(place)
        carry_out(instance.desk, work, say)
        watch_until_struck(instance, trigger, lambda: not instance.record.due_streams(instance.record.clock.now()))
        die()
    with Instance.open(place, signing=Signing(every_seconds=0.005)) as instance:

        def see(position: int) -> None:
            assert instance.views.wait_for(position, 60), f"position {position} does not become visible"

        carry_out(instance.desk, work, say, see)
        time.sleep(0.05)
    die()


class Killing(children.Killing):
    """A record whose owner is killed again and again."""

    def __init__(self, folder: Path, seed: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        super().__init__(Place(folder), folder.parent / f"{folder.name}.seen", seed)

    def kill(self, point: Point) -> None:
        """Let one child live until it comes to that point, and look what is there afterwards."""
        work = self.accounts.work(CLIENTS, COMMANDS, LATEST_TURN if point.of is Of.WATCH else 0)
        child = self.fork(point, lambda say, trigger: live(self.place, work, say, trigger), arm)
        os.set_blocking(child.pipe, True)  # so it is heard to its end
        child.drain()
        self.take_in(child)
        self._look()
        self.bury(child)

    def _look(self) -> None:
        with closing(SQLiteStore(self.place.folder / RECORD_FILE, create=False)) as store:
            rows = store.read(self.accounts.position, 10_000)
        self.accounts.look(rows)

    def look_at_everything(self) -> None:
        """Compare all that is derived with the record, once everything has lapsed that is due."""
        self.let_all_lapse()
        self._look()
        self.accounts.close()
        wait_for(forked(self._whole))

    def _whole(self) -> None:
        assert len(whole(self.place)) == self.accounts.position

    def end(self) -> None:
        """What the reader saw that lived through it is the record, no more and no less."""
        seen = self.end_reader()
        with Record.open(self.place, owner=False) as record:
            assert seen == [line_of(event) for event in record.read_all()]


def main(folder: Path, kills: int, seconds: float, seed: int) -> dict[str, Any]:
    """Kill that often, each point in turn, and no longer than that; figures."""
    began = time.monotonic()
    killing = Killing(folder, seed)
    try:
        while killing.kills < kills and time.monotonic() - began < seconds:
            killing.kill(POINTS[killing.kills % len(POINTS)])
            if killing.kills % WATCHED_EVERY == 0:
                killing.look_at_everything()
        killing.look_at_everything()
        killing.end()
    finally:
        killing.close()
    return {**killing.figures(POINTS), "seconds": round(time.monotonic() - began, 1)}


if __name__ == "__main__":
    arguments = bounds("killing")
    arguments.add_argument("--mistake", choices=MISTAKES, help="one that all processes are to make")
    given = arguments.parse_args()
    if given.mistake:
        MISTAKES[given.mistake]()
    sys.stdout.write(json.dumps(main(given.folder, given.kills, given.seconds, given.seed)) + "\n")
