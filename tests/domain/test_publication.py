"""A publication: a document and what it printed, as it stands there; recorded once, corrected with a reason."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.domain.given import recorded, refused
from tests.domain.project.given import ADMINISTRATOR, AUDITOR, CLERK, LEADER, READER, SYSTEM, meta
from txapi.domain.aggregate import AlreadyExists, CorrectionNeedsAReason, DoesNotExist, NothingToCorrect
from txapi.domain.authority import NotYourRole
from txapi.domain.dates import PartialDate
from txapi.domain.errors import BadInput
from txapi.domain.event import Actor, Basis
from txapi.domain.labels import LABELS, Label
from txapi.domain.money import Money
from txapi.domain.publication import About, Publication, PublishedKind, PublishedLater
from txapi.domain.quantity import PERCENT, Quantity
from txapi.domain.register import ClosingNeedsAReason, IsClosed, NothingToAmend

TITLE = Label(zh="重大项目推进情况", en="How the major projects move")
DECIDED = meta().decided_at
RATE: dict[str, Any] = {
    "kind": PublishedKind.RATE,
    "label": Label(zh="开工率", en="commencement rate"),
    "printed": "66.7%",
    "locator": "line 23",
    "about": About("supervision_list", "l1"),
    "as_of": PartialDate.from_text("2015-07-30"),
    "value": Quantity.of("66.7", PERCENT),
    "part": 86,
    "whole": 129,
}


def document(**more: Any) -> Publication:
    """A document that was published on the day before; event 1."""
    found = Publication("d1")
    found.record(meta(), **{"title": TITLE, "published_at": DECIDED - timedelta(days=1), **more})
    return found


def printed(**more: Any) -> Publication:
    """The same with the commencement rate that it printed; event 2."""
    found = document()
    found.print_item(meta(), **{**RATE, **more})
    return found


# -- the document --------------------------------------------------------------------------------------------------------


def test_a_document_is_recorded_with_who_published_it_and_when() -> None:
    found = document(publisher=Label(zh="桐乡新闻网", en="Tongxiang News"), editor="某编辑", note="网页")

    recorded(found)
    assert (found.title, found.editor, found.note) == (TITLE, "某编辑", "网页")
    assert found.published_at == datetime(2015, 8, 10, 2, tzinfo=UTC)
    assert found.items == ()


def test_a_document_may_be_recorded_at_the_instant_of_its_publication_and_not_before() -> None:
    new = Publication("d1")

    with refused(new, PublishedLater):
        new.record(meta(), title=TITLE, published_at=DECIDED + timedelta(microseconds=1))
    new.record(meta(), title=TITLE, published_at=DECIDED)

    recorded(new)


def test_a_time_without_a_zone_and_a_document_without_a_title_are_bad_input() -> None:
    new = Publication("d1")

    with refused(new, BadInput):
        new.record(meta(), title=TITLE, published_at=DECIDED.replace(tzinfo=None))
    with refused(new, BadInput):
        new.record(meta(), title=Label(zh=" ", en="x"))


def test_a_document_is_recorded_once() -> None:
    found = document()

    with refused(found, AlreadyExists):
        found.record(meta(), title=TITLE)


def test_an_amendment_changes_what_it_names() -> None:
    found = document(note="网页")

    found.amend(meta(), publisher=Label(zh="桐乡新闻网", en="Tongxiang News"))

    recorded(found)
    assert found.publisher == Label(zh="桐乡新闻网", en="Tongxiang News")
    assert (found.title, found.note) == (TITLE, "网页")
    with refused(found, NothingToAmend):
        found.amend(meta(), title=TITLE)
    with refused(found, BadInput):
        found.amend(meta(), title=Label(zh="", en=""))


# -- what it printed -----------------------------------------------------------------------------------------------------


def test_what_was_printed_stands_as_printed_beside_the_counts_that_it_gives() -> None:
    found = printed()

    recorded(found)
    (item,) = found.items
    assert (item.version, item.printed, item.locator, item.basis) == (2, "66.7%", "line 23", Basis.STATED)
    assert (item.part, item.whole, item.value) == (86, 129, Quantity.of("66.7", PERCENT))
    assert item.about == About("supervision_list", "l1")


def test_a_plan_may_be_about_a_day_that_lies_ahead_and_a_statement_needs_no_figure() -> None:
    found = document()

    found.print_item(
        meta(),
        kind=PublishedKind.PLAN,
        label=Label(zh="计划", en="plan"),
        printed="9月底前投产",
        locator="line 49",
        as_of=PartialDate.by_month_end(2015, 9),
    )
    found.print_item(
        meta(),
        kind=PublishedKind.TOTAL,
        label=Label(zh="总投资", en="total investment"),
        printed="总投资35亿元",
        locator="line 45",
        money=Money.of("35", "亿元"),
    )

    recorded(found)
    assert [item.version for item in found.items] == [2, 3]


@pytest.mark.parametrize(
    "wrong",
    [
        {"printed": " "},
        {"printed": "长" * 2001},
        {"locator": ""},
        {"label": Label(zh="", en="rate")},
        {"money": Money.of("1", "元")},
        {"whole": None},
        {"part": None},
        {"part": 130},
        {"part": -1},
        {"whole": 10**9 + 1},
    ],
)
def test_what_cannot_stand_in_a_document_is_bad_input(wrong: dict[str, Any]) -> None:
    found = document()

    with refused(found, BadInput):
        found.print_item(meta(), **{**RATE, **wrong})


def test_the_longest_text_is_taken() -> None:
    assert len(printed(printed="长" * 2000).items[0].printed) == 2000


# -- corrections ---------------------------------------------------------------------------------------------------------


def test_what_was_written_down_wrongly_is_corrected_and_the_past_keeps_it() -> None:
    found = printed(printed="67.6%")
    before = Publication.fold(found.id, found.events)

    found.correct(meta(reason="录入颠倒"), corrects=2, fields={"printed": "66.7%"})

    recorded(found)
    assert found.items[0].printed == "66.7%"
    assert found.items[0].version == 2
    assert before.items[0].printed == "67.6%"


def test_what_was_never_printed_is_retracted() -> None:
    found = printed()

    found.correct(meta(reason="原文并无此项"), corrects=2, fields=None)

    recorded(found)
    assert found.items == ()


def test_a_correction_is_as_strict_as_the_fact() -> None:
    found = printed()
    found.amend(meta(), title=Label(zh="重大项目", en="Major projects"))

    for corrects, fields in (
        (2, {"part": 130}),
        (2, {"printed": ""}),
        (2, {"colour": 1}),
        (3, {"title": {"zh": "", "en": ""}}),
    ):
        with refused(found, BadInput):
            found.correct(meta(reason="r"), corrects=corrects, fields=fields)
    with refused(found, CorrectionNeedsAReason):
        found.correct(meta(), corrects=2, fields=None)
    with refused(found, NothingToCorrect):
        found.correct(meta(reason="r"), corrects=1, fields=None)


# -- closing and permissions ---------------------------------------------------------------------------------------------


def test_a_withdrawn_document_takes_nothing_more_but_corrections() -> None:
    found = printed()

    with refused(found, ClosingNeedsAReason):
        found.close(meta())
    found.close(meta(reason="原件撤稿"))

    with refused(found, IsClosed):
        found.print_item(meta(), **RATE)
    with refused(found, IsClosed):
        found.amend(meta(), note="x")
    found.correct(meta(reason="录入颠倒"), corrects=2, fields={"locator": "line 24"})
    recorded(found)
    assert (found.closed, found.closed_because, found.items[0].locator) == (True, "原件撤稿", "line 24")


@pytest.mark.parametrize("actor", [CLERK, LEADER, READER, AUDITOR])
def test_only_the_supervisor_records_documents(actor: Actor) -> None:
    found, new = printed(), Publication("d2")

    with refused(new, NotYourRole):
        new.record(meta(actor), title=TITLE)
    with refused(found, NotYourRole):
        found.print_item(meta(actor), **RATE)
    with refused(found, NotYourRole):
        found.correct(meta(actor, reason="r"), corrects=2, fields=None)
    assert all(isinstance(found.may(action, meta(actor)), NotYourRole) for action in Publication.ACTIONS)


def test_administrator_and_system_may_and_a_document_that_is_none_takes_nothing() -> None:
    for actor in (ADMINISTRATOR, SYSTEM):
        assert all(document().may(action, meta(actor)) is None for action in Publication.ACTIONS)
    assert isinstance(Publication("none").may("print_item", meta()), DoesNotExist)


def test_every_kind_of_printed_thing_has_a_label() -> None:
    assert [kind for kind in PublishedKind if kind not in LABELS] == []
