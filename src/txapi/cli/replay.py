"""`txapi replay`: the record once more up to a moment, compared with what is shown and with what was signed."""

from __future__ import annotations

from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click
import msgspec

from txapi.cli.ends import BAD_USAGE, FOUND_WRONG, ends_clearly, json_option, say_json, settings_for, stop

if TYPE_CHECKING:
    from txapi.audit.differing import Difference
    from txapi.audit.replay import FirstEvent, Replayed
    from txapi.audit.verifying.shown import Shown
    from txapi.record import Record
    from txapi.record.place import Place


@click.command()
@click.argument("source", required=False, type=click.Path(exists=True, path_type=Path))
@click.option("--to", "to", metavar="POSITION|TIME", help="The last event. The head, unless given.")
@click.option("--from", "first", metavar="POSITION|TIME", help="With --ndjson: the first event. 1, unless given.")
@click.option("--bisect", is_flag=True, help="Name the first event after which something differs, and what.")
@click.option("--ndjson", is_flag=True, help="Print the events instead, one a line, each with what it changed.")
@click.option(
    "--vkey",
    "vkeys",
    multiple=True,
    help="The record's verifier key, whose signatures count; that of the source unless given. Can be repeated.",
)
@json_option
@ends_clearly
def replay(
    source: Path | None,
    to: str | None,
    first: str | None,
    bisect: bool,
    ndjson: bool,
    vkeys: tuple[str, ...],
    as_json: bool,
) -> None:
    """Build the read models anew and compare them with those in use and with the digests signed beside checkpoints.

    SOURCE is the folder of a record, TXAPI_DATA unless given, or a bundle (.zip), whose signed digests alone are compared.
    Works beside a running server and writes nothing there. A time names the last event recorded up to it (with --from: the
    first recorded after it). Exits with 1 where something differs.

    \b
    Examples:
      txapi replay
      txapi replay --to 2015-07-31 --bisect
      txapi replay out.zip --bisect
      txapi replay --ndjson --from 120 --to 125
    """
    from txapi.cli.reading import first_position_of, moment_of

    with ExitStack() as held:
        opened = _opened(held, source)
        record = opened.record
        until, _ = moment_of(record, to)
        if ndjson:
            _tell_events(record, first_position_of(record, first), until)
            return
        if first is not None:
            stop(BAD_USAGE, "--from goes with --ndjson: read models begin with the first event")
        told = _replay(opened, until, vkeys, bisect)
        found = _found(record, told)
    if as_json:
        say_json(found)
    else:
        _say(found, bisect)
    if told.differs:
        stop(FOUND_WRONG, "the replay differs from " + " and from ".join(_where(told)))


@dataclass
class _Source:
    """A record, the read models in use on it, and what lies beside its events. A bundle has no read models in use."""

    record: Record
    live: Path | None
    shown: Shown


def _opened(held: ExitStack, source: Path | None) -> _Source:
    from txapi.audit.bundle_reading import BundleFile, restored
    from txapi.audit.verifying.folder import RecordFolder
    from txapi.cli.progress import progress
    from txapi.cli.reading import open_to_read
    from txapi.projections.views import views_file

    settings = settings_for()
    if source is None and settings.database is not None:
        return _opened_there(held, settings.place)
    place = source or settings.data
    if place.is_file():
        with progress("unpacking") as told:
            record = held.enter_context(restored(place, told))
        return _Source(record, None, held.enter_context(BundleFile(place)))
    record = held.enter_context(open_to_read(place))
    return _Source(record, views_file(place), held.enter_context(RecordFolder(place)))


def _opened_there(held: ExitStack, place: Place) -> _Source:
    """A record in a database: one state of it, of its read models and of its ledger, copied to this machine."""
    from txapi.audit.verify_database import copied
    from txapi.audit.verifying.folder import RecordFolder
    from txapi.cli.progress import by_stage
    from txapi.cli.reading import open_to_read
    from txapi.projections.all import PROJECTIONS
    from txapi.projections.views import NotBuiltYet, Views
    from txapi.projections.views_copying import copy_views

    assert place.database is not None
    beside = Path(held.enter_context(TemporaryDirectory(prefix="txapi-replay-")))
    live: Path | None = beside / "views.db"
    with open_to_read(place) as record, closing(Views.open(place, record.record_id, PROJECTIONS)) as views:
        try:
            copy_views(views, beside / "views.db")
        except NotBuiltYet:
            live = None
    # The record is copied after its read models, so it reaches at least as far.
    with by_stage() as told:
        folder = held.enter_context(copied(place.database, told))
    return _Source(held.enter_context(open_to_read(folder)), live, held.enter_context(RecordFolder(folder)))


