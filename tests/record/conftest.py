"""A record to append to, owned by the test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.stores import place
from txapi.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Record]:
    with Record.open(place(tmp_path)) as opened:
        yield opened
