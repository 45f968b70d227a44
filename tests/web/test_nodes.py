"""Several servers need a database between them."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from txapi.cli.root import txapi


@pytest.mark.only_on("sqlite", because="a record in a database is served by any number of processes")
def test_an_embedded_record_is_not_served_by_several_processes(tmp_path: Path) -> None:
    refused = CliRunner().invoke(txapi, ["serve", "--workers", "2", "--data", str(tmp_path), "--port", "0"])

    assert refused.exit_code == 2
    assert "TXAPI_DATABASE" in refused.stderr
    assert not list(tmp_path.iterdir())
