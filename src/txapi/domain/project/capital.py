"""The capital 资本 of a project: investment as stated, increases 增资 that must add up, and what was paid in."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

import msgspec

from txapi.domain.dates import PartialDate
from txapi.domain.errors import BadInput, Refusal
from txapi.domain.facts import must_have_happened, must_not_lie_ahead
from txapi.domain.money import Bound, Money
from txapi.domain.project.base import ProjectBase, ProjectFact, Stated, checked_name
from txapi.domain.project.investment import Investment, added, must_share_a_currency, surely_more

if TYPE_CHECKING:
    from collections.abc import Sequence

    from txapi.domain.event import Event, Metadata


class ChangedInvestmentNeedsAReason(Refusal):
    """Whoever states another investment than before says why; an increase is recorded as such."""

    en = "The investment was stated before; to change it needs a reason."
    zh = "投资额此前已填报，变更须说明理由。"


class IncreaseAddsNothing(Refusal):
    """An increase adds to the total or to the registered capital."""

    en = "The increase adds nothing."
    zh = "增资额为零或未填。"


class IncreaseDoesNotAddUp(Refusal):
    """Before plus what was added is after, exactly."""

    en = "{before} plus {added} is not {after}."
    zh = "增资前{before}加增资{added}不等于增资后{after}。"


class IncreaseExceedsItsResult(Refusal):
    """What was added is no more than what there is afterwards."""

    en = "The increase of {added} is more than the {after} to which it leads."
    zh = "增资{added}超过增资后的{after}。"


class IncreaseStartsElsewhere(Refusal):
    """An increase starts from the investment that the record states."""

    en = "The increase starts from {before}, but the record states {known}."
    zh = "增资前为{before}，而记录为{known}。"


class PaidInExceedsRegisteredCapital(Refusal):
    """No more is paid in than is registered."""

    en = "Paid in {amount} exceeds the registered capital of {registered}."
    zh = "实缴资本{amount}超过注册资本{registered}。"


class PaidInIsCumulative(Refusal):
    """Paid-in capital is counted from the beginning and never falls; a wrong figure is corrected."""

    en = (
        "Paid in {amount} through {through} does not fit {other} through {other_through}, for the figure is cumulative."
    )
    zh = "截至{through}实缴{amount}与截至{other_through}实缴{other}不符：该数为累计数。"


class PaidInAlreadyStated(Refusal):
    """One figure for one day; a wrong one is corrected."""

    en = "What was paid in through {through} was stated already; correct event {version} instead."
    zh = "截至{through}的实缴资本已填报；如有误，请更正第{version}号事件。"


class CapitalIncrease(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One increase: what was added when and for what, and before and after as far as they are known."""

    added: Investment
    before: Investment
    after: Investment
    on: PartialDate
    stated: Stated
    uses: tuple[str, ...] = ()


