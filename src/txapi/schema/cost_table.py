"""What the cost of an operation is made of: how long each list may be, and what costs more than the objects in its answer.

A point stands for one object in an answer. Scalars cost nothing by themselves, a list costs its length times what is asked of one entry:
the conventions of the Cost Directive Specification of IBM (`@cost`, `@listSize`), without directives in the schema.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import cache

from txapi.record.checkpoints import MOST_HANDOVERS
from txapi.schema.connections import DEFAULT_SIZE, LARGEST_SIZE, LINES, MOST_GROUPS

ROWS = ("nodes", "edges")
"""The fields of a connection that hold its rows: as many as the page was asked to have."""

GROUPS_OF_A_DIMENSION = 40
"""How many values a dimension has at most that things are counted by: units, leaders, industries, lights."""

LENGTHS: tuple[tuple[str, int], ...] = (
    ("*Receipt.events", 10),
    ("*.attachments", 25),
    ("Attachment.may", 3),
    ("Webhook.may", 4),
    ("Viewer.may", 200),
    ("*.may", 40),
    ("*.aliases", 100),
    ("*.published", DEFAULT_SIZE),
    ("Viewer.units", LINES),
    ("Inbox.parts", 8),
    ("*.targetLights", 20),
    ("*.deadlineGroups", MOST_GROUPS),
    ("*.indicators", LINES),
    ("*.implementingBodies", LINES),
    ("*.handlingUnits", LINES),
    ("BodyLine.targets", DEFAULT_SIZE),
    ("BodyTargets.targets", DEFAULT_SIZE),
    ("*Group.group", 10),
    ("ProjectGroup.investment", 8),
    ("Record.digests", 60),
    ("Record.eventTypes", 150),
    ("Record.keyHandovers", MOST_HANDOVERS),
    ("*Proof.hashes", 64),
    ("Refusal.path", 24),
    ("Comparison.summary", 60),
    ("Event.changes", 30),
    ("FieldDifference.*", 3),
    ("Difference.*", 20),
    ("Meeting.*", 40),
    ("Target.goals", 6),
    ("Target.figures", 15),
    ("Target.figuresBeforeCorrection", 12),
    ("Project.*", 20),
    ("Ticket.*", 20),
    ("Handling.*", 6),
    ("Milestone.*", 12),
    ("AgentTerm.scope", 20),
    ("CapitalIncrease.uses", 20),
    ("Company.increases", 20),
    ("Parcel.*", 20),
    ("DeadlineGroup.verdicts", 8),
    ("LeaderChange.events", 4),
    ("LeaderGap.*", 4),
    ("*.events", 20),
    ("CorrectedFigure.corrections", 12),
    ("CutOffMember.*", 8),
    ("DeadlineBasis.fixedBy", 6),
    ("LateRecordedStart.lists", 8),
    ("LightRun.blamed", 6),
    ("ListOnCutOff.*", 20),
    ("MeetingCase.*", 12),
    ("ProjectLeadership.*", 12),
    ("PushedBackCommitment.pushed", 8),
    ("RetroactiveLights.runs", 20),
    ("Query.webhookDeliveries", 500),
    ("Webhook.*", 100),
)
"""How many entries the cost takes a list to have that is no page, by `Type.field`; the first pattern that fits."""

SIZED_BY = {
    "*.projectGroups": "by",
    "*.ticketGroups": "by",
    "Query.nodes": "ids",
    "Record.checkpoints": "first",
    "*.published": "first",
    "*.indicators": "first",
    "*.implementingBodies": "first",
    "*.handlingUnits": "first",
    "BodyLine.targets": "first",
    "BodyTargets.targets": "first",
}
"""Lists that are no connections, and the argument that says how long they are; without it they are as long as `LENGTHS` says."""

WEIGHTS: tuple[tuple[str, int], ...] = (
    ("Mutation.*", 20),
    ("Query.compare", 500),
    ("Comparison.*", 200),
    ("*.implementingBodies", 300),
    ("*.handlingUnits", 300),
    ("*.implementingBodyCount", 300),
    ("*.handlingUnitCount", 300),
    ("*.projectGroups", 100),
    ("*.ticketGroups", 100),
    ("*.targetLights", 100),
    ("*.lateAcceptances", 300),
    ("*.lateRecordedStarts", 300),
    ("*.leadership", 300),
    ("*.listOnCutOff", 300),
    ("*.mayorsMeeting", 300),
    ("*.pushedBackCommitments", 300),
    ("*.correctedFigures", 300),
    ("*.printedBesideComputed", 300),
    ("*.retroactiveLights", 1_000),
    ("*.deadlineBases", 300),
    ("*.deadlineGroups", 300),
    ("*Connection.totalCount", 10),
    ("Record.proof", 50),
    ("Event.proof", 50),
    ("Record.consistency", 50),
)
"""What a field costs beside its answer, for what it has computed or looked through."""

OF_A_TEXT = 50
"""What it costs to look for a text, which has no index."""
OF_THE_SCHEMA = {"__schema": 100, "__type": 100}
"""What introspection costs beside its answer."""


@cache
def length_of(kind: str, field: str) -> int | None:
    """How many entries the cost takes a list to have; None where an argument or a page says it, or nothing is known."""
    name = f"{kind}.{field}"
    return next((length for pattern, length in LENGTHS if fnmatchcase(name, pattern)), None)


@cache
def sized_by(kind: str, field: str) -> str | None:
    """The argument that says how long a list is that is no connection."""
    name = f"{kind}.{field}"
    return next((argument for pattern, argument in SIZED_BY.items() if fnmatchcase(name, pattern)), None)


@cache
def weight_of(kind: str, field: str) -> int:
    """What a field costs beside the objects of its answer."""
    name = f"{kind}.{field}"
    return next((weight for pattern, weight in WEIGHTS if fnmatchcase(name, pattern)), 0)


__all__ = [
    "DEFAULT_SIZE",
    "GROUPS_OF_A_DIMENSION",
    "LARGEST_SIZE",
    "LENGTHS",
    "MOST_GROUPS",
    "OF_A_TEXT",
    "OF_THE_SCHEMA",
    "ROWS",
    "SIZED_BY",
    "WEIGHTS",
    "length_of",
    "sized_by",
    "weight_of",
]
