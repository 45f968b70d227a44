"""The console and GraphiQL as files: built by `make console`, served from memory; without them pages that say how to build."""

from __future__ import annotations

import fcntl
import gzip
import hashlib
import mimetypes
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from txapi.web.answers import HttpError

if TYPE_CHECKING:
    from starlette.requests import Request

BUILT = Path(__file__).with_name("built")
"""Where `make console` puts what it builds, in a checkout as in an installed package. Never committed."""

CONSOLE = "index.html"
IDE = "graphiql.html"
A_FILE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
PACKED = (".js", ".css", ".html", ".svg", ".json")
LOOK_AGAIN_SECONDS = 3

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# Its editor measures text with style elements of its own, and its fonts and pointers are inside its style sheet.
IDE_POLICY = POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'").replace(
    "img-src 'self'; font-src 'self'", "img-src 'self' data:; font-src 'self' data:"
)
GUARDED = {
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "same-origin",
    "x-frame-options": "DENY",
}

BUILDING = "built.lock"
"""Beside what is built: whoever builds holds a lock on it (`tools/console.py`)."""

ABSENT = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="{seconds}">
<title>{what} is {state}</title>
</head>
<body>
<h1>{what} is {state} {state_zh}</h1>
{says}
</body>
</html>
"""
"""What stands in the place of a page that is not there."""

BEING_BUILT = """\
<p>It appears here when it is ready, in a minute or two: this page looks again every {seconds} seconds, and
<code>console/build.log</code> says how it goes. Questions and commands are answered at <code>/graphql</code> meanwhile.</p>
<p>页面正在构建，一两分钟后会显示在这里；本页每 {seconds} 秒重试，接口照常可用。</p>"""

NOT_BUILT = """\
<p>This server answers questions and commands at <code>/graphql</code> all the same: the pages are files beside it.</p>
<p><code>make run</code> builds them beside the server the first time, where Node.js 20.19 or later and npm are installed, and
writes to <code>console/build.log</code> how that goes. <code>make console</code> builds them at any time.</p>
<p>接口照常可用；在源码目录执行 <code>make console</code>（需要 Node.js 20.19 以上和 npm）即可构建页面。</p>
<p>This page looks again every {seconds} seconds 本页每 {seconds} 秒重试.</p>"""


def absent(what: str, *, being_built: bool) -> str:
    """The page that says that `what` is not there, and whether somebody builds it."""
    state, state_zh, says = (
        ("being built", "正在构建", BEING_BUILT) if being_built else ("not built", "尚未构建", NOT_BUILT)
    )
    seconds = LOOK_AGAIN_SECONDS
    return ABSENT.format(what=what, state=state, state_zh=state_zh, seconds=seconds, says=says.format(seconds=seconds))


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is sent."""

    body: bytes
    packed: bytes | None
    """The same under gzip, where that is worth it."""
    media_type: str
    etag: str


class Assets:
    """What `make console` built, found again when it was built anew."""

    def __init__(self, folder: Path = BUILT) -> None:
        self._folder = folder
        self._build: tuple[int, int] | None = None
        self._kept: dict[str, Asset] = {}

    def routes(self) -> list[Route]:
        """The paths of the console."""
        return [
            Route("/console", self._to_console),
            Route("/console/assets/{name}", self._file),
            Route("/console/{path:path}", self._console),
        ]

    def are_built(self) -> bool:
        """Whether there is a console at this moment."""
        return self._asset(CONSOLE) is not None

    def are_being_built(self) -> bool:
        """Whether somebody builds them at this moment."""
        try:
            with (self._folder.with_name(BUILDING)).open("rb") as lock:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    async def ide(self, request: Request) -> Response:
        """GraphiQL, or how to build it."""
        return await self._page(request, IDE, IDE_POLICY, "GraphiQL")

    async def _to_console(self, request: Request) -> Response:
        return RedirectResponse("/console/", 308)

    async def _console(self, request: Request) -> Response:
        # Every path below is a place in the console: it reads the address itself, so that any link can be kept and sent.
        return await self._page(request, CONSOLE, POLICY, "The console")

    async def _page(self, request: Request, name: str, policy: str, what: str) -> Response:
        asset = await anyio.to_thread.run_sync(self._asset, name)
        headers = {**GUARDED, "content-security-policy": policy}
        if asset is None:
            building = await anyio.to_thread.run_sync(self.are_being_built)
            text = absent(what, being_built=building)
            headers |= {"cache-control": "no-store", "retry-after": str(LOOK_AGAIN_SECONDS)}
            return HTMLResponse(text, 503, headers)
        # The page names the files of one build, so it is asked for again each time, which costs a 304.
        return _sent(request, asset, {**headers, "cache-control": "no-cache"})

    async def _file(self, request: Request) -> Response:
        name = f"assets/{request.path_params['name']}"
        # A build is looked for with its page. A file that was sent before needs no thread, whose turn would come behind those
        # that answer the page's question.
        asset = self._kept.get(name) or await anyio.to_thread.run_sync(self._asset, name)
        if asset is None:
            raise HttpError(404, "NOT_FOUND", "there is no such file in this build of the console")
        # A file's name holds a hash of what is in it: another content would have another name.
        headers = {
            "cache-control": "public, max-age=31536000, immutable",
            "cross-origin-resource-policy": "same-origin",
        }
        return _sent(request, asset, headers)

    def _asset(self, name: str) -> Asset | None:
        """A file of the present build; None where there is none of that name, or no build."""
        try:
            page = (self._folder / CONSOLE).stat()
        except OSError:
            return None
        build = (page.st_ino, page.st_mtime_ns)
        if build != self._build:
            self._build, self._kept = build, {}
        if name not in self._kept:
            asset = _read(self._folder, name)
            if asset is None:
                return None
            self._kept[name] = asset
        return self._kept[name]


def _read(folder: Path, name: str) -> Asset | None:
    if not all(A_FILE.fullmatch(part) for part in name.split("/")):
        return None
    path = folder / name
    try:
        body = path.read_bytes()
    except OSError:
        return None
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if media_type in ("text/javascript", "application/javascript", "text/css", "text/html"):
        media_type = f"{media_type.replace('application/', 'text/')}; charset=utf-8"
    # With a time in it, every server of several would send other bytes under the same tag.
    packed = gzip.compress(body, mtime=0) if path.suffix in PACKED else None
    return Asset(body, packed, media_type, f'"{hashlib.sha256(body).hexdigest()[:32]}"')


def _sent(request: Request, asset: Asset, headers: dict[str, str]) -> Response:
    headers |= {"etag": asset.etag, "vary": "accept-encoding"}
    known = request.headers.get("if-none-match", "")
    if asset.etag in (tag.strip().removeprefix("W/") for tag in known.split(",")):
        return Response(status_code=304, headers=headers)
    if asset.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
        # One tag for both encodings says that they mean the same, not that they are the same bytes: it is a weak one.
        headers |= {"content-encoding": "gzip", "etag": f"W/{asset.etag}"}
        return Response(asset.packed, headers=headers, media_type=asset.media_type)
    return Response(asset.body, headers=headers, media_type=asset.media_type)
