"""The log as tools written by others read it: checkpoints, tiles, entries and proofs over HTTP."""

from __future__ import annotations

import base64
import gzip
import hashlib
from pathlib import Path

import httpx
import pytest

from tests.stores import place
from tests.web.asking import Client
from tests.web.resting import resting
from tests.web.serving import REGISTER, Served, unit
from tests.web.several import until
from txapi.application.units import register_unit
from txapi.domain.event import Actor, Metadata, Role
from txapi.domain.labels import Label
from txapi.domain.unit import Duty, UnitKind
from txapi.record.ledger import KEY_FILE
from txapi.record.record_key import rotate
from txapi.record.signer import Signer
from txapi.web.instance import Instance
from txapi.web.signing import Signing

EVENTS = 300


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Client:
    """An app over a record of 300 events that are signed for, and one that is not yet."""
    folder = tmp_path_factory.mktemp("log")
    instance = Instance.open(place(folder), signing=Signing(origin="city.example/log"))
    for number in range(EVENTS):
        register(instance, f"u{number}")
    Signer(instance.record, instance.ledger).sign()
    register(instance, "later")
    return Client(instance, folder)


def register(instance: Instance, code: str) -> None:
    """Record one event."""
    from txapi.application.desk import Order

    now = instance.record.clock.now()
    meta = Metadata(decided_at=now, actor=Actor("admin", Role.ADMINISTRATOR), correlation_id="c")
    name = Label(zh=code, en=code)
    register_unit(
        instance.desk,
        Order(meta, code.encode(), None),
        code=code,
        name=name,
        kind=UnitKind.TOWN,
        duty=Duty.IMPLEMENTING_BODY,
    )


def get(log: Client, path: str, **headers: str) -> httpx.Response:
    """The answer of the log to a path below it."""
    return log.ask("GET", f"/log/{path}", headers=headers)


def leaves(bundle: bytes) -> list[bytes]:
    """The leaf hashes of an entry bundle: each entry stands after its length in two bytes."""
    found = []
    while bundle:
        size = int.from_bytes(bundle[:2], "big")
        found.append(hashlib.sha256(b"\x00" + bundle[2 : 2 + size]).digest())
        bundle = bundle[2 + size :]
    return found


def root_of(hashes: list[bytes]) -> bytes:
    """The root over leaf hashes, as RFC 6962 defines it."""
    if len(hashes) == 1:
        return hashes[0]
    split = 1 << (len(hashes) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + root_of(hashes[:split]) + root_of(hashes[split:])).digest()


def test_the_checkpoint_is_served_as_a_note_that_is_not_kept_long(log: Client) -> None:
    response = get(log, "checkpoint")

    assert response.status_code == 200
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert response.headers["cache-control"] == "public, max-age=1"
    assert response.text.startswith("city.example/log\n300\n")


def test_entries_hash_to_the_tiles_and_the_tiles_to_the_checkpoint(log: Client) -> None:
    root = base64.b64decode(get(log, "checkpoint").text.splitlines()[2])

    full, partial = get(log, "tile/0/000"), get(log, "tile/0/001.p/44")
    above = get(log, "tile/1/000.p/1")
    entries = get(log, "tile/entries/000").content + get(log, "tile/entries/001.p/44").content

    for response in (full, partial, above):
        assert response.headers["content-type"] == "application/octet-stream"
        assert "immutable" in response.headers["cache-control"]
    tiles = full.content + partial.content
    assert (len(full.content), len(partial.content), len(above.content)) == (256 * 32, 44 * 32, 32)
    assert b"".join(leaves(entries)) == tiles
    hashes = [tiles[at : at + 32] for at in range(0, len(tiles), 32)]
    assert root_of(hashes[:256]) == above.content
    assert root_of(hashes) == root


def test_an_earlier_partial_tile_is_the_beginning_of_the_later_one(log: Client) -> None:
    assert get(log, "tile/0/001").status_code == 404
    assert get(log, "tile/0/001.p/40").content == get(log, "tile/0/001.p/44").content[: 40 * 32]


