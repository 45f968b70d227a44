"""The bundle of `txapi export`: what is taken away, and the signing of a record that nobody has signed for yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from txapi.cli.ends import BAD_USAGE, say_json, stop

if TYPE_CHECKING:
    from pathlib import Path

    from txapi.settings import Settings


def take_away(
    out: Path, first: str | None, last: str | None, settings: Settings, *, with_files: bool, as_json: bool
) -> None:
    """Write a bundle of the record, and say what is in it."""
    from txapi.audit.bundle import write_bundle
    from txapi.cli.progress import progress
    from txapi.cli.reading import first_position_of, moment_of, open_to_read
    from txapi.record.ledger import Ledger
    from txapi.record.ledger_tables import is_begun

    if out.exists():
        stop(BAD_USAGE, f"{out} exists; nothing is written over")
    if out.suffix != ".zip":
        stop(BAD_USAGE, f"a bundle is a .zip file, and {out} is not named like one; for tables say --tables")
    policy = settings.policy.read_bytes() if settings.policy else None
    if not is_begun(settings.place):
        _sign_for_the_first_time(settings)
    with open_to_read(settings.place) as record:
        begins = first_position_of(record, first)
        ends = None if last is None else moment_of(record, last)[0]
        if ends is not None and begins > ends:
            stop(BAD_USAGE, f"nothing was recorded there: the first position is {begins}, the last {ends}")
        ledger = Ledger.open(settings.place, record.record_id, key_file=settings.record_key)
        try:
            with progress("exporting") as told:
                written = write_bundle(
                    out, record, ledger, first=begins, last=ends, policy=policy, with_files=with_files, on_progress=told
                )
        finally:
            ledger.close()
        behind = record.head.position - written.last
    found: dict[str, Any] = {
        "file": str(written.path),
        "from": written.first,
        "to": written.last,
        "attestedBy": written.attested_by,
        "checkpoints": written.checkpoints,
        "bytes": written.size_bytes,
    }
    if as_json:
        say_json(found)
        return
    click.echo(
        f"positions {written.first} to {written.last} in {written.path} ({written.size_bytes:,} bytes), attested by the"
        f" checkpoint of {written.attested_by} events"
    )
    if last is None and behind:
        click.echo(f"{behind} events behind them are not attested yet")


def _sign_for_the_first_time(settings: Settings) -> None:
    from txapi.cli.reading import open_to_read
    from txapi.record import Record
    from txapi.record.ledger import Ledger
    from txapi.record.signer import Signer

    # Looked at before it is owned: an owner would make a record where there is none.
    open_to_read(settings.place).close()
    with Record.open(settings.place) as record:
        ledger = Ledger.open(
            settings.place, record.record_id, owner=True, origin=settings.origin, key_file=settings.record_key
        )
        try:
            signed = Signer(record, ledger).sign()
        finally:
            ledger.close()
    if signed is not None:
        click.echo(f"signed for {signed.size} events, for the first time", err=True)
