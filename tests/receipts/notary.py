"""A city whose answers come with receipts: its ledger, its key, and an issuer whose salts are the same every time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import strawberry

from tests.city import OPERATIONS, READER, City
from tests.projections.ticket_city import furnished, told
from tests.stores import place
from txapi.domain.event import Actor
from txapi.receipts.issue import Issuer, ask, evidenced
from txapi.record.ids import SeededIds
from txapi.record.ledger import Ledger
from txapi.record.signer import Signer
from txapi.schema.admitting import Operation
from txapi.schema.context import Context
from txapi.schema.schema import the_schema

BOARD = """query Board($at: PointInput, $state: [TicketState!]) {
  record { head clock }
  viewer { subject role }
  moment(at: $at) { position tickets(filter: {states: $state}, first: 3) { totalCount nodes { number subject body state } } }
}"""


class Notary:
    """The city of the ticket stories, and the key of its record. What begins at the same time is the same record."""

    def __init__(self, folder: Path, begins: str = "2015-08-01T09:00") -> None:
        self.city: City = furnished(folder, begins)
        self.tickets = told(self.city)
        self.ledger = Ledger.open(place(folder), self.city.record.record_id, owner=True)
        self.signer = Signer(self.city.record, self.ledger)
        self.signer.sign()

    def issuer(self, seed: int = 1) -> Issuer:
        """An issuer whose salts follow from a seed."""
        assert self.ledger.key is not None
        return Issuer(self.city.record.record_id, self.ledger.key, self.signer, SeededIds(seed))

    def context(self, viewer: Actor = READER, language: str = "zh") -> Context:
        """The context of an operation."""
        return Context(self.city.views, self.city.desk, viewer, signed_in=viewer is not READER, language=language)

    def response(
        self,
        document: str = BOARD,
        variables: dict[str, Any] | None = None,
        viewer: Actor = READER,
        schema: strawberry.Schema | None = None,
    ) -> dict[str, Any]:
        """The whole response to a document, or to the published operation of that name, with evidence."""
        if document.isidentifier():
            document = next(OPERATIONS.rglob(f"{document}.graphql")).read_text()
        context = self.context(viewer)
        try:
            asked = ask(schema or the_schema(), context, Operation(document, variables))
        finally:
            context.close()
        return evidenced(asked, self.issuer())

    def close(self) -> None:
        """Let go of the files."""
        self.ledger.close()
        self.city.close()
