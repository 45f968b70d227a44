"""The auditor's questions 审计十问, assembled: one mixin for each, asked of now or of a moment."""

from __future__ import annotations

import strawberry

from txapi.schema.audit_corrected_figures import CorrectedFigureQuestions
from txapi.schema.audit_deadline_bases import DeadlineBasisQuestions
from txapi.schema.audit_late_acceptances import LateAcceptanceQuestions
from txapi.schema.audit_late_recorded_starts import LateRecordedStartQuestions
from txapi.schema.audit_leadership import LeadershipQuestions
from txapi.schema.audit_list_on_cut_off import ListOnCutOffQuestions
from txapi.schema.audit_mayors_meeting import MayorsMeetingQuestions
from txapi.schema.audit_printed_beside_computed import PrintedBesideComputedQuestions
from txapi.schema.audit_pushed_back_commitments import PushedBackCommitmentQuestions
from txapi.schema.audit_retroactive_lights import RetroactiveLightQuestions


@strawberry.type
class AuditQuestions(
    LateAcceptanceQuestions,
    LateRecordedStartQuestions,
    LeadershipQuestions,
    MayorsMeetingQuestions,
    PushedBackCommitmentQuestions,
    CorrectedFigureQuestions,
    PrintedBesideComputedQuestions,
    ListOnCutOffQuestions,
    RetroactiveLightQuestions,
    DeadlineBasisQuestions,
):
    """The root fields of the ten questions."""