def _replay(source: _Source, until: int, vkeys: tuple[str, ...], bisect: bool) -> Replayed:
    from txapi.audit.checker import MalformedKey
    from txapi.audit.replay import replay as replay_record
    from txapi.audit.verifying.findings import Findings
    from txapi.audit.verifying.signed import believed_digests, trust_in
    from txapi.cli.progress import by_stage

    try:
        trust, _, _ = trust_in(source.shown, vkeys, None, Findings())
    except MalformedKey as error:
        stop(BAD_USAGE, str(error))
    with by_stage() as on_progress:
        return replay_record(
            source.record,
            until,
            live=source.live,
            signed=believed_digests(source.shown, trust, until),
            bisect=bisect,
            on_progress=on_progress,
        )


def _tell_events(record: Record, first: int, last: int) -> None:
    from txapi.audit.retelling import retold

    encode = msgspec.json.Encoder().encode
    for event in retold(record, first, last):
        click.echo(encode(event))


# -- what came of it -------------------------------------------------------------------------------------------------


def _where(told: Replayed) -> list[str]:
    wrong = []
    if told.kept and told.kept.tables:
        wrong.append("the digests of the read models in use")
    if told.rows and told.rows.tables:
        wrong.append("their rows")
    if told.signed.first:
        wrong.append("what was signed")
    return wrong


def _found(record: Record, told: Replayed) -> dict[str, Any]:
    signed = told.signed
    return {
        "position": told.progress.position,
        "fingerprint": told.fingerprint,
        "digest": told.progress.digest,
        "digests": told.progress.digests,
        "kept": told.kept and {"position": told.kept.position, "differing": told.kept.tables},
        "rows": told.rows and {"position": told.rows.position, "differing": told.rows.tables},
        "signed": {
            "compared": signed.compared,
            "ofOtherCode": signed.of_other_code,
            "disagreeing": signed.disagreeing,
            "first": signed.first and {"position": signed.first.position, "differing": signed.first.tables},
        },
        "firstEvent": told.first_event and _event(record, told.first_event),
    }


def _event(record: Record, first: FirstEvent) -> dict[str, Any]:
    from txapi.record.instants import rfc3339

    recorded = record.event_at(first.position) if first.after == first.position - 1 else None
    found: dict[str, Any] = {"after": first.after, "position": first.position}
    if recorded is not None:
        found |= {
            "type": recorded.event.TOPIC,
            "noun": recorded.event.originator_id,
            "recordedAt": rfc3339(recorded.recorded_at),
        }
    return found | {
        "differences": [_difference(one) for one in first.divergence.differences] if first.divergence else []
    }


def _difference(one: Difference) -> dict[str, Any]:
    return {"table": one.table, "row": one.row, "field": one.field, "live": one.live, "rebuilt": one.rebuilt}


def _say(found: dict[str, Any], bisect: bool) -> None:
    differing = {
        name: place for place in ("kept", "rows") if found[place] is not None for name in found[place]["differing"]
    }
    width = max(map(len, found["digests"]), default=0)
    for name, digest in sorted(found["digests"].items()):
        click.echo(f"{name:<{width}}  {digest}  {'DIFFERS' if name in differing else ''}".rstrip())
    click.echo(f"position {found['position']}, code {found['fingerprint']}, digest {found['digest']}")
    for place, what in (
        ("kept", "digests that the read models in use keep"),
        ("rows", "rows of the read models in use"),
    ):
        if found[place] is None:
            click.echo(f"{what}: none to compare with here")
        else:
            wrong = ", ".join(found[place]["differing"])
            click.echo(
                f"{what}, at position {found[place]['position']}: {f'DIFFER in {wrong}' if wrong else 'the same'}"
            )
    signed = found["signed"]
    other = f"; {signed['ofOtherCode']} of other code" if signed["ofOtherCode"] else ""
    wrong = (
        f", {signed['disagreeing']} DIFFER, first at position {signed['first']['position']}" if signed["first"] else ""
    )
    click.echo(f"signed digests: {signed['compared']} compared{wrong}{other}")
    if bisect:
        _say_first(found["firstEvent"])


def _say_first(first: dict[str, Any] | None) -> None:
    if first is None:
        click.echo("no event after which anything differs")
        return
    if "type" not in first:
        click.echo(f"they diverge behind position {first['after']}, at {first['position']} at the latest")
        return
    click.echo(
        f"they diverge after position {first['position']}: {first['type']} of {first['noun']}, {first['recordedAt']}"
    )
    for one in first["differences"]:
        place = " ".join(map(str, (one["table"], *one["row"])))
        click.echo(f"  {place} {one['field']}: live {_short(one['live'])}, rebuilt {_short(one['rebuilt'])}")


def _short(value: Any) -> str:
    text = "-" if value is None else value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text if len(text) <= 200 else text[:199] + "…"
