"""The tables of projects 重大项目: what each has come to, its milestones, leaders, agents, money, outputs and memberships."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import txapi.audit.tables.values  # noqa: F401 - says what the values inside these rows mean
from txapi.audit.tables.columns import Kind, Line, Sheet, arranged, enum_columns, more, row_columns, value_columns
from txapi.audit.tables.extract import Extract, by_noun, together
from txapi.domain.editions import MilestoneKind
from txapi.domain.labels import Label
from txapi.domain.light import LightVerdict
from txapi.domain.official import Official
from txapi.domain.project import Project
from txapi.domain.project.capital import CapitalIncrease, PaidIn
from txapi.domain.project.condition import ConditionChange
from txapi.domain.project.leadership import AgentTerm, LeaderTerm
from txapi.domain.project.memberships import Membership
from txapi.domain.project.milestones import Forecast, Milestone
from txapi.domain.project.outputs import Output
from txapi.projections.project_lights import light_of, state_of
from txapi.projections.project_rows import PROJECTS, MembershipKind, MembershipRow, ProjectRow
from txapi.projections.projects import leaders_of, memberships_of, milestones_of
from txapi.projections.select import Order, Select

_STATED = ("填报", "Where it was stated.")

OF_A_PROJECT = [
    more("project_code", Kind.TEXT, "项目代码", "The code of the project."),
    more("project_name", Kind.TEXT, "项目名称", "The name of the project."),
    more("project_id", Kind.TEXT, "项目实体标识", "The entity id of the project."),
]

PROJECT = Sheet(
    "projects",
    Label(zh="项目", en="projects"),
    Label(zh="一行一个重大项目。", en="One row for each major project."),
    arranged(
        (
            *row_columns(
                ProjectRow,
                "projects",
                # Several to a project have tables of their own; what counts by valid time is computed below.
                omit=(
                    *("increase_facts", "payment_facts", "output_facts", "agent_terms", "condition_facts"),
                    *("stage_known", "leader_known", "signs"),
                ),
            ),
            more("unit_name", Kind.TEXT, "单位名称", "The name of the unit."),
            more("owner_name", Kind.TEXT, "建设单位名称", "The name of the owner."),
            more("investor_names", Kind.TEXT, "投资方名称", "The names of the investors."),
            *enum_columns(
                "stage",
                MilestoneKind,
                "阶段",
                "The last milestone reached in the usual order, by the valid day.",
                "computed",
                lambda line: line.more["stage"],
            ),
            *value_columns(
                "leader",
                Official,
                "领衔领导",
                "The leading official on the valid day; empty: nobody leads.",
                "computed",
                lambda line: line.more["leader"],
            ),
            more(
                "leaderless_since", Kind.DATE, "无领衔领导起始日", "Since when nobody leads; empty where somebody does."
            ),
            more(
                "days_without_leader",
                Kind.INTEGER,
                "无领衔领导天数",
                "On how many days nobody led, up to the valid day.",
                "天 days",
            ),
            *value_columns(
                "light",
                LightVerdict,
                "亮灯",
                "The light on the clock's day.",
                "computed",
                lambda line: line.more["light"],
            ),
            more(
                "changed_at", Kind.INTEGER, "最近变更位置", "The position of the event since which this row reads so."
            ),
        ),
        *("code", "name", "unit_name", "stage_zh", "light_colour_zh", "leader_name", "investment_total_text"),
    ),
)

MILESTONE = Sheet(
    "milestones",
    Label(zh="节点", en="milestones"),
    Label(zh="一行一个项目节点：已完成或已预计。", en="One row for each milestone of a project, reached or forecast."),
    (
        *OF_A_PROJECT,
        *row_columns(
            Milestone,
            "project_milestones",
            omit=("forecasts",),
            meanings={
                "kind": ("节点", "Which milestone."),
                "rank": ("次序", "Its place in the usual order of the template."),
                "actual": ("实际日期", "When it was reached; empty: not by the valid day."),
                "stated": _STATED,
                "evidence": ("佐证", "What shows it."),
                "note": ("备注", "Anything else that is said of it."),
                "skipped": ("跳过的节点", "The milestones that should have come before it and had not."),
                "final": ("是否终结节点", "Whether the project is finished with it."),
            },
        ),
        more("forecast_first_latest", Kind.DATE, "最初预计最晚", "The last day of the first forecast."),
        more("forecast_last_latest", Kind.DATE, "最新预计最晚", "The last day of the latest forecast."),
        more(
            "slipped_days",
            Kind.INTEGER,
            "推迟天数",
            "By how many days the actual, or else the latest forecast, is later than the first; negative: earlier.",
            "天 days",
        ),
    ),
)

FORECAST = Sheet(
    "forecasts",
    Label(zh="预计", en="forecasts"),
    Label(zh="一行一次节点预计，均予保留。", en="One row for each forecast of a milestone; none is ever overwritten."),
    (
        *OF_A_PROJECT,
        *enum_columns(
            "kind", MilestoneKind, "节点", "Which milestone.", "project_milestones.kind", lambda line: line.more["kind"]
        ),
        *row_columns(
            Forecast,
            "project_milestones.said",
            meanings={
                "on": ("预计日期", "When it was expected."),
                "stated": _STATED,
                "note": ("备注", "Anything else that is said of it."),
            },
        ),
    ),
)

LEADER = Sheet(
    "leaders",
    Label(zh="领衔领导", en="leaders"),
    Label(zh="一行一任领衔领导。", en="One row for each term of a leading official."),
    (
        *OF_A_PROJECT,
        *row_columns(
            LeaderTerm,
            "project_leaders",
            meanings={
                "official": ("领导", "The leading official."),
                "since": ("起始日期", "The first day of the term."),
                "stated": _STATED,
                "until": ("终止日期", "The day from which the official leads no more; empty: still leads."),
                "why": ("更换理由", "Why the official was assigned, where that replaced somebody."),
                "why_ended": ("终止理由", "Why the term ended."),
                "ended": ("终止填报", "Where the end was stated: by the release, or by assigning somebody else."),
            },
        ),
    ),
)

AGENT = Sheet(
    "agents",
    Label(zh="代办人员", en="agents"),
    Label(zh="一行一任代办人员。", en="One row for each term of an approval agent."),
    (
        *OF_A_PROJECT,
        *row_columns(
            AgentTerm,
            "projects.agent_terms",
            meanings={
                "official": ("代办人员", "The agent."),
                "unit": ("代办单位代码", "The agent's unit, by code."),
                "scope": ("代办节点", "The milestones through which the agent carries the project."),
                "since": ("起始日期", "The first day of the term."),
                "stated": _STATED,
                "until": ("终止日期", "The last day of the term; empty: open."),
                "released_on": ("免去日期", "The day from which the agent is released."),
                "why_released": ("免去理由", "Why the agent was released."),
            },
        ),
        more("agent_unit_name", Kind.TEXT, "代办单位名称", "The name of the agent's unit."),
    ),
)

INCREASE = Sheet(
    "increases",
    Label(zh="增资", en="increases"),
    Label(zh="一行一次项目增资。", en="One row for each increase of a project's capital."),
    (
        *OF_A_PROJECT,
        *row_columns(
            CapitalIncrease,
            "projects.increase_facts",
            meanings={
                "added": ("增加额", "What was added."),
                "before": ("增资前", "What there was before."),
                "after": ("增资后", "What there is afterwards."),
                "on": ("增资日期", "When it happened."),
                "stated": _STATED,
                "uses": ("用途", "What it is for."),
            },
        ),
    ),
)

PAYMENT = Sheet(
    "payments",
    Label(zh="到位资金", en="payments"),
    Label(zh="一行一次实缴累计数。", en="One row for each cumulative figure of paid-in capital."),
    (
        *OF_A_PROJECT,
        *row_columns(
            PaidIn,
            "projects.payment_facts",
            meanings={
                "amount": ("实缴累计", "What was paid in, all told."),
                "through": ("截至", "Through the end of this day."),
                "stated": _STATED,
            },
        ),
    ),
)

OUTPUT = Sheet(
    "outputs",
    Label(zh="效益", en="outputs"),
    Label(zh="一行一个产出数：预计或实测。", en="One row for each figure of an output, forecast or measured."),
    (
        *OF_A_PROJECT,
        *row_columns(
            Output,
            "projects.output_facts",
            meanings={
                "label": ("产出", "What is yielded."),
                "quantity": ("数量", "How much."),
                "stated": _STATED,
                "per": ("计算周期", "For what time it is reckoned; empty where the source does not say."),
                "measured": ("是否实测", "Whether it was measured; otherwise it is a forecast."),
                "period": ("期间", "Over what time it was measured."),
            },
        ),
    ),
)

CONDITION = Sheet(
    "conditions",
    Label(zh="暂停恢复终止", en="conditions"),
    Label(zh="一行一次项目状态变更。", en="One row for each time that a project was suspended, resumed or terminated."),
    (
        *OF_A_PROJECT,
        *row_columns(
            ConditionChange,
            "projects.condition_facts",
            meanings={
                "condition": ("变更后状态", "In which condition it was from then on."),
                "reason": ("理由", "Why."),
                "stated": _STATED,
            },
        ),
    ),
)

MEMBERSHIP = Sheet(
    "memberships",
    Label(zh="归属", en="memberships"),
    Label(
        zh="一行一段归属：项目属于某地块、督查清单或项目组。",
        en="One row for each time that a project belonged to a parcel, a supervision list or a group.",
    ),
    (
        *OF_A_PROJECT,
        *enum_columns(
            "belongs_to",
            MembershipKind,
            "归属类别",
            "To what it belongs.",
            "memberships.belongs_to",
            lambda line: line.more["belongs_to"],
        ),
        more("of_name", Kind.TEXT, "归属对象", "What people call that to which it belongs."),
        *row_columns(
            Membership,
            "memberships",
            meanings={
                "of": ("归属对象标识", "The entity id of that to which it belongs."),
                "entered": ("纳入日期", "When it was entered."),
                "stated": ("纳入填报", "Where the entering was stated."),
                "due": ("完成时限", "By when a supervision list wants its duty done."),
                "left": ("移出日期", "When it left; empty: it had not by the valid day."),
                "left_stated": ("移出填报", "Where the leaving was stated."),
                "reason": ("移出理由", "Why it left."),
            },
        ),
        more("current", Kind.BOOLEAN, "是否在列", "Whether it belongs to it at the moment and its valid day."),
    ),
)

SHEETS = (PROJECT, MILESTONE, FORECAST, LEADER, AGENT, INCREASE, PAYMENT, OUTPUT, CONDITION, MEMBERSHIP)


def lines(extract: Extract) -> Iterator[tuple[Sheet, Line]]:
    """Every project by code, each followed by what belongs to it."""
    reader = extract.reader
    for rows in together(Select(PROJECTS, reader).each([Order("t.code")])):
        ids = [row.entity_id for row in rows]
        milestones = by_noun(milestones_of(reader, ids), "project_id")
        leaders = by_noun(leaders_of(reader, ids), "project_id")
        memberships = by_noun(memberships_of(reader, ids), "project_id")
        for row in rows:
            of = {"project_code": row.code, "project_name": row.name, "project_id": row.entity_id}
            known, terms = milestones.get(row.entity_id, []), leaders.get(row.entity_id, [])
            yield PROJECT, _project(extract, row, state_of(row, known, terms))
            for milestone in known:
                yield from _milestone(extract, milestone.seen(reader.moment.valid_on), of)
            for term in terms:
                yield LEADER, Line(term.seen(reader.moment.valid_on), extract, of)
            yield from _parts(extract, row, of)
            for membership in memberships.get(row.entity_id, []):
                yield MEMBERSHIP, _membership(extract, membership, of)


def _project(extract: Extract, row: ProjectRow, state: Project) -> Line:
    reader, valid_on = extract.reader, extract.reader.moment.valid_on
    leader = row.leader_known if valid_on is None else state.leader(valid_on)
    return Line(
        row,
        extract,
        {
            "unit_name": extract.name("unit", row.unit_code),
            "owner_name": extract.name("company", row.owner_id),
            "investor_names": extract.names("company", row.investor_ids),
            "stage": row.stage_known if valid_on is None else state.stage(valid_on),
            "leader": leader and leader.official,
            "leaderless_since": row.signs.leaderless_since if valid_on is None else state.leaderless_since(valid_on),
            "days_without_leader": state.days_without_leader(reader.moment.valid_day),
            "light": light_of(reader, row, None if valid_on is None else state),
            "changed_at": row._since,  # type: ignore[attr-defined]
        },
    )


def _milestone(extract: Extract, one: Milestone, of: dict[str, Any]) -> Iterator[tuple[Sheet, Line]]:
    said = one.forecasts
    yield (
        MILESTONE,
        Line(
            one,
            extract,
            {
                **of,
                "forecast_first_latest": said[0].on.latest if said else None,
                "forecast_last_latest": said[-1].on.latest if said else None,
                "slipped_days": one.slipped_days(extract.reader.moment.valid_on),
            },
        ),
    )
    for forecast in said:
        yield FORECAST, Line(forecast, extract, {**of, "kind": one.kind})


def _parts(extract: Extract, row: ProjectRow, of: dict[str, Any]) -> Iterator[tuple[Sheet, Line]]:
    valid_on = extract.reader.moment.valid_on
    for agent in row.agent_terms:
        if valid_on is None or agent.since <= valid_on:
            yield AGENT, Line(agent, extract, {**of, "agent_unit_name": extract.name("unit", agent.unit)})
    for increase in row.increase_facts:
        yield INCREASE, Line(increase, extract, of)
    for paid in row.payment_facts:
        if valid_on is None or paid.through <= valid_on:
            yield PAYMENT, Line(paid, extract, of)
    for output in row.output_facts:
        yield OUTPUT, Line(output, extract, of)
    for change in row.condition_facts:
        yield CONDITION, Line(change, extract, of)


def _membership(extract: Extract, row: MembershipRow, of: dict[str, Any]) -> Line:
    valid_on = extract.reader.moment.valid_on
    seen = row.seen(valid_on)
    return Line(
        seen,
        extract,
        {
            **of,
            "belongs_to": row.belongs_to,
            "of_name": extract.name(row.belongs_to.value, row.of_id),
            "current": seen.covers(valid_on),
        },
    )
