"""Live: what happens is told as it happens, once and in order, also to those whose connection breaks again and again."""

from __future__ import annotations

import contextlib
import random
import shutil
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed

from tests import stores
from tests.web.serving import REGISTER, UNITS, Served, unit
from tests.web.several import duties_of
from tests.web.subscribing import CHANGES, TAIL, Socket, register, stream
from txapi.domain.event import Role
from txapi.schema.error_table import TABLE as ERRORS
from txapi.web.tokens import Tokens

SETTINGS = {
    "TXAPI_LIVE_BOOKMARK_SECONDS": "1",
    "TXAPI_LIVE_INIT_SECONDS": "1",
    "TXAPI_LIVE_SUBSCRIPTIONS": "3",
    "TXAPI_LIVE_BACKLOG": "5",
    "TXAPI_LIVE_SLOW_SECONDS": "1",
    "TXAPI_LIVE_RESUME_EVENTS": "100",
    "TXAPI_LIVE_CONNECTIONS": "12",
    "TXAPI_MAX_BODY_BYTES": "4096",
    "TXAPI_ALLOWED_ORIGINS": "https://board.example",
}


@pytest.fixture(scope="module")
def database(store: str) -> dict[str, str]:
    """Where the record is kept."""
    return {} if store == stores.SQLITE else {"TXAPI_DATABASE": stores.lasting_database()}


