"""Policies: which logs are believed, and how many witnesses must have cosigned (C2SP tlog-policy)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from txapi.audit.checker.checkpoints import Checkpoint
from txapi.audit.checker.errors import MalformedKey, MalformedPolicy, NotSigned, QuorumNotMet
from txapi.audit.checker.notes import Note, by_name_and_id
from txapi.audit.checker.vkeys import VerifierKey

NO_QUORUM = "none"
"""The name that asks for no cosignature; it belongs to nobody."""

_FORBIDDEN = re.compile(rb"[^\t\n\x20-\x7e\x80-\xff]")
_SPACE = re.compile(r"[ \t]+")
_COUNT = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)


@dataclass(frozen=True, slots=True)
class PolicyLog:
    """A log whose checkpoints are accepted; its key's name is its origin."""

    key: VerifierKey
    url: str | None = None
    """Where it can be reached, if the policy says so."""


@dataclass(frozen=True, slots=True)
class PolicyWitness:
    """A witness whose cosignatures count."""

    name: str
    """What the policy calls it. Octets that are no UTF-8 appear as lone surrogates: names are opaque."""
    key: VerifierKey
    url: str | None = None
    """Where it takes checkpoints (tlog-witness, "submission prefix"), if the policy says so."""


@dataclass(frozen=True, slots=True)
class Group:
    """Members of which `threshold` must have witnessed, so that the group counts as having witnessed."""

    name: str
    threshold: int
    members: tuple[str, ...]
    """Names of witnesses and of groups that were defined before."""


@dataclass(frozen=True, slots=True)
class Cosignature:
    """A witness's statement that a checkpoint extends all that it had seen of the log."""

    witness: str
    """What the policy calls the witness."""
    timestamp: int
    """When, in seconds since the epoch, by the witness's clock."""
    line: str
    """Its signature line, without the newline."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a policy says of a checkpoint that a known log has signed."""

    checkpoint: Checkpoint
    logs: tuple[VerifierKey, ...]
    """The keys of the log that have signed it: one at least."""
    cosignatures: tuple[Cosignature, ...]
    """What the policy's witnesses have stated, one each: the latest time."""
    quorum_met: bool
    """Whether these witnesses are as many as the policy asks for."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Whom a reader trusts. Immutable; `parse` reads it from a file."""

    logs: tuple[PolicyLog, ...]
    witnesses: tuple[PolicyWitness, ...]
    groups: tuple[Group, ...]
    quorum: str
    """The name of the witness or group that must have witnessed; NO_QUORUM where nobody need."""

    @classmethod
    def parse(cls, content: bytes) -> Self:
        """Read a policy file, octet by octet (tlog-policy, "Policy file syntax and structure"). Raises MalformedPolicy."""
        forbidden = _FORBIDDEN.search(content)
        if forbidden is not None:
            above = content.count(b"\n", 0, forbidden.start())
            raise MalformedPolicy(f"octet 0x{forbidden[0].hex()} may not stand in a policy", above + 1)
        if content and not content.endswith(b"\n"):
            raise MalformedPolicy("the last line does not end in a newline", content.count(b"\n") + 1)
        reading = _Reading()
        # Octets that are no UTF-8 must stay apart from each other and from all text; surrogates keep them so.
        for number, line in enumerate(content.decode("utf-8", "surrogateescape").split("\n"), 1):
            words = [word for word in _SPACE.split(line) if word]
            if words and not words[0].startswith("#"):
                try:
                    reading.take(words[0], words[1:])
                except MalformedKey as error:
                    raise MalformedPolicy(str(error), number) from None
                except MalformedPolicy as error:
                    raise MalformedPolicy(str(error), number) from None
        if reading.quorum is None:
            raise MalformedPolicy("there is no quorum line; `quorum none` asks for no cosignature")
        return cls(tuple(reading.logs), tuple(reading.witnesses), tuple(reading.groups), reading.quorum)

    def evaluate(self, note: bytes | str, logs: Iterable[VerifierKey] = ()) -> Verdict:
        """Who has signed this checkpoint, and whether that is a quorum. `logs` are accepted besides the policy's own.

        Raises MalformedNote, MalformedCheckpoint, NotSigned where no known log has signed that has the checkpoint's
        origin for its name, BadSignature where a log or witness of the policy is said to have signed and has not.
        """
        parsed = Note.parse(note)
        checkpoint = Checkpoint.parse(parsed.text)
        origins = [key for key in (*(log.key for log in self.logs), *logs) if key.name == checkpoint.origin]
        signed = parsed.verified((*origins, *(witness.key for witness in self.witnesses)))
        by_log = tuple(dict.fromkeys(each.key for each in signed if each.key in origins))
        if not by_log:
            raise NotSigned(f"no log that is known by the name {checkpoint.origin} has signed this checkpoint")
        cosignatures = []
        for witness in self.witnesses:
            mine = [(each.timestamp, each.line) for each in signed if each.key == witness.key]
            latest = max(((time, line) for time, line in mine if time is not None), default=None)
            if latest is not None:
                cosignatures.append(Cosignature(witness.name, *latest))
        met = self.met_by({each.witness for each in cosignatures})
        return Verdict(checkpoint, by_log, tuple(cosignatures), met)

    def verify(self, note: bytes | str, logs: Iterable[VerifierKey] = ()) -> Verdict:
        """As `evaluate`, and raises QuorumNotMet where too few have cosigned."""
        verdict = self.evaluate(note, logs)
        if not verdict.quorum_met:
            names = ", ".join(each.witness for each in verdict.cosignatures) or "nobody"
            raise QuorumNotMet(f"the policy asks for {self.quorum}; of its witnesses, {names} cosigned")
        return verdict

    def met_by(self, witnesses: Iterable[str]) -> bool:
        """Whether the quorum has witnessed when these witnesses (by the policy's names) have cosigned."""
        if self.quorum == NO_QUORUM:
            return True
        witnessed: dict[str, bool] = dict.fromkeys(witnesses, True)
        for group in self.groups:
            # A group names only what stands before it, so one pass in order settles all of them.
            witnessed[group.name] = sum(witnessed.get(member, False) for member in group.members) >= group.threshold
        return witnessed.get(self.quorum, False)


