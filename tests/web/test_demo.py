"""The demonstration: a newcomer gets a city, a token for every role, and a first answer."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.web.serving import Served
from txapi.cli.reading import operation_text
from txapi.cli.show import lines_of
from txapi.domain.event import Role
from txapi.web.tokens import ROLES, Tokens

TOKEN = re.compile(r"^    (eyJ\S+)$", re.MULTILINE)


@pytest.mark.only_on("sqlite", because="tests/web/test_log.py starts a demonstration on PostgreSQL, and asks it")
def test_a_newcomer_is_served_a_city_with_a_token_for_each_role_and_a_question_that_is_answered(tmp_path: Path) -> None:
    folder = tmp_path / "data"

    with Served(folder, "--demo") as server:
        # Somebody may report figures: whoever acts for a unit that has targets.
        [clerk] = [
            user for user in server.client.get("/demo/users").json()["users"] if user["subject"] == "demo.tx-edz"
        ]
        sheet = "指标,单位,月份,累计数,计量单位\nFDI_CONTRACTED,tx-edz,2015-06,10000,万美元\n".encode()
        sent = {"content-type": "text/csv", "authorization": f"Bearer {clerk['token']}"}
        report = server.client.post("/import?kind=figures", content=sheet, headers=sent).json()
        told = server.said + server.heard("Ctrl-C")
        answer = server.post(operation_text("Overview")).json()
        ready = server.client.get("/readyz").json()
        lent = server.client.get("/demo/users").json()["users"]

    actors = [Tokens.from_file(folder / "token-key.pem").read(token) for token in TOKEN.findall(told)]
    assert "loaded tongxiang-2015 and tongxiang-2015-illustration" in told
    assert {actor.role for actor in actors} == set(ROLES) - {Role.READER}
    assert len({actor.unit for actor in actors if actor.role is Role.CLERK}) == 8
    assert (clerk["role"], report["problems"], report["new"], report["recorded"]) == ("CLERK", [], 1, False)
    assert [(user["role"], user["unit"]) for user in lent] == [(actor.role.name, actor.unit) for actor in actors]
    assert all(user["unitName"]["zh"] for user in lent if user["role"] == "CLERK")
    assert "errors" not in answer
    assert ready["clock"].startswith("2015-08-11T")

    with Served(folder, "--demo") as again:
        assert "already" in again.said


def test_an_answer_reads_as_indented_lines() -> None:
    answer = {
        "record": {"head": "7", "digest": None},
        "stages": [{"stage": "STARTED", "count": 3}, {"stage": "LEAD", "count": 1}],
        "empty": [],
        "unit": {"name": {"zh": "梧桐", "en": "Wutong"}, "codes": ["a", "b"]},
    }

    assert lines_of(answer) == [
        "record: head=7",
        "stages:",
        "  - stage=STARTED  count=3",
        "  - stage=LEAD  count=1",
        "unit:",
        "  name: 梧桐 Wutong",
        "  codes:",
        "    - a",
        "    - b",
    ]
