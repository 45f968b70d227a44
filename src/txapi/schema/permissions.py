"""Permissions 权限: which commands are open to the viewer now, and why the others are not."""

from __future__ import annotations

from collections.abc import Callable

import strawberry
from graphql.pyutils import snake_to_camel

from txapi.application.desk import Loads, MomentIsPast, Standstill
from txapi.domain import errors
from txapi.domain.event import Metadata, Role
from txapi.domain.permissions import Reach, Relation, permitted_to
from txapi.schema.commands import Info, Refusal
from txapi.schema.nouns import Answer
from txapi.schema.values import public_enum

May = Callable[[Loads, Metadata, str], list[tuple[str, errors.Refusal | None]]]
"""The `may` of an application module: every command on a noun, and why the actor may not give it now."""


public_enum(Reach, "权限范围", "How far a role may give a command.")
public_enum(
    Relation,
    "单位关系",
    "Which unit must be the viewer's own, where a command is given for the own unit.",
    name="UnitRelation",
)


@strawberry.type(description="Whether a command is open to the viewer, and why not: why a button is grey. 操作权限。")
class Permission:
    """One command on one noun."""

    action: str = strawberry.field(description="The command, by the name of its mutation. 操作。")
    allowed: bool = strawberry.field(description="Whether the viewer may give it now. 是否允许。")
    because: Refusal | None = strawberry.field(description="Why not; null where it is open. 原因。")


def permissions_of(answer: Answer, info: Info, entity_id: str, may: May) -> list[Permission]:
    """What the viewer may do with a noun. Input that a command refuses comes on top."""
    context = info.context
    moment = answer.reader.moment
    meta = Metadata(
        decided_at=context.now,
        actor=context.acting(answer.reader),
        correlation_id="permissions",
        clock=context.record.clock.basis,
    )
    past = None if moment.now else MomentIsPast(position=moment.position)
    return [
        Permission(
            action=snake_to_camel(action, upper=False),
            allowed=(refusal := past or refused) is None,
            because=None if refusal is None else Refusal.of(refusal),
        )
        for action, refused in may(Standstill(context.record, moment.position), meta, entity_id)
    ]


@strawberry.type(
    description="A command that a role may give at all, and how far. What it is about decides the rest. 角色权限。"
)
class RolePermission:
    """One row of the table of permissions, for one role."""

    action: str = strawberry.field(description="The command, by the name of its mutation. 操作。")
    reach: Reach = strawberry.field(description="How far the role may give it. 权限范围。")
    relation: Relation = strawberry.field(
        description="Whose unit matters, where it is given for the own unit. 单位关系。"
    )


def permissions_of_role(role: Role) -> list[RolePermission]:
    """What a role may do at all."""
    return [
        RolePermission(action=snake_to_camel(rule.action, upper=False), reach=reach, relation=rule.relation)
        for rule, reach in permitted_to(role)
    ]
