"""A receipt is checked by whoever holds it: its signature, its parts, and the answer, which comes again byte by byte."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from graphql import OperationDefinitionNode, OperationType, parse

from tests.city import AUDITOR, OPERATIONS, clerk, instant
from tests.receipts.notary import Notary
from txapi.application import tickets
from txapi.audit.checker import Policy
from txapi.receipts.check import Outcome, Verdict, check_receipt
from txapi.receipts.receipt import NotAReceipt
from txapi.record.record import RecordedEvent

LAND = clerk("land-bureau")
ABOUT_THE_LEDGER = {"Checkpoint", "Checkpoints", "Consistency", "KeyHandovers", "Proof", "WebhookDeliveries"}
"""Published questions whose answers are proofs themselves, or tell how far deliveries are: neither follows from a position."""
OF_AUDITORS = {"WebhookDeliveries"}
"""Published questions that a clerk may not ask at all, so that there would be no answer at all."""


def checked(notary: Notary, given: Any, source: Any = None, **more: Any) -> Verdict:
    """What a holder of the record finds."""
    content = msgspec.json.encode(given)
    return check_receipt(
        content,
        [notary.ledger.vkey],
        source or notary.city.record,
        root_of=notary.ledger.root,
        **more,
    )


def outcomes(verdict: Verdict) -> dict[str, str]:
    """What each check came to."""
    return {check.name: check.outcome.value for check in verdict.checks}


def failing(verdict: Verdict) -> list[str]:
    """The names of the checks that failed."""
    return [check.name for check in verdict.checks if check.outcome is Outcome.FAILS]


def test_a_receipt_with_its_answer_holds_in_every_part(notary: Notary) -> None:
    verdict = checked(notary, notary.response(viewer=LAND))

    assert outcomes(verdict) == {
        "signature": "holds",
        "checkpoint": "holds",
        "operation": "holds",
        "variables": "holds",
        "viewer": "holds",
        "sealed values": "holds",
        "data": "holds",
        "extensions": "holds",
        "code": "holds",
        "record": "holds",
        "answer": "holds",
    }
    assert (verdict.holds, verdict.same_code, verdict.same_answer) == (True, True, True)


def test_a_receipt_alone_is_enough_to_get_the_answer_again(notary: Notary) -> None:
    verdict = checked(notary, notary.response(viewer=LAND)["extensions"]["receipt"])

    assert (verdict.holds, verdict.same_answer) == (True, True)
    assert outcomes(verdict)["data"] == "not checked"


def test_without_a_record_the_signature_and_the_parts_are_checked_and_the_answer_is_not(notary: Notary) -> None:
    verdict = check_receipt(notary.response(), [notary.ledger.vkey])

    assert verdict.holds
    assert verdict.same_answer is None
    assert outcomes(verdict)["answer"] == "not checked"


def test_an_answer_of_then_comes_again_although_the_record_went_on(tmp_path: Path) -> None:
    notary = Notary(tmp_path)
    response = notary.response("Ticket", {"id": notary.tickets["silent"]}, viewer=AUDITOR)
    notary.city.at("2015-09-02T09:00").watch()
    tickets.remind_ticket(
        notary.city.desk, notary.city.order(clerk("chongfu")), ticket=notary.tickets["silent"], note="催"
    )
    notary.signer.sign()

    verdict = checked(notary, response)

    assert (verdict.holds, verdict.same_answer) == (True, True)
    notary.close()


def test_an_answer_about_a_time_comes_again_and_one_given_before_that_time_was_settled_does_not(tmp_path: Path) -> None:
    notary = Notary(tmp_path)
    response = notary.response('{ moment(at: {time: "2015-08-30T01:00:00Z"}) { position tickets { totalCount } } }')
    notary.city.at("2015-08-31T09:00")
    tickets.remind_ticket(
        notary.city.desk, notary.city.order(clerk("chongfu")), ticket=notary.tickets["silent"], note="催"
    )
    notary.signer.sign()

    class Late:
        """The record of a server whose next event was recorded at that time all the same."""

        record_id = notary.city.record.record_id

        def read(self, after: int, limit: int) -> list[RecordedEvent]:
            return notary.city.record.read(after, limit)

        def stream_events(self, id: str) -> list[RecordedEvent]:
            return notary.city.record.stream_events(id)

        def event_at(self, position: int) -> RecordedEvent | None:
            found = notary.city.record.event_at(position)
            return found and msgspec.structs.replace(
                found, recorded_at=min(found.recorded_at, instant("2015-08-30T09:00"))
            )

    honest = checked(notary, response)
    early = check_receipt(response, [notary.ledger.vkey], Late())

    assert (honest.holds, honest.same_answer) == (True, True)
    assert failing(early) == ["answer"]
    notary.close()


def published_questions() -> list[str]:
    """The published operations that ask and need no variable."""
    found = []
    for path in sorted(OPERATIONS.rglob("*.graphql")):
        parts = parse(path.read_text(encoding="utf-8")).definitions
        [definition] = [one for one in parts if isinstance(one, OperationDefinitionNode)]
        needed = [one for one in definition.variable_definitions or () if one.type.kind == "non_null_type"]
        if definition.operation is OperationType.QUERY and all(one.default_value for one in needed):
            found.append(path.stem)
    return found


@pytest.mark.slow_on("postgresql")
@pytest.mark.parametrize("name", published_questions())
def test_every_published_question_comes_again_byte_by_byte(notary: Notary, name: str) -> None:
    response = notary.response(name, viewer=AUDITOR if name in OF_AUDITORS else LAND)

    if name in ABOUT_THE_LEDGER:
        assert response["extensions"]["receiptRefused"]["code"] == "RECEIPT_OF_THE_LEDGER"
    else:
        verdict = checked(notary, response)
        assert (verdict.holds, verdict.same_answer) == (True, True)


def _subject(given: Any) -> None:
    given["extensions"]["receipt"]["viewer"]["subject"] = "somebody else"


def _variables(given: Any) -> None:
    given["extensions"]["receipt"]["variables"] = {"state": ["DRAFT"]}


def _operation(given: Any) -> None:
    given["extensions"]["receipt"]["operation"] += " "


def _operation_name(given: Any) -> None:
    given["extensions"]["receipt"]["operationName"] = "Board"


def _data(given: Any) -> None:
    given["data"]["moment"]["tickets"]["totalCount"] += 1


def _shown(given: Any) -> None:
    given["data"]["viewer"]["subject"] = "somebody else"


def _errors(given: Any) -> None:
    given["errors"] = [{"message": "nothing"}]


def _opening(given: Any) -> None:
    given["extensions"]["receipt"]["sealed"][0]["value"] = "somebody else"


def _salt(given: Any) -> None:
    given["extensions"]["receipt"]["sealed"][0]["salt"] = "00" * 16


def _note(given: Any) -> None:
    note = given["extensions"]["receipt"]["note"]
    given["extensions"]["receipt"]["note"] = note.replace("role clerk", "role reader")


def _checkpoint(given: Any) -> None:
    note = given["extensions"]["receipt"]["checkpoint"]
    given["extensions"]["receipt"]["checkpoint"] = note.replace("\n", "\n1", 1)


@pytest.mark.parametrize(
    ("change", "fails"),
    [
        (_subject, "viewer"),
        (_variables, "variables"),
        (_operation, "operation"),
        (_operation_name, "operation"),
        (_data, "data"),
        (_shown, "data"),
        (_errors, "data"),
        (_opening, "sealed values"),
        (_salt, "sealed values"),
        (_note, "signature"),
        (_checkpoint, "checkpoint"),
    ],
)
def test_whatever_is_changed_in_the_file_is_named(notary: Notary, change: Callable[[Any], None], fails: str) -> None:
    given = copy.deepcopy(notary.response(viewer=LAND))
    change(given)

    verdict = checked(notary, given)

    assert not verdict.holds
    assert fails in failing(verdict)


def test_another_answer_is_told_from_the_one_that_was_given(notary: Notary) -> None:
    class Rewritten:
        """The record of somebody who made one ticket speak of something else."""

        record_id = notary.city.record.record_id

        def read(self, after: int, limit: int) -> list[RecordedEvent]:
            return [self._rewritten(one) for one in notary.city.record.read(after, limit)]

        def stream_events(self, id: str) -> list[RecordedEvent]:
            return [self._rewritten(one) for one in notary.city.record.stream_events(id)]

        def event_at(self, position: int) -> RecordedEvent | None:
            return next(iter(self.read(position - 1, 1)), None)

        def _rewritten(self, one: RecordedEvent) -> RecordedEvent:
            if one.event.TOPIC != "ticket.drafted":
                return one
            event = msgspec.structs.replace(one.event, subject="另一件事")
            return msgspec.structs.replace(one, event=event)

    verdict = check_receipt(notary.response(), [notary.ledger.vkey], Rewritten())

    assert failing(verdict) == ["answer"]
    assert (verdict.holds, verdict.same_answer) == (False, False)


def test_a_record_that_is_another_or_too_short_or_not_what_was_attested_is_named(
    notary: Notary, tmp_path: Path
) -> None:
    response = notary.response()
    other = Notary(tmp_path, "2015-08-01T08:00")

    of_another = checked(notary, response, other.city.record)
    forked = check_receipt(response, [notary.ledger.vkey], notary.city.record, root_of=lambda size: bytes(32))

    assert failing(of_another) == ["record"]
    assert failing(forked) == ["record"]
    assert outcomes(of_another)["answer"] == outcomes(forked)["answer"] == "not checked"
    other.close()


def test_a_receipt_of_another_key_is_not_believed(notary: Notary, tmp_path: Path) -> None:
    other = Notary(tmp_path)

    verdict = check_receipt(notary.response(), [other.ledger.vkey], notary.city.record)

    assert failing(verdict) == ["signature"]
    assert verdict.receipt is None
    other.close()


def test_other_code_is_named_and_whether_the_answer_is_the_same_nevertheless(notary: Notary, monkeypatch: Any) -> None:
    response = notary.response()
    monkeypatch.setattr("txapi.receipts.check.code_version", lambda: "0.2.0+0123456789abcdef")

    verdict = checked(notary, response)

    [code] = [check for check in verdict.checks if check.name == "code"]
    assert "here it is 0.2.0+0123456789abcdef" in code.says
    assert (verdict.holds, verdict.same_code, verdict.same_answer) == (True, False, True)


def test_a_policy_that_asks_for_a_witness_is_not_met_by_a_checkpoint_without_one(notary: Notary) -> None:
    trusting = Policy.parse(f"log {notary.ledger.vkey}\nquorum none\n".encode())

    verdict = check_receipt(notary.response(), [], notary.city.record, policy=trusting)

    assert verdict.holds
    assert outcomes(verdict)["witnesses"] == "holds"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b'{"format": "txapi.receipt/v1"}',
        b'{"format": "txapi.receipt/v9", "note": "", "checkpoint": "", "operation": ""}',
        b'{"data": null, "extensions": {"receiptRefused": {"code": "RECEIPT_NOT_COVERED", "message": "ask again"}}}',
        b'{"data": null, "extensions": 7}',
        b"\xff",
    ],
)
def test_what_is_no_receipt_is_said_to_be_none(content: bytes) -> None:
    with pytest.raises(NotAReceipt):
        check_receipt(content, [])


# -- what would be passed over -------------------------------------------------------------------------------------------


def test_a_file_that_says_something_twice_is_no_receipt(notary: Notary) -> None:
    content = msgspec.json.encode(notary.response())
    forged = [
        content.replace(b'{"data":', b'{"data":{"tickets":"none"},"data":', 1),
        # The same name, written in another way; and names further down.
        content.replace(b'{"data":', rb'{"d\u0061ta":{"tickets":"none"},"data":', 1),
        content.replace(b'"note":', b'"note":"","note":', 1),
        content.replace(b'"totalCount":', b'"totalCount":7,"totalCount":', 1),
    ]

    for one in forged:
        assert one != content
        with pytest.raises(NotAReceipt, match="is there twice"):
            check_receipt(one, [notary.ledger.vkey])
    assert check_receipt(content, [notary.ledger.vkey]).holds


@pytest.mark.parametrize(
    "into",
    [
        lambda response: response,
        lambda response: response["extensions"]["receipt"],
        lambda response: response["extensions"]["receipt"]["viewer"],
        lambda response: response["extensions"]["receipt"]["sealed"][0],
    ],
)
def test_a_member_that_a_receipt_does_not_have_is_refused(
    notary: Notary, into: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    response = notary.response(viewer=LAND)

    into(response)["remark"] = "certified by the mayor"

    with pytest.raises(NotAReceipt, match="remark"):
        checked(notary, response)


def test_another_position_beside_the_answer_fails(notary: Notary) -> None:
    response = notary.response()
    response["extensions"]["position"] = "1"

    assert failing(checked(notary, response)) == ["extensions"]


def test_what_an_answer_cost_is_nothing_that_a_receipt_would_attest(notary: Notary) -> None:
    response = notary.response()
    response["extensions"]["cost"] = {"requested": 7}

    verdict = checked(notary, response)

    assert [check.says for check in verdict.checks if check.name == "extensions"] == [
        "the position beside the answer is the receipt's"
    ]


def test_what_lies_beside_the_answer_is_named_as_not_attested(notary: Notary) -> None:
    response = notary.response()
    response["extensions"]["remark"] = "certified by the mayor"

    verdict = checked(notary, response)

    assert verdict.holds
    assert [check.says for check in verdict.checks if check.name == "extensions"] == [
        "the receipt does not attest what lies beside the answer: remark"
    ]
