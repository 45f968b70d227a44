"""A backup is taken beside a server that goes on writing, and a server goes on from what was restored."""

from __future__ import annotations

import threading
from pathlib import Path

from tests.backup.trying import events_in, run
from tests.web.serving import REGISTER, UNITS, Served, unit
from txapi.audit.verify import verify


def test_a_backup_beside_a_writing_server_fails_no_command_and_a_server_goes_on_from_it(tmp_path: Path) -> None:
    acknowledged: dict[str, int] = {}
    failed: list[object] = []
    enough = threading.Event()

    def write(server: Served, token: str) -> None:
        # As fast as a busy city, and not so fast that what is tested waits for the processor.
        for number in range(100_000):
            if enough.wait(0.01):
                return
            answer = server.post(REGISTER, unit(f"u-{number}"), token).json()
            try:
                acknowledged[f"u-{number}"] = int(answer["data"]["registerUnit"]["position"])
            except (KeyError, TypeError):
                failed.append(answer)

    with Served(tmp_path / "data") as server:
        token = server.token()
        writing = threading.Thread(target=write, args=(server, token))
        writing.start()
        while len(acknowledged) < 20:
            assert writing.is_alive()
            enough.wait(0.01)
        before = dict(acknowledged)
        result = run("backup", tmp_path / "backup", "--with-keys", "--data", tmp_path / "data")
        after = len(acknowledged)
        enough.set()
        writing.join()
        restored = run("restore", tmp_path / "backup", "--data", tmp_path / "new")
        position = verify(tmp_path / "backup").last
        with Served(tmp_path / "new") as goes_on:
            next_one = goes_on.post(REGISTER, unit("next"), token).json()["data"]["registerUnit"]
            units = goes_on.post(UNITS).json()["data"]["units"]["totalCount"]

    assert (result.exit_code, restored.exit_code) == (0, 0), result.output + restored.output
    assert failed == []
    assert after > len(before)
    assert max(before.values()) <= position < max(acknowledged.values())
    assert events_in(tmp_path / "new")[:position] == events_in(tmp_path / "data")[:position]
    assert next_one["position"] == str(position + 1)
    assert units == position + 1
    assert verify(tmp_path / "new").wrong == ()
