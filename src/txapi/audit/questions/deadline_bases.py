"""Question 10: on which policy and calendar edition deadlines rest; whether today's calendar or the other reading of the
seven days would change a verdict.
"""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import msgspec

from txapi.audit.questions.pages import Key, Lines, key_of
from txapi.audit.questions.versions import Version, versions_of
from txapi.domain.dates import day_of, start_of
from txapi.domain.deadlines import Deadline, DeadlinePolicy, deemed_receipt, reply_deadline
from txapi.domain.editions import EditionKind
from txapi.domain.labels import labelled
from txapi.domain.reference import References
from txapi.projections.moment import Reader
from txapi.projections.references import references_at
from txapi.projections.select import Select
from txapi.projections.ticket_rows import HANDLINGS, HandlingRow
from txapi.record.instants import instant


class ReplyVerdict(enum.Enum):
    """What became of a reply by a clock."""

    IN_TIME = "in_time"
    LATE = "late"
    OPEN = "open"
    OVERDUE = "overdue"
    UNANSWERED = "unanswered"
    ENDED = "ended"
    NOT_OWED = "not_owed"


labelled(
    {
        ReplyVerdict.IN_TIME: ("按时答复", "answered in time"),
        ReplyVerdict.LATE: ("逾期答复", "answered late"),
        ReplyVerdict.OPEN: ("未到期", "not answered, not due yet"),
        ReplyVerdict.OVERDUE: ("逾期未答复", "not answered and overdue"),
        ReplyVerdict.UNANSWERED: ("逾期未答复即终止", "ended unanswered after it was due"),
        ReplyVerdict.ENDED: ("到期前终止", "ended unanswered before it was due"),
        ReplyVerdict.NOT_OWED: ("无须答复", "no reply was owed"),
    }
)


@dataclass(frozen=True, kw_only=True)
class DeadlinesAsked:
    """Which reply deadlines: by a policy, a calendar edition, of a unit; with a verdict that would change, or would not."""

    policy: str | None = None
    calendar: str | None = None
    unit: str | None = None
    verdict_changes: bool | None = None


@dataclass(frozen=True, slots=True)
class Recomputed:
    """A deadline under another rule: what it would be (None: no reply would be owed), and the verdict by it."""

    deadline: Deadline | None
    verdict: ReplyVerdict
    due_changes: bool
    verdict_changes: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class DeadlineBasis:
    """A handling's reply deadline as recorded, by today's calendars, and by the other reading of the days (None: none).

    Its key is when the recorded deadline ends (microseconds), the ticket, and the number of the handling. `fixed_by` are
    the events that set or moved the deadline, `answered_by` the one that answered it.
    """

    key: Key
    ticket: str
    handling: int
    unit: str
    received_on: date
    deemed: bool
    deadline: Deadline
    verdict: ReplyVerdict
    today: Recomputed
    other: Recomputed | None
    fixed_by: tuple[int, ...]
    answered_by: int | None

    @property
    def events(self) -> tuple[int, ...]:
        """Every event that the line rests on, in order."""
        return tuple(sorted({*self.fixed_by, *(() if self.answered_by is None else (self.answered_by,))}))


@dataclass(kw_only=True, slots=True)
class DeadlineGroup:
    """The deadlines that one policy and one edition of the calendar gave (None: no calendar was asked)."""

    policy: str | None
    calendar: str | None
    handlings: int = 0
    provisional: int = 0
    verdicts: Counter[ReplyVerdict] = field(default_factory=Counter)
    due_changes_today: int = 0
    verdict_changes_today: int = 0
    due_changes_other: int = 0
    verdict_changes_other: int = 0


class _Receipt(msgspec.Struct, frozen=True):
    """As much of a receipt as a deadline rests on."""

    on: date
    deemed: bool


@dataclass(frozen=True, slots=True)
class _Judged:
    """One handling with its deadlines and verdicts."""

    key: tuple[int, str, int]
    unit: str
    receipt: _Receipt
    deadline: Deadline
    verdict: ReplyVerdict
    today: Recomputed
    other: Recomputed | None

    @property
    def verdict_changes(self) -> bool:
        return self.today.verdict_changes or (self.other is not None and self.other.verdict_changes)


