"""Whatever is stored or handed on, with bytes changed at random: each change is found, or changes nothing, and is told in words.

The commands run in this process, by the code that a terminal runs them by; a few hundred do so in processes of their own. A finding
is printed with the seed and the number that it was drawn from.
"""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest
from click.testing import CliRunner, Result
from eventsourcing.persistence import MapperDeserialisationError
from psycopg import sql

from tests import stores
from tests.audit.sealing import sealed
from tests.fuzz.damaging import damage_file, damage_row, damaged, other
from tests.fuzz.size import SEED, numbers, times
from tests.receipts.notary import Notary
from tests.web.serving import environment
from txapi.audit.backup import take_backup
from txapi.audit.bundle import write_bundle
from txapi.audit.proofs import proof_of
from txapi.audit.verify_database import verify_database
from txapi.cli.root import txapi
from txapi.projections.views import views_file
from txapi.receipts.check import check_receipt
from txapi.receipts.receipt import NotAReceipt
from txapi.record import Record
from txapi.record.codec import EventMapper
from txapi.record.conflicts import NotARecord
from txapi.record.ledger import LEDGER_FILE, Ledger, NotALedger
from txapi.record.record import RECORD_FILE

SAMPLES = Path(__file__).resolve().parents[2] / "domain" / "samples"
SPEAKS = {0, 1, 2, 6}
"""The exit codes of a command that looked, or could not, and said why."""

Report = Callable[[Mapping[str, Any]], None]
Outcomes = Counter[str]


class Kept:
    """A small record that was signed, and everything that is made of it and handed on."""

    def __init__(self, folder: Path) -> None:
        self.record = folder / "record"
        sealed(self.record)
        self.backup, self.bundle, self.proof = folder / "backup", folder / "out.zip", folder / "event.tlog-proof"
        assert run("rebuild", "--replace", "--data", self.record).exit_code == 0
        take_backup(self.record, self.backup)
        with Record.open(self.record, owner=False) as record:
            ledger = Ledger.open(self.record, record.record_id)
            self.vkey = ledger.vkey or ""
            write_bundle(self.bundle, record, ledger)
            self.proof.write_text(proof_of(ledger, record.store.read, 30).text or "")
            ledger.close()


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    return Kept(tmp_path_factory.mktemp("kept"))


def drawn(what: str, count: int) -> Iterator[random.Random]:
    """A generator of chance for each turn, which follows from its number alone."""
    for number in numbers(count):
        chance = random.Random(f"{SEED} {what} {number}")
        try:
            yield chance
        except BaseException as error:
            error.add_note(f"{what}: seed {SEED}, number {number}")
            raise


def run(*arguments: str | Path) -> Result:
    """A command, in this process."""
    return CliRunner().invoke(txapi, list(map(str, arguments)), prog_name="txapi")


def judged(result: Result, unchanged: Any) -> str:
    """Whether a command found it, or came to what it came to before; an AssertionError where it did neither, or said nothing."""
    assert result.exception is None or isinstance(result.exception, SystemExit), repr(result.exception)
    assert result.exit_code in SPEAKS, result.output
    assert "Traceback" not in result.output + result.stderr, result.output + result.stderr
    if result.exit_code:
        assert result.stderr.strip() or result.output.strip()
        return "detected"
    now = told(result)
    if now.get("notes", []) != unchanged.get("notes", []):
        # What nothing signed decides is told, too.
        return "told in a note"
    if any(unchanged.get(part) is not None and now[part] is None for part in ("rows", "kept")):
        # Read models that are none are made anew by whoever serves.
        return "told to be none"
    assert now == unchanged, result.output
    return "harmless"


def told(result: Result) -> Any:
    """What a command said in JSON, except how long it took."""
    content = json.loads(result.stdout)
    content.pop("seconds", None)
    return content


def verified(kept: Kept, target: Path) -> Result:
    return run("verify", target, "--vkey", kept.vkey, "--json")


