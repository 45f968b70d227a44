"""Signatures 签名 by the Standard Webhooks scheme, version v1: HMAC-SHA256 over the message's id, its time and its body."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import uuid
from collections.abc import Sequence

PREFIX = "whsec_"
LEAST_BYTES, MOST_BYTES = 24, 64
_NEW_BYTES = 32


class BadSecret(ValueError):
    """What was given is no secret of this scheme. The message does not repeat it."""


def new_secret() -> str:
    """A secret from the operating system's generator."""
    return PREFIX + base64.b64encode(secrets.token_bytes(_NEW_BYTES)).decode()


def key_of(secret: str) -> bytes:
    """The key that a secret stands for. BadSecret."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not secret.startswith(PREFIX) or not LEAST_BYTES <= len(key) <= MOST_BYTES:
        raise BadSecret(f"a secret is {PREFIX} and base64 of {LEAST_BYTES} to {MOST_BYTES} bytes")
    return key


def message_id(webhook: str, event_id: str) -> str:
    """The id of the message that tells a webhook of an event: the same however often it is sent."""
    return f"msg_{uuid.uuid5(uuid.UUID(webhook), event_id).hex}"


def signed(body: bytes, message: str, seconds: int, keys: Sequence[str]) -> dict[str, str]:
    """The headers that sign a message sent at that time (seconds since 1970 UTC), once with each of the secrets."""
    content = b".".join((message.encode(), str(seconds).encode(), body))
    signatures = (base64.b64encode(hmac.digest(key_of(each), content, hashlib.sha256)).decode() for each in keys)
    return {
        "webhook-id": message,
        "webhook-timestamp": str(seconds),
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }
