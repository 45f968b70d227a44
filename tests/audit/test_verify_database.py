"""A record on PostgreSQL is verified as a file is, and so is what only a database can do to its tables."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests import stores
from tests.audit.sealing import sealed
from txapi.application.desk import Desk, Order
from txapi.application.units import register_unit
from txapi.audit.verify import verify
from txapi.audit.verify_database import copied, verify_database
from txapi.domain.event import Actor, Metadata, Role
from txapi.domain.labels import Label
from txapi.domain.unit import Duty, UnitKind
from txapi.record.conflicts import RecordError
from txapi.record.copying import NotEmpty, copy_record
from txapi.record.place import Place
from txapi.record.postgres.connecting import connect
from txapi.record.record import Record

pytestmark = pytest.mark.only_on("postgresql", because="files are verified by other tests")


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A record that was signed twice, in files."""
    with stores.running_on(stores.SQLITE):
        return sealed(tmp_path_factory.mktemp("sealed")).folder


@pytest.fixture(scope="module")
def template(file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The name of a database that holds a copy of it."""
    dsn = stores.databases().create()
    copy_record(Place(file), Place(file, dsn))
    yield stores.name_of(dsn)
    stores.databases().drop(dsn)


@pytest.fixture
def dsn(template: str) -> Iterator[str]:
    made = stores.databases().create(template)
    yield made
    stores.databases().drop(made)


def by_hand(dsn: str, sql: str, *values: Any) -> None:
    with connect(dsn) as connection:
        assert connection.execute(sql, values or None).rowcount != 0, sql


def test_a_record_that_was_copied_holds_as_the_file_does(file: Path, dsn: str) -> None:
    there, here = verify_database(dsn), verify(file)

    assert there == here
    assert there.wrong == ()
    assert there.signed_until == there.last > 0


def test_a_copy_of_a_copy_is_the_same_to_the_byte(file: Path, dsn: str) -> None:
    with (
        copied(dsn) as folder,
        closing(Record.open(folder, owner=False)) as back,
        closing(Record.open(file, owner=False)) as first,
        closing(Record.open(Place(file, dsn), owner=False)) as between,
    ):
        every = first.head.position + 1

        assert back.store.read(0, every) == between.store.read(0, every) == first.store.read(0, every)
        assert back.indexes() == between.indexes() == first.indexes() == between.derived_indexes()
        assert back.store.facts() == between.store.facts() == first.store.facts()
        commands = [list(each.store.commands_between(0, every)) for each in (back, between, first)]
        assert commands[0] == commands[1] == commands[2] != []


def test_nothing_is_copied_over_a_record(file: Path, dsn: str, tmp_path: Path) -> None:
    with pytest.raises(NotEmpty):
        copy_record(Place(file), Place(file, dsn))

    assert verify_database(dsn).wrong == ()


def test_a_record_goes_on_where_it_was_copied_to(file: Path, dsn: str) -> None:
    with Record.open(Place(file, dsn)) as record:
        head = record.head.position
        meta = Metadata(
            decided_at=record.clock.now(), actor=Actor("admin", Role.ADMINISTRATOR), correlation_id="on we go"
        )
        done = register_unit(
            Desk(record),
            Order(meta),
            code="new",
            name=Label("新", "New"),
            kind=UnitKind.TOWN,
            duty=Duty.IMPLEMENTING_BODY,
        )

    assert done.first == head + 1
    assert verify_database(dsn).wrong == ()
    assert verify_database(dsn).unattested_from == head + 1


COLUMNS = [
    ("record.events", "recorded_at", "recorded_at + 1"),
    ("record.events", "stream", "'ticket-of-nobody'"),
    ("record.events", "version", "version + 1000"),
    ("record.events", "topic", "'ticket.withdrawn'"),
    ("record.events", "state", "state || '\\x20'::bytea"),
    ("record.commands", "input_hash", "'\\x00'::bytea"),
    ("record.commands", "subject", "'somebody'"),
    ("record.commands", "command_id", "command_id || '-x'"),
    ("record.commands", "first", "first + 1"),
    ("record.commands", "last", "last + 1"),
    ("record.keys", "value", "value || '0'"),
    ("record.keys", "stream", "'ticket-of-nobody'"),
    ("record.deadlines", "due", "due + 1"),
    ("record.meta", "value", "value || 'x'"),
    ("ledger.checkpoints", "root", "'\\x00'::bytea"),
    ("ledger.checkpoints", "note", "replace(note, 'txapi', 'other')"),
    ("ledger.statements", "note", "replace(note, 'txapi', 'other')"),
    ("ledger.tiles", "hashes", "set_byte(hashes, 0, 255 - get_byte(hashes, 0))"),
    ("ledger.meta", "value", "value || 'x'"),
]


@pytest.mark.parametrize(("table", "column", "value"), COLUMNS)
def test_a_value_changed_in_a_column_is_caught(dsn: str, table: str, column: str, value: str) -> None:
    by_hand(dsn, f"UPDATE {table} SET {column} = {value} WHERE ctid = (SELECT max(ctid) FROM {table})")

    assert found_wrong(dsn)


@pytest.mark.parametrize("table", ["record.events", "record.commands", "record.keys", "record.deadlines"])
def test_a_deleted_row_is_caught(dsn: str, table: str) -> None:
    by_hand(dsn, f"DELETE FROM {table} WHERE ctid = (SELECT max(ctid) FROM {table})")

    assert found_wrong(dsn)


def found_wrong(dsn: str) -> bool:
    """Whether the verification finds fault, or the record cannot even be opened any more."""
    try:
        return verify_database(dsn).wrong != ()
    except RecordError:
        return True


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (
            """CREATE FUNCTION lie() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
            CREATE TRIGGER lie BEFORE INSERT ON record.events FOR EACH ROW EXECUTE FUNCTION lie()""",
            "record.events has triggers",
        ),
        ("CREATE RULE lie AS ON DELETE TO record.keys DO INSTEAD NOTHING", "record.keys has rules"),
        ("ALTER TABLE record.events ENABLE ROW LEVEL SECURITY", "record.events shows rows by who asks"),
        ("CREATE TABLE more () INHERITS (record.deadlines)", "record.deadlines has tables that inherit"),
        (
            "ALTER TABLE record.meta RENAME TO kept; CREATE VIEW record.meta AS SELECT * FROM record.kept",
            "record.meta is no ordinary table",
        ),
        ("ALTER TABLE record.events DROP CONSTRAINT events_pkey", "keeps the rows of record.events apart by position"),
    ],
)
def test_what_only_a_database_can_do_to_a_table_is_told(dsn: str, change: str, what: str) -> None:
    with connect(dsn) as connection:
        connection.execute(change)

    assert what in " ".join(one.what for one in verify_database(dsn).wrong)
