"""Signing 签名: how the checkpoints of a served record are signed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from txapi.record.signer import Cosigners


@dataclass(frozen=True, slots=True)
class Signing:
    """How checkpoints are signed: the ledger's name and key where they are begun, who co-signs, how often."""

    origin: str | None = None
    key_file: Path | None = None
    cosigners: Cosigners | None = None
    every_seconds: float = 1.0
