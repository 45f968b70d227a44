"""The reading of all stored bytes 事件解读, in a process of its own where there are many: it takes as long as everything else.

Run as a module with the kind and the path of a source, it prints JSON, a line each: how far it is, and at last what it
found.
"""

from __future__ import annotations

import os
import selectors
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from txapi.audit.verifying.findings import DAMAGED, NOWHERE, Finding, Findings

FEW_EVENTS = 20_000
"""So many are read faster than a process starts."""

OnProgress = Callable[[int, int], None]


def examine(kind: str, path: Path, on_progress: OnProgress = lambda done, of: None) -> list[Finding]:
    """Read every event of the source (`record` or `bundle`) strictly, and check what follows from them."""
    from txapi.audit.bundle_reading import BadBundle, BundleFile
    from txapi.audit.verifying.decoding import Decoding
    from txapi.audit.verifying.folder import RecordFolder
    from txapi.audit.verifying.tables import check_commands, check_what_follows

    findings = Findings()
    if kind == "record":
        with RecordFolder(path) as folder:
            try:
                check_what_follows(folder, findings, on_progress)
                check_commands(folder, findings)
            except DAMAGED as error:
                findings.add(NOWHERE, "database", f"the database is damaged: {error}")
    else:
        with BundleFile(path) as bundle:
            decoding, done = Decoding(findings), 0
            with suppress(BadBundle):  # Who verifies the bundle tells of it.
                for rows in bundle.rows():
                    for row in rows:
                        decoding.event(row)
                    done += len(rows)
                    on_progress(done, bundle.last - bundle.first + 1)
    return findings.sorted()


class Beside:
    """`examine` in a process of its own, which ends with this object."""

    def __init__(self, kind: str, path: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "txapi.audit.verifying.beside", kind, str(path)], stdout=subprocess.PIPE
        )
        self._told = b""
        self._found: list[Finding] | None = None
        self.done = 0
        self._selector = selectors.DefaultSelector()
        assert self.process.stdout is not None
        self._out = self.process.stdout.fileno()
        os.set_blocking(self._out, False)
        self._selector.register(self._out, selectors.EVENT_READ)

    def found(self, on_progress: Callable[[int], None] = lambda done: None) -> list[Finding]:
        """Wait for the end; what was found. `on_progress` is told how many events were read."""
        while self._found is None:
            self.look(1.0)
            on_progress(self.done)
        return self._found

    def look(self, timeout_seconds: float = 0) -> None:
        """Take in what the process has said by now, so that it never waits to be heard."""
        if self._found is not None or not self._selector.select(timeout_seconds):
            return
        said = os.read(self._out, 1 << 16)
        if not said:
            raise RuntimeError(f"the process that reads the events ended with {self.process.wait()}")
        *lines, self._told = (self._told + said).split(b"\n")
        for line in lines:
            told: dict[str, Any] = msgspec.json.decode(line)
            if "found" in told:
                self._found = msgspec.convert(told["found"], list[Finding])
            else:
                self.done = told["done"]

    def close(self) -> None:
        """End the process, whatever it is doing."""
        self._selector.close()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def __enter__(self) -> Beside:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def main(kind: str, path: str) -> None:
    """Examine, and say what comes of it on standard output."""
    encode = msgspec.json.Encoder().encode
    told = 0

    def say(what: dict[str, Any]) -> None:
        sys.stdout.buffer.write(encode(what) + b"\n")
        sys.stdout.buffer.flush()

    def on_progress(done: int, of: int) -> None:
        nonlocal told
        if done - told >= of // 200:
            told = done
            say({"done": done})

    found = examine(kind, Path(path), on_progress)
    say({"found": found})


if __name__ == "__main__":
    main(*sys.argv[1:])
