"""`txapi export`: the record taken away, as evidence that anybody can check, or as tables for people who live in spreadsheets."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from txapi.cli.ends import BAD_USAGE, data_option, ends_clearly, json_option, say_json, settings_for, stop

if TYPE_CHECKING:
    from txapi.audit.table_files import Written
    from txapi.record.place import Place

EVENTS_TOLD = 10_000


@click.command()
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--from", "first", metavar="POSITION|TIME", help="The first event of a bundle. 1, unless given.")
@click.option(
    "--to", "last", metavar="POSITION|TIME", help="The last event of a bundle. The last attested, unless given."
)
@click.option("--files", "with_files", is_flag=True, help="Take attached files along in a bundle.")
@click.option("--tables", is_flag=True, help="Write tables: a folder with CSV, .xlsx and SQLite files.")
@click.option(
    "--at",
    "at",
    metavar="POSITION|TIME",
    help="With --tables: a position, a time, or a date (its end). Now, unless given.",
)
@click.option(
    "--valid-on", metavar="DATE", help="With --tables: count the facts of the world up to this date. All, unless given."
)
@click.option(
    "--format", "formats", default="csv,xlsx,sqlite", show_default=True, help="With --tables: which files, by commas."
)
@click.option(
    "--events",
    "events",
    default=str(EVENTS_TOLD),
    show_default=True,
    metavar="N|all",
    help="With --tables: how many events to tell, the last ones; 0 for none.",
)
@data_option
@json_option
@ends_clearly
def export(
    out: Path,
    first: str | None,
    last: str | None,
    with_files: bool,
    tables: bool,
    at: str | None,
    valid_on: str | None,
    formats: str,
    events: str,
    data: Path | None,
    as_json: bool,
) -> None:
    """Take the record away into OUT, which must be new or empty. Works beside a running server.

    A bundle (.zip) holds the events exactly as they are stored, and all that it takes to check them offline: `txapi verify`
    does, and so does anybody by hand. With --files the attached files are in it, too. Where nothing of the record was ever
    signed and nobody owns it, it is signed first.

    With --tables: at a moment, one plain row per thing, with a data dictionary in Chinese and English. The same record
    and moment give the same bytes.

    \b
    Examples:
      txapi export out.zip
      txapi export with-scans.zip --files
      txapi export july.zip --from 2015-06-30 --to 2015-07-31
      txapi export tables --tables --at 2015-08-11
      txapi export tables --tables --at 325 --valid-on 2015-07-31 --format xlsx
    """
    if not tables:
        from txapi.cli.taking_away import take_away

        take_away(out, first, last, settings_for(data=data), with_files=with_files, as_json=as_json)
        return
    if with_files:
        stop(BAD_USAGE, "--files goes with a bundle; tables name attached files and hold none")
    if first is not None or last is not None:
        stop(BAD_USAGE, "--from and --to are the bounds of a bundle; tables are of a moment, --at")
    written = _write_tables(out, at, valid_on, formats, events, settings_for(data=data).place)
    if as_json:
        say_json({"files": [str(path) for path in written.files], "rows": written.rows})
        return
    for name, rows in written.rows.items():
        click.echo(f"{rows:>9}  {name}")
    click.echo(f"{len(written.files)} files in {out}")


def _write_tables(out: Path, at: str | None, valid_on: str | None, formats: str, events: str, place: Place) -> Written:
    from txapi.audit.table_files import write_tables
    from txapi.audit.tables import Extract
    from txapi.cli.progress import progress
    from txapi.cli.reading import moment_of, open_to_read, views_of
    from txapi.domain.dates import day_from
    from txapi.projections.moment import Reader, at_position

    wanted = _formats(formats)
    on: date | None = None if valid_on is None else day_from(valid_on)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        stop(BAD_USAGE, f"{out} exists and is not empty; nothing is written over")
    with open_to_read(place) as record:
        position, clock = moment_of(record, at)
        most = _events(events, position)
        with views_of(record, place, position) as views, views.snapshot() as connection:
            reader = Reader(connection, at_position(connection, position, clock, on))
            with progress("exporting") as told:
                return write_tables(Extract(reader, record), out, wanted, most, told)


def _formats(text: str) -> list[str]:
    from txapi.audit.table_files import FORMATS

    wanted = [part.strip() for part in text.split(",") if part.strip()]
    strange: list[Any] = [part for part in wanted if part not in FORMATS]
    if strange or not wanted:
        stop(BAD_USAGE, f"--format takes {', '.join(FORMATS)}, not {strange[0] if strange else text!r}")
    return wanted


def _events(text: str, position: int) -> int:
    if text == "all":
        return position
    if not (text.isascii() and text.isdigit()):
        stop(BAD_USAGE, f"--events takes a number or all, not {text!r}")
    return int(text)
