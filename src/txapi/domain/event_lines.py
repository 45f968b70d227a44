"""What an event says beside its kind, in a line: which edition was adopted, what was printed, which month was reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from txapi.domain.dates import PartialDate
from txapi.domain.labels import Label, label_of
from txapi.domain.project import Project
from txapi.domain.publication import Publication
from txapi.domain.reference import Reference
from txapi.domain.target import Target

if TYPE_CHECKING:
    from txapi.domain.event import Event


def line_of(event: Event) -> Label | None:
    """The line; None where the kind of event and its noun say all."""
    match event:
        case Publication.ItemPrinted():
            dated = _dated(event.as_of)
            return Label(
                zh=f"{event.label.zh}：{event.printed}{dated.zh}", en=f"{event.label.en}: {event.printed}{dated.en}"
            )
        case Reference.Adopted() | Reference.Withdrawn():
            kind = label_of(event.kind)
            return Label(zh=f"{kind.zh} {event.edition}", en=f"{kind.en} {event.edition}")
        case Target.ActualReported():
            through = event.through.isoformat()
            return Label(zh=f"截至 {through}", en=f"through {through}")
        case Project.MilestoneReached() | Project.MilestoneForecast():
            kind = label_of(event.kind)
            return Label(zh=f"{kind.zh} {event.on.text('zh')}", en=f"{kind.en} {event.on.text()}")
    return None


def _dated(as_of: PartialDate | None) -> Label:
    """As of when, in parentheses; nothing where that is not known."""
    if as_of is None:
        return Label(zh="", en="")
    return Label(zh=f"（截至{as_of.text('zh')}）", en=f" (as of {as_of.text()})")
