"""Milestones 节点 of a project and their forecasts; the stage 阶段 is derived from those that were reached."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from txapi.domain.dates import PartialDate, day_of
from txapi.domain.editions import MilestoneKind, MilestoneTemplate, ProjectKind
from txapi.domain.errors import Refusal
from txapi.domain.facts import must_have_happened
from txapi.domain.labels import label_of
from txapi.domain.project.base import ProjectBase, ProjectFact, Stated, optional_text

if TYPE_CHECKING:
    from txapi.domain.event import Metadata
    from txapi.domain.reference import References


class MilestoneRefusal(Refusal):
    """Base of the refusals that speak of a milestone."""

    en = "The milestone {milestone} is not possible."
    zh = "节点“{milestone}”不可用。"

    def said(self, lang: str) -> dict[str, Any]:
        return {
            name: label_of(MilestoneKind(value)).text(lang) if name in {"milestone", "other"} else value
            for name, value in self.facts.items()
        }


class MilestoneIsNotInTheTemplate(MilestoneRefusal):
    """A kind of project passes the milestones of its template only."""

    en = "A project of this kind does not pass the milestone {milestone} (template {template})."
    zh = "该类项目的节点模板（{template}）不含“{milestone}”。"


class MilestoneAlreadyReached(MilestoneRefusal):
    """A milestone is reached once; a wrong date is corrected."""

    en = "The milestone {milestone} was reached already; correct event {version} instead."
    zh = "节点“{milestone}”已完成；如有误，请更正第{version}号事件。"


class MilestoneOutOfOrder(MilestoneRefusal):
    """Breaking the order of the template needs a reason."""

    en = "{milestone} comes after {other} in the template, which was not reached before; that needs a reason."
    zh = "按模板，“{milestone}”应在“{other}”之后；提前完成须说明理由。"


class ForecastLiesBehind(MilestoneRefusal):
    """A forecast that lies wholly in the past forecasts nothing."""

    en = "A forecast for {milestone} that ended on {latest} lies before {today}."
    zh = "节点“{milestone}”的预计时间（至{latest}）早于{today}。"


class Forecast(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """When a milestone was expected, said at some time; kept for ever beside what came."""

    on: PartialDate
    stated: Stated
    note: str | None = None


class Milestone(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One milestone: when it was reached, if it was, and every forecast in the order of saying.

    `rank` is its place in the usual order of the template. `actual` is capped at the day of its recording. `skipped`
    names the milestones that should have come before it and had not. `final` says that the project is finished with it.
    """

    kind: MilestoneKind
    rank: int = 0
    actual: PartialDate | None = None
    stated: Stated | None = None
    evidence: str | None = None
    note: str | None = None
    skipped: tuple[MilestoneKind, ...] = ()
    final: bool = False
    forecasts: tuple[Forecast, ...] = ()

    def reached_by(self, valid_on: date | None = None) -> bool:
        """Whether it was certainly reached by the end of that day; None: by now."""
        return self.actual is not None and (valid_on is None or self.actual.reached_by(valid_on))

    def slipped_days(self, valid_on: date | None = None) -> int | None:
        """By how many days the actual, or else the latest forecast, is later than the first; last day to last day.

        Negative: earlier. None where there was no forecast, or one without a last day.
        """
        if not self.forecasts:
            return None
        first = self.forecasts[0].on.latest
        now = self.actual if self.reached_by(valid_on) else self.forecasts[-1].on
        if first is None or now is None or now.latest is None:
            return None
        return (now.latest - first).days


