"""Reading .xlsx: numbers by the text that stands in the file, every part bounded, nothing of XML that could be a bomb."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from xml.parsers import expat

from txapi.domain.errors import BadInput
from txapi.imports.cells import MOST_CHARACTERS, MOST_COLUMNS, MOST_ROWS, Grid, Unreadable, Value, too_many
from txapi.imports.wrong import Wrong

MOST_PARTS = 500
MOST_BYTES = 48 * 1024 * 1024
"""Of a part when it is unpacked, whatever the archive says of its size; five thousand full rows take about a tenth."""
MOST_SHEETS = 32
SCAN_ROWS = 4 * MOST_ROWS
"""So many rows may stand in a worksheet, most of them empty."""

DIGITS_MAX = 15
"""How many digits Excel keeps of a number."""

_DATES = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
"""Number formats that Excel has built in for days and times, those of Chinese versions among them."""
_QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
_PLACE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")

Handler = Callable[[str, dict[str, str]], None]


def read_workbook(content: bytes) -> list[Grid]:
    """The visible worksheets of a workbook, in order. BadInput BAD_WORKBOOK, SHEET_TOO_LARGE."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return _Workbook(archive).grids()
    except (zipfile.BadZipFile, zlib.error, expat.ExpatError, NotImplementedError, EOFError, RuntimeError) as error:
        raise BadInput("BAD_WORKBOOK", f"this is no workbook in the format .xlsx: {error}") from error


class _Workbook:
    """One archive: what its parts say of strings, formats and sheets."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        if len(archive.infolist()) > MOST_PARTS:
            raise too_many("parts", MOST_PARTS)
        self._archive = archive
        self._names = set(archive.namelist())
        self._left = MOST_BYTES
        self._1904 = False
        self._strings: list[str] = []
        self._dates: list[bool] = []

    def grids(self) -> list[Grid]:
        if "xl/workbook.xml" not in self._names:
            raise BadInput("BAD_WORKBOOK", "this archive holds no workbook: xl/workbook.xml is missing")
        sheets = self._sheets()
        if "xl/sharedStrings.xml" in self._names:
            self._strings = _Strings.of(self._part("xl/sharedStrings.xml"))
        if "xl/styles.xml" in self._names:
            self._dates = _date_styles(self._part("xl/styles.xml"))
        return [self._grid(name, path) for name, path in sheets]

    def _part(self, name: str) -> bytes:
        """A part, unpacked as far as all parts together may be large."""
        with self._archive.open(name) as part:
            content = part.read(self._left + 1)
        if len(content) > self._left:
            raise too_many("bytes when it is unpacked", MOST_BYTES)
        self._left -= len(content)
        return content

    def _sheets(self) -> list[tuple[str, str]]:
        """The visible worksheets: their names and parts."""
        listed: list[tuple[str, str]] = []
        targets: dict[str, str] = {}

        def of_workbook(name: str, given: dict[str, str]) -> None:
            if name == "workbookPr":
                self._1904 = given.get("date1904") in ("1", "true")
            elif name == "sheet" and given.get("state", "visible") == "visible":
                listed.append((given.get("name", ""), given.get("id", "")))

        def of_relations(name: str, given: dict[str, str]) -> None:
            if name == "Relationship" and given.get("Type", "").endswith("/worksheet"):
                target = given.get("Target", "")
                targets[given.get("Id", "")] = target[1:] if target.startswith("/") else f"xl/{target}"

        _parse(self._part("xl/workbook.xml"), of_workbook)
        if "xl/_rels/workbook.xml.rels" in self._names:
            _parse(self._part("xl/_rels/workbook.xml.rels"), of_relations)
        if len(listed) > MOST_SHEETS:
            raise too_many("worksheets", MOST_SHEETS)
        return [(name, targets[id]) for name, id in listed if targets.get(id) in self._names]

    def _grid(self, name: str, path: str) -> Grid:
        reading = _Cells(self._strings, self._dates, self._1904)
        _parse(self._part(path), reading.start, reading.end, reading.text)
        return Grid(name, reading.rows)


def _parse(
    content: bytes,
    start: Handler,
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> None:
    """Read XML without a document type: what is declared there is what bombs are made of."""

    def refuse(*_: Any) -> None:
        raise BadInput("BAD_WORKBOOK", "a part of this workbook declares a document type; no office program does")

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = lambda name, given: start(
        name.rpartition(" ")[2], {key.rpartition(" ")[2]: value for key, value in given.items()}
    )
    if end is not None:
        parser.EndElementHandler = lambda name: end(name.rpartition(" ")[2])
    if text is not None:
        parser.CharacterDataHandler = text
    parser.Parse(content, True)


class _Strings:
    """The strings that cells share; what only says how one is pronounced is left out."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._parts: list[str] = []
        self._aside = 0
        self._in_text = False

    @classmethod
    def of(cls, content: bytes) -> list[str]:
        """The strings in their order."""
        reading = cls()
        _parse(content, reading.start, reading.end, reading.text)
        return reading.found

    def start(self, name: str, given: dict[str, str]) -> None:
        if name == "si":
            self._parts = []
        elif name == "rPh":
            self._aside += 1
        self._in_text = name == "t" and not self._aside

    def end(self, name: str) -> None:
        self._in_text = False
        if name == "rPh":
            self._aside -= 1
        elif name == "si":
            self.found.append("".join(self._parts))

    def text(self, text: str) -> None:
        if self._in_text:
            self._parts.append(text)


