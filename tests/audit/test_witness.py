"""A witness cosigns what extends what it saw, refuses everything else, and forgets nothing."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from tests.audit.signing import COSIGNATURE, ML_DSA, Signing, checkpoint_text, note_of
from tests.audit.trees import root_of
from tests.audit.witnessed import Log, Witnessing, request
from txapi.audit.checker import EMPTY_ROOT, Malformed, Note, VerifierKey
from txapi.audit.cosigning import BadWitnessKey, CosigningKey
from txapi.audit.witness import SIZE, TEXT, Witness
from txapi.audit.witness_memory import MOST_REFUSALS, BadMemory, Reason, WitnessMemory
from txapi.cli.ends import BAD_USAGE
from txapi.cli.root import txapi
from txapi.web.witness import MOST_BODY_BYTES, create_witness_app

ORIGIN = "town.example/log"
LOG = Log()
FORK = Log(salt="another story", shared=4)
NOW = 1_438_905_600


class Machine:
    """A witness on its disk, which can be switched off and on."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now = NOW
        self.key = CosigningKey.create(folder / "witness.key", "witness.example/w1")
        self.on()

    def on(self) -> None:
        self.memory = WitnessMemory.open(self.folder / "witness.db", self.key.vkey)
        self.witness = Witness(self.key, self.memory, [LOG.signing.key], lambda: self.now)

    def restart(self) -> None:
        self.memory.close()
        self.on()

    def ask(self, body: bytes) -> tuple[int, bytes]:
        reply = self.witness.add_checkpoint(body)
        assert reply.content_type == (SIZE if reply.status == 409 else TEXT)
        return reply.status, reply.body

    def knows(self) -> int:
        """Which size is remembered: a wrong old size is answered with it."""
        status, body = self.ask(LOG.request(99, 99))
        assert status == 409
        return int(body)


@pytest.fixture
def machine(tmp_path: Path):
    machine = Machine(tmp_path)
    yield machine
    machine.memory.close()


# -- what is cosigned --------------------------------------------------------------------------------------------------


def test_a_log_that_grows_is_cosigned_each_time(machine: Machine) -> None:
    for old, size in ((0, 1), (1, 4), (4, 7), (7, 7), (7, 16)):
        status, line = machine.ask(LOG.request(old, size))

        assert status == 200
        [signed] = Note.parse(LOG.text(size).encode() + b"\n" + line).verified([machine.key.verifier])
        assert signed.timestamp == NOW
    assert machine.knows() == 16
    assert machine.memory.refused() == []


def test_an_empty_log_is_cosigned_and_grows_from_there(machine: Machine) -> None:
    assert machine.ask(LOG.request(0, 0))[0] == 200
    assert machine.ask(LOG.request(0, 3))[0] == 200
    assert machine.knows() == 3


def test_the_time_that_is_stated_is_never_zero(machine: Machine) -> None:
    machine.now = 0

    _, line = machine.ask(LOG.request(0, 1))

    [signed] = Note.parse(LOG.text(1).encode() + b"\n" + line).verified([machine.key.verifier])
    assert signed.timestamp == 1


def test_extension_lines_are_signed_as_they_stand(machine: Machine) -> None:
    text = checkpoint_text(ORIGIN, 4, root_of(LOG.entries(4)), "an extension")

    status, line = machine.ask(request(0, [], note_of(text, LOG.signing.line(text))))

    assert status == 200
    assert Note.parse(text.encode() + b"\n" + line).verified([machine.key.verifier])


def test_a_log_may_change_its_key_while_both_are_trusted(tmp_path: Path) -> None:
    newer = Signing(ORIGIN, ML_DSA)
    key = CosigningKey.create(tmp_path / "witness.key", "witness.example/w1")
    memory = WitnessMemory.open(tmp_path / "witness.db", key.vkey)
    witness = Witness(key, memory, [LOG.signing.key, newer.key], lambda: NOW)
    text = LOG.text(2)

    first = witness.add_checkpoint(LOG.request(0, 1))
    second = witness.add_checkpoint(request(1, LOG.proof(1, 2), note_of(text, newer.line(text, 5))))

    assert (first.status, second.status) == (200, 200)
    memory.close()


