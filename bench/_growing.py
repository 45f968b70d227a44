"""What `growth.py` measures of a record besides what it asks by HTTP: subscriptions, the rounds of the watch, and signing."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from _drafts import CATEGORY, order
from _load import load, request
from _measuring import median
from _peers import HOST, Running
from _shapes import OPERATIONS, Facts, Shape, body
from _subscribers import Subscriber

from txapi.application.tickets import draft_ticket
from txapi.application.watch import record_due
from txapi.domain.event import TimeBasis
from txapi.record.clock import ScriptClock
from txapi.record.instants import instant
from txapi.record.signer import Signer
from txapi.web.instance import Instance

TIMES = 30
RESUMED = 1_000
"""How many events behind the head somebody goes on who comes late."""


def _operation(name: str, **variables: object) -> str:
    """A published operation as a document by itself, its variables put in as defaults: nothing else than a body is sent."""
    text = (OPERATIONS / f"{name}.graphql").read_text(encoding="utf-8")
    return json.dumps({"query": text, "variables": variables})


def pages(facts: Facts, number: str, code: str, unit: str, at: int | None) -> dict[str, bytes]:
    """The bodies of the pages that are asked, now or as of a position."""
    moment = {} if at is None else {"at": {"position": str(at)}}
    due = {"filter": {"open": True}, "orderBy": [{"by": "DUE"}]}
    asked = {
        "50 tickets, newest first, with their total": _operation("Tickets", **moment),
        "open tickets by due date": _operation("Tickets", **due, **moment),
        "50 projects by code": _operation("ProjectList", **moment),
        "50 companies by name": _operation("Companies", **moment),
        "tickets by their last change": _operation(
            "Tickets", orderBy=[{"by": "CHANGED", "descending": True}], **moment
        ),
        "a ticket by its number": _operation("Ticket", number=number, **moment),
        "a project by its code": _operation("Project", code=code, **moment),
        "the history of a project": _operation("History", of=facts.noun, **moment),
        "50 events": _operation("Events", choices=False, **moment),
        "the page of a unit": _operation("UnitPage", code=unit, unit=[unit], **moment),
        "both scoreboards": _operation("Scoreboards", **moment),
        "the board": _operation("Board", **moment),
    }
    return {name: text.encode() for name, text in asked.items()}


def got(server: Running, path: str, seconds: float) -> float:
    """The median time of a GET."""
    return median(load([(HOST, server.port)], request(HOST, server.port, path), 1, seconds).took)


def heard(server: Running, head: int, drafting: Shape) -> dict[str, float]:
    """Seconds until a subscription is told where it begins, until one that comes late was told all, and until an event is there."""
    began: list[float] = []
    for _ in range(TIMES):
        start = time.perf_counter()
        one = Subscriber(HOST, server.port, {})
        while not one.bookmarks:
            one.hear()
        began.append(time.perf_counter() - start)
        one.socket.close()
    start = time.perf_counter()
    late = Subscriber(HOST, server.port, {"after": str(head - RESUMED)})
    while late.events < RESUMED:
        late.hear()
    resumed = time.perf_counter() - start
    late.socket.close()
    told: list[float] = []
    one = Subscriber(HOST, server.port, {})
    while not one.bookmarks:
        one.hear()
    for _ in range(TIMES):
        before, start = one.events, time.perf_counter()
        _command(server, drafting)
        while one.events == before:
            one.hear()
        told.append(time.perf_counter() - start)
    one.socket.close()
    return {
        "a subscription begun": median(began),
        f"{RESUMED} events told to one who came late": resumed,
        "from a command to its event at a subscriber": median(told),
    }


def _command(server: Running, shape: Shape) -> None:
    headers = {"content-type": "application/json", "authorization": f"Bearer {server.token}"}
    asked = urllib.request.Request(f"http://{HOST}:{server.port}/graphql", body(shape.product), headers)
    with urllib.request.urlopen(asked, timeout=60) as answered:
        if b'"errors":' in (said := answered.read()):
            raise SystemExit(f"a command failed: {said[:300]!r}")


def of_duties(folder: Path, clock: str, facts: Facts) -> tuple[int, dict[str, float]]:
    """How many deadlines are open, and seconds of a processor of the duties that go on beside all questions."""
    costs: dict[str, float] = {}
    at = ScriptClock(datetime.fromisoformat(clock), TimeBasis.SIMULATED)
    with _opened(folder, at) as instance:
        record_due(instance.desk, at.now())
        deadlines = instance.record.store.deadlines()
        costs["a round of the watch, nothing lapses"] = _took(lambda: record_due(instance.desk, at.now()), TIMES)
        soonest = min(due for due in deadlines.values() if instant(due) > at.now())
        at.set(instant(soonest))
        start = time.process_time()
        lapsed = record_due(instance.desk, at.now())
        costs["the watch, for each noun on which something lapses"] = (time.process_time() - start) / max(1, lapsed)
        signer = Signer(instance.record, instance.ledger, instance._digests)
        signer.sign()

        def one() -> None:
            draft_ticket(
                instance.desk,
                order(str(time.time_ns())),
                category=CATEGORY,
                subject="测",
                body="测",
                issuer=facts.issuer,
                handler=facts.handler,
            )

        costs["a command at the desk, without HTTP"] = _took(one, TIMES)
        signer.sign()

        def signed() -> None:
            one()
            signer.sign()

        costs["the same and a checkpoint signed"] = _took(signed, TIMES)
    return len(deadlines), costs


@contextmanager
def _opened(folder: Path, clock: ScriptClock) -> Iterator[Instance]:
    instance = Instance.open(folder, clock)
    try:
        yield instance
    finally:
        instance.stop()


def _took(work: Callable[[], object], times: int) -> float:
    """The mean of a processor."""
    start = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - start) / times
