"""Several servers on one socket: each worker is an ordinary `txapi serve`, and this process starts, replaces and ends them.

A worker gets the socket as systemd would hand it over, and says READY as it would say it to systemd. SIGHUP replaces one after
the other, each once its successor answers: so a new version of the code takes over without a moment in which nobody answers.
"""

from __future__ import annotations

import logging
import os
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from txapi.cli.ends import End
from txapi.cli.supervisor import MORE_TIME, READY, STOPPING, tell_supervisor
from txapi.web.signals import HAND_OVER, LEAVE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

log = logging.getLogger(__name__)

SHARED_METRICS = "PROMETHEUS_MULTIPROC_DIR"
LOOK_SECONDS = 0.5
SHORTEST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0
SETTLED_SECONDS = 60.0
"""A worker that lived so long is started again at once when it ends; one that keeps ending is started ever more slowly."""
MOST_KILLED_AT_FIRST = 5
"""So many workers may be killed before all of them served for the first time."""
END_SECONDS = 10.0
"""How long workers have to end when this process cannot go on."""

# The process that runs is the one whose id is told, for exec keeps it; descriptor 3 is where a supervisor hands sockets over.
_HAND_OVER = 'exec 3<&"$1"; shift; LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"'


class Worker:
    """One process that serves."""

    def __init__(self, command: Sequence[str], listening: socket.socket, folder: Path, number: int) -> None:
        self.ready = False
        self.asks_for_time = False
        self.since = time.monotonic()
        self.status = "starting"
        path = folder / f"worker-{number}"
        self.hears = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.hears.bind(str(path))
        self.hears.setblocking(False)
        kept = {name: value for name, value in os.environ.items() if name not in {"LISTEN_PID", "LISTEN_FDS"}}
        shell = ["/bin/sh", "-c", _HAND_OVER, "txapi", str(listening.fileno()), *command]
        self.process = subprocess.Popen(
            shell,
            pass_fds=[listening.fileno()],
            env={**kept, "NOTIFY_SOCKET": str(path)},
            # A pipe that nobody writes to: it ends with this process, however that ends, and the worker ends with it.
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            # A signal from the terminal is for the process that started them; it tells them.
            process_group=0,
        )

    def listen(self) -> None:
        """Take in what it says of itself."""
        while True:
            try:
                said = self.hears.recv(4_096).decode(errors="replace").splitlines()
            except BlockingIOError:
                return
            self.ready = self.ready or READY in said
            self.asks_for_time = self.asks_for_time or MORE_TIME in said
            self.status = next(
                (line.removeprefix("STATUS=") for line in said if line.startswith("STATUS=")), self.status
            )

    @property
    def has_ended(self) -> bool:
        """Whether the process is gone."""
        return self.process.poll() is not None

    def close(self) -> None:
        """Forget it once it has ended."""
        self.hears.close()
        if self.process.stdin is not None:
            self.process.stdin.close()


@dataclass(slots=True)
class Seat:
    """Where one of the workers sits, one after the other; monotonic seconds."""

    worker: Worker | None = None
    empty_until: float = 0.0
    pause_seconds: float = 0.0

    def vacate(self, lived_seconds: float) -> None:
        """The worker has ended, after so long a life."""
        settled = lived_seconds > SETTLED_SECONDS
        longer = min(max(2 * self.pause_seconds, SHORTEST_PAUSE_SECONDS), LONGEST_PAUSE_SECONDS)
        self.worker, self.pause_seconds = None, 0.0 if settled else longer
        self.empty_until = time.monotonic() + self.pause_seconds


