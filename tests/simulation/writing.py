"""A process of its own that simulates a small record and prints its digest, for comparing under another hash seed."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from txapi.record.record import Record
from txapi.simulation.run import simulate

SMALL: dict[str, Any] = {"units": 9, "projects": 15, "years": 1}


def digest_of(folder: Path) -> str:
    """SHA-256 over everything that is stored of every event, in order, and over the record's id."""
    with Record.open(folder, owner=False) as record:
        digest = hashlib.sha256(record.record_id.encode())
        after = 0
        while rows := record.store.read(after, 1_000):
            for row in rows:
                digest.update(repr(tuple(row)).encode())
            after = rows[-1].position
    return digest.hexdigest()


def main() -> None:
    """Arguments: the folder to write into, and the seed."""
    folder = Path(sys.argv[1])
    simulate(folder, seed=int(sys.argv[2]), **SMALL)
    sys.stdout.write(json.dumps({"hash": hash("桐乡"), "digest": digest_of(folder)}))


if __name__ == "__main__":
    main()
