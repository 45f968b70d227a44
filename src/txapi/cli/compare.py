"""`txapi compare`: what differs between two moments, field by field, with the events to blame; without a server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from txapi.cli.ends import BAD_USAGE, data_option, ends_clearly, json_option, say_json, settings_for, stop

if TYPE_CHECKING:
    from txapi.record import Record

KINDS = (
    "projects",
    "tickets",
    "targets",
    "companies",
    "parcels",
    "groups",
    "meetings",
    "units",
    "supervision-lists",
    "publications",
    "attachments",
)
LONGEST_VALUE = 100
"""How many characters of a value people are shown; the whole stands in the JSON."""


@click.command()
@click.option("--before", required=True, metavar="POSITION|TIME", help="The earlier moment; a date means its end.")
@click.option("--after", metavar="POSITION|TIME", help="The later moment; now, unless given.")
@click.option("--before-valid-on", metavar="DATE", help="Before, facts of the world count up to this date.")
@click.option("--after-valid-on", metavar="DATE", help="After, facts of the world count up to this date.")
@click.option("--kind", type=click.Choice(KINDS), help="Nouns of this kind; everything, unless given.")
@click.option("--filter", "asked", metavar="JSON", help="The filter of the list of that kind, as in the schema.")
@click.option("--first", type=click.IntRange(1, 500), default=50, show_default=True, help="How many nouns.")
@click.option("--cursor", metavar="TEXT", help="Go on behind this one, which the page before ended with.")
@data_option
@json_option
@ends_clearly
def compare(
    before: str,
    after: str | None,
    before_valid_on: str | None,
    after_valid_on: str | None,
    kind: str | None,
    asked: str | None,
    first: int,
    cursor: str | None,
    data: Path | None,
    as_json: bool,
) -> None:
    """Tell what appeared, disappeared and changed between two moments, and who is to blame. Works beside a running server.

    \b
    Examples:
      txapi compare --before 2015-07-31 --after 2015-08-11
      txapi compare --before 2015-07-31 --kind tickets --filter '{"overdue": true}'
      txapi compare --before 2015-08-11 --before-valid-on 2015-07-31 --after 2015-08-11 --after-valid-on 2015-08-11 --json
    """
    from txapi.cli.reading import answer_from, open_to_read, operation_text, variables_of

    operation = "Compare" + "".join(word.title() for word in (kind or "").split("-"))
    document = operation_text(operation)
    variables: dict[str, Any] = {"first": first, "cursor": cursor}
    variables |= _filter(asked, kind, variables_of(document))
    place = settings_for(data=data).place
    with open_to_read(place) as record:
        variables["before"], earlier = _moment(record, before, before_valid_on, "--before-valid-on")
        variables["after"], later = _moment(record, after, after_valid_on, "--after-valid-on")
        answer = answer_from(record, place, max(earlier, later), document, variables)
    if answer.get("errors"):
        stop(BAD_USAGE, "; ".join(f"{error['extensions']['code']}: {error['message']}" for error in answer["errors"]))
    if as_json:
        say_json(answer)
    else:
        click.echo("\n".join(lines_of(answer["data"]["compare"], variables)))


def _filter(asked: str | None, kind: str | None, declared: dict[str, str]) -> dict[str, Any]:
    """The variables that a filter stands for: `filter` itself, or the one by which supervision lists are told apart."""
    import msgspec

    if asked is None:
        return {}
    try:
        said = msgspec.json.decode(asked, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeEncodeError) as error:
        stop(BAD_USAGE, f"--filter is no JSON object: {error}")
    if "filter" in declared:
        return {"filter": said}
    if strange := sorted(said.keys() - (declared.keys() & {"year"})):
        stop(BAD_USAGE, f"{kind or 'everything'} is not filtered by {strange[0]!r}; say --kind, or leave --filter out")
    return said


def _moment(record: Record, at: str | None, valid_on: str | None, option: str) -> tuple[dict[str, Any], int]:
    """A moment as the schema takes it, and its position."""
    from txapi.cli.reading import moment_of
    from txapi.domain.dates import day_from
    from txapi.domain.errors import BadInput

    position, clock = moment_of(record, at)
    try:
        day = None if valid_on is None else day_from(valid_on).isoformat()
    except BadInput:
        stop(BAD_USAGE, f"{option} {valid_on!r} is no date: YYYY-MM-DD, of a day that exists")
    told = {"at": {"position": str(position)}, "validOn": day, "clock": None if clock is None else clock.isoformat()}
    return told, position


# -- for people ----------------------------------------------------------------------------------------------------------


def lines_of(compared: dict[str, Any], asked: dict[str, Any]) -> Iterator[str]:
    """A comparison for people: each noun, each field before and after, and under it who, when and why."""
    for side in ("before", "after"):
        moment, valid_on = compared[side], asked[side]["validOn"]
        facts = "every known fact counts" if valid_on is None else f"facts count up to {valid_on}"
        yield f"{side:<6} position {moment['position']}, {_local(moment['clock'])}; {facts}"
    [page] = [part for name, part in compared.items() if name not in ("before", "after")]
    if not page["nodes"]:
        yield "nothing differs"
    for node in page["nodes"]:
        because = ", ".join(cause.lower().replace("_", " ") for cause in node["because"])
        yield ""
        yield f"{node['kind'].lower()} {_label(node['label'])}: {node['what'].lower()} (by {because})"
        yield from _changes(node)
    if page["pageInfo"]["hasNextPage"]:
        yield ""
        yield f"more follow: --cursor {page['pageInfo']['endCursor']}"


def _changes(node: dict[str, Any]) -> Iterator[str]:
    """The fields that the same events changed together, and then those events."""
    events = {event["position"]: event for event in node["events"]}
    together: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for change in node["changes"]:
        together.setdefault(tuple(event["position"] for event in change["events"]), []).append(change)
    for positions, those in together.items():
        for change in those:
            member = change["member"]
            what = f"{_short(change['before'])} -> {_short(change['after'])}"
            said = f"{member['code']} {member['name']}" if member else what
            yield f"  {change['field']} {change['label']['zh']}: {said}{_flags(change)}"
        yield from (_event(events[position]) for position in positions)
    named = {position for positions in together for position in positions}
    # Of another noun, by which the filter came to let this one through, or no longer.
    yield from (_event(event) for position, event in events.items() if position not in named)


def _event(event: dict[str, Any]) -> str:
    actor = event["actor"]
    who = f"{actor['subject']} ({actor['role'].lower()})"
    why = f"  {event['reason']}" if event["reason"] else ""
    return f"{event['position']:>12}  {_local(event['recordedAt'])}  {event['type']}  {who}{why}"


def _flags(change: dict[str, Any]) -> str:
    flags = [f"back-dated {change['lagDays']} days"] if change["backDated"] else []
    flags += ["correction"] if change["correction"] else []
    flags += ["by valid date"] if "VALID_DATE" in change["because"] else []
    return "".join(f"  [{flag}]" for flag in flags)


def _local(instant: str) -> str:
    from txapi.domain.dates import SHANGHAI

    return datetime.fromisoformat(instant).astimezone(SHANGHAI).isoformat(timespec="seconds")


def _label(label: dict[str, str]) -> str:
    return label["zh"] if label["zh"] == label["en"] else f"{label['zh']} {label['en']}"


def _short(value: Any) -> str:
    import msgspec

    value = _plain(value)
    text = "-" if value is None else value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"


def _plain(value: Any) -> Any:
    """A value without where it was stated; a date that is known to the day as that day."""
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if not isinstance(value, dict):
        return value
    if value.get("precision") == "day":
        return value["latest"]
    return {name: _plain(part) for name, part in value.items() if name not in ("stated", "left_stated")}
