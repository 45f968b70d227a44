"""Every projection: what the follower fills."""

from __future__ import annotations

from txapi.projections import (
    attachments,
    companies,
    groups,
    meetings,
    parcels,
    persons,
    projects,
    publications,
    references,
    supervision,
    targets,
    tickets,
    units,
    webhooks,
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
    webhooks.PROJECTION,
    attachments.PROJECTION,
    persons.PROJECTION,
)
