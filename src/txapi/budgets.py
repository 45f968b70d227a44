"""Budgets 配额: what clients of each role may ask, in points. A point is one object of an answer; `schema/cost.py` counts them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from txapi.domain.event import Role

ANONYMOUS = "anonymous"
EVERYBODY = "*"
OFF = "off"


class Budget(NamedTuple):
    """What one client may ask. None: as much as it likes."""

    most: int | None
    """The points that one operation may cost."""
    per_minute: int | None
    """The points that a client may take in a minute; so much is there at once, and comes again evenly."""


class Budgets(dict[str, Budget]):
    """By the name of a role; `anonymous` for who carries no token. As text, what differs from the defaults."""

    def __str__(self) -> str:
        differ = ((role, budget) for role, budget in self.items() if budget != DEFAULTS[role])
        return " ".join(f"{role}={_text(budget.most)}/{_text(budget.per_minute)}" for role, budget in differ)


def _text(points: int | None) -> str:
    return OFF if points is None else str(points)


COSTLIEST_A_MINUTE = 60
"""How often a minute any client may ask the costliest published page: once a second for as long as it likes, or as many at once,
as a slider does that is drawn through the months."""

DEFAULTS: Mapping[str, Budget] = {
    ANONYMOUS: Budget(150_000, COSTLIEST_A_MINUTE * 150_000),
    Role.READER.value: Budget(150_000, COSTLIEST_A_MINUTE * 150_000),
    Role.CLERK.value: Budget(250_000, COSTLIEST_A_MINUTE * 250_000),
    Role.HANDLER.value: Budget(250_000, COSTLIEST_A_MINUTE * 250_000),
    Role.LEADER.value: Budget(250_000, COSTLIEST_A_MINUTE * 250_000),
    Role.SECRETARY.value: Budget(250_000, COSTLIEST_A_MINUTE * 250_000),
    Role.SUPERVISOR.value: Budget(600_000, COSTLIEST_A_MINUTE * 600_000),
    Role.AUDITOR.value: Budget(600_000, COSTLIEST_A_MINUTE * 600_000),
    Role.ADMINISTRATOR.value: Budget(600_000, COSTLIEST_A_MINUTE * 600_000),
    Role.WITNESS.value: Budget(150_000, COSTLIEST_A_MINUTE * 150_000),
}
"""Those of a server that is told nothing. The smallest lets every published operation through, unless its pages are made larger;
a minute has as much as the dearest operation that the role may ask, `COSTLIEST_A_MINUTE` times."""


def budgets(text: str) -> Budgets:
    """The budgets of every role, where `text` names those that are not the defaults. ValueError."""
    told: dict[str, Budget] = {}
    for part in text.replace(",", " ").split():
        role, equals, points = part.partition("=")
        most, slash, per_minute = points.partition("/")
        if not equals or not slash or role not in {*DEFAULTS, EVERYBODY}:
            raise ValueError(f"it takes role=most/perMinute; the roles are {', '.join(DEFAULTS)}, and * for all")
        budget = Budget(_points(most), _points(per_minute))
        if budget.most is not None and budget.per_minute is not None and budget.most > budget.per_minute:
            raise ValueError(f"{role}: one operation cannot cost more than there is for a minute")
        told |= dict.fromkeys(DEFAULTS if role == EVERYBODY else [role], budget)
    return Budgets({**DEFAULTS, **told})


def _points(text: str) -> int | None:
    if text == OFF:
        return None
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 10**12:
        raise ValueError(f"points are a whole number from 1, or {OFF}")
    return int(text)
