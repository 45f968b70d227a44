"""A supervisor as systemd is one: it holds the socket, starts servers on it, and is told how they fare."""

from __future__ import annotations

import shlex
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Self

from tests.web.serving import environment

PATIENCE_SECONDS = 60.0


class Supervisor:
    """Holds a socket of 127.0.0.1 that listens all the time; one server after the other answers at it."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.listening = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.address = f"http://127.0.0.1:{self.listening.getsockname()[1]}"
        self._told = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        # The path of a socket has 107 characters at most, so it does not lie below a test's own folder.
        self._beside = tempfile.TemporaryDirectory(prefix="txapi-notify-")
        self._told.bind(f"{self._beside.name}/socket")
        self._told.settimeout(PATIENCE_SECONDS)
        self._settings = {**settings, "NOTIFY_SOCKET": f"{self._beside.name}/socket"}
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, **settings: str) -> None:
        """Start a server on the socket, with these settings beside its own, and wait until it says that it is ready."""
        number = self.listening.fileno()
        serve = shlex.join([sys.executable, "-m", "txapi", "serve"])
        # The process that is replaced by the server is the one whose id the server is told.
        script = f"exec 3<&{number} && LISTEN_PID=$$ LISTEN_FDS=1 exec {serve}"
        with self.folder.with_suffix(".log").open("ab") as log:
            self.process = subprocess.Popen(
                ["bash", "-c", script],
                env=environment(self.folder, **self._settings, **settings),
                pass_fds=[number],
                stdout=log,
                stderr=log,
            )
        self.hear("READY=1")

    def hear(self, state: str) -> list[str]:
        """Wait until the server says that; all that it has said by then."""
        heard: list[str] = []
        while state not in heard:
            heard += self._told.recv(4_096).decode().split("\n")
        return heard

    def stop(self) -> None:
        """End the server gracefully; it says so before it has ended."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        self.hear("STOPPING=1")
        assert self.process.wait(PATIENCE_SECONDS) == 0
        self.process = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        self.listening.close()
        self._told.close()
        self._beside.cleanup()
