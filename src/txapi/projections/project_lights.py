"""The light 灯 of a project and its state by valid time, judged by the rules on what the rows say."""

from __future__ import annotations

from collections.abc import Iterable

from txapi.domain.dates import start_of
from txapi.domain.labels import Label
from txapi.domain.light import Light, LightVerdict
from txapi.domain.project import Project
from txapi.domain.project.light import light, signs_of
from txapi.projections.moment import Reader
from txapi.projections.project_rows import LeaderRow, MilestoneRow, ProjectRow
from txapi.projections.references import thresholds_at

_NO_THRESHOLDS = Label(zh="尚未采用阈值", en="no thresholds were adopted")


def state_of(row: ProjectRow, milestones: Iterable[MilestoneRow], leaders: Iterable[LeaderRow]) -> Project:
    """As much of the project's state as valid time decides on, so that the rules can be asked about any day."""
    project = Project(row.entity_id)
    project.kind = row.kind
    project.condition = row.condition
    project.introduced_on = row.introduced_on
    project.changed_at = start_of(row.signs.news_on) if row.signs.news_on else None
    project.milestones = tuple(milestone.known() for milestone in milestones)
    project.leaders = tuple(term.known() for term in leaders)
    return project


def light_of(reader: Reader, row: ProjectRow, state: Project | None) -> LightVerdict:
    """The light at the moment. `state` is needed where the moment has a valid date; else the row's signs decide."""
    thresholds = thresholds_at(reader)
    if thresholds is None:
        return LightVerdict(Light.GREY, _NO_THRESHOLDS)
    valid_on = reader.moment.valid_on
    signs = row.signs if valid_on is None or state is None else signs_of(state, valid_on)
    return light(signs, reader.moment.day, thresholds)