class Milestones(ProjectBase):
    """The commands that tell how far a project has come, and how far it will be when."""

    def _blank(self) -> None:
        super()._blank()
        self.milestones: tuple[Milestone, ...] = ()
        """Those reached or forecast, in the usual order."""

    # -- what can be asked -------------------------------------------------------------------------------------------

    def milestone(self, kind: MilestoneKind) -> Milestone:
        """What is known of that milestone."""
        return next((one for one in self.milestones if one.kind is kind), Milestone(kind))

    def reached(self, valid_on: date | None = None) -> list[Milestone]:
        """The milestones that were certainly reached by the end of that day, in the usual order."""
        return [milestone for milestone in self.milestones if milestone.reached_by(valid_on)]

    def stage(self, valid_on: date | None = None) -> MilestoneKind:
        """The last milestone reached by that day in the usual order; LEAD 在谈 where none was."""
        reached = self.reached(valid_on)
        return reached[-1].kind if reached else MilestoneKind.LEAD

    def finished(self, valid_on: date | None = None) -> bool:
        """Whether the milestone with which a project of its kind is finished was reached by that day."""
        return any(milestone.final for milestone in self.reached(valid_on))

    def next_forecast(self, valid_on: date | None = None) -> Milestone | None:
        """The milestone that is forecast to come next and was not reached by that day: the earliest last day."""
        ahead = [one for one in self.milestones if one.forecasts and not one.reached_by(valid_on)]
        return min(ahead, key=lambda one: one.forecasts[-1].on.latest or date.max, default=None)

    def _put(self, milestone: Milestone) -> None:
        others = [one for one in self.milestones if one.kind is not milestone.kind]
        self.milestones = tuple(sorted([*others, milestone], key=lambda one: one.rank))

    # -- events ------------------------------------------------------------------------------------------------------

    class MilestoneReached(ProjectFact, frozen=True, kw_only=True, omit_defaults=True):
        """A milestone was reached, on a day known more or less precisely.

        `template` is the edition whose order was asked, `rank` the place there, `skipped` what should have come before
        and had not.
        """

        TOPIC = "project.milestone_reached"
        SUBJECT = ("kind", "template", "rank", "skipped", "final")

        kind: MilestoneKind
        on: PartialDate
        template: str
        rank: int
        skipped: tuple[MilestoneKind, ...] = ()
        final: bool = False
        evidence: str | None = None
        note: str | None = None

        def must_hold(self, decided_at: datetime) -> None:
            must_have_happened(self.on, decided_at)

        def apply(self, project: Milestones) -> None:
            known = project.milestone(self.kind)
            project._put(
                msgspec.structs.replace(
                    known,
                    rank=self.rank,
                    actual=project._happened(self.on, self),
                    stated=project._stated(self),
                    evidence=self.evidence,
                    note=self.note,
                    skipped=self.skipped,
                    final=self.final,
                )
            )

    class MilestoneForecast(ProjectFact, frozen=True, kw_only=True, omit_defaults=True):
        """Somebody said when a milestone will be reached."""

        TOPIC = "project.milestone_forecast"
        SUBJECT = ("kind", "rank")

        kind: MilestoneKind
        on: PartialDate
        rank: int
        note: str | None = None

        def must_hold(self, decided_at: datetime) -> None:
            # A corrected forecast is judged by the day on which it was made, not by the day of its correction.
            today = day_of(self.meta.decided_at)
            if self.on.latest is not None and self.on.latest < today:
                raise ForecastLiesBehind(
                    milestone=self.kind.value, latest=self.on.latest.isoformat(), today=today.isoformat()
                )

        def apply(self, project: Milestones) -> None:
            known = project.milestone(self.kind)
            forecast = Forecast(self.on, project._stated(self), self.note)
            project._put(msgspec.structs.replace(known, rank=self.rank, forecasts=(*known.forecasts, forecast)))

    # -- commands ----------------------------------------------------------------------------------------------------

    def reach_milestone(
        self,
        meta: Metadata,
        *,
        kind: MilestoneKind,
        on: PartialDate,
        references: References,
        evidence: str | None = None,
        note: str | None = None,
    ) -> None:
        """Record that a milestone was reached, which cannot lie ahead.

        Where one that comes before it by the template was not reached, or only later, a reason is needed; once it was
        given for a milestone that was skipped, what follows needs none for that one.
        """
        self._may_reach_milestone(meta)
        template = self._template(kind, references)
        self._must_be_open(kind)
        must_have_happened(on, meta.decided_at)
        skipped = self._out_of_order(kind, on, template)
        if skipped and not meta.reason:
            raise MilestoneOutOfOrder(milestone=skipped[0][0].value, other=skipped[0][1].value)
        self._state(
            self.MilestoneReached,
            meta,
            kind=kind,
            on=on,
            template=references.milestones.edition,
            rank=template.milestones.index(kind),
            skipped=tuple(earlier for later, earlier in skipped if later is kind),
            final=_is_final(kind, template),
            evidence=optional_text(evidence, "evidence"),
            note=optional_text(note, "note"),
        )

    def _may_reach_milestone(self, meta: Metadata) -> None:
        self._may(meta, "reach_milestone")
        self._must_not_be_terminated()

    def forecast_milestone(
        self, meta: Metadata, *, kind: MilestoneKind, on: PartialDate, references: References, note: str | None = None
    ) -> None:
        """Say when a milestone will be reached. Earlier forecasts stay, and so does this one when it is reached."""
        self._may_forecast_milestone(meta)
        template = self._template(kind, references)
        self._must_be_open(kind)
        rank = template.milestones.index(kind)
        self._state(self.MilestoneForecast, meta, kind=kind, on=on, rank=rank, note=optional_text(note, "note"))

    def _may_forecast_milestone(self, meta: Metadata) -> None:
        self._may(meta, "forecast_milestone")
        self._must_not_be_terminated()

    # -- rules -------------------------------------------------------------------------------------------------------

    def _template(self, kind: MilestoneKind, references: References) -> MilestoneTemplate:
        templates = references.milestones
        template = templates.of(self.kind or ProjectKind.NEW_BUILD)
        if kind not in template.milestones:
            raise MilestoneIsNotInTheTemplate(milestone=kind.value, template=templates.edition)
        return template

    def _must_be_open(self, kind: MilestoneKind) -> None:
        stated = self.milestone(kind).stated
        if stated is not None:
            raise MilestoneAlreadyReached(milestone=kind.value, version=stated.version)

    def _out_of_order(
        self, kind: MilestoneKind, on: PartialDate, template: MilestoneTemplate
    ) -> list[tuple[MilestoneKind, MilestoneKind]]:
        """The pairs (later, earlier) of the template that reaching this milestone on that date breaks."""
        broken: list[tuple[MilestoneKind, MilestoneKind]] = []
        before = template.before(kind)
        # What a milestone in between skipped was given its reason then; nobody gives it again for each that follows.
        excused = {skipped for reached in self.reached() if reached.kind in before for skipped in reached.skipped}
        for earlier in sorted(before, key=template.milestones.index):
            actual = self.milestone(earlier).actual
            if (actual is None and earlier not in excused) or (actual is not None and _surely_before(on, actual)):
                broken.append((kind, earlier))
        for reached in self.reached():
            # Where the later one was reached without this one, the reason was given then.
            follows = kind in template.before(reached.kind) and kind not in reached.skipped
            if follows and reached.actual is not None and _surely_before(reached.actual, on):
                broken.append((reached.kind, kind))
        return broken


def _surely_before(one: PartialDate, other: PartialDate) -> bool:
    """Whether one date certainly lies before the other; overlapping dates may have either order."""
    return one.latest is not None and other.earliest is not None and one.latest < other.earliest


def _is_final(kind: MilestoneKind, template: MilestoneTemplate) -> bool:
    """Whether a project is finished with this milestone: in production, or else the last of its template."""
    last = template.milestones[-1]
    if MilestoneKind.IN_PRODUCTION in template.milestones:
        last = MilestoneKind.IN_PRODUCTION
    return template.milestones.index(kind) >= template.milestones.index(last)
