"""The page on backups: its parts, and their commands typed as they stand."""

from __future__ import annotations

from tests.docs.blocks import Block, blocks_of, commands_of, lines_fit
from tests.docs.demo import ROOT, Shell

BACKUP = ROOT / "docs" / "backup.md"
EMBEDDED, POSTGRES, QUESTION = "## The embedded record", "## A record in PostgreSQL", "## Is it all there was?"


def blocks_between(first: str, last: str | None) -> list[Block]:
    """The blocks of a part of the page: from one heading to another, or to the end."""
    lines = BACKUP.read_text(encoding="utf-8").splitlines()
    begins, ends = lines.index(first), len(lines) if last is None else lines.index(last)
    return [block for block in blocks_of(BACKUP) if begins < block.line <= ends]


def follow(blocks: list[Block], shell: Shell) -> None:
    """Type every command, and compare what it prints with what the page shows."""
    assert blocks
    for block in blocks:
        assert block.language == "console", f"line {block.line}: nobody can try a block of {block.language}"
        for command, said in commands_of(block):
            printed = shell.run(command).splitlines()
            assert lines_fit(said, printed), f"line {block.line}: {command}\n" + "\n".join(printed)
