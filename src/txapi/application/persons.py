"""Commands on persons 自然人: texts are sealed here, before there is an event; the key is destroyed here, once there is one."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Sequence

from txapi.application.desk import Desk, Done, Loads, Order
from txapi.domain.aggregate import DoesNotExist
from txapi.domain.errors import Refusal
from txapi.domain.event import Actor, Metadata, Role
from txapi.domain.person import Person, PersonIsErased
from txapi.domain.sealed import Sealed
from txapi.record.person_keys import Erasure, KeyDestroyed, PersonKeys
from txapi.record.sealing import fingerprint, sealed

ERASER = Actor(subject="txapi:eraser", role=Role.SYSTEM)
"""Who records again an erasure that a restored record does not hold."""


def may(desk: Loads, meta: Metadata, id: str) -> list[tuple[str, Refusal | None]]:
    """Every command on a person, and why the actor may not give it now; None where it is open."""
    person = desk.load(Person, id)
    return [(action, person.may(action, meta)) for action in Person.ACTIONS]


def register_person(desk: Desk, order: Order, *, name: str, phone: str | None = None, unit: str | None = None) -> Done:
    """Enter a person, whose key is made with it. `unit` is the code of the unit that keeps the person.

    The same command again finds the same person, whose id follows from the command's and from nothing that is sealed.
    """
    desk.must_know_units(unit)
    id = desk.record.ids.uuid()
    if order.meta.command_id is not None:
        id = str(uuid.uuid5(uuid.NAMESPACE_OID, f"person:{order.meta.actor.subject}:{order.meta.command_id}"))
    # Refused before a key is made, of which nothing would come.
    Person(id).register(order.meta, unit=unit, name=Sealed(b"", b""), phone=None)
    try:
        key = desk.person_keys.make(id)
    except KeyDestroyed:
        raise PersonIsErased() from None
    order = _told_by(order, key, name=name, phone=phone)
    return desk.create(
        Person,
        id,
        order,
        lambda person: person.register(
            order.meta, unit=unit, name=sealed(key, id, "name", name), phone=_sealed(key, id, "phone", phone)
        ),
    )


def amend_person(desk: Desk, order: Order, *, person: str, name: str | None = None, phone: str | None = None) -> Done:
    """Seal name or phone anew; None leaves it as it is. PersonIsErased."""
    known = desk.load(Person, person)
    refused = known.may("amend_person", order.meta)
    if refused is not None:
        raise refused
    key = _key_of(desk.person_keys, person)
    order = _told_by(order, key, name=name, phone=phone)
    return desk.change(
        Person,
        person,
        order,
        lambda one: one.amend(
            order.meta, name=_sealed(key, person, "name", name), phone=_sealed(key, person, "phone", phone)
        ),
    )


def erase_person(desk: Desk, order: Order, *, person: str, legal_basis: str) -> Done:
    """Record the erasure, then destroy the key. Where that fails, `destroy_what_was_erased` does it, on any node."""
    done = desk.change(Person, person, order, lambda one: one.erase(order.meta, legal_basis=legal_basis))
    destroy_what_was_erased(desk, [person])
    return done


def destroy_what_was_erased(desk: Desk, persons: Iterable[str]) -> None:
    """Destroy the keys of those of these persons whom the record erases; doing it again is harmless."""
    for id in persons:
        erasure = _erasure(desk, id)
        if erasure is not None:
            desk.person_keys.destroy(erasure)


def record_erasures(desk: Desk, erasures: Sequence[Erasure]) -> int:
    """Record the erasures of these that the record does not hold, because it is an older one that was restored. How many they were.

    A person whom the record does not know yet is left out: no key of that person will ever be made.
    """
    recorded = 0
    for erasure in erasures:
        if not desk.exists(Person, erasure.person) or desk.load(Person, erasure.person).erased_at is not None:
            continue
        clock = desk.record.clock
        meta = Metadata(
            decided_at=clock.now(),
            actor=ERASER,
            correlation_id=desk.record.ids.uuid(),
            reason=f"{erasure.reason} (erased {erasure.at}; recorded again after a restore)",
            clock=clock.basis,
        )
        try:
            desk.change(
                Person,
                erasure.person,
                Order(meta),
                lambda one, meta=meta, erasure=erasure: one.erase(meta, legal_basis=erasure.legal_basis),  # type: ignore[misc]
            )
            recorded += 1
        except PersonIsErased:
            continue  # Another node was faster.
    return recorded


def _erasure(desk: Desk, id: str) -> Erasure | None:
    try:
        person = desk.load(Person, id)
    except DoesNotExist:
        return None
    if person.erased_at is None:
        return None
    at = person.erased_at.isoformat(timespec="microseconds")
    return Erasure(id, at, person.erased_because or "", person.legal_basis or "")


def _key_of(keys: PersonKeys, person: str) -> bytes:
    found = keys.get([person]).get(person)
    if found is None:
        # Recorded or not yet: a key that is gone comes back to nobody.
        raise PersonIsErased()
    return found


def _sealed(key: bytes, person: str, field: str, text: str | None) -> Sealed | None:
    return None if text is None else sealed(key, person, field, text)


def _told_by(order: Order, key: bytes, **texts: str | None) -> Order:
    """The order with a hash of its input that also tells one text from another, and to nobody without the key which it was."""
    said = hashlib.sha256(order.input_hash + fingerprint(key, texts)).digest()
    return Order(order.meta, said, order.expected_version)
