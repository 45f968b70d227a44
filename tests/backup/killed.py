"""A process of its own that takes or restores a backup, is killed at one stage after the other, and tells what is left.

Every attempt is a child that kills itself (SIGKILL) when it is told of a stage: the first attempt at the first stage, the
next at the second, until the target is there. Prints a line of JSON per attempt.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from txapi.audit.backup import take_backup
from txapi.audit.restoring import restore

STAGES = 100


class Doomed:
    """Is told of stages, and dies at the one of that number."""

    def __init__(self, number: int) -> None:
        self._left = number

    def __call__(self, doing: str, done: int, of: int) -> None:
        self._left -= 1
        if self._left < 0:
            os.kill(os.getpid(), signal.SIGKILL)


def main(what: str, source: str, target: str) -> None:
    """Attempt it until the target is there."""
    # SQLite must not have been used before a process forks, so the work is imported and nothing else.
    work: Any = {"backup": take_backup, "restore": restore}[what]
    place = Path(target)
    for number in range(STAGES):
        child = os.fork()
        if child == 0:
            work(Path(source), place, on_stage=Doomed(number))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        there = sorted(path.name for path in place.iterdir()) if place.exists() else None
        beside = sorted(path.name for path in place.parent.iterdir() if path != place)
        told = {"killed": os.WIFSIGNALED(status), "there": there, "beside": beside}
        sys.stdout.write(f"{json.dumps(told)}\n")
        sys.stdout.flush()
        if (place / "record.db").exists():
            return


if __name__ == "__main__":
    main(*sys.argv[1:])
