"""Question 1: which tickets were accepted on day 8 or later 逾期受理, and what the board showed at the end of day 7."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from txapi.audit.questions.adopted import Adopted, thresholds_on
from txapi.audit.questions.moments import events_of, positions_at, rows_at
from txapi.audit.questions.pages import Key, Lines
from txapi.domain.dates import day_of
from txapi.domain.deadlines import Deadline
from txapi.domain.labels import Label
from txapi.domain.light import Light, LightVerdict
from txapi.domain.ticket import Ticket
from txapi.domain.ticket.light import light
from txapi.domain.ticket.values import HandlingRole, ReplyOutcome, TicketState
from txapi.projections.history import Told
from txapi.projections.moment import Reader
from txapi.projections.references import references_at
from txapi.projections.select import Order, Page, Select
from txapi.projections.ticket_rows import HANDLINGS, TICKETS, HandlingRow
from txapi.record.record import RecordedEvent

ACCEPTED_FIRST = [Order("t.answered_at")]
"""The order of the answer: what was accepted first stands first."""

_GROUNDS = (
    Ticket.Received.TOPIC,
    Ticket.ReceiptDeemed.TOPIC,
    Ticket.ReceiptCorrected.TOPIC,
    Ticket.DeadlineFixed.TOPIC,
    Ticket.AcceptanceLapsed.TOPIC,
    Ticket.Accepted.TOPIC,
)
_LAST_INSTANT = timedelta(microseconds=1)
_NO_THRESHOLDS = Label(zh="尚未采用阈值", en="no thresholds were adopted")


@dataclass(frozen=True, slots=True)
class BoardThen:
    """What the board showed of a ticket at a position of the record, judged by a clock."""

    position: int
    clock: datetime
    state: TicketState
    light: LightVerdict


@dataclass(frozen=True, kw_only=True, slots=True)
class LateAcceptance:
    """A handling that was accepted after its reply deadline.

    `day_number` counts as the rule does: the last day in time is day 7 (as many as the policy has), whatever working day
    it was rolled to. `days_since_receipt` counts every day, that of receipt excluded. `before` is what the board
    showed in the last instant of day 7, `after` at 24:00, from which on a reply is late; None where the record knew no
    such ticket then. `said_in_time` is what the unit claims of an earlier reply on paper.
    """

    key: Key
    ticket: str
    handling: int
    unit: str
    role: HandlingRole
    received_on: date
    receipt_deemed: bool
    receipt_corrected: bool
    deadline: Deadline
    accepted_at: datetime
    said_in_time: date | None
    day_number: int
    days_since_receipt: int
    before: BoardThen | None
    after: BoardThen | None
    received: int
    accepted: int
    events: tuple[int, ...]

    @property
    def days_late(self) -> int:
        """How many days after the last day in time it was accepted."""
        return (day_of(self.accepted_at) - self.deadline.last_day).days


def late_acceptances(
    reader: Reader, record: Told, unit: str | None = None, *, size: int = 50, after: Key | None = None
) -> Lines[LateAcceptance]:
    """The handlings that were accepted late, by what is known of their receipt at the moment; of one unit or of all."""
    found = _select(reader, unit).page(ACCEPTED_FIRST, Page(size, after))
    return Lines(_explained(reader, record, found.rows, found.keys), found.has_next)


def count_late_acceptances(reader: Reader, unit: str | None = None) -> int:
    """How many there are."""
    return _select(reader, unit).count()


def _select(reader: Reader, unit: str | None) -> Select[HandlingRow]:
    found = Select(HANDLINGS, reader).where("t.outcome = ?", ReplyOutcome.ACCEPTED.value)
    # At 24:00 of the last day it is late, not before.
    found.where("t.answered_at >= t.reply_due")
    return found if unit is None else found.where("t.unit_code = ?", unit)


def _explained(
    reader: Reader, record: Told, rows: Sequence[HandlingRow], keys: Sequence[Key]
) -> tuple[LateAcceptance, ...]:
    grounds = events_of(reader, record, list(dict.fromkeys(row.ticket_id for row in rows)), _GROUNDS)
    boards = _boards(reader, rows)
    found = zip(rows, keys, strict=True)
    return tuple(_line(reader, row, key, grounds.get(row.ticket_id, []), boards) for row, key in found)


Boards = dict[tuple[str, datetime], BoardThen]


def _line(reader: Reader, row: HandlingRow, key: Key, said: Sequence[RecordedEvent], boards: Boards) -> LateAcceptance:
    receipt, deadline, accepted_at = row.receipt_known, row.reply_deadline, row.answered_at
    assert receipt is not None
    assert deadline is not None
    assert accepted_at is not None
    own = [one for one in said if getattr(one.event, "handling", None) == row.number]
    received = [one.position for one in own if isinstance(one.event, Ticket.Received | Ticket.ReceiptDeemed)]
    [accepted] = [one.position for one in own if isinstance(one.event, Ticket.Accepted)]
    return LateAcceptance(
        key=key,
        ticket=row.ticket_id,
        handling=row.number,
        unit=row.unit_code,
        role=row.role,
        received_on=receipt.on,
        receipt_deemed=receipt.deemed,
        receipt_corrected=receipt.corrected_by is not None,
        deadline=deadline,
        accepted_at=accepted_at,
        said_in_time=row.stated_on,
        day_number=_days_of(reader, deadline) + (day_of(accepted_at) - deadline.last_day).days,
        days_since_receipt=(day_of(accepted_at) - receipt.on).days,
        before=boards.get((row.ticket_id, deadline.due - _LAST_INSTANT)),
        after=boards.get((row.ticket_id, deadline.due)),
        received=received[-1],
        accepted=accepted,
        events=tuple(one.position for one in own),
    )


def _days_of(reader: Reader, deadline: Deadline) -> int:
    """How many days the policy has that gave the deadline."""
    return references_at(reader).deadline_policy(deadline.policy).days


def _boards(reader: Reader, rows: Iterable[HandlingRow]) -> Boards:
    """What the board showed of these tickets when their deadlines ended: three statements for all of them."""
    wanted = [
        (row.ticket_id, clock)
        for row in rows
        if row.reply_deadline is not None
        for clock in (row.reply_deadline.due - _LAST_INSTANT, row.reply_deadline.due)
    ]
    if not wanted:
        return {}
    positions = positions_at(reader, (clock for _, clock in wanted))
    tickets = rows_at(TICKETS, reader, ((ticket, positions[clock]) for ticket, clock in wanted))
    adopted = Adopted(reader)
    boards: Boards = {}
    for ticket, clock in wanted:
        position = positions[clock]
        row = tickets.get((ticket, position))
        if row is None:
            continue
        thresholds = thresholds_on(adopted.at(position), day_of(clock))
        verdict = LightVerdict(Light.GREY, _NO_THRESHOLDS)
        if thresholds is not None:
            verdict = light(row.light_grounds, clock, thresholds)
        boards[ticket, clock] = BoardThen(position, clock, row.state, verdict)
    return boards