# -- what is refused ---------------------------------------------------------------------------------------------------


def test_a_log_that_is_unknown_is_not_found(machine: Machine) -> None:
    assert machine.ask(Log("elsewhere.example/log").request(0, 1))[0] == 404
    assert machine.knows() == 0


def test_a_checkpoint_that_its_log_did_not_sign_is_forbidden(machine: Machine) -> None:
    stranger, text = Signing(ORIGIN, seed="stranger"), LOG.text(3)

    unsigned = machine.ask(request(0, [], note_of(text, stranger.line(text))))
    forged = machine.ask(request(0, [], note_of(text, LOG.signing.line(LOG.text(4)))))
    spoilt = machine.ask(request(0, [], note_of(text, LOG.signing.line(text), LOG.signing.line(LOG.text(4)))))

    assert [unsigned[0], forged[0], spoilt[0]] == [403, 403, 403]
    assert machine.knows() == 0
    assert machine.memory.refused() == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"old 0\n",
        LOG.note(1).encode(),
        b"old 0\n" + LOG.note(1).encode(),
        request("", [], LOG.note(1)),
        request("00", [], LOG.note(1)),
        request("01", [], LOG.note(1)),
        request("-1", [], LOG.note(1)),
        request("9223372036854775808", [], LOG.note(1)),
        request("0 ", [], LOG.note(1)),
        b"Old 0\n\n" + LOG.note(1).encode(),
        b"old 0\nAAAA\n\n" + LOG.note(1).encode(),
        b"old 0\n\xff\n\n" + LOG.note(1).encode(),
        b"old 0\r\n\r\n" + LOG.note(1).encode(),
        request(0, [bytes(31)], LOG.note(1)),
        request(0, [bytes(32)] * 64, LOG.note(1)),
        request(0, [], LOG.text(1)),
        request(0, [], LOG.note(1)[:-1]),
        request(0, [], LOG.note(1).replace("\n1\n", "\n01\n")),
        request(0, [], note_of("no checkpoint\n", LOG.signing.line("no checkpoint\n"))),
        LOG.request(5, 4),
    ],
)
def test_what_is_no_request_is_refused_and_changes_nothing(machine: Machine, body: bytes) -> None:
    assert machine.ask(body)[0] == 400
    assert machine.knows() == 0
    assert machine.memory.refused() == []


def test_who_names_another_size_than_is_remembered_is_told_which(machine: Machine) -> None:
    machine.ask(LOG.request(0, 7))

    assert machine.ask(LOG.request(0, 9)) == (409, b"7\n")
    assert machine.ask(LOG.request(4, 9)) == (409, b"7\n")
    assert machine.ask(LOG.request(8, 9)) == (409, b"7\n")
    assert machine.ask(LOG.request(4, 5)) == (409, b"7\n")
    assert machine.memory.refused() == []


def test_sixty_three_proof_lines_are_read_and_refused_for_what_they_say(machine: Machine) -> None:
    assert machine.ask(request(0, [bytes(32)] * 63, LOG.note(1)))[0] == 422


def test_a_forked_log_is_refused_and_the_proof_of_it_is_kept(machine: Machine) -> None:
    machine.ask(LOG.request(0, 7))
    machine.now += 60

    assert machine.ask(FORK.request(7, 7))[0] == 422
    assert machine.ask(FORK.request(7, 7))[0] == 422
    # Also when the old size is wrong: the two notes prove the fork, whatever came with them.
    assert machine.ask(FORK.request(4, 7)) == (409, b"7\n")
    assert machine.ask(FORK.request(9, 7))[0] == 400

    [kept] = machine.memory.refused()
    assert (kept.origin, kept.reason, kept.size, kept.times) == (ORIGIN, Reason.FORKED, 7, 4)
    assert (kept.first_at, kept.last_at) == (NOW + 60, NOW + 60)
    assert kept.reason.proves
    assert kept.remembered is not None
    for note in (kept.note, kept.remembered):
        assert Note.parse(note).verified([LOG.signing.key])
    assert Note.parse(kept.note).text != Note.parse(kept.remembered).text
    assert machine.knows() == 7
    assert machine.ask(LOG.request(7, 9))[0] == 200


