"""The ledger keeps what was promised, and nothing is signed that breaks a promise."""

from __future__ import annotations

import base64
import hashlib
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tests.by_hand import by_hand
from tests.record.letters import Letter, said
from tests.stores import place
from txapi.audit.witnessing import Cosigned
from txapi.record import Append, CommandKey, Record
from txapi.record.conflicts import LeaseLost, RecordUnavailable
from txapi.record.database import Fence
from txapi.record.entries import entry_of
from txapi.record.keys import BadKey, NoKey, key_at, read_key, write_key
from txapi.record.ledger import KEY_FILE, LEDGER_FILE, BrokenPromise, Ledger, NotALedger
from txapi.record.merkle import leaf_hash
from txapi.record.notes import NoteKey
from txapi.record.signer import Digests, Signer
from txapi.record.store import Row

ROW = Row(7, 1_438_828_200_000_001, "s-1", 3, "letter.noted", b"{}")


def write(record: Record, *numbers: str, command: str | None = None) -> None:
    """Append one event for each letter."""
    for number in numbers:
        letter = Letter(record.ids.uuid())
        letter._record(Letter.Written, said(), number=number)
        key = None if command is None else CommandKey("wang", command, b"\x01" * 32)
        record.writer.append(Append(events=tuple(letter.pending), command=key))


def verified(note: str, vkey: str) -> str:
    """The text of a note whose signature holds, checked without the code that signs."""
    name, key_id, typed = vkey.split("+", 2)
    text, _, line = note.partition("\n\n")
    _, signer, sealed = line.splitlines()[0].split(" ")
    material = base64.b64decode(typed)[1:]
    assert signer == name
    assert hashlib.sha256(f"{name}\n\x01".encode() + material).digest()[:4].hex() == key_id
    assert base64.b64decode(sealed)[:4].hex() == key_id
    Ed25519PublicKey.from_public_bytes(material).verify(base64.b64decode(sealed)[4:], f"{text}\n".encode())
    return f"{text}\n"


# -- entries -----------------------------------------------------------------------------------------------------------


def test_an_entry_is_the_published_struct_and_shows_nothing_of_the_event() -> None:
    entry = entry_of(ROW)

    assert entry == (
        b"\x01"
        + (7).to_bytes(8, "big")
        + (1_438_828_200_000_001).to_bytes(8, "big")
        + (3).to_bytes(4, "big")
        + b"\x03s-1"
        + b"\x0cletter.noted"
        + hashlib.sha256(b"{}").digest()
    )


@pytest.mark.parametrize(
    "change",
    [
        {"position": 8},
        {"recorded_at": 0},
        {"stream": "s-2"},
        {"version": 4},
        {"topic": "letter.n"},
        {"state": b"{ }"},
    ],
)
def test_every_column_of_a_stored_event_is_in_its_entry(change: dict[str, object]) -> None:
    assert entry_of(ROW._replace(**change)) != entry_of(ROW)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change",
    [{"stream": ""}, {"stream": "x" * 256}, {"topic": ""}, {"topic": "t" * 256}, {"position": -1}, {"version": 2**32}],
)
def test_what_does_not_fit_an_entry_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="position"):
        entry_of(ROW._replace(**change))  # type: ignore[arg-type]


def test_names_of_one_byte_and_of_255_fit_an_entry() -> None:
    longest = entry_of(ROW._replace(stream="x" * 255, topic="t" * 255))
    shortest = entry_of(ROW._replace(stream="x", topic="t"))

    assert longest[21:22] == longest[277:278] == b"\xff"
    assert shortest[21:25] == b"\x01x\x01t"


# -- notes and keys ----------------------------------------------------------------------------------------------------


def test_a_note_is_signed_by_the_key_that_its_verifier_key_names() -> None:
    key = NoteKey(Ed25519PrivateKey.generate(), "city.example/record")

    note = key.sign("a\n\nb\n")

    assert note.startswith("a\n\nb\n\n— city.example/record ")
    assert note.endswith("\n")
    assert key.signed(note)


def test_a_key_knows_its_own_notes_and_no_others() -> None:
    key, other = (NoteKey(Ed25519PrivateKey.generate(), "city.example/record") for _ in range(2))
    note = key.sign("text\n")

    assert key.signed(note)
    assert verified(note, key.vkey) == "text\n"
    assert not other.signed(note)
    assert not key.signed(note.replace("text", "test"))
    assert not key.signed("text\n")
    assert key.signed(note + "— somebody.example AAAAAAAA\n")


