"""Stored events that were changed beside a running server: what reads one is told so in words, and the rest is answered."""

from __future__ import annotations

import logging
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import stores
from tests.audit.sealing import by_hand
from tests.city import published
from tests.web.asking import Client
from tests.web.serving import environment
from txapi.projections.follower import RECORD_DAMAGED, RECORD_NEWER
from txapi.projections.views import views_file
from txapi.web.instance import Instance

pytestmark = pytest.mark.only_on(
    stores.SQLITE, because="what is stored is changed by hand, and read in the same way elsewhere"
)

AT = "position = (SELECT max(position) FROM events WHERE topic = 'ticket.drafted')"
CHANGES = {
    "bytes that are no event": f"UPDATE events SET state = x'7b22ff' WHERE {AT}",
    "the bytes of another event": f"UPDATE events SET state = (SELECT state FROM events WHERE position = 1) WHERE {AT}",
    "another stream": f"UPDATE events SET stream = 'no-stream' WHERE {AT}",
    "a time that is none": f"UPDATE events SET recorded_at = 'noon' WHERE {AT}",
    "a time that no calendar reaches": f"UPDATE events SET recorded_at = 9000000000000000000 WHERE {AT}",
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_an_event_that_is_none_any_more_is_told_as_damage_and_not_as_a_fault_of_ours(
    kept: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture, change: str
) -> None:
    folder = shutil.copytree(kept, tmp_path / "record")
    instance = Instance.open(folder)
    try:
        instance.start()
        client = Client(instance, folder)
        token = client.token()
        assert "errors" not in client.post(published("Events"), {"last": 5}, token).json()
        by_hand(folder, change)
        with caplog.at_level(logging.ERROR):
            response = client.post(published("Events"), {"last": 60}, token)
            units = client.post("{ units(first: 5) { nodes { code } } }", None, token).json()
    finally:
        instance.stop()

    assert [error["extensions"]["code"] for error in response.json()["errors"]] == ["STORE_DAMAGED"]
    assert "errors" not in units
    [said, *_] = [record for record in caplog.records if "txapi verify" in record.getMessage()]
    assert said.exc_info is None


OF_NO_KIND = f"UPDATE events SET topic = 'tick t.issued' WHERE {AT}"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "says"), [(CHANGES["bytes that are no event"], RECORD_DAMAGED), (OF_NO_KIND, RECORD_NEWER)]
)
def test_a_server_whose_read_models_cannot_be_made_of_such_an_event_ends_and_says_what_to_do(
    kept: Path, tmp_path: Path, change: str, says: str
) -> None:
    folder = shutil.copytree(kept, tmp_path / "record")
    views_file(folder).unlink()
    by_hand(folder, change)

    ended = subprocess.run(
        [sys.executable, "-m", "txapi", "serve"], env=environment(folder, TXAPI_CLOCK="2015-09-02T09:00:00+08:00"),
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip

    assert ended.returncode == 1
    assert says in ended.stderr
    assert "event 1 of stream" in ended.stderr
    assert "Traceback" not in ended.stderr
