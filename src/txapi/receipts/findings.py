"""The making of an evidence sheet 取证单 from a response that carries its receipt: both told for people."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from txapi.audit.finding.blocks import blocks_of
from txapi.audit.finding.sheet import Case, Evidence, Finding
from txapi.domain.dates import SHANGHAI
from txapi.domain.errors import BadInput
from txapi.domain.labels import Label
from txapi.receipts.receipt import Receipt
from txapi.schema.terms import terms_of

if TYPE_CHECKING:
    from txapi.record.record import Record

_CHINESE = re.compile(r"[\u4e00-\u9fff]")

_MORE = Label(
    zh="本单只列出第一页，尚有后续；可用 --set first=… 列出更多。",
    en="Only the first page is told here; there is more: --set first=…",
)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A question that was asked: its published operation with the variables, and the moment that these name."""

    operation: str
    document: str
    variables: dict[str, Any]
    position: int
    clock: datetime | None
    valid_on: date | None


def finding_of(record: Record, response: dict[str, Any], verifier_key: str, asked: Asked, case: Case) -> Finding:
    """The sheet of a question's response, which carries its receipt. `verifier_key` is the one that verifies it.

    BadInput ANSWER_HAS_ERRORS where the question was not wholly answered.
    """
    if response.get("errors"):
        raise BadInput("ANSWER_HAS_ERRORS", f"the question was not wholly answered: {response['errors'][0]['message']}")
    data, receipt = response["data"], response["extensions"]["receipt"]
    facts = Receipt.parse(text_of(receipt["note"]))
    event = record.event_at(asked.position)
    return Finding(
        case=case,
        question=question_of(asked.document),
        operation=asked.operation,
        variables=tuple((f"${name}", _plain(value)) for name, value in asked.variables.items() if name not in _PINS),
        position=asked.position,
        recorded_at=event.recorded_at if event else None,
        clock=asked.clock,
        valid_on=asked.valid_on,
        answer=blocks_of(data, terms_of(asked.document)),
        evidence=Evidence(
            record_id=facts.record,
            position=facts.position,
            checkpoint_size=facts.checkpoint_size,
            verifier_key=verifier_key,
            code=facts.code,
            result=facts.result,
            note=receipt["note"],
            checkpoint=receipt["checkpoint"],
            file=msgspec.json.format(msgspec.json.encode(response), indent=2) + b"\n",
        ),
        issued_at=facts.clock.astimezone(SHANGHAI),
        told=(_MORE,) if _has_more(data) else (),
    )


_PINS = frozenset({"at", "clock", "validOn"})
"""The variables that name the moment, which the sheet tells by itself."""


def text_of(note: str) -> str:
    """The text of a signed note, without its signatures (c2sp.org/signed-note: up to and with the newline before them)."""
    return note.rpartition("\n\n")[0] + "\n"


def question_of(document: str) -> Label:
    """What an operation asks, in both languages: its first comment, and the first sentence of a comment in Chinese."""
    comments = [line[1:].strip() for line in document.splitlines() if line.startswith("#")]
    first = comments[0] if comments else ""
    en = re.sub(r"^Question [0-9]+: ", "", first)
    chinese = next((line for line in comments if _CHINESE.search(line.partition("。")[0])), None)
    zh = chinese.partition("。")[0] + "。" if chinese and chinese != first else en
    return Label(zh=zh, en=en)


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _has_more(data: Any) -> bool:
    if isinstance(data, dict):
        return data.get("hasNextPage") is True or any(map(_has_more, data.values()))
    return isinstance(data, list) and any(map(_has_more, data))
