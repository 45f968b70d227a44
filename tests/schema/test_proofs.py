"""Checkpoints and proofs through the schema, checked by hand with hashes alone."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.city import ADMINISTRATOR, City
from tests.schema.registering import towns
from txapi.audit.checker import Handover
from txapi.record.ledger import KEY_FILE
from txapi.record.record_key import rotate


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    city = towns(tmp_path)
    yield city
    city.close()


def hashed(prefix: bytes, *parts: str) -> str:
    """SHA-256 over base64 parts, in base64."""
    told = prefix + b"".join(base64.b64decode(part) for part in parts)
    return base64.b64encode(hashlib.sha256(told).digest()).decode()


def code_of(city: City, query: str, **variables: Any) -> str:
    """The code of the one error that a question gets."""
    [error] = city.execute(query, variables).errors
    code: str = error.extensions["code"]
    return code


def test_an_event_is_proven_to_be_in_the_last_checkpoint(city: City) -> None:
    checkpoint = city.sign()

    proof = city.ask("Proof", {"position": "2"})["record"]["proof"]
    event = city.ask('{ event(position: "2") { proof { leaf root } } }')["event"]

    assert checkpoint.size == 2
    entry = base64.b64decode(proof["entry"])
    [_, row] = city.record.store.read(0, 5)
    assert entry.endswith(hashlib.sha256(row.state).digest())
    assert proof["stored"].encode() == row.state
    assert (proof["index"], proof["treeSize"]) == (1, "2")
    assert proof["leaf"] == hashed(b"\x00", proof["entry"])
    assert proof["root"] == hashed(b"\x01", *proof["hashes"], proof["leaf"])
    assert base64.b64decode(proof["root"]) == checkpoint.root
    assert event["proof"] == {"leaf": proof["leaf"], "root": proof["root"]}
    assert proof["tlogProof"] == (
        f"c2sp.org/tlog-proof@v1\nextra {proof['entry']}\nindex 1\n{proof['hashes'][0]}\n\n{checkpoint.note}"
    )


def test_a_later_record_is_proven_to_extend_an_earlier_one(city: City) -> None:
    first = city.sign()
    city.at("2015-08-12T09:00")
    towns_again = city.ask(
        "RegisterUnit",
        {"input": {"code": "third", "name": {"zh": "三", "en": "Third"}, "kind": "TOWN", "duty": "IMPLEMENTING_BODY"}},
        as_=ADMINISTRATOR,
    )
    second = city.sign()

    found = city.ask("Consistency", {"from": "2"})["record"]["consistency"]

    assert towns_again["registerUnit"]["__typename"] == "UnitReceipt"
    assert (found["from"], found["to"]) == ("2", "3")
    assert base64.b64decode(found["fromRoot"]) == first.root
    assert base64.b64decode(found["toRoot"]) == second.root
    assert found["toRoot"] == hashed(b"\x01", found["fromRoot"], *found["hashes"])
    earlier = city.ask("Proof", {"position": "1", "treeSize": "2"})["record"]["proof"]
    assert earlier["tlogProof"].endswith(first.note)
    between = city.ask("Proof", {"position": "1", "treeSize": "1"})["record"]["proof"]
    assert (between["hashes"], between["tlogProof"]) == ([], None)


def test_the_record_tells_its_key_and_its_checkpoints(city: City) -> None:
    checkpoint = city.sign()

    record = city.ask("Checkpoint")["record"]
    later = city.ask("Checkpoint", {"after": "2"})["record"]

    assert record["origin"] == f"txapi/{city.record.record_id}"
    assert record["verifierKey"].startswith(record["origin"] + "+")
    assert record["checkpoint"] == {
        "size": "2",
        "root": base64.b64encode(checkpoint.root).decode(),
        "note": checkpoint.note,
        "published": True,
        "signedAt": "2015-08-11T01:00:00Z",
    }
    assert ([one["size"] for one in record["checkpoints"]], later["checkpoints"]) == (["2"], [])


def test_the_record_tells_the_keys_that_it_had_before(city: City) -> None:
    before = city.ask("KeyHandovers")["record"]
    city.sign()
    assert city.ledger is not None
    never = city.ask("KeyHandovers")["record"]
    done = rotate(city.ledger, city.folder / KEY_FILE)

    record = city.ask("KeyHandovers")["record"]

    assert (before["verifierKey"], before["keyHandovers"]) == (None, [])
    assert (never["verifierKey"], never["keyHandovers"]) == (done.old, [])
    assert record["verifierKey"] == done.new
    assert record["keyHandovers"] == [{"formerKey": done.old, "size": "2", "note": done.handover.note}]
    assert Handover.verified(record["keyHandovers"][0]["note"]).new.vkey == record["verifierKey"]


def test_what_cannot_be_proven_says_why(city: City) -> None:
    unsigned = city.ask("Checkpoint")["record"]
    assert unsigned.pop("id") == city.record.record_id
    assert unsigned == {"origin": None, "verifierKey": None, "checkpoint": None, "checkpoints": []}
    assert code_of(city, "{ record { proof(position: 1) { index } } }") == "NOTHING_SIGNED"
    city.sign()

    for asked, code in (
        ("proof(position: 3)", "NO_SUCH_EVENT"),
        ("proof(position: 0)", "NO_SUCH_EVENT"),
        ("proof(position: 1, treeSize: 3)", "BAD_TREE_SIZE"),
        ("proof(position: 1, treeSize: 0)", "BAD_TREE_SIZE"),
        ("proof(position: 2, treeSize: 1)", "NOT_SIGNED_YET"),
    ):
        assert code_of(city, f"{{ record {{ {asked} {{ index }} }} }}") == code, asked
    for since, to in ((0, 2), (2, 1), (1, 3)):
        assert code_of(city, "Consistency", **{"from": str(since), "to": str(to)}) == "BAD_TREE_SIZE", (since, to)
