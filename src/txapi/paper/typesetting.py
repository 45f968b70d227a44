"""The typesetter 排版: a template and a form of plain data become PDF/A, with the font embedded and nothing of the machine."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from txapi.domain.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

HERE = Path(__file__).parent
"""What templates have in common lies here: they say `#import "paper.typ"`."""


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


def typeset(template: Path, form: Mapping[str, Any], dated: datetime, **texts: str) -> bytes:
    """The form as a PDF/A-3 that says it was made at `dated`. `texts` are further inputs of the template.

    NoPaper where the extra `paper` is not installed.
    """
    if not can_print():
        raise NoPaper
    import pylopdf_fonts_zh_cn as fonts
    import typst

    # The form goes in as data, never as markup. Nothing of the machine comes in: no system font, no package, no clock.
    made = typst.Compiler(
        template.read_bytes(),
        root=HERE,
        font_paths=typst.Fonts(include_system_fonts=False, font_paths=[str(fonts.serif_path().parent)]),
        ignore_system_fonts=True,
        sys_inputs={"form": json.dumps(form, ensure_ascii=False), **texts},
    ).compile(format="pdf", pdf_standards="a-3b", timestamp=int(dated.timestamp()))
    assert isinstance(made, bytes)
    return made
