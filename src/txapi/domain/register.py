"""Registers 名册: the small nouns that projects, tickets and targets lean on, with the same three verbs — register, amend, close."""

from __future__ import annotations

import uuid
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar

from txapi.domain.aggregate import Aggregate, Correction
from txapi.domain.errors import BadInput, Refusal
from txapi.domain.event import Basis

if TYPE_CHECKING:
    from collections.abc import Callable

    from txapi.domain.event import Event, Metadata

Actions = dict[str, "Callable[[Any, Metadata, str], None]"]
"""The guards of a noun's actions, by the name of the command, which each guard is given to ask the table of permissions by."""

NAME_LENGTH_MAX = 200
TEXT_LENGTH_MAX = 4000


class IsClosed(Refusal):
    """A closed noun takes no new facts; what was recorded can still be corrected."""

    en = "This {kind} is closed."
    zh = "该{kind}已关闭。"


class NothingToAmend(Refusal):
    """An amendment changes something."""

    en = "The amendment of this {kind} changes nothing."
    zh = "对该{kind}的修改未改变任何内容。"


class ClosingNeedsAReason(Refusal):
    """Whoever closes a noun says why."""

    en = "Closing this {kind} needs a reason."
    zh = "关闭该{kind}须说明理由。"


@lru_cache(maxsize=4096)
def unit_id(code: str) -> str:
    """The stream of the unit with that code: units are named by code everywhere, so the id follows from it."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"unit:{code}"))


def must_be_a_name(text: str, field: str = "name") -> str:
    """A text that can name something: not blank, at most 200 characters. BadInput BAD_NAME."""
    if not text.strip() or len(text) > NAME_LENGTH_MAX:
        raise BadInput("BAD_NAME", f"a name has 1 to {NAME_LENGTH_MAX} characters", (field,))
    return text


class Register(Aggregate):
    """Base of the registers: what is amended and closed in the same way everywhere."""

    KIND = ""
    AMENDABLE: ClassVar[tuple[str, ...]] = ()
    """The attributes of the state that an amendment may change, by the names of the event's fields."""

    def _blank(self) -> None:
        self.basis = Basis.STATED
        """On what its registration rests."""
        self.closed = False
        self.closed_because: str | None = None
        self._said_by: dict[int, Correction] = {}
        """The correction that says how a fact reads now, by the number of the event that first stated it."""

    ACTIONS: ClassVar[Actions] = {}
    """Every action on such a noun, with the guard that says who may take it."""

    def may(self, action: str, meta: Metadata) -> Refusal | None:
        """Why the action is closed to this actor now; None where it is open."""
        try:
            self.ACTIONS[action](self, meta, action)
        except Refusal as refusal:
            return refusal
        return None

    def _may_correct(self, meta: Metadata, action: str) -> None:
        """Refuse who may not correct the facts of such a noun; closed nouns are corrected too."""
        raise NotImplementedError

    def correct(self, meta: Metadata, *, corrects: int, fields: dict[str, Any] | None) -> None:
        """Retract (fields None) or replace the fact that event number `corrects` stated. A reason is needed."""
        self._may_correct(meta, f"correct_{self.KIND}")
        # What follows from all the facts is asked of a copy, because the noun itself records at once.
        after = type(self).fold(self.id, self.events)
        Aggregate.correct(after, meta, corrects=corrects, fields=fields)
        after._must_hold_together()
        super().correct(meta, corrects=corrects, fields=fields)

    def _must_hold_together(self) -> None:
        """Refuse a state that the rules would never have let come about; asked after a correction was tried."""

    def _refold(self) -> None:
        self._blank()
        facts = self.effective()
        self._said_by = {fact.originator_version: by for fact, by in facts if isinstance(by, Correction)}
        for fact, _ in facts:
            fact.apply(self)

    def _says(self, event: Event) -> Event:
        """The event that says how this fact reads now: itself, or the correction of it."""
        return self._said_by.get(event.originator_version, event)

    def _must_be_open(self) -> None:
        self._must_exist()
        if self.closed:
            raise IsClosed(kind=self.KIND)

    def _amendments(self, given: dict[str, Any]) -> dict[str, Any]:
        """What really changes of what is given (None: stays as it is). NothingToAmend."""
        changes = {name: value for name, value in given.items() if value is not None and value != getattr(self, name)}
        if not changes:
            raise NothingToAmend(kind=self.KIND)
        return changes

    def _must_say_why(self, meta: Metadata) -> None:
        if not meta.reason:
            raise ClosingNeedsAReason(kind=self.KIND)

    def _take_amendment(self, event: Event) -> None:
        """Evolve by an amendment: every field that it carries replaces the attribute of the same name."""
        for name in self.AMENDABLE:
            value = getattr(event, name)
            if value is not None:
                setattr(self, name, value)
