"""Questions about tickets 工作联系单: which ones, in what order, how many by what; judged by the moment's clock."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any

from txapi.domain.dates import end_of
from txapi.domain.editions import Thresholds
from txapi.domain.labels import Label, label_of, labelled
from txapi.domain.light import Light
from txapi.domain.reference import Reference
from txapi.domain.ticket import Ticket
from txapi.domain.ticket.parties import Part
from txapi.domain.ticket.values import Escalation, TicketCategory, TicketOrigin, TicketState
from txapi.projections.judgements import JudgedTickets, where_judged
from txapi.projections.moment import Reader
from txapi.projections.references import thresholds_at
from txapi.projections.select import Order, Select, many_of, marks
from txapi.projections.sums import Sums
from txapi.projections.table import answer
from txapi.projections.ticket_rows import PHASE_DRAFT, PHASE_OPEN, PHASE_OVER, TICKETS, TicketRow, phase_of
from txapi.projections.units import UNITS
from txapi.record.instants import micros


@dataclass(kw_only=True)
class TicketFilter:
    """Which tickets are asked for; every part that is given must hold, an empty list finds nothing."""

    states: list[TicketState] | None = answer("状态", "In one of these states.", default=None)
    open: bool | None = answer("是否在办", "Only those issued and neither confirmed nor withdrawn.", default=None)
    categories: list[TicketCategory] | None = answer("类别", "Of one of these categories.", default=None)
    origins: list[TicketOrigin] | None = answer("来源", "Of one of these origins.", default=None)
    lights: list[Light] | None = answer("灯色", "With one of these lights at the clock.", default=None)
    escalations: list[Escalation] | None = answer("提级", "Taken as high as one of these.", default=None)
    escalated: bool | None = answer("是否提级", "Whether it was taken higher at all.", default=None)
    issuers: list[str] | None = answer("发出单位", "Issued by one of these units, by code.", default=None)
    handlers: list[str] | None = answer("主办单位", "Led now by one of these units, by code.", default=None)
    units: list[str] | None = answer(
        "参与单位", "In which one of these units takes or took part in any way, by code.", default=None
    )
    copied_to: list[str] | None = answer("抄送单位", "Copied to one of these units, by code.", default=None)
    to_receive: list[str] | None = answer(
        "待签收单位", "That one of these units still has to receive at the clock, by code.", default=None
    )
    to_reply: list[str] | None = answer(
        "待受理单位", "That one of these units has received by the clock and not answered, by code.", default=None
    )
    owed_by: list[str] | None = answer(
        "待办单位",
        "On which one of these units owes something, by code; with `overdue` or `dueWithinDays`, just that.",
        default=None,
    )
    due_within_days: int | None = answer(
        "若干日内到期",
        "On which something falls due on the clock's day or within so many days after it, and is not overdue.",
        default=None,
    )
    overdue: bool | None = answer("是否逾期", "Whether something on it is overdue at the clock.", default=None)
    was_late: bool | None = answer(
        "是否曾逾期", "Whether those who handle it let something lapse or did it late, as recorded.", default=None
    )
    awaiting_confirmation: bool | None = answer(
        "是否待确认", "Whether it is resolved and waits for its issuer to confirm.", default=None
    )
    about: list[str] | None = answer(
        "涉及对象", "About one of these projects, parcels or companies, by entity id.", default=None
    )
    judged: JudgedTickets | None = answer(
        "记分牌口径", "Of which a number of the scoreboard of departments speaks.", default=None
    )
    meeting: str | None = answer("会议", "Noted at this meeting, by entity id.", default=None)
    number: str | None = answer("编号", "With exactly this number.", default=None)
    text: str | None = answer("文字检索", "Contains this text in its number, subject, body or outcome.", default=None)


class TicketOrderField(enum.Enum):
    """By what tickets are sorted."""

    NUMBER = "number"
    ISSUED = "issued"
    DUE = "due"
    CHANGED = "changed"


class TicketDimension(enum.Enum):
    """By what tickets are grouped."""

    HANDLER = "handler"
    ISSUER = "issuer"
    CATEGORY = "category"
    ORIGIN = "origin"
    STATE = "state"
    LIGHT = "light"
    ESCALATION = "escalation"


labelled(
    {
        TicketOrderField.NUMBER: ("编号", "by number, as numbers are counted"),
        TicketOrderField.ISSUED: ("发出时间", "by when it was issued"),
        TicketOrderField.DUE: ("到期", "by when the first thing on it becomes overdue"),
        TicketOrderField.CHANGED: ("最近变更", "by where in the record it last changed"),
        TicketDimension.HANDLER: ("主办单位", "the unit that leads now"),
        TicketDimension.ISSUER: ("发出单位", "the unit that issued it"),
        TicketDimension.CATEGORY: ("类别", "the category"),
        TicketDimension.ORIGIN: ("来源", "the origin"),
        TicketDimension.STATE: ("状态", "the state"),
        TicketDimension.LIGHT: ("灯色", "the light at the clock"),
        TicketDimension.ESCALATION: ("提级", "how high it was taken"),
    }
)

_ORDERED = {
    TicketOrderField.NUMBER: "t.number_order",
    TicketOrderField.ISSUED: "t.issued_at",
    TicketOrderField.DUE: "t.limit_due",
    TicketOrderField.CHANGED: "t.since",
}

NEWEST_FIRST = [Order("t.issued_at", descending=True)]


@dataclass(frozen=True, slots=True)
class TicketGroup:
    """One group: its keys in the order of the dimensions asked for, how many tickets, and how many are overdue."""

    keys: tuple[str | None, ...]
    count: int
    overdue: int


# -- lists ---------------------------------------------------------------------------------------------------------------


def order_by(field: TicketOrderField, *, descending: bool = False) -> Order:
    """One term of a sort. What owes nothing has no due date and comes last."""
    return Order(_ORDERED[field], descending)


def select(reader: Reader, asked: TicketFilter | None = None) -> Select[TicketRow]:
    """The tickets asked for at the moment."""
    question = Select(TICKETS, reader)
    if asked is None:
        return question
    _where_in_phase(question, asked)
    question.where_in("category", asked.categories).where_in("origin", asked.origins)
    question.where_in("escalation", asked.escalations)
    question.where_in("issuer_code", asked.issuers).where_in("handler_code", asked.handlers)
    if asked.escalated is not None:
        question.where(f"t.escalation {'<>' if asked.escalated else '='} 'none'")
    if asked.meeting is not None:
        question.where("t.meeting_id = ?", asked.meeting)
    if asked.number is not None:
        # Who ever had the number is found by it, and few have had one.
        question.by_noun = True
        question.where("t.entity_id IN (SELECT n.entity_id FROM tickets n WHERE n.number = ?)", asked.number)
        question.where("t.number = ?", asked.number)
    if asked.text is not None:
        question.where("instr(t.search, ?) > 0", asked.text.casefold())
    if asked.was_late is not None:
        question.where("t.was_late = ?", int(asked.was_late))
    if asked.judged is not None:
        where_judged(question, asked.judged)
    _where_taking_part(question, asked)
    _where_owed(question, asked)
    if asked.lights is not None:
        colour = light_sql(reader, thresholds_at(reader))
        question.where(f"{colour} IN ({marks(asked.lights)})", *(light.value for light in asked.lights))
        # Whatever was confirmed is green or yellow for ever.
        alone = all(getattr(asked, each.name) is None for each in fields(TicketFilter) if each.name != "lights")
        question.plenty = alone and not _PLENTY.isdisjoint(asked.lights)
    return question


_PLENTY = {Light.GREEN, Light.YELLOW}


def _where_in_phase(question: Select[TicketRow], asked: TicketFilter) -> None:
    """Restrict the question to states, and to the phases that these are, by which the rows are found."""
    phases = {PHASE_OVER, PHASE_OPEN, PHASE_DRAFT}
    if asked.states is not None:
        question.where_in("state", asked.states)
        phases &= {phase_of(state) for state in asked.states}
    if asked.awaiting_confirmation is not None:
        question.where(f"t.state {'=' if asked.awaiting_confirmation else '<>'} '{TicketState.RESOLVED.value}'")
    # Nothing is red that is not open.
    if asked.open or asked.awaiting_confirmation or (asked.lights and set(asked.lights) == {Light.RED}):
        phases &= {PHASE_OPEN}
    if asked.open is False:
        phases -= {PHASE_OPEN}
    if len(phases) < 3:
        question.where_in("phase", sorted(phases))


def _where_taking_part(question: Select[TicketRow], asked: TicketFilter) -> None:
    reader = question.reader
    for units, condition in ((asked.units, "TRUE"), (asked.copied_to, f"p.part = '{Part.COPIED.value}'")):
        if units is None:
            continue
        taking_part = f"p.unit_code IN ({marks(units)}) AND {condition} AND {reader.live('p')}"
        if question.hot == "phase" and question.hot_values == (PHASE_OPEN,):
            # Of what is open, which does not become more with the years, and not of all in which they ever took part.
            parties = f"ticket_parties p {reader.by_index('ticket_parties_noun')}"
            question.by_hot = True
            question.where(
                f"EXISTS (SELECT 1 FROM {parties} WHERE p.ticket_id = t.entity_id AND {taking_part})", *units
            )
        else:
            question.of_some = True
            question.where(f"t.entity_id IN (SELECT p.ticket_id FROM ticket_parties p WHERE {taking_part})", *units)
    if asked.about is not None:
        question.by_noun = True
        live = question.reader.live("s")
        if len(asked.about) == 1 and question.reader.is_of_one_moment and not question.reader.is_restricted:
            # A ticket is about the same noun once.
            question.through = "ticket_subjects s"
            question.where(f"t.entity_id = s.ticket_id AND s.subject_id = ? AND {live}", *asked.about)
            return
        question.where(
            "t.entity_id IN (SELECT s.ticket_id FROM ticket_subjects s"
            f" WHERE s.subject_id IN ({marks(asked.about)}) AND {live})",
            *asked.about,
        )


# -- what is owed ----------------------------------------------------------------------------------------------------------


def _where_owed(question: Select[TicketRow], asked: TicketFilter) -> None:
    """What is owed at the clock: a receipt that is deemed by then is a reply, recorded or not."""
    owed = _Owed(question)
    if asked.to_receive is not None:
        owed.exists(f"{owed.what} = 'receipt'", asked.to_receive)
    if asked.to_reply is not None:
        owed.exists(f"{owed.what} = 'reply'", asked.to_reply)
    if asked.due_within_days is not None:
        owed.exists(owed.within(asked.due_within_days), asked.owed_by)
    if asked.overdue and asked.owed_by is not None:
        owed.exists(f"o.limit_due <= {owed.clock}", asked.owed_by)
    elif asked.overdue is not None:
        passed = f"t.limit_due <= {owed.clock}"
        question.where(passed if asked.overdue else f"NOT coalesce({passed}, FALSE)")
        if asked.overdue:
            question.where_in("active", [1])
    if asked.owed_by is not None and asked.due_within_days is None and not asked.overdue:
        owed.exists("TRUE", asked.owed_by)


class _Owed:
    """Conditions over what is owed on a ticket, the alias `o`, at the clock of a question's moment."""

    def __init__(self, question: Select[TicketRow]) -> None:
        self._question = question
        self._moment = question.reader.moment

    # Nobody looks at the clock for what is not asked: what follows from now alone is known again, at whatever clock.

    @property
    def clock(self) -> int:
        """The clock, in microseconds."""
        return micros(self._moment.clock)

    @property
    def _deemed(self) -> str:
        return f"o.what = 'receipt' AND coalesce(o.due <= {self.clock}, FALSE)"

    @property
    def what(self) -> str:
        """What is owed."""
        return f"CASE WHEN {self._deemed} THEN 'reply' ELSE o.what END"

    @property
    def due(self) -> str:
        """By when."""
        return f"CASE WHEN {self._deemed} THEN o.limit_due ELSE o.due END"

    def within(self, days: int) -> str:
        """What falls due on the clock's day or within so many days, and is not overdue."""
        # More days than the calendar has are as good as for ever.
        last = end_of(self._moment.day + timedelta(days=max(-1, min(days, 36_500))))
        return f"({self.due}) > {self.clock} AND ({self.due}) <= {micros(last)}"

    def exists(self, condition: str, units: list[str] | None) -> None:
        """Restrict the question to tickets on which such a thing is owed, by one of these units (None: by anybody)."""
        reader = self._question.reader
        by = "" if units is None else f" AND o.unit_code IN ({marks(units)})"
        owed = f"FROM ticket_owed o WHERE {reader.live('o')} AND {condition}{by}"
        if units is not None and reader.moment.now:
            self._question.of_some = True
            self._question.where(f"t.entity_id IN (SELECT o.ticket_id {owed})", *units)
        else:
            # What a unit owed in the past is found by the tickets that were active then, not by all that it ever owed.
            self._question.where_in("active", [1]).where(
                f"EXISTS (SELECT 1 {owed} AND o.ticket_id = t.entity_id)", *(units or ())
            )


