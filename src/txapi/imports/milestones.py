"""Milestones 节点 from a sheet: when a project reached one, or when it is expected to."""

from __future__ import annotations

from typing import Any

import msgspec

from txapi.application.projects import correct_project, forecast_milestone, reach_milestone
from txapi.domain.dates import PartialDate, day_of
from txapi.domain.editions import MilestoneKind
from txapi.domain.labels import Label, label_of
from txapi.domain.project import Project
from txapi.domain.project.description import CODE_KEY
from txapi.domain.project.milestones import Milestone
from txapi.imports import columns as reading
from txapi.imports.columns import Column
from txapi.imports.kind import Importing, Lists, Outcome, SheetKind
from txapi.imports.rows import Row
from txapi.imports.wrong import Wrong

_milestone = reading.one_of(MilestoneKind, "UNKNOWN_MILESTONE", "there is no milestone {given}")

COLUMNS = (
    Column("project", "项目代码", "项目代码", "The code of the project.", reading.code, required=True),
    Column("milestone", "节点", "节点名称或代码", "The milestone, by its name or code.", _milestone, required=True),
    Column(
        "reached", "完成时间", "如 2015-05-28、2015年5月底", "When it was reached, as precisely as is known.",
        reading.partial_date,
    ),
    Column(
        "forecast", "预计时间", "尚未完成的节点填预计时间", "When it is expected, if it was not reached yet.",
        reading.partial_date,
    ),
    Column("evidence", "依据", "文号等", "What proves it: the number of a permit.", reading.text),
    Column("note", "备注", "备注", "Anything else.", reading.text),
    Column("reason", "说明", "提前完成或更正时须说明", "Why; needed where the usual order is broken.", reading.text),
)  # fmt: skip


def act(importing: Importing, row: Row) -> Outcome:
    """Record what a row says of a milestone, or find it recorded, or correct what was."""
    if row["reached"] is None and row["forecast"] is None:
        raise Wrong("NO_DATE", "give the date when it was reached, or is expected", "reached")
    id = importing.desk.record.owner_of_key(CODE_KEY, row["project"])
    if id is None:
        raise Wrong("UNKNOWN_PROJECT", "there is no project {given}", "project", given=row["project"])
    outcomes = []
    # The forecast goes first: afterwards the milestone is reached, and nobody forecasts it any more.
    if row["forecast"] is not None:
        outcomes.append(_forecast(importing, row, importing.desk.load(Project, id)))
    if row["reached"] is not None:
        outcomes.append(_reach(importing, row, importing.desk.load(Project, id)))
    return next((one for one in outcomes if one is not Outcome.SAME), Outcome.SAME)


def _forecast(importing: Importing, row: Row, project: Project) -> Outcome:
    on: PartialDate = row["forecast"]
    if any(_same(forecast.on, on) for forecast in project.milestone(row["milestone"]).forecasts):
        return Outcome.SAME
    forecast_milestone(
        importing.desk,
        importing.order(row, row["reason"]),
        project=project.id,
        kind=row["milestone"],
        on=on,
        note=row["note"],
    )
    return Outcome.NEW


def _reach(importing: Importing, row: Row, project: Project) -> Outcome:
    on: PartialDate = row["reached"]
    known: Milestone = project.milestone(row["milestone"])
    order = importing.order(row, row["reason"])
    if known.actual is None or known.stated is None:
        reach_milestone(
            importing.desk,
            order,
            project=project.id,
            kind=row["milestone"],
            on=on,
            evidence=row["evidence"],
            note=row["note"],
        )
        return Outcome.NEW
    said_on = day_of(known.stated.decided_at)
    if _same(known.actual, on) or (not on.begins_after(said_on) and _same(known.actual, on.capped(said_on))):
        return Outcome.SAME
    importing.must_correct(
        "reached",
        (
            "this milestone was reached on {before}, and this row says {here};"
            " to correct it, import with --correct and --reason"
        ),
        before=_both(known.actual),
        here=_both(on),
    )
    fields = {"on": msgspec.to_builtins(on)}
    correct_project(importing.desk, order, project=project.id, corrects=known.stated.version, fields=fields)
    return Outcome.CORRECTED


def _same(one: PartialDate, other: PartialDate) -> bool:
    """Whether two dates are the same days, however they were printed."""
    return msgspec.structs.replace(one, printed=None) == msgspec.structs.replace(other, printed=None)


def _both(on: PartialDate) -> Label:
    """A date as people read it in both languages."""
    return Label(zh=on.text("zh"), en=on.text())


def lists(of: Any) -> Lists:
    """The projects, and the milestones that any of them passes."""
    return {"project": of.projects, "milestone": [(label_of(kind).zh, kind.value) for kind in MilestoneKind]}


MILESTONES = SheetKind(
    "milestones",
    Label(zh="项目节点", en="milestones"),
    Label(zh="一行一个项目的一个节点：完成时间或预计时间。", en="One row for each milestone of a project."),
    COLUMNS,
    act,
    {"milestone": "开工", "reached": "2015-05-28", "evidence": "施工许可证"},
    lists,
    {"FactLiesAhead": "reached", "ForecastLiesBehind": "forecast"},
)
