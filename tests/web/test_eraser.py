"""The eraser beside a node that has just begun: what it cannot look at yet is no fault that readiness tells."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from tests.stores import place
from tests.web.several import until
from txapi.application.desk import Desk
from txapi.projections.all import PROJECTIONS
from txapi.projections.follower import Follower
from txapi.projections.views import NotBuiltYet, Views
from txapi.record.person_keys import open_person_keys
from txapi.record.record import Record
from txapi.web.erasing import Eraser

pytestmark = pytest.mark.only_on("postgresql", because="in a file they are made before anything else begins")


class Counted(Eraser):
    """An eraser whose looks are counted."""

    looks = 0
    in_vain = 0

    def look(self) -> None:
        try:
            super().look()
        except NotBuiltYet:
            self.in_vain += 1
            raise
        self.looks += 1


def test_until_the_read_models_are_begun_it_waits_and_nothing_is_said_to_be_wrong(tmp_path: Path) -> None:
    where = place(tmp_path)
    with (
        closing(Record.open(where)) as record,
        closing(open_person_keys(where)) as keys,
        closing(Views.open(where, record.record_id, PROJECTIONS)) as views,
    ):
        eraser = Counted(Desk(record, person_keys=keys), views)
        eraser.start()
        try:
            until(lambda: eraser.in_vain > 1)
            before = (eraser.looks, eraser.last_error)
            views.prepare()
            Follower(record, views).catch_up()
            until(lambda: eraser.looks == 1)
        finally:
            eraser.stop()

    assert before == (0, None)
    assert eraser.last_error is None
