"""A small record that was signed twice while it grew, to be tampered with: nouns, keys, deadlines, and commands with ids."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from tests.city import City
from tests.projections.ticket_city import ISSUER, furnished, told
from txapi.application import tickets
from txapi.cli.root import txapi
from txapi.domain.ticket.values import TicketCategory
from txapi.record.batch import Append
from txapi.record.ledger import KEY_FILE, LEDGER_FILE, Ledger
from txapi.record.record import RECORD_FILE
from txapi.record.signer import Signer
from txapi.record.store import CommandKey


def sealed(folder: Path) -> City:
    """The record, closed after its second checkpoint. The last commands have ids; one of them found nothing to do."""
    city = furnished(folder)
    sign(city)
    told(city)
    city.at("2015-09-01T09:00")
    for number in range(3):
        if number == 2:
            city.record.writer.append(Append(command=CommandKey("clerk-chongfu", "k-3", b"nothing to do")))
        order = city.order(ISSUER, command_id=f"k-{number}")
        tickets.draft_ticket(
            city.desk, order, category=TicketCategory.LAND_USE, subject=f"用地{number}", body="请协调。", issuer="chongfu",
            handler="land-bureau", requested_by=date(2015, 10, 1),
        )  # fmt: skip
    sign(city)
    city.close()
    return city


def sign(city: City) -> None:
    """Sign a checkpoint over all that is recorded, as a server does."""
    folder = city.folder
    ledger = Ledger.open(folder, city.record.record_id, owner=True)
    Signer(city.record, ledger).sign()
    ledger.close()


def copied(source: Path, target: Path) -> Path:
    """A copy of a record with its ledger and key."""
    target.mkdir()
    for name in (RECORD_FILE, LEDGER_FILE, KEY_FILE):
        shutil.copy(source / name, target / name)
    return target


def rebuilt(folder: Path) -> None:
    """Have its read models made anew, as an operator is told to."""
    done = CliRunner().invoke(txapi, ["rebuild", "--replace", "--data", str(folder)])
    assert done.exit_code in (0, 1), done.output


def by_hand(folder: Path, *statements: tuple[str, tuple[Any, ...]] | str, file: str = RECORD_FILE) -> None:
    """Change a file with statements, each of which must find something to change."""
    with closing(sqlite3.connect(folder / file)) as connection:
        for statement in statements:
            sql, values = (statement, ()) if isinstance(statement, str) else statement
            assert connection.execute(sql, values).rowcount != 0, sql
        connection.commit()


def columns_of(path: Path) -> list[tuple[str, str]]:
    """Every column of every table of a database, so that a new one cannot be forgotten."""
    with closing(sqlite3.connect(path)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return [
            (table, column[1])
            for table in tables
            for column in connection.execute(f"SELECT * FROM pragma_table_info('{table}')")
        ]
