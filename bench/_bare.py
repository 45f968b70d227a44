"""A server that is none: bytes for bytes, `python _bare.py PORT SIZE`. It shows how fast whoever asks can be."""

from __future__ import annotations

import asyncio
import sys

END = b"\r\n\r\n"


class Bare(asyncio.Protocol):
    """Answers whatever ends a request; the body of one that is asked here comes with its head."""

    answer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep where to write."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer at once."""
        if END in data:
            self._transport.write(self.answer)


async def serve(port: int, size: int) -> None:
    """Serve until the process ends."""
    Bare.answer = f"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n".encode() + b"x" * size
    server = await asyncio.get_running_loop().create_server(Bare, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2])))