class _Reading:
    """A policy while its lines are read, in order: a line may name only what stands before it."""

    def __init__(self) -> None:
        self.logs: list[PolicyLog] = []
        self.witnesses: list[PolicyWitness] = []
        self.groups: list[Group] = []
        self.quorum: str | None = None
        self._names: set[str] = set()
        self._members: set[str] = set()

    def take(self, keyword: str, words: list[str]) -> None:
        """Read one line. Raises MalformedPolicy or MalformedKey."""
        lines = {"log": self._log, "witness": self._witness, "group": self._group, "quorum": self._quorum}
        read = lines.get(keyword)
        if read is None:
            raise MalformedPolicy(f"{keyword!r} is no log, witness, group or quorum")
        read(words)

    def _log(self, words: list[str]) -> None:
        if len(words) not in {1, 2}:
            raise MalformedPolicy("a log line is `log <vkey> [<url>]`")
        key = VerifierKey.parse(words[0])
        if not key.signs_logs:
            raise MalformedPolicy(f"the key of log {key.name!r} is a witness's: its type is 0x{key.algorithm:02x}")
        if any(log.key.public == key.public for log in self.logs):
            raise MalformedPolicy("this log's public key stands in the policy already")
        self.logs.append(PolicyLog(key, *words[1:]))
        by_name_and_id([*(log.key for log in self.logs), *(witness.key for witness in self.witnesses)])

    def _witness(self, words: list[str]) -> None:
        if len(words) not in {2, 3}:
            raise MalformedPolicy("a witness line is `witness <name> <vkey> [<url>]`")
        name, key = words[0], VerifierKey.parse(words[1])
        if not key.cosigns:
            raise MalformedPolicy(
                f"the key of witness {name!r} makes no cosignatures: its type is 0x{key.algorithm:02x}"
            )
        if any(witness.key.public == key.public for witness in self.witnesses):
            raise MalformedPolicy(f"the public key of witness {name!r} stands in the policy already")
        self._define(name)
        self.witnesses.append(PolicyWitness(name, key, *words[2:]))
        by_name_and_id([*(log.key for log in self.logs), *(witness.key for witness in self.witnesses)])

    def _group(self, words: list[str]) -> None:
        if len(words) < 3:
            raise MalformedPolicy("a group line is `group <name> any|all|<number> <member>...`")
        name, count, *members = words
        for member in members:
            if member not in self._names:
                raise MalformedPolicy(f"{member!r} is no witness or group of a preceding line")
            if member in self._members:
                raise MalformedPolicy(f"{member!r} is a member of a group already")
            self._members.add(member)
        threshold = {"any": "1", "all": str(len(members))}.get(count, count)
        if _COUNT.fullmatch(threshold) is None or int(threshold) > len(members):
            raise MalformedPolicy(f"{count!r} is not `any`, `all` or a number from 1 to {len(members)}")
        self._define(name)
        self.groups.append(Group(name, int(threshold), tuple(members)))

    def _quorum(self, words: list[str]) -> None:
        if len(words) != 1:
            raise MalformedPolicy("a quorum line is `quorum <name>`")
        if self.quorum is not None:
            raise MalformedPolicy("there is a quorum line already")
        if words[0] != NO_QUORUM and words[0] not in self._names:
            raise MalformedPolicy(f"{words[0]!r} is no witness or group of a preceding line")
        self.quorum = words[0]

    def _define(self, name: str) -> None:
        if name == NO_QUORUM:
            raise MalformedPolicy(f"the name {NO_QUORUM!r} is taken: it asks for no cosignature")
        if name in self._names:
            raise MalformedPolicy(f"the name {name!r} is defined already")
        self._names.add(name)
