"""`gql`, the Python client: published operations over httpx, checked against the SDL, and a subscription over its WebSockets."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from gql import Client, GraphQLRequest, gql
from gql.transport.exceptions import TransportQueryError
from gql.transport.httpx import HTTPXTransport
from gql.transport.websockets import WebsocketsTransport
from graphql import GraphQLError

from tests.docs.demo import ROOT, Demo

SCHEMA = ROOT / "schema"
SDL = (SCHEMA / "schema.graphql").read_text(encoding="utf-8")
PATIENCE_SECONDS = 20.0


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A demonstration for all of these."""
    demo = Demo(tmp_path_factory.mktemp("gql"))
    yield demo
    demo.stop()


def published(name: str, **variables: Any) -> GraphQLRequest:
    """A published operation with its variables."""
    text = (SCHEMA / "operations" / f"{name}.graphql").read_text(encoding="utf-8")
    return GraphQLRequest(text, variable_values=variables)


def client_of(demo: Demo, who: str) -> Client:
    """A client that checks what it asks, and reads what it is told, by the SDL."""
    headers = {"authorization": f"Bearer {demo.tokens[who]}"}
    transport = HTTPXTransport(url=f"{demo.served.address}/graphql", headers=headers, timeout=PATIENCE_SECONDS)
    return Client(transport=transport, schema=SDL, parse_results=True)


def test_a_list_is_paged_through_and_each_ticket_comes_once(demo: Demo) -> None:
    client = client_of(demo, "auditor")
    asked = {"filter": {"open": True}, "orderBy": [{"by": "DUE"}]}
    whole = client.execute(published("Tickets", **asked, first=100))["moment"]["tickets"]

    numbers: list[str] = []
    after = None
    while True:
        page = client.execute(published("Tickets", **asked, first=4, after=after))["moment"]["tickets"]
        numbers += [node["number"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break

    assert len(numbers) > 8
    assert numbers == [node["number"] for node in whole["nodes"]]
    assert whole["totalCount"] == len(numbers)


def test_what_the_schema_does_not_know_is_found_out_before_anything_is_sent(demo: Demo) -> None:
    client = client_of(demo, "auditor")

    with pytest.raises(GraphQLError, match="Did you mean 'number'"):
        client.execute(gql("{ tickets { nodes { numer } } }"))


def test_a_command_answers_with_a_receipt_and_a_second_one_with_a_refusal(demo: Demo) -> None:
    client = client_of(demo, "clerk/dept-eic")
    ticket = client.execute(gql('{ ticket(number: "2015-0009") { entityId version } }'))["ticket"]
    given = {"ticket": ticket["entityId"], "opinion": "同意受理，协调临时用电。", "promisedBy": "2015-08-20"}

    first = client.execute(published("AcceptTicket", input={**given, "commandId": "gql-1"}))["acceptTicket"]
    second = client.execute(published("AcceptTicket", input={**given, "commandId": "gql-2"}))["acceptTicket"]

    assert first["__typename"] == "TicketReceipt"
    assert (first["ticket"]["state"], first["ticket"]["version"]) == ("ACCEPTED", ticket["version"] + 1)
    assert (second["__typename"], second["code"]) == ("Refusal", "AlreadyReplied")
    assert (
        client.execute(gql('{ ticket(number: "2015-0009") { version } }'))["ticket"]["version"]
        == first["ticket"]["version"]
    )


def test_a_request_that_makes_no_sense_is_an_error_with_a_code(demo: Demo) -> None:
    client = client_of(demo, "auditor")

    with pytest.raises(TransportQueryError) as refused:
        client.execute(published("Tickets", first=5000))

    assert refused.value.errors is not None
    assert refused.value.errors[0]["extensions"] == {"code": "PAGE_SIZE", "input": ["first"]}


def test_a_subscription_goes_on_where_it_was_and_nothing_is_missed_or_told_twice(demo: Demo) -> None:
    clerk = client_of(demo, "secretary")
    recorded: list[str] = []

    def register(title: str) -> None:
        given = {"kind": "OTHER", "title": title}
        recorded.append(clerk.execute(published("RegisterMeeting", input=given))["registerMeeting"]["position"])

    async def hear(after: str, count: int) -> list[dict[str, Any]]:
        """So many changes of meetings; then the connection is given up."""
        transport = WebsocketsTransport(
            url=f"{demo.served.address.replace('http', 'ws')}/graphql",
            init_payload={"authorization": f"Bearer {demo.tokens['auditor']}"},
        )
        heard = []
        async with Client(transport=transport, schema=SDL, parse_results=True) as session:
            async for item in session.subscribe(published("Changes", nouns=["MEETING"], after=after)):
                if item["changes"]["__typename"] == "NounChanged":
                    heard.append(item["changes"])
                    if len(heard) == count:
                        break
        return heard

    def heard(after: str, count: int) -> list[dict[str, Any]]:
        return asyncio.run(asyncio.wait_for(hear(after, count), PATIENCE_SECONDS))

    before = clerk.execute(gql("{ moment { position } }"))["moment"]["position"]
    register("甲")
    register("乙")
    first = heard(before, 1)
    register("丙")

    rest = heard(first[-1]["position"], 2)

    assert [item["position"] for item in first + rest] == recorded
    assert {item["event"]["type"] for item in first + rest} == {"meeting.registered"}
    assert [item["noun"]["__typename"] for item in first + rest] == ["Meeting"] * 3
