"""Taking an address to serve at, before anything else is done: whoever cannot listen need not load anything."""

from __future__ import annotations

import contextlib
import os
import resource
import socket

from txapi.cli.ends import ADDRESS_IN_USE, BAD_USAGE, stop

FIRST_HANDED_OVER = 3
"""The descriptor of the first socket that a supervisor hands over (sd_listen_fds(3))."""


def listen(host: str, port: int, choose: str) -> socket.socket:
    """A socket that listens there; ends the command otherwise, with a hint how to choose another port.

    A socket that a supervisor (systemd) hands over is taken instead, wherever it listens. It outlives this process, so
    while one server is replaced by the next, whoever connects waits, and nobody is refused.
    """
    handed_over = _handed_over()
    if handed_over is not None:
        return handed_over
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


def _handed_over() -> socket.socket | None:
    """The listening socket that the environment says is open already; None where it is not meant for this process."""
    told = {name: os.environ.pop(name, "") for name in ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES")}
    if told["LISTEN_PID"] != str(os.getpid()):
        return None
    if told["LISTEN_FDS"] != "1":
        stop(BAD_USAGE, f"LISTEN_FDS={told['LISTEN_FDS']!r}: one socket is served; hand over exactly one")
    try:
        listening = socket.socket(fileno=FIRST_HANDED_OVER)
        listens = listening.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    except OSError as error:
        stop(BAD_USAGE, f"descriptor {FIRST_HANDED_OVER} should be the socket to listen on, and is none: {error}")
    if not listens or listening.family not in {socket.AF_INET, socket.AF_INET6}:
        stop(BAD_USAGE, f"descriptor {FIRST_HANDED_OVER} is no socket that listens for TCP connections")
    listening.set_inheritable(False)
    return listening


def as_many_connections_as_may_be() -> None:
    """Raise the limit of open files as far as this process may: each connection is one, and the usual limit is small."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    # A supervisor may have forbidden even this; then it has set the limit that it wants.
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def address_of(listening: socket.socket) -> str:
    """The address as a URL, with the port that was really taken."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
