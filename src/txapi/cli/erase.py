"""`txapi erase` and `txapi erasures`: personal data erased without a server, and what was erased carried from one place to another."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from txapi.cli.ends import BAD_USAGE, data_option, ends_clearly, json_option, say_json, settings_for, stop

if TYPE_CHECKING:
    from txapi.record.person_keys import Erasure


@click.command()
@click.argument("person")
@click.option("--reason", required=True, help="Why, for the record. It must not repeat what is erased.")
@click.option("--legal-basis", required=True, help="The provision that asks for it, for the record.")
@data_option
@json_option
@ends_clearly
def erase(person: str, reason: str, legal_basis: str, data: Path | None, as_json: bool) -> None:
    """Erase the personal data of PERSON (an entityId): record that, and destroy the key under which they are sealed.

    Writes into the record, so no server may own its file; beside a server, an administrator erases by GraphQL
    (erasePerson). In a database it is done beside the servers. There is no way back.

    \b
    Example:
      txapi erase 3f0c…e1 --reason 本人要求 --legal-basis 《个人信息保护法》第四十七条
    """
    from contextlib import closing

    from txapi.application.desk import Desk, Order
    from txapi.application.persons import erase_person
    from txapi.domain.event import Actor, Metadata, Role
    from txapi.record import Record
    from txapi.record.person_keys import open_person_keys

    settings = settings_for(data=data)
    with Record.open(settings.place, settings.clock) as record, closing(open_person_keys(settings.place)) as keys:
        order = Order(
            Metadata(
                decided_at=record.clock.now(),
                actor=Actor("txapi:erase", Role.SYSTEM),
                correlation_id=record.ids.uuid(),
                reason=reason,
                clock=record.clock.basis,
            )
        )
        done = erase_person(Desk(record, person_keys=keys), order, person=person, legal_basis=legal_basis)
    if as_json:
        say_json({"person": person, "position": done.last})
    else:
        click.echo(
            f"erased at position {done.last}; the key is destroyed, and nobody can open what was sealed under it"
        )


@click.group()
def erasures() -> None:
    """List what was erased, and carry it out where it is not known: on keys that were put back from a copy."""


@erasures.command("list")
@data_option
@json_option
@ends_clearly
def list_erasures(data: Path | None, as_json: bool) -> None:
    """List the destroyed keys: whose (an id, never a name), when, why and on what basis. With --json it is what `carry-out` takes.

    \b
    Examples:
      txapi erasures list
      txapi erasures list --json > /media/safe/erasures.json
    """
    from contextlib import closing

    import msgspec

    from txapi.record.person_keys import open_person_keys

    with closing(open_person_keys(settings_for(data=data).place)) as keys:
        found = keys.erasures()
    if as_json:
        say_json(msgspec.to_builtins(found))
        return
    click.echo(f"{len(found)} erasures")
    for each in found:
        click.echo(f"{each.at}  {each.person}  {each.legal_basis}  {each.reason}")


@erasures.command("carry-out")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@data_option
@json_option
@ends_clearly
def carry_out(files: tuple[Path, ...], data: Path | None, as_json: bool) -> None:
    """Destroy the keys that the lists in FILES say were destroyed elsewhere, and remember them. Doing it again is harmless.

    For the keys of persons that were put back from a copy: the copy may be older than the last erasure. Servers record the
    erasures that their record does not hold when they start.

    \b
    Example:
      txapi erasures carry-out /media/safe/erasures.json
    """
    from contextlib import closing

    from txapi.record.person_keys import open_person_keys

    known = [each for path in files for each in erasures_in(path)]
    with closing(open_person_keys(settings_for(data=data).place)) as keys:
        there = keys.persons()
        for each in known:
            keys.destroy(each)
    destroyed = len(there & {each.person for each in known})
    if as_json:
        say_json({"known": len(known), "destroyed": destroyed})
    else:
        click.echo(f"{len(known)} erasures; {destroyed} keys were still there, and are destroyed now")


def erasures_in(path: Path) -> list[Erasure]:
    """The erasures that `txapi erasures list --json` wrote to a file, or that lie in a backup; ends the command where it is none."""
    import msgspec

    from txapi.record.person_keys import read_erasures

    try:
        return read_erasures(path.read_bytes())
    except (OSError, msgspec.MsgspecError, ValueError) as error:
        stop(BAD_USAGE, f"{path} is no list of erasures: {error}")
