"""Companies 企业: who builds, owns, invests or bids, with their capital and the increases of it."""

from __future__ import annotations

from operator import attrgetter
from typing import Annotated, Any

import strawberry
from strawberry.scalars import ID

from txapi.application import companies as commands
from txapi.application.desk import Done
from txapi.domain import company as domain
from txapi.projections import companies
from txapi.projections.companies import CompanyRow
from txapi.projections.moment import Reader
from txapi.schema.asking import Asking, loads, loads_many
from txapi.schema.commands import CommandInput, Info, Refusal, carry_out
from txapi.schema.connections import DEFAULT_SIZE, Connection, connect
from txapi.schema.history import Event, events_at, history_of
from txapi.schema.ids import GlobalId, entity_of, stream_of
from txapi.schema.inputs import MoneyInput, PartialDateInput, asks, date_of, fields_of, money_of, optional, texts
from txapi.schema.nouns import Answer, Node, answers, since_position, to_one
from txapi.schema.permissions import Permission, permissions_of
from txapi.schema.plain import Behind, Hanging, Sought, plain
from txapi.schema.project_inputs import InvestmentInput
from txapi.schema.project_parts import Investment
from txapi.schema.publications import Published, published_on
from txapi.schema.scalars import JSON, Position
from txapi.schema.units import alone, unit_behind
from txapi.schema.values import Money, PartialDate


@strawberry.type(description="An increase of a company's capital: before plus what was added is after. 企业增资。")
class CompanyIncrease:
    """One increase."""

    noun_version: int = strawberry.field(
        description="Which event of the company states it; what `corrects` takes. 事件序号。"
    )
    on: PartialDate = strawberry.field(description="When. 日期。")
    added: Investment = strawberry.field(description="What was added. 增资额。")
    before: Investment = strawberry.field(description="Before, as far as it is known. 增资前。")
    after: Investment = strawberry.field(description="After, as far as it is known. 增资后。")

    @classmethod
    def of(cls, increase: domain.CompanyIncrease) -> CompanyIncrease:
        """The public form."""
        return cls(
            noun_version=increase.version,
            on=PartialDate.of(increase.on),  # type: ignore[arg-type]
            added=Investment.of(increase.added),
            before=Investment.of(increase.before),
            after=Investment.of(increase.after),
        )


def company_of(column: str, description: str) -> Any:
    """A field: the company whose entity id a column of the row holds; read once for all its siblings."""
    id_of = attrgetter(column)

    def told(self: Any) -> Company | None:
        return company_behind(self, column, id_of(self), id_of)

    return strawberry.field(resolver=told, description=description, metadata=plain(Behind(column, "entity_id")))


@answers("企业", "A company that builds, owns, invests or bids.")
class Company(CompanyRow, Answer, Node):
    """A company at a moment."""

    NOUN = "company"

    unit = unit_behind("unit_code", "The unit where it is settled. 所在单位。")

    parent = company_of("parent_id", "The company that holds it. 母公司。")

    @strawberry.field(description="When it settled here. 落户日期。")
    def settled(self) -> PartialDate | None:
        """The date of settling."""
        return PartialDate.of(self.settled_on)

    @strawberry.field(description="Total investment as last stated. 总投资。")
    def total_investment(self) -> Money | None:
        """The total investment."""
        return Money.of(self.total)

    @strawberry.field(description="Registered capital as last stated. 注册资本。")
    def registered_capital(self) -> Money | None:
        """The registered capital."""
        return Money.of(self.registered)

    @strawberry.field(description="Increases of its capital, in order. 增资。")
    def increases(self) -> list[CompanyIncrease]:
        """Every increase."""
        return [CompanyIncrease.of(increase) for increase in self.increase_facts]

    @strawberry.field(
        description="What documents printed about it, beside what the record says; 50 unless told how many. 刊载（默认前 50 条）。"
    )
    def published(self, first: int = DEFAULT_SIZE) -> list[Published]:
        """The printed figures."""
        return published_on(self, first)

    changed_at = since_position("Where it last changed, as seen from this moment. 最近变更位置。")

    @strawberry.field(
        description="Everything that was ever recorded of it, in order. 履历。", metadata=plain(Hanging())
    )
    def history(
        self,
        first: int | None = None,
        after: Position | None = None,
        last: int | None = None,
        before: Position | None = None,
    ) -> Connection[Event]:
        """Its events."""
        return history_of(self.reader, self.entity_id, first, after, last, before)

    @strawberry.field(description="Which commands the viewer may give on it now, and why not the others. 操作权限。")
    def may(self, info: Info) -> list[Permission]:
        """Why a button is grey."""
        return permissions_of(self, info, self.entity_id, commands.may)


def company_behind(answer: Answer, name: str, id: str | None, id_of: Any) -> Company | None:
    """The company behind an id that an answer keeps; read once for all its siblings."""
    found: Company | None = to_one(
        answer, name, id, id_of, lambda reader, ids: companies.companies_of(reader, ids, Company), _id
    )
    return found


