"""What must hold of a record after whatever happened to it, looked at from outside."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from txapi.audit.rebuilding import build_views
from txapi.audit.verify import verify
from txapi.audit.verify_database import verify_database
from txapi.projections.all import PROJECTIONS
from txapi.projections.follower import Follower
from txapi.projections.views import Views, views_file
from txapi.record import Record
from txapi.record.place import Place

if TYPE_CHECKING:
    from txapi.record.record import RecordedEvent


def whole(where: Place | Path) -> list[RecordedEvent]:
    """Assert that the record in a place, its indexes, its read models and its ledger agree; the events.

    The read models may be behind, as those of a process that was killed are: what they hold must be what the record says up to
    there, and following on from it must come to what a rebuild comes to.
    """
    place = Place.of(where)
    with Record.open(place, owner=False) as record, TemporaryDirectory() as beside:
        events = list(record.read_all())
        assert [event.position for event in events] == list(range(1, len(events) + 1))
        assert len({event.event.event_id for event in events}) == len(events)
        times = [event.recorded_at for event in events]
        assert times == sorted(times)
        assert record.indexes() == record.derived_indexes()
        if place.embedded:
            views = Views.in_file(views_file(place.folder), record.record_id, PROJECTIONS, record.event_id_at)
        else:
            views = Views.open(place, record.record_id, PROJECTIONS, record.event_id_at)
        with closing(views):
            # Made anew they would be empty: what a killed process leaves behind is gone on from.
            assert views.position > 0
            assert views.progress() == build_views(record, Path(beside) / "then.db", until=views.position)
            Follower(record, views).catch_up()
            assert views.progress() == build_views(record, Path(beside) / "now.db")
    found = verify(place.folder) if place.database is None else verify_database(place.database)
    assert not found.wrong, found.wrong[0]
    return events
