"""A city with projects, their milestones and one supervision list, for asking about days of the past."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from tests.city import ADMINISTRATOR, SUPERVISOR, City, like
from txapi.application import projects, supervision
from txapi.application.references import adopt_edition
from txapi.datasets.references import bundled_references
from txapi.domain.dates import PartialDate
from txapi.domain.editions import Duty, EditionKind, MilestoneKind, ProjectKind
from txapi.domain.labels import Label

NEEDED = (
    EditionKind.THRESHOLDS,
    EditionKind.COUNTING_RULE,
    EditionKind.MILESTONE_TEMPLATES,
    EditionKind.UNITS_OF_MEASURE,
)


def founded(folder: Path, start: str = "2015-02-01T09:00") -> City:
    """The city with what decides about projects, and none of them yet."""
    return like(folder, _founded, start)


def _founded(folder: Path, start: str) -> City:
    city = City(folder, start)
    for edition in bundled_references(lambda year: False):
        if edition.kind in NEEDED:
            adopt_edition(city.desk, city.order(ADMINISTRATOR), **edition._asdict())
    return city


def introduce(city: City, code: str) -> str:
    """A project."""
    order = city.order(SUPERVISOR)
    return projects.introduce_project(city.desk, order, code=code, name=code, kind=ProjectKind.NEW_BUILD).id


def start(city: City, project: str, on: str) -> int:
    """It started on that day; the position of the event."""
    return _reach(city, project, MilestoneKind.STARTED, on)


def _reach(city: City, project: str, kind: MilestoneKind, on: str) -> int:
    order = city.order(SUPERVISOR, reason="as the test says")
    return projects.reach_milestone(city.desk, order, project=project, kind=kind, on=PartialDate.from_text(on)).last


def forecast_start(city: City, project: str, on: str) -> int:
    """It is to start on that day; the position of the event."""
    when = PartialDate.from_text(on)
    order = city.order(SUPERVISOR, reason="as the test says")
    return projects.forecast_milestone(city.desk, order, project=project, kind=MilestoneKind.STARTED, on=when).last


def correct(city: City, project: str, corrects: int, fields: dict[str, Any] | None, reason: str) -> int:
    """A correction of the event with that number in the project's stream; its position."""
    order = city.order(SUPERVISOR, reason=reason)
    return projects.correct_project(city.desk, order, project=project, corrects=corrects, fields=fields).last


def open_list(city: City, count: int | None = None) -> str:
    """A list of starts, said to have so many members."""
    programme = Label(zh="开工督查", en="supervision of starts")
    id = supervision.open_supervision_list(
        city.desk, city.order(SUPERVISOR), programme=programme, duty=Duty.COMMENCEMENT, year=2015
    ).id
    if count is not None:
        supervision.state_supervision_count(city.desk, city.order(SUPERVISOR), supervision_list=id, count=count)
    return id


def enter(city: City, project: str, list_id: str, on: str, due: str = "2015-09-30") -> int:
    """The project is on the list since that day; the position of the event."""
    return projects.enter_list(
        city.desk,
        city.order(SUPERVISOR),
        project=project,
        supervision_list=list_id,
        on=PartialDate.from_text(on),
        due=date.fromisoformat(due),
    ).last


def leave(city: City, project: str, list_id: str, on: str, reason: str) -> int:
    """It is off the list since that day, for a reason; the position of the event."""
    order = city.order(SUPERVISOR, reason=reason)
    return projects.leave_list(
        city.desk, order, project=project, supervision_list=list_id, on=PartialDate.from_text(on)
    ).last
