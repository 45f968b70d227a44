"""A process of its own that makes the read models of some records anew and prints their digests, for comparing."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tests.application.looking import rebuilt
from txapi.record.record import Record


def main() -> None:
    """Arguments: the batch size, then the folders of the records; prints one list of digests by table."""
    digests = []
    for folder in map(Path, sys.argv[2:]):
        record = Record.open(folder, owner=False)
        with rebuilt(record, folder, int(sys.argv[1])) as views:
            digests.append(views.progress().digests)
        record.close()
    sys.stdout.write(json.dumps({"hash": hash("桐乡"), "digests": digests}))


main()
