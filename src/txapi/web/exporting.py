"""The door of lists that go out 导出: `GET /export/tickets.xlsx?at=2015-08-11&state=issued`, any table as of any moment."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import IO, Any
from urllib.parse import parse_qsl

import anyio
import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from txapi.audit.table_files.csv_files import CsvFiles, cell
from txapi.audit.table_files.workbook import Workbook
from txapi.audit.table_files.writing import ABOUT, about
from txapi.audit.tables import SHEETS, SHEETS_BESIDE, Beside, Extract, Line, Sheet
from txapi.audit.tables.columns import Column, Kind
from txapi.audit.tables.contents import lines_of_table
from txapi.domain.dates import day_from
from txapi.domain.errors import BadInput
from txapi.domain.permissions import FieldClass, may_read
from txapi.record.deadlines import Deadline, TimeIsUp
from txapi.schema.context import Context
from txapi.web.accepting import language_in
from txapi.web.answers import HttpError
from txapi.web.connecting import is_gone
from txapi.web.file_bodies import XLSX, disposition
from txapi.web.instance import Instance
from txapi.web.points import Point, point_of
from txapi.web.rates import OF_A_TABLE, Rates
from txapi.web.turns import LONG_POINTS, PacedDeadline, Turn, Turns
from txapi.web.viewers import Asking, Viewers

MOST_ROWS = 100_000
"""Rows of an answer at most, and rows that are looked at for it at most; `txapi export --tables` has no bound."""
MOST_SECONDS = 300.0
"""For how long a table is written, pauses included."""
AT_ONCE = 2
"""How many are written at the same time."""
EVENTS_TOLD = 10_000
CSV = "text/csv; charset=utf-8"
NAMES = frozenset({"at", "validOn", "events"})

_TABLES: dict[str, Sheet] = {sheet.name: sheet for sheet in (*SHEETS, *SHEETS_BESIDE)}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for: a table in a format, at a moment, and the values that columns must have."""

    sheet: Sheet
    format: str
    point: Point
    valid_on: date | None
    events: int
    having: Mapping[int, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Written:
    """A file that is written, and of which position it tells; it has no name any more, and goes when it is closed."""

    file: IO[bytes]
    position: int


class ExportDoor:
    """Gives tables to whoever may read. They are written to a file first, so that no snapshot waits for a slow client."""

    def __init__(self, instance: Instance, viewers: Viewers, rates: Rates, turns: Turns) -> None:
        self._instance = instance
        self._viewers = viewers
        self._rates = rates
        self._turns = turns
        self._limiter = anyio.CapacityLimiter(AT_ONCE)

    def route(self) -> Route:
        """Where tables are asked for."""
        return Route("/export/{table}.{format}", self._export, methods=["GET"])

    async def _export(self, request: Request) -> Response:
        host = request.client.host if request.client else None
        asking = await self._viewers.asking(request.headers.getlist("authorization"), host)
        self._rates.pay(asking, OF_A_TABLE)
        try:
            wanted = _wanted(request)
            _must_read(wanted.sheet, asking)
            writing = partial(self._write, wanted, asking, is_gone(request.scope))
            async with self._limiter:
                written = await self._turns.run(asking.client, writing)
        except TimeIsUp:
            message = f"this took longer than {MOST_SECONDS:g} s and was stopped; nothing was recorded"
            raise HttpError(503, "QUERY_TOO_SLOW", message) from None
        except BadInput as error:
            raise HttpError(400, error.code, str(error)) from error
        ending = f"-{written.position}.{wanted.format}"
        lang = language_in(request.scope)
        headers = {
            "cache-control": "no-store",
            "content-disposition": disposition(
                lang, f"{wanted.sheet.label.zh}{ending}", f"{wanted.sheet.name}{ending}"
            ),
            "x-txapi-position": str(written.position),
        }
        media_type = CSV if wanted.format == "csv" else XLSX
        return StreamingResponse(_parts(written.file), headers=headers, media_type=media_type)

    # -- in a worker thread ------------------------------------------------------------------------------------

    def _write(self, wanted: Wanted, asking: Asking, gone: Callable[[], bool], turn: Turn) -> Written:
        # A table is long from the beginning, and pauses for whoever asks what is short.
        turn.weigh(LONG_POINTS)
        context = self._instance.context(asking.viewer, signed_in=asking.signed_in)
        context.deadline = PacedDeadline(MOST_SECONDS, turn, is_gone=gone)
        context.name = f"/export/{wanted.sheet.name}"
        try:
            return self._written(context, wanted)
        finally:
            context.close()

    def _written(self, context: Context, wanted: Wanted) -> Written:
        reader = wanted.point.reader(context, wanted.valid_on)
        beside = Beside(context.ledger, context.deliveries, context.never_called)
        extract = Extract(reader, self._instance.record, beside)
        with tempfile.TemporaryDirectory(prefix="txapi-export-") as folder:
            path = Path(folder) / f"table.{wanted.format}"
            _fill(path, wanted, extract, context.deadline)
            context.leave_trace()
            return Written(path.open("rb"), reader.moment.position)


def _fill(path: Path, wanted: Wanted, extract: Extract, deadline: Deadline | None) -> None:
    """Write the file. HttpError TABLE_TOO_LARGE; TimeIsUp."""
    moment = extract.reader.moment
    writer: CsvFiles | Workbook
    if wanted.format == "csv":
        writer = CsvFiles([wanted.sheet], {wanted.sheet.name: path})
    else:
        title = f"txapi {extract.record.record_id} @ {moment.position}"
        writer = Workbook(path, [wanted.sheet, ABOUT], title, moment.recorded_at)
        for entry in about(extract, wanted.events):
            writer.write(ABOUT, ABOUT.cells(Line(entry, extract)))
    try:
        for cells in _rows(wanted, extract, deadline):
            writer.write(wanted.sheet, cells)
    except BaseException:
        writer.abandon()
        raise
    writer.close()


def _rows(wanted: Wanted, extract: Extract, deadline: Deadline | None) -> Iterator[Sequence[Any]]:
    for looked_at, line in enumerate(lines_of_table(wanted.sheet, extract, wanted.events), 1):
        if deadline is not None:
            deadline.check()
        if looked_at > MOST_ROWS:
            raise HttpError(
                413, "TABLE_TOO_LARGE", f"this table has more than {MOST_ROWS} rows: `txapi export --tables` writes all"
            )
        cells = wanted.sheet.cells(line)
        if all(cell(cells[at]) in values for at, values in wanted.having.items()):
            yield cells


async def _parts(file: IO[bytes]) -> Any:
    with file:
        while part := await anyio.to_thread.run_sync(file.read, 64 * 1024):
            yield part


def _must_read(sheet: Sheet, asking: Asking) -> None:
    """The same people as read the list by questions: HttpError FORBIDDEN."""
    internal = sheet.internal_of
    if internal is not None and not may_read(asking.viewer, internal, FieldClass.INTERNAL):
        raise HttpError(403, "FORBIDDEN", f"the role {asking.viewer.role.value} does not read the table {sheet.name}")


# -- what is asked -----------------------------------------------------------------------------------------------------


def _wanted(request: Request) -> Wanted:
    """What a request asks. HttpError NOT_FOUND, BAD_PARAMETER; BadInput BAD_DATE."""
    sheet, form = _TABLES.get(request.path_params["table"]), request.path_params["format"]
    if sheet is None or form not in ("csv", "xlsx"):
        raise HttpError(404, "NOT_FOUND", f"there are, as .csv and .xlsx: {', '.join(_TABLES)}")
    given: dict[str, set[str]] = {}
    for name, value in parse_qsl(request.url.query, keep_blank_values=True):
        given.setdefault(name, set()).add(value)
    columns = {column.name: at for at, column in enumerate(sheet.columns)}
    strange = sorted(given.keys() - NAMES - columns.keys())
    if strange:
        raise HttpError(400, "BAD_PARAMETER", f"{sheet.name} has no column {strange[0]!r}; it has {', '.join(columns)}")
    if sheet.of_now and given.keys() & {"at", "validOn"}:
        raise HttpError(400, "BAD_PARAMETER", f"{sheet.name} is kept as of now alone: it takes neither at nor validOn")
    for name in given.keys() & columns.keys():
        _must_be_codes(sheet.columns[columns[name]], given[name])
    valid_on = _one(given, "validOn")
    return Wanted(
        sheet,
        form,
        point_of(_one(given, "at")),
        day_from(valid_on) if valid_on else None,
        _events(_one(given, "events")),
        # A table may have a column of such a name: what is asked for by it is the moment all the same.
        {columns[name]: frozenset(values) for name, values in given.items() if name in columns.keys() - NAMES},
    )


def _must_be_codes(column: Column, values: set[str]) -> None:
    """Refuse what can stand in no row of a column: whoever mistypes a code must not take it that there is nothing."""
    codes = ("TRUE", "FALSE") if column.kind is Kind.BOOLEAN else column.codes
    strange = sorted(values - {*codes, ""})
    if codes and strange:
        message = f"{column.name} is one of {', '.join(codes)}, or empty, not {strange[0][:40]!r}"
        raise HttpError(400, "BAD_PARAMETER", message)


def _one(given: Mapping[str, set[str]], name: str) -> str:
    values = given.get(name, {""})
    if len(values) > 1:
        raise HttpError(400, "BAD_PARAMETER", f"{name} is said once")
    return next(iter(values))


def _events(text: str) -> int:
    if not text:
        return EVENTS_TOLD
    if not (text.isascii() and text.isdigit() and int(text[:9]) <= MOST_ROWS):
        raise HttpError(400, "BAD_PARAMETER", f"events is a number up to {MOST_ROWS}: how many to tell, the last ones")
    return int(text[:9])
