"""Servers for tests that begin where imports end: forked from a process that has imported all, once (`forker.py`).

To import takes a server nearly all of its time to start, and a run starts a hundred. Whatever else a process of its own has, these have:
arguments, an environment, output, signals, an exit code.
"""

from __future__ import annotations

import atexit
import io
import json
import os
import select
import signal
import socket
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import IO


class Forked:
    """A running process, in the words of `subprocess.Popen`."""

    def __init__(self, told: socket.socket, stdout: IO[str]) -> None:
        self.stdout: IO[str] | None = stdout
        self.returncode: int | None = None
        self._told = told
        self.pid = int(self._hear())

    def _hear(self) -> str:
        """The next line of the process that forked it: its id, and at the end its exit code."""
        line = b""
        while not line.endswith(b"\n"):
            if not (came := self._told.recv(1)):
                raise ChildProcessError("the process that forks servers is gone")
            line += came
        return line.decode()

    def poll(self) -> int | None:
        """Its exit code, if it has ended."""
        if self.returncode is None and select.select([self._told], [], [], 0)[0]:
            self._end()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end; its exit code. subprocess.TimeoutExpired."""
        if self.returncode is None:
            if not select.select([self._told], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired("a forked server", timeout or 0.0)
            self._end()
        assert self.returncode is not None
        return self.returncode

    def _end(self) -> None:
        self.returncode = int(self._hear())
        self._told.close()

    def communicate(self, timeout: float | None = None) -> tuple[str, None]:
        """Wait for its end; what it printed that nobody has read. subprocess.TimeoutExpired."""
        assert self.stdout is not None
        # It prints a line or two at its end, which the pipe holds.
        self.wait(timeout)
        with self.stdout:
            return self.stdout.read(), None

    def send_signal(self, number: int) -> None:
        """Send it a signal, if it has not ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Tell it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)


def forked(arguments: list[str], environment: dict[str, str], stderr: int) -> Forked:
    """Run a module with these arguments, the first of which names it, as `python -m` does."""
    reads, writes = os.pipe()
    ours, theirs = socket.socketpair()
    told = json.dumps({"arguments": arguments, "environment": environment, "folder": str(Path.cwd())}).encode()
    with theirs:
        try:
            socket.send_fds(_forking(), [told], [writes, stderr, theirs.fileno()])
        finally:
            os.close(writes)
    return Forked(ours, io.open(reads, encoding="utf-8"))  # noqa: UP020 - a descriptor, not a path


@cache
def _forking() -> socket.socket:
    """Where the process that forks is told what; it is started at the first call, and ends with this one."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.web.forker", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )

    def end() -> None:
        ours.close()
        process.wait(20)

    atexit.register(end)
    return ours
