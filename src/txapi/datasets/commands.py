"""The commands that a script may give: every public function of the application, its arguments read by its annotations."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import types
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec

import txapi.application
from txapi.application.desk import Done
from txapi.datasets.scripts import aware
from txapi.domain.dates import PartialDate
from txapi.domain.errors import BadInput
from txapi.domain.money import Money, MoneyUnit
from txapi.domain.quantity import Quantity
from txapi.domain.register import unit_id

Command = Callable[..., Done]

UNIT = "$unit:"
"""How the id of a unit is written, where a command wants one and not the code."""

_MONEY_UNITS = frozenset(unit.value for unit in MoneyUnit)


@cache
def commands() -> Mapping[str, Command]:
    """Every command by its name: `accept_ticket`, `reach_milestone`."""
    found: dict[str, Command] = {}
    for module in pkgutil.iter_modules(txapi.application.__path__, f"{txapi.application.__name__}."):
        for name, function in inspect.getmembers(importlib.import_module(module.name), inspect.isfunction):
            if function.__module__ != module.name or name.startswith("_"):
                continue
            if list(inspect.signature(function).parameters)[:2] == ["desk", "order"]:
                found[name] = function
    return found


def command_called(name: str) -> Command:
    """The command of that name. BadInput UNKNOWN_COMMAND."""
    try:
        return commands()[name]
    except KeyError:
        raise BadInput("UNKNOWN_COMMAND", f"there is no command {name}", ("do",)) from None


def takes_an_id(command: Command) -> bool:
    """Whether the command makes a noun whose id the script may choose."""
    return "id" in inspect.signature(command).parameters


def read_arguments(command: Command, given: Mapping[str, Any], nouns: Mapping[str, str]) -> dict[str, Any]:
    """The arguments as the command takes them; `$name` stands for the id of a noun that the scripts name.

    BadInput BAD_ARGUMENT with the path, UNKNOWN_NOUN.
    """
    hints = _hints(command)
    read: dict[str, Any] = {}
    for name, value in given.items():
        if name not in hints:
            raise BadInput("BAD_ARGUMENT", f"{command.__name__} takes no {name}", (name,))
        read[name] = _read(_with_ids(value, nouns, (name,)), hints[name], name)
    return read


@cache
def _hints(command: Command) -> dict[str, Any]:
    hints = get_type_hints(command)
    return {name: hints[name] for name in list(inspect.signature(command).parameters)[2:]}


def _with_ids(value: Any, nouns: Mapping[str, str], path: tuple[str, ...]) -> Any:
    if isinstance(value, str) and value.startswith(UNIT):
        return unit_id(value.removeprefix(UNIT))
    if isinstance(value, str) and value.startswith("$"):
        if value[1:] not in nouns:
            raise BadInput("UNKNOWN_NOUN", f"no entry makes a noun called {value}", path)
        return nouns[value[1:]]
    if isinstance(value, dict):
        return {key: _with_ids(inner, nouns, (*path, str(key))) for key, inner in value.items()}
    if isinstance(value, list):
        return [_with_ids(inner, nouns, path) for inner in value]
    return value


def _read(value: Any, hint: Any, name: str) -> Any:
    """One argument, by its annotation. What people write short is read here; msgspec reads the rest."""
    if isinstance(value, float):
        raise BadInput("BAD_ARGUMENT", f"{name}: a figure is written in quotes, for a float is not exact", (name,))
    wanted = _alternatives(hint)
    if datetime in wanted and isinstance(value, datetime):
        return aware(value)
    if PartialDate in wanted and isinstance(value, date):
        return PartialDate.day(value)
    if PartialDate in wanted and isinstance(value, str):
        return PartialDate.from_text(value)
    if PartialDate in wanted and isinstance(value, dict) and "text" in value:
        return PartialDate.from_text(str(value["text"]), value.get("printed"))
    if Money in wanted and Quantity in wanted and isinstance(value, dict):
        # Both are a figure with a unit, and the unit tells them apart.
        hint = Money if value.get("unit") in _MONEY_UNITS else Quantity
    elif msgspec.UnsetType in wanted:
        hint = Union[tuple(one for one in wanted if one is not msgspec.UnsetType)]  # noqa: UP007 - made at run time.
    try:
        return msgspec.convert(value, hint)
    except msgspec.ValidationError as error:
        raise BadInput("BAD_ARGUMENT", f"{name}: {error}", (name,)) from error


def _alternatives(hint: Any) -> tuple[Any, ...]:
    return get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
