"""`txapi finding`: what it writes, and what it refuses to print."""

from __future__ import annotations

import json
from pathlib import Path

import pypdf
import pytest
from click.testing import CliRunner, Result

from tests.projections.ticket_city import furnished_and_told
from txapi.cli.root import txapi
from txapi.paper import typesetting
from txapi.receipts.check import check_receipt
from txapi.record import Record
from txapi.record.ledger import Ledger


@pytest.fixture(scope="module")
def unsigned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The record of a summer of tickets, of which nothing was signed."""
    folder = tmp_path_factory.mktemp("summer")
    city, _ = furnished_and_told(folder)
    city.close()
    return folder


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another one, which is signed for."""
    folder = tmp_path_factory.mktemp("signed")
    city, _ = furnished_and_told(folder)
    city.close()
    assert CliRunner().invoke(txapi, ["checkpoint", "--sign", "--data", str(folder)]).exit_code == 0
    return folder


def finding(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(txapi, ["finding", *arguments, "--data", str(folder)])


def test_a_question_is_printed_with_its_receipt(signed, tmp_path):
    out = tmp_path / "out"

    result = finding(signed, "1", "--at", "2015-08-20", "--unit", "市国土部门", "--out", str(out), "--json")

    assert result.exit_code == 0, result.output
    assert [Path(path).name for path in json.loads(result.stdout)["files"]] == [
        "receipt.json",
        "finding.html",
        "finding.pdf",
    ]
    assert "市国土部门" in (out / "finding.html").read_text(encoding="utf-8")
    assert (out / "finding.pdf").read_bytes().startswith(b"%PDF-1.7")


def test_the_receipt_that_is_written_holds_for_whoever_has_the_record(signed, tmp_path):
    finding(signed, "late-acceptances", "--at", "2015-08-20", "--out", str(tmp_path / "out"))

    with Record.open(signed, owner=False) as record:
        ledger = Ledger.open(signed, record.record_id)
        verdict = check_receipt(
            (tmp_path / "out" / "receipt.json").read_bytes(), [ledger.vkey], record, root_of=ledger.root
        )
        ledger.close()
    assert (verdict.holds, verdict.same_answer) == (True, True)


def test_the_receipt_inside_the_pdf_is_verified_with_a_bundle_as_the_sheet_says(signed, tmp_path):
    finding(signed, "1", "--at", "2015-08-20", "--out", str(tmp_path / "out"))
    attached = pypdf.PdfReader(tmp_path / "out" / "finding.pdf").attachments["receipt.json"][0]
    (tmp_path / "receipt.json").write_bytes(attached)
    bundle = str(tmp_path / "out.zip")
    assert CliRunner().invoke(txapi, ["export", bundle, "--data", str(signed)]).exit_code == 0
    vkey = json.loads(CliRunner().invoke(txapi, ["checkpoint", "--json", "--data", str(signed)]).stdout)["vkey"]

    checked = ["verify", str(tmp_path / "receipt.json"), "--bundle", bundle, "--vkey", vkey]
    result = CliRunner().invoke(txapi, checked)
    (tmp_path / "receipt.json").write_bytes(attached.replace(b'"data"', b'"dato"', 1))
    spoilt = CliRunner().invoke(txapi, checked)

    assert result.exit_code == 0, result.output
    assert spoilt.exit_code != 0


def test_the_sheet_is_of_the_moment_that_is_asked_for(signed, tmp_path):
    finding(signed, "Overview", "--at", "30", "--valid-on", "2015-08-01", "--out", str(tmp_path / "out"))

    variables = json.loads((tmp_path / "out" / "receipt.json").read_text())["extensions"]["receipt"]["variables"]
    assert variables["at"] == {"position": "30"}
    assert variables["validOn"] == "2015-08-01"


def test_without_the_typesetter_the_page_and_the_receipt_are_written_and_the_way_to_the_pdf_is_said(
    signed, tmp_path, monkeypatch
):
    monkeypatch.setattr(typesetting, "can_print", lambda: False)

    result = finding(signed, "1", "--at", "2015-08-20", "--out", str(tmp_path / "out"))

    assert result.exit_code == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["finding.html", "receipt.json"]
    assert "pip install 'tongxiang-record[paper]'" in result.stderr


def test_of_a_record_that_nobody_signed_for_nothing_is_printed(unsigned, tmp_path):
    result = finding(unsigned, "1", "--out", str(tmp_path / "out"))

    assert result.exit_code != 0
    assert "nothing of this record was ever signed" in result.output
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("99",), "there is no operation '99'"),
        (("NoSuchOperation", "--at", "3"), "there is no operation"),
        (("1", "--set", "colour=red"), "sets no variable"),
        (("leadership",), "asks for --set from="),
        (("1", "--valid-on", "yesterday"), "a day is written as"),
        (("1", "--prepared-on", "yesterday"), "a day is written as"),
        (("Tickets", "--valid-on", "2015-08-01"), "declares no $validOn"),
        (("Record", "--at", "3"), "declares no $at"),
        (("AcceptTicket", "--set", 'input={"ticket": "x"}'), "the operation was refused"),
    ],
)
def test_what_cannot_be_printed_is_refused_and_nothing_is_written(signed, tmp_path, arguments, said):
    result = finding(signed, *arguments, "--out", str(tmp_path / "out"))

    assert result.exit_code == 2
    assert said in result.output
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("2", "--set", "then=yesterday"), "Variable '$then' has invalid value: "),
        (("AcceptTicket", "--set", 'input={"ticket": "x"}'), "without a server a record can be read only"),
    ],
)
def test_where_there_is_nothing_to_attest_the_reason_is_said(signed, tmp_path, arguments, reason):
    result = finding(signed, *arguments, "--out", str(tmp_path / "out"))

    said = [line for line in result.stderr.splitlines() if line.startswith("Error: ")]
    assert result.exit_code == 2
    assert "there is no answer to attest" in said[0]
    assert said[1].startswith(f"Error: {reason}")


def test_nothing_is_written_over(signed, tmp_path):
    (tmp_path / "kept").write_text("kept")

    result = finding(signed, "1", "--out", str(tmp_path))

    assert result.exit_code == 2
    assert "not empty" in result.output
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]
