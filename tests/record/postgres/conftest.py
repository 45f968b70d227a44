"""A record in a database, opened by two nodes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import stores
from txapi.record import Record
from txapi.record.place import Place


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with stores.running_on(stores.POSTGRESQL):
        yield stores.place(tmp_path)


@pytest.fixture
def here(place: Place) -> Iterator[Record]:
    with Record.open(place) as record:
        yield record


@pytest.fixture
def there(place: Place) -> Iterator[Record]:
    """The same record on another node."""
    with Record.open(place) as record:
        yield record


@pytest.fixture
def dsn() -> Iterator[str]:
    """An empty database."""
    made = stores.databases().create()
    yield made
    stores.databases().drop(made)