def _date_styles(content: bytes) -> list[bool]:
    """For each style of a cell, whether its numbers are shown as days or times."""
    own: dict[str, str] = {}
    styles: list[bool] = []
    within: list[str] = []

    def start(name: str, given: dict[str, str]) -> None:
        within.append(name)
        if name == "numFmt":
            own[given.get("numFmtId", "")] = given.get("formatCode", "")
        elif name == "xf" and "cellXfs" in within:
            number = given.get("numFmtId", "0")
            styles.append(_shows_days(own[number]) if number in own else number.isdigit() and int(number) in _DATES)

    def end(_: str) -> None:
        within.pop()

    _parse(content, start, end)
    return styles


def _shows_days(code: str) -> bool:
    return any(sign in "ymdhs年月日" for sign in _QUOTED.sub("", code.lower().split(";")[0]))


class _Cells:
    """The cells of one worksheet, as the parser comes by them."""

    def __init__(self, strings: list[str], dates: list[bool], since_1904: bool) -> None:
        self.rows: dict[int, list[Value]] = {}
        self._strings, self._dates, self._1904 = strings, dates, since_1904
        self._row, self._column = 0, -1
        self._kind, self._style, self._formula = "n", 0, False
        self._held: list[str] = []
        self._aside, self._wanted = 0, False

    def start(self, name: str, given: dict[str, str]) -> None:
        self._wanted = False
        if name == "row":
            told = given.get("r", "")
            self._row = int(told) if told.isdecimal() else self._row + 1
            self._column = -1
            if not 0 < self._row <= SCAN_ROWS:
                raise too_many("rows", MOST_ROWS)
        elif name == "c":
            self._begin(given)
        elif name == "f":
            self._formula = True
        elif name == "rPh":
            self._aside += 1
        else:
            self._wanted = name in ("v", "t") and not self._aside

    def _begin(self, given: dict[str, str]) -> None:
        place = _PLACE.fullmatch(given.get("r", ""))
        self._column += 1
        if place:
            self._column = 0
            for letter in place[1]:
                self._column = self._column * 26 + ord(letter) - 64
            self._column -= 1
        style = given.get("s", "0")
        self._kind, self._style = given.get("t", "n"), int(style) if style.isdecimal() else 0
        self._held, self._formula = [], False

    def text(self, text: str) -> None:
        if self._wanted:
            self._held.append(text)

    def end(self, name: str) -> None:
        self._wanted = False
        if name == "rPh":
            self._aside -= 1
        elif name == "c":
            self._take(self._value("".join(self._held)))

    def _take(self, value: Value) -> None:
        if value is None:
            return
        if self._column >= MOST_COLUMNS:
            raise too_many("columns", MOST_COLUMNS)
        row = self.rows.setdefault(self._row, [])
        if len(self.rows) > MOST_ROWS + 50:
            raise too_many("rows", MOST_ROWS)
        row.extend([None] * (self._column + 1 - len(row)))
        row[self._column] = value

    def _value(self, held: str) -> Value:
        if not held:
            return Unreadable(_NO_RESULT) if self._formula else None
        match self._kind:
            case "s":
                at = int(held) if held.isdecimal() else len(self._strings)
                if at >= len(self._strings):
                    raise BadInput("BAD_WORKBOOK", "a cell names a text that the workbook does not hold")
                return text_value(self._strings[at])
            case "inlineStr" | "str":
                return text_value(held)
            case "b":
                return "TRUE" if held == "1" else "FALSE"
            case "e":
                return Unreadable(Wrong("CELL_HOLDS_AN_ERROR", "Excel says {held} here", held=held))
            case "d":
                return text_value(held.removesuffix("T00:00:00"))
            case _:
                number = exact(held)
                dated = self._style < len(self._dates) and self._dates[self._style]
                return self._day(number) if dated and isinstance(number, Decimal) else number

    def _day(self, serial: Decimal) -> Value:
        # Excel counts a 29 February 1900 that never was: what lies before it is off by one there, and older than this record.
        first = date(1904, 1, 1) if self._1904 else date(1899, 12, 30)
        if serial != int(serial) or not 61 <= serial < 110_000:
            return Unreadable(_NO_DAY)
        return first + timedelta(days=int(serial))


