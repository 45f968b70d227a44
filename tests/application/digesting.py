"""A process of its own that makes the read models of some records anew and prints their digests, for comparing."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tests.application.looking import rebuilt
from txapi.record.place import Place
from txapi.record.record import Record


def main() -> None:
    """Arguments: the batch size, then the folder and the database of each record as JSON; prints their digests by table."""
    digests = []
    for folder, database in map(json.loads, sys.argv[2:]):
        record = Record.open(Place(Path(folder), database), owner=False)
        with rebuilt(record, Path(folder), int(sys.argv[1])) as views:
            digests.append(views.progress().digests)
        record.close()
    sys.stdout.write(json.dumps({"hash": hash("桐乡"), "digests": digests}))


main()
