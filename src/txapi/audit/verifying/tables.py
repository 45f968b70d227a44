"""What a record keeps beside its events 附表: keys, deadlines, commands, its facts, and the database that holds them.

Keys and deadlines follow from the events and are derived anew. Commands agree with their events, and the record's key
signed for them and for the facts, range by range. The database itself must hold what the code makes and nothing else.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from txapi.audit.checker import NotProven
from txapi.audit.statements import BOOKKEEPING, BookkeepingStatement, MalformedStatement, Tally
from txapi.audit.verifying.decoding import Decoding
from txapi.audit.verifying.findings import NOWHERE
from txapi.domain.aggregate import Aggregate
from txapi.record.batch import claims_of
from txapi.record.instants import micros
from txapi.record.ledger import LEDGER_FILE, Ledger
from txapi.record.record import RECORD_FILE
from txapi.record.sqlite_store import SQLiteStore

if TYPE_CHECKING:
    from txapi.audit.verifying.findings import Findings
    from txapi.audit.verifying.folder import RecordFolder
    from txapi.audit.verifying.shown import StoredRow
    from txapi.audit.verifying.signed import Trust
    from txapi.domain.event import Event

Claimed = tuple[int, int, tuple[str, str], str, bool]
"""Position, order within the event, key, stream, and whether it takes the key or gives it up."""


# -- what follows from the events ---------------------------------------------------------------------------------------


def check_what_follows(folder: RecordFolder, findings: Findings, on_progress: Callable[[int, int], None]) -> None:
    """Read every event strictly, one stream after the other, and compare the kept keys and deadlines with theirs."""
    decoding, done = Decoding(findings), 0
    claimed: list[Claimed] = []
    due: dict[str, tuple[int, int | None]] = {}
    unread: set[str] = set()
    stream, commands = _Stream(findings), KeptCommands(folder, findings)
    for rows in folder.rows("stream, version"):
        for row in rows:
            event = decoding.event(row)
            if row.stream != stream.name:
                stream.end(due)
                stream = _Stream(findings, row)
            if event is None:
                unread.add(row.stream)
                stream.noun = None
                continue
            claimed += [
                (row.position, at, (key.kind, key.value), owner, taken)
                for at, (key, owner, taken) in enumerate(claims_of(event))
            ]
            stream.take(row, event)
            commands.take(row, event)
        done += len(rows)
        on_progress(done, folder.last)
    stream.end(due)
    _compare_keys(folder, claimed, unread, findings)
    _compare_deadlines(folder, due, unread, findings)


class _Stream:
    """One stream as it is gone through; only what can have a deadline is folded."""

    def __init__(self, findings: Findings, first: StoredRow | None = None) -> None:
        self._findings = findings
        self.name = None if first is None else first.stream
        self.last = 0
        self.noun: Aggregate | None = None
        if first is not None and isinstance(first.topic, str):
            kind = Aggregate.kinds.get(first.topic.partition(".")[0])
            if kind is not None and kind.next_deadline is not Aggregate.next_deadline:
                self.noun = kind(first.stream)

    def take(self, row: StoredRow, event: Event) -> None:
        """The next event of the stream."""
        self.last = max(self.last, row.position)
        if self.noun is None:
            return
        try:
            self.noun.evolve(event)
        except Exception as error:  # What does not follow may break any rule of the noun.
            self._findings.add(row.position, "stream", f"the event does not follow in its stream: {error!r}")
            self.noun = None

    def end(self, due: dict[str, tuple[int, int | None]]) -> None:
        """No more events: note the position of the last one and the deadline of the noun."""
        if self.noun is not None and self.name is not None:
            deadline = self.noun.next_deadline()
            due[self.name] = self.last, None if deadline is None else micros(deadline)


def _compare_keys(folder: RecordFolder, claimed: list[Claimed], unread: set[str], findings: Findings) -> None:
    derived: dict[tuple[str, str], tuple[str, int]] = {}
    touched: dict[tuple[str, str], int] = {}
    for position, _, key, owner, taken in sorted(claimed):
        touched[key] = position
        if taken:
            derived[key] = owner, position
        elif derived.get(key, ("", 0))[0] == owner:
            del derived[key]
    for kind, value, owner in folder.record.execute("SELECT kind, value, stream FROM keys"):
        said = derived.pop((kind, value), None)
        if said is None:
            if owner not in unread:
                position = touched.get((kind, value), NOWHERE)
                findings.add(position, "keys", f"the key {kind} {value} is kept, and no event gives it to {owner}")
        elif said[0] != owner:
            what = f"the key {kind} {value} is kept for {owner}, and the event gave it to {said[0]}"
            findings.add(said[1], "keys", what)
    for (kind, value), (owner, position) in derived.items():
        findings.add(position, "keys", f"the key {kind} {value} that this event gave to {owner} is not kept")


def _compare_deadlines(
    folder: RecordFolder, due: dict[str, tuple[int, int | None]], unread: set[str], findings: Findings
) -> None:
    for stream, kept in folder.record.execute("SELECT stream, due FROM deadlines"):
        position, derived = due.pop(stream, (NOWHERE, None))
        if derived != kept and stream not in unread:
            what = f"the deadline of {stream} is kept as {kept} µs, and its events give {derived}"
            findings.add(position, "deadlines", what)
    for stream, (position, derived) in due.items():
        if derived is not None:
            findings.add(position, "deadlines", f"the deadline of {stream}, {derived} µs, is not kept")


# -- what was signed for ------------------------------------------------------------------------------------------------


def check_bookkeeping(
    folder: RecordFolder, trust: Trust, outside: Sequence[tuple[str, BookkeepingStatement]], findings: Findings
) -> None:
    """Compare the record's facts and commands, range by range, with what was signed for beside each checkpoint.

    `outside` are statements that somebody kept elsewhere, by name.
    """
    facts = Tally()
    for key, value in sorted(folder.facts.items()):
        facts.add((key, value))
    for name, said in outside:
        commands = _Commands(folder.record)
        commands.until(said.after)
        _compare_bookkeeping(f"in {name}", said, facts, commands.until(said.until), findings)
    commands = _Commands(folder.record)
    sizes = iter(folder.checkpoints())
    behind = 0
    for one in folder.statements(BOOKKEEPING):
        checkpoint = next(sizes, None)
        try:
            said = BookkeepingStatement.parse(trust.statement(one.note, one.size))
        except (NotProven, MalformedStatement) as error:
            findings.add(
                one.size, "bookkeeping", f"the statement of bookkeeping at {one.size} cannot be believed: {error}"
            )
            continue
        # Each statement begins where the last one ended, beside a checkpoint of its own: none can be left out.
        if (said.origin, said.after, said.until) != (folder.origin, behind, one.size) or (
            checkpoint is None or checkpoint.size != one.size
        ):
            what = f"bookkeeping was signed for positions {said.after + 1} to {said.until}, and is due from {behind + 1} on"
            findings.add(behind + 1, "bookkeeping", what)
        _compare_bookkeeping("beside the checkpoint", said, facts, commands.until(said.until), findings)
        behind = said.until
    missing = next(sizes, None)
    if missing is not None:
        findings.add(
            behind + 1, "bookkeeping", f"no bookkeeping was signed for beside the checkpoint of {missing.size}"
        )


def _compare_bookkeeping(
    where: str, said: BookkeepingStatement, facts: Tally, commands: Tally, findings: Findings
) -> None:
    if said.facts != facts.hexdigest():
        findings.add(
            NOWHERE, "meta", f"what the record says of itself is not what the statement {where} was signed for"
        )
    if (commands.count, commands.hexdigest()) != (said.commands, said.commands_digest):
        what = (
            f"the {commands.count} commands kept at positions {said.after + 1} to {said.until} are not the {said.commands}"
            f" that the statement {where} was signed for"
        )
        findings.add(said.after + 1, "bookkeeping", what)


class _Commands:
    """The kept commands in the order of their first positions, tallied range by range."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._found = connection.execute(
            "SELECT subject, command_id, lower(hex(input_hash)), first, last FROM commands"
            " ORDER BY first, last, subject, command_id"
        )
        self._next = self._found.fetchone()

    def until(self, position: int) -> Tally:
        """Those up to a position that were not tallied yet."""
        tally = Tally()
        while self._next is not None and isinstance(self._next[3], int) and self._next[3] <= position:
            tally.add(self._next)
            self._next = self._found.fetchone()
        return tally


