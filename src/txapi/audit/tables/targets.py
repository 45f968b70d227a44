"""The tables of targets 目标 and supervision lists 专项督查清单: goals, reported figures, pace and computed rates."""

from __future__ import annotations

from collections.abc import Iterator

import txapi.audit.tables.values  # noqa: F401 - says what the values inside these rows mean
from txapi.audit.tables.columns import Kind, Line, Sheet, arranged, enum_columns, more, row_columns, value_columns
from txapi.audit.tables.extract import Extract, by_noun, together
from txapi.domain import pace
from txapi.domain.event import Basis
from txapi.domain.labels import Label
from txapi.domain.light import LightVerdict
from txapi.domain.pace import Figure
from txapi.domain.quantity import Ratio
from txapi.domain.target import GoalFact
from txapi.projections import supervision, targets
from txapi.projections.select import Select
from txapi.projections.supervision import SUPERVISION_LISTS, SupervisionRow
from txapi.projections.targets import TARGETS, FigureRow, TargetRow

OF_A_TARGET = [
    more("indicator_name", Kind.TEXT, "指标名称", "The label of the indicator."),
    more("unit_name", Kind.TEXT, "单位名称", "The name of the unit."),
    more("year", Kind.INTEGER, "年度", "The year of the target."),
    more("indicator_code", Kind.TEXT, "指标代码", "The code of the indicator."),
    more("unit_code", Kind.TEXT, "单位代码", "The code of the unit."),
    more("target_id", Kind.TEXT, "目标实体标识", "The entity id of the target."),
]

TARGET = Sheet(
    "targets",
    Label(zh="目标", en="targets"),
    Label(zh="一行一个单位一项指标的年度目标。", en="One row for each target of a unit in a year."),
    arranged((
        more("indicator_name", Kind.TEXT, "指标名称", "The label of the indicator."),
        more("unit_name", Kind.TEXT, "单位名称", "The name of the unit."),
        *row_columns(TargetRow, "targets", omit=("goal_facts",)),
        *value_columns(
            "goal_low", Figure, "目标下限", "The least that the goal in force may be.", "targets.goal_facts",
            lambda line: line.more["goal"] and line.more["goal"].bounds[0],
        ),
        *value_columns(
            "goal_high", Figure, "目标上限", "The most that the goal in force may be.", "targets.goal_facts",
            lambda line: line.more["goal"] and line.more["goal"].bounds[1],
        ),
        *enum_columns(
            "goal_basis", Basis, "目标依据", "On what the goal in force rests; an inferred one drives no light.",
            "targets.goal_facts", lambda line: line.more["goal"] and line.more["goal"].basis,
        ),
        *value_columns(
            "actual", Figure, "累计完成数", "The latest cumulative figure, at or before the valid day.",
            "target_figures.figure", lambda line: line.more["actual"],
        ),
        more("through", Kind.DATE, "截至", "Through the end of which day the latest figure counts."),
        *value_columns(
            "attainment", Ratio, "完成率", "The latest figure over the goal; empty where the goal is only an interval.",
            "computed", lambda line: line.more["attainment"],
        ),
        *value_columns(
            "schedule", Ratio, "序时进度", "How much of the year has passed, in whole months.",
            "computed", lambda line: line.more["schedule"],
        ),
        more(
            "ahead_of_schedule", Kind.DECIMAL, "超（欠）序时进度", "Attainment above schedule; negative: behind.",
            "百分点 percentage points",
        ),
        more("past_half", Kind.BOOLEAN, "时间过半任务过半", "From 30 June on, whether half the task is done."),
        *value_columns(
            "year_on_year", Ratio, "同比", "The growth on the same day of the year before, where that is known.",
            "computed", lambda line: line.more["year_on_year"],
        ),
        *value_columns(
            "light", LightVerdict, "亮灯", "How far it is behind its schedule.", "computed", lambda line: line.more["light"]
        ),
        more("changed_at", Kind.INTEGER, "最近变更位置", "The position of the event since which this row reads so."),
    ), "indicator_name", "unit_name", "year"),
)  # fmt: skip

GOAL = Sheet(
    "goals",
    Label(zh="目标下达与调整", en="goals"),
    Label(zh="一行一次目标下达或调整，最后一次有效。", en="One row for each statement of a goal; the last one is in force."),
    (
        *OF_A_TARGET,
        *row_columns(
            GoalFact,
            "targets.goal_facts",
            omit=("goal",),
            meanings={
                "version": ("事件版次", "The number of the event that states it, in the target's stream."),
                "decided_at": ("下达时间", "When it was stated."),
                "revised": ("是否调整", "Whether it revised an earlier one."),
                "reason": ("理由", "Why, where it was said."),
                "corrected_by": ("更正版次", "The number of the correction that says how it reads now."),
            },
        ),
        *value_columns(
            "low", Figure, "目标下限", "The least that it may be; the same as the most where it is one value.",
            "targets.goal_facts.goal", lambda line: line.row.goal.bounds[0],
        ),
        *value_columns(
            "high", Figure, "目标上限", "The most that it may be.", "targets.goal_facts.goal",
            lambda line: line.row.goal.bounds[1],
        ),
        *enum_columns(
            "basis", Basis, "依据", "On what it rests.", "targets.goal_facts.goal.basis", lambda line: line.row.goal.basis
        ),
        more("in_force", Kind.BOOLEAN, "是否有效", "Whether it is the goal in force."),
    ),
)  # fmt: skip

