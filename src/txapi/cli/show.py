"""`txapi show`: what the board showed at a moment, without a server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

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

BOARD = "Overview"


@click.command()
@click.option("--at", "at", metavar="POSITION|TIME", help="A position, a time, or a date (its end). Now, unless given.")
@clock_option
@click.option("--operation", default=BOARD, show_default=True, help="The published operation to run.")
@click.option("--variables", default="{}", metavar="JSON", help="Further variables of the operation.")
@click.option(
    "--receipt",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the answer with a signed receipt to this file; needs the record's key.",
)
@data_option
@json_option
@ends_clearly
def show(
    at: str | None,
    judged_by: str | None,
    operation: str,
    variables: str,
    receipt: Path | None,
    data: Path | None,
    as_json: bool,
) -> None:
    """Run a published operation on the record as of a moment. Works beside a running server.

    A receipt can be checked by whoever holds the record or a bundle of it, and trusts nobody here.

    \b
    Examples:
      txapi show --at 2015-08-05
      txapi show --clock 2015-08-20
      txapi show --at 120 --operation Tickets --variables '{"first": 5}' --json
      txapi show --at 2015-08-05 --receipt board.receipt.json
    """
    import msgspec

    from txapi.cli.answers import end_with_errors
    from txapi.cli.reading import (
        answer_from,
        attested_from,
        judging,
        moment_of,
        open_to_read,
        operation_text,
        said_of,
        variables_of,
    )

    document = operation_text(operation)
    told = _variables(variables)
    settings = settings_for(data=data)
    with open_to_read(settings.place) as record:
        position, clock = moment_of(record, at)
        judge = judging(judged_by, clock)
        pinned = {"at": {"position": str(position)}, "clock": None if judge is None else judge.isoformat()}
        declared = variables_of(document)
        if at is not None and "at" not in declared:
            stop(BAD_USAGE, f"the operation {operation} asks of now only: it declares no $at")
        if judged_by is not None and "clock" not in declared:
            stop(BAD_USAGE, f"the operation {operation} judges nothing: it declares no $clock")
        told = {**{name: value for name, value in pinned.items() if name in declared}, **told}
        if receipt is None:
            answer = answer_from(record, settings.place, position, document, told)
        else:
            answer = attested_from(record, settings.place, settings.record_key, position, document, told)
            receipt.write_bytes(msgspec.json.format(msgspec.json.encode(answer), indent=2) + b"\n")
    if as_json:
        say_json(answer)
    elif answer.get("data") is None:
        # Nothing was answered, and so no moment was: the errors are all there is to say.
        pass
    elif judge is None:
        # Before the first event there is no time, and whatever were shown would be dated by the clock's own beginning.
        click.echo(f"position {position}, before the record begins")
    else:
        click.echo(said_of(position, clock, told))
        click.echo("\n".join(lines_of(answer["data"])))
    end_with_errors(answer)


def _variables(text: str) -> dict[str, Any]:
    import msgspec

    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeEncodeError) as error:
        stop(BAD_USAGE, f"--variables is no JSON object: {error}")


LONGEST_LINE = 140
"""How long a line may get before what it says is spread over several."""


def lines_of(value: Any, name: str = "", depth: int = 0) -> list[str]:
    """An answer for people: what is short on one line, what is empty and opaque ids left out."""
    indent = "  " * depth
    short = _brief(value)
    if short is not None and len(short) <= LONGEST_LINE:
        mark = "- " if name == "-" else f"{name}: " if name else ""
        return [f"{indent}{mark}{short}"] if short else []
    if isinstance(value, list):
        head = [f"{indent}{name}:"] if name else []
        return head + [line for part in value for line in lines_of(part, "-", depth + bool(name))]
    if isinstance(value, dict):
        lines = [line for key, part in value.items() if key != "id" for line in lines_of(part, key, depth + bool(name))]
        if name == "-" and lines:
            return [f"{indent}- {lines[0].lstrip()}", *lines[1:]]
        return [f"{indent}{name}:", *lines] if name else lines
    return [f"{indent}{name}: {short}"]


def _brief(value: Any) -> str | None:
    """A value in one line; empty where there is nothing to say, None where it is a list of several."""
    if value is None or value in ([], {}):
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return _brief(value[0]) if len(value) == 1 else None
    if not isinstance(value, dict):
        return str(value)
    if set(value) == {"zh", "en"}:
        return f"{value['zh']} {value['en']}" if value["zh"] != value["en"] else str(value["zh"])
    if "label" in value and set(value) <= {"key", "label", "dimension", "code"}:
        return _brief(value["label"]) or _brief(value.get("key"))
    parts = {key: _brief(part) for key, part in value.items() if key != "id"}
    if any(part is None for part in parts.values()):
        return None
    said = {key: part for key, part in parts.items() if part}
    if len(said) == 1 and set(said) <= {"text", "name", "code", "totalCount", "group"}:
        return next(iter(said.values()))
    return "  ".join(f"{key}=({part})" if "=" in part else f"{key}={part}" for key, part in said.items())
