"""Trying commands, and looking at what they leave in folders."""

from __future__ import annotations

import hashlib
import json
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from txapi.cli.reading import open_to_read
from txapi.cli.root import txapi

CHECKOUT = Path(__file__).parents[2]


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(txapi, list(map(str, arguments)), prog_name="txapi")


def events_in(folder: Path) -> list[Any]:
    with open_to_read(folder) as record:
        return record.store.read(0, 1_000)


def digests_in(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def attempted(what: str, source: Path, target: Path) -> list[Any]:
    """What is left after each attempt of a process that is killed at one stage after the other."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.backup.killed", what, source, target],
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


@contextmanager
def files_of_at_most(length: int) -> Iterator[None]:
    """While the block lasts, no file of this process grows beyond that many bytes: what a full disk does to it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (length, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
