"""`txapi history`: what happened to one noun, event by event, and what each event changed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from txapi.cli.ends import FOUND_WRONG, data_option, ends_clearly, json_option, say_json, settings_for, stop

if TYPE_CHECKING:
    from txapi.record import Record
    from txapi.record.record import RecordedEvent


@click.command()
@click.argument("noun", metavar="ENTITY|CODE")
@data_option
@json_option
@ends_clearly
def history(noun: str, data: Path | None, as_json: bool) -> None:
    """Tell the history of a noun: by its entity id, or by a number or code that it owns.

    Reads the record itself, so it needs no server and no read models. Exits with 1 where there is no such noun.

    \b
    Examples:
      txapi history 2015-0003
      txapi history wutong --json
    """
    from txapi.cli.reading import open_to_read

    with open_to_read(settings_for(data=data).place) as record:
        stream = _stream_of(record, noun)
        if stream is None:
            stop(FOUND_WRONG, f"the record knows no noun with the id, number or code {noun!r}")
        told = list(_told(record, stream))
    if as_json:
        say_json(told)
        return
    for entry in told:
        click.echo(
            f"{entry['position']:>8}  {entry['recordedAt']}  {entry['topic']:<32} {entry['actor']} ({entry['role']})"
            f"  basis {entry['basis']}, clock {entry['clock']}" + (f"  {entry['reason']}" if entry["reason"] else "")
        )
        for change in entry["changes"]:
            name = f"{change['field']} {change['label']['zh']}"
            click.echo(f"{'':>10}{name}: {_short(change['before'])} -> {_short(change['after'])}")


def _stream_of(record: Record, noun: str) -> str | None:
    from txapi.domain.register import unit_id

    for stream in (noun, unit_id(noun)):
        if record.kind_of(stream) is not None:
            return stream
    owners = {stream for key, stream in record.store.keys().items() if key.value == noun}
    if len(owners) > 1:
        stop(FOUND_WRONG, f"{noun!r} belongs to {len(owners)} nouns: {', '.join(sorted(owners))}; say which")
    return next(iter(owners), None)


def _told(record: Record, stream: str) -> Iterator[dict[str, Any]]:
    """Every event of a stream with what it changed in the answers of its noun."""
    from txapi.audit.retelling import Retelling

    retelling = Retelling(record.stream_events)
    for recorded in record.stream_events(stream):
        yield _entry(recorded, retelling.changes(recorded))


def _entry(recorded: RecordedEvent, changes: list[dict[str, Any]]) -> dict[str, Any]:
    from txapi.domain.dates import SHANGHAI

    event, meta = recorded.event, recorded.event.meta
    return {
        "position": recorded.position,
        "recordedAt": recorded.recorded_at.astimezone(SHANGHAI).isoformat(timespec="seconds"),
        "decidedAt": meta.decided_at.astimezone(SHANGHAI).isoformat(timespec="seconds"),
        "topic": event.TOPIC,
        "eventId": event.event_id,
        "version": event.originator_version,
        "actor": meta.actor.subject,
        "role": meta.actor.role.value,
        "unit": meta.actor.unit,
        "basis": meta.basis.value,
        "clock": meta.clock.value,
        "reason": meta.reason,
        "source": meta.source,
        "changes": changes,
    }


def _short(value: Any) -> str:
    text = "-" if value is None else value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text if len(text) <= 100 else text[:99] + "…"
