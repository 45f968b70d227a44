"""Keys of tokens 令牌密钥: the one that signs, and the public halves of those before it while what they signed is believed."""

from __future__ import annotations

import base64
import hashlib
import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from jwt.utils import base64url_decode

from txapi.record.keys import BadKey, changing_keys, read_key, replace_key, write_beside

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

log = logging.getLogger(__name__)

LONGEST_BELIEVED = timedelta(days=366)
"""How long a key that signs no more is believed at most: as long as its last token may last."""


class Retired(NamedTuple):
    """A key that signs no more, and until when its tokens are believed."""

    public: Ed25519PublicKey
    until: datetime


def kid_of(key: Ed25519PublicKey) -> str:
    """The name of a key: its thumbprint (RFC 7638 over RFC 8037), which nobody has to hand out."""
    x = base64.urlsafe_b64encode(key.public_bytes_raw()).decode().rstrip("=")
    text = f'{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}'
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")


class KeyRing:
    """The keys whose tokens are believed. With a `path`, what changes there is noticed; a bad change leaves all as it was."""

    def __init__(self, key: Ed25519PrivateKey, path: Path | None = None) -> None:
        """BadKey where the list of retired keys beside the key cannot be read."""
        self._key = key
        self._public = key.public_key()
        self._path = path
        self._retired = [] if path is None else read_retired(path)
        self._seen = None if path is None else _state_of(path)

    def signing(self) -> Ed25519PrivateKey:
        """The key that signs now."""
        self._look_again()
        return self._key

    def key_of(self, token: str, kid: Any) -> Ed25519PublicKey | None:
        """The key that is to check a token: the one it names; of one that names none, whichever signed it. None where none did."""
        self._look_again()
        now = datetime.now(UTC)
        believed = [self._public, *(each.public for each in self._retired if each.until > now)]
        if kid is not None:
            return next((each for each in believed if kid_of(each) == kid), None)
        # Tokens had no `kid` before keys could be rotated.
        return next((each for each in believed if _signed(each, token)), None)

    def believes(self, public: Ed25519PublicKey) -> bool:
        """Whether a key that `key_of` gave is believed, and nothing was changed since."""
        self._look_again()
        if public is self._public:
            return True
        return any(public is each.public and each.until > datetime.now(UTC) for each in self._retired)

    def _look_again(self) -> None:
        if self._path is None or (state := _state_of(self._path)) == self._seen:
            return
        self._seen = state
        try:
            key, retired = read_key(self._path), read_retired(self._path)
        except BadKey as error:
            log.error("the key of tokens was changed and cannot be used, so the former one stays in use: %s", error)
            return
        self._key, self._public, self._retired = key, key.public_key(), retired


def rotate(path: Path, believed: timedelta = LONGEST_BELIEVED) -> tuple[str, str]:
    """Put a new key at `path`, and believe what the old one signed for a while yet; the names of the old and the new key.

    A crash in between leaves the old key in use. `believed` of nothing: the tokens of every key before end at once. BadKey, NoKey.
    """
    with changing_keys(path.parent):
        old = read_key(path).public_key()
        now = datetime.now(UTC)
        kept = [each for each in read_retired(path) if each.until > now] if believed else []
        known = {kid_of(each.public) for each in kept}
        if believed and kid_of(old) not in known:
            kept.append(Retired(old, now + believed))
        lines = "".join(f"{_text_of(each.public)} {each.until.isoformat(timespec='seconds')}\n" for each in kept)
        # First: at no moment may a token be without its key. Without a time for the old keys the order is the other way
        # round, so that a crash does not end everybody's tokens while the key that is to go still signs.
        if believed:
            write_beside(_beside(path), lines.encode())
        replace_key(path)
        if not believed:
            write_beside(_beside(path), b"")
        return kid_of(old), kid_of(read_key(path).public_key())


def read_retired(path: Path) -> list[Retired]:
    """The keys before the one at `path`. BadKey where a line is none."""
    try:
        lines = _beside(path).read_text(encoding="ascii").splitlines()
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise BadKey(f"{_beside(path)} cannot be read: {error}") from error
    retired = []
    for number, line in enumerate(lines, 1):
        try:
            public, until = line.split(" ")
            key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public, validate=True))
            ends = datetime.fromisoformat(until)
            if ends.tzinfo is None:
                raise ValueError("a moment without its offset")
        except ValueError as error:
            raise BadKey(f"{_beside(path)}, line {number}, is not a public key and the end of its tokens") from error
        retired.append(Retired(key, ends))
    return retired


def _beside(path: Path) -> Path:
    return path.with_name(f"{path.name}.retired")


def _text_of(key: Ed25519PublicKey) -> str:
    return base64.b64encode(key.public_bytes_raw()).decode()


def _signed(key: Ed25519PublicKey, token: str) -> bool:
    text, _, signature = token.rpartition(".")
    try:
        key.verify(base64url_decode(signature.encode("ascii")), text.encode("ascii"))
    except (InvalidSignature, ValueError):
        return False
    return True


def _state_of(path: Path) -> tuple[tuple[int, int, int] | None, ...]:
    """What tells whether the files were changed: both are only ever replaced."""

    def state(file: Path) -> tuple[int, int, int] | None:
        try:
            status = file.stat()
        except OSError:
            return None
        return status.st_ino, status.st_mtime_ns, status.st_mode

    return state(path), state(_beside(path))
