"""An official 干部: a person acting in office, who is named publicly with post and unit and never with contact data."""

from __future__ import annotations

import msgspec

from txapi.domain.errors import BadInput

NAME_LENGTH_MAX = 64


class Official(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Who acts in office: the name as printed, the post and the unit (its code) where known. BadInput BAD_NAME."""

    name: str
    post: str | None = None
    unit: str | None = None

    def __post_init__(self) -> None:
        if not self.name.strip() or len(self.name) > NAME_LENGTH_MAX:
            raise BadInput("BAD_NAME", f"an official has a name of at most {NAME_LENGTH_MAX} characters", ("name",))

    def text(self) -> str:
        """What people read: 盛勇军（市长）, or the name alone."""
        return f"{self.name}（{self.post}）" if self.post else self.name
