"""A proof is everybody's, as the ledger is; the event that it proves is shown to those who may read it, and to nobody else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.city import ADMINISTRATOR, AUDITOR, LEADER, READER, SCHEMA, City, clerk
from tests.projections.ticket_city import ISSUER, PLANNING, furnished_and_told
from tests.schema.registering import FINDING, do, entered, towns
from tests.schema.test_restricted_tickets import adopt, mark
from txapi.domain.event import Actor
from txapi.schema.admitting import Operation
from txapi.schema.executing import execute

DAMA = clerk("dama")
OF_THE_RECORD = (
    "query($at: Position!) { record { proof(position: $at) { index entry leaf hashes root tlogProof stored } } }"
)
OF_THE_EVENT = "query($at: Position!) { event(position: $at) { proof { stored } } }"


def proof(city: City, at: int, as_: Actor | None) -> Any:
    """The proof of an event, as somebody is told it."""
    return city.ask(OF_THE_RECORD, {"at": str(at)}, as_=as_)["record"]["proof"]


def last_of(city: City, ticket: str) -> int:
    """Where the last event of a ticket stands."""
    query = "query($of: ID!) { events(filter: {of: [$of]}, last: 1) { nodes { position } } }"
    return int(city.ask(query, {"of": ticket}, as_=ISSUER)["events"]["nodes"][0]["position"])


def is_shown_to_those_alone(
    city: City, at: int, some: tuple[Actor | None, ...], others: tuple[Actor | None, ...]
) -> None:
    """Whom the stored event is shown to; the rest of the proof is the same for all."""
    whole = proof(city, at, some[0])
    assert whole["stored"].encode() == city.record.store.read(at - 1, 1)[0].state
    for actor in some:
        assert proof(city, at, actor) == whole
        assert city.ask(OF_THE_EVENT, {"at": str(at)}, as_=actor)["event"]["proof"]["stored"] == whole["stored"]
    for actor in others:
        assert proof(city, at, actor) == {**whole, "stored": ""}
        assert city.ask(OF_THE_EVENT, {"at": str(at)}, as_=actor)["event"] is None


def test_a_proof_shows_an_event_of_an_internal_ticket_to_whom_it_concerns(tmp_path: Path) -> None:
    city, tickets = furnished_and_told(tmp_path)
    at = last_of(city, tickets["item"])
    city.sign()
    assert proof(city, at, None)["stored"]

    adopt(city)

    is_shown_to_those_alone(city, at, (ISSUER, PLANNING, LEADER), (DAMA, READER, None))
    assert proof(city, 1, None)["stored"]
    city.close()


def test_a_proof_shows_an_event_of_a_marked_ticket_to_whom_it_concerns(tmp_path: Path) -> None:
    city, tickets = furnished_and_told(tmp_path)
    mark(city, tickets["late"])
    at = last_of(city, tickets["late"])
    city.sign()

    is_shown_to_those_alone(city, at, (ISSUER, LEADER), (clerk("nowhere"), READER, None))
    assert proof(city, last_of(city, tickets["supported"]), None)["stored"]
    city.close()


def test_a_proof_shows_who_was_refused_what_to_nobody_who_must_not_know(tmp_path: Path) -> None:
    city = towns(tmp_path)
    company = entered(city, "Company", name="恒石", unit="chongfu")
    do(
        city, "AdoptEdition", ADMINISTRATOR, kind="ATTEMPT_POLICY", edition="attempts", content={"basis": "inferred"}
    )  # fmt: skip
    assert (
        do(city, "AmendCompany", DAMA, company=company, name="另", reason="r", source=FINDING)["code"] == "NotYourUnit"
    )
    city.sign()

    is_shown_to_those_alone(city, city.record.head.position, (ADMINISTRATOR, AUDITOR), (DAMA, READER, None))
    city.close()


@pytest.mark.parametrize("document", [OF_THE_RECORD, OF_THE_EVENT])
def test_an_auditor_who_is_shown_an_internal_event_with_its_proof_leaves_a_trace(tmp_path: Path, document: str) -> None:
    city, tickets = furnished_and_told(tmp_path)
    adopt(city)
    at = last_of(city, tickets["item"])
    city.sign()

    def asked(position: int) -> list[str]:
        before = len(city.accesses.page())
        context = city.context(AUDITOR)
        try:
            assert not execute(SCHEMA, context, Operation(document, {"at": str(position)})).errors
        finally:
            context.close()
        return [noun for _, access in city.accesses.page()[before:] for noun in access.nouns]

    assert asked(at) == [f"ticket/{tickets['item']}"]
    assert asked(1) == []
    city.close()
