"""Every projection: what the follower fills."""

from __future__ import annotations

from txapi.projections import units
from txapi.projections.projection import Projection

PROJECTIONS: tuple[Projection, ...] = (units.PROJECTION,)
