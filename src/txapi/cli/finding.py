"""`txapi finding`: an audit evidence sheet 取证单 with the answer to a question, its receipt and room for signatures."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from txapi.cli.ends import (
    BAD_USAGE,
    clock_option,
    data_option,
    ends_clearly,
    json_option,
    say_json,
    settings_for,
    stop,
)

if TYPE_CHECKING:
    from txapi.audit.finding.sheet import Case, Finding


@click.command()
@click.argument("question", metavar="QUESTION|OPERATION")
@click.option("--at", "at", metavar="POSITION|TIME", help="A position, a time, or a date (its end). Now, unless given.")
@clock_option
@click.option("--valid-on", metavar="DATE", help="Count the facts of the world up to this date.")
@click.option("--set", "set_", metavar="NAME=VALUE", multiple=True, help="A variable of the question; may be repeated.")
@click.option("--case-no", default="", help="索引号, the number of the sheet.")
@click.option("--project", default="", help="项目名称, the name of the audit.")
@click.option("--unit", default="", help="被审计单位, the audited unit.")
@click.option("--matter", default="", help="审计事项, the matter; the question, unless given.")
@click.option("--auditor", default="", help="审计人员, who prepared the sheet.")
@click.option("--prepared-on", metavar="DATE", help="编制日期; room for it is left unless given.")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), help="Where to write; a new folder by default."
)
@data_option
@json_option
@ends_clearly
def finding(
    question: str,
    at: str | None,
    judged_by: str | None,
    valid_on: str | None,
    set_: tuple[str, ...],
    out: Path | None,
    prepared_on: str | None,
    data: Path | None,
    as_json: bool,
    **case: str,
) -> None:
    """Print an audit evidence sheet 取证单 as HTML and PDF: the question, the answer, and a receipt to check it by.

    QUESTION is the number or name of one of the ten questions (`txapi audit` lists them), or a published operation. Needs
    the record's key, and a checkpoint over what is recorded: a server signs one a second, `txapi checkpoint --sign`
    does it without. Writes receipt.json, finding.html and, with the extra `paper`, finding.pdf into a new or empty folder.

    \b
    Examples:
      txapi finding 1 --at 2015-08-11 --unit 市经信部门 --case-no 2015-QZ-001
      txapi finding Overview --at 2015-08-07 --out overview
    """
    from txapi.audit.finding.paper import paper
    from txapi.audit.finding.screen import screen
    from txapi.domain.dates import day_from
    from txapi.paper.typesetting import can_print

    on = None if valid_on is None else day_from(valid_on)
    made = _finding(question, at, judged_by, on, set_, _case(case, prepared_on), settings_for(data=data))
    folder = out or Path(f"finding-{made.operation}-{made.position}")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        stop(BAD_USAGE, f"{folder} exists and is not empty; nothing is written over")
    folder.mkdir(parents=True, exist_ok=True)
    files = {"receipt.json": made.evidence.file, "finding.html": screen(made).encode()}
    if can_print():
        files["finding.pdf"] = paper(made)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    if as_json:
        say_json({"files": [str(folder / name) for name in files], "position": str(made.position)})
        return
    for name in files:
        click.echo(str(folder / name))
    if "finding.pdf" not in files:
        click.echo("no PDF: pip install 'tongxiang-record[paper]' brings the typesetter and a Chinese font", err=True)


def _case(told: dict[str, str], prepared_on: str | None) -> Case:
    from txapi.audit.finding.sheet import Case
    from txapi.domain.dates import day_from

    return Case(
        number=told["case_no"],
        project=told["project"],
        unit=told["unit"],
        matter=told["matter"],
        auditor=told["auditor"],
        prepared_on=None if prepared_on is None else day_from(prepared_on),
    )


def _finding(
    question: str,
    at: str | None,
    judged_by: str | None,
    valid_on: date | None,
    set_: Sequence[str],
    case: Case,
    settings: Any,
) -> Finding:
    """The sheet of a question, asked of the record in the settings' folder."""
    from txapi.cli.answers import issued
    from txapi.cli.audit import must_have_been, named_or_published, variables_for
    from txapi.cli.reading import judging, moment_of, open_to_read, variables_of, views_of
    from txapi.receipts.findings import Asked, finding_of
    from txapi.record.ledger import Ledger

    operation, document = named_or_published(question)
    if at is not None and "at" not in variables_of(document):
        stop(BAD_USAGE, f"the operation {operation} asks of now only: it declares no $at")
    with open_to_read(settings.place) as record:
        position, clock = moment_of(record, at)
        clock = judging(judged_by, clock)
        variables = variables_for(operation, document, set_, position, clock, valid_on)
        must_have_been(record, variables)
        asked = Asked(
            operation=operation,
            document=document,
            variables=variables,
            position=position,
            clock=clock,
            valid_on=valid_on,
        )
        ledger = Ledger.open(settings.place, record.record_id, key_file=settings.record_key)
        try:
            with views_of(record, settings.place, position) as views:
                response = issued(record, views, ledger, document, variables)
            return finding_of(record, response, ledger.vkey_now(), asked, case)
        finally:
            ledger.close()
