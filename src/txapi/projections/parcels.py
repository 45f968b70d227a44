"""Parcels 地块 as rows with their steps, and the questions about them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from txapi.domain.dates import PartialDate
from txapi.domain.event import Basis
from txapi.domain.money import Money
from txapi.domain.parcel import USE_AFTER, LandUse, Parcel, ParcelFact, ParcelStep
from txapi.projections.moment import Reader
from txapi.projections.projection import Parts, Projection
from txapi.projections.select import Order, Select, many_of, marks, one_of
from txapi.projections.table import Extra, Table, answer, kept


@dataclass(kw_only=True)
class ParcelRow:
    """What a parcel answers; `use_known` is its use as every known fact makes it."""

    entity_id: str = answer("实体标识", "The same at every moment; what commands take.")
    location: str = answer("坐落", "Where it is.")
    area_m2: Decimal | None = answer("面积（平方米）", "The area in square metres.")
    area_mu: Decimal | None = answer(
        "面积（亩）", "The area in mu (2000/3 square metres), rounded half up to two places."
    )
    note: str | None = answer("备注", "Anything else that is said of it.")
    closed: bool = answer("是否关闭", "Whether it was closed.")
    basis: Basis = answer("依据", "On what its registration rests.")
    version: int = answer("版次", "How many events this noun has; the expectedVersion of the next command.")
    unit_code: str | None = kept()
    former_user_id: str | None = kept()
    winner_id: str | None = kept()
    paid: Money | None = kept()
    use_known: LandUse = kept()


@dataclass(kw_only=True)
class ParcelStepRow:
    """One thing that happened to a parcel."""

    parcel_id: str = kept()
    fact_version: int = answer("事件版次", "The number of the event that states it, in the parcel's stream.")
    step: ParcelStep = answer("环节", "What happened.")
    happened: PartialDate = kept()
    latest: date | None = kept()
    basis: Basis = answer("依据", "On what it rests.")
    reason: str | None = answer("理由", "Why, where it was said.")


PARCELS = Table(
    "parcels",
    ParcelRow,
    extras=(Extra("search", "TEXT", ("location", "note"), lambda *texts: " ".join(filter(None, texts)).casefold()),),
    indexes=("location, entity_id", "use_known"),
    walked=("location",),
)
PARCEL_STEPS = Table("parcel_steps", ParcelStepRow, noun="parcel_id", key=("fact_version",))


def project(parcel: Parcel) -> Iterator[tuple[Table[Any], Any]]:
    """The row of a parcel."""
    yield (
        PARCELS,
        ParcelRow(
            entity_id=parcel.id,
            location=parcel.location,
            area_m2=parcel.area_m2,
            area_mu=parcel.area_mu,
            note=parcel.note,
            closed=parcel.closed,
            basis=parcel.basis,
            version=parcel.version,
            unit_code=parcel.unit,
            former_user_id=parcel.former_user,
            winner_id=parcel.winner,
            paid=parcel.price,
            use_known=parcel.use(),
        ),
    )


def _step_row(parcel: Parcel, fact: ParcelFact) -> ParcelStepRow:
    """The row of a step."""
    return ParcelStepRow(
        parcel_id=parcel.id,
        fact_version=fact.version,
        step=fact.step,
        happened=fact.on,
        latest=fact.latest,
        basis=fact.basis,
        reason=fact.reason,
    )


PROJECTION = Projection(
    Parcel, (PARCELS, PARCEL_STEPS), project, parts=(Parts(PARCEL_STEPS, lambda parcel: parcel.steps, _step_row),)
)


@dataclass
class ParcelFilter:
    """Which parcels; every part that is given must hold."""

    use: list[LandUse] | None = answer("用地状态", "Used in these ways, by the moment's valid day.", default=None)
    unit: list[str] | None = answer("单位代码", "Of these units, by code.", default=None)
    text: str | None = answer("文字检索", "Location or note contains this.", default=None)


BY_LOCATION = [Order("t.location")]


def use_sql(reader: Reader, alias: str = "t") -> str:
    """The use of a parcel at the moment, as SQL: the kept one, or what its steps had made of it by the valid day."""
    valid_on = reader.moment.valid_on
    if valid_on is None:
        return f"{alias}.use_known"
    arms = " ".join(f"WHEN '{step.value}' THEN '{use.value}'" for step, use in USE_AFTER.items())
    return (
        f"coalesce((SELECT CASE s.step {arms} END FROM parcel_steps s WHERE s.parcel_id = {alias}.entity_id"
        f" AND {reader.live('s')} AND s.latest <= '{valid_on.isoformat()}' AND s.step <> '{ParcelStep.LISTED.value}'"
        f" ORDER BY s.fact_version DESC LIMIT 1), '{LandUse.UNSTATED.value}')"
    )


def select(reader: Reader, asked: ParcelFilter | None = None) -> Select[ParcelRow]:
    """The parcels that a filter asks for."""
    asked = asked or ParcelFilter()
    found = Select(PARCELS, reader).where_in("unit_code", asked.unit)
    if asked.use is not None:
        found.where(f"{use_sql(reader)} IN ({marks(asked.use)})", *(use.value for use in asked.use))
    if asked.text:
        found.where("instr(t.search, ?) > 0", asked.text.casefold())
    return found


def parcel_of(reader: Reader, id: str, into: type[Any] | None = None) -> Any:
    """The parcel with that id at the moment, or None."""
    return one_of(PARCELS, reader, id, into)


def parcels_of(reader: Reader, ids: Sequence[str], into: type[Any] | None = None) -> list[Any]:
    """The parcels with those ids at the moment."""
    return many_of(PARCELS, reader, ids, into)


def steps_of(reader: Reader, parcels: Sequence[str], into: type[Any] | None = None) -> list[Any]:
    """What happened to these parcels by the moment's valid day, in the order in which it was stated."""
    found: list[Any] = many_of(PARCEL_STEPS, reader, parcels, into)
    valid_on = reader.moment.valid_on
    counted = [step for step in found if valid_on is None or (step.latest is not None and step.latest <= valid_on)]
    return sorted(counted, key=lambda step: step.fact_version)


def use_of(reader: Reader, parcel: ParcelRow, steps: Sequence[ParcelStepRow]) -> LandUse:
    """How a parcel is used at the moment, given what had happened to it by the valid day."""
    if reader.moment.valid_on is None:
        return parcel.use_known
    use = LandUse.UNSTATED
    for step in steps:
        use = USE_AFTER.get(step.step, use)
    return use


def was_awarded(steps: Sequence[ParcelStepRow]) -> bool:
    """Whether the parcel was awarded by the valid day, given what had happened to it by then."""
    return any(step.step is ParcelStep.AWARDED for step in steps)
