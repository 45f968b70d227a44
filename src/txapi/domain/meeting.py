"""A meeting 会议: where city and units meet on site or collectively, when, with whom, and what it is part of."""

from __future__ import annotations

import enum
import re
from typing import TYPE_CHECKING, Any, ClassVar

from txapi.domain.aggregate import Correction
from txapi.domain.dates import PartialDate
from txapi.domain.errors import BadInput
from txapi.domain.event import Event
from txapi.domain.labels import labelled
from txapi.domain.official import Official
from txapi.domain.permissions import must_be_permitted
from txapi.domain.register import Actions, Register, must_be_a_name

if TYPE_CHECKING:
    from txapi.domain.event import Metadata

_HOUR = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]|24:00")


class MeetingKind(enum.Enum):
    """What sort of meeting."""

    ON_SITE = "on_site"
    MAYORS_OFFICE = "mayors_office"
    OTHER = "other"


labelled(
    {
        MeetingKind.ON_SITE: ("现场办公", "on-site meeting"),
        MeetingKind.MAYORS_OFFICE: ("市长办公会议", "mayor's executive meeting"),
        MeetingKind.OTHER: ("其他会议", "other meeting"),
    }
)


class Meeting(Register):
    """A meeting as planned or held. Supervisor and secretary keep the register."""

    KIND = "meeting"
    AMENDABLE = (
        "title",
        "on",
        "begins",
        "ends",
        "hosts",
        "attendees",
        "attending_units",
        "open_list",
        "series",
        "note",
    )

    class Registered(Event, frozen=True, kw_only=True, omit_defaults=True):
        """The meeting was entered 登记. Hours are local (Asia/Shanghai), HH:MM; an open list of attendees ends in 等."""

        TOPIC = "meeting.registered"
        kind: MeetingKind
        title: str
        on: PartialDate | None = None
        begins: str | None = None
        ends: str | None = None
        hosts: tuple[str, ...] = ()
        attendees: tuple[Official, ...] = ()
        attending_units: tuple[str, ...] = ()
        open_list: bool = False
        series: str | None = None
        note: str | None = None

        def apply(self, meeting: Meeting) -> None:
            meeting.kind, meeting.title, meeting.on = self.kind, self.title, self.on
            meeting.begins, meeting.ends, meeting.hosts = self.begins, self.ends, self.hosts
            meeting.attendees, meeting.attending_units = self.attendees, self.attending_units
            meeting.open_list, meeting.series, meeting.note = self.open_list, self.series, self.note
            meeting.basis = self.meta.basis

    class Amended(Event, frozen=True, kw_only=True, omit_defaults=True):
        """What is said of the meeting was changed 修改; fields that are None stay as they were."""

        TOPIC = "meeting.amended"
        title: str | None = None
        on: PartialDate | None = None
        begins: str | None = None
        ends: str | None = None
        hosts: tuple[str, ...] | None = None
        attendees: tuple[Official, ...] | None = None
        attending_units: tuple[str, ...] | None = None
        open_list: bool | None = None
        series: str | None = None
        note: str | None = None

        def apply(self, meeting: Meeting) -> None:
            meeting._take_amendment(self)

    class Closed(Event, frozen=True, kw_only=True, omit_defaults=True):
        """The meeting was called off or closed 关闭."""

        TOPIC = "meeting.closed"

        def apply(self, meeting: Meeting) -> None:
            meeting.closed, meeting.closed_because = True, self.meta.reason

    class FactCorrected(Correction, frozen=True, kw_only=True, omit_defaults=True):
        """A fact of this meeting was retracted or replaced 更正."""

        TOPIC = "meeting.fact_corrected"

    CORRECTION = FactCorrected
    CORRECTABLE: ClassVar[tuple[type[Event], ...]] = (Amended, Closed)

    def _blank(self) -> None:
        super()._blank()
        self.kind = MeetingKind.OTHER
        self.title = ""
        self.on: PartialDate | None = None
        self.begins: str | None = None
        self.ends: str | None = None
        self.hosts: tuple[str, ...] = ()
        self.attendees: tuple[Official, ...] = ()
        self.attending_units: tuple[str, ...] = ()
        self.open_list = False
        self.series: str | None = None
        self.note: str | None = None

    def _may_change(self, meta: Metadata, action: str) -> None:
        self._must_be_open()
        must_be_permitted(meta, action)

    def _may_correct(self, meta: Metadata, action: str) -> None:
        self._must_exist()
        must_be_permitted(meta, action)

    ACTIONS: ClassVar[Actions] = {
        "amend_meeting": _may_change,
        "close_meeting": _may_change,
        "correct_meeting": _may_correct,
    }

    def register(
        self,
        meta: Metadata,
        *,
        kind: MeetingKind,
        title: str,
        on: PartialDate | None = None,
        begins: str | None = None,
        ends: str | None = None,
        hosts: tuple[str, ...] = (),
        attendees: tuple[Official, ...] = (),
        attending_units: tuple[str, ...] = (),
        open_list: bool = False,
        series: str | None = None,
        note: str | None = None,
    ) -> None:
        """Enter a meeting, planned or held; BadInput BAD_HOURS where it ends before it begins."""
        must_be_permitted(meta, "register_meeting")
        self._must_be_new()
        must_be_a_name(title, "title")
        _must_be_hours(begins, ends)
        self._record(
            self.Registered,
            meta,
            kind=kind,
            title=title,
            on=on,
            begins=begins,
            ends=ends,
            hosts=hosts,
            attendees=attendees,
            attending_units=attending_units,
            open_list=open_list,
            series=series,
            note=note,
        )

    def amend(self, meta: Metadata, **given: Any) -> None:
        """Change what is said of it: any of AMENDABLE; None leaves a field as it is."""
        self._may_change(meta, "amend_meeting")
        if given.get("title") is not None:
            must_be_a_name(given["title"], "title")
        begins, ends = given.get("begins"), given.get("ends")
        _must_be_hours(self.begins if begins is None else begins, self.ends if ends is None else ends)
        self._record(self.Amended, meta, **self._amendments(given))

    def close(self, meta: Metadata) -> None:
        """Call it off or close it, with a reason."""
        self._may_change(meta, "close_meeting")
        self._must_say_why(meta)
        self._record(self.Closed, meta)

    def _must_hold_together(self) -> None:
        must_be_a_name(self.title, "title")
        _must_be_hours(self.begins, self.ends)


def _must_be_hours(begins: str | None, ends: str | None) -> None:
    for hour in (begins, ends):
        if hour is not None and not _HOUR.fullmatch(hour):
            raise BadInput("BAD_HOURS", "hours are written HH:MM, from 00:00 to 24:00", ("begins",))
    if begins is not None and ends is not None and ends <= begins:
        raise BadInput("BAD_HOURS", f"a meeting that begins at {begins} cannot end at {ends}", ("ends",))
