"""A bundle is a record taken away: whole, the same every time, checkable by anybody, and nothing in it can be changed."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import jsonschema
import pytest

from tests.audit.forging import packed, read_members
from txapi.application.desk import Desk, Order
from txapi.application.units import rename_unit
from txapi.audit.bundle import NotAttested, write_bundle
from txapi.audit.bundle_reading import BadBundle, line_of, restored, row_of
from txapi.audit.bundle_readme import SCRIPT
from txapi.audit.verify import verify
from txapi.domain.event import Actor, Metadata, Role
from txapi.domain.labels import Label
from txapi.record import Record
from txapi.record.clock import ScriptClock
from txapi.record.ledger import Ledger
from txapi.record.signer import Signer
from txapi.record.statements import BOOKKEEPING, bookkeeping_text
from txapi.simulation.run import simulate

FIRST_SIGNED = 300
"""The first checkpoint is of so many events: more than a tile of 256 has."""


class Folder:
    """A record of several hundred events, of which the first checkpoint attests 300 and the last all."""

    def __init__(self, folder: Path) -> None:
        self.path = folder
        simulate(folder, seed=3, units=6, projects=9, years=1)
        with Record.open(folder) as record:
            ledger = Ledger.open(folder, record.record_id, owner=True)
            ledger.enter(record.store.read(0, FIRST_SIGNED))
            commands = record.store.commands_between(0, FIRST_SIGNED)
            said = bookkeeping_text(ledger.origin, 0, FIRST_SIGNED, record.store.facts(), commands)
            ledger.sign(FIRST_SIGNED, 0, [(BOOKKEEPING, "", said)], publish=True)
            Signer(record, ledger).sign()
            self.head = record.head.position
            ledger.close()

    def export(self, out: Path, first: int = 1, last: int | None = None) -> Path:
        """Take it away."""
        with Record.open(self.path, owner=False) as record:
            ledger = Ledger.open(self.path, record.record_id)
            write_bundle(out, record, ledger, first=first, last=last)
            ledger.close()
        return out


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return Folder(tmp_path_factory.mktemp("record"))


@pytest.fixture(scope="module")
def whole(folder: Folder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folder.export(tmp_path_factory.mktemp("bundle") / "out.zip")


def lines_of(bundle: Path) -> list[bytes]:
    with zipfile.ZipFile(bundle) as archive:
        return archive.read("events.ndjson").splitlines()


def altered(bundle: Path, out: Path, alter: Callable[[str, bytes], bytes | None]) -> Path:
    """A copy of which every member is what `alter` makes of it; None leaves it out."""
    made = {name: alter(name, content) for name, content in read_members(bundle).items()}
    return packed(out, {name: content for name, content in made.items() if content is not None})


# -- what is in it -------------------------------------------------------------------------------------------------------


def test_a_bundle_holds_every_event_as_it_is_stored_and_verifies(folder: Folder, whole: Path) -> None:
    found = verify(whole)

    assert found.wrong == ()
    assert (found.first, found.last, found.events, found.checkpoints) == (1, folder.head, folder.head, 2)
    with Record.open(folder.path, owner=False) as record:
        stored = record.store.read(0, folder.head)
    for line, row in zip(lines_of(whole), stored, strict=True):
        assert line.endswith(b',"event":' + row.state + b"}")
        assert row_of(line) == (row.position, row.recorded_at, row.stream, row.version, row.topic, row.state)


def test_every_event_of_a_bundle_is_valid_by_the_schema_in_it(whole: Path) -> None:
    seen: dict[str, jsonschema.Draft202012Validator] = {}
    with zipfile.ZipFile(whole) as archive:
        for line in archive.read("events.ndjson").splitlines():
            told = json.loads(line)
            name = f"schemas/{told['topic']}.v{told['event'].get('schema_version', 1)}.json"
            if name not in seen:
                seen[name] = jsonschema.Draft202012Validator(json.loads(archive.read(name)))
                seen[name].validate(told["event"])
        schemas = {name for name in archive.namelist() if name.startswith("schemas/")}

    assert set(seen) == schemas


def test_a_line_says_when_the_event_was_recorded_in_two_ways() -> None:
    line = line_of(7, 1_439_265_600_000_001, "s-1", 2, "letter.noted", b'{"text":"a"}')

    # 1439265600 seconds after 1970 it was 04:00 UTC of 11 August 2015, noon in Shanghai.
    assert line == (
        b'{"position":7,"recordedAt":"2015-08-11T04:00:00.000001Z","recordedAtMicros":1439265600000001,'
        b'"stream":"s-1","version":2,"topic":"letter.noted","event":{"text":"a"}}'
    )


def test_the_same_record_and_range_give_the_same_bytes_however_the_record_has_grown(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "record")
    first = folder.export(tmp_path / "first.zip", last=FIRST_SIGNED).read_bytes()
    again = folder.export(tmp_path / "again.zip", last=FIRST_SIGNED).read_bytes()

    with Record.open(folder.path) as record:
        # One more checkpoint over one more command's events.
        ledger = Ledger.open(folder.path, record.record_id, owner=True)
        recorded_at = record.head.recorded_at
        assert recorded_at is not None
        record.clock = ScriptClock(recorded_at)
        meta = Metadata(
            decided_at=recorded_at,
            actor=Actor("admin", Role.ADMINISTRATOR),
            correlation_id="c",
            reason="as decided",
        )
        unit = next(key.value for key in record.indexes().keys if key.kind == "unit_code")
        rename_unit(Desk(record), Order(meta), unit=unit, name=Label("新名", "new name"))
        Signer(record, ledger).sign()
        grown = record.head.position
        ledger.close()

    assert grown > folder.head
    assert first == again == folder.export(tmp_path / "grown.zip", last=FIRST_SIGNED).read_bytes()


@pytest.mark.parametrize(
    ("first", "last"), [(1, 1), (1, 256), (2, 257), (256, 256), (257, 300), (258, 290), (300, 301), (301, None)]
)
def test_a_part_of_a_record_is_proven_by_the_tiles_around_it(
    folder: Folder, tmp_path: Path, first: int, last: int | None
) -> None:
    part = folder.export(tmp_path / "part.zip", first, last)

    found = verify(part)

    assert found.wrong == ()
    assert (found.first, found.last) == (first, last or folder.head)
    assert found.signed_until == (FIRST_SIGNED if last and last <= FIRST_SIGNED else folder.head)


def test_nothing_is_taken_away_that_is_not_attested(folder: Folder, tmp_path: Path) -> None:
    out = tmp_path / "out.zip"
    with Record.open(folder.path, owner=False) as record:
        ledger = Ledger.open(folder.path, record.record_id)
        with pytest.raises(NotAttested, match="not attested yet"):
            write_bundle(out, record, ledger, last=folder.head + 1)
        with pytest.raises(ValueError, match="no positions"):
            write_bundle(out, record, ledger, first=5, last=4)
        ledger.close()

    assert list(tmp_path.iterdir()) == []


def test_an_export_that_fails_leaves_nothing_behind(folder: Folder, tmp_path: Path) -> None:
    class Interrupted(Exception):
        pass

    def interrupt(done: int, of: int) -> None:
        raise Interrupted

    with Record.open(folder.path, owner=False) as record:
        ledger = Ledger.open(folder.path, record.record_id)
        with pytest.raises(Interrupted):
            write_bundle(tmp_path / "out.zip", record, ledger, on_progress=interrupt)
        ledger.close()

    assert list(tmp_path.iterdir()) == []


# -- checked by hand -----------------------------------------------------------------------------------------------------


def by_hand(bundle: Path) -> subprocess.CompletedProcess[str]:
    """Run the script that the bundle's own README shows, without anything of this project."""
    with zipfile.ZipFile(bundle) as archive:
        readme = archive.read("README.md").decode()
    script = readme.partition("```python\n")[2].partition("```")[0]
    assert script == SCRIPT
    return subprocess.run(
        [sys.executable, "-I", "-S", "-c", script, str(bundle)], capture_output=True, text=True, check=False
    )


