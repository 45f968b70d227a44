"""`txapi rebuild --ahead`: the read models of this version of the code, built while an older version still answers."""

from __future__ import annotations

import os
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from txapi.cli.ends import RECORD_OWNED, stop
from txapi.cli.progress import progress

if TYPE_CHECKING:
    from txapi.projections.views_progress import Progress
    from txapi.record import Record
    from txapi.record.place import Place

TAKE_OVER_SECONDS = 10.0
"""How long the lease of whoever followed with this very code, and is gone, may take to run out."""


def build_ahead(record: Record, place: Place) -> Progress:
    """Build them up to the head, to be found by the servers of this version when they start; how far they are.

    Ends the command where a server of this version follows already: there is nothing to do ahead of it.
    """
    return _in_a_file(record, place.folder) if place.database is None else _in_the_database(record, place)


def _in_a_file(record: Record, folder: Path) -> Progress:
    from txapi.audit.rebuilding import build_views
    from txapi.projections.views import views_file
    from txapi.projections.views_progress import stored_progress

    target = views_file(folder)
    used = stored_progress(target, record.record_id)
    if used is not None:
        stop(RECORD_OWNED, f"{target.name} is there already: a server of this version made it, and goes on with it")
    with tempfile.TemporaryDirectory(dir=folder, prefix="rebuild-") as beside:
        path = Path(beside) / "views.db"
        with progress("building ahead") as told:
            built = build_views(record, path, on_progress=told)
            # What was recorded meanwhile is a small part, and what was recorded during that a smaller one.
            while built.position < record.head.position:
                built = build_views(record, path, on_progress=told)
        try:
            os.link(path, target)
        except FileExistsError:
            stop(RECORD_OWNED, f"{target.name} was made meanwhile: a server of this version has started")
    return built


def build_anew(record: Record, place: Place) -> Progress:
    """Empty the read models in a database and build them again; nobody may follow meanwhile. How far they are."""
    return _in_the_database(record, place, anew=True)


def _in_the_database(record: Record, place: Place, *, anew: bool = False) -> Progress:
    from txapi.projections.all import PROJECTIONS
    from txapi.projections.follower import Follower
    from txapi.projections.views import Views, fingerprint
    from txapi.record.leases import Leases
    from txapi.web.instance import follower_lease

    with (
        closing(Views.open(place, record.record_id, PROJECTIONS, record.event_id_at)) as views,
        Leases.open(place, fingerprint()) as leases,
    ):
        fence = leases.keep(follower_lease()).wait(TAKE_OVER_SECONDS)
        if fence is None:
            stop(
                RECORD_OWNED,
                "a server of this version follows the record already, and makes what it answers from: stop it",
            )
        if anew:
            views.empty(fence)
        follower = Follower(record, views, fence=fence)
        with progress("building") as told:
            reached, head = -1, record.head.position

            def advanced(position: int) -> None:
                told(position, head)

            while reached < head:
                reached = follower.catch_up(head, advanced)
                # What was recorded meanwhile is a small part, and what was recorded during that a smaller one.
                head = record.head.position
        return views.progress()
