"""Adopted editions 版本 as clients see them, and the lights 灯 that name the edition which decided."""

from __future__ import annotations

import datetime

import strawberry

from txapi.domain import light
from txapi.domain.editions import EditionKind
from txapi.projections import references
from txapi.projections.moment import Reader
from txapi.projections.references import EditionRow
from txapi.schema.asking import loads
from txapi.schema.ids import GlobalId
from txapi.schema.nouns import Answer, Node, answers, together
from txapi.schema.scalars import JSON, Position
from txapi.schema.values import Label, public_enum

public_enum(EditionKind, "版本类别", "What is adopted by edition, so that every rule reads it from the record.")
public_enum(light.Light, "灯", "The colour, from nothing to say to act now.")


@answers("版本", "An adopted edition: what rules read, so that nothing that decides lies outside the record.")
class Edition(EditionRow, Answer, Node):
    """One edition of a calendar, policy, set of thresholds and so on."""

    NOUN = "reference"

    @strawberry.field(description="What kind of edition this is, in words. 类别名称。")
    def kind_label(self) -> Label:
        """The label of the kind."""
        return Label.of_member(self.kind)

    @strawberry.field(description="What it says, as it was adopted. 内容。")
    def content(self) -> JSON:
        """The content in JSON form."""
        return JSON(self.body)

    @strawberry.field(description="The event from which on it reads like this. 变更位置。")
    def changed_at(self) -> Position:
        """The position of the adoption, or of the withdrawal."""
        return Position(self.since)


@loads("reference")
def _edition(reader: Reader, pinned: GlobalId | None, key: str) -> Edition | None:
    found = references.edition(reader, key, Edition)
    return None if found is None else together([found], reader, pinned)[0]


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
