"""`txapi contract`: what this version changes for clients that were built on an earlier schema."""

from __future__ import annotations

from pathlib import Path

import click

from txapi.cli.ends import BAD_USAGE, FOUND_WRONG, ends_clearly, json_option, say_json, stop


@click.command()
@click.option(
    "--against",
    required=True,
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The schema that the clients were built on, as it was published (schema.graphql).",
)
@click.option(
    "--operations",
    metavar="FOLDER",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The clients' own documents, *.graphql; the published operations unless given.",
)
@json_option
@ends_clearly
def contract(against: Path, operations: Path | None, as_json: bool) -> None:
    """Say what breaks for clients of an earlier schema, and which of their operations it breaks.

    Exits with 1 where anything is breaking. What is dangerous (a new value of an enum, say) is said, and breaks nothing.

    \b
    Examples:
      txapi contract --against schema.graphql
      txapi contract --against schema.graphql --operations ../board/src
    """
    from txapi.web.contract import UnreadableSchema, changes_of
    from txapi.web.offline import schema_text
    from txapi.web.persisted import published_documents

    texts = published_documents()
    documents = {name: texts.texts[sha256] for sha256, name in texts.names.items()}
    if operations is not None:
        documents = {
            path.relative_to(operations).as_posix(): path.read_text(encoding="utf-8")
            for path in sorted(operations.rglob("*.graphql"))
        }
        if not documents:
            stop(BAD_USAGE, f"there are no *.graphql files in {operations}")
    try:
        changes = changes_of(against.read_text(encoding="utf-8"), schema_text(), documents)
    except (UnreadableSchema, UnicodeDecodeError) as error:
        stop(BAD_USAGE, str(error))
    if as_json:
        say_json(
            [
                {"breaking": one.breaking, "says": one.says, "operations": one.users, "deprecated": one.deprecated}
                for one in changes
            ]
        )
    else:
        for change in changes:
            click.echo(change.text())
    breaking = sum(change.breaking for change in changes)
    if breaking:
        stop(FOUND_WRONG, f"{breaking} breaking changes")
    if not as_json:
        click.echo("nothing breaks")
