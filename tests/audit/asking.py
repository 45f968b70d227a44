"""The ten questions asked through their published operations and on the command line, of a city in a folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from tests.city import AUDITOR, City
from tests.stores import environment
from txapi.cli.root import txapi


def answered(city: City, operation: str, /, **variables: Any) -> Any:
    """The moment of a published operation's answer."""
    return city.ask(operation, variables, as_=AUDITOR)["moment"]


def listed(city: City, operation: str, /, **variables: Any) -> list[Any]:
    """The nodes of the one list that a published operation asks for, and as many as its total says."""
    moment = answered(city, operation, **variables)
    [page] = [value for value in moment.values() if isinstance(value, dict) and "nodes" in value]
    assert page["totalCount"] == len(page["nodes"])
    nodes: list[Any] = page["nodes"]
    return nodes


def paged(city: City, operation: str, /, size: int, **variables: Any) -> list[Any]:
    """The nodes of the list read page by page."""
    nodes: list[Any] = []
    after = None
    while True:
        moment = answered(city, operation, first=size, after=after, **variables)
        [page] = [value for value in moment.values() if isinstance(value, dict) and "nodes" in value]
        assert len(page["nodes"]) <= size
        nodes += page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            return nodes
        after = page["pageInfo"]["endCursor"]


def said(folder: Path, *arguments: str, exit_code: int = 0) -> str:
    """What `txapi audit` prints for people; where it ends with another code, with its complaint."""
    result = CliRunner().invoke(txapi, ["audit", *arguments], env=environment(folder))
    assert result.exit_code == exit_code, result.output
    return result.output if exit_code else result.stdout


def told(folder: Path, *arguments: str) -> Any:
    """The moment that `txapi audit --json` answers with."""
    return json.loads(said(folder, *arguments, "--json"))["data"]["moment"]


def moment_before(position: str | int) -> dict[str, Any]:
    """The point of the record just before an event."""
    return {"position": str(int(position) - 1)}


def resting_on(line: Any) -> list[str]:
    """The types of the events that a line rests on, each of which names who, when and its place in the record."""
    for event in line["events"]:
        assert int(event["position"]) > 0
        assert event["actor"]["subject"]
        assert event["decidedAt"] <= event["recordedAt"]
    return [event["type"] for event in line["events"]]
