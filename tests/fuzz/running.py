"""A run: many requests by several clients at once, each drawn from its number; the first findings end it."""

from __future__ import annotations

import asyncio
import random
import re
import sys
import time
from collections import Counter
from dataclasses import dataclass, field

from tests.fuzz.asking import Answer, Line
from tests.fuzz.documents import Documents
from tests.fuzz.frames import Heard, Sessions, hold
from tests.fuzz.judging import wrong_answer, wrong_words
from tests.fuzz.patience import Hung
from tests.fuzz.requests import Requests
from tests.fuzz.target import Target
from tests.fuzz.values import Values
from txapi.schema.schema import the_schema

CLIENTS = 6
SOCKET_EVERY = 20
"""One turn in so many is a WebSocket instead of a request."""
MOST_FINDINGS = 20
SAMPLES = 50
_CODE = re.compile(rb'"code":"([A-Za-z_]+)"')


@dataclass(slots=True)
class Run:
    """What was done, and what came of it."""

    seed: int
    requests: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    codes: Counter[bytes] = field(default_factory=Counter)
    sockets: int = 0
    frames: int = 0
    slowest_seconds: float = 0.0
    resident_bytes: list[int] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)

    def found(self, number: int, what: str, sent: bytes, answer: bytes = b"") -> None:
        """Note something that must not be."""
        told = f"seed {self.seed}, number {number}: {what}\n  sent: {sent[:6000]!r}\n  answer: {answer[:1500]!r}"
        self.findings.append(told)
        sys.stderr.write(f"{told}\n")

    def told(self) -> dict[str, object]:
        """Its figures."""
        megabytes = [each >> 20 for each in self.resident_bytes]
        return {
            "seed": self.seed,
            "requests": self.requests.total(),
            "sorts": dict(self.requests.most_common()),
            "statuses": dict(self.statuses.most_common()),
            "codes": {code.decode(): n for code, n in self.codes.most_common(40)},
            "sockets": self.sockets,
            "frames": self.frames,
            "slowest s": round(self.slowest_seconds, 2),
            "memory MB": megabytes[:: max(1, len(megabytes) // 10)] + megabytes[-1:],
            "findings": len(self.findings),
        }


def fuzz(target: Target, count: int, seed: int) -> Run:
    """Send so many requests, and a twentieth as many sockets."""
    run = Run(seed)
    documents = Documents(the_schema()._schema, Values(target.known))
    requests = Requests(documents, target.tokens, target.token_of("ADMINISTRATOR"), target.host)
    sessions = Sessions(documents, target.tokens, target.host)
    numbers = iter(range(count))

    async def client() -> None:
        line = Line(*target.where, target.process.pid)
        for number in numbers:
            if len(run.findings) >= MOST_FINDINGS or target.process.poll() is not None:
                break
            if number % max(1, count // SAMPLES) == 0:
                run.resident_bytes.append(target.resident_bytes)
            chance = random.Random(f"{seed} {number}")
            if number % SOCKET_EVERY == 0:
                await _socket(target, sessions, chance, run, number)
            await _request(line, requests, chance, run, number)
        await line.close()

    async def clients() -> None:
        async with asyncio.TaskGroup() as together:
            for _ in range(CLIENTS):
                together.create_task(client())

    asyncio.run(clients())
    run.resident_bytes.append(target.resident_bytes)
    return run


async def _request(line: Line, requests: Requests, chance: random.Random, run: Run, number: int) -> None:
    sent = requests.draw(chance)
    began = time.monotonic()
    answer = Answer()
    try:
        answer = await line.ask(sent.content, head=sent.head, then_end=sent.then_end, streams=sent.streams)
        if not answer.status and sent.whole:
            # Only who asks on a connection that was just closed is not answered, and asks again.
            answer = await line.ask(sent.content, head=sent.head, streams=sent.streams)
        wrong = wrong_answer(answer, whole=sent.whole)
    except Hung as hung:
        wrong = str(hung)
    except ConnectionRefusedError:
        wrong = "nobody listens any more"
    except (ValueError, IndexError) as error:
        wrong = f"no answer of HTTP: {error!r}"
    run.slowest_seconds = max(run.slowest_seconds, time.monotonic() - began)
    run.requests[sent.sort] += 1
    run.statuses[answer.status] += 1
    run.codes.update(_CODE.findall(answer.body[:20_000]))
    if wrong is not None:
        run.found(number, wrong, sent.content, answer.body)


async def _socket(target: Target, sessions: Sessions, chance: random.Random, run: Run, number: int) -> None:
    heard = Heard()
    try:
        heard = await hold(target.where, target.process.pid, sessions, chance)
        wrong = wrong_words(heard)
    except Hung as hung:
        wrong = str(hung)
    except ConnectionRefusedError:
        wrong = "nobody listens any more"
    run.sockets += 1
    run.frames += max(0, len(heard.sent) - 1)
    if wrong is not None:
        run.found(number, wrong, b" | ".join(heard.sent), b" | ".join(heard.messages[-3:]))
