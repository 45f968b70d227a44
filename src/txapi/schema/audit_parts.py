"""What several answers to an auditor show alike: a light of a past moment 当时亮灯."""

from __future__ import annotations

import strawberry

from txapi.domain import light
from txapi.schema.values import Label


@strawberry.type(description="A light as it was, or would have been, at a moment that an answer speaks of. 当时亮灯。")
class LightThen:
    """A colour with its grounds."""

    colour: light.Light = strawberry.field(description="The colour. 颜色。")
    because: Label = strawberry.field(description="Why, for people. 理由。")
    rule_name: str = strawberry.field(
        description="The name of the edition that decided; empty where none was needed. 规则名称。"
    )

    @classmethod
    def of(cls, verdict: light.LightVerdict) -> LightThen:
        """The public form of a verdict."""
        return cls(colour=verdict.colour, because=Label.of(verdict.because), rule_name=verdict.rule)