def deadline_bases(
    reader: Reader, asked: DeadlinesAsked, *, size: int = 50, after: Key | None = None
) -> Lines[DeadlineBasis]:
    """The reply deadlines of handlings that were received, the first that ends first; two statements beside the references.

    A verdict is judged by the moment's clock; what is today's calendar is what had been adopted by the moment.
    """
    after = key_of(after, int, str, int)
    found = [one for one in _asked(reader, asked) if after is None or tuple[Any, ...](one.key) > after]
    page = found[:size]
    tickets = list(dict.fromkeys(one.key[1] for one in page))
    versions = versions_of(HANDLINGS, reader, tickets) if tickets else None
    lines = []
    for one in page:
        told = [] if versions is None else [had for had in versions.of(one.key[1]) if had.row.number == one.key[2]]
        lines.append(
            DeadlineBasis(
                key=one.key,
                ticket=one.key[1],
                handling=one.key[2],
                unit=one.unit,
                received_on=one.receipt.on,
                deemed=one.receipt.deemed,
                deadline=one.deadline,
                verdict=one.verdict,
                today=one.today,
                other=one.other,
                fixed_by=_fixed_by(told),
                answered_by=next((had.since for had in told if had.row.answered_at is not None), None),
            )
        )
    return Lines(tuple(lines), has_next=len(found) > size)


def count_deadline_bases(reader: Reader, asked: DeadlinesAsked) -> int:
    """How many such deadlines there are."""
    return sum(1 for _ in _asked(reader, asked))


def deadline_groups(reader: Reader, asked: DeadlinesAsked) -> list[DeadlineGroup]:
    """The deadlines counted by policy and calendar edition, in the order of their names, those without one first."""
    groups: dict[tuple[str | None, str | None], DeadlineGroup] = {}
    for one in _asked(reader, asked):
        name = (one.deadline.policy, one.deadline.calendar)
        group = groups.setdefault(name, DeadlineGroup(policy=name[0], calendar=name[1]))
        group.handlings += 1
        group.provisional += one.deadline.provisional
        group.verdicts[one.verdict] += 1
        group.due_changes_today += one.today.due_changes
        group.verdict_changes_today += one.today.verdict_changes
        group.due_changes_other += one.other is not None and one.other.due_changes
        group.verdict_changes_other += one.other is not None and one.other.verdict_changes
    return [groups[name] for name in sorted(groups, key=lambda name: (name[0] or "", name[1] or ""))]


def _asked(reader: Reader, asked: DeadlinesAsked) -> Iterator[_Judged]:
    for one in _judged(reader):
        if (
            asked.policy in (None, one.deadline.policy)
            and asked.calendar in (None, one.deadline.calendar)
            and asked.unit in (None, one.unit)
            and asked.verdict_changes in (None, one.verdict_changes)
        ):
            yield one


def _judged(reader: Reader) -> list[_Judged]:
    """Every received handling, judged; the rows are narrow, and days repeat, so that all of them are read at once."""
    known: list[_Judged] | None = reader.memo.get(_judged)
    if known is not None:
        return known
    found = (
        Select(HANDLINGS, reader)
        .where("t.reply_due IS NOT NULL")
        .grouped(
            ["t.ticket_id", "t.number"],
            [
                f"max(t.{column})"
                for column in (
                    "unit_code", "addressed_at", "answered_at", "closed_at", "reply_due", "receipt_known", "reply_deadline",
                )
            ],
        )
    )  # fmt: skip
    rules = _Rules(references_at(reader), reader.moment.clock)
    judged = []
    for ticket, number, unit, addressed, answered, closed, due, received, promised in found:
        receipt = _RECEIPT.decode(received)
        deadline = rules.recorded(promised)
        of = _Reply(receipt, instant(addressed), _instant(answered), _instant(closed), deadline, rules.clock)
        judged.append(
            _Judged((due, ticket, number), unit, receipt, deadline, of.verdict(deadline), *rules.recomputed(of))
        )
    judged.sort(key=lambda one: one.key)
    reader.memo[_judged] = judged
    return judged


_RECEIPT = msgspec.json.Decoder(_Receipt)
_DEADLINE = msgspec.json.Decoder(Deadline)