# -- the light -------------------------------------------------------------------------------------------------------------


def light_sql(reader: Reader, thresholds: Thresholds | None) -> str:
    """The colour at the moment's clock, as `domain.ticket.light` judges it; grey where no thresholds were adopted."""
    if thresholds is None:
        return f"'{Light.GREY.value}'"
    moment = reader.moment
    soon = micros(end_of(moment.day + timedelta(days=thresholds.due_soon_days.value)))
    return (
        "CASE WHEN t.state IN ('draft', 'withdrawn') THEN 'grey'"
        f" WHEN t.limit_due <= {micros(moment.clock)} THEN 'red'"
        " WHEN t.was_late = 1 AND t.state <> 'confirmed' THEN 'red'"
        f" WHEN t.limit_due <= {soon} THEN 'yellow'"
        " WHEN t.was_late = 1 OR t.state = 'returned' THEN 'yellow'"
        " WHEN t.state = 'confirmed' THEN 'green'"
        f" WHEN t.reminders_sent >= {int(thresholds.reminders_yellow.value)} THEN 'yellow'"
        f" WHEN t.escalation = '{Escalation.MAYORS_OFFICE_MEETING.value}' THEN 'yellow'"
        " ELSE 'green' END"
    )


# -- groups ----------------------------------------------------------------------------------------------------------------


