"""Who asks: the bearer of a token, or anybody, where anybody may read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from txapi.domain.event import Actor, Role
from txapi.web.answers import HttpError
from txapi.web.tokens import BadToken, Tokens

ANONYMOUS = Actor("anonymous", Role.READER)
CHALLENGE = {"www-authenticate": 'Bearer realm="txapi"'}


@dataclass(frozen=True, slots=True)
class Asking:
    """Somebody who asks. `until` is when the token ends; None for who carries none."""

    viewer: Actor = ANONYMOUS
    signed_in: bool = False
    until: datetime | None = None


class Viewers:
    """Tells who asks by what the Authorization header says."""

    def __init__(self, tokens: Tokens, *, anonymous_reads: bool) -> None:
        self._tokens = tokens
        self._anonymous_reads = anonymous_reads

    def asking(self, given: Sequence[str]) -> Asking:
        """Who sends these Authorization headers, of which one is the most. HttpError UNAUTHENTICATED."""
        if not given:
            if self._anonymous_reads:
                return Asking()
            raise HttpError(401, "UNAUTHENTICATED", "send a token: `Authorization: Bearer ...`", CHALLENGE)
        scheme, _, token = given[0].strip().partition(" ")
        if len(given) > 1 or scheme.lower() != "bearer" or not token.strip():
            raise HttpError(401, "UNAUTHENTICATED", "the Authorization header is `Bearer` and a token", CHALLENGE)
        try:
            carried = self._tokens.carried(token.strip())
        except BadToken as error:
            raise HttpError(401, "UNAUTHENTICATED", str(error), CHALLENGE) from None
        return Asking(carried.actor, signed_in=True, until=carried.until)
