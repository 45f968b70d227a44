"""A company 企业: who builds, owns, invests or bids, with its capital and the increases of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from txapi.domain.aggregate import Correction
from txapi.domain.dates import PartialDate
from txapi.domain.errors import BadInput
from txapi.domain.event import Basis, Event
from txapi.domain.facts import must_have_happened
from txapi.domain.money import Money
from txapi.domain.permissions import must_be_permitted
from txapi.domain.project.capital import IncreaseAddsNothing, must_add_up, start_of_increase
from txapi.domain.project.investment import Investment
from txapi.domain.register import Actions, Register, must_be_a_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from txapi.domain.event import Metadata

_CREDIT_CODE = re.compile(r"[0-9A-HJ-NPQRTUWXY]{18}")


class CompanyIncrease(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One increase of a company's capital 增资, with event number `version` that states it."""

    version: int
    added: Investment
    before: Investment
    after: Investment
    on: PartialDate
    basis: Basis = Basis.STATED


class Company(Register):
    """A company. The clerk of its unit keeps it, and so does the supervisor; without a unit, any clerk may register it."""

    KIND = "company"
    AMENDABLE = ("name", "description", "unit", "parent", "country", "credit_code", "aliases")

    class Registered(Event, frozen=True, kw_only=True, omit_defaults=True):
        """The company was entered 登记; a source may leave its name unstated and only describe it."""

        TOPIC = "company.registered"
        name: str | None = None
        description: str | None = None
        unit: str | None = None
        parent: str | None = None
        country: str | None = None
        credit_code: str | None = None
        settled: PartialDate | None = None
        aliases: tuple[str, ...] = ()

        def apply(self, company: Company) -> None:
            company.name, company.description, company.unit = self.name, self.description, self.unit
            company.parent, company.country, company.credit_code = self.parent, self.country, self.credit_code
            company.settled, company.aliases = self.settled, self.aliases
            company.basis = self.meta.basis

        def claims(self) -> Iterable[tuple[str, str]]:
            """The unified social credit code is one company's."""
            return (("credit_code", self.credit_code),) if self.credit_code else ()

    class Amended(Event, frozen=True, kw_only=True, omit_defaults=True):
        """What is said of the company was changed 修改; fields that are None stay as they were."""

        TOPIC = "company.amended"
        name: str | None = None
        description: str | None = None
        unit: str | None = None
        parent: str | None = None
        country: str | None = None
        credit_code: str | None = None
        aliases: tuple[str, ...] | None = None

        def apply(self, company: Company) -> None:
            company._take_amendment(self)

        def claims(self) -> Iterable[tuple[str, str]]:
            """The unified social credit code is one company's."""
            return (("credit_code", self.credit_code),) if self.credit_code else ()

    class CapitalStated(Event, frozen=True, kw_only=True, omit_defaults=True):
        """Total investment or registered capital was stated 资本."""

        TOPIC = "company.capital_stated"
        total: Money | None = None
        registered: Money | None = None

        def apply(self, company: Company) -> None:
            company.capital = Investment(
                self.total or company.capital.total, self.registered or company.capital.registered
            )

    class CapitalIncreased(Event, frozen=True, kw_only=True, omit_defaults=True):
        """The capital was increased 增资; `before` and `after` are as stated, the rest follows."""

        TOPIC = "company.capital_increased"
        added: Investment
        on: PartialDate
        before: Investment = Investment()
        after: Investment = Investment()

        def apply(self, company: Company) -> None:
            known = Investment(
                self.before.total or company.capital.total, self.before.registered or company.capital.registered
            )
            reckoned = known.plus(self.added)
            company.capital = Investment(
                self.after.total or reckoned.total, self.after.registered or reckoned.registered
            )
            basis = company._says(self).meta.basis
            increase = CompanyIncrease(self.originator_version, self.added, known, company.capital, self.on, basis)
            company.increases = (*company.increases, increase)

    class Closed(Event, frozen=True, kw_only=True, omit_defaults=True):
        """The company was closed 注销."""

        TOPIC = "company.closed"

        def apply(self, company: Company) -> None:
            company.closed, company.closed_because = True, self.meta.reason

    class FactCorrected(Correction, frozen=True, kw_only=True, omit_defaults=True):
        """A fact of this company was retracted or replaced 更正."""

        TOPIC = "company.fact_corrected"

        def claims(self) -> Iterable[tuple[str, str]]:
            """The unified social credit code is one company's, also where a correction gives it."""
            code = (self.fields or {}).get("credit_code")
            return (("credit_code", code),) if isinstance(code, str) else ()

    CORRECTION = FactCorrected
    CORRECTABLE: ClassVar[tuple[type[Event], ...]] = (Amended, CapitalStated, CapitalIncreased, Closed)

    def _blank(self) -> None:
        super()._blank()
        self.name: str | None = None
        self.description: str | None = None
        self.unit: str | None = None
        self.parent: str | None = None
        self.country: str | None = None
        self.credit_code: str | None = None
        self.settled: PartialDate | None = None
        self.aliases: tuple[str, ...] = ()
        self.capital = Investment()
        self.increases: tuple[CompanyIncrease, ...] = ()

    def _may_change(self, meta: Metadata, action: str) -> None:
        self._must_be_open()
        must_be_permitted(meta, action, self.unit)

    def _may_correct(self, meta: Metadata, action: str) -> None:
        self._must_exist()
        must_be_permitted(meta, action, self.unit)

    ACTIONS: ClassVar[Actions] = {
        "amend_company": _may_change,
        "state_company_capital": _may_change,
        "increase_company_capital": _may_change,
        "close_company": _may_change,
        "correct_company": _may_correct,
    }

    # -- commands ----------------------------------------------------------------------------------------------

    def register(
        self,
        meta: Metadata,
        *,
        name: str | None = None,
        description: str | None = None,
        unit: str | None = None,
        parent: str | None = None,
        country: str | None = None,
        credit_code: str | None = None,
        settled: PartialDate | None = None,
        aliases: tuple[str, ...] = (),
    ) -> None:
        """Enter a company by name or, where the source gives none, by description. BadInput BAD_NAME, BAD_CREDIT_CODE."""
        must_be_permitted(meta, "register_company", unit or meta.actor.unit)
        self._must_be_new()
        if name is None and not description:
            must_be_a_name("")
        _must_describe(name, description, credit_code)
        if settled is not None:
            must_have_happened(settled, meta.decided_at)
        self._record(
            self.Registered,
            meta,
            name=name,
            description=description,
            unit=unit,
            parent=parent,
            country=country,
            credit_code=credit_code,
            settled=settled,
            aliases=aliases,
        )

    def amend(self, meta: Metadata, **given: Any) -> None:
        """Change what is said of it: any of AMENDABLE; None leaves a field as it is."""
        self._may_change(meta, "amend_company")
        _must_describe(given.get("name"), given.get("description"), given.get("credit_code"))
        self._record(self.Amended, meta, **self._amendments(given))

    def state_capital(self, meta: Metadata, *, total: Money | None = None, registered: Money | None = None) -> None:
        """State total investment or registered capital, or both."""
        self._may_change(meta, "state_company_capital")
        if total is None and registered is None:
            raise BadInput("MUST_BE_SAID", "state the total investment or the registered capital", ("total",))
        Investment(total or self.capital.total, registered or self.capital.registered).must_hold()
        self._record(self.CapitalStated, meta, total=total, registered=registered)

    def increase_capital(
        self,
        meta: Metadata,
        *,
        on: PartialDate,
        add_total: Money | None = None,
        add_registered: Money | None = None,
        before: Investment | None = None,
        after: Investment | None = None,
    ) -> None:
        """Record an increase: before plus what was added is after, exactly, and registered is within the total."""
        self._may_change(meta, "increase_company_capital")
        change = Investment(add_total, add_registered)
        before, after = before or Investment(), after or Investment()
        self._must_add_up(change, before, after)
        must_have_happened(on, meta.decided_at)
        self._record(self.CapitalIncreased, meta, added=change, on=on, before=before, after=after)

    def _must_add_up(self, change: Investment, before: Investment, after: Investment) -> None:
        _must_add_something(change)
        start = Investment(
            start_of_increase(before.total, self.capital.total),
            start_of_increase(before.registered, self.capital.registered),
        )
        must_add_up(start.total, change.total, after.total)
        must_add_up(start.registered, change.registered, after.registered)
        end = start.plus(change)
        Investment(after.total or end.total, after.registered or end.registered).must_hold()

    def close(self, meta: Metadata) -> None:
        """Close it, with a reason."""
        self._may_change(meta, "close_company")
        self._must_say_why(meta)
        self._record(self.Closed, meta)

    def _check_correction(self, meta: Metadata, replacement: Event) -> None:
        if isinstance(replacement, Company.CapitalIncreased):
            must_have_happened(replacement.on, meta.decided_at)
            _must_add_something(replacement.added)
            must_add_up(replacement.before.total, replacement.added.total, replacement.after.total)
            must_add_up(replacement.before.registered, replacement.added.registered, replacement.after.registered)
        elif isinstance(replacement, Company.CapitalStated):
            Investment(replacement.total, replacement.registered).must_hold()
        elif isinstance(replacement, Company.Amended):
            _must_describe(replacement.name, replacement.description, replacement.credit_code)

    def _must_hold_together(self) -> None:
        for increase in self.increases:
            must_add_up(increase.before.total, increase.added.total, increase.after.total)
            must_add_up(increase.before.registered, increase.added.registered, increase.after.registered)
            increase.after.must_hold()
        self.capital.must_hold()


def _must_add_something(change: Investment) -> None:
    change.must_share_a_currency()
    if not any(amount is not None and amount.base > 0 for amount in (change.total, change.registered)):
        raise IncreaseAddsNothing


def _must_describe(name: str | None, description: str | None, credit_code: str | None) -> None:
    if name is not None:
        must_be_a_name(name)
    if description is not None and not description.strip():
        raise BadInput("EMPTY_TEXT", "a description must not be empty", ("description",))
    _must_be_a_credit_code(credit_code)


def _must_be_a_credit_code(code: str | None) -> None:
    if code is not None and not _CREDIT_CODE.fullmatch(code):
        raise BadInput("BAD_CREDIT_CODE", "a unified social credit code has 18 characters", ("creditCode",))
