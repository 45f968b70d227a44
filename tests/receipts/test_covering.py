"""A receipt names a checkpoint that attests its position: a cosigned one wherever there is one."""

from __future__ import annotations

from pathlib import Path

from tests.projections.ticket_city import furnished
from tests.stores import place
from txapi.receipts.covering import Promises
from txapi.record.ledger import Ledger


def promised(folder: Path) -> Ledger:
    """The ledger of a city with some events, of which nothing is signed for yet."""
    city = furnished(folder)
    ledger = Ledger.open(place(folder), city.record.record_id, owner=True)
    ledger.enter(city.record.store.read(0, 10))
    city.close()
    return ledger


def test_where_nothing_attests_the_position_there_is_none(tmp_path: Path) -> None:
    ledger = promised(tmp_path)
    ledger.sign(4, 0, [], publish=True)

    assert Promises(ledger).cover(5, 0) is None
    ledger.close()


def test_the_first_that_attests_the_position_is_named_where_no_witness_is_asked_for(tmp_path: Path) -> None:
    ledger = promised(tmp_path)
    for size in (4, 6, 8):
        ledger.sign(size, 0, [], publish=True)

    covered = Promises(ledger).cover(5, 0)

    assert covered == ledger.at(6)
    ledger.close()


def test_a_later_one_that_witnesses_cosigned_is_preferred_to_one_that_they_did_not(tmp_path: Path) -> None:
    ledger = promised(tmp_path)
    ledger.sign(6, 0, [], publish=False)
    alone = Promises(ledger).cover(5, 0)
    ledger.sign(8, 0, [], publish=False)
    ledger.cosigned(8, ["— witness.example c2lnbmF0dXJl"], {"witness.example": 8}, publish=True)

    cosigned = Promises(ledger).cover(5, 0)

    # Until a witness has cosigned, one that nobody did is better than none.
    assert alone is not None
    assert (alone.size, alone.published) == (6, False)
    assert cosigned is not None
    assert (cosigned.size, cosigned.published) == (8, True)
    assert "— witness.example" in cosigned.note
    ledger.close()
