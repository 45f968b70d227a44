"""Attacks of public checklists on a real server: each is refused with its code, or answered as if it were none, and nothing is recorded."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.fuzz.asking import Answer
from tests.fuzz.attacks import ATTACKS, Attack
from tests.fuzz.judging import codes_of, wrong_answer
from tests.fuzz.target import Target

MOST_SECONDS = 15.0
"""Longer than an operation may read: beyond that, something was not bounded at all."""


@pytest.fixture
def nothing_recorded(target: Target) -> Iterator[None]:
    before = target.head()
    yield
    assert target.head() == before
    assert target.process.poll() is None


@pytest.mark.usefixtures("nothing_recorded")
@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_attack_is_refused_with_a_code_or_does_nothing(target: Target, attack: Attack) -> None:
    began = time.monotonic()
    response = target.client.request(attack.method, attack.place, content=attack.body, headers=attack.headers)

    assert time.monotonic() - began < MOST_SECONDS
    assert wrong_answer(_read(response), whole=True) is None
    assert (attack.status or response.status_code) == response.status_code
    assert _code(response) == attack.code, response.text[:500]
    assert attack.says in response.text
    assert not attack.never or attack.never not in response.text + str(response.headers)


def _read(response: httpx.Response) -> Answer:
    return Answer(response.status_code, dict(response.headers), response.content)


def _code(response: httpx.Response) -> str | None:
    if response.headers.get("content-type", "").startswith("text/event-stream"):
        data = next(line.removeprefix("data:") for line in response.text.splitlines() if line.startswith("data:"))
        content = json.loads(data)
        content = content if "errors" in content else {"errors": content}
    else:
        content = response.json()
    return next(codes_of(content), None)
