"""What events say in a line, beside their kind."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from txapi.domain.dates import PartialDate
from txapi.domain.editions import EditionKind, MilestoneKind
from txapi.domain.event import Actor, Basis, Event, Metadata, Role, TimeBasis
from txapi.domain.event_lines import line_of
from txapi.domain.labels import Label
from txapi.domain.project import Project
from txapi.domain.reference import Reference

META = Metadata(
    decided_at=datetime(2015, 8, 11, tzinfo=UTC),
    actor=Actor("somebody", Role.SUPERVISOR),
    correlation_id="c",
    clock=TimeBasis.SYSTEM,
    basis=Basis.STATED,
)


def made(event: type[Event], /, **said: Any) -> Event:
    """An event of that kind."""
    return event(originator_id="n", originator_version=1, meta=META, **said)


def test_an_adopted_edition_is_named_by_its_kind_and_its_own_name() -> None:
    adopted = made(Reference.Adopted, kind=EditionKind.CALENDAR, edition="2015", hash="", content={})

    assert line_of(adopted) == Label(zh="工作日历 2015", en="working-day calendar 2015")
    withdrawn = made(Reference.Withdrawn, kind=EditionKind.CALENDAR, edition="2015")
    assert line_of(withdrawn) == line_of(adopted)


def test_a_milestone_is_named_with_its_date_as_people_read_it() -> None:
    reached = made(
        Project.MilestoneReached, kind=MilestoneKind.STARTED, on=PartialDate.day(date(2015, 8, 1)), template="t", rank=1
    )

    assert line_of(reached) == Label(zh="开工 2015年8月1日", en="started 1 August 2015")


def test_what_type_and_noun_say_already_is_not_said_again() -> None:
    assert line_of(made(Project.Suspended)) is None
