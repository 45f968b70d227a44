"""Both tutorials are true: every block runs against a real demo server, and every answer shown is the one given."""

from __future__ import annotations

import json
import os
import re
import shlex
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.docs.blocks import Block, blocks_of, fits, lines_fit
from txapi.domain.event import Role
from txapi.web.tokens import Tokens

DOCS = Path(__file__).resolve().parent.parent.parent / "docs"
TICKET = re.compile(r'"TICKET"')


class Demo:
    """A demo server in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.folder = folder
        self.address = f"http://127.0.0.1:{port}"
        self.environment = {**os.environ, "TXAPI_DATA": str(folder), "TXAPI_PORT": str(port), "TXAPI_HOST": "127.0.0.1"}
        with (folder / "server.log").open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "txapi", "serve", "--demo"], env=self.environment, stdout=log, stderr=log
            )
        for _ in range(300):
            try:
                urllib.request.urlopen(f"{self.address}/readyz").read()
                break
            except (urllib.error.URLError, ConnectionError):
                assert self.process.poll() is None, (folder / "server.log").read_text()
                time.sleep(0.1)
        self.tokens = Tokens.from_file(folder / "token-key.pem")

    def ask(self, query: str, who: str | None = None) -> Any:
        """The whole answer to a document, as a role (and unit) or as nobody."""
        headers = {"content-type": "application/json"}
        if who is not None:
            role, _, unit = who.partition("/")
            token = self.tokens.issue("tutorial", Role(role), unit or None, timedelta(hours=1))
            headers["authorization"] = f"Bearer {token}"
        request = urllib.request.Request(f"{self.address}/graphql", json.dumps({"query": query}).encode(), headers)
        with urllib.request.urlopen(request) as response:
            return json.load(response)

    def run(self, command: str) -> list[str]:
        """The lines that a command of ours prints."""
        words = shlex.split(command)
        assert words[0] == "txapi", command
        done = subprocess.run(
            [sys.executable, "-m", "txapi", *words[1:]],
            env=self.environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.splitlines()


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """One demo for both tutorials: auditors first, for front-end teams change something."""
    served = Demo(tmp_path_factory.mktemp("demo"))
    yield served
    served.process.terminate()
    served.process.wait(timeout=20)


def check(demo: Demo, block: Block, after: Block | None) -> None:
    """Run one block and compare with what the text shows behind it."""
    if block.language == "console":
        command, *said = block.text.removeprefix("$ ").splitlines()
        printed = demo.run(command)
        assert lines_fit(said, printed), f"line {block.line}:\n" + "\n".join(printed)
    elif block.language == "graphql":
        query = block.text
        if TICKET.search(query):
            found = demo.ask('{ ticket(number: "2015-0013") { entityId } }')["data"]["ticket"]["entityId"]
            query = TICKET.sub(f'"{found}"', query)
        who = block.told.removeprefix("as=") or None
        answer = demo.ask(query, who)
        assert after is not None, f"line {block.line}: no answer is shown"
        assert after.language == "json", f"line {block.line}: no answer is shown"
        said = json.loads(after.text)
        shown = answer if "errors" in said else answer.get("data")
        assert fits(said, shown), f"line {block.line}:\n" + json.dumps(answer, ensure_ascii=False, indent=2)


@pytest.mark.parametrize("name", ["auditors.md", "front-end.md"])
def test_every_block_of_a_tutorial_runs_and_answers_as_shown(demo: Demo, name: str) -> None:
    blocks = blocks_of(DOCS / name)
    assert any(block.language == "graphql" for block in blocks)

    for block, after in zip(blocks, [*blocks[1:], None], strict=True):
        check(demo, block, after)
