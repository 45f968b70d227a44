"""Asked beforehand 预问: where the record is in PostgreSQL, what a short question asks of it is asked on the event loop, all at once.

What a question asked the last time is remembered (`record/beforehand.py`); when it comes again, and has to be worked out, that is asked in
one round trip, which lets nobody wait, and the question is then carried out on the loop, as on SQLite, from the answers that are there. It
may reach nothing else: whatever waits for a database would have all others wait, too.
"""

from __future__ import annotations

from collections import OrderedDict
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn, cast

from txapi.projections.moment import PRESENT
from txapi.projections.views_progress import Standing
from txapi.record.beforehand import Answered, NotAnswered, Noted, Noting
from txapi.record.database import Dialect
from txapi.record.instants import micros
from txapi.web.turns import Places

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from txapi.projections.projection import Projection
    from txapi.projections.views import Views
    from txapi.projections.views_progress import Progress
    from txapi.record.beforehand import Asker, Statement
    from txapi.record.clock import Clock
    from txapi.record.database import Connection
    from txapi.record.deadlines import Deadline
    from txapi.schema.context import Context, Told

MOST_ASKING = 3
"""How many questions are asked at the same time, clients in turn: a line is left for whoever asks where the rows stand."""
MOST_KNOWN = 2_000
"""Of how many questions it is remembered what they ask, and"""
MOST_TEXT = 4 * 1024 * 1024
"""how many characters that are, at most."""
CREDIT = 3
"""So many wrong guesses more than right ones, and a question is not guessed at"""
PAUSE = 100
"""for so many times."""
NOTHING = "there are no read models of this record yet"
"""Why nothing is answered."""


@dataclass(slots=True)
class _Known:
    """What a question asked, in a snapshot of that position, at that clock."""

    statements: tuple[Statement, ...]
    position: int
    clock: int
    tells_the_clock: bool
    length: int
    """How many characters it takes."""

    @classmethod
    def of(cls, statements: tuple[Statement, ...], position: int, clock: int) -> _Known:
        """What was noted."""
        told = str(clock)
        tells_the_clock = any(told in sql or clock in parameters for sql, parameters in statements)
        length = sum(len(sql) + len(str(parameters)) for sql, parameters in statements)
        return cls(statements, position, clock, tells_the_clock, length)

    def at(self, position: int, clock: int) -> tuple[Statement, ...]:
        """What it would ask at another position and another clock: where it said the one it is likely to say the other one, too."""
        if position != self.position or self.tells_the_clock:
            other = {self.position: position, self.clock: clock}
            self.statements = tuple(
                (
                    sql.replace(str(self.clock), str(clock)),
                    tuple(other.get(each, each) if type(each) is int else each for each in parameters),
                )
                for sql, parameters in self.statements
            )
            self.position, self.clock = position, clock
        return self.statements


