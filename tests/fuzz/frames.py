"""WebSockets by hand: frames and messages in the wrong order, of the wrong kind, of the wrong length."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.fuzz.documents import Documents
from tests.fuzz.patience import within
from tests.fuzz.values import odd

CONTINUED, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
NO_MESSAGES = (
    b"\xff\xfe", b"\xed\xa0\x80", b"{}", b"[]", b"null", b"[" * 5000, b"", b'{"type":"x"}', b'{"type":1}', b'{"type":"ping","payload":1}',
)  # fmt: skip
END_SECONDS = 20.0
"""Within that, a server lets go of a client that has gone."""
QUIET_SECONDS = 0.15
MOST_BYTES = 1 << 40


@dataclass(slots=True)
class Heard:
    """What a server said on one socket. `code` is that of its closing frame."""

    handshake: bytes = b""
    messages: list[bytes] = field(default_factory=list)
    code: int | None = None
    sent: list[bytes] = field(default_factory=list)
    rest: bytearray = field(default_factory=bytearray)


def frame(
    chance: random.Random, opcode: int, payload: bytes, *, final: bool = True, reserved: int = 0, masked: bool = True
) -> bytes:
    """One frame."""
    head = bytes([(0x80 if final else 0) | reserved << 4 | opcode])
    size, mask = len(payload), 0x80 if masked else 0
    if size < 126:
        head += bytes([mask | size])
    elif size < 1 << 16:
        head += bytes([mask | 126]) + struct.pack(">H", size)
    else:
        head += bytes([mask | 127]) + struct.pack(">Q", size)
    if not masked:
        return head + payload
    key = chance.randbytes(4)
    return head + key + bytes(byte ^ key[at % 4] for at, byte in enumerate(payload))


class Sessions:
    """Draws what a client says on one socket, from its handshake to its end."""

    def __init__(self, documents: Documents, tokens: list[str], host: str) -> None:
        self._documents = documents
        self._tokens = tokens
        self._host = host

    def handshake(self, chance: random.Random) -> bytes:
        """Mostly a good one."""
        lines = {
            "Host": self._host,
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
            "Sec-WebSocket-Protocol": "graphql-transport-ws",
        }
        place = "/graphql"
        if chance.random() < 0.2:
            match chance.randrange(9):
                case 0:
                    lines["Sec-WebSocket-Protocol"] = chance.choice(
                        ("graphql-ws", "", "a, b", "graphql-transport-ws, x", "\xff")
                    )
                case 1:
                    del lines["Sec-WebSocket-Protocol"]
                case 2:
                    lines["Sec-WebSocket-Version"] = chance.choice(("8", "", "x", "13, 8"))
                case 3:
                    lines["Sec-WebSocket-Key"] = chance.choice(("", "x", "!" * 24, "a" * 500))
                case 4:
                    lines["Origin"] = chance.choice(("http://evil.example", "null", ""))
                case 5:
                    place = chance.choice(("/", "/graphql/", "/healthz", "/graphql?x=%ff", "/files"))
                case 6:
                    lines["Sec-WebSocket-Extensions"] = chance.choice(
                        ("permessage-deflate", "permessage-deflate; client_max_window_bits=99", "x;" * 50)
                    )
                case 7:
                    lines["Authorization"] = chance.choice(("Bearer x", f"Bearer {self._tokens[0]}"))
                case _:
                    del lines[chance.choice(list(lines))]
        return (
            f"GET {place} HTTP/1.1\r\n".encode()
            + "".join(f"{n}: {v}\r\n" for n, v in lines.items()).encode("latin-1")
            + b"\r\n"
        )

    def frames(self, chance: random.Random) -> Iterator[bytes]:
        """What comes after it."""
        if chance.random() < 0.85:
            payload: dict[str, Any] = chance.choice(
                ({}, {"payload": {}}, {"payload": {"Authorization": f"Bearer {chance.choice(self._tokens)}"}})
            )
            yield frame(chance, TEXT, json.dumps({"type": "connection_init", **payload}).encode())
        for _ in range(chance.choice((1, 2, 4, 8))):
            yield from self._next(chance)

    def _next(self, chance: random.Random) -> Iterator[bytes]:
        """One message, which in a third of all cases is none."""
        text = json.dumps(self._message(chance), ensure_ascii=chance.random() < 0.5).encode("utf-8", "surrogatepass")
        if chance.random() < 0.62:
            yield frame(chance, TEXT, text)
        else:
            yield from chance.choice((_in_parts, _of_another_kind, _control, _against_the_rules, _no_message))(
                chance, text
            )

    def _message(self, chance: random.Random) -> object:
        id = chance.choice(("1", "1", "2", "", "é", "a" * 200, f"n{chance.randrange(9)}"))
        turn = chance.random()
        if turn < 0.6:
            draw = chance.choice((self._documents.any, self._documents.subscription, self._documents.changed))
            drawn = draw(chance)
            payload: dict[str, object] = {"query": drawn.query, "variables": drawn.variables}
            if chance.random() < 0.1:
                payload["extensions"] = odd(chance)
            return {"type": "subscribe", "id": id, "payload": payload}
        if turn < 0.75:
            return {"type": "complete", "id": id}
        if turn < 0.85:
            return {"type": chance.choice(("ping", "pong")), "payload": chance.choice((None, {}, {"a": [1]}))}
        if turn < 0.9:
            return {"type": "connection_init", "payload": odd(chance)}
        return chance.choice(
            (
                {"type": chance.choice(("next", "error", "connection_ack", "start", "")), "id": id},
                {"type": "subscribe", "id": odd(chance), "payload": odd(chance)},
                {"type": "subscribe", "id": id, "payload": {"query": odd(chance), "variables": odd(chance)}},
                odd(chance),
            )
        )


def _in_parts(chance: random.Random, text: bytes) -> Iterator[bytes]:
    """In three parts, with something between them or a part that begins anew."""
    cuts = sorted(chance.randrange(len(text) + 1) for _ in range(2))
    yield frame(chance, TEXT, text[: cuts[0]], final=False)
    if chance.random() < 0.5:
        yield frame(chance, PING, b"between")
    yield frame(chance, CONTINUED, text[cuts[0] : cuts[1]], final=False)
    yield frame(chance, CONTINUED if chance.random() < 0.8 else TEXT, text[cuts[1] :])


def _of_another_kind(chance: random.Random, text: bytes) -> Iterator[bytes]:
    """As bytes, as a kind of frame that nobody has defined, or going on with what was not begun."""
    yield frame(chance, chance.choice((BINARY, BINARY, CONTINUED, 3, 4, 7, 11, 15)), text)


def _control(chance: random.Random, text: bytes) -> Iterator[bytes]:
    """A frame of the protocol itself, with more in it than may be, or less."""
    if chance.random() < 0.5:
        yield frame(chance, chance.choice((PING, PONG)), b"x" * chance.choice((0, 5, 125, 126, 200)))
        return
    code = struct.pack(">H", chance.choice((1000, 1005, 1006, 999, 4400, 65535)))
    yield frame(chance, CLOSE, chance.choice((b"", b"\x03", code, code, code + b"\xff\xfe", code + b"a" * 200)))


def _against_the_rules(chance: random.Random, text: bytes) -> Iterator[bytes]:
    """Reserved bits, no mask, a length of which nothing comes, or no frame at all."""
    yield chance.choice(
        (
            frame(chance, TEXT, text, reserved=chance.choice((1, 2, 4, 7))),
            frame(chance, TEXT, text, masked=False),
            bytes([0x81, 0xFF]) + struct.pack(">Q", chance.choice((1 << 21, (1 << 63) - 1, (1 << 64) - 1))) + b"abcd",
            chance.randbytes(chance.choice((1, 10, 100))),
        )
    )


def _no_message(chance: random.Random, text: bytes) -> Iterator[bytes]:
    """Text that is no message of the protocol above, or no text; once in a while as long as a message may be."""
    if chance.random() < 0.1:
        yield frame(chance, TEXT, b'{"type":"ping","payload":{"a":"' + b"a" * (1 << 20) + b'"}}')
    else:
        yield frame(chance, TEXT, chance.choice(NO_MESSAGES))


async def hold(where: tuple[str, int], pid: int, sessions: Sessions, chance: random.Random) -> Heard:
    """Say on one socket what is drawn, and hear what comes back, until the server lets go of it. Hung where it does not."""
    heard = Heard()
    reader, writer = await asyncio.open_connection(*where)
    try:
        held = _held(reader, writer, sessions, chance, heard)
        await within(END_SECONDS, pid, held, "a socket was not let go of")
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError, TimeoutError):
            await asyncio.wait_for(writer.wait_closed(), 1)
    return heard


async def _held(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, sessions: Sessions, chance: random.Random, heard: Heard
) -> None:
    with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
        heard.sent.append(sessions.handshake(chance))
        writer.write(heard.sent[-1])
        # Where a handshake lacks what makes it one, it is a request, and this its answer.
        heard.handshake = await reader.readuntil(b"\r\n\r\n")
        if b" 101 " in heard.handshake.partition(b"\r\n")[0]:
            await _say_all(reader, writer, sessions, chance, heard)
        with contextlib.suppress(OSError):
            # It may be closed from the other side already.
            writer.write_eof()
        while not await _hear(reader, heard, 1.0):
            pass


async def _say_all(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, sessions: Sessions, chance: random.Random, heard: Heard
) -> None:
    for each in sessions.frames(chance):
        heard.sent.append(each)
        writer.write(each)
        await writer.drain()
        if chance.random() < 0.3 and await _hear(reader, heard, QUIET_SECONDS):
            return
    await _hear(reader, heard, QUIET_SECONDS)
    if chance.random() < 0.6:
        writer.write(frame(chance, CLOSE, struct.pack(">H", 1000)))


async def _hear(reader: asyncio.StreamReader, heard: Heard, seconds: float) -> bool:
    """Take what comes until it is quiet for so long; whether that was the end."""
    while True:
        try:
            async with asyncio.timeout(seconds):
                some = await reader.read(1 << 16)
        except TimeoutError:
            return False
        except OSError:
            return True
        if not some:
            return True
        heard.rest += some
        if b" 101 " in heard.handshake.partition(b"\r\n")[0]:
            _take_frames(heard)


def _take_frames(heard: Heard) -> None:
    """Take the frames that have come whole; those of servers have no mask."""
    rest = heard.rest
    while len(rest) >= 2:
        size, begin = rest[1] & 0x7F, 2
        if size >= 126:
            begin = 4 if size == 126 else 10
            size = int.from_bytes(rest[2:begin]) if len(rest) >= begin else MOST_BYTES
        if len(rest) < begin + size:
            break
        payload = bytes(rest[begin : begin + size])
        if rest[0] & 0xF == TEXT:
            heard.messages.append(payload)
        elif rest[0] & 0xF == CLOSE:
            heard.code = int.from_bytes(payload[:2]) if len(payload) >= 2 else 1005
        del rest[: begin + size]
