"""`txapi restore`: a backup put in place as the record of a folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from txapi.cli.ends import (
    BAD_USAGE,
    data_option,
    ends_clearly,
    json_option,
    say_json,
    settings_for,
    stop,
    trust_options,
)

if TYPE_CHECKING:
    from txapi.audit.restoring import Restored
    from txapi.settings import Settings


@click.command()
@click.argument("backup", type=click.Path(exists=True, file_okay=False, path_type=Path))
@trust_options(
    checkpoint="A checkpoint that was kept elsewhere: a backup that is older than it is refused. Can be repeated."
)
@click.option(
    "--erasures",
    "erasure_files",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What was erased since, as `txapi erasures list --json` or a newer backup tells it. Can be repeated.",
)
@data_option
@json_option
@ends_clearly
def restore(
    backup: Path,
    vkeys: tuple[str, ...],
    policy: Path | None,
    checkpoints: tuple[Path, ...],
    erasure_files: tuple[Path, ...],
    data: Path | None,
    as_json: bool,
) -> None:
    """Put BACKUP, a folder that `txapi backup` wrote, in place as the record of the data folder.

    The data folder must not hold a record. The backup is copied and verified first, so that the folder holds the whole
    record afterwards, or none. Read models are built anew when a server starts. The keys of persons are in no backup: put
    person-keys/ and person-master.key there from a copy of their own first, and name what was erased since with --erasures.

    \b
    Examples:
      txapi restore /var/backups/txapi/2015-08-11 --data /srv/txapi
      txapi restore /var/backups/txapi/2015-08-11 --data /srv/txapi --erasures /media/safe/erasures.json
      txapi restore /var/backups/txapi/2015-08-11 --data /srv/txapi --checkpoint last-one-that-a-witness-has.checkpoint
    """
    from txapi.audit.backup import PlaceTaken
    from txapi.audit.checker import MalformedKey, MalformedPolicy
    from txapi.audit.restoring import restore as put_in_place
    from txapi.cli.backup import told_of
    from txapi.cli.erase import erasures_in
    from txapi.cli.progress import by_stage

    settings: Settings = settings_for(data=data)
    if settings.database is not None:
        stop(
            BAD_USAGE,
            "TXAPI_DATABASE is set, and a backup is put in place as the files of a folder: unset it, restore, and let"
            " `txapi copy` take the record into an empty database",
        )
    try:
        with by_stage() as on_stage:
            restored = put_in_place(
                backup,
                settings.data,
                vkeys=vkeys,
                policy=None if policy is None else policy.read_bytes(),
                kept_elsewhere=[(path.name, path.read_bytes()) for path in checkpoints],
                erasures=[each for path in erasure_files for each in erasures_in(path)],
                on_stage=on_stage,
            )
    except (PlaceTaken, MalformedKey, MalformedPolicy) as error:
        stop(BAD_USAGE, str(error))
    missing = _what_is_missing(restored, settings)
    if as_json:
        say_json({"folder": str(restored.folder), **told_of(restored.manifest), "missing": missing})
        return
    manifest, verified = restored.manifest, restored.verified
    click.echo(
        f"positions 1 to {manifest.position} are in {restored.folder}, verified; the next event gets {manifest.position + 1}"
    )
    if verified.key == "shown":
        click.echo(f"the key is the one beside the events, so compare it with one from elsewhere: {verified.vkey}")
    if not checkpoints and verified.signed_until:
        click.echo(
            f"signed for {verified.signed_until} events: if anybody holds a checkpoint of more, events were lost since, and"
            " this record must not be signed for again before that is settled"
        )
    for sentence in missing:
        click.echo(sentence)


def _what_is_missing(restored: Restored, settings: Settings) -> list[str]:
    """What a server will not find, what to do about it, and what cannot be done without."""
    from txapi.record.keys import BadKey, NoKey
    from txapi.record.ledger import KEY_FILE
    from txapi.record.notes import NoteKey, key_id_in

    missing = []
    verified, path = restored.verified, settings.record_key or restored.folder / KEY_FILE
    if verified.vkey is not None and verified.origin is not None:
        what: str | None = None
        try:
            if NoteKey.from_file(path, verified.origin, create=False).vkey != verified.vkey:
                what = f"{path} is not the key that signed for this record"
        except NoKey:
            what = f"the record's key is missing: {path}"
        except BadKey as error:
            what = str(error)
        if what is not None:
            missing.append(
                f"{what}. Put the key of {verified.vkey} there: without it the record can be read and verified, and no"
                " server starts on it, for nothing could be signed. Where the key was rotated since, it was kept as"
                f" {path.name}.{key_id_in(verified.vkey)}"
            )
    without = _persons_without_keys(restored.folder)
    if without:
        missing.append(
            f"the keys of {without} persons are missing: put person-keys/ and person-master.key there from their copy. Without them"
            " nobody reads the names and phone numbers"
        )
    if not settings.key_file.exists():
        missing.append(
            f"the key of tokens is missing: {settings.key_file}. A server makes a new one when it starts, and every token that"
            " was issued before is then refused"
        )
    return missing


def _persons_without_keys(folder: Path) -> int:
    """How many persons of the record have no key in the folder although nothing says that they were erased."""
    from contextlib import closing

    from txapi.domain.person import Person
    from txapi.record import Record
    from txapi.record.person_keys import open_person_keys

    with closing(Record.open(folder, owner=False)) as record, closing(open_person_keys(folder)) as keys:
        persons = frozenset(record.streams_between(Person.KIND, 0, record.head.position))
        return len(persons - keys.persons() - {erasure.person for erasure in keys.erasures()})
