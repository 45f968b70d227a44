"""The eraser of a node: what it cannot look at yet is no fault that readiness tells, and a key that is no good is told in words."""

from __future__ import annotations

import logging
from contextlib import closing
from pathlib import Path

import pytest

from tests.stores import place
from tests.web.several import until
from txapi.application.desk import Desk
from txapi.projections.all import PROJECTIONS
from txapi.projections.follower import Follower
from txapi.projections.views import NotBuiltYet, Views
from txapi.record.person_keys import MASTER_FILE, open_person_keys
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


@pytest.mark.only_on("sqlite", because="the master key is a file beside every record")
def test_a_master_key_that_is_damaged_is_told_once_and_in_words(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("txapi.web.erasing.PAUSE_SECONDS", 0.01)
    where = place(tmp_path)
    with (
        closing(Record.open(where)) as record,
        closing(open_person_keys(where)) as keys,
        closing(Views.open(where, record.record_id, PROJECTIONS)) as views,
    ):
        Follower(record, views).catch_up()
        keys.make("11111111-0000-4000-8000-000000000001")
        whole = (tmp_path / MASTER_FILE).read_bytes()
        (tmp_path / MASTER_FILE).write_bytes(whole[:20] + b"?" + whole[21:])
        with closing(open_person_keys(where)) as damaged, caplog.at_level(logging.ERROR):
            eraser = Tried(Desk(record, person_keys=damaged), views)
            eraser.start()
            try:
                until(lambda: eraser.tries > 3)
            finally:
                eraser.stop()

    assert eraser.last_error is not None
    assert MASTER_FILE in eraser.last_error
    [told] = caplog.records
    assert told.getMessage().endswith(eraser.last_error)
    assert told.exc_info is None
    assert whole[:20].decode() not in caplog.text


class Tried(Eraser):
    """An eraser of which it is counted how often it tried."""

    tries = 0

    def look(self) -> None:
        self.tries += 1
        super().look()
