"""A supervision list: opened under a counting rule of its duty, its count as stated, kept by the supervisor."""

from __future__ import annotations

from typing import Any

import pytest

from tests.domain.given import recorded, refused
from tests.domain.project.given import ADMINISTRATOR, CLERK, LEADER, READER, SYSTEM, meta, references
from txapi.domain.aggregate import AlreadyExists, CorrectionNeedsAReason, DoesNotExist, NothingToCorrect
from txapi.domain.authority import NotYourRole
from txapi.domain.dates import PartialDate
from txapi.domain.editions import Duty, EditionKind
from txapi.domain.errors import BadInput
from txapi.domain.event import Actor, Basis
from txapi.domain.labels import Label
from txapi.domain.reference import NothingAdopted, Reference, References, reference_id
from txapi.domain.register import ClosingNeedsAReason, IsClosed, NothingToAmend
from txapi.domain.supervision import CountingRuleIsAmended, NoSuchRule, RuleOfAnotherDuty, SupervisionList

PROGRAMME = Label(zh="扩大有效投资专项督查", en="special supervision")


def opened(**more: Any) -> SupervisionList:
    """A list of starts; event 1."""
    found = SupervisionList("l1")
    found.open(meta(), **{"programme": PROGRAMME, "duty": Duty.COMMENCEMENT, "references": references(), **more})
    return found


# -- opening -------------------------------------------------------------------------------------------------------------


def test_a_list_is_counted_by_the_rule_in_force_for_its_duty() -> None:
    starts, completions = opened(), opened(duty=Duty.COMPLETION)

    recorded(starts)
    assert (starts.rule, completions.rule) == ("commencement-started", "completion-completed")
    assert starts.count_stated is None


def test_a_list_may_name_another_rule_that_was_adopted_for_its_duty() -> None:
    found = opened(rule="commencement-piling", year=2015, period=PartialDate.from_text("2015"), note="市级")

    recorded(found)
    assert (found.rule, found.year, found.note) == ("commencement-piling", 2015, "市级")
    assert found.period == PartialDate.year(2015)


def test_a_rule_of_another_duty_or_of_no_edition_is_refused() -> None:
    found = SupervisionList("l1")

    for rule, refusal in (("completion-completed", RuleOfAnotherDuty), ("commencement-imagined", NoSuchRule)):
        with refused(found, refusal):
            found.open(meta(), programme=PROGRAMME, duty=Duty.COMMENCEMENT, references=references(), rule=rule)


def test_a_rule_that_was_withdrawn_counts_for_no_new_list() -> None:
    found = SupervisionList("l1")

    with refused(found, NoSuchRule):
        found.open(
            meta(),
            programme=PROGRAMME,
            duty=Duty.COMMENCEMENT,
            references=without("commencement-piling"),
            rule="commencement-piling",
        )


def without(edition: str) -> References:
    """The references after a counting rule was withdrawn."""
    adopted = references().edition(EditionKind.COUNTING_RULE, edition)
    assert adopted is not None
    withdrawn = Reference.Withdrawn(
        originator_id=reference_id(EditionKind.COUNTING_RULE, edition),
        originator_version=2,
        meta=meta(ADMINISTRATOR, reason="r"),
        kind=EditionKind.COUNTING_RULE,
        edition=edition,
    )
    return references().with_event(withdrawn)


def test_without_any_rule_no_list_can_be_opened() -> None:
    found = SupervisionList("l1")

    with refused(found, NothingAdopted):
        found.open(meta(), programme=PROGRAMME, duty=Duty.COMMENCEMENT, references=References())


def test_a_list_is_opened_once_and_under_a_name() -> None:
    found, new = opened(), SupervisionList("l2")

    with refused(found, AlreadyExists):
        found.open(meta(), programme=PROGRAMME, duty=Duty.COMPLETION, references=references())
    for wrong in ({"programme": Label(zh=" ", en="x")}, {"year": 1800}):
        with refused(new, BadInput):
            new.open(
                meta(),
                **{"programme": PROGRAMME, "duty": Duty.COMPLETION, "references": references(), **wrong},  # type: ignore[arg-type]
            )


# -- what is said of it --------------------------------------------------------------------------------------------------


def test_a_count_is_stated_and_may_be_stated_anew() -> None:
    found = opened()

    found.state_count(meta(), count=129)
    found.state_count(meta(basis=Basis.ILLUSTRATED), count=131)

    recorded(found)
    assert (found.count_stated, found.count_version, found.count_basis) == (131, 3, Basis.ILLUSTRATED)


