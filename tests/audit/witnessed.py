"""A log and witnesses for tests: the log signs what it is told to, the witness is a process as an operator starts it."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Self

from tests.audit.signing import Signing, b64, checkpoint_text, note_of
from tests.audit.trees import entries_of, proof_of, root_of


class Log:
    """A log that can tell several stories: each `salt` is one, and all begin alike where `shared` says so."""

    def __init__(self, origin: str = "town.example/log", salt: str = "", shared: int = 0) -> None:
        self.signing = Signing(origin)
        self._salt, self._shared = salt, shared

    def entries(self, size: int) -> list[bytes]:
        return [*entries_of(min(size, self._shared)), *entries_of(size, self._salt)[self._shared :]]

    def text(self, size: int) -> str:
        return checkpoint_text(self.signing.name, size, root_of(self.entries(size)))

    def note(self, size: int) -> str:
        return note_of(self.text(size), self.signing.line(self.text(size)))

    def proof(self, old: int, size: int) -> list[bytes]:
        return proof_of(old, self.entries(size)) if 0 < old < size else []

    def request(self, old: int, size: int) -> bytes:
        """The body that offers the checkpoint of `size` as what follows `old`, with the proof of this story."""
        return request(old, self.proof(old, size), self.note(size))


def request(old: int | str, path: list[bytes], note: str) -> bytes:
    return (f"old {old}\n" + "".join(f"{b64(step)}\n" for step in path) + "\n" + note).encode()


class Witnessing:
    """A running `txapi witness serve`."""

    def __init__(self, folder: Path, name: str, *logs: str) -> None:
        """`logs` are the verifier keys that it is given."""
        self.folder = folder
        self.name = name
        keyfile = folder / f"{name}.key"
        if not keyfile.exists():
            command = [
                sys.executable,
                "-m",
                "txapi",
                "witness",
                "keygen",
                str(keyfile),
                "--name",
                f"witness.example/{name}",
            ]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            (folder / f"{name}.vkey").write_text(done.stdout.strip())
        self.vkey = (folder / f"{name}.vkey").read_text()
        self.state = folder / f"{name}.db"
        options = [option for log in logs for option in ("--log", log)]
        with (folder / f"{name}.log").open("ab") as log_file:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "txapi", "witness", "serve", "--key", str(keyfile), "--state", str(self.state),
                 "--port", "0", *options],
                stdout=subprocess.PIPE, stderr=log_file, text=True,
            )  # fmt: skip
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        found = re.search(r" at (http://\S+)", line)
        assert found, line + (folder / f"{name}.log").read_text()
        self.address = found[1]

    def stop(self, number: int = signal.SIGTERM) -> int:
        """End the process and wait; its exit code."""
        if self.process.returncode is None:
            self.process.send_signal(number)
            self.process.communicate(timeout=30)
        return self.process.returncode

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()
