"""What an operation has at hand: who asks, which snapshot it reads, where its commands go."""

from __future__ import annotations

import contextlib
import hashlib
import re
import secrets
import time
import uuid
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from txapi.application.desk import Desk, Keeps, Order
from txapi.domain.authority import predecessors
from txapi.domain.errors import BadInput
from txapi.domain.event import Actor, Basis, Metadata, Source
from txapi.domain.labels import Label
from txapi.domain.permissions import ACTING_ROLES, hidden_kinds
from txapi.projections import history, units
from txapi.projections.moment import LASTING, Moment, Reader, at_position, at_time, present_of
from txapi.projections.restricted import Noted, as_read_by
from txapi.projections.views import Views
from txapi.record.accesses import Accesses
from txapi.record.clock import Clock
from txapi.record.conflicts import RecordUnavailable
from txapi.record.deadlines import Deadline, TimeIsUp
from txapi.record.deliveries import Deliveries
from txapi.record.ledger import Ledger
from txapi.record.person_keys import OpenedKeys
from txapi.schema.personal import not_personal
from txapi.schema.sealing import Path
from txapi.schema.traces import leave_trace
from txapi.schema.unseen import NotSettled, NotYetVisible

if TYPE_CHECKING:
    from graphql import DocumentNode

    from txapi.record.record import RecordedEvent
    from txapi.schema.admitting import Admission
    from txapi.schema.live import Feed

_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROL_CHARACTER = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")

VISIBLE_WITHIN_SECONDS = 5.0
"""How long a read waits for the position that it demands to become visible."""

COMMAND_VISIBLE_SECONDS = 15.0
"""How long a command waits for its own events: longer than another node takes to become the follower (decision 17)."""


class Told(history.Told, Keeps, Protocol):
    """What answers need of a record beside its read models. A `Record` has it, and so has one that was taken away."""

    @property
    def record_id(self) -> str:
        """The record's own identifier."""
        ...

    @property
    def clock(self) -> Clock:
        """The record's clock."""
        ...

    def settled_position_at(self, moment: datetime) -> int:
        """The position of the last event recorded at or before `moment`, whatever is recorded later."""
        ...


