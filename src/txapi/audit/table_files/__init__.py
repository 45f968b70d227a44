"""Files for people who live in spreadsheets: CSV, an Excel workbook and a SQLite file, all of the same rows."""

from __future__ import annotations

from txapi.audit.table_files.writing import FORMATS, Written, write_tables

__all__ = ["FORMATS", "Written", "write_tables"]
