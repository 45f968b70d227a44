"""The same record gives the same answers: on any Python, with any hash seed, whatever the follower takes at once.

Where these fail after a change that was meant (an event, a data set, a read model, a published question), write the golden
file anew with `make golden`, look at what changed in it, and commit it with the change.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.stores import place
from tools.determinism import GOLDEN, compare, golden, in_a_process, told


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory, store: str) -> dict[str, Any]:
    """What the bundled data sets come to in this process."""
    return told(place(tmp_path_factory.mktemp("determinism")))


def test_the_bundled_data_sets_come_to_what_the_golden_file_says(here: dict[str, Any]) -> None:
    expected = json.loads(GOLDEN.read_text(encoding="utf-8"))

    assert golden(here) == expected, "if this was meant: make golden"


@pytest.mark.slow
@pytest.mark.only_on("sqlite", because="what another process takes in must not matter, and it has files of its own")
def test_another_hash_seed_and_other_batches_give_the_same_digests_answers_and_receipts(here: dict[str, Any]) -> None:
    # `make determinism` tries more of them, and other Pythons.
    assert compare({"here": here, "seed 1": in_a_process(hash_seed="1", batch=7)}) == []


@pytest.mark.slow_on("postgresql")
def test_loading_the_same_data_sets_again_writes_the_same_bytes(here: dict[str, Any], tmp_path: Path) -> None:
    again = told(place(tmp_path))

    # The root hashes every entry, and every entry the stored bytes of an event, its salt among them.
    assert again["root"] == here["root"]
    assert compare({"first": here, "again": again}) == []


@pytest.mark.only_on("sqlite", because="what was found is compared wherever it was found")
def test_a_difference_is_named() -> None:
    found = json.loads(GOLDEN.read_text(encoding="utf-8")) | {"receipts": {}}
    other = {**found, "digests": {**found["digests"], "tickets": "00"}}

    assert compare({"a": found, "b": other}) == [f"digests tickets: a {found['digests']['tickets']}, b 00"]
