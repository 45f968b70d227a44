"""The first page shows what the command says, and leaves lines out only where it says so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from txapi.cli.root import txapi
from txapi.record import Record

HERE = Path(__file__).resolve().parents[2]
README = (HERE / "README.md").read_text(encoding="utf-8")
SHOWN = re.compile(r"^\$ \.venv/bin/txapi (show --at \S+)[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
LEFT_OUT = "…"


def pieces_of(shown: str) -> list[list[str]]:
    """What stands between the marks of what was left out: each piece is whole."""
    pieces: list[list[str]] = [[]]
    for line in shown.splitlines():
        if line.strip() == LEFT_OUT:
            pieces.append([])
        else:
            pieces[-1].append(line)
    return pieces


@pytest.fixture
def record(tmp_path: Path) -> Path:
    """A record with what `make run` loads."""
    loaded = CliRunner().invoke(
        txapi, ["load", "tongxiang-2015", "tongxiang-2015-illustration", "--data", str(tmp_path)]
    )
    assert loaded.exit_code == 0, loaded.output
    return tmp_path


def test_what_the_first_page_shows_is_what_the_command_says_without_gaps_that_are_not_marked(record: Path) -> None:
    [(command, shown)] = SHOWN.findall(README)

    said = CliRunner().invoke(txapi, [*command.split(), "--data", str(record)]).stdout.splitlines()

    *pieces, end = pieces_of(shown)
    at = 0
    for number, piece in enumerate(pieces):
        found = [place for place in range(at, len(said)) if said[place : place + len(piece)] == piece]
        assert found, f"the command does not say, one line after the other: {piece}"
        # What is left out is something; and the first piece is the beginning.
        assert found[0] == 0 if number == 0 else found[0] > at
        at = found[0] + len(piece)
    assert end == []
    assert at < len(said), "the end is marked as left out, and is not"


def test_the_units_that_examples_of_questions_name_are_there(record: Path) -> None:
    told = (README, (HERE / "docs" / "questions.md").read_text(encoding="utf-8"))
    helped = (CliRunner().invoke(txapi, [command, "--help"]).stdout for command in ("audit", "finding"))
    named = {code for text in (*told, *helped) for code in re.findall(r"--set unit=(\S+)", text)}

    assert named
    with Record.open(record, owner=False) as opened:
        assert [code for code in named if opened.owner_of_key("unit_code", code) is None] == []
