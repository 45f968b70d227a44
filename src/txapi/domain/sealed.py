"""Sealed values 密封值: what the record keeps of a personal text, and can read only as long as the key of that person exists."""

from __future__ import annotations

import msgspec


class Sealed(msgspec.Struct, frozen=True, gc=False):
    """A text encrypted under the key of one person (AES-256-GCM). Whose key, and for which field, the text was bound to follows
    from where the value stands: moved elsewhere, it does not open.

    For the rules it is opaque. Without its key it tells only that something was said, and that it had less than so many bytes.
    """

    nonce: bytes
    ciphertext: bytes
