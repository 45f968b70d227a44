"""The log 日志: checkpoints, tiles and entries under `/log/`, as c2sp.org/tlog-tiles lays them out, and proofs as files.

It needs no token: what it serves are hashes and places, never what an event says.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable

import anyio
import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from txapi.audit.proofs import entry_bundle, last_checkpoint, proof_of
from txapi.domain.errors import BadInput
from txapi.record.ledger import Ledger
from txapi.record.statements import BOOKKEEPING, DIGEST
from txapi.record.store import RecordStore
from txapi.record.tiles import WIDTH
from txapi.web.accepting import language_in
from txapi.web.answers import HttpError

TEXT = "text/plain; charset=utf-8"
OCTETS = "application/octet-stream"
FOR_EVER = "public, max-age=31536000, immutable"
A_MOMENT = "public, max-age=1"

_FAR = 2**62
_NUMBER = re.compile(r"[0-9]{1,30}", re.ASCII)
_TILE = re.compile(
    r"(?P<level>0|[1-9]|[1-5][0-9]|6[0-3]|entries)/(?P<number>(?:x[0-9]{3}/){0,9}[0-9]{3})"
    r"(?:\.p/(?P<width>[1-9]|[1-9][0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5]))?"
)


class Log:
    """Serves one ledger, whose entries are made from the record as it stands."""

    def __init__(self, ledger: Ledger, store: RecordStore) -> None:
        self._ledger = ledger
        self._store = store
        # Its own threads: who mirrors the log does not take those of the questions.
        self._limiter = anyio.CapacityLimiter(4)

    def routes(self) -> list[Route]:
        """The routes below `/log`."""
        return [
            Route("/checkpoint", self._served(self.checkpoint)),
            Route("/tile/{path:path}", self._served(self.tile)),
            Route("/proof/{position}", self._served(self.proof)),
            Route("/digest/{size}", self._served(self.digest)),
            Route("/bookkeeping/{size}", self._served(self.bookkeeping)),
            Route("/handover/{number}", self._served(self.handover)),
        ]

    def _served(self, answer: Callable[[Request], Response]) -> Callable[[Request], object]:
        async def served(request: Request) -> Response:
            try:
                return await anyio.to_thread.run_sync(answer, request, limiter=self._limiter)
            except BadInput as error:
                return HttpError(404, error.code, str(error)).response(language_in(request.scope))
            except HttpError as error:
                return error.response(language_in(request.scope))

        return served

    def checkpoint(self, request: Request) -> Response:
        """The last checkpoint that enough witnesses signed."""
        found = last_checkpoint(self._ledger)
        return Response(found.note, headers={"cache-control": A_MOMENT}, media_type=TEXT)

    def tile(self, request: Request) -> Response:
        """A tile of hashes, or a bundle of entries."""
        asked = _TILE.fullmatch(request.path_params["path"])
        if asked is None:
            raise HttpError(404, "NOT_FOUND", "this is no path of a tile: tile/<L>/<N>[.p/<W>]")
        parts = asked["number"].split("/")
        number = int("".join(part.removeprefix("x") for part in parts))
        width = int(asked["width"] or WIDTH)
        last = self._ledger.latest()
        # Zeroes in front would give one tile several addresses.
        canonical = len(parts) == 1 or parts[0] != "x000"
        found: bytes | None = None
        if canonical and last is not None:
            found = self._content(asked["level"], number, width, last.size)
        if found is None:
            raise HttpError(404, "NOT_FOUND", "the tree of the last checkpoint has no such tile")
        headers = {"cache-control": FOR_EVER}
        if asked["level"] == "entries":
            headers["vary"] = "accept-encoding"
            if "gzip" in request.headers.get("accept-encoding", ""):
                found = gzip.compress(found, 6, mtime=0)
                headers["content-encoding"] = "gzip"
        return Response(found, headers=headers, media_type=OCTETS)

    def _content(self, level: str, number: int, width: int, size: int) -> bytes | None:
        height = 0 if level == "entries" else int(level)
        # What no checkpoint attests yet is served to nobody.
        if number * WIDTH + width > size >> (8 * height):
            return None
        if level == "entries":
            return entry_bundle(self._store.read, number, width)
        return self._ledger.tile(height, number, width)

    def proof(self, request: Request) -> Response:
        """The proof of an event as a file (C2SP tlog-proof)."""
        position = _within(request.path_params["position"])
        proof = proof_of(self._ledger, self._store.read, position)
        headers = {"cache-control": A_MOMENT, "content-disposition": f'attachment; filename="{position}.tlog-proof"'}
        return Response(proof.text or "", headers=headers, media_type=TEXT)

    def digest(self, request: Request) -> Response:
        """What the read models added up to at a checkpoint: a signed note for each version of the code that followed."""
        return self._statements(DIGEST, request)

    def bookkeeping(self, request: Request) -> Response:
        """What the record keeps beside its events, signed for at a checkpoint."""
        return self._statements(BOOKKEEPING, request)

    def handover(self, request: Request) -> Response:
        """How the record's key was changed for another, the first time or a later one: a note that both keys signed."""
        number = _within(request.path_params["number"])
        found = self._ledger.handovers()
        if not 1 <= number <= len(found):
            raise HttpError(404, "NOT_FOUND", f"the record's key was handed over {len(found)} times")
        return Response(found[number - 1].note, headers={"cache-control": FOR_EVER}, media_type=TEXT)

    def _statements(self, kind: str, request: Request) -> Response:
        size = _within(request.path_params["size"])
        found = self._ledger.statements(kind, size - 1, size)
        if not found:
            raise HttpError(
                404, "NOT_FOUND", f"nothing of the kind {kind} was stated beside a checkpoint of {size} events"
            )
        notes = "\n".join(each.note for each in found)
        return Response(notes, headers={"cache-control": A_MOMENT}, media_type=TEXT)


def _within(text: str) -> int:
    """A number that a position can be, from a path. Anything larger is no place in any record, and need not even be read."""
    if not text.isdecimal():
        raise HttpError(404, "NOT_FOUND", "Not Found")
    if not _NUMBER.fullmatch(text) or int(text) >= _FAR:
        raise HttpError(404, "NOT_FOUND", "no record is that long")
    return int(text)