@pytest.mark.parametrize("text", ["", "no end", "tab\t\n", "bell\x07\n"])
def test_what_is_no_text_of_a_note_is_not_signed(text: str) -> None:
    with pytest.raises(ValueError, match="note"):
        NoteKey(Ed25519PrivateKey.generate(), "city").sign(text)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u3000b", "a\n"])
def test_what_is_no_name_names_no_key(name: str) -> None:
    with pytest.raises(ValueError, match="no key name"):
        NoteKey(Ed25519PrivateKey.generate(), name)


def test_a_key_file_is_its_owners_and_is_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "key.pem"

    with pytest.raises(NoKey, match="no key at"):
        key_at(path, create=False)
    made = key_at(path, create=True).public_key()

    assert path.stat().st_mode & 0o777 == 0o600
    assert key_at(path, create=True).public_key() == made == read_key(path).public_key()
    with pytest.raises(BadKey, match="not replaced"):
        write_key(path)


# -- the ledger --------------------------------------------------------------------------------------------------------


@pytest.fixture
def ledger(tmp_path: Path, record: Record) -> Iterator[Ledger]:
    with closing(Ledger.open(place(tmp_path), record.record_id, owner=True)) as opened:
        yield opened


def test_a_checkpoint_attests_every_event_so_far(record: Record, ledger: Ledger) -> None:
    write(record, "1", "2", "3")

    checkpoint = Signer(record, ledger).sign()

    assert checkpoint is not None
    assert checkpoint.size == 3
    rows = record.store.read(0, 10)
    left, right, last = (leaf_hash(entry_of(row)) for row in rows)
    inner = hashlib.sha256(b"\x01" + left + right).digest()
    root = hashlib.sha256(b"\x01" + inner + last).digest()
    assert verified(checkpoint.note, ledger.vkey) == f"{ledger.origin}\n3\n{base64.b64encode(root).decode()}\n"
    assert ledger.origin == f"txapi/{record.record_id}"
    assert ledger.root(3) == checkpoint.root == root
    assert ledger.latest() == ledger.covering(1) == ledger.covering(3) == ledger.at(3) == checkpoint
    assert ledger.covering(4) is ledger.at(2) is None
    assert [ledger.leaf(index) for index in range(3)] == [left, right, last]
    assert (ledger.node(0, 2), ledger.node(1, 0)) == (last, inner)
    assert ledger.inclusion(2, 3) == [inner]
    assert ledger.consistency(2, 3) == [last]
    assert ledger.tile(0, 0, 3) == left + right + last
    assert ledger.tile(0, 0, 4) is ledger.tile(1, 0, 1) is None


def test_an_empty_record_is_not_signed_for_and_no_news_gives_no_new_checkpoint(record: Record, ledger: Ledger) -> None:
    signer = Signer(record, ledger)

    assert signer.sign() is None
    write(record, "1")
    first = signer.sign()
    assert signer.sign() == first
    assert len(ledger.checkpoints()) == 1


def test_checkpoints_are_listed_in_order_and_page_by_page(record: Record, ledger: Ledger) -> None:
    signer = Signer(record, ledger)
    for number in ("1", "2", "3"):
        write(record, number)
        signer.sign()

    assert [one.size for one in ledger.checkpoints()] == [1, 2, 3]
    assert [one.size for one in ledger.checkpoints(after_size=1, limit=1)] == [2]
    assert ledger.covering(2) == ledger.at(2)


def test_the_digest_of_the_read_models_is_signed_beside_the_checkpoint(record: Record, ledger: Ledger) -> None:
    write(record, "1", "2", "3")
    stand = Digests(2, "f" * 16, "d" * 64, {"tickets": "b" * 64, "projects": "a" * 64})
    signer = Signer(record, ledger, lambda: stand)

    checkpoint = signer.sign()

    # The read models stand at 2, so that is what is signed for first.
    assert checkpoint is not None
    assert checkpoint.size == 2
    [digest] = ledger.statements("digest")
    assert (digest.size, digest.about) == (2, "f" * 16)
    assert verified(digest.note, ledger.vkey) == (
        f"txapi.digest/v1\n{ledger.origin}\n2\n{'f' * 16}\n{'d' * 64}\nprojects {'a' * 64}\ntickets {'b' * 64}\n"
    )


