"""How long the fault suites run: `TXAPI_FAULTS=short` is minutes, for every change; `long` is thousands of faults, for a night."""

from __future__ import annotations

import os

SIZE = os.environ.get("TXAPI_FAULTS", "")


def turns(short: int, long: int) -> int:
    """How often something is to be done in this run."""
    return long if SIZE == "long" else short