_NO_RESULT = Wrong(
    "FORMULA_WITHOUT_A_RESULT",
    "this formula was saved without its result: open and save the file in Excel, or write the value",
)
_NO_DAY = Wrong("NOT_A_DAY", "a day belongs here, and this is a time, or no day at all")


def text_value(text: str) -> Value:
    """A text without space around it; None for nothing."""
    text = text.strip()
    if len(text) > MOST_CHARACTERS:
        return Unreadable(Wrong("CELL_TOO_LONG", "a cell has at most {most} characters", most=str(MOST_CHARACTERS)))
    return text or None


def exact(text: str) -> Decimal | Unreadable:
    """The decimal that a number in a workbook stands for, where it is certain which.

    A workbook holds binary numbers: 4.85 is written 4.8499999999999996. The shortest decimal that is the same number is what was
    typed, as long as it has no more digits than Excel keeps. What has more was computed, and no longer is any exact figure.
    """
    try:
        written, number = Decimal(text), float(text)
        shortest = Decimal(repr(number))
        forms = {Decimal(format(number, f".{digits}g")) for digits in (DIGITS_MAX, 16, 17)}
    except (InvalidOperation, ValueError, OverflowError):
        return Unreadable(Wrong("NOT_A_NUMBER", "this is no number: {written}", written=text[:40]))
    if not shortest.is_finite() or abs(shortest) >= Decimal(10) ** 21:
        return Unreadable(Wrong("NOT_A_NUMBER", "this is no number: {written}", written=text[:40]))
    digits = len(shortest.normalize().as_tuple().digits)
    if digits > DIGITS_MAX or (written != shortest and written not in forms):
        return Unreadable(
            Wrong(
                "NUMBER_IS_NOT_EXACT",
                "{written} is no exact decimal: round it to the digits that are meant (ROUND), or write it as text",
                written=text[:40],
            )
        )
    whole = shortest.normalize()
    return whole.quantize(Decimal(1)) if whole == whole.to_integral_value() else whole
