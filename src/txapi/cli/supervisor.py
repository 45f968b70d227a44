"""Telling the supervisor 监管进程 that started this process how it fares (sd_notify(3)); nobody, where none did."""

from __future__ import annotations

import logging
import os
import socket

READY = "READY=1"
STOPPING = "STOPPING=1"
MORE_TIME = "EXTEND_TIMEOUT_USEC=60000000"
"""Wait for a minute from now on, whatever was agreed upon."""

log = logging.getLogger(__name__)


def tell_supervisor(*states: str) -> None:
    """Send states (`READY=1`, `STATUS=…`) to the socket in NOTIFY_SOCKET. One who cannot be told is logged, not waited for."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    # A leading @ stands for the zero byte of Linux's abstract names.
    place = f"\0{address[1:]}" if address.startswith("@") else address
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as to_supervisor:
            to_supervisor.settimeout(1.0)
            to_supervisor.sendto("\n".join(states).encode(), place)
    except OSError as error:
        log.warning("the supervisor cannot be told %s: %s", states[0], error)


def building(position: int, target: int) -> None:
    """Say how far the read models are: the supervisor waits on, as long as it is told again within a minute."""
    tell_supervisor(f"STATUS=building read models: {position} of {target}", MORE_TIME)
