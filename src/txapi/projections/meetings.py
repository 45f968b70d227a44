"""Meetings 会议 as rows, and the questions about them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from txapi.domain.dates import PartialDate
from txapi.domain.event import Basis
from txapi.domain.meeting import Meeting, MeetingKind
from txapi.domain.official import Official
from txapi.projections.moment import Reader
from txapi.projections.projection import Projection
from txapi.projections.select import Order, Select, many_of, one_of
from txapi.projections.table import Extra, Table, answer, kept


@dataclass(kw_only=True)
class MeetingRow:
    """What a meeting answers."""

    entity_id: str = answer("实体标识", "The same at every moment; what commands take.")
    kind: MeetingKind = answer("类别", "What sort of meeting.")
    title: str = answer("会议名称", "The title.")
    begins: str | None = answer("开始", "When it begins, local time HH:MM.")
    ends: str | None = answer("结束", "When it ends, local time HH:MM.")
    open: bool = answer("未列全", "Whether the source's list of attendees ends in 等.")
    series: str | None = answer("系列", "The series that it is part of.")
    note: str | None = answer("备注", "Anything else that is said of it.")
    closed: bool = answer("是否取消", "Whether it was called off or closed.")
    basis: Basis = answer("依据", "On what its registration rests.")
    version: int = answer("版次", "How many events this noun has; the expectedVersion of the next command.")
    happens: PartialDate | None = kept()
    host_codes: list[str] = kept()
    attending: tuple[Official, ...] = kept()
    attending_codes: list[str] = kept()


MEETINGS = Table(
    "meetings",
    MeetingRow,
    extras=(
        Extra("search", "TEXT", ("title", "series", "note"), lambda *texts: " ".join(filter(None, texts)).casefold()),
        Extra("latest", "TEXT", ("happens",), lambda on: on and on.latest and on.latest.isoformat()),
    ),
    indexes=("latest, title",),
)


def project(meeting: Meeting) -> Iterator[tuple[Table[Any], Any]]:
    """The row of a meeting."""
    yield (
        MEETINGS,
        MeetingRow(
            entity_id=meeting.id,
            kind=meeting.kind,
            title=meeting.title,
            begins=meeting.begins,
            ends=meeting.ends,
            open=meeting.open_list,
            series=meeting.series,
            note=meeting.note,
            closed=meeting.closed,
            basis=meeting.basis,
            version=meeting.version,
            happens=meeting.on,
            host_codes=list(meeting.hosts),
            attending=meeting.attendees,
            attending_codes=list(meeting.attending_units),
        ),
    )


PROJECTION = Projection(Meeting, (MEETINGS,), project)


@dataclass
class MeetingFilter:
    """Which meetings; every part that is given must hold."""

    kind: list[MeetingKind] | None = answer("类别", "Of these kinds.", default=None)
    text: str | None = answer("文字检索", "Title, series or note contains this.", default=None)


LATEST_FIRST = [Order("t.latest", descending=True), Order("t.title")]


def select(reader: Reader, asked: MeetingFilter | None = None) -> Select[MeetingRow]:
    """The meetings that a filter asks for."""
    asked = asked or MeetingFilter()
    found = Select(MEETINGS, reader).where_in("kind", asked.kind)
    if asked.text:
        found.where("instr(t.search, ?) > 0", asked.text.casefold())
    return found


def meeting_of(reader: Reader, id: str, into: type[Any] | None = None) -> Any:
    """The meeting with that id at the moment, or None."""
    return one_of(MEETINGS, reader, id, into)


def meetings_of(reader: Reader, ids: Sequence[str], into: type[Any] | None = None) -> list[Any]:
    """The meetings with those ids at the moment."""
    return many_of(MEETINGS, reader, ids, into)
