"""The keys of an OpenID provider 身份提供方公钥: fetched, kept for a while, each good for one algorithm only (RFC 7517, RFC 8725).

Whoever sends tokens never chooses where keys come from: a token's `jku`, `x5u`, `jwk` and `x5c` are not even read.
"""

from __future__ import annotations

import http.client
import json
import logging
import re
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt import PyJWK, PyJWTError

from txapi.setting_values import is_safe_address

log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 5.0
"""How long one document may take to come, from the first byte asked to the last one read."""
MOST_BYTES = 256 * 1024
MOST_KEYS = 100
LEAST_RSA_BITS = 2048
"""RFC 7518, section 3.3: a key of 2048 bits or larger MUST be used."""

FRESH_SECONDS = 600.0
"""How long keys are good for whose provider does not say (Cache-Control: max-age)."""
FRESH_AT_LEAST, FRESH_AT_MOST = 60.0, 86_400.0
KEPT_SECONDS = 3_600.0
"""How long keys are used beyond that while the provider cannot be reached. It issues no tokens then, and old ones end soon."""
AGAIN_SECONDS = 15.0
"""The provider is not asked sooner than this after it was asked last, whatever keys tokens name."""

ALGORITHMS = {("OKP", "Ed25519"): "EdDSA", ("EC", "P-256"): "ES256", ("RSA", None): "RS256"}
"""The one algorithm that a key is used with, by its type and curve. There is no symmetric one, so no public key is a secret."""

_MAX_AGE = re.compile(r"(?:^|[,\s])max-age=\"?(\d{1,9})")


class KeysUnavailable(Exception):
    """The provider's keys cannot be had, and none that were had before are still good."""


class BadKeySet(ValueError):
    """What came is no set of keys, or the provider's own description is another provider's."""


class Key(NamedTuple):
    """A public key, and the algorithm that it is good for."""

    kid: str | None
    algorithm: str
    public: Any


class Fetched(NamedTuple):
    """A document, and how long it is fresh, in seconds."""

    content: bytes
    fresh_seconds: float


Fetch = Callable[[str], Fetched]


def keys_of(document: Any) -> tuple[Key, ...]:
    """The keys of a JWK set that sign tokens; all others are passed over, as RFC 7517 (section 5) wants. BadKeySet."""
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        raise BadKeySet("this is no JWK set: it has no list of keys")
    if len(listed) > MOST_KEYS:
        raise BadKeySet(f"a JWK set has at most {MOST_KEYS} keys, this one has {len(listed)}")
    return tuple(key for jwk in listed if (key := _key_of(jwk)) is not None)


def _key_of(jwk: Any) -> Key | None:
    if not isinstance(jwk, dict):
        return None
    kty, kid, operations = jwk.get("kty"), jwk.get("kid"), jwk.get("key_ops")
    curve = jwk.get("crv") if kty != "RSA" else None
    # A value of another type than text is no name of anything here.
    algorithm = ALGORITHMS.get((kty, curve)) if isinstance(kty, str) and isinstance(curve, str | None) else None
    if algorithm is None or not isinstance(kid, str | None):
        return None
    if jwk.get("alg", algorithm) != algorithm or jwk.get("use", "sig") != "sig":
        return None
    if operations is not None and not (isinstance(operations, list) and "verify" in operations):
        return None
    # A private key in a public place is everybody's.
    if "d" in jwk:
        return None
    try:
        public = PyJWK(jwk, algorithm).key
    except (PyJWTError, ValueError, TypeError, KeyError):
        return None
    if isinstance(public, RSAPublicKey) and public.key_size < LEAST_RSA_BITS:
        return None
    return Key(kid, algorithm, public)


