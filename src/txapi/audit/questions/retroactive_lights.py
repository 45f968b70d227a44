"""Question 9: which lights changed retroactively 事后变灯: what the board showed on which days, and what they look like now."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from txapi.audit.questions.adopted import Adopted
from txapi.audit.questions.light_histories import (
    LightHistory,
    ProjectLights,
    TargetLights,
    TicketLights,
    last_over_day,
)
from txapi.audit.questions.pages import Key, Lines, key_of
from txapi.domain.dates import end_of
from txapi.domain.errors import BadInput
from txapi.domain.event import Event
from txapi.domain.labels import labelled
from txapi.domain.light import LightVerdict
from txapi.domain.project import Project
from txapi.domain.target import Target
from txapi.domain.ticket import Ticket
from txapi.projections.moment import Reader
from txapi.projections.select import marks
from txapi.record.instants import micros

DAYS_MOST = 366
"""How many days one question may look at."""
EXAMINED_MOST = 100
"""How many nouns one page looks at: those that were touched after the fact, whether or not a light changed."""


class LitKind(enum.Enum):
    """What kind of noun has a light."""

    TICKET = "ticket"
    PROJECT = "project"
    TARGET = "target"


labelled(
    {
        LitKind.TICKET: ("工作联系单", "ticket"),
        LitKind.PROJECT: ("项目", "project"),
        LitKind.TARGET: ("目标", "target"),
    }
)


@dataclass(frozen=True, kw_only=True)
class LightsAsked:
    """Of which days, both included, and of which kinds of nouns. BadInput BAD_RANGE."""

    first: date
    last: date
    kinds: tuple[LitKind, ...] = tuple(LitKind)

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise BadInput("BAD_RANGE", "the last day lies before the first", ("to",))
        if (self.last - self.first).days >= DAYS_MOST:
            raise BadInput("BAD_RANGE", f"a question looks at {DAYS_MOST} days at most", ("to",))


@dataclass(frozen=True, slots=True)
class LightRun:
    """Days in a row on which the board showed one colour and would now show another, because of the same events.

    `then` and `now` are the lights of the first of these days, with their reasons.
    """

    first: date
    last: date
    then: LightVerdict
    now: LightVerdict
    blamed: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class RetroactiveLights:
    """A noun whose light changed for days that were over, run by run.

    `runs` is empty only for the last noun that a page looked at, where the page ends because it looked at its most.
    """

    key: Key
    kind: LitKind
    noun: str
    runs: tuple[LightRun, ...]

    @property
    def days(self) -> int:
        """On how many days."""
        return sum((run.last - run.first).days + 1 for run in self.runs)

    @property
    def events(self) -> tuple[int, ...]:
        """The events to blame, in order."""
        return tuple(sorted({position for run in self.runs for position in run.blamed}))


def retroactive_lights(
    reader: Reader, asked: LightsAsked, *, size: int = 50, after: Key | None = None
) -> Lines[RetroactiveLights]:
    """The nouns whose lights changed for days of the range that were over at the moment's clock.

    In the order in which they were first touched: by an event recorded after the first day that corrects a fact or states
    one of an earlier day. A fixed number of statements.
    """
    touched = _touched(reader, asked, key_of(after, int))
    examined, more = touched[:EXAMINED_MOST], len(touched) > EXAMINED_MOST
    lines: list[RetroactiveLights] = []
    for line in _lines(reader, asked, examined):
        cut_short = more and line.key == (examined[-1][2],)
        if not line.runs and not cut_short:
            continue
        if len(lines) == size:
            return Lines(tuple(lines), has_next=True)
        lines.append(line)
    return Lines(tuple(lines), has_next=more)


def count_touched(reader: Reader, asked: LightsAsked) -> int:
    """How many nouns were touched after the first day by a correction or a fact of an earlier day, changed or not."""
    return int(reader.rows(f"SELECT count(DISTINCT x.stream) FROM ({_afterwards(reader, asked)}) x")[0][0])


# -- which nouns -------------------------------------------------------------------------------------------------------

_DECIDED_ON = "date(e.decided_at / 1000000 + 28800, 'unixepoch')"
"""The day in Shanghai on which an event was decided, in SQL."""


def _after(*topics: type[Event], of: str = "", noun: str = "", dated: str = "") -> str:
    """The events of these kinds between two positions; those that began a row of a table dated before their deciding.

    The positions stand as `{begin}`, which is excluded, and `{end}`.
    """
    named = ", ".join(f"'{topic.TOPIC}'" for topic in topics)
    joined = f" JOIN {of} r ON r.{noun} = e.stream AND r.since = e.position AND {dated} < {_DECIDED_ON}" if of else ""
    return (
        f"SELECT e.stream, e.position FROM events e{joined}"
        f" WHERE e.topic IN ({named}) AND e.position > {{begin}} AND e.position <= {{end}}"
    )


_RECEIVED_ON = "json_extract(r.receipt_known, '$.on')"
_LED_ON = "coalesce(r.until_on, r.since_on)"
_AFTERWARDS = {
    LitKind.TICKET: (
        _after(Ticket.ReceiptCorrected, Ticket.DeadlineFixed),
        _after(Ticket.Received, of="ticket_handlings", noun="ticket_id", dated=_RECEIVED_ON),
    ),
    LitKind.PROJECT: (
        _after(Project.FactCorrected),
        _after(Project.MilestoneReached, of="project_milestones", noun="project_id", dated="r.actual_latest"),
        _after(Project.LeaderAssigned, Project.LeaderReleased, of="project_leaders", noun="project_id", dated=_LED_ON),
    ),
    LitKind.TARGET: (
        _after(Target.FactCorrected),
        _after(Target.ActualReported, of="target_figures", noun="target_id", dated="r.through"),
    ),
}
"""The events after which a day that was over may look otherwise: corrections, and facts of an earlier day."""


def _afterwards(reader: Reader, asked: LightsAsked) -> str:
    arms = [arm for kind in asked.kinds for arm in _AFTERWARDS[kind]]
    statement = " UNION ".join(arms) or "SELECT e.stream, e.position FROM events e WHERE FALSE"
    return statement.format(begin=_last_before(reader, asked.first), end=int(reader.moment.position))


def _last_before(reader: Reader, first: date) -> int:
    """The last position recorded by the end of the first day: what was recorded by then changed no evening of the range."""
    found = reader.one(
        "WITH RECURSIVE halves(low, high) AS (SELECT CAST(0 AS BIGINT), CAST(? AS BIGINT) UNION ALL"
        " SELECT CASE WHEN e.recorded_at < ? THEN e.position ELSE low END,"
        " CASE WHEN e.recorded_at < ? THEN high ELSE e.position - 1 END"
        f" FROM halves JOIN {reader.timeline} e ON e.position = (low + high + 1) / 2 WHERE low < high)"
        " SELECT low FROM halves WHERE low = high",
        (reader.moment.position, limit := micros(end_of(first)), limit),
    )
    return int(found[0]) if found else 0


Touched = tuple[LitKind, str, int]
"""A noun with the first event that touched it afterwards."""


def _touched(reader: Reader, asked: LightsAsked, after: Key | None) -> list[Touched]:
    beyond = 0 if after is None else int(after[0] or 0)
    found = reader.rows(
        "SELECT x.stream, min(e.kind), min(x.position) FROM"
        f" ({_afterwards(reader, asked)}) x JOIN events e ON e.position = x.position GROUP BY x.stream"
        f" HAVING min(x.position) > {beyond} ORDER BY min(x.position) LIMIT {EXAMINED_MOST + 1}"
    )
    return [(LitKind(kind), stream, position) for stream, kind, position in found]


def _positions(reader: Reader, asked: LightsAsked, streams: Sequence[str]) -> dict[str, list[tuple[int, int]]]:
    """All events that touched these nouns afterwards: position and recorded time."""
    found = reader.rows(
        f"SELECT x.stream, x.position, e.recorded_at FROM ({_afterwards(reader, asked)}) x"
        f" JOIN events e ON e.position = x.position WHERE x.stream IN ({marks(streams)}) ORDER BY x.position",
        list(streams),
    )
    by_stream: dict[str, list[tuple[int, int]]] = {}
    for stream, position, recorded_at in found:
        by_stream.setdefault(stream, []).append((position, recorded_at))
    return by_stream


# -- what became of their lights ---------------------------------------------------------------------------------------


def _lines(reader: Reader, asked: LightsAsked, examined: Sequence[Touched]) -> Iterator[RetroactiveLights]:
    if not examined:
        return
    ids = {kind: [noun for one, noun, _ in examined if one is kind] for kind in LitKind}
    adopted = Adopted(reader)
    histories: dict[LitKind, LightHistory] = {
        LitKind.TICKET: TicketLights(reader, ids[LitKind.TICKET], adopted),
        LitKind.PROJECT: ProjectLights(reader, ids[LitKind.PROJECT], adopted),
        LitKind.TARGET: TargetLights(reader, ids[LitKind.TARGET], adopted),
    }
    touched = _positions(reader, asked, [noun for _, noun, _ in examined])
    last = min(asked.last, last_over_day(reader.moment.clock))
    for kind, noun, position in examined:
        runs = _runs(histories[kind], noun, touched[noun], reader.moment.position, asked.first, last)
        yield RetroactiveLights(key=(position,), kind=kind, noun=noun, runs=tuple(runs))


def _runs(
    lights: LightHistory, noun: str, touched: Sequence[tuple[int, int]], position: int, first: date, last: date
) -> list[LightRun]:
    runs: list[LightRun] = []
    day = first
    while day <= last:
        end = micros(end_of(day))
        later = [at for at, recorded_at in touched if recorded_at >= end]
        if not later:
            break
        then, now = lights.shown(noun, day), lights.known(noun, day, position)
        if then is not None and now is not None and then.colour is not now.colour:
            blamed = tuple(_blamed(lights, noun, day, then, later))
            if not _goes_on(runs, day, then, now, blamed):
                runs.append(LightRun(day, day, then, now, blamed))
        day += timedelta(days=1)
    return runs


def _blamed(lights: LightHistory, noun: str, day: date, then: LightVerdict, later: Sequence[int]) -> Iterator[int]:
    """The events after which that day looked otherwise than before."""
    colour = then.colour
    for position in later:
        known = lights.known(noun, day, position)
        if known is not None and known.colour is not colour:
            colour = known.colour
            yield position


def _goes_on(runs: list[LightRun], day: date, then: LightVerdict, now: LightVerdict, blamed: tuple[int, ...]) -> bool:
    """Lengthen the last run by that day, where it is of the same colours and for the same events."""
    if not runs:
        return False
    run = runs[-1]
    same = (run.then.colour, run.now.colour, run.blamed) == (then.colour, now.colour, blamed)
    if not same or run.last + timedelta(days=1) != day:
        return False
    runs[-1] = LightRun(run.first, day, run.then, run.now, run.blamed)
    return True
