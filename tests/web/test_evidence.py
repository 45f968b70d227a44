"""A client asks for evidence, and the response carries a receipt that whoever holds the record can check."""

from __future__ import annotations

import httpx
import pytest

from tests.web.serving import REGISTER, UNITS, Served, unit
from txapi.domain.event import Role

ASKED = {"x-txapi-evidence": "receipt"}


@pytest.fixture(scope="module")
def attested(served: Served) -> Served:
    """The server, with something recorded."""
    served.post(REGISTER, unit("evidence-town"), token=served.token())
    return served


def test_a_question_with_the_header_is_answered_with_a_receipt(attested: Served) -> None:
    response = attested.client.post("/graphql", json={"query": UNITS}, headers=ASKED)

    body = response.json()
    receipt = body["extensions"]["receipt"]
    assert response.status_code == 200
    assert receipt["note"].startswith("txapi.receipt/v1\norigin txapi/")
    assert f"\nposition {body['extensions']['position']}\n" in receipt["note"]
    assert (receipt["operation"], receipt["variables"]) == (UNITS, {})
    # The checkpoint that covers the position is signed while the client waits.
    assert int(receipt["checkpoint"].split("\n")[1]) >= int(body["extensions"]["position"])


def test_a_question_may_ask_in_its_extensions_too_and_by_get(attested: Served) -> None:
    posted = attested.client.post("/graphql", json={"query": UNITS, "extensions": {"evidence": "receipt"}})
    got = attested.client.get("/graphql", params={"query": UNITS}, headers=ASKED)

    assert "receipt" in posted.json()["extensions"]
    assert "receipt" in got.json()["extensions"]


def test_without_being_asked_nothing_is_attested(attested: Served) -> None:
    response = attested.client.post("/graphql", json={"query": UNITS})

    assert set(response.json()["extensions"]) == {"position", "cost"}


def test_the_viewer_of_a_token_is_attested_by_role_and_unit_and_shown_to_nobody_else(attested: Served) -> None:
    token = attested.token(Role.CLERK, "evidence-town")

    response = attested.client.post(
        "/graphql", json={"query": "{ viewer { subject } }"}, headers={**ASKED, "authorization": f"Bearer {token}"}
    )

    receipt = response.json()["extensions"]["receipt"]
    subject = response.json()["data"]["viewer"]["subject"]
    assert '\nrole clerk\nunit "evidence-town"\nsigned-in true\n' in receipt["note"]
    assert subject not in receipt["note"]
    assert receipt["viewer"]["subject"] == subject


def test_a_command_that_asks_for_evidence_is_refused_and_nothing_is_recorded(attested: Served) -> None:
    before = position(attested)

    response = attested.client.post(
        "/graphql",
        json={"query": REGISTER, "variables": unit("never-a-town")},
        headers={**ASKED, "authorization": f"Bearer {attested.token()}"},
    )

    assert [error["extensions"]["code"] for error in response.json()["errors"]] == ["EVIDENCE_OF_A_COMMAND"]
    assert position(attested) == before


def test_an_answer_about_checkpoints_has_no_receipt_and_says_why(attested: Served) -> None:
    response = attested.client.post("/graphql", json={"query": "{ record { id checkpoint { size } } }"}, headers=ASKED)

    body = response.json()
    assert body["data"]["record"]["id"]
    assert body["extensions"]["receiptRefused"]["code"] == "RECEIPT_OF_THE_LEDGER"
    assert "receipt" not in body["extensions"]


def test_evidence_of_another_sort_is_not_known(attested: Served) -> None:
    response = attested.client.post("/graphql", json={"query": UNITS}, headers={"x-txapi-evidence": "oath"})

    assert response.status_code == 400
    assert response.json()["errors"][0]["extensions"]["code"] == "UNKNOWN_EVIDENCE"


def position(served: Served) -> str:
    """The head of the record."""
    response: httpx.Response = served.client.post("/graphql", json={"query": "{ record { head } }"})
    head: str = response.json()["data"]["record"]["head"]
    return head
