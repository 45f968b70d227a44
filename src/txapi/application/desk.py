"""The desk 经办: takes a command to its noun — load, decide, save — and knows the references and units that rules read."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Protocol, TypeVar

import msgspec

from txapi.application.numbering import AlreadyTaken, Numbers
from txapi.application.reading import is_everybodys, reads, reads_texts
from txapi.domain.aggregate import Aggregate, DoesNotExist
from txapi.domain.authority import predecessors
from txapi.domain.errors import BadInput, Refusal
from txapi.domain.event import Actor, Basis, Event, Metadata, Role
from txapi.domain.labels import Label
from txapi.domain.reference import References
from txapi.domain.register import IsClosed, Register, unit_id
from txapi.domain.ticket import Ticket
from txapi.domain.unit import Unit
from txapi.record.batch import Append, Appended
from txapi.record.conflicts import KeyTaken, StreamMoved
from txapi.record.database import Fence
from txapi.record.person_keys import PersonKeys
from txapi.record.record import Record
from txapi.record.store import CommandKey

A = TypeVar("A", bound=Aggregate)

ATTEMPTS = 12
"""How often a command is decided again because somebody else was faster."""

WATCH = Actor(subject="txapi:watch", role=Role.SYSTEM)


class StaleVersion(Refusal):
    """The noun has changed since the client read it; the client decides again on what it is now."""

    en = "This {kind} is at version {current_version}, the command expected {expected_version}: read it again."
    zh = "该{kind}现为第{current_version}版，指令所据为第{expected_version}版，请重新读取。"


class MomentIsPast(Refusal):
    """Nobody changes the past: at an earlier moment every command is refused."""

    en = "This is the state at position {position}; commands are given on what is now."
    zh = "此为位置{position}时的状态；指令只能针对现状。"


class TooMuchAtOnce(Refusal):
    """Others changed the same noun each time this command was about to; nothing was recorded, try again."""

    en = "This {kind} is changing too fast; nothing was recorded, try again."
    zh = "该{kind}正被频繁更改，未作记录，请重试。"


@dataclass(frozen=True, slots=True)
class Order:
    """A command's envelope: its metadata, what it asked for (hashed), and the version that its client saw."""

    meta: Metadata
    input_hash: bytes = b""
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a command: the noun, the positions of its events (first > last where nothing had to change)."""

    kind: str
    id: str
    first: int
    last: int
    replayed: bool = False


class Loads(Protocol):
    """Whoever can say how a noun stands: the desk, as of the last event, or `Standstill`, as of an earlier one."""

    def load(self, kind: type[A], id: str) -> A:
        """The noun; DoesNotExist where it was never recorded by then."""
        ...


class Keeps(Protocol):
    """What is needed of a record to say how a noun stood."""

    def load(self, cls: type[A], id: str, until: int | None = None) -> A:
        """The noun as it was at a position."""
        ...


@dataclass(frozen=True, slots=True)
class Standstill:
    """The nouns of a record as they were at a position, whatever was recorded since."""

    record: Keeps
    position: int

    def load(self, kind: type[A], id: str) -> A:
        """The noun as it stood; DoesNotExist where it was never recorded by then."""
        return _existing(self.record.load(kind, id, self.position), id)


class Standing:
    """What many rules read and few commands change: adopted references, and which units were merged into which."""

    def __init__(self, generation: int) -> None:
        self.generation = generation
        """That of the record which it was read from."""
        self.references = References()
        self.successors: dict[str, str] = {}
        self.position = 0

    def take(self, event: Event, position: int) -> None:
        """Take in one event of the record."""
        self.references = self.references.with_event(event)
        if isinstance(event, Unit.Merged):
            self.successors[event.code] = event.into
        self.position = max(self.position, position)


class Desk:
    """Carries out commands on one record. Every method may be called from any thread."""

    def __init__(
        self,
        record: Record,
        *,
        inline: bool = False,
        fence: Fence | None = None,
        person_keys: PersonKeys | None = None,
    ) -> None:
        """With a `fence`, nothing is recorded once that lease is lost: `LeaseLost`. Without `person_keys`, no command can seal."""
        self.record = record
        self._person_keys = person_keys
        self._fence = fence
        self.numbers = Numbers(record)
        self._inline = inline
        self._standing = Standing(record.generation)
        self._asked: bool | None = None
        """Whether what other nodes recorded of it was asked for, where that is done once; None where it is done at each access."""
        self._standing_lock = threading.Lock()
        self._viewer: Actor | None = None
        self._original: Desk | None = None
        for recorded in record.standing_events():
            self._standing.take(recorded.event, recorded.position)

    def read_by(self, viewer: Actor) -> Desk:
        """This desk for the commands of somebody: what that person may not read is not there."""
        one = copy.copy(self)
        one._viewer, one._original = viewer, self
        return one

    def _reads(self, noun: Aggregate) -> bool:
        return self._viewer is None or reads(
            self.acting(self._viewer), noun, lambda: self.references, lambda id: self.record.load(Ticket, id)
        )

    def reads_texts(self, ticket: Ticket) -> bool:
        """Whether whoever gives the command may read what is said in a ticket of which they know."""
        return self._viewer is None or reads_texts(self.acting(self._viewer), ticket, lambda: self.references)

    # -- what rules read ---------------------------------------------------------------------------------------

    @property
    def references(self) -> References:
        """The adopted references as of the last command."""
        return self._present().references

    def acting(self, actor: Actor) -> Actor:
        """The actor with the authority that has passed to its unit from units merged into it."""
        successors = self._present().successors if actor.unit else {}
        merged = predecessors(actor.unit, successors) if actor.unit and successors else ()
        return msgspec.structs.replace(actor, successor_of=merged) if merged else actor

    def exists(self, kind: type[Aggregate], id: str) -> bool:
        """Whether the record holds anything of the noun that whoever gives the command may read."""
        return self.record.kind_of(id) == kind.KIND and (
            self._viewer is None or is_everybodys(kind) or self._reads(self.record.load(kind, id))
        )

    def must_exist(self, kind: type[Aggregate], *ids: str | None) -> None:
        """Refuse where one of these nouns was never recorded; None is nothing to look for."""
        for id in ids:
            if id is not None and not self.exists(kind, id):
                raise DoesNotExist(kind=kind.KIND, id=id)

    def must_be_open(self, kind: type[Register], id: str) -> None:
        """Refuse where the noun was never recorded or is closed: nothing joins what is over."""
        if self.load(kind, id).closed:
            raise IsClosed(kind=kind.KIND)

    def must_know_units(self, *codes: str | None) -> None:
        """Refuse where no unit of one of these codes was registered, naming the code; None is nothing to look for."""
        for code in codes:
            if code is not None and not self.exists(Unit, unit_id(code)):
                raise DoesNotExist(kind=Unit.KIND, id=code)

    def unit_names(self, codes: Collection[str]) -> dict[str, Label]:
        """The names of the units among these codes that were registered, by code."""
        return {code: self.load(Unit, unit_id(code)).name for code in codes if self.exists(Unit, unit_id(code))}

    def load(self, kind: type[A], id: str) -> A:
        """The noun as it stands, for deciding or for asking what may be done."""
        noun = self.record.load(kind, id)
        return _existing(noun if self._reads(noun) else kind(id), id)

    @property
    def person_keys(self) -> PersonKeys:
        """The keys under which personal texts are sealed. A RuntimeError where this desk was given none."""
        if self._person_keys is None:
            raise RuntimeError("this desk holds no keys of persons")
        return self._person_keys

    # -- commands ----------------------------------------------------------------------------------------------

    def give(self, command: Callable[[Desk], Done]) -> Done:
        """Carry out a command, or refuse it on what is recorded by now. It is given a desk of its own, which asks for the references
        and units of other nodes once, when they are first wanted.

        What another node has recorded is seen at once, unless the server that is read from was the primary once and does not
        know yet that it is none any more; then it is decided again.
        """
        try:
            return command(self._for_one_command())
        except Refusal:
            if self.record.is_alone:
                raise
            self.record.reach_the_present()
        return command(self._for_one_command())

    def create(self, kind: type[A], id: str, order: Order, decide: Callable[[A], None]) -> Done:
        """Carry out the first command of a noun."""
        return self._carry_out(kind, id, order, decide, new=True)

    def change(self, kind: type[A], id: str, order: Order, decide: Callable[[A], None]) -> Done:
        """Carry out a command on a noun that exists. Whatever is pending on it is recorded first, in the same append."""
        return self._carry_out(kind, id, order, decide, new=False)

    def replayed(self, order: Order, kind: type[Aggregate], id: str) -> Done | None:
        """What became of the same command earlier; CommandIdReused where the id stood for another input."""
        command = _key_of(order)
        earlier = None if command is None else self.record.writer.replay(command)
        return None if earlier is None else _done(kind, id, earlier)

    def _carry_out(self, kind: type[A], id: str, order: Order, decide: Callable[[A], None], *, new: bool) -> Done:
        """Decide and append. The append finds out by itself whether the command was carried out before, so nobody asks first;
        but where it is refused, for what it did itself perhaps, the answer is what became of it then.
        """
        try:
            return self._decide(kind, id, order, decide, new=new)
        except (Refusal, BadInput):
            earlier = self.replayed(order, kind, id)
            if earlier is None:
                raise
            return earlier

    def _decide(self, kind: type[A], id: str, order: Order, decide: Callable[[A], None], *, new: bool) -> Done:
        for attempt in range(ATTEMPTS):
            # A noun that is about to begin is hardly ever there; where it is, the append says so.
            unseen = new and attempt == 0 and order.expected_version is None
            aggregate = kind(id) if unseen else self.record.load(kind, id)
            if not new and not (aggregate.exists and self._reads(aggregate)):
                raise DoesNotExist(kind=kind.KIND, id=id)
            version = aggregate.version
            if order.expected_version is not None and order.expected_version != version:
                raise StaleVersion(kind=kind.KIND, current_version=version, expected_version=order.expected_version)
            if not new:
                aggregate.record_pending(pending_meta(order.meta))
            decide(aggregate)
            try:
                appended = self._append(aggregate, version, order)
            except StreamMoved:
                self._forget()
            except KeyTaken as taken:
                raise AlreadyTaken(kind=taken.kind, value=taken.value) from taken
            else:
                return _done(kind, id, appended)
        raise TooMuchAtOnce(kind=kind.KIND)

    def _append(self, aggregate: Aggregate, version: int, order: Order) -> Appended:
        due = aggregate.next_deadline()
        append = Append(
            events=tuple(aggregate.pending),
            expected={aggregate.id: version},
            command=_key_of(order),
            # What begins now has no deadline yet that could be taken back.
            deadlines={aggregate.id: due} if version or due is not None else {},
            fence=self._fence,
        )
        writer = self.record.writer
        if self._inline:
            [outcome] = writer.append_now([append])
            if isinstance(outcome, Exception):
                raise outcome
            appended = outcome
        else:
            appended = writer.append(append)
        aggregate.pending.clear()
        if aggregate.KIND in ("reference", "unit"):
            self._refresh_standing()
        return appended

    def _for_one_command(self) -> Desk:
        if self.record.is_alone:
            return self
        one = copy.copy(self)
        one._asked = False
        return one

    def _forget(self) -> None:
        """Somebody was faster: what is decided now is decided on what stands now."""
        if self._asked:
            self._asked = False

    def _present(self) -> Standing:
        if not self.record.is_alone and not self._asked:
            # Another node may have adopted a reference, or merged units.
            self._refresh_standing()
            if self._asked is not None:
                self._asked = True
        return self._standing

    def _refresh_standing(self) -> None:
        with self._standing_lock:
            # What a server knew that is gone may not be in the record: then all of it is read anew.
            generation = self.record.generation
            standing = self._standing if generation == self._standing.generation else Standing(generation)
            for recorded in self.record.standing_events(standing.position):
                standing.take(recorded.event, recorded.position)
            self._standing = standing
        if self._original is not None:
            self._original._standing = standing

    # -- the watch ---------------------------------------------------------------------------------------------

    def record_lapses(self, kind: type[Aggregate], id: str, meta: Metadata) -> Done:
        """Record what has lapsed on one noun, for the watch."""
        return self._carry_out(kind, id, Order(meta), lambda aggregate: aggregate.record_pending(meta), new=False)


def _existing(aggregate: A, id: str) -> A:
    if not aggregate.exists:
        raise DoesNotExist(kind=aggregate.KIND, id=id)
    return aggregate


def _done(kind: type[Aggregate], id: str, appended: Appended) -> Done:
    # A creation that was carried out before, perhaps a moment ago by another thread, named its noun itself.
    if appended.replayed and appended.events:
        id = appended.events[-1].originator_id
    return Done(kind.KIND, id, appended.first, appended.last, appended.replayed)


def _key_of(order: Order) -> CommandKey | None:
    meta = order.meta
    if meta.command_id is None:
        return None
    return CommandKey(meta.actor.subject, meta.command_id, order.input_hash)


def pending_meta(meta: Metadata) -> Metadata:
    """The metadata of what a command finds pending: the watch's, at the command's arrival, caused by it."""
    return Metadata(
        decided_at=meta.decided_at,
        actor=WATCH,
        correlation_id=meta.correlation_id,
        causation_id=meta.command_id,
        basis=Basis.COMPUTED if meta.basis is not Basis.ILLUSTRATED else Basis.ILLUSTRATED,
        clock=meta.clock,
    )
