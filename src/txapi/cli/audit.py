"""`txapi audit`: the ten questions of an auditor, each answered by its published operation, without a server."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from txapi.cli.ends import (
    BAD_USAGE,
    clock_option,
    data_option,
    ends_clearly,
    json_option,
    say_json,
    settings_for,
    stop,
)

if TYPE_CHECKING:
    from txapi.record import Record


@dataclass(frozen=True)
class Question:
    """One of the ten: its number, the name of its command, what it asks, and its published operation."""

    number: int
    name: str
    asks: str
    more: tuple[str, ...]
    operation: str
    document: str


@click.command()
@click.argument("question", metavar="[QUESTION]", required=False)
@click.option("--at", "at", metavar="POSITION|TIME", help="A position, a time, or a date (its end). Now, unless given.")
@clock_option
@click.option("--valid-on", metavar="DATE", help="Count the facts of the world up to this date.")
@click.option("--set", "set_", metavar="NAME=VALUE", multiple=True, help="A variable of the question; may be repeated.")
@data_option
@json_option
@ends_clearly
def audit(
    question: str | None,
    at: str | None,
    judged_by: str | None,
    valid_on: str | None,
    set_: tuple[str, ...],
    data: Path | None,
    as_json: bool,
) -> None:
    """Ask one of the ten questions by its number or name; without one, list them. Works beside a running server.

    \b
    Examples:
      txapi audit
      txapi audit late-acceptances --at 2015-08-10
      txapi audit 1 --clock 2015-08-20
      txapi audit 1 --set unit=dept-eic --set first=10 --json
    """
    from txapi.cli.answers import end_with_errors
    from txapi.cli.reading import answer_from, judging, moment_of, open_to_read, said_of
    from txapi.cli.show import lines_of
    from txapi.domain.dates import day_from

    known = questions()
    if question is None:
        _list(known, as_json)
        return
    asked = _named(question, known)
    with open_to_read(place := settings_for(data=data).place) as record:
        position, clock = moment_of(record, at)
        on = None if valid_on is None else day_from(valid_on)
        told = variables_for(asked.name, asked.document, set_, position, judging(judged_by, clock), on)
        must_have_been(record, told)
        answer = answer_from(record, place, position, asked.document, told)
    if as_json:
        say_json(answer)
    elif answer.get("data") is not None:
        click.echo(f"{asked.number}. {asked.asks}")
        click.echo(said_of(position, clock, told))
        click.echo("\n".join(lines_of(answer["data"])))
    end_with_errors(answer)


def questions() -> list[Question]:
    """The questions, in order: the operations for auditors whose first line gives them a number."""
    from txapi.web.operations import operations

    found = []
    for operation, path in operations().items():
        document = path.read_text(encoding="utf-8")
        first, *more = [line[1:].strip() for line in document.splitlines() if line.startswith("#")] or [""]
        match = re.fullmatch(r"Question ([0-9]+): (.+)", first)
        if match and path.parent.name == "audit":
            name = re.sub(r"(?<!^)(?=[A-Z])", "-", operation).lower()
            found.append(Question(int(match[1]), name, match[2], tuple(more), operation, document))
    return sorted(found, key=lambda question: question.number)


def _list(known: Iterable[Question], as_json: bool) -> None:
    if as_json:
        say_json(
            [{"number": one.number, "name": one.name, "asks": one.asks, "operation": one.operation} for one in known]
        )
        return
    for one in known:
        click.echo(f"{one.number:>2}. {one.name}\n    {one.asks}")
        for line in one.more:
            click.echo(f"    {line}")


def variables_for(
    name: str, document: str, set_: Iterable[str], position: int, clock: datetime | None, valid_on: date | None
) -> dict[str, Any]:
    """The variables of a question: the moment, as far as it declares one, and what is set as name=value.

    Ends where something is asked of it that it does not have, or is missing that it needs.
    """
    from txapi.cli.reading import variables_of

    declared = variables_of(document)
    if valid_on is not None and "validOn" not in declared:
        stop(BAD_USAGE, f"{name} counts every known fact: it declares no $validOn")
    moment = {
        "at": {"position": str(position)},
        "clock": None if clock is None else clock.isoformat(),
        "validOn": None if valid_on is None else valid_on.isoformat(),
    }
    told = {name: value for name, value in moment.items() if name in declared}
    options = {"at": "--at", "clock": "--clock", "validOn": "--valid-on"}
    for pinned in (text.partition("=")[0] for text in set_):
        if pinned in options:
            stop(BAD_USAGE, f"{pinned} is said by {options[pinned]}, so that the answer can say it")
    told |= dict(_variable(text, name, declared) for text in set_)
    missing = sorted(needed for needed, kind in declared.items() if kind.endswith("!") and needed not in told)
    if missing:
        stop(BAD_USAGE, f"{name} asks for {', '.join(f'--set {needed}=...' for needed in missing)}")
    return told


def must_have_been(record: Record, variables: Mapping[str, Any]) -> None:
    """Refuse a unit that there never was: whoever mistypes its code must not take it that there is nothing to tell.

    One that is registered later than the moment is no mistake: there was nothing yet. For that reason a list of the schema,
    which is asked as of many moments by the same filter, finds nothing for it and refuses nothing.
    """
    unit = variables.get("unit")
    if isinstance(unit, str) and record.owner_of_key("unit_code", unit) is None:
        stop(BAD_USAGE, f"no unit ever had the code {unit!r}; `txapi show --operation Units` lists them")


def named_or_published(question: str) -> tuple[str, str]:
    """The operation behind the number or name of one of the ten questions, or the published one of that name; its text."""
    from txapi.cli.reading import operation_text

    found = next((one for one in questions() if question in (str(one.number), one.name)), None)
    return (question, operation_text(question)) if found is None else (found.operation, found.document)


def _named(question: str, known: Iterable[Question]) -> Question:
    found = next((one for one in known if question in (str(one.number), one.name)), None)
    if found is None:
        names = ", ".join(f"{one.number} {one.name}" for one in known)
        stop(BAD_USAGE, f"there is no question {question!r}; there are: {names}")
    return found


def _variable(text: str, of: str, declared: dict[str, str]) -> tuple[str, Any]:
    """A variable given as name=value, read by its declared type: text as it stands, anything else as JSON."""
    import msgspec

    name, equals, value = text.partition("=")
    if not equals or name not in declared:
        stop(BAD_USAGE, f"{text!r} sets no variable of {of}; it has: {', '.join(declared)}")
    kind = declared[name].rstrip("!")
    if not kind.startswith(("[", "Int", "Boolean")) and not value.startswith("{"):
        return name, value
    try:
        said = msgspec.json.decode(value)
    except (msgspec.MsgspecError, UnicodeEncodeError):
        said = _NOTHING
    wanted, types = _WANTED.get(kind) or (_A_LIST if kind.startswith("[") else _AN_OBJECT)
    if type(said) not in types and said is not None:
        stop(BAD_USAGE, f"{name} is {wanted}, not {value!r}")
    return name, said


_NOTHING = object()
_WANTED: dict[str, tuple[str, tuple[type, ...]]] = {
    "Int": ("a whole number", (int,)),
    "Boolean": ("true or false", (bool,)),
}
_A_LIST = ('a list, written as JSON (["one","two"])', (list, str))
_AN_OBJECT = ('written as JSON ({"name":"value"})', (dict,))
