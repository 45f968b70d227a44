"""`txapi publish`: the contracts that this code keeps, written to the folders where others read them."""

from __future__ import annotations

import importlib
import pkgutil
import re
from pathlib import Path

import click

from txapi.cli.ends import BAD_USAGE, FOUND_WRONG, ends_clearly, stop


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 where a file is out of date.")
@click.option("--release", is_flag=True, help="Keep the schema and the operations as what this version released.")
@click.option("--root", type=click.Path(exists=True, file_okay=False, path_type=Path), help="The checkout to write to.")
@ends_clearly
def publish(check: bool, release: bool, root: Path | None) -> None:
    """Write the schema, the hashes of the operations, the JSON Schemas of all events, and the reference of settings, commands and refusals.

    \b
    Examples:
      txapi publish --check
      txapi publish --release
    """
    root = root or checkout()
    wanted = published_files()
    if release:
        if check:
            stop(BAD_USAGE, "--check writes nothing, and --release writes what is kept for ever; say one of them")
        wanted |= _released(root)
    stale = [path for path in sorted(wanted) if _text_of(root / path) != wanted[path]]
    strange = sorted(str(path.relative_to(root)) for path in (root / EVENTS).glob("*.json") if _is_strange(path))
    if check:
        for path in stale:
            click.echo(f"out of date: {path}")
        for path in strange:
            click.echo(f"of no event that this code knows: {path}")
        if stale or strange:
            stop(FOUND_WRONG, "run `txapi publish`, and read what changes: others rely on these files")
        click.echo(f"{len(wanted)} published files are up to date")
        return
    for path in stale:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(wanted[path], encoding="utf-8")
        click.echo(f"wrote {path}")
    if not stale:
        click.echo(f"{len(wanted)} published files were up to date")


EVENTS = "domain/events"


def _released(root: Path) -> dict[str, str]:
    """The files that keep this version as a release; ends where they are there and say something else."""
    from importlib.metadata import version

    from txapi.web.offline import schema_text
    from txapi.web.persisted import published_documents
    from txapi.web.released import Released

    documents = published_documents()
    operations = {name: documents.texts[sha256] for sha256, name in documents.names.items()}
    files = Released(version("tongxiang-record"), schema_text(), dict(sorted(operations.items()))).files()
    for path, text in files.items():
        if _text_of(root / path) not in (None, text):
            stop(
                FOUND_WRONG,
                f"{path} keeps what clients rely on, and is never edited: raise the version in pyproject.toml first",
            )
    return files


def checkout() -> Path:
    """The source tree that this code runs from; ends where it runs from an installed package."""
    root = Path(__file__).resolve().parents[3]
    if not (root / "pyproject.toml").is_file():
        stop(BAD_USAGE, "this is no checkout; say where it is with --root")
    return root


def published_files() -> dict[str, str]:
    """Every generated file, by its path in the checkout."""
    from txapi.audit.tables.dictionary import dictionary_text
    from txapi.cli.permissions_pages import permissions_file, permissions_page
    from txapi.web.offline import schema_text

    files = {"schema/schema.graphql": schema_text(), "schema/operations.json": operations_manifest()}
    files |= event_schemas()
    files["domain/glossary.md"] = glossary_page()
    files["domain/data-dictionary.csv"] = dictionary_text()
    files["domain/reference/permissions.yaml"] = permissions_file()
    files["docs/reference/permissions.md"] = permissions_page(files["schema/schema.graphql"])
    files["docs/reference/settings.md"] = settings_page()
    files["docs/reference/commands.md"] = commands_page()
    files["docs/reference/refusals.md"] = refusals_page()
    files["docs/reference/errors.md"] = errors_page()
    return files


def operations_manifest() -> str:
    """The hash of every published operation, by its name: what a client may send instead of the document."""
    import msgspec

    from txapi.web.persisted import published_documents

    hashes = {name: sha256 for sha256, name in published_documents().names.items()}
    return msgspec.json.format(msgspec.json.encode(dict(sorted(hashes.items()))), indent=2).decode() + "\n"


