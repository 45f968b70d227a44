"""Nothing that a fault test starts outlives it."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.faults.folder_processes import FolderProcesses, Guard

CHECKOUT = Path(__file__).parents[2]
DYING = """
import os, signal, subprocess, sys
from pathlib import Path
from tests.faults.folder_processes import Guard
guard = Guard(Path(sys.argv[1]))
subprocess.Popen(["setsid", "sleep", "600"], cwd=sys.argv[1])
print("started", flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def asleep_in(folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(["sleep", "600"], cwd=folder)


def test_what_works_below_the_folder_is_killed_and_nothing_else(tmp_path: Path):
    inside, outside = tmp_path / "node" / "data", tmp_path / "node-of-somebody-else"
    inside.mkdir(parents=True)
    outside.mkdir()
    theirs = asleep_in(outside)

    with Guard(tmp_path / "node"):
        ours = asleep_in(inside)

    assert ours.wait(timeout=60) == -signal.SIGKILL
    assert theirs.poll() is None
    theirs.kill()
    theirs.wait()


def test_what_a_killed_test_started_ends_with_it_even_in_a_session_of_its_own(tmp_path: Path):
    left = FolderProcesses(tmp_path)

    died = subprocess.run(
        [sys.executable, "-c", DYING, str(tmp_path)], cwd=CHECKOUT, capture_output=True, text=True, check=False
    )

    assert (died.stdout, died.returncode) == ("started\n", -signal.SIGKILL)
    deadline = time.monotonic() + 10
    while left.ids():
        assert time.monotonic() < deadline, left.ids()
        time.sleep(0.02)


def test_what_is_stopped_is_killed_too(tmp_path: Path):
    ours = asleep_in(tmp_path)
    processes = FolderProcesses(tmp_path)
    processes.send(signal.SIGSTOP)

    processes.kill()

    assert ours.wait(timeout=60) == -signal.SIGKILL
    assert processes.ids() == set()


def test_a_folder_in_which_nobody_works_has_no_processes(tmp_path: Path):
    assert FolderProcesses(tmp_path).ids() == set()
