"""A person 自然人: somebody whom a ticket names as its contact. The record holds name and phone sealed, never in words.

The id of a person is drawn by chance or follows from the id of a command, never from what is sealed, so nothing of one person
can be linked to another by comparing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from txapi.domain.aggregate import Aggregate
from txapi.domain.errors import Refusal
from txapi.domain.event import Event
from txapi.domain.permissions import must_be_permitted
from txapi.domain.sealed import Sealed

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from txapi.domain.event import Metadata


class PersonIsErased(Refusal):
    """An erased person takes no new facts, and is nobody's contact any more."""

    en = "The personal data of this person were erased."
    zh = "该自然人的个人信息已删除。"


class ErasureNeedsAReason(Refusal):
    """Whoever erases personal data says why, and on what legal basis."""

    en = "An erasure needs a reason."
    zh = "删除个人信息须说明理由。"


class Person(Aggregate):
    """One natural person, kept by a unit (its code). Which fields there are is public; what they say is sealed."""

    KIND = "person"

    class Registered(Event, frozen=True, kw_only=True, omit_defaults=True):
        """The person was entered 登记, name and phone sealed under a key of their own."""

        TOPIC = "person.registered"
        name: Sealed
        phone: Sealed | None = None
        unit: str | None = None

        def apply(self, person: Person) -> None:
            person.unit, person.name, person.phone = self.unit, self.name, self.phone

    class Amended(Event, frozen=True, kw_only=True, omit_defaults=True):
        """Name or phone was sealed anew 修改; what is None stayed as it was."""

        TOPIC = "person.amended"
        name: Sealed | None = None
        phone: Sealed | None = None

        def apply(self, person: Person) -> None:
            person.name = self.name or person.name
            person.phone = self.phone or person.phone

    class Erased(Event, frozen=True, kw_only=True, omit_defaults=True):
        """The personal data of this person were erased 删除: the key is destroyed, and nobody can read what was sealed under it."""

        TOPIC = "person.erased"
        legal_basis: str

        def apply(self, person: Person) -> None:
            # What was sealed stays in the events, where nobody can open it; the state has no use for it.
            person.name = person.phone = None
            person.erased_at, person.erased_because = self.meta.decided_at, self.meta.reason
            person.legal_basis = self.legal_basis

    def _blank(self) -> None:
        self.unit: str | None = None
        self.name: Sealed | None = None
        self.phone: Sealed | None = None
        self.erased_at: datetime | None = None
        self.erased_because: str | None = None
        self.legal_basis: str | None = None

    def _must_not_be_erased(self) -> None:
        self._must_exist()
        if self.erased_at is not None:
            raise PersonIsErased()

    def _may_amend(self, meta: Metadata) -> None:
        self._must_not_be_erased()
        must_be_permitted(meta, "amend_person", self.unit)

    def _may_erase(self, meta: Metadata) -> None:
        self._must_not_be_erased()
        must_be_permitted(meta, "erase_person")

    ACTIONS: ClassVar[dict[str, Callable[[Person, Metadata], None]]] = {
        "amend_person": _may_amend,
        "erase_person": _may_erase,
    }

    def may(self, action: str, meta: Metadata) -> Refusal | None:
        """Why the action is closed to this actor now; None where it is open."""
        try:
            self.ACTIONS[action](self, meta)
        except Refusal as refusal:
            return refusal
        return None

    def register(self, meta: Metadata, *, unit: str | None, name: Sealed, phone: Sealed | None) -> None:
        """Enter a person, whom a unit keeps."""
        must_be_permitted(meta, "register_person", unit)
        self._must_be_new()
        self._record(self.Registered, meta, unit=unit, name=name, phone=phone)

    def amend(self, meta: Metadata, *, name: Sealed | None, phone: Sealed | None) -> None:
        """Replace what is given. PersonIsErased."""
        self._may_amend(meta)
        if name is not None or phone is not None:
            self._record(self.Amended, meta, name=name, phone=phone)

    def erase(self, meta: Metadata, *, legal_basis: str) -> None:
        """Record that the personal data are erased, with a reason and the legal basis. PersonIsErased, ErasureNeedsAReason."""
        self._may_erase(meta)
        if not meta.reason:
            raise ErasureNeedsAReason()
        self._record(self.Erased, meta, legal_basis=legal_basis)
