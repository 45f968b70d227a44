"""Reading 阅读规则: which kinds of noun are internal, so that only the units concerned and the city's offices read them."""

from __future__ import annotations

import msgspec

from txapi.domain.errors import BadInput
from txapi.domain.event import Basis

RESTRICTABLE = ("ticket",)
"""The kinds of noun that a policy may make internal: those that know which units are concerned."""


class ReadingPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """What is not everybody's to read 内部事项阅读规则. Without such a policy, every noun is public.

    `internal` names kinds of noun: with all that hangs on them, they are read by the units that take part, now and at the moment
    that is asked about, and by the roles that the table of permissions lets read what is internal. `texts` names kinds of which
    everybody reads all but what is said in them: texts, with reasons, sources and attached files.
    """

    edition: str
    basis: Basis
    internal: tuple[str, ...] = RESTRICTABLE
    texts: tuple[str, ...] = ()
    active: bool = True

    def __post_init__(self) -> None:
        for name, kinds in (("internal", self.internal), ("texts", self.texts)):
            for kind in kinds:
                if kind not in RESTRICTABLE:
                    raise BadInput("BAD_EDITION", f"{kind[:60]!r} is none of {', '.join(RESTRICTABLE)}", (name,))
