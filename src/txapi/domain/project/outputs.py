"""The outputs 产出 of a project: what is forecast and what was measured, kept apart."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from txapi.domain.dates import PartialDate
from txapi.domain.errors import BadInput
from txapi.domain.facts import must_have_happened
from txapi.domain.labels import Label, labelled
from txapi.domain.project.base import ProjectBase, ProjectFact, Stated, checked_name
from txapi.domain.quantity import Quantity

if TYPE_CHECKING:
    from txapi.domain.event import Metadata
    from txapi.domain.reference import References


class Per(enum.Enum):
    """For what time an output is reckoned."""

    YEAR = "year"
    MONTH = "month"
    DAY = "day"


labelled({Per.YEAR: ("每年", "a year"), Per.MONTH: ("每月", "a month"), Per.DAY: ("每日", "a day")})


class Output(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One figure of an output: a forecast, or what was measured over the time `period`.

    `per` is for what time the figure is reckoned, None where the source does not say.
    """

    label: Label
    quantity: Quantity
    stated: Stated
    per: Per | None = None
    measured: bool = False
    period: PartialDate | None = None


class Outputs(ProjectBase):
    """The commands that tell what a project is to yield, and what it yields."""

    def _blank(self) -> None:
        super()._blank()
        self.outputs: tuple[Output, ...] = ()

    class OutputForecast(ProjectFact, frozen=True, kw_only=True, omit_defaults=True):
        """Somebody said what the project is to yield."""

        TOPIC = "project.output_forecast"

        label: Label
        quantity: Quantity
        per: Per | None = None

        def apply(self, project: Outputs) -> None:
            project.outputs = (*project.outputs, Output(self.label, self.quantity, project._stated(self), self.per))

    class OutputMeasured(ProjectFact, frozen=True, kw_only=True, omit_defaults=True):
        """What the project yielded over a time that is past was measured."""

        TOPIC = "project.output_measured"

        label: Label
        quantity: Quantity
        on: PartialDate
        per: Per | None = None

        def must_hold(self, decided_at: datetime) -> None:
            must_have_happened(self.on, decided_at)

        def apply(self, project: Outputs) -> None:
            output = Output(
                self.label,
                self.quantity,
                project._stated(self),
                self.per,
                measured=True,
                period=project._happened(self.on, self),
            )
            project.outputs = (*project.outputs, output)

    def forecast_output(
        self,
        meta: Metadata,
        *,
        label: Label,
        quantity: Quantity,
        references: References,
        per: Per | None = None,
    ) -> None:
        """Say what the project is to yield, in a unit of measure that was adopted. BadInput UNKNOWN_UNIT."""
        self._may_forecast_output(meta)
        _must_be_a_unit(quantity, references)
        self._state(self.OutputForecast, meta, label=_checked_label(label), quantity=quantity, per=per)

    def _may_forecast_output(self, meta: Metadata) -> None:
        self._may(meta, "forecast_output")
        self._must_not_be_terminated()

    def measure_output(
        self,
        meta: Metadata,
        *,
        label: Label,
        quantity: Quantity,
        on: PartialDate,
        references: References,
        per: Per | None = None,
    ) -> None:
        """State what the project yielded over the time `on`, in an adopted unit of measure. BadInput UNKNOWN_UNIT."""
        self._may_measure_output(meta)
        _must_be_a_unit(quantity, references)
        self._state(self.OutputMeasured, meta, label=_checked_label(label), quantity=quantity, on=on, per=per)

    def _may_measure_output(self, meta: Metadata) -> None:
        self._may(meta, "measure_output")
        self._must_not_be_terminated()


def _must_be_a_unit(quantity: Quantity, references: References) -> None:
    if quantity.unit not in references.units:
        raise BadInput("UNKNOWN_UNIT", f"no adopted unit of measure is called {quantity.unit}", ("quantity", "unit"))


def _checked_label(label: Label) -> Label:
    return Label(zh=checked_name(label.zh, "label"), en=checked_name(label.en, "label"))
