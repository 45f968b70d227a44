"""One server for the tests that only ask it things; tests that stop or kill start their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.web.serving import Served


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with Served(tmp_path_factory.mktemp("web") / "data") as server:
        yield server
