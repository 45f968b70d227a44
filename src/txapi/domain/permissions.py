"""Permissions 权限表: which role may take which action, and for which unit. Nothing else decides that.

The aggregates ask this table by the name of the action, which is the name of its command: `amend_company`. What a command's
input needs beyond the command itself stands as an action of its own, behind a dot: `amend_project.unit_or_kind`.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from txapi.domain.authority import NotYourRole, NotYourUnit
from txapi.domain.event import Actor, Role
from txapi.domain.labels import Label, labelled

if TYPE_CHECKING:
    from txapi.domain.event import Metadata


class Reach(enum.Enum):
    """How far a role may take an action."""

    OWN_UNIT = "own_unit"
    ON_SITE_ITEMS = "on_site_items"
    ALWAYS = "always"


class Relation(enum.Enum):
    """Which unit must be the actor's own, where an action is taken for the own unit."""

    UNIT = "unit"
    ISSUER = "issuer"
    HANDLER = "handler"
    LEAD_HANDLER = "lead_handler"
    SUPPORT_HANDLER = "support_handler"
    RESPONSIBLE = "responsible"
    PARTY = "party"
    NONE = "none"


labelled(
    {
        Reach.OWN_UNIT: ("限本单位", "for the own unit"),
        Reach.ON_SITE_ITEMS: ("限现场办公事项", "for items of on-site meetings"),
        Reach.ALWAYS: ("可", "always"),
        Relation.UNIT: ("所属单位", "the unit that the noun belongs to"),
        Relation.ISSUER: ("发出单位", "the unit that issues the ticket"),
        Relation.HANDLER: ("主办或协办单位", "the unit that handles the ticket, leading or supporting"),
        Relation.LEAD_HANDLER: ("主办单位", "the unit that leads the handling"),
        Relation.SUPPORT_HANDLER: ("协办单位", "a unit that supports the handling"),
        Relation.RESPONSIBLE: ("责任单位", "the unit that a decision makes responsible"),
        Relation.PARTY: ("参与单位", "a unit that takes part in it: of a ticket the issuer and every handling one"),
        Relation.NONE: ("不涉及单位", "no unit: a matter of the whole city"),
    }
)

OWN, ON_SITE, ALWAYS = Reach.OWN_UNIT, Reach.ON_SITE_ITEMS, Reach.ALWAYS

EVERYTHING = (Role.ADMINISTRATOR, Role.SYSTEM)
"""The roles that may do everything that the rules allow at all. The system is the watch and the loader, never a person."""

UNBOUNDED = (Role.SYSTEM,)
"""Whose events a noun takes however many it has: what lapses is nobody's command, and must not be passed over."""


class Rule(NamedTuple):
    """One row of the table: an action, whose unit matters, and how far each role may take it; the others never may."""

    action: str
    noun: str
    relation: Relation
    roles: Mapping[Role, Reach]

    @property
    def is_command(self) -> bool:
        """Whether people give it as a command of its own, rather than as a part of one, or never."""
        return "." not in self.action and self.action not in UNGIVEN

    def reach(self, role: Role) -> Reach | None:
        """How far this role may take the action; None: never."""
        return ALWAYS if role in EVERYTHING else self.roles.get(role)


UNGIVEN = ("lapse_ticket",)
"""What only the watch does."""

PARTS: Mapping[str, Label] = {
    "amend_project.unit_or_kind": Label(zh="更改项目的单位或类型", en="Change a project's unit or kind."),
    "correct_project.fact": Label(zh="更正项目的其他事实", en="Correct any other fact of a project."),
    "correct_project.leader": Label(zh="更正领衔领导", en="Correct who led a project."),
    "correct_project.list": Label(zh="更正督查清单的进出", en="Correct when a project entered or left a list."),
    "correct_project.condition": Label(zh="更正项目的暂停、恢复、终止", en="Correct whether a project went on."),
    "correct_target.goal": Label(zh="更正目标值", en="Correct a goal."),
    "attach_file.project_or_target": Label(zh="给项目或目标添加附件", en="Attach a file to a project or a target."),
    "lapse_ticket": Label(zh="记录逾期", en="Record that a deadline has passed; the watch does."),
}
"""What people call those actions that are no command of their own."""


def _rules(noun: str, relation: Relation, roles: Mapping[Role, Reach], *actions: str) -> list[Rule]:
    return [Rule(action, noun, relation, roles) for action in actions]


