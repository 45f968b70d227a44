"""`txapi accesses`: who read what is not everybody's to read."""

from __future__ import annotations

from pathlib import Path

import click

from txapi.cli.ends import data_option, ends_clearly, json_option, say_json, settings_for


@click.command()
@click.option("--subject", help="Of this subject only.")
@click.option("--after", type=click.IntRange(0), default=0, help="Behind the entry of this number.")
@click.option("--most", type=click.IntRange(1, 10_000), default=100, show_default=True, help="How many, at most.")
@data_option
@json_option
@ends_clearly
def accesses(subject: str | None, after: int, most: int, data: Path | None, as_json: bool) -> None:
    """List what auditors read that is not everybody's to read, beside a running server or without one.

    Each entry is one request: when, who, which operation, as of which position, the kinds of noun that were read or counted, and
    which ones were read.

    \b
    Examples:
      txapi accesses
      txapi accesses --subject https://sso.example.org#zhang --after 1200 --json
    """
    from txapi.cli.reading import open_to_read
    from txapi.record.accesses import Accesses
    from txapi.record.instants import instant

    place = settings_for(data=data).place
    with open_to_read(place), Accesses.open(place) as kept:
        found = kept.page(after, most, subject)
    rows = [
        {
            "number": number,
            "at": instant(access.at).isoformat(),
            "subject": access.subject,
            "role": access.role,
            "unit": access.unit,
            "request": access.request,
            "operation": access.operation,
            "position": access.position,
            "kinds": list(access.kinds),
            "nouns": list(access.nouns),
            "more": access.more,
        }
        for number, access in found
    ]
    if as_json:
        say_json({"accesses": rows})
        return
    if not rows:
        whose = "" if subject is None else f" of {subject}"
        click.echo(
            f"no access{whose} is recorded{f' behind entry {after}' if after else ''}: nothing was read that is not everybody's"
        )
    for row, (_, access) in zip(rows, found, strict=True):
        read = len(access.nouns) + access.more
        click.echo(
            f"{row['number']}  {row['at']}  {access.subject}  {access.operation}  at {access.position}"
            f"  {', '.join(access.kinds)}: {read} read  request {access.request}"
        )
