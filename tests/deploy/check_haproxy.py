"""The load balancer's file is one that it reads, and while a node behind it is replaced every question is answered."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from tests.docs.demo import ROOT
from tests.faults.test_blue_green import MANY, Asking, register_many, units_at
from tests.postgres import free_port
from tests.web.serving import Served
from tests.web.several import until

FILE = ROOT / "deploy" / "haproxy.cfg"

pytestmark = pytest.mark.only_on("postgresql", because="several nodes need a database")


@pytest.fixture
def nodes(tmp_path: Path) -> Iterator[list[Served]]:
    """Two nodes that go on for some seconds after they are told to stop."""
    with ExitStack() as held:
        yield [
            held.enter_context(Served(tmp_path / "data", log=tmp_path / f"{name}.log", TXAPI_DRAIN_SECONDS="5"))
            for name in ("first", "second")
        ]


@pytest.fixture
def balanced(nodes: list[Served], tmp_path: Path) -> Iterator[str]:
    """The address of the balancer in front of them."""
    assert shutil.which("haproxy"), "install HAProxy (Debian: apt-get install haproxy)"
    port, file = free_port(), tmp_path / "haproxy.cfg"
    text = FILE.read_text(encoding="utf-8").replace("127.0.0.1:8080", f"127.0.0.1:{port}")
    for number, node in enumerate(nodes, 1):
        text = text.replace(f"10.0.0.{number}:8000", node.address.removeprefix("http://"))
    file.write_text(text, encoding="utf-8")
    checked = subprocess.run(["haproxy", "-c", "-f", file], capture_output=True, text=True, check=False)
    assert (checked.returncode, "WARNING" in checked.stderr) == (0, False), checked.stderr
    process = subprocess.Popen(["haproxy", "-db", "-f", file])
    address = f"http://127.0.0.1:{port}"
    try:
        until(lambda: answers(address))
        yield address
    finally:
        process.terminate()
        process.wait(30)


def answers(address: str) -> bool:
    """Whether a node is reached there."""
    try:
        return httpx.get(f"{address}/readyz", timeout=10).status_code == 200
    except httpx.TransportError:
        return False


def test_a_node_that_stops_is_left_in_time(nodes: list[Served], balanced: str) -> None:
    first, second = nodes
    last = register_many(first)
    assert units_at(second, last) == MANY

    with Asking(balanced) as asking:
        asking.more()
        assert first.stop() == 0
        asking.more(50)

    assert asking.wrong == []
    assert httpx.get(f"{balanced}/metrics", timeout=10).status_code == 403


def test_nobody_is_sent_to_a_node_that_is_gone(nodes: list[Served], balanced: str) -> None:
    first, second = nodes
    units_at(second, register_many(first))
    second.process.kill()
    second.process.wait()

    with Asking(balanced) as asking:
        asking.more(20)

    assert asking.wrong == []
