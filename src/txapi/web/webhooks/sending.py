"""Sending 发送: one POST, over a connection of its own, to an address that was looked at; what comes back is read as little as need be."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from datetime import UTC, datetime
from importlib.metadata import version
from typing import NamedTuple

import h11

from txapi.web.webhooks.addresses import MayNotBeCalled, Target, must_be_callable, target_of
from txapi.web.webhooks.schedule import Failure, seconds_of

MOST_BYTES = 16_384
"""How much of a response is read at most for its status and headers, and how much of its body."""
BODY_SECONDS = 1.0
"""How long a body may take that nobody reads: a receiver who is cut off while it writes one takes that for an error."""
_PIECE = 4_096
_USER_AGENT = f"txapi/{version('tongxiang-record')}"


class Sender(NamedTuple):
    """How requests are sent. `plain_http`: whether private addresses may be called without TLS, and this machine at all."""

    tls: ssl.SSLContext
    timeout_seconds: float
    plain_http: bool

    async def post(self, url: str, headers: dict[str, str], body: bytes) -> int | Failure:
        """The status of the response where it acknowledges (2xx), else why the attempt failed.

        Redirects are not followed: whoever moved is registered anew. The timeout is for all of it, from the name to the status.
        """
        try:
            async with asyncio.timeout(self.timeout_seconds):
                response = await self._asked(target_of(url), headers, body)
        except TimeoutError:
            return Failure(None, f"no answer within {self.timeout_seconds:g} s")
        except MayNotBeCalled as error:
            return Failure(None, str(error))
        except ssl.SSLCertVerificationError as error:
            return Failure(None, f"the certificate is not trusted: {error.verify_message}")
        except (OSError, h11.ProtocolError, UnicodeError) as error:
            return Failure(None, f"{type(error).__name__}: {error}"[:300])
        if 200 <= response.status_code < 300:
            return response.status_code
        asked_for = dict(response.headers).get(b"retry-after")
        retry_after = None if asked_for is None else seconds_of(asked_for.decode("latin-1"), datetime.now(UTC))
        return Failure(response.status_code, f"the receiver answered {response.status_code}", retry_after)

    async def _asked(self, target: Target, headers: dict[str, str], body: bytes) -> h11.Response:
        reader, writer = await self._connected(target)
        try:
            wire = h11.Connection(h11.CLIENT, max_incomplete_event_size=MOST_BYTES)
            request = h11.Request(
                method="POST",
                target=target.path,
                headers=[
                    ("host", target.authority),
                    ("user-agent", _USER_AGENT),
                    ("content-length", str(len(body))),
                    ("connection", "close"),
                    *headers.items(),
                ],
            )
            for part in (request, h11.Data(body), h11.EndOfMessage()):
                writer.write(wire.send(part) or b"")
            await writer.drain()
            response = await _answer(wire, reader)
            with contextlib.suppress(OSError, h11.ProtocolError, TimeoutError):
                async with asyncio.timeout(BODY_SECONDS):
                    await _rest(wire, reader)
            return response
        finally:
            # What is still on the way is not waited for.
            writer.transport.abort()

    async def _connected(self, target: Target) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(str(address[0]) for *_, address in found))
        for address in addresses:
            must_be_callable(address, secure=target.secure, plain_http=self.plain_http)
        tls = {"ssl": self.tls, "server_hostname": target.host} if target.secure else {}
        trouble: OSError | None = None
        for address in addresses:
            try:
                return await asyncio.open_connection(address, target.port, **tls)  # type: ignore[arg-type]
            except ssl.SSLError:
                raise
            except OSError as error:
                trouble = error
        raise trouble or OSError(f"{target.host} has no address")


async def _answer(wire: h11.Connection, reader: asyncio.StreamReader) -> h11.Response:
    while True:
        event = wire.next_event()
        if event is h11.NEED_DATA:
            wire.receive_data(await reader.read(_PIECE))
        elif isinstance(event, h11.Response):
            return event
        elif not isinstance(event, h11.InformationalResponse):
            raise h11.RemoteProtocolError("the connection ended before there was an answer")


async def _rest(wire: h11.Connection, reader: asyncio.StreamReader) -> None:
    read = 0
    while read < MOST_BYTES:
        event = wire.next_event()
        if event is h11.NEED_DATA:
            piece = await reader.read(_PIECE)
            read += len(piece)
            wire.receive_data(piece)
        elif not isinstance(event, h11.Data):
            return