_NOBODY: Mapping[Role, Reach] = {}
_SUPERVISOR = {Role.SUPERVISOR: ALWAYS}
_UNIT = {Role.CLERK: OWN, Role.SUPERVISOR: ALWAYS}
_OFFICES = {Role.SUPERVISOR: ALWAYS, Role.SECRETARY: ALWAYS}
_STEERING = {Role.LEADER: ALWAYS, Role.SUPERVISOR: ALWAYS}
_ISSUER = {Role.CLERK: OWN, Role.SECRETARY: ON_SITE}
_ISSUER_OR_SUPERVISOR = {**_ISSUER, Role.SUPERVISOR: ALWAYS}
_HANDLER = {Role.CLERK: OWN, Role.HANDLER: OWN}
_CITY_OFFICES = {Role.LEADER: ALWAYS, Role.SECRETARY: ALWAYS, Role.SUPERVISOR: ALWAYS}

TABLE: tuple[Rule, ...] = (
    *_rules("unit", Relation.NONE, _SUPERVISOR,
            "register_unit", "amend_unit", "rename_unit", "merge_unit", "close_unit", "correct_unit"),
    *_rules("company", Relation.UNIT, _UNIT,
            "register_company", "amend_company", "state_company_capital", "increase_company_capital", "close_company",
            "correct_company"),
    *_rules("parcel", Relation.UNIT, _UNIT,
            "register_parcel", "amend_parcel", "list_parcel", "award_parcel", "put_parcel_to_use", "mark_parcel_underused",
            "mark_parcel_idle", "reuse_parcel", "close_parcel", "correct_parcel"),
    *_rules("group", Relation.UNIT, _UNIT, "register_group", "amend_group", "close_group", "correct_group"),
    *_rules("meeting", Relation.NONE, _OFFICES, "register_meeting", "amend_meeting", "close_meeting", "correct_meeting"),
    *_rules("project", Relation.UNIT, _UNIT,
            "introduce_project", "amend_project", "reach_milestone", "forecast_milestone", "assign_agent", "release_agent",
            "set_investment", "increase_capital", "pay_in", "attach_parcel", "detach_parcel", "join_group", "leave_group",
            "forecast_output", "measure_output", "correct_project.fact"),
    *_rules("project", Relation.NONE, _SUPERVISOR,
            "amend_project.unit_or_kind", "enter_list", "leave_list", "correct_project.list"),
    *_rules("project", Relation.NONE, _OFFICES, "assign_leader", "release_leader", "correct_project.leader"),
    *_rules("project", Relation.NONE, _STEERING,
            "suspend_project", "resume_project", "terminate_project", "correct_project.condition"),
    # Whoever may state a fact may correct it, so each of these may correct something; which, the parts above say.
    *_rules("project", Relation.UNIT, {**_UNIT, Role.LEADER: ALWAYS, Role.SECRETARY: ALWAYS}, "correct_project"),
    *_rules("ticket", Relation.ISSUER, _ISSUER,
            "draft_ticket", "amend_ticket_draft", "issue_ticket", "withdraw_ticket", "escalate_ticket", "confirm_ticket",
            "reopen_ticket", "resolve_ticket_on_spot"),
    *_rules("ticket", Relation.ISSUER, _ISSUER_OR_SUPERVISOR,
            "remind_ticket", "decide_ticket_extension", "correct_ticket_receipt", "assign_ticket_on_site",
            "name_ticket_contact", "mark_ticket_internal"),
    *_rules("ticket", Relation.ISSUER, _UNIT, "reassign_ticket", "add_ticket_support"),
    *_rules("ticket", Relation.HANDLER, _HANDLER,
            "receive_ticket", "accept_ticket", "return_ticket", "report_ticket_progress", "ask_ticket_extension"),
    *_rules("ticket", Relation.LEAD_HANDLER, _HANDLER, "resolve_ticket"),
    *_rules("ticket", Relation.SUPPORT_HANDLER, _HANDLER, "complete_ticket_support"),
    *_rules("ticket", Relation.RESPONSIBLE, _HANDLER, "carry_out_ticket_decision"),
    *_rules("ticket", Relation.NONE, {Role.LEADER: ALWAYS}, "record_ticket_attempt"),
    *_rules("ticket", Relation.NONE, {Role.SECRETARY: ALWAYS}, "decide_ticket"),
    *_rules("ticket", Relation.NONE, _SUPERVISOR, "fix_ticket_deadline"),
    *_rules("ticket", Relation.NONE, _NOBODY, "lapse_ticket"),
    *_rules("target", Relation.NONE, _SUPERVISOR,
            "set_target", "state_goal", "revise_goal", "close_target", "correct_target.goal"),
    *_rules("target", Relation.UNIT, _UNIT, "report_actual", "correct_target"),
    *_rules("supervision_list", Relation.NONE, _SUPERVISOR,
            "open_supervision_list", "amend_supervision_list", "state_supervision_count", "close_supervision_list",
            "correct_supervision_list"),
    *_rules("publication", Relation.NONE, _SUPERVISOR,
            "record_publication", "amend_publication", "print_item", "close_publication", "correct_publication"),
    *_rules("attachment", Relation.PARTY, {**_HANDLER, **_CITY_OFFICES}, "attach_file"),
    *_rules("attachment", Relation.UNIT, {Role.CLERK: OWN, **_CITY_OFFICES}, "attach_file.project_or_target"),
    *_rules("attachment", Relation.UNIT, {**_HANDLER, **_CITY_OFFICES},
            "amend_attachment", "withdraw_attachment", "correct_attachment"),
    *_rules("reference", Relation.NONE, _NOBODY, "adopt_edition", "withdraw_edition"),
    *_rules("webhook", Relation.NONE, _NOBODY, "register_webhook", "amend_webhook", "close_webhook", "correct_webhook",
            "replay_webhook"),
    *_rules("person", Relation.UNIT, {**_HANDLER, Role.SUPERVISOR: ALWAYS},
            "register_person", "amend_person"),
    *_rules("person", Relation.NONE, _NOBODY, "erase_person"),
)  # fmt: skip

