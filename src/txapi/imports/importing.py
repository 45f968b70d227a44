"""Importing 导入: a file is read, every row is decided on, and all of it is recorded in one append, or nothing and every reason why."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from txapi.application.desk import ATTEMPTS, Desk, TooMuchAtOnce
from txapi.application.together import Together
from txapi.domain.errors import BadInput, Refusal
from txapi.domain.event import Actor, Basis, Metadata
from txapi.imports.cells import Grid
from txapi.imports.csv_file import read_csv
from txapi.imports.figures import FIGURES
from txapi.imports.kind import Importing, Outcome, SheetKind
from txapi.imports.milestones import MILESTONES
from txapi.imports.rows import Problem, Problems, Table, missing_columns, tables_of
from txapi.imports.tickets import TICKETS
from txapi.imports.wrong import Wrong
from txapi.imports.xlsx import read_workbook
from txapi.record.conflicts import KeyTaken, StreamMoved
from txapi.record.store import CommandKey

KINDS: dict[str, SheetKind] = {kind.name: kind for kind in (FIGURES, MILESTONES, TICKETS)}

_UNSAID = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff/\\]")


@dataclass(slots=True)
class Report:
    """What became of a file: how many rows would be or were recorded, and everything that is wrong with it.

    Where `recorded`, `first` and `last` are the positions of the events. `events` is how many there are or would be.
    """

    kind: str
    file: str
    rows: int = 0
    totals: int = 0
    new: int = 0
    same: int = 0
    corrected: int = 0
    events: int = 0
    recorded: bool = False
    first: int | None = None
    last: int | None = None
    problems: list[Problem] = field(default_factory=list)
    more_problems: int = 0
    notes: list[Problem] = field(default_factory=list)

    def told(self) -> dict[str, Any]:
        """The report for programs."""

        def said(problem: Problem) -> dict[str, str]:
            return {"cell": problem.cell, "code": problem.code, "zh": problem.zh, "en": problem.en}

        return {
            "kind": self.kind,
            "file": self.file,
            "rows": self.rows,
            "totals": self.totals,
            "new": self.new,
            "same": self.same,
            "corrected": self.corrected,
            "events": self.events,
            "recorded": self.recorded,
            "first": None if self.first is None else str(self.first),
            "position": None if self.last is None else str(self.last),
            "problems": [said(problem) for problem in self.problems],
            "moreProblems": self.more_problems,
            "notes": [said(note) for note in self.notes],
        }


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of an import: of which kind the file is (None: by its columns), and whether anything is recorded.

    With `correct` and a `reason`, a row that says otherwise than the record corrects it.
    """

    content: bytes
    file: str
    kind: str | None = None
    record: bool = False
    correct: bool = False
    reason: str | None = None


def import_sheet(desk: Desk, actor: Actor, asked: Asked) -> Report:
    """Read a file and decide on every row; record all of it where that was asked for and nothing is wrong.

    BadInput where the file cannot be read at all; `RecordUnavailable` and what else an append raises.
    """
    if asked.correct and not (asked.reason and asked.reason.strip()):
        raise BadInput("REASON_IS_MISSING", "to correct what is recorded takes a reason", ("reason",))
    grids = _read(asked)
    kind, tables, problems = _recognised(grids, asked.kind)
    desk = desk.read_by(actor)
    for _ in range(ATTEMPTS):
        run = _Run(desk, actor, asked, kind, tables, problems)
        report = run.decide()
        if report.problems or not asked.record or not report.events:
            return report
        try:
            run.record(report)
        except (StreamMoved, KeyTaken):
            # Somebody was faster: each row is decided again, on what is there now.
            kind, tables, problems = _recognised(grids, kind.name)
        else:
            return report
    raise TooMuchAtOnce(kind="target" if kind is FIGURES else "project" if kind is MILESTONES else "ticket")


def file_name(name: str) -> str:
    """The name of a file as the record keeps it: no folders, nothing that cannot be shown, not too long."""
    return _UNSAID.sub("_", name.replace("\\", "/").rpartition("/")[2])[-200:] or "sheet"


def _read(asked: Asked) -> list[Grid]:
    if asked.content.startswith(b"PK"):
        return read_workbook(asked.content)
    if asked.content.startswith(b"\xd0\xcf\x11\xe0"):
        raise BadInput("BAD_WORKBOOK", "this is the format .xls of before 2007: save it as .xlsx")
    return [read_csv(asked.content)]


