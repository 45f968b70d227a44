"""kill -9 while commands run: what was acknowledged is there exactly once, and nothing needs a hand."""

from __future__ import annotations

import random
import signal
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx

from tests.stores import place
from tests.web.serving import REGISTER, Served, unit
from txapi.cli.reading import open_to_read

ROUNDS = 2
CLIENTS = 4


class Crowd:
    """Clients that register units with command ids, noting what was acknowledged and what stayed open."""

    def __init__(self, server: Served, name: str) -> None:
        self.acknowledged: dict[str, str] = {}
        self.open: list[str] = []
        self._address, self._token = server.address, server.token()
        self._threads = [threading.Thread(target=self._work, args=(f"{name}-{n}",)) for n in range(CLIENTS)]
        for thread in self._threads:
            thread.start()

    def _work(self, name: str) -> None:
        with httpx.Client(base_url=self._address, timeout=20) as client:
            for count in range(100_000):
                code = f"{name}-{count}"
                try:
                    receipt = register(client, self._token, code)
                except httpx.TransportError:
                    self.open.append(code)
                    return
                self.acknowledged[code] = receipt["position"]

    def join(self) -> None:
        for thread in self._threads:
            thread.join()


def register(client: httpx.Client, token: str, code: str) -> Any:
    body = {"query": REGISTER, "variables": unit(code, commandId=f"register {code}")}
    answer = client.post("/graphql", json=body, headers={"authorization": f"Bearer {token}"}).json()
    assert "errors" not in answer, answer
    return answer["data"]["registerUnit"]


def test_a_server_that_is_killed_again_and_again_keeps_every_acknowledged_command_exactly_once(tmp_path: Path) -> None:
    chance = random.Random(86129)
    folder = tmp_path / "data"
    acknowledged: dict[str, str] = {}
    still_open: list[str] = []

    for number in range(ROUNDS):
        server = Served(folder)
        for code in still_open:
            # Whether it was carried out is not known: the same command again answers either way, and counts once.
            receipt = register(server.client, server.token(), code)
            acknowledged[code] = receipt["position"]
        crowd = Crowd(server, f"r{number}")
        while not crowd.acknowledged:
            time.sleep(0.005)
        time.sleep(chance.uniform(0, 0.4))
        server.stop(signal.SIGKILL)
        crowd.join()
        acknowledged |= crowd.acknowledged
        still_open = crowd.open

    with Served(folder) as server:
        state = server.client.get("/readyz")
        read = server.post("{ units(first: 1) { totalCount } record { head digest } }").json()["data"]
        rebuilt = server.post("{ record { digest } }").json()["data"]["record"]["digest"]
    with open_to_read(place(folder)) as record:
        recorded = {event.event.code: event.position for event in record.read_all()}  # type: ignore[attr-defined]
        indexes = record.indexes()
        assert indexes == record.derived_indexes()
        positions = [event.position for event in record.read_all()]

    assert state.status_code == 200
    assert positions == list(range(1, len(positions) + 1))
    assert Counter(recorded.values()).most_common(1)[0][1] == 1
    assert {code: str(recorded[code]) for code in acknowledged} == acknowledged
    assert set(recorded) - set(acknowledged) <= set(still_open)
    assert read["units"]["totalCount"] == len(recorded) == int(read["record"]["head"])
    assert rebuilt == digest_of_a_rebuild(folder, tmp_path)


def digest_of_a_rebuild(folder: Path, beside: Path) -> str:
    """The digest of read models that are built from the record alone."""
    from txapi.audit.rebuilding import build_views

    with open_to_read(place(folder)) as record:
        return build_views(record, beside / "rebuilt.db").digest
