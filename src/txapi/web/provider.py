"""An OpenID provider 身份提供方: whose tokens say who asks, beside this instance's own. RFC 8725 is the checklist.

The sections of RFC 8725 (JSON Web Token Best Current Practices) that a line of code answers stand beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Self

import anyio
import anyio.to_thread
import jwt

from txapi.domain.event import Actor, Role
from txapi.domain.permissions import UNIT_ROLES
from txapi.settings import Settings
from txapi.web.jwks import ALGORITHMS, Keys, KeysUnavailable
from txapi.web.tokens import LONGEST, ROLES, BadToken, Carried, Parts

LEEWAY = timedelta(seconds=60)
"""How far the provider's clock may be from this machine's."""
WAITED_SECONDS = 12.0
"""How long one request waits for the provider's keys."""
MOST_SUBJECT = 255
"""OpenID Connect Core 1.0, section 2: a `sub` MUST NOT exceed 255 ASCII characters."""
MOST_UNIT = 64
TYPES = (None, "jwt", "at+jwt", "application/at+jwt", "application/jwt")
"""What a token says that it is (RFC 9068, section 2.1): other kinds of JWT are no tokens of access (RFC 8725, 3.11 and 3.12)."""

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\s\ud800-\udfff]")
ANYBODY = "*"
"""In the mapping of roles: whoever the provider knows."""


@dataclass(frozen=True, slots=True)
class Claims:
    """Which claims of the provider's tokens say who somebody is, and which of our roles its roles are, the first that fits."""

    subject: str = "sub"
    role: str = "roles"
    unit: str = "unit"
    roles: tuple[tuple[str, Role], ...] = tuple((role.value, role) for role in ROLES)


