"""Whatever is changed by hand in a stored record is caught: by `verify`, or by what somebody kept elsewhere."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.audit.sealing import by_hand, columns_of, copied, sealed
from txapi.audit.checker import Policy, VerifierKey
from txapi.audit.cosigning import CosigningKey
from txapi.audit.verify import Verified, verify
from txapi.audit.witness import Witness, submission_of
from txapi.audit.witness_memory import WitnessMemory
from txapi.audit.witnessing import Witnesses
from txapi.record.ledger import KEY_FILE, LEDGER_FILE, NO_POLICY, Ledger
from txapi.record.record import Record
from txapi.record.signer import Signer
from txapi.record.sqlite_store import SQLiteStore

# The record of `sealed`: 67 events, signed for at 14 (references and units) and at 67. At 17 the ticket 2015-0001 is
# issued and takes its number, at 38 a ticket is returned, at 65, 66 and 67 tickets are drafted by commands with ids.
FIRST_CHECKPOINT, LAST = 14, 67

ROWS = {
    "meta": "key = 'created'",
    "events": "position = 38",
    "commands": "command_id = 'k-1'",
    "keys": "value = '2015-0001'",
    "deadlines": "due = (SELECT min(due) FROM deadlines)",
}
"""By hand, this row of each table is changed. A new table must say here which of its rows is."""


def tables_and_columns() -> list[tuple[str, str]]:
    """Those of a new record, as the code makes it."""
    with tempfile.TemporaryDirectory() as folder:
        SQLiteStore(Path(folder) / "record.db").close()
        return columns_of(Path(folder) / "record.db")


COLUMNS = tables_and_columns()
TABLES = sorted({table for table, _ in COLUMNS})


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("original")
    sealed(folder)
    return folder


@pytest.fixture
def record(original: Path, tmp_path: Path) -> Path:
    """A copy of the record with its ledger and its key, to be tampered with."""
    return copied(original, tmp_path / "copy")


@pytest.fixture
def kept(original: Path) -> list[tuple[str, bytes]]:
    """What an auditor kept elsewhere: both checkpoints, and the statements of bookkeeping beside them."""
    with closing(sqlite3.connect(original / LEDGER_FILE)) as ledger:
        return [
            (name, note.encode())
            for name, note in ledger.execute(
                "SELECT 'checkpoint ' || size, note FROM checkpoints"
                " UNION ALL SELECT 'bookkeeping ' || size, note FROM statements WHERE kind = 'bookkeeping'"
            )
        ]


def changed(folder: Path, table: str, column: str, file: str = "record.db", where: str | None = None) -> None:
    """Change one value by hand: a number is raised, a text gets a letter more, in bytes one bit is turned over."""
    where = where or ROWS[table]
    with closing(sqlite3.connect(folder / file)) as connection:
        (value,) = connection.execute(f"SELECT {column} FROM {table} WHERE {where}").fetchone()
    other: Any
    if isinstance(value, int):
        other = value + 1_000_000
    elif isinstance(value, str):
        other = value + "x"
    else:
        middle = len(value) // 2
        other = value[:middle] + bytes([value[middle] ^ 1]) + value[middle + 1 :]
    by_hand(folder, (f"UPDATE {table} SET {column} = ? WHERE {where}", (other,)), file=file)


def positions(verified: Verified) -> list[int]:
    """The first position of each kind of mistake, in order; 0 where something is wrong with the whole."""
    return [one.position for one in verified.wrong]


def expected_position(folder: Path, table: str) -> int:
    """The position to be named where the chosen row of a table is changed or deleted."""
    if table == "deadlines":
        # A deadline follows from the last event of its stream.
        with closing(sqlite3.connect(folder / "record.db")) as connection:
            (last,) = connection.execute(
                f"SELECT max(position) FROM events WHERE stream IN (SELECT stream FROM deadlines WHERE {ROWS[table]})"
            ).fetchone()
        return int(last)
    # Commands are signed for range by range, and the second range begins behind the first checkpoint; the facts of the
    # record are of no position.
    return {"events": 38, "keys": 17, "commands": FIRST_CHECKPOINT + 1, "meta": 0}[table]


def test_a_record_that_nobody_touched_is_as_it_was_signed(record: Path, kept: list[tuple[str, bytes]]) -> None:
    found = verify(record, kept_elsewhere=kept)

    assert found.wrong == ()
    assert (found.events, found.checkpoints, found.signed_until, found.outside) == (LAST, 2, LAST, 4)
    assert found.unattested_from is None


# -- by hand, without the record's key: `verify` catches it --------------------------------------------------------------


@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_a_value_changed_in_any_column_is_caught_by_verify(record: Path, table: str, column: str) -> None:
    where = expected_position(record, table)

    changed(record, table, column)

    assert positions(verify(record))[0] == where


@pytest.mark.parametrize("table", TABLES)
def test_a_row_deleted_in_any_table_is_caught_by_verify(record: Path, table: str) -> None:
    where = expected_position(record, table)

    by_hand(record, f"DELETE FROM {table} WHERE {ROWS[table]}")

    assert positions(verify(record))[0] == where


@pytest.mark.parametrize("table", TABLES)
def test_a_table_that_is_emptied_is_caught_by_verify(record: Path, table: str) -> None:
    by_hand(record, f"DELETE FROM {table}")

    first = positions(verify(record))[0]

    # Without events the first is missing; the first key, a unit's code, was taken at 11; the earliest of the last events of streams
    # with a deadline, and the range of commands behind the first checkpoint; facts are of no position.
    if table == "deadlines":
        assert first in range(FIRST_CHECKPOINT + 1, LAST + 1)
    else:
        assert first == {"events": 1, "keys": 11, "commands": FIRST_CHECKPOINT + 1, "meta": 0}[table]


INSERTIONS: dict[str, tuple[str | tuple[str, tuple[Any, ...]], ...]] = {
    "meta": ("INSERT INTO meta VALUES ('note', 'nothing')",),
    "events": (
        # What lies at 38 and behind moves up by one, and a copy of a reminder is put in between.
        "UPDATE events SET position = -position - 1 WHERE position >= 38",
        "UPDATE events SET position = -position WHERE position < 0",
        "INSERT INTO events SELECT 38, stream, 99, topic, state, recorded_at FROM events WHERE position = 46",
    ),
    "commands": ("INSERT INTO commands VALUES ('clerk-chongfu', 'k-9', x'00', 40, 39)",),
    "keys": ("INSERT INTO keys SELECT kind, '2015-9999', stream FROM keys LIMIT 1",),
    "deadlines": ("INSERT INTO deadlines SELECT stream, 1 FROM events WHERE position = 30",),
}


@pytest.mark.parametrize("table", TABLES)
def test_a_row_inserted_in_any_table_is_caught_by_verify(record: Path, table: str) -> None:
    by_hand(record, *INSERTIONS[table])

    # The ticket withdrawn at 30 has no deadline, and that was its last event. A key that no event gives is of no position.
    assert positions(verify(record))[0] == {"events": 38, "commands": 15, "deadlines": 30, "keys": 0, "meta": 0}[table]


def test_events_put_in_another_order_are_caught_by_verify(record: Path) -> None:
    by_hand(
        record,
        "UPDATE events SET position = 0 WHERE position = 38",
        "UPDATE events SET position = 38 WHERE position = 39",
        "UPDATE events SET position = 39 WHERE position = 0",
    )

    assert positions(verify(record))[0] == 38


def test_a_record_that_is_cut_short_is_caught_by_verify(record: Path) -> None:
    by_hand(record, "DELETE FROM events WHERE position > 60")

    found = verify(record)

    assert positions(found)[0] == 61
    assert any(one.kind == "cut-short" for one in found.wrong)


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TRIGGER helpful AFTER INSERT ON events BEGIN DELETE FROM commands; END",
        "CREATE TABLE more (x)",
        "CREATE VIEW readable AS SELECT * FROM events",
        "CREATE INDEX quicker ON events (topic)",
        "DROP INDEX deadlines_due; CREATE INDEX deadlines_due ON deadlines (due) WHERE due > 0",
        "ALTER TABLE keys ADD COLUMN note TEXT",
        "PRAGMA user_version = 2",
    ],
)
def test_a_database_that_holds_anything_else_is_caught_by_verify(record: Path, statement: str) -> None:
    with closing(sqlite3.connect(record / "record.db")) as connection:
        connection.executescript(statement)

    assert [one.kind for one in verify(record).wrong] == ["database"]


def test_an_index_that_disagrees_with_its_table_is_caught_by_verify(record: Path) -> None:
    with closing(sqlite3.connect(record / "record.db")) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute(
            "UPDATE sqlite_master SET rootpage = (SELECT rootpage FROM sqlite_master WHERE name = 'deadlines_due')"
            " WHERE name = 'events_standing'"
        )
        connection.commit()

    assert "database" in {one.kind for one in verify(record).wrong}


LEDGER_VALUES = [
    ("meta", "value", "key = 'record_id'"),
    ("meta", "value", "key = 'origin'"),
    ("meta", "value", "key = 'vkey'"),
    ("tiles", "hashes", "level = 0"),
    ("tiles", "level", "level = 0"),
    ("tiles", "number", "level = 0"),
    ("checkpoints", "size", "size = 14"),
    ("checkpoints", "root", "size = 14"),
    ("checkpoints", "note", "size = 14"),
    ("statements", "kind", "size = 14"),
    ("statements", "size", "size = 14"),
    ("statements", "note", "size = 14"),
]


@pytest.mark.parametrize(("table", "column", "where"), LEDGER_VALUES)
def test_a_promise_or_a_hash_changed_in_the_ledger_is_caught_by_verify(
    record: Path, table: str, column: str, where: str
) -> None:
    changed(record, table, column, LEDGER_FILE, where)

    assert verify(record).wrong


@pytest.mark.parametrize("what", ["checkpoints", "statements", "tiles"])
def test_a_promise_or_a_hash_deleted_from_the_ledger_is_caught_by_verify(record: Path, what: str) -> None:
    by_hand(record, f"DELETE FROM {what} WHERE {'level = 0' if what == 'tiles' else 'size = 14'}", file=LEDGER_FILE)

    assert positions(verify(record))[0] in (1, FIRST_CHECKPOINT + 1)


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ("INSERT INTO tiles VALUES (5, 5, zeroblob(32))", "tile"),
        ("INSERT INTO tiles VALUES (0, 1, zeroblob(32))", "tile"),
        ("UPDATE tiles SET hashes = hashes || zeroblob(32) WHERE level = 0", "tile"),
        ("INSERT INTO meta VALUES ('owner', 'somebody')", "meta"),
        ("INSERT INTO statements VALUES ('opinion', 14, '', 'all is well')", "statement"),
        ("INSERT INTO statements SELECT kind, 15, about, note FROM statements WHERE size = 14", "statement"),
        ("UPDATE checkpoints SET published = 7 WHERE size = 14", "checkpoint"),
        ("UPDATE checkpoints SET signed_at = 'noon' WHERE size = 14", "checkpoint"),
        ("UPDATE checkpoints SET signed_at = -1 WHERE size = 14", "checkpoint"),
        ("INSERT INTO witnesses VALUES ('w.example', 'all')", "witness"),
        ("INSERT INTO witnesses VALUES ('w.example', -1)", "witness"),
    ],
)
def test_a_row_of_the_ledger_that_follows_from_nothing_is_caught_by_verify(
    record: Path, change: str, kind: str
) -> None:
    by_hand(record, change, file=LEDGER_FILE)

    assert kind in {one.kind for one in verify(record).wrong}


def judged(folder: Path, policy: bytes | None) -> None:
    """What a server does when it begins: publish what its policy accepts."""
    with Record.open(folder) as record, closing(Ledger.open(folder, record.record_id, owner=True)) as ledger:
        if policy is None:
            ledger.judge(NO_POLICY, lambda note: True)
        else:
            cosigners = Witnesses(Policy.parse(policy))
            ledger.judge(cosigners.policy, cosigners.enough)


def test_a_checkpoint_held_back_where_nobody_need_cosign_is_caught_by_verify(record: Path) -> None:
    judged(record, None)
    assert verify(record).wrong == ()

    by_hand(record, "UPDATE checkpoints SET published = 0 WHERE size = 14", file=LEDGER_FILE)

    assert [(one.position, one.kind) for one in verify(record).wrong] == [(14, "checkpoint")]


def test_a_checkpoint_published_against_the_policy_is_caught_by_verify_with_that_policy(
    record: Path, tmp_path: Path
) -> None:
    witness = CosigningKey.create(tmp_path / "w.key", "w.example").vkey
    ledger = ledger_of(record)
    policy = f"log {ledger.vkey}\nwitness w {witness}\nquorum w\n".encode()
    ledger.close()
    judged(record, policy)
    assert {one.kind for one in verify(record, policy=policy).wrong} == {"quorum"}

    by_hand(record, "UPDATE checkpoints SET published = 1 WHERE size = 14", file=LEDGER_FILE)

    assert {one.kind for one in verify(record, policy=policy).wrong} == {"quorum", "checkpoint"}
    # Who does not know the policy cannot tell; the next server does not either, unless it goes by another one.
    assert verify(record).wrong == ()


def test_a_clock_that_was_set_back_and_a_witness_that_knows_more_are_noted(record: Path) -> None:
    assert verify(record).notes == ()
    by_hand(
        record,
        "UPDATE checkpoints SET signed_at = 1 WHERE size = 67",
        "INSERT INTO witnesses VALUES ('w.example', 80)",
        file=LEDGER_FILE,
    )

    found = verify(record)

    assert found.wrong == ()
    [clock, witness] = found.notes
    assert "of 67 events was signed earlier" in clock
    assert "w.example knows a checkpoint of 80 events" in witness


def test_a_record_whose_ledger_is_gone_proves_nothing(record: Path) -> None:
    (record / LEDGER_FILE).unlink()

    assert [one.kind for one in verify(record).wrong] == ["unattested"]


# -- by hand, and signed again with the record's key: what was kept elsewhere catches it ---------------------------------


def signed_again(folder: Path) -> None:
    """The operator throws the ledger away and signs the changed record anew, with the same key and origin."""
    with closing(sqlite3.connect(folder / LEDGER_FILE)) as connection:
        (origin,) = connection.execute("SELECT value FROM meta WHERE key = 'origin'").fetchone()
    (folder / LEDGER_FILE).unlink()
    with Record.open(folder) as record:
        ledger = Ledger.open(folder, record.record_id, owner=True, origin=origin, key_file=folder / KEY_FILE)
        Signer(record, ledger).sign()
        ledger.close()


def a_changed_reason(folder: Path) -> None:
    by_hand(
        folder,
        "UPDATE events SET state = CAST(replace(CAST(state AS TEXT), '请尽快受理', '不急') AS BLOB)"
        " WHERE topic = 'ticket.reminded'",
    )


def a_later_time(folder: Path) -> None:
    by_hand(folder, "UPDATE events SET recorded_at = recorded_at + 1 WHERE position = 38")


def an_end_cut_off(folder: Path) -> None:
    by_hand(
        folder,
        "DELETE FROM events WHERE position > 64",
        "DELETE FROM commands",
    )


def another_input(folder: Path) -> None:
    by_hand(folder, "UPDATE commands SET input_hash = x'00' WHERE command_id = 'k-1'")


def another_beginning(folder: Path) -> None:
    by_hand(folder, "UPDATE meta SET value = '2015-01-01T00:00:00+00:00' WHERE key = 'created'")


@pytest.mark.parametrize(
    ("tampering", "where", "kind"),
    [
        # The reminder is at 45. Signed again, nothing says so any more but the checkpoints kept elsewhere: that of 14
        # events still holds, that of 67 does not, so something behind 14 was changed.
        (a_changed_reason, 15, "outside-root"),
        (a_later_time, 15, "outside-root"),
        (an_end_cut_off, 65, "cut-short"),
        (another_input, 15, "bookkeeping"),
        (another_beginning, 0, "meta"),
    ],
)
def test_what_is_signed_again_with_the_key_is_caught_by_what_was_kept_elsewhere(
    record: Path, kept: list[tuple[str, bytes]], tampering: Callable[[Path], None], where: int, kind: str
) -> None:
    tampering(record)
    caught_before = positions(verify(record))

    signed_again(record)

    assert caught_before
    assert verify(record).wrong == ()
    assert (where, kind) in {(one.position, one.kind) for one in verify(record, kept_elsewhere=kept).wrong}


@pytest.mark.parametrize("table", ["keys", "deadlines"])
def test_what_follows_from_the_events_is_caught_however_it_is_signed_again(record: Path, table: str) -> None:
    by_hand(record, f"DELETE FROM {table} WHERE {ROWS[table]}")

    signed_again(record)

    assert verify(record).wrong


def test_a_record_signed_with_another_key_is_caught_by_the_key_that_was_kept_elsewhere(
    record: Path, kept: list[tuple[str, bytes]]
) -> None:
    vkey = verify(record).vkey or ""
    (record / KEY_FILE).unlink()

    a_changed_reason(record)
    signed_again(record)

    assert verify(record).wrong == ()
    assert "key" in {one.kind for one in verify(record, vkeys=[vkey]).wrong}
    assert "outside" in {one.kind for one in verify(record, kept_elsewhere=kept).wrong}


# -- by hand, and signed again: the next cosignature of a witness catches it ----------------------------------------------


@pytest.fixture
def witness(original: Path, tmp_path: Path) -> Iterator[Witness]:
    """A witness on its own machine, which cosigned both checkpoints of the record before anybody tampered with it."""
    key = CosigningKey.create(tmp_path / "witness.key", "witness.example/w1")
    memory = WitnessMemory.open(tmp_path / "witness.db", key.vkey)
    ledger = ledger_of(original)
    asked = Witness(key, memory, [VerifierKey.parse(ledger.vkey)])
    assert [asks(asked, ledger, old, new) for old, new in ((0, FIRST_CHECKPOINT), (FIRST_CHECKPOINT, LAST))] == [
        200,
        200,
    ]
    ledger.close()
    yield asked
    memory.close()


def ledger_of(folder: Path) -> Ledger:
    with closing(sqlite3.connect(folder / LEDGER_FILE)) as connection:
        (record_id,) = connection.execute("SELECT value FROM meta WHERE key = 'record_id'").fetchone()
    return Ledger.open(folder, record_id)


def asks(witness: Witness, ledger: Ledger, old: int, new: int) -> int:
    """The record asks for the cosignature of a checkpoint, with the proof that its ledger gives; how it is answered."""
    found = ledger.at(new)
    assert found is not None
    proof = ledger.consistency(old, new) if 0 < old <= new else []
    return witness.add_checkpoint(submission_of(old, proof, found.note)).status


@pytest.mark.parametrize(
    ("tampering", "size", "answer"),
    [
        (a_changed_reason, 67, 422),  # another root of the same size
        (a_later_time, 67, 422),
        (an_end_cut_off, 64, 400),  # fewer events than were cosigned
    ],
)
def test_events_changed_and_signed_again_get_no_cosignature(
    record: Path, witness: Witness, tampering: Callable[[Path], None], size: int, answer: int
) -> None:
    tampering(record)
    signed_again(record)
    ledger = ledger_of(record)

    answered = asks(witness, ledger, LAST, size)

    ledger.close()
    assert answered == answer
    assert len(witness.refused()) == 1


@pytest.mark.parametrize("tampering", [another_input, another_beginning])
def test_bookkeeping_changed_and_signed_again_is_not_for_a_witness_to_see(
    record: Path, witness: Witness, tampering: Callable[[Path], None]
) -> None:
    tampering(record)
    signed_again(record)
    ledger = ledger_of(record)

    # A witness sees the tree over the events. What lies beside them is caught by whoever kept a statement, as above.
    assert asks(witness, ledger, LAST, LAST) == 200
    ledger.close()
