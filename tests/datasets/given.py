"""A small data set of a test's own, written as files, and the bundled ones loaded once."""

from __future__ import annotations

from pathlib import Path

from tests.stores import place
from txapi.datasets.loading import load_dataset
from txapi.record.record import Record, RecordedEvent

BOTH = ["tongxiang-2015", "tongxiang-2015-illustration"]

ABOUT = """
dataset: {name}
title: {{zh: 试验, en: trial}}
basis: {basis}
{more}
source: {{document: a report, publisher: a paper, published_at: 2015-08-11T07:51:00+08:00}}
scripts: [script.yaml]
until: 2015-08-31 09:00:00
"""
REFERENCES = "references: {at: 2015-01-01 09:00:00, calendars_through: 2015}"
UNITS = """
entries:
  - do: register_unit
    at: 2015-01-01 09:00:00
    line: 9
    with: {code: chongfu, name: {zh: 崇福镇, en: Chongfu}, kind: town, duty: implementing_body}
  - do: register_unit
    at: 2015-01-01 09:00:00
    line: [9, 11]
    note: a reading
    with: {code: dept-eic, name: {zh: 经信, en: EIC}, kind: department, duty: handling_department}
"""


def written(folder: Path, script: str, name: str = "trial", basis: str = "stated", more: str = REFERENCES) -> str:
    """Write a data set with one script; its folder, as `load_dataset` takes it."""
    at = folder / name
    at.mkdir(parents=True, exist_ok=True)
    (at / "dataset.yaml").write_text(ABOUT.format(name=name, basis=basis, more=more), encoding="utf-8")
    (at / "script.yaml").write_text(script, encoding="utf-8")
    return str(at)


def loaded(folder: Path, *datasets: str) -> list[RecordedEvent]:
    """Load data sets into a new record in `folder`; every event."""
    load_dataset(place(folder), datasets or BOTH)
    return events_in(folder)


def events_in(folder: Path) -> list[RecordedEvent]:
    """Every event of the record in `folder`."""
    record = Record.open(place(folder), owner=False)
    try:
        return list(record.read_all())
    finally:
        record.close()
