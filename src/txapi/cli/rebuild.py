"""`txapi rebuild`: the read models once more from the first event, beside those in use, and whether both agree."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from txapi.cli.ends import FOUND_WRONG, data_option, ends_clearly, json_option, say_json, settings_for, stop
from txapi.cli.progress import progress

if TYPE_CHECKING:
    from txapi.projections.views import Progress


@click.command()
@click.option("--replace", is_flag=True, help="Put the rebuilt read models in place of the old; no server may run.")
@data_option
@json_option
@ends_clearly
def rebuild(replace: bool, data: Path | None, as_json: bool) -> None:
    """Rebuild every read model from the record and compare the digests with those in use, table by table.

    Works while a server runs on the same record. Exits with 1 where a table differs.

    \b
    Examples:
      txapi rebuild
      txapi rebuild --replace
    """
    from txapi.audit.rebuilding import DigestsAt, build_views
    from txapi.projections.views import stored_progress, views_file
    from txapi.record import Record

    folder = settings_for(data=data).data
    live = views_file(folder)
    began = time.perf_counter()
    # Replacing takes the owner's lock for the whole time: no server may open the old file meanwhile.
    with (
        Record.open(folder, owner=replace) as record,
        tempfile.TemporaryDirectory(dir=folder, prefix="rebuild-") as beside,
    ):
        used = stored_progress(live, record.record_id)
        at_used = DigestsAt([used.position] if used else [])
        until = used.position if used and not replace else None
        with progress("rebuilding") as told:
            built = build_views(record, Path(beside) / "views.db", until, told, at_used)
        took_seconds = time.perf_counter() - began
        differing = (
            []
            if used is None
            else sorted(
                name
                for name, digest in at_used.found.get(used.position, used.digests).items()
                if digest != used.digests.get(name)
            )
        )
        if replace:
            for suffix in ("-wal", "-shm"):
                live.with_name(live.name + suffix).unlink(missing_ok=True)
            (Path(beside) / "views.db").replace(live)
    _tell(built, used, differing, took_seconds, replaced=replace, as_json=as_json)
    if differing:
        stop(FOUND_WRONG, f"the read models in use differ from the record in: {', '.join(differing)}")


def _tell(
    built: Progress, used: Progress | None, differing: list[str], took_seconds: float, *, replaced: bool, as_json: bool
) -> None:
    rate = built.position / took_seconds
    if as_json:
        say_json(
            {
                "position": built.position,
                "digest": built.digest,
                "digests": built.digests,
                "comparedAt": used.position if used else None,
                "differing": differing,
                "replaced": replaced,
                "seconds": round(took_seconds, 3),
                "eventsPerSecond": round(rate),
            }
        )
        return
    width = max(map(len, built.digests), default=0)
    for name, digest in sorted(built.digests.items()):
        click.echo(f"{name:<{width}}  {digest}  {'DIFFERS' if name in differing else ''}".rstrip())
    click.echo(f"{built.position} events in {took_seconds:.1f} s ({rate:,.0f} events/s), digest {built.digest}")
    if used is None:
        click.echo("there are no read models in use to compare with")
    elif not differing:
        click.echo(f"the same as the read models in use, at position {used.position}")
    if replaced:
        click.echo("the rebuilt read models are now in use")