RULES: Mapping[str, Rule] = {rule.action: rule for rule in TABLE}
"""The table by the name of the action."""

UNIT_ROLES = tuple(role for role in Role if any(rule.reach(role) is OWN for rule in TABLE))
"""The roles that act for a unit: whoever has one of them without a unit could do nothing."""

ACTING_ROLES = tuple(role for role in Role if any(rule.reach(role) is not None for rule in TABLE))
"""The roles that may do anything at all; the others read, and change nothing."""


def must_be_permitted(meta: Metadata, action: str, unit: str | None = None, *, on_site: bool = False) -> None:
    """Refuse unless the actor may take this action; `unit` is the code of the unit that the relation of its row speaks of.

    Where there is no such unit, nobody acts for it. `on_site` says whether it is about an item of an on-site meeting. NotYourRole,
    NotYourUnit; KeyError where the table has no such action.
    """
    rule, actor = RULES[action], meta.actor
    reach = rule.reach(actor.role)
    if reach is None or (reach is OWN and unit is None) or (reach is ON_SITE and not on_site):
        raise NotYourRole(role=actor.role.value, needs=[role.value for role in _needed(rule, unit, on_site)])
    if reach is OWN and not actor.acts_for(unit):
        raise NotYourUnit(unit=unit, yours=actor.unit)


def _needed(rule: Rule, unit: str | None, on_site: bool) -> Iterable[Role]:
    """The roles that could take an action as things are, and the administrator."""
    for role, reach in rule.roles.items():
        if not (reach is OWN and unit is None) and not (reach is ON_SITE and not on_site):
            yield role
    yield Role.ADMINISTRATOR


def acts_for_a_unit(meta: Metadata, action: str) -> bool:
    """Whether the actor may take this action for the own unit only: then it is about that unit unless another is named."""
    return RULES[action].reach(meta.actor.role) is OWN


def permitted_to(role: Role) -> list[tuple[Rule, Reach]]:
    """Every command that a role may give at all, and how far it reaches, in the order of the table."""
    return [(rule, reach) for rule in TABLE if rule.is_command and (reach := rule.reach(role)) is not None]


# -- reading -------------------------------------------------------------------------------------------------------


class FieldClass(enum.Enum):
    """Who is meant to read a field."""

    PUBLIC = "public"
    INTERNAL = "internal"
    PERSONAL = "personal"