def test_entries_are_compressed_for_who_can_read_that(log: Client) -> None:
    plain = get(log, "tile/entries/000", **{"accept-encoding": "identity"})
    packed = log.ask("GET", "/log/tile/entries/000", headers={"accept-encoding": "gzip"})

    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["vary"] == plain.headers["vary"] == "accept-encoding"
    assert packed.content == plain.content
    assert int(packed.headers["content-length"]) == len(gzip.compress(plain.content, 6, mtime=0)) < len(plain.content)


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/001.p/45",  # event 301 is recorded, and no checkpoint attests it
        "tile/entries/001.p/45",
        "tile/0/002",
        "tile/0/002.p/1",
        "tile/1/000",
        "tile/2/000.p/1",
        "tile/00/000",
        "tile/64/000.p/1",
        "tile/0/0",
        "tile/0/000/001",
        "tile/0/x000/000",
        "tile/0/x000/001.p/44",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/-01",
        "tile/0/٠٠٠",  # digits, but not of ASCII
        "tile/data/000",
        "tile/",
        "nothing",
        "proof/301",
        "proof/0",
        "digest/299",
        "digest/99999999999999999999999",
        "proof/99999999999999999999",
        "proof/" + "9" * 5_000,  # more digits than Python reads
        "bookkeeping/" + "9" * 5_000,
        "handover/" + "9" * 5_000,
        "tile/0/" + "x999/" * 1_500 + "999",
        "proof/²",
        "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
    ],
)
def test_what_is_not_in_the_log_is_not_found(log: Client, path: str) -> None:
    response = get(log, path)

    assert response.status_code == 404
    assert response.json()["errors"][0]["extensions"]["code"] in ("NOT_FOUND", "NO_SUCH_EVENT", "NOT_SIGNED_YET")


def test_a_proof_is_served_as_a_file(log: Client) -> None:
    response = get(log, "proof/300")

    lines = response.text.splitlines()
    assert response.headers["content-disposition"] == 'attachment; filename="300.tlog-proof"'
    assert lines[0] == "c2sp.org/tlog-proof@v1"
    assert lines[2] == "index 299"
    assert response.text.endswith("\n\n" + get(log, "checkpoint").text)


def test_bookkeeping_is_stated_beside_the_checkpoint(log: Client) -> None:
    assert get(log, "bookkeeping/300").text.splitlines()[:3] == ["txapi.bookkeeping/v1", "city.example/log", "0 300"]


def test_a_hand_over_of_the_key_is_served_by_its_number(tmp_path: Path) -> None:
    with resting(tmp_path) as instance:
        client = Client(instance, tmp_path)
        none = get(client, "handover/1")
        done = rotate(instance.ledger, tmp_path / KEY_FILE)
        found = get(client, "handover/1")
        others = [get(client, f"handover/{number}") for number in (0, 2, 2**64)]

    assert [each.status_code for each in (none, *others)] == [404] * 4
    assert found.text == done.handover.note
    assert found.headers["content-type"] == "text/plain; charset=utf-8"


def stated(served: Served, least: int = 1) -> list[str]:
    """The lines of what is stated beside a checkpoint over so many events or more, once both are there."""
    found: list[str] = []

    def is_there() -> bool:
        checkpoint = served.client.get("/log/checkpoint")
        size = checkpoint.text.splitlines()[1] if checkpoint.status_code == 200 else "0"
        if int(size) < least:
            return False
        digest = served.client.get(f"/log/digest/{size}")
        found[:] = [*digest.text.splitlines(), size]
        return digest.status_code == 200

    until(is_there)
    return found


def test_a_running_server_signs_within_moments_and_when_it_stops(served: Served) -> None:
    position = served.post(REGISTER, unit("signed-for"), served.token()).json()["data"]["registerUnit"]["position"]

    lines = stated(served, int(position))

    assert lines[0] == "txapi.digest/v1"
    assert lines[2] == lines[-1]


@pytest.mark.only_on(
    "postgresql", because="tests/docs/test_tutorials.py compares signed digests of a demonstration on SQLite"
)
def test_a_server_states_what_read_models_add_up_to_that_were_built_after_it_had_signed(tmp_path: Path) -> None:
    with Served(tmp_path / "data", "--demo") as server:
        lines = stated(server)
        record = server.post("{ record { head digest } }").json()["data"]["record"]

    assert lines[0] == "txapi.digest/v1"
    assert (lines[2], lines[4]) == (record["head"], record["digest"])
