"""The codes of all refusals 不予办理代码: one enum value per rule that can say no."""

from __future__ import annotations

import enum
import importlib
import pkgutil
from typing import TYPE_CHECKING

import strawberry

import txapi.application
import txapi.domain
import txapi.record
from txapi.domain.errors import Refusal

if TYPE_CHECKING:
    from types import ModuleType


def _all_refusals() -> dict[str, type[Refusal]]:
    """Every refusal of the rules; their modules are imported first, so that none is missed."""
    packages: list[ModuleType] = [txapi.domain, txapi.record, txapi.application]
    for package in packages:
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    # What loaders and tests refuse is registered too, wherever they were imported first, and is nobody's answer here.
    ours = tuple(f"{package.__name__}." for package in packages)
    return {code: refusal for code, refusal in sorted(Refusal.registry.items()) if refusal.__module__.startswith(ours)}


_REFUSALS = _all_refusals()

RefusalCode = enum.Enum("RefusalCode", {code: code for code in _REFUSALS})  # type: ignore[misc]
"""The published names of all refusals."""

_published = strawberry.enum(
    RefusalCode,
    description="Which rule said no. Values are added; none is taken away without a deprecation. 不予办理代码。",
)
for _value in _published.__strawberry_definition__.values:  # type: ignore[attr-defined]
    _refusal = _REFUSALS[_value.name]
    _value.description = f"{_refusal.en} {_refusal.zh}"
