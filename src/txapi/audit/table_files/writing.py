"""The writing of an extract: every row once, into every kind of file that is asked for, with what the extract is about."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from txapi.audit.table_files.csv_files import CsvFiles
from txapi.audit.table_files.sqlite_file import SqliteFile
from txapi.audit.table_files.workbook import Workbook
from txapi.audit.tables import DICTIONARY, SHEETS, Column, Extract, Kind, Line, Sheet, dictionary, lines_of
from txapi.domain.dates import SHANGHAI
from txapi.domain.labels import Label
from txapi.projections.project_rows import PROJECTS
from txapi.projections.select import Select
from txapi.projections.ticket_rows import TICKETS
from txapi.projections.views import fingerprint

FORMATS = ("csv", "xlsx", "sqlite")

ABOUT = Sheet(
    "about",
    Label(zh="说明", en="about"),
    Label(zh="本摘录出自哪条记录、哪个时点。", en="Of which record and moment this extract tells."),
    (
        Column("name", Kind.TEXT, "项", "What is said.", "about", lambda line: line.row[0]),
        Column("name_zh", Kind.TEXT, "项（中文）", "What is said, in Chinese.", "about", lambda line: line.row[1]),
        Column("value", Kind.TEXT, "内容", "What it is.", "about", lambda line: line.row[2]),
    ),
)

_APOSTROPHE = (
    "CSV中以 = + - @ 等开头的文本前加一个撇号，防止被当作公式；读取时去掉一个即可"
    " in CSV, a text that a spreadsheet could take for a formula has an apostrophe before it; take one away to read it"
)

OnProgress = Callable[[int, int], None]


@dataclass(frozen=True)
class Written:
    """What was written: the files, and how many rows each table has."""

    files: tuple[Path, ...]
    rows: dict[str, int]


class _Files:
    """Every kind of file at once."""

    def __init__(self, folder: Path, formats: Collection[str], extract: Extract) -> None:
        everything = (ABOUT, DICTIONARY, *SHEETS)
        self._writers: list[Workbook | SqliteFile] = []
        paths = {ABOUT.name: folder / "about.csv", DICTIONARY.name: folder / "data-dictionary.csv"}
        listed: tuple[Sheet, ...] = (ABOUT, DICTIONARY)
        if "csv" in formats:
            (folder / "csv").mkdir()
            paths |= {sheet.name: folder / "csv" / f"{sheet.name}.csv" for sheet in SHEETS}
            listed = everything
        self._csv, self._in_csv = CsvFiles(listed, paths), {sheet.name for sheet in listed}
        if "xlsx" in formats:
            moment = extract.reader.moment
            title = f"txapi {extract.record.record_id} @ {moment.position}"
            self._writers.append(Workbook(folder / "tables.xlsx", everything, title, moment.recorded_at))
        if "sqlite" in formats:
            self._writers.append(SqliteFile(folder / "tables.sqlite", everything))

    def write(self, sheet: Sheet, cells: Sequence[Any]) -> None:
        """Add a row to the table in every file."""
        if sheet.name in self._in_csv:
            self._csv.write(sheet, cells)
        for writer in self._writers:
            writer.write(sheet, cells)

    def close(self) -> None:
        """Finish every file."""
        for writer in (self._csv, *self._writers):
            writer.close()

    def abandon(self) -> None:
        """Let go of every file, unfinished."""
        for writer in (self._csv, *self._writers):
            writer.abandon()


def write_tables(
    extract: Extract,
    folder: Path,
    formats: Collection[str] = FORMATS,
    events_max: int = 0,
    on_progress: OnProgress | None = None,
) -> Written:
    """Write the tables of an extract into a new or empty folder, in the formats asked for.

    Always with `about.csv` and `data-dictionary.csv`. Of the events the last `events_max` are told. `on_progress` is
    told how many rows are done, and how many there may be. Whoever interrupts it finds the folder empty.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".unfinished-") as beside:
        rows = _write(extract, Path(beside), formats, events_max, on_progress)
        for path in sorted(Path(beside).iterdir()):
            path.rename(folder / path.name)
    files = tuple(sorted(path for path in folder.rglob("*") if path.is_file()))
    return Written(files, {sheet.name: rows[sheet.name] for sheet in SHEETS})


def _write(
    extract: Extract, folder: Path, formats: Collection[str], events_max: int, on_progress: OnProgress | None
) -> Counter[str]:
    """Write the files; how many rows each table has."""
    rows: Counter[str] = Counter()
    expected = _expected(extract, events_max)
    files = _Files(folder, formats, extract)
    try:
        for entry in about(extract, events_max):
            files.write(ABOUT, ABOUT.cells(Line(entry, extract)))
        for told in dictionary():
            files.write(DICTIONARY, DICTIONARY.cells(Line(told, extract)))
        for done, (sheet, line) in enumerate(lines_of(extract, events_max), start=1):
            files.write(sheet, sheet.cells(line))
            rows[sheet.name] += 1
            if on_progress is not None and done % 500 == 0:
                on_progress(done, max(expected, done))
    except BaseException:
        files.abandon()
        raise
    files.close()
    if on_progress is not None:
        on_progress(expected, expected)
    return rows


def _expected(extract: Extract, events_max: int) -> int:
    """About how many rows there will be: a project comes to some twenty, a ticket to some eight."""
    nouns = 20 * Select(PROJECTS, extract.reader).count() + 8 * Select(TICKETS, extract.reader).count()
    return nouns + min(events_max, extract.reader.moment.position) + 1


def about(extract: Extract, events_max: int) -> Iterator[tuple[str, str, str]]:
    """What an extract says of itself: name, Chinese name, value."""
    moment = extract.reader.moment

    def local(when: datetime) -> str:
        return when.astimezone(SHANGHAI).isoformat()

    last = moment.position
    yield "record_id", "记录标识", extract.record.record_id
    yield "position", "位置", str(last)
    yield "recorded_at", "该位置记录时间", local(moment.recorded_at) if last else ""
    yield "clock", "判定时钟", local(moment.clock)
    yield "valid_on", "事实截止日", moment.valid_on.isoformat() if moment.valid_on else "不限 every known fact counts"
    yield "code_version", "程序版本", version("tongxiang-record")
    yield "read_models", "读模型指纹", fingerprint()
    yield "events", "所列事件", f"{min(events_max, last)} / {last}"
    yield "time_zone", "时区", "Asia/Shanghai 北京时间"
    yield "lists", "多值分隔", "同一格内多个值以；分隔 several values in one cell are separated by ；"
    yield "apostrophe", "撇号", _APOSTROPHE
