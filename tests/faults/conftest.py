"""What the fault tests share: how long they may take, and a table of what they measured. README.md says how to add one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING

import pytest

from tests.faults import patroni_cluster
from tests.faults.size import SIZE
from tests.faults.small_disk import HINDRANCE, mountable

if TYPE_CHECKING:
    from pathlib import Path

Report = Callable[..., None]

QUICK = frozenset({"test_histories.py"})
"""Modules that test what the suites are made of, without any process: they are part of every run."""

MEASURED = pytest.StashKey[list[dict[str, str]]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[MEASURED] = []


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Collect the suites only where TXAPI_FAULTS says how long they may take: `make test` leaves them to `make faults`."""
    left_out = not SIZE and collection_path.name.startswith("test_") and collection_path.name not in QUICK
    return True if left_out else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out of a short run what is marked as long; pytest says how many these are."""
    if SIZE != "long":
        long = [item for item in items if item.get_closest_marker("long") is not None]
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item not in long]


@pytest.fixture(scope="session")
def cluster() -> Iterator[patroni_cluster.Cluster]:
    """A cluster on the loopback, for all who do not need one of their own. Whoever hurts it waits until it is whole again."""
    with patroni_cluster.running() as whole:
        yield whole


@pytest.fixture
def report(request: pytest.FixtureRequest) -> Report:
    """`report(fault="server killed", gap_seconds=2.3, lost=0)` adds a row to the table at the end of the run."""

    def add(**figures: object) -> None:
        request.config.stash[MEASURED].append({name.replace("_", " "): str(value) for name, value in figures.items()})

    return add


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print what was measured: a table for each run of rows with the same columns."""
    measured = config.stash[MEASURED]
    if measured:
        terminalreporter.section("measured under faults")
    for names, rows in groupby(measured, key=tuple):
        table = [list(names), *([row[name] for name in names] for row in rows)]
        widths = [max(len(line[column]) for line in table) for column in range(len(names))]
        for line in table:
            cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
            terminalreporter.write_line("  ".join(cells).rstrip())


def pytest_report_header() -> list[str]:
    """Say what this machine cannot try."""
    return [f"faults: {HINDRANCE}"] if SIZE and not mountable() else []
