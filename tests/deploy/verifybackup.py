"""What `pg_verifybackup` says of a base backup, where the one that is here cannot even start: the wheel's of version 18 crashes.

It compares every file with the manifest, by size and SHA-256, and does not read the log as the real one does.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path


def complaints(backup: Path) -> list[str]:
    """What the manifest says and is not so."""
    found = []
    for told in json.loads((backup / "backup_manifest").read_bytes())["Files"]:
        content = (backup / told["Path"]).read_bytes() if (backup / told["Path"]).is_file() else None
        if told["Checksum-Algorithm"] != "SHA256":
            found.append(f"{told['Path']} has no SHA-256")
        elif content is None or len(content) != told["Size"]:
            found.append(f"{told['Path']} is missing, or of another size")
        elif hashlib.sha256(content).hexdigest() != told["Checksum"]:
            found.append(f"{told['Path']} has another checksum")
    return found


def main(backup: str) -> int:
    """Say it as the real one does."""
    found = complaints(Path(backup))
    for each in found:
        sys.stderr.write(f"pg_verifybackup: error: {each}\n")
    if not found:
        sys.stdout.write("backup successfully verified\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
