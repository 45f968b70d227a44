"""The root of the command line: which commands there are, and what to do first."""

from __future__ import annotations

import importlib
from difflib import get_close_matches

import click

from txapi.cli.ends import CODES, ends_clearly, json_option, say_json

COMMANDS = {
    "serve": "txapi.cli.serve:serve",
    "load": "txapi.cli.load:load",
    "import": "txapi.cli.importing:import_",
    "rebuild": "txapi.cli.rebuild:rebuild",
    "token": "txapi.cli.token:token",
    "key": "txapi.cli.key:key",
    "publish": "txapi.cli.publish:publish",
    "contract": "txapi.cli.contract:contract",
    "replay": "txapi.cli.replay:replay",
    "history": "txapi.cli.history:history",
    "show": "txapi.cli.show:show",
    "compare": "txapi.cli.compare:compare",
    "audit": "txapi.cli.audit:audit",
    "webhook": "txapi.cli.webhook:webhook",
    "accesses": "txapi.cli.accesses:accesses",
    "erase": "txapi.cli.erase:erase",
    "erasures": "txapi.cli.erase:erasures",
    "checkpoint": "txapi.cli.checkpoint:checkpoint",
    "proof": "txapi.cli.proof:proof",
    "finding": "txapi.cli.finding:finding",
    "print": "txapi.cli.printing:print_",
    "export": "txapi.cli.export:export",
    "witness": "txapi.cli.witness:witness",
    "verify": "txapi.cli.verify:verify",
    "backup": "txapi.cli.backup:backup",
    "restore": "txapi.cli.restore:restore",
    "copy": "txapi.cli.copy:copy",
    "reference": "txapi.cli.reference:reference",
    "simulate": "txapi.cli.simulate:simulate",
    "settings": "txapi.cli.root:settings",
}

FIRST_STEPS = """\
txapi: the record of how a city moves its major projects.

What to do next:
  txapi serve --demo              serve Tongxiang as of 11 August 2015, with tokens to try
  txapi serve                     serve the record in TXAPI_DATA (./data)
  txapi load tongxiang-2015       load a data set into an empty record
  txapi show --at 2015-08-05      what the board showed on a day, without a server
  txapi audit                     the questions of an auditor, each a command
  txapi settings                  what can be set, and how it is set now

txapi --help lists every command; every command has --help with an example."""


class Commands(click.Group):
    """Finds a command when it is asked for, so that help answers at once."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands, in the order of a newcomer's needs."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name."""
        place = COMMANDS.get(cmd_name)
        if place is None:
            return None
        module, _, name = place.partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is meant; for a name that is none, those that it is near to: the library knows only what was loaded."""
        near = [] if args[0].startswith("-") or args[0] in COMMANDS else get_close_matches(args[0], COMMANDS)
        if near:
            ctx.fail(f"No such command {args[0]!r}. Did you mean {' or '.join(map(repr, near))}?")
        return super().resolve_command(ctx, args)


HELP_OPTIONS = ["-h", "--help"]

EXIT_CODES = "\b\nExit codes:\n" + "\n".join(f"  {code:<4} {meaning}" for code, meaning in CODES.items())


@click.group(
    cls=Commands,
    invoke_without_command=True,
    epilog=EXIT_CODES,
    context_settings={"help_option_names": HELP_OPTIONS, "max_content_width": 100},
)
@click.version_option(package_name="tongxiang-record", prog_name="txapi")
@click.pass_context
def txapi(ctx: click.Context) -> None:
    """The record of how a city moves its major projects.

    Settings are environment variables; `txapi settings` lists them.
    """
    if ctx.invoked_subcommand is None:
        click.echo(FIRST_STEPS)


@click.command()
@json_option
@ends_clearly
def settings(as_json: bool) -> None:
    """List every setting: its variable, its value now, its default and its meaning.

    \b
    Example:
      TXAPI_PORT=9000 txapi settings
    """
    from txapi.cli.ends import settings_for
    from txapi.settings import TABLE

    current = settings_for()
    rows = []
    for setting in TABLE:
        value = getattr(current, setting.attribute)
        text = " ".join(value) if isinstance(value, tuple) else "" if value is None else str(value)
        if setting.secret and value is not None:
            text = "(set)"
        rows.append({"name": setting.name, "value": text, "default": setting.default, "meaning": setting.meaning})
    if as_json:
        say_json(rows)
        return
    for row in rows:
        click.echo(f"{row['name']}={row['value']}")
        click.echo(f"    {row['meaning']} Default: {row['default'] or 'none'}.")
