"""Question 9 事后变灯: which lights changed retroactively, what the board showed on which days, and what they look like now."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Annotated, Any

import strawberry

from txapi.audit.questions import retroactive_lights
from txapi.audit.questions.retroactive_lights import LitKind
from txapi.projections.moment import Reader
from txapi.schema.asking import Asking
from txapi.schema.audit_lines import AnswerPage
from txapi.schema.audit_parts import LightThen
from txapi.schema.connections import Connection, connect_lines
from txapi.schema.history import Event
from txapi.schema.nouns import Node
from txapi.schema.values import Label, public_enum

public_enum(LitKind, "亮灯对象类别", "What kind of noun has a light.")


@strawberry.type(
    description="Days in a row on which the board showed one colour and would now show another, because of the same events."
    " 连续变灯日。"
)
class LightRun:
    """A run of days."""

    first: datetime.date = strawberry.field(description="The first of the days. 首日。")
    last: datetime.date = strawberry.field(description="The last of the days. 末日。")
    days: int = strawberry.field(description="How many days. 天数。")
    then: LightThen = strawberry.field(description="What the board showed on the evening of the first day. 当时亮灯。")
    now: LightThen = strawberry.field(
        description="What the same evening looks like with what is known since. 现在所见亮灯。"
    )
    blamed: list[Event] = strawberry.field(
        description="The events recorded after these days that changed their light, in order. 归因事件。"
    )

    @classmethod
    def of(cls, run: retroactive_lights.LightRun, page: AnswerPage[Any]) -> LightRun:
        """The public form."""
        return cls(
            first=run.first,
            last=run.last,
            days=(run.last - run.first).days + 1,
            then=LightThen.of(run.then),
            now=LightThen.of(run.now),
            blamed=page.events(run.blamed),
        )


@strawberry.type(description="A noun whose light changed for days that were over. 事后变灯。")
class RetroactiveLights:
    """One line of the answer."""

    kind: LitKind = strawberry.field(description="What it is. 类别。")
    kind_label: Label = strawberry.field(description="That, for people. 类别名称。")
    days: int = strawberry.field(description="On how many days. 天数。")
    line: strawberry.Private[retroactive_lights.RetroactiveLights]
    page: strawberry.Private[AnswerPage[Any]]

    @strawberry.field(description="The ticket, project or target, at the moment of the question. 对象。")
    def noun(self) -> Node | None:
        """The noun."""
        kind = self.line.kind
        return self.page.noun(  # type: ignore[no-any-return]
            kind.value, self.line.noun, lambda line: [line.noun] if line.kind is kind else []
        )

    @strawberry.field(
        description="The days, run by run: at most 366. Empty only for the last noun that a page examined, where the page ends"
        " because it examined as many as it may. 变灯日。"
    )
    def runs(self) -> list[LightRun]:
        """The runs of days."""
        return [LightRun.of(run, self.page) for run in self.line.runs]

    @strawberry.field(description="All events to blame, in order. 依据事件。")
    def events(self) -> list[Event]:
        """Corrections and facts of earlier days."""
        return self.page.events(self.line.events)

    @classmethod
    def of(cls, line: retroactive_lights.RetroactiveLights, page: AnswerPage[Any]) -> RetroactiveLights:
        """The public form of a line."""
        return cls(kind=line.kind, kind_label=Label.of_member(line.kind), days=line.days, line=line, page=page)


@strawberry.type
class RetroactiveLightQuestions(Asking):
    """Question 9 of the ten."""

    @strawberry.field(
        description="Whose lights changed for days of a range that were over: the board of each evening then, and by what is known"
        " now. At most 366 days; a page examines 100 nouns at most, and totalCount counts those that were touched after the fact."
        " BadInput BAD_RANGE. 事后变灯。"
    )
    def retroactive_lights(
        self,
        from_: Annotated[datetime.date, strawberry.argument(name="from", description="The first day. 起日。")],
        to: Annotated[datetime.date, strawberry.argument(description="The last day, included. 止日。")],
        kinds: Annotated[list[LitKind] | None, strawberry.argument(description="Of these kinds only. 类别。")] = None,
        first: int | None = None,
        after: str | None = None,
    ) -> Connection[RetroactiveLights]:
        """A page of them."""
        asked = retroactive_lights.LightsAsked(
            first=from_, last=to, kinds=tuple(LitKind) if kinds is None else tuple(dict.fromkeys(kinds))
        )

        def shown(reader: Reader, lines: Sequence[retroactive_lights.RetroactiveLights]) -> list[RetroactiveLights]:
            page = AnswerPage(reader, self.pinned, lines)
            return [RetroactiveLights.of(line, page) for line in lines]

        return connect_lines(
            self.reader, self.pinned,
            lambda reader, size, key: retroactive_lights.retroactive_lights(reader, asked, size=size, after=key),
            lambda reader: retroactive_lights.count_touched(reader, asked),
            shown, name="retroactiveLights", asked=asked, first=first, after=after,
        )  # fmt: skip