def test_stored_events_are_read_or_said_to_be_none(figures: Report) -> None:
    found, mapper = Outcomes(), EventMapper()
    samples = [
        (path.name.removesuffix(".json").rpartition(".v")[0], path.read_bytes())
        for path in sorted(SAMPLES.glob("*.json"))
    ]
    for chance in drawn("samples", times(1_500, 52_000)):
        topic, content = chance.choice(samples)
        given = msgspec.json.decode(content)
        state = damaged(chance, content)
        try:
            event = mapper.decode(given["originator_id"], given["originator_version"], topic, state)
        except MapperDeserialisationError:
            found["detected"] += 1
        else:
            # It is another event, or the same written in another way. The ledger holds the hash of its very bytes.
            assert event.originator_id == given["originator_id"]
            found["another event, which the ledger does not hold"] += 1
    figures({"stored events": dict(found)})
    assert found["detected"]


def test_a_proof_that_was_changed_proves_nothing_or_the_same(kept: Kept, tmp_path: Path, figures: Report) -> None:
    found, content, path = Outcomes(), kept.proof.read_bytes(), tmp_path / "changed.tlog-proof"
    unchanged = told(verified(kept, kept.proof))
    for chance in drawn("proofs", times(400, 24_000)):
        path.write_bytes(damaged(chance, content))
        found[judged(verified(kept, path), unchanged)] += 1
    figures({"proofs": dict(found)})
    assert found["detected"] > found["harmless"]


def test_a_receipt_that_was_changed_attests_nothing_or_the_same(tmp_path: Path, figures: Report) -> None:
    notary, found = Notary(tmp_path / "notary"), Outcomes()
    try:
        content, vkey = msgspec.json.encode(notary.response()), notary.ledger.vkey
        assert vkey is not None
        whole = check_receipt(content, [vkey])
        assert whole.holds
        for chance in drawn("receipts", times(400, 14_000)):
            changed = damaged(chance, content)
            try:
                verdict = check_receipt(changed, [vkey])
            except NotAReceipt:
                found["detected"] += 1
                continue
            if not verdict.holds:
                found["detected"] += 1
                continue
            # What holds says what was said: only how it is written is another.
            was, now = msgspec.json.decode(content), msgspec.json.decode(changed)
            assert now["data"] == was["data"]
            same = [check.outcome for check in verdict.checks] == [check.outcome for check in whole.checks]
            # Where a part is missing, it is said that nothing was checked by it.
            found["harmless" if same else "told as not checked"] += 1
    finally:
        notary.close()
    figures({"receipts": dict(found)})
    assert found["detected"] > found["harmless"]


def test_a_bundle_that_was_changed_is_found_out_or_says_the_same(kept: Kept, tmp_path: Path, figures: Report) -> None:
    found, path = Outcomes(), tmp_path / "changed.zip"
    unchanged = told(verified(kept, kept.bundle))
    with zipfile.ZipFile(kept.bundle) as bundle:
        members = {name: bundle.read(name) for name in bundle.namelist()}
    for chance in drawn("bundles", times(60, 5_000)):
        if chance.random() < 0.4:
            path.write_bytes(damaged(chance, kept.bundle.read_bytes()))
        else:
            # With sums that fit, so that it is not the archive that finds it.
            name = chance.choice(list(members))
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as changed:
                for each, content in members.items():
                    changed.writestr(each, damaged(chance, content) if each == name else content)
        found[judged(verified(kept, path), unchanged)] += 1
    figures({"bundles": dict(found)})
    assert found["detected"] > found["harmless"]


@pytest.mark.parametrize("what", ["record", "backup"])
def test_files_of_a_record_that_were_changed_are_found_out_or_say_the_same(
    kept: Kept, tmp_path: Path, figures: Report, what: str
) -> None:
    found, source, folder = Outcomes(), getattr(kept, what), tmp_path / "changed"
    unchanged = told(verified(kept, source))
    for chance in drawn(what, times(60, 2_500)):
        shutil.copytree(source, folder)
        path = folder / chance.choice((RECORD_FILE, RECORD_FILE, LEDGER_FILE))
        if chance.random() < 0.5:
            damage_file(chance, path)
        else:
            damage_row(chance, path)
        found[judged(verified(kept, folder), unchanged)] += 1
        shutil.rmtree(folder)
    figures({f"files of a {what}": dict(found)})
    assert found["detected"] > found["harmless"]


