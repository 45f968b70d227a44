"""Adopted editions 版本 as clients see them, and the lights 灯 that name the edition which decided."""

from __future__ import annotations

import datetime
from typing import Annotated

import strawberry
from strawberry.scalars import ID

from txapi.application import references as commands
from txapi.application.desk import Done
from txapi.domain import light
from txapi.domain.editions import EditionKind
from txapi.domain.errors import BadInput
from txapi.domain.reference import reference_id
from txapi.projections import references
from txapi.projections.moment import Reader
from txapi.projections.references import EditionRow
from txapi.schema.asking import Asking, loads
from txapi.schema.commands import CommandInput, Info, Refusal, carry_out
from txapi.schema.connections import Connection, connect
from txapi.schema.context import checked_text
from txapi.schema.history import Event, events_at
from txapi.schema.ids import GlobalId, entity_of
from txapi.schema.nouns import Answer, Node, answers, since_position, together
from txapi.schema.permissions import Permission, permissions_of
from txapi.schema.scalars import JSON, Position
from txapi.schema.values import Label, label_of, public_enum

public_enum(EditionKind, "版本类别", "What is adopted by edition, so that every rule reads it from the record.")
public_enum(light.Light, "灯", "The colour, from nothing to say to act now.")


@answers("版本", "An adopted edition: what rules read, so that nothing that decides lies outside the record.")
class Edition(EditionRow, Answer, Node):
    """One edition of a calendar, policy, set of thresholds and so on."""

    NOUN = "reference"

    kind_label = label_of("kind", "What kind of edition this is, in words. 类别名称。")

    @strawberry.field(description="What it says, as it was adopted. 内容。")
    def content(self) -> JSON:
        """The content in JSON form."""
        return JSON(self.body)

    changed_at = since_position("The event from which on it reads like this. 变更位置。")

    @strawberry.field(description="Which commands the viewer may give on it now, and why not the others. 操作权限。")
    def may(self, info: Info) -> list[Permission]:
        """Why a button is grey."""
        return permissions_of(self, info, self.entity_id, commands.may)


def _edition_of(reader: Reader, pinned: GlobalId | None, key: str) -> Edition | None:
    found = references.edition(reader, key, Edition)
    return None if found is None else together([found], reader, pinned)[0]


loads("reference")(_edition_of)


def edition_named(reader: Reader, pinned: GlobalId | None, name: str) -> Edition | None:
    """The edition of that name at the moment; None where there is none or the name is empty."""
    key = (edition_named, name, pinned is None)
    if key not in reader.memo:
        reader.memo[key] = together(
            references.editions_named(reader, [name] if name else [], Edition)[:1], reader, pinned
        )
    return next(iter(reader.memo[key]), None)


@strawberry.type(description="A light, the rule that gave it, and when it may next change. 亮灯。")
class LightVerdict:
    """A colour with its grounds."""

    colour: light.Light = strawberry.field(description="The colour. 颜色。")
    because: Label = strawberry.field(description="Why, for people. 理由。")
    rule_name: str = strawberry.field(
        description="The name of the edition that decided; empty where none was needed. 规则名称。"
    )
    until: datetime.datetime | None = strawberry.field(
        description="The next instant at which it may change although nobody acts. 可能变化的时刻。"
    )
    reader: strawberry.Private[Reader]
    pinned: strawberry.Private[GlobalId | None]

    @strawberry.field(description="The adopted edition that decided; null where none was needed. 规则。")
    def rule(self) -> Edition | None:
        """The edition whose limits gave the light."""
        return edition_named(self.reader, self.pinned, self.rule_name)

    @classmethod
    def of(cls, verdict: light.LightVerdict, answer: Answer) -> LightVerdict:
        """The public form of a verdict on a noun."""
        return cls(
            colour=verdict.colour,
            because=Label.of(verdict.because),
            rule_name=verdict.rule,
            until=verdict.until,
            reader=answer.reader,
            pinned=answer._siblings.pinned,
        )