labelled(
    {
        FieldClass.PUBLIC: ("公开", "public"),
        FieldClass.INTERNAL: ("内部", "internal"),
        FieldClass.PERSONAL: ("个人信息", "personal"),
    }
)

_READERS: Mapping[Role, Reach] = dict.fromkeys((role for role in Role if role is not Role.WITNESS), ALWAYS)
_CITY: Mapping[Role, Reach] = dict.fromkeys(
    (Role.LEADER, Role.SECRETARY, Role.SUPERVISOR, Role.AUDITOR, Role.ADMINISTRATOR, Role.SYSTEM), ALWAYS
)

READING: Mapping[FieldClass, Mapping[Role, Reach]] = {
    FieldClass.PUBLIC: _READERS,
    FieldClass.INTERNAL: {**_CITY, Role.CLERK: OWN, Role.HANDLER: OWN},
    FieldClass.PERSONAL: {
        Role.CLERK: OWN,
        Role.HANDLER: OWN,
        Role.SUPERVISOR: ALWAYS,
        Role.AUDITOR: ALWAYS,
        Role.ADMINISTRATOR: ALWAYS,
        Role.SYSTEM: ALWAYS,
    },
}
"""Who may read a field of each class, of every noun that `READING_OF` does not name."""

READING_OF: Mapping[tuple[str, FieldClass], Mapping[Role, Reach]] = {
    # What a receiver answers is for those who look after it, and for those who ask who was told what.
    ("webhook", FieldClass.INTERNAL): dict.fromkeys((Role.AUDITOR, Role.ADMINISTRATOR, Role.SYSTEM), ALWAYS),
    ("attempt", FieldClass.INTERNAL): dict.fromkeys(
        (Role.SUPERVISOR, Role.AUDITOR, Role.ADMINISTRATOR, Role.SYSTEM), ALWAYS
    ),
}
"""Who may read a field of a class of one noun, where that differs."""


HIDDEN_KINDS = frozenset({"attempt"})
"""The kinds of noun of which everything is internal, and that there is one, too."""


def may_read(actor: Actor, noun: str, field_class: FieldClass, units: Iterable[str] = ()) -> bool:
    """Whether this actor may read such fields of a noun that belongs to these units (their codes)."""
    reach = _reading_reach(actor.role, noun, field_class)
    return reach is ALWAYS or (reach is OWN and any(actor.acts_for(unit) for unit in units))


@cache
def reads_all(role: Role, noun: str, field_class: FieldClass) -> bool:
    """Whether this role reads such fields of every noun of that kind, whatever unit it belongs to."""
    return _reading_reach(role, noun, field_class) is ALWAYS


def units_read(actor: Actor, noun: str, field_class: FieldClass) -> tuple[str, ...]:
    """The codes of the units whose nouns of that kind this actor may read such fields of, where not those of all."""
    own = _reading_reach(actor.role, noun, field_class) is OWN and actor.unit is not None
    return (actor.unit, *actor.successor_of) if own and actor.unit is not None else ()


def told_by_unit(units: Iterable[str]) -> Actor:
    """Who stands for a system that is told, unasked, of the nouns of these units: it reads what people of theirs read."""
    first, *others = units
    return Actor("txapi:told", UNIT_ROLES[0], first, tuple(others))


def _reading_reach(role: Role, noun: str, field_class: FieldClass) -> Reach | None:
    return READING_OF.get((noun, field_class), READING[field_class]).get(role)


def hidden_kinds(actor: Actor) -> frozenset[str]:
    """The kinds of noun that this actor must not even know events of."""
    return _hidden_from(actor.role)


@cache
def _hidden_from(role: Role) -> frozenset[str]:
    # Of a noun that belongs to no unit, nobody reads more than all in this role do.
    return frozenset(noun for noun in HIDDEN_KINDS if not reads_all(role, noun, FieldClass.INTERNAL))


TRACED = frozenset({Role.AUDITOR})
"""The roles whose reading of what is not everybody's leaves a trace: they read all of it, whomever it concerns."""


def leaves_trace(role: Role) -> bool:
    """Whether it is kept what somebody in this role reads of what not everybody may read."""
    return role in TRACED


def reads_nothing(role: Role) -> bool:
    """Whether a role may read no noun at all: it has to do with the ledger, whose entries reveal nothing."""
    return all(role not in roles for roles in (*READING.values(), *READING_OF.values()))
