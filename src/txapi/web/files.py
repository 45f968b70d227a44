"""The door of files 附件: `POST /files?name=` takes one in, `GET /files/<sha256>` gives one out to whoever may read what it hangs on."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from typing import IO
from urllib.parse import parse_qsl, quote, unquote_to_bytes

import anyio
import anyio.to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from txapi.domain.attachment import Attachment, Stored
from txapi.domain.errors import BadInput
from txapi.domain.event import Actor
from txapi.domain.file_names import SHA256, checked_file_name
from txapi.domain.permissions import ACTING_ROLES, FieldClass, may_read
from txapi.projections import attachments
from txapi.projections.attachments import AttachmentRow
from txapi.record.files import PART_BYTES, FileDamaged, FileMissing, Incoming
from txapi.web.answers import HttpError, json_response
from txapi.web.file_bodies import must_be_a_file
from txapi.web.instance import Instance
from txapi.web.shield import LINGER_BYTES, LINGER_SECONDS
from txapi.web.viewers import CHALLENGE, Asking, Viewers

MOST_AT_ONCE = 8
"""Files that one process takes in, or looks through before it gives them out, at the same time; others wait."""

PATIENCE_SECONDS = 30
"""How long nothing of a file may come until its sender is given up."""

LONGEST_SECONDS = 900
"""How long a file may take to come in."""

_FILENAME = re.compile(r"""(?:^|;)\s*filename\*\s*=\s*UTF-8''([^;\s]+)""", re.IGNORECASE)
_DAMAGED = "the bytes of this file are no longer those that were attached; they are not given out"
_MISSING = "the bytes of this file are missing; the record still names them"


@dataclass(frozen=True, slots=True)
class Given:
    """A file that is given out, all of it looked through: the attachment that names it, and its bytes."""

    row: AttachmentRow
    file: IO[bytes]


class FileDoor:
    """Takes files in from people who are signed in, and gives out what is attached. `limit` is the largest file, in bytes."""

    def __init__(self, instance: Instance, viewers: Viewers, limit: int) -> None:
        self._instance = instance
        self._viewers = viewers
        self._limit = limit
        self._taking = anyio.CapacityLimiter(MOST_AT_ONCE)
        self._threads = anyio.CapacityLimiter(MOST_AT_ONCE)

    def routes(self) -> list[Route]:
        """Where files come in, and where they go out."""
        return [
            Route("/files", self._upload, methods=["POST"]),
            Route("/files/{sha256}", self._download, methods=["GET", "HEAD"]),
        ]

    # -- in --------------------------------------------------------------------------------------------------------

    async def _upload(self, request: Request) -> Response:
        parts = _in_parts(request)
        try:
            by = await self._subject(request)
            must_be_a_file(request)
            name = _name(request)
        except HttpError:
            await _thrown_away(parts)
            raise
        async with self._taking:
            stored = await self._taken(parts, name, by)
        told = {"sha256": stored.sha256, "size": stored.size, "mediaType": stored.media_type}
        return json_response({**told, "name": checked_file_name(name, stored.media_type)}, 201)

    async def _taken(self, parts: AsyncIterator[bytes], name: str, by: str) -> Stored:
        run = partial(anyio.to_thread.run_sync, limiter=self._threads)
        incoming = await run(self._instance.record.files.receive)
        try:
            async for part in parts:
                if incoming.size + len(part) > self._limit:
                    await _thrown_away(parts)
                    raise HttpError(
                        413, "FILE_TOO_LARGE", f"a file has at most {self._limit} bytes", {"connection": "close"}
                    )
                await run(incoming.write, part)
            if not incoming.size:
                raise HttpError(400, "EMPTY_BODY", "send the file as the body of the request")
            return await run(_kept, incoming, name, by)
        finally:
            with anyio.CancelScope(shield=True):
                await run(incoming.close)

    async def _subject(self, request: Request) -> str:
        """The subject of who sends it: the same people as may give commands: HttpError UNAUTHENTICATED, FORBIDDEN."""
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
            raise HttpError(403, "FORBIDDEN", f"the role {role.value} reads and changes nothing")
        return asking.viewer.subject

    # -- out -------------------------------------------------------------------------------------------------------

    async def _download(self, request: Request) -> Response:
        asking = await self._viewers.asking(request.headers.getlist("authorization"))
        sha256 = request.path_params["sha256"]
        wanted = _attachment(request)
        run = partial(anyio.to_thread.run_sync, limiter=self._threads)
        row = await run(self._row, asking, sha256, wanted)
        if row is None:
            # Of what hangs on nothing, nobody is told whether it is here.
            raise HttpError(404, "NOT_FOUND", "no file of that hash is attached to anything")
        headers = _headers(row)
        known = request.headers.get("if-none-match", "")
        if f'"{sha256}"' in known or known.strip() == "*":
            return Response(status_code=304, headers=headers)
        file = await run(self._opened, sha256)
        headers["content-length"] = str(row.size)
        if request.method == "HEAD":
            file.close()
            return Response(headers=headers, media_type=row.media_type)
        return StreamingResponse(_parts(file), headers=headers, media_type=_served_as(row.media_type))

    def _row(self, asking: Asking, sha256: str, wanted: str | None) -> AttachmentRow | None:
        """The attachment by which the bytes are given out: the one that was named, or the first that is current."""
        if not SHA256.fullmatch(sha256):
            return None
        context = self._instance.context(asking.viewer, signed_in=asking.signed_in)
        context.name = "/files"
        try:
            reader = context.present()
            actor = context.acting(reader)
            rows = [row for row in attachments.with_hash(reader, sha256) if wanted in (None, row.entity_id)]
            if reader.restriction is not None:
                for row in rows:
                    reader.restriction.note_shown(Attachment.KIND, row.entity_id, row.about_kind)
            context.leave_trace()
        finally:
            context.close()
        found = [row for row in rows if may_read(actor, row.about_kind, FieldClass.PUBLIC)]
        # What was withdrawn may be what nobody should have seen.
        given = [row for row in found if not row.withdrawn or _may_read_withdrawn(actor, row)]
        if found and not given:
            raise HttpError(
                403, "FILE_WITHDRAWN", "this file was withdrawn: its unit, supervisors and auditors are given it still"
            )
        return next(iter(given), None)

    def _opened(self, sha256: str) -> IO[bytes]:
        try:
            return self._instance.record.files.open(sha256)
        except FileDamaged as error:
            raise HttpError(500, "FILE_DAMAGED", _DAMAGED) from error
        except FileMissing as error:
            raise HttpError(500, "FILE_DAMAGED", _MISSING) from error


def _may_read_withdrawn(actor: Actor, row: AttachmentRow) -> bool:
    units = [] if row.unit_code is None else [row.unit_code]
    return may_read(actor, row.about_kind, FieldClass.PERSONAL, units)


def _kept(incoming: Incoming, name: str, by: str) -> Stored:
    """Keep a file whose name fits what it is, and who uploaded it. HttpError with the code of what is wrong with it."""
    try:
        checked_file_name(name, incoming.type())
        return incoming.keep(by)
    except BadInput as error:
        status = 400 if error.code == "BAD_FILE_NAME" else 415
        raise HttpError(status, error.code, str(error)) from error


async def _thrown_away(parts: AsyncIterator[bytes]) -> None:
    """Throw away what is still on its way, for a while: a reset would outrun the answer."""
    dropped = 0
    with anyio.move_on_after(LINGER_SECONDS):
        async for part in parts:
            dropped += len(part)
            if dropped > LINGER_BYTES:
                break


async def _in_parts(request: Request) -> AsyncIterator[bytes]:
    """The body in parts that are worth a write each; nothing else of it is in memory."""
    gathered, stream, until = bytearray(), request.stream(), anyio.current_time() + LONGEST_SECONDS
    while True:
        patience = min(PATIENCE_SECONDS, until - anyio.current_time())
        try:
            with anyio.fail_after(max(patience, 0.0)):
                part = await anext(stream, None)
        except TimeoutError as error:
            message = (
                f"the file came too slowly: nothing for {PATIENCE_SECONDS} seconds, or not all in {LONGEST_SECONDS}"
            )
            raise HttpError(408, "UPLOAD_TOO_SLOW", message, {"connection": "close"}) from error
        except ClientDisconnect as error:
            raise HttpError(400, "EMPTY_BODY", "send the file as the body of the request") from error
        if part is None:
            break
        gathered += part
        if len(gathered) >= PART_BYTES:
            yield bytes(gathered)
            gathered.clear()
    if gathered:
        yield bytes(gathered)


def _name(request: Request) -> str:
    """The name that a client gives the file. HttpError BAD_PARAMETER, BAD_FILE_NAME."""
    given = parse_qsl(request.url.query, keep_blank_values=True)
    strange = sorted({name for name, _ in given} - {"name"})
    if strange:
        raise HttpError(400, "BAD_PARAMETER", f"/files takes name, not {strange[0]!r}")
    if len(given) > 1:
        raise HttpError(400, "BAD_PARAMETER", "name is said once")
    if given:
        name = given[0][1]
    else:
        found = _FILENAME.search(request.headers.get("content-disposition", ""))
        if found is None:
            raise HttpError(400, "BAD_FILE_NAME", "send the file's name: ?name=..., or Content-Disposition")
        try:
            name = unquote_to_bytes(found[1]).decode()
        except UnicodeDecodeError as error:
            raise HttpError(
                400,
                "BAD_FILE_NAME",
                "a name is sent as UTF-8, percent-encoded: ?name=... or Content-Disposition: filename*=UTF-8''...",
            ) from error
    try:
        # Before the bytes come: what no type could mend.
        checked_file_name(name)
    except BadInput as error:
        raise HttpError(400, error.code, str(error)) from error
    return name


def _attachment(request: Request) -> str | None:
    """Which attachment is asked for, where one is. HttpError BAD_PARAMETER."""
    given = parse_qsl(request.url.query, keep_blank_values=True)
    strange = sorted({name for name, _ in given} - {"attachment"})
    if strange:
        raise HttpError(400, "BAD_PARAMETER", f"/files/<sha256> takes attachment, not {strange[0]!r}")
    if len(given) > 1:
        raise HttpError(400, "BAD_PARAMETER", "attachment is said once")
    return given[0][1] if given else None


def _headers(row: AttachmentRow) -> dict[str, str]:
    return {
        # What may be read today may be withdrawn tomorrow, so nobody in between keeps it, and who has it asks again.
        "cache-control": "private, no-cache",
        "vary": "Authorization",
        "etag": f'"{row.sha256}"',
        "content-disposition": f"attachment; filename*=UTF-8''{quote(row.name, safe='')}",
        "content-security-policy": "sandbox; default-src 'none'",
        "cross-origin-resource-policy": "same-origin",
    }


def _served_as(media_type: str) -> str:
    return f"{media_type}; charset=utf-8" if media_type == "text/plain" else media_type


async def _parts(file: IO[bytes]) -> AsyncIterator[bytes]:
    with file:
        while part := await anyio.to_thread.run_sync(file.read, PART_BYTES):
            yield part