def test_read_models_that_lag_do_not_hold_up_a_checkpoint_and_are_stated_when_they_come(
    record: Record, ledger: Ledger
) -> None:
    write(record, "1", "2")
    stand: list[Digests | None] = [Digests(0, "f", "d", {})]
    signer = Signer(record, ledger, lambda: stand[0])

    first = signer.sign()
    stand[0] = Digests(2, "f", "d", {})
    second = signer.sign()
    signer.sign()

    assert first is not None
    assert first.size == 2
    assert second == first
    assert [(one.size, one.about) for one in ledger.statements("digest")] == [(2, "f")]


def test_commands_and_the_facts_of_the_record_are_signed_beside_every_checkpoint(
    record: Record, ledger: Ledger
) -> None:
    signer = Signer(record, ledger)
    write(record, "1", command="c-1")
    signer.sign()
    write(record, "2", command="c-2")
    write(record, "3")
    write(record, "4", command="c-4")
    signer.sign()

    first, second = ledger.statements("bookkeeping")

    facts = "".join(f'["{key}","{value}"]\n' for key, value in sorted(record.store.facts().items()))
    commands = f'["wang","c-2","{"01" * 32}",2,2]\n["wang","c-4","{"01" * 32}",4,4]\n'
    assert verified(first.note, ledger.vkey).splitlines()[2] == "0 1"
    assert verified(second.note, ledger.vkey) == (
        f"txapi.bookkeeping/v1\n{ledger.origin}\n1 4\nfacts {hashlib.sha256(facts.encode()).hexdigest()}\n"
        f"commands 2 {hashlib.sha256(commands.encode()).hexdigest()}\n"
    )
    assert ledger.statements("bookkeeping", after_size=1) == [second]
    assert ledger.statements("bookkeeping", until_size=1) == [first]


def test_a_record_that_was_cut_short_is_not_signed_for(tmp_path: Path, record: Record, ledger: Ledger) -> None:
    write(record, "1", "2")
    signer = Signer(record, ledger)
    signer.sign()
    with by_hand(tmp_path, "record") as connection:
        connection.execute("DELETE FROM events WHERE position = 2")

    with pytest.raises(BrokenPromise, match="cut short"):
        signer.sign()

    assert len(ledger.checkpoints()) == 1


def test_a_gap_in_the_record_is_not_entered(tmp_path: Path, record: Record, ledger: Ledger) -> None:
    write(record, "1", "2", "3")
    with by_hand(tmp_path, "record") as connection:
        connection.execute("DELETE FROM events WHERE position = 2")

    with pytest.raises(BrokenPromise, match="position 3 follows where 2"):
        Signer(record, ledger).sign()

    assert ledger.size == 0
    assert ledger.latest() is None


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("UPDATE tiles SET hashes = ?", "does not extend"),
        ("UPDATE checkpoints SET root = ?", "does not bear"),
        ("UPDATE checkpoints SET note = replace(note, 'txapi/', 'other/')", "does not bear"),
        ("UPDATE checkpoints SET note = substr(note, 1, 90)", "does not bear"),
    ],
)
def test_a_ledger_that_was_changed_by_hand_is_not_signed_on(
    tmp_path: Path, record: Record, ledger: Ledger, change: str, why: str
) -> None:
    write(record, "1")
    signer = Signer(record, ledger)
    signer.sign()
    with by_hand(tmp_path, "ledger") as connection:
        connection.execute(change, (bytes(32),) if "?" in change else ())
    write(record, "2")

    with pytest.raises(BrokenPromise, match=why):
        signer.sign()

    assert len(ledger.checkpoints()) == 1


def test_a_smaller_checkpoint_never_follows_a_larger_one(record: Record, ledger: Ledger) -> None:
    write(record, "1", "2")
    Signer(record, ledger).sign()

    for size in (1, 2):
        with pytest.raises(BrokenPromise, match="does not extend"):
            ledger.sign(size, 0, [], publish=True)

    assert len(ledger.checkpoints()) == 1


def test_a_ledger_goes_on_after_it_was_closed(tmp_path: Path, record: Record, ledger: Ledger) -> None:
    write(record, "1")
    Signer(record, ledger).sign()
    ledger.close()
    ledger.close()
    write(record, "2")

    again = Ledger.open(place(tmp_path), record.record_id, owner=True)
    checkpoint = Signer(record, again).sign()

    assert checkpoint is not None
    assert checkpoint.size == 2
    assert again.consistency(1, 2) == [leaf_hash(entry_of(record.store.read(1, 1)[0]))]
    again.close()


