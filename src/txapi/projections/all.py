"""Every projection: what the follower fills."""

from __future__ import annotations

from txapi.projections import (
    companies,
    groups,
    meetings,
    parcels,
    projects,
    publications,
    references,
    supervision,
    targets,
    tickets,
    units,
)
from txapi.projections.projection import Projection

PROJECTIONS: tuple[Projection, ...] = (
    references.PROJECTION,
    units.PROJECTION,
    companies.PROJECTION,
    parcels.PROJECTION,
    groups.PROJECTION,
    meetings.PROJECTION,
    projects.PROJECTION,
    tickets.PROJECTION,
    targets.PROJECTION,
    supervision.PROJECTION,
    publications.PROJECTION,
)
