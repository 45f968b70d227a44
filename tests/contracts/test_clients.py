"""The set-up of outside clients: pinned, from no registry in particular, and nothing that `make test` needs."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tools import clients

CLIENTS = clients.CLIENTS


def test_every_package_is_pinned_by_version_and_hash_and_not_by_where_it_came_from() -> None:
    package = json.loads((CLIENTS / "package.json").read_text(encoding="utf-8"))
    lock = json.loads((CLIENTS / "package-lock.json").read_text(encoding="utf-8"))

    locked = {path: one for path, one in lock["packages"].items() if path}

    assert [name for name, pin in package["devDependencies"].items() if not re.fullmatch(r"\d+\.\d+\.\d+", pin)] == []
    assert locked
    assert [path for path, one in locked.items() if "resolved" in one or "integrity" not in one] == []


def test_where_node_is_absent_that_is_said_and_nothing_passes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    code = clients.main()

    assert code == 1
    assert "Node 20.19 or later and npm, which are not installed" in capsys.readouterr().err