def groups(reader: Reader, by: Sequence[TicketDimension], asked: TicketFilter | None = None) -> list[TicketGroup]:
    """How many tickets there are by each combination, and how many of them are overdue at the clock."""
    dimensions = list(dict.fromkeys(by))

    def ask(reader: Reader, nouns: Sequence[str] | None) -> list[tuple[Any, ...]]:
        question = select(reader, asked).of_nouns(nouns)
        overdue = f"count(*) FILTER (WHERE t.limit_due <= {micros(reader.moment.clock)})"
        return question.grouped([_key(reader, dimension) for dimension in dimensions], ["count(*)", overdue])

    sums = Sums(("tickets", *dimensions), Ticket.KIND, (Reference.KIND,), 2, ask)
    found = sums.at(reader) if asked is None else ask(reader, None)
    formed = [TicketGroup(tuple(line[:-2]), line[-2], line[-1]) for line in found]
    return sorted(formed, key=lambda group: [_place(*pair) for pair in zip(dimensions, group.keys, strict=True)])


_MEMBERS: dict[TicketDimension, type[enum.Enum]] = {
    TicketDimension.CATEGORY: TicketCategory,
    TicketDimension.ORIGIN: TicketOrigin,
    TicketDimension.STATE: TicketState,
    TicketDimension.LIGHT: Light,
    TicketDimension.ESCALATION: Escalation,
}


