"""A unit 单位: a town, subdistrict, platform or department; it keeps its code through every change of name."""

from __future__ import annotations

import enum
import re
from typing import TYPE_CHECKING, Any, ClassVar

from txapi.domain.aggregate import Correction
from txapi.domain.errors import BadInput, Refusal
from txapi.domain.event import Event
from txapi.domain.labels import Label, labelled
from txapi.domain.permissions import must_be_permitted
from txapi.domain.register import Actions, Register, must_be_a_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from txapi.domain.event import Metadata

_CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


class UnitKind(enum.Enum):
    """What sort of unit it is."""

    TOWN = "town"
    SUBDISTRICT = "subdistrict"
    PLATFORM = "platform"
    NEW_AREA = "new_area"
    DEPARTMENT = "department"
    GOVERNMENT = "government"
    PARTY = "party"
    OFFICE = "office"
    MEETING = "meeting"


class Duty(enum.Enum):
    """How a unit is judged: bodies by starts, completions and targets; departments by replies and resolutions."""

    IMPLEMENTING_BODY = "implementing_body"
    HANDLING_DEPARTMENT = "handling_department"
    OTHER = "other"


labelled(
    {
        UnitKind.TOWN: ("镇", "town"),
        UnitKind.SUBDISTRICT: ("街道", "subdistrict"),
        UnitKind.PLATFORM: ("平台", "platform"),
        UnitKind.NEW_AREA: ("新区", "new area"),
        UnitKind.DEPARTMENT: ("部门", "department"),
        UnitKind.GOVERNMENT: ("政府", "government"),
        UnitKind.PARTY: ("党委", "Party committee"),
        UnitKind.OFFICE: ("办公室", "office"),
        UnitKind.MEETING: ("会议", "collective body"),
        Duty.IMPLEMENTING_BODY: ("实施主体", "implementing body"),
        Duty.HANDLING_DEPARTMENT: ("承办部门", "handling department"),
        Duty.OTHER: ("其他", "other"),
    }
)


class MergedIntoItself(Refusal):
    """A unit is merged into another one."""

    en = "The unit {code} cannot be merged into itself."
    zh = "单位{code}不能并入自身。"
    units = ("code",)


class SuccessorIsClosed(Refusal):
    """Authority passes to a unit that can exercise it."""

    en = "The unit {code} is closed and cannot take over."
    zh = "单位{code}已撤销，不能承继。"
    units = ("code",)


