"""The keys of a machine: the first that serves a record in a database makes them, and every other has copies of the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from txapi.cli.ends import BAD_USAGE, stop

if TYPE_CHECKING:
    from pathlib import Path

    from txapi.settings import Settings
    from txapi.web.tokens import Tokens


def record_key_of(settings: Settings) -> Path:
    """Where the key is that signs for the record."""
    from txapi.record.ledger import KEY_FILE

    return settings.record_key or settings.data / KEY_FILE


def tokens_of(settings: Settings, *beside: Path) -> Tokens:
    """The key of tokens, made where the record has none yet.

    Ends the command where the database holds a record that is signed for, and that key or one `beside` it is not here: a key
    made now would refuse the tokens of every other machine.
    """
    from txapi.record.ledger_tables import is_begun
    from txapi.web.tokens import Tokens

    def lacking() -> list[str]:
        return [str(path) for path in (*beside, settings.key_file) if not path.exists()]

    # Looked for again at the end: whoever begins the record at this moment, on this machine, has made its keys by then.
    if lacking() and settings.database is not None and is_begun(settings.place) and (missing := lacking()):
        stop(
            BAD_USAGE,
            f"the record in {settings.place} has its keys already, and this machine lacks {' and '.join(missing)}: copy"
            " them from a machine that serves the record, as docs/nodes.md says under 'The second node'. Where the"
            " key of tokens is lost, `txapi token keygen` makes a new one, and the tokens that the old one signed end",
        )
    return Tokens.from_file(settings.key_file)
