"""Groups: projects that are named together, with the count that the source states."""

from __future__ import annotations

from typing import Any

import pytest

from tests.domain.register_given import (
    ADMINISTRATOR,
    CLERK,
    LEADER,
    SECRETARY,
    STRANGER,
    bad_input,
    cny,
    meta,
    on,
    recorded,
    refused,
)
from txapi.domain import aggregate
from txapi.domain.aggregate import (
    AlreadyExists,
    CorrectionNeedsAReason,
    DoesNotExist,
    NothingToCorrect,
    TooManyEvents,
)
from txapi.domain.authority import NotYourRole, NotYourUnit
from txapi.domain.event import Actor, Role
from txapi.domain.group import Group, GroupKind
from txapi.domain.register import ClosingNeedsAReason, IsClosed, NothingToAmend


def group(**said: Any) -> Group:
    """A joint start of Chongfu."""
    new = Group("g1")
    new.register(meta(), **{"kind": GroupKind.JOINT_START, "name": "集中开工", "unit": "chongfu", **said})
    new.pending.clear()
    return new


def test_a_noun_takes_so_many_events_and_no_more_but_what_lapses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aggregate, "MOST_EVENTS", 2)
    known = group()
    known.amend(meta(), name="一季度集中开工")

    with pytest.raises(TooManyEvents):
        known.amend(meta(), name="二季度集中开工")

    assert (known.version, known.name) == (2, "一季度集中开工")
    known.amend(meta(actor=Actor("txapi:watch", Role.SYSTEM)), name="三季度集中开工")
    assert known.version == 3


def test_a_group_is_named_with_the_count_and_the_sum_that_are_stated() -> None:
    new = Group("g1")

    new.register(
        meta(CLERK),
        kind=GroupKind.PARK,
        name="皮草服装品牌园",
        unit="chongfu",
        count_stated=12,
        open_list=True,
        investment=cny("20", "亿元"),
        aliases=("品牌园",),
    )

    recorded(new, Group.Registered)
    assert (new.kind, new.name, new.count_stated, new.open_list) == (GroupKind.PARK, "皮草服装品牌园", 12, True)
    assert (new.investment, new.aliases) == (cny("20", "亿元"), ("品牌园",))


def test_a_joint_start_may_be_announced() -> None:
    announced = group(on=on("2015-12-31"))

    assert announced.on == on("2015-12-31")


@pytest.mark.parametrize("count", [-1, 1_000_001])
def test_a_count_is_from_nothing_to_a_million(count: int) -> None:
    new, known = Group("g1"), group(count_stated=0)

    assert known.count_stated == 0
    assert group(count_stated=1_000_000).count_stated == 1_000_000
    with bad_input(new, "BAD_COUNT"):
        new.register(meta(), kind=GroupKind.PARK, name="x", count_stated=count)
    with bad_input(known, "BAD_COUNT"):
        known.amend(meta(), count_stated=count)


@pytest.mark.parametrize("name", ["", " ", "园" * 201])
def test_a_group_has_a_name(name: str) -> None:
    new, known = Group("g1"), group()

    with bad_input(new, "BAD_NAME"):
        new.register(meta(), kind=GroupKind.PARK, name=name)
    with bad_input(known, "BAD_NAME"):
        known.amend(meta(), name=name)


def test_a_group_is_registered_once() -> None:
    known = group()

    with refused(known, AlreadyExists):
        known.register(meta(), kind=GroupKind.PARK, name="x")


@pytest.mark.parametrize(
    ("actor", "refusal"), [(STRANGER, NotYourUnit), (LEADER, NotYourRole), (SECRETARY, NotYourRole)]
)
def test_the_unit_of_a_group_keeps_it_and_nobody_elses_clerk(
    actor: Actor, refusal: type[NotYourRole | NotYourUnit]
) -> None:
    known, new = group(), Group("g2")

    with refused(new, refusal):
        new.register(meta(actor), kind=GroupKind.PARK, name="x", unit="chongfu")
    for action in Group.ACTIONS:
        assert isinstance(known.may(action, meta(actor)), refusal)
        assert known.may(action, meta(CLERK)) is None
        assert known.may(action, meta(ADMINISTRATOR)) is None


def test_a_group_without_a_unit_is_the_supervisors() -> None:
    new = Group("g1")

    with refused(new, NotYourRole):
        new.register(meta(CLERK), kind=GroupKind.PIPELINE, name="x")
    new.register(meta(), kind=GroupKind.PIPELINE, name="x")

    assert isinstance(new.may("amend_group", meta(CLERK)), NotYourRole)


def test_an_amendment_records_only_what_changes() -> None:
    known = group(count_stated=3, open_list=True)

    known.amend(meta(), count_stated=3, open_list=False)

    event = recorded(known, Group.Amended)
    assert (event.count_stated, event.open_list) == (None, False)
    assert not known.open_list
    with refused(known, NothingToAmend):
        known.amend(meta(), open_list=False)


def test_a_closed_group_takes_no_new_facts() -> None:
    known = group()
    with refused(known, ClosingNeedsAReason):
        known.close(meta())
    known.close(meta(reason="finished"))

    recorded(known, Group.Closed)
    assert (known.closed, known.closed_because) == (True, "finished")
    with refused(known, IsClosed):
        known.amend(meta(), name="y")
    with refused(known, IsClosed):
        known.close(meta(reason="again"))
    assert known.may("correct_group", meta()) is None


def test_a_group_that_was_never_registered_can_do_nothing() -> None:
    nobody = Group("g1")

    for action in Group.ACTIONS:
        assert isinstance(nobody.may(action, meta()), DoesNotExist)


def test_a_wrong_closing_is_retracted() -> None:
    known = group()
    known.close(meta(reason="a mix-up"))
    known.pending.clear()

    known.correct(meta(CLERK, "it goes on"), corrects=2, fields=None)

    recorded(known, Group.FactCorrected)
    assert (known.closed, known.closed_because) == (False, None)


def test_a_correction_is_as_strict_as_the_fact() -> None:
    known = group()
    known.amend(meta(), count_stated=3)
    known.pending.clear()
    why = meta(reason="a slip")

    with refused(known, CorrectionNeedsAReason):
        known.correct(meta(), corrects=2, fields=None)
    with refused(known, NothingToCorrect):
        known.correct(why, corrects=1, fields=None)
    with bad_input(known, "BAD_COUNT"):
        known.correct(why, corrects=2, fields={"count_stated": -1})
    with bad_input(known, "BAD_NAME"):
        known.correct(why, corrects=2, fields={"name": " "})
    known.correct(why, corrects=2, fields={"count_stated": 4})

    recorded(known, Group.FactCorrected)
    assert known.count_stated == 4
