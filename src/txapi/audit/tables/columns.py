"""A column 列 of a table, and how the fields of a row become columns: each with its type, unit and meaning in two languages."""

from __future__ import annotations

import dataclasses
import enum
import types
import typing
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

from txapi.audit.tables.extract import SEPARATOR
from txapi.domain.dates import PartialDate
from txapi.domain.labels import LABELS, Label
from txapi.domain.money import Money
from txapi.domain.pace import Figure
from txapi.domain.quantity import Quantity, Ratio
from txapi.projections.field_labels import BEHIND_RELATIONS

if TYPE_CHECKING:
    from txapi.audit.tables.extract import Extract


class Kind(enum.Enum):
    """The type of a column: how its values are written in each kind of file."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    DATE = "date"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class Line:
    """What one row of a table is made of: the thing, what was computed beside it, and the extract that it is read from."""

    row: Any
    extract: Extract
    more: Mapping[str, Any] = dataclasses.field(default_factory=dict)


Get = Callable[[Line], Any]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `zh` and `en` are its meanings, `source` where it comes from, `of` how it is read off a line."""

    name: str
    kind: Kind
    zh: str
    en: str
    source: str
    of: Get
    unit: str = ""
    values: str = ""
    """The codes that may stand in it, each with its labels; empty where there is no such list."""
    codes: tuple[str, ...] = ()
    """The same codes without their labels."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table: a stable English name, what people read for it, what one row of it is, and its columns."""

    name: str
    label: Label
    meaning: Label
    columns: tuple[Column, ...]
    internal_of: str | None = None
    """The kind of noun whose internal fields it tells: whoever may not read these gets no such table. None for all others."""
    of_now: bool = False
    """Whether it says how things are now, and nothing of any other moment."""

    def cells(self, line: Line) -> list[Any]:
        """The values of one row, in the order of the columns: text, int, Decimal, bool, date, datetime or None."""
        return [column.of(line) for column in self.columns]


LAST = ("entity_id", "version", "changed_at")
"""What serves looking a row up elsewhere stands at the end of it."""


def arranged(columns: Iterable[Column], *lead: str) -> tuple[Column, ...]:
    """The columns with those named first at the beginning, and what serves looking up at the end."""
    by_name = {column.name: column for column in columns}
    ends = [name for name in LAST if name in by_name and name not in lead]
    between = [name for name in by_name if name not in (*lead, *ends)]
    return tuple(by_name[name] for name in (*lead, *between, *ends))


Meanings = Mapping[str, tuple[str, str]]

VALUES: dict[type, Meanings] = {}
"""What the fields of a value mean wherever it occurs, by its class: filled by `value_meanings`."""


def value_meanings(cls: type, meanings: Meanings) -> None:
    """Say what the fields of a value mean, so that it becomes columns wherever a row holds one.

    AssertionError where the fields are others: a new field cannot stay without a meaning.
    """
    fields = set(_hints(cls))
    if fields != set(meanings):
        raise AssertionError(f"{cls.__name__}: {sorted(fields ^ set(meanings))} differ from its meanings")
    VALUES[cls] = meanings


# -- one value ---------------------------------------------------------------------------------------------------------


def told(name: str, kind: Kind, zh: str, en: str, get: Get, unit: str = "", source: str = "computed") -> Column:
    """A column that is computed, or stands behind a relation."""
    return Column(name, kind, zh, en, source, get, unit)


def more(name: str, kind: Kind, zh: str, en: str, unit: str = "") -> Column:
    """A column of what was computed beside the row, under the same name."""
    return told(name, kind, zh, en, lambda line: line.more[name], unit)


