"""Values 值 as clients write them: money, quantities, partial dates, labels and officials in the inputs of commands."""

from __future__ import annotations

import dataclasses
import inspect
import typing
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, TypeVar, dataclass_transform

import strawberry

from txapi.domain import dates, labels, money, official, quantity
from txapi.domain.errors import BadInput
from txapi.schema.context import checked_text
from txapi.schema.nouns import described

T = TypeVar("T")


@dataclass_transform(field_specifiers=(strawberry.field,))
def asks(zh: str, en: str) -> Callable[[type[T]], type[T]]:
    """Make the GraphQL input of a filter's subclass.

    Every `answer(...)` of the filter becomes a field with its meaning as description, unless the class says otherwise.
    """

    def decorate(cls: type[T]) -> type[T]:
        own = inspect.get_annotations(cls)
        for base in cls.__mro__[1:]:
            if not dataclasses.is_dataclass(base):
                continue
            hints = typing.get_type_hints(base)
            for field in dataclasses.fields(base):
                if field.name in own:
                    continue
                own[field.name] = hints[field.name]
                meaning = described(field.metadata.get("zh", ""), field.metadata.get("en", ""))
                setattr(cls, field.name, strawberry.field(default=field.default, description=meaning))
        cls.__annotations__ = own
        return strawberry.input(cls, description=described(zh, en))

    return decorate


@strawberry.input(
    description="When something happened or is to happen, as precisely as it is known. `text` is one of: 2015-05-28, 2015-05,"
    " 2015-Q2, 2015-H1, 2015; `2015-05 early` (mid, late: 上旬 中旬 下旬); `2015-05 end` (月底), `2015 end` (年底);"
    " `by 2015-09` (底前); `2015-03/2015-05`, `../2015-05`. 不完整日期。"
)
class PartialDateInput:
    """A date as precise as it is known."""

    text: str = strawberry.field(description="The date in one of the forms above. 日期。")
    printed: str | None = strawberry.field(default=None, description="What the source wrote. 原文写法。")

    def value(self) -> dates.PartialDate:
        """The date; BadInput BAD_DATE."""
        printed = None if self.printed is None else checked_text(self.printed, "printed", 200)
        return dates.PartialDate.from_text(self.text, printed)


def date_of(given: PartialDateInput | None) -> dates.PartialDate | None:
    """The date that a client gave, if any."""
    return None if given is None else given.value()


@strawberry.input(description="An amount of money as it is printed: 4.85亿元. 金额。")
class MoneyInput:
    """An amount with its unit and bound."""

    amount: Decimal = strawberry.field(description="The figure, at most 18 digits before and 6 after the point. 数额。")
    unit: money.MoneyUnit = strawberry.field(description="In what it is counted. 单位。")
    bound: money.Bound = strawberry.field(
        default=money.Bound.EXACT, description="How it bounds the true amount. 限定。"
    )

    def value(self) -> money.Money:
        """The amount; BadInput NEGATIVE_AMOUNT, AMOUNT_TOO_LARGE, BAD_DECIMAL, INEXACT_AMOUNT."""
        return money.Money(self.amount, self.unit, self.bound)


def money_of(given: MoneyInput | None) -> money.Money | None:
    """The amount that a client gave, if any."""
    return None if given is None else given.value()


@strawberry.input(description="A figure with its unit of measure. 数量。")
class QuantityInput:
    """A figure as it is printed."""

    amount: Decimal = strawberry.field(description="The figure, at most 18 digits before and 6 after the point. 数值。")
    unit: str = strawberry.field(description="The code of an adopted unit of measure. 计量单位。")
    bound: money.Bound = strawberry.field(
        default=money.Bound.EXACT, description="How it bounds the true figure. 限定。"
    )

    def value(self) -> quantity.Quantity:
        """The figure; BadInput NEGATIVE_AMOUNT, AMOUNT_TOO_LARGE, BAD_DECIMAL, BAD_UNIT."""
        return quantity.Quantity(self.amount, checked_text(self.unit, "unit", 64), self.bound)


@strawberry.input(description="The same thing said in Chinese and in English. 双语标签。")
class LabelInput:
    """A label in both languages."""

    zh: str = strawberry.field(description="In Chinese. 中文。")
    en: str = strawberry.field(description="In English. 英文。")

    def value(self) -> labels.Label:
        """The label; BadInput EMPTY_TEXT, TEXT_TOO_LONG, BAD_TEXT."""
        return labels.Label(zh=checked_text(self.zh, "zh", 200), en=checked_text(self.en, "en", 200))


@strawberry.input(description="A person acting in office, named publicly; never with contact data. 干部。")
class OfficialInput:
    """Who acts in office."""

    name: str = strawberry.field(description="The name as printed. 姓名。")
    post: str | None = strawberry.field(default=None, description="The post. 职务。")
    unit: str | None = strawberry.field(default=None, description="The code of the unit. 单位代码。")

    def value(self) -> official.Official:
        """The official; BadInput BAD_NAME, EMPTY_TEXT, TEXT_TOO_LONG, BAD_TEXT."""
        return official.Official(
            checked_text(self.name, "name", 64), optional(self.post, "post", 100), optional(self.unit, "unit", 64)
        )


def official_of(given: OfficialInput | None) -> official.Official | None:
    """The official that a client gave, if any."""
    return None if given is None else given.value()


def optional(text: str | None, name: str, longest: int = 4000) -> str | None:
    """A text that may be left out; BadInput where it is given and cannot be stored."""
    return None if text is None else checked_text(text, name, longest)


def texts(given: Sequence[str], name: str, longest: int = 200, most: int = 100) -> tuple[str, ...]:
    """Several short texts; BadInput TOO_MANY besides those of one text."""
    if len(given) > most:
        raise BadInput("TOO_MANY", f"{name} takes at most {most} entries, not {len(given)}", (name,))
    return tuple(checked_text(text, name, longest) for text in given)


def fields_of(given: Any) -> dict[str, Any] | None:
    """The replacing fields of a correction; BadInput BAD_CORRECTION where they are no object."""
    if given is not None and not isinstance(given, dict):
        raise BadInput("BAD_CORRECTION", "the fields of a correction are an object, or null to retract", ("fields",))
    return given
