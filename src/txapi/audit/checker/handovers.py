"""Hand-overs 密钥交接: how a log went from one key to the next, and which key may have signed what.

A hand-over is a note that both keys signed, over the last checkpoint of the old one. So who trusts the old key learns of
the new one, and who trusts the new one what the old one signed up to there. Signed notes let a name have several keys, told apart
by their ids (signed-note, "Signatures"); a log's name is its origin, so it stays the same.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from txapi.audit.checker.encoding import from_decimal, hash_from_base64
from txapi.audit.checker.errors import MalformedHandover, NotSigned, WrongKey
from txapi.audit.checker.notes import Note, Signed
from txapi.audit.checker.vkeys import VerifierKey

HEADER = "txapi.handover/v1"

_WHY = re.compile(r"because (routine|exposed)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Handover:
    """One hand-over, as both keys have signed it.

    txapi.handover/v1
    <origin>
    <number>
    <size> <root in base64>
    from <verifier key>
    to <verifier key>
    because routine|exposed
    """

    origin: str
    number: int
    """Which of the log's hand-overs it is, from 1."""
    size: int
    """How many events the last checkpoint attests that the old key signed; 0 where it signed none."""
    root: bytes
    """The root of the tree over them."""
    old: VerifierKey
    new: VerifierKey
    exposed: bool
    """Whether the old key was given up because others may have it: then nothing that it says of its successor is worth anything."""

    @classmethod
    def verified(cls, note: bytes | str) -> Self:
        """Read a hand-over that both of its keys have signed. Raises MalformedNote, MalformedHandover, NotSigned, BadSignature."""
        parsed = Note.parse(note)
        handover = cls._parse(parsed.text)
        signers = {each.key for each in parsed.verified((handover.old, handover.new))}
        if signers != {handover.old, handover.new}:
            raise NotSigned(f"hand-over {handover.number} of {handover.origin} bears one signature where two are due")
        return handover

    @classmethod
    def _parse(cls, text: str) -> Self:
        lines = text.split("\n")
        if len(lines) != 8 or lines[0] != HEADER or lines[7]:
            raise MalformedHandover(f"a hand-over begins with {HEADER}, and has six lines more")
        _, origin, number_text, head, old_text, new_text, why, _ = lines
        number, (size_text, _, root_text) = from_decimal(number_text), head.partition(" ")
        size, root = from_decimal(size_text), hash_from_base64(root_text)
        reason = _WHY.fullmatch(why)
        if not number or size is None or root is None or reason is None:
            raise MalformedHandover(f"{text[:200]!r} names no number, size, root and reason of a hand-over")
        if not old_text.startswith("from ") or not new_text.startswith("to "):
            raise MalformedHandover(
                "a hand-over names the key that goes behind `from` and the one that comes behind `to`"
            )
        old = VerifierKey.parse(old_text.removeprefix("from "))
        new = VerifierKey.parse(new_text.removeprefix("to "))
        if {old.name, new.name} != {origin} or old == new or old.cosigns or new.cosigns:
            raise MalformedHandover(f"a hand-over of {origin} is from one key of that name to another")
        return cls(origin, number, size, root, old, new, reason[1] == "exposed")


@dataclass(frozen=True, slots=True)
class Succession:
    """The keys of one log, one after the other, as its hand-overs tell. Without any, every key may have signed everything."""

    handovers: tuple[Handover, ...] = ()

    @classmethod
    def of(cls, notes: Iterable[bytes | str]) -> Self:
        """Read hand-overs, which may be there several times. Raises what `Handover.verified` does, and WrongKey.

        WrongKey where they do not follow from each other: one is missing, of another log, or two say different things.
        """
        by_number: dict[int, Handover] = {}
        for note in notes:
            handover = Handover.verified(note)
            if by_number.setdefault(handover.number, handover) != handover:
                raise WrongKey(f"there are two hand-overs {handover.number} of {handover.origin}, and they differ")
        chain = [by_number[number] for number in sorted(by_number)]
        for before, after in itertools.pairwise(chain):
            if (after.origin, after.number, after.old) != (before.origin, before.number + 1, before.new):
                raise WrongKey(f"hand-over {after.number} of {after.origin} does not follow from the one before it")
            if after.size < before.size or (after.size == before.size and after.root != before.root):
                raise WrongKey(f"hand-over {after.number} of {after.origin} takes back what was signed before it")
        keys = [chain[0].old, *(each.new for each in chain)] if chain else []
        if len(set(keys)) != len(keys):
            raise WrongKey(f"a key of {chain[0].origin} that was given up signs again")
        return cls(tuple(chain))

    @property
    def keys(self) -> tuple[VerifierKey, ...]:
        """The keys in their order; none where there was no hand-over."""
        return (self.handovers[0].old, *(each.new for each in self.handovers)) if self.handovers else ()

    @property
    def exposed(self) -> frozenset[VerifierKey]:
        """The keys that were given up because others may have them."""
        return frozenset(each.old for each in self.handovers if each.exposed)

    def believed(self, given: Iterable[VerifierKey]) -> tuple[VerifierKey, ...]:
        """The keys that whoever trusts `given` may believe over a tree that has the hand-overs' roots.

        That is those before a given one, for it has signed up to where they reach; and those that it announced, unless it was
        exposed: whoever has such a key can announce another.
        """
        trusted = list(dict.fromkeys(given))
        last = max((index for index, key in enumerate(self.keys) if key in trusted), default=None)
        if last is not None:
            while last < len(self.handovers) and not self.handovers[last].exposed:
                last += 1
            trusted += [key for key in self.keys[: last + 1] if key not in trusted]
        return tuple(trusted)

    def may_sign(self, key: VerifierKey, size: int) -> bool:
        """Whether that key may have signed a checkpoint over so many events, or a statement beside it."""
        if key not in self.keys:
            return True
        at = self.keys.index(key)
        begun = at == 0 or size > self.handovers[at - 1].size
        return begun and (at == len(self.handovers) or size <= self.handovers[at].size)

    def may_attest(self, key: VerifierKey, size: int) -> bool:
        """Whether that key may have signed something that rests on a checkpoint over so many events, which may be an earlier key's."""
        return key not in self.keys[: len(self.handovers)] or size <= self.handovers[self.keys.index(key)].size

    def must_have_signed(self, signed: Iterable[Signed | VerifierKey], size: int) -> None:
        """Raises WrongKey unless one of those who have signed a checkpoint of that size was the log's key at that time."""
        keys = [each.key if isinstance(each, Signed) else each for each in signed]
        if not any(self.may_sign(key, size) for key in keys):
            named = ", ".join(f"{key.name}+{key.key_id.hex()}" for key in keys)
            raise WrongKey(f"{named} has signed over {size} events, and was not the key of the log there")
