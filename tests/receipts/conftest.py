"""One city with a key for the tests that ask it things and change nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.receipts.notary import Notary


@pytest.fixture(scope="module")
def notary(tmp_path_factory: pytest.TempPathFactory, store: str) -> Iterator[Notary]:
    notary = Notary(tmp_path_factory.mktemp("notary"))
    yield notary
    notary.close()
