"""The fault suites start real processes and take minutes, so `make test` leaves them to `make faults`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.faults.size import SIZE

if TYPE_CHECKING:
    from pathlib import Path

QUICK = frozenset({"test_histories.py"})
"""Modules that test what the suites are made of, without any process: they are part of every run."""


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Collect the suites only where TXAPI_FAULTS says how long they may take."""
    left_out = not SIZE and collection_path.name.startswith("test_") and collection_path.name not in QUICK
    return True if left_out else None