def _instant(time: int | None) -> datetime | None:
    return None if time is None else instant(time)


@dataclass(frozen=True, slots=True)
class _Reply:
    """What a verdict on a reply depends on besides the deadline."""

    receipt: _Receipt
    addressed_at: datetime
    answered_at: datetime | None
    closed_at: datetime | None
    deadline: Deadline
    clock: datetime

    def verdict(self, deadline: Deadline | None) -> ReplyVerdict:
        """The verdict by this deadline at the clock, as `Handling.reply_late_at` judges it."""
        if deadline is None:
            return ReplyVerdict.NOT_OWED
        if self.answered_at is not None and self.answered_at <= self.clock:
            return ReplyVerdict.LATE if deadline.passed_at(self.answered_at) else ReplyVerdict.IN_TIME
        if self.closed_at is not None and self.closed_at <= self.clock:
            return ReplyVerdict.UNANSWERED if deadline.passed_at(self.closed_at) else ReplyVerdict.ENDED
        return ReplyVerdict.OVERDUE if deadline.passed_at(self.clock) else ReplyVerdict.OPEN


class _Rules:
    """The adopted policies and calendars, with what they made of a day remembered."""

    def __init__(self, references: References, clock: datetime) -> None:
        self._references = references
        self._recorded: dict[str, Deadline] = {}
        self._made: dict[tuple[date, str], Deadline | None] = {}
        self.clock = clock

    def recorded(self, text: str) -> Deadline:
        """A deadline from its stored form, which many handlings share."""
        known = self._recorded.get(text)
        if known is None:
            known = self._recorded[text] = _DEADLINE.decode(text)
        return known

    def recomputed(self, of: _Reply) -> tuple[Recomputed, Recomputed | None]:
        """By today's calendars under the policy that gave the deadline, and under the one that counts other days."""
        policy = self._policy(of.deadline.policy)
        # Nobody's policy: a person set the day, and no calendar changes it.
        today = of.deadline if policy is None else self._by(policy, of)
        other = self._other(policy)
        return self._beside(of, today), None if other is None else self._beside(of, self._by(other, of))

    def _beside(self, of: _Reply, deadline: Deadline | None) -> Recomputed:
        now, then = of.verdict(deadline), of.verdict(of.deadline)
        due_changes = deadline is None or deadline.due != of.deadline.due
        return Recomputed(deadline, now, due_changes, now is not then)

    def _by(self, policy: DeadlinePolicy, of: _Reply) -> Deadline | None:
        """The reply deadline by a policy. Where receipt was deemed, the policy decides that, too."""
        since = day_of(of.addressed_at) if of.receipt.deemed else of.receipt.on
        key = (since, f"{policy.edition}{' deemed' if of.receipt.deemed else ''}")
        if key not in self._made:
            self._made[key] = self._make(policy, since, deemed=of.receipt.deemed)
        return self._made[key]

    def _make(self, policy: DeadlinePolicy, since: date, *, deemed: bool) -> Deadline | None:
        calendars = self._references.calendars
        if deemed:
            counted = deemed_receipt(start_of(since), policy, calendars)
            if counted is None:
                return None
            since = counted.last_day
        return reply_deadline(since, policy, calendars)

    def _policy(self, edition: str | None) -> DeadlinePolicy | None:
        found = None if edition is None else self._references.edition(EditionKind.DEADLINE_POLICY, edition)
        content = None if found is None else found.content
        return content if isinstance(content, DeadlinePolicy) else None

    def _other(self, policy: DeadlinePolicy | None) -> DeadlinePolicy | None:
        """The policy last adopted, in force or only named, that counts the other sort of days; None where none was."""
        for one in reversed(self._references.editions):
            other = one.content
            if (
                policy is not None
                and isinstance(other, DeadlinePolicy)
                and not one.withdrawn
                and other.counting is not policy.counting
            ):
                return other
        return None


def _fixed_by(told: Sequence[Version[HandlingRow]]) -> tuple[int, ...]:
    """The events after which the deadline read otherwise than before."""
    fixed: list[int] = []
    before: Deadline | None = None
    for version in told:
        if version.row.reply_deadline != before:
            fixed.append(version.since)
            before = version.row.reply_deadline
    return tuple(fixed)
