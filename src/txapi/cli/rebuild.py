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
    from txapi.record import Record


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
    from txapi.projections.views import stored_progress
    from txapi.record import Record
    from txapi.web.instance import views_file

    folder = settings_for(data=data).data
    live = views_file(folder)
    began = time.perf_counter()
    # Replacing takes the owner's lock for the whole time: no server may open the old file meanwhile.
    with (
        Record.open(folder, owner=replace) as record,
        tempfile.TemporaryDirectory(dir=folder, prefix="rebuild-") as beside,
    ):
        used = stored_progress(live, record.record_id)
        built = build_views(record, Path(beside) / "views.db", used.position if used and not replace else None, used)
        took_seconds = time.perf_counter() - began
        differing = (
            []
            if used is None
            else sorted(name for name in built.at_used if built.at_used[name] != used.digests.get(name))
        )
        if replace:
            for suffix in ("-wal", "-shm"):
                live.with_name(live.name + suffix).unlink(missing_ok=True)
            (Path(beside) / "views.db").replace(live)
    _tell(built.progress, used, differing, took_seconds, replaced=replace, as_json=as_json)
    if differing:
        stop(FOUND_WRONG, f"the read models in use differ from the record in: {', '.join(differing)}")


class Built:
    """What a rebuild came to: its progress at the end, and its digests where the read models in use stand."""

    def __init__(self, progress: Progress, at_used: dict[str, str]) -> None:
        self.progress = progress
        self.at_used = at_used


def build_views(record: Record, path: Path, until: int | None, used: Progress | None = None) -> Built:
    """Build every read model of a record up to a position (its head, without one) into a new file; with a bar."""
    from txapi.projections.all import PROJECTIONS
    from txapi.projections.follower import Follower
    from txapi.projections.views import Views

    views = Views(path, record.record_id, PROJECTIONS)
    try:
        follower = Follower(record, views)
        target = record.head.position if until is None else until
        stops = [target] if used is None or used.position >= target else [used.position, target]
        at_used: dict[str, str] = {}
        with progress("rebuilding", target) as told:
            for position in stops:
                follower.catch_up(position, lambda done: told(done, target))
                reached = views.progress()
                if used is not None and reached.position == used.position:
                    at_used = reached.digests
        return Built(views.progress(), at_used)
    finally:
        views.close()


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