FIGURE = Sheet(
    "figures",
    Label(zh="填报数", en="figures"),
    Label(zh="一行一个累计填报数，按现行更正后读数。", en="One row for each cumulative figure, as it now reads."),
    (*OF_A_TARGET, *row_columns(FigureRow, "target_figures", omit=("target_id",))),
)

SUPERVISION_LIST = Sheet(
    "supervision_lists",
    Label(zh="专项督查清单", en="supervision lists"),
    Label(zh="一行一份督查清单，完成率由成员计算。", en="One row for each supervision list, with the rate of its members."),
    arranged((
        *row_columns(SupervisionRow, "supervision_lists"),
        more("members_known", Kind.INTEGER, "已知列入数", "How many projects are on it, by the valid day."),
        more("done", Kind.INTEGER, "完成数", "How many of them are done, by the counting rule."),
        *value_columns(
            "rate", Ratio, "完成率", "Done over listed; empty unless as many are known as are stated.", "computed",
            lambda line: line.more["rate"],
        ),
        more("outstanding_codes", Kind.TEXT, "未完成项目代码", "The codes of the projects on it that are not done."),
        more("changed_at", Kind.INTEGER, "最近变更位置", "The position of the event since which this row reads so."),
    ), "programme_label_zh", "duty_zh", "year"),
)  # fmt: skip

TARGET_SHEETS = (TARGET, GOAL, FIGURE)
LIST_SHEETS = (SUPERVISION_LIST,)


def target_lines(extract: Extract) -> Iterator[tuple[Sheet, Line]]:
    """Every target by unit, year and indicator, each followed by its goals and figures."""
    reader = extract.reader
    for rows in together(Select(TARGETS, reader).each(targets.BY_UNIT)):
        figures = by_noun(targets.figures_of(reader, [row.entity_id for row in rows]), "target_id")
        asked = [
            (row.indicator_code, row.unit_code, row.year, figures[row.entity_id][-1].through)
            for row in rows
            if row.entity_id in figures
        ]
        before = targets.same_time_last_year(reader, asked)
        for row in rows:
            known = figures.get(row.entity_id, [])
            of = _named(extract, row)
            key = (row.indicator_code, row.unit_code, row.year, known[-1].through) if known else None
            yield TARGET, _target(extract, row, known[-1] if known else None, before.get(key) if key else None)
            for fact in row.goal_facts:
                yield GOAL, Line(fact, extract, {**of, "in_force": fact is row.goal_facts[-1]})
            for figure in known:
                yield FIGURE, Line(figure, extract, of)


def _named(extract: Extract, row: TargetRow) -> dict[str, object]:
    indicator = extract.references.indicators.get(row.indicator_code)
    return {
        "indicator_name": indicator.label.zh if indicator else None,
        "unit_name": extract.name("unit", row.unit_code),
        "year": row.year,
        "indicator_code": row.indicator_code,
        "unit_code": row.unit_code,
        "target_id": row.entity_id,
    }


def _target(extract: Extract, row: TargetRow, latest: FigureRow | None, last_year: Figure | None) -> Line:
    goal, actual = row.goal_in_force(), latest.figure if latest else None
    through = latest.through if latest else None
    return Line(
        row,
        extract,
        {
            **_named(extract, row),
            "goal": goal,
            "actual": actual,
            "through": through,
            "attainment": pace.attainment(actual, goal),
            "schedule": pace.schedule(through) if through else None,
            "ahead_of_schedule": pace.ahead_of_schedule(actual, goal, through),
            "past_half": targets.past_half_of(extract.reader, row, latest),
            "year_on_year": pace.year_on_year(actual, last_year),
            "light": targets.light_of(extract.reader, row, latest),
            "changed_at": row._since,  # type: ignore[attr-defined]
        },
    )


def list_lines(extract: Extract) -> Iterator[tuple[Sheet, Line]]:
    """Every supervision list, the latest year first."""
    for rows in together(Select(SUPERVISION_LISTS, extract.reader).each(supervision.IN_ORDER), 50):
        standings = supervision.standings(extract.reader, rows)
        outstanding = supervision.outstanding(extract.reader, [row.entity_id for row in rows])
        for row in rows:
            standing = standings[row.entity_id]
            yield (
                SUPERVISION_LIST,
                Line(
                    row,
                    extract,
                    {
                        "members_known": standing.listed,
                        "done": standing.done,
                        "rate": standing.rate,
                        "outstanding_codes": extract.names("project_code", outstanding[row.entity_id]),
                        "changed_at": row._since,  # type: ignore[attr-defined]
                    },
                ),
            )
