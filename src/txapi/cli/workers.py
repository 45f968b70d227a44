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
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, Self

from txapi.cli.ends import End
from txapi.cli.supervisor import READY, STOPPING, tell_supervisor

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

log = logging.getLogger(__name__)

SHARED_METRICS = "PROMETHEUS_MULTIPROC_DIR"
LONGEST_PAUSE_SECONDS = 30.0
SETTLED_SECONDS = 60.0
"""A worker that lived so long is started again at once when it ends; one that keeps ending is started ever more slowly."""

# The process that runs is the one whose id is told, for exec keeps it; descriptor 3 is where a supervisor hands sockets over.
_HAND_OVER = 'exec 3<&"$1"; shift; LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"'


class Worker:
    """One process that serves."""

    def __init__(self, command: Sequence[str], listening: socket.socket, folder: Path, number: int) -> None:
        self.ready = False
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
        """Take in what it says of itself: nothing, once it is forgotten."""
        while self.hears.fileno() >= 0:
            try:
                said = self.hears.recv(4_096).decode(errors="replace").splitlines()
            except BlockingIOError:
                return
            self.ready = self.ready or READY in said
            self.status = next(
                (line.removeprefix("STATUS=") for line in said if line.startswith("STATUS=")), self.status
            )

    def close(self) -> None:
        """Forget it once it has ended."""
        self.hears.close()
        if self.process.stdin is not None:
            self.process.stdin.close()


class Workers:
    """`count` workers on one socket, until SIGINT or SIGTERM."""

    def __init__(self, count: int, command: Sequence[str], listening: socket.socket) -> None:
        self._count = count
        self._command = tuple(command)
        self._listening = listening
        self._folder = Path(tempfile.mkdtemp(prefix="txapi-workers-"))
        self._numbers = 0
        self._workers: list[Worker] = []
        self._asked: list[int] = []
        self._selector = selectors.DefaultSelector()
        self._bell, self._ringer = socket.socketpair()
        self._pause_seconds = 0.5

    def run(self, ready: Callable[[], None]) -> None:
        """Serve until told to stop; `ready` is called once all of them answer. Ends as a worker does that cannot begin."""
        os.environ.setdefault(SHARED_METRICS, str(self._shared_metrics()))
        self._hear_signals()
        self._workers = [self._start() for _ in range(self._count)]
        while not all(worker.ready for worker in self._workers):
            if self._stop_asked():
                self._end()
                return
            self._wait(0.5)
            for worker in self._workers:
                if worker.process.poll() is not None:
                    self._fail(worker)
        tell_supervisor(READY, f"STATUS=serving with {self._count} workers")
        ready()
        while not self._stop_asked():
            self._wait(1.0)
            if signal.SIGHUP in self._asked:
                self._asked = [number for number in self._asked if number != signal.SIGHUP]
                self._replace_all()
            self._revive()
        self._end()

    def close(self) -> None:
        """End whatever still runs, at once."""
        for worker in self._workers:
            if worker.process.poll() is None:
                worker.process.kill()
                worker.process.wait()
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
        self._ringer.send(b"!")

    def _stop_asked(self) -> bool:
        return any(number != signal.SIGHUP for number in self._asked)

    def _wait(self, seconds: float) -> None:
        for key, _ in self._selector.select(seconds):
            if key.fileobj is self._bell:
                self._bell.recv(4_096)
        for worker in self._workers:
            worker.listen()

    # -- workers -------------------------------------------------------------------------------------------------------

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

    def _fail(self, worker: Worker) -> NoReturn:
        """A worker that cannot even begin says why; the others would fare no better."""
        code = worker.process.returncode
        raise End(code if code > 0 else 1, "a worker ended before it served; what it said stands above")

    def _revive(self) -> None:
        """Start again who has ended although nobody asked for it."""
        for at, worker in enumerate(self._workers):
            if worker.process.poll() is None:
                continue
            lived = time.monotonic() - worker.since
            self._pause_seconds = (
                0.5 if lived > SETTLED_SECONDS else min(2 * self._pause_seconds, LONGEST_PAUSE_SECONDS)
            )
            log.error("worker ended and is started again pid=%d code=%d", worker.process.pid, worker.process.returncode)
            self._forget(worker)
            if lived <= SETTLED_SECONDS:
                self._wait_unless_stopped(self._pause_seconds)
            self._workers[at] = self._start()

    def _wait_unless_stopped(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until and not self._stop_asked():
            self._wait(min(0.5, seconds))

    def _replace_all(self) -> None:
        """One after the other, the next once its successor answers; a successor that cannot begin changes nothing."""
        for at, old in enumerate(self._workers):
            new = self._start()
            self._workers.append(new)
            while not new.ready and new.process.poll() is None and not self._stop_asked():
                self._wait(0.5)
            if not new.ready:
                if not self._stop_asked():
                    log.error("the new worker did not begin: those that serve go on, and nothing more is replaced")
                    self._workers.remove(new)
                    self._forget(new)
                return
            self._workers.remove(new)
            self._workers[at] = new
            self._let_go(old)
            log.info("worker replaced old=%d new=%d", old.process.pid, new.process.pid)

    def _let_go(self, worker: Worker) -> None:
        worker.process.terminate()
        while worker.process.poll() is None:
            self._wait(0.2)
        self._forget(worker)

    def _end(self) -> None:
        """All of them finish what they acknowledged; whoever asks twice does not want to wait."""
        tell_supervisor(STOPPING)
        told = 0
        while any(worker.process.poll() is None for worker in self._workers):
            asked = sum(number != signal.SIGHUP for number in self._asked)
            if asked > told:
                told = asked
                for worker in self._workers:
                    if worker.process.poll() is None:
                        worker.process.terminate()
            self._wait(0.2)


def worker_command(arguments: Sequence[str]) -> list[str]:
    """The command line of a worker."""
    return [sys.executable, "-m", "txapi", "serve", "--worker", *arguments]


def end_with_starter() -> None:
    """End this worker, as SIGTERM would, when the process that started it is gone."""

    def wait() -> None:
        sys.stdin.buffer.read()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="txapi-starter", daemon=True).start()
