"""Commands on meetings 会议: load, let the meeting decide, save."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from txapi.application.desk import Desk, Done, Loads, Order
from txapi.domain.dates import PartialDate
from txapi.domain.errors import Refusal
from txapi.domain.event import Metadata
from txapi.domain.meeting import Meeting, MeetingKind
from txapi.domain.official import Official


def may(desk: Loads, meta: Metadata, id: str) -> list[tuple[str, Refusal | None]]:
    """Every command on a meeting, and why the actor may not give it now; None where it is open."""
    meeting = desk.load(Meeting, id)
    return [(action, meeting.may(action, meta)) for action in Meeting.ACTIONS]


def register_meeting(
    desk: Desk,
    order: Order,
    *,
    kind: MeetingKind,
    title: str,
    on: PartialDate | None = None,
    begins: str | None = None,
    ends: str | None = None,
    hosts: Sequence[str] = (),
    attendees: Sequence[Official] = (),
    attending_units: Sequence[str] = (),
    open_list: bool = False,
    series: str | None = None,
    note: str | None = None,
    id: str | None = None,
) -> Done:
    """Enter a meeting; hosts and attending units by their codes, hours local as HH:MM."""
    desk.must_know_units(*hosts, *attending_units)
    return desk.create(
        Meeting,
        id or desk.record.ids.uuid(),
        order,
        lambda meeting: meeting.register(
            order.meta,
            kind=kind,
            title=title,
            on=on,
            begins=begins,
            ends=ends,
            hosts=tuple(hosts),
            attendees=tuple(attendees),
            attending_units=tuple(attending_units),
            open_list=open_list,
            series=series,
            note=note,
        ),
    )


def amend_meeting(
    desk: Desk,
    order: Order,
    *,
    meeting: str,
    title: str | None = None,
    on: PartialDate | None = None,
    begins: str | None = None,
    ends: str | None = None,
    hosts: Sequence[str] | None = None,
    attendees: Sequence[Official] | None = None,
    attending_units: Sequence[str] | None = None,
    open_list: bool | None = None,
    series: str | None = None,
    note: str | None = None,
) -> Done:
    """Change what is said of a meeting; None leaves a field as it is."""
    desk.must_know_units(*(hosts or ()), *(attending_units or ()))
    given: dict[str, Any] = {
        "title": title,
        "on": on,
        "begins": begins,
        "ends": ends,
        "hosts": None if hosts is None else tuple(hosts),
        "attendees": None if attendees is None else tuple(attendees),
        "attending_units": None if attending_units is None else tuple(attending_units),
        "open_list": open_list,
        "series": series,
        "note": note,
    }
    return desk.change(Meeting, meeting, order, lambda m: m.amend(order.meta, **given))


def close_meeting(desk: Desk, order: Order, *, meeting: str) -> Done:
    """Call a meeting off or close it, with a reason."""
    return desk.change(Meeting, meeting, order, lambda m: m.close(order.meta))


def correct_meeting(
    desk: Desk, order: Order, *, meeting: str, corrects: int, fields: dict[str, Any] | None = None
) -> Done:
    """Retract or replace a fact of a meeting."""
    return desk.change(Meeting, meeting, order, lambda m: m.correct(order.meta, corrects=corrects, fields=fields))
