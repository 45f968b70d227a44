"""A demonstration as a reader has it: a server of its own, the tokens that it printed, and a shell beside it."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import jwt

from tests.web.serving import Served

ROOT = Path(__file__).resolve().parent.parent.parent
ADDRESS = "http://127.0.0.1:8000"
"""Where the tutorials say that the demonstration is."""

RECEIVER = "127.0.0.1:9000"
"""Where they say that somebody receives webhooks."""

TOKEN = re.compile(r"^  (\S.*)\n    (eyJ\S+)$", re.MULTILINE)
PASTED = re.compile(r"eyJ…(\s+# (.+))$", re.MULTILINE)
PATIENCE_SECONDS = 120.0


class Demo:
    """`make run` in a folder of its own. Tokens are found by who carries them: `clerk/dept-eic`, `auditor`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.served = Served(folder / "data", "--demo", TXAPI_WEBHOOK_HTTP="private")
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.receiver = f"127.0.0.1:{free.getsockname()[1]}"
        self.said = self.served.said + self.served.heard("Ctrl-C")
        self.tokens: dict[str, str] = {}
        for title, token in TOKEN.findall(self.said):
            carried = jwt.decode(token, options={"verify_signature": False})
            self.tokens["/".join(filter(None, (carried["role"], carried.get("unit"))))] = token
            self.tokens[title] = token
        self.said = self.said.replace(self.served.address, ADDRESS)
        self.shell = Shell(folder / "shell.log", TXAPI_DATA=str(self.served.folder))

    def ask(self, who: str | None, body: dict[str, Any]) -> dict[str, Any]:
        """The whole answer to a request, by somebody or by nobody."""
        headers = {} if who is None else {"authorization": f"Bearer {self.tokens[who]}"}
        asked = json.dumps(body).replace(RECEIVER, self.receiver)
        headers["content-type"] = "application/json"
        answer = self.served.client.post("/graphql", content=asked, headers=headers).text
        told: dict[str, Any] = json.loads(answer.replace(self.receiver, RECEIVER))
        return told

    def run(self, command: str) -> list[str]:
        """The lines that a command prints, as the text writes them."""
        command = PASTED.sub(lambda pasted: self.tokens[pasted[2]] + pasted[1], command)
        command = command.replace("receiver.py", shlex.quote(str(self.folder / "receiver.py")))
        printed = self.shell.run(command.replace(ADDRESS, self.served.address))
        return printed.replace(self.served.address, ADDRESS).replace(self.receiver, RECEIVER).splitlines()

    def keep(self, name: str, text: str) -> None:
        """A file of the reader's own."""
        (self.folder / name).write_text(text.replace("9000", self.receiver.rpartition(":")[2]), encoding="utf-8")

    def stop(self) -> None:
        """End the shell and the server."""
        self.shell.stop()
        self.served.stop()


class Shell:
    """One bash for all commands of a tutorial, for it remembers what they set; it stands in the checkout."""

    END = "-- the end of a command, with"

    def __init__(self, log: Path, as_user: tuple[str, ...] = (), **variables: str) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("TXAPI_")}
        programs = f"{Path(sys.executable).parent}{os.pathsep}{variables.pop('PATH', os.environ['PATH'])}"
        if shutil.which("curl") is None:
            programs = f"{programs}{os.pathsep}{stand_in_for_curl(log.parent)}"
        self.log = log
        with log.open("wb") as told:
            self.process = subprocess.Popen(
                [*as_user, "bash", "--noprofile", "--norc"],
                cwd=ROOT,
                env={**kept, "PATH": programs, "LC_ALL": "C.UTF-8", **variables},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=told,
                text=True,
                encoding="utf-8",
            )

    def run(self, command: str) -> str:
        """What a command prints. Fails where it ends with anything but 0, or never."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{command}\nended=$?; echo; echo '{self.END}' $ended\n")
        self.process.stdin.flush()
        printed: list[str] = []
        late = threading.Timer(PATIENCE_SECONDS, self.process.kill)
        late.start()
        try:
            for line in self.process.stdout:
                if line.startswith(self.END):
                    break
                printed.append(line)
        finally:
            late.cancel()
        # A command of the text takes nothing from the input, so whatever follows was printed by it.
        assert printed, f"{command}\n{self.log.read_text()}"
        assert line == f"{self.END} 0\n", f"{command}\n{line}{''.join(printed)}{self.log.read_text()}"
        return "".join(printed).removesuffix("\n")

    def stop(self) -> None:
        """End the shell."""
        self.process.kill()
        self.process.communicate()


def stand_in_for_curl(folder: Path) -> Path:
    """A folder with a `curl` that can do what the tutorials ask of it: Python, make and git must be enough for a test."""
    folder = folder / "bin"
    folder.mkdir()
    script = folder / "curl"
    program = shlex.join([sys.executable, str(Path(__file__).with_name("curl.py"))])
    script.write_text(f'#!/bin/sh\nexec {program} "$@"\n', encoding="utf-8")
    script.chmod(0o755)
    return folder
