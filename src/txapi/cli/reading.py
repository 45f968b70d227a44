"""Reading a record without a server: its published operations, run on the read models in use or on some made for it."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from txapi.cli.ends import BAD_USAGE, stop

if TYPE_CHECKING:
    from txapi.projections.views import Views
    from txapi.record import Record
    from txapi.record.place import Place


def operation_text(name: str) -> str:
    """The document of a published operation; ends with the nearest questions where there is none of that name."""
    from txapi.web.operations import operations, operations_folder

    published = operations()
    if name not in published:
        near = _questions_near(name, published)
        hint = (
            f"did you mean {' or '.join(map(repr, near))}?"
            if near
            else f"the published ones lie in {operations_folder()}"
        )
        stop(BAD_USAGE, f"there is no operation {name!r}; {hint}")
    return published[name].read_text(encoding="utf-8")


def _questions_near(name: str, published: Mapping[str, Path]) -> list[str]:
    """The published questions whose names are nearest, the nearest first: without a server no command is carried out."""
    from difflib import get_close_matches

    questions = {
        known.lower(): known
        for known, path in published.items()
        if re.search(r"^query\b", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    return [questions[near] for near in get_close_matches(name.lower(), questions)]


def variables_of(document: str) -> dict[str, str]:
    """The variables that an operation declares, each with its type as written: {"first": "Int", "at": "PointInput"}."""
    from graphql import OperationDefinitionNode, parse, print_ast

    return {
        variable.variable.name.value: print_ast(variable.type)
        for definition in parse(document).definitions
        if isinstance(definition, OperationDefinitionNode)
        for variable in definition.variable_definitions or ()
    }


def open_to_read(where: Place | Path) -> Record:
    """The record in that place, to be read beside whoever owns it. NotARecord where there is none."""
    # Events are read by their classes, and the classes are known once their modules have been imported.
    import txapi.projections.all  # noqa: F401
    from txapi.cli.own_clock import clock_of_readers
    from txapi.record import Record

    record = Record.open(where, owner=False)
    record.clock = clock_of_readers(record)
    return record


def instant_of(text: str) -> datetime:
    """An instant in UTC from a date (its end, 24:00) or a moment; Asia/Shanghai where it names no zone."""
    from txapi.domain.dates import FIRST_YEAR, LAST_YEAR, end_of

    try:
        parsed = datetime.fromisoformat(text)
        if not FIRST_YEAR <= parsed.year <= LAST_YEAR:
            raise OverflowError(f"the year {parsed.year}")
        if len(text) == len("2015-08-05") and parsed.time() == time():
            return (end_of(parsed.date()) - timedelta(microseconds=1)).astimezone(UTC)
        if parsed.tzinfo is None:
            parsed = datetime.fromisoformat(f"{text}+08:00")
        return parsed.astimezone(UTC)
    except (ValueError, OverflowError):
        stop(BAD_USAGE, f"{text!r} is neither a position nor a time: 1234, 2015-08-05, 2015-08-05T18:00+08:00")


def moment_of(record: Record, at: str | None) -> tuple[int, datetime | None]:
    """The position and the clock of what `--at` says: a position, a time, or a date (its end); the head for None.

    A time that has not come by the record's clock is refused; the end of today is now.
    """
    from txapi.domain.dates import day_of

    head = record.head
    if at is None:
        return head.position, head.recorded_at
    if _is_position(at):
        position = int(at)
        if position > head.position:
            stop(BAD_USAGE, f"position {position} does not exist; the head is {head.position}")
        event = record.event_at(position)
        return position, event.recorded_at if event else None
    time = instant_of(at)
    if time > (now := record.clock.now()):
        if "T" in at or day_of(time) > day_of(now):
            stop(BAD_USAGE, f"MOMENT_IN_THE_FUTURE: {at} has not come yet: {_standing(record, now)}")
        time = now
    return record.position_at(time), time


def _standing(record: Record, now: datetime) -> str:
    from txapi.domain.dates import SHANGHAI
    from txapi.domain.event import TimeBasis

    whose = "the machine's clock" if record.clock.basis is TimeBasis.SYSTEM else "the record's own clock"
    return f"{whose} stands at {now.astimezone(SHANGHAI):%Y-%m-%d %H:%M} (Asia/Shanghai)"


def judging(told: str | None, clock: datetime | None) -> datetime | None:
    """The clock that judges: the one of the moment, unless `--clock` says another on purpose."""
    return clock if told is None else instant_of(told)


def said_of(position: int, clock: datetime | None, variables: Mapping[str, Any]) -> str:
    """The line above an answer: what it knows, and by which clock it is judged where that was told on purpose."""
    said = f"position {position}" + (f", {clock.isoformat()}" if clock else "")
    told = variables.get("clock")
    return said if told is None or (clock and told == clock.isoformat()) else f"{said}, judged as of {told}"


def first_position_of(record: Record, told: str | None) -> int:
    """The position of what `--from` says: a position, or the first one recorded after a time or date; 1 for None."""
    if told is None:
        return 1
    position, _ = moment_of(record, told)
    return position if _is_position(told) else position + 1


def _is_position(text: str) -> bool:
    """Whether a text names a position rather than a day written without hyphens."""
    return text.isascii() and text.isdigit() and len(text) != len("20150805")


@contextmanager
def views_of(record: Record, place: Place, until: int) -> Iterator[Views]:
    """Read models of the record that have got as far as `until`.

    Those in use where they are of this code and have got that far; else some are built, with a bar, and thrown away
    afterwards. Never writes into a folder that a server may be using.
    """
    from txapi.audit.rebuilding import build_views
    from txapi.cli.progress import progress
    from txapi.projections.all import PROJECTIONS
    from txapi.projections.views import Views, views_file
    from txapi.projections.views_progress import stored_progress

    with ExitStack() as held:
        if place.embedded:
            used = stored_progress(views_file(place.folder), record.record_id)
            reached = used.position if used else -1
        else:
            reached = held.enter_context(closing(Views.open(place, record.record_id, PROJECTIONS))).position
        if reached >= until:
            views = Views.open(place, record.record_id, PROJECTIONS)
        else:
            path = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="txapi-"))) / "views.db"
            with progress("rebuilding") as told:
                build_views(record, path, until, told)
            views = Views.in_file(path, record.record_id, PROJECTIONS)
        yield held.enter_context(closing(views))


def answer_from(record: Record, place: Place, until: int, document: str, variables: dict[str, Any]) -> dict[str, Any]:
    """The answer to an operation, as an auditor gets it who sees everything up to `until`."""
    from txapi.application.desk import Desk
    from txapi.cli.answers import AUDITOR
    from txapi.domain.event import Actor, Role
    from txapi.web.offline import answer

    with views_of(record, place, until) as views:
        return answer(views, Desk(record), Actor(AUDITOR, Role.AUDITOR), document, variables)


def attested_from(
    record: Record, place: Place, key_file: Path | None, until: int, document: str, variables: dict[str, Any]
) -> dict[str, Any]:
    """As `answer_from`, with a receipt signed by the record's key. BadInput where none can be issued."""
    from txapi.cli.answers import issued
    from txapi.record.ledger import Ledger

    ledger = Ledger.open(place, record.record_id, key_file=key_file)
    try:
        with views_of(record, place, until) as views:
            return issued(record, views, ledger, document, variables)
    finally:
        ledger.close()