def _text_of(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


# -- events --------------------------------------------------------------------------------------------------------


def _know_everything() -> None:
    """Import every module of the domain, application and record, so that every event and refusal is registered."""
    import txapi

    for package in ("domain", "record", "application"):
        folder = Path(txapi.__file__).parent / package
        for module in pkgutil.walk_packages([str(folder)], f"txapi.{package}."):
            importlib.import_module(module.name)


def event_schemas() -> dict[str, str]:
    """The JSON Schema of today's version of every event, in its logical form: what an event's stored JSON looks like."""
    import msgspec

    from txapi.domain.event import Event

    _know_everything()
    files = {}
    for topic, event in sorted(Event.registry.items()):
        if not event.__module__.startswith("txapi."):
            continue
        schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": topic, **msgspec.json.schema(event)}
        text = msgspec.json.format(msgspec.json.encode(schema), indent=2).decode()
        files[f"{EVENTS}/{topic}.v{event.class_version}.json"] = text + "\n"
    return files


def _is_strange(path: Path) -> bool:
    """Whether a file is neither of today's version of an event nor of an earlier one, which stays."""
    from txapi.domain.event import Event

    topic, _, version = path.name.removesuffix(".json").rpartition(".v")
    event = Event.registry.get(topic)
    return event is None or not version.isdigit() or not 1 <= int(version) <= event.class_version


# -- the reference -------------------------------------------------------------------------------------------------

_NOTE = "<!-- Written by `txapi publish` from the code; do not edit. -->\n"


def glossary_page() -> str:
    """Every event and every value of an enum, in English and in Chinese, with its meaning."""
    from txapi.domain.event import Event
    from txapi.domain.event_labels import EVENT_LABELS
    from txapi.domain.labels import LABELS

    _know_everything()
    lines = [_NOTE, "# Events and values 事件与取值\n", "## Events 事件\n"]
    lines += ["| Topic | 中文 | English | Meaning |", "| --- | --- | --- | --- |"]
    for topic, event in sorted(Event.registry.items()):
        if event.__module__.startswith("txapi."):
            label = EVENT_LABELS[topic]
            lines.append(f"| `{topic}` | {label.zh} | {_cell(label.en)} | {_cell(_first_paragraph(event))} |")
    groups: dict[type, list[str]] = {}
    for member, label in LABELS.items():
        row = f"| `{member.name}` | {label.zh or '—'} | {_cell(label.en) or '—'} |"
        groups.setdefault(type(member), []).append(row)
    for enum in sorted(groups, key=lambda enum: enum.__name__):
        lines += [
            f"\n## {enum.__name__}\n",
            f"{_first_paragraph(enum)}\n",
            "| Name | 中文 | English |",
            "| --- | --- | --- |",
        ]
        lines += groups[enum]
    return "\n".join(lines) + "\n"


def _first_paragraph(documented: type) -> str:
    return " ".join((documented.__doc__ or "").split("\n\n")[0].split())


def settings_page() -> str:
    """Every setting, as a table."""
    from txapi.settings import TABLE

    lines = [_NOTE, "# Settings 设置\n", "Environment variables, read once at the start.\n"]
    lines += ["| Variable | Default | Meaning |", "| --- | --- | --- |"]
    lines += [f"| `{s.name}` | {f'`{s.default}`' if s.default else 'none'} | {_cell(s.meaning)} |" for s in TABLE]
    return "\n".join(lines) + "\n"


def commands_page() -> str:
    """The help of every command."""
    from txapi.cli.root import HELP_OPTIONS, txapi

    lines = [_NOTE, "# Commands 命令\n"]

    def add(command: click.Command, parent: click.Context | None, name: str) -> None:
        # The library keeps a command's help option as the first context names it, so this one names it as the root does.
        context = click.Context(
            command, parent, info_name=name, terminal_width=100, max_content_width=100, color=False,
            help_option_names=HELP_OPTIONS,
        )  # fmt: skip
        lines.extend([f"## `{context.command_path}`\n", "```text", command.get_help(context).rstrip(), "```\n"])
        if isinstance(command, click.Group):
            for child in command.list_commands(context):
                found = command.get_command(context, child)
                if found is not None:
                    add(found, context, child)

    add(txapi, None, "txapi")
    return "\n".join(lines)


def refusals_page() -> str:
    """Every refusal, with what it says in both languages."""
    from txapi.domain.errors import Refusal

    _know_everything()
    lines = [
        _NOTE,
        "# Refusals 不予办理\n",
        "A rule of the business said no. Data, not errors: nothing was recorded.\n",
    ]
    lines += ["| Code | English | 中文 | Why |", "| --- | --- | --- | --- |"]
    answered = ("txapi.domain.", "txapi.record.", "txapi.application.")
    for code, refusal in sorted(Refusal.registry.items()):
        if refusal.__module__.startswith(answered):
            why = _cell(_first_paragraph(refusal))
            lines.append(f"| `{code}` | {_cell(refusal.en)} | {_cell(refusal.zh)} | {why} |")
    return "\n".join(lines) + "\n"


def errors_page() -> str:
    """The code of every error that a client may get: what it says in both languages, and what to do."""
    from txapi.web.offline import ERRORS

    lines = [
        _NOTE,
        "# Errors 错误代码\n",
        _ABOUT_ERRORS,
        "在 `errors[].extensions.code` 中；消息语言按 `Accept-Language` 选择。除非另有说明，没有记录任何内容。\n",
        "| Code 代码 | HTTP | English | 中文 | What to do | 怎么办 |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for code, known in ERRORS.items():
        english, chinese = (
            _cell("; ".join(_blank(text) for text in texts)) for texts in (known.says, known.says.values())
        )
        status = known.status or ""
        lines.append(f"| `{code}` | {status} | {english} | {chinese} | {_cell(known.do_en)} | {_cell(known.do_zh)} |")
    return "\n".join(lines) + "\n"


_ABOUT_ERRORS = """\
In `errors[].extensions.code`; the message is in the language that `Accept-Language` prefers. Nothing was recorded, except where it says
so. HTTP is the status where a request as such was turned away with this code. In answers to operations it is 200, or 400 where
nothing was asked and the client accepts `application/graphql-response+json`.
"""


def _blank(sentence: str) -> str:
    """A sentence with … where a fact stands."""
    return re.sub(r"\{\w+\}", "…", sentence)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
