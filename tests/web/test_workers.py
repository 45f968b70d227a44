"""Who starts several workers keeps so many running, and hands on what it is told: tried with workers that serve nobody."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Self

import pytest

from tests.web.several import until

pytestmark = pytest.mark.only_on("sqlite", because="these workers have no record")

STARTER = """
import socket, sys
from txapi.cli.ends import End
from txapi.cli.workers import Workers
with socket.create_server(("127.0.0.1", 0)) as listening:
    with Workers(2, [sys.executable, "-c", sys.argv[1]], listening) as workers:
        try:
            workers.run(lambda: print("all serve", flush=True))
        except End as end:
            print(end.message, file=sys.stderr)
            sys.exit(end.exit_code)
print("stopped")
"""
SERVING = """
import os, signal, sys
from pathlib import Path
from txapi.cli.supervisor import READY, building, tell_supervisor
from txapi.cli.workers import end_with_starter
def heard(number, frame):
    with open(f"heard-{os.getpid()}", "a") as file:
        print(signal.Signals(number).name, file=file)
    if number != signal.SIGUSR1:
        sys.exit(0)
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1, signal.SIGUSR2):
    signal.signal(number, heard)
end_with_starter()
"""
READY = "tell_supervisor(READY)\n"
# Not signal.pause(): a signal just before it would wait with it.
WAITING = "import time\nwhile True: time.sleep(0.1)\n"
KILLED_ONCE = """
try:
    Path("killed").touch(exist_ok=False)
except FileExistsError:
    pass
else:
    os.kill(os.getpid(), signal.SIGKILL)
"""
READY_UNLESS_SLOW = "Path('slow').exists() or tell_supervisor(READY)\n"


class Started:
    """A starter with two workers of that kind."""

    def __init__(self, folder: Path, worker: str) -> None:
        self.folder = folder
        self.log = folder / "log"
        self.told = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.told.bind(f"\0txapi-test-workers-{os.getpid()}")
        self.told.settimeout(30)
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", STARTER, worker],
                cwd=folder,
                env={**os.environ, "NOTIFY_SOCKET": f"@txapi-test-workers-{os.getpid()}"},
                stdout=log,
                stderr=log,
            )

    def wait(self) -> Self:
        """Until all of them serve."""
        until(lambda: "all serve" in self.said())
        return self

    def said(self) -> str:
        return self.log.read_text()

    def workers(self) -> set[int]:
        """The processes that run for it, those that are about to end too."""
        pid = self.process.pid
        return set(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))

    def heard(self) -> set[str]:
        """What each worker was told, in order."""
        return {" ".join(path.read_text().split()) for path in self.folder.glob("heard-*")}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        left = self.workers() if self.process.poll() is None else set()
        self.process.kill()
        self.process.wait()
        # These only note that their starter is gone.
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.told.close()


def test_a_worker_ends_without_a_word_while_its_starter_goes_on() -> None:
    script = "from txapi.cli.workers import end_with_starter; end_with_starter(); import time; time.sleep(0.2)"
    with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stderr=subprocess.PIPE) as worker:
        assert worker.stderr is not None
        said = worker.stderr.read()

    assert (worker.returncode, said) == (0, b"")


def test_a_worker_that_is_killed_before_all_serve_is_started_again(tmp_path: Path) -> None:
    with Started(tmp_path, SERVING + KILLED_ONCE + READY + WAITING).wait() as started:
        running = started.workers()

        assert len(running) == 2
        assert f"code={-signal.SIGKILL}" in started.said()


def test_workers_that_are_killed_again_and_again_before_they_serve_are_given_up(tmp_path: Path) -> None:
    with Started(tmp_path, "import os; os.kill(os.getpid(), 9)") as started:
        assert started.process.wait(60) == 1
        assert "5 workers ended before all of them served, the last one with -9" in started.said()
        assert "all serve" not in started.said()


def test_a_worker_that_says_itself_that_it_cannot_begin_is_believed(tmp_path: Path) -> None:
    with Started(tmp_path, "raise SystemExit(2)") as started:
        assert started.process.wait(60) == 2
        assert "started again" not in started.said()


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[Started]:
    with Started(tmp_path, SERVING + "building(3, 10)\n" + READY_UNLESS_SLOW + WAITING).wait() as started:
        yield started


def test_whoever_supervises_the_starter_is_asked_to_wait_while_workers_build(serving: Started) -> None:
    heard = [serving.told.recv(4_096).decode().splitlines() for _ in range(3)]

    asked = ["STATUS=building read models: 3 of 10", "EXTEND_TIMEOUT_USEC=60000000"]
    assert heard == [asked, asked, ["READY=1", "STATUS=serving with 2 workers"]]


def test_a_worker_that_is_killed_soon_after_it_began_is_started_again_and_the_other_never_notices(
    serving: Started,
) -> None:
    victim, other = serving.workers()

    os.kill(victim, signal.SIGKILL)

    until(lambda: len(serving.workers() - {victim}) == 2)
    assert other in serving.workers()
    assert serving.heard() == set()


def test_workers_are_told_once_to_leave_whoever_else_says_it_and_to_hurry_when_that_is_said_twice(
    serving: Started,
) -> None:
    serving.process.send_signal(signal.SIGTERM)
    until(lambda: serving.heard() == {"SIGUSR1"} and len(list(serving.folder.glob("heard-*"))) == 2)

    serving.process.send_signal(signal.SIGTERM)

    assert serving.process.wait(60) == 0
    assert serving.heard() == {"SIGUSR1 SIGINT"}
    assert "stopped" in serving.said()
    assert "badly" not in serving.said()


def test_who_presses_ctrl_c_once_does_not_wait(serving: Started) -> None:
    serving.process.send_signal(signal.SIGINT)

    assert serving.process.wait(60) == 0
    assert all("SIGINT" in each for each in serving.heard())


def test_a_worker_that_dies_while_others_are_replaced_is_started_again(serving: Started) -> None:
    first = serving.workers()
    (serving.folder / "slow").touch()
    serving.process.send_signal(signal.SIGHUP)
    until(lambda: len(serving.workers()) == 3)
    [successor] = serving.workers() - first
    # The one whose successor is awaited waits for it; the other does not.
    for victim in first:
        os.kill(victim, signal.SIGKILL)

    until(lambda: len(serving.workers() - first) == 2)

    assert successor in serving.workers()
    assert serving.process.poll() is None


def test_a_worker_hands_over_to_its_successor_once_that_is_ready(serving: Started) -> None:
    first = serving.workers()

    serving.process.send_signal(signal.SIGHUP)

    until(lambda: not first & serving.workers() and len(serving.workers()) == 2)
    assert {int(path.name.removeprefix("heard-")) for path in serving.folder.glob("heard-*")} == first
    assert serving.heard() == {"SIGUSR2"}
