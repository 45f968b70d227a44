"""Fails when a module of txapi is too long to be read at a sitting, or has a name that says nothing."""

from __future__ import annotations

import sys
from pathlib import Path

MOST_LINES = 400
EMPTY_NAMES = {"common", "helper", "helpers", "manager", "managers", "misc", "service", "services", "util", "utils"}


def complaints_of(package: Path) -> list[str]:
    """Every module under `package` that is too long or badly named, and by how much."""
    complaints = []
    for path in sorted(package.rglob("*.py")):
        name = path.relative_to(package.parent)
        if not EMPTY_NAMES.isdisjoint({path.stem, *name.parts}):
            complaints.append(f"{name}: a module is named for what it holds, never {', '.join(sorted(EMPTY_NAMES))}")
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > MOST_LINES:
            complaints.append(f"{name}: {lines} lines, {lines - MOST_LINES} more than a module may have")
    return complaints


def main() -> int:
    """Print what is wrong; 1 if anything is."""
    complaints = complaints_of(Path(__file__).resolve().parent.parent / "src" / "txapi")
    for each in complaints:
        print(each, file=sys.stderr)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