class Workers:
    """`count` workers on one socket, until SIGINT or SIGTERM."""

    def __init__(self, count: int, command: Sequence[str], listening: socket.socket) -> None:
        self._command = tuple(command)
        self._listening = listening
        self._folder = Path(tempfile.mkdtemp(prefix="txapi-workers-"))
        self._numbers = 0
        self._seats = [Seat() for _ in range(count)]
        self._to_replace: deque[Seat] = deque()
        self._successor: tuple[Seat, Worker] | None = None
        """Who is to take that seat over as soon as it answers."""
        self._leaving: list[Worker] = []
        self._asked: list[int] = []
        self._selector = selectors.DefaultSelector()
        self._bell, self._ringer = socket.socketpair()
        self._begun = False
        self._killed_at_first = 0

    def run(self, ready: Callable[[], None]) -> None:
        """Serve until told to stop; `ready` is called once all of them answer. Ends as a worker does that cannot begin."""
        os.environ.setdefault(SHARED_METRICS, str(self._shared_metrics()))
        self._hear_signals()
        while not self._stop_asked():
            for seat in self._seats:
                self._fill(seat)
            if not self._begun and all(seat.worker is not None and seat.worker.ready for seat in self._seats):
                self._begun = True
                tell_supervisor(READY, f"STATUS=serving with {len(self._seats)} workers")
                ready()
            if self._begun:
                self._replace()
            self._wait(LOOK_SECONDS)
        self._end()

    def close(self) -> None:
        """End whatever still runs: soon, and with what was acknowledged."""
        for number in (LEAVE, signal.SIGINT):
            self._tell(number)
        until = time.monotonic() + END_SECONDS
        for worker in self._running():
            try:
                worker.process.wait(max(0.0, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                worker.process.kill()
                worker.process.wait()
        for worker in self._all():
            worker.close()
        self._selector.close()
        self._bell.close()
        self._ringer.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    # -- signals -------------------------------------------------------------------------------------------------------

    def _hear_signals(self) -> None:
        self._ringer.setblocking(False)
        self._selector.register(self._bell, selectors.EVENT_READ)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda heard, _: self._heard(heard))

    def _heard(self, number: int) -> None:
        self._asked.append(number)
        # The bell may have been rung often enough already, or nobody waits for it any more.
        with suppress(OSError):
            self._ringer.send(b"!")

    def _stop_asked(self) -> bool:
        return any(number != signal.SIGHUP for number in self._asked)

    def _wait(self, seconds: float) -> None:
        for key, _ in self._selector.select(seconds):
            if key.fileobj is self._bell:
                self._bell.recv(4_096)
        for worker in self._all():
            worker.listen()
            if worker.asks_for_time:
                worker.asks_for_time = False
                if not self._begun:
                    # Whoever supervises this process knows nothing of the worker, and would give up on both.
                    tell_supervisor(f"STATUS={worker.status}", MORE_TIME)

    # -- workers -------------------------------------------------------------------------------------------------------

    def _all(self) -> Iterator[Worker]:
        yield from [seat.worker for seat in self._seats if seat.worker is not None]
        yield from list(self._leaving)
        if self._successor is not None:
            yield self._successor[1]

    def _running(self) -> list[Worker]:
        return [worker for worker in self._all() if not worker.has_ended]

    def _shared_metrics(self) -> Path:
        folder = self._folder / "metrics"
        folder.mkdir()
        return folder

    def _start(self) -> Worker:
        self._numbers += 1
        worker = Worker(self._command, self._listening, self._folder, self._numbers)
        self._selector.register(worker.hears, selectors.EVENT_READ)
        return worker

    def _forget(self, worker: Worker) -> None:
        from prometheus_client.multiprocess import mark_process_dead

        self._selector.unregister(worker.hears)
        worker.close()
        # What it counted still counts; what it was at its end is nobody's state any more.
        mark_process_dead(worker.process.pid)  # type: ignore[no-untyped-call]

    def _fill(self, seat: Seat) -> None:
        """Start a worker where none is, or is no more although nobody asked for it."""
        worker = seat.worker
        if worker is not None and worker.has_ended:
            seat.vacate(time.monotonic() - worker.since)
            self._forget(worker)
            if not self._begun:
                self._must_not_fail(worker)
            log.error("worker ended and is started again pid=%d code=%d", worker.process.pid, worker.process.returncode)
        awaited = self._successor is not None and self._successor[0] is seat
        if seat.worker is None and not awaited and time.monotonic() >= seat.empty_until:
            seat.worker = self._start()

    def _must_not_fail(self, worker: Worker) -> None:
        """A worker that cannot even begin says why, and the others would fare no better. One that was killed said nothing."""
        code = worker.process.returncode
        if code >= 0 and not worker.ready:
            raise End(code or 1, "a worker ended before it served; what it said stands above")
        self._killed_at_first += 1
        if self._killed_at_first >= MOST_KILLED_AT_FIRST:
            raise End(1, f"{self._killed_at_first} workers ended before all of them served, the last one with {code}")

    def _replace(self) -> None:
        """One after the other, the next once the last has gone; a successor that cannot begin changes nothing."""
        for worker in [each for each in self._leaving if each.has_ended]:
            self._leaving.remove(worker)
            self._forget(worker)
            if worker.process.returncode:
                log.error("replaced worker ended badly pid=%d code=%d", worker.process.pid, worker.process.returncode)
        if signal.SIGHUP in self._asked:
            self._asked = [number for number in self._asked if number != signal.SIGHUP]
            self._to_replace = deque(self._seats)
        if self._successor is not None:
            self._seat_successor(*self._successor)
        elif self._to_replace and not self._leaving:
            self._successor = self._to_replace.popleft(), self._start()

    def _seat_successor(self, seat: Seat, new: Worker) -> None:
        """Let the new worker take over if it answers; give up the replacing if it has ended."""
        if new.has_ended:
            log.error("the new worker did not begin: those that serve go on, and nothing more is replaced")
            self._successor = None
            self._to_replace.clear()
            self._forget(new)
        elif new.ready:
            old, seat.worker, self._successor = seat.worker, new, None
            if old is None:
                log.info("worker replaced, the one before had ended new=%d", new.process.pid)
                return
            old.process.send_signal(HAND_OVER)
            self._leaving.append(old)
            log.info("worker replaced old=%d new=%d", old.process.pid, new.process.pid)

    def _end(self) -> None:
        """All of them finish what they acknowledged; whoever asks twice does not want to wait.

        They are told to leave by a signal of their own: systemd sends SIGTERM to each of them as well, and neither is the second.
        """
        tell_supervisor(STOPPING)
        self._tell(LEAVE)
        hurried = 0
        while self._running():
            asked = [number for number in self._asked if number != signal.SIGHUP]
            for _ in range(hurried, max(asked.count(signal.SIGINT), int(len(asked) > 1))):
                self._tell(signal.SIGINT)
                hurried += 1
            self._wait(0.2)
        for worker in self._all():
            if worker.ready and worker.process.returncode:
                log.error("worker ended badly pid=%d code=%d", worker.process.pid, worker.process.returncode)

    def _tell(self, number: signal.Signals) -> None:
        for worker in self._running():
            worker.process.send_signal(number)


def worker_command(arguments: Sequence[str]) -> list[str]:
    """The command line of a worker."""
    return [sys.executable, "-m", "txapi", "serve", "--worker", *arguments]


def end_with_starter() -> None:
    """End this worker, as SIGTERM would, when the process that started it is gone."""

    def wait() -> None:
        # Not through sys.stdin: a thread that waits there holds its lock, and Python cannot end.
        while os.read(0, 4_096):
            pass
        os.kill(os.getpid(), LEAVE)

    threading.Thread(target=wait, name="txapi-starter", daemon=True).start()
