"""`txapi backup`: the record as it is at this moment, verified, in a folder of its own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from txapi.cli.ends import BAD_USAGE, data_option, ends_clearly, json_option, say_json, settings_for, stop

if TYPE_CHECKING:
    from txapi.audit.backup import Manifest
    from txapi.settings import Settings


@click.command()
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--with-keys", is_flag=True, help="Take the private keys along: whoever has the backup can then sign.")
@data_option
@json_option
@ends_clearly
def backup(out: Path, with_keys: bool, data: Path | None, as_json: bool) -> None:
    """Write a backup of the record to OUT, a new folder. Works beside a running server, which goes on writing.

    The backup is the record and its ledger at one moment, positions and all, and is verified before it gets its name: OUT is
    there whole, or not at all. It can be read and verified where it lies. Private keys are not in it unless asked for. A
    record in PostgreSQL is backed up into the same files; for a large one, PostgreSQL's own programs are faster.

    \b
    Examples:
      txapi backup /var/backups/txapi/2015-08-11
      txapi backup /media/safe/txapi-with-keys --with-keys
      txapi verify /var/backups/txapi/2015-08-11
    """
    from txapi.audit.backup import PlaceTaken, take_backup
    from txapi.cli.progress import by_stage

    settings: Settings = settings_for(data=data)
    keys = _keys(settings) if with_keys else {}
    try:
        with by_stage() as on_stage:
            taken = take_backup(settings.place, out, keys=keys, on_stage=on_stage)
    except PlaceTaken as error:
        stop(BAD_USAGE, str(error))
    if as_json:
        say_json({"folder": str(taken.path), **told_of(taken.manifest)})
        return
    manifest = taken.manifest
    size = sum(one.bytes for one in manifest.files.values())
    click.echo(f"positions 1 to {manifest.position} in {taken.path} ({size:,} bytes), verified")
    if manifest.signed_until:
        click.echo(f"signed for {manifest.signed_until} events; the ledger's key: {manifest.vkey}")
    else:
        click.echo("nothing of this record was signed yet, so nothing proves what the backup holds")
    if keys:
        click.echo(f"PRIVATE KEYS are in it ({', '.join(keys)}): keep it where nobody else reads")
    else:
        click.echo(
            "the private keys are not in it: keep record-key.pem apart, or nothing can be signed after a restore"
        )


def _keys(settings: Settings) -> dict[str, Path]:
    """The key files in use, by the name that they have in a data folder. BadKey, NoKey."""
    from txapi.audit.backup import TOKEN_KEY_FILE
    from txapi.record.keys import read_key
    from txapi.record.ledger import KEY_FILE

    keys = {KEY_FILE: settings.record_key or settings.data / KEY_FILE, TOKEN_KEY_FILE: settings.key_file}
    for path in keys.values():
        read_key(path)
    return keys


def told_of(manifest: Manifest) -> dict[str, Any]:
    """What a backup says of itself, for scripts."""
    return {
        "recordId": manifest.record_id,
        "position": manifest.position,
        "recordedAt": manifest.recorded_at,
        "signedUntil": manifest.signed_until,
        "vkey": manifest.vkey,
        "takenAt": manifest.taken_at,
        "bytes": sum(one.bytes for one in manifest.files.values()),
        "files": sorted(manifest.files),
    }
