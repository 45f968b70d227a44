"""Figures 填报数 from a sheet: cumulative by month, cross-checked with the month's own figure, totals with their sum."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from txapi.application.targets import correct_target, report_actual
from txapi.domain.editions import Indicator, Measure
from txapi.domain.labels import Label
from txapi.domain.money import Money, MoneyUnit
from txapi.domain.pace import Figure
from txapi.domain.quantity import SCALE_POWER, Quantity
from txapi.domain.reference import References
from txapi.domain.target import Target
from txapi.imports import columns as reading
from txapi.imports.columns import Column
from txapi.imports.kind import Importing, Lists, Outcome, SheetKind
from txapi.imports.rows import Row, Table, Total
from txapi.imports.wrong import Wrong

_MONEY = {unit.value: unit for unit in MoneyUnit}

COLUMNS = (
    Column("indicator", "指标", "已采用的指标代码", "The code of an adopted indicator.", reading.code, required=True),
    Column("unit", "单位", "单位代码", "The code of the unit that reports.", reading.code, required=True),
    Column(
        "month", "月份", "如 2015-07；不要写 2015.1", "The month, 2015-07; never 2015.1.", reading.month, required=True
    ),
    Column(
        "monthly", "当月数", "仅供核对：累计数 = 上月累计数 + 当月数",
        "Of the month alone, only to check: cumulative = that of the month before + this.", reading.decimal,
    ),
    Column(
        "cumulative", "累计数", "自1月1日至当月末", "Since 1 January, through the end of the month.", reading.decimal,
        required=True,
    ),
    Column(
        "counted_in", "计量单位", "不填则按指标的单位", "The unit of both figures; that of the indicator unless given.",
        reading.code,
    ),
    Column("reason", "说明", "累计数下降或更正时须说明", "Why; needed where the cumulative figure falls.", reading.text),
)  # fmt: skip


def target_of(importing: Importing, row: Row) -> Target:
    """The target that a row is about. Wrong UNKNOWN_TARGET."""
    indicator, unit, (year, _) = row["indicator"], row["unit"], row["month"]
    references = importing.desk.references
    if indicator not in references.indicators:
        raise Wrong("UNKNOWN_INDICATOR", "there is no indicator {given}", "indicator", given=indicator)
    id = importing.desk.record.owner_of_key("target", f"{indicator}/{unit}/{year}")
    if id is None:
        raise Wrong(
            "UNKNOWN_TARGET",
            "{unit} has no target by {indicator} in {year}",
            "unit",
            unit=unit,
            indicator=indicator,
            year=str(year),
        )
    return importing.desk.load(Target, id)


def through(row: Row) -> date:
    """The last day of the row's month."""
    year, month = row["month"]
    return date(year, month, calendar.monthrange(year, month)[1])


def counted_in(importing: Importing, row: Row) -> str:
    """What the figures of a row are counted in."""
    told = row["counted_in"]
    if told:
        return str(told)
    indicator = importing.desk.references.indicators.get(row["indicator"])
    return indicator.unit if indicator else ""


def figure(amount: Decimal, unit: str) -> Figure:
    """A figure in a unit of money, or in a unit of measure. BadInput."""
    if unit in _MONEY:
        return Figure(money=Money(amount, _MONEY[unit]))
    return Figure(quantity=Quantity(amount, unit))


def act(importing: Importing, row: Row) -> Outcome:
    """Report the figure of a row, or find it reported, or correct what was."""
    target = target_of(importing, row)
    last = through(row)
    unit = counted_in(importing, row)
    try:
        value = figure(row["cumulative"], unit)
    except ValueError as error:
        raise Wrong("BAD_FIGURE", "this cumulative figure is of no use: {why}", "cumulative", why=str(error)) from error
    known = next((fact for fact in target.figures if fact.through == last), None)
    if known is None:
        report_actual(importing.desk, importing.order(row, row["reason"]), target=target.id, through=last, value=value)
        return Outcome.NEW
    if known.value.is_like(value) and known.value.base == value.base:
        return Outcome.SAME
    before = f"{known.value.amount.amount:f}"
    importing.must_correct(
        "cumulative",
        (
            "{before} was reported through {last}, and this row says {here};"
            " to correct it, import with --correct and --reason"
        ),
        before=before,
        last=last.isoformat(),
        here=f"{row['cumulative']:f}",
    )
    fields = {"value": msgspec.to_builtins(value)}
    order = importing.order(row, row["reason"])
    correct_target(importing.desk, order, target=target.id, corrects=known.version, fields=fields)
    return Outcome.CORRECTED


def ordered(rows: Sequence[Row]) -> list[Row]:
    """Month by month, so that each figure is judged beside the one before it, however the sheet is sorted."""
    return sorted(rows, key=lambda row: (row["month"], row.number))


# -- cross-checks ------------------------------------------------------------------------------------------------------


def check(importing: Importing, tables: Sequence[Table]) -> None:
    """Compare the month's figures with the cumulative ones, find what is said twice, and check the totals."""
    said: dict[tuple[str, str, int, int], Row] = {}
    for row in (row for table in tables for row in table.rows if row.good):
        key = (row["indicator"], row["unit"], *row["month"])
        if key in said:
            first = said[key].place("month")
            importing.problems.add(
                row.place("month"),
                Wrong("ROW_TWICE", "this month of this target stands in {first} already", first=first),
            )
            row.good = False
        else:
            said[key] = row
    for row in said.values():
        _check_month(importing, row, said)
    for table in tables:
        for total in table.totals:
            _check_total(importing, table, total)


