"""The page on limits tells what the code holds, and what the published operations have of it."""

from __future__ import annotations

import re
from pathlib import Path

from txapi.budgets import DEFAULTS
from txapi.schema.limits import LIMITS
from txapi.settings import DEMONSTRATION_BUDGETS
from txapi.web.asked import MOST_QUERY_CHARACTERS

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "limits.md").read_text(encoding="utf-8")
NAMES = {
    "characters": MOST_QUERY_CHARACTERS,
    "digits of a number": LIMITS.digits,
    "places that use fragments": LIMITS.spreads,
    "directives at one place": LIMITS.directives_at_one_place,
    "times one name stands in one selection": LIMITS.repeated,
    "root fields of an operation": LIMITS.roots,
    "aliases of an operation": LIMITS.aliases,
    "fields of an operation": LIMITS.fields,
    "levels of an operation": LIMITS.depth,
    "values in variables": LIMITS.values,
    "levels of variables": LIMITS.value_depth,
    "tokens": LIMITS.tokens,
    "comments": LIMITS.comments,
    "operations": LIMITS.operations,
    "fragments": LIMITS.fragments,
    "directives": LIMITS.directives,
}


def test_the_page_tells_every_limit_of_a_document() -> None:
    documents = PAGE.partition("## One operation")[0]
    told = dict(re.findall(r"^\| ([a-z ]+) \| (\d+) \| `[A-Z_]+` \|", documents, re.MULTILINE))

    assert {name: int(most) for name, most in told.items()} == NAMES
    assert len(NAMES) == len(LIMITS) + 1


def test_the_page_tells_every_budget() -> None:
    told = {
        role: (int(most), int(minute))
        for roles, most, minute in re.findall(r"^\| ([a-z, ]+) \| (\d+) \| (\d+) \|$", PAGE, re.MULTILINE)
        for role in roles.split(", ")
    }

    assert told == {role: tuple(budget) for role, budget in DEFAULTS.items()}
    assert f"`{DEMONSTRATION_BUDGETS.removeprefix('*=')}`" in PAGE
