"""`txapi reference`: the editions that rules read — thresholds, policies, calendars — as adopted into the record."""

from __future__ import annotations

from pathlib import Path

import click

from txapi.cli.ends import data_option, ends_clearly, json_option, say_json, settings_for


@click.group()
def reference() -> None:
    """Adopt editions into the record, and list those that were."""


@reference.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--reason", help="Why, for the record.")
@data_option
@json_option
@ends_clearly
def adopt(file: Path, reason: str | None, data: Path | None, as_json: bool) -> None:
    """Adopt the edition in FILE: a calendar, a policy, thresholds ... or a notice of the State Council on holidays.

    Writes into the record, so no server may own its file; in a database it is adopted beside the servers. A calendar fixes
    the deadlines that waited for it.

    \b
    Example:
      txapi reference adopt holidays-2027.yaml --reason "国务院办公厅通知"
    """
    from txapi.application.desk import Desk, Order
    from txapi.application.references import adopt_edition
    from txapi.datasets.references import read_edition
    from txapi.domain.event import Actor, Metadata, Role
    from txapi.record import Record

    settings = settings_for(data=data)
    kind, edition, content = read_edition(file)
    with Record.open(settings.place, settings.clock) as record:
        order = Order(
            Metadata(
                decided_at=record.clock.now(),
                actor=Actor("txapi:reference", Role.SYSTEM),
                correlation_id=record.ids.uuid(),
                reason=reason,
                clock=record.clock.basis,
            )
        )
        done = adopt_edition(Desk(record), order, kind=kind, edition=edition, content=content)
        head = record.head.position
    if as_json:
        say_json({"kind": kind.value, "edition": edition, "position": done.last, "head": head})
    else:
        click.echo(f"adopted {kind.value} {edition} at position {done.last}")
        if head > done.last:
            click.echo(f"fixed what waited for it: {head - done.last} events")


@reference.command("list")
@data_option
@json_option
@ends_clearly
def list_editions(data: Path | None, as_json: bool) -> None:
    """List the adopted editions, in the order of adoption.

    \b
    Example:
      txapi reference list
    """
    from txapi.cli.reading import open_to_read
    from txapi.domain.reference import Reference

    with open_to_read(settings_for(data=data).place) as record:
        adopted = [found for found in record.standing_events() if isinstance(found.event, Reference.Adopted)]
    rows = [
        {
            "position": found.position,
            "kind": found.event.kind.value,
            "edition": found.event.edition,
            "hash": found.event.hash,
            "recordedAt": found.recorded_at.isoformat(timespec="seconds"),
        }
        for found in adopted
        if isinstance(found.event, Reference.Adopted)
    ]
    if as_json:
        say_json(rows)
        return
    for row in rows:
        click.echo(f"{row['position']:>8}  {row['kind']:<20} {row['edition']:<32} {str(row['hash'])[:16]}")