def enum_columns(name: str, cls: type[enum.Enum], zh: str, en: str, source: str, get: Get) -> list[Column]:
    """A code and its Chinese label. AssertionError where a member has no label."""
    missing = [member.name for member in cls if member not in LABELS]
    if missing:
        raise AssertionError(f"{cls.__name__} has members without a label: {missing}")
    listed = SEPARATOR.join(f"{member.value} = {LABELS[member].zh} {LABELS[member].en}".rstrip() for member in cls)
    return [
        Column(
            name, Kind.TEXT, zh, en, source, _chain(get, lambda member: member.value), values=listed,
            codes=tuple(member.value for member in cls),
        ),
        Column(
            f"{name}_zh", Kind.TEXT, f"{zh}（中文）", f"{en} In Chinese.", source,
            _chain(get, lambda member: LABELS[member].zh),
        ),
    ]  # fmt: skip


def _money(name: str, zh: str, en: str, source: str, get: Get) -> list[Column]:
    def part(suffix: str, kind: Kind, zh_of: str, en_of: str, of: Callable[[Money], Any], unit: str = "") -> Column:
        return Column(f"{name}_{suffix}", kind, f"{zh}·{zh_of}", f"{en} {en_of}", source, _chain(get, of), unit)

    return [
        part("text", Kind.TEXT, "文字", "As people read it.", lambda money: money.text("zh")),
        part(
            "amount",
            Kind.DECIMAL,
            "数额",
            "The figure as entered.",
            lambda money: money.amount,
            f"{name}_unit 所示单位 as in {name}_unit",
        ),
        part("unit", Kind.TEXT, "单位", "The unit in which it was entered.", lambda money: money.unit.value),
        part("currency", Kind.TEXT, "币种", "ISO 4217.", lambda money: money.currency.value),
        part(
            "bound", Kind.TEXT, "限定", "How it bounds the true amount: exact, at_least, more_than, at_most, nearly, about.",
            lambda money: money.bound.value,
        ),
        part(
            "base", Kind.DECIMAL, "折合元", "The same amount in whole yuan, dollars and so on, exact.",
            lambda money: Decimal(money.base_text), f"{name}_currency 所示币种的元 whole units of {name}_currency",
        ),
    ]  # fmt: skip


def _quantity(name: str, zh: str, en: str, source: str, get: Get) -> list[Column]:
    def text(line: Line) -> Any:
        value = get(line)
        return None if value is None else value.text("zh", line.extract.unit_label)

    return [
        Column(f"{name}_text", Kind.TEXT, f"{zh}·文字", f"{en} As people read it.", source, text),
        Column(
            f"{name}_amount", Kind.DECIMAL, f"{zh}·数值", f"{en} The figure as entered.", source,
            _chain(get, lambda value: value.amount), f"{name}_unit 所示单位 as in {name}_unit",
        ),
        Column(
            f"{name}_unit", Kind.TEXT, f"{zh}·单位", f"{en} The unit: a code of the adopted units of measure.", source,
            _chain(get, lambda value: value.unit),
        ),
        Column(
            f"{name}_bound", Kind.TEXT, f"{zh}·限定", f"{en} How it bounds the true figure.", source,
            _chain(get, lambda value: value.bound.value),
        ),
    ]  # fmt: skip


