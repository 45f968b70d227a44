"""`txapi verify`: whether a record, a backup, a bundle, a proof or a receipt is what was signed, and where it first is not."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from txapi.cli.ends import (
    BAD_USAGE,
    FOUND_WRONG,
    ends_clearly,
    json_option,
    say_json,
    settings_for,
    stop,
    trust_options,
)

if TYPE_CHECKING:
    from txapi.audit.verify import Verified
    from txapi.settings import Settings

SQLITE, ZIP, PROOF = b"SQLite format 3\0", b"PK\x03\x04", b"c2sp.org/tlog-proof@"
HANDOVER = b"txapi.handover/"


@click.command()
@click.argument("target", required=False, type=click.Path(exists=True, path_type=Path))
@trust_options(
    checkpoint="A checkpoint (or a statement of bookkeeping, or a hand-over of the key) that was kept elsewhere and must still hold."
    " Can be repeated."
)
@click.option(
    "--bundle",
    type=click.Path(exists=True, path_type=Path),
    help="For a receipt: the bundle (or the folder of the record) over which its operation is carried out again.",
)
@json_option
@ends_clearly
def verify(
    target: Path | None,
    vkeys: tuple[str, ...],
    policy: Path | None,
    checkpoints: tuple[Path, ...],
    bundle: Path | None,
    as_json: bool,
) -> None:
    """Check offline that nothing of TARGET was changed, left out, put in or moved since it was signed.

    TARGET is a bundle (.zip), the folder of a record (beside a running server, or a backup of record.db and ledger.db), a
    proof (.tlog-proof), a hand-over of the record's key, or the receipt of an answer, whose operation is then carried out again
    with --bundle. Without it, the record of the settings is verified, in TXAPI_DATABASE or in TXAPI_DATA. Names the first
    position at which anything is wrong, and exits with 1 then.

    Without --vkey or --policy the key that lies beside the events is used, which shows that they fit together, and not
    whose they are.

    \b
    Examples:
      txapi verify out.zip --vkey "$(cat vkey-from-elsewhere)"
      txapi verify receipt.json --bundle out.zip --vkey "$(cat vkey-from-elsewhere)"
      txapi verify data --checkpoint kept-elsewhere.checkpoint --policy witnesses.policy
    """
    from txapi.audit.checker import MalformedKey, MalformedPolicy
    from txapi.cli.verify_small import verify_handover, verify_proof

    database: str | None = None
    if target is None:
        settings: Settings = settings_for()
        target, database = settings.data, settings.database
    beginning = _beginning(target) if database is None else b""
    if bundle is not None and not beginning.lstrip().startswith(b"{"):
        stop(BAD_USAGE, "--bundle goes with a receipt")
    try:
        if database is not None:
            _verify_record(database, vkeys, policy, checkpoints, as_json)
        elif beginning.startswith(PROOF):
            verify_proof(target, vkeys, policy, as_json)
        elif target.is_dir() or beginning.startswith((SQLITE, ZIP)):
            _verify_record(
                target.parent if beginning.startswith(SQLITE) else target, vkeys, policy, checkpoints, as_json
            )
        elif beginning.lstrip().startswith(b"{"):
            _verify_receipt(target, bundle, vkeys, policy, checkpoints, as_json)
        elif beginning.startswith(HANDOVER):
            verify_handover(target, vkeys, as_json)
        else:
            stop(BAD_USAGE, f"{target} is no bundle, record, proof, receipt or hand-over")
    except (MalformedKey, MalformedPolicy) as error:
        stop(BAD_USAGE, str(error))


def _beginning(target: Path) -> bytes:
    if target.is_dir():
        return b""
    if not target.exists():
        stop(BAD_USAGE, f"there is no record in {target}")
    with target.open("rb") as file:
        return file.read(32)


# -- records and bundles -------------------------------------------------------------------------------------------------


def _verified(
    target: Path | str, vkeys: tuple[str, ...], policy: Path | None, checkpoints: tuple[Path, ...]
) -> Verified:
    from txapi.audit.verify import verify as verify_record
    from txapi.audit.verify_database import verify_database
    from txapi.cli.progress import by_stage

    with by_stage() as on_stage:
        how = partial(verify_database, target) if isinstance(target, str) else partial(verify_record, target)
        return how(
            vkeys=vkeys,
            policy=None if policy is None else policy.read_bytes(),
            kept_elsewhere=[(path.name, path.read_bytes()) for path in checkpoints],
            on_stage=on_stage,
        )


def _verify_record(
    target: Path | str, vkeys: tuple[str, ...], policy: Path | None, checkpoints: tuple[Path, ...], as_json: bool
) -> None:
    began = time.perf_counter()
    found = _verified(target, vkeys, policy, checkpoints)
    seconds = time.perf_counter() - began
    if as_json:
        say_json(_as_json(found, seconds))
    else:
        _say(found, seconds)
    if found.wrong:
        first = found.wrong[0]
        stop(FOUND_WRONG, f"wrong {_at(first.position)}: {first.what}")


def _as_json(found: Verified, seconds: float) -> dict[str, Any]:
    return {
        "kind": found.kind,
        "recordId": found.record_id,
        "origin": found.origin,
        "vkey": found.vkey,
        "vkeys": list(found.vkeys),
        "key": found.key,
        "policy": found.policy,
        "from": found.first,
        "to": found.last,
        "events": found.events,
        "checkpoints": found.checkpoints,
        "signedUntil": found.signed_until,
        "cosignedUntil": found.cosigned_until if found.policy != "none" else None,
        "keptElsewhere": found.outside,
        "files": found.files,
        "unattestedFrom": found.unattested_from,
        "holds": not found.wrong,
        "wrong": [
            {"position": one.position or None, "kind": one.kind, "what": one.what, "places": one.places}
            for one in found.wrong
        ],
        "notes": list(found.notes),
        "seconds": round(seconds, 3),
    }


def _say(found: Verified, seconds: float) -> None:
    click.echo(f"{found.kind} {found.record_id}, ledger {found.origin or 'none'}")
    click.echo(f"{found.events} events, positions {found.first} to {found.last}, in {seconds:.1f} s")
    witnesses = f", and by enough witnesses for {found.cosigned_until}" if found.policy != "none" else ""
    click.echo(f"{found.checkpoints} checkpoints, signed for {found.signed_until} events{witnesses}")
    if found.files:
        click.echo(f"{found.files} attached files, each with its hash")
    if found.outside:
        click.echo(f"{found.outside} notes kept elsewhere were compared")
    if found.unattested_from is not None:
        click.echo(f"positions {found.unattested_from} to {found.last} are not attested by a checkpoint yet")
    if found.key == "shown":
        click.echo(f"the key is the one beside the events, so compare it with one from elsewhere: {found.vkey}")
    if found.policy == "shown":
        click.echo("the policy is the one beside the events, so compare it with one from elsewhere")
    for note in found.notes:
        click.echo(f"note: {note}")
    for one in found.wrong:
        places = f" (and {one.places - 1} more places)" if one.places > 1 else ""
        click.echo(f"WRONG {_at(one.position)}: {one.what}{places}")
    if not found.wrong:
        click.echo("nothing is wrong")


def _at(position: int) -> str:
    return f"at position {position}" if position else "with the whole"


# -- receipts --------------------------------------------------------------------------------------------------------------


def _verify_receipt(
    target: Path,
    bundle: Path | None,
    vkeys: tuple[str, ...],
    policy: Path | None,
    checkpoints: tuple[Path, ...],
    as_json: bool,
) -> None:
    """Verify the record first, for a receipt is worth what its record is, then the receipt over it."""
    from txapi.cli.verify_small import verify_receipt

    if bundle is None:
        if not vkeys and policy is None:
            stop(BAD_USAGE, "say with --vkey or --policy whose signature counts, or with --bundle over which record")
        verify_receipt(target, None, vkeys, policy, as_json)
        return
    found = _verified(bundle, vkeys, policy, checkpoints)
    if found.wrong:
        if as_json:
            say_json(_as_json(found, 0.0))
        first = found.wrong[0]
        stop(FOUND_WRONG, f"the record in {bundle} is wrong {_at(first.position)}: {first.what}")
    for note in found.notes:
        click.echo(f"note: {note}", err=True)
    if found.key == "shown":
        click.echo(f"the key is the one in {bundle}, so compare it with one from elsewhere: {found.vkey}", err=True)
    verify_receipt(target, bundle, found.vkeys, policy, as_json, found.succession)
