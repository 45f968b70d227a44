"""Refused attempts 越权尝试: who tried a command that was not theirs to give, remembered where the policy says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from txapi.domain.aggregate import Aggregate
from txapi.domain.dates import day_of
from txapi.domain.errors import BadInput
from txapi.domain.event import Basis, Event

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from txapi.domain.event import Metadata

FORBIDDEN = "FORBIDDEN"
"""The code of the error that whoever may give no command at all gets."""
OF_AUTHORITY = ("NotYourRole", "NotYourUnit", FORBIDDEN)
"""The codes that speak of who somebody is. What a rule of business refuses to those who may is not remembered."""
MOST_A_DAY = 1000
OF_A_DAY = "attempts_of_a_day"
"""The kind of the key by which a stream of attempts is found. Its name is drawn by lot, for the public ledger tells it: from a name
that followed from the subject, everybody could learn who was refused anything."""


class AttemptPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """Which refusals are remembered 留痕规则: the codes, and how many of one subject on one day."""

    edition: str
    basis: Basis
    codes: tuple[str, ...] = OF_AUTHORITY
    most_a_day: int = 20
    active: bool = True

    def __post_init__(self) -> None:
        for code in self.codes:
            if code not in OF_AUTHORITY:
                raise BadInput("BAD_EDITION", f"{code[:60]!r} is none of {', '.join(OF_AUTHORITY)}", ("codes",))
        if not 1 <= self.most_a_day <= MOST_A_DAY:
            raise BadInput("BAD_EDITION", f"from 1 to {MOST_A_DAY} attempts a day are remembered", ("most_a_day",))


class Attempts(Aggregate):
    """What one subject was refused on one day of the domain's time zone."""

    KIND = "attempt"

    def _blank(self) -> None:
        self.remembered = 0

    class Refused(Event, frozen=True, kw_only=True, omit_defaults=True):
        """A command was refused to somebody whose it was not; what it said is not kept. The actor is who tried.

        `noun_kind` and `noun` name what it was about, where that is recorded. With `last`, the policy's number for the day is
        reached: nothing more of this subject is remembered on it.
        """

        TOPIC = "attempt.refused"

        action: str
        code: str
        policy: str
        noun_kind: str | None = None
        noun: str | None = None
        last: bool = False

        def apply(self, attempts: Any) -> None:
            attempts.remembered += 1

        def claims(self) -> Iterable[tuple[str, str]]:
            if self.originator_version == 1:
                yield OF_A_DAY, day_of_subject(self.meta.actor.subject, self.meta.decided_at)

    def remember(
        self, meta: Metadata, *, action: str, code: str, policy: AttemptPolicy, noun: tuple[str, str] | None
    ) -> None:
        """Remember one, by the name of its mutation, unless that would be more than the policy's number for the day."""
        if self.remembered >= policy.most_a_day:
            return
        kind, id = noun or (None, None)
        last = self.remembered + 1 == policy.most_a_day
        self._record(
            self.Refused, meta, action=action, code=code, policy=policy.edition, noun_kind=kind, noun=id, last=last
        )


def day_of_subject(subject: str, at: datetime) -> str:
    """By what the stream of one subject's attempts on the day of an instant is found."""
    return f"{day_of(at).isoformat()} {subject}"
