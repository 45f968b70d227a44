"""`txapi rebuild`: the read models once more from the first event, beside those in use, and whether both agree."""

from __future__ import annotations

import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from txapi.cli.ends import BAD_USAGE, FOUND_WRONG, data_option, ends_clearly, json_option, say_json, settings_for, stop
from txapi.cli.progress import progress

if TYPE_CHECKING:
    from txapi.projections.views_progress import Progress
    from txapi.record import Record
    from txapi.record.place import Place


@click.command()
@click.option("--replace", is_flag=True, help="Put the rebuilt read models in place of the old; no server may run.")
@click.option(
    "--ahead", is_flag=True, help="Build those of this version of the code while a server of an older version runs."
)
@data_option
@json_option
@ends_clearly
def rebuild(replace: bool, ahead: bool, data: Path | None, as_json: bool) -> None:
    """Rebuild every read model from the record and compare the digests with those in use, table by table.

    Works while a server runs on the same record. Exits with 1 where a table differs. With --ahead, nothing is compared: a
    new version of the code prepares what its server will answer from, so that it answers as soon as it starts; exits with 4
    where a server of that version has begun with them already.

    \b
    Examples:
      txapi rebuild
      txapi rebuild --replace
      txapi rebuild --ahead
    """
    from txapi.record import Record

    place: Place = settings_for(data=data).place
    if replace and ahead:
        stop(BAD_USAGE, "--replace makes anew what is in use, and --ahead what is not in use yet: say one of them")
    began = time.perf_counter()
    if ahead:
        from txapi.cli.reading import open_to_read
        from txapi.cli.rebuild_ahead import build_ahead

        with open_to_read(place) as record:
            built = build_ahead(record, place)
        _tell(built, None, [], time.perf_counter() - began, replaced=False, ahead=True, as_json=as_json)
        return
    # Replacing takes the owner's lock for the whole time: no server may open the old file meanwhile.
    with Record.open(place, owner=replace) as record:
        built, used, differing = _rebuilt(record, place, replace)
    _tell(built, used, differing, time.perf_counter() - began, replaced=replace, ahead=False, as_json=as_json)
    if differing:
        stop(FOUND_WRONG, f"the read models in use differ from the record in: {', '.join(differing)}")


def _rebuilt(record: Record, place: Place, replace: bool) -> tuple[Progress, Progress | None, list[str]]:
    """How far they were rebuilt, how far those in use are, and the tables in which they differ there."""
    from txapi.audit.rebuilding import DigestsAt, build_views
    from txapi.projections.views import views_file

    used = _in_use(record, place)
    at_used = DigestsAt([used.position] if used else [])
    until = used.position if used and not replace else None
    parent = place.folder if place.embedded else None
    with tempfile.TemporaryDirectory(dir=parent, prefix="rebuild-") as beside:
        with progress("rebuilding") as told:
            built = build_views(record, Path(beside) / "views.db", until, told, at_used)
        if replace and place.embedded:
            live = views_file(place.folder)
            for suffix in ("-wal", "-shm"):
                live.with_name(live.name + suffix).unlink(missing_ok=True)
            (Path(beside) / "views.db").replace(live)
    if replace and not place.embedded:
        from txapi.cli.rebuild_ahead import build_anew

        built = build_anew(record, place)
    if used is None:
        return built, None, []
    found = at_used.found.get(used.position, used.digests)
    return built, used, sorted(name for name, digest in found.items() if digest != used.digests.get(name))


def _in_use(record: Record, place: Place) -> Progress | None:
    from txapi.projections.all import PROJECTIONS
    from txapi.projections.views import NotBuiltYet, Views, views_file
    from txapi.projections.views_progress import stored_progress

    if place.embedded:
        return stored_progress(views_file(place.folder), record.record_id)
    with closing(Views.open(place, record.record_id, PROJECTIONS)) as views:
        try:
            return views.progress()
        except NotBuiltYet:
            return None


def _tell(
    built: Progress,
    used: Progress | None,
    differing: list[str],
    took_seconds: float,
    *,
    replaced: bool,
    ahead: bool,
    as_json: bool,
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
                "ahead": ahead,
                "seconds": round(took_seconds, 3),
                "eventsPerSecond": round(rate),
            }
        )
        return
    width = max(map(len, built.digests), default=0)
    for name, digest in sorted(built.digests.items()):
        click.echo(f"{name:<{width}}  {digest}  {'DIFFERS' if name in differing else ''}".rstrip())
    click.echo(f"{built.position} events in {took_seconds:.1f} s ({rate:,.0f} events/s), digest {built.digest}")
    if ahead:
        click.echo("a server of this version of the code goes on from there")
    elif used is None:
        click.echo("there are no read models in use to compare with")
    elif not differing:
        click.echo(f"the same as the read models in use, at position {used.position}")
    if replaced:
        click.echo("the rebuilt read models are now in use")
