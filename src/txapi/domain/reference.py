"""A reference 参考数据: an adopted edition of what decides, so that nothing that decides lies outside the record."""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any, ClassVar, TypeVar, cast

import msgspec

from txapi.domain.aggregate import Aggregate
from txapi.domain.attempt import AttemptPolicy
from txapi.domain.calendar import CalendarEdition, Calendars
from txapi.domain.deadlines import DeadlinePolicy
from txapi.domain.editions import (
    CountingRule,
    Duty,
    EditionContent,
    EditionKind,
    Indicator,
    Indicators,
    MilestoneTemplate,
    MilestoneTemplates,
    ProjectKind,
    Thresholds,
    UnitOfMeasure,
    UnitsOfMeasure,
    typed_content,
)
from txapi.domain.errors import BadInput, Refusal
from txapi.domain.event import Event, Metadata
from txapi.domain.labels import Label, label_of
from txapi.domain.permissions import must_be_permitted
from txapi.domain.reading import ReadingPolicy

_EDITION = re.compile(r"[a-z0-9][a-z0-9.-]{0,79}")
T = TypeVar("T", bound=EditionContent)


class EditionHasOtherContent(Refusal):
    """An edition that was adopted never changes; other content is another edition."""

    en = "Edition {edition} was adopted with other content; give the new content a new edition."
    zh = "版本{edition}已以其他内容采用；新内容须使用新的版本号。"


class EditionAlreadyAdopted(Refusal):
    """This very edition is in force already."""

    en = "Edition {edition} is adopted already."
    zh = "版本{edition}已采用。"


class EditionIsNotInForce(Refusal):
    """Only an edition in force can be withdrawn."""

    en = "Edition {edition} is not in force."
    zh = "版本{edition}未在施行。"


class WithdrawalOfAnEditionNeedsAReason(Refusal):
    """Whoever withdraws what decides says why."""

    en = "To withdraw an edition needs a reason."
    zh = "撤回版本须说明理由。"


class Reference(Aggregate):
    """One edition of one kind. Deadlines and lights name it, so it stays readable after it was withdrawn."""

    KIND = "reference"

    def _blank(self) -> None:
        self.kind: EditionKind | None = None
        self.edition = ""
        self.hash = ""
        self.content: dict[str, Any] = {}
        self.in_force_from: date | None = None
        self.withdrawn = False

    class Adopted(Event, frozen=True, kw_only=True, omit_defaults=True):
        """An edition was adopted: from here on rules read it."""

        TOPIC = "reference.adopted"

        kind: EditionKind
        edition: str
        hash: str
        content: dict[str, Any]
        in_force_from: date | None = None

        def apply(self, aggregate: Reference) -> None:
            aggregate.kind = self.kind
            aggregate.edition = self.edition
            aggregate.hash = self.hash
            aggregate.content = self.content
            aggregate.in_force_from = self.in_force_from
            aggregate.withdrawn = False

        def typed(self) -> EditionContent:
            """The content as the value that rules read."""
            return typed_content(self.kind, self.edition, self.content)

    class Withdrawn(Event, frozen=True, kw_only=True, omit_defaults=True):
        """An edition was withdrawn: no rule chooses it any more; what names it still reads it."""

        TOPIC = "reference.withdrawn"

        kind: EditionKind
        edition: str

        def apply(self, aggregate: Reference) -> None:
            aggregate.withdrawn = True

    # -- commands ------------------------------------------------------------------------------------------------

    def adopt(
        self,
        meta: Metadata,
        *,
        kind: EditionKind,
        edition: str,
        content: dict[str, Any],
        in_force_from: date | None = None,
    ) -> None:
        """Adopt an edition, in force at once or from a day on. `content` is what its file says below `content`.

        BadInput BAD_EDITION with the path where the content is not what its kind demands.
        """
        self._may_adopt(meta)
        if not isinstance(edition, str) or not _EDITION.fullmatch(edition):
            raise BadInput("BAD_EDITION", "an edition is named in a-z, 0-9, point and hyphen", ("edition",))
        if self.id != reference_id(kind, edition):
            raise BadInput("BAD_EDITION", "this stream belongs to another edition", ("edition",))
        plain, digest = canonical(kind, edition, content)
        if self.exists and self.hash != digest:
            raise EditionHasOtherContent(edition=edition)
        if self.exists and not self.withdrawn:
            raise EditionAlreadyAdopted(edition=edition)
        self._record(
            self.Adopted, meta, kind=kind, edition=edition, hash=digest, content=plain, in_force_from=in_force_from
        )

    def withdraw(self, meta: Metadata) -> None:
        """Withdraw an edition that was adopted by mistake; deadlines that it gave stay as they are."""
        self._may_withdraw(meta)
        if not meta.reason:
            raise WithdrawalOfAnEditionNeedsAReason
        self._record(self.Withdrawn, meta, kind=self.kind, edition=self.edition)

    def _may_adopt(self, meta: Metadata) -> None:
        must_be_permitted(meta, "adopt_edition")

    def _may_withdraw(self, meta: Metadata) -> None:
        must_be_permitted(meta, "withdraw_edition")
        self._must_exist()
        if self.withdrawn:
            raise EditionIsNotInForce(edition=self.edition)

    ACTIONS: ClassVar[dict[str, Callable[[Any, Metadata], None]]] = {"withdraw_edition": _may_withdraw}

    def may(self, action: str, meta: Metadata) -> Refusal | None:
        """Why the action is closed to this actor now; None where it is open."""
        try:
            self.ACTIONS[action](self, meta)
        except Refusal as refusal:
            return refusal
        return None


