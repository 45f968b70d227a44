"""`txapi checkpoint`: what was last signed for, and signing where no server does it."""

from __future__ import annotations

from pathlib import Path

import click

from txapi.cli.ends import FOUND_WRONG, data_option, ends_clearly, json_option, say_json, settings_for, stop


@click.command()
@click.option("--sign", is_flag=True, help="Sign for what is recorded and not signed for yet; no server may run.")
@data_option
@json_option
@ends_clearly
def checkpoint(sign: bool, data: Path | None, as_json: bool) -> None:
    """Print the last checkpoint of the record: a signed note, for a file or a witness. Works beside a running server.

    Keep one somewhere else: whoever has an old checkpoint can tell whether the record was rewritten since.

    \b
    Examples:
      txapi checkpoint > kept-elsewhere.checkpoint
      txapi checkpoint --sign
    """
    from txapi.cli.alone import must_be_alone
    from txapi.cli.reading import open_to_read
    from txapi.record import Record
    from txapi.record.instants import instant
    from txapi.record.ledger import Ledger
    from txapi.record.ledger_tables import is_begun
    from txapi.record.signer import Signer

    settings = settings_for(data=data)
    begins = False
    if sign:
        must_be_alone(settings.place)
        begins = not is_begun(settings.place)
    with Record.open(settings.place) if sign else open_to_read(settings.place) as record:
        ledger = Ledger.open(
            settings.place, record.record_id, owner=sign, origin=settings.origin, key_file=settings.record_key
        )
        try:
            found = Signer(record, ledger).sign() if sign else ledger.latest()
            vkey = ledger.vkey_now()
        finally:
            ledger.close()
    if begins:
        click.echo(
            f"a ledger was begun, {ledger.origin}: if this record was ever signed before, that ledger is missing here, and must"
            " be brought back instead",
            err=True,
        )
    if found is None:
        stop(FOUND_WRONG, "nothing of this record was signed: `txapi checkpoint --sign` does it, and so does a server")
    if as_json:
        say_json(
            {
                "origin": ledger.origin,
                "vkey": vkey,
                "size": found.size,
                "root": found.root,
                "signedAt": instant(found.signed_at),
                "published": found.published,
                "note": found.note,
            }
        )
    else:
        click.echo(found.note, nl=False)
