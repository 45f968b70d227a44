"""Statements 声明 as an auditor reads them: what was signed beside a checkpoint about read models and bookkeeping.

Reading is apart from writing (`txapi.record.statements`), so that a mistake of the one is not repeated by the other.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

import msgspec

DIGEST = "digest"
BOOKKEEPING = "bookkeeping"
HANDOVER = "handover"
"""The kind of a hand-over of the key; its text is read by the checker."""

_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)
_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)
_NAME = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)


class MalformedStatement(ValueError):
    """The text is no statement of its kind."""


@dataclass(frozen=True, slots=True)
class DigestStatement:
    """What the read models of one version of the code added up to at a position.

    txapi.digest/v1
    <origin>
    <position>
    <fingerprint of the code>
    <digest of the whole>
    <table> <digest>          one line for each table, in order of their names
    """

    origin: str
    position: int
    fingerprint: str
    digest: str
    digests: Mapping[str, str]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the text of the note. Raises MalformedStatement, also where the whole is not that of its tables."""
        head, origin, position, fingerprint, digest, *tables = _lines(text, 5)
        if head != "txapi.digest/v1" or _HASH.fullmatch(digest) is None or not fingerprint:
            raise MalformedStatement("this is no statement of digests: txapi.digest/v1, origin, position, code, digest")
        digests: dict[str, str] = {}
        for line in tables:
            name, _, value = line.partition(" ")
            if _NAME.fullmatch(name) is None or _HASH.fullmatch(value) is None or name <= max(digests, default=""):
                raise MalformedStatement(f"{line!r} is no table with its digest, in order of the tables' names")
            digests[name] = value
        if hashlib.sha256("\n".join(tables).encode()).hexdigest() != digest:
            raise MalformedStatement("the digest of the whole is not that of the tables")
        return cls(origin, _number(position), fingerprint, digest, digests)


@dataclass(frozen=True, slots=True)
class BookkeepingStatement:
    """What the record kept beside its events.

        txapi.bookkeeping/v1
        <origin>
        <after> <until>
        facts <SHA-256>
        commands <how many> <SHA-256>

    What is hashed is JSON without blanks, a line each: `[key, value]` of every fact that the record states of itself, in
    order of the keys; `[subject, command id, input hash in hex, first, last]` of every command whose first position lies
    behind `after` and up to `until`, in order of first, last, subject and id.
    """

    origin: str
    after: int
    until: int
    facts: str
    commands: int
    commands_digest: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the text of the note. Raises MalformedStatement."""
        head, origin, bounds, facts, commands, *more = _lines(text, 5)
        after, _, until = bounds.partition(" ")
        facts_word, _, facts_digest = facts.partition(" ")
        words = commands.split(" ")
        if (head, facts_word, words[0], len(words), more) != ("txapi.bookkeeping/v1", "facts", "commands", 3, []):
            raise MalformedStatement("this is no statement of bookkeeping: bounds, facts and commands in five lines")
        if _HASH.fullmatch(facts_digest) is None or _HASH.fullmatch(words[2]) is None:
            raise MalformedStatement("a statement of bookkeeping ends its lines with SHA-256 hashes in hex")
        return cls(origin, _number(after), _number(until), facts_digest, _number(words[1]), words[2])


class Tally:
    """Hashes facts or commands as a statement of bookkeeping does."""

    def __init__(self) -> None:
        self.count = 0
        self._digest = hashlib.sha256()

    def add(self, line: Iterable[object]) -> None:
        """Take in the next line."""
        self.count += 1
        try:
            told = msgspec.json.encode(list(line))
        except UnicodeEncodeError:
            # A hand has left bytes that are no text; they were never signed for, and hash to something else.
            told = repr(line).encode()
        self._digest.update(told + b"\n")

    def hexdigest(self) -> str:
        """The hash of the lines so far."""
        return self._digest.hexdigest()


def _lines(text: str, least: int) -> list[str]:
    lines = text.removesuffix("\n").split("\n")
    if not text.endswith("\n") or len(lines) < least:
        raise MalformedStatement(f"a statement has at least {least} lines, and ends in a newline")
    return lines


def _number(text: str) -> int:
    if _NUMBER.fullmatch(text) is None:
        raise MalformedStatement(f"{text!r} is no number as a statement writes them")
    return int(text)
