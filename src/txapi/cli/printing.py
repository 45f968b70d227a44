"""`txapi print`: the paper forms 公文 of a ticket and of a unit's month, without a server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from txapi.cli.ends import data_option, ends_clearly, json_option, say_json, settings_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from txapi.forms.pinned import Pinned
    from txapi.forms.printing import Printable


def _options(command: Callable[..., None]) -> Callable[..., None]:
    """What both forms may be told: the moment, the language, and where to write."""
    for option in (
        click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="The file; named for the form."),
        click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True, help="The language."),
        click.option(
            "--at", metavar="POSITION|TIME", help="A position, a time, or a date (its end). Now, unless given."
        ),
    ):
        command = option(command)
    return command


@click.group("print")
def print_() -> None:
    """Print a ticket 工作联系单 or a unit's monthly report 月报 as the paper form that offices file, as PDF.

    The same record, moment and language give the same bytes; the foot of the form leads back to the record. Needs the extra
    `paper`: pip install 'tongxiang-record[paper]'.
    """


@print_.command()
@click.argument("number")
@_options
@data_option
@json_option
@ends_clearly
def ticket(number: str, at: str | None, lang: str, out: Path | None, data: Path | None, as_json: bool) -> None:
    """Print the form of a ticket, by its NUMBER or its entityId.

    \b
    Examples:
      txapi print ticket 2015-0003
      txapi print ticket 2015-0003 --at 2015-08-01 --lang en --out ticket.pdf
    """
    from txapi.forms.ticket import TicketForm

    _print(lambda moment: TicketForm(number, moment), at, lang, out, data, as_json)


@print_.command()
@click.argument("unit")
@click.argument("month")
@_options
@data_option
@json_option
@ends_clearly
def report(
    unit: str, month: str, at: str | None, lang: str, out: Path | None, data: Path | None, as_json: bool
) -> None:
    """Print the monthly report of a UNIT, by its code, of a MONTH, 2015-07.

    \b
    Examples:
      txapi print report tx-edz 2015-07
      txapi print report tx-edz 2015-07 --at 2015-07-31
    """
    from txapi.forms.report import MonthlyReport, month_from

    year, number = month_from(month)
    _print(lambda moment: MonthlyReport(unit, year, number, moment), at, lang, out, data, as_json)


def _print(
    form_at: Callable[[Pinned], Printable],
    at: str | None,
    lang: str,
    out: Path | None,
    data: Path | None,
    as_json: bool,
) -> None:
    from txapi.cli.reading import moment_of, open_to_read, operation_text, views_of
    from txapi.forms.offline import print_offline

    place = settings_for(data=data).place
    with open_to_read(place) as record:
        position, clock = moment_of(record, at)
        with views_of(record, place, position) as views:
            printed = print_offline(record, views, form_at, operation_text, position, clock, lang)
    path = out or Path(f"{printed.names[1]}.pdf")
    path.write_bytes(printed.content)
    if as_json:
        say_json({"file": str(path), "position": str(position)})
    else:
        click.echo(str(path))