def companies_behind(answer: Answer, name: str, ids_of: Any) -> list[Company]:
    """The companies behind several ids that an answer keeps, in that order; read once for all its siblings."""
    found: dict[str, Company] = answer.related_by_many(
        name, ids_of, lambda reader, ids: companies.companies_of(reader, ids, Company), _id
    )
    return [found[id] for id in ids_of(answer) if id in found]


def _id(row: Any) -> str:
    id: str = row.entity_id
    return id


@loads("company")
def load_company(reader: Reader, pinned: GlobalId | None, key: str) -> Company | None:
    """The company with that entity id."""
    return alone(companies.company_of(reader, key, Company), reader, pinned)  # type: ignore[no-any-return]


@loads_many("company")
def load_companies(reader: Reader, keys: list[str]) -> list[Any]:
    """The companies with those entity ids."""
    return companies.companies_of(reader, keys, Company)


@asks("企业筛选", "Which companies; every part that is given must hold, an empty list finds nothing.")
class CompanyFilter(companies.CompanyFilter):
    """Which companies are asked for."""

    parent: ID | None = strawberry.field(default=None, description="Held by this company, by entityId or id. 母公司。")

    def asked(self) -> companies.CompanyFilter:
        """The filter as a question. BadInput BAD_ID, and those of a text."""
        return companies.CompanyFilter(
            unit=None if self.unit is None else list(texts(self.unit, "unit")),
            country=None if self.country is None else list(texts(self.country, "country")),
            parent=None if self.parent is None else stream_of(self.parent),
            closed=self.closed,
            text=optional(self.text, "text", 200),
        )


