"""What a record and its ledger say of themselves, missing or changed by hand: whoever opens them is told so, or finds the same."""

from __future__ import annotations

import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.audit.sealing import sealed
from tests.fuzz.damaging import damaged
from txapi.record.conflicts import NotARecord
from txapi.record.keys import BadKey
from txapi.record.ledger import LEDGER_FILE, Ledger, NotALedger
from txapi.record.record import RECORD_FILE, Record

pytestmark = pytest.mark.only_on("sqlite", because="files are changed by hand")


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kept") / "record"
    sealed(folder)
    return folder


def facts(folder: Path, file: str) -> dict[str, str]:
    with closing(sqlite3.connect(folder / file)) as connection:
        return dict(connection.execute("SELECT key, value FROM meta").fetchall())


def opened(folder: Path) -> str:
    """What comes of opening both, as whoever owns them."""
    try:
        with Record.open(folder) as record, closing(Ledger.open(folder, record.record_id, owner=True)):
            return "opened"
    except (NotARecord, NotALedger, BadKey) as error:
        return str(error)


@pytest.mark.parametrize("file", [RECORD_FILE, LEDGER_FILE])
def test_a_fact_that_is_missing_or_another_is_told_or_does_not_matter(kept: Path, tmp_path: Path, file: str) -> None:
    assert opened(kept) == "opened"
    told = []
    for number, (name, value) in enumerate(facts(kept, file).items()):
        for turn in range(6):
            folder = shutil.copytree(kept, tmp_path / f"{number}-{turn}")
            with closing(sqlite3.connect(folder / file)) as connection:
                if turn == 0:
                    connection.execute("DELETE FROM meta WHERE key = ?", (name,))
                else:
                    other = damaged(random.Random(f"{name} {turn}"), value.encode()).decode(errors="replace")
                    connection.execute("UPDATE meta SET value = ? WHERE key = ?", (other, name))
                connection.commit()
            said = opened(folder)
            told.append((name, said))
            shutil.rmtree(folder)

    assert {name for name, said in told if said != "opened"} >= (
        {"record_id"} if file == RECORD_FILE else {"record_id", "origin", "vkey"}
    )
