"""The auditor's questions 审计十问, assembled: one mixin for each, asked of now or of a moment."""

from __future__ import annotations

import strawberry

from txapi.schema.audit_late_acceptances import LateAcceptanceQuestions
from txapi.schema.audit_leadership import LeadershipQuestions
from txapi.schema.audit_mayors_meeting import MayorsMeetingQuestions
from txapi.schema.audit_pushed_back_commitments import PushedBackCommitmentQuestions


@strawberry.type
class AuditQuestions(
    LateAcceptanceQuestions,
    LeadershipQuestions,
    MayorsMeetingQuestions,
    PushedBackCommitmentQuestions,
):
    """The root fields of the ten questions."""
