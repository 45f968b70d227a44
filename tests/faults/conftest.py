"""What the fault tests share: how long they may take, and a table of what they measured. README.md says how to add one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import groupby
from typing import TYPE_CHECKING

import pytest

from tests.faults import network, patroni_cluster, small_disk
from tests.faults.size import SIZE

if TYPE_CHECKING:
    from pathlib import Path

Report = Callable[..., None]

QUICK = frozenset({"test_histories.py"})
"""Modules that test what the suites are made of, without any process: they are part of every run."""

HINDRANCES: Mapping[str, Callable[[], str | None]] = {"disk": small_disk.hindrance, "network": network.hindrance}
"""By what `@pytest.mark.needs` names: why it cannot be had on this machine. Each is found out by trying, once."""

NOT_RUN = "not run here"
"""The result of a test that this machine cannot run. It is no pass and no failure, and each is told with the reason at the end."""

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


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leave out what this machine cannot run."""
    for marker in item.iter_markers("needs"):
        [what] = marker.args
        if (hindrance := HINDRANCES[what]()) is not None:
            pytest.skip(f"{NOT_RUN}: {hindrance}")


def reason_of(report: pytest.TestReport) -> str | None:
    """Why a test could not run on this machine; None where it could."""
    if not (report.skipped and isinstance(report.longrepr, tuple)):
        return None
    _, found, reason = report.longrepr[2].partition(f"{NOT_RUN}: ")
    return reason if found else None


def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, str] | None:
    """Call it by its name, among what passed and what failed."""
    return None if reason_of(report) is None else (NOT_RUN, "N", NOT_RUN.upper())


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
    """Print what was measured, a table for each run of rows with the same columns, and what was not run and why."""
    measured = config.stash[MEASURED]
    if measured:
        terminalreporter.section("measured under faults")
    for names, rows in groupby(measured, key=tuple):
        table = [list(names), *([row[name] for name in names] for row in rows)]
        widths = [max(len(line[column]) for line in table) for column in range(len(names))]
        for line in table:
            cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
            terminalreporter.write_line("  ".join(cells).rstrip())
    left = terminalreporter.stats.get(NOT_RUN, [])
    if left:
        terminalreporter.section(f"{NOT_RUN}: this machine cannot", yellow=True, bold=True)
    for report in left:
        terminalreporter.write_line(f"{NOT_RUN.upper()}  {report.nodeid}: {reason_of(report)}", yellow=True)
