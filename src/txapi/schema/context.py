"""What an operation has at hand: who asks, which snapshot it reads, where its commands go."""

from __future__ import annotations

import contextlib
import hashlib
import secrets
import uuid
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import msgspec

from txapi.application.desk import Desk, Order
from txapi.domain.errors import BadInput
from txapi.domain.event import Actor, Basis, Metadata, Role, Source
from txapi.projections.moment import Moment, Reader, at_position, at_time, head_of
from txapi.projections.views import Views

VISIBLE_WITHIN_SECONDS = 5.0
"""How long a mutation waits for its own events, and a read for the position it demands, to become visible."""


class NotSettled(BadInput):
    """A time so near that an event of that time might still become visible."""

    def __init__(self) -> None:
        super().__init__(
            "MOMENT_NOT_SETTLED", "events of that time may still become visible; ask again", ("at", "time")
        )


@dataclass(slots=True)
class Context:
    """One per operation. `close` gives its snapshots back.

    `viewer` is who asks (role READER without a unit where nobody signed in, with `signed_in` false).
    """

    views: Views
    desk: Desk
    viewer: Actor
    signed_in: bool
    at_least: int | None = None
    language: str = "en"
    answered_from: int = 0
    _held: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    _present: Reader | None = None

    # -- reading -----------------------------------------------------------------------------------------------

    def present(self) -> Reader:
        """Now: one snapshot for the whole operation, at least as fresh as the client demands."""
        if self._present is None:
            if self.at_least is not None:
                self.see(self.at_least)
            self._present = self._open()
        return self._present

    def see(self, position: int) -> None:
        """Wait until a position is visible; NOT_YET_VISIBLE where it is not in time."""
        if not self.views.wait_for(position, VISIBLE_WITHIN_SECONDS):
            raise BadInput(
                "NOT_YET_VISIBLE",
                f"position {position} is not visible yet; the rows stand at {self.views.position}",
                ("atLeast",),
            )

    def _open(self) -> Reader:
        connection = self._held.enter_context(self.views.snapshot())
        head = head_of(connection)
        self.answered_from = max(self.answered_from, head)
        moment = at_position(connection, head, self.desk.record.clock.now())
        return Reader(connection, moment)

    def fresh(self, position: int) -> Reader:
        """A new snapshot that holds this position: what a mutation answers from."""
        self.see(position)
        self._present = self._open()
        return self._present

    def reader_at(
        self, position: int | None, time: datetime | None, clock: datetime | None, valid_on: date | None
    ) -> Reader:
        """The reader of a moment: of a position, of a time, or of now."""
        now = self.desk.record.clock.now()
        if position is None and time is None:
            present = self.present()
            if clock is None and valid_on is None:
                return present
            moment = present.moment
            return present.at(Moment(moment.position, moment.recorded_at, clock or moment.clock, valid_on, moment.now))
        if time is not None:
            if time > now:
                raise BadInput("MOMENT_IN_THE_FUTURE", "that time has not come yet", ("at", "time"))
            self._settle(time)
            present = self.present()
            return present.at(at_time(present.connection, time, clock, valid_on))
        present = self.present()
        return present.at(at_position(present.connection, position or 0, clock, valid_on))

    def _settle(self, time: datetime) -> None:
        """Make sure that no event recorded at or before `time` can still become visible."""
        present = self.present()
        if present.moment.recorded_at > time:
            return
        head = self.desk.record.settled_position_at(time)
        if head > present.moment.position:
            if not self.views.wait_for(head, VISIBLE_WITHIN_SECONDS):
                raise NotSettled
            self._present = self._open()

    # -- writing -----------------------------------------------------------------------------------------------

    def order(self, name: str, input: Any) -> Order:
        """The envelope of a mutation: who, when, why, and the hash of what was asked."""
        if not self.signed_in:
            raise BadInput(
                "UNAUTHENTICATED", "this request carries no valid token; only signed-in people change anything"
            )
        if self.viewer.role in (Role.READER, Role.AUDITOR):
            raise BadInput("FORBIDDEN", f"the role {self.viewer.role.value} reads and changes nothing")
        clock = self.desk.record.clock
        command_id = getattr(input, "command_id", None)
        source = getattr(input, "source", None)
        meta = Metadata(
            decided_at=clock.now(),
            actor=self.desk.acting(self.viewer),
            correlation_id=str(uuid.UUID(bytes=secrets.token_bytes(16), version=4)),
            command_id=_checked(command_id, "commandId", 200),
            reason=_checked(getattr(input, "reason", None), "reason", 2000),
            source=None if source is None else _source(source),
            basis=Basis.STATED,
            clock=clock.basis,
        )
        try:
            asked = msgspec.json.encode([name, input], enc_hook=_plain, order="deterministic")
        except UnicodeEncodeError:
            raise BadInput("BAD_TEXT", "the input contains half a surrogate pair", ("input",)) from None
        return Order(meta, hashlib.sha256(asked).digest(), getattr(input, "expected_version", None))

    def close(self) -> None:
        """Give every snapshot back."""
        self._held.close()


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
    if any(0xD800 <= ord(char) <= 0xDFFF for char in text):
        raise BadInput("BAD_TEXT", f"{name} contains half a surrogate pair", (name,))
    if any(ord(char) < 32 and char not in "\n\r\t" for char in text):
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
