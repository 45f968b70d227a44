"""The page on backups is true: its commands are typed as they stand, and print what it shows."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.pages import EMBEDDED, POSTGRES, QUESTION, blocks_between, follow
from tests.docs.demo import Shell
from tests.record.letters import written
from txapi.cli.load import DEMONSTRATION, load_into
from txapi.record import Append, Record
from txapi.record.keys import write_key
from txapi.record.ledger import Ledger
from txapi.record.signer import Signer


def sign(folder: Path) -> str:
    """The checkpoint over all that is recorded there."""
    with Record.open(folder) as record:
        ledger = Ledger.open(folder, record.record_id, owner=True)
        signed = Signer(record, ledger).sign()
        ledger.close()
    assert signed is not None
    return signed.note


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    """A shell beside a record that was signed for, with the places that the page speaks of."""
    data, safe, backups = tmp_path / "data", tmp_path / "safe", tmp_path / "backups"
    load_into(data, DEMONSTRATION)
    sign(data)
    write_key(data / "token-key.pem")
    for folder in (safe, backups):
        folder.mkdir()
    (safe / "record-key.pem").write_bytes((data / "record-key.pem").read_bytes())
    (safe / "tuesday.checkpoint").write_text(tuesdays(data, tmp_path / "tuesday"), encoding="utf-8")
    shell = Shell(
        tmp_path / "shell.log",
        TXAPI_DATA=str(data),
        backups=str(backups),
        safe=str(safe),
        new=str(tmp_path / "new"),
        again=str(tmp_path / "again"),
    )
    yield shell
    shell.stop()


def tuesdays(data: Path, copy: Path) -> str:
    """A checkpoint of a day on which the record had grown, of which the record here knows nothing."""
    shutil.copytree(data, copy)
    with Record.open(copy) as record:
        record.writer.append(Append(events=tuple(written(record.ids.uuid(), days=7).pending)))
    return sign(copy)


def test_the_embedded_record_is_backed_up_and_restored_as_the_page_says(shell: Shell) -> None:
    follow(blocks_between(EMBEDDED, POSTGRES) + blocks_between(QUESTION, None), shell)
