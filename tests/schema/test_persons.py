"""Persons through the published operations: who reads what is sealed, and what an erasure leaves to be read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.application.looking import rebuilt
from tests.city import ADMINISTRATOR, AUDITOR, LEADER, READER, SCHEMA, City, clerk
from tests.schema.registering import NOBODY, do, mistaken, refused, towns
from txapi.application.desk import Desk
from txapi.application.persons import record_erasures
from txapi.domain.event import Actor
from txapi.record.person_keys import MASTER_FILE, Erasure, OpenedKeys, open_person_keys

NAME, PHONE = "卫佳音", "137-4242-0917"
CHONGFU, DAMA = clerk("chongfu"), clerk("dama")
BASIS = "《个人信息保护法》第四十七条"


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    city = towns(tmp_path)
    yield city
    city.close()


def registered(city: City, as_: Actor = CHONGFU, **said: Any) -> Any:
    """The person of a receipt."""
    receipt = do(city, "RegisterPerson", as_, **{"name": NAME, "phone": PHONE, "unit": as_.unit, **said})
    assert receipt["__typename"] == "PersonReceipt", receipt
    return receipt["person"]


def erased(city: City, person: str) -> Any:
    """Erase a person; the receipt."""
    receipt = do(city, "ErasePerson", ADMINISTRATOR, person=person, legalBasis=BASIS, reason="本人要求")
    assert receipt["__typename"] == "PersonReceipt", receipt
    return receipt


def ticket_naming(city: City, person: str) -> str:
    """A ticket of Chongfu for Dama, with that contact."""
    drafted = do(city, "DraftTicket", CHONGFU, category="LAND_USE", subject="用地", body="请协调。", issuer="chongfu",
                 handler="dama")["ticket"]["entityId"]  # fmt: skip
    named = do(city, "NameTicketContact", CHONGFU, ticket=drafted, person=person)
    assert named["__typename"] == "TicketReceipt", named
    id: str = drafted
    return id


def read(city: City, person: str, as_: Actor | None, position: int | None = None) -> Any:
    """What somebody reads of a person, now or as of a position: name, phone, whether erased, whether hidden."""
    at = None if position is None else {"position": str(position)}
    found = city.ask("Person", {"entityId": person, "at": at}, as_=as_)["moment"]["person"]
    return found["name"], found["phone"], found["erased"], found["hidden"]


def at_rest(city: City) -> bytes:
    """The bytes of every event as they are stored."""
    return b"\n".join(bytes(row.state) for row in city.record.store.read(0, 1000))


def test_name_and_phone_are_for_the_units_of_the_matter_and_for_those_who_look_after_all(city: City) -> None:
    person = registered(city)["entityId"]
    before = [read(city, person, as_)[3] for as_ in (CHONGFU, AUDITOR, ADMINISTRATOR, DAMA, LEADER, READER, None)]
    ticket = ticket_naming(city, person)
    contact = city.ask("TicketContact", {"entityId": ticket}, as_=DAMA)["moment"]["ticket"]["contact"]

    assert before == [False, False, False, True, True, True, True]
    assert read(city, person, CHONGFU) == (NAME, PHONE, False, False)
    assert read(city, person, None) == (None, None, False, True)
    # Dama handles a ticket that names the person now; as things were before that, it was none of its business.
    assert (contact["name"], contact["phone"], contact["hidden"]) == (NAME, PHONE, False)
    assert read(city, person, DAMA, city.record.head.position) == (NAME, PHONE, False, False)
    assert read(city, person, DAMA, city.record.head.position - 2) == (None, None, False, True)


def test_after_an_erasure_nobody_reads_it_at_any_moment_and_the_record_says_why(city: City) -> None:
    person = registered(city)["entityId"]
    ticket = ticket_naming(city, person)
    earlier = city.record.head.position

    receipt = erased(city, person)

    assert receipt["person"]["legalBasis"] == BASIS
    assert read(city, person, ADMINISTRATOR) == (None, None, True, False)
    assert read(city, person, ADMINISTRATOR, earlier) == (None, None, True, False)
    contact = city.ask("TicketContact", {"entityId": ticket}, as_=CHONGFU)["moment"]["ticket"]["contact"]
    assert (contact["name"], contact["erased"]) == (None, True)
    assert city.person_keys.persons() == frozenset()
    [told] = city.person_keys.erasures()
    assert (told.person, told.reason, told.legal_basis) == (person, "本人要求", BASIS)
    event = city.record.event_at(city.record.head.position)
    assert event is not None
    assert event.event.TOPIC == "person.erased"


def test_what_the_record_erases_is_not_shown_even_while_its_key_is_still_there(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = registered(city)["entityId"]
    monkeypatch.setattr(city.person_keys, "destroy", lambda erasure: None)

    erased(city, person)

    assert city.person_keys.persons() == {person}
    assert read(city, person, ADMINISTRATOR) == (None, None, True, False)
    assert read(city, person, ADMINISTRATOR, city.record.head.position - 1) == (None, None, True, False)


def test_who_holds_the_record_without_its_keys_reads_nothing_and_is_told_of_erasures_by_the_record(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, gone = registered(city)["entityId"], registered(city)["entityId"]
    erased(city, gone)
    monkeypatch.setattr(city, "open_keys", OpenedKeys.none)

    assert read(city, kept, AUDITOR) == (None, None, False, False)
    assert read(city, gone, AUDITOR) == (None, None, True, False)


def test_what_is_personal_is_in_no_event_no_row_and_no_hash_of_a_command(city: City) -> None:
    person = registered(city, commandId="c-1")["entityId"]
    do(city, "AmendPerson", CHONGFU, person=person, phone="138-0000-1111")

    stored = at_rest(city)
    rows = city.reader().rows("SELECT * FROM persons")

    assert person.encode() in stored
    for secret in (NAME, PHONE, "138-0000-1111"):
        assert secret.encode() not in stored
        assert secret not in repr(rows)
    assert read(city, person, CHONGFU)[:2] == (NAME, "138-0000-1111")


def test_the_same_command_again_finds_the_person_and_another_text_under_its_id_is_noticed(city: City) -> None:
    first = do(city, "RegisterPerson", CHONGFU, name=NAME, phone=PHONE, unit="chongfu", commandId="c-1")
    again = do(city, "RegisterPerson", CHONGFU, name=NAME, phone=PHONE, unit="chongfu", commandId="c-1")

    assert (again["replayed"], again["person"]["entityId"]) == (True, first["person"]["entityId"])
    assert len(city.person_keys.persons()) == 1
    refused(city, "CommandIdReused", "RegisterPerson", CHONGFU, name=NAME, phone="1", unit="chongfu", commandId="c-1")
    erased(city, first["person"]["entityId"])
    refused(city, "PersonIsErased", "RegisterPerson", CHONGFU, name=NAME, phone=PHONE, unit="chongfu", commandId="c-1")
    assert city.person_keys.persons() == frozenset()


LITERAL = 'mutation {{ registerPerson(input: {{name: "{name}", unit: "chongfu"}}) {{ __typename }} }}'
DEFAULT = 'mutation ($n: String! = "{name}") {{ registerPerson(input: {{name: $n}}) {{ __typename }} }}'
WHOLE = (
    'mutation ($i: AmendPersonInput = {{person: "x", phone: "{name}"}}) {{ amendPerson(input: $i) {{ __typename }} }}'
)
WRONG = 'mutation {{ registerPerson(input: {{name: "{name}", nothing: 1}}) {{ __typename }} }}'


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (LITERAL, "PERSONAL_IN_DOCUMENT"),
        (DEFAULT, "PERSONAL_IN_DOCUMENT"),
        (WHOLE, "PERSONAL_IN_DOCUMENT"),
        (WRONG, "BAD_REQUEST"),
    ],
)
@pytest.mark.only_on("sqlite", because="a document is read before any store is asked")
def test_personal_data_in_the_text_of_an_operation_are_refused_and_the_text_is_forgotten(
    city: City, document: str, code: str
) -> None:
    before = city.record.head.position

    result = city.execute(document.format(name=NAME), as_=CHONGFU)

    assert [(error.extensions or {})["code"] for error in result.errors or ()] == [code]
    assert city.record.head.position == before
    assert NAME not in repr(SCHEMA.documents(introspection=True)._known)


@pytest.mark.only_on("sqlite", because="keys in a database are under a master key in a file, too")
def test_a_server_that_lacks_the_master_key_says_so_and_changes_nothing(city: City) -> None:
    person = registered(city)["entityId"]
    master = city.folder / MASTER_FILE
    master.unlink()
    city.desk = Desk(city.record, person_keys=(without := open_person_keys(city.folder)))
    city.person_keys, kept = without, city.person_keys
    before = city.record.head.position

    asked = city.execute("Person", {"entityId": person}, as_=CHONGFU)
    told = city.execute("AmendPerson", {"input": {"person": person, "phone": "1"}}, as_=CHONGFU)
    city.person_keys = kept

    codes = {(error.extensions or {})["code"] for result in (asked, told) for error in result.errors or ()}
    assert codes == {"PERSON_KEYS_MISSING"}
    assert city.record.head.position == before


def test_who_may_not_changes_nothing_and_makes_no_key(city: City) -> None:
    person = registered(city)["entityId"]
    ticket = ticket_naming(city, person)

    refused(city, "NotYourUnit", "RegisterPerson", CHONGFU, name=NAME, unit="dama")
    refused(city, "NotYourUnit", "AmendPerson", DAMA, person=person, phone="1")
    refused(city, "NotYourRole", "ErasePerson", CHONGFU, person=person, legalBasis=BASIS, reason="no")
    refused(city, "ErasureNeedsAReason", "ErasePerson", ADMINISTRATOR, person=person, legalBasis=BASIS)
    refused(city, "NotYourUnit", "NameTicketContact", DAMA, ticket=ticket)
    refused(city, "DoesNotExist", "NameTicketContact", CHONGFU, ticket=ticket, person=NOBODY)
    mistaken(city, "TEXT_TOO_LONG", "RegisterPerson", name="长" * 101)

    assert city.person_keys.persons() == {person}


def test_an_erased_person_takes_nothing_new_and_is_nobodys_contact_any_more(city: City) -> None:
    person = registered(city)["entityId"]
    ticket = ticket_naming(city, person)
    do(city, "NameTicketContact", CHONGFU, ticket=ticket)
    erased(city, person)

    refused(city, "PersonIsErased", "AmendPerson", CHONGFU, person=person, phone="1")
    refused(city, "PersonIsErased", "NameTicketContact", CHONGFU, ticket=ticket, person=person)
    refused(city, "PersonIsErased", "ErasePerson", ADMINISTRATOR, person=person, legalBasis=BASIS, reason="again")


def test_rebuilt_rows_add_up_to_the_same_after_an_erasure(city: City, tmp_path: Path) -> None:
    person = registered(city)["entityId"]
    erased(city, person)

    with rebuilt(city.record, tmp_path, 2) as anew:
        assert anew.progress().digest == city.views.progress().digest


def test_erasures_that_an_older_record_does_not_hold_are_recorded_again_once(city: City) -> None:
    person = registered(city)["entityId"]
    known = [
        Erasure(person, "2015-09-01T00:00:00Z", "本人要求", BASIS),
        Erasure(NOBODY, "2015-09-02T00:00:00Z", "x", "y"),
    ]

    first = record_erasures(city.desk, known)
    second = record_erasures(city.desk, known)

    assert (first, second) == (1, 0)
    assert read(city, person, ADMINISTRATOR) == (None, None, True, False)
    told = city.record.event_at(city.record.head.position)
    assert told is not None
    assert "本人要求" in str(told.event.meta.reason)


def test_history_and_compare_tell_that_something_changed_and_never_what_it_says(city: City) -> None:
    person = registered(city)["entityId"]
    before = city.record.head.position
    do(city, "AmendPerson", CHONGFU, person=person, phone="138-0000-1111")

    told = city.ask("Compare", {"before": {"at": {"position": str(before)}}}, as_=CHONGFU)
    event = city.ask("Event", {"position": str(before + 1)}, as_=CHONGFU)

    said = msgspec.json.encode([told, event]).decode()
    assert "person.amended" in said
    assert "138-0000-1111" not in said
