"""A connection to PostgreSQL that can be cut or frozen at a word: a proxy on a port of 127.0.0.1."""

from __future__ import annotations

import contextlib
import enum
import socket
import threading
from typing import Self

from psycopg.conninfo import conninfo_to_dict, make_conninfo


class Fault(enum.Enum):
    """What happens to the connection on which the word is said."""

    CUT_BEFORE = "the server never hears the word, and both ends are cut"
    CUT_AFTER = "the server hears it, and the client never gets the answer: both ends are cut"
    FROZEN = "the server hears it, and then nothing comes through any more, while both ends stay connected"
    HELD_BEFORE = "nothing comes through from the word on, while both ends stay connected"


class Proxy:
    """Passes everything on between clients and the server of a connection string, until told otherwise."""

    def __init__(self, dsn: str) -> None:
        told = conninfo_to_dict(dsn)
        host, port = str(told["host"]), int(str(told["port"]))
        self._server = f"{host}/.s.PGSQL.{port}" if host.startswith("/") else (host, port)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.dsn = make_conninfo(dsn, host="127.0.0.1", port=self._listening.getsockname()[1])
        self._trap: tuple[bytes, Fault] | None = None
        self.sprung = threading.Event()
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def trap(self, word: bytes, fault: Fault) -> None:
        """Let that happen to the first connection on which a client says the word, once."""
        self.sprung.clear()
        self._trap = (word, fault)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX if isinstance(self._server, str) else socket.AF_INET)
            try:
                server.connect(self._server)
            except OSError:
                # As a server that is down would: the next attempt may find it up again.
                _end(client)
                server.close()
                continue
            self._open += [client, server]
            frozen = threading.Event()
            threading.Thread(target=self._pass_on, args=(client, server, frozen, True), daemon=True).start()
            threading.Thread(target=self._pass_on, args=(server, client, frozen, False), daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket, frozen: threading.Event, asks: bool) -> None:
        cut = False
        with contextlib.suppress(OSError):
            while not cut and (data := source.recv(1 << 16)):
                fault = self._sprung_by(data) if asks else None
                if fault is not None and fault is not Fault.CUT_BEFORE:
                    # From here on neither the answer nor the end of a connection comes through.
                    frozen.set()
                if fault in (Fault.FROZEN, Fault.CUT_AFTER):
                    target.sendall(data)
                if fault is Fault.CUT_AFTER:
                    # The server is given the time to act on what it has heard.
                    threading.Event().wait(0.2)
                cut = fault in (Fault.CUT_BEFORE, Fault.CUT_AFTER)
                if not cut and not frozen.is_set():
                    target.sendall(data)
        _end(source)
        if cut or not frozen.is_set():
            _end(target)

    def _sprung_by(self, data: bytes) -> Fault | None:
        if self._trap is None or self._trap[0] not in data:
            return None
        fault, self._trap = self._trap[1], None
        self.sprung.set()
        return fault

    def close(self) -> None:
        """Cut everything."""
        _end(self._listening)
        for one in self._open:
            _end(one)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def _end(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()
