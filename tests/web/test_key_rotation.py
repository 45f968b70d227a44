"""The record's key is rotated while servers run: whoever holds the new key signs, and whoever does not leaves it to others."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.stores import environment, place
from tests.web.serving import REGISTER, Served, unit
from tests.web.test_log import register
from txapi.audit.checker import Note, NotSigned, VerifierKey
from txapi.cli.root import txapi
from txapi.record import Record
from txapi.record.ledger import KEY_FILE, Ledger
from txapi.record.place import Place
from txapi.record.record_key import rotate
from txapi.web.instance import Instance


def until(seen: Callable[[], bool], seconds: float = 30.0) -> bool:
    """Whether it came to be seen in time."""
    deadline = time.monotonic() + seconds
    while not seen():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def signed_by(note: str, vkey: str) -> bool:
    try:
        return bool(Note.parse(note).verified([VerifierKey.parse(vkey)]))
    except NotSigned:
        return False


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """A server of its own: its key is changed."""
    folder = tmp_path / "data"
    with Served(folder, **environment(folder)) as running:
        yield running


def test_a_running_server_signs_with_the_new_key_without_a_restart(served: Served) -> None:
    first = int(served.post(REGISTER, unit("one"), served.token()).json()["data"]["registerUnit"]["position"])
    assert until(lambda: served.client.get("/log/checkpoint").status_code == 200)
    before = served.client.get("/log/checkpoint").text
    assert until(lambda: int(served.client.get("/log/checkpoint").text.splitlines()[1]) >= first)

    done = CliRunner().invoke(txapi, ["key", "rotate", "--json"], env=environment(served.folder))
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    second = int(served.post(REGISTER, unit("two"), served.token()).json()["data"]["registerUnit"]["position"])
    assert until(lambda: int(served.client.get("/log/checkpoint").text.splitlines()[1]) >= second)
    after = served.client.get("/log/checkpoint").text
    evidence = served.client.post(
        "/graphql",
        json={"query": "{ moment { position } }"},
        headers={"x-txapi-evidence": "receipt"},
    ).json()["extensions"]["receipt"]["note"]

    assert signed_by(before, told["old"])
    assert signed_by(after, told["new"])
    assert not signed_by(after, told["old"])
    assert signed_by(evidence, told["new"])
    assert not signed_by(evidence, told["old"])
    assert served.client.get("/log/handover/1").text == told["note"]
    assert served.client.get("/readyz").status_code == 200


@pytest.mark.slow
@pytest.mark.only_on("postgresql", because="an embedded record has one node")
def test_a_node_without_the_new_key_leaves_the_signing_to_one_that_has_it(tmp_path: Path) -> None:
    folders = [tmp_path / "a", tmp_path / "b"]
    where = place(folders[0])
    with Record.open(where) as record, closing(Ledger.open(where, record.record_id, owner=True)) as ledger:
        old = ledger.vkey_now()
    folders[1].mkdir()
    shutil.copy(folders[0] / KEY_FILE, folders[1] / KEY_FILE)
    places = [Place(folder, where.database) for folder in folders]
    nodes = [Instance.open(each) for each in places]
    try:
        nodes[1].start()
        assert until(lambda: nodes[1].signing.work is not None)
        nodes[0].start()
        with closing(Ledger.open(places[0], nodes[0].record.record_id)) as ledger:
            done = rotate(ledger, folders[0] / KEY_FILE)
            register(nodes[0], "u1")
            position = nodes[0].record.head.position
            assert until(lambda: ledger.covering(position) is not None)
            checkpoint = ledger.covering(position)
        assert checkpoint is not None
        assert (done.old, signed_by(checkpoint.note, done.new)) == (old, True)
        assert not signed_by(checkpoint.note, done.old)
        assert (nodes[0].signing.work is not None, nodes[1].signing.work is not None) == (True, False)
        assert "not at hand" in (nodes[1].signing.last_error or "")
        assert any("no checkpoint can be signed" in each for each in nodes[1].readiness().problems)

        # It gets the key, wants to sign again, and takes over when the other one goes.
        shutil.copy(folders[0] / KEY_FILE, folders[1] / KEY_FILE)
        assert until(lambda: nodes[1].signing.last_error is None)
        nodes[0].stop()
        assert until(lambda: nodes[1].signing.work is not None)
        register(nodes[1], "u2")
        later = nodes[1].record.head.position
        assert until(lambda: nodes[1].ledger.covering(later) is not None)
        last = nodes[1].ledger.covering(later)
        assert last is not None
        assert signed_by(last.note, done.new)
    finally:
        for node in nodes:
            node.stop()
