"""The words of a project 重大项目 that clients choose from: milestones, kinds, conditions, capital, sorts and dimensions."""

from __future__ import annotations

from txapi.domain.editions import MilestoneKind, ProjectKind
from txapi.domain.labels import Label
from txapi.domain.project.base import ProjectCondition
from txapi.domain.project.description import CapitalSource
from txapi.domain.project.outputs import Per
from txapi.projections.project_questions import ProjectDimension, ProjectOrderField
from txapi.schema.values import public_enum

public_enum(MilestoneKind, "节点", "A milestone of a project; the stage is the last one reached.")
public_enum(ProjectKind, "项目类型", "The kind of a project, which chooses its milestone template.")
public_enum(ProjectCondition, "项目状态", "Whether a project goes on.")
public_enum(CapitalSource, "资金来源", "Where the capital of a project comes from.")
public_enum(Per, "计量周期", "For what time an output is reckoned.")

_ORDERS = {
    ProjectOrderField.CODE: Label(zh="项目代码", en="project code"),
    ProjectOrderField.NAME: Label(zh="名称", en="name"),
    ProjectOrderField.STAGE: Label(zh="阶段", en="stage, from lead to grid connected"),
    ProjectOrderField.INVESTMENT: Label(zh="投资额", en="total investment, within one currency"),
    ProjectOrderField.NEXT_FORECAST: Label(zh="下一预计日期", en="last day of the next forecast"),
    ProjectOrderField.CHANGED: Label(zh="最近变更", en="position of the last change"),
}
_DIMENSIONS = {
    ProjectDimension.STAGE: Label(zh="阶段", en="stage"),
    ProjectDimension.UNIT: Label(zh="实施主体", en="unit, by code"),
    ProjectDimension.KIND: Label(zh="项目类型", en="kind"),
    ProjectDimension.CONDITION: Label(zh="项目状态", en="condition"),
    ProjectDimension.CAPITAL: Label(zh="资金来源", en="source of capital"),
    ProjectDimension.LEADER: Label(zh="领衔领导", en="leading official, by name"),
    ProjectDimension.LIGHT: Label(zh="灯色", en="light"),
    ProjectDimension.INDUSTRY: Label(zh="行业", en="industry; a project may have several"),
    ProjectDimension.SUPERVISION_LIST: Label(zh="督查清单", en="supervision list, by id; a project may be on several"),
    ProjectDimension.GROUP: Label(zh="项目组", en="group, by id; a project may be in several"),
}
public_enum(ProjectOrderField, "排序项", "By what projects are sorted.", label_of=_ORDERS.__getitem__)
public_enum(ProjectDimension, "分组维度", "By what projects are grouped.", label_of=_DIMENSIONS.__getitem__)

__all__ = [
    "CapitalSource",
    "MilestoneKind",
    "Per",
    "ProjectCondition",
    "ProjectDimension",
    "ProjectKind",
    "ProjectOrderField",
]
