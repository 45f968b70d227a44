"""The registers on their screens: published commands and what they came to, in a city with two towns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.city import ADMINISTRATOR, SUPERVISOR, City, like

NOBODY = "00000000-0000-4000-8000-000000000000"
"""An id under which nothing was recorded."""

FINDING = {"document": "a finding", "locator": "page 1"}


def towns(folder: Path) -> City:
    """A city on 11 August 2015 with the towns of Chongfu and Dama."""
    return like(folder, _towns)


def _towns(folder: Path) -> City:
    city = City(folder, "2015-08-11T09:00")
    for code in ("chongfu", "dama"):
        do(city, "RegisterUnit", ADMINISTRATOR, code=code, name={"zh": code, "en": code}, kind="TOWN",
           duty="IMPLEMENTING_BODY")  # fmt: skip
    return city


def do(city: City, operation: str, as_: Any = SUPERVISOR, /, **input: Any) -> Any:
    """Run a published mutation; its receipt or refusal."""
    return city.ask(operation, {"input": input}, as_=as_)[operation[0].lower() + operation[1:]]


def entered(city: City, kind: str, /, **input: Any) -> str:
    """Register a noun of that kind (`Company`); its entity id."""
    receipt = do(city, f"Register{kind}", **input)
    assert receipt["__typename"] == f"{kind}Receipt", receipt
    id: str = receipt[kind.lower()]["entityId"]
    return id


def refused(city: City, code: str, operation: str, as_: Any = SUPERVISOR, /, **input: Any) -> Any:
    """A command that must be refused with this code, in words, and record nothing."""
    before = city.record.head.position
    answer = do(city, operation, as_, **input)
    assert (answer["__typename"], answer.get("code")) == ("Refusal", code), answer
    assert answer["message"]
    assert city.record.head.position == before
    return answer


def mistaken(city: City, code: str, operation: str, as_: Any = SUPERVISOR, /, **input: Any) -> None:
    """A command whose input makes no sense: an error with this code, and nothing recorded."""
    before = city.record.head.position
    result = city.execute(operation, {"input": input}, as_=as_)
    assert [(error.extensions or {})["code"] for error in result.errors or ()] == [code]
    assert city.record.head.position == before


def listed(city: City, screen: str, /, **variables: Any) -> list[Any]:
    """The nodes of a published list, at the moment that the variables say."""
    found: list[Any] = city.ask(screen, variables)["moment"][screen.lower()]["nodes"]
    return found
