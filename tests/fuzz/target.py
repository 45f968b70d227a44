"""The server that is tried: a real process with the demonstration's data, its people's tokens, and what its record names things by."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

from tests.web.serving import Served

SETTINGS = {
    # Requests are to be carried out and not turned away for coming too often; and none of them is to take the machine for long.
    "TXAPI_BUDGETS": "*=40000/off",
    "TXAPI_QUERY_SECONDS": "10",
    # Whoever begins a request and does not end it is waited for less long than the client waits.
    "TXAPI_REQUEST_SECONDS": "3",
    "TXAPI_SEND_SECONDS": "5",
    "TXAPI_LIVE_INIT_SECONDS": "3",
}

THINGS = """
query Things($first: Int!) {
  moment {
    units(first: $first) { nodes { id entityId code } }
    projects(first: $first) { nodes { id entityId } }
    tickets(first: $first) { nodes { id entityId number } }
    targets(first: $first) { nodes { id entityId } }
    companies(first: $first) { nodes { id entityId } }
    parcels(first: $first) { nodes { id entityId } }
    meetings(first: $first) { nodes { id entityId } }
  }
}
"""

_LEVEL = re.compile(
    r"^\S+ (ERROR|CRITICAL) |Traceback \(most recent call last\)|^\s+File \"|\berror [0-9a-f]{16}\b", re.MULTILINE
)


class Target(Served):
    """A running demonstration."""

    def __init__(self, folder: Path, **settings: str) -> None:
        super().__init__(folder, "--demo", **{**SETTINGS, **settings})
        people = self.client.get("/demo/users").json()["users"]
        self.tokens: list[str] = [each["token"] for each in people if each["role"] != "WITNESS"]
        """Of every role that reads."""
        parts = urlsplit(self.address)
        assert parts.hostname is not None
        assert parts.port is not None
        self.where = parts.hostname, parts.port
        self.host = parts.netloc
        self.known = self._known()

    def token_of(self, role: str) -> str:
        """The token of somebody of a role."""
        people = self.client.get("/demo/users").json()["users"]
        return next(str(each["token"]) for each in people if each["role"] == role)

    def _known(self) -> dict[str, list[str]]:
        answer = self.post(THINGS, {"first": 12}, self.tokens[-1]).json()
        known: dict[str, list[str]] = {"id": [], "unit": [], "number": [], "sha256": ["0" * 64]}
        for name, page in answer["data"]["moment"].items():
            ids = [one for node in page["nodes"] for one in (node["entityId"], node["id"])]
            known["id"] += ids
            # What a command calls a thing is the singular of what a list of them is called.
            known[{"companies": "company"}.get(name, name[:-1])] = (
                ids if name != "units" else [node["code"] for node in page["nodes"]]
            )
            known["number"] += [node["number"] for node in page["nodes"] if "number" in node]
        known["units"] = known["code"] = known["parent"] = known["unit"]
        return known

    @property
    def resident_bytes(self) -> int:
        """The memory that the process has."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(r"^VmRSS:\s+(\d+) kB$", status, re.MULTILINE)
        assert found is not None
        return int(found[1]) * 1024

    def head(self) -> int:
        """The position of the last event."""
        return int(self.client.get("/readyz").json()["head"])

    def complaint(self) -> str | None:
        """The first place of the log that tells of an error of ours; None where there is none."""
        text = self.log.read_text(encoding="utf-8", errors="replace")
        found = _LEVEL.search(text)
        return None if found is None else text[max(0, found.start() - 300) : found.start() + 3000]
