"""What was asked of a database before is asked beforehand, and answered on the event loop; a guess that was wrong changes no answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import anyio
import httpx
import pytest

from tests.city import instant
from tests.projections.ticket_city import furnished
from tests.schema.test_restricted_tickets import adopt
from tests.schema.test_statements_without_scans import WITHOUT_VARIABLES
from tests.stores import place
from tests.web.asking import Client
from tests.web.resting import following
from tests.web.serving import REGISTER, unit
from tests.web.test_short_questions import LOOP, THREAD, watched
from txapi.domain.event import Role, TimeBasis
from txapi.record.beforehand import Answered, Missed, Noted, Noting
from txapi.record.clock import ScriptClock, SystemClock
from txapi.record.database import Dialect
from txapi.simulation import simulate
from txapi.web import beforehand
from txapi.web.beforehand import CREDIT, PAUSE, Beforehand, Unreached
from txapi.web.instance import Instance
from txapi.web.operations import operations
from txapi.web.shorts import Shorts

pytestmark = pytest.mark.only_on("postgresql", because="the other store is read without waiting")

NOW = datetime(2015, 8, 5, tzinfo=UTC)
UNITS = "{ units { totalCount nodes { code } } }"
IN_THREADS = {"Board", "Events", "Overview"}
"""Published questions that ask for more statements than are asked beforehand."""
REFUSED = {Role.READER: {"RefusedAttempts"}, Role.ADMINISTRATOR: set[str]()}
"""Those that not everybody may ask."""


class Asking:
    """Asks one app, all the time on one event loop."""

    def __init__(self, client: Client, http: httpx.AsyncClient, places: list[str]) -> None:
        self._client = client
        self._http = http
        self.places = places

    async def post(self, query: str, variables: Any = None, role: Role = Role.READER, **headers: str) -> httpx.Response:
        """The response to an operation that is worked out."""
        given = {"cache-control": "no-store", **{name.replace("_", "-"): value for name, value in headers.items()}}
        if role is not Role.READER:
            given["authorization"] = f"Bearer {self._client.token(role)}"
        return await self._http.post("/graphql", json={"query": query, "variables": variables}, headers=given)

    async def until_known(self, query: str, variables: Any = None, role: Role = Role.READER) -> Any:
        """Ask until it is answered on the loop; what was answered to each."""
        answers = []
        for _ in range(500):
            answers.append(data_of(await self.post(query, variables, role)))
            if self.places[-1] == LOOP:
                return answers
            await anyio.sleep(0.005)  # Lines are opened meanwhile.
        pytest.fail(f"{query} is never answered on the loop")


def data_of(response: httpx.Response) -> Any:
    """What was answered, beside what is left to the client."""
    told = response.json()
    return {"data": told.get("data"), "errors": told.get("errors"), "position": told["extensions"].get("position")}


@dataclass
class App:
    """An app whose operations are all short."""

    instance: Instance
    client: Client
    clock: ScriptClock
    places: list[str]

    def asked(self, asking: Callable[[Asking], Awaitable[Any]]) -> Any:
        """What comes of asking it."""

        async def main() -> Any:
            transport = httpx.ASGITransport(self.client.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", timeout=60) as http:
                return await asking(Asking(self.client, http, self.places))

        return anyio.run(main)


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], App]]:
    """Opens the app on what the test has recorded."""
    places = watched(monkeypatch)

    def opening(now: str) -> App:
        clock = ScriptClock(instant(now), TimeBasis.SIMULATED)
        instance = running.enter_context(following(tmp_path, clock))
        # However busy the machine is.
        return App(instance, Client(instance, tmp_path, Shorts(10.0, 10.0)), clock, places)

    with ExitStack() as running:
        yield opening


@pytest.fixture
def app(tmp_path: Path, opened: Callable[[str], App]) -> App:
    city = furnished(tmp_path, "2015-08-03T09:00")
    adopt(city)
    city.close()
    return opened("2015-08-05T09:00")


def test_what_was_asked_before_is_answered_on_the_loop_and_alike(app: App) -> None:
    async def asking(asking: Asking) -> list[Any]:
        found = await asking.until_known(UNITS)
        asking.places.clear()
        return [*found, *[data_of(await asking.post(UNITS)) for _ in range(5)]]

    answers = app.asked(asking)

    assert app.places == [LOOP] * 5
    assert answers == [answers[0]] * len(answers)
    assert answers[0]["data"]["units"]["totalCount"] == 4


def test_what_is_recorded_meanwhile_is_in_the_next_answer(app: App) -> None:
    async def asking(asking: Asking) -> list[Any]:
        await asking.until_known(UNITS)
        found = []
        for number in range(3):
            registered = await asking.post(REGISTER, unit(f"bureau-{number}"), Role.ADMINISTRATOR)
            asking.places.clear()
            found.append((registered.json()["data"]["registerUnit"]["position"], data_of(await asking.post(UNITS))))
            # At first what is remembered of a position was not asked for by this question.
            assert asking.places == [LOOP] or number == 0
        return found

    for number, (position, answer) in enumerate(app.asked(asking)):
        assert answer["position"] == position
        assert answer["data"]["units"]["totalCount"] == 5 + number


def test_where_the_rows_stand_is_known_to_all_as_soon_as_it_was_asked(app: App) -> None:
    views, head = app.instance.views, app.instance.record.head.position

    async def asking(asking: Asking) -> tuple[int, int]:
        await asking.until_known(UNITS)
        await asking.post(UNITS, cache_control="max-age=0")
        # As if what the follower told had been lost.
        views.saw(head - 2, views.position)
        before = views.position
        told = await asking.post(UNITS, cache_control="max-age=0")
        return before, int(told.json()["extensions"]["position"])

    assert app.asked(asking) == (head - 2, head)
    assert views.position == head


@pytest.mark.parametrize(
    "question",
    [
        "tickets(filter: {overdue: true}) { totalCount nodes { number light { colour } } }",
        "tickets(filter: {dueWithinDays: 3}) { totalCount }",
        "moment { clock tickets(filter: {lights: [RED]}) { totalCount } }",
        "ticketGroups(by: [LIGHT]) { count }",
    ],
)
def test_a_clock_that_goes_on_is_no_other_question(app: App, question: str) -> None:
    clocks = list[datetime]()

    async def asking(asking: Asking) -> list[Any]:
        await asking.until_known(UNITS)
        await asking.until_known(f"{{ {question} }}")
        asking.places.clear()
        answers = []
        for _ in range(4):
            app.clock.set(app.clock.now() + timedelta(seconds=7))
            clocks.append(app.clock.now())
            answers.append(data_of(await asking.post(f"{{ {question} }}")))
        return answers

    answers = app.asked(asking)

    assert app.places == [LOOP] * 4
    for clock, answer in zip(clocks, answers, strict=True):
        assert answer["errors"] is None
        told = answer["data"].get("moment", {}).get("clock")
        assert told is None or datetime.fromisoformat(told) == clock


def test_a_wrong_guess_is_answered_in_a_thread_and_not_made_again(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    guessed = list[Any]()
    learn = Beforehand.learn

    def wrongly(self: Beforehand, question: int, noted: Noted) -> None:
        if not guessed:
            noted = noted_as("SELECT 1")
        guessed.append(noted.statements)
        learn(self, question, noted)

    monkeypatch.setattr(Beforehand, "learn", wrongly)

    async def asking(asking: Asking) -> Any:
        first = await asking.until_known(UNITS)
        return [*first, *(await asking.until_known(UNITS))]

    answers = app.asked(asking)

    assert len(guessed) == 2, "the wrong guess was forgotten"
    assert guessed[0] == (("SELECT 1", ()),)
    # It was tried on the loop, and its client was told nothing of it.
    tried = app.places.index(LOOP)
    assert app.places[tried : tried + 2] == [LOOP, THREAD]
    assert app.places[tried + 2 :] == [LOOP] * len(app.places[tried + 2 :])
    assert answers == [answers[0]] * len(answers)
    assert answers[0]["data"]["units"]["totalCount"] == 4
    counted = app.client.ask("GET", "/metrics").text
    assert [line for line in counted.splitlines() if line.startswith("txapi_requests_total{")] == [
        f'txapi_requests_total{{kind="query",operation="other",outcome="answered"}} {len(answers)}.0'
    ]


def noted_as(*statements: str) -> Noted:
    """As if these had been asked."""
    noted = Noted()
    noted.begin(1)
    noted.clock = 1
    for sql in statements:
        noted.note(sql, ())
    return noted


def test_who_asks_for_something_else_each_time_is_seldom_guessed_at(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    learn, learnt = Beforehand.learn, list[int]()

    def wrongly(self: Beforehand, question: int, noted: Noted) -> None:
        learnt.append(question)
        learn(self, question, noted_as())

    async def asking(asking: Asking) -> list[Any]:
        await asking.until_known("{ units { totalCount } }")
        monkeypatch.setattr(Beforehand, "learn", wrongly)
        app.places.clear()
        return [data_of(await asking.post(UNITS)) for _ in range(PAUSE + 20)]

    answers = app.asked(asking)

    # Then a pause, and once more.
    assert len(learnt) == 2 * CREDIT
    assert app.places.count(LOOP) == 2 * CREDIT
    assert app.places[-PAUSE // 2 : -20] == [THREAD] * (PAUSE // 2 - 20)
    assert answers == [answers[0]] * len(answers)


def test_only_so_much_is_remembered_of_what_questions_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beforehand, "MOST_TEXT", 100)
    remembers = Beforehand(cast("Any", None), cast("Any", None), SystemClock())

    for question in range(20):
        remembers.learn(question, noted_as(f"SELECT {question:03} AS thirty_letters"))
    few = [question for question in range(20) if remembers.noting(question, None) is None]
    remembers.learn(20, noted_as("x" * 200))
    none = [question for question in range(21) if remembers.noting(question, None) is None]

    assert few == [17, 18, 19]
    assert none == []


@pytest.mark.parametrize(
    ("query", "role"),
    [
        ("{ record { id head origin verifierKey } }", Role.READER),
        ('{ moment(at: {time: "2015-08-04T00:00:00Z"}) { units { totalCount } } }', Role.READER),
        ("{ tickets { totalCount } }", Role.AUDITOR),
    ],
)
def test_what_reaches_for_more_than_the_rows_is_asked_in_a_thread(app: App, query: str, role: Role) -> None:
    async def asking(asking: Asking) -> list[Any]:
        await asking.until_known(UNITS)
        app.places.clear()
        return [data_of(await asking.post(query, role=role)) for _ in range(3 * CREDIT)]

    answers = app.asked(asking)

    assert app.places[-CREDIT:] == [THREAD] * CREDIT
    assert answers[0]["errors"] is None
    assert answers == [answers[0]] * len(answers)


def test_a_position_that_is_not_there_is_not_waited_for_on_the_loop(app: App) -> None:
    async def asking(asking: Asking) -> Any:
        [*_, known] = await asking.until_known(UNITS)
        app.places.clear()
        ahead = await asking.post(UNITS, x_txapi_at_least=str(int(known["position"]) + 100))
        reached = await asking.post(UNITS, x_txapi_at_least=known["position"])
        return ahead.json(), reached.json()

    ahead, reached = app.asked(asking)

    assert ahead["errors"][0]["extensions"]["code"] == "POSITION_AHEAD"
    assert reached["data"]["units"]["totalCount"] == 4
    assert app.places == [LOOP]


@pytest.mark.slow
@pytest.mark.parametrize("role", [Role.READER, Role.ADMINISTRATOR])
def test_every_published_question_is_answered_alike_now_and_as_of_the_past_and_after_more_was_recorded(
    tmp_path: Path, opened: Callable[[str], App], role: Role
) -> None:
    simulate(place(tmp_path), units=6, projects=20, years=1)
    app = opened("2027-01-02T09:00")
    head = app.instance.record.head.position
    asked = [
        (name, text, at)
        for name in WITHOUT_VARIABLES
        if (text := operations()[name].read_text())
        for at in ({}, {"at": {"position": str(head // 2)}} if "$at" in text else None)
        if at is not None
    ]

    where = dict[Any, str]()

    async def asking(asking: Asking) -> None:
        await asking.until_known(UNITS)
        for turn in range(2):
            for name, text, at in asked:
                [ever, *again] = [data_of(await asking.post(text, at, role)) for _ in range(4)]
                assert again == [ever] * 3, name
                where[turn, name, bool(at)] = app.places[-1]
            registered = await asking.post(REGISTER, unit(f"bureau-{turn}"), Role.ADMINISTRATOR)
            assert registered.json()["data"]["registerUnit"]["__typename"] == "UnitReceipt"

    app.asked(asking)

    threads = {name for (_, name, _), place in where.items() if place == THREAD}
    assert threads == IN_THREADS | REFUSED[role]


class Shelf:
    """A connection that answers every statement with its own text."""

    dialect = Dialect.POSTGRESQL
    deadline = None
    said = (1, None)

    def execute(self, sql: str, parameters: Any = (), /) -> Any:
        return iter([(sql, *parameters)])

    def stream(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        return iter([])


def test_what_is_asked_is_noted_once_with_its_parameters() -> None:
    noted = Noted()
    connection = Noting(Shelf(), noted)  # type: ignore[arg-type]

    for parameters in ((1,), (1,), (True,), ([1, 2],)):
        assert list(connection.execute("SELECT ?", parameters)) == [("SELECT ?", *parameters)]

    assert noted.statements == (("SELECT ?", (1,)), ("SELECT ?", (True,)), ("SELECT ?", ([1, 2],)))
    assert (connection.dialect, connection.said, connection.deadline) == (Dialect.POSTGRESQL, (1, None), None)


def test_what_comes_one_by_one_or_is_much_is_not_asked_beforehand() -> None:
    streamed, many = Noted(), Noted()

    list(Noting(Shelf(), streamed).stream("SELECT 1"))  # type: ignore[arg-type]
    for number in range(100):
        many.note("SELECT ?", (number,))
    many.note("SELECT 1", ())

    assert streamed.statements is None
    assert many.statements is None


def test_nothing_is_answered_but_what_was_asked_with_these_very_parameters() -> None:
    answered = Answered(Dialect.POSTGRESQL, (7, None), [("SELECT ?", (1,))], [[("one",), ("two",)]], NOW)

    assert answered.execute("SELECT ?", [1]).fetchone() == ("one",)
    assert answered.execute("SELECT ?", (1,)).fetchall() == [("one",), ("two",)]
    assert not answered.has_missed
    for wrong in (
        lambda: answered.execute("SELECT ?", (True,)),
        lambda: answered.execute("SELECT ?", (2,)),
        lambda: answered.stream("SELECT ?", (1,)),
        lambda: answered.executemany("SELECT ?", [(1,)]),
        lambda: answered.insert("t", [(1,)]),
        lambda: answered.tell("channel", "text"),
        answered.together,
    ):
        answered.has_missed = False
        with pytest.raises(Missed):
            wrong()
        assert answered.has_missed


def test_what_is_beyond_the_read_models_is_missed_whatever_is_wanted_of_it() -> None:
    answered = Answered(Dialect.POSTGRESQL, (7, None), [], [], NOW)

    for name in ("read", "latest", "append", "anything"):
        answered.has_missed = False
        with pytest.raises(Missed):
            getattr(Unreached(answered), name)
        assert answered.has_missed
