"""A backup is taken beside another process that goes on writing, and is the record as it was at one moment of that."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import IO

from tests.backup.registering import registrations
from tests.backup.trying import CHECKOUT
from txapi.audit.backup import take_backup
from txapi.audit.restoring import restore
from txapi.audit.verify import verify
from txapi.record import Record


def acknowledged(told: IO[str], number: int) -> dict[int, str]:
    """What the process acknowledges next: codes by position."""
    return dict(line_read(told.readline()) for _ in range(number))


def line_read(line: str) -> tuple[int, str]:
    """A position and a code."""
    position, code = line.split()
    return int(position), code


def test_a_backup_beside_a_writing_process_holds_what_was_acknowledged_before_and_fails_no_command(
    tmp_path: Path,
) -> None:
    data, out, new = tmp_path / "data", tmp_path / "backup", tmp_path / "new"
    with subprocess.Popen(
        [sys.executable, "-m", "tests.backup.registering", data], cwd=CHECKOUT, stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        try:
            before = acknowledged(writer.stdout, 20)
            position = take_backup(data, out).manifest.position
            after = acknowledged(writer.stdout, 20)
        finally:
            writer.kill()
        # The last line may have been cut short by the kill.
        after |= dict(line_read(line) for line in writer.stdout if line.endswith("\n"))
    restore(out, new)
    assert new.stat().st_mode & 0o777 == 0o700
    with Record.open(new) as record:
        restored = {one.position: getattr(one.event, "code", None) for one in record.read_all()}
        next_one = next(registrations(record, "next"))

    assert list(restored) == list(range(1, position + 1))
    assert {place: restored[place] for place in before} == before
    assert max(after) > position
    assert restored == {place: code for place, code in (before | after).items() if place <= position}
    assert next_one == (position + 1, "next-0")
    assert verify(new).last == position + 1
