"""A server under a supervisor: the socket is handed over, the state is told, and a restart refuses nobody."""

from __future__ import annotations

import logging
import os
import shlex
import socket
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import httpx
import pytest

from tests.web.supervising import Supervisor
from txapi.cli.supervisor import building, tell_supervisor

pytestmark = pytest.mark.slow

CLIENTS = 3
LISTEN = "from txapi.cli.listening import address_of, listen; print(address_of(listen('127.0.0.1', 0, '--port')))"


@pytest.mark.only_on("sqlite", because="the socket and the supervisor know nothing of the store")
def test_a_restart_under_requests_refuses_no_connection_and_fails_no_request(tmp_path: Path) -> None:
    answered: Counter[str] = Counter()
    enough = threading.Event()

    def ask(address: str) -> None:
        while not enough.is_set():
            try:
                # A connection of its own for every request: none may be refused, whenever it comes.
                answered[str(httpx.get(f"{address}/healthz", timeout=60).status_code)] += 1
            except httpx.HTTPError as error:
                answered[repr(error)] += 1

    with Supervisor(tmp_path / "data") as supervisor:
        asking = [threading.Thread(target=ask, args=(supervisor.address,)) for _ in range(CLIENTS)]
        for thread in asking:
            thread.start()
        wait_for(answered, 10)
        first = supervisor.process
        supervisor.stop()
        before = answered["200"]
        supervisor.start()
        wait_for(answered, before + 10)
        enough.set()
        for thread in asking:
            thread.join()
        second = supervisor.process
        supervisor.stop()

    assert first is not second
    assert set(answered) == {"200"}


def wait_for(answered: Counter[str], count: int) -> None:
    """Wait until so many requests were answered; whatever failed is looked at afterwards."""
    soon = threading.Event()
    for _ in range(6_000):
        if answered["200"] >= count or len(answered) > 1:
            return
        soon.wait(0.01)
    raise AssertionError(answered)


def listening_with(hand_over: socket.socket | None, environment: str) -> subprocess.CompletedProcess[str]:
    """What a command says that listens in this environment, with the socket as descriptor 3."""
    number = -1 if hand_over is None else hand_over.fileno()
    redirect = "exec 3</dev/null" if hand_over is None else f"exec 3<&{number}"
    return subprocess.run(
        ["bash", "-c", f"{redirect} && {environment} exec {shlex.join([sys.executable, '-c', LISTEN])}"],
        pass_fds=[] if hand_over is None else [number],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def open_socket():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


def test_a_socket_that_is_handed_over_is_served_wherever_it_listens(open_socket: socket.socket) -> None:
    said = listening_with(open_socket, "LISTEN_PID=$$ LISTEN_FDS=1")

    assert said.stdout == f"http://127.0.0.1:{open_socket.getsockname()[1]}\n"


def test_a_socket_that_was_meant_for_another_process_is_left_alone(open_socket: socket.socket) -> None:
    said = listening_with(open_socket, f"LISTEN_PID={os.getpid()} LISTEN_FDS=1")

    assert said.returncode == 0
    assert said.stdout != f"http://127.0.0.1:{open_socket.getsockname()[1]}\n"


def test_more_sockets_than_one_are_refused(open_socket: socket.socket) -> None:
    said = listening_with(open_socket, "LISTEN_PID=$$ LISTEN_FDS=2")

    assert (said.returncode, said.stdout) == (1, "")
    assert "hand over exactly one" in said.stderr


@pytest.mark.parametrize("what", ["a file", "a socket that only sends", "a socket of the file system"])
def test_what_is_no_listening_socket_is_refused(what: str, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX if "file system" in what else socket.AF_INET) as handed_over:
        if "file system" in what:
            handed_over.bind(f"/tmp/{os.getpid()}.txapi-test")
            handed_over.listen()
            Path(f"/tmp/{os.getpid()}.txapi-test").unlink()

        said = listening_with(None if what == "a file" else handed_over, "LISTEN_PID=$$ LISTEN_FDS=1")

    assert (said.returncode, said.stdout) == (1, "")
    assert "descriptor 3" in said.stderr


@pytest.mark.parametrize("abstract", [False, True])
def test_a_supervisor_is_told_where_it_listens(abstract: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"/tmp/{os.getpid()}.txapi-notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
        told.bind(f"\0{name[1:]}" if abstract else name)
        monkeypatch.setenv("NOTIFY_SOCKET", f"@{name[1:]}" if abstract else name)

        tell_supervisor("READY=1", "STATUS=serving")
        building(3, 10)

        assert told.recv(4_096) == b"READY=1\nSTATUS=serving"
        assert told.recv(4_096) == b"STATUS=building read models: 3 of 10\nEXTEND_TIMEOUT_USEC=60000000"
    Path(name).unlink(missing_ok=True)


def test_a_supervisor_that_is_gone_holds_nobody_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "gone"))

    with caplog.at_level(logging.WARNING):
        tell_supervisor("READY=1")

    assert "the supervisor cannot be told READY=1" in caplog.text


def test_where_nobody_supervises_nothing_is_told(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)

    tell_supervisor("READY=1")

    assert caplog.text == ""
