"""A client that sends bytes as they are, and says what came back within a time, or that nothing did."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from tests.fuzz.patience import within

PATIENCE_SECONDS = 30.0
"""Within that every request is answered or its connection is closed: an operation reads for some seconds at most."""
MOST_BYTES = 64 << 20


@dataclass(slots=True)
class Answer:
    """What came back; status 0 where the connection was closed without a word."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    keeps: bool = False
    """Whether the connection may be asked again."""

    @property
    def media_type(self) -> str:
        """What the body is said to be."""
        return self.headers.get("content-type", "").partition(";")[0]


class Line:
    """One connection at a time to a server; opened anew when it is closed."""

    def __init__(self, host: str, port: int, pid: int) -> None:
        """`pid` is the server's process, by whose time is waited."""
        self._where = host, port
        self._pid = pid
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def ask(self, sent: bytes, *, head: bool = False, then_end: bool = False, streams: bool = False) -> Answer:
        """Send a request; its answer. `head`: it has no body. `then_end`: nothing more comes from here.

        `streams`: what comes within a moment is the answer, for it may go on for ever. Hung.
        """
        answer = Answer()
        try:
            asked = self._asked(sent, head=head, then_end=then_end, streams=streams)
            answer = await within(PATIENCE_SECONDS, self._pid, asked, "nothing")
            return answer
        finally:
            if then_end or not answer.keeps:
                await self.close()

    async def _asked(self, sent: bytes, *, head: bool, then_end: bool, streams: bool) -> Answer:
        if self._writer is None or then_end:
            await self.close()
            self._reader, self._writer = await asyncio.open_connection(*self._where, limit=1 << 20)
        assert self._reader is not None
        answer = Answer()
        try:
            self._writer.write(sent)
            if then_end:
                with contextlib.suppress(OSError):
                    # It may be closed from the other side already.
                    self._writer.write_eof()
            answer = await _answer(self._reader, head=head, streams=streams)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        return answer

    async def close(self) -> None:
        """Let go of the connection."""
        writer, self._reader, self._writer = self._writer, None, None
        if writer is not None:
            writer.close()
            with contextlib.suppress(ConnectionError, TimeoutError):
                await asyncio.wait_for(writer.wait_closed(), 1)


async def _answer(reader: asyncio.StreamReader, *, head: bool, streams: bool) -> Answer:
    while True:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        status = int(lines[0].split(" ")[1])
        if status != 100:
            break
    headers = {}
    for line in lines[1:-2]:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    answer = Answer(status, headers, keeps=headers.get("connection", "").lower() != "close")
    if head or status in (204, 304):
        return answer
    if "content-length" in headers:
        answer.body = await reader.readexactly(min(int(headers["content-length"]), MOST_BYTES))
    elif headers.get("transfer-encoding") == "chunked":
        if streams:
            answer.keeps = False
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.3):
                    async for part in _chunks(reader):
                        answer.body += part
            return answer
        async for part in _chunks(reader):
            answer.body += part
    else:
        answer.body, answer.keeps = await reader.read(MOST_BYTES), False
    return answer


async def _chunks(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    while size := int((await reader.readline()).partition(b";")[0] or b"0", 16):
        yield (await reader.readexactly(size + 2))[:-2]
    await reader.readline()
