"""Key files 密钥: Ed25519 private keys in PEM, each readable by its owner only, made and replaced in one step or not at all."""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import stat
from contextlib import suppress
from typing import TYPE_CHECKING

from cryptography.exceptions import InternalError, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class BadKey(Exception):
    """The key file cannot be used as a signing key."""


class ExposedKey(BadKey):
    """Others than its owner may read or change the key file."""


class NoKey(BadKey):
    """There is no key file in that place."""


class KeyThere(BadKey):
    """There is a key file already in the place where one was to be made."""


def read_key(path: Path) -> Ed25519PrivateKey:
    """The key in the file. NoKey where there is none, BadKey where it is something else, ExposedKey where others may read it."""
    try:
        with path.open("rb") as file:
            # Of the file that is read, and not of one that takes its name meanwhile.
            status = os.fstat(file.fileno())
            key = serialization.load_pem_private_key(file.read(), password=None)
    except FileNotFoundError as error:
        raise NoKey(f"there is no key at {path}") from error
    except OSError as error:
        raise BadKey(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, TypeError, UnsupportedAlgorithm, InternalError):
        # What the parser says may repeat what it could not read, which is the key: not even as the cause, which logs tell.
        raise BadKey(f"{path} cannot be read as a private key: it is damaged, or something else in PEM") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise BadKey(f"{path} holds no Ed25519 key")
    must_be_kept(path, status)
    return key


def must_be_kept(
    path: Path,
    status: os.stat_result,
    remedy: str = "chmod 0600, and rotate it (docs/security.md), for who could read it may have done so",
) -> None:
    """Refuse a key that others know. What root hands over to a service by its group (a mounted secret) is not exposed by that."""
    handed_over = status.st_uid != os.geteuid()
    others = status.st_mode & (0o037 if handed_over else 0o077)
    if others:
        mode = stat.S_IMODE(status.st_mode)
        raise ExposedKey(f"{path} has the mode {mode:04o}: others than its owner may use this private key; {remedy}")


def write_key(path: Path) -> None:
    """Make a new key at `path`, mode 0600, whole or not at all. KeyThere where a file is there: what it signed would stop being good.

    A folder that is not there yet is made, for its owner only.
    """
    try:
        with _made_beside(path) as made:
            os.link(made, path)
    except FileExistsError as error:
        raise KeyThere(
            f"{path} exists; what was signed with it would stop being good, so it is not replaced"
        ) from error


def replace_key(path: Path) -> None:
    """Put a new key in the place of the one at `path`, mode 0600, in one step. The old one is gone then: keep its public half before."""
    with _made_beside(path) as made:
        made.rename(path)
    synced(path.parent)


def next_of(path: Path) -> Path:
    """Where the key lies that is to take the place of the one at `path`."""
    return path.with_name(f"{path.name}.next")


def take_over(path: Path, former: str) -> Path | None:
    """Put the next key in the place of the one at `path`, in one step; where the one before is kept, `former` ending its name.

    None where there was none before.
    """
    kept: Path | None = path.with_name(f"{path.name}.{former}")
    try:
        # A second name first: at no moment may `path` name no key.
        with suppress(FileExistsError):
            os.link(path, path.with_name(f"{path.name}.{former}"))
    except FileNotFoundError:
        kept = None
    next_of(path).rename(path)
    synced(path.parent)
    return kept


@contextlib.contextmanager
def changing_keys(folder: Path, *, wait: bool = True) -> Iterator[None]:
    """Alone among the processes that change keys in a folder, until this is left. BlockingIOError where one does and none is to `wait`."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield
    finally:
        os.close(descriptor)


def write_beside(path: Path, content: bytes) -> None:
    """Write a file, mode 0600, in the place of what was there, whole or not at all."""
    made = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        _write(made, content)
        made.rename(path)
    finally:
        made.unlink(missing_ok=True)
    synced(path.parent)


@contextlib.contextmanager
def _made_beside(path: Path) -> Iterator[Path]:
    """A new key in a file beside `path`, which is gone afterwards unless it was renamed."""
    pem = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Under a name of its own first: several processes may begin a ledger at once, and none must read half a key.
    made = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        _write(made, pem)
        yield made
    finally:
        made.unlink(missing_ok=True)


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def write_new(path: Path, content: bytes) -> None:
    """Write a file of mode 0600, whole or not at all, in a folder that is made for its owner only. FileExistsError."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        _write(made, content)
        os.link(made, path)
    finally:
        made.unlink(missing_ok=True)
    synced(path.parent)


def synced(folder: Path) -> None:
    """Wait until the names in a folder are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def key_at(path: Path, *, create: bool) -> Ed25519PrivateKey:
    """The key in the file, made first where there is none yet and `create` allows it."""
    if create and not path.exists():
        with suppress(KeyThere):  # Somebody else was faster: it is theirs that counts.
            write_key(path)
    return read_key(path)