def test_read_models_that_were_changed_are_found_out_or_say_the_same(
    kept: Kept, tmp_path: Path, figures: Report
) -> None:
    found, folder = Outcomes(), tmp_path / "changed"
    views = views_file(kept.record)
    unchanged = told(run("replay", kept.record, "--json"))
    for chance in drawn("views", times(12, 500)):
        shutil.copytree(kept.record, folder)
        (damage_file if chance.random() < 0.5 else damage_row)(chance, folder / views.name)
        found[judged(run("replay", folder, "--json"), unchanged)] += 1
        shutil.rmtree(folder)
    figures({"read models": dict(found)})
    assert found["detected"]


def test_commands_in_processes_of_their_own_speak_as_well(kept: Kept, tmp_path: Path, figures: Report) -> None:
    found = Outcomes()
    for number, chance in enumerate(drawn("processes", times(6, 300))):
        source = (kept.bundle, kept.proof, kept.record)[number % 3]
        target = tmp_path / f"changed{source.suffix}"
        if source.is_dir():
            shutil.copytree(source, target)
            damage_file(chance, target / chance.choice((RECORD_FILE, LEDGER_FILE)))
        else:
            target.write_bytes(damaged(chance, source.read_bytes()))
        done = subprocess.run(
            [sys.executable, "-m", "txapi", "verify", target, "--vkey", kept.vkey],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode in SPEAKS, done.stderr
        assert "Traceback" not in done.stdout + done.stderr, done.stderr
        found["detected" if done.returncode else "harmless"] += 1
        shutil.rmtree(target) if source.is_dir() else target.unlink()
    figures({"processes": dict(found)})


@pytest.mark.only_on(stores.POSTGRESQL, because="files are changed elsewhere, and here the rows of a database")
def test_rows_of_a_database_that_were_changed_are_found_out(tmp_path: Path, figures: Report) -> None:
    found, folder = Outcomes(), tmp_path / "record"
    notary = Notary(folder)
    vkey = notary.ledger.vkey
    notary.close()
    dsn = environment(folder)["TXAPI_DATABASE"]
    assert vkey is not None
    unchanged = verify_database(dsn, vkeys=[vkey])
    assert not unchanged.wrong
    with psycopg.connect(dsn, autocommit=True) as connection:
        for chance in drawn("rows", times(12, 700)):
            undo = _change_row(chance, connection)
            if undo is None:
                continue
            try:
                verdict = verify_database(dsn, vkeys=[vkey])
            except (NotARecord, NotALedger):
                found["told to be none"] += 1
            else:
                assert verdict.wrong or replace(verdict, notes=()) == replace(unchanged, notes=())
                found["detected" if verdict.wrong else "harmless"] += 1
            undo()
    assert verify_database(dsn, vkeys=[vkey]) == unchanged
    figures({"rows of a database": dict(found)})
    assert found["detected"]


def _change_row(chance: random.Random, connection: psycopg.Connection[tuple[Any, ...]]) -> Callable[[], object] | None:
    """Change one value of one row; what changes it back. None where the database would not have it."""
    tables = connection.execute(
        "SELECT table_schema, table_name FROM information_schema.tables"
        " WHERE table_schema IN ('record', 'ledger') AND table_type = 'BASE TABLE' ORDER BY 1, 2"
    ).fetchall()
    table = sql.Identifier(*chance.choice(tables))
    rows = connection.execute(sql.SQL("SELECT ctid, * FROM {}").format(table))
    columns = [each.name for each in rows.description or ()][1:]
    found = rows.fetchall()
    if not found:
        return None
    row, at = chance.choice(found), chance.randrange(len(columns))
    before = row[1 + at]
    after = other(chance, bytes(before) if isinstance(before, memoryview) else before)
    update = sql.SQL("UPDATE {} SET {} = %s WHERE ctid = %s RETURNING ctid").format(table, sql.Identifier(columns[at]))
    try:
        with connection.transaction():
            [(now,)] = connection.execute(update, (after, row[0])).fetchall()
    except (psycopg.Error, OverflowError):
        return None
    return lambda: connection.execute(update, (before, now))