class Unit(Register):
    """A unit and what became of it. Administrator and supervisor keep the register."""

    KIND = "unit"
    AMENDABLE = ("kind", "duty", "order", "parent", "aliases")

    class Registered(Event, frozen=True, kw_only=True, omit_defaults=True):
        """The unit was entered in the register 登记. The first stored form called `official_order` just `order`."""

        TOPIC = "unit.registered"
        class_version = 2

        code: str
        name: Label
        kind: UnitKind
        duty: Duty
        official_order: int = 0
        parent: str | None = None
        aliases: tuple[str, ...] = ()

        def apply(self, unit: Unit) -> None:
            unit.code, unit.name, unit.kind, unit.duty = self.code, self.name, self.kind, self.duty
            unit.order, unit.parent, unit.aliases = self.official_order, self.parent, self.aliases
            unit.basis = self.meta.basis

        @staticmethod
        def upcast_v1_v2(state: dict[str, Any]) -> None:
            """The order was not said to be the official one."""
            if "order" in state:
                state["official_order"] = state.pop("order")

        def claims(self) -> Iterable[tuple[str, str]]:
            """The code is the unit's own for ever."""
            return (("unit_code", self.code),)

    class Amended(Event, frozen=True, kw_only=True, omit_defaults=True):
        """What is said of the unit was changed 修改; fields that are None stay as they were."""

        TOPIC = "unit.amended"
        kind: UnitKind | None = None
        duty: Duty | None = None
        order: int | None = None
        parent: str | None = None
        aliases: tuple[str, ...] | None = None

        def apply(self, unit: Unit) -> None:
            unit._take_amendment(self)

    class Renamed(Event, frozen=True, kw_only=True, omit_defaults=True):
        """The unit has another name 更名; the earlier one stays an alias."""

        TOPIC = "unit.renamed"
        name: Label

        def apply(self, unit: Unit) -> None:
            if unit.name.zh not in unit.aliases and unit.name.zh != self.name.zh:
                unit.aliases = (*unit.aliases, unit.name.zh)
            unit.name = self.name

    class Merged(Event, frozen=True, kw_only=True, omit_defaults=True):
        """The unit was merged into another 并入; its authority passes to that one."""

        TOPIC = "unit.merged"
        code: str
        into: str

        def apply(self, unit: Unit) -> None:
            unit.successor, unit.closed = self.into, True

    class Closed(Event, frozen=True, kw_only=True, omit_defaults=True):
        """The unit was closed 撤销."""

        TOPIC = "unit.closed"

        def apply(self, unit: Unit) -> None:
            unit.closed, unit.closed_because = True, self.meta.reason

    class FactCorrected(Correction, frozen=True, kw_only=True, omit_defaults=True):
        """A fact of this unit was retracted or replaced 更正."""

        TOPIC = "unit.fact_corrected"

    CORRECTION = FactCorrected
    CORRECTABLE: ClassVar[tuple[type[Event], ...]] = (Amended, Renamed, Closed)

    def _blank(self) -> None:
        super()._blank()
        self.code = ""
        self.name = Label(zh="", en="")
        self.kind = UnitKind.OFFICE
        self.duty = Duty.OTHER
        self.order = 0
        self.parent: str | None = None
        self.aliases: tuple[str, ...] = ()
        self.successor: str | None = None

    # -- who may -----------------------------------------------------------------------------------------------

    def _may_register(self, meta: Metadata, action: str) -> None:
        must_be_permitted(meta, action)

    def _may_change(self, meta: Metadata, action: str) -> None:
        self._must_be_open()
        must_be_permitted(meta, action)

    def _may_correct(self, meta: Metadata, action: str) -> None:
        self._must_exist()
        must_be_permitted(meta, action)

    ACTIONS: ClassVar[Actions] = {
        "amend_unit": _may_change,
        "rename_unit": _may_change,
        "merge_unit": _may_change,
        "close_unit": _may_change,
        "correct_unit": _may_correct,
    }

    # -- commands ----------------------------------------------------------------------------------------------

    def register(
        self,
        meta: Metadata,
        *,
        code: str,
        name: Label,
        kind: UnitKind,
        duty: Duty,
        order: int = 0,
        parent: str | None = None,
        aliases: tuple[str, ...] = (),
    ) -> None:
        """Enter the unit. BadInput BAD_CODE where the code is not lower-case letters, digits and hyphens."""
        self._may_register(meta, "register_unit")
        self._must_be_new()
        if not _CODE.fullmatch(code):
            raise BadInput("BAD_CODE", "a unit's code has lower-case letters, digits and hyphens", ("code",))
        must_be_a_name(name.zh)
        self._record(
            self.Registered,
            meta,
            code=code,
            name=name,
            kind=kind,
            duty=duty,
            official_order=order,
            parent=parent,
            aliases=aliases,
        )

    def amend(
        self,
        meta: Metadata,
        *,
        kind: UnitKind | None = None,
        duty: Duty | None = None,
        order: int | None = None,
        parent: str | None = None,
        aliases: tuple[str, ...] | None = None,
    ) -> None:
        """Change what is said of it; None leaves a field as it is."""
        self._may_change(meta, "amend_unit")
        given = {"kind": kind, "duty": duty, "order": order, "parent": parent, "aliases": aliases}
        self._record(self.Amended, meta, **self._amendments(given))

    def rename(self, meta: Metadata, *, name: Label) -> None:
        """Give it another name; the code stays, the earlier name becomes an alias."""
        self._may_change(meta, "rename_unit")
        must_be_a_name(name.zh)
        self._amendments({"name": name})
        self._record(self.Renamed, meta, name=name)

    def merge_into(self, meta: Metadata, *, into: Unit) -> None:
        """Merge it into another unit, which is open: its authority passes to that one."""
        self._may_change(meta, "merge_unit")
        if into.code == self.code:
            raise MergedIntoItself(code=self.code)
        if into.closed:
            raise SuccessorIsClosed(code=into.code)
        self._record(self.Merged, meta, code=self.code, into=into.code)

    def close(self, meta: Metadata) -> None:
        """Close it, with a reason."""
        self._may_change(meta, "close_unit")
        self._must_say_why(meta)
        self._record(self.Closed, meta)

    def _must_hold_together(self) -> None:
        must_be_a_name(self.name.zh)
