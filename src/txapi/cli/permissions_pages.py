"""The table of permissions as it is published: for programs in YAML, for people as a page."""

from __future__ import annotations

import re
from collections.abc import Iterable

from txapi.domain.errors import NOUNS
from txapi.domain.event import Role
from txapi.domain.labels import label_of
from txapi.domain.permissions import PARTS, READING, READING_OF, TABLE, UNGIVEN, FieldClass, Reach, Relation, Rule

ROLES = tuple(role for role in Role if role is not Role.SYSTEM)
MARKS = {Reach.ALWAYS: "●", Reach.OWN_UNIT: "○", Reach.ON_SITE_ITEMS: "△", None: ""}
_CHINESE = re.compile(r"\s*([^.。!?]*[\u4e00-\u9fff][^。]*)。$")


def command_of(rule: Rule) -> str:
    """The action by the name of its mutation; a part of one keeps its word behind the dot."""
    first, *others = rule.action.partition(".")[0].split("_")
    part = rule.action.partition(".")[2]
    return first + "".join(word.title() for word in others) + (f".{part}" if part else "")


def permissions_file() -> str:
    """The table in YAML: every action with its noun, whose unit matters, and how far each role may take it."""
    lines = [
        "# Written by `txapi publish` from txapi/domain/permissions.py; do not edit. Who may do and read what;",
        "# docs/reference/permissions.md explains it. A role that is not named may not. The system, which is the watch and the",
        "# loader, may do everything, and nobody signs in as it.",
        "reaches:",
        *(f"  {reach.value}: {_both(label_of(reach).zh, label_of(reach).en)}" for reach in Reach),
        "relations:",
        *(f"  {relation.value}: {_both(label_of(relation).zh, label_of(relation).en)}" for relation in Relation),
        "actions:",
    ]
    for rule in TABLE:
        lines.append(f"  - action: {command_of(rule)}")
        lines.append(f"    noun: {rule.noun}")
        lines.append(f"    relation: {rule.relation.value}")
        if not rule.is_command:
            lines.append("    mutation: false")
        lines.append(f"    roles: {_roles({role: rule.reach(role) for role in ROLES})}")
    lines.append("reading:")
    for field_class in FieldClass:
        lines.append(f"  - class: {field_class.value}")
        lines.append(f"    roles: {_roles({role: READING[field_class].get(role) for role in ROLES})}")
    for (noun, field_class), roles in READING_OF.items():
        lines += [f"  - class: {field_class.value}", f"    noun: {noun}"]
        lines.append(f"    roles: {_roles({role: roles.get(role) for role in ROLES})}")
    return "\n".join(lines) + "\n"


def _roles(reaches: dict[Role, Reach | None]) -> str:
    return "{" + ", ".join(f"{role.value}: {reach.value}" for role, reach in reaches.items() if reach) + "}"


def _both(zh: str, en: str) -> str:
    return f'{{zh: {zh}, en: "{en}"}}'


def permissions_page(schema: str) -> str:
    """The table for people, in both languages; what a command does, the schema's descriptions say."""
    from graphql import build_schema

    mutation = build_schema(schema).mutation_type
    assert mutation is not None
    said = {name: field.description or "" for name, field in mutation.fields.items()}
    lines = [_ABOUT]
    noun = ""
    for rule in TABLE:
        if rule.noun != noun:
            noun = rule.noun
            zh, en = NOUNS[noun]
            lines += [f"\n## {en.capitalize()} {zh}\n", _head("Action 操作", "Own unit 本单位")]
        zh, en = _words(rule, said)
        relation = label_of(rule.relation)
        whose = "" if rule.relation is Relation.NONE else f"{relation.zh} {relation.en}"
        lines.append(f"| `{command_of(rule)}` {zh}。{en} | {whose} | {_cells(rule.reach(role) for role in ROLES)} |")
    lines += ["\n## Reading 查看\n", _READING, _head("Class 级别", "Nouns 对象")]
    for field_class in FieldClass:
        label = label_of(field_class)
        lines.append(
            f"| {label.zh} {label.en} | all 全部 | {_cells(READING[field_class].get(role) for role in ROLES)} |"
        )
    for (of, field_class), roles in READING_OF.items():
        label = label_of(field_class)
        lines.append(f"| {label.zh} {label.en} | {' '.join(NOUNS[of])} | {_cells(roles.get(role) for role in ROLES)} |")
    return "\n".join(lines) + "\n"


def _words(rule: Rule, said: dict[str, str]) -> tuple[str, str]:
    """What an action is called, in Chinese and in English."""
    if rule.action in PARTS:
        return PARTS[rule.action].zh, PARTS[rule.action].en
    description = said[command_of(rule)]
    found = _CHINESE.search(description)
    assert found is not None, description
    return found[1].strip(), description[: found.start()].strip()


def _head(first: str, second: str) -> str:
    titles = " | ".join(f"{label_of(role).zh} {label_of(role).en}" for role in ROLES)
    return f"| {first} | {second} | {titles} |\n| --- | --- |{' :-: |' * len(ROLES)}"


def _cells(reaches: Iterable[Reach | None]) -> str:
    return " | ".join(MARKS[reach] for reach in reaches)


_ABOUT = f"""\
<!-- Written by `txapi publish` from the code; do not edit. -->

# Permissions 权限

Who may do what: one table (`txapi/domain/permissions.py`), which decides and is published here and, for programs, in
[domain/reference/permissions.yaml](../../domain/reference/permissions.yaml). `viewer {{ may }}` is a role's column of it; `may` on a
noun says which commands are open on it now, for this viewer, and why the others are not.
一张表决定谁能做什么；`viewer {{ may }}` 给出本角色的一列，各对象的 `may` 给出此刻可用的操作及原因。

- ● always 可
- ○ for the own unit, and for units merged into it 限本单位（含并入单位）; which unit that must be, the second column says
- △ for items of on-site meetings 限现场办公事项
- blank: never 空白为不可

Where a noun has no such unit, nobody acts for it. {" and ".join(f"`{name}`" for name in UNGIVEN)} is the system's own.
Why it is so: [decision 42](../decisions/0042-permissions.md)."""

_READING = """\
What a field is, its description says; where nothing is said it is public. What is read as of the past is judged by today's permission.
A policy of reading can make tickets internal as a whole: [who reads what](../reading.md).
字段级别见其说明，未说明者为公开；查看过去按今天的权限判断。可采用阅读规则将工作联系单整体定为内部。
"""
