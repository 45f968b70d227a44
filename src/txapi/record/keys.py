"""Key files 密钥: Ed25519 private keys in PEM, each readable by its owner only and never replaced."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from typing import TYPE_CHECKING

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

if TYPE_CHECKING:
    from pathlib import Path


class BadKey(Exception):
    """The key file cannot be used as a signing key."""


class NoKey(BadKey):
    """There is no key file in that place."""


class KeyThere(BadKey):
    """There is a key file already in the place where one was to be made."""


def read_key(path: Path) -> Ed25519PrivateKey:
    """The key in the file. NoKey where there is none, BadKey where it is something else."""
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except FileNotFoundError as error:
        raise NoKey(f"there is no key at {path}") from error
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise BadKey(f"{path} cannot be read as a private key: {error}") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise BadKey(f"{path} holds no Ed25519 key")
    return key


def write_key(path: Path) -> None:
    """Make a new key at `path`, mode 0600, whole or not at all. KeyThere where a file is there: what it signed would stop being good."""
    pem = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    # Under a name of its own first: several processes may begin a ledger at once, and none must read half a key.
    made = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        os.link(made, path)
    except FileExistsError as error:
        raise KeyThere(
            f"{path} exists; what was signed with it would stop being good, so it is not replaced"
        ) from error
    finally:
        made.unlink()


def key_at(path: Path, *, create: bool) -> Ed25519PrivateKey:
    """The key in the file, made first where there is none yet and `create` allows it."""
    if create and not path.exists():
        with suppress(KeyThere):  # Somebody else was faster: it is theirs that counts.
            write_key(path)
    return read_key(path)
