"""What a file may be called: whatever people call their files, and nothing that a system or a reader takes for something else."""

from __future__ import annotations

import pytest

from txapi.domain.errors import BadInput
from txapi.domain.file_names import TYPES, checked_file_name


@pytest.mark.parametrize(
    "name", ["签收回执（盖章）.pdf", "scan 2015-08-11.PDF", "a..b.pdf", "é.pdf", "表" * 65 + ".pdf"]
)
def test_names_that_people_give_are_taken(name: str) -> None:
    assert checked_file_name(name, "application/pdf").endswith(name[-4:])


def test_a_name_is_kept_in_its_composed_form() -> None:
    assert checked_file_name("e\u0301.pdf", "application/pdf") == "é.pdf"


@pytest.mark.parametrize(
    "name",
    [
        "", ".pdf", " a.pdf", "a.pdf ", "a.pdf.", "../a.pdf", "a/b.pdf", "C:\\a.pdf", "a:b.pdf", "a\0.pdf", "a\n.pdf",
        "fdp\u202egnp.pdf", "a\u200b.pdf", "a\u2028.pdf", "a\ud800.pdf", "con.pdf", "LPT1.pdf", "nul.tar.pdf", "a<b>.pdf",
        "表" * 66 + "a.pdf", "scan.png", "scan", "scan.pdf.exe",
    ],
)  # fmt: skip
def test_names_that_deceive_or_cannot_be_stored_are_refused(name: str) -> None:
    with pytest.raises(BadInput) as refused:
        checked_file_name(name, "application/pdf")

    assert refused.value.code == "BAD_FILE_NAME"


@pytest.mark.parametrize("name", ["notes.md", "setup.exe", "drawing.svg", "scan", "pdf"])
def test_before_the_bytes_are_there_a_name_of_no_type_is_told_the_endings_that_are_taken(name: str) -> None:
    with pytest.raises(BadInput) as refused:
        checked_file_name(name)

    assert refused.value.code == "BAD_FILE_NAME"
    assert all(f".{ending}" in str(refused.value) for endings in TYPES.values() for ending in endings)
    assert "application/pdf" not in str(refused.value)


def test_every_type_has_an_ending_and_no_two_types_share_one() -> None:
    endings = [ending for taken in TYPES.values() for ending in taken]

    assert all(TYPES.values())
    assert len(set(endings)) == len(endings)
