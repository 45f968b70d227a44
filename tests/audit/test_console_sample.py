"""The sample on which the console's own verification is tested: the checker says the same of it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from txapi.audit.checker import LedgerEntry, LogProof, NotProven, Policy

SAMPLE = Path(__file__).resolve().parents[2] / "console" / "src" / "proof" / "sample.json"
MADE: dict[str, Any] = json.loads(SAMPLE.read_text(encoding="utf-8"))
TRUSTING = Policy.parse(f"log {MADE['vkey']}\nquorum none\n".encode())


@pytest.mark.parametrize("event", MADE["events"], ids=lambda event: event["shown"]["type"])
def test_the_console_is_tested_on_proofs_that_the_checker_accepts(event: dict[str, Any]) -> None:
    proof = LogProof.parse(event["proof"])
    assert proof.extra is not None

    proven = proof.verify(proof.extra, TRUSTING)

    entry = LedgerEntry.parse(proof.extra)
    assert (entry.index, entry.position) == (proven.index, int(event["shown"]["position"]))
    assert (entry.stream, entry.topic) == (event["shown"]["entityId"], event["shown"]["type"])
    assert entry.state_sha256 == hashlib.sha256(event["stored"].encode()).digest()
    with pytest.raises(NotProven):
        proof.verify(proof.extra + b"\0", TRUSTING)
