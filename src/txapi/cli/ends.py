"""How commands end: exit codes that scripts can rely on, and what is said when a command cannot go on."""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, NoReturn, ParamSpec, TypeVar

import click

P = ParamSpec("P")
R = TypeVar("R")

OK = 0
FOUND_WRONG = 1
BAD_USAGE = 2
REFUSED = 3
RECORD_OWNED = 4
ADDRESS_IN_USE = 5
UNREACHED = 6
INTERRUPTED = 130

CODES = {
    OK: "done",
    FOUND_WRONG: "it looked, and found something wrong (a difference, a file that is out of date)",
    BAD_USAGE: "the command, a setting or a file makes no sense",
    REFUSED: "a rule of the business said no; nothing was recorded",
    RECORD_OWNED: "another process owns the record",
    ADDRESS_IN_USE: "the address to listen on is taken",
    UNREACHED: "the record cannot be reached just now: it could not look, and changed nothing",
    INTERRUPTED: "interrupted",
}


class End(click.ClickException):
    """Ends the command with a message on standard error and an exit code."""

    def __init__(self, exit_code: int, message: str) -> None:
        super().__init__(message)
        # The library has one code per class; here each message has its own.
        self.exit_code = exit_code  # type: ignore[misc]


def stop(exit_code: int, message: str) -> NoReturn:
    """End the command here."""
    raise End(exit_code, message)


def language() -> str:
    """The language of this person's terminal: `zh` or `en`."""
    told = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "zh" if told.lower().startswith("zh") else "en"


def ends_clearly(command: Callable[P, R]) -> Callable[P, R]:
    """Turn what a command may run into — refusals, bad input, a record that is owned — into messages and exit codes."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        from eventsourcing.persistence import MapperDeserialisationError

        from txapi.domain.errors import BadInput, Refusal
        from txapi.record.conflicts import NotARecord, RecordError, RecordIsOwned, RecordUnavailable
        from txapi.record.keys import BadKey
        from txapi.record.ledger import NotALedger
        from txapi.settings import BadSetting
        from txapi.web.tokens import CannotIssue

        # What its pool of connections says of a database that is away, the command says once, and with the cause.
        logging.getLogger("psycopg.pool").setLevel(logging.CRITICAL)
        try:
            return command(*args, **kwargs)
        except Refusal as refusal:
            stop(REFUSED, f"{refusal.code}: {refusal.message(language())}")
        except RecordIsOwned as owned:
            stop(RECORD_OWNED, str(owned))
        except (BadInput, NotARecord, NotALedger, BadSetting, BadKey, CannotIssue) as error:
            stop(BAD_USAGE, str(error))
        except RecordUnavailable as error:
            stop(UNREACHED, str(error))
        except (RecordError, MapperDeserialisationError) as error:
            stop(FOUND_WRONG, str(error))
        except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
            # What SQLite says of a damaged file may quote it, and then be no text.
            stop(
                FOUND_WRONG,
                f"a file of the record or of its read models cannot be read: {error}; `txapi verify` says whether it is the record's"
                " own, and `txapi rebuild --replace` makes read models anew",
            )
        except KeyboardInterrupt:
            stop(INTERRUPTED, "interrupted")

    return run


def settings_for(**instead: Any) -> Any:
    """The settings of the environment, with the options of a command in their place where they were given."""
    from txapi.settings import Settings

    told = {name: None if value is None else str(value) for name, value in instead.items()}
    return Settings.from_environment(os.environ, **told)


def data_option(command: Callable[P, R]) -> Callable[P, R]:
    """The option that says where the record is."""
    return click.option(
        "--data",
        type=click.Path(file_okay=False, path_type=Path),
        help="Folder of the record; TXAPI_DATA unless given.",
    )(command)


def clock_option(command: Callable[P, R]) -> Callable[P, R]:
    """The option that judges by another clock than that of the moment."""
    return click.option(
        "--clock",
        "judged_by",
        metavar="TIME",
        help="Judge what the moment knows by this time or date (its end), which may lie ahead; the answer says so.",
    )(command)


def trust_options(*, checkpoint: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """The options that say whom the caller trusts; `checkpoint` says what one that was kept elsewhere is for."""
    file = click.Path(exists=True, dir_okay=False, path_type=Path)
    options = (
        click.option(
            "--vkey",
            "vkeys",
            multiple=True,
            help="The record's verifier key, from somebody whom you trust. Can be repeated: a key may have followed another.",
        ),
        click.option(
            "--policy",
            type=file,
            help="A policy file: logs that are trusted, and how many witnesses must have co-signed.",
        ),
        click.option("--checkpoint", "checkpoints", multiple=True, type=file, help=checkpoint),
    )

    def add(command: Callable[P, R]) -> Callable[P, R]:
        # As decorators stand in a file: the last is applied first.
        for option in reversed(options):
            command = option(command)
        return command

    return add


def json_option(command: Callable[P, R]) -> Callable[P, R]:
    """The option that asks for JSON."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")(command)


def say_json(content: Any) -> None:
    """Print a value as JSON, for scripts."""
    import msgspec

    click.echo(msgspec.json.format(msgspec.json.encode(content), indent=2).decode())
