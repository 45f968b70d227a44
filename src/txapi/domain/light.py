"""A light 灯: grey, green, yellow or red, always with the reason, the rule that gave it and how long it holds."""

from __future__ import annotations

import enum
from datetime import datetime

import msgspec

from txapi.domain.labels import Label, labelled


class Light(enum.Enum):
    """The colour, from nothing to say to act now; `severity` orders them."""

    GREY = "grey"
    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"

    @property
    def severity(self) -> int:
        """0 for grey up to 3 for red: the worst light leads."""
        return _ORDER.index(self)


_ORDER = tuple(Light)

labelled(
    {
        Light.GREY: ("灰灯", "grey"),
        Light.GREEN: ("绿灯", "green"),
        Light.YELLOW: ("黄灯", "yellow"),
        Light.RED: ("红灯", "red"),
    }
)


class LightVerdict(msgspec.Struct, frozen=True, gc=False):
    """A light with its grounds.

    `because` is the sentence for people; `rule` is the edition of the adopted thresholds or policy that decided, empty
    where none was needed; `until` is the next instant (UTC) at which it may change although nobody acts, None if never.
    """

    colour: Light
    because: Label
    rule: str = ""
    until: datetime | None = None


def worst(verdicts: list[LightVerdict]) -> LightVerdict:
    """The leading light of several (the first of the worst), which holds until the first of them may change."""
    leading = max(verdicts, key=lambda verdict: verdict.colour.severity)
    instants = [verdict.until for verdict in verdicts if verdict.until is not None]
    return msgspec.structs.replace(leading, until=min(instants) if instants else None)
