"""Values 值 as clients see them: money, quantities, ratios, partial dates, labels, sources, and the enums they use."""

from __future__ import annotations

import datetime
import enum
from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeVar

import strawberry

from txapi.domain import dates, event, labels, money, official, quantity
from txapi.domain.authority import NotYourRole as _  # noqa: F401 - that module labels the roles
from txapi.projections.moment import Reader
from txapi.projections.references import references_at
from txapi.schema.commands import Info, Lang
from txapi.schema.plain import LabelIn, LabelOf, plain

E = TypeVar("E", bound=type[enum.Enum])


def public_enum(
    members: E,
    zh: str,
    en: str,
    *,
    name: str | None = None,
    label_of: Callable[[Any], labels.Label] = labels.label_of,
) -> E:
    """Publish a domain enum: every member with its label as description, in both languages.

    KeyError where a member has no label (`domain.labels.labelled`).
    """
    # A type that was made before may have published the enum already, without a word: it is described in place then.
    published = members if hasattr(members, "__strawberry_definition__") else strawberry.enum(members)
    definition = published.__strawberry_definition__
    definition.name = name or definition.name
    definition.description = f"{en} {zh}。"
    for value, member in zip(definition.values, members, strict=True):
        label = label_of(member)
        value.description = f"{label.en} {label.zh}".strip() or "as it stands 确数"
    return published


public_enum(event.Basis, "依据", "On what a fact rests.")
public_enum(event.TimeBasis, "时钟依据", "Whose clock gave the recorded time.")
public_enum(event.Role, "角色", "In what capacity somebody acts.")
public_enum(dates.DatePrecision, "日期精度", "How precisely a date is known, which is how it was said.")
public_enum(money.Bound, "限定", "How the printed figure bounds the true one: 超20亿元 is MORE_THAN.")
public_enum(money.Currency, "币种", "An ISO 4217 currency.")
public_enum(
    money.MoneyUnit,
    "金额单位",
    "The unit in which an amount is entered, as it is printed in Chinese.",
    label_of=lambda unit: labels.Label(zh=unit.value, en=f"{unit.currency.value} x {10**unit.scale:,}"),
)


def lang_of(info: Info, lang: Lang | None) -> str:
    """The language asked for, else the request's: "zh" or "en"."""
    return lang.value if lang is not None else info.context.language


@strawberry.type(description="The same thing said in Chinese and in English. 双语标签。")
class Label:
    """What people read for an English identifier."""

    zh: str = strawberry.field(description="In Chinese. 中文。")
    en: str = strawberry.field(description="In English. 英文。")

    @classmethod
    def of(cls, label: labels.Label) -> Label:
        """The public form of a label."""
        return cls(zh=label.zh, en=label.en)

    @classmethod
    def of_member(cls, member: enum.Enum) -> Label:
        """The label of an enum member."""
        return cls.of(labels.label_of(member))


def label_of(column: str, description: str) -> Any:
    """A field: what people read for the member that an enum column of the row holds."""

    def told(self: Any) -> Label:
        return Label.of_member(getattr(self, column))

    return strawberry.field(resolver=told, description=description, metadata=plain(LabelOf(column)))


def label_in(column: str, description: str, *, nullable: bool = False) -> Any:
    """A field: the label that a column of the row holds; `nullable` where there may be none."""

    def told(self: Any) -> Label:
        return Label.of(getattr(self, column))

    def told_or_none(self: Any) -> Label | None:
        label = getattr(self, column)
        return None if label is None else Label.of(label)

    resolver = told_or_none if nullable else told
    return strawberry.field(resolver=resolver, description=description, metadata=plain(LabelIn(column)))


@strawberry.type(description="The document that states a fact, and where in it. 来源。")
class Source:
    """A document reference."""

    document: str = strawberry.field(description="The document's title or number. 文件。")
    locator: str = strawberry.field(description="Page, line or paragraph. 位置。")
    publisher: str | None = strawberry.field(description="Who issued it. 发布单位。")
    published_at: datetime.datetime | None = strawberry.field(description="When it was issued. 发布时间。")
    note: str | None = strawberry.field(description="Anything else. 备注。")

    @classmethod
    def of(cls, source: event.Source | None) -> Source | None:
        """The public form of a source; None for none."""
        if source is None:
            return None
        return cls(
            document=source.document,
            locator=source.locator,
            publisher=source.publisher,
            published_at=source.published_at,
            note=source.note,
        )


@strawberry.type(
    description="When something happened or is to happen: some day of an interval, both ends included. An open end is null:"
    " without `earliest`, it is known only to have happened by `latest`. 不完整日期。"
)
class PartialDate:
    """A date as precise as it was said."""

    earliest: datetime.date | None = strawberry.field(description="The first day that it can be. 最早日期。")
    latest: datetime.date | None = strawberry.field(description="The last day that it can be. 最晚日期。")
    precision: dates.DatePrecision = strawberry.field(description="How precisely it was said. 日期精度。")
    printed: str | None = strawberry.field(description="What the source wrote. 原文写法。")
    value: strawberry.Private[dates.PartialDate]

    @strawberry.field(description="What people read: 2015年5月底, end of May 2015. 文字。")
    def text(self, info: Info, lang: Lang | None = None) -> str:
        """The date in words."""
        return self.value.text(lang_of(info, lang))

    @classmethod
    def of(cls, when: dates.PartialDate | None) -> PartialDate | None:
        """The public form of a partial date; None for none."""
        if when is None:
            return None
        return cls(
            earliest=when.earliest, latest=when.latest, precision=when.precision, printed=when.printed, value=when
        )


