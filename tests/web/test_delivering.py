"""Telling webhooks: at least once, in order for each noun, from the position that was kept, until the receiver is gone."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from cloudevents.core.bindings.http import HTTPMessage, from_http_event
from cloudevents.core.formats.json import JSONFormat
from jsonschema import Draft202012Validator
from standardwebhooks import Webhook, WebhookVerificationError

from tests.web.receiving import PATIENCE_SECONDS, Got, Receiver, Reply
from tests.web.telling import QUICK, TellingCity
from txapi.application import webhooks
from txapi.projections.all import PROJECTIONS
from txapi.projections.follower import Follower
from txapi.projections.views import Views
from txapi.record.database import Connection
from txapi.record.deliveries import Delivery
from txapi.web.webhooks.deliverer import Deliverer, Telling
from txapi.web.webhooks.schedule import Schedule
from txapi.web.webhooks.signing import new_secret

EVENTS = Path(__file__).resolve().parents[2] / "domain" / "events"


@pytest.fixture
def city(tmp_path: Path) -> Iterator[TellingCity]:
    city = TellingCity(tmp_path)
    yield city
    city.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


def of_noun(got: list[Got], noun: str) -> list[int]:
    """The positions of the events of one noun, in the order in which they came."""
    return [one.position for one in got if one.event["subject"].endswith(noun)]


# -- what is sent ------------------------------------------------------------------------------------------------------


def test_an_event_comes_as_a_cloud_event_that_others_read_and_verify(city: TellingCity, receiver: Receiver) -> None:
    secret = new_secret()
    city.webhook(receiver.url, secret, types=["project.introduced"])
    with city.telling():
        id = city.project("P-1")
        receiver.wait(lambda: len(receiver.acknowledged) == 1)

    [got] = receiver.got
    event = from_http_event(HTTPMessage(got.headers, got.body), JSONFormat())
    Webhook(secret).verify(got.body, got.headers)
    recorded = city.record.event_at(city.record.head.position)
    assert recorded is not None
    assert (event.get_id(), event.get_type()) == (recorded.event.event_id, "project.introduced")
    assert (event.get_source(), event.get_subject()) == (f"urn:uuid:{city.record.record_id}", f"project/{id}")
    assert event.get_time() == recorded.recorded_at
    assert event.get_extension("position") == str(recorded.position)
    told = city.ask(
        "query($id: ID!) { node(id: $id) { ... on Project { code } } }", {"id": event.get_extension("nodeid")}
    )
    assert told["node"]["code"] == "P-1"
    data: Any = event.get_data()
    [schema] = EVENTS.glob("project.introduced.v*.json")
    Draft202012Validator(json.loads(schema.read_bytes())).validate(data)
    assert data["code"] == "P-1"
    assert recorded.event.salt.encode() not in got.body


def test_it_is_signed_with_both_secrets_while_they_change(city: TellingCity, receiver: Receiver) -> None:
    old, new = new_secret(), new_secret()
    id = city.webhook(receiver.url, old, types=["project"])
    with city.telling():
        city.deliveries.add_secret(id, new)
        city.project("P-1")
        receiver.wait(lambda: len(receiver.acknowledged) == 1)
        city.deliveries.drop_old_secret(id)
        city.project("P-2")
        receiver.wait(lambda: len(receiver.acknowledged) == 2)

    both, newest = receiver.got
    for secret, got in ((old, both), (new, both), (new, newest)):
        Webhook(secret).verify(got.body, got.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(old).verify(newest.body, newest.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(new).verify(newest.body.replace(b"P-2", b"P-3"), newest.headers)


def test_what_is_recorded_after_a_change_of_secrets_is_signed_as_that_change_says(
    city: TellingCity, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = new_secret(), new_secret()
    id = city.webhook(receiver.url, old, types=["project"])
    read = city.deliveries.secrets
    changes: list[Callable[[], object]] = [
        lambda: city.deliveries.add_secret(id, new),
        lambda: city.deliveries.drop_old_secret(id),
    ]
    codes = iter(("P-1", "P-2"))
    armed = threading.Event()

    def secrets() -> Any:
        # The change and the event come between what the deliverer reads of secrets and what it reads of events.
        found = read()
        if armed.is_set():
            armed.clear()
            changes.pop(0)()
            city.project(next(codes))
        return found

    def came(number: int) -> bool:
        return len(receiver.acknowledged) == number

    monkeypatch.setattr(city.deliveries, "secrets", secrets)
    with city.telling() as deliverer:
        for number in (1, 2):
            armed.set()
            deliverer.wake()
            receiver.wait(partial(came, number))

    both, newest = receiver.got
    for secret, got in ((old, both), (new, both), (new, newest)):
        Webhook(secret).verify(got.body, got.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(old).verify(newest.body, newest.headers)


def test_it_hears_of_its_units_and_types_alone(city: TellingCity, receiver: Receiver) -> None:
    city.webhook(receiver.url, units=["dama"], types=["project.introduced"])
    with city.telling():
        city.project("P-1")
        city.describe(city.project("P-2", "dama"))
        wanted = city.record.head.position
        receiver.wait(lambda: wanted in receiver.positions())

    assert receiver.positions() == [wanted]


def test_nothing_is_sent_before_there_is_a_secret(city: TellingCity, receiver: Receiver) -> None:
    id = str(webhooks.register_webhook(city.desk, city.order(), name="甲", url=receiver.url).id)
    other = city.webhook(receiver.url + "/other")
    with city.telling() as deliverer:
        city.project("P-1")
        receiver.wait(lambda: len(receiver.acknowledged) == 1)
        assert {got.path for got in receiver.got} == {"/in/other"}
        city.deliveries.add_secret(id, new_secret())
        deliverer.wake()
        receiver.wait(lambda: len(receiver.acknowledged) == 2)

    assert {got.path for got in receiver.got} == {"/in", "/in/other"}
    # The same event has another message id for another webhook.
    assert len({got.headers["webhook-id"] for got in receiver.got}) == 2
    assert other != id


def test_a_webhook_that_cannot_be_told_for_a_reason_of_our_own_holds_up_no_other(
    city: TellingCity, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    broken = city.webhook(receiver.url + "/broken", "no secret at all", types=["project"])
    city.webhook(receiver.url, types=["project"])
    with city.telling():
        city.project("P-1")
        receiver.wait(lambda: len(receiver.acknowledged) == 1)
        city.project("P-2")
        receiver.wait(lambda: len(receiver.acknowledged) == 2)

    assert {got.path for got in receiver.got} == {"/in"}
    assert "no secret at all" not in caplog.text
    assert city.deliveries.all()[broken].acknowledged_at is None


# -- in order ----------------------------------------------------------------------------------------------------------


def test_events_of_one_noun_come_in_order_and_wait_for_no_other_noun(city: TellingCity) -> None:
    slow, go_on = city.project("P-1"), threading.Event()

    def reply(got: Got) -> Reply:
        if got.event["subject"].endswith(slow):
            go_on.wait(60)
        return Reply()

    with Receiver(reply) as receiver:
        city.webhook(receiver.url, types=["project"], after=2)
        city.describe(slow, "甲", "乙")
        quick = city.project("P-2")
        city.describe(quick, "丙", "丁")
        with city.telling():
            receiver.wait(lambda: len(of_noun(receiver.acknowledged, quick)) == 3)
            assert of_noun(receiver.got, slow) == [3]
            go_on.set()
            receiver.wait(lambda: len(receiver.acknowledged) == 6)

    for noun in (slow, quick):
        assert of_noun(receiver.got, noun) == sorted(of_noun(receiver.got, noun))
    assert sorted(receiver.positions()) == [3, 5, 6, 7, 8, 9]


def test_what_one_noun_is_refused_for_keeps_back_only_that_noun(city: TellingCity) -> None:
    bad, refusals = city.project("P-1"), iter(range(3))

    def reply(got: Got) -> Reply:
        refused = got.event["subject"].endswith(bad) and next(refusals, None) is not None
        return Reply(400) if refused else Reply()

    with Receiver(reply) as receiver:
        id = city.webhook(receiver.url, types=["project"], after=2)
        city.describe(bad, "甲")
        good = city.project("P-2")
        with city.telling():
            done = city.kept(id, lambda kept: kept.position == city.record.head.position)

    assert of_noun(receiver.got, good) == [6]
    assert of_noun(receiver.got, bad) == [3, 3, 3, 3, 5]
    assert len({got.headers["webhook-id"] for got in receiver.got if got.position == 3}) == 1
    assert (done.attempts, done.last_error, done.failing_since) == (0, None, None)


# -- again -------------------------------------------------------------------------------------------------------------


def test_a_receiver_that_does_not_work_is_tried_again_and_misses_nothing(city: TellingCity) -> None:
    works = threading.Event()
    with Receiver(lambda got: Reply() if works.is_set() else Reply(503)) as receiver:
        id = city.webhook(receiver.url, types=["project"], after=2)
        for number in range(4):
            city.project(f"P-{number}")
        with city.telling():
            failing = city.kept(id, lambda kept: kept.attempts >= 2)
            works.set()
            city.kept(id, lambda kept: kept.position == city.record.head.position)

    assert (failing.position, failing.last_status) == (2, 503)
    assert failing.failing_since is not None
    assert sorted(receiver.positions()) == [4, 5, 6, 7]


@pytest.mark.parametrize("asked", ["86400", "Fri, 31 Dec 2100 23:59:59 GMT"])
def test_a_receiver_may_ask_for_a_longer_pause_up_to_the_longest(city: TellingCity, asked: str) -> None:
    with Receiver(lambda got: Reply(429, {"retry-after": asked})) as receiver:
        id = city.webhook(receiver.url, types=["project"])
        with city.telling(Schedule(first=0.01, most=600.0, dead_after=3_600.0)):
            city.project("P-1")
            kept = city.kept(id, lambda kept: kept.attempts == 1)

    assert kept.next_attempt is not None
    assert kept.last_attempt is not None
    assert kept.next_attempt - kept.last_attempt == 600_000_000


def test_a_redirect_is_not_followed(city: TellingCity, receiver: Receiver) -> None:
    with Receiver(lambda got: Reply(307, {"location": receiver.url})) as moved:
        id = city.webhook(moved.url, types=["project"])
        with city.telling():
            city.project("P-1")
            kept = city.kept(id, lambda kept: kept.attempts >= 1)

    assert (kept.last_status, receiver.got) == (307, [])


def test_a_deliverer_goes_on_where_the_one_before_it_stopped(city: TellingCity, receiver: Receiver) -> None:
    id = city.webhook(receiver.url, types=["project"])
    with city.telling():
        city.project("P-1")
        city.kept(id, lambda kept: kept.position == city.record.head.position)
    city.project("P-2")
    with city.telling():
        city.project("P-3")
        city.kept(id, lambda kept: kept.position == city.record.head.position)

    assert sorted(receiver.positions()) == [4, 5, 6]


# -- dead, and alive again ---------------------------------------------------------------------------------------------


def test_a_receiver_that_is_gone_is_asked_no_more_until_somebody_replays(city: TellingCity) -> None:
    gone = threading.Event()
    gone.set()
    with Receiver(lambda got: Reply(410) if gone.is_set() else Reply()) as receiver:
        id = city.webhook(receiver.url, types=["project"])
        with city.telling() as deliverer:
            city.project("P-1")
            dead = city.kept(id, lambda kept: kept.dead_since is not None)
            city.project("P-2")
            other = city.webhook(receiver.url + "/other", types=["project"], after=0)
            city.kept(other, lambda kept: kept.dead_since is not None)
            asked = len([got for got in receiver.got if got.path == "/in"])
            gone.clear()
            city.deliveries.replay(id, dead.position, dead.event_id)
            deliverer.wake()
            city.kept(id, lambda kept: kept.position == city.record.head.position)

    assert asked == 1
    assert dead.dead_because == "the receiver says that it is gone (410)"
    assert sorted(got.position for got in receiver.acknowledged if got.path == "/in") == [4, 5]


def test_an_attempt_that_ends_while_it_is_read_how_far_webhooks_are_is_not_made_again(
    city: TellingCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, read = threading.Event(), threading.Event()

    def gone(got: Got) -> Reply:
        asked.set()
        assert read.wait(PATIENCE_SECONDS)
        return Reply(410)

    with Receiver(gone) as receiver, city.telling() as deliverer:
        all_of_them = city.deliveries.all

        def slowly() -> dict[str, Delivery]:
            found = all_of_them()
            in_background = threading.current_thread() is not threading.main_thread()
            if in_background and asked.is_set() and not read.is_set():
                read.set()
                [(_, attempt)] = deliverer._busy.values()
                while not attempt.done():
                    time.sleep(0.01)
            return found

        monkeypatch.setattr(city.deliveries, "all", slowly)
        id = city.webhook(receiver.url, types=["project"])
        city.project("P-1")
        assert asked.wait(PATIENCE_SECONDS)
        deliverer.wake()
        city.kept(id, lambda kept: kept.dead_since is not None)
        other = city.webhook(receiver.url + "/other", types=["project"], after=0)
        city.kept(other, lambda kept: kept.dead_since is not None)

    assert [got.path for got in receiver.got] == ["/in", "/in/other"]


def test_a_receiver_that_never_answers_is_dead_after_a_while(city: TellingCity) -> None:
    with Receiver() as receiver:
        url = receiver.url
    id = city.webhook(url, types=["project"])
    with city.telling(QUICK._replace(dead_after=0.05)):
        city.project("P-1")
        dead = city.kept(id, lambda kept: kept.dead_since is not None)

    assert dead.dead_because is not None
    assert "nothing was acknowledged for 0.05 s" in dead.dead_because
    assert dead.next_attempt is None


def test_what_was_told_is_told_again_from_any_position(city: TellingCity, receiver: Receiver) -> None:
    id = city.webhook(receiver.url, types=["project"])
    with city.telling() as deliverer:
        city.project("P-1")
        city.project("P-2")
        city.kept(id, lambda kept: kept.position == city.record.head.position)
        city.deliveries.replay(id, 4, city.record.event_id_at(4))
        deliverer.wake()
        receiver.wait(lambda: len(receiver.acknowledged) == 3)

    assert sorted(receiver.positions()) == [4, 5, 5]
    first, again = (got for got in receiver.got if got.position == 5)
    assert first.headers["webhook-id"] == again.headers["webhook-id"]


def test_a_replay_while_something_is_under_way_is_not_undone_by_it(city: TellingCity) -> None:
    go_on, first = threading.Event(), threading.Event()

    def reply(got: Got) -> Reply:
        first.set()
        go_on.wait(60)
        return Reply()

    with Receiver(reply) as receiver:
        id = city.webhook(receiver.url, types=["project"])
        city.project("P-1")
        city.project("P-2")
        with city.telling():
            first.wait(60)
            city.deliveries.replay(id, 0, None)
            go_on.set()
            kept = city.kept(id, lambda kept: kept.turn == 1 and kept.position == city.record.head.position)

    assert kept.turn == 1
    assert sorted(receiver.positions())[-2:] in ([4, 5], [5, 5])
    assert set(receiver.positions()) == {4, 5}


def test_a_record_that_was_restored_is_told_anew(city: TellingCity, receiver: Receiver) -> None:
    id = city.webhook(receiver.url, types=["project"])
    city.project("P-1")
    # As it was kept of a record that went further and was lost, of which this one is a backup.
    city.deliveries.begin(Delivery(webhook=id, position=4, event_id="of another event"))
    with city.telling():
        receiver.wait(lambda: len(receiver.acknowledged) == 1)

    assert receiver.positions() == [4]


def test_nothing_is_told_while_the_read_models_are_built_anew(
    city: TellingCity, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = threading.Semaphore(0)
    with Receiver() as former:
        id = city.webhook(former.url, types=["project"])
        city.project("P-1")
        webhooks.amend_webhook(city.desk, city.order(), webhook=id, url=receiver.url)
        # As a new version of the code begins: none of its read models is there yet, and then they are those of a position.
        with closing(Views.in_file(city.folder / "anew.db", city.record.record_id, PROJECTIONS)) as anew:
            follower = Follower(city.record, anew)
            deliverer = Deliverer(city.record, anew, city.deliveries, Telling(None, True, 30.0, QUICK))
            deliverer.start()
            assert follower.step(until=4) == 4
            snapshot = anew.snapshot

            def looked() -> AbstractContextManager[Connection]:
                looks.release()
                return snapshot()

            monkeypatch.setattr(anew, "snapshot", looked)
            for _ in range(8):
                deliverer.wake()
                assert looks.acquire(timeout=60)
            follower.catch_up()
            deliverer.wake()
            receiver.wait(lambda: len(receiver.acknowledged) == 1)
            deliverer.stop()

    assert (former.got, receiver.positions()) == ([], [4])


# -- the register decides ------------------------------------------------------------------------------------------------


def test_an_amended_webhook_is_told_where_it_listens_now_and_a_closed_one_nothing(
    city: TellingCity, receiver: Receiver
) -> None:
    with Receiver(lambda got: Reply(500)) as broken:
        id = city.webhook(broken.url, types=["project"])
        with city.telling(Schedule(first=0.01, most=0.05, dead_after=3_600.0)):
            city.project("P-1")
            city.kept(id, lambda kept: kept.attempts >= 1)
            webhooks.amend_webhook(city.desk, city.order(), webhook=id, url=receiver.url)
            receiver.wait(lambda: receiver.positions() == [4])
            webhooks.close_webhook(city.desk, city.order(reason="switched off"), webhook=id)
            last = city.webhook(receiver.url + "/last", types=["project"])
            city.project("P-2")
            city.kept(last, lambda kept: kept.position == city.record.head.position)

    assert [got.position for got in receiver.got if got.path == "/in"] == [4]
