"""The scalars of the public schema, each strict in what it reads and exact in what it writes."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NewType

import strawberry
from strawberry.schema.config import StrawberryConfig
from strawberry.types.scalar import ScalarDefinition

from txapi.domain.dates import FIRST_YEAR, LAST_YEAR
from txapi.domain.errors import BadInput
from txapi.domain.money import decimal_of

_DIGITS = re.compile(r"0|[1-9][0-9]{0,17}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DATE_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})"
)

Position = NewType("Position", int)
JSON = NewType("JSON", object)


def parse_position(value: Any) -> int:
    """Digits in a string; an integer is accepted from clients that write one."""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not _DIGITS.fullmatch(text):
        raise BadInput("BAD_POSITION", f"{str(value)[:40]!r} is not a position: digits in a string, from 0")
    return int(text)


def parse_date(value: Any) -> date:
    """A day that exists, as YYYY-MM-DD, in the years that are known here."""
    try:
        if not isinstance(value, str) or not _DATE.fullmatch(value):
            raise ValueError(value)
        day = date.fromisoformat(value)
    except ValueError:
        raise BadInput("BAD_DATE", f"{str(value)[:40]!r} is not a date: YYYY-MM-DD, of a day that exists") from None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        # Nearer to the ends of the calendar, there is no day before, or after.
        raise BadInput("BAD_DATE", f"years from {FIRST_YEAR} to {LAST_YEAR} are known here")
    return day


def parse_date_time(value: Any) -> datetime:
    """An instant with its offset, as RFC 3339 writes it, in the years that are known here; kept in UTC."""
    try:
        if not isinstance(value, str) or not _DATE_TIME.fullmatch(value):
            raise ValueError(value)
        instant = datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadInput(
            "BAD_DATE_TIME",
            f"{str(value)[:40]!r} is not an instant: RFC 3339 with an offset, 2015-08-11T08:00:00+08:00",
        ) from None
    if not FIRST_YEAR <= instant.year <= LAST_YEAR:
        # Nearer to the ends of the calendar, there is no day before, or after.
        raise BadInput("BAD_DATE_TIME", f"years from {FIRST_YEAR} to {LAST_YEAR} are known here")
    return instant


def parse_decimal(value: Any) -> Decimal:
    """A decimal in a string; a float would lose digits and is refused."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise BadInput("BAD_DECIMAL", "a decimal is written in a string, for a float loses digits")
    return decimal_of(value, signed=True)


SCALARS: dict[object, ScalarDefinition] = {
    Position: strawberry.scalar(
        name="Position",
        description="An event's number in the record, from 1; as a moment: the record up to and including it. Digits in a"
        " string. 记录位置。",
        serialize=str,
        parse_value=parse_position,
    ),
    Decimal: strawberry.scalar(
        name="Decimal",
        description="Exact decimal in a string, never a float. 精确小数。",
        serialize=lambda value: format(value, "f"),
        parse_value=parse_decimal,
    ),
    date: strawberry.scalar(
        name="Date",
        description="A day, YYYY-MM-DD, in Asia/Shanghai, from 1900 to 2199. 日期。",
        serialize=date.isoformat,
        parse_value=parse_date,
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description="An instant, RFC 3339 with an offset, from 1900 to 2199; answers are in UTC. 时刻。",
        serialize=lambda value: value.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        parse_value=parse_date_time,
    ),
    JSON: strawberry.scalar(
        name="JSON",
        description="Any JSON value. 任意 JSON 值。",
        serialize=lambda value: value,
        parse_value=lambda value: value,
    ),
}


def config() -> StrawberryConfig:
    """The schema's configuration: our scalars, in place of the built-in ones of the same names."""
    return StrawberryConfig(scalar_map=SCALARS)
