"""Starts the process whose attempts are killed one after the other (`killed.py`)."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from txapi.record.place import Place

CHECKOUT = Path(__file__).resolve().parents[2]


def looks_of(what: str, where: Place) -> list[Any]:
    """What is left after each attempt to do that to the record in that place."""
    command = [sys.executable, "-m", "tests.record.killed", what, str(where.folder)]
    done = subprocess.run(
        [*command, where.database] if where.database else command,
        cwd=CHECKOUT, capture_output=True, text=True, timeout=500, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]
