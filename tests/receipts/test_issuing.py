"""A receipt says what its answer follows from, signed by the record's key; where there can be none, it says why."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from tests.city import SUPERVISOR, clerk
from tests.receipts.notary import BOARD, Notary
from txapi.application import tickets
from txapi.domain.errors import BadInput
from txapi.domain.event import Role, TimeBasis
from txapi.receipts.canonical import canonical, hash_of
from txapi.receipts.code import code_version, schema_hash
from txapi.receipts.issue import Asked, ask
from txapi.receipts.receipt import FORMAT, NotAReceipt, Receipt
from txapi.receipts.sealed import commitment
from txapi.schema.admitting import Operation
from txapi.schema.schema import schema_text, the_schema

LAND = clerk("land-bureau")


def receipt_of(response: dict[str, Any]) -> Receipt:
    """The facts of the receipt in a response."""
    return Receipt.parse(response["extensions"]["receipt"]["note"].rpartition("\n\n")[0] + "\n")


def why_not(notary: Notary, asked: Asked) -> str:
    """The code with which a receipt is refused."""
    with pytest.raises(BadInput) as refused:
        notary.issuer().issue(asked, 0)
    return refused.value.code


def asked(notary: Notary, document: str, viewer: Any = SUPERVISOR) -> Asked:
    """An operation that was answered for evidence."""
    context = notary.context(viewer)
    try:
        return ask(the_schema(), context, Operation(document))
    finally:
        context.close()


def test_a_receipt_names_the_snapshot_the_checkpoint_the_operation_the_code_the_clock_and_the_viewer(
    notary: Notary,
) -> None:
    variables = {"state": ["CONFIRMED"]}

    response = notary.response(variables=variables, viewer=LAND)

    head, latest = notary.city.record.head.position, notary.ledger.latest()
    receipt = receipt_of(response)
    assert latest is not None
    assert latest.size == head
    assert (receipt.origin, receipt.record) == (notary.ledger.origin, notary.city.record.record_id)
    assert (receipt.position, receipt.checkpoint_size) == (head, head)
    assert latest.note.split("\n")[2] == receipt.checkpoint_root
    assert receipt.operation == hashlib.sha256(BOARD.encode()).hexdigest()
    assert receipt.operation_name is None
    assert receipt.variables == hashlib.sha256(b'{"state":["CONFIRMED"]}').hexdigest()
    assert receipt.schema == schema_hash() == hashlib.sha256(schema_text().encode()).hexdigest()
    assert receipt.code == code_version()
    assert receipt.code.startswith("0.1.0+")
    assert receipt.clock.isoformat() == "2015-08-30T01:00:00+00:00"
    assert receipt.clock_basis is TimeBasis.DATASET
    assert (receipt.role, receipt.unit, receipt.signed_in, receipt.language) == (Role.CLERK, "land-bureau", True, "zh")


def test_the_result_that_is_hashed_is_the_answer_with_a_commitment_for_the_subject(notary: Notary) -> None:
    response = notary.response(viewer=LAND)

    [sealed] = response["extensions"]["receipt"]["sealed"]
    assert response["data"]["viewer"] == {"subject": "clerk-land-bureau", "role": "CLERK"}
    assert sealed["path"] == ["viewer", "subject"]
    assert sealed["commitment"] == hashlib.sha256(bytes.fromhex(sealed["salt"]) + b'"clerk-land-bureau"').hexdigest()
    data = {**response["data"], "viewer": {"subject": {"sealed": sealed["commitment"]}, "role": "CLERK"}}
    assert receipt_of(response).result == hashlib.sha256(canonical({"data": data})).hexdigest()


def test_the_receipt_does_not_show_who_asked_and_the_file_says_it_with_a_salt(notary: Notary) -> None:
    response = notary.response("{ units { totalCount } }", viewer=LAND)

    carried = response["extensions"]["receipt"]
    assert "clerk-land-bureau" not in carried["note"]
    assert carried["viewer"]["subject"] == "clerk-land-bureau"
    assert receipt_of(response).viewer == commitment(carried["viewer"]["salt"], "clerk-land-bureau")


def test_the_same_question_of_the_same_snapshot_gives_the_same_bytes(notary: Notary) -> None:
    first, second = (notary.response("Tickets", {"first": 5}) for _ in range(2))

    assert canonical(first) == canonical(second)


def test_errors_of_a_question_are_part_of_what_is_attested(notary: Notary) -> None:
    response = notary.response('{ units { totalCount } moment(at: {position: "100000"}) { position } }')

    assert [error["extensions"]["code"] for error in response["errors"]] == ["MOMENT_AHEAD"]
    assert receipt_of(response).result == hash_of({"data": response["data"], "errors": response["errors"]})


def test_an_answer_that_read_nothing_is_attested_at_the_head(notary: Notary) -> None:
    response = notary.response("{ __typename }")

    assert receipt_of(response).position == notary.city.record.head.position


def test_evidence_of_a_command_is_refused_before_anything_is_recorded(notary: Notary) -> None:
    before = notary.city.record.head.position
    document = 'mutation { closeUnit(input: {unit: "dama", reason: "it is over"}) { __typename } }'

    response = notary.response(document, viewer=SUPERVISOR)

    assert [error["extensions"]["code"] for error in response["errors"]] == ["EVIDENCE_OF_A_COMMAND"]
    assert response["extensions"]["receiptRefused"]["code"] == "RECEIPT_OF_NOTHING"
    assert notary.city.record.head.position == before


def test_a_document_that_makes_no_sense_has_no_receipt(notary: Notary) -> None:
    assert why_not(notary, asked(notary, "{ nothing }")) == "RECEIPT_OF_NOTHING"


def test_an_answer_with_a_masked_error_has_no_receipt_and_says_why(notary: Notary, monkeypatch: Any) -> None:
    def fails(*_: Any) -> None:
        raise RuntimeError("a disk is broken")

    monkeypatch.setattr("txapi.projections.units.select", fails)

    answered = asked(notary, "{ record { head } units { totalCount } }")

    assert [error["extensions"]["code"] for error in answered.answered.errors] == ["INTERNAL"]
    assert why_not(notary, answered) == "RECEIPT_NOT_REPEATABLE"


def test_an_answer_beyond_every_checkpoint_has_no_receipt_until_one_is_signed(tmp_path: Any) -> None:
    notary = Notary(tmp_path)
    tickets.remind_ticket(
        notary.city.desk, notary.city.order(clerk("chongfu")), ticket=notary.tickets["silent"], note="催办"
    )
    late = asked(notary, "{ record { head } }")

    refused = why_not(notary, late)
    notary.signer.sign()
    issued = notary.issuer().issue(late, 0)

    assert refused == "RECEIPT_NOT_COVERED"
    assert f"\nposition {notary.city.record.head.position}\n" in issued["note"]
    notary.close()


def test_the_text_reads_back_and_every_line_that_is_changed_missing_or_added_is_refused(notary: Notary) -> None:
    receipt = receipt_of(notary.response(viewer=LAND))
    lines = receipt.text().splitlines()

    assert Receipt.parse(receipt.text()) == receipt
    assert lines[0] == FORMAT
    for number in range(len(lines)):
        for changed in ([], [lines[number] + " "], [lines[number], lines[number]], [f"x{lines[number]}"]):
            with pytest.raises(NotAReceipt):
                Receipt.parse("\n".join([*lines[:number], *changed, *lines[number + 1 :], ""]))


def test_a_name_that_others_chose_cannot_look_like_a_line_of_its_own(notary: Notary) -> None:
    receipt = receipt_of(notary.response(viewer=clerk('x"\nrole administrator')))

    assert '\nunit "x\\"\\nrole administrator"\n' in receipt.text()
    assert Receipt.parse(receipt.text()).unit == 'x"\nrole administrator'
