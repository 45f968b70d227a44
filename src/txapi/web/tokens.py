"""Tokens 令牌: who asks, signed by this instance's key (Ed25519), good for a while."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, Self

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.utils import base64url_decode

from txapi.domain.event import Actor, Role
from txapi.domain.labels import label_of
from txapi.domain.permissions import UNIT_ROLES
from txapi.record.keys import BadKey, NoKey, key_at
from txapi.web.token_keys import KeyRing, kid_of

ISSUER = "txapi"
AUDIENCE = "txapi"
ALGORITHM = "EdDSA"
LONGEST = timedelta(days=366)

ROLES = tuple(role for role in Role if role is not Role.SYSTEM)
"""The roles that people have. The watch and the loader are part of the system and carry no tokens."""


MOST_TOKEN_BYTES = 8192
"""The longest token that is looked at."""

FOREIGN = re.compile(r"https?://", re.IGNORECASE)
"""What the subjects of an OpenID provider begin with, so that no token of this instance names one of them."""


class BadToken(ValueError):
    """A token that this instance did not issue, or issued for another time; the message says which."""


class Parts(NamedTuple):
    """A token that nothing is known of yet: its text, and what it says of itself, which nobody has checked."""

    token: str
    header: dict[str, Any]
    issuer: str | None


def parts_of(token: str) -> Parts:
    """What a token says of itself: only to choose who checks it. BadToken where it is none."""
    try:
        if len(token) > MOST_TOKEN_BYTES:
            raise BadToken("the token was not issued by this server")
        head, body, _ = token.split(".")
        header, claims = (json.loads(base64url_decode(part.encode("ascii"))) for part in (head, body))
    except (ValueError, RecursionError):
        raise BadToken("the token was not issued by this server") from None
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise BadToken("the token was not issued by this server")
    issuer = claims.get("iss")
    return Parts(token, header, issuer if isinstance(issuer, str) else None)


class CannotIssue(ValueError):
    """A token that nobody may have: a clerk without a unit, a role of the system, no subject, no end."""


class Carried(NamedTuple):
    """What a token says: who carries it, and when it ends. `still` tells whether what it was checked by is still believed."""

    actor: Actor
    until: datetime
    still: Callable[[], bool] = lambda: False


class Tokens:
    """Issues tokens with one key, and reads those of it and of the keys before it that are still believed."""

    def __init__(self, key: Ed25519PrivateKey, ring: KeyRing | None = None) -> None:
        self._ring = ring or KeyRing(key)

    @classmethod
    def from_file(cls, path: Path, *, create: bool = True) -> Self:
        """Read the key, or make one (mode 0600) where there is none yet and `create` allows it. BadKey otherwise.

        A key that is rotated meanwhile is noticed at the next token.
        """
        try:
            key = key_at(path, create=create)
        except NoKey as error:
            raise BadKey(f"{error}: make one with `txapi token keygen`") from error
        return cls(key, KeyRing(key, path))

    def issue(self, subject: str, role: Role, unit: str | None, ttl: timedelta) -> str:
        """A token for a subject in a role, for the unit with that code, that ends after `ttl`. CannotIssue."""
        if role not in ROLES:
            raise CannotIssue(f"{role.value} is the system's own role; nobody carries it in a token")
        if role in UNIT_ROLES and unit is None:
            raise CannotIssue(f"a {label_of(role).en} acts for a unit: name it")
        if not subject.strip() or len(subject) > 200:
            raise CannotIssue("a subject has 1 to 200 characters")
        if FOREIGN.match(subject):
            raise CannotIssue("a subject that begins like an address is an OpenID provider's")
        if not timedelta() < ttl <= LONGEST:
            raise CannotIssue(f"a token lasts more than nothing and at most {LONGEST.days} days")
        now = datetime.now(UTC)
        claims: dict[str, Any] = {
            "iss": ISSUER, "aud": AUDIENCE, "sub": subject, "role": role.value, "iat": now, "exp": now + ttl,
        }  # fmt: skip
        if unit is not None:
            claims["unit"] = unit
        key = self._ring.signing()
        return jwt.encode(claims, key, algorithm=ALGORITHM, headers={"kid": kid_of(key.public_key())})

    def read(self, token: str) -> Actor:
        """Who carries this token. BadToken where it is forged, expired, another's, or not a token at all."""
        return self.carried(token).actor

    def carried(self, token: str) -> Carried:
        """Who carries this token, and until when. BadToken as `read`."""
        public = self._ring.key_of(token, parts_of(token).header.get("kid"))
        if public is None:
            raise BadToken("the token was not issued by this server")
        try:
            claims = jwt.decode(
                token,
                public,
                # Pinned: a token does not choose how it is checked.
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                issuer=ISSUER,
                options={"require": ["exp", "iat", "iss", "aud", "sub"]},
            )
        except jwt.ExpiredSignatureError:
            raise BadToken("the token has expired") from None
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError):
            raise BadToken("the token was not issued by this server") from None
        subject, unit = claims["sub"], claims.get("unit")
        if isinstance(subject, str) and FOREIGN.match(subject):
            raise BadToken("the token was not issued by this server")
        role = _role(claims.get("role"))
        if not isinstance(subject, str) or not (unit is None or isinstance(unit, str)) or role is None:
            raise BadToken("the token names no role or unit that this server knows")
        if role in UNIT_ROLES and unit is None:
            raise BadToken("the token names no unit, and whoever has its role acts for one")
        until = datetime.fromtimestamp(int(claims["exp"]), UTC)
        return Carried(Actor(subject, role, unit), until, partial(self._ring.believes, public))


def _role(name: Any) -> Role | None:
    return next((role for role in ROLES if role.value == name), None)
