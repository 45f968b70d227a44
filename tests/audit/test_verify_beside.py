"""A verification works beside a running server and with a process of its own, and survives whatever a file has become."""

from __future__ import annotations

import random
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from tests.audit.sealing import by_hand, copied, sealed
from txapi.application.desk import Order
from txapi.application.units import rename_unit
from txapi.audit.bundle import write_bundle
from txapi.audit.verify import verify
from txapi.audit.verifying.beside import Beside, examine
from txapi.domain.event import Actor, Metadata, Role
from txapi.domain.labels import Label
from txapi.record import Record
from txapi.record.conflicts import NotARecord
from txapi.record.ledger import LEDGER_FILE, Ledger
from txapi.record.record import RECORD_FILE
from txapi.web.instance import Instance


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("original")
    sealed(folder)
    return folder


@pytest.fixture
def record(original: Path, tmp_path: Path) -> Path:
    return copied(original, tmp_path / "copy")


@pytest.fixture(scope="module")
def bundle(original: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("bundle") / "out.zip"
    with Record.open(original, owner=False) as opened:
        ledger = Ledger.open(original, opened.record_id)
        write_bundle(out, opened, ledger)
        ledger.close()
    return out


# -- beside a server -------------------------------------------------------------------------------------------------------


def test_a_record_that_grows_and_is_signed_for_meanwhile_is_verified_as_it_stands(record: Path) -> None:
    with Instance.open(record) as instance:
        for number in range(4):
            meta = Metadata(
                decided_at=instance.record.clock.now(),
                actor=Actor("admin", Role.ADMINISTRATOR),
                correlation_id=f"c-{number}",
                command_id=f"rename-{number}",
                reason="as decided",
            )
            rename_unit(instance.desk, Order(meta, b"hash"), unit="dama", name=Label(f"大麻{number}", f"Dama {number}"))
            head = instance.record.head.position

            found = verify(record)

            assert found.wrong == ()
            assert found.last >= head
            assert found.signed_until >= 67


# -- in a process of its own ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", [False, True])
def test_a_process_of_its_own_finds_what_is_found_without_one(
    record: Path, wrong: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if wrong:
        by_hand(
            record, "DELETE FROM keys WHERE value = '2015-0001'", "UPDATE events SET state = x'00' WHERE position = 38"
        )
    alone = verify(record)
    told: list[tuple[str, int, int]] = []

    monkeypatch.setattr("txapi.audit.verify.FEW_EVENTS", 0)
    together = verify(record, on_stage=lambda *what: told.append(what))

    assert together == alone
    assert [one.position for one in together.wrong][:2] == ([17, 38] if wrong else [])
    assert ("verifying", 67, 67) in told


def test_a_bundle_is_read_by_a_process_of_its_own_too(bundle: Path) -> None:
    with Beside("bundle", bundle) as process:
        assert process.found() == examine("bundle", bundle) == []


def test_a_process_that_ends_before_it_has_told_is_no_clean_verdict(tmp_path: Path) -> None:
    with Beside("record", tmp_path / "nowhere") as process, pytest.raises(RuntimeError, match="ended with 1"):
        process.found()


def test_a_verification_that_is_left_ends_its_process(record: Path) -> None:
    with Beside("record", record) as process:
        child = process.process

    assert child.poll() is not None


# -- files in any state -----------------------------------------------------------------------------------------------------


def is_caught(target: Path) -> bool:
    """Whether a verification finds something wrong, or cannot take the file for a record at all."""
    try:
        return bool(verify(target).wrong)
    except NotARecord:
        return True


def turned(path: Path, source: Path, rng: random.Random) -> None:
    """Write the file again with one bit turned over somewhere."""
    content = bytearray(source.read_bytes())
    content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    path.write_bytes(content)


@pytest.mark.parametrize("name", [RECORD_FILE, LEDGER_FILE])
def test_a_bit_turned_over_anywhere_in_a_file_is_caught_or_changes_nothing_that_the_file_says(
    original: Path, record: Path, name: str
) -> None:
    rng, caught = random.Random(67), 0
    for _ in range(30):
        turned(record / name, original / name, rng)
        for suffix in ("-wal", "-shm"):
            (record / f"{name}{suffix}").unlink(missing_ok=True)
        wrong = is_caught(record)
        caught += wrong
        if not wrong:
            assert dump_of(record / name) == dump_of(original / name)
    assert caught


def dump_of(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.iterdump())


def test_a_bit_turned_over_anywhere_in_a_bundle_is_caught_or_changes_no_member(bundle: Path, tmp_path: Path) -> None:
    rng, caught = random.Random(67), 0
    for _ in range(80):
        turned(tmp_path / "turned.zip", bundle, rng)
        wrong = is_caught(tmp_path / "turned.zip")
        caught += wrong
        if not wrong:
            with zipfile.ZipFile(bundle) as one, zipfile.ZipFile(tmp_path / "turned.zip") as other:
                assert [one.read(name) for name in one.namelist()] == [other.read(name) for name in other.namelist()]
    assert caught > 60


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_a_file_that_is_cut_off_is_caught(
    original: Path, record: Path, bundle: Path, tmp_path: Path, share: float
) -> None:
    for source, target in ((original / RECORD_FILE, record / RECORD_FILE), (bundle, tmp_path / "cut.zip")):
        content = source.read_bytes()
        target.write_bytes(content[: int(len(content) * share)])

    assert is_caught(record)
    assert is_caught(tmp_path / "cut.zip")