def _recognised(grids: Sequence[Grid], wanted: str | None) -> tuple[SheetKind, list[Table], Problems]:
    """Of which kind the sheets are, and their rows. BadInput UNKNOWN_SHEET."""
    if wanted is not None and wanted not in KINDS:
        raise BadInput("UNKNOWN_SHEET", f"what can be imported is {', '.join(KINDS)}, not {wanted!r}", ("kind",))
    for kind in [KINDS[wanted]] if wanted is not None else KINDS.values():
        problems = Problems()
        tables = tables_of(grids, kind.columns, problems)
        if tables:
            return kind, tables, problems
    if wanted is None and not any(_begun(grids, kind) for kind in KINDS.values()):
        told = ", ".join(KINDS)
        raise BadInput(
            "UNKNOWN_SHEET", f"what kind of sheet this is cannot be told by its header; there are {told}", ("kind",)
        )
    kind = KINDS[wanted] if wanted else min(KINDS.values(), key=lambda one: len(missing_columns(grids, one.columns)))
    missing = ", ".join(f"{column.zh} {column.name}" for column in missing_columns(grids, kind.columns))
    raise BadInput(
        "UNKNOWN_SHEET", f"no worksheet has a header with the columns of {kind.name}; missing: {missing}", ("kind",)
    )


def _begun(grids: Sequence[Grid], kind: SheetKind) -> bool:
    """Whether some row has at least one of the columns that a kind needs: then it is told what the rest are."""
    return len(missing_columns(grids, kind.columns)) < sum(column.required for column in kind.columns)


class _Run:
    """One attempt: every row decided on what the record holds now."""

    def __init__(
        self, desk: Desk, actor: Actor, asked: Asked, kind: SheetKind, tables: list[Table], problems: Problems
    ) -> None:
        record = desk.record
        digest = hashlib.sha256(asked.content).hexdigest()
        self._kind, self._tables, self._problems = kind, tables, problems
        self._file = file_name(asked.file)
        meta = Metadata(
            decided_at=record.clock.now(),
            actor=desk.acting(actor),
            correlation_id=record.ids.uuid(),
            # The same file on the same record is the same command.
            command_id=f"import:{kind.name}:{digest[:32]}:{record.head.position}",
            reason=asked.reason or None,
            basis=Basis.STATED,
            clock=record.clock.basis,
        )
        self._desk = desk
        self._together = Together(desk)
        self._importing = Importing(self._together, meta, kind.name, self._file, asked.correct, problems)
        self._hash = hashlib.sha256(f"{kind.name}\0{asked.correct}\0{asked.reason}\0{digest}".encode()).digest()

    def decide(self) -> Report:
        """Decide on every row; the report says what would be recorded."""
        problems, outcomes = self._problems, Counter[Outcome]()
        self._kind.check(self._importing, self._tables)
        rows = [row for table in self._tables for row in table.rows]
        for row in self._kind.ordered([row for row in rows if row.good]):
            try:
                outcomes[self._kind.act(self._importing, row)] += 1
            except Wrong as wrong:
                problems.add(row.place(wrong.column), wrong)
            except Refusal as refusal:
                place = row.place_of(self._kind.places.get(refusal.code), refusal.facts)
                problems.add(place, refusal, self._desk.unit_names(refusal.unit_codes))
            except BadInput as error:
                problems.add(row.place_of(self._kind.places.get(error.code), dict.fromkeys(error.path)), error)
        return Report(
            kind=self._kind.name,
            file=self._file,
            rows=len(rows),
            totals=sum(len(table.totals) for table in self._tables),
            new=outcomes[Outcome.NEW],
            same=outcomes[Outcome.SAME],
            corrected=outcomes[Outcome.CORRECTED],
            events=self._together.decided,
            problems=problems.found,
            more_problems=problems.more,
            notes=problems.notes,
        )

    def record(self, report: Report) -> None:
        """Record all of it in one append. StreamMoved, KeyTaken where somebody was faster."""
        meta = self._importing.meta
        assert meta.command_id is not None
        done = self._together.record_all(CommandKey(meta.actor.subject, meta.command_id, self._hash))
        report.recorded, report.first, report.last = True, done.first, done.last
