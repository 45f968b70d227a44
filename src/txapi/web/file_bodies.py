"""Bodies that are files: what a request says that its body is. A form is no file, and is what a page of another site could send."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from txapi.web.answers import HttpError

if TYPE_CHECKING:
    from starlette.requests import Request

CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHEETS = frozenset({CSV, XLSX, "application/vnd.ms-excel", "application/octet-stream"})
"""As what sheets are sent: the second last is what Excel has browsers say of both, the last is what a program says that does not know."""

FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})


def disposition(lang: str, chinese: str, plain: str, *, how: str = "attachment") -> str:
    """The Content-Disposition of a file that we write: its name follows the reader's language.

    Both names end the same. Who reads Chinese and knows no `filename*` is left with the plain one, which is ASCII.
    """
    if lang != "zh":
        return f'{how}; filename="{plain}"'
    return f"{how}; filename=\"{plain}\"; filename*=UTF-8''{quote(chinese)}"


def must_be_a_file(request: Request) -> None:
    """Refuse a form: HttpError UNSUPPORTED_MEDIA_TYPE. What the file is, its bytes say; who names no type may."""
    if _media_type(request) in FORMS:
        raise HttpError(
            415,
            "UNSUPPORTED_MEDIA_TYPE",
            "send the file itself as the body, with its own content-type; a form is no file",
        )


def must_be_a_sheet(request: Request) -> None:
    """Refuse whatever is named as something else than a sheet: HttpError UNSUPPORTED_MEDIA_TYPE."""
    if (told := _media_type(request)) and told not in SHEETS:
        raise HttpError(
            415, "UNSUPPORTED_MEDIA_TYPE", f"send the sheet itself as the body, as {CSV} or {XLSX}; a form is no sheet"
        )


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()
