"""A demonstration's clock goes on, over restarts, from where it stood."""

from __future__ import annotations

import signal
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests import stores
from tests.web.serving import Served
from txapi.record import Record, SystemClock
from txapi.record.kept_clock import NOTE, KeptClock

SETTING = "2015-08-11T08:00+08:00"
START = datetime.fromisoformat(SETTING)


def clock_of(server: Served) -> datetime:
    """What the server says it is, which nothing that it records says."""
    return datetime.fromisoformat(server.post("{ moment { clock } }").json()["data"]["moment"]["clock"])


def told_late(server: Served) -> datetime:
    """What the server says once its clock has got further than one that begins anew gets while it starts."""
    while (told := clock_of(server)) < START + timedelta(seconds=8):
        time.sleep(0.2)
    return told


@pytest.mark.slow
@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_a_restarted_server_goes_on_from_where_the_clock_stood(tmp_path: Path, end: signal.Signals) -> None:
    with Served(tmp_path / "data", TXAPI_CLOCK=SETTING) as server:
        told = told_late(server)
        server.stop(end)

    with Served(tmp_path / "data", TXAPI_CLOCK=SETTING) as again:
        later = clock_of(again)

    assert later > told
    with Record.open(stores.place(tmp_path / "data"), owner=False) as record:
        assert record.head.position == 0, "it is no event that tells it"


@pytest.mark.only_on(stores.SQLITE, because="nodes of a database go by a clock that the database holds")
def test_another_setting_is_another_clock_and_the_machines_leaves_no_note(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with Record.open(folder, "2015-09-01", serving=True) as record:
        assert isinstance(record.clock, KeptClock)
        september = record.clock.now()
    with Record.open(folder, "2015-08-11", serving=True) as record:
        august = record.clock.now()
    told = (folder / NOTE).read_bytes()
    with Record.open(folder, "2015-08-11") as record:
        assert not isinstance(record.clock, KeptClock), "a command beside no server keeps no clock"
    assert (folder / NOTE).read_bytes() == told
    assert b"2015-08-11" in told
    assert (september.month, august.month) == (8, 8)
    assert september.day == 31
    assert august.day == 10

    with Record.open(folder, "system", serving=True) as record:
        assert isinstance(record.clock, SystemClock)
    assert not (folder / NOTE).exists()


@pytest.mark.only_on(stores.SQLITE, because="nodes of a database go by a clock that the database holds")
@pytest.mark.parametrize("content", [b"", b"{", b'{"setting":"2015-08-11"}', b"\xff"])
def test_a_note_that_cannot_be_read_is_none(tmp_path: Path, content: bytes) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / NOTE).write_bytes(content)

    with Record.open(folder, "2015-08-11", serving=True) as record:
        first = record.clock.now()
    with Record.open(folder, "2015-08-11", serving=True) as record:
        assert record.clock.now() > first
