"""What an instance says of itself while its database is silent or away, or its read models are old."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.stores import place
from tests.web.asking import Client
from tests.web.resting import catch_up
from tests.web.serving import REGISTER, unit
from tests.web.several import until
from tests.web.test_metrics import counted
from txapi.application import units
from txapi.application.desk import Order
from txapi.domain.event import Actor, Metadata, Role
from txapi.domain.labels import Label
from txapi.domain.unit import Duty, UnitKind
from txapi.record.clock import ScriptClock
from txapi.record.conflicts import RecordUnavailable
from txapi.web import instance as instances
from txapi.web import readiness
from txapi.web.instance import Instance
from txapi.web.readiness import Looking

THEN = datetime(2015, 8, 11, tzinfo=UTC)


@pytest.fixture(scope="module")
def clock(store: str) -> ScriptClock:
    return ScriptClock(THEN)


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that answers may take its time, on a machine with much else to do."""
    monkeypatch.setattr(readiness, "LOOK_SECONDS", 60.0)


@pytest.fixture(scope="module")
def instance(store: str, clock: ScriptClock, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """One whose duties nobody does, with one event, which is visible."""
    opened = Instance.open(place(tmp_path_factory.mktemp("ready")), clock)
    try:
        catch_up(opened)
        registered(opened, "first")
        catch_up(opened)
        yield opened
    finally:
        opened.stop()


def registered(instance: Instance, code: str) -> None:
    """Register a unit, as a command without a client does."""
    meta = Metadata(
        decided_at=instance.record.clock.now(),
        actor=Actor("test", Role.ADMINISTRATOR),
        correlation_id=instance.record.ids.uuid(),
        clock=instance.record.clock.basis,
    )
    units.register_unit(
        instance.desk, Order(meta), code=code, name=Label(code, code), kind=UnitKind.TOWN, duty=Duty.IMPLEMENTING_BODY
    )


def away(*_: Any, **__: Any) -> Any:
    raise RecordUnavailable("the database cannot be reached")


def test_a_database_that_is_silent_is_not_waited_for(
    instance: Instance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, answer = Client(instance, tmp_path), threading.Event()
    known = client.ask("GET", "/readyz").json()
    monkeypatch.setattr(readiness, "LOOK_SECONDS", 0.05)
    whole = instance.record.store.head
    monkeypatch.setattr(instance.record.store, "head", lambda: (answer.wait(60), whole())[1])

    silent = [client.ask("GET", "/readyz") for _ in range(3)]
    metrics = counted(client)
    answer.set()

    assert {response.status_code for response in silent} == {503}
    assert silent[0].json()["problems"] == [readiness.AWAY]
    assert silent[0].json()["head"] == known["head"] == "1", "what was seen last is told"
    assert metrics["txapi_ready"] == metrics["txapi_writable"] == 0
    assert metrics["txapi_head_position"] != metrics["txapi_head_position"]
    until(lambda: client.ask("GET", "/readyz").status_code == 200)


def test_with_replicas_an_instance_stays_ready_and_says_that_nothing_is_written(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    looking = Looking(instance.record, instance.ledger, lambda: 1, is_replicated=True)
    before = looking.readiness(())
    monkeypatch.setattr(instance.record.store, "head", away)

    after = looking.readiness(["the follower failed and tries again; the log says why"])

    assert (before.ready, before.writable, before.problems) == (True, True, ())
    assert (after.ready, after.writable, after.problems) == (True, False, (readiness.AWAY,))
    assert after.head == 1


def test_read_models_that_cannot_be_read_make_an_instance_unready(instance: Instance) -> None:
    state = Looking(instance.record, instance.ledger, away, is_replicated=True).readiness(())

    assert not state.ready
    assert state.writable
    assert "no question is answered" in state.problems[0]


def test_the_log_says_that_it_is_unavailable_while_the_database_is_away(
    instance: Instance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("latest", "covering", "statements"):
        monkeypatch.setattr(instance.ledger, name, away)
    monkeypatch.setattr(instance.record.store, "read", away)

    found = [Client(instance, tmp_path).ask("GET", f"/log/{path}") for path in ("checkpoint", "proof/1", "digest/1")]

    assert [response.status_code for response in found] == [503] * 3
    assert {response.json()["errors"][0]["extensions"]["code"] for response in found} == {"UNAVAILABLE"}


def test_read_models_that_are_a_minute_old_are_not_fresh(instance: Instance, clock: ScriptClock) -> None:
    registered(instance, "second")
    clock.set(THEN + timedelta(seconds=59))
    soon = instance.readiness()
    clock.set(THEN + timedelta(seconds=61))

    late = instance.readiness()
    catch_up(instance)

    assert (soon.ready, soon.lag_events, soon.lag_seconds) == (True, 1, 59)
    assert (late.ready, late.problems) == (False, ("the read models are 61 seconds behind",))
    assert late.writable
    assert instance.readiness().ready


def test_checkpoints_that_were_signed_before_anybody_counted_are_counted(tmp_path: Path) -> None:
    with Instance.open(place(tmp_path)) as started:
        registered(started, "early")
        until(lambda: (last := started.ledger.latest()) is not None and last.size == 1)

        client = Client(started, tmp_path)

        until(lambda: counted(client)["txapi_checkpoints_signed_total"] >= 1)
        client.post(REGISTER, unit("late"), client.token())


def test_read_models_of_earlier_code_are_looked_for_again_after_the_database_was_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(instances, "TIDY_SECONDS", 0.01)
    opened, asked = Instance.open(place(tmp_path)), threading.Semaphore(0)

    def delete_others(used: set[str]) -> list[str]:
        asked.release()
        raise RecordUnavailable("away")

    monkeypatch.setattr(opened.views, "delete_others", delete_others)
    with opened:
        assert all(asked.acquire(timeout=60) for _ in range(2))
