"""Errors speak the language that the client prefers, wherever they come from; their codes are the same in each."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests import stores
from tests.web.serving import UNITS, Served
from tests.web.subscribing import Socket

ZH = {"accept-language": "zh-CN,zh;q=0.9"}
STREAM = {"accept": "text/event-stream"}

pytestmark = pytest.mark.only_on(stores.SQLITE, because="no store knows what language somebody speaks")


def said(response: httpx.Response) -> tuple[str, str]:
    """The code and the message of an answer that is one error."""
    [error] = response.json()["errors"]
    return error["extensions"]["code"], error["message"]


@pytest.mark.parametrize(
    ("body", "code", "chinese"),
    [
        ({"query": "{ units(first: 501) { totalCount } }"}, "PAGE_SIZE", "first 应为 0 至 500，而不是 501"),
        ({"query": "{ nothing }"}, "BAD_REQUEST", "类型 Query 没有字段 nothing。"),
        ({"query": "{ units @nothing { totalCount } }"}, "BAD_REQUEST", "没有指令 @nothing。"),
        ({"query": "{"}, "BAD_REQUEST", "语法错误，位置见 locations：此处应为名称，而不是文档结尾"),
        ({"query": "{ __typename }", "operationName": "X"}, "BAD_REQUEST", "没有名为 X 的操作。"),
        (
            {"query": "query A { __typename } query B { record { head } }"},
            "BAD_REQUEST",
            "查询文档含有多个操作，请用 operationName 指明",
        ),
        ({"query": "{ moment(at: {}) { position } }"}, "BAD_REQUEST", "PointInput 应恰好给出一个字段。"),
        ({"query": UNITS, "extensions": {"atLeast": "999999"}}, "POSITION_AHEAD", None),
        ({"query": UNITS, "variables": 7}, "BAD_REQUEST", "variables 应为对象"),
        ([], "BATCHES_ARE_REFUSED", "每次请求只发送一个操作；多个操作可写在一个文档中"),
    ],
)
def test_an_error_speaks_chinese_to_who_prefers_it(served: Served, body: Any, code: str, chinese: str | None) -> None:
    english = served.client.post("/graphql", json=body)
    translated = served.client.post("/graphql", json=body, headers=ZH)

    assert said(english)[0] == said(translated)[0] == code
    assert said(english)[1].isascii()
    assert not said(translated)[1].isascii()
    assert chinese is None or said(translated)[1] == chinese
    assert (english.headers["content-language"], translated.headers["content-language"]) == ("en", "zh")


def test_so_does_a_refusal_of_http_itself(served: Served) -> None:
    wrong = {"authorization": "Bearer nonsense", **ZH}

    unknown = served.client.post("/graphql", json={"query": UNITS}, headers=wrong)
    deleted = served.client.delete("/graphql", headers=ZH)
    lost = served.client.get("/nowhere", headers=ZH)

    assert (unknown.status_code, *said(unknown)) == (401, "UNAUTHENTICATED", "令牌不是本服务器签发的")
    assert (deleted.status_code, *said(deleted)) == (405, "METHOD_NOT_ALLOWED", "操作只能用 GET 或 POST 发送")
    assert (lost.status_code, *said(lost)) == (404, "NOT_FOUND", "未找到")


def test_so_does_an_event_stream_and_a_socket(served: Served) -> None:
    stream = served.client.post("/graphql", json={"query": "{ nothing }"}, headers={**STREAM, **ZH})
    with Socket(served, additional_headers=ZH) as socket:
        socket.subscribe("{ nothing }")
        refused = socket.hear()

    told = next(line for line in stream.text.splitlines() if line.startswith("data: "))
    assert json.loads(told.removeprefix("data: "))["errors"][0]["message"] == "类型 Query 没有字段 nothing。"
    assert refused["type"] == "error"
    assert refused["payload"][0]["message"] == "类型 Query 没有字段 nothing。"
