"""`txapi token`: who may ask, in writing."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from txapi.cli.ends import REFUSED, data_option, ends_clearly, json_option, say_json, settings_for, stop
from txapi.domain.event import Role

if TYPE_CHECKING:
    from txapi.record.place import Place

ROLES = [role.value for role in Role if role is not Role.SYSTEM]


@click.group()
def token() -> None:
    """Issue tokens, and make the key that signs them."""


@token.command()
@click.option("--subject", required=True, help="Who carries it; every event that the token causes names this.")
@click.option("--role", required=True, type=click.Choice(ROLES), help="In what capacity.")
@click.option("--unit", help="The code of the unit; a clerk needs one, and acts for it only.")
@click.option(
    "--days", type=click.FloatRange(0, 366, min_open=True), default=30.0, show_default=True, help="How long it is good."
)
@data_option
@json_option
@ends_clearly
def issue(subject: str, role: str, unit: str | None, days: float, data: Path | None, as_json: bool) -> None:
    """Print a token. The key is made on first use.

    \b
    Example:
      txapi token issue --subject li.na --role clerk --unit wutong --days 7
    """
    from txapi.cli.machine_keys import tokens_of

    settings = settings_for(data=data)
    if unit is not None:
        _must_know(settings.place, unit)
    text = tokens_of(settings).issue(subject, Role(role), unit, timedelta(days=days))
    if as_json:
        say_json({"token": text, "subject": subject, "role": role, "unit": unit, "days": days})
    else:
        click.echo(text)


@token.command()
@click.argument("path", required=False, type=click.Path(dir_okay=False, path_type=Path))
@ends_clearly
def keygen(path: Path | None) -> None:
    """Make a new signing key, at PATH or where the settings say. Never replaces one.

    \b
    Example:
      txapi token keygen /etc/txapi/token-key.pem
    """
    from txapi.record.keys import write_key

    target = path or settings_for().key_file
    write_key(target)
    click.echo(f"made {target}; keep it secret, for whoever has it can act as anybody")


@token.command()
@click.option(
    "--keep-days",
    type=click.FloatRange(0, 366),
    default=366.0,
    show_default=True,
    help="How long tokens of the old key are believed at most; 0 ends them at once, as after a theft.",
)
@data_option
@json_option
@ends_clearly
def rotate(keep_days: float, data: Path | None, as_json: bool) -> None:
    """Sign tokens with a new key from now on. Those of the old key stay good until they end.

    A server that runs notices it at the next request. Where several machines serve, copy both files to all of them.

    \b
    Example:
      txapi token rotate
      txapi token rotate --keep-days 0
    """
    from txapi.web.token_keys import rotate as rotated

    path = settings_for(data=data).key_file
    old, new = rotated(path, timedelta(days=keep_days))
    if as_json:
        say_json({"key": str(path), "old": old, "new": new, "keepDays": keep_days})
        return
    click.echo(f"{path} signs as {new} now")
    click.echo(f"tokens of {old} are believed until they end" if keep_days else "all tokens before have ended")


def _must_know(place: Place, unit: str) -> None:
    """End where there is a record that knows no such unit: such a token could do nothing."""
    from txapi.domain.register import unit_id
    from txapi.record import Record
    from txapi.record.conflicts import NotARecord

    try:
        record = Record.open(place, owner=False)
    except NotARecord:
        return
    with record:
        if record.head.position and record.kind_of(unit_id(unit)) is None:
            stop(REFUSED, f"the record in {place} knows no unit {unit!r}")