@pytest.fixture(scope="module")
def live(database: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server that is impatient."""
    with Served(tmp_path_factory.mktemp("live") / "data", **SETTINGS, **database) as server:
        register(server)
        yield server


def closed(socket: Socket) -> tuple[int, str]:
    """With which code and reason the server closes a socket."""
    with contextlib.suppress(ConnectionClosed):
        list(socket.connection)
    code, reason = socket.connection.close_code, socket.connection.close_reason
    assert code is not None
    return code, reason or ""


# -- what is told ------------------------------------------------------------------------------------------------------


def test_a_change_is_told_with_its_event_its_position_and_the_noun_under_its_usual_id(live: Served) -> None:
    with Socket(live) as socket:
        began = socket.begin(CHANGES, {"nouns": ["UNIT"]})
        [position] = register(live)
        item = socket.item()
        now = live.post("query($code: String!) { unit(code: $code) { id } }", {"code": item["noun"]["code"]}).json()

    assert position > began
    assert (item["__typename"], item["position"], item["kind"]) == ("NounChanged", str(position), "UNIT")
    assert item["event"]["type"] == "unit.registered"
    assert item["noun"]["id"] == now["data"]["unit"]["id"]
    assert item["event"]["noun"]["id"] != item["noun"]["id"], "the noun of an event is of that moment"


def test_only_what_is_wanted_is_told(live: Served) -> None:
    with Socket(live) as one, Socket(live) as other, Socket(live) as late:
        register(live)
        began = one.begin(CHANGES, {"units": ["chosen"]})
        other.begin(CHANGES, {"nouns": ["TICKET", "PROJECT"]})
        register(live, 2)
        chosen = live.post(REGISTER, unit("chosen"), live.token()).json()["data"]["registerUnit"]["position"]
        register(live, 2)

        told = one.item()
        while told["__typename"] == "Bookmark":
            told = one.item()
        silent = other.item()
        late.subscribe(CHANGES, {"units": ["chosen"], "after": str(began)})
        again = late.item()

    assert (told["position"], again["position"]) == (chosen, chosen)
    assert silent["__typename"] == "Bookmark"


@pytest.mark.slow
def test_whoever_hears_nothing_is_told_how_far_that_holds(live: Served) -> None:
    with Socket(live) as socket:
        socket.begin(CHANGES, {"nouns": ["TICKET"]})
        [position] = register(live)
        told = [socket.item() for _ in range(3)]

    assert {item["__typename"] for item in told} == {"Bookmark"}
    assert int(told[-1]["position"]) == position


def test_an_item_that_many_want_alike_is_executed_once(live: Served) -> None:
    def executed() -> float:
        lines = live.client.get("/metrics").text.splitlines()
        return sum(float(line.split()[1]) for line in lines if line.startswith("txapi_live_executions_total "))

    sockets = [Socket(live) for _ in range(5)]
    for socket in sockets:
        socket.begin(TAIL, {"after": None, "filter": {"types": ["unit.registered"]}})
    before = executed()
    [position] = register(live)
    told = [socket.events(1) for socket in sockets]
    after = executed()
    for socket in sockets:
        socket.close()

    assert told == [[position]] * 5
    assert after - before < 5


@pytest.mark.only_on("postgresql", because="an embedded record is served by one process")
def test_a_server_beside_which_another_one_follows_tells_what_is_recorded_there(
    live: Served, database: dict[str, str], tmp_path: Path
) -> None:
    second = tmp_path / "second"
    second.mkdir()
    for key in live.folder.glob("*.pem"):
        shutil.copy(key, second)
    with Served(second, **SETTINGS, **database) as other, Socket(other) as socket:
        began = socket.begin(TAIL)
        here = register(live, 3)
        there = register(other, 2)
        heard = socket.events(5)
        socket.cut()
        with Socket(live) as elsewhere:
            elsewhere.subscribe(TAIL, {"after": str(began)})
            again = elsewhere.events(5)

    assert duties_of(live) >= {"follower"}
    assert heard == again == here + there, "a position means the same on every server"


# -- breaking and going on ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [1, 2])
def test_whoever_goes_on_from_the_last_position_misses_nothing_and_hears_nothing_twice(live: Served, seed: int) -> None:
    """The connection breaks at random points, while commands go on."""
    chance = random.Random(seed)
    with Socket(live) as socket:
        began = socket.begin(TAIL)
    written: list[int] = []
    writing = threading.Thread(target=lambda: written.extend(register(live, 40)))
    writing.start()

    heard: list[int] = []
    last = began
    while len(heard) < 40:
        socket = Socket(live)
        socket.subscribe(TAIL, {"after": str(last)})
        for _ in range(chance.randrange(0, 6)):
            item = socket.item()
            last = int(item["position"])
            if item["__typename"] == "TailEvent":
                heard.append(last)
        socket.cut()
    writing.join()

    assert heard == written


def test_a_browser_that_connects_again_by_itself_goes_on_where_it_was(live: Served) -> None:
    began = register(live)[0]
    with stream(live, TAIL, {"after": str(began)}) as sent:
        register(live, 3)
        first = [next(sent) for _ in range(2)]
    register(live, 2)
    with stream(live, TAIL, {"after": str(began)}, method="GET", last_event_id=first[-1].id) as sent:
        rest = [next(sent) for _ in range(5)]

    events = [one for one in (*first, *rest) if one.data["data"]["tail"]["__typename"] == "TailEvent"]
    assert [int(one.id) for one in events] == list(range(began + 1, began + 6))
    assert {one.name for one in events} == {"next"}


def test_a_position_that_is_not_reached_or_lies_too_far_back_is_refused_with_a_code(live: Served) -> None:
    head = register(live)[0]
    while head < 120:
        head = register(live, 20)[-1]
    with Socket(live) as socket:
        socket.subscribe(TAIL, {"after": "5000"}, id="ahead")
        ahead = socket.hear()
        socket.subscribe(TAIL, {"after": "1"}, id="old")
        old = socket.hear()
        oldest = old["payload"][0]["extensions"]["oldest"]
        socket.subscribe(TAIL, {"after": oldest}, id="oldest")
        first = socket.item()
    with stream(live, TAIL, {"after": "1"}) as sent:
        streamed = list(sent)

    assert (ahead["type"], ahead["id"], ahead["payload"][0]["extensions"]["code"]) == (
        "error",
        "ahead",
        "POSITION_AHEAD",
    )
    assert (old["type"], old["payload"][0]["extensions"]["code"]) == ("error", "TOO_OLD")
    assert int(oldest) == head - 100
    assert int(first["position"]) == head - 99
    assert [one.name for one in streamed] == ["next", "complete"]
    assert streamed[0].data["errors"][0]["extensions"] == {"code": "TOO_OLD", "oldest": oldest, "input": ["after"]}


# -- the protocol of sockets -------------------------------------------------------------------------------------------


def test_questions_and_commands_are_answered_on_a_socket_too(live: Served) -> None:
    with Socket(live, live.token()) as socket:
        socket.subscribe(REGISTER, unit("by-socket"), id="command")
        done, over = socket.hear(), socket.hear()
        socket.subscribe(UNITS, id="question")
        answer = socket.hear()
        socket.hear()
        socket.subscribe("{ units { nothing } }", id="nonsense")
        wrong = socket.hear()
    with Socket(live) as anonymous:
        anonymous.subscribe(REGISTER, unit("by-nobody"))
        refused = anonymous.hear()

    assert done["payload"]["data"]["registerUnit"]["__typename"] == "UnitReceipt"
    assert over == {"id": "command", "type": "complete"}
    assert {"code": "by-socket"} in answer["payload"]["data"]["units"]["nodes"]
    assert (wrong["type"], wrong["payload"][0]["extensions"]["code"]) == ("error", "BAD_REQUEST")
    assert refused["payload"]["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert {"code": "by-nobody"} not in live.post(UNITS).json()["data"]["units"]["nodes"]


def test_a_client_that_completes_an_operation_hears_no_more_of_it_and_may_use_its_id_again(live: Served) -> None:
    with Socket(live) as socket:
        socket.begin(TAIL)
        socket.say(id="1", type="complete")
        register(live)
        socket.say(type="ping", payload={"n": 1})
        pong = socket.hear()
        again = socket.begin(TAIL)

    assert pong == {"type": "pong", "payload": {"n": 1}}
    assert again > 0


@pytest.mark.parametrize(
    ("messages", "code"),
    [
        (["{"], 4400),
        (["[1]"], 4400),
        (['{"type":"unheard"}'], 4400),
        (['{"type":"connection_init","payload":[]}'], 4400),
        (['{"type":"connection_init"}', '{"type":"subscribe","id":1,"payload":{}}'], 4400),
        ([b"{}"], 4400),
        (['{"type":"subscribe","id":"1","payload":{"query":"{ units { totalCount } }"}}'], 4401),
        (['{"type":"connection_init","payload":{"authorization":"Bearer nonsense"}}'], 4403),
        (['{"type":"connection_init","payload":{"Authorization":7}}'], 4403),
        ([], 4408),
        (['{"type":"connection_init"}'] * 2, 4429),
        (["x" * 5_000], 1009),
    ],
)
def test_what_breaks_the_protocol_closes_the_socket_with_the_code_for_it(
    live: Served, messages: list[str | bytes], code: int
) -> None:
    heard = []
    for language in ("en", "zh-CN"):
        with Socket(live, greet=False, additional_headers={"accept-language": language}) as socket:
            for message in messages:
                socket.connection.send(message)
            heard.append(closed(socket))

    assert [one[0] for one in heard] == [code, code]
    english, chinese = (one[1] for one in heard)
    if code != 1009:  # The frame itself was too large: the server of WebSockets says so, in its own words.
        assert english.isascii()
        assert not chinese.isascii()
        assert english.partition(": ")[0] == chinese.partition(": ")[0] in ERRORS
        assert len(chinese.encode()) <= 123


def test_a_subscription_for_which_evidence_is_asked_is_refused_and_never_begins(live: Served) -> None:
    asked = {"query": TAIL, "extensions": {"evidence": "receipt"}}
    with Socket(live) as socket:
        socket.say(id="1", type="subscribe", payload=asked)
        refused = socket.hear()
        socket.begin(TAIL)
    streamed = live.client.post(
        "/graphql", json=asked, headers={"accept": "text/event-stream", "accept-language": "zh"}
    )

    assert refused["type"] == "error"
    assert refused["payload"][0]["extensions"]["code"] == "EVIDENCE_OF_A_SUBSCRIPTION"
    assert "证据只对查询提供；订阅给出位置，可按位置查询" in streamed.text
    assert streamed.text.endswith("event: complete\ndata:\n\n")


def test_a_question_on_a_socket_has_its_receipt_where_it_asks_for_one(live: Served) -> None:
    with Socket(live) as socket:
        question = {"query": "{ units(first: 1) { totalCount } }", "extensions": {"evidence": "receipt"}}
        socket.say(id="1", type="subscribe", payload=question)
        answer = socket.hear()

    assert answer["payload"]["extensions"]["receipt"]["format"] == "txapi.receipt/v1"


def test_an_id_that_is_in_use_closes_the_socket(live: Served) -> None:
    with Socket(live) as socket:
        socket.begin(TAIL)
        socket.subscribe(TAIL)

        assert closed(socket) == (4409, "SUBSCRIBER_EXISTS: Subscriber for 1 already exists")


def test_a_reason_that_is_longer_than_a_closing_frame_is_cut_between_two_characters(live: Served) -> None:
    with Socket(live, additional_headers={"accept-language": "zh"}) as socket:
        socket.subscribe(TAIL, id="号" * 60)
        socket.subscribe(TAIL, id="号" * 60)
        code, reason = closed(socket)

    assert code == 4409
    assert reason.startswith("SUBSCRIBER_EXISTS: id 号号")
    assert 120 < len(reason.encode()) <= 123


def test_a_socket_of_another_protocol_or_of_a_strangers_page_is_refused(live: Served) -> None:
    with Socket(live, greet=False, subprotocols=None) as socket:
        assert closed(socket)[0] == 4406
    with pytest.raises(Exception, match="HTTP 403"):
        Socket(live, origin="https://stranger.example")
    for origin in ("https://board.example", live.address):
        Socket(live, origin=origin).close()


def test_a_socket_and_a_stream_end_when_their_token_does(live: Served) -> None:
    tokens = Tokens.from_file(live.folder / "token-key.pem", create=False)
    token = tokens.issue("test.brief", Role.AUDITOR, None, timedelta(seconds=2))
    with Socket(live, token) as socket:
        socket.subscribe("{ viewer { role } }")
        viewer = socket.hear()
        with stream(live, TAIL, authorization=f"Bearer {token}") as sent:
            streamed = list(sent)
        code, reason = closed(socket)

    assert viewer["payload"]["data"]["viewer"]["role"] == "AUDITOR"
    assert (code, reason) == (4403, "UNAUTHENTICATED: the token has expired")
    assert [one.name for one in streamed[-2:]] == ["next", "complete"]
    assert streamed[-2].data["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


def test_a_connection_has_so_many_subscriptions_and_a_server_so_many_connections(live: Served) -> None:
    with Socket(live) as socket:
        for id in "abc":
            socket.subscribe(TAIL, id=id)
            socket.item()
        socket.subscribe(TAIL, id="d")
        told = socket.hear()
        while told["type"] == "next":
            told = socket.hear()
    sockets = [Socket(live) for _ in range(12)]
    refused = closed(Socket(live, greet=False))
    streamed = live.client.post("/graphql", json={"query": TAIL}, headers={"accept": "text/event-stream"})
    for each in sockets:
        each.close()

    assert (told["id"], told["payload"][0]["extensions"]["code"]) == ("d", "TOO_MANY_SUBSCRIPTIONS")
    assert refused == (1013, "TOO_MANY_CONNECTIONS: as many as may are connected; try again later")
    assert (streamed.status_code, streamed.json()["errors"][0]["extensions"]["code"]) == (503, "TOO_MANY_CONNECTIONS")


# -- streams -----------------------------------------------------------------------------------------------------------


def test_a_stream_answers_questions_and_commands_and_tells_what_is_wrong_as_an_event(live: Served) -> None:
    with stream(live, "{ units { totalCount } }", method="GET") as sent:
        asked = list(sent)
    with stream(live, REGISTER, unit("by-stream"), authorization=f"Bearer {live.token()}") as sent:
        done = list(sent)
    with stream(live, REGISTER, unit("by-get"), method="GET", authorization=f"Bearer {live.token()}") as sent:
        refused = list(sent)
    with stream(live, "subscription { tail { nothing } }") as sent:
        wrong = list(sent)
    with stream(live, TAIL, last_event_id="yesterday") as sent:
        lost = list(sent)
    plain = live.post(TAIL).json()

    assert [one.name for one in asked] == ["next", "complete"]
    assert asked[0].data["data"]["units"]["totalCount"] > 0
    assert done[0].data["data"]["registerUnit"]["__typename"] == "UnitReceipt"
    assert refused[0].data["errors"][0]["message"] == "mutations are not allowed when using GET"
    assert wrong[0].data["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
    assert lost[0].data["errors"][0]["extensions"]["code"] == "BAD_POSITION"
    assert plain["errors"][0]["extensions"]["code"] == "NEEDS_A_STREAM"
    assert {"code": "by-get"} not in live.post(UNITS).json()["data"]["units"]["nodes"]


def test_a_stream_wants_a_token_that_is_good(live: Served) -> None:
    headers = {"accept": "text/event-stream", "authorization": "Bearer nonsense"}

    response = live.client.post("/graphql", json={"query": TAIL}, headers=headers)

    assert response.status_code == 401
    assert response.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
