"""`txapi import`: figures, milestones and tickets from .xlsx and .csv; checked first, all of a file or nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from txapi.cli.ends import (
    BAD_USAGE,
    REFUSED,
    data_option,
    ends_clearly,
    json_option,
    language,
    say_json,
    settings_for,
    stop,
)

if TYPE_CHECKING:
    from txapi.imports import Report
    from txapi.settings import Settings

MOST_BYTES = 16 * 1024 * 1024
"""The largest file that is read at all."""
TOLD_AT_MOST = 50
"""How many problems are printed; --json tells all."""


@click.command("import")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--template", metavar="KIND", help="Write a template of this kind into FILE: figures, milestones or tickets."
)
@click.option("--kind", help="What FILE holds; found out by its header, unless given.")
@click.option("--yes", "--record", "record", is_flag=True, help="Record it. Without this, it is only checked.")
@click.option("--correct", is_flag=True, help="Correct what is recorded otherwise than FILE says; takes a --reason.")
@click.option("--reason", help="Why, for the record.")
@data_option
@json_option
@ends_clearly
def import_(
    file: Path,
    template: str | None,
    kind: str | None,
    record: bool,
    correct: bool,
    reason: str | None,
    data: Path | None,
    as_json: bool,
) -> None:
    """Import the figures, milestones or tickets in FILE, an .xlsx or .csv.

    Without --yes it is checked, beside a running server too, and nothing is recorded. With --yes all of it is recorded in one
    transaction, or nothing where a single row is wrong; each is named with its cell. What is recorded already is not
    recorded again. A demonstration's record is judged by its own clock, from where that stood last, unless TXAPI_CLOCK says
    another. Where a server owns the record, its users import in the browser, or by POST /import.

    \b
    Examples:
      txapi import --template figures july.xlsx
      txapi import july.xlsx
      txapi import july.xlsx --yes
      txapi import july.csv --yes --correct --reason "统计口径调整"
    """
    settings = settings_for(data=data)
    if template is not None:
        _write_template(template, file, settings)
        return
    if not file.exists():
        stop(BAD_USAGE, f"there is no file {file}")
    if file.stat().st_size > MOST_BYTES:
        stop(BAD_USAGE, f"{file} is larger than {MOST_BYTES} bytes")
    report = _import(file, kind, settings, record=record, correct=correct, reason=reason)
    if as_json:
        say_json(report.told())
    else:
        _say(report, wanted=record)
    if report.problems:
        raise click.exceptions.Exit(REFUSED)


def _import(
    file: Path, kind: str | None, settings: Settings, *, record: bool, correct: bool, reason: str | None
) -> Report:
    # Events are read by their classes, and the classes are known once their modules have been imported.
    import txapi.projections.all  # noqa: F401
    from txapi.application.desk import Desk
    from txapi.cli.own_clock import clock_of_commands
    from txapi.domain.dates import SHANGHAI
    from txapi.domain.event import Actor, Role
    from txapi.imports import Asked, import_sheet
    from txapi.record import Record

    asked = Asked(file.read_bytes(), file.name, kind, record, correct, reason)
    # Looked at first: an owner would make a record where there is none.
    with Record.open(settings.place, settings.clock, owner=False) as found:
        own = clock_of_commands(found, settings.place)
        if own is not None:
            click.echo(
                f"judged by the record's own clock, which stands at {own.now().astimezone(SHANGHAI):%Y-%m-%d %H:%M} (Asia/Shanghai);"
                " TXAPI_CLOCK says another",
                err=True,
            )
            found.clock = own
        if not record:
            return import_sheet(Desk(found), Actor("txapi:import", Role.SYSTEM), asked)
    with Record.open(settings.place, own or settings.clock) as owned:
        return import_sheet(Desk(owned), Actor("txapi:import", Role.SYSTEM), asked)


def _write_template(kind: str, out: Path, settings: Settings) -> None:
    from txapi.cli.reading import open_to_read
    from txapi.imports import KINDS, write_template

    if kind not in KINDS:
        stop(BAD_USAGE, f"--template takes {', '.join(KINDS)}, not {kind!r}")
    if out.exists():
        stop(BAD_USAGE, f"{out} exists; nothing is written over")
    if out.suffix.lower() != ".xlsx":
        stop(BAD_USAGE, f"a template is a workbook: {out.with_suffix('.xlsx')}")
    with open_to_read(settings.place) as record:
        out.write_bytes(write_template(KINDS[kind], record))
    click.echo(f"wrote {out}")


def _say(report: Report, *, wanted: bool) -> None:
    in_chinese = language() == "zh"
    for problem in report.problems[:TOLD_AT_MOST]:
        click.echo(f"{problem.cell}: {problem.code}: {problem.zh if in_chinese else problem.en}", err=True)
    hidden = len(report.problems) - TOLD_AT_MOST + report.more_problems
    if hidden > 0:
        click.echo(f"and {hidden} more", err=True)
    for note in report.notes[:TOLD_AT_MOST]:
        click.echo(f"{note.cell}: note: {note.zh if in_chinese else note.en}", err=True)
    counted = f"{report.rows} rows of {report.kind}: {report.new} new, {report.same} already recorded"
    if report.corrected:
        counted += f", {report.corrected} corrected"
    if report.totals:
        counted += f"; {report.totals} rows of totals"
    click.echo(counted)
    if report.problems:
        click.echo("nothing was recorded")
    elif report.recorded:
        click.echo(f"recorded at positions {report.first} to {report.last}")
    elif wanted or not report.events:
        click.echo("nothing had to be recorded")
    else:
        click.echo("nothing was recorded; it would be with --yes")