class KeptCommands:
    """Whether the command of every event is kept, and covers it."""

    def __init__(self, folder: RecordFolder, findings: Findings) -> None:
        self._record = folder.record
        self._findings = findings

    def take(self, row: StoredRow, event: Event) -> None:
        """An event of the record."""
        meta = event.meta
        if meta.command_id is None:
            return
        kept = self._record.execute(
            "SELECT first, last FROM commands WHERE subject = ? AND command_id = ?",
            (meta.actor.subject, meta.command_id),
        ).fetchone()
        if kept is None:
            self._findings.add(row.position, "commands", "the event was commanded, and the command is not kept")
        elif not all(isinstance(bound, int) for bound in kept) or not kept[0] <= row.position <= kept[1]:
            what = f"the event's command is kept with the positions {kept[0]} to {kept[1]}"
            self._findings.add(row.position, "commands", what)


def check_commands(folder: RecordFolder, findings: Findings) -> None:
    """Whether the events of every kept command are its own, and its positions possible."""
    for (position,) in folder.record.execute(_NOT_ITS_OWN):
        findings.add(position, "commands", "the event is not of the command that is kept for its position")
    for subject, command, first in folder.record.execute(_IMPOSSIBLE, {"last": folder.last}):
        what = f"the command {command} of {subject} is kept with positions that it cannot have"
        findings.add(first if isinstance(first, int) and first > 0 else NOWHERE, "commands", what)