def test_a_log_that_rewrote_what_it_had_shown_cannot_prove_its_next_checkpoint(machine: Machine) -> None:
    machine.ask(LOG.request(0, 7))

    assert machine.ask(FORK.request(7, 12))[0] == 422

    [kept] = machine.memory.refused()
    assert (kept.reason, kept.size, kept.reason.proves) == (Reason.UNPROVEN, 12, False)
    assert machine.knows() == 7


def test_a_proof_where_none_may_be_and_none_where_one_must_be_are_refused(machine: Machine) -> None:
    assert machine.ask(request(0, [bytes(32)], LOG.note(1)))[0] == 422
    machine.ask(LOG.request(0, 7))
    assert machine.ask(request(7, [], LOG.note(9)))[0] == 422
    assert machine.ask(request(7, [bytes(32)], LOG.note(7)))[0] == 422
    assert machine.knows() == 7


def test_a_shrunken_log_is_refused(machine: Machine) -> None:
    machine.ask(LOG.request(0, 7))

    assert machine.ask(LOG.request(7, 4))[0] == 400
    assert machine.ask(LOG.request(4, 4)) == (409, b"7\n")

    [kept] = machine.memory.refused()
    assert (kept.reason, kept.size, kept.reason.proves) == (Reason.SHRUNKEN, 4, False)
    assert machine.knows() == 7


def test_an_empty_tree_with_another_root_is_refused_and_proves_misbehaviour(machine: Machine) -> None:
    text = checkpoint_text(ORIGIN, 0, bytes(32))

    assert machine.ask(request(0, [], note_of(text, LOG.signing.line(text))))[0] == 422

    [kept] = machine.memory.refused()
    assert (kept.reason, kept.remembered, kept.reason.proves) == (Reason.FALSE_EMPTY, None, True)
    assert machine.memory.all() == []


def test_lines_that_nobody_verified_are_not_kept(machine: Machine) -> None:
    stranger = Signing("stranger.example")
    text, forked = LOG.text(7), FORK.text(7)

    machine.ask(request(0, [], note_of(text, stranger.line(text), LOG.signing.line(text))))
    machine.ask(request(7, [], note_of(forked, stranger.line(forked), LOG.signing.line(forked))))

    assert "stranger" not in machine.memory.all()[0].note
    assert "stranger" not in machine.memory.refused()[0].note


def test_evidence_is_bounded_and_proof_outlives_suspicion(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("txapi.audit.witness_memory.MOST_REFUSALS", 3)
    machine.ask(LOG.request(0, 7))
    for size in (8, 9, 10, 11):
        machine.now += 1
        machine.ask(FORK.request(7, size))
    machine.ask(FORK.request(7, 7))

    assert MOST_REFUSALS == 1000
    assert [(each.reason, each.size) for each in machine.memory.refused()] == [
        (Reason.UNPROVEN, 8), (Reason.UNPROVEN, 9), (Reason.FORKED, 7),
    ]  # fmt: skip


# -- the memory --------------------------------------------------------------------------------------------------------


def test_a_witness_that_was_switched_off_remembers(machine: Machine) -> None:
    machine.ask(LOG.request(0, 7))
    machine.ask(FORK.request(7, 7))

    machine.restart()

    assert machine.knows() == 7
    assert machine.ask(FORK.request(7, 7))[0] == 422
    assert machine.memory.refused()[0].times == 2
    assert machine.ask(LOG.request(7, 8))[0] == 200


def test_what_cannot_be_written_is_not_cosigned(machine: Machine) -> None:
    machine.ask(LOG.request(0, 4))
    machine.memory._connection.execute("PRAGMA query_only = ON")

    with pytest.raises(sqlite3.OperationalError):
        machine.witness.add_checkpoint(LOG.request(4, 7))

    machine.memory._connection.execute("PRAGMA query_only = OFF")
    assert machine.knows() == 4


def test_a_memory_belongs_to_one_witness(machine: Machine, tmp_path: Path) -> None:
    other = CosigningKey.create(tmp_path / "other.key", "witness.example/w2")

    with pytest.raises(BadMemory, match=re.escape("is the memory of the witness witness.example/w1")):
        WitnessMemory.open(tmp_path / "witness.db", other.vkey)


def test_a_file_of_another_kind_is_no_memory(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no database at all, but long enough to be taken for one" * 20)
    sqlite3.connect(tmp_path / "empty.db").close()

    for path in (tmp_path / "text", tmp_path / "empty.db", tmp_path / "missing"):
        with pytest.raises(BadMemory):
            WitnessMemory.look(path)
    with pytest.raises(BadMemory):
        WitnessMemory.open(tmp_path / "text", "vkey")
    with pytest.raises(BadMemory):
        WitnessMemory.open(tmp_path / "nowhere" / "witness.db", "vkey")


def test_requests_at_once_never_roll_the_memory_back(machine: Machine) -> None:
    # Two connections to one file, as of two processes; each request learns the size and offers a later checkpoint.
    second = WitnessMemory.open(machine.folder / "witness.db", machine.key.vkey)
    witnesses = [machine.witness, Witness(machine.key, second, [LOG.signing.key], lambda: NOW)]
    seen: list[int] = []
    lock = threading.Lock()
    requests = {(old, size): LOG.request(old, size) for size in range(1, 33) for old in range(size)}

    def work(number: int) -> None:
        witness, old = witnesses[number % 2], 0
        for size in range(1 + number % 4, 33, 1 + number % 3):
            while old < size:
                reply = witness.add_checkpoint(requests[old, size])
                if reply.status == 409:
                    old = int(reply.body)
                else:
                    assert reply.status == 200
                    with lock:
                        seen.append(size)
                    break

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))

    second.close()
    assert machine.knows() == max(seen) == machine.memory.all()[0].checkpoint.size
    # A size is cosigned once only where every request goes up: had one rolled back, a later one would repeat it.
    assert len(seen) == len(set(seen))


