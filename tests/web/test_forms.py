"""Paper forms over HTTP: as PDF, in both languages, with a tag, and refusals with codes that a person can read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.printed import words
from tests.projections.ticket_city import Tickets, furnished
from tests.stores import SQLITE, place
from tests.web.asking import Client
from txapi.paper import typesetting
from txapi.schema.error_table import TABLE
from txapi.web.instance import Instance

pytestmark = pytest.mark.only_on(SQLITE, because="another store changes nothing of what a form is")

NOW = "2015-08-30T09:00"
PDF = "application/pdf"


class Door:
    """A running instance with one ticket, asked in this process."""

    def __init__(self, instance: Instance, folder: Path, **settings: str) -> None:
        self.instance = instance
        self.client = Client(instance, folder, **settings)
        assert instance.views.wait_for(instance.record.head.position, 30)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("forms")
    city = furnished(folder)
    Tickets(city).issued("2015-08-03T09:10")
    city.close()
    return folder


@pytest.fixture(scope="module")
def door(folder: Path) -> Iterator[Door]:
    with Instance.open(place(folder), f"{NOW}+08:00") as instance:
        yield Door(instance, folder)


def test_a_ticket_is_printed_in_chinese_unless_english_is_asked_for(door: Door) -> None:
    chinese = door.client.ask("GET", "/forms/ticket/2015-0001.pdf")
    english = door.client.ask("GET", "/forms/ticket/2015-0001.pdf?lang=en", headers={"accept-language": "zh"})

    assert (chinese.status_code, chinese.headers["content-type"]) == (200, PDF)
    assert (chinese.headers["content-language"], english.headers["content-language"]) == ("zh", "en")
    assert "受理时限" in words(chinese.content)
    assert "Replydue" in words(english.content)
    in_chinese, in_english = (each.headers["content-disposition"] for each in (chinese, english))
    assert unquote(in_chinese) == "inline; filename=\"ticket-2015-0001.pdf\"; filename*=UTF-8''工作联系单-2015-0001.pdf"
    assert in_english == 'inline; filename="ticket-2015-0001.pdf"'


def test_a_units_month_is_printed(door: Door) -> None:
    response = door.client.ask("GET", "/forms/report/land-bureau/2015-08.pdf")

    assert "land-bureau重大项目推进工作月报（2015年8月）" in words(response.content)


def test_a_form_that_its_client_has_is_not_sent_again(door: Door) -> None:
    path = "/forms/ticket/2015-0001.pdf?at=2015-08-05"
    tag = door.client.ask("GET", path).headers["etag"]

    again = door.client.ask("GET", path, headers={"if-none-match": tag})
    english = door.client.ask("GET", f"{path}&lang=en", headers={"if-none-match": tag})
    now = door.client.ask("GET", "/forms/ticket/2015-0001.pdf", headers={"if-none-match": tag})

    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert (english.status_code, now.status_code) == (200, 200)


@pytest.mark.parametrize(
    ("path", "status", "code", "said"),
    [
        ("ticket/2015-9999.pdf", 404, "NO_SUCH_TICKET", "该时点没有工作联系单 '2015-9999'"),
        ("ticket/2015-0001.pdf?at=2015-08-02", 404, "NO_SUCH_TICKET", "该时点没有工作联系单 '2015-0001'"),
        ("report/nowhere/2015-07.pdf", 404, "NO_SUCH_UNIT", "该时点没有单位 'nowhere'"),
        ("report/dama/2015-09.pdf", 400, "MONTH_NOT_BEGUN", "2015-09 在该时点的判定日 2015-08-30 尚未开始"),
        ("report/dama/09-2015.pdf", 400, "BAD_MONTH", "月份应写作 2015-07，而不是 '09-2015'"),
        ("ticket/2015-0001.pdf?lang=fr", 400, "BAD_PARAMETER", "lang 应为 zh 或 en，而不是 'fr'"),
        ("ticket/2015-0001.pdf?zone=x", 400, "BAD_PARAMETER", "/forms 的参数有 at, lang，没有 'zone'"),
        ("ticket/2015-0001.pdf?at=2015-09-30", 400, "MOMENT_IN_THE_FUTURE", "该时间尚未到来"),
        ("ticket/2015-0001.pdf?at=99999", 400, "MOMENT_AHEAD", None),
        ("ticket/9999.pdf", 400, "BAD_ID", None),
        ("ticket/2015-0001.pdf?at=tomorrow", 400, "BAD_PARAMETER", None),
        ("project/A-1.pdf", 404, "NOT_FOUND", None),
    ],
)
def test_what_cannot_be_printed_is_refused_with_a_code_in_both_languages(
    door: Door, path: str, status: int, code: str, said: str | None
) -> None:
    chinese, english = (
        door.client.ask("GET", f"/forms/{path}", headers={"accept-language": language}) for language in ("zh", "en")
    )

    for response in (chinese, english):
        assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (status, code)
    assert TABLE[code].status == status
    told = [response.json()["errors"][0]["message"] for response in (chinese, english)]
    assert said is None or told[0] == said
    assert told[1].isascii()


def test_where_nobody_may_read_without_a_token_no_form_is_printed(door: Door, folder: Path) -> None:
    closed = Client(door.instance, folder, TXAPI_ANONYMOUS_ROLE="none")

    refused = closed.ask("GET", "/forms/ticket/2015-0001.pdf")
    printed = closed.ask("GET", "/forms/ticket/2015-0001.pdf", headers={"authorization": f"Bearer {closed.token()}"})

    assert refused.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert (refused.status_code, printed.status_code) == (401, 200)


def test_a_server_without_a_typesetter_says_how_to_get_one(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typesetting, "can_print", lambda: False)

    response = door.client.ask("GET", "/forms/ticket/2015-0001.pdf")

    assert response.status_code == 501
    assert "pip install 'tongxiang-record[paper]'" in response.json()["errors"][0]["message"]
