"""`txapi copy`: a record, as it is, in another place: from a file into PostgreSQL, or back."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from txapi.cli.ends import BAD_USAGE, data_option, ends_clearly, json_option, say_json, settings_for, stop
from txapi.cli.progress import progress

if TYPE_CHECKING:
    from txapi.record.place import Place
    from txapi.settings import Settings


@click.command()
@click.argument("target", metavar="FOLDER|DATABASE")
@click.option(
    "--move", is_flag=True, help="Nobody serves the record in the folder any more once it is in the database."
)
@data_option
@json_option
@ends_clearly
def copy(target: str, move: bool, data: Path | None, as_json: bool) -> None:
    """Copy the record to another place, where there is none yet: positions, times, bytes, ledger, signatures and all.

    From a folder into a database, from one database into another, or back into a folder. DATABASE is a connection string that
    begins with postgresql:// (host=... dbname=... would be taken for a folder). No server may run on either side. The record
    stays where it is, and so do the keys: serve the copy with the same TXAPI_DATA, and never both, or there are two records
    by one name. With --move a record in a folder can only be read from then on.

    \b
    Examples:
      txapi copy --move postgresql://txapi@db1,db2/tongxiang
      TXAPI_DATABASE=postgresql://txapi@old/tongxiang txapi copy postgresql://txapi@db1,db2/tongxiang
      TXAPI_DATABASE=postgresql://txapi@db1,db2/tongxiang txapi copy /srv/txapi-in-a-file
    """
    from txapi.cli.alone import must_be_alone
    from txapi.record.accesses import copy_accesses
    from txapi.record.copying import NotEmpty, copy_record
    from txapi.record.owner import OwnerLock, note_move
    from txapi.record.person_keys import copy_person_keys, discard_person_keys

    settings: Settings = settings_for(data=data)
    source, to = settings.place, _place(target, settings)
    if source == to or (source.embedded and to.embedded):
        unknown = "" if to.database else f", and {target!r} is taken for a folder"
        stop(
            BAD_USAGE,
            f"the record is in {source}{unknown}; name a database to copy it to (postgresql://...), or a folder for one in a database",
        )
    if move and not source.embedded:
        stop(
            BAD_USAGE,
            f"--move marks a folder, and the record is in {source}: drop that database when the copy is verified",
        )
    with ExitStack() as held:
        for place in (source, to):
            must_be_alone(place)
            if place.embedded and place.folder.is_dir():
                held.enter_context(OwnerLock(place.folder))
        told = held.enter_context(progress("copying"))
        try:
            # Before the record: a copy without them would take everybody for erased.
            persons = copy_person_keys(source, to)
            events = copy_record(source, to, told)
            copy_accesses(source, to)
        except NotEmpty as error:
            stop(BAD_USAGE, f"{error}; nothing was written")
        if move:
            note_move(source.folder, str(to))
            discard_person_keys(source.folder)
    if as_json:
        say_json({"events": events, "from": str(source), "to": str(to), "moved": move, "persons": persons})
        return
    click.echo(f"copied {events} events from {source} to {to}")
    keys = settings.data if to.database else source.folder
    if persons:
        click.echo(
            f"copied the keys of {persons} persons"
            + (
                ""
                if move
                else f"; they are in {source} too, where an erasure in the copy does not reach: delete them there"
            )
        )
    click.echo(f"serve the copy from now on, with the keys in {keys}")
    if move:
        click.echo(f"the record in {source} can only be read from now on")
    else:
        click.echo(
            f"never serve {source} again: two records would go on by one name and sign against each other"
            + (" (--move sees to it)" if source.embedded else "")
        )


def _place(target: str, settings: Settings) -> Place:
    """What was named: a database, whose keys are those of the settings, or a folder."""
    from txapi.record.place import Place

    if target.startswith(("postgresql://", "postgres://")):
        return Place(settings.data, target)
    return Place(Path(target))
