"""A supervision list 专项督查清单: projects that are to start, or to be completed; a counting rule says what counts as done."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from txapi.domain.aggregate import Correction
from txapi.domain.dates import PartialDate
from txapi.domain.editions import CountingRule, Duty, EditionKind
from txapi.domain.errors import BadInput, Refusal
from txapi.domain.event import Basis, Event
from txapi.domain.labels import Label
from txapi.domain.permissions import must_be_permitted
from txapi.domain.register import Actions, Register, must_be_a_name

if TYPE_CHECKING:
    from txapi.domain.event import Metadata
    from txapi.domain.reference import References

COUNT_MAX = 1_000_000


class RuleOfAnotherDuty(Refusal):
    """A list of starts is counted by a rule for starts, one of completions by a rule for completions."""

    en = "The counting rule {rule} is for {duty}, not for this list."
    zh = "统计口径{rule}适用于{duty}，不适用于本清单。"


class NoSuchRule(Refusal):
    """A list is counted by a rule that was adopted and is in force."""

    en = "No counting rule {rule} is in force."
    zh = "统计口径{rule}未被采用或已停用。"


class CountingRuleIsAmended(Refusal):
    """A list gets another counting rule by an amendment, which looks the rule up; a correction only retracts one."""

    en = "A correction gives a list no other counting rule; amend the list, or retract the amendment."
    zh = "更正不得改换统计口径；请修改清单，或撤销该次修改。"


class SupervisionList(Register):
    """A list. The supervisor keeps it; its members are recorded on the projects (`enter_list`, `leave_list`)."""

    KIND = "supervision_list"
    AMENDABLE = ("programme", "period", "rule", "note")

    class Opened(Event, frozen=True, kw_only=True, omit_defaults=True):
        """The list was opened 建立; `rule` is the edition of the counting rule 统计口径."""

        TOPIC = "supervision_list.opened"
        programme: Label
        duty: Duty
        rule: str
        year: int | None = None
        period: PartialDate | None = None
        note: str | None = None

        def apply(self, noun: SupervisionList) -> None:
            noun.programme, noun.duty, noun.rule, noun.year = self.programme, self.duty, self.rule, self.year
            noun.period, noun.note, noun.basis = self.period, self.note, self.meta.basis

    class Amended(Event, frozen=True, kw_only=True, omit_defaults=True):
        """What is said of the list was changed 修改; fields that are None stay as they were."""

        TOPIC = "supervision_list.amended"
        programme: Label | None = None
        period: PartialDate | None = None
        rule: str | None = None
        note: str | None = None

        def apply(self, noun: SupervisionList) -> None:
            noun._take_amendment(self)

    class CountStated(Event, frozen=True, kw_only=True, omit_defaults=True):
        """A source said how many projects the list has 列入数."""

        TOPIC = "supervision_list.count_stated"
        count: int

        def apply(self, noun: SupervisionList) -> None:
            noun.count_stated = self.count
            noun.count_version, noun.count_basis = self.originator_version, noun._says(self).meta.basis

    class Closed(Event, frozen=True, kw_only=True, omit_defaults=True):
        """The list was closed 关闭."""

        TOPIC = "supervision_list.closed"

        def apply(self, noun: SupervisionList) -> None:
            noun.closed, noun.closed_because = True, self.meta.reason

    class FactCorrected(Correction, frozen=True, kw_only=True, omit_defaults=True):
        """A fact of this list was retracted or replaced 更正."""

        TOPIC = "supervision_list.fact_corrected"

    CORRECTION = FactCorrected
    CORRECTABLE: ClassVar[tuple[type[Event], ...]] = (Amended, CountStated, Closed)

    def _blank(self) -> None:
        super()._blank()
        self.programme = Label(zh="", en="")
        self.duty = Duty.COMMENCEMENT
        self.rule = ""
        self.year: int | None = None
        self.period: PartialDate | None = None
        self.note: str | None = None
        self.count_stated: int | None = None
        self.count_version: int | None = None
        """The number of the event that stated the count."""
        self.count_basis: Basis | None = None

    def _may_change(self, meta: Metadata, action: str) -> None:
        self._must_be_open()
        must_be_permitted(meta, action)

    def _may_correct(self, meta: Metadata, action: str) -> None:
        self._must_exist()
        must_be_permitted(meta, action)

    ACTIONS: ClassVar[Actions] = {
        "amend_supervision_list": _may_change,
        "state_supervision_count": _may_change,
        "close_supervision_list": _may_change,
        "correct_supervision_list": _may_correct,
    }

    # -- commands ----------------------------------------------------------------------------------------------

    def open(
        self,
        meta: Metadata,
        *,
        programme: Label,
        duty: Duty,
        references: References,
        rule: str | None = None,
        year: int | None = None,
        period: PartialDate | None = None,
        note: str | None = None,
    ) -> None:
        """Open a list under a counting rule: the named edition, else the one in force for its duty."""
        must_be_permitted(meta, "open_supervision_list")
        self._must_be_new()
        must_be_a_name(programme.zh, "programme")
        if year is not None and not 1949 <= year <= 2200:
            raise BadInput("BAD_YEAR", f"{year} is no year of this record", ("year",))
        counted = _rule(references, duty, rule)
        self._record(
            self.Opened, meta, programme=programme, duty=duty, rule=counted, year=year, period=period, note=note
        )

    def amend(
        self,
        meta: Metadata,
        *,
        references: References,
        programme: Label | None = None,
        period: PartialDate | None = None,
        rule: str | None = None,
        note: str | None = None,
    ) -> None:
        """Change what is said of it; None leaves a field as it is."""
        self._may_change(meta, "amend_supervision_list")
        if rule is not None:
            rule = _rule(references, self.duty, rule)
        if programme is not None:
            must_be_a_name(programme.zh, "programme")
        given = {"programme": programme, "period": period, "rule": rule, "note": note}
        self._record(self.Amended, meta, **self._amendments(given))

    def state_count(self, meta: Metadata, *, count: int) -> None:
        """Record how many projects the list is said to have. BadInput BAD_COUNT."""
        self._may_change(meta, "state_supervision_count")
        _must_be_a_count(count)
        self._record(self.CountStated, meta, count=count)

    def close(self, meta: Metadata) -> None:
        """Close it, with a reason."""
        self._may_change(meta, "close_supervision_list")
        self._must_say_why(meta)
        self._record(self.Closed, meta)

    def _check_correction(self, meta: Metadata, replacement: Event) -> None:
        if isinstance(replacement, SupervisionList.CountStated):
            _must_be_a_count(replacement.count)
        elif isinstance(replacement, SupervisionList.Amended):
            first = self.events[replacement.originator_version - 1]
            if replacement.rule != getattr(first, "rule", None):
                raise CountingRuleIsAmended
            if replacement.programme is not None:
                must_be_a_name(replacement.programme.zh, "programme")


def _rule(references: References, duty: Duty, edition: str | None) -> str:
    if edition is None:
        return references.counting_rule(duty).edition
    adopted = references.edition(EditionKind.COUNTING_RULE, edition)
    rule = adopted.content if adopted is not None and not adopted.withdrawn else None
    if not isinstance(rule, CountingRule):
        raise NoSuchRule(rule=edition)
    if rule.duty is not duty:
        raise RuleOfAnotherDuty(rule=edition, duty=rule.duty.value)
    return edition


def _must_be_a_count(count: int) -> None:
    if not 0 < count <= COUNT_MAX:
        raise BadInput("BAD_COUNT", f"a count is from 1 to {COUNT_MAX}", ("count",))
