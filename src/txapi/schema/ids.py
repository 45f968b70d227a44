"""Global ids 全局标识: which noun, and inside a moment, at which moment."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field
from datetime import date, datetime

from txapi.domain.errors import BadInput
from txapi.record.instants import instant, micros

_FORM = re.compile(
    r"(?P<kind>[a-z_]{1,32}):(?P<key>[^@]{0,200})(?:@(?P<position>\d{1,18});(?P<clock>-?\d{1,18});(?P<valid>[\d-]{0,10}))?"
)

_ENTITY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class GlobalId:
    """A noun by kind and key; `position`, `clock` and `valid_on` where it is pinned to a moment."""

    kind: str
    key: str
    position: int | None = None
    clock: datetime | None = None
    valid_on: date | None = None
    floating: bool = field(default=False, compare=False)
    """Whether the moment was asked for as now, so that its position moves on between two requests."""

    @classmethod
    def of(cls, kind: str, key: str, pinned: GlobalId | None) -> GlobalId:
        """The id of a noun, at the moment that `pinned` names, if any."""
        if pinned is None:
            return cls(kind, key)
        return cls(kind, key, pinned.position, pinned.clock, pinned.valid_on)

    def text(self) -> str:
        """The opaque form."""
        return base64.urlsafe_b64encode(f"{self.kind}:{self.key}{self.moment()}".encode()).decode().rstrip("=")

    def moment(self) -> str:
        """How the moment is said in it, behind the noun; nothing for the present."""
        if self.position is None or self.clock is None:
            return ""
        valid = self.valid_on.isoformat() if self.valid_on else ""
        return f"@{self.position};{micros(self.clock)};{valid}"

    @classmethod
    def parse(cls, text: str) -> GlobalId:
        """Read the opaque form; BadInput BAD_ID where it is none of ours."""
        try:
            padded = text + "=" * (-len(text) % 4)
            plain = base64.b64decode(padded.encode("ascii"), altchars=b"-_", validate=True).decode()
            match = _FORM.fullmatch(plain)
            if match is None or not match["key"]:
                raise ValueError(plain)
            if match["position"] is None:
                parsed = cls(match["kind"], match["key"])
            else:
                valid = date.fromisoformat(match["valid"]) if match["valid"] else None
                parsed = cls(match["kind"], match["key"], int(match["position"]), instant(int(match["clock"])), valid)
        except (ValueError, UnicodeError, binascii.Error, OverflowError):
            raise BadInput("BAD_ID", f"{text[:80]!r} is not an id of this service") from None
        if parsed.text() != text:
            raise BadInput("BAD_ID", f"{text[:80]!r} is not an id of this service")
        return parsed


def entity_of(text: str, kind: str) -> str:
    """The entity id that a command names: an entity id itself, or a global id of the present.

    An id of a moment is refused: nobody changes the past.
    """
    if _ENTITY.fullmatch(text):
        return text
    parsed = GlobalId.parse(text)
    if parsed.position is not None:
        raise BadInput("ID_OF_A_MOMENT", "this id belongs to a moment; commands take entityId, or an id of the present")
    if parsed.kind != kind:
        raise BadInput("WRONG_KIND", f"this is the id of a {parsed.kind}, where a {kind} is expected")
    return parsed.key


def stream_of(text: str) -> str:
    """The noun that a filter names, of whatever kind: an entity id itself, or a global id of the present or of a moment."""
    return text if _ENTITY.fullmatch(text) else GlobalId.parse(text).key
