"""Members 成员 of supervision lists and groups, with all that was ever known of them: for counting at several moments."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from txapi.audit.questions.versions import Version, Versions, versions_of
from txapi.domain.dates import PartialDate
from txapi.domain.editions import CountingRule, EditionKind, MilestoneKind
from txapi.domain.rates import Member, first_reached
from txapi.projections.moment import Reader
from txapi.projections.project_rows import MEMBERSHIPS, MILESTONES, MembershipKind, MembershipRow, MilestoneRow
from txapi.projections.references import references_at
from txapi.projections.supervision import SUPERVISION_LISTS, SupervisionRow

Place = tuple[str, int]
"""A membership: the project, and the number of its event that stated the entry."""

Places = dict[Place, list[Version[MembershipRow]]]


class MembersKnown:
    """Who belonged to these lists (or groups), and for lists when they were done, at every moment: three statements."""

    def __init__(self, reader: Reader, ids: Sequence[str], kind: MembershipKind) -> None:
        versions = versions_of(MEMBERSHIPS, reader, ids, "of_id")
        self._places: dict[str, Places] = {id: {} for id in ids}
        for id in ids:
            for version in versions.of(id):
                if version.row.belongs_to is kind:
                    place = (version.row.project_id, version.row.stated_version)
                    self._places[id].setdefault(place, []).append(version)
        self._lists: Versions[SupervisionRow] = Versions(SUPERVISION_LISTS, [])
        self._milestones: Versions[MilestoneRow] = Versions(MILESTONES, [])
        if kind is MembershipKind.LIST:
            self._lists = versions_of(SUPERVISION_LISTS, reader, ids)
            if self.projects:
                self._milestones = versions_of(MILESTONES, reader, self.projects)
            self._references = references_at(reader)

    @property
    def projects(self) -> list[str]:
        """Every project that ever belonged to one of them."""
        return sorted({project for places in self._places.values() for project, _ in places})

    def places(self, id: str) -> Places:
        """Every membership that there ever was, with its versions."""
        return self._places[id]

    def list_at(self, id: str, position: int) -> SupervisionRow | None:
        """The list as it read at a position; None where it was not known."""
        return next(iter(self._lists.at(id, position)), None)

    def on_list(self, id: str, position: int, day: date | None, done_by: date | None = None) -> dict[Place, Member]:
        """Who belongs to it on a day (None: as known), by what was known at a position; done by that day, or another."""
        found: dict[Place, Member] = {}
        for place, versions in self._places[id].items():
            for version in versions:
                if version.known_at(position):
                    reached = self.reached(id, place[0], position, done_by or day)
                    member = Member(version.row.entered_on, version.row.left_on, first_reached(reached.values()))
                    if member.on_list(day):
                        found[place] = member
        return found

    def reached(self, id: str, project: str, position: int, day: date | None) -> dict[int, PartialDate]:
        """When the milestones that count on the list were reached by a day, as known at a position; by the event that
        says so. The rule is the one that the list had at that position.
        """
        kinds = self._kinds(id, position)
        found = {}
        for version in self._milestones.of(project):
            if version.row.kind in kinds and version.known_at(position):
                actual = version.row.seen(day).actual
                if actual is not None:
                    found[self._said_at(project, version)] = actual
        return found

    def _kinds(self, id: str, position: int) -> tuple[MilestoneKind, ...]:
        row = self.list_at(id, position)
        adopted = self._references.edition(EditionKind.COUNTING_RULE, row.rule_edition) if row else None
        return adopted.content.milestones if adopted and isinstance(adopted.content, CountingRule) else ()

    def _said_at(self, project: str, found: Version[MilestoneRow]) -> int:
        """The first event since which the milestone reads as reached on that date."""
        said = found.since
        for version in reversed(self._milestones.of(project)):
            same = version.row.kind is found.row.kind and version.row.actual_on == found.row.actual_on
            if same and version.until == said:
                said = version.since
        return said