def names_of(
    reader: Reader, dimensions: Sequence[TicketDimension], found: Sequence[TicketGroup]
) -> dict[tuple[TicketDimension, str | None], Label]:
    """What people read for the keys of groups: the names that units had at the moment, the labels of values."""
    names: dict[tuple[TicketDimension, str | None], Label] = {}
    for place, dimension in enumerate(dimensions):
        keys = sorted({key for group in found if (key := group.keys[place]) is not None})
        if dimension in _MEMBERS:
            labels = {key: label_of(_MEMBERS[dimension](key)) for key in keys}
        else:
            labels = {row.code: row.name_label for row in many_of(UNITS, reader, keys, column="code")}
        names.update({(dimension, key): label for key, label in labels.items()})
    return names


def _place(dimension: TicketDimension, key: str | None) -> tuple[int, int, str]:
    """Where a key sorts: values in their own order, units by code, the lack of one last."""
    if key is None:
        return 1, 0, ""
    members = _MEMBERS.get(dimension)
    return 0, list(members).index(members(key)) if members else 0, key


def _key(reader: Reader, dimension: TicketDimension) -> str:
    match dimension:
        case TicketDimension.LIGHT:
            return light_sql(reader, thresholds_at(reader))
        case TicketDimension.HANDLER | TicketDimension.ISSUER:
            return f"t.{dimension.value}_code"
        case _:
            return f"t.{dimension.value}"
