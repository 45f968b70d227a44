"""The master key 主密钥: the key under which the keys of persons are wrapped, in a file of its own, and the one that is to follow it.

What is wrapped names its master key by an id, so that of several the right one is taken: the one in its place, the next one beside
it, or a former one that was kept under its id. Whoever lacks it is told which it needs.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from txapi.record.keys import BadKey, NoKey, changing_keys, must_be_kept, next_of, take_over, write_new

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_KEY_BYTES = 32
_NONCE_BYTES = 12
_ID_BYTES = 4
_UNNAMED_BYTES = _NONCE_BYTES + _KEY_BYTES + 16
"""How long a wrapped key is that names no master key: none did before master keys could be replaced."""


class MasterKey:
    """The master key in the file at `path`, which only its owner reads. Every method may be called from any thread."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._known: dict[str, bytes] = {}

    # -- wrapping ----------------------------------------------------------------------------------------------------

    def current(self, *, create: bool = False) -> str:
        """The id of the key in its place, made where there is none and `create` allows it. NoKey, BadKey."""
        if create and not self.path.exists():
            with suppress(FileExistsError):  # Somebody else was faster: it is theirs that counts.
                _write_key(self.path)
        return self._read(self.path)

    def newest(self, *, create: bool = False) -> str:
        """The id of the next key, where one was made; else as `current`."""
        return self._read(next_of(self.path)) if next_of(self.path).exists() else self.current(create=create)

    def wrapped(self, person: str, key: bytes, under: str) -> bytes:
        """A key as it is stored, under the master key of that id."""
        nonce = os.urandom(_NONCE_BYTES)
        return bytes.fromhex(under) + nonce + AESGCM(self._known[under]).encrypt(nonce, key, _about(person))

    def opened(self, person: str, stored: bytes) -> tuple[bytes, str]:
        """The key that was wrapped, and the id of its master key. NoKey, BadKey: that one is not here."""
        if len(stored) == _UNNAMED_BYTES:
            return self._opened_by_any(person, stored)
        under, sealed = stored[:_ID_BYTES].hex(), stored[_ID_BYTES:]
        key = _unsealed(self._by_id(under), person, sealed)
        if key is None:
            raise BadKey(f"the stored key of a person is damaged: it does not open under {self.path.name} {under}")
        return key, under

    def _by_id(self, wanted: str) -> bytes:
        for file in (self.path, next_of(self.path), self.path.with_name(f"{self.path.name}.{wanted}")):
            if wanted in self._known:
                break
            with suppress(NoKey):
                self._read(file)
        if wanted not in self._known:
            raise self._lacking(wanted)
        return self._known[wanted]

    def _opened_by_any(self, person: str, stored: bytes) -> tuple[bytes, str]:
        former = sorted(self.path.parent.glob(f"{self.path.name}.*"))
        for file in (self.path, *former):
            with suppress(NoKey):
                under = self._read(file)
                key = _unsealed(self._known[under], person, stored)
                if key is not None:
                    return key, under
        raise self._lacking("one that has no id yet")

    def _lacking(self, wanted: str) -> BadKey:
        if not self.path.exists():
            return NoKey(
                f"there is no master key of persons at {self.path}; the keys of persons were stored under {wanted}"
            )
        return BadKey(
            f"{self.path} ({self.current()}) is not the master key under which the keys of persons were stored: that is"
            f" {wanted}; a former one is taken from {self.path.name}.<id>"
        )

    def _read(self, file: Path) -> str:
        """The id of the key in that file, which is known from then on."""
        try:
            with file.open(encoding="ascii") as opened:
                must_be_kept(file, os.fstat(opened.fileno()), "chmod 0600, and keep it apart from copies of the keys")
                key = bytes.fromhex(opened.read())
        except FileNotFoundError as error:
            raise NoKey(f"there is no master key of persons at {file}") from error
        except OSError as error:
            raise BadKey(f"{file} cannot be read: {error.strerror}") from error
        except ValueError:
            # What could not be read stands in no message, and in no cause of one.
            raise BadKey(f"{file} cannot be read as a master key") from None
        if len(key) != _KEY_BYTES:
            raise BadKey(f"{file} holds no key of {_KEY_BYTES} bytes")
        under = _id_of(key)
        self._known[under] = key
        return under

    # -- another one -------------------------------------------------------------------------------------------------

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Alone among those who replace keys on this machine, until this is left. NoKey where there is none to be replaced."""
        self.current()  # Where there is none, there may be no folder either.
        with changing_keys(self.path.parent):
            yield

    def prepare_next(self) -> str:
        """The id of the key that is to follow, made where there is none. Whoever calls it is `changing`."""
        if not next_of(self.path).exists():
            _write_key(next_of(self.path))
        return self._read(next_of(self.path))

    def take_over(self) -> Path | None:
        """Give the next key the place; where the one before is kept. Whoever calls it is `changing`."""
        return take_over(self.path, self.current() if self.path.exists() else "former")

    def settle(self, under: str) -> None:
        """Every stored key is under that master key: where it lies here as the next one, give it the place.

        Where the folder can only be read, or somebody changes it just now, it stays beside, which is as good.
        """
        with suppress(OSError, BadKey), changing_keys(self.path.parent, wait=False):
            if self._read(next_of(self.path)) == under:
                self.take_over()


def _id_of(key: bytes) -> str:
    """What names a master key, and tells nothing of it."""
    return hashlib.sha256(b"txapi.person-master/v1\0" + key).digest()[:_ID_BYTES].hex()


def _unsealed(master: bytes, person: str, sealed: bytes) -> bytes | None:
    try:
        return AESGCM(master).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], _about(person))
    except (InvalidTag, ValueError):
        return None


def _write_key(path: Path) -> None:
    try:
        write_new(path, os.urandom(_KEY_BYTES).hex().encode() + b"\n")
    except FileExistsError:
        raise
    except OSError as error:
        raise BadKey(f"no key can be made at {path}: {error.strerror}") from error


def _about(person: str) -> bytes:
    return f"txapi.person-key/v1\0{person}".encode()