class PaidIn(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """How much was paid in, all told, through the end of that day."""

    amount: Money
    through: date
    stated: Stated


class Capital(ProjectBase):
    """The commands that tell the money of a project."""

    def _blank(self) -> None:
        super()._blank()
        self.investment: Money | None = None
        self.registered_capital: Money | None = None
        self.investment_stated: Stated | None = None
        self.increases: tuple[CapitalIncrease, ...] = ()
        self.payments: tuple[PaidIn, ...] = ()
        """By the day through which they count."""

    def paid_in(self, valid_on: date | None = None) -> PaidIn | None:
        """The latest figure of what was paid in, through that day at most."""
        known = [paid for paid in self.payments if valid_on is None or paid.through <= valid_on]
        return known[-1] if known else None

    def _invest(self, investment: Investment, event: Event) -> None:
        if investment:
            self.investment = investment.total or self.investment
            self.registered_capital = investment.registered or self.registered_capital
            self.investment_stated = self._stated(event)

    # -- events ------------------------------------------------------------------------------------------------------

    class InvestmentStated(ProjectFact, frozen=True, kw_only=True, omit_defaults=True):
        """Total investment or registered capital was stated, for the first time or anew."""

        TOPIC = "project.investment_stated"

        total: Money | None = None
        registered: Money | None = None

        def must_hold(self, decided_at: datetime) -> None:
            Investment(self.total, self.registered).must_hold()

        def apply(self, project: Capital) -> None:
            project._invest(Investment(self.total, self.registered), self)

    class CapitalIncreased(ProjectFact, frozen=True, kw_only=True, omit_defaults=True):
        """The capital was increased. `before` and `after` are as stated; the rest is derived."""

        TOPIC = "project.capital_increased"

        added: Investment
        on: PartialDate
        before: Investment = Investment()
        after: Investment = Investment()
        uses: tuple[str, ...] = ()

        def must_hold(self, decided_at: datetime) -> None:
            must_have_happened(self.on, decided_at)
            # What is added to the registered capital may be more than what is added to the total.
            self.added.must_share_a_currency()
            self.before.must_hold()
            self.after.must_hold()
            must_add_up(self.before.total, self.added.total, self.after.total)
            must_add_up(self.before.registered, self.added.registered, self.after.registered)

        def apply(self, project: Capital) -> None:
            known = Investment(
                self.before.total or project.investment, self.before.registered or project.registered_capital
            )
            reckoned = known.plus(self.added)
            after = Investment(self.after.total or reckoned.total, self.after.registered or reckoned.registered)
            project.increases = (
                *project.increases,
                CapitalIncrease(
                    self.added, known, after, project._happened(self.on, self), project._stated(self), self.uses
                ),
            )
            project._invest(after, self)

    class CapitalPaidIn(ProjectFact, frozen=True, kw_only=True, omit_defaults=True):
        """Capital was paid in: so much all told, through the end of that day."""

        TOPIC = "project.capital_paid_in"

        amount: Money
        through: date

        def must_hold(self, decided_at: datetime) -> None:
            must_not_lie_ahead(self.through, decided_at)

        def apply(self, project: Capital) -> None:
            paid = PaidIn(self.amount, self.through, project._stated(self))
            project.payments = tuple(sorted((*project.payments, paid), key=lambda one: one.through))

    # -- commands ----------------------------------------------------------------------------------------------------

    def set_investment(self, meta: Metadata, *, total: Money | None = None, registered: Money | None = None) -> None:
        """State total investment or registered capital, or both; where it was stated before, a reason is needed."""
        self._may_set_investment(meta)
        if total is None and registered is None:
            raise BadInput("MUST_BE_SAID", "state the total investment or the registered capital", ("total",))
        Investment(total or self.investment, registered or self.registered_capital).must_hold()
        self._must_cover_what_was_paid(registered)
        changes = (total and self.investment) or (registered and self.registered_capital)
        if changes and not meta.reason:
            raise ChangedInvestmentNeedsAReason
        self._state(self.InvestmentStated, meta, total=total, registered=registered)

    def _may_set_investment(self, meta: Metadata) -> None:
        self._may(meta, "set_investment")
        self._must_not_be_terminated()

    def increase_capital(
        self,
        meta: Metadata,
        *,
        on: PartialDate,
        add_total: Money | None = None,
        add_registered: Money | None = None,
        before: Investment | None = None,
        after: Investment | None = None,
        uses: Sequence[str] = (),
    ) -> None:
        """Record an increase: before plus what was added is after, exactly, and registered is within the total.

        Where `before` is not stated, the increase starts from what the record states, if anything.
        """
        self._may_increase_capital(meta)
        change = Investment(add_total, add_registered)
        if not any(amount is not None and amount.base > 0 for amount in (add_total, add_registered)):
            raise IncreaseAddsNothing
        before, after = before or Investment(), after or Investment()
        start = Investment(
            start_of_increase(before.total, self.investment),
            start_of_increase(before.registered, self.registered_capital),
        )
        must_add_up(start.total, change.total, after.total)
        must_add_up(start.registered, change.registered, after.registered)
        end = start.plus(change)
        Investment(after.total or end.total, after.registered or end.registered).must_hold()
        self._state(
            self.CapitalIncreased,
            meta,
            added=change,
            before=before,
            after=after,
            on=on,
            uses=tuple(checked_name(use, "uses") for use in uses),
        )

    def _may_increase_capital(self, meta: Metadata) -> None:
        self._may(meta, "increase_capital")
        self._must_not_be_terminated()

    def pay_in(self, meta: Metadata, *, amount: Money, through: date) -> None:
        """State how much was paid in, all told, through the end of that day; never more than is registered."""
        self._may_pay_in(meta)
        self._must_fit(amount, through, None)
        self._state(self.CapitalPaidIn, meta, amount=amount, through=through)

    def _may_pay_in(self, meta: Metadata) -> None:
        self._may(meta, "pay_in")
        self._must_not_be_terminated()

    def _must_cover_what_was_paid(self, registered: Money | None) -> None:
        """PaidInExceedsRegisteredCapital where more was paid in than would be registered."""
        if registered is None:
            return
        for paid in self.payments:
            must_share_a_currency(paid.amount, registered)
            if surely_more(paid.amount, registered):
                raise PaidInExceedsRegisteredCapital(amount=paid.amount.text(), registered=registered.text())

    def _must_fit(self, amount: Money, through: date, correcting: int | None) -> None:
        """Refuse a figure that contradicts the registered capital or the other figures, the corrected one apart."""
        if self.registered_capital is not None:
            must_share_a_currency(amount, self.registered_capital)
            if surely_more(amount, self.registered_capital):
                raise PaidInExceedsRegisteredCapital(amount=amount.text(), registered=self.registered_capital.text())
        for paid in self.payments:
            if paid.stated.version == correcting:
                continue
            if paid.through == through:
                raise PaidInAlreadyStated(through=through.isoformat(), version=paid.stated.version)
            must_share_a_currency(amount, paid.amount)
            earlier, later = (paid.amount, amount) if paid.through < through else (amount, paid.amount)
            if surely_more(earlier, later):
                raise PaidInIsCumulative(
                    amount=amount.text(),
                    through=through.isoformat(),
                    other=paid.amount.text(),
                    other_through=paid.through.isoformat(),
                )

    def _check_correction(self, meta: Metadata, replacement: Event) -> None:
        super()._check_correction(meta, replacement)
        if isinstance(replacement, Capital.CapitalPaidIn):
            self._must_fit(replacement.amount, replacement.through, replacement.originator_version)


def start_of_increase(before: Money | None, known: Money | None) -> Money | None:
    """From what an increase starts; IncreaseStartsElsewhere where it is stated and the record states another."""
    if before is None or known is None:
        return before or known
    must_share_a_currency(before, known)
    if before.bound is Bound.EXACT and known.bound is Bound.EXACT and before.base != known.base:
        raise IncreaseStartsElsewhere(before=before.text(), known=known.text())
    return before


def must_add_up(before: Money | None, change: Money | None, after: Money | None) -> None:
    """Refuse mixed currencies and, where all three are exact, a sum that does not come out."""
    stated = [amount for amount in (before, change, after) if amount is not None]
    for amount in stated[1:]:
        must_share_a_currency(stated[0], amount)
    if before is None or after is None or change is None:
        if change is not None and after is not None and surely_more(change, after):
            raise IncreaseExceedsItsResult(added=change.text(), after=after.text())
        return
    if any(amount.bound is not Bound.EXACT for amount in stated):
        return
    if added(before, change).base != after.base:
        raise IncreaseDoesNotAddUp(before=before.text(), added=change.text(), after=after.text())
