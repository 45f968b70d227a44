"""The record 记录: what was decided, kept for ever in the order in which it was recorded."""

from txapi.record.batch import Append, Appended
from txapi.record.clock import Clock, OffsetClock, ScriptClock, SystemClock, parse_clock
from txapi.record.ids import Ids, RandomIds, SeededIds
from txapi.record.record import Record, RecordedEvent
from txapi.record.store import CommandKey, Head, Key

__all__ = [
    "Append",
    "Appended",
    "Clock",
    "CommandKey",
    "Head",
    "Ids",
    "Key",
    "OffsetClock",
    "RandomIds",
    "Record",
    "RecordedEvent",
    "ScriptClock",
    "SeededIds",
    "SystemClock",
    "parse_clock",
]
