"""Taking an address to serve at, before anything else is done: whoever cannot listen need not load anything."""

from __future__ import annotations

import socket

from txapi.cli.ends import ADDRESS_IN_USE, BAD_USAGE, stop


def listen(host: str, port: int, choose: str) -> socket.socket:
    """A socket that listens there; ends the command otherwise, with a hint how to choose another port."""
    try:
        [(family, kind, _, _, address), *_] = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        listening = socket.socket(family, kind)
    except OSError as error:
        stop(BAD_USAGE, f"{host} is no address to listen on: {error}")
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(address)
        listening.listen(2048)
    except OSError as error:
        listening.close()
        stop(ADDRESS_IN_USE, f"cannot listen on {host}:{port}: {error.strerror}; choose another with {choose}")
    return listening


def address_of(listening: socket.socket) -> str:
    """The address as a URL, with the port that was really taken."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
