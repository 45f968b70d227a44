"""What every part of a project 重大项目 leans on: its unit and condition, who may tell, and where a fact was stated."""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from txapi.domain.aggregate import Aggregate, Correction
from txapi.domain.dates import PartialDate, day_of
from txapi.domain.editions import ProjectKind
from txapi.domain.errors import BadInput, Refusal
from txapi.domain.event import Basis, Event
from txapi.domain.labels import labelled
from txapi.domain.permissions import must_be_permitted

if TYPE_CHECKING:
    from txapi.domain.event import Metadata

TEXT_LENGTH_MAX = 4000
NAME_LENGTH_MAX = 200


class ProjectCondition(enum.Enum):
    """Whether a project goes on."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    TERMINATED = "terminated"


labelled(
    {
        ProjectCondition.ACTIVE: ("正常推进", "active"),
        ProjectCondition.SUSPENDED: ("暂停", "suspended"),
        ProjectCondition.TERMINATED: ("终止", "terminated"),
    }
)


class ProjectIsTerminated(Refusal):
    """A terminated project takes no new facts; what was recorded can still be corrected."""

    en = "The project is terminated."
    zh = "项目已终止。"


class CorrectionChangesTheSubject(Refusal):
    """A correction replaces what is said of a subject, never the subject itself."""

    en = "A correction cannot change {field}; retract the fact and state another."
    zh = "更正不得改变{field}；请撤销该事实后另行填报。"


class Stated(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Where a fact in force was stated: event number `version` of the stream, when, and on what it rests.

    `corrected_by` is the number of the correction that says how it reads now.
    """

    version: int
    decided_at: datetime
    basis: Basis
    corrected_by: int | None = None


class ProjectFact(Event, frozen=True, kw_only=True, omit_defaults=True):
    """Base of the events that state a fact of the world; its own rule holds for corrections too."""

    SUBJECT: ClassVar[tuple[str, ...]] = ()
    """The fields that say of what the fact speaks; a correction keeps them."""

    def must_hold(self, decided_at: datetime) -> None:
        """Refuse what cannot be so, whatever else was recorded."""


class ProjectBase(Aggregate):
    """The part of the state that every other part asks for."""

    KIND = "project"

    def _blank(self) -> None:
        self.unit: str | None = None
        """The code of the unit that answers for the project 实施主体."""
        self.kind: ProjectKind | None = None
        self.condition = ProjectCondition.ACTIVE
        self.introduced_on: date | None = None
        self.changed_at: datetime | None = None
        """When somebody last decided something about it."""
        self._said_by: dict[int, Correction] = {}

    def evolve(self, event: Event) -> None:
        """Take one event of this stream into the state."""
        super().evolve(event)
        self.changed_at = event.meta.decided_at

    # -- who may -----------------------------------------------------------------------------------------------

    def _may(self, meta: Metadata, action: str) -> None:
        """Refuse who may not take that action on this project. DoesNotExist, NotYourRole, NotYourUnit."""
        self._must_exist()
        must_be_permitted(meta, action, self.unit)

    def _must_not_be_terminated(self) -> None:
        if self.condition is ProjectCondition.TERMINATED:
            raise ProjectIsTerminated

    # -- facts and their corrections -----------------------------------------------------------------------------

    def _state(self, fact_type: type[ProjectFact], meta: Metadata, **data: Any) -> None:
        """Record a fact, after its own rule was asked."""
        fact = fact_type(originator_id=self.id, originator_version=self.version + 1, meta=meta, **data)
        fact.must_hold(meta.decided_at)
        self._record(fact_type, meta, **data)

    def _stated(self, event: Event) -> Stated:
        """Where this fact was stated, and which correction speaks for it now."""
        by = self._said_by.get(event.originator_version)
        return Stated(
            version=event.originator_version,
            decided_at=event.meta.decided_at,
            basis=(by or event).meta.basis,
            corrected_by=by.originator_version if by else None,
        )

    def _happened(self, on: PartialDate, event: Event, field: str = "on") -> PartialDate:
        """The date of a fact, capped at the day on which it was said to be so."""
        by = self._said_by.get(event.originator_version)
        first = self.events[event.originator_version - 1]
        said = event if by is None or getattr(first, field) == on else by
        return on.capped(day_of(said.meta.decided_at))

    def _refold(self) -> None:
        version_facts = self.effective()
        self._blank()
        self._said_by = {fact.originator_version: by for fact, by in version_facts if isinstance(by, Correction)}
        for fact, _ in version_facts:
            fact.apply(self)

    def _check_correction(self, meta: Metadata, replacement: Event) -> None:
        first = self.events[replacement.originator_version - 1]
        if isinstance(replacement, ProjectFact):
            for field in replacement.SUBJECT:
                if getattr(first, field) != getattr(replacement, field):
                    raise CorrectionChangesTheSubject(field=field)
            replacement.must_hold(meta.decided_at)


def known_since(on: PartialDate | None, meta: Metadata) -> PartialDate:
    """The date of a fact; where nobody says when, it is known only to have happened by the day of the decision."""
    return on if on is not None else PartialDate.by(day_of(meta.decided_at))


def checked_text(text: str, field: str, length_max: int = TEXT_LENGTH_MAX) -> str:
    """The text without blank ends; BadInput EMPTY_TEXT or TEXT_TOO_LONG."""
    text = text.strip()
    if not text:
        raise BadInput("EMPTY_TEXT", f"{field} must not be empty", (field,))
    if len(text) > length_max:
        raise BadInput("TEXT_TOO_LONG", f"{field} may have at most {length_max} characters", (field,))
    return text


def checked_name(text: str, field: str) -> str:
    """A short text on one line; BadInput EMPTY_TEXT or TEXT_TOO_LONG."""
    return checked_text(text, field, NAME_LENGTH_MAX)


def optional_text(text: str | None, field: str) -> str | None:
    """The text, or None where nothing was said; BadInput TEXT_TOO_LONG."""
    return checked_text(text, field) if text and text.strip() else None
