"""The record at a moment as plain tables 表格: one row per thing, for people who live in spreadsheets."""

from __future__ import annotations

from txapi.audit.tables.beside import Beside
from txapi.audit.tables.columns import Column, Kind, Line, Sheet
from txapi.audit.tables.contents import FAMILIES, SHEETS, SHEETS_BESIDE, Family, lines_of
from txapi.audit.tables.dictionary import DICTIONARY, dictionary
from txapi.audit.tables.extract import Extract

__all__ = [
    "DICTIONARY",
    "FAMILIES",
    "SHEETS",
    "SHEETS_BESIDE",
    "Beside",
    "Column",
    "Extract",
    "Family",
    "Kind",
    "Line",
    "Sheet",
    "dictionary",
    "lines_of",
]
