"""A demonstration on each store for what is tried on it, and a table of the figures. README.md says what is tried."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.fuzz.size import PIECE, PIECES, SEED
from tests.fuzz.target import Target

if TYPE_CHECKING:
    from collections.abc import Callable

FIGURES = pytest.StashKey[list[tuple[str, Mapping[str, Any]]]]()
CHANGES = pytest.StashKey[set[str]]()
"""The names of the tests that change what is stored."""


def pytest_configure(config: pytest.Config) -> None:
    config.stash[FIGURES] = []
    config.stash[CHANGES] = set()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of this starts servers: `make slow` runs the short form, and `make test` none of it."""
    for item in items:
        if "tests/fuzz/" in item.nodeid:
            item.add_marker("slow")


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Callable[[Mapping[str, Any]], None]:
    """`figures({"requests": 100000})` adds to what is told at the end of the run."""
    if request.path.name == "test_mutations.py":
        request.config.stash[CHANGES].add(request.node.name)
    return lambda told: request.config.stash[FIGURES].append((request.node.name, told))


@pytest.fixture(scope="module")
def target(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """A running demonstration. Whatever is tried on it, it ends as it should, and its log tells of no error."""
    with Target(tmp_path_factory.mktemp(f"fuzz-{store}") / "data") as running:
        yield running
    assert running.code == 0
    assert running.complaint() is None, running.complaint()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the figures."""
    for name, told in config.stash[FIGURES]:
        terminalreporter.section(name)
        for what, value in told.items():
            terminalreporter.write_line(
                f"{what}: {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"
            )
    changed = [told for name, told in config.stash[FIGURES] if name in config.stash[CHANGES]]
    if changed:
        terminalreporter.section("all changes of what is stored and handed on")
        for what, count in _summed(changed):
            terminalreporter.write_line(f"{what}: {count}")


def _summed(changed: list[Mapping[str, Any]]) -> list[tuple[str, int]]:
    """What became of all changes, with those of other pieces where a file keeps their figures; then how many there were."""
    runs: list[dict[str, Any]] = [{"seed": SEED, "piece": f"{PIECE}/{PIECES}", "figures": changed}]
    kept = os.environ.get("TXAPI_FUZZ_FIGURES")
    if kept:
        path = Path(kept)
        earlier = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(runs[0]) + "\n")
        runs += [json.loads(line) for line in earlier]
    total: Counter[str] = Counter()
    for told in (told for run in runs for told in run["figures"]):
        for what, outcomes in told.items():
            for outcome, count in outcomes.items():
                total[f"{what}, {outcome}"] += count
    return [*total.items(), (f"{len(runs)} runs, changes in all", total.total())]
