"""A small county to import into, and sheets as Excel and other programs write them."""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl

from tests.city import ADMINISTRATOR, City, instant
from tests.stores import place
from txapi.application.desk import Desk
from txapi.application.projects import introduce_project
from txapi.application.references import adopt_edition
from txapi.application.targets import set_target
from txapi.application.units import register_unit
from txapi.datasets.references import bundled_references
from txapi.domain.editions import ProjectKind
from txapi.domain.event import Actor, TimeBasis
from txapi.domain.labels import Label
from txapi.domain.target import Target
from txapi.domain.unit import Duty, UnitKind
from txapi.imports import Asked, Report, import_sheet
from txapi.record.clock import ScriptClock
from txapi.record.record import Record

NOW = "2015-10-20T09:00"
UNITS = ("chongfu", "dama", "land-bureau")
INDICATORS = ("FDI_ACTUAL", "DOMESTIC_CAPITAL", "COMPLETIONS", "COMPLETION_RATE")
FIGURES = ("指标", "单位", "月份", "当月数", "累计数", "计量单位", "说明")


class County:
    """The record of the county and its desk; `at` sets the clock. Nobody reads it, so that it has no read models."""

    def __init__(self, folder: Path) -> None:
        self.clock = ScriptClock(instant(NOW), TimeBasis.DATASET)
        self.record = Record.open(place(folder), self.clock)
        self.desk = Desk(self.record)

    def at(self, time: str) -> None:
        """Set the clock."""
        self.clock.set(instant(time))


def county_of(folder: Path) -> None:
    """Two towns with targets for 2015 and one project each, and a bureau, in October."""
    city = City(folder, NOW)
    for kind, edition, content in bundled_references(lambda year: year in (2015, 2016)):
        adopt_edition(city.desk, city.order(), kind=kind, edition=edition, content=content)
    for code in UNITS:
        bureau = code.endswith("bureau")
        register_unit(
            city.desk,
            city.order(),
            code=code,
            name=Label(zh=code, en=code),
            kind=UnitKind.DEPARTMENT if bureau else UnitKind.TOWN,
            duty=Duty.HANDLING_DEPARTMENT if bureau else Duty.IMPLEMENTING_BODY,
        )
    for unit in UNITS[:2]:
        for indicator in INDICATORS:
            set_target(city.desk, city.order(), indicator=indicator, unit=unit, year=2015)
        introduce_project(
            city.desk, city.order(), code=f"P-{unit}", name=f"{unit}项目", kind=ProjectKind.NEW_BUILD, unit=unit
        )
    city.close()


def workbook(*sheets: tuple[str, Iterable[Iterable[Any]]]) -> bytes:
    """A workbook as openpyxl writes it: decimals as the binary numbers that they become in Excel."""
    book = openpyxl.Workbook()
    del book[book.sheetnames[0]]
    for name, rows in sheets:
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append([float(value) if isinstance(value, Decimal) else value for value in row])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def figures(*rows: Iterable[Any]) -> bytes:
    """A workbook with these rows of figures under their header, in Sheet1."""
    return workbook(("Sheet1", (FIGURES, *rows)))


def imported(city: County, content: bytes, actor: Actor = ADMINISTRATOR, *, record: bool = True, **more: Any) -> Report:
    """What becomes of a file."""
    return import_sheet(city.desk, actor, Asked(content, more.pop("file", "july.xlsx"), record=record, **more))


def target(city: County, indicator: str, unit: str) -> Target:
    """A target of 2015 as it stands."""
    id = city.record.owner_of_key("target", f"{indicator}/{unit}/2015")
    assert id is not None
    return city.desk.load(Target, id)


def reported(city: County, indicator: str = "FDI_ACTUAL", unit: str = "chongfu") -> dict[date, str]:
    """The cumulative figures of a target, by the day through which they count."""
    return {fact.through: f"{fact.value.amount.amount:f}" for fact in target(city, indicator, unit).figures}


def said(report: Report) -> dict[str, str]:
    """What is wrong, by cell."""
    return {problem.cell: problem.code for problem in report.problems}
