"""What the record says when it cannot append, or is not what it should be.

Refusal
└── CommandIdReused     the client used one command id for two commands: data for the client
Exception
└── RecordError
    ├── AppendConflict        this append lost; others of its batch did not
    │   ├── StreamMoved         somebody else appended to the stream: load again and decide again
    │   └── KeyTaken            another stream owns the number or code
    ├── ClockBehind           the clock stands more than five seconds before the last event
    ├── RecordUnavailable     the store cannot be written now (locked, full, failing)
    ├── CommitFailed          COMMIT raised: whether it happened is asked afterwards
    ├── AppendUncertain       ... and could not be found out: ask again with the command id
    ├── LeaseLost             another node took over the work that this one was elected for
    ├── RecordIsOwned         another process writes this record
    ├── NotAnOwner            this process opened the record to read it
    ├── WriterClosed          the writer has been closed
    └── NotARecord            the file is no record, or one of a format unknown to this version
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventsourcing.persistence import MapperDeserialisationError

from txapi.domain.errors import Refusal

if TYPE_CHECKING:
    from datetime import datetime


class CommandIdReused(Refusal):
    """The same subject used the same command id for another command."""

    en = "The command id {command_id} was already used for another command."
    zh = "指令编号 {command_id} 已用于另一指令。"


class RecordError(Exception):
    """Base of what the record itself has to say."""


class AppendConflict(RecordError):
    """This append lost against another; nothing of it is recorded."""


class StreamMoved(AppendConflict):
    """The stream is not at the version that the decision was made on."""

    def __init__(self, stream: str, expected: int, actual: int) -> None:
        super().__init__(f"stream {stream} is at version {actual}, the decision was made on {expected}")
        self.stream = stream
        self.expected = expected
        self.actual = actual


class KeyTaken(AppendConflict):
    """Another stream (`stream`) owns the number or code."""

    def __init__(self, kind: str, value: str, stream: str) -> None:
        super().__init__(f"{kind} {value} belongs to {stream}")
        self.kind = kind
        self.value = value
        self.stream = stream


class ClockBehind(RecordError):
    """The clock stands more than five seconds before the last recorded event; appending would falsify the times."""

    def __init__(self, now: datetime, recorded_at: datetime) -> None:
        super().__init__(
            f"the clock says {now.isoformat()}, but the record's last event is of {recorded_at.isoformat()}: set the clock"
        )
        self.now = now
        self.recorded_at = recorded_at


class RecordUnavailable(RecordError):
    """The store cannot be written now; nothing of the append is recorded."""


class CommitFailed(RecordError):
    """COMMIT raised, which does not yet say whether it happened."""


class AppendUncertain(RecordError):
    """COMMIT raised and the store does not answer: the events may be recorded. The command id tells, later."""


class LeaseLost(RecordError):
    """Another node holds the lease by now (`name`): whoever held it before writes nothing more in its name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the lease {name} is held by another node by now")
        self.name = name


class RecordIsOwned(RecordError):
    """Another process (`pid`, None where it could not be read) holds the record's owner lock."""

    def __init__(self, folder: str, pid: int | None) -> None:
        who = f"process {pid}" if pid is not None else "another process"
        super().__init__(f"{who} owns the record in {folder}: stop it first, or open the record to read only")
        self.folder = folder
        self.pid = pid


class NotAnOwner(RecordError):
    """This process opened the record to read it; only the owner appends."""


class WriterClosed(RecordError):
    """The writer has been closed and takes no more appends."""


class NotARecord(RecordError):
    """There is no record in that place, or one of a format that this version does not know."""


class UnknownTopic(MapperDeserialisationError):
    """A stored event has a topic that no event class of this version names."""
