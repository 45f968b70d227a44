"""The files 附件 that events name: each is there, with its hash. What nothing names lies there for a day and is nobody's mistake."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from txapi.record.files import FileDamaged, FileMissing
from txapi.record.naming import NAMING, first_named

if TYPE_CHECKING:
    from txapi.audit.verifying.findings import Findings
    from txapi.audit.verifying.folder import RecordFolder
    from txapi.record.files import Files


def check_files(shown: RecordFolder, files: Files, findings: Findings, on_progress: Callable[[int, int], None]) -> int:
    """Look through every file that an event names; how many there are."""
    named = first_named(shown.record.execute(NAMING))
    for done, (sha256, position) in enumerate(named.items(), 1):
        try:
            files.open(sha256).close()
        except FileMissing:
            findings.add(position, "file", f"the file {sha256} is missing, which this event attached")
        except FileDamaged:
            findings.add(position, "file", f"the file {sha256}, which this event attached, has other bytes by now")
        on_progress(done, len(named))
    return len(named)