def _figure(name: str, zh: str, en: str, source: str, get: Get) -> list[Column]:
    def text(line: Line) -> Any:
        figure = get(line)
        if figure is None:
            return None
        return figure.money.text("zh") if figure.money else figure.quantity.text("zh", line.extract.unit_label)

    def unit(figure: Figure) -> str:
        return figure.money.unit.value if figure.money is not None else figure.counted_in

    return [
        Column(f"{name}_text", Kind.TEXT, f"{zh}·文字", f"{en} As people read it.", source, text),
        Column(
            f"{name}_amount", Kind.DECIMAL, f"{zh}·数值", f"{en} The figure as entered.", source,
            _chain(get, lambda figure: figure.amount.amount), f"{name}_unit 所示单位 as in {name}_unit",
        ),
        Column(
            f"{name}_unit", Kind.TEXT, f"{zh}·单位", f"{en} The unit of money, or a code of the adopted units of measure.",
            source, _chain(get, unit),
        ),
        Column(
            f"{name}_currency", Kind.TEXT, f"{zh}·币种", f"{en} ISO 4217; empty where it counts no money.", source,
            _chain(get, lambda figure: figure.money.currency.value if figure.money else None),
        ),
        Column(
            f"{name}_bound", Kind.TEXT, f"{zh}·限定", f"{en} How it bounds the true figure.", source,
            _chain(get, lambda figure: figure.amount.bound.value),
        ),
        Column(
            f"{name}_base", Kind.DECIMAL, f"{zh}·折合", f"{en} In whole yuan, dollars and so on, or in its own unit.", source,
            _chain(get, lambda figure: Decimal(figure.money.base_text) if figure.money else figure.amount.amount),
            f"{name}_currency 所示币种的元，或 {name}_unit 所示单位 whole units of {name}_currency, or {name}_unit",
        ),
    ]  # fmt: skip


def _partial_date(name: str, zh: str, en: str, source: str, get: Get) -> list[Column]:
    def part(suffix: str, kind: Kind, zh_of: str, en_of: str, of: Callable[[PartialDate], Any]) -> Column:
        return Column(f"{name}_{suffix}", kind, f"{zh}·{zh_of}", f"{en} {en_of}", source, _chain(get, of))

    return [
        part("text", Kind.TEXT, "文字", "As people read it.", lambda when: when.text("zh")),
        part("earliest", Kind.DATE, "最早", "The first day that it can be; empty: open.", lambda when: when.earliest),
        part("latest", Kind.DATE, "最晚", "The last day that it can be; empty: open.", lambda when: when.latest),
        part("precision", Kind.TEXT, "精度", "How precisely it was said.", lambda when: when.precision.value),
        part("printed", Kind.TEXT, "原文", "What the source wrote.", lambda when: when.printed),
    ]


def _label(name: str, zh: str, en: str, source: str, get: Get) -> list[Column]:
    return [
        Column(f"{name}_zh", Kind.TEXT, f"{zh}（中文）", f"{en} In Chinese.", source, _chain(get, lambda one: one.zh)),
        Column(f"{name}_en", Kind.TEXT, f"{zh}（英文）", f"{en} In English.", source, _chain(get, lambda one: one.en)),
    ]


def _ratio(name: str, zh: str, en: str, source: str, get: Get) -> list[Column]:
    def part(suffix: str, kind: Kind, zh_of: str, en_of: str, of: Callable[[Ratio], Any], unit: str = "") -> Column:
        return Column(f"{name}_{suffix}", kind, f"{zh}·{zh_of}", f"{en} {en_of}", source, _chain(get, of), unit)

    return [
        part(
            "percent", Kind.DECIMAL, "百分数", "In percent, rounded half up once, to two places.",
            lambda ratio: ratio.percent(2), "%",
        ),
        part("numerator", Kind.INTEGER, "分子", "The part, exact.", lambda ratio: ratio.numerator),
        part("denominator", Kind.INTEGER, "分母", "The whole, exact.", lambda ratio: ratio.denominator),
    ]  # fmt: skip


_SPREAD: dict[type, Callable[[str, str, str, str, Get], list[Column]]] = {
    Money: _money,
    Quantity: _quantity,
    Figure: _figure,
    PartialDate: _partial_date,
    Label: _label,
    Ratio: _ratio,
}

_PLAIN: dict[type, Kind] = {
    str: Kind.TEXT,
    int: Kind.INTEGER,
    bool: Kind.BOOLEAN,
    Decimal: Kind.DECIMAL,
    date: Kind.DATE,
    datetime: Kind.TIME,
}


