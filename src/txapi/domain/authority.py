"""Authority 权限: the roles, what authority passes from unit to unit, and the refusals of those who have none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from txapi.domain.errors import Refusal
from txapi.domain.event import Role
from txapi.domain.labels import label_of, labelled

if TYPE_CHECKING:
    from collections.abc import Mapping

labelled(
    {
        Role.READER: ("读者", "reader"),
        Role.CLERK: ("经办人", "clerk"),
        Role.HANDLER: ("部门承办人", "department handler"),
        Role.LEADER: ("市领导", "leader"),
        Role.SECRETARY: ("市长办公会议秘书", "secretary"),
        Role.SUPERVISOR: ("督查人员", "supervisor"),
        Role.AUDITOR: ("审计人员", "auditor"),
        Role.ADMINISTRATOR: ("管理员", "administrator"),
        Role.WITNESS: ("见证人", "witness"),
        Role.SYSTEM: ("系统", "system"),
    }
)


class NotYourRole(Refusal):
    """A command is open to certain roles only."""

    en = "In the role of {role} this is not allowed; it takes: {needs}."
    zh = "{role}无权进行此操作；有权者：{needs}。"

    def said(self, lang: str) -> dict[str, Any]:
        roles = [Role(value) for value in self.facts["needs"]]
        between = "、" if lang == "zh" else ", "
        return {
            "role": label_of(Role(self.facts["role"])).text(lang),
            "needs": between.join(label_of(role).text(lang) for role in roles),
        }


class NotYourUnit(Refusal):
    """Whoever acts for a unit acts for the own one only."""

    en = "You act for {yours}, but this is for {unit} to do."
    zh = "该事项应由{unit}办理，您代表的是{yours}。"

    units = ("unit", "yours")

    def said(self, lang: str) -> dict[str, Any]:
        return {**self.facts, "yours": self.facts["yours"] or ("无单位" if lang == "zh" else "no unit")}


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
