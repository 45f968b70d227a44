"""Question 7: which commitments 承诺 were pushed back after, or just before, they lapsed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from txapi.audit.questions.moments import events_of
from txapi.audit.questions.pages import Key, Lines
from txapi.domain.dates import day_of
from txapi.domain.errors import BadInput
from txapi.domain.ticket import Ticket
from txapi.domain.ticket.values import Commitment, CommitmentGround, Extension, HandlingRole
from txapi.projections.history import Told
from txapi.projections.moment import Reader
from txapi.projections.ticket_rows import HandlingRow
from txapi.projections.tickets import handlings_of
from txapi.record.record import RecordedEvent

DAYS_MOST = 366

_TOPICS = (
    Ticket.Accepted.TOPIC,
    Ticket.AssignedOnSite.TOPIC,
    Ticket.ExtensionAsked.TOPIC,
    Ticket.ExtensionDecided.TOPIC,
    Ticket.Reopened.TOPIC,
    Ticket.Reassigned.TOPIC,
    Ticket.CommitmentLapsed.TOPIC,
)


@dataclass(frozen=True, kw_only=True)
class PushedBackAsked:
    """Which: pushed back at most so many days before the last day, or after it; of one unit that had promised, or of all."""

    within_days: int = 3
    unit: str | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.within_days <= DAYS_MOST:
            raise BadInput("BAD_DAYS", f"within how many days: from 0 to {DAYS_MOST}", ("withinDays",))


@dataclass(frozen=True, kw_only=True, slots=True)
class PushedBackCommitment:
    """A date that a later one replaced before it was kept.

    `pushed_at` is when the old date was given up: the extension was granted, the ticket reopened, or the handling sent on
    to another unit: that, or a later one, then promised (or was given) the new date. `days_left` counts from that day to the old last
    day: 0 on the last day itself, less than 0 after it had lapsed. `asked_days_left` counts from the asking.
    `made` are the events that set the old date, `pushed` those that replaced it, `asked` the one that asked for it,
    `lapsed` the one that recorded the lapse. `reason` is that of the asking, or of sending on or reopening.
    """

    key: Key
    ticket: str
    handling: int
    unit: str
    role: HandlingRole
    ground: CommitmentGround
    old: date
    new: date
    new_handling: int
    new_unit: str
    new_ground: CommitmentGround
    pushed_at: datetime
    after_lapse: bool
    extension: Extension | None
    reason: str | None
    made: int
    pushed: tuple[int, ...]
    asked: int | None
    lapsed: int | None

    @property
    def days_left(self) -> int:
        """Days from giving the old date up to its last day."""
        return (self.old - day_of(self.pushed_at)).days

    @property
    def asked_days_left(self) -> int | None:
        """Days from asking for another date to the old last day; None where nobody asked."""
        return None if self.extension is None else (self.old - day_of(self.extension.asked_at)).days

    @property
    def days_won(self) -> int:
        """By how many days the new date is later."""
        return (self.new - self.old).days

    @property
    def events(self) -> tuple[int, ...]:
        """Every event that this rests on, in order."""
        named = (self.made, *self.pushed, self.asked, self.lapsed)
        return tuple(sorted({position for position in named if position is not None}))


def pushed_back_commitments(
    reader: Reader, record: Told, asked: PushedBackAsked, *, size: int = 50, after: Key | None = None
) -> Lines[PushedBackCommitment]:
    """The commitments that a later date replaced before they were kept, in the order in which that happened.

    Every way counts: an extension granted, a new date on reopening what was not confirmed, and the promise (or
    assignment) of the next leading unit that gives a date, whoever had the ticket in between. A date that was kept and
    confirmed is not pushed back by a reopening, nor one that becomes earlier. Three statements a page.
    """
    source, parameters = _source(reader, asked)
    beyond, values = "", list[Any]()
    if after is not None:
        beyond, values = " WHERE (pushed_at, ticket_id, handling, commitment) > (?, ?, ?, ?)", list(after)
    found = reader.rows(
        f"SELECT pushed_at, ticket_id, handling, commitment, new_handling, new_commitment FROM ({source}) s{beyond}"
        f" ORDER BY pushed_at, ticket_id, handling, commitment LIMIT {int(size) + 1}",
        [*parameters, *values],
    )
    page = found[:size]
    tickets = list(dict.fromkeys(row[1] for row in page))
    handlings = {(row.ticket_id, row.number): row for row in handlings_of(reader, tickets)}
    told = events_of(reader, record, tickets, _TOPICS)
    lines = [_line(row, handlings, told[row[1]]) for row in page]
    return Lines(lines, has_next=len(found) > size)


def count_pushed_back_commitments(reader: Reader, asked: PushedBackAsked) -> int:
    """How many there are."""
    source, parameters = _source(reader, asked)
    return int(reader.rows(f"SELECT count(*) FROM ({source}) s", parameters)[0][0])


def _in(place: str, field: str) -> str:
    """A field of the commitment at a place of those that a handling made, in SQL."""
    return f"json_extract({place}, '$.{field}')"


def _micros(text: str) -> str:
    """An instant as JSON writes it (UTC) in microseconds, in SQL. The fraction is read apart: SQLite would round it."""
    fraction = f"substr(substr({text}, 21, length({text}) - 21) || '000000', 1, 6)"
    seconds = f"CAST(strftime('%s', substr({text}, 1, 19)) AS BIGINT)"
    return f"({seconds} * 1000000 + CASE WHEN length({text}) > 20 THEN CAST({fraction} AS BIGINT) ELSE 0 END)"


def _source(reader: Reader, asked: PushedBackAsked) -> tuple[str, list[Any]]:
    """Every replaced date with what replaced it: in one handling, or from a leading one to the next with a date.

    A unit in between that promised nothing, for it returned the ticket or was relieved of it, does not end the search.
    """
    replaced = _in("old.value", "replaced_at")
    following = "json_extract(t.commitments_made, '$[' || (old.key + 1) || ']')"
    last = "json_extract(t.commitments_made, '$[#-1]')"
    within = (
        f"SELECT {_micros(replaced)} AS pushed_at, t.ticket_id, t.number AS handling, old.key AS commitment,"
        f" t.number AS new_handling, old.key + 1 AS new_commitment, t.unit_code,"
        f" {_in('old.value', 'deadline.last_day')} AS old_day, {_in(following, 'deadline.last_day')} AS new_day"
        f" FROM ticket_handlings t CROSS JOIN json_each(t.commitments_made) old"
        f" WHERE {reader.live('t')} AND {replaced} IS NOT NULL"
    )
    promising = (
        "SELECT min(m.round) FROM ticket_handlings m WHERE m.ticket_id = t.ticket_id AND m.role = 'lead'"
        f" AND m.round > t.round AND {reader.live('m')} AND json_array_length(m.commitments_made) > 0"
    )
    between = (
        "SELECT t.closed_at, t.ticket_id, t.number, json_array_length(t.commitments_made) - 1, n.number, 0, t.unit_code,"
        f" {_in(last, 'deadline.last_day')}, {_in('n.commitments_made', 'deadline.last_day').replace('$', '$[0]')}"
        f" FROM ticket_handlings t JOIN ticket_handlings n ON n.ticket_id = t.ticket_id AND n.round = ({promising})"
        f" AND n.role = 'lead' AND {reader.live('n')} WHERE {reader.live('t')} AND t.role = 'lead'"
        f" AND t.closed_at IS NOT NULL AND {_in(last, 'number')} IS NOT NULL AND {_in(last, 'met_at')} IS NULL"
    )
    left = "julianday(old_day) - julianday(date(pushed_at / 1000000 + 28800, 'unixepoch'))"
    source = f"SELECT * FROM ({within} UNION ALL {between}) b WHERE new_day > old_day AND {left} <= ?"
    parameters: list[Any] = [asked.within_days]
    if asked.unit is not None:
        source, parameters = f"{source} AND unit_code = ?", [*parameters, asked.unit]
    return source, parameters


def _line(
    row: Sequence[Any], handlings: Mapping[tuple[str, int], HandlingRow], told: Sequence[RecordedEvent]
) -> PushedBackCommitment:
    pushed_at, ticket, number, place, new_number, new_place = row
    handling, follower = handlings[ticket, number], handlings[ticket, new_number]
    old, new = handling.commitments_made[place], follower.commitments_made[new_place]
    at = old.replaced_at or handling.closed_at
    assert at is not None
    extension = _extension(handling, old, new) if number == new_number else None
    asked = None if extension is None else _asking(told, number, extension)
    given = _setting(told, follower, new)
    pushed = (
        [given] if number == new_number else [*_sending_on(told, _on_the_way(handlings, handling, follower)), given]
    )
    return PushedBackCommitment(
        key=(pushed_at, ticket, number, place),
        ticket=ticket,
        handling=number,
        unit=handling.unit_code,
        role=handling.role,
        ground=old.ground,
        old=old.deadline.last_day,
        new=new.deadline.last_day,
        new_handling=new_number,
        new_unit=follower.unit_code,
        new_ground=new.ground,
        pushed_at=at,
        after_lapse=old.deadline.passed_at(at),
        extension=extension,
        reason=(asked or pushed[0]).event.meta.reason,
        made=_setting(told, handling, old).position,
        pushed=tuple(sorted({one.position for one in pushed})),
        asked=None if asked is None else asked.position,
        lapsed=_lapse(told, number, old.number),
    )


def _extension(handling: HandlingRow, old: Commitment, new: Commitment) -> Extension | None:
    """The extension that replaced a date by another; None where it was not one that did."""
    if new.ground is not CommitmentGround.EXTENDED:
        return None
    granted = (one for one in handling.extensions_asked if one.granted and one.decided_at == old.replaced_at)
    return next(granted, None)


def _setting(told: Sequence[RecordedEvent], handling: HandlingRow, commitment: Commitment) -> RecordedEvent:
    """The event that set a date: an acceptance, a granted extension, a reopening, or an assignment on site."""
    for one in told:
        event = one.event
        if event.meta.decided_at != commitment.made_at or getattr(event, "commitment", None) != commitment.deadline:
            continue
        own = event.round if isinstance(event, Ticket.AssignedOnSite) else getattr(event, "handling", None)
        if own == (handling.round if isinstance(event, Ticket.AssignedOnSite) else handling.number):
            return one
    raise AssertionError(f"no event set commitment {commitment.number} of handling {handling.number}")


def _on_the_way(
    handlings: Mapping[tuple[str, int], HandlingRow], handling: HandlingRow, follower: HandlingRow
) -> set[int]:
    """The leading handlings sent on until the follower had the ticket: the first, and those that promised nothing."""
    return {
        one.number
        for one in handlings.values()
        if one.ticket_id == handling.ticket_id
        and one.role is HandlingRole.LEAD
        and handling.round <= one.round < follower.round
    }


def _sending_on(told: Sequence[RecordedEvent], handlings: set[int]) -> list[RecordedEvent]:
    """The events that sent these handlings on to other units; an assignment on site sets the date at once."""
    return [
        one
        for one in told
        if (isinstance(one.event, Ticket.Reassigned) and one.event.handling in handlings)
        or (isinstance(one.event, Ticket.AssignedOnSite) and one.event.replaces in handlings)
    ]


def _asking(told: Sequence[RecordedEvent], handling: int, extension: Extension) -> RecordedEvent:
    """The event that asked for an extension."""
    asked = [one for one in told if isinstance(one.event, Ticket.ExtensionAsked) and one.event.handling == handling]
    return asked[extension.number - 1]


def _lapse(told: Sequence[RecordedEvent], handling: int, commitment: int) -> int | None:
    """Where it was recorded that a date had passed; None where it was not."""
    for one in told:
        event = one.event
        if isinstance(event, Ticket.CommitmentLapsed) and (event.handling, event.commitment) == (handling, commitment):
            return one.position
    return None
