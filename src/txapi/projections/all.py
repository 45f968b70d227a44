"""Every projection: what the follower fills."""

from __future__ import annotations

from txapi.projections import projects, references, units
from txapi.projections.projection import Projection

PROJECTIONS: tuple[Projection, ...] = (
    references.PROJECTION,
    units.PROJECTION,
    projects.PROJECTION,
)