def test_the_script_in_the_readme_checks_a_bundle_with_pythons_standard_library(
    folder: Folder, whole: Path, tmp_path: Path
) -> None:
    part = folder.export(tmp_path / "part.zip", 250, 280)
    forged = altered(
        whole,
        tmp_path / "forged.zip",
        lambda name, content: (
            content.replace(b'"version":1,', b'"version":3,', 1) if name == "events.ndjson" else content
        ),
    )

    assert by_hand(whole).stdout.splitlines()[-1] == "together they are what the checkpoint attests"
    assert by_hand(part).stdout.splitlines() == ["every event is the one that was entered in the ledger"]
    assert by_hand(forged).stderr.strip() == "position 1 is not what was entered in the ledger"


# -- changed by hand -----------------------------------------------------------------------------------------------------


def test_a_bit_turned_over_in_any_member_is_caught(whole: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(whole) as archive:
        names = archive.namelist()
    assert {
        "README.md",
        "vkey",
        "checkpoint",
        "checkpoints/300",
        "tile/0/000",
        "tile/0/001.p/" + names_width(names),
    } <= set(names)

    for wanted in names:

        def turned(name: str, content: bytes, wanted: str = wanted) -> bytes:
            middle = len(content) // 2
            return (
                content if name != wanted else content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
            )

        copy = altered(whole, tmp_path / "copy.zip", turned)
        try:
            caught = bool(verify(copy).wrong)
        except BadBundle:
            caught = wanted == "manifest.json"
        assert caught, wanted


def names_width(names: list[str]) -> str:
    """How wide the partial tile of leaves is."""
    return next(name.rpartition("/")[2] for name in names if name.startswith("tile/0/") and ".p/" in name)


def test_a_member_left_out_put_in_or_there_twice_is_caught(whole: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(whole) as archive:
        names = archive.namelist()
    for wanted in names[:4] + names[-4:-1]:

        def without(name: str, content: bytes, gone: str = wanted) -> bytes | None:
            return None if name == gone else content

        assert verify(altered(whole, tmp_path / "less.zip", without)).wrong, wanted

    found = verify(packed(tmp_path / "more.zip", {**read_members(whole), "notes.txt": b"trust me"}))
    assert [(one.kind, one.what) for one in found.wrong] == [("members", "the member notes.txt is not in the manifest")]


@pytest.mark.parametrize(
    ("alter", "position"),
    [
        (lambda lines: lines[:9] + lines[10:], 10),  # the tenth is left out
        (lambda lines: [*lines[:9], lines[10], lines[9], *lines[11:]], 10),  # the tenth and the next change places
        (lambda lines: [*lines[:9], *lines[8:]], 9),  # the ninth is there twice
        (lambda lines: lines[:-3], -2),  # the last three are cut off
        (lambda lines: [*lines[:9], lines[9].replace(b'"position":10', b'"position": 10'), *lines[10:]], 10),
        (lambda lines: [*lines[:9], lines[9].replace(b'"recordedAt":"20', b'"recordedAt":"19'), *lines[10:]], 10),
        (lambda lines: [*lines[:9], lines[9][:-1] + b',"more":1}', *lines[10:]], 10),
        (lambda lines: [*lines[:9], b"not a line", *lines[10:]], 10),
    ],
)
def test_lines_left_out_moved_doubled_cut_off_or_rewritten_are_caught_by_position(
    folder: Folder, whole: Path, tmp_path: Path, alter: Callable[[list[bytes]], list[bytes]], position: int
) -> None:
    lines = alter(lines_of(whole))
    forged = altered(
        whole,
        tmp_path / "forged.zip",
        lambda name, content: b"\n".join(lines) + b"\n" if name == "events.ndjson" else content,
    )

    found = verify(forged)

    # -2: counted back from behind the last event.
    assert found.wrong[0].position == (position if position > 0 else folder.head + position)


def test_what_is_no_bundle_is_said_to_be_none(whole: Path, tmp_path: Path) -> None:
    text = tmp_path / "text.zip"
    text.write_text("nothing")
    empty = altered(whole, tmp_path / "empty.zip", lambda name, content: None)
    other = altered(
        whole,
        tmp_path / "other.zip",
        lambda name, content: content.replace(b"bundle/v1", b"bundle/v2") if name == "manifest.json" else content,
    )

    for path in (text, empty, other):
        with pytest.raises(BadBundle):
            verify(path)


# -- put back -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def back(whole: Path) -> Iterator[Record]:
    with restored(whole) as record:
        yield record


def test_a_record_put_back_from_a_bundle_is_the_same_record(folder: Folder, back: Record) -> None:
    with Record.open(folder.path, owner=False) as record:
        assert back.record_id == record.record_id
        assert back.store.read(0, 10_000) == record.store.read(0, 10_000)


def test_a_part_of_a_record_cannot_be_put_back(folder: Folder, tmp_path: Path) -> None:
    part = folder.export(tmp_path / "part.zip", 2)

    with pytest.raises(BadBundle, match="from the first event"), restored(part):
        pass
