"""Sheets that come in 导入: figures, milestones and tickets from .xlsx and .csv, read exactly, all of a file or nothing."""

from __future__ import annotations

from txapi.imports.importing import KINDS, Asked, Report, import_sheet
from txapi.imports.template import write_template

__all__ = ["KINDS", "Asked", "Report", "import_sheet", "write_template"]
