"""The guard 网页防护: outside of everything, whatever the answer. Only names of ours are answered to, other sites command nothing,
and every answer tells browsers what may be done with it.

OWASP ASVS 5.0: V3.4 (browser security mechanism headers), V3.5 (browser origin separation), V4.4 (WebSocket), V13.4 and V12.1
where TLS is concerned. OWASP Cheat Sheets: HTTP Headers, Cross-Site Request Forgery Prevention, WebSocket Security, REST Security.
"""

from __future__ import annotations

import ipaddress
import logging
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, Self
from urllib.parse import urlsplit

from txapi.setting_values import is_loopback
from txapi.web.accepting import language_in
from txapi.web.answers import HttpError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from txapi.settings import Settings

log = logging.getLogger(__name__)

HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (
        b"permissions-policy",
        b"camera=(), display-capture=(), geolocation=(), microphone=(), midi=(), payment=(), serial=(), usb=()",
    ),
)
"""What every answer tells browsers, unless it says something stricter or more fitting itself."""

NO_PAGE = b"default-src 'none'; frame-ancestors 'none'"
"""The policy of what is no page: should a browser take it for one, it does nothing."""
DOCUMENT = b"frame-ancestors 'none'"
"""The policy of PDF: the viewers of browsers are pages of their own, which a stricter one would stop."""

ASKED_BY_MACHINES = frozenset({"/healthz", "/readyz"})
"""What load balancers ask by whatever name they have for this server; it tells nothing of the record."""
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Origins(NamedTuple):
    """Whose pages may command, and open WebSockets: those of this server, and of the origins listed."""

    listed: frozenset[str]
    own: str | None = None
    """The origin under which this server is found from outside, where a proxy hides that from it."""

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Those of the settings."""
        return cls(frozenset(settings.allowed_origins), _origin_of(settings.public_url))

    def welcome(self, origin: str | None, host: str) -> bool:
        """Whether a page of this `Origin` may do so with a server that was asked for as `Host`. Who sends none is no page."""
        if origin is None or "*" in self.listed or origin in self.listed or origin == self.own:
            return True
        return origin.partition("://")[2] == host != ""


class Hosts(NamedTuple):
    """The names under which this server answers. A page whose own name is made to lead here (DNS rebinding) finds nothing."""

    names: frozenset[str]

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Those of the settings: what it listens on, where it is found from outside, and those listed."""
        public = urlsplit(settings.public_url).hostname if settings.public_url else None
        return cls(frozenset(name.lower() for name in (settings.host, public, *settings.allowed_hosts) if name))

    def known(self, host: str) -> bool:
        """Whether a Host header names this server. An address always does: no name leads anywhere then."""
        if "*" in self.names:
            return True
        if not host:
            # Only programs that speak HTTP/1.0 send none.
            return True
        try:
            name = urlsplit(f"//{host}").hostname or ""
            _ = urlsplit(f"//{host}").port
        except ValueError:
            return False
        if any(char in host for char in "/?#@\\ "):
            return False
        name = name.rstrip(".")
        return name in self.names or name.endswith(".localhost") or is_loopback(name) or _is_address(name)


class Guard:
    """Stands around the whole app."""

    def __init__(self, app: ASGIApp, hosts: Hosts, origins: Origins, hsts_seconds: int = 0) -> None:
        """`hsts_seconds`: for how long browsers are to ask by https only; 0 says nothing of that."""
        self._app = app
        # Clients ask by few names; of those that are made up, only so many are remembered.
        self._is_known = lru_cache(maxsize=256)(hosts.known)
        self._origins = origins
        self._always = [
            *HEADERS,
            *([(b"strict-transport-security", b"max-age=%d" % hsts_seconds)] if hsts_seconds else []),
        ]
        # Also on answers to whoever names no origin: what is kept of those must not be given to a page of another.
        self._varies = bool(origins.listed - {"*"})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] in ("http.response.start", "websocket.http.response.start"):
                message["headers"] = self._completed(message.get("headers", ()))
            await send(message)

        refusal = self._refusal(scope)
        if refusal is None:
            await self._app(scope, receive, guarded)
        elif scope["type"] == "http":
            await refusal.response(language_in(scope))(scope, receive, guarded)
        else:
            await receive()
            await turn_away(scope, guarded, refusal)

    def _refusal(self, scope: Scope) -> HttpError | None:
        """Why this is not answered; None where it is."""
        given = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
        host = given[0] if given else ""
        if scope["path"] not in ASKED_BY_MACHINES and (len(given) > 1 or not self._is_known(host)):
            log.debug("refused a request for another host")
            return HttpError(421, "UNKNOWN_HOST", "this server does not go by that name")
        origins = [value.decode("latin-1") for name, value in scope["headers"] if name == b"origin"]
        commands = scope["type"] == "websocket" or scope["method"] not in SAFE
        if commands and any(not self._origins.welcome(origin, host) for origin in origins):
            # A page of a stranger would ask in the name of whoever looks at it, and browsers let it.
            log.debug("refused a page of another origin")
            return HttpError(403, "FORBIDDEN_ORIGIN", "pages of that origin may not command or connect here")
        return None

    def _completed(self, headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        completed = list(headers)
        said = {name.lower(): value for name, value in completed}
        completed += [(name, value) for name, value in self._always if name not in said]
        if b"content-security-policy" not in said:
            is_pdf = said.get(b"content-type", b"").startswith(b"application/pdf")
            completed.append((b"content-security-policy", DOCUMENT if is_pdf else NO_PAGE))
        varies = b", ".join(value for name, value in completed if name.lower() == b"vary").lower()
        if self._varies and b"origin" not in varies.replace(b" ", b"").split(b","):
            completed.append((b"vary", b"Origin"))
        return completed


async def turn_away(scope: Scope, send: Send, refusal: HttpError) -> None:
    """Answer a handshake with an HTTP error, where the server can; it is refused with 403 otherwise."""
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close"})
        return
    response = refusal.response(language_in(scope))
    await send({"type": "websocket.http.response.start", "status": refusal.status, "headers": response.raw_headers})
    await send({"type": "websocket.http.response.body", "body": response.body})


def _origin_of(address: str | None) -> str | None:
    if address is None:
        return None
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
