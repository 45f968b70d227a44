"""One append on PostgreSQL: two round trips, of which the first takes the lock and looks, and the second writes and commits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import errors
from psycopg.pq import TransactionStatus

from txapi.record.conflicts import CommitFailed
from txapi.record.postgres import arrays
from txapi.record.postgres.arrays import Byteas, Int8s, Texts
from txapi.record.postgres.committing import is_committed, make_durable, must_be_kept, warnings_on
from txapi.record.postgres.connecting import connect, numbered
from txapi.record.postgres.database import ABANDONED_SECONDS, FENCE
from txapi.record.postgres.listener import RECORD_CHANNEL
from txapi.record.store import NOTHING, Changes, CommandRow, Found, Key, Sought
from txapi.record.table_store import COLUMNS, HEAD, are_kept

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from txapi.record.postgres.arrays import Column
    from txapi.record.postgres.connecting import DatabaseConnection
    from txapi.record.store import Row

APPEND_LOCK = 0x7478617000000002
"""The advisory lock that orders appends. Every path that writes events takes it."""

LOCK_SECONDS = 8.0
"""How long to wait for the append lock: longer than the server lets a frozen holder keep it."""

ANSWER_SECONDS = 15.0
"""How long a statement may take, a commit with its wait for standbys included, until its connection is given up."""

_COPIED_FROM = 40
"""From how many events on a batch is copied in a round trip of its own instead of inserted by one statement."""

_SETTINGS = {
    "search_path": "record",
    "idle_in_transaction_session_timeout": f"{ABANDONED_SECONDS}s",
    # A statement that is cancelled while it waits for a synchronous standby reports success with a mere warning.
    "statement_timeout": "0",
    # As texts are encoded in arrays.
    "client_encoding": "UTF8",
    # Plans are kept while the tables grow from nothing: what is looked up is always few rows by their key.
    "enable_seqscan": "off",
    # Arrays of few rows look so cheap that each append would be planned anew, for more than it then costs.
    "plan_cache_mode": "force_generic_plan",
}
_UNHURRIED = "SELECT set_config(name, '0', false) FROM pg_settings WHERE name = 'transaction_timeout'"

_LOCK = "SELECT pg_advisory_xact_lock($1)"
# Asked behind the lock, so that it is told as of when the lock was had; and all at once, for each statement costs here and at the server.
_LOOK = (
    "SELECT 0, NULL::text, NULL::text, NULL::text, NULL::bytea, (current_setting('transaction_read_only') = 'on')::int::int8,"
    f" until, COALESCE(position, 0), COALESCE(recorded_at, 0) FROM settled LEFT JOIN ({HEAD}) AS head ON true"
    " UNION ALL SELECT 1, s, NULL, NULL, NULL, COALESCE((SELECT MAX(version) FROM events WHERE stream = s), 0), NULL, NULL, NULL"
    " FROM unnest($1::text[]) AS s"
    " UNION ALL SELECT 2, a.kind, a.value, k.stream, NULL, NULL, NULL, NULL, NULL FROM unnest($2::text[], $3::text[]) AS a (kind, value)"
    " CROSS JOIN LATERAL (SELECT stream FROM keys WHERE kind = a.kind AND value = a.value LIMIT 1) AS k"
    " UNION ALL SELECT 3, a.subject, a.command_id, NULL, c.input_hash, c.first, c.last, NULL, NULL"
    " FROM unnest($4::text[], $5::text[]) AS a (subject, command_id)"
    " CROSS JOIN LATERAL (SELECT input_hash, first, last FROM commands"
    " WHERE subject = a.subject AND command_id = a.command_id LIMIT 1) AS c"
)
_INSERT = (
    f"INSERT INTO events ({COLUMNS})"
    " SELECT * FROM unnest($1::int8[], $2::int8[], $3::text[], $4::int8[], $5::text[], $6::bytea[])"
)
_INSERT_COMMANDS = (
    "INSERT INTO commands (subject, command_id, input_hash, first, last)"
    " SELECT * FROM unnest($1::text[], $2::text[], $3::bytea[], $4::int8[], $5::int8[])"
)
_INSERT_BOTH = (
    "WITH told AS (INSERT INTO commands (subject, command_id, input_hash, first, last)"
    f" SELECT * FROM unnest($7::text[], $8::text[], $9::bytea[], $10::int8[], $11::int8[])) {_INSERT}"
)
_OF_EVENTS = (Int8s, Int8s, Texts, Int8s, Texts, Byteas)
_OF_COMMANDS = (Texts, Texts, Byteas, Int8s, Int8s)
_NONE = (Texts(()), Texts(()))
_SET_DEADLINES = (
    "INSERT INTO deadlines (stream, due) SELECT * FROM unnest($1::text[], $2::int8[])"
    " ON CONFLICT (stream) DO UPDATE SET due = excluded.due"
)
_COPY = f"COPY events ({COLUMNS}) FROM STDIN (FORMAT BINARY)"
_COPIED_TYPES = ("int8", "int8", "text", "int8", "text", "bytea")
_BARRIER = "UPDATE settled SET barriers = barriers + 1"


def writing_connection(dsn: str) -> DatabaseConnection:
    """A connection for appends: what it commits is on the disk, and on the synchronous standbys where there are any."""
    settings = {**_SETTINGS, "lock_timeout": f"{LOCK_SECONDS}s"}
    options = " ".join(f"-c {name}={value}" for name, value in settings.items())
    connection = connect(dsn, answer_seconds=ANSWER_SECONDS, options=options, target_session_attrs="read-write")
    try:
        arrays.adapt(connection)
        make_durable(connection)
        connection.execute(_UNHURRIED)
    except BaseException:
        connection.close()
        raise
    return connection


class Append:
    """A transaction that holds the append lock. What is written is sent when it is committed."""

    def __init__(self, connection: DatabaseConnection, head: tuple[int, int], settled: int, found: Found) -> None:
        self.connection = connection
        self.position, self.recorded_at = head
        self.settled = settled
        self.found = found
        self.rows: list[Row] = []
        self.commands: list[tuple[Any, ...]] = []
        self.statements: list[tuple[str, tuple[Any, ...]]] = []

    @property
    def empty(self) -> bool:
        """Whether there is nothing to commit."""
        return not self.rows and not self.commands and not self.statements

    def write(self, changes: Changes) -> None:
        """Write them when the transaction is committed."""
        self.rows.extend(changes.rows)
        queue = self.statements.append
        # One statement for many rows: what each would cost by itself, here and at the server, is paid once.
        for key, stream in changes.owners.items():
            if stream is None:
                queue(("DELETE FROM keys WHERE kind = $1 AND value = $2", key))
            else:
                sql = "INSERT INTO keys VALUES ($1, $2, $3) ON CONFLICT (kind, value) DO UPDATE SET stream = excluded.stream"
                queue((sql, (*key, stream)))
        over = [stream for stream, due in changes.deadlines.items() if due is None]
        if over:
            queue(("DELETE FROM deadlines WHERE stream = ANY($1::text[])", (Texts(over),)))
        ahead = [(stream, due) for stream, due in changes.deadlines.items() if due is not None]
        if ahead:
            queue((_SET_DEADLINES, _columns(ahead, Texts, Int8s)))
        self.commands += [(*command, *done) for command, done in changes.commands.items()]

    def settle(self, until: int) -> None:
        """Let nothing be recorded at or before that time any more, by whichever process."""
        self.statements.append(("UPDATE settled SET until = GREATEST(until, $1)", (until,)))

    def confirm(self) -> None:
        """Commit, whatever else is written, so that what was found is known to stay; see `AppendTransaction.confirm`."""
        self.statements.append((_BARRIER, ()))

    def clear_indexes(self) -> None:
        """Delete every key and deadline."""
        self.statements += [("DELETE FROM keys", ()), ("DELETE FROM deadlines", ())]


def begun(connection: DatabaseConnection, sought: Sought) -> Append:
    """Begin a transaction, take the append lock, and look up what is sought. psycopg.Error.

    A server that was the primary and is none any more says so before anything is decided, and another one is looked for.
    """
    keys, commands = (_columns(rows, Texts, Texts) if rows else _NONE for rows in (sought.keys, sought.commands))
    with connection.pipeline():
        connection.execute("BEGIN ISOLATION LEVEL READ COMMITTED")
        connection.execute(_LOCK, (APPEND_LOCK,))
        asked = connection.execute(_LOOK, (Texts(list(sought.streams)), *keys, *commands))
        fences = {fence: connection.execute(numbered(FENCE), fence) for fence in sought.fences}
    found = Found({}, {}, {}, {fence for fence, cursor in fences.items() if cursor.fetchone() is not None})
    settled = position = recorded_at = 0
    for what, first, second, stream, input_hash, *numbers in asked.fetchall():
        if what == 0:
            read_only, settled, position, recorded_at = numbers
            if read_only:
                raise errors.ReadOnlySqlTransaction("the server takes no writes")
        elif what == 1:
            found.versions[first] = numbers[0]
        elif what == 2:
            found.owners[Key(first, second)] = stream
        else:
            found.commands[first, second] = CommandRow(input_hash, numbers[0], numbers[1])
    return Append(connection, (position, recorded_at), settled, found)


def commit(append: Append) -> None:
    """Write what is to be written and commit it.

    Raises `CommitFailed` where it is not sure what became of it. After another psycopg.Error nothing is committed, and the
    transaction is still open.
    """
    connection, rows, commands = append.connection, append.rows, append.commands
    if len(rows) >= _COPIED_FROM:
        with connection.cursor() as cursor, cursor.copy(_COPY) as copied:
            copied.set_types(_COPIED_TYPES)
            for row in rows:
                copied.write_row(row)
        rows = []
    told: psycopg.Cursor[tuple[Any, ...]] | None = None
    warnings: list[str] = []
    try:
        with warnings_on(connection, warnings), connection.pipeline():
            if rows and commands:
                connection.execute(_INSERT_BOTH, (*_columns(rows, *_OF_EVENTS), *_columns(commands, *_OF_COMMANDS)))
            elif rows:
                connection.execute(_INSERT, _columns(rows, *_OF_EVENTS))
            elif commands:
                connection.execute(_INSERT_COMMANDS, _columns(commands, *_OF_COMMANDS))
            for sql, arguments in append.statements:
                connection.execute(sql, arguments)
            told = connection.execute("COMMIT")
            if append.rows:
                # Behind the commit, for a transaction that notifies holds up every other one that does, until it has ended.
                connection.execute("SELECT pg_notify($1, $2)", (RECORD_CHANNEL, str(append.rows[-1].position)))
    except psycopg.Error as error:
        if is_committed(told):
            connection.close()
        elif not connection.closed and connection.info.transaction_status == TransactionStatus.INERROR:
            raise
        else:
            raise CommitFailed(str(error)) from error
    must_be_kept(connection, told, warnings)


def _columns(rows: Iterable[Sequence[Any]], *types: type[Column[Any]]) -> tuple[Column[Any], ...]:
    return tuple(of(values) for of, values in zip(types, zip(*rows, strict=True), strict=True))


def landed(connection: DatabaseConnection, changes: Changes) -> bool:
    """Whether the changes are in the record and will stay there.

    Under the append lock, so that the transaction in question has ended; and behind a commit of our own, for what is found
    may be on this server only, and its synchronous standbys confirm what was written in order. psycopg.OperationalError where
    that cannot be had.
    """
    try:
        begun(connection, NOTHING)
    except errors.LockNotAvailable as error:
        raise psycopg.OperationalError("the transaction has not ended yet") from error

    def rows(sql: str, arguments: tuple[Any, ...]) -> list[Any]:
        return connection.execute(numbered(sql), arguments, binary=True).fetchall()

    kept = are_kept(changes, rows)
    barrier = Append(connection, (0, 0), 0, Found({}, {}, {}))
    barrier.confirm()
    try:
        commit(barrier)
    except CommitFailed as error:
        raise psycopg.OperationalError(f"the barrier was not committed: {error}") from error
    return kept
