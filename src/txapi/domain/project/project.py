"""A project 重大项目, put together from what can be said of it; and which actions are open to whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from txapi.domain.aggregate import Aggregate, Correction
from txapi.domain.errors import Refusal
from txapi.domain.project.capital import Capital
from txapi.domain.project.condition import Condition
from txapi.domain.project.description import Description
from txapi.domain.project.leadership import Leadership
from txapi.domain.project.memberships import Memberships
from txapi.domain.project.milestones import Milestones
from txapi.domain.project.outputs import Outputs
from txapi.domain.project.together import must_hold_together

if TYPE_CHECKING:
    from collections.abc import Callable

    from txapi.domain.event import Event, Metadata


class Project(Description, Milestones, Leadership, Capital, Memberships, Outputs, Condition):
    """A major project.

    Who may do what (administrator and system may do everything; a project without a unit has no clerk):

    | Action | Clerk of its unit | Leader | Secretary | Supervisor |
    |---|---|---|---|---|
    | introduce, amend (not the unit or the kind) | yes | | | yes |
    | move to another unit, change the kind | | | | yes |
    | milestones, forecasts, agents, capital, parcels, groups, outputs | yes | | | yes |
    | assign or release the leading official | | | yes | yes |
    | enter or leave a supervision list | | | | yes |
    | suspend, resume, terminate | | yes | | yes |
    | correct | what they may state | what they may state | what they may state | yes |
    """

    KIND = "project"

    class FactCorrected(Correction, frozen=True, kw_only=True, omit_defaults=True):
        """A fact of this project was retracted or replaced, from here on."""

        TOPIC = "project.fact_corrected"

    CORRECTION = FactCorrected
    CORRECTABLE: ClassVar[tuple[type[Event], ...]] = (
        Milestones.MilestoneReached,
        Milestones.MilestoneForecast,
        Leadership.LeaderAssigned,
        Leadership.LeaderReleased,
        Leadership.AgentAssigned,
        Leadership.AgentReleased,
        Capital.InvestmentStated,
        Capital.CapitalIncreased,
        Capital.CapitalPaidIn,
        Memberships.ParcelAttached,
        Memberships.ParcelDetached,
        Memberships.EnteredList,
        Memberships.LeftList,
        Memberships.JoinedGroup,
        Memberships.LeftGroup,
        Outputs.OutputForecast,
        Outputs.OutputMeasured,
        Condition.Suspended,
        Condition.Resumed,
        Condition.Terminated,
    )

    def correct(self, meta: Metadata, *, corrects: int, fields: dict[str, Any] | None) -> None:
        """Retract (fields None) or replace the fact that event number `corrects` stated. A reason is needed.

        Whoever may state a fact may correct it. A fact keeps its subject (which milestone, which list): to change that,
        retract it and state another.
        """
        self._may_correct(meta)
        if 1 <= corrects <= len(self.events):
            self._may_state(meta, self._original(self.events[corrects - 1]))
        # What follows from all the facts is asked of a copy, because the noun itself records at once.
        after = type(self).fold(self.id, self.events)
        Aggregate.correct(after, meta, corrects=corrects, fields=fields)
        must_hold_together(after)
        super().correct(meta, corrects=corrects, fields=fields)

    def _may_correct(self, meta: Metadata) -> None:
        self._may(meta, "correct_project")

    def _may_state(self, meta: Metadata, fact: Event) -> None:
        """Refuse who might not have stated that fact."""
        if isinstance(fact, Leadership.LeaderAssigned | Leadership.LeaderReleased):
            self._may(meta, "correct_project.leader")
        elif isinstance(fact, Memberships.EnteredList | Memberships.LeftList):
            self._may(meta, "correct_project.list")
        elif isinstance(fact, Condition.Suspended | Condition.Resumed | Condition.Terminated):
            self._may(meta, "correct_project.condition")
        else:
            self._may(meta, "correct_project.fact")

    ACTIONS: ClassVar[dict[str, Callable[[Any, Metadata], None]]] = {
        "amend_project": Description._may_amend,
        "reach_milestone": Milestones._may_reach_milestone,
        "forecast_milestone": Milestones._may_forecast_milestone,
        "assign_leader": Leadership._may_assign_leader,
        "release_leader": Leadership._may_release_leader,
        "assign_agent": Leadership._may_assign_agent,
        "release_agent": Leadership._may_release_agent,
        "set_investment": Capital._may_set_investment,
        "increase_capital": Capital._may_increase_capital,
        "pay_in": Capital._may_pay_in,
        "attach_parcel": Memberships._may_attach_parcel,
        "detach_parcel": Memberships._may_detach_parcel,
        "enter_list": Memberships._may_enter_list,
        "leave_list": Memberships._may_leave_list,
        "join_group": Memberships._may_join_group,
        "leave_group": Memberships._may_leave_group,
        "forecast_output": Outputs._may_forecast_output,
        "measure_output": Outputs._may_measure_output,
        "suspend_project": Condition._may_suspend,
        "resume_project": Condition._may_resume,
        "terminate_project": Condition._may_terminate,
        "correct_project": _may_correct,
    }
    """The guard of each action, by the name of its command. What a command says of its input comes on top."""

    def may(self, action: str, meta: Metadata) -> Refusal | None:
        """Why the actor may not do that now; None where it is open. KeyError where there is no such action."""
        try:
            self.ACTIONS[action](self, meta)
        except Refusal as refusal:
            return refusal
        return None
