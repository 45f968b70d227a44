"""A group 项目组: projects that are named together — a joint start, a park, a pipeline, a production batch."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any, ClassVar

from txapi.domain.aggregate import Correction
from txapi.domain.dates import PartialDate
from txapi.domain.errors import BadInput
from txapi.domain.event import Event
from txapi.domain.labels import labelled
from txapi.domain.money import Money
from txapi.domain.permissions import must_be_permitted
from txapi.domain.register import Actions, Register, must_be_a_name

if TYPE_CHECKING:
    from txapi.domain.event import Metadata


class GroupKind(enum.Enum):
    """Why these projects are named together."""

    JOINT_START = "joint_start"
    PARK = "park"
    PIPELINE = "pipeline"
    PRODUCTION_BATCH = "production_batch"


labelled(
    {
        GroupKind.JOINT_START: ("集中开工", "joint start"),
        GroupKind.PARK: ("园区", "park"),
        GroupKind.PIPELINE: ("储备项目", "pipeline"),
        GroupKind.PRODUCTION_BATCH: ("投产批次", "production batch"),
    }
)


class Group(Register):
    """A group of projects, which is never counted as a project itself; its members are recorded on the projects.

    The unit's clerk keeps it, and so does the supervisor; a group without a unit is the supervisor's alone.
    """

    KIND = "group"
    AMENDABLE = ("name", "on", "count_stated", "open_list", "investment", "aliases", "note")

    class Registered(Event, frozen=True, kw_only=True, omit_defaults=True):
        """The group was named 登记. `count_stated` is how many members the source says; an open list ends in 等."""

        TOPIC = "group.registered"
        kind: GroupKind
        name: str
        unit: str | None = None
        on: PartialDate | None = None
        count_stated: int | None = None
        open_list: bool = False
        investment: Money | None = None
        aliases: tuple[str, ...] = ()
        note: str | None = None

        def apply(self, group: Group) -> None:
            group.kind, group.name, group.unit, group.on = self.kind, self.name, self.unit, self.on
            group.count_stated, group.open_list = self.count_stated, self.open_list
            group.investment, group.aliases, group.note = self.investment, self.aliases, self.note
            group.basis = self.meta.basis

    class Amended(Event, frozen=True, kw_only=True, omit_defaults=True):
        """What is said of the group was changed 修改; fields that are None stay as they were."""

        TOPIC = "group.amended"
        name: str | None = None
        on: PartialDate | None = None
        count_stated: int | None = None
        open_list: bool | None = None
        investment: Money | None = None
        aliases: tuple[str, ...] | None = None
        note: str | None = None

        def apply(self, group: Group) -> None:
            group._take_amendment(self)

    class Closed(Event, frozen=True, kw_only=True, omit_defaults=True):
        """The group was closed 关闭."""

        TOPIC = "group.closed"

        def apply(self, group: Group) -> None:
            group.closed, group.closed_because = True, self.meta.reason

    class FactCorrected(Correction, frozen=True, kw_only=True, omit_defaults=True):
        """A fact of this group was retracted or replaced 更正."""

        TOPIC = "group.fact_corrected"

    CORRECTION = FactCorrected
    CORRECTABLE: ClassVar[tuple[type[Event], ...]] = (Amended, Closed)

    def _blank(self) -> None:
        super()._blank()
        self.kind = GroupKind.PIPELINE
        self.name = ""
        self.unit: str | None = None
        self.on: PartialDate | None = None
        self.count_stated: int | None = None
        self.open_list = False
        self.investment: Money | None = None
        self.aliases: tuple[str, ...] = ()
        self.note: str | None = None

    def _may_change(self, meta: Metadata, action: str) -> None:
        self._must_be_open()
        must_be_permitted(meta, action, self.unit)

    def _may_correct(self, meta: Metadata, action: str) -> None:
        self._must_exist()
        must_be_permitted(meta, action, self.unit)

    ACTIONS: ClassVar[Actions] = {
        "amend_group": _may_change,
        "close_group": _may_change,
        "correct_group": _may_correct,
    }

    def register(
        self,
        meta: Metadata,
        *,
        kind: GroupKind,
        name: str,
        unit: str | None = None,
        on: PartialDate | None = None,
        count_stated: int | None = None,
        open_list: bool = False,
        investment: Money | None = None,
        aliases: tuple[str, ...] = (),
        note: str | None = None,
    ) -> None:
        """Name a group. `on` may lie ahead: a joint start can be announced."""
        must_be_permitted(meta, "register_group", unit)
        self._must_be_new()
        must_be_a_name(name)
        _must_be_a_count(count_stated)
        self._record(
            self.Registered,
            meta,
            kind=kind,
            name=name,
            unit=unit,
            on=on,
            count_stated=count_stated,
            open_list=open_list,
            investment=investment,
            aliases=aliases,
            note=note,
        )

    def amend(self, meta: Metadata, **given: Any) -> None:
        """Change what is said of it: any of AMENDABLE; None leaves a field as it is."""
        self._may_change(meta, "amend_group")
        _must_be_well_said(given.get("name"), given.get("count_stated"))
        self._record(self.Amended, meta, **self._amendments(given))

    def close(self, meta: Metadata) -> None:
        """Close it, with a reason."""
        self._may_change(meta, "close_group")
        self._must_say_why(meta)
        self._record(self.Closed, meta)

    def _check_correction(self, meta: Metadata, replacement: Event) -> None:
        if isinstance(replacement, Group.Amended):
            _must_be_well_said(replacement.name, replacement.count_stated)


def _must_be_well_said(name: str | None, count: int | None) -> None:
    if name is not None:
        must_be_a_name(name)
    _must_be_a_count(count)


def _must_be_a_count(count: int | None) -> None:
    if count is not None and not 0 <= count <= 1_000_000:
        raise BadInput("BAD_COUNT", "a count is from 0 to 1000000", ("countStated",))