class Provider:
    """Reads the tokens of one provider, for one audience."""

    def __init__(
        self, issuer: str, audience: str, keys: Keys, claims: Claims | None = None, clients: Iterable[str] = ()
    ) -> None:
        """`clients`: whose tokens are taken, by `azp` or `client_id`; any of the provider's where none is named."""
        self.issuer = issuer
        self._audience = audience
        self._keys = keys
        self._claims = claims or Claims()
        self._clients = frozenset(clients)
        # One asks, the others wait for what it learns: no stampede at the provider.
        self._one = anyio.CapacityLimiter(1)

    @classmethod
    def from_settings(cls, settings: Settings) -> Self | None:
        """The provider that the settings name; None where they name none."""
        if settings.oidc_issuer is None or settings.oidc_audience is None:
            return None
        claims = Claims(settings.oidc_subject_claim, settings.oidc_role_claim, settings.oidc_unit_claim)
        if settings.oidc_roles:
            ours = {role.value: role for role in ROLES}
            claims = Claims(
                claims.subject,
                claims.role,
                claims.unit,
                tuple((theirs, ours[name]) for theirs, name in settings.oidc_roles),
            )
        keys = Keys(settings.oidc_issuer, settings.oidc_jwks)
        return cls(settings.oidc_issuer, settings.oidc_audience, keys, claims, settings.oidc_clients)

    async def carried(self, parts: Parts) -> Carried:
        """Who carries this token, and until when. BadToken, KeysUnavailable.

        Only where the key that it names is not at hand, or old, the provider is asked: in a thread, for a bounded time.
        """
        kid, algorithm = _named(parts.header)
        if self._keys.wants_refreshing(kid, algorithm):
            with anyio.move_on_after(WAITED_SECONDS):
                await anyio.to_thread.run_sync(
                    self._keys.refresh, kid, algorithm, limiter=self._one, abandon_on_cancel=True
                )
        return self.judged(parts)

    def judged(self, parts: Parts) -> Carried:
        """Who carries this token, by the keys at hand. BadToken, KeysUnavailable."""
        kid, algorithm = _named(parts.header)
        key = self._keys.found(kid, algorithm)
        if key is None:
            raise BadToken("the token was not issued by this server")
        try:
            claims = jwt.decode(
                parts.token,
                key.public,
                # The key's own algorithm and no other (3.1, 2.1): a token does not choose how it is checked.
                algorithms=[key.algorithm],
                audience=self._audience,  # 3.9
                issuer=self.issuer,  # 3.8
                leeway=LEEWAY,
                options={"require": ["exp", "iat", "iss", "aud", "sub"]},
            )
        except jwt.ExpiredSignatureError:
            raise BadToken("the token has expired") from None
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError):
            raise BadToken("the token was not issued by this server") from None
        self._must_be_for_us(claims)
        return Carried(self._actor(claims), _end(claims), partial(self._keys.believes, key))

    def _must_be_for_us(self, claims: Mapping[str, Any]) -> None:
        """Refuse a token of a client that is not named, and one for several audiences that does not say whose it is."""
        client = claims.get("azp", claims.get("client_id"))
        if not isinstance(client, str | None):
            raise BadToken("the token was not issued by this server")
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        # OpenID Connect Core 1.0, section 3.1.3.7: with several audiences, the token says which client it was issued to.
        if (self._clients and client not in self._clients) or (several and client is None):
            raise BadToken("the token was issued to another client")

    def _actor(self, claims: Mapping[str, Any]) -> Actor:
        subject = _at(claims, self._claims.subject)
        if not isinstance(subject, str) or not 1 <= len(subject) <= MOST_SUBJECT or _UNPRINTABLE.search(subject):
            raise BadToken("the token names nobody")
        unit = _at(claims, self._claims.unit)
        if isinstance(unit, list) and len(unit) == 1:
            unit = unit[0]
        role = self._role(_at(claims, self._claims.role))
        known = unit is None or (
            isinstance(unit, str) and 1 <= len(unit) <= MOST_UNIT and not _UNPRINTABLE.search(unit)
        )
        if role is None or not known:
            raise BadToken("the token names no role or unit that this server knows")
        if role in UNIT_ROLES and unit is None:
            raise BadToken("the token names no unit, and whoever has its role acts for one")
        # An issuer has no fragment, so nobody of another provider, and nobody with a token of our own, is called so.
        return Actor(f"{self.issuer}#{subject}", role, unit)

    def _role(self, theirs: Any) -> Role | None:
        held = [theirs] if isinstance(theirs, str) else theirs if isinstance(theirs, list) else []
        return next((ours for name, ours in self._claims.roles if name == ANYBODY or name in held), None)


def _named(header: Mapping[str, Any]) -> tuple[str | None, str]:
    """The key and the algorithm that a token's header names, of those that any key here is good for. BadToken.

    `none` and the symmetric algorithms are not among them (3.1, 3.2), so no public key is ever taken for a secret (2.1).
    """
    kid, algorithm, kind = header.get("kid"), header.get("alg"), header.get("typ")
    # What a header calls critical must be understood, and nothing is here (RFC 7515, section 4.1.11).
    strange = "crit" in header or not isinstance(kid, str | None) or not isinstance(kind, str | None)
    if strange or algorithm not in ALGORITHMS.values() or (kind and kind.lower()) not in TYPES:
        raise BadToken("the token was not issued by this server")
    return kid, str(algorithm)


def _end(claims: Mapping[str, Any]) -> datetime:
    """When a token ends here. BadToken where that is too far ahead to be meant."""
    now = datetime.now(UTC)
    if int(claims["exp"]) > (now + LONGEST).timestamp():
        raise BadToken("the token was not issued by this server")
    return datetime.fromtimestamp(int(claims["exp"]), UTC) + LEEWAY


def _at(claims: Mapping[str, Any], name: str) -> Any:
    """The claim of that name; where there is none and the name has dots, the one inside: `realm_access.roles`."""
    if name in claims:
        return claims[name]
    found: Any = claims
    for part in name.split("."):
        if not isinstance(found, Mapping) or part not in found:
            return None
        found = found[part]
    return found


__all__ = ["Claims", "KeysUnavailable", "Provider"]