# What a command found pending was recorded by the watch, and names the command as its cause.
_NOT_ITS_OWN = """
SELECT position FROM (
  SELECT e.position AS position, c.command_id AS command_id, CAST(e.state AS TEXT) AS state
  FROM commands c JOIN events e ON e.position BETWEEN c.first AND c.last
)
WHERE json_valid(state)
  AND command_id IS NOT json_extract(state, '$.meta.command_id')
  AND command_id IS NOT json_extract(state, '$.meta.causation_id')
ORDER BY position
"""

# One that recorded nothing ends at the head of then and begins behind it.
_IMPOSSIBLE = """
SELECT subject, command_id, first FROM commands
WHERE typeof(first) <> 'integer' OR typeof(last) <> 'integer'
  OR first < 1 OR last < first - 1 OR first > :last + 1 OR last > :last
"""


# -- the database --------------------------------------------------------------------------------------------------------


def check_database(folder: RecordFolder, findings: Findings) -> None:
    """Whether both files are sound, and hold the tables, indexes and marks that the code makes, and no others."""
    with tempfile.TemporaryDirectory(prefix="txapi-verify-") as beside:
        SQLiteStore(Path(beside) / RECORD_FILE).close()
        Ledger.open(beside, "none", owner=True).close()
        for name, connection in ((RECORD_FILE, folder.record), (LEDGER_FILE, folder.ledger)):
            if connection is None:
                continue
            with closing(sqlite3.connect(Path(beside) / name)) as fresh:
                _compare_schemas(name, _schema(connection), _schema(fresh), findings)
            for (problem,) in connection.execute("PRAGMA integrity_check(10)"):
                if problem != "ok":
                    findings.add(NOWHERE, "database", f"{name} is damaged: {problem}")


def _schema(connection: sqlite3.Connection) -> dict[tuple[str, str], str]:
    found = {
        (kind, name): " ".join((sql or "").split())
        for kind, name, sql in connection.execute(
            "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_stat%'"
        )
    }
    for pragma in ("application_id", "user_version"):
        found["pragma", pragma] = str(connection.execute(f"PRAGMA {pragma}").fetchone()[0])
    return found


def _compare_schemas(
    name: str, kept: dict[tuple[str, str], str], made: dict[tuple[str, str], str], findings: Findings
) -> None:
    for (kind, one), sql in kept.items():
        if (kind, one) not in made:
            findings.add(NOWHERE, "database", f"{name} holds a {kind} {one} that is none of the code's")
        elif made[kind, one] != sql:
            findings.add(NOWHERE, "database", f"the {kind} {one} of {name} is not the one that the code makes")
    for kind, one in made:
        # An index that an older version of the code did not make costs time and nothing else.
        if (kind, one) not in kept and (kind != "index" or one.startswith("sqlite_autoindex")):
            findings.add(NOWHERE, "database", f"{name} lacks the {kind} {one}")