@strawberry.type(description="An amount of money as entered, never converted between currencies. 金额。")
class Money:
    """An amount with its unit and bound."""

    amount: Decimal = strawberry.field(description="The figure as entered: 4.85 of 4.85亿元. 数额。")
    unit: money.MoneyUnit = strawberry.field(description="The unit in which it was entered. 单位。")
    currency: money.Currency = strawberry.field(description="The currency of the unit. 币种。")
    bound: money.Bound = strawberry.field(description="How it bounds the true amount. 限定。")
    base: Decimal = strawberry.field(description="The same amount in whole yuan, dollars and so on, exact. 折合元。")
    value: strawberry.Private[money.Money]

    @strawberry.field(description="What people read: 超20亿元, more than CNY 2 billion. 文字。")
    def text(self, info: Info, lang: Lang | None = None) -> str:
        """The amount in words."""
        return self.value.text(lang_of(info, lang))

    @classmethod
    def of(cls, amount: money.Money | None) -> Money | None:
        """The public form of an amount; None for none."""
        if amount is None:
            return None
        return cls(
            amount=amount.amount,
            unit=amount.unit,
            currency=amount.currency,
            bound=amount.bound,
            base=Decimal(amount.base_text),
            value=amount,
        )


@strawberry.type(description="The sum of the stated amounts in one currency. 分币种合计。")
class CurrencySum:
    """Currencies are never added; what is missing or vague is counted beside the sum."""

    currency: money.Currency = strawberry.field(description="The currency. 币种。")
    sum: Decimal = strawberry.field(description="In whole yuan, dollars and so on, exact. 合计。")
    stated: int = strawberry.field(description="How many amounts were added. 已载明数。")
    unstated: int = strawberry.field(description="How many members state no amount. 未载明数。")
    bounded: int = strawberry.field(description="How many of the added are no exact figures (超, 近, 约). 非确数。")

    @classmethod
    def of(cls, total: money.CurrencySum) -> CurrencySum:
        """The public form of a sum."""
        return cls(
            currency=total.currency,
            sum=Decimal(total.sum).scaleb(-total.currency.minor_digits),
            stated=total.stated,
            unstated=total.unstated,
            bounded=total.bounded,
        )


@strawberry.type(description="A figure with its unit of measure. 数量。")
class Quantity:
    """A figure as entered."""

    amount: Decimal = strawberry.field(description="The figure as entered. 数值。")
    unit: str = strawberry.field(description="The code of the unit of measure, from the adopted units. 计量单位。")
    bound: money.Bound = strawberry.field(description="How it bounds the true figure. 限定。")
    value: strawberry.Private[quantity.Quantity]
    reader: strawberry.Private[Reader]

    @strawberry.field(description="What people read: 约36万吨, with the label of the adopted unit. 文字。")
    def text(self, info: Info, lang: Lang | None = None) -> str:
        """The figure in words."""
        return self.value.text(lang_of(info, lang), references_at(self.reader).unit_label)

    @classmethod
    def of(cls, figure: quantity.Quantity | None, reader: Reader) -> Quantity | None:
        """The public form of a figure, None for none; `reader` gives the units of measure adopted at its moment."""
        if figure is None:
            return None
        return cls(amount=figure.amount, unit=figure.unit, bound=figure.bound, value=figure, reader=reader)


@strawberry.type(description="A share as two integers, rounded only when it is shown. 比率。")
class Ratio:
    """Numerator over denominator."""

    numerator: Decimal = strawberry.field(description="The part, an integer. 分子。")
    denominator: Decimal = strawberry.field(description="The whole, a positive integer. 分母。")
    basis: event.Basis = strawberry.field(description="Whether it was computed or stated. 依据。")
    value: strawberry.Private[quantity.Ratio]

    @strawberry.field(description="In percent, rounded half up once: 86 of 129 is 66.7. 百分数。")
    def percent(self, places: int = 1) -> Decimal:
        """The ratio in percent, with 0 to 6 decimals."""
        return self.value.percent(max(0, min(places, 6)))

    @strawberry.field(description="In percent, as it is printed: 66.7%. 文字。")
    def text(self, places: int = 1) -> str:
        """The ratio as people read it, with 0 to 6 decimals."""
        return self.value.text(max(0, min(places, 6)))

    @classmethod
    def of(cls, ratio: quantity.Ratio | None) -> Ratio | None:
        """The public form of a ratio; None for none."""
        if ratio is None:
            return None
        return cls(
            numerator=Decimal(ratio.numerator), denominator=Decimal(ratio.denominator), basis=ratio.basis, value=ratio
        )


@strawberry.type(description="A person acting in office, named publicly with post and unit. 干部。")
class Official:
    """Who acts in office."""

    name: str = strawberry.field(description="The name as printed. 姓名。")
    post: str | None = strawberry.field(description="The post, where it is known. 职务。")
    unit_code: str | None = strawberry.field(description="The code of the unit, where it is known. 单位代码。")

    @classmethod
    def of(cls, person: official.Official | None) -> Official | None:
        """The public form of an official; None for none."""
        return None if person is None else cls(name=person.name, post=person.post, unit_code=person.unit)
