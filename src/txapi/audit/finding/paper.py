"""The sheet as PDF/A-3, with the receipt attached as a file."""

from __future__ import annotations

from pathlib import Path

from txapi.audit.finding.form import form_of
from txapi.audit.finding.sheet import Finding
from txapi.paper.typesetting import typeset

TEMPLATE = Path(__file__).with_name("sheet.typ")


def paper(finding: Finding) -> bytes:
    """The sheet as a PDF. NoPaper where the extra `paper` is not installed."""
    return typeset(TEMPLATE, form_of(finding), finding.issued_at, file=finding.evidence.file.decode())