def _check_month(importing: Importing, row: Row, said: dict[tuple[str, str, int, int], Row]) -> None:
    """The cumulative figure is that of the month before and the month's own."""
    if row["monthly"] is None or not _adds_up(importing, row):
        return
    unit = counted_in(importing, row)
    (year, month) = row["month"]
    before = Decimal(0)
    if month > 1:
        earlier = said.get((row["indicator"], row["unit"], year, month - 1))
        found = None if earlier is None else _based(earlier["cumulative"], counted_in(importing, earlier))
        if found is None:
            found = _recorded(importing, row, date(year, month - 1, calendar.monthrange(year, month - 1)[1]))
        if found is None:
            importing.problems.note(
                row.place("monthly"),
                Wrong(
                    "MONTH_IS_NOT_CHECKED",
                    "there is no cumulative figure of {month}, so this month's is not checked",
                    month=f"{year}-{month - 1:02d}",
                ),
            )
            return
        before = found
    expected = before + _based(row["monthly"], unit)
    if expected != _based(row["cumulative"], unit):
        shown = expected.scaleb(-_power(unit)).normalize()
        importing.problems.add(
            row.place("cumulative"),
            Wrong(
                "MONTHS_DO_NOT_ADD_UP",
                "the month before and this month come to {sum}, and this cell says {here}",
                sum=f"{shown:f}",
                here=f"{row['cumulative']:f}",
            ),
        )
        row.good = False


def _adds_up(importing: Importing, row: Row) -> bool:
    """Whether months of the indicator are added: rates are not."""
    indicator: Indicator | None = importing.desk.references.indicators.get(row["indicator"])
    return indicator is not None and indicator.measure is not Measure.PERCENTAGE


def _recorded(importing: Importing, row: Row, last: date) -> Decimal | None:
    try:
        target = target_of(importing, row)
    except Wrong:
        return None
    fact = next((fact for fact in target.figures if fact.through == last), None)
    if fact is None:
        return None
    amount = fact.value.amount
    return _based(amount.amount, amount.unit.value if isinstance(amount, Money) else amount.unit)


def _power(unit: str) -> int:
    return _MONEY[unit].scale + _MONEY[unit].currency.minor_digits if unit in _MONEY else SCALE_POWER


def _based(amount: Decimal, unit: str) -> Decimal:
    """The amount in what the record counts, so that 万元 and 亿元 can be added."""
    return amount.scaleb(_power(unit))


def _check_total(importing: Importing, table: Table, total: Total) -> None:
    """A total is the sum of the rows above it that are as it says: of its month, its indicator, its unit."""
    row = total.row
    said = {name: row[name] for name in ("indicator", "unit", "month") if _plain(row[name]) is not None}
    above = [one for one in table.rows if total.after < one.number < row.number]
    if any(one[name] is None for one in above for name in ("indicator", "unit", "month", "cumulative")):
        # A row above is wrong, which is told there: what it would add is not known.
        return
    rows = [one for one in above if all(one[name] == value for name, value in said.items())]
    for column in ("monthly", "cumulative"):
        value = row[column]
        if isinstance(value, Wrong):
            importing.problems.add(row.place(column), value)
        elif value is not None:
            _check_sum(importing, row, column, rows)


def _plain(value: Any) -> Any:
    return None if isinstance(value, Wrong) else value


def _check_sum(importing: Importing, total: Row, column: str, rows: Sequence[Row]) -> None:
    counted = {counted_in(importing, one) for one in rows}
    unit = _plain(total["counted_in"]) or (next(iter(counted)) if len(counted) == 1 else "")
    place = total.place(column)
    if not rows or not unit or len({_currency(one) for one in (*counted, unit)}) > 1:
        importing.problems.note(
            place,
            Wrong(
                "TOTAL_IS_NOT_CHECKED",
                "what is added is counted in different units: this total is not checked",
            ),
        )
        return
    adding = rows if column == "monthly" else _latest(rows)
    amounts = [_based(one[column], counted_in(importing, one)) for one in adding if one[column] is not None]
    expected = sum(amounts, Decimal(0)).scaleb(-_power(unit))
    if expected != total[column]:
        shown = f"{expected.normalize():f}"
        importing.problems.add(
            place,
            Wrong(
                "TOTAL_DIFFERS",
                "the rows above come to {sum}, and this total says {here}",
                sum=shown,
                here=f"{total[column]:f}",
            ),
        )


def _currency(unit: str) -> str:
    return _MONEY[unit].currency.value if unit in _MONEY else unit


def _latest(rows: Sequence[Row]) -> list[Row]:
    """Of each target the last month: cumulative figures of several months are not added."""
    last: dict[tuple[str, str, int], Row] = {}
    for row in sorted((row for row in rows if row["month"]), key=lambda row: row["month"]):
        last[row["indicator"], row["unit"], row["month"][0]] = row
    return list(last.values())


def lists(of: Any) -> Lists:
    """The indicators, units and units of measure that are known."""
    references: References = of.references
    return {
        "indicator": [(one.code, one.label.zh) for one in references.indicators.values()],
        "unit": of.units,
        "counted_in": [(unit, "") for unit in _MONEY] + [(one.code, one.label.zh) for one in references.units.values()],
    }


FIGURES = SheetKind(
    "figures",
    Label(zh="填报数", en="figures"),
    Label(zh="一行一个单位、一项指标、一个月份的累计完成数。", en="One row for each unit, indicator and month."),
    COLUMNS,
    act,
    {"month": "2015-07", "monthly": Decimal("320.5"), "cumulative": Decimal("2240.5"), "counted_in": "万美元"},
    lists,
    {
        "FactLiesAhead": "month",
        "FallNeedsAReason": "cumulative",
        "FigureOfAnotherMeasure": "counted_in",
    },
    check,
    ordered,
)
