"""One record with references and units, made once; whoever wants to command in it takes a copy."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.application.town import found_town


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory, store: str) -> Path:
    """The folder of the record, on the store that the module is tested on; it is never opened again."""
    folder = tmp_path_factory.mktemp("founded") / "record"
    found_town(folder)
    return folder
