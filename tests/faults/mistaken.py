"""A server with one mistake in it, for showing that the checker of histories notices: `python -m tests.faults.mistaken MISTAKE serve`.

It is `txapi` itself in every other respect. Each mistake is one that a product like this could have.
"""

from __future__ import annotations

import itertools
import random
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from txapi.__main__ import main
from txapi.application import desk
from txapi.projections.moment import Reader, at_position
from txapi.record.postgres import appending, store
from txapi.record.sqlite_store import SQLiteStore
from txapi.schema import context

if TYPE_CHECKING:
    import sqlite3

    from txapi.record.postgres.appending import Append


def acknowledges_what_it_drops() -> None:
    """Now and then a transaction is rolled back, and its clients are told that it was committed."""
    commit, commit_at_server, chance = SQLiteStore._commit, appending.commit, random.SystemRandom()

    def forgetful(self: SQLiteStore, connection: sqlite3.Connection) -> None:
        if chance.random() < 0.05:
            connection.execute("ROLLBACK")
        else:
            commit(self, connection)

    def forgetful_at_server(append: Append) -> None:
        if append.rows and chance.random() < 0.05:
            append.connection.execute("ROLLBACK")
        else:
            commit_at_server(append)

    SQLiteStore._commit = forgetful  # type: ignore[method-assign]
    vars(store).update(commit=forgetful_at_server)


def does_retries_again() -> None:
    """Command ids are forgotten, so a command that is sent twice is done twice."""
    desk._key_of = lambda order: None


def takes_stale_writes() -> None:
    """`expectedVersion` is not looked at."""
    order = context.Context.order

    def unexpecting(self: context.Context, desk: desk.Desk, name: str, input: Any) -> desk.Order:
        return replace(order(self, desk, name, input), expected_version=None)

    context.Context.order = unexpecting  # type: ignore[method-assign]


def reads_from_older_positions() -> None:
    """Now and then an answer comes from a few positions before the newest, whatever was asked for."""
    _age_reads(tell=True)


def says_a_newer_position_than_it_reads() -> None:
    """Now and then an answer comes from a few positions before the one that it says."""
    _age_reads(tell=False)


def _age_reads(*, tell: bool) -> None:
    snapshot, turns = context.Context._open, itertools.count(1)

    def older(self: context.Context, least: int = 0) -> Reader:
        reader = snapshot(self, least)
        if self._ordered or next(turns) % 5:
            return reader
        moment = at_position(reader.connection, max(0, reader.moment.position - 3), self.now)
        if tell:
            self.answered_from = moment.position
        return reader.at(moment)

    context.Context._open = older  # type: ignore[method-assign]


MISTAKES = {
    mistake.__name__: mistake
    for mistake in (
        acknowledges_what_it_drops,
        does_retries_again,
        takes_stale_writes,
        reads_from_older_positions,
        says_a_newer_position_than_it_reads,
    )
}

if __name__ == "__main__":
    MISTAKES[sys.argv.pop(1)]()
    main()
