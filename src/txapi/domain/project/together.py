"""What the facts of a project must not say together, asked after a correction was tried: each alone may be right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from txapi.domain.errors import Refusal
from txapi.domain.project.capital import Capital, must_add_up
from txapi.domain.project.investment import Investment, surely_more
from txapi.domain.project.memberships import Membership
from txapi.domain.project.milestones import Milestones

if TYPE_CHECKING:
    from txapi.domain.project.project import Project


class FactsContradict(Refusal):
    """A correction leaves facts that could not have been stated one after the other."""

    en = "With this correction the facts contradict each other: {what}."
    zh = "更正后各项事实相互矛盾：{what}。"


def must_hold_together(project: Project) -> None:
    """Refuse two open memberships of one list, two dates of one milestone, and money that does not add up."""
    for memberships in (project.parcels, project.lists, project.groups):
        _must_be_in_once(memberships)
    reached = [fact for fact, _ in project.effective() if isinstance(fact, Milestones.MilestoneReached)]
    for number, fact in enumerate(reached):
        if any(fact.kind is earlier.kind for earlier in reached[:number]):
            raise FactsContradict(what=f"{fact.kind.value} is reached twice")
    _must_add_up(project)


def _must_be_in_once(memberships: tuple[Membership, ...]) -> None:
    inside = [membership.of for membership in memberships if membership.left is None]
    for id in inside:
        if inside.count(id) > 1:
            raise FactsContradict(what=f"{id} is entered twice and left once")


def _must_add_up(project: Capital) -> None:
    Investment(project.investment, project.registered_capital).must_hold()
    for increase in project.increases:
        must_add_up(increase.before.total, increase.added.total, increase.after.total)
        must_add_up(increase.before.registered, increase.added.registered, increase.after.registered)
    for earlier, later in zip(project.payments, project.payments[1:], strict=False):
        if earlier.through == later.through:
            raise FactsContradict(what=f"two figures are paid in through {later.through.isoformat()}")
        if surely_more(earlier.amount, later.amount):
            raise FactsContradict(what=f"what is paid in falls at {later.through.isoformat()}")
    project._must_cover_what_was_paid(project.registered_capital)
