"""The page on receipts says what is so: its program checks a receipt, and its table names every line of one."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.city import clerk
from tests.docs.blocks import blocks_of
from tests.receipts.notary import BOARD, Notary

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "receipts.md"


@pytest.fixture(scope="module")
def notary(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Notary]:
    notary = Notary(tmp_path_factory.mktemp("notary"))
    yield notary
    notary.close()


def checked_by_hand(response: dict[str, Any], vkey: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """What the program of the page says of a response."""
    [program] = [block.text for block in blocks_of(PAGE) if block.language == "python"]
    file = folder / "receipt.json"
    file.write_text(json.dumps(response, ensure_ascii=False), encoding="utf-8")
    return subprocess.run([sys.executable, "-c", program, str(file), vkey], capture_output=True, text=True, check=False)


def test_the_program_of_the_page_checks_a_receipt(notary: Notary, tmp_path: Path) -> None:
    response = notary.response(BOARD, {"state": ["CONFIRMED"]}, viewer=clerk("land-bureau"))

    said = checked_by_hand(response, notary.ledger.vkey, tmp_path)

    assert said.returncode == 0, said.stderr
    assert f"answered so at position {notary.city.record.head.position}" in said.stdout


def test_the_program_of_the_page_refuses_another_answer(notary: Notary, tmp_path: Path) -> None:
    response = notary.response(BOARD, viewer=clerk("land-bureau"))
    response["data"]["moment"]["tickets"]["totalCount"] += 1

    assert checked_by_hand(response, notary.ledger.vkey, tmp_path).returncode != 0


def test_the_page_names_every_line_of_a_receipt_in_order(notary: Notary) -> None:
    note = notary.response()["extensions"]["receipt"]["note"]
    lines = [line.partition(" ")[0] for line in note.partition("\n\n")[0].splitlines()[1:]]

    table = (
        PAGE.read_text(encoding="utf-8").partition("## The note, line by line")[2].partition("**Canonical form**")[0]
    )
    told = [
        name for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE) for name in re.findall(r"`([a-z-]+)`", row)
    ]

    assert told == lines
