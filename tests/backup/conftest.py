"""A record of 67 events that was signed for at 14 and 67, with its ledger and both keys."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.audit.sealing import copied, sealed
from txapi.record.keys import write_key


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("original")
    sealed(folder)
    return folder


@pytest.fixture
def data(original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it that is the data folder of the settings."""
    folder = copied(original, tmp_path / "data")
    write_key(folder / "token-key.pem")
    monkeypatch.setenv("TXAPI_DATA", str(folder))
    return folder
