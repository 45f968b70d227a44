"""Requests that nobody would mean, tens of thousands of them: each is answered or let go of, and the record is what it was made to be.

The long form is `make fuzz`. A finding is printed with the seed and the number that it was drawn from, and as the bytes that were sent.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests import stores
from tests.faults.aftermath import whole
from tests.fuzz.running import fuzz
from tests.fuzz.size import SEED, SIZE, times
from tests.fuzz.target import Target
from tests.web.serving import environment

GROWTH = 1.25
"""How much more memory a process may have at the end than when half of all requests were sent, of which each was another.

By then it knows as many documents, clients and nouns as it ever will at a time. What the record grows by, is beside the record.
"""
LEAST_FOR_MEMORY = 20_000
"""Requests below which there is no telling."""


@pytest.mark.parametrize("seed", [SEED])
def test_whatever_is_asked_is_answered_and_the_record_stays_whole(
    store: str, tmp_path: Path, figures: Callable[[Mapping[str, Any]], None], seed: int
) -> None:
    folder = tmp_path / "data"
    with Target(folder) as target:
        before = target.head()
        run = fuzz(target, times(700, 100_000 if store == stores.SQLITE else 40_000), seed)
        after = target.head()
    half = run.resident_bytes[len(run.resident_bytes) // 2]
    events = whole(stores.place(folder))
    # What a person would do, too.
    verified = subprocess.run(
        [sys.executable, "-m", "txapi", "verify"], env=environment(folder), capture_output=True, text=True, check=False
    )
    figures(
        {"store": store, **run.told(), "events before and after": [before, after], "verify": verified.stdout.strip()}
    )

    assert run.findings == []
    assert target.code == 0
    assert target.complaint() is None, target.complaint()
    assert len(events) == after > before
    assert verified.returncode == 0, verified.stdout + verified.stderr
    if run.requests.total() >= LEAST_FOR_MEMORY:
        assert SIZE == "long"
        assert run.resident_bytes[-1] < GROWTH * half