def reference_id(kind: EditionKind, edition: str) -> str:
    """The stream of an edition: uuid5 of "<kind>:<edition>"."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{kind.value}:{edition}"))


def canonical(kind: EditionKind, edition: str, content: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """The content in JSON form, checked, and the SHA-256 of its canonical JSON (sorted keys, no spaces, UTF-8)."""
    try:
        plain = msgspec.to_builtins({key: value for key, value in content.items() if key != "edition"}, str_keys=True)
        typed_content(kind, edition, plain)
        text = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        return plain, hashlib.sha256(text.encode()).hexdigest()
    except BadInput:
        raise
    except (TypeError, ValueError) as error:
        raise BadInput("BAD_EDITION", f"{kind.value} {edition} is not plain data: {error}", ("content",)) from error


class NothingAdopted(Refusal):
    """A rule needs an edition of a kind of which none is in force."""

    en = "No {kind} was adopted yet."
    zh = "尚未采用任何{kind}。"

    def said(self, lang: str) -> dict[str, Any]:
        kind = label_of(EditionKind(self.facts["kind"])).text(lang)
        return {"kind": f"{kind} {self.facts['edition']}" if "edition" in self.facts else kind}


class AdoptedEdition(msgspec.Struct, frozen=True, gc=False):
    """One edition as the rules see it."""

    kind: EditionKind
    edition: str
    hash: str
    content: EditionContent
    in_force_from: date | None
    withdrawn: bool = False


class References:
    """Everything adopted so far, folded in order. Immutable: `with_event` gives the next value."""

    def __init__(self, adopted: tuple[AdoptedEdition, ...] = ()) -> None:
        self._adopted = adopted
        self._by_name = {(one.kind, one.edition): one for one in adopted}
        self._in_force: dict[EditionKind, list[AdoptedEdition]] = {kind: [] for kind in EditionKind}
        for one in adopted:
            if not one.withdrawn:
                self._in_force[one.kind].append(one)
        calendars = [cast("CalendarEdition", one.content) for one in self._in_force[EditionKind.CALENDAR]]
        self._calendars = Calendars(calendars)

    @classmethod
    def fold(cls, events: Iterable[Event]) -> References:
        """The references after these events in order; events of other nouns are passed over."""
        adopted: dict[tuple[EditionKind, str], AdoptedEdition] = {}
        for event in events:
            _take(adopted, event)
        return cls(tuple(adopted.values()))

    def with_event(self, event: Event) -> References:
        """These references after one more event, of whatever noun."""
        if not isinstance(event, Reference.Adopted | Reference.Withdrawn):
            return self
        adopted = dict(self._by_name)
        _take(adopted, event)
        return References(tuple(adopted.values()))

    def with_adopted(self, event: Reference.Adopted) -> References:
        """These references after one more adoption."""
        return self.with_event(event)

    # -- what was adopted ------------------------------------------------------------------------------------------

    @property
    def editions(self) -> tuple[AdoptedEdition, ...]:
        """Every edition in the order of adoption, withdrawn ones too."""
        return self._adopted

    def edition(self, kind: EditionKind, edition: str) -> AdoptedEdition | None:
        """The edition of that name, withdrawn or not; None where it was never adopted."""
        return self._by_name.get((kind, edition))

    def _current(self, kind: EditionKind, content: type[T], on: date | None, **wanted: Any) -> T:
        """The last edition adopted of a kind that is in force on a day (None: any day) and is as wanted."""
        for one in reversed(self._in_force[kind]):
            if on is not None and one.in_force_from is not None and one.in_force_from > on:
                continue
            if all(getattr(one.content, name) == value for name, value in wanted.items()):
                return cast("T", one.content)
        raise NothingAdopted(kind=kind.value)

    # -- what rules read ---------------------------------------------------------------------------------------------

    @property
    def calendars(self) -> Calendars:
        """The working-day calendars; the newest edition of each year."""
        return self._calendars

    def deadline_policy(self, edition: str | None = None, on: date | None = None) -> DeadlinePolicy:
        """The policy of that name, or else the last adopted active one that is in force on that day.

        NothingAdopted where there is none.
        """
        if edition is None:
            return self._current(EditionKind.DEADLINE_POLICY, DeadlinePolicy, on, active=True)
        named = self.edition(EditionKind.DEADLINE_POLICY, edition)
        if named is None:
            raise NothingAdopted(kind=EditionKind.DEADLINE_POLICY.value, edition=edition)
        return cast("DeadlinePolicy", named.content)

    def attempt_policy(self) -> AttemptPolicy:
        """The last adopted active policy of refused attempts. NothingAdopted where there is none."""
        return self._current(EditionKind.ATTEMPT_POLICY, AttemptPolicy, None, active=True)

    @property
    def internal_kinds(self) -> tuple[str, ...]:
        """The kinds of noun that are internal by the last adopted active policy of reading; none where there is no policy."""
        policy = self._reading_policy
        return () if policy is None else policy.internal

    @property
    def internal_texts(self) -> tuple[str, ...]:
        """The kinds of noun of which what is said is internal by that policy, be they internal as a whole or not."""
        policy = self._reading_policy
        return () if policy is None else policy.texts

    @property
    def _reading_policy(self) -> ReadingPolicy | None:
        try:
            return self._current(EditionKind.READING_POLICY, ReadingPolicy, None, active=True)
        except NothingAdopted:
            return None

    @property
    def thresholds(self) -> Thresholds:
        """The thresholds last adopted."""
        return self._current(EditionKind.THRESHOLDS, Thresholds, None)

    def thresholds_on(self, on: date) -> Thresholds:
        """The thresholds in force on that day."""
        return self._current(EditionKind.THRESHOLDS, Thresholds, on)

    @property
    def indicators(self) -> dict[str, Indicator]:
        """The indicators by code, of every edition in force; a later edition's reading of a code wins."""
        found: dict[str, Indicator] = {}
        for one in self._in_force[EditionKind.INDICATORS]:
            found.update((indicator.code, indicator) for indicator in cast("Indicators", one.content).indicators)
        return found

    @property
    def milestones(self) -> MilestoneTemplates:
        """The milestone templates last adopted."""
        return self._current(EditionKind.MILESTONE_TEMPLATES, MilestoneTemplates, None)

    def template_of(self, kind: ProjectKind) -> MilestoneTemplate:
        """The milestone template of that kind of project."""
        return self.milestones.of(kind)

    @property
    def units(self) -> dict[str, UnitOfMeasure]:
        """The units of measure by code, of every edition in force; a later edition's reading of a code wins."""
        found: dict[str, UnitOfMeasure] = {}
        for one in self._in_force[EditionKind.UNITS_OF_MEASURE]:
            found.update((unit.code, unit) for unit in cast("UnitsOfMeasure", one.content).units)
        return found

    def unit_label(self, code: str) -> Label | None:
        """The label of a unit of measure; None where no edition names it. What `Quantity.text` takes."""
        unit = self.units.get(code)
        return unit.label if unit else None

    def counting_rule(self, duty: Duty, on: date | None = None) -> CountingRule:
        """Which milestones count as done for that duty: the last adopted active rule."""
        return self._current(EditionKind.COUNTING_RULE, CountingRule, on, active=True, duty=duty)


def _take(adopted: dict[tuple[EditionKind, str], AdoptedEdition], event: Event) -> None:
    if isinstance(event, Reference.Adopted):
        key = (event.kind, event.edition)
        adopted.pop(key, None)
        adopted[key] = AdoptedEdition(event.kind, event.edition, event.hash, event.typed(), event.in_force_from)
    elif isinstance(event, Reference.Withdrawn):
        key = (event.kind, event.edition)
        adopted[key] = msgspec.structs.replace(adopted[key], withdrawn=True)
