"""One server on each store for the tests that only ask it things; tests that stop or kill start their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests import stores
from tests.audit.sealing import rebuilt, sealed
from tests.web.serving import Served


@pytest.fixture(scope="session")
def served_on(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Served]]:
    """The server on a store, started when it is first asked for."""
    started: dict[str, Served] = {}
    with ExitStack() as held:

        def on(store: str) -> Served:
            if store not in started:
                folder = tmp_path_factory.mktemp("web") / "data"
                settings = {} if store == stores.SQLITE else {"TXAPI_DATABASE": stores.lasting_database()}
                started[store] = held.enter_context(Served(folder, **settings))
            return started[store]

        yield on


@pytest.fixture(scope="module")
def served(store: str, served_on: Callable[[str], Served]) -> Served:
    """The server on the store that the test runs on."""
    return served_on(store)


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small record with its read models, to be copied and damaged."""
    folder = tmp_path_factory.mktemp("kept") / "record"
    with stores.running_on(stores.SQLITE):
        sealed(folder)
        rebuilt(folder)
    return folder