@dataclass(slots=True)
class Context:
    """One per operation. `close` gives its snapshots back.

    An answer follows from the snapshot, `now`, the viewer, the language, and what was asked; from nothing else.
    `viewer` is who asks (role READER without a unit where nobody signed in, with `signed_in` false). `commanded` is
    where commands go; without one, `record` says which record is read, and nothing can be changed. `ledger` is
    the record's, None where nothing of it was ever signed.
    """

    views: Views
    commanded: Desk | None
    viewer: Actor
    signed_in: bool
    at_least: int | None = None
    language: str = "en"
    read: Told | None = None
    ledger: Ledger | None = None
    deliveries: Deliveries | None = None
    """How far webhooks were told; None where nobody tells them."""
    never_called: Callable[[str], str | None] = lambda url: None
    """Why this server never calls a webhook at that URL, by its settings; None where it may."""
    accesses: Accesses | None = None
    """Where it is kept who read what is not everybody's; None where nobody keeps that."""
    request: str = ""
    """The id that the request has in the log."""
    person_keys: OpenedKeys = field(default_factory=OpenedKeys.none)
    """The keys of persons, as far as this operation reads them."""
    personal: bool = False
    """Whether the answer holds what was sealed: nobody keeps such an answer on the way."""
    answered_from: int = 0
    moved: bool = False
    """Whether a question of this operation needed a later snapshot than the one that earlier answers came from."""
    beside: bool = False
    """Whether the answer tells of the ledger, which grows without regard to the snapshot and carries proofs of its own."""
    told_the_time: bool = False
    """Whether the answer says what the clock shows, which is something else at every instant."""
    told_the_clock: bool = False
    """Whether the answer holds the clock of a moment, which within a day only who asks by GET takes for a former one."""
    leaves_traces: bool = False
    """Whether it is noted who reads this."""
    sealing: list[Path] | None = None
    """Where the sealed values of the answer are, in the order of execution; None where nobody asks."""
    command_ended: Callable[[str, str], None] | None = None
    """Is told each command by its field, and what became of it: done, replayed, refused, invalid or failed."""
    kind: str = ""
    """Of which kind the operation is, as soon as its document was read: query or mutation."""
    name: str = ""
    """What the operation is called in its document."""
    feed: Feed | None = None
    """Where events are told as they happen; None where nobody does."""
    only_read: bool = False
    """Whether the document is read and checked, and not executed."""
    plans: dict[Any, Any] | None = None
    """How lists of the document are told; None where no plan tells any."""
    unplanned: bool = False
    """Whether no plan is to tell any, so that the executor carries everything out."""
    planned: int = 0
    """How many lists plans have told."""
    raw: bool = False
    """Whether what a plan tells stays JSON, for an answer that is sent and not looked into."""
    document: DocumentNode | None = None
    """The document of the operation, once it was read."""
    deadline: Deadline | None = None
    """When the operation has to be done; None where nobody minds."""
    admission: Admission | None = None
    """What the client may ask; None where nobody limits it."""
    cost: int | None = None
    """What the operation costs, in points, once that is known and admitted."""
    recorded: bool = False
    """Whether a command of this operation was carried out: what fails then does not mean that nothing happened."""
    at_once: bool = False
    """Whether nothing may be waited for, as on an event loop."""
    waits: bool = False
    """Whether something would have been waited for then."""
    absent: Exception | None = None  # Why there is no present, for whoever asks next.
    unsettled: datetime | None = None  # What did not settle in time, for whoever asks next.
    _held: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    _noted: list[Noted] = field(default_factory=list)
    _present: Reader | None = None
    _now: datetime | None = None
    _ordered: bool = False

    @property
    def desk(self) -> Desk:
        """Where commands go; BadInput READ_ONLY where this record was taken away to be read."""
        if self.commanded is None:
            raise BadInput("READ_ONLY", "this record can be read only; nothing is changed here")
        return self.commanded

    @property
    def record(self) -> Told:
        """What is told beside the read models: the events themselves, the record's name, its clock."""
        return self.read if self.read is not None else self.desk.record

    # -- reading -----------------------------------------------------------------------------------------------

    @property
    def has_read(self) -> bool:
        """Whether anything was read, so that `answered_from` says from where."""
        return self._present is not None

    @property
    def now(self) -> datetime:
        """What the record's clock says: read once for the whole operation."""
        if self._now is None:
            self._now = self.record.clock.now()
        return self._now

    def goes_by(self, now: datetime) -> None:
        """Go by a clock that was read before."""
        self._now = now

    def acting(self, reader: Reader) -> Actor:
        """The viewer, with the authority that has passed to the unit from units merged into it by the reader's moment."""
        if self.viewer.unit is None:
            return self.viewer
        merged = predecessors(self.viewer.unit, units.successors(reader))
        return msgspec.structs.replace(self.viewer, successor_of=merged) if merged else self.viewer

    def present(self) -> Reader:
        """Now: one snapshot for the whole operation, at least as fresh as the client demands."""
        if self.absent is not None:
            absent, self.absent = self.absent, None
            raise absent
        if self._present is None:
            if self.at_least is not None:
                self.see(self.at_least)
            self._present = self._open(self.at_least or 0)
        return self._present

    def unit_names(self, codes: Collection[str]) -> Mapping[str, Label]:
        """The names of units as of now, for codes that are told to a person; none where they cannot be read, which fails nothing."""
        if not codes:
            return {}
        with contextlib.suppress(BadInput, RecordUnavailable):
            return units.names(self.present())
        return {}

    def see(self, position: int) -> None:
        """Wait until a position is visible; NOT_YET_VISIBLE."""
        if not self.views.wait_for(position, VISIBLE_WITHIN_SECONDS):
            raise NotYetVisible(position, self.views.position)

    def _open(self, least: int = 0) -> Reader:
        # Who has given a command reads where it was written, however far the replicas are.
        views = self.views.written if self._ordered else self.views
        until = time.monotonic() + VISIBLE_WITHIN_SECONDS
        with contextlib.ExitStack() as held:
            connection = held.enter_context(views.snapshot(self.deadline))
            # One replica may have shown the position, and another one, that is behind it, give the snapshot.
            while (present := present_of(connection))[0] < least:
                held.close()
                if time.monotonic() > until:
                    raise NotYetVisible(least, present[0])
                time.sleep(0.02)
                connection = held.enter_context(views.snapshot(self.deadline))
            self._held.push(held.pop_all())
        head, recorded_at = present
        self.answered_from = max(self.answered_from, head)
        # The clock is read behind the snapshot, so that it does not stand before the last event seen.
        moment, memo = Moment(head, recorded_at, self.now), {LASTING: views.lasting(head, recorded_at)}
        entire = Reader(connection, moment, memo, hidden_kinds(self.viewer))
        reader = as_read_by(entire, self.viewer)
        if isinstance(reader.restriction, Noted):
            self.leaves_traces = True
            self._noted.append(reader.restriction)
        return reader

    def again(self) -> None:
        """Begin the operation anew, from the latest snapshot that it needed; its clock stays."""
        self.close()
        self._present, self.moved = None, False
        if self.sealing is not None:
            self.sealing = []
        self.at_least = max(self.at_least or 0, self.answered_from)

    def fresh(self, position: int) -> Reader:
        """A new snapshot that holds this position: what a mutation answers from. NOT_YET_VISIBLE, RecordUnavailable."""
        written = self.views.written
        if not written.wait_for(position, COMMAND_VISIBLE_SECONDS):
            raise NotYetVisible(position, written.position)
        # To decide, to record and to wait takes as long as it takes: what the command came to is read in a time of its own.
        self.deadline = self.deadline.anew() if self.deadline is not None else None
        self._present = self._open(position)
        return self._present

    def reader_at(
        self, position: int | None, time: datetime | None, clock: datetime | None, valid_on: date | None
    ) -> Reader:
        """The reader of a moment: of a position, of a time, or of now."""
        if position is None and time is None:
            present = self.present()
            if clock is None and valid_on is None:
                return present
            moment = present.moment
            return present.at(Moment(moment.position, moment.recorded_at, clock or moment.clock, valid_on, moment.now))
        if time is not None:
            self.present()
            if time > self.now:
                raise BadInput("MOMENT_IN_THE_FUTURE", "that time has not come yet", ("at", "time"))
            self._settle(time)
            present = self.present()
            return present.at(at_time(present.connection, time, clock, valid_on))
        present = self.present()
        return present.at(at_position(present.connection, position or 0, clock, valid_on))

    def _settle(self, time: datetime) -> None:
        """Make sure that no event recorded at or before `time` can still become visible. TimeIsUp where nothing may be waited for."""
        present = self.present()
        if present.moment.recorded_at > time:
            return
        if self.unsettled == time:
            raise NotSettled  # It was waited for already.
        if self.at_once:
            # Whoever appends just now would have to be waited for.
            self.waits = True
            raise TimeIsUp
        head = self.record.settled_position_at(time)
        if head > present.moment.position:
            # Without a desk nobody follows here, so that waiting would change nothing.
            views = self.views.written if self._ordered else self.views
            if not views.wait_for(head, VISIBLE_WITHIN_SECONDS if self.commanded is not None else 0.0):
                self.unsettled = time
                raise NotSettled
            self._present = self._open(head)
            self.moved = not self._ordered

    # -- writing -----------------------------------------------------------------------------------------------

    def order(self, desk: Desk, name: str, input: Any) -> Order:
        """The envelope of a mutation for the desk: who, when, why, and the hash of what was asked."""
        if not self.signed_in:
            raise BadInput(
                "UNAUTHENTICATED", "this request carries no valid token; only signed-in people change anything"
            )
        if self.viewer.role not in ACTING_ROLES:
            raise BadInput("FORBIDDEN", f"the role {self.viewer.role.value} reads and changes nothing")
        self._ordered = True
        clock = desk.record.clock
        command_id = getattr(input, "command_id", None)
        source = getattr(input, "source", None)
        meta = Metadata(
            decided_at=self.now,
            actor=desk.acting(self.viewer),
            correlation_id=str(uuid.UUID(bytes=secrets.token_bytes(16), version=4)),
            command_id=_checked(command_id, "commandId", 200),
            reason=_checked(getattr(input, "reason", None), "reason", 2000),
            source=None if source is None else _source(source),
            basis=Basis.STATED,
            clock=clock.basis,
        )
        try:
            asked = msgspec.json.encode([name, not_personal(input)], enc_hook=_plain, order="deterministic")
        except UnicodeEncodeError:
            raise BadInput("BAD_TEXT", "the input contains half a surrogate pair", ("input",)) from None
        return Order(meta, hashlib.sha256(asked).digest(), getattr(input, "expected_version", None))

    def close(self) -> None:
        """Give every snapshot back. RecordUnavailable where something was read that leaves a trace, and none was left by then."""
        self._held.close()
        self.leave_trace()

    # -- who read what -----------------------------------------------------------------------------------------

    def note_events(self, events: Iterable[RecordedEvent]) -> None:
        """Events are shown; whoever leaves traces leaves one of those that not everybody may read."""
        restriction = self.present().restriction
        if restriction is not None:
            restriction.note_events(events)

    def leave_trace(self) -> None:
        """Keep what was read that not everybody may read, if the viewer's role leaves traces, before it is told.

        RecordUnavailable where it cannot be kept: then nothing of it is to be told.
        """
        noted, self._noted = self._noted, []
        if noted and self.accesses is not None:
            leave_trace(self.accesses, noted, self.viewer, self.request, self.name, self.answered_from)


def _plain(value: Any) -> Any:
    if hasattr(value, "__dict__"):
        return vars(value)
    return str(value)


def _checked(text: str | None, name: str, longest: int) -> str | None:
    if text is None:
        return None
    return checked_text(text, name, longest)


def checked_text(text: str, name: str, longest: int = 4000) -> str:
    """A text that can be stored: not empty, not too long, no lone surrogate, no control character but line ends."""
    if not text.strip():
        raise BadInput("EMPTY_TEXT", f"{name} must not be empty", (name,))
    if len(text) > longest:
        raise BadInput("TEXT_TOO_LONG", f"{name} has {len(text)} characters; at most {longest} are kept", (name,))
    if _SURROGATE.search(text):
        raise BadInput("BAD_TEXT", f"{name} contains half a surrogate pair", (name,))
    if _CONTROL_CHARACTER.search(text):
        raise BadInput("BAD_TEXT", f"{name} contains a control character", (name,))
    return text


def _source(given: Any) -> Source:
    return Source(
        document=checked_text(given.document, "document", 500),
        locator=checked_text(given.locator, "locator", 500),
        publisher=given.publisher,
        published_at=given.published_at,
        note=given.note,
    )