@pytest.mark.parametrize("count", [-1, 0, 1_000_001])
def test_a_count_is_a_number_of_projects(count: int) -> None:
    found = opened()

    with refused(found, BadInput):
        found.state_count(meta(), count=count)


def test_an_amendment_changes_what_it_names_and_nothing_else() -> None:
    found = opened(note="市级")

    found.amend(meta(), references=references(), rule="commencement-piling")

    recorded(found)
    assert (found.rule, found.note, found.programme) == ("commencement-piling", "市级", PROGRAMME)


def test_an_amendment_that_changes_nothing_or_gives_a_wrong_rule_is_refused() -> None:
    found = opened()

    with refused(found, NothingToAmend):
        found.amend(meta(), references=references(), rule="commencement-started")
    with refused(found, RuleOfAnotherDuty):
        found.amend(meta(), references=references(), rule="completion-completed")
    with refused(found, BadInput):
        found.amend(meta(), references=references(), programme=Label(zh="", en=""))


# -- corrections ---------------------------------------------------------------------------------------------------------


def test_a_stated_count_is_corrected_or_retracted() -> None:
    found = opened()
    found.state_count(meta(), count=192)

    found.correct(meta(reason="录入颠倒"), corrects=2, fields={"count": 129})
    assert (found.count_stated, found.count_version) == (129, 2)
    found.correct(meta(reason="并无此数"), corrects=2, fields=None)

    recorded(found)
    assert (found.count_stated, found.count_version, found.count_basis) == (None, None, None)


def test_a_correction_is_as_strict_as_the_fact() -> None:
    found = opened()
    found.state_count(meta(), count=129)
    found.amend(meta(), references=references(), note="市级")

    with refused(found, BadInput):
        found.correct(meta(reason="r"), corrects=2, fields={"count": 0})
    with refused(found, BadInput):
        found.correct(meta(reason="r"), corrects=3, fields={"programme": {"zh": "", "en": ""}})
    with refused(found, CountingRuleIsAmended):
        found.correct(meta(reason="r"), corrects=3, fields={"rule": "commencement-imagined"})
    with refused(found, CorrectionNeedsAReason):
        found.correct(meta(), corrects=2, fields=None)
    with refused(found, NothingToCorrect):
        found.correct(meta(reason="r"), corrects=1, fields=None)


def test_an_amendment_of_the_rule_is_retracted_and_the_rule_before_it_counts_again() -> None:
    found = opened()
    found.amend(meta(), references=references(), rule="commencement-piling")

    found.correct(meta(reason="误改"), corrects=2, fields=None)

    recorded(found)
    assert found.rule == "commencement-started"


# -- closing and permissions ---------------------------------------------------------------------------------------------


def test_a_closed_list_takes_no_new_facts_but_corrections() -> None:
    found = opened()
    found.state_count(meta(), count=192)

    with refused(found, ClosingNeedsAReason):
        found.close(meta())
    found.close(meta(reason="督查结束"))

    with refused(found, IsClosed):
        found.state_count(meta(), count=130)
    found.correct(meta(reason="录入颠倒"), corrects=2, fields={"count": 129})
    recorded(found)
    assert (found.closed, found.closed_because, found.count_stated) == (True, "督查结束", 129)


@pytest.mark.parametrize("actor", [CLERK, LEADER, READER])
def test_only_the_supervisor_keeps_lists(actor: Actor) -> None:
    found, new = opened(), SupervisionList("l2")

    with refused(new, NotYourRole):
        new.open(meta(actor), programme=PROGRAMME, duty=Duty.COMPLETION, references=references())
    with refused(found, NotYourRole):
        found.state_count(meta(actor), count=1)
    with refused(found, NotYourRole):
        found.correct(meta(actor, reason="r"), corrects=1, fields=None)
    assert all(isinstance(found.may(action, meta(actor)), NotYourRole) for action in SupervisionList.ACTIONS)


def test_administrator_and_system_may_and_a_list_that_is_none_takes_nothing() -> None:
    for actor in (ADMINISTRATOR, SYSTEM):
        assert all(opened().may(action, meta(actor)) is None for action in SupervisionList.ACTIONS)
    assert isinstance(SupervisionList("none").may("state_supervision_count", meta()), DoesNotExist)
