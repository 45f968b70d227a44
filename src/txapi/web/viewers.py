"""Who asks: the bearer of a token, or anybody, where anybody may read."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from txapi.domain.event import Actor, Role
from txapi.domain.permissions import reads_nothing
from txapi.web.answers import HttpError
from txapi.web.jwks import AGAIN_SECONDS
from txapi.web.provider import KeysUnavailable, Provider
from txapi.web.rates import peer_of
from txapi.web.tokens import BadToken, Carried, Tokens, parts_of

ANONYMOUS = Actor("anonymous", Role.READER)
MOST_KNOWN = 10_000
"""Of how many tokens it is remembered that they are good."""
CHALLENGE = {"www-authenticate": 'Bearer realm="txapi"'}


@dataclass(frozen=True, slots=True)
class Asking:
    """Somebody who asks. `until` is when the token ends; None for who carries none.

    `client` names whose points are taken: the subject of the token, or the address of who carries none.
    """

    viewer: Actor = ANONYMOUS
    signed_in: bool = False
    until: datetime | None = None
    client: str = ""


class Viewers:
    """Tells who asks by what the Authorization header says: a token of this instance, or of its OpenID provider."""

    def __init__(self, tokens: Tokens, *, anonymous_reads: bool, provider: Provider | None = None) -> None:
        self._tokens = tokens
        self._provider = provider
        self._anonymous_reads = anonymous_reads
        self._known: OrderedDict[bytes, Carried] = OrderedDict()

    async def asking(self, given: Sequence[str], host: str | None = None) -> Asking:
        """Who sends these Authorization headers, of which one is the most, from `host`.

        HttpError UNAUTHENTICATED, FORBIDDEN, UNAVAILABLE.
        """
        if not given:
            if self._anonymous_reads:
                return Asking(client=f"address {peer_of(host)}")
            raise HttpError(401, "UNAUTHENTICATED", "send a token: `Authorization: Bearer ...`", CHALLENGE)
        scheme, _, token = given[0].strip().partition(" ")
        if len(given) > 1 or scheme.lower() != "bearer" or not token.strip():
            raise HttpError(401, "UNAUTHENTICATED", "the Authorization header is `Bearer` and a token", CHALLENGE)
        try:
            carried = await self._carried(token.strip())
        except BadToken as error:
            raise HttpError(401, "UNAUTHENTICATED", str(error), CHALLENGE) from None
        except KeysUnavailable:
            message = "the keys of the OpenID provider cannot be had just now"
            raise HttpError(503, "UNAVAILABLE", message, {"retry-after": f"{AGAIN_SECONDS:.0f}"}) from None
        if reads_nothing(carried.actor.role):
            # Checkpoints and entries of the ledger are everybody's, and asked for without a token.
            message = f"the role {carried.actor.role.value} has to do with the log only; /log needs no token"
            raise HttpError(403, "FORBIDDEN", message)
        return Asking(carried.actor, signed_in=True, until=carried.until, client=f"subject {carried.actor.subject}")

    async def _carried(self, token: str) -> Carried:
        """Who carries a token, which is checked once, and again when what it was checked by has changed."""
        # The tokens themselves are kept nowhere.
        digest = hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
        known = self._known.get(digest)
        if known is not None and known.until > datetime.now(UTC) and known.still():
            self._known.move_to_end(digest)
            return known
        self._known.pop(digest, None)
        carried = await self._checked(token)
        self._known[digest] = carried
        while len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)
        return carried

    async def _checked(self, token: str) -> Carried:
        """Who carries a token. The issuer that it names says only who checks it; nobody is asked for anything before."""
        parts = parts_of(token)
        if self._provider is not None and parts.issuer == self._provider.issuer:
            return await self._provider.carried(parts)
        return self._tokens.carried(token)
