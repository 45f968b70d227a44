"""The small things that `txapi verify` checks: the proof of one event, the receipt of one answer."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import click

from txapi.cli.ends import BAD_USAGE, FOUND_WRONG, say_json, stop

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from txapi.audit.checker import Succession
    from txapi.record import Record


def verify_proof(target: Path, vkeys: Sequence[str], policy: Path | None, as_json: bool) -> None:
    """Check the proof of an event, and say which it is."""
    from txapi.audit.checker import NotProven, Policy, VerifierKey
    from txapi.audit.verifying.proof import verify_proof as proven_by
    from txapi.record.instants import instant, rfc3339

    if not vkeys and policy is None:
        stop(BAD_USAGE, "a proof brings no key: say with --vkey or --policy whose signature counts")
    keys = [VerifierKey.parse(vkey) for vkey in vkeys]
    asked = None if policy is None else Policy.parse(policy.read_bytes())
    try:
        proven = proven_by(target.read_bytes(), keys, asked)
    except NotProven as error:
        if as_json:
            say_json({"kind": "proof", "holds": False, "what": str(error)})
        stop(FOUND_WRONG, f"this proves nothing: {error}")
    entry, checkpoint = proven.entry, proven.verdict.checkpoint
    told = {
        "position": entry.position,
        "recordedAt": rfc3339(instant(entry.recorded_at_us)),
        "stream": entry.stream,
        "version": entry.version,
        "topic": entry.topic,
        "stateSha256": entry.state_sha256.hex(),
        "origin": checkpoint.origin,
        "checkpointSize": checkpoint.size,
        "cosignedBy": [one.witness for one in proven.verdict.cosignatures],
    }
    if as_json:
        say_json({"kind": "proof", "holds": True, **told})
        return
    for name, value in told.items():
        click.echo(f"{name}: {', '.join(value) if isinstance(value, list) else value}")
    click.echo("this event is in the record that the checkpoint attests")


def verify_handover(target: Path, vkeys: Sequence[str], as_json: bool) -> None:
    """Check what an old key of a record said of the new one, and say which key that is."""
    from txapi.audit.checker import Handover, NotProven, VerifierKey

    if not vkeys:
        stop(BAD_USAGE, "a hand-over brings its keys itself: say with --vkey which of them you trust")
    trusted = [VerifierKey.parse(vkey) for vkey in vkeys]
    try:
        handover = Handover.verified(target.read_bytes())
    except NotProven as error:
        stop(FOUND_WRONG, f"this hands nothing over: {error}")
    believed = handover.new in trusted or (handover.old in trusted and not handover.exposed)
    told = {
        "origin": handover.origin,
        "number": handover.number,
        "size": handover.size,
        "from": handover.old.vkey,
        "to": handover.new.vkey,
        "exposed": handover.exposed,
    }
    if as_json:
        say_json({"kind": "handover", "holds": believed, **told})
    else:
        for name, value in told.items():
            click.echo(f"{name}: {value}")
    if not believed and handover.old in trusted:
        stop(
            FOUND_WRONG,
            "the old key was given up because others may have it, so what it says of the new one is worth nothing: get the new"
            " one from somebody whom you trust",
        )
    if not believed:
        stop(FOUND_WRONG, "this hand-over is from a key that you do not trust to another")
    if not as_json:
        click.echo("the old key has signed for the new one, and the new one for what the old one attested")


def verify_receipt(
    target: Path,
    source: Path | None,
    vkeys: Sequence[str],
    policy: Path | None,
    as_json: bool,
    succession: Succession | None = None,
) -> None:
    """Check a receipt, and carry its operation out again over a record that was verified."""
    from txapi.audit.checker import Policy
    from txapi.cli.progress import progress
    from txapi.receipts.check import Outcome, check_receipt

    with ExitStack() as held:
        record = None if source is None else _opened(held, source)
        root_of = None if record is None or source is None else _roots_of(held, record, source)
        with progress("asking again") as told:

            def on_progress(position: int) -> None:
                told(position, 0 if record is None else record.head.position)

            verdict = check_receipt(
                target.read_bytes(),
                vkeys,
                record,
                policy=None if policy is None else Policy.parse(policy.read_bytes()),
                root_of=root_of,
                succession=succession,
                on_progress=on_progress,
            )
    if as_json:
        checks = [{"name": one.name, "outcome": one.outcome.value, "says": one.says} for one in verdict.checks]
        say_json(
            {
                "kind": "receipt",
                "holds": verdict.holds,
                "sameCode": verdict.same_code,
                "sameAnswer": verdict.same_answer,
                "checks": checks,
            }
        )
    else:
        width = max(len(one.name) for one in verdict.checks)
        for one in verdict.checks:
            click.echo(f"{one.name:<{width}}  {one.outcome.value}: {one.says}")
    if not verdict.holds:
        failing = ", ".join(one.name for one in verdict.checks if one.outcome is Outcome.FAILS)
        stop(FOUND_WRONG, f"the receipt does not hold: {failing}")


def _opened(held: ExitStack, source: Path) -> Record:
    from txapi.audit.bundle_reading import restored
    from txapi.cli.progress import progress
    from txapi.cli.reading import open_to_read

    if source.is_dir():
        return held.enter_context(open_to_read(source))
    with progress("unpacking") as told:
        return held.enter_context(restored(source, told))


def _roots_of(held: ExitStack, record: Record, source: Path) -> Callable[[int], bytes | None]:
    """Gives the root over the first so many events; of a bundle also where it ends before, as far as its tiles reach."""
    from txapi.audit.bundle_reading import BundleFile
    from txapi.audit.verifying.shown import StoredRow
    from txapi.audit.verifying.tree import root_over

    def rows_after(after: int, limit: int) -> Sequence[StoredRow]:
        return [StoredRow(*row) for row in record.store.read(after, limit)]

    if source.is_dir():
        return lambda size: root_over(rows_after, size)
    bundle = held.enter_context(BundleFile(source))
    return lambda size: root_over(rows_after, size, bundle.tile)
