"""The light 灯 of a project: what a day, the forecasts, the leader and the silence about it say by the thresholds."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import msgspec

from txapi.domain.dates import day_of, start_of
from txapi.domain.editions import MilestoneKind, Thresholds
from txapi.domain.labels import Label, label_of
from txapi.domain.light import Light, LightVerdict, worst
from txapi.domain.project.base import ProjectCondition

if TYPE_CHECKING:
    from txapi.domain.project.project import Project


class Expectation(msgspec.Struct, frozen=True, gc=False):
    """A forecast that is not met yet: by its last day the milestone should come; `first` is what was said at first."""

    kind: MilestoneKind
    last_day: date
    first_last_day: date | None = None

    def late_days(self, today: date) -> int:
        """By how many days it has passed, or was put off since it was first said; 0 or less where it is in time."""
        return (max(today, self.last_day) - self.counted_from).days

    @property
    def counted_from(self) -> date:
        """The day from which lateness counts: the first forecast, or a later one that was brought forward."""
        return min(self.last_day, self.first_last_day or self.last_day)


class Signs(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a project's light is judged by. `news_on` is the day on which somebody last recorded something."""

    condition: ProjectCondition
    finished: bool
    stage: MilestoneKind
    expectations: tuple[Expectation, ...]
    leaderless_since: date | None
    news_on: date | None


def signs_of(project: Project, valid_on: date) -> Signs:
    """The signs of a project as its state shows them for that day."""
    return Signs(
        condition=project.condition,
        finished=project.finished(valid_on),
        stage=project.stage(valid_on),
        expectations=tuple(
            Expectation(one.kind, last, one.forecasts[0].on.latest)
            for one in project.milestones
            if one.forecasts and not one.reached_by(valid_on) and (last := one.forecasts[-1].on.latest) is not None
        ),
        leaderless_since=project.leaderless_since(valid_on),
        news_on=day_of(project.changed_at) if project.changed_at else None,
    )


def light(signs: Signs, today: date, thresholds: Thresholds) -> LightVerdict:
    """The light on a day in Shanghai: the worst sign leads.

    Terminated is grey, suspended red, finished green. Otherwise a forecast that has passed or was put off by so many days,
    so many days without a leading official, and so many days without news decide, each as the thresholds say.
    """
    if signs.condition is ProjectCondition.TERMINATED:
        return LightVerdict(Light.GREY, label_of(ProjectCondition.TERMINATED))
    if signs.condition is ProjectCondition.SUSPENDED:
        return LightVerdict(Light.RED, label_of(ProjectCondition.SUSPENDED))
    if signs.finished:
        return LightVerdict(Light.GREEN, label_of(signs.stage))
    expectations = sorted(signs.expectations, key=lambda expected: expected.counted_from)
    verdicts = [_of_expectation(expected, today, thresholds) for expected in expectations]
    if signs.leaderless_since is not None:
        verdicts.append(_of_no_leader(signs.leaderless_since, today, thresholds))
    if signs.news_on is not None:
        verdicts.append(_of_silence(signs.news_on, today, thresholds))
    return worst([*verdicts, LightVerdict(Light.GREEN, _ON_COURSE, thresholds.edition)])


_ON_COURSE = Label(zh="正常推进", en="on course")


def _of_expectation(expected: Expectation, today: date, thresholds: Thresholds) -> LightVerdict:
    late = expected.late_days(today)
    milestone = label_of(expected.kind)
    because = Label(zh=f"“{milestone.zh}”已逾期或推迟{late}日", en=f"{milestone.en}: overdue or put off by {late} days")
    # A forecast is in time on its day, so that a threshold of 0 days reads as 1.
    steps = {
        Light.YELLOW: max(thresholds.slip_days_yellow.value, 1),
        Light.RED: max(thresholds.slip_days_red.value, 1),
    }
    return _stepped(late, expected.counted_from, steps, because, thresholds)


def _of_no_leader(since: date, today: date, thresholds: Thresholds) -> LightVerdict:
    days = (today - since).days
    because = Label(zh=f"无领衔领导{days}日", en=f"no leading official for {days} days")
    return _stepped(days, since, {Light.YELLOW: thresholds.no_leader_days_yellow.value}, because, thresholds)


def _of_silence(since: date, today: date, thresholds: Thresholds) -> LightVerdict:
    days = (today - since).days
    because = Label(zh=f"{days}日无进展记录", en=f"no news for {days} days")
    return _stepped(days, since, {Light.YELLOW: thresholds.quiet_days_yellow.value}, because, thresholds)


def _stepped(
    days: int, counted_from: date, steps: dict[Light, int], because: Label, thresholds: Thresholds
) -> LightVerdict:
    """The highest step that the count of days has reached, and the instant at which it reaches the next."""
    reached = [colour for colour, limit in steps.items() if days >= limit]
    ahead = [start_of(counted_from + timedelta(days=limit)) for limit in steps.values() if days < limit]
    return LightVerdict(
        reached[-1] if reached else Light.GREEN,
        because if reached else _ON_COURSE,
        thresholds.edition,
        min(ahead, default=None),
    )
