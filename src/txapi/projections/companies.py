"""Companies 企业 as rows, and the questions about them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from txapi.domain.company import Company, CompanyIncrease
from txapi.domain.dates import PartialDate
from txapi.domain.event import Basis
from txapi.domain.money import Money
from txapi.projections.moment import Reader
from txapi.projections.projection import Projection
from txapi.projections.select import Order, Select, many_of, one_of
from txapi.projections.table import Extra, Table, answer, kept


@dataclass(kw_only=True)
class CompanyRow:
    """What a company answers."""

    entity_id: str = answer("实体标识", "The same at every moment; what commands take.")
    name: str | None = answer("企业名称", "The name; null where the source gives none.")
    description: str | None = answer("说明", "What is said of it; all there is where it has no name.")
    country: str | None = answer("国别", "ISO 3166 code of the country that its capital comes from.")
    credit_code: str | None = answer("统一社会信用代码", "The unified social credit code.")
    aliases: list[str] = answer("别名", "Other names in use.")
    closed: bool = answer("是否注销", "Whether it was closed.")
    basis: Basis = answer("依据", "On what its registration rests.")
    version: int = answer("版次", "How many events this noun has; the expectedVersion of the next command.")
    settled_on: PartialDate | None = kept()
    unit_code: str | None = kept()
    parent_id: str | None = kept()
    total: Money | None = kept()
    registered: Money | None = kept()
    increase_facts: tuple[CompanyIncrease, ...] = kept()


def _search(name: str, description: str | None, credit_code: str | None, aliases: list[str]) -> str:
    return " ".join(filter(None, [name, description, credit_code, *aliases])).casefold()


COMPANIES = Table(
    "companies",
    CompanyRow,
    extras=(Extra("search", "TEXT", ("name", "description", "credit_code", "aliases"), _search),),
    indexes=("name, entity_id", "credit_code"),
    walked=("name",),
)


def project(company: Company) -> Iterator[tuple[Table[Any], Any]]:
    """The row of a company."""
    yield (
        COMPANIES,
        CompanyRow(
            entity_id=company.id,
            name=company.name,
            description=company.description,
            country=company.country,
            credit_code=company.credit_code,
            aliases=list(company.aliases),
            closed=company.closed,
            basis=company.basis,
            version=company.version,
            settled_on=company.settled,
            unit_code=company.unit,
            parent_id=company.parent,
            total=company.capital.total,
            registered=company.capital.registered,
            increase_facts=company.increases,
        ),
    )


PROJECTION = Projection(Company, (COMPANIES,), project)


@dataclass
class CompanyFilter:
    """Which companies; every part that is given must hold."""

    unit: list[str] | None = answer("单位代码", "Of these units, by code.", default=None)
    country: list[str] | None = answer("国别", "From these countries.", default=None)
    parent: str | None = answer("母公司", "Held by this company, by entity id.", default=None)
    closed: bool | None = answer("是否注销", "Only closed ones, or only open ones.", default=None)
    text: str | None = answer("文字检索", "Name, description, alias or credit code contains this.", default=None)


BY_NAME = [Order("t.name")]


def select(reader: Reader, asked: CompanyFilter | None = None) -> Select[CompanyRow]:
    """The companies that a filter asks for."""
    asked = asked or CompanyFilter()
    found = Select(COMPANIES, reader).where_in("unit_code", asked.unit).where_in("country", asked.country)
    if asked.parent is not None:
        found.where("t.parent_id = ?", asked.parent)
    if asked.closed is not None:
        found.where("t.closed = ?", int(asked.closed))
    if asked.text:
        found.where("instr(t.search, ?) > 0", asked.text.casefold())
    return found


def company_of(reader: Reader, id: str, into: type[Any] | None = None) -> Any:
    """The company with that id at the moment, or None."""
    return one_of(COMPANIES, reader, id, into)


def companies_of(reader: Reader, ids: Sequence[str], into: type[Any] | None = None) -> list[Any]:
    """The companies with those ids at the moment."""
    return many_of(COMPANIES, reader, ids, into)
