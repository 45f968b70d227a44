"""The servers that are compared: how each is made ready, started and asked."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from _load import request
from _measuring import say
from _shapes import Shape, body
from _stores import POSTGRESQL, SQLITE

from tests.postgres import free_port

HERE = Path(__file__).resolve().parent / "peers"
HOST = "127.0.0.1"
READY_SECONDS = 120.0

PRODUCT, BY_HAND = "txapi", "handwritten"
ASKED_AGAIN = "txapi, asked again"
"""The product as it is: it keeps answers (decision 52). As `txapi` it is told with each request to work the answer out."""
PYTHON = ("stock_ariadne", "stock_strawberry")
NODE = ("mercurius", "yoga", "postgraphile")
LEAST_NODE = 20
UNREFUSED = {"TXAPI_BUDGETS": "*=off/off", "TXAPI_QUERY_SECONDS": "300"}
"""What the product is told, or it would refuse so much from one client, and end what takes long among so many."""
WHO = {SQLITE: (BY_HAND,), POSTGRESQL: (BY_HAND, *NODE, *PYTHON)}
"""Who is compared with the product on each of its stores."""


@dataclass(frozen=True)
class Running:
    """A server that answers."""

    name: str
    port: int
    pid: int
    token: str | None = None

    @property
    def is_product(self) -> bool:
        """Whether it is the product, however it is asked."""
        return self.name in (PRODUCT, ASKED_AGAIN)

    def asked(self, shape: Shape) -> bytes | None:
        """The bytes of the request for a shape; None where this server is not asked it."""
        if self.name == ASKED_AGAIN and shape.writes:
            return None
        if self.name == BY_HAND:
            if shape.by_hand is None:
                return None
            return request(HOST, self.port, f"/{shape.by_hand}", json.dumps(dict(shape.takes)).encode())
        document = shape.product
        if not self.is_product:
            found = shape.postgraphile if self.name == "postgraphile" else shape.peers
            if found is None:
                return None
            document = found
        token = self.token if shape.writes else None
        return request(HOST, self.port, "/graphql", body(document), token, anew=self.name == PRODUCT)


def python() -> str:
    """The interpreter of the peers' own environment, made as their requirements say, by hash."""
    environment = HERE / ".venv"
    wanted = hashlib.sha256((HERE / "requirements.txt").read_bytes()).hexdigest()
    stamp = environment / ".requirements.sha256"
    if not (stamp.is_file() and stamp.read_text() == wanted):
        say("installing the peers in Python")
        shutil.rmtree(environment, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
        install = ["-m", "pip", "install", "--quiet", "--quiet", "--disable-pip-version-check", "--require-hashes"]
        subprocess.run(
            [str(environment / "bin" / "python"), *install, "-r", str(HERE / "requirements.txt")], check=True
        )
        stamp.write_text(wanted)
    return str(environment / "bin" / "python")


def node() -> str | None:
    """Node, with the packages of the lock; None where it is absent or too old, which is said."""
    found = shutil.which("node")
    if found is None or shutil.which("npm") is None:
        say(f"Node is not installed: {', '.join(NODE)} are not measured (Debian: nodejs npm)")
        return None
    version = subprocess.run([found, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if int(version.removeprefix("v").split(".")[0]) < LEAST_NODE:
        say(f"Node {LEAST_NODE} or later is needed, and this is {version}: {', '.join(NODE)} are not measured")
        return None
    locked = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()
    stamp = HERE / "node_modules" / ".lock.sha256"
    if not (stamp.is_file() and stamp.read_text() == locked):
        say("installing the peers on Node")
        # No package needs a script of its own to be run.
        subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"], cwd=HERE, check=True)
        stamp.write_text(locked)
    # The lock brings a Node of its own where npm has one for this machine: PostGraphile needs a later one than Debian has.
    own = next(iter(HERE.glob("node_modules/node-linux-*/bin/node")), None)
    return str(own or found)


@contextlib.contextmanager
def peer(name: str, program: str, store: dict[str, str], log: IO[bytes]) -> Iterator[Running]:
    """One of the peers, or the endpoint by hand, in one process; `store` names its tables."""
    port = free_port()
    if name in NODE:
        command = [program, str(HERE / f"{name}.mjs")]
    else:
        command = [program, "-m", "uvicorn", f"{name}:app", "--app-dir", str(HERE), "--port", str(port)]
        command += ["--no-access-log", "--log-level", "warning"]
    environment = {**os.environ, **store, "PORT": str(port), "NODE_ENV": "production", "GRAPHILE_ENV": "production"}
    with _running(command, environment, port, log, ready="/") as pid:
        yield Running(name, port, pid)


@contextlib.contextmanager
def bare(size: int, log: IO[bytes]) -> Iterator[int]:
    """The port of what answers with so many bytes and does nothing else."""
    port = free_port()
    command = [sys.executable, str(HERE.parent / "_bare.py"), str(port), str(size)]
    with _running(command, dict(os.environ), port, log, ready="/"):
        yield port


@contextlib.contextmanager
def product(settings: dict[str, str], token: str, log: IO[bytes]) -> Iterator[Running]:
    """`txapi serve` as it is without settings, but for a budget and a time limit that would refuse the load."""
    port = free_port()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TXAPI_")}
    environment = {**kept, "TXAPI_PORT": str(port), **UNREFUSED, **settings}
    with _running([sys.executable, "-m", "txapi", "serve"], environment, port, log, ready="/readyz") as pid:
        yield Running(PRODUCT, port, pid, token)


@contextlib.contextmanager
def _running(command: list[str], environment: dict[str, str], port: int, log: IO[bytes], ready: str) -> Iterator[int]:
    with subprocess.Popen(command, env=environment, stdout=log, stderr=log) as server:
        try:
            end = time.monotonic() + READY_SECONDS
            while not _answers(port, ready):
                if server.poll() is not None or time.monotonic() > end:
                    raise SystemExit(f"{command[0]} {command[-1]} does not serve; its log is {log.name}")
                time.sleep(0.1)
            yield server.pid
        finally:
            server.send_signal(signal.SIGTERM)
            try:
                server.wait(timeout=30)
            except subprocess.TimeoutExpired:
                server.kill()


def _answers(port: int, path: str) -> bool:
    """Whether somebody answers; a page that is not there is an answer, too, but for one that says whether all is ready."""
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}{path}", timeout=5) as answer:
            return bool(answer.status == 200)
    except urllib.error.HTTPError as error:
        return path == "/" and error.code < 500
    except OSError:
        return False
