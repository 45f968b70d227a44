"""Tokens 令牌: who asks, signed by this instance's key (Ed25519), good for a while."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple, Self

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from txapi.domain.event import Actor, Role
from txapi.record.keys import BadKey, NoKey, key_at

ISSUER = "txapi"
AUDIENCE = "txapi"
ALGORITHM = "EdDSA"
LONGEST = timedelta(days=366)

ROLES = tuple(role for role in Role if role is not Role.SYSTEM)
"""The roles that people have. The watch and the loader are part of the system and carry no tokens."""


class BadToken(ValueError):
    """A token that this instance did not issue, or issued for another time; the message says which."""


class CannotIssue(ValueError):
    """A token that nobody may have: a clerk without a unit, a role of the system, no subject, no end."""


class Carried(NamedTuple):
    """What a token says: who carries it, and when it ends."""

    actor: Actor
    until: datetime


class Tokens:
    """Issues and reads tokens with one key."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self._public = key.public_key()

    @classmethod
    def from_file(cls, path: Path, *, create: bool = True) -> Self:
        """Read the key, or make one (mode 0600) where there is none yet and `create` allows it. BadKey otherwise."""
        try:
            return cls(key_at(path, create=create))
        except NoKey as error:
            raise BadKey(f"{error}: make one with `txapi token keygen`") from error

    def issue(self, subject: str, role: Role, unit: str | None, ttl: timedelta) -> str:
        """A token for a subject in a role, for the unit with that code, that ends after `ttl`. CannotIssue."""
        if role not in ROLES:
            raise CannotIssue(f"{role.value} is the system's own role; nobody carries it in a token")
        if role is Role.CLERK and unit is None:
            raise CannotIssue("a clerk acts for a unit: name it")
        if not subject.strip() or len(subject) > 200:
            raise CannotIssue("a subject has 1 to 200 characters")
        if not timedelta() < ttl <= LONGEST:
            raise CannotIssue(f"a token lasts more than nothing and at most {LONGEST.days} days")
        now = datetime.now(UTC)
        claims: dict[str, Any] = {
            "iss": ISSUER, "aud": AUDIENCE, "sub": subject, "role": role.value, "iat": now, "exp": now + ttl,
        }  # fmt: skip
        if unit is not None:
            claims["unit"] = unit
        return jwt.encode(claims, self._key, algorithm=ALGORITHM)

    def read(self, token: str) -> Actor:
        """Who carries this token. BadToken where it is forged, expired, another's, or not a token at all."""
        return self.carried(token).actor

    def carried(self, token: str) -> Carried:
        """Who carries this token, and until when. BadToken as `read`."""
        try:
            claims = jwt.decode(
                token,
                self._public,
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
        role = _role(claims.get("role"))
        if not isinstance(subject, str) or not (unit is None or isinstance(unit, str)) or role is None:
            raise BadToken("the token names no role or unit that this server knows")
        if role is Role.CLERK and unit is None:
            raise BadToken("the token of a clerk names no unit")
        return Carried(Actor(subject, role, unit), datetime.fromtimestamp(int(claims["exp"]), UTC))


def _role(name: Any) -> Role | None:
    return next((role for role in ROLES if role.value == name), None)
