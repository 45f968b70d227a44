"""A town of projects and targets, with land, lists and groups, and corrections of corrections of everything."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from tests.application.any_town import AnyTown, few, nth_of, reasons, seeds, whom
from tests.application.town import ANYBODY, CODES, DOCUMENT, REASON
from tests.city import LEADER, SECRETARY, SUPERVISOR, clerk
from txapi.application import companies, groups, parcels, projects, supervision, targets
from txapi.application.desk import Done
from txapi.domain.dates import PartialDate
from txapi.domain.editions import Duty, MilestoneKind, ProjectKind
from txapi.domain.event import Actor
from txapi.domain.group import GroupKind
from txapi.domain.labels import Label
from txapi.domain.money import Money, MoneyUnit
from txapi.domain.official import Official
from txapi.domain.pace import Figure, Goal
from txapi.domain.quantity import Quantity

Tell = Callable[["ProjectTown", int, int], tuple[Callable[..., Done], Actor, dict[str, Any], str, dict[str, Any]]]
"""From the town, which one of several, and how many days ago: command, actor, input, and what the book keeps of it."""

MILESTONES = [
    MilestoneKind.SIGNED,
    MilestoneKind.LAND_AWARDED,
    MilestoneKind.APPROVED,
    MilestoneKind.STARTED,
    MilestoneKind.COMPLETED,
    MilestoneKind.IN_PRODUCTION,
]
LEADERS = ("盛勇军", "沈根富", "吴利民")


def _member(command: Callable[..., Done], name: str, what: str, right: Actor | None, nouns: str) -> Tell:
    def tell(town: ProjectTown, n: int, back: int) -> tuple[Callable[..., Done], Actor, dict[str, Any], str, Any]:
        of = nth_of(getattr(town, nouns) or ["nothing"], n)
        given: dict[str, Any] = {name: of, "on": town.day(back)}
        return command, right or clerk(CODES[0]), given, what, {"of": of}

    return tell


TELLS: dict[str, Tell] = {
    "reached": lambda town, n, back: (
        projects.reach_milestone, clerk(CODES[0]), {"kind": MILESTONES[n], "on": town.day(back)},
        "reached", {"kind": MILESTONES[n].value, "on": town.town.today - timedelta(days=back)}),
    "forecast": lambda town, n, back: (
        projects.forecast_milestone, clerk(CODES[0]), {"kind": MILESTONES[n], "on": town.day(-30 * back)}, "", {}),
    "leader": lambda town, n, back: (
        projects.assign_leader, SUPERVISOR,
        {"official": Official(LEADERS[n % 3]), "on": town.town.today - timedelta(days=back)},
        "leader", {"name": LEADERS[n % 3]}),
    "no leader": lambda town, n, back: (projects.release_leader, SECRETARY, {}, "leader", {"name": None}),
    "agent": lambda town, n, back: (
        projects.assign_agent, clerk(CODES[0]),
        {"official": Official(LEADERS[n % 3]), "unit": CODES[0], "scope": MILESTONES[: 1 + n % 2]}, "", {}),
    "no agent": lambda town, n, back: (projects.release_agent, clerk(CODES[0]), {"assigned": 2 + n}, "", {}),
    "investment": lambda town, n, back: (
        projects.set_investment, clerk(CODES[0]), {"total": Money(Decimal(n), MoneyUnit.YI_YUAN)}, "", {}),
    "increase": lambda town, n, back: (
        projects.increase_capital, clerk(CODES[0]),
        {"on": town.day(back), "add_total": Money(Decimal(n + 1), MoneyUnit.WAN_USD)}, "", {}),
    "paid in": lambda town, n, back: (
        projects.pay_in, clerk(CODES[0]),
        {"amount": Money(Decimal(n), MoneyUnit.WAN_YUAN), "through": town.town.today - timedelta(days=back)}, "", {}),
    "output": lambda town, n, back: (
        projects.forecast_output, clerk(CODES[0]),
        {"label": Label(zh="发电", en="power"), "quantity": Quantity(Decimal(n), "wan_kwh")}, "", {}),
    "measured": lambda town, n, back: (
        projects.measure_output, clerk(CODES[0]),
        {"label": Label(zh="发电", en="power"), "quantity": Quantity(Decimal(n), "kwh"), "on": town.day(back)}, "", {}),
    "suspended": lambda town, n, back: (projects.suspend_project, LEADER, {}, "", {}),
    "resumed": lambda town, n, back: (projects.resume_project, LEADER, {}, "", {}),
    "terminated": lambda town, n, back: (
        (projects.terminate_project if n == 0 else projects.resume_project), LEADER, {}, "", {}),
    "amended": lambda town, n, back: (
        projects.amend_project, clerk(CODES[0]), {"name": f"项目{n}", "location": None if n == 5 else "开发区"}, "", {}),
    "moved": lambda town, n, back: (projects.amend_project, SUPERVISOR, {"unit": CODES[n % 2]}, "", {}),
    "into list": _member(projects.enter_list, "supervision_list", "into list", SUPERVISOR, "lists"),
    "out of list": _member(projects.leave_list, "supervision_list", "out of list", SUPERVISOR, "lists"),
    "into group": _member(projects.join_group, "group", "into group", None, "groups"),
    "out of group": _member(projects.leave_group, "group", "out of group", None, "groups"),
    "into parcel": _member(projects.attach_parcel, "parcel", "into parcel", None, "parcels"),
    "out of parcel": _member(projects.detach_parcel, "parcel", "out of parcel", None, "parcels"),
}  # fmt: skip

LAND = (
    parcels.list_parcel,
    parcels.award_parcel,
    parcels.put_parcel_to_use,
    parcels.mark_parcel_underused,
    parcels.mark_parcel_idle,
    parcels.reuse_parcel,
)


class ProjectTown(AnyTown):
    """Projects, targets, land, lists and groups, and corrections of everything, and corrections of corrections."""

    @initialize(seed=seeds, commands=st.integers(20, 60))
    def begin(self, seed: int, commands: int) -> None:
        self.projects: list[str] = []
        self.targets: list[tuple[str, str]] = []
        self.parcels: list[str] = []
        self.lists: list[str] = []
        self.groups: list[str] = []
        self.companies = list(self.town.record.streams_between("company", 0, self.town.book.before))
        self.busy_weeks_pass(seed, commands)

    # -- projects ----------------------------------------------------------------------------------------------

    @rule(code=few, kind=st.sampled_from(ProjectKind), who=whom)
    def a_project_is_introduced(self, code: int, kind: ProjectKind, who: str) -> None:
        owner = nth_of(self.companies, code)
        done = self.town.give(
            projects.introduce_project,
            self.actor(who, clerk(CODES[0])),
            code=f"P-{code}",
            name=f"项目{code}",
            kind=kind,
            unit=CODES[0],
            owner=owner,
        )
        if done:
            self.projects.append(done.id)

    @precondition(lambda self: self.projects)
    @rule(nth=few, what=st.sampled_from(sorted(TELLS)), n=few, back=st.integers(0, 40), who=whom, reason=reasons)
    def something_is_told_of_a_project(self, nth: int, what: str, n: int, back: int, who: str, reason: Any) -> None:
        self.tell(nth_of(self.projects, nth), what, n, back, who, reason)

    @precondition(lambda self: self.projects)
    @rule(nth=few, told=st.lists(st.tuples(st.sampled_from(sorted(TELLS)), few), min_size=2, max_size=6))
    def much_is_told_of_a_project(self, nth: int, told: list[tuple[str, int]]) -> None:
        for what, n in told:
            self.tell(nth_of(self.projects, nth), what, n, 6 - n, "right", REASON)

    def tell(self, project: str, what: str, n: int, back: int, who: str, reason: str | None) -> None:
        """Tell something of a project, and keep in the book what was acknowledged."""
        command, right, given, fact, values = TELLS[what](self, n, back)
        done = self.town.give(command, self.actor(who, right), reason=reason, project=project, **given)
        if done and fact:
            self.town.book.tell(done, fact, **values)

    @precondition(lambda self: self.projects)
    @rule(nth=few, of=st.integers(1, 30), back=st.integers(0, 60), retract=st.booleans(), who=whom)
    def a_fact_of_a_project_is_corrected(self, nth: int, of: int, back: int, retract: bool, who: str) -> None:
        project = nth_of(self.projects, nth)
        corrects = 1 + of % (self.town.book.versions[project] + 1)
        day = self.town.today - timedelta(days=back)
        plain = any(one.version == corrects and one.what == "leader" for one in self.town.book.told.get(project, []))
        on: Any = day.isoformat() if plain else msgspec.to_builtins(PartialDate.day(day))
        done = self.town.give(
            projects.correct_project,
            self.actor(who, SUPERVISOR),
            project=project,
            corrects=corrects,
            fields=None if retract else {"on": on},
        )
        if done:
            self.town.book.correct(done, corrects, None if retract else {"on": day})

    @rule(seed=seeds, commands=st.integers(20, 60))
    def busy_weeks_pass(self, seed: int, commands: int) -> None:
        chance = random.Random(seed)
        for _ in range(commands):
            chance.choice(self.possible(chance))()

    def possible(self, chance: random.Random) -> list[Callable[[], None]]:
        """What may happen next, the likelier the oftener it is listed."""
        n, nth, many = chance.randrange(6), chance.randrange(6), chance.randrange(900)
        who = "right" if chance.random() < 0.9 else chance.choice(sorted(ANYBODY))
        what, how, flip = chance.choice(sorted(TELLS)), chance.choice(["retract", "value", "day"]), many % 2 == 0
        steps: list[Callable[[], None]] = [
            lambda: self.town.wait(days=n),
            lambda: self.something_is_registered(n, who),
            lambda: self.a_target_is_set(n % 2, flip, n % 2, who),
        ]
        if len(self.projects) < 3:
            steps.append(lambda: self.a_project_is_introduced(many % 30, nth_of(list(ProjectKind), many), who))
        if self.projects:
            steps += [lambda: self.tell(nth_of(self.projects, nth), what, n, many % 30, who, REASON)] * 5
            steps += [lambda: self.a_fact_of_a_project_is_corrected(nth, many, many % 60, flip, who)] * 3
        if self.targets:
            steps += [lambda: self.a_goal_is_stated(nth, many, flip, who, REASON)]
            steps += [lambda: self.a_figure_is_reported(nth, many, 1 + many % 12, who, REASON)] * 3
            steps += [lambda: self.a_figure_is_corrected(nth, many, many, how)] * 3
        if self.parcels:
            steps.append(lambda: self.something_happens_to_land(nth, nth_of(LAND, n), many % 200, who))
            steps.append(lambda: self.a_register_is_amended_or_corrected(nth, 1 + many % 9, n, flip))
        return steps

    # -- targets -----------------------------------------------------------------------------------------------

    @rule(code=st.integers(0, 1), money=st.booleans(), years=st.integers(0, 1), who=whom)
    def a_target_is_set(self, code: int, money: bool, years: int, who: str) -> None:
        indicator = "FDI_ACTUAL" if money else "COMMENCEMENTS"
        year = self.town.today.year - years
        done = self.town.give(
            targets.set_target, self.actor(who, SUPERVISOR), indicator=indicator, unit=CODES[code], year=year
        )
        if done:
            self.targets.append((done.id, indicator))

    def figure(self, indicator: str, n: int) -> Figure:
        """A figure in what the indicator counts."""
        if indicator == "FDI_ACTUAL":
            return Figure(money=Money(Decimal(n), MoneyUnit.WAN_USD))
        return Figure(quantity=Quantity(Decimal(n), "project"))

    @precondition(lambda self: self.targets)
    @rule(nth=few, n=st.integers(0, 900), revise=st.booleans(), who=whom, reason=reasons)
    def a_goal_is_stated(self, nth: int, n: int, revise: bool, who: str, reason: str | None) -> None:
        target, indicator = nth_of(self.targets, nth)
        command = targets.revise_goal if revise else targets.state_goal
        goal = Goal(value=self.figure(indicator, n + 1))
        done = self.town.give(command, self.actor(who, SUPERVISOR), reason=reason, target=target, goal=goal)
        if done:
            self.town.book.tell(done, "goal", goal=n + 1)

    @precondition(lambda self: self.targets)
    @rule(nth=few, n=st.integers(0, 900), month=st.integers(1, 12), who=whom, reason=reasons)
    def a_figure_is_reported(self, nth: int, n: int, month: int, who: str, reason: str | None) -> None:
        target, indicator = nth_of(self.targets, nth)
        through = date(self.town.today.year, month, 28)
        done = self.town.give(
            targets.report_actual,
            self.actor(who, SUPERVISOR),
            reason=reason,
            target=target,
            through=through,
            value=self.figure(indicator, n),
        )
        if done:
            self.town.book.tell(done, "figure", through=through, value=n)

    @precondition(lambda self: self.targets)
    @rule(nth=few, of=st.integers(1, 30), n=st.integers(0, 900), how=st.sampled_from(["retract", "value", "day"]))
    def a_figure_is_corrected(self, nth: int, of: int, n: int, how: str) -> None:
        target, indicator = nth_of(self.targets, nth)
        corrects = 1 + of % (self.town.book.versions[target] + 1)
        day = date(self.town.today.year, 1 + n % 12, 15)
        fields = {"retract": None, "value": {"value": self.figure(indicator, n)}, "day": {"through": day}}[how]
        values = {"retract": None, "value": {"value": n}, "day": {"through": day}}[how]
        plain = None if fields is None else msgspec.to_builtins(fields)
        done = self.town.give(targets.correct_target, SUPERVISOR, target=target, corrects=corrects, fields=plain)
        if done:
            self.town.book.correct(done, corrects, values)

    # -- what projects lean on ---------------------------------------------------------------------------------

    @rule(n=few, who=whom)
    def something_is_registered(self, n: int, who: str) -> None:
        supervisor, own = self.actor(who, SUPERVISOR), self.actor(who, clerk(CODES[0]))
        give = self.town.give
        if n in (0, 1):
            year = self.town.today.year
            label = Label(zh=f"专项{year}", en=f"programme {year}")
            done = give(
                supervision.open_supervision_list,
                supervisor,
                programme=label,
                duty=nth_of(list(Duty), n),
                year=year,
            )
            into = self.lists
        elif n == 2:
            done = give(groups.register_group, own, kind=GroupKind.PARK, name="园区", unit=CODES[0])
            into = self.groups
        elif n == 3:
            done = give(companies.register_company, own, name="新企业", unit=CODES[0], parent=self.companies[0])
            into = self.companies
        else:
            area = Decimal(10_000 * n)
            done = give(parcels.register_parcel, own, location=f"地块{n}", unit=CODES[0], area_m2=area)
            into = self.parcels
        if done:
            into.append(done.id)

    @precondition(lambda self: self.parcels)
    @rule(nth=few, step=st.sampled_from(LAND), back=st.integers(-2, 200), who=whom)
    def something_happens_to_land(self, nth: int, step: Callable[..., Done], back: int, who: str) -> None:
        actor = self.actor(who, clerk(CODES[0]))
        self.town.give(step, actor, source=DOCUMENT, parcel=nth_of(self.parcels, nth), on=self.day(back))

    @precondition(lambda self: self.lists or self.groups or self.parcels)
    @rule(nth=few, of=st.integers(1, 9), n=few, retract=st.booleans())
    def a_register_is_amended_or_corrected(self, nth: int, of: int, n: int, retract: bool) -> None:
        def fields(**given: Any) -> dict[str, Any] | None:
            return None if retract else given

        give = self.town.give
        if self.lists:
            one = nth_of(self.lists, nth)
            give(supervision.state_supervision_count, SUPERVISOR, supervision_list=one, count=n)
            now = fields(count=of)
            give(supervision.correct_supervision_list, SUPERVISOR, supervision_list=one, corrects=of, fields=now)
        if self.groups:
            one = nth_of(self.groups, nth)
            give(groups.amend_group, SUPERVISOR, group=one, name=f"园区{n}")
            give(groups.correct_group, SUPERVISOR, group=one, corrects=of, fields=fields(name=f"园区{of}"))
        if self.parcels:
            one = nth_of(self.parcels, nth)
            give(parcels.amend_parcel, SUPERVISOR, parcel=one, location=f"地块{n}")
            now = fields(on=msgspec.to_builtins(self.day(10 * n)))
            give(parcels.correct_parcel, SUPERVISOR, parcel=one, corrects=of, fields=now)
        one = nth_of(self.companies, nth)
        give(companies.state_company_capital, SUPERVISOR, company=one, total=Money(Decimal(n), MoneyUnit.YI_YUAN))
        give(companies.correct_company, SUPERVISOR, company=one, corrects=of, fields=fields(total=None))
