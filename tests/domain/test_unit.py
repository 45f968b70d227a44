"""Units keep their code through every change of name, and pass their authority on when they are merged."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tests.domain.register_given import (
    ADMINISTRATOR,
    AUDITOR,
    CLERK,
    LEADER,
    READER,
    SECRETARY,
    SUPERVISOR,
    bad_input,
    meta,
    recorded,
    refused,
)
from txapi.domain.aggregate import AlreadyExists, CorrectionNeedsAReason, DoesNotExist, NothingToCorrect
from txapi.domain.authority import NotYourRole
from txapi.domain.event import Actor
from txapi.domain.labels import Label
from txapi.domain.register import ClosingNeedsAReason, IsClosed, NothingToAmend, unit_id
from txapi.domain.unit import Duty, MergedIntoItself, SuccessorIsClosed, Unit, UnitKind

CHONGFU = Label(zh="崇福镇", en="Chongfu")
WUTONG = Label(zh="梧桐街道", en="Wutong")


def unit(code: str = "chongfu", name: Label = CHONGFU, **more: Any) -> Unit:
    """A town in the register."""
    new = Unit(unit_id(code))
    new.register(meta(), code=code, name=name, kind=UnitKind.TOWN, duty=Duty.IMPLEMENTING_BODY, **{"order": 3, **more})
    new.pending.clear()
    return new


def test_a_unit_is_registered_under_its_code() -> None:
    new = Unit(unit_id("chongfu"))

    new.register(
        meta(), code="chongfu", name=CHONGFU, kind=UnitKind.TOWN, duty=Duty.IMPLEMENTING_BODY, aliases=("崇福",)
    )

    event = recorded(new, Unit.Registered)
    assert list(event.claims()) == [("unit_code", "chongfu")]
    assert (new.name, new.kind, new.duty, new.aliases) == (
        CHONGFU,
        UnitKind.TOWN,
        Duty.IMPLEMENTING_BODY,
        ("崇福",),
    )
    assert not new.closed


def test_the_id_of_a_unit_follows_from_its_code() -> None:
    assert unit_id("chongfu") == unit_id("chongfu") != unit_id("dama")


def test_a_unit_is_registered_once() -> None:
    known = unit()

    with refused(known, AlreadyExists):
        known.register(meta(), code="chongfu", name=CHONGFU, kind=UnitKind.TOWN, duty=Duty.OTHER)


@pytest.mark.parametrize("code", ["", "Chongfu", "崇福", "-a", "a b", "a_b", "a" * 65])
def test_a_code_has_lower_case_letters_digits_and_hyphens(code: str) -> None:
    new = Unit("u")

    with bad_input(new, "BAD_CODE"):
        new.register(meta(), code=code, name=CHONGFU, kind=UnitKind.TOWN, duty=Duty.OTHER)


def test_a_code_may_have_64_characters_and_a_name_200() -> None:
    longest = unit("a" * 64, Label(zh="镇" * 200, en="x"))

    assert (len(longest.code), len(longest.name.zh)) == (64, 200)


@pytest.mark.parametrize("name", ["", "  ", "镇" * 201])
def test_a_name_has_1_to_200_characters(name: str) -> None:
    new, known = Unit("u"), unit()

    with bad_input(new, "BAD_NAME"):
        new.register(meta(), code="u", name=Label(zh=name, en="x"), kind=UnitKind.TOWN, duty=Duty.OTHER)
    with bad_input(known, "BAD_NAME"):
        known.rename(meta(), name=Label(zh=name, en="x"))


@pytest.mark.parametrize("actor", [CLERK, LEADER, SECRETARY, READER, AUDITOR])
def test_only_supervisor_and_administrator_keep_the_register(actor: Actor) -> None:
    known, new = unit(), Unit("u")

    with refused(new, NotYourRole):
        new.register(meta(actor), code="u", name=CHONGFU, kind=UnitKind.TOWN, duty=Duty.OTHER)
    for action in Unit.ACTIONS:
        assert isinstance(known.may(action, meta(actor)), NotYourRole)
        assert known.may(action, meta(ADMINISTRATOR)) is None
    with refused(known, NotYourRole):
        known.rename(meta(actor), name=WUTONG)
    with refused(known, NotYourRole):
        known.correct(meta(actor, "a slip"), corrects=1, fields=None)


def test_a_renamed_unit_keeps_its_code_and_remembers_its_name() -> None:
    known = unit()

    known.rename(meta(), name=Label(zh="崇福街道", en="Chongfu Subdistrict"))

    recorded(known, Unit.Renamed)
    assert (known.code, known.name.zh, known.aliases) == ("chongfu", "崇福街道", ("崇福镇",))


def test_renaming_to_the_same_name_changes_nothing() -> None:
    known = unit()

    with refused(known, NothingToAmend):
        known.rename(meta(), name=CHONGFU)


def test_an_amendment_records_only_what_changes() -> None:
    known = unit()

    known.amend(meta(), kind=UnitKind.TOWN, order=5, parent="tongxiang")

    event = recorded(known, Unit.Amended)
    assert (event.kind, event.order, event.parent) == (None, 5, "tongxiang")
    assert (known.kind, known.order, known.parent) == (UnitKind.TOWN, 5, "tongxiang")
    with refused(known, NothingToAmend):
        known.amend(meta(), order=5)


def test_a_merged_unit_is_closed_and_names_its_successor() -> None:
    known = unit()

    known.merge_into(meta(), into=unit("wutong", WUTONG))

    event = recorded(known, Unit.Merged)
    assert (event.code, event.into) == ("chongfu", "wutong")
    assert (known.closed, known.successor) == (True, "wutong")


def test_a_unit_is_merged_into_another_one_that_is_open() -> None:
    known, gone = unit(), unit("wutong", WUTONG)
    gone.merge_into(meta(), into=known)

    with refused(known, MergedIntoItself):
        known.merge_into(meta(), into=known)
    with refused(known, SuccessorIsClosed):
        known.merge_into(meta(), into=gone)


def test_closing_says_why() -> None:
    known = unit()

    with refused(known, ClosingNeedsAReason):
        known.close(meta())
    known.close(meta(reason="撤镇"))

    recorded(known, Unit.Closed)
    assert (known.closed, known.closed_because) == (True, "撤镇")


def test_a_closed_unit_takes_no_new_facts() -> None:
    closed, other = unit(), unit("wutong", WUTONG)
    closed.close(meta(reason="撤镇"))
    closed.pending.clear()

    with refused(closed, IsClosed):
        closed.amend(meta(), order=9)
    with refused(closed, IsClosed):
        closed.rename(meta(), name=WUTONG)
    with refused(closed, IsClosed):
        closed.merge_into(meta(), into=other)
    with refused(closed, IsClosed):
        closed.close(meta(reason="again"))
    assert closed.may("correct_unit", meta()) is None


def test_a_unit_that_was_never_registered_can_do_nothing() -> None:
    nobody = Unit("u")

    for action in Unit.ACTIONS:
        assert isinstance(nobody.may(action, meta()), DoesNotExist)
    with refused(nobody, DoesNotExist):
        nobody.correct(meta(reason="a slip"), corrects=1, fields=None)


def test_a_wrong_closing_is_retracted_and_the_unit_goes_on() -> None:
    known = unit()
    known.close(meta(reason="a mix-up"))
    known.pending.clear()

    known.correct(meta(reason="it was another one"), corrects=2, fields=None)

    recorded(known, Unit.FactCorrected)
    assert (known.closed, known.closed_because) == (False, None)
    assert known.may("amend_unit", meta(SUPERVISOR)) is None


def test_a_corrected_name_replaces_the_wrong_one_and_leaves_no_alias() -> None:
    known = unit()
    known.rename(meta(), name=Label(zh="崇服街道", en="Chongfu"))
    known.pending.clear()

    known.correct(meta(reason="a typo"), corrects=2, fields={"name": {"zh": "崇福街道", "en": "Chongfu"}})

    recorded(known, Unit.FactCorrected)
    assert (known.name.zh, known.aliases) == ("崇福街道", ("崇福镇",))


def test_a_correction_is_corrected_and_retracted() -> None:
    known = unit()
    known.amend(meta(), order=5)
    known.correct(meta(reason="no, 6"), corrects=2, fields={"order": 6})

    known.correct(meta(reason="no, 7"), corrects=3, fields={"order": 7})
    assert known.order == 7
    known.correct(meta(reason="it was right"), corrects=4, fields=None)

    assert known.order == 6
    assert msgspec.json.encode([event.originator_version for event in known.pending]) == b"[2,3,4,5]"


def test_a_correction_needs_a_reason_and_a_fact() -> None:
    known = unit()
    known.amend(meta(), order=5)
    known.merge_into(meta(), into=unit("wutong", WUTONG))
    known.pending.clear()

    with refused(known, CorrectionNeedsAReason):
        known.correct(meta(), corrects=2, fields=None)
    for version in (0, 1, 3, 4, -1):
        with refused(known, NothingToCorrect):
            known.correct(meta(reason="a slip"), corrects=version, fields=None)


def test_a_correction_is_as_strict_as_the_fact() -> None:
    known = unit()
    known.rename(meta(), name=WUTONG)
    known.pending.clear()

    with bad_input(known, "BAD_NAME"):
        known.correct(meta(reason="a slip"), corrects=2, fields={"name": {"zh": " ", "en": "x"}})
    with bad_input(known, "UNKNOWN_FIELD"):
        known.correct(meta(reason="a slip"), corrects=2, fields={"colour": "red"})
    with bad_input(known, "BAD_CORRECTION"):
        known.correct(meta(reason="a slip"), corrects=2, fields={"name": 7})