@pytest.mark.only_on("sqlite", because="a file is left half made; a schema is made in one transaction")
def test_a_ledger_is_begun_where_one_was_deleted_or_half_made_and_left_something_behind(
    tmp_path: Path, record: Record
) -> None:
    write(record, "1")
    deleted = Ledger.open(place(tmp_path), record.record_id, owner=True)
    Signer(record, deleted).sign()
    left = {path: path.read_bytes() for path in tmp_path.glob(f"{LEDGER_FILE}-*")}
    deleted.close()
    (tmp_path / LEDGER_FILE).unlink()
    for path, content in left.items():
        path.write_bytes(content)
    assert len(left) == 2
    (tmp_path / f"{LEDGER_FILE}.begun").write_bytes(b"half a ledger")

    begun = Ledger.open(place(tmp_path), record.record_id, owner=True)
    checkpoint = Signer(record, begun).sign()

    assert checkpoint is not None
    assert begun.latest() == checkpoint
    begun.close()


def test_who_has_no_key_reads_the_ledger_and_signs_nothing(tmp_path: Path, record: Record, ledger: Ledger) -> None:
    write(record, "1")
    Signer(record, ledger).sign()
    (tmp_path / KEY_FILE).unlink()

    read = Ledger.open(place(tmp_path), record.record_id)

    assert read.latest() == ledger.latest()
    write(record, "2")
    with pytest.raises(NotALedger, match="not at hand"):
        Signer(record, read).sign()
    with pytest.raises(NotALedger, match="not at hand"):
        read.state(1, "digest", "f", "text\n")
    with pytest.raises(NoKey):
        Ledger.open(place(tmp_path), record.record_id, owner=True)
    assert len(read.checkpoints()) == 1
    assert not read.has_statement(1, "digest", "f")


def test_a_ledger_belongs_to_one_record_one_key_and_one_origin(tmp_path: Path, record: Record, ledger: Ledger) -> None:
    with pytest.raises(NotALedger, match=f"holds the ledger of record {record.record_id}, not of another"):
        Ledger.open(place(tmp_path), "another")
    with pytest.raises(NotALedger, match="cannot become"):
        Ledger.open(place(tmp_path), record.record_id, owner=True, origin="city.example/log")
    (tmp_path / KEY_FILE).unlink()
    write_key(tmp_path / KEY_FILE)
    with pytest.raises(NotALedger, match="the key at hand is"):
        Ledger.open(place(tmp_path), record.record_id, owner=True)


@pytest.mark.only_on("postgresql", because="the schema may be of another version, where a file would be")
def test_a_schema_of_another_format_is_not_opened(tmp_path: Path, record: Record, ledger: Ledger) -> None:
    with by_hand(tmp_path, "ledger") as connection:
        connection.execute("UPDATE meta SET value = '2' WHERE key = 'format'")

    with pytest.raises(NotALedger, match=r"no ledger of format 1 in PostgreSQL .*, but 2"):
        Ledger.open(place(tmp_path), record.record_id)


@pytest.mark.only_on("postgresql", because="an embedded record has one owner, so nobody else begins its ledger")
def test_nodes_that_begin_the_ledger_at_once_have_one_ledger(tmp_path: Path, record: Record) -> None:
    place(tmp_path)
    with ThreadPoolExecutor(4) as nodes:
        opened = list(nodes.map(lambda _: Ledger.open(place(tmp_path), record.record_id, owner=True), range(4)))

    assert len({each.vkey for each in opened}) == 1
    for each in opened:
        each.close()


@pytest.mark.only_on("postgresql", because="an embedded record is signed for by its owner, who needs no lease")
def test_a_signer_that_lost_its_lease_signs_nothing(tmp_path: Path, record: Record, ledger: Ledger) -> None:
    with by_hand(tmp_path, "ledger") as connection:
        connection.execute("INSERT INTO nodes.leases VALUES ('signer', 'a', 1, 'infinity')")
    signer = Signer(record, ledger, fence=lambda: Fence("signer", "a", 1))
    write(record, "1")
    first = signer.sign()
    with by_hand(tmp_path, "ledger") as connection:
        connection.execute("UPDATE nodes.leases SET holder = 'b', epoch = 2")
    write(record, "2")

    with pytest.raises(LeaseLost):
        signer.sign()

    assert ledger.latest() == first
    assert ledger.size == 1


