"""How long a record and a bundle take to verify, and how much memory, beside plain hashing of the same bytes."""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from _measuring import measured_folder, options, say, show, tell_machine

from txapi.audit.bundle import write_bundle
from txapi.cli.reading import open_to_read
from txapi.record import Record
from txapi.record.ledger import LEDGER_FILE, Ledger
from txapi.record.record import RECORD_FILE
from txapi.record.signer import Signer

LIMIT_SECONDS, LIMIT_EVENTS, LIMIT_MIB = 120.0, 1_000_000, 512.0

_MEASURED = """
import json, resource, sys
from pathlib import Path
from txapi.audit.verify import verify
found = verify(Path(sys.argv[1]))
kib = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
print(json.dumps({"wrong": len(found.wrong), "events": found.events, "mib": sum(kib) / 1024}))
"""


def verified(target: Path) -> tuple[float, int, float]:
    """Seconds, events, and the peak memory in MiB of a verification and of the process that it starts, together."""
    began = time.perf_counter()
    told = json.loads(
        subprocess.run([sys.executable, "-c", _MEASURED, str(target)], capture_output=True, check=True).stdout
    )
    if told["wrong"]:
        raise SystemExit(f"{target} is wrong: `txapi verify {target}` says where")
    return time.perf_counter() - began, told["events"], told["mib"]


def hashed(folder: Path) -> tuple[float, int]:
    """Seconds to read the stored bytes of every event and hash them, and how many bytes they are: nothing is faster."""
    began, size, after = time.perf_counter(), 0, 0
    with open_to_read(folder) as record:
        while rows := record.store.read(after, 2_000):
            for row in rows:
                hashlib.sha256(row.state).digest()
                size += len(row.state)
            after = rows[-1].position
    return time.perf_counter() - began, size


def signed_copy(folder: Path, beside: Path) -> Path:
    """The record with its ledger: as it is where it has one, else a copy, signed for."""
    if (folder / LEDGER_FILE).exists():
        return folder
    say("copying the record and signing for it")
    shutil.copy(folder / RECORD_FILE, beside / RECORD_FILE)
    with Record.open(beside) as record:
        ledger = Ledger.open(beside, record.record_id, owner=True)
        Signer(record, ledger).sign()
        ledger.close()
    return beside


def main(chosen: argparse.Namespace) -> None:
    """Verify the record, take it away, verify the bundle, hash the bytes, and print all of it."""
    with (
        measured_folder(chosen.data, chosen.events) as given,
        tempfile.TemporaryDirectory(dir=chosen.scratch) as beside,
    ):
        folder = signed_copy(given, Path(beside))
        bundle = Path(beside) / "out.zip"
        say("taking it away")
        began = time.perf_counter()
        with open_to_read(folder) as record:
            ledger = Ledger.open(folder, record.record_id)
            written = write_bundle(bundle, record, ledger)
            ledger.close()
        exporting = time.perf_counter() - began
        say("hashing the stored bytes alone")
        hashing, size = hashed(folder)
        lines = []
        for name, target in (("the record, from its database", folder), ("the bundle", bundle)):
            say(f"verifying {name}")
            seconds, events, mib = verified(target)
            limit = LIMIT_SECONDS * events / LIMIT_EVENTS
            lines.append(
                (
                    name,
                    f"{seconds:.1f}",
                    f"{events / seconds:,.0f}",
                    f"{seconds / limit:.2f}",
                    f"{seconds / hashing:.1f}",
                    f"{mib:,.0f}",
                    f"{mib / LIMIT_MIB:.2f}",
                )
            )
        events = written.last - written.first + 1
    tell_machine()
    lines.append(
        (
            "  writing the bundle",
            f"{exporting:.1f}",
            f"{events / exporting:,.0f}",
            "",
            f"{exporting / hashing:.1f}",
            "",
            "",
        )
    )
    lines.append(
        (
            "  reading and hashing the stored bytes alone",
            f"{hashing:.1f}",
            f"{events / hashing:,.0f}",
            "",
            "1.0",
            "",
            "",
        )
    )
    show(
        f"{events:,} events, {size / 1e6:,.0f} MB of stored bytes, a bundle of {written.size_bytes / 1e6:,.0f} MB; limits:"
        f" {LIMIT_SECONDS:.0f} s for {LIMIT_EVENTS:,} events, {LIMIT_MIB:.0f} MiB",
        ("verifying", "seconds", "events/s", "of the limit", "times hashing", "MiB", "of the limit"),
        lines,
    )


if __name__ == "__main__":
    parser = options(__doc__ or "", events=100_000)
    parser.add_argument("--scratch", type=Path, help="where the bundle is written, and a copy of an unsigned record")
    main(parser.parse_args())