class Beforehand:
    """Remembers what questions ask, and asks it. It belongs to the event loop."""

    def __init__(self, lines: Asker, views: Views, clock: Clock) -> None:
        self._lines = lines
        self._views = views
        self._clock = clock
        self._places = Places(MOST_ASKING)
        self._known: OrderedDict[int, _Known] = OrderedDict()
        self._text = 0
        self._credit: OrderedDict[int, int] = OrderedDict()

    async def standing(self) -> Standing:
        """Where the rows stand. NotAnswered."""
        known = self._views.position
        [found] = await self._lines.ask([self._views.where_they_stand])
        if not found:
            raise NotAnswered(NOTHING)
        [[position, recorded_at]] = found
        self._views.saw(position, known)
        return Standing(position, recorded_at)

    async def answered(self, question: int, client: str) -> Answered | None:
        """The answers to what a question asked the last time; None where that is not known, or cannot be had just now."""
        known = self._known.get(question)
        if known is None:
            return None
        self._known.move_to_end(question)
        await self._places.enter(client)
        try:
            now = self._clock.now()
            statements = known.at(self._views.position, micros(now))
            [present, *rows] = await self._lines.ask([(PRESENT, ()), *statements])
        except NotAnswered:
            return None
        finally:
            self._places.leave(client)
        # The clock does not stand before the last event that is seen.
        if not present or (present[0][1] or 0) > micros(now):
            return None
        return Answered(Dialect.POSTGRESQL, present[0], statements, rows, now)

    def noting(self, question: int, missed: Statement | None) -> Noted | None:
        """Where it is noted what a question asks; None where that is known, or was too often something else.

        `missed` is what was missed by the last guess. It belongs to what is asked, whether it is asked now or another question was told it
        meanwhile, and remembers that for all of them.
        """
        credit = self._credit.get(question, CREDIT)
        if credit < 0:
            self._give(question, credit + 1)
        if credit <= 0 or question in self._known:
            return None
        noted = Noted()
        if missed is not None:
            noted.note(*missed)
        return noted

    def learn(self, question: int, noted: Noted) -> None:
        """Remember what a question asked."""
        if noted.statements is None or noted.position is None or noted.clock is None:
            self._give(question, -PAUSE)
            return
        self._forget(question)
        known = self._known[question] = _Known.of(noted.statements, noted.position, noted.clock)
        self._text += known.length
        while len(self._known) > MOST_KNOWN or self._text > MOST_TEXT:
            self._forget(next(iter(self._known)))

    def guessed(self, question: int, *, right: bool) -> None:
        """Learn whether what was asked beforehand was all that was wanted."""
        credit = self._credit.get(question, CREDIT)
        if right:
            if credit < CREDIT:
                self._give(question, credit + 1)
            return
        self._forget(question)
        self._give(question, credit - 1 if credit > 1 else -PAUSE)

    def _forget(self, question: int) -> None:
        known = self._known.pop(question, None)
        if known is not None:
            self._text -= known.length

    def _give(self, question: int, credit: int) -> None:
        self._credit[question] = credit or CREDIT
        while len(self._credit) > MOST_KNOWN:
            self._credit.popitem(last=False)


class Unreached:
    """What is not to be reached from the event loop: whatever is wanted of it, is missed."""

    def __init__(self, answered: Answered) -> None:
        self._answered = answered

    def __getattr__(self, name: str) -> NoReturn:
        self._answered.miss()


class _Record(Unreached):
    """Of a record, its name and its clock."""

    def __init__(self, answered: Answered, record_id: str, clock: Clock) -> None:
        super().__init__(answered)
        self.record_id = record_id
        self.clock = clock


class _NotingViews:
    """Read models of which it is noted what is asked of them."""

    def __init__(self, views: Views, noted: Noted) -> None:
        self._views = views
        self._noted = noted

    def __getattr__(self, name: str) -> Any:
        return getattr(self._views, name)

    @contextmanager
    def snapshot(self, deadline: Deadline | None = None) -> Iterator[Connection]:
        with self._views.snapshot(deadline) as connection:
            self._noted.begin(connection.said[0])
            yield Noting(connection, self._noted)


class _AnsweredViews(Unreached):
    """Read models of which one snapshot is there, with the answers to what was asked of it, and nothing else."""

    def __init__(self, views: Views, answered: Answered) -> None:
        super().__init__(answered)
        self._views = views
        self.position: int = answered.said[0]
        self.projections: Sequence[Projection] = views.projections

    def wait_for(self, position: int, timeout_seconds: float) -> bool:
        if position > self.position:
            self._answered.miss()
        return True

    def lasting(self, position: int, recorded_at: datetime) -> dict[Any, Any]:
        return self._views.lasting(position, recorded_at)

    def progress(self, connection: Connection) -> Progress:
        return self._views.progress(connection)

    @contextmanager
    def snapshot(self, deadline: Deadline | None = None) -> Iterator[Connection]:
        self._answered.deadline = deadline
        yield self._answered


def note(context: Context, noted: Noted) -> None:
    """Have it noted what an operation asks of the read models."""
    context.views = cast("Views", _NotingViews(context.views, noted))


def answer_from(context: Context, answered: Answered) -> None:
    """Have an operation answered from what was asked beforehand, and from nothing else."""
    context.goes_by(answered.now)
    record, unreached = context.record, cast("Any", Unreached(answered))
    context.views = cast("Views", _AnsweredViews(context.views, answered))
    context.read = cast("Told", _Record(answered, record.record_id, record.clock))
    context.commanded = context.ledger = context.deliveries = unreached
    context.accesses = context.person_keys = unreached
