"""A real server for tests: a process of its own, started and stopped as a user would, on a port of its choice."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

import httpx

from tests import stores
from tests.faults.size import SIZE
from tests.web.forking import Forked, forked
from txapi.domain.event import Role
from txapi.web.tokens import Tokens

REGISTER = """
mutation Register($input: RegisterUnitInput!) {
  registerUnit(input: $input) {
    __typename
    ... on UnitReceipt { position replayed unit { code } }
    ... on Refusal { code message }
  }
}
"""
UNITS = "{ units(first: 50) { totalCount nodes { code } } }"


def environment(folder: Path, **settings: str) -> dict[str, str]:
    """The environment of a user who set these settings and no others."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TXAPI_")}
    told = {"TXAPI_PORT": "0", "TXAPI_ANONYMOUS_ROLE": "reader", **stores.environment(folder), **settings}
    return {**kept, **told}


def unit(code: str, **more: Any) -> dict[str, Any]:
    """The variables that register a unit."""
    name = {"zh": "梧桐街道", "en": "Wutong"}
    return {"input": {"code": code, "name": name, "kind": "SUBDISTRICT", "duty": "IMPLEMENTING_BODY", **more}}


_WARNINGS = re.compile(r"^(?:\S+ (?:WARNING|ERROR|CRITICAL) |Traceback ).*", re.MULTILINE)
_ERRORS = re.compile(r"^(?:\S+ (?:ERROR|CRITICAL) |Traceback ).*", re.MULTILINE)


class Served:
    """A running `txapi serve` on a folder. Closing it ends it gracefully; `code` is then its exit code."""

    program: tuple[str, ...] = ("txapi", "serve")
    """The module that is run, and what it is told first."""

    def __init__(self, folder: Path, *options: str, log: Path | str | None = None, **settings: str) -> None:
        self.folder = folder
        self.log = Path(log) if log else folder.parent / f"{folder.name}.log"
        run, told = [*self.program, *options], environment(folder, **settings)
        self.process: subprocess.Popen[str] | Forked
        with self.log.open("ab") as written:
            if SIZE or any(not name.startswith("TXAPI_") for name in settings):
                # Faults are for processes as they are, and what is imported may read its own settings.
                self.process = subprocess.Popen(
                    [sys.executable, "-m", *run], env=told, stdout=subprocess.PIPE, stderr=written, text=True
                )
            else:
                self.process = forked(run, told, written.fileno())
        self.code: int | None = None
        assert self.process.stdout is not None
        self.said = ""
        found = None
        while found is None:
            line = self.process.stdout.readline()
            assert line, self.said + self.log.read_text()
            self.said += line
            found = re.search(r"at (http://\S+)/graphql", line)
        self.address = found[1]
        self.client = httpx.Client(base_url=self.address, timeout=60)

    def heard(self, mark: str) -> str:
        """What the server prints up to and including the line that holds `mark`."""
        assert self.process.stdout is not None
        heard = ""
        while mark not in heard:
            line = self.process.stdout.readline()
            assert line, heard
            heard += line
        return heard

    def token(self, role: Role = Role.ADMINISTRATOR, unit: str | None = None) -> str:
        """A token that this server reads."""
        key = Tokens.from_file(self.folder / "token-key.pem", create=False)
        return key.issue(f"test.{role.value}", role, unit, timedelta(hours=1))

    def post(self, query: str, variables: Any = None, token: str | None = None, **body: Any) -> httpx.Response:
        """The response to an operation."""
        headers = {} if token is None else {"authorization": f"Bearer {token}"}
        return self.client.post("/graphql", json={"query": query, "variables": variables, **body}, headers=headers)

    def warnings(self) -> list[str]:
        """What its log tells of level warning or above, and where tracebacks begin."""
        return _WARNINGS.findall(self.log.read_text(encoding="utf-8"))

    def errors(self) -> list[str]:
        """The same of level error or above."""
        return _ERRORS.findall(self.log.read_text(encoding="utf-8"))

    def stop(self, number: int = signal.SIGTERM) -> int:
        """End the process and wait; its exit code."""
        self.client.close()
        if self.code is None:
            self.process.send_signal(number)
            rest, _ = self.process.communicate(timeout=120)
            self.said += rest
            self.code = self.process.wait()
        return self.code

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()
