"""An undocumented command fails: each stands in the reference, and in the README's table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from txapi.cli.root import COMMANDS, txapi

ROOT = Path(__file__).resolve().parent.parent.parent
SECTION = re.compile(r"^## `(txapi[^`]*)`\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)


def leaves(command: click.Command, name: str) -> Iterator[str]:
    """The commands that do something: `txapi token issue`, not `txapi token`."""
    if not isinstance(command, click.Group):
        yield name
        return
    with click.Context(command) as context:
        for each in command.list_commands(context):
            below = command.get_command(context, each)
            assert below is not None
            yield from leaves(below, f"{name} {each}")


@pytest.mark.parametrize("name", list(leaves(txapi, "txapi")))
def test_every_command_stands_in_the_reference_with_an_example(name: str) -> None:
    sections = dict(SECTION.findall((ROOT / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")))

    assert name in sections
    assert "Example" in sections[name]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_stands_in_the_table_of_the_readme(name: str) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    named = {word for row in re.findall(r"^\| `txapi ([^`]+)` \|", readme, re.MULTILINE) for word in row.split()[:1]}

    assert name in named


@pytest.mark.parametrize(
    "path",
    [
        ROOT / "README.md",
        *sorted((ROOT / "docs").glob("*.md")),
        ROOT / "domain" / "README.md",
        ROOT / "deploy" / "README.md",
    ],
)
def test_every_link_leads_somewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    dead = [
        target
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", text)
        if "://" not in target and not (path.parent / target).exists()
    ]

    assert dead == []
