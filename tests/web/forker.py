"""The process that forks servers for tests: it imports what a server imports, waits to be told what to run, and says what became of it."""

from __future__ import annotations

import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import sys
from contextlib import suppress
from typing import Any

MOST_BYTES = 1 << 18
IMPORTED = (
    "txapi.cli.demo",
    "txapi.cli.load",
    "txapi.cli.reading",
    "txapi.cli.serve",
    "txapi.web.app",
    "txapi.web.server",
    "txapi.web.warming",
    "txapi.web.webhooks.telling",
    "uvicorn.lifespan.on",
    "uvicorn.loops.uvloop",
)


def fork_on_demand(told: socket.socket) -> list[str]:
    """Fork for each message until no more can come. It returns in the children, with what to run."""
    woken, wakes = socket.socketpair()
    woken.setblocking(False)
    wakes.setblocking(False)
    signal.set_wakeup_fd(wakes.fileno(), warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    # A signal from the terminal is for who runs the tests.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    running: dict[int, socket.socket] = {}
    while True:
        ready, _, _ = select.select([told, woken], [], [])
        if woken in ready:
            woken.recv(4_096)
            _report(running)
        if told not in ready:
            continue
        message, given, _, _ = socket.recv_fds(told, MOST_BYTES, 3)
        if not message:
            sys.exit()
        *outputs, answer = given
        if (pid := os.fork()) == 0:
            for end in (told, woken, wakes, *running.values()):
                end.close()
            os.close(answer)
            return _become(json.loads(message), outputs)
        for output in outputs:
            os.close(output)
        running[pid] = socket.socket(fileno=answer)
        running[pid].sendall(f"{pid}\n".encode())


def _report(running: dict[int, socket.socket]) -> None:
    """Tell of each that has ended how it did."""
    for pid in list(running):
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            # Whoever started it may be gone, or not want to know.
            with running.pop(pid) as answer, suppress(OSError):
                answer.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())


def _become(what: dict[str, Any], outputs: list[int]) -> list[str]:
    """Take on what the new process is told."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number, output in enumerate(outputs, start=1):
        os.dup2(output, number)
        os.close(output)
    os.environ.clear()
    os.environ.update(what["environment"])
    os.chdir(what["folder"])
    arguments: list[str] = what["arguments"]
    return arguments


if __name__ == "__main__":
    gc.disable()
    for name in IMPORTED:
        importlib.import_module(name)
    gc.freeze()
    gc.enable()
    run = fork_on_demand(socket.socket(fileno=int(sys.argv[1])))
    sys.argv = run
    runpy.run_module(run[0], run_name="__main__", alter_sys=True)
