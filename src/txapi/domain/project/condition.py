"""Whether a project goes on: suspended 暂停, resumed 恢复, terminated 终止, always with the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from txapi.domain.errors import Refusal
from txapi.domain.event import Event
from txapi.domain.project.base import ProjectBase, ProjectCondition, ProjectFact, Stated

if TYPE_CHECKING:
    from txapi.domain.event import Metadata


class ChangeOfConditionNeedsAReason(Refusal):
    """Whoever stops a project or lets it go on says why."""

    en = "To suspend, resume or terminate a project needs a reason."
    zh = "暂停、恢复或终止项目须说明理由。"


class ProjectIsSuspendedAlready(Refusal):
    """A project is suspended once at a time."""

    en = "The project is suspended already."
    zh = "项目已处于暂停状态。"


class ProjectIsNotSuspended(Refusal):
    """Only a suspended project can be resumed."""

    en = "The project is not suspended."
    zh = "项目未暂停。"


class ConditionChange(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """From this fact on the project was in that condition, for that reason."""

    condition: ProjectCondition
    reason: str
    stated: Stated


class Condition(ProjectBase):
    """The commands that stop a project and let it go on."""

    def _blank(self) -> None:
        super()._blank()
        self.conditions: tuple[ConditionChange, ...] = ()

    def _turn(self, condition: ProjectCondition, event: Event) -> None:
        self.condition = condition
        change = ConditionChange(condition, event.meta.reason or "", self._stated(event))
        self.conditions = (*self.conditions, change)

    class Suspended(ProjectFact, frozen=True, kw_only=True, omit_defaults=True):
        """The project was suspended."""

        TOPIC = "project.suspended"

        def apply(self, project: Condition) -> None:
            project._turn(ProjectCondition.SUSPENDED, self)

    class Resumed(ProjectFact, frozen=True, kw_only=True, omit_defaults=True):
        """A suspended project goes on."""

        TOPIC = "project.resumed"

        def apply(self, project: Condition) -> None:
            project._turn(ProjectCondition.ACTIVE, self)

    class Terminated(ProjectFact, frozen=True, kw_only=True, omit_defaults=True):
        """The project was given up for good."""

        TOPIC = "project.terminated"

        def apply(self, project: Condition) -> None:
            project._turn(ProjectCondition.TERMINATED, self)

    def suspend(self, meta: Metadata) -> None:
        """Suspend the project; the reason is needed. Facts that are learnt meanwhile may still be recorded."""
        self._may_suspend(meta)
        _must_have_a_reason(meta)
        self._state(self.Suspended, meta)

    def _may_suspend(self, meta: Metadata) -> None:
        self._may(meta, "suspend_project")
        self._must_not_be_terminated()
        if self.condition is ProjectCondition.SUSPENDED:
            raise ProjectIsSuspendedAlready

    def resume(self, meta: Metadata) -> None:
        """Let a suspended project go on; the reason is needed."""
        self._may_resume(meta)
        _must_have_a_reason(meta)
        self._state(self.Resumed, meta)

    def _may_resume(self, meta: Metadata) -> None:
        self._may(meta, "resume_project")
        self._must_not_be_terminated()
        if self.condition is not ProjectCondition.SUSPENDED:
            raise ProjectIsNotSuspended

    def terminate(self, meta: Metadata) -> None:
        """Give the project up for good; the reason is needed. Only a correction brings it back."""
        self._may_terminate(meta)
        _must_have_a_reason(meta)
        self._state(self.Terminated, meta)

    def _may_terminate(self, meta: Metadata) -> None:
        self._may(meta, "terminate_project")
        self._must_not_be_terminated()


def _must_have_a_reason(meta: Metadata) -> None:
    if not meta.reason:
        raise ChangeOfConditionNeedsAReason
