"""To what a project belongs: parcels 地块, supervision lists 专项督查 (纳入, 移出) and groups such as joint starts."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from txapi.domain.dates import PartialDate
from txapi.domain.errors import BadInput, Refusal
from txapi.domain.facts import must_have_happened
from txapi.domain.project.base import ProjectBase, ProjectFact, Stated, known_since

if TYPE_CHECKING:
    from txapi.domain.event import Event, Metadata


class AlreadyAMember(Refusal):
    """A project is entered into the same list, group or parcel once at a time."""

    en = "The project belongs to the {kind} {of} already (event {version})."
    zh = "项目已属于该{kind}：{of}（第{version}号事件）。"

    def said(self, lang: str) -> dict[str, Any]:
        return _said(self, lang)


class NotAMember(Refusal):
    """A project leaves only what it belongs to."""

    en = "The project does not belong to the {kind} {of}."
    zh = "项目不属于该{kind}：{of}。"

    def said(self, lang: str) -> dict[str, Any]:
        return _said(self, lang)


class LeftBeforeEntered(Refusal):
    """A membership ends after it began."""

    en = "The end ({left}) lies before the beginning ({entered})."
    zh = "移出时间（{left}）早于纳入时间（{entered}）。"


class RemovalNeedsAReason(Refusal):
    """Whoever takes a project off a supervision list says why."""

    en = "To remove a project from a supervision list needs a reason."
    zh = "将项目移出督查清单须说明理由。"


_KINDS_ZH = {"parcel": "地块", "list": "督查清单", "group": "项目组"}


def _said(refusal: Refusal, lang: str) -> dict[str, Any]:
    kind = refusal.facts["kind"]
    return {**refusal.facts, "kind": _KINDS_ZH[kind] if lang == "zh" else kind}


class Membership(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """That the project belongs to the noun with the id `of`, from `entered` to `left` (None: still).

    `due` is by when the list wants its duty done; `reason` says why it was left.
    """

    of: str
    entered: PartialDate
    stated: Stated
    due: date | None = None
    left: PartialDate | None = None
    left_stated: Stated | None = None
    reason: str | None = None

    def covers(self, valid_on: date | None = None) -> bool:
        """Whether the project certainly belonged to it at the end of that day; None: whether it does by now."""
        if valid_on is None:
            return self.left is None
        return self.entered.reached_by(valid_on) and not (self.left is not None and self.left.reached_by(valid_on))


class Memberships(ProjectBase):
    """The commands that tie a project to land, lists and groups."""

    def _blank(self) -> None:
        super()._blank()
        self.parcels: tuple[Membership, ...] = ()
        self.lists: tuple[Membership, ...] = ()
        self.groups: tuple[Membership, ...] = ()

    # -- events ------------------------------------------------------------------------------------------------------

    class ParcelAttached(ProjectFact, frozen=True, kw_only=True, omit_defaults=True):
        """The project uses, or is to use, a parcel."""

        TOPIC = "project.parcel_attached"
        SUBJECT = ("parcel_id",)

        parcel_id: str
        on: PartialDate

        def must_hold(self, decided_at: datetime) -> None:
            must_have_happened(self.on, decided_at)

        def apply(self, project: Memberships) -> None:
            project.parcels = (*project.parcels, project._begun(self.parcel_id, self))

    class ParcelDetached(ProjectFact, frozen=True, kw_only=True, omit_defaults=True):
        """The project uses a parcel no more."""

        TOPIC = "project.parcel_detached"
        SUBJECT = ("parcel_id",)

        parcel_id: str
        on: PartialDate

        def must_hold(self, decided_at: datetime) -> None:
            must_have_happened(self.on, decided_at)

        def apply(self, project: Memberships) -> None:
            project.parcels = project._ended(project.parcels, self.parcel_id, self)

    class EnteredList(ProjectFact, frozen=True, kw_only=True, omit_defaults=True):
        """The project was entered into a supervision list 纳入, with the day by which its duty is due."""

        TOPIC = "project.entered_list"
        SUBJECT = ("list_id",)

        list_id: str
        on: PartialDate
        due: date | None = None

        def must_hold(self, decided_at: datetime) -> None:
            must_have_happened(self.on, decided_at)
            if self.due is not None and self.on.begins_after(self.due):
                raise BadInput("BAD_TERM", "a duty cannot be due before the project is entered", ("due",))

        def apply(self, project: Memberships) -> None:
            project.lists = (*project.lists, project._begun(self.list_id, self, self.due))

    class LeftList(ProjectFact, frozen=True, kw_only=True, omit_defaults=True):
        """The project was removed from a supervision list 移出."""

        TOPIC = "project.left_list"
        SUBJECT = ("list_id",)

        list_id: str
        on: PartialDate

        def must_hold(self, decided_at: datetime) -> None:
            must_have_happened(self.on, decided_at)

        def apply(self, project: Memberships) -> None:
            project.lists = project._ended(project.lists, self.list_id, self)

    class JoinedGroup(ProjectFact, frozen=True, kw_only=True, omit_defaults=True):
        """The project belongs to a group: a joint start 集中开工, a park, a pipeline, a batch."""

        TOPIC = "project.joined_group"
        SUBJECT = ("group_id",)

        group_id: str
        on: PartialDate

        def must_hold(self, decided_at: datetime) -> None:
            must_have_happened(self.on, decided_at)

        def apply(self, project: Memberships) -> None:
            project.groups = (*project.groups, project._begun(self.group_id, self))

    class LeftGroup(ProjectFact, frozen=True, kw_only=True, omit_defaults=True):
        """The project belongs to a group no more."""

        TOPIC = "project.left_group"
        SUBJECT = ("group_id",)

        group_id: str
        on: PartialDate

        def must_hold(self, decided_at: datetime) -> None:
            must_have_happened(self.on, decided_at)

        def apply(self, project: Memberships) -> None:
            project.groups = project._ended(project.groups, self.group_id, self)

    # -- commands ----------------------------------------------------------------------------------------------------

    def attach_parcel(self, meta: Metadata, *, parcel_id: str, on: PartialDate | None = None) -> None:
        """Tie a parcel to the project, since that date (None: by today)."""
        self._may_attach_parcel(meta)
        _must_be_apart(self.parcels, "parcel", parcel_id)
        self._state(self.ParcelAttached, meta, parcel_id=parcel_id, on=known_since(on, meta))

    def _may_attach_parcel(self, meta: Metadata) -> None:
        self._may(meta, "attach_parcel")
        self._must_not_be_terminated()

    def detach_parcel(self, meta: Metadata, *, parcel_id: str, on: PartialDate | None = None) -> None:
        """Untie a parcel from the project."""
        self._may_detach_parcel(meta)
        on = known_since(on, meta)
        _must_belong(self.parcels, "parcel", parcel_id, on)
        self._state(self.ParcelDetached, meta, parcel_id=parcel_id, on=on)

    def _may_detach_parcel(self, meta: Metadata) -> None:
        self._may(meta, "detach_parcel")

    def enter_list(
        self, meta: Metadata, *, list_id: str, on: PartialDate | None = None, due: date | None = None
    ) -> None:
        """Enter the project into a supervision list 纳入; its duty is due by the end of the day `due`."""
        self._may_enter_list(meta)
        _must_be_apart(self.lists, "list", list_id)
        self._state(self.EnteredList, meta, list_id=list_id, on=known_since(on, meta), due=due)

    def _may_enter_list(self, meta: Metadata) -> None:
        self._may(meta, "enter_list")
        self._must_not_be_terminated()

    def leave_list(self, meta: Metadata, *, list_id: str, on: PartialDate | None = None) -> None:
        """Remove the project from a supervision list 移出; the reason is needed."""
        self._may_leave_list(meta)
        on = known_since(on, meta)
        _must_belong(self.lists, "list", list_id, on)
        if not meta.reason:
            raise RemovalNeedsAReason
        self._state(self.LeftList, meta, list_id=list_id, on=on)

    def _may_leave_list(self, meta: Metadata) -> None:
        self._may(meta, "leave_list")

    def join_group(self, meta: Metadata, *, group_id: str, on: PartialDate | None = None) -> None:
        """Count the project among a group since that date (None: by today)."""
        self._may_join_group(meta)
        _must_be_apart(self.groups, "group", group_id)
        self._state(self.JoinedGroup, meta, group_id=group_id, on=known_since(on, meta))

    def _may_join_group(self, meta: Metadata) -> None:
        self._may(meta, "join_group")
        self._must_not_be_terminated()

    def leave_group(self, meta: Metadata, *, group_id: str, on: PartialDate | None = None) -> None:
        """Count the project among a group no more."""
        self._may_leave_group(meta)
        on = known_since(on, meta)
        _must_belong(self.groups, "group", group_id, on)
        self._state(self.LeftGroup, meta, group_id=group_id, on=on)

    def _may_leave_group(self, meta: Metadata) -> None:
        self._may(meta, "leave_group")

    # -- rules -------------------------------------------------------------------------------------------------------

    def _begun(self, of: str, event: _DatedEvent, due: date | None = None) -> Membership:
        return Membership(of, self._happened(event.on, event), self._stated(event), due)

    def _ended(self, members: tuple[Membership, ...], of: str, event: _DatedEvent) -> tuple[Membership, ...]:
        left, stated = self._happened(event.on, event), self._stated(event)
        return tuple(
            msgspec.structs.replace(member, left=left, left_stated=stated, reason=event.meta.reason)
            if member.of == of and member.left is None
            else member
            for member in members
        )

    def _check_correction(self, meta: Metadata, replacement: Event) -> None:
        super()._check_correction(meta, replacement)
        version = replacement.originator_version
        for member in (*self.parcels, *self.lists, *self.groups):
            entered, left = member.entered, member.left
            if isinstance(replacement, _BEGINNINGS) and member.stated.version == version:
                entered = replacement.on
            elif isinstance(replacement, _ENDS) and member.left_stated and member.left_stated.version == version:
                left = replacement.on
            else:
                continue
            if left is not None:
                _must_not_end_before(entered, left)


_DatedEvent = (
    Memberships.ParcelAttached
    | Memberships.ParcelDetached
    | Memberships.EnteredList
    | Memberships.LeftList
    | Memberships.JoinedGroup
    | Memberships.LeftGroup
)
_BEGINNINGS = (Memberships.ParcelAttached, Memberships.EnteredList, Memberships.JoinedGroup)
_ENDS = (Memberships.ParcelDetached, Memberships.LeftList, Memberships.LeftGroup)


def _must_be_apart(members: tuple[Membership, ...], kind: str, of: str) -> None:
    for member in members:
        if member.of == of and member.left is None:
            raise AlreadyAMember(kind=kind, of=of, version=member.stated.version)


def _must_belong(members: tuple[Membership, ...], kind: str, of: str, on: PartialDate) -> None:
    belongs = [member for member in members if member.of == of and member.left is None]
    if not belongs:
        raise NotAMember(kind=kind, of=of)
    _must_not_end_before(belongs[-1].entered, on)


def _must_not_end_before(entered: PartialDate, left: PartialDate) -> None:
    if left.latest is not None and entered.begins_after(left.latest):
        raise LeftBeforeEntered(left=left.text(), entered=entered.text())