@strawberry.type
class CompanyQuestions(Asking):
    """Questions about companies."""

    @strawberry.field(description="The company with that entityId. 企业。", metadata=plain(Sought()))
    def company(
        self, entity_id: Annotated[ID, strawberry.argument(description="The entityId or id. 实体标识。")]
    ) -> Company | None:
        """A company."""
        found: Company | None = load_company(self.reader, self.pinned, stream_of(entity_id))
        return found

    @strawberry.field(description="Companies, by name; those that are only described come last. 企业列表。")
    def companies(
        self,
        filter: CompanyFilter | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[Company]:
        """A page of companies."""
        asked = None if filter is None else filter.asked()
        return connect(
            self.reader, self.pinned, lambda reader: companies.select(reader, asked), companies.BY_NAME, Company,
            name="companies", asked=asked, first=first, after=after, last=last, before=before,
        )  # fmt: skip


# -- commands --------------------------------------------------------------------------------------------------------


@strawberry.type(description="What a command on a company came to. 企业回执。")
class CompanyReceipt:
    """The company after the command, and what was recorded."""

    company: Company = strawberry.field(description="The company, as it is now. 企业。")
    position: Position = strawberry.field(description="The last event of this command. 位置。")
    events: list[Event] = strawberry.field(description="What was recorded. 事件。")
    replayed: bool = strawberry.field(description="Whether this command had been carried out before. 是否重放。")


CompanyResult = Annotated[
    CompanyReceipt | Refusal, strawberry.union("CompanyResult", description="A receipt, or why not. 结果。")
]


def _receipt(reader: Reader, done: Done) -> CompanyReceipt:
    return CompanyReceipt(
        company=alone(companies.company_of(reader, done.id, Company), reader, None),
        position=Position(done.last),
        events=events_at(reader, range(done.first, done.last + 1)),
        replayed=done.replayed,
    )


@strawberry.input(description="A command on a company. 企业指令。")
class CompanyCommandInput(CommandInput):
    """Which company."""

    company: ID = strawberry.field(description="The entityId, or an id of the present. 企业。")

    @property
    def entity(self) -> str:
        """The entity id of the company. BadInput BAD_ID, ID_OF_A_MOMENT, WRONG_KIND."""
        return entity_of(self.company, "company")


@strawberry.input(description="Enter a company in the register, by name or by description. 登记企业。")
class RegisterCompanyInput(CommandInput):
    """What is known of the company."""

    name: str | None = strawberry.field(default=None, description="The name; null where none is stated. 企业名称。")
    description: str | None = strawberry.field(default=None, description="What is said of it. 说明。")
    unit: str | None = strawberry.field(default=None, description="The code of the unit. 所在单位代码。")
    parent: ID | None = strawberry.field(default=None, description="The company that holds it. 母公司。")
    country: str | None = strawberry.field(default=None, description="ISO 3166 code of its capital's country. 国别。")
    credit_code: str | None = strawberry.field(default=None, description="18 characters. 统一社会信用代码。")
    settled: PartialDateInput | None = strawberry.field(default=None, description="When it settled here. 落户日期。")
    aliases: list[str] = strawberry.field(default_factory=list, description="Other names in use. 别名。")


@strawberry.input(description="Change what is said of a company; what is left out stays. 修改企业。")
class AmendCompanyInput(CompanyCommandInput):
    """What to change."""

    name: str | None = strawberry.field(default=None, description="The name. 企业名称。")
    description: str | None = strawberry.field(default=None, description="What is said of it. 说明。")
    unit: str | None = strawberry.field(default=None, description="The code of the unit. 所在单位代码。")
    parent: ID | None = strawberry.field(default=None, description="The company that holds it. 母公司。")
    country: str | None = strawberry.field(default=None, description="ISO 3166 code of its capital's country. 国别。")
    credit_code: str | None = strawberry.field(default=None, description="18 characters. 统一社会信用代码。")
    aliases: list[str] | None = strawberry.field(default=None, description="Other names in use. 别名。")


@strawberry.input(description="State a company's total investment or registered capital. 填报企业资本。")
class StateCompanyCapitalInput(CompanyCommandInput):
    """The amounts; at least one."""

    total: MoneyInput | None = strawberry.field(default=None, description="Total investment. 总投资。")
    registered: MoneyInput | None = strawberry.field(default=None, description="Registered capital. 注册资本。")


@strawberry.input(
    description="Record an increase of a company's capital: before plus what was added is after. 企业增资。"
)
class IncreaseCompanyCapitalInput(CompanyCommandInput):
    """What was added, when."""

    on: PartialDateInput = strawberry.field(description="When; it cannot lie ahead. 日期。")
    add_total: MoneyInput | None = strawberry.field(default=None, description="Added to the total. 增加总投资。")
    add_registered: MoneyInput | None = strawberry.field(
        default=None, description="Added to the registered capital. 增加注册资本。"
    )
    before: InvestmentInput | None = strawberry.field(default=None, description="Before; null: as recorded. 增资前。")
    after: InvestmentInput | None = strawberry.field(default=None, description="After, where it is stated. 增资后。")


@strawberry.input(description="Close a company; a reason is needed. 注销企业。")
class CloseCompanyInput(CompanyCommandInput):
    """Which company."""


@strawberry.input(description="Retract or replace a fact of a company; a reason is needed. 更正企业事实。")
class CorrectCompanyInput(CompanyCommandInput):
    """Which fact, and how it should read."""

    corrects: int = strawberry.field(description="Which event of the company stated it. 被更正事件序号。")
    fields: JSON | None = strawberry.field(
        default=None, description="The fields that replace, in the form of the event's data; null retracts. 更正内容。"
    )


def _said(input: RegisterCompanyInput | AmendCompanyInput) -> dict[str, Any]:
    return {
        "name": optional(input.name, "name", 200),
        "description": optional(input.description, "description"),
        "unit": optional(input.unit, "unit", 64),
        "parent": entity_of(input.parent, "company") if input.parent else None,
        "country": optional(input.country, "country", 64),
        "credit_code": optional(input.credit_code, "creditCode", 64),
        "aliases": None if input.aliases is None else texts(input.aliases, "aliases"),
    }


@strawberry.type
class CompanyMutations:
    """Commands on companies."""

    @strawberry.mutation(description="Enter a company in the register. 登记企业。")
    def register_company(self, info: Info, input: RegisterCompanyInput) -> CompanyResult:
        """Register a company."""
        return carry_out(info, input, lambda desk, order: commands.register_company(
            desk, order, settled=date_of(input.settled), **_said(input)), _receipt)  # fmt: skip

    @strawberry.mutation(description="Change what is said of a company. 修改企业。")
    def amend_company(self, info: Info, input: AmendCompanyInput) -> CompanyResult:
        """Amend a company."""
        return carry_out(info, input, lambda desk, order: commands.amend_company(
            desk, order, company=input.entity, **_said(input)), _receipt)  # fmt: skip

    @strawberry.mutation(description="State a company's total investment or registered capital. 填报企业资本。")
    def state_company_capital(self, info: Info, input: StateCompanyCapitalInput) -> CompanyResult:
        """State the capital."""
        return carry_out(info, input, lambda desk, order: commands.state_company_capital(
            desk, order, company=input.entity, total=money_of(input.total), registered=money_of(input.registered),
        ), _receipt)  # fmt: skip

    @strawberry.mutation(description="Record an increase of a company's capital. 企业增资。")
    def increase_company_capital(self, info: Info, input: IncreaseCompanyCapitalInput) -> CompanyResult:
        """Increase the capital."""
        return carry_out(info, input, lambda desk, order: commands.increase_company_capital(
            desk, order, company=input.entity, on=input.on.value(), add_total=money_of(input.add_total),
            add_registered=money_of(input.add_registered), before=input.before.value() if input.before else None,
            after=input.after.value() if input.after else None,
        ), _receipt)  # fmt: skip

    @strawberry.mutation(description="Close a company. 注销企业。")
    def close_company(self, info: Info, input: CloseCompanyInput) -> CompanyResult:
        """Close a company."""
        return carry_out(info, input, lambda desk, order: commands.close_company(
            desk, order, company=input.entity), _receipt)  # fmt: skip

    @strawberry.mutation(description="Retract or replace a fact of a company. 更正企业事实。")
    def correct_company(self, info: Info, input: CorrectCompanyInput) -> CompanyResult:
        """Correct a company."""
        return carry_out(info, input, lambda desk, order: commands.correct_company(
            desk, order, company=input.entity, corrects=input.corrects, fields=fields_of(input.fields),
        ), _receipt)  # fmt: skip
