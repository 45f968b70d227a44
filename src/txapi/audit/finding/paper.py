"""The sheet as PDF/A-3: Chinese set with an embedded font, the receipt attached as a file, the same bytes every time."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

from txapi.audit.finding.form import form_of
from txapi.audit.finding.sheet import Finding
from txapi.domain.errors import BadInput

TEMPLATE = Path(__file__).with_name("sheet.typ")


class NoPaper(BadInput):
    """The typesetter or the font is not installed."""

    def __init__(self) -> None:
        super().__init__(
            "NO_PAPER",
            "printing needs a typesetter and a Chinese font: pip install 'tongxiang-record[paper]'",
        )


def can_print() -> bool:
    """Whether the typesetter and the font are installed."""
    return find_spec("typst") is not None and find_spec("pylopdf_fonts_zh_cn") is not None


def paper(finding: Finding) -> bytes:
    """The sheet as a PDF. NoPaper where the extra `paper` is not installed."""
    if not can_print():
        raise NoPaper
    import pylopdf_fonts_zh_cn as fonts
    import typst

    # The answer goes in as data, never as markup. Nothing of the machine comes in: no system font, no package, no clock.
    made = typst.Compiler(
        TEMPLATE.read_bytes(),
        font_paths=typst.Fonts(include_system_fonts=False, font_paths=[str(fonts.serif_path().parent)]),
        ignore_system_fonts=True,
        sys_inputs={"form": json.dumps(form_of(finding), ensure_ascii=False), "file": finding.evidence.file.decode()},
    ).compile(format="pdf", pdf_standards="a-3b", timestamp=int(finding.issued_at.timestamp()))
    assert isinstance(made, bytes)
    return made
