"""An undocumented command fails: each stands in the reference, and in the README's table."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from txapi.cli.root import COMMANDS

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_a_command_is_documented_with_an_example(name: str) -> None:
    reference = (ROOT / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    section = reference.partition(f"## `txapi {name}`\n")[2].partition("\n## `txapi ")[0]
    told = reference[reference.index(f"## `txapi {name}`") :]

    assert section
    assert "Example" in told.partition("\n## `txapi ")[0] or f"## `txapi {name} " in told
    assert f"`txapi {name}" in readme


@pytest.mark.parametrize(
    "path", [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), ROOT / "domain" / "README.md"]
)
def test_every_link_leads_somewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    dead = [
        target
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", text)
        if "://" not in target and not (path.parent / target).exists()
    ]

    assert dead == []
