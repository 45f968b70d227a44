"""The published operations: documents that front ends and auditors use, each in a file of its name."""

from __future__ import annotations

from pathlib import Path


def operations_folder() -> Path:
    """Where the published operations lie: inside the installed package, or in the source tree."""
    here = Path(__file__).resolve()
    installed = here.parents[1] / "operations"
    return installed if installed.is_dir() else here.parents[3] / "schema" / "operations"


def operations() -> dict[str, Path]:
    """The published operations by name, wherever in the folder they lie: a name says which one is meant."""
    return {path.stem: path for path in sorted(operations_folder().rglob("*.graphql"), key=lambda path: path.stem)}
