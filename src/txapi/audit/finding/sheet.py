"""What stands on an evidence sheet 取证单: the case, the question, the answer, and the evidence that it rests on."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from txapi.audit.finding.blocks import Block
from txapi.domain.dates import SHANGHAI
from txapi.domain.labels import Label


@dataclass(frozen=True, kw_only=True)
class Case:
    """What people fill in by hand on such a form: every field may stay empty, and then has room to be written in."""

    number: str = ""
    """索引号."""
    project: str = ""
    """项目名称, the name of the audit."""
    unit: str = ""
    """被审计单位."""
    matter: str = ""
    """审计事项; the question itself where nothing else is said."""
    auditor: str = ""
    """审计人员."""
    prepared_on: date | None = None
    """编制日期."""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What an answer rests on. `note` is the receipt's signed note, `checkpoint` that of the checkpoint, both verbatim.

    `file` is the whole response with its receipt, as it is kept beside the sheet and inside the PDF.
    """

    record_id: str
    position: int
    checkpoint_size: int
    verifier_key: str
    code: str
    result: str
    note: str
    checkpoint: str
    file: bytes


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One sheet."""

    case: Case
    question: Label
    operation: str
    variables: tuple[tuple[str, str], ...]
    position: int
    recorded_at: datetime | None
    clock: datetime | None
    valid_on: date | None
    answer: tuple[Block, ...]
    evidence: Evidence
    issued_at: datetime
    """When the receipt says that the answer was given: the date of the sheet."""
    told: tuple[Label, ...] = field(default=())
    """What else is to be known of the answer: that it has more pages, that it has errors."""


def local(when: datetime | None) -> str:
    """An instant as people in the city read it: 2015-08-11 17:30:00, Beijing time; with fractions where it has some."""
    if when is None:
        return ""
    shown = when.astimezone(SHANGHAI).replace(tzinfo=None)
    return shown.isoformat(sep=" ", timespec="microseconds" if shown.microsecond else "seconds")
