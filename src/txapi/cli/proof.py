"""`txapi proof`: that an event is in the record that a checkpoint attests, as a file for somebody else."""

from __future__ import annotations

from pathlib import Path

import click

from txapi.cli.ends import data_option, ends_clearly, settings_for


@click.command()
@click.argument("position", type=click.IntRange(1))
@data_option
@ends_clearly
def proof(position: int, data: Path | None) -> None:
    """Print the inclusion proof of the event at POSITION (C2SP tlog-proof). Works beside a running server.

    `txapi verify` checks it with nothing but the file and the record's verifier key.

    \b
    Example:
      txapi proof 120 > 120.tlog-proof
    """
    from txapi.audit.proofs import proof_of
    from txapi.cli.reading import open_to_read
    from txapi.record.ledger import Ledger

    settings = settings_for(data=data)
    with open_to_read(settings.place) as record:
        ledger = Ledger.open(settings.place, record.record_id, key_file=settings.record_key)
        try:
            found = proof_of(ledger, record.store.read, position)
        finally:
            ledger.close()
    click.echo(found.text, nl=False)
