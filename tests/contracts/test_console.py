"""The console's set-up: its lock names no registry, it asks only what is published, and every word has both languages."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from tools import console

ROOT = Path(__file__).resolve().parents[2]
CONSOLE = ROOT / "console"


def sources() -> list[Path]:
    return [path for path in (CONSOLE / "src").rglob("*.ts*") if "generated" not in path.parts]


def test_the_lock_says_what_is_installed_by_version_and_hash_and_not_where_it_came_from() -> None:
    lock = json.loads((CONSOLE / "package-lock.json").read_text(encoding="utf-8"))

    packages = {path: package for path, package in lock["packages"].items() if path}
    without_hash = [
        path for path, package in packages.items() if "integrity" not in package and "inBundle" not in package
    ]

    assert packages
    assert [path for path, package in packages.items() if "resolved" in package] == []
    assert without_hash == []


def test_every_package_is_pinned() -> None:
    package = json.loads((CONSOLE / "package.json").read_text(encoding="utf-8"))

    wanted = package["dependencies"] | package["devDependencies"] | package["overrides"]

    assert [name for name, version in wanted.items() if not re.fullmatch(r"\d+\.\d+\.\d+", version)] == []


def test_the_console_asks_nothing_that_is_not_published() -> None:
    published = {path.stem for path in (ROOT / "schema" / "operations").rglob("*.graphql")}
    asked: set[str] = set()
    for path in sources():
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\bgql`|\bgraphql`|\bgraphql\(", text), path
        for names in re.findall(r"import \{([^}]*)\} from \"[./]+/generated/operations\"", text):
            asked |= set(re.findall(r"(\w+)Document\b", names))

    assert asked
    assert asked <= published


def test_what_is_built_is_never_committed_and_is_part_of_the_package() -> None:
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8")
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")

    where = console.BUILT.relative_to(ROOT)

    assert f"/{where}/\n" in ignored
    assert f'artifacts = ["{where}/**"]' in project


def test_a_build_is_made_anew_when_its_sources_change_and_only_then(tmp_path: Path) -> None:
    (tmp_path / "console" / "src" / "generated").mkdir(parents=True)
    (tmp_path / "console" / "src" / "main.tsx").write_text("one")
    first = console.sources_hash(tmp_path)

    (tmp_path / "console" / "README.md").write_text("about it")
    same = console.sources_hash(tmp_path)
    (tmp_path / "console" / "src" / "main.tsx").write_text("two")
    other = console.sources_hash(tmp_path)

    assert first == same != other


def test_whoever_starts_a_server_while_the_console_is_built_starts_no_second_build(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    started: list[object] = []
    monkeypatch.setattr(console, "ROOT", tmp_path)
    monkeypatch.setattr(console, "BUILT", tmp_path / "built")
    monkeypatch.setattr(console, "BUILDING", tmp_path / "built.lock")
    monkeypatch.setattr(console, "LOG", tmp_path / "build.log")
    monkeypatch.setattr(console, "node_complaint", lambda: None)
    monkeypatch.setattr(subprocess, "Popen", lambda *command, **_: started.append(command))
    (tmp_path / "build.log").write_text("how the first one goes")

    with console.alone():
        console.beside()

    assert capsys.readouterr().out == "the console is being built already: see build.log\n"
    assert (tmp_path / "build.log").read_text() == "how the first one goes"
    assert started == []

    console.beside()

    assert len(started) == 1
    assert "is being built beside the server" in capsys.readouterr().out