def value_columns(name: str, hint: Any, zh: str, en: str, source: str, get: Get) -> list[Column]:
    """The columns of one value of a type. AssertionError where nobody said how such a value is to be read."""
    hint = _bare(hint)
    if hint in _PLAIN:
        return [Column(name, _PLAIN[hint], zh, en, source, get)]
    if hint in _SPREAD:
        return _SPREAD[hint](name, zh, en, source, get)
    if typing.get_origin(hint) in {tuple, list}:
        [part] = [arm for arm in typing.get_args(hint) if arm is not Ellipsis]
        of = (lambda one: one.value) if isinstance(part, type) and issubclass(part, enum.Enum) else str
        if part is str or (isinstance(part, type) and issubclass(part, enum.Enum)):
            listed = _chain(get, lambda parts: SEPARATOR.join(map(of, parts)) or None)
            return [Column(name, Kind.TEXT, zh, f"{en} Several are separated by {SEPARATOR}.", source, listed)]
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return enum_columns(name, hint, zh, en, source, get)
    if hint in VALUES:
        return [
            column
            for part, (part_zh, part_en) in VALUES[hint].items()
            for column in value_columns(
                f"{name}_{part}", _hints(hint)[part], f"{zh}·{part_zh}", f"{en} {part_en}", f"{source}.{part}",
                _chain(get, _attribute(part)),
            )
        ]  # fmt: skip
    raise AssertionError(f"{source}: nobody said how a {hint} becomes columns")


# -- a whole row -------------------------------------------------------------------------------------------------------


def row_columns(
    cls: type,
    source: str,
    *,
    omit: Collection[str] = (),
    meanings: Meanings | None = None,
    get: Get = lambda line: line.row,
    prefix: str = "",
) -> list[Column]:
    """The columns of a row of the read models, or of a value inside one, in the order of its fields.

    What a field means is taken from the field itself (`answer`), from what people read for a column behind a relation,
    or from `meanings`. AssertionError where a field has no meaning, or where `omit` or `meanings` name no field: a
    new field of the row cannot be forgotten here.
    """
    hints = _hints(cls)
    said = dict(meanings or VALUES.get(cls, {}))
    strange = (set(omit) | set(said)) - set(hints)
    if strange:
        raise AssertionError(f"{cls.__name__} has no {sorted(strange)}")
    columns: list[Column] = []
    for name, hint in hints.items():
        if name in omit:
            continue
        zh, en = said.get(name) or _said_by_the_row(cls, name)
        columns += value_columns(f"{prefix}{name}", hint, zh, en, f"{source}.{name}", _chain(get, _attribute(name)))
    return columns


def _said_by_the_row(cls: type, name: str) -> tuple[str, str]:
    if dataclasses.is_dataclass(cls):
        metadata = next(field.metadata for field in dataclasses.fields(cls) if field.name == name)
        if "zh" in metadata:
            return metadata["zh"], metadata["en"]
        if name in BEHIND_RELATIONS:
            label = BEHIND_RELATIONS[name]
            return label.zh, f"{label.en[0].upper()}{label.en[1:]}."
    raise AssertionError(f"{cls.__name__}.{name} has no meaning")


def _attribute(name: str) -> Callable[[Any], Any]:
    return lambda value: getattr(value, name)


def _chain(get: Get, of: Callable[[Any], Any]) -> Get:
    def read(line: Line) -> Any:
        value = get(line)
        return None if value is None else of(value)

    return read


def _bare(hint: Any) -> Any:
    """The type without None, and `str` for a union of plain types."""
    if isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union:
        arms = [arm for arm in typing.get_args(hint) if arm is not type(None)]
        return arms[0] if len(arms) == 1 else hint
    return hint


def _hints(cls: type) -> dict[str, Any]:
    """The fields of a dataclass or struct with their types, in order."""
    hints = typing.get_type_hints(cls)
    if dataclasses.is_dataclass(cls):
        return {field.name: hints[field.name] for field in dataclasses.fields(cls)}
    if issubclass(cls, msgspec.Struct):
        return {name: hints[name] for name in cls.__struct_fields__}
    raise AssertionError(f"{cls.__name__} is no row")
