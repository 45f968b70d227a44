"""A county for each test, copied from one that is founded once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.imports.sheets import County, county_of
from tests.stores import copied


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the county's record, which nobody changes."""
    folder = tmp_path_factory.mktemp("county")
    county_of(folder)
    return folder


@pytest.fixture
def city(founded: Path, tmp_path: Path) -> Iterator[County]:
    """The county, open."""
    copied(founded, tmp_path / "county")
    found = County(tmp_path / "county")
    yield found
    found.record.close()
