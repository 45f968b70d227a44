"""An auditor with the record's folder and key gets answers with receipts without a server; a copy without the key checks them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from txapi.cli.reading import open_to_read
from txapi.cli.root import txapi
from txapi.receipts.check import check_receipt
from txapi.receipts.evidence import Evidence
from txapi.record.ledger import KEY_FILE, LEDGER_FILE, Ledger

pytestmark = pytest.mark.only_on("sqlite", because="the files of a record are copied, as an auditor gets them")

LATE = ["--at", "2015-08-05", "--operation", "Tickets", "--variables", '{"first": 3}']


def run(*arguments: str) -> Result:
    """What a command comes to."""
    return CliRunner().invoke(txapi, list(arguments))


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory, store: str) -> Path:
    """The folder of the demonstration record, signed for."""
    folder = tmp_path_factory.mktemp("offline") / "data"
    for command in (["load", "tongxiang-2015", "tongxiang-2015-illustration"], ["checkpoint", "--sign"]):
        assert run(*command, "--data", str(folder)).exit_code == 0
    return folder


def shown(folder: Path, file: Path) -> Result:
    """`txapi show --receipt`."""
    return run("show", *LATE, "--receipt", str(file), "--data", str(folder), "--json")


def test_the_board_of_a_day_is_shown_with_a_receipt_that_comes_again(loaded: Path, tmp_path: Path) -> None:
    file = tmp_path / "tickets.receipt.json"

    result = shown(loaded, file)

    with open_to_read(loaded) as record:
        ledger = Ledger.open(loaded, record.record_id)
        verdict = check_receipt(file.read_bytes(), [ledger.vkey], record, root_of=ledger.root)
        ledger.close()
    written = json.loads(file.read_bytes())
    assert result.exit_code == 0, result.output
    assert written == json.loads(result.stdout)
    assert written["data"]["moment"]["tickets"]["totalCount"] > 0
    assert (verdict.holds, verdict.same_code, verdict.same_answer) == (True, True, True)
    # The snapshot is the whole record; the day asked about is one of the variables.
    assert Evidence.read(file.read_bytes()).carried.variables["at"] == {
        "position": written["data"]["moment"]["position"]
    }


def copied(folder: Path, to: Path, without: str) -> Path:
    """A copy of the folder without one of its files."""
    shutil.copytree(folder, to, ignore=shutil.ignore_patterns(without, "owner.lock"))
    return to


def test_a_copy_without_the_key_issues_no_receipt_and_says_so(loaded: Path, tmp_path: Path) -> None:
    copy = copied(loaded, tmp_path / "copy", KEY_FILE)

    result = shown(copy, tmp_path / "no.json")

    assert result.exit_code == 2
    assert "only its holder issues receipts" in result.stderr
    assert not (tmp_path / "no.json").exists()


def test_a_record_that_was_never_signed_for_has_no_receipts(loaded: Path, tmp_path: Path) -> None:
    copy = copied(loaded, tmp_path / "copy", f"{LEDGER_FILE}*")

    result = shown(copy, tmp_path / "no.json")

    assert result.exit_code == 2
    assert "nothing of this record was ever signed" in result.stderr
    assert not (tmp_path / "no.json").exists()


def test_without_a_receipt_nothing_is_signed(loaded: Path) -> None:
    result: Any = run("show", *LATE, "--data", str(loaded), "--json")

    assert result.exit_code == 0
    assert set(json.loads(result.stdout)["extensions"]) == {"position"}