@dataclass(slots=True)
class Keys:
    """The keys of one provider. `found` answers at once from memory; `refresh` asks the provider, in a worker thread.

    `source` is the address of a JWK set, a file, or None: then the provider's discovery document says where the keys are.
    """

    issuer: str
    source: str | Path | None = None
    fetch: Fetch = field(default_factory=lambda: fetched)
    clock: Callable[[], float] = time.monotonic
    _keys: tuple[Key, ...] = ()
    _fresh_until: float = -1.0
    _good_until: float = -1.0
    _asked_at: float | None = None
    _asking: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def found(self, kid: str | None, algorithm: str) -> Key | None:
        """The key that a token names, or None. A token without `kid` is the only such key's; of two nobody guesses.

        KeysUnavailable where no keys are good any more.
        """
        if self.clock() > self._good_until:
            raise KeysUnavailable
        fitting = [key for key in self._keys if key.algorithm == algorithm and kid in (None, key.kid)]
        return fitting[0] if len(fitting) == 1 else None

    def wants_refreshing(self, kid: str | None, algorithm: str) -> bool:
        """Whether to ask the provider before this token is judged: the keys are old, or lack the one it names.

        Never so soon after the last time that strangers who name keys at will could make this server a nuisance.
        """
        now = self.clock()
        wanted = now > self._fresh_until or self.found(kid, algorithm) is None
        # While somebody asks, the others wait for what comes.
        return wanted and (self._asking or self._asked_at is None or now - self._asked_at >= AGAIN_SECONDS)

    def believes(self, key: Key) -> bool:
        """Whether a key that `found` gave is the one that it would give now, and the provider need not be asked first."""
        try:
            return self.found(key.kid, key.algorithm) is key and not self.wants_refreshing(key.kid, key.algorithm)
        except KeysUnavailable:
            return False

    def refresh(self, kid: str | None, algorithm: str) -> None:
        """Ask the provider, unless somebody did meanwhile. What fails is logged; the earlier keys stay as long as they are good."""
        with self._lock:
            if not self.wants_refreshing(kid, algorithm):
                return
            self._asked_at, self._asking = self.clock(), True
            try:
                keys, fresh_seconds = self._asked()
            except (OSError, ValueError, RecursionError, http.client.HTTPException) as error:
                log.warning("the keys of the OpenID provider cannot be had: %s", error)
                return
            finally:
                self._asking = False
            now = self.clock()
            self._keys = keys
            self._fresh_until = now + fresh_seconds
            self._good_until = self._fresh_until + KEPT_SECONDS

    def _asked(self) -> tuple[tuple[Key, ...], float]:
        if isinstance(self.source, Path):
            with self.source.open("rb") as file:
                content = file.read(MOST_BYTES + 1)
            if len(content) > MOST_BYTES:
                raise BadKeySet(f"{self.source} has more than {MOST_BYTES} bytes")
            got = Fetched(content, FRESH_AT_LEAST)
        else:
            got = self.fetch(self.source or self._discovered())
        return keys_of(json.loads(got.content)), got.fresh_seconds

    def _discovered(self) -> str:
        """Where the keys are, as the provider says of itself (OpenID Connect Discovery 1.0, section 4). BadKeySet."""
        said = json.loads(self.fetch(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration").content)
        # Section 4.3: the issuer MUST be exactly the one whose document this is, or another could speak for it.
        if not isinstance(said, dict) or said.get("issuer") != self.issuer:
            raise BadKeySet("the discovery document is not this issuer's")
        address = said.get("jwks_uri")
        if not isinstance(address, str) or not is_safe_address(address):
            raise BadKeySet("the discovery document names no jwks_uri that is safe to ask")
        return address


class _NobodyElsewhere(urllib.request.HTTPRedirectHandler):
    """Follows nobody elsewhere: keys come from where the settings or the provider say, or not at all."""

    def redirect_request(self, *_: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_NobodyElsewhere)


def fetched(address: str) -> Fetched:
    """A document by GET. OSError, ValueError, HTTPException where it does not come, is too long or takes too long."""
    if not is_safe_address(address):
        raise ValueError("keys are asked for by https, or from this machine")
    deadline = time.monotonic() + TIMEOUT_SECONDS
    request = urllib.request.Request(address, headers={"accept": "application/json"})
    with _OPENER.open(request, timeout=TIMEOUT_SECONDS) as response:
        if response.status != 200:
            raise ValueError(f"it answered {response.status}")
        content = b""
        while chunk := response.read1(8192):
            content += chunk
            if len(content) > MOST_BYTES:
                raise ValueError(f"its answer has more than {MOST_BYTES} bytes")
            if time.monotonic() > deadline:
                raise TimeoutError(f"its answer took more than {TIMEOUT_SECONDS:g} seconds")
        return Fetched(content, _fresh_seconds(response.headers))


def _fresh_seconds(headers: Mapping[str, str]) -> float:
    said = headers.get("cache-control") or ""
    found = _MAX_AGE.search(said.lower())
    seconds = float(found[1]) if found else FRESH_SECONDS
    return min(max(seconds, FRESH_AT_LEAST), FRESH_AT_MOST)
