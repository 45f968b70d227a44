"""What the viewer could read and the holder of the record cannot enters a receipt as a commitment, and still proves."""

from __future__ import annotations

import copy
from functools import cache
from typing import Any

import msgspec
import pytest

from tests.city import clerk
from tests.receipts.notary import Notary
from tests.receipts.test_checking import failing, outcomes
from txapi.receipts.check import Verdict, check_receipt
from txapi.receipts.evidence import handed_on
from txapi.receipts.sealed import MISSING, commitment, found, outermost, seal
from txapi.record.ids import SeededIds
from txapi.record.record import RecordedEvent
from txapi.schema.schema import Schema, build_schema
from txapi.schema.sealing import SEALED

LAND = clerk("land-bureau")
BOARD = "{ tickets(first: 2) { nodes { subject body } edges { node { body } } } }"


@cache
def bodies_sealed() -> Schema:
    """A schema in which what a ticket says in full is sealed."""
    return build_schema({*SEALED, "Ticket.body"})


class Withheld:
    """The record as a holder reads it who is not given what tickets say in full."""

    def __init__(self, notary: Notary, drawn: str = "▇▇▇") -> None:
        self._record = notary.city.record
        self._drawn = drawn
        self.record_id = self._record.record_id

    def read(self, after: int, limit: int) -> list[RecordedEvent]:
        """The events, with something else in the place of the text."""
        return [self._without(one) for one in self._record.read(after, limit)]

    def stream_events(self, id: str) -> list[RecordedEvent]:
        """The same of a stream."""
        return [self._without(one) for one in self._record.stream_events(id)]

    def event_at(self, position: int) -> RecordedEvent | None:
        """The same at a position."""
        return next(iter(self.read(position - 1, 1)), None)

    def _without(self, one: RecordedEvent) -> RecordedEvent:
        if one.event.TOPIC != "ticket.drafted":
            return one
        return msgspec.structs.replace(one, event=msgspec.structs.replace(one.event, body=self._drawn))


def checked(notary: Notary, given: Any, source: Any) -> Verdict:
    """What a holder finds whose schema seals the same."""
    return check_receipt(given, [notary.ledger.vkey], source, schema=bodies_sealed())


def test_the_viewer_reads_the_value_and_holds_what_opens_the_commitment(notary: Notary) -> None:
    response = notary.response(BOARD, viewer=LAND, schema=bodies_sealed())

    sealed = response["extensions"]["receipt"]["sealed"]
    assert [one["path"] for one in sealed] == [
        ["tickets", "nodes", 0, "body"],
        ["tickets", "nodes", 1, "body"],
        ["tickets", "edges", 0, "node", "body"],
        ["tickets", "edges", 1, "node", "body"],
    ]
    assert response["data"]["tickets"]["nodes"][0]["body"] == "请协调落实。"
    assert all(one["commitment"] == commitment(one["salt"], "请协调落实。") for one in sealed)
    # Equal values are not told apart from others: each has a salt of its own.
    assert len({one["commitment"] for one in sealed}) == 4


def test_a_holder_who_cannot_read_the_value_gets_the_same_bytes(notary: Notary) -> None:
    response = notary.response(BOARD, viewer=LAND, schema=bodies_sealed())
    given = handed_on(response)

    verdict = checked(notary, given, Withheld(notary))

    assert (verdict.holds, verdict.same_answer) == (True, True)
    assert outcomes(verdict)["data"] == "holds"
    assert outcomes(verdict)["viewer"] == "not checked"
    assert LAND.subject not in msgspec.json.encode(given).decode()
    assert "请协调落实" not in msgspec.json.encode(given).decode()


def test_a_holder_of_the_opening_checks_the_value(notary: Notary) -> None:
    response = notary.response(BOARD, viewer=LAND, schema=bodies_sealed())
    lied = copy.deepcopy(response)
    lied["extensions"]["receipt"]["sealed"][0]["value"] = "别的话"

    honest = checked(notary, response, Withheld(notary))
    dishonest = checked(notary, lied, Withheld(notary))

    assert (honest.holds, honest.same_answer) == (True, True)
    assert "sealed values" in failing(dishonest)


def test_what_is_not_sealed_still_has_to_be_the_same(notary: Notary) -> None:
    response = notary.response("{ tickets(first: 2) { nodes { subject body } } }", schema=bodies_sealed())

    # The subject of the ticket is not sealed: a holder whose events lack it gets another answer.
    verdict = check_receipt(response, [notary.ledger.vkey], Renamed(notary), schema=bodies_sealed())

    assert failing(verdict) == ["answer"]


class Renamed(Withheld):
    """A record whose tickets have another subject."""

    def _without(self, one: RecordedEvent) -> RecordedEvent:
        if one.event.TOPIC != "ticket.drafted":
            return one
        return msgspec.structs.replace(one, event=msgspec.structs.replace(one.event, subject="另一件事"))


def test_a_receipt_that_hides_what_the_schema_does_not_seal_fails(notary: Notary) -> None:
    response = notary.response(BOARD, schema=bodies_sealed())

    verdict = check_receipt(response, [notary.ledger.vkey], notary.city.record)

    assert failing(verdict) == ["answer"]
    assert "other values are sealed" in verdict.checks[-1].says


def test_a_value_that_an_error_took_away_is_not_sealed(notary: Notary) -> None:
    data, sealed = seal({"unit": None}, [["unit", "name"]], SeededIds(1).salt)

    assert data == {"unit": None}
    assert sealed == []


def test_a_value_inside_a_sealed_one_is_sealed_with_it() -> None:
    paths: list[list[str | int]] = [["a"], ["a", "b"], ["c", 0], ["c", 1, "d"]]

    assert outermost(paths) == [["a"], ["c", 0], ["c", 1, "d"]]
    assert found({"c": [1]}, ["c", 1]) is MISSING


def test_a_field_that_the_schema_does_not_have_cannot_be_sealed() -> None:
    with pytest.raises(ValueError, match=r"no field Ticket\.nothing"):
        build_schema({"Ticket.nothing"})