@pytest.mark.only_on("sqlite", because="which transactions are asked for does not depend on the store")
def test_every_write_of_a_ledger_is_made_under_the_lease_of_who_signs(
    record: Record, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    under: list[Fence | None] = []
    transaction = ledger._database.transaction

    def noted(fence: Fence | None = None) -> Any:
        under.append(fence)
        return transaction(fence)

    monkeypatch.setattr(ledger._database, "transaction", noted)
    lease = Fence("signer", "a", 1)
    write(record, "1")

    ledger.enter(record.store.read(0, 1), lease)
    ledger.sign(1, 0, [], publish=False, fence=lease)
    ledger.state(1, "digest", "code", "text\n", lease)
    ledger.cosigned(1, [], {}, publish=False, fence=lease)
    ledger.judge("lenient", lambda _: True, lease)

    # A judgement that changes something takes three: it begins, it publishes, it ends.
    assert under == [lease] * 7


@pytest.mark.only_on("postgresql", because="a file cannot be read on one server and written on another")
def test_an_event_that_this_server_does_not_have_is_not_entered(record: Record, ledger: Ledger) -> None:
    write(record, "1", "2")
    first, second = record.store.read(0, 2)

    with pytest.raises(RecordUnavailable, match="position 2 is not in the record of this server"):
        ledger.enter([first, second._replace(recorded_at=second.recorded_at + 1)])

    assert ledger.size == 0


@pytest.mark.only_on("sqlite", because="it is about files")
def test_what_is_no_ledger_is_not_opened(tmp_path: Path) -> None:
    with pytest.raises(NotALedger, match="nothing of this record was ever signed"):
        Ledger.open(place(tmp_path), "id")
    (tmp_path / LEDGER_FILE).write_text("no database" * 100)
    with pytest.raises(NotALedger, match="cannot be read"):
        Ledger.open(place(tmp_path), "id")
    (tmp_path / LEDGER_FILE).unlink()
    sqlite3.connect(tmp_path / LEDGER_FILE).execute("CREATE TABLE t (x)").connection.close()
    with pytest.raises(NotALedger, match="no ledger of format"):
        Ledger.open(place(tmp_path), "id")


def test_a_ledger_takes_the_origin_and_the_key_that_it_is_begun_with(tmp_path: Path, record: Record) -> None:
    key = tmp_path / "elsewhere" / "key.pem"

    ledger = Ledger.open(place(tmp_path), record.record_id, owner=True, origin="city.example/log", key_file=key)

    assert ledger.origin == "city.example/log"
    assert ledger.vkey == NoteKey.from_file(key, "city.example/log", create=False).vkey
    assert not (tmp_path / KEY_FILE).exists()
    ledger.close()


def test_cosignatures_are_added_to_the_note_and_publish_it(record: Record, ledger: Ledger) -> None:
    write(record, "1")
    Signer(record, ledger, cosigners=_Silent()).sign()
    before = ledger.latest()

    ledger.cosigned(1, ["— w.example AAAA", "— v.example BBBB\n"], {"w.example": 1}, publish=True)

    after = ledger.latest(published=True)
    assert before is not None
    assert after is not None
    assert not before.published
    assert after.note == before.note + "— w.example AAAA\n— v.example BBBB\n"
    assert ledger.witness_sizes() == {"w.example": 1}
    ledger.cosigned(1, [], {}, publish=False)
    assert ledger.latest(published=True) == after
    write(record, "2")
    newest = Signer(record, ledger, cosigners=_Silent()).sign()
    assert ledger.latest() == newest != after
    assert ledger.latest(published=True) == after


def test_a_list_without_a_limit_is_bounded_all_the_same(tmp_path: Path, record: Record, ledger: Ledger) -> None:
    with by_hand(tmp_path, "ledger") as connection:
        connection.executemany("INSERT INTO checkpoints VALUES (?, '', 0, '', 1)", ((size,) for size in range(1, 502)))
        connection.executemany("INSERT INTO statements VALUES ('k', ?, '', '')", ((size,) for size in range(1, 10_002)))

    assert [one.size for one in ledger.checkpoints()] == list(range(1, 501))
    assert [one.size for one in ledger.statements("k")] == list(range(1, 10_001))


def test_what_is_published_follows_from_the_policy_of_now(record: Record, ledger: Ledger) -> None:
    signer = Signer(record, ledger)
    for number in ("1", "2"):
        write(record, number)
        signer.sign()
    ledger.cosigned(2, ["— w.example AAAA"], {}, publish=True)

    ledger.judge("w.example", lambda note: "w.example" in note)
    strict = [one.size for one in ledger.checkpoints() if one.published]
    ledger.judge("anything", lambda _: True)

    assert strict == [2]
    assert [one.size for one in ledger.checkpoints() if one.published] == [1, 2]


def test_every_checkpoint_is_judged_however_many_there_are(tmp_path: Path, record: Record, ledger: Ledger) -> None:
    with by_hand(tmp_path, "ledger") as connection:
        connection.executemany("INSERT INTO checkpoints VALUES (?, '', 0, '', 1)", ((size,) for size in range(1, 502)))

    ledger.judge("nothing", lambda _: False)

    assert ledger.latest(published=True) is None


def test_what_was_judged_by_a_policy_is_not_judged_by_it_again(tmp_path: Path, record: Record, ledger: Ledger) -> None:
    write(record, "1")
    ledger.enter(record.store.read(0, 10))
    ledger.sign(1, 0, [], publish=False, policy="strict")
    asked: list[str] = []

    def refuse(note: str) -> bool:
        asked.append(note)
        return False

    ledger.judge("strict", refuse)
    write(record, "2")
    ledger.enter(record.store.read(1, 10))
    ledger.sign(2, 0, [], publish=False, policy="strict")

    with closing(Ledger.open(place(tmp_path), record.record_id, owner=True)) as again:
        again.judge("strict", refuse)

    assert [note.split("\n")[1] for note in asked] == ["1"]


def test_a_checkpoint_signed_by_another_policy_has_all_of_them_judged_again(record: Record, ledger: Ledger) -> None:
    ledger.judge("strict", lambda _: False)
    for number in ("1", "2"):
        write(record, number)
        Signer(record, ledger).sign()

    ledger.judge("strict", lambda _: False)

    assert len(ledger.checkpoints()) == 2
    assert ledger.latest(published=True) is None


def test_a_judgement_that_was_interrupted_is_begun_anew(record: Record, ledger: Ledger) -> None:
    write(record, "1")
    Signer(record, ledger).sign()
    ledger.judge("lenient", lambda _: True)
    with pytest.raises(ZeroDivisionError):
        ledger.judge("strict", lambda _: bool(1 / 0))
    write(record, "2")
    ledger.enter(record.store.read(1, 10))
    ledger.sign(2, 0, [], publish=False, policy="lenient")

    ledger.judge("lenient", lambda _: True)

    assert [one.published for one in ledger.checkpoints()] == [True, True]


def test_a_signer_judges_by_the_policy_of_its_witnesses(record: Record, ledger: Ledger) -> None:
    write(record, "1")
    Signer(record, ledger).sign()
    ledger.judge(_Refusing.policy, lambda _: True)

    signer = Signer(record, ledger, cosigners=_Refusing())
    signer.start()
    signer.stop()
    kept = ledger.latest(published=True)
    lenient = Signer(record, ledger)
    lenient.start()
    lenient.stop()
    signer = Signer(record, ledger, cosigners=_Refusing())
    signer.start()
    signer.stop()

    assert kept is not None
    assert ledger.latest(published=True) is None


def test_a_signer_that_could_not_read_its_ledger_for_a_while_goes_on(
    record: Record, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    latest, failures = ledger.latest, [ConnectionError("the database is gone")] * 4

    def failing(**options: Any) -> Any:
        if failures:
            raise failures.pop()
        return latest(**options)

    monkeypatch.setattr(ledger, "latest", failing)
    signer = Signer(record, ledger, every_seconds=0.01)
    signer.start()
    write(record, "1")
    checkpoint = signer.cover(1, 20)
    signer.stop()

    assert checkpoint is not None
    assert failures == []
    assert signer.last_error is None


class _Silent:
    """Witnesses who are asked by nobody here."""

    policy = "silent"

    def cosign(self, *asked: object) -> Any:
        raise AssertionError(asked)

    def enough(self, note: str) -> bool:
        raise AssertionError(note)


class _Refusing:
    """Witnesses who sign nothing, and whose policy no note is enough for."""

    policy = "refusing"

    def cosign(self, *asked: object) -> Any:
        return Cosigned()

    def enough(self, note: str) -> bool:
        return False
