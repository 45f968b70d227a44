"""The sheet on paper: its text can be read back, its font is embedded, its QR code scans, and its receipt is attached."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pypdf
import pypdfium2
import pytest
import zxingcpp

from tests.audit.finding_made import CASE, made
from tests.printed import joined, words
from tests.receipts.notary import Notary
from txapi.audit.finding.blocks import texts_of
from txapi.audit.finding.form import form_of
from txapi.audit.finding.paper import paper
from txapi.audit.finding.sheet import Case, Finding
from txapi.paper import typesetting
from txapi.paper.typesetting import NoPaper

DOTS_PER_INCH = 200


@pytest.fixture(scope="module")
def notary(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Notary]:
    notary = Notary(tmp_path_factory.mktemp("notary"))
    yield notary
    notary.close()


@pytest.fixture(scope="module")
def finding(notary: Notary) -> Finding:
    return made(notary, "Tickets", first=3)


@pytest.fixture(scope="module")
def printed(finding: Finding) -> bytes:
    return paper(finding)


def fonts(pdf: bytes) -> dict[str, Any]:
    """The descriptor of every font on every page, by its name."""
    found = {}
    for page in pypdf.PdfReader(io.BytesIO(pdf)).pages:
        resources: Any = page["/Resources"]
        for font in resources["/Font"].values():
            below = font.get_object()["/DescendantFonts"][0].get_object()
            found[str(below["/BaseFont"])] = below["/FontDescriptor"].get_object()
    return found


def picture(page: pypdfium2.PdfPage) -> memoryview:
    """The page in shades of grey, as a scanner sees it."""
    bitmap = page.render(scale=DOTS_PER_INCH / 72, grayscale=True)
    rows = bytes(bitmap.buffer)
    flat = b"".join(rows[at : at + bitmap.width] for at in range(0, bitmap.stride * bitmap.height, bitmap.stride))
    return memoryview(flat).cast("B", (bitmap.height, bitmap.width))


def test_the_chinese_words_of_the_form_and_of_the_answer_can_be_read_back(finding, printed):
    text = words(printed)

    for word in (
        "审计取证单",
        "审计事项摘要",
        "被审计单位",
        "证据提供单位（被审计单位）意见",
        "单位（盖章）",
        "核验方法",
    ):
        assert word in text
    for word in (CASE.number, CASE.project, CASE.unit, CASE.auditor):
        assert word in text
    for told in texts_of(finding.answer):
        assert joined(told) in text


def test_every_page_says_which_of_how_many_it_is(printed):
    pages = len(pypdf.PdfReader(io.BytesIO(printed)).pages)
    text = words(printed)

    assert pages >= 2
    for page in range(1, pages + 1):
        assert f"第{page}页共{pages}页" in text


def test_every_font_is_embedded_as_a_subset_and_one_of_them_is_chinese(printed):
    found = fonts(printed)

    assert any("NotoSerifSC" in name for name in found)
    for name, descriptor in found.items():
        assert name[1:7].isupper(), name
        assert name[7] == "+", name
        assert "/FontFile3" in descriptor or "/FontFile2" in descriptor, name


def test_the_qr_code_on_the_rendered_page_reads_as_the_receipt(finding, printed):
    document = pypdfium2.PdfDocument(printed)

    read = [code.text for page in document for code in zxingcpp.read_barcodes(picture(page))]

    document.close()
    assert read == [finding.evidence.note]


def test_the_receipt_is_attached_to_the_pdf_as_a_file(finding, printed):
    attached = pypdf.PdfReader(io.BytesIO(printed)).attachments

    assert dict(attached.items()) == {"receipt.json": [finding.evidence.file]}
    assert json.loads(attached["receipt.json"][0])["extensions"]["receipt"]["note"] == finding.evidence.note


def test_the_pdf_says_that_it_is_for_archiving(printed):
    metadata = pypdf.PdfReader(io.BytesIO(printed)).xmp_metadata

    assert metadata is not None
    text = metadata.stream.get_data().decode()
    assert "<pdfaid:part>3</pdfaid:part>" in text
    assert "<pdfaid:conformance>B</pdfaid:conformance>" in text


def test_the_same_evidence_gives_the_same_bytes(finding, printed):
    assert paper(finding) == printed


def test_another_hash_seed_and_time_zone_give_the_same_bytes(finding, printed, tmp_path):
    import pickle

    (tmp_path / "finding").write_bytes(pickle.dumps(finding))
    program = (
        "import pickle, sys; from txapi.audit.finding.paper import paper;"
        " sys.stdout.buffer.write(paper(pickle.load(open(sys.argv[1], 'rb'))))"
    )

    for seed, zone in (("1", "UTC"), ("2", "America/New_York")):
        done = subprocess.run(
            [sys.executable, "-c", program, str(tmp_path / "finding")],
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone}, check=True, capture_output=True,
        )  # fmt: skip
        assert done.stdout == printed


def test_nothing_that_is_said_becomes_markup(notary):
    case = Case(unit='#panic("x") *bold* $x^2$ <label> @ref // comment', matter="= heading\n- list `raw` \\u{41}")

    text = words(paper(made(notary, case=case)))

    assert joined(case.unit) in text
    assert joined(case.matter) in text


def test_a_rare_character_of_a_name_is_printed_and_not_replaced(notary):
    assert "王喆垚镕" in words(paper(made(notary, case=Case(auditor="王喆垚镕"))))


def test_where_the_typesetter_is_missing_the_message_says_how_to_get_it(finding, monkeypatch):
    monkeypatch.setattr(typesetting, "can_print", lambda: False)

    with pytest.raises(NoPaper, match=r"pip install 'tongxiang-record\[paper\]'"):
        paper(finding)


def test_the_room_for_opinion_and_signatures_stands_behind_the_answer_and_before_the_annexes(finding):
    assert list(form_of(finding)) == ["title", "head", "summary", "evidence", "signing", "annexes"]
