"""Many commands as one: each is decided on what those before it have made of the nouns, and all are recorded together, or none."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from typing import TypeVar

from txapi.application.desk import Desk, Done, Order, pending_meta
from txapi.application.numbering import Numbers
from txapi.domain.aggregate import Aggregate, DoesNotExist
from txapi.record.batch import Append, Appended
from txapi.record.record import Record
from txapi.record.store import CommandKey

A = TypeVar("A", bound=Aggregate)
R = TypeVar("R")


class _NumbersInAdvance(Numbers):
    """Numbers for commands that are not recorded yet: each is the one behind that of the command before it."""

    def allot(self, kind: str, prefix: str, carry_out: Callable[[str], R]) -> R:
        """Carry a command out under the next number. That another process takes it meanwhile, the append finds out."""
        if (kind, prefix) not in self._last:
            self._last[kind, prefix] = self._last_taken(kind, prefix)
        following = self._last[kind, prefix] + 1
        done = carry_out(f"{prefix}{following:04d}")
        self._last[kind, prefix] = following
        return done


class Together(Desk):
    """A desk that decides without recording, until `record_all` records what all its commands decided in one append.

    What it knows of a noun is what the record holds and what its own commands added. One thread, one use: whoever is told that
    others were faster (StreamMoved, KeyTaken) begins again with a new one.
    """

    def __init__(self, desk: Desk) -> None:
        # What rules read was read by the other desk already; what other nodes recorded of it since is asked for once.
        self.__dict__.update(desk._for_one_command().__dict__)
        self.numbers = _NumbersInAdvance(desk.record)
        self._nouns: dict[str, Aggregate] = {}
        self._versions: dict[str, int] = {}

    def load(self, kind: type[A], id: str) -> A:
        """The noun as the commands so far leave it; DoesNotExist."""
        noun = self._noun(kind, id)
        if not noun.exists:
            raise DoesNotExist(kind=kind.KIND, id=id)
        return noun

    def exists(self, kind: type[Aggregate], id: str) -> bool:
        """Whether the record or a command so far knows the noun."""
        noun = self._nouns.get(id)
        return super().exists(kind, id) if noun is None else isinstance(noun, kind) and noun.exists

    def replayed(self, order: Order, kind: type[Aggregate], id: str) -> Done | None:
        """Nothing: these commands are known to the record as one, by the key that `record_all` is given."""
        return None

    def begins_here(self, id: str) -> bool:
        """Whether a command so far made the noun, which the record does not hold yet."""
        return self._versions.get(id) == 0 and self._nouns[id].exists

    @property
    def decided(self) -> int:
        """How many events the commands so far come to."""
        return sum(len(noun.pending) for noun in self._nouns.values())

    def record_all(self, command: CommandKey | None = None) -> Appended:
        """Record everything that was decided, in one append: all of it, or nothing where this raises.

        StreamMoved and KeyTaken where somebody was faster; what else an append raises.
        """
        changed = [noun for noun in self._nouns.values() if noun.pending]
        append = Append(
            events=tuple(event for noun in changed for event in noun.pending),
            # What was only looked at decided too: a milestone is none if its project was terminated meanwhile.
            expected=dict(self._versions),
            command=command,
            deadlines={noun.id: noun.next_deadline() for noun in changed},
            fence=self._fence,
        )
        return self.record.writer.append(append)

    def _noun(self, kind: type[A], id: str) -> A:
        noun = self._nouns.get(id)
        if noun is None:
            loaded = self.record.load(kind, id)
            self._versions[id] = loaded.version
            # What whoever gives the commands may not read is to them as if it had never been recorded.
            noun = self._nouns[id] = loaded if self._reads(loaded) else kind(id)
        return noun if isinstance(noun, kind) else kind(id)

    def _decide(self, kind: type[A], id: str, order: Order, decide: Callable[[A], None], *, new: bool) -> Done:
        noun = self._noun(kind, id) if new else self.load(kind, id)
        if not new:
            noun.record_pending(pending_meta(order.meta))
        decide(noun)
        return Done(kind.KIND, id, first=1, last=0)


def id_from(record: Record, *words: str) -> str:
    """The id of a noun that is named by words from outside: the same words name the same noun of this record."""
    digest = hashlib.sha256("\0".join((record.record_id, *words)).encode()).digest()
    return str(uuid.UUID(bytes=digest[:16], version=4))
