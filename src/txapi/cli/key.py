"""`txapi key`: the keys of a record, and how another takes the place of each."""

from __future__ import annotations

from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from txapi.cli.ends import BAD_USAGE, FOUND_WRONG, data_option, ends_clearly, json_option, say_json, settings_for, stop

if TYPE_CHECKING:
    from collections.abc import Iterator

    from txapi.record.ledger import Ledger
    from txapi.settings import Settings


@click.group()
def key() -> None:
    """The keys of the record: which signed what, and their rotation. That of tokens is `txapi token rotate`."""


@key.command()
@data_option
@json_option
@ends_clearly
def show(data: Path | None, as_json: bool) -> None:
    """Print the verifier keys that have signed for the record, each with the events up to which it did. Works beside a server.

    \b
    Example:
      txapi key show
    """
    with _ledger(settings_for(data=data)) as ledger:
        handovers, now = ledger.handovers(), ledger.vkey_now()
    from txapi.record.statements import handed_over_from

    former = [{"vkey": handed_over_from(each.note), "until": each.size} for each in handovers]
    if as_json:
        say_json({"vkey": now, "former": former})
        return
    for each in former:
        click.echo(f"{each['vkey']} up to {each['until']} events")
    click.echo(f"{now} from then on" if former else now)


@key.command()
@click.argument("number", required=False, type=click.IntRange(1))
@data_option
@ends_clearly
def handover(number: int | None, data: Path | None) -> None:
    """Print the note by which the record's former key has announced the one behind it: the last, or the NUMBER-th.

    Whoever holds the former key checks it with `txapi verify`.

    \b
    Example:
      txapi key handover > key.handover
      txapi verify key.handover --vkey "$(cat vkey-from-elsewhere)"
    """
    with _ledger(settings_for(data=data)) as ledger:
        handovers = ledger.handovers()
    if not handovers or (number or 0) > len(handovers):
        stop(FOUND_WRONG, f"the record's key was handed over {len(handovers)} times")
    click.echo(handovers[(number or 0) - 1].note, nl=False)


@key.command()
@click.option(
    "--prepare", is_flag=True, help="Only make the next key: for several nodes, which get it before it signs."
)
@click.option(
    "--exposed", is_flag=True, help="Others may have the old key: nobody is to believe what it says of the new one."
)
@data_option
@json_option
@ends_clearly
def rotate(prepare: bool, exposed: bool, data: Path | None, as_json: bool) -> None:
    """Sign for the record with a new key from now on. What the old key signed stays good. Works beside a running server.

    Both keys sign a statement of it, which lies in the ledger and in bundles. The old private key is kept beside the new one
    under another name; destroy it when no backup from before is to be continued. Whoever is interrupted calls this again.

    \b
    Examples:
      txapi key rotate --prepare
      txapi key rotate
      txapi key rotate --exposed
    """
    from txapi.cli.machine_keys import record_key_of
    from txapi.record.keys import next_of
    from txapi.record.record_key import prepare_next
    from txapi.record.record_key import rotate as rotated

    settings = settings_for(data=data)
    key_file = record_key_of(settings)
    if prepare and exposed:
        stop(BAD_USAGE, "--prepare signs nothing yet: say --exposed when the key is rotated")
    with _ledger(settings) as ledger:
        if prepare:
            ledger.signing_key()
            vkey = prepare_next(key_file, ledger.origin)
            if as_json:
                say_json({"next": vkey, "file": str(next_of(key_file))})
            else:
                click.echo(f"{next_of(key_file)} is the next key, {vkey}; it signs nothing before `txapi key rotate`")
            return
        done = rotated(ledger, key_file, exposed=exposed)
    if as_json:
        told = {"old": done.old, "new": done.new, "size": done.handover.size, "note": done.handover.note}
        say_json({**told, "exposed": exposed, "kept": None if done.kept is None else str(done.kept)})
        return
    click.echo(f"{done.old} signed up to {done.handover.size} events")
    click.echo(f"{done.new} signs from now on; its key is {key_file}")
    if done.kept is not None:
        click.echo(f"the old private key is {done.kept}: destroy it when no backup from before is to be continued")
    click.echo(
        "give the new verifier key to witnesses (--log) and to whoever holds the old one, and add it to policies"
    )


@key.command()
@click.option("--prepare", is_flag=True, help="Only make the next master key: for several nodes, which get it before.")
@data_option
@json_option
@ends_clearly
def rewrap(prepare: bool, data: Path | None, as_json: bool) -> None:
    """Wrap the keys of persons under a new master key. What is sealed stays as it is. Works beside a running server.

    The old master key is kept beside the new one under its id: copies of the keys from before need it. Without it they open
    nothing any more. Whoever is interrupted calls this again. Who was erased stays erased.

    \b
    Examples:
      txapi key rewrap --prepare
      txapi key rewrap
    """
    from txapi.cli.progress import progress
    from txapi.record.keys import next_of
    from txapi.record.person_keys import MASTER_FILE, open_person_keys

    settings = settings_for(data=data)
    with closing(open_person_keys(settings.place)) as keys:
        if prepare:
            file, following = next_of(settings.data / MASTER_FILE), keys.prepare_master()
            if as_json:
                say_json({"next": following, "file": str(file)})
            else:
                click.echo(f"{file} is the next master key, {following}; nothing is under it before `txapi key rewrap`")
            return
        with progress("wrapping keys anew") as told:
            done = keys.rewrap(told)
    if as_json:
        told_ = {"persons": done.persons, "old": done.old, "new": done.new}
        say_json({**told_, "kept": None if done.kept is None else str(done.kept)})
        return
    click.echo(f"the keys of {done.persons} persons are under the master key {done.new} now, and were under {done.old}")
    if done.kept is not None:
        click.echo(f"the old master key is {done.kept}: destroy it when no copy of the keys from before is to be used")


@contextmanager
def _ledger(settings: Settings) -> Iterator[Ledger]:
    from txapi.cli.reading import open_to_read
    from txapi.record.ledger import Ledger

    with (
        open_to_read(settings.place) as record,
        closing(Ledger.open(settings.place, record.record_id, key_file=settings.record_key)) as ledger,
    ):
        yield ledger
