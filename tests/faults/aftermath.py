"""What must hold of a record after whatever happened to it, looked at from outside."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from txapi.audit.rebuilding import build_views
from txapi.audit.verify import verify
from txapi.projections.all import PROJECTIONS
from txapi.projections.follower import Follower
from txapi.projections.views import Views, stored_progress, views_file
from txapi.record import Record

if TYPE_CHECKING:
    from txapi.record.record import RecordedEvent


def whole(folder: Path) -> list[RecordedEvent]:
    """Assert that the record in a folder, its indexes, its read models and its ledger agree; the events.

    The read models may be behind, as those of a process that was killed are: what they hold must be what the record says up to
    there, and following on from it must come to what a rebuild comes to.
    """
    with Record.open(folder, owner=False) as record, TemporaryDirectory() as beside:
        events = list(record.read_all())
        assert [event.position for event in events] == list(range(1, len(events) + 1))
        assert len({event.event.event_id for event in events}) == len(events)
        times = [event.recorded_at for event in events]
        assert times == sorted(times)
        assert record.indexes() == record.derived_indexes()
        stored = stored_progress(views_file(folder), record.record_id)
        if stored is not None:
            at_that_position = build_views(record, Path(beside) / "then.db", until=stored.position)
            assert stored.digests == at_that_position.digests
        followed = Views.in_file(views_file(folder), record.record_id, PROJECTIONS, record.event_id_at)
        try:
            assert stored is None or followed.position == stored.position  # They were not made anew: nothing was lost.
            Follower(record, followed).catch_up()
            assert followed.progress() == build_views(record, Path(beside) / "now.db")
        finally:
            followed.close()
    if (folder / "ledger.db").exists():
        found = verify(folder, vkey=None, policy=None, kept_elsewhere=[], on_stage=lambda *_: None)
        assert not found.wrong, found.wrong[0]
    return events
