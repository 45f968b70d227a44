"""The door of paper forms 公文: `GET /forms/ticket/2015-0003.pdf?at=&lang=`, `GET /forms/report/wutong/2015-07.pdf`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

import anyio
import anyio.to_thread
from starlette.responses import Response
from starlette.routing import Route

from txapi.domain.errors import BadInput
from txapi.forms.evidence import Evidence
from txapi.forms.pinned import Pinned
from txapi.forms.printing import Printable, Printed, asked, print_form
from txapi.forms.report import MonthlyReport, month_from
from txapi.forms.ticket import TicketForm
from txapi.web.answers import HttpError
from txapi.web.etags import CACHED, Question, held_tags, standing_of
from txapi.web.file_bodies import disposition
from txapi.web.operations import operations
from txapi.web.points import Point, point_of
from txapi.web.rates import OF_A_FORM

if TYPE_CHECKING:
    from starlette.requests import Request

    from txapi.schema.context import Context
    from txapi.web.instance import Instance
    from txapi.web.rates import Rates
    from txapi.web.viewers import Asking, Viewers

PDF = "application/pdf"
NAMES = frozenset({"at", "lang"})
LANGUAGES = ("zh", "en")

_STATUS = {
    "NO_SUCH_TICKET": 404,
    "NO_SUCH_UNIT": 404,
    "NO_PAPER": 501,
    "NOT_YET_VISIBLE": 503,
    "STORE_DAMAGED": 503,
    "UNAVAILABLE": 503,
}
"""What a form cannot be printed for, where it is not the request that is wrong."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for: a form, by the parts of its path; of which point; in which language; and the tags that are held."""

    parts: dict[str, str]
    point: Point
    lang: str
    held: frozenset[str]

    def form(self, moment: Pinned) -> Printable:
        """The form at a moment. BadInput BAD_MONTH, MONTH_NOT_BEGUN."""
        if "month" in self.parts:
            return MonthlyReport(self.parts["unit"], *month_from(self.parts["month"]), moment)
        return TicketForm(self.parts["ticket"], moment)


class FormDoor:
    """Prints forms for whoever may read what stands on them."""

    def __init__(self, instance: Instance, viewers: Viewers, rates: Rates) -> None:
        self._instance = instance
        self._viewers = viewers
        self._rates = rates
        self._documents = {name: path.read_text(encoding="utf-8") for name, path in operations().items()}
        # A form takes the typesetter a tenth of a second; questions keep their threads.
        self._limiter = anyio.CapacityLimiter(2)

    def routes(self) -> list[Route]:
        """Where forms are asked for."""
        return [
            Route("/forms/ticket/{ticket}.pdf", self._form, methods=["GET"]),
            Route("/forms/report/{unit}/{month}.pdf", self._form, methods=["GET"]),
        ]

    async def _form(self, request: Request) -> Response:
        host = request.client.host if request.client else None
        asking = await self._viewers.asking(request.headers.getlist("authorization"), host)
        self._rates.pay(asking, OF_A_FORM)
        try:
            wanted = _wanted(request)
            tag, printed = await anyio.to_thread.run_sync(self._print, wanted, asking, limiter=self._limiter)
        except BadInput as error:
            raise HttpError(_STATUS.get(error.code, 400), error.code, str(error)) from error
        headers = {"etag": tag, "content-language": wanted.lang, **CACHED}
        if printed is None:
            return Response(None, 304, headers)
        chinese, plain = printed.names
        headers["content-disposition"] = disposition(wanted.lang, f"{chinese}.pdf", f"{plain}.pdf", how="inline")
        return Response(printed.content, headers=headers, media_type=PDF)

    # -- in a worker thread ------------------------------------------------------------------------------------

    def _print(self, wanted: Wanted, asking: Asking) -> tuple[str, Printed | None]:
        """The form's tag, and the form; None for one that its client has."""
        context = self._instance.context(asking.viewer, signed_in=asking.signed_in)
        try:
            return self._printed(context, asking, wanted)
        finally:
            context.close()

    def _printed(self, context: Context, asking: Asking, wanted: Wanted) -> tuple[str, Printed | None]:
        form = wanted.form(Pinned.of(wanted.point.reader(context).moment))
        document = self._documents[form.operation]
        instance = self._instance
        printing = asked(form, document, wanted.lang)
        question = Question(
            instance.record.record_id,
            asking.viewer,
            asking.signed_in,
            context.language,
            f"{PDF} {wanted.lang}",
            printing,
        )
        tag = question.tag(standing_of(context), context.now)
        if tag in wanted.held:
            return tag, None
        evidence = Evidence(instance.record.record_id, instance.record.store.read, instance.ledger)
        return tag, print_form(form, document, context, evidence, wanted.lang)


def _wanted(request: Request) -> Wanted:
    """What a request asks. HttpError BAD_PARAMETER; BadInput BAD_DATE."""
    given = dict(parse_qsl(request.url.query, keep_blank_values=True))
    strange = sorted(given.keys() - NAMES)
    if strange:
        raise HttpError(400, "BAD_PARAMETER", f"/forms takes {', '.join(sorted(NAMES))}, not {strange[0]!r}")
    lang = given.get("lang") or LANGUAGES[0]
    if lang not in LANGUAGES:
        raise HttpError(400, "BAD_PARAMETER", f"lang is zh or en, not {lang[:20]!r}")
    held = held_tags(request.headers.get("if-none-match", ""))
    return Wanted(dict(request.path_params), point_of(given.get("at", "")), lang, held)