# -- what monitors read ------------------------------------------------------------------------------------------------


def test_monitors_read_the_last_checkpoint_with_the_signatures_of_log_and_witness(machine: Machine) -> None:
    name = sha256(ORIGIN.encode()).hexdigest()
    assert machine.witness.checkpoint(name).status == 404
    machine.ask(LOG.request(0, 4))
    _, line = machine.ask(LOG.request(4, 7))

    reply = machine.witness.checkpoint(name)

    assert reply.status == 200
    note = Note.parse(reply.body)
    assert note.text == LOG.text(7)
    assert reply.body.endswith(line)
    assert len(note.verified([LOG.signing.key, machine.key.verifier])) == 2
    assert machine.witness.checkpoint(name.upper()).status == 404
    assert machine.witness.checkpoint("").status == 404


def test_the_door_speaks_http_as_the_specification_says(machine: Machine) -> None:
    machine.ask(LOG.request(0, 4))
    origin_hash = sha256(ORIGIN.encode()).hexdigest()

    async def asked() -> list[httpx.Response]:
        transport = httpx.ASGITransport(create_witness_app(machine.witness))
        async with httpx.AsyncClient(transport=transport, base_url="http://witness.example") as client:
            return [
                await client.post("/add-checkpoint", content=LOG.request(4, 7)),
                await client.post("/add-checkpoint", content=LOG.request(4, 7)),
                await client.get(f"/{origin_hash}/checkpoint"),
                await client.get(f"/{sha256(b'elsewhere').hexdigest()}/checkpoint"),
                await client.get("/"),
                await client.post("/add-checkpoint", content=b"x" * (MOST_BODY_BYTES + 1)),
                await client.get("/add-checkpoint"),
                await client.get("/healthz"),
            ]

    cosigned, conflict, read, unknown, front, large, got, health = asyncio.run(asked())

    assert (cosigned.status_code, cosigned.text[0]) == (200, "\u2014")
    assert (conflict.status_code, conflict.text, conflict.headers["content-type"]) == (409, "7\n", "text/x.tlog.size")
    assert (read.status_code, read.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    assert read.text.startswith(LOG.text(7))
    assert [each.status_code for each in (unknown, large, got)] == [404, 413, 405]
    assert health.text == "healthy\n"
    assert f"witness witness.example/w1 {machine.key.vkey} http://witness.example\n" in front.text
    assert ORIGIN in front.text


# -- keys --------------------------------------------------------------------------------------------------------------


def test_a_key_is_made_once_for_its_owner_only_and_read_again(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "witness.key"
    made = CosigningKey.create(path, "witness.example/w1")
    content = path.read_text()

    assert path.stat().st_mode & 0o777 == 0o600
    assert CosigningKey.from_file(path).vkey == made.vkey
    assert VerifierKey.parse(made.vkey).algorithm == COSIGNATURE
    with pytest.raises(BadWitnessKey, match="exists"):
        CosigningKey.create(path, "witness.example/w1")
    assert path.read_text() == content


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u00a0b"])
def test_a_witness_has_a_name_that_can_stand_in_a_note(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadWitnessKey):
        CosigningKey.create(tmp_path / "witness.key", name)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o660, 0o602])
