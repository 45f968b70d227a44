"""Authority 权限: who may act, and for which unit; judged by the rules, with the actor as an argument."""

from __future__ import annotations

from typing import TYPE_CHECKING

from txapi.domain.errors import Refusal
from txapi.domain.event import Role
from txapi.domain.labels import label_of, labelled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from txapi.domain.event import Metadata

labelled(
    {
        Role.READER: ("读者", "reader"),
        Role.CLERK: ("经办人", "clerk"),
        Role.LEADER: ("市领导", "leader"),
        Role.SECRETARY: ("市长办公会议秘书", "secretary"),
        Role.SUPERVISOR: ("督查人员", "supervisor"),
        Role.AUDITOR: ("审计人员", "auditor"),
        Role.ADMINISTRATOR: ("管理员", "administrator"),
        Role.SYSTEM: ("系统", "system"),
    }
)

EVERYTHING = (Role.ADMINISTRATOR, Role.SYSTEM)
"""The roles that may do everything that the rules allow at all."""


class NotYourRole(Refusal):
    """A command is open to certain roles only."""

    en = "In the role of {role} this is not allowed; it takes: {needs}."
    zh = "{role}无权进行此操作；有权者：{needs}。"

    def message(self, lang: str = "en") -> str:
        roles = [Role(value) for value in self.facts["needs"]]
        between = "、" if lang == "zh" else ", "
        template = self.zh if lang == "zh" else self.en
        return template.format(
            role=label_of(Role(self.facts["role"])).text(lang),
            needs=between.join(label_of(role).text(lang) for role in roles),
        )


class NotYourUnit(Refusal):
    """A clerk acts for the own unit only."""

    en = "You act for {yours}, but this is for {unit} to do."
    zh = "该事项应由{unit}办理，您代表的是{yours}。"

    def message(self, lang: str = "en") -> str:
        nobody = "无单位" if lang == "zh" else "no unit"
        template = self.zh if lang == "zh" else self.en
        return template.format(yours=self.facts["yours"] or nobody, unit=self.facts["unit"])


def predecessors(unit: str | None, successors: Mapping[str, str]) -> tuple[str, ...]:
    """The codes of the units whose authority has passed to this one, through any number of mergers.

    `successors` says, by code, into which unit each merged one went. Nearest first, and by code among equals.
    """
    found: list[str] = []
    wanted = [unit]
    while wanted:
        into = wanted.pop()
        for code, successor in sorted(successors.items()):
            if successor == into and code not in found:
                found.append(code)
                wanted.append(code)
    return tuple(found)


def must_be(meta: Metadata, *roles: Role) -> None:
    """Refuse unless the actor has one of these roles; administrator and system always may. NotYourRole."""
    if meta.actor.role not in (*roles, *EVERYTHING):
        raise NotYourRole(role=meta.actor.role.value, needs=[role.value for role in (*roles, Role.ADMINISTRATOR)])


def must_act_for(meta: Metadata, unit: str | None, *others: Role) -> None:
    """Refuse unless the actor is a clerk who acts for that unit (its code), or has one of the other roles.

    Where there is no unit, no clerk may act. Administrator and system always may. NotYourRole, NotYourUnit.
    """
    allowed = others if unit is None else (Role.CLERK, *others)
    must_be(meta, *allowed)
    if unit is not None and meta.actor.role is Role.CLERK and not meta.actor.acts_for(unit):
        raise NotYourUnit(unit=unit, yours=meta.actor.unit)
