"""Evidence sheets made the way the command makes them, from a city whose record is signed for."""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.city import AUDITOR
from tests.receipts.notary import Notary
from txapi.audit.finding.sheet import Case, Finding
from txapi.cli.audit import named_or_published
from txapi.receipts.findings import Asked, finding_of
from txapi.receipts.offline import issue_offline
from txapi.record.ids import SeededIds

CASE = Case(
    number="2015-QZ-001",
    project="桐乡市重大项目推进专项审计",
    unit="市国土部门",
    auditor="审计员甲",
    prepared_on=date(2015, 10, 8),
)


def made(notary: Notary, question: str = "1", case: Case = CASE, **variables: Any) -> Finding:
    """The sheet of a question, asked of now."""
    operation, document = named_or_published(question)
    head = notary.city.record.head
    asked = Asked(
        operation=operation,
        document=document,
        variables={"at": {"position": str(head.position)}, **variables},
        position=head.position,
        clock=head.recorded_at,
        valid_on=None,
    )
    city = notary.city
    response = issue_offline(
        city.record,
        city.views,
        notary.ledger,
        document,
        asked.variables,
        AUDITOR,
        salts=SeededIds(1),
        timeout_seconds=0.0,
    )
    return finding_of(city.record, response, notary.ledger.vkey, asked, case)
