"""The door of sheets that come in 导入: `POST /import` checks or records a file, `GET /import/figures.xlsx` gives its template."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

import anyio
import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from txapi.application.attempts import remember_refused
from txapi.application.desk import Desk
from txapi.domain.attempt import FORBIDDEN, OF_AUTHORITY
from txapi.domain.errors import BadInput, Refusal
from txapi.domain.event import Actor
from txapi.domain.permissions import ACTING_ROLES
from txapi.imports import KINDS, Asked, import_sheet, write_template
from txapi.imports.importing import Report
from txapi.record.conflicts import AppendUncertain
from txapi.schema.context import checked_text
from txapi.schema.error_table import said_in
from txapi.web.accepting import language_in
from txapi.web.answers import HttpError, json_response
from txapi.web.file_bodies import XLSX, disposition, must_be_a_sheet
from txapi.web.viewers import CHALLENGE, Asking, Viewers

if TYPE_CHECKING:
    from collections.abc import Callable

    from txapi.web.instance import Instance

UNCERTAIN = "whether this was recorded is not known; send the file again: what was recorded is not recorded twice"
NAMES = frozenset({"file", "kind", "record", "correct", "reason"})


class ImportDoor:
    """Takes files from people who are signed in. The largest file is the largest body of a request (`TXAPI_MAX_BODY_BYTES`).

    `command_ended` is told what became of each import that was to be recorded.
    """

    def __init__(
        self, instance: Instance, viewers: Viewers, command_ended: Callable[[str, str], None] | None = None
    ) -> None:
        self._instance = instance
        self._viewers = viewers
        self._command_ended = command_ended
        # A file takes a second of work at most; questions keep their threads.
        self._limiter = anyio.CapacityLimiter(2)

    def routes(self) -> list[Route]:
        """Where files come in, and where their templates are."""
        return [
            Route("/import", self._import, methods=["POST"]),
            Route("/import/{kind}.xlsx", self._template, methods=["GET"]),
        ]

    async def _import(self, request: Request) -> Response:
        asking = await self._signed_in(request)
        must_be_a_sheet(request)
        asked = _asked(request, await request.body())
        outcome = "failed"
        try:
            report = await anyio.to_thread.run_sync(
                _imported, self._instance.desk, asking.viewer, asked, limiter=self._limiter
            )
            outcome = "done" if report.recorded or not report.problems else "refused"
        except BadInput as error:
            outcome = "invalid"
            raise HttpError(400, error.code, str(error)) from error
        except Refusal as refusal:
            outcome = "refused"
            names = self._instance.desk.unit_names(refusal.unit_codes)
            raise HttpError(409, refusal.code, refusal.message(language_in(request.scope), names)) from refusal
        except AppendUncertain as error:
            raise HttpError(503, "UNCERTAIN", UNCERTAIN) from error
        finally:
            if self._command_ended is not None and asked.record:
                self._command_ended("import", outcome)
        told = report.told()
        for problem in told["problems"]:
            if problem["zh"] == problem["en"]:
                # What a value says of itself is said in English, and here is the table with the same in Chinese.
                problem["zh"] = said_in("zh", problem["code"], problem["en"])
        return json_response(told)

    async def _template(self, request: Request) -> Response:
        await self._viewers.asking(request.headers.getlist("authorization"))
        kind = KINDS.get(request.path_params["kind"])
        if kind is None:
            raise HttpError(404, "NOT_FOUND", f"there are templates of {', '.join(KINDS)}")
        making = partial(write_template, kind, self._instance.record)
        content = await anyio.to_thread.run_sync(making, limiter=self._limiter)
        name = disposition(language_in(request.scope), f"{kind.label.zh}模板.xlsx", f"{kind.name}.xlsx")
        headers = {"cache-control": "no-store", "content-disposition": name}
        return Response(content, headers=headers, media_type=XLSX)

    async def _signed_in(self, request: Request) -> Asking:
        """Who imports. The same people as may give commands: HttpError UNAUTHENTICATED, FORBIDDEN."""
        asking = await self._viewers.asking(request.headers.getlist("authorization"))
        if not asking.signed_in:
            raise HttpError(
                401,
                "UNAUTHENTICATED",
                "this request carries no valid token; only signed-in people change anything",
                CHALLENGE,
            )
        role = asking.viewer.role
        if role not in ACTING_ROLES:
            remembering = partial(_remember, self._instance.desk, asking.viewer, FORBIDDEN)
            await anyio.to_thread.run_sync(remembering, limiter=self._limiter)
            raise HttpError(403, "FORBIDDEN", f"the role {role.value} reads and changes nothing")
        return asking


def _imported(desk: Desk, viewer: Actor, asked: Asked) -> Report:
    """What a file comes to; that it holds what was not its sender's to say is remembered where the policy says so."""
    report = import_sheet(desk, viewer, asked)
    code = next((problem.code for problem in report.problems if problem.code in OF_AUTHORITY), None)
    if code is not None and asked.record:
        _remember(desk, viewer, code)
    return report


def _remember(desk: Desk, viewer: Actor, code: str) -> None:
    remember_refused(desk, viewer, desk.record.clock.now(), action="import", code=code)


def _asked(request: Request, content: bytes) -> Asked:
    """What a request asks. HttpError BAD_PARAMETER, EMPTY_BODY."""
    given = dict(parse_qsl(request.url.query, keep_blank_values=True))
    strange = sorted(given.keys() - NAMES)
    if strange:
        raise HttpError(400, "BAD_PARAMETER", f"/import takes {', '.join(sorted(NAMES))}, not {strange[0]!r}")
    if not content:
        raise HttpError(400, "EMPTY_BODY", "send the file as the body of the request")
    try:
        reason = checked_text(given["reason"], "reason", 2000) if given.get("reason") else None
    except BadInput as error:
        raise HttpError(400, error.code, str(error)) from error
    return Asked(
        content,
        given.get("file") or "sheet",
        given.get("kind") or None,
        _flag(given, "record"),
        _flag(given, "correct"),
        reason,
    )


def _flag(given: dict[str, str], name: str) -> bool:
    value = given.get(name, "false")
    if value not in ("true", "false"):
        raise HttpError(400, "BAD_PARAMETER", f"{name} is true or false, not {value[:40]!r}")
    return value == "true"
