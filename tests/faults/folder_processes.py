"""The processes that work in a folder: found by their working directory, signalled together, and none left behind.

A PostgreSQL server changes into its data directory and so do all its children, whoever started them and whatever session they
are in. So a folder is what holds a node of a cluster together, and what a test cleans up by.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

PATIENCE_SECONDS = 60.0


def working_in(folder: Path) -> set[int]:
    """The ids of the processes whose working directory is the folder or lies in it. A dead one has none."""
    inside = f"{folder.resolve()}/"
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):  # it ended while we looked, or belongs to somebody else
                # The kernel appends " (deleted)" when the folder is gone and the process is not.
                if f"{str((entry / 'cwd').readlink()).removesuffix(' (deleted)')}/".startswith(inside):
                    found.add(int(entry.name))
    return found - {os.getpid()}


@dataclass(frozen=True, slots=True)
class FolderProcesses:
    """Whatever works in the folder at the moment.

    `looking_as` is put before the command that looks: root in a container does not see where the processes of others work.
    """

    folder: Path
    looking_as: tuple[str, ...] = ()

    def ids(self) -> set[int]:
        """Their process ids."""
        if not self.looking_as:
            return working_in(self.folder)
        command = [*self.looking_as, sys.executable, __file__, "list", str(self.folder)]
        return {
            int(pid)
            for pid in subprocess.run(command, cwd="/", capture_output=True, text=True, check=True).stdout.split()
        }

    def send(self, number: signal.Signals) -> None:
        """Send the signal to every one of them, and to those that are forked meanwhile."""
        reached: set[int] = set()
        while fresh := self.ids() - reached:
            for pid in fresh:
                with suppress(ProcessLookupError):
                    os.kill(pid, number)
            reached |= fresh

    def kill(self) -> None:
        """Kill them and wait until none is left. Raises TimeoutError when one stays."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while left := self.ids():
            if time.monotonic() > deadline:
                raise TimeoutError(f"processes {sorted(left)} in {self.folder} outlive SIGKILL")
            self.send(signal.SIGKILL)
            time.sleep(0.02)


class Guard:
    """Sees to it that no process outlives the test that started it in a folder.

    A process of its own waits for the end of a pipe that only the test holds. Closing the guard, or the death of the test by
    whatever signal, ends the pipe, and everything that works in the folder is killed.
    """

    def __init__(self, folder: Path, looking_as: tuple[str, ...] = ()) -> None:
        self._keeper = subprocess.Popen(
            [*looking_as, sys.executable, __file__, "guard", str(folder)],
            stdin=subprocess.PIPE,
            cwd="/",
            start_new_session=True,  # Ctrl-C is for the test: the guard acts when the test has ended
        )

    def close(self) -> None:
        """Kill what works in the folder. Raises RuntimeError when something could not be killed."""
        assert self._keeper.stdin is not None
        self._keeper.stdin.close()
        if self._keeper.wait() != 0:
            raise RuntimeError("what a test started outlives it: see above")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


if __name__ == "__main__":
    what, where = sys.argv[1], Path(sys.argv[2])
    if what == "list":
        sys.stdout.write(" ".join(map(str, working_in(where))))
    else:
        sys.stdin.read()
        FolderProcesses(where).kill()