def test_a_key_that_others_may_use_is_not_used(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "witness.key"
    CosigningKey.create(path, "witness.example/w1")
    path.chmod(mode)

    with pytest.raises(BadWitnessKey, match=f"mode {mode:04o}"):
        CosigningKey.from_file(path)

    path.chmod(0o400)
    assert CosigningKey.from_file(path).name == "witness.example/w1"


def test_a_file_that_is_no_key_is_not_used(tmp_path: Path) -> None:
    path = tmp_path / "witness.key"
    CosigningKey.create(path, "witness.example/w1")
    good = path.read_text()

    for wrong in (
        "", "hello", good.replace("w1", "w2"), good.replace("PRIVATE", "PUBLIC"), good[:-6] + "\n", good.replace("+B", "+A"),
        "PRIVATE+KEY+w+00000000+!\n",
    ):  # fmt: skip
        path.write_text(wrong)
        with pytest.raises(BadWitnessKey):
            CosigningKey.from_file(path)
    path.write_bytes(b"\xff")
    for nothing in (path, tmp_path, tmp_path / "missing"):
        with pytest.raises(BadWitnessKey):
            CosigningKey.from_file(nothing)


def test_a_cosignature_without_a_time_is_not_made(tmp_path: Path) -> None:
    key = CosigningKey.create(tmp_path / "witness.key", "witness.example/w1")

    with pytest.raises(ValueError, match="states a time"):
        key.cosign(LOG.text(1), 0)


def test_a_witness_cosigns_for_logs_and_not_for_witnesses(machine: Machine) -> None:
    with pytest.raises(Malformed, match="is a witness's"):
        Witness(machine.key, machine.memory, [Signing(ORIGIN, COSIGNATURE).key])
    assert machine.witness.origins == [ORIGIN]


# -- the process -------------------------------------------------------------------------------------------------------


def test_a_witness_that_was_killed_still_refuses_the_old_and_the_forked_checkpoint(tmp_path: Path) -> None:
    with Witnessing(tmp_path, "w1", LOG.signing.vkey) as witness:
        client = httpx.Client(base_url=witness.address, timeout=20)
        assert client.post("/add-checkpoint", content=LOG.request(0, 4)).status_code == 200
        assert client.post("/add-checkpoint", content=LOG.request(4, 7)).status_code == 200
        client.close()
        assert witness.stop(signal.SIGKILL) == -signal.SIGKILL

    with (
        Witnessing(tmp_path, "w1", LOG.signing.vkey) as witness,
        httpx.Client(base_url=witness.address, timeout=20) as client,
    ):
        forked = client.post("/add-checkpoint", content=FORK.request(7, 7))
        rewritten = client.post("/add-checkpoint", content=FORK.request(7, 9))
        old = client.post("/add-checkpoint", content=LOG.request(4, 5))
        shrunken = client.post("/add-checkpoint", content=LOG.request(7, 4))
        grown = client.post("/add-checkpoint", content=LOG.request(7, 9))

        assert [each.status_code for each in (forked, rewritten, old, shrunken, grown)] == [422, 422, 409, 400, 200]
        assert old.text == "7\n"
        assert client.get("/").text.count(witness.vkey) == 1
        assert witness.stop() == 0

    shown = CliRunner().invoke(txapi, ["witness", "show", "--state", str(witness.state)])
    assert shown.exit_code == 0
    assert f"{ORIGIN}: 9 entries, cosigned " in shown.output
    assert "refused 7 entries, forked (proof), once, first " in shown.output
    assert "refused 9 entries, unproven (suspicion), once, first " in shown.output


def test_requests_at_once_to_a_running_witness_are_cosigned_in_one_order(tmp_path: Path) -> None:
    with Witnessing(tmp_path, "w1", LOG.signing.vkey) as witness:

        def work(number: int) -> list[int]:
            cosigned, old = [], 0
            with httpx.Client(base_url=witness.address, timeout=20) as client:
                for size in range(1 + number, 25, 2):
                    while old < size:
                        reply = client.post("/add-checkpoint", content=LOG.request(old, size))
                        if reply.status_code == 409:
                            old = int(reply.text)
                        else:
                            assert reply.status_code == 200
                            cosigned.append(size)
                            break
            return cosigned

        with ThreadPoolExecutor(4) as pool:
            cosigned = [size for sizes in pool.map(work, range(4)) for size in sizes]

        assert len(cosigned) == len(set(cosigned))
        last = httpx.post(f"{witness.address}/add-checkpoint", content=LOG.request(99, 99))
        assert int(last.text) == max(cosigned)


# -- the commands ------------------------------------------------------------------------------------------------------


def test_keygen_prints_the_verifier_key_and_never_replaces_a_key(tmp_path: Path) -> None:
    path = tmp_path / "witness.key"
    command = ["witness", "keygen", str(path), "--name", "witness.example/w1"]

    made, again = CliRunner().invoke(txapi, command), CliRunner().invoke(txapi, command)

    assert made.exit_code == 0
    assert made.stdout.strip() == CosigningKey.from_file(path).vkey
    assert again.exit_code == BAD_USAGE
    assert "exists" in again.output


def test_show_says_that_nothing_was_cosigned_yet_or_that_there_is_no_memory(machine: Machine, tmp_path: Path) -> None:
    state = str(tmp_path / "witness.db")

    assert "it has cosigned nothing yet" in CliRunner().invoke(txapi, ["witness", "show", "--state", state]).output
    missing = CliRunner().invoke(txapi, ["witness", "show", "--state", state + "x"])
    assert missing.exit_code == BAD_USAGE
    assert not Path(state + "x").exists()


def test_show_gives_scripts_the_notes_themselves(machine: Machine, tmp_path: Path) -> None:
    machine.ask(LOG.request(0, 7))
    machine.ask(FORK.request(7, 7))
    machine.ask(FORK.request(7, 7))

    shown = CliRunner().invoke(txapi, ["witness", "show", "--state", str(tmp_path / "witness.db"), "--json"])

    told = json.loads(shown.output)
    assert told["witness"] == machine.key.vkey
    [log], [refused] = told["logs"], told["refused"]
    assert (log["origin"], log["size"], log["at"]) == (ORIGIN, "7", "2015-08-07T00:00:00+00:00")
    assert Note.parse(log["note"]).verified([machine.key.verifier])
    assert (refused["reason"], refused["proves"], refused["times"]) == ("forked", True, 2)
    assert refused["remembered"] == log["note"]
    assert Note.parse(refused["note"]).text == FORK.text(7)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"--key": "missing"}, "there is no key at"),
        ({"--log": "no vkey"}, "name of a key"),
        ({"--log": Signing(ORIGIN, COSIGNATURE).vkey}, "is a witness's"),
        ({"--state": "other.db"}, "is the memory of the witness"),
        ({"--host": "no such host"}, "is no address to listen on"),
    ],
)
def test_serve_ends_with_a_reason_where_something_makes_no_sense(
    tmp_path: Path, change: dict[str, str], why: str
) -> None:
    CosigningKey.create(tmp_path / "witness.key", "witness.example/w1")
    WitnessMemory.open(tmp_path / "other.db", "another").close()
    options = {"--key": "witness.key", "--state": "witness.db", "--log": LOG.signing.vkey, "--port": "0"} | change
    files = {name: str(tmp_path / value) for name, value in options.items() if name in {"--key", "--state"}}

    ended = CliRunner().invoke(
        txapi, ["witness", "serve", *(word for each in (options | files).items() for word in each)]
    )

    assert ended.exit_code == BAD_USAGE
    assert why in ended.output


def test_the_empty_root_is_what_an_empty_log_shows() -> None:
    assert root_of([]) == EMPTY_ROOT