# -- questions and commands --------------------------------------------------------------------------------------------


@strawberry.type
class ReferenceQuestions(Asking):
    """Root fields about adopted editions."""

    @strawberry.field(description="One edition by kind and name, withdrawn or not; null where it is not known. 版本。")
    def edition(self, kind: EditionKind, edition: str) -> Edition | None:
        """The edition of that name."""
        return _edition_of(self.reader, self.pinned, reference_id(kind, edition))

    @strawberry.field(description="The adopted editions, by kind and name, withdrawn ones too. 版本列表。")
    def editions(
        self,
        kind: EditionKind | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[Edition]:
        """A page of the editions."""
        return connect(
            self.reader,
            self.pinned,
            lambda reader: references.select(reader, kind),
            list(references.BY_NAME),
            Edition,
            name="editions",
            asked=kind,
            first=first,
            after=after,
            last=last,
            before=before,
        )


@strawberry.input(description="Adopt an edition: from here on rules read it. 采用版本。")
class AdoptEditionInput(CommandInput):
    """What is adopted."""

    kind: EditionKind = strawberry.field(description="What it decides. 类别。")
    edition: str = strawberry.field(description="Its name, in a-z, 0-9, point and hyphen. 版本。")
    content: JSON = strawberry.field(description="What it says, as in an edition's file below `content`. 内容。")
    in_force_from: datetime.date | None = strawberry.field(
        default=None, description="The first day on which rules read it; null: at once. 施行日期。"
    )


@strawberry.input(description="Withdraw an edition that was adopted by mistake; it needs a reason. 撤回版本。")
class WithdrawEditionInput(CommandInput):
    """What is withdrawn."""

    edition: ID = strawberry.field(description="The edition, by entityId or id. 版本。")


@strawberry.type(description="An edition after a command on it. 版本回执。")
class EditionReceipt:
    """What was recorded."""

    edition: Edition = strawberry.field(description="The edition as it is now. 版本。")
    position: Position = strawberry.field(description="The last event of the command. 位置。")
    events: list[Event] = strawberry.field(description="The events of the command. 事件。")
    replayed: bool = strawberry.field(description="Whether the command had been carried out before. 是否重放。")


EditionResult = Annotated[
    EditionReceipt | Refusal, strawberry.union("EditionResult", description="A receipt or a refusal. 结果。")
]


def _receipt(reader: Reader, done: Done) -> EditionReceipt:
    found = _edition_of(reader, None, done.id)
    if found is None:
        raise AssertionError(f"edition {done.id} was recorded at {done.last} and is not among the rows")
    return EditionReceipt(
        edition=found,
        position=Position(done.last),
        events=events_at(reader, range(done.first, done.last + 1)),
        replayed=done.replayed,
    )


@strawberry.type
class ReferenceMutations:
    """Commands on adopted editions."""

    @strawberry.mutation(
        description="Adopt an edition. A working-day calendar makes every deadline final that waited for its year. 采用版本。"
    )
    def adopt_edition(self, info: Info, input: AdoptEditionInput) -> EditionResult:
        """Adopt an edition."""
        content = input.content
        if not isinstance(content, dict):
            raise BadInput("BAD_EDITION", "the content of an edition is an object", ("content",))
        return carry_out(
            info,
            input,
            lambda desk, order: commands.adopt_edition(
                desk,
                order,
                kind=input.kind,
                edition=checked_text(input.edition, "edition", 80),
                content=content,
                in_force_from=input.in_force_from,
            ),
            _receipt,
        )

    @strawberry.mutation(description="Withdraw an edition. 撤回版本。")
    def withdraw_edition(self, info: Info, input: WithdrawEditionInput) -> EditionResult:
        """Withdraw an edition."""
        reference = entity_of(input.edition, "reference")
        return carry_out(
            info,
            input,
            lambda desk, order: commands.withdraw_edition(desk, order, reference=reference),
            _receipt,
        )
