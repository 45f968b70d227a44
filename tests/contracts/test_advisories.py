"""What is locked is compared with the advisories that are known here, and an affected version is found."""

from __future__ import annotations

import datetime
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tools import advisories as tool

ROOT = Path(__file__).resolve().parents[2]
TODAY = datetime.date(2026, 11, 26)
SNAPSHOT: dict[str, Any] = json.loads((tool.HELD / "snapshot.json").read_text(encoding="utf-8"))
NOTHING_ALLOWED = ""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The locks of this checkout, to be changed."""
    for path in ("uv.lock", *tool.PYTHON_PINS, *tool.NPM_LOCKS):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, tmp_path / path)
    return tmp_path


def ranged(*events: dict[str, str]) -> dict[str, Any]:
    return {"ecosystem": "npm", "name": "vite", "ranges": [list(events)], "versions": []}


def test_nothing_that_is_locked_is_known_to_be_affected() -> None:
    allowed = (tool.HELD / "allowed.toml").read_text(encoding="utf-8")

    assert tool.check(ROOT, SNAPSHOT, allowed, TODAY) == []
    assert len(SNAPSHOT["advisories"]) > 40


def test_an_affected_version_in_the_lock_of_python_is_found(checkout: Path) -> None:
    lock = (checkout / "uv.lock").read_text(encoding="utf-8")
    found = next(one for one in tool.locked(ROOT) if one.name == "pyjwt")
    old = lock.replace(f'name = "pyjwt"\nversion = "{found.version}"', 'name = "pyjwt"\nversion = "2.3.0"')
    (checkout / "uv.lock").write_text(old, encoding="utf-8")

    assert old != lock
    (complaint,) = tool.check(checkout, SNAPSHOT, NOTHING_ALLOWED, TODAY)
    assert complaint == "PyPI pyjwt 2.3.0: PYSEC-2022-202; fixed in 2.4.0"


def test_every_lock_of_the_checkout_is_read() -> None:
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files"], capture_output=True, text=True, check=True
    ).stdout.split()

    locks = {path for path in listed if path.endswith("package-lock.json")}
    pins = {path for path in listed if re.fullmatch(r"requirements.*\.txt", Path(path).name)}

    assert locks == set(tool.NPM_LOCKS)
    assert pins == set(tool.PYTHON_PINS)


@pytest.mark.parametrize("path", tool.NPM_LOCKS)
def test_an_affected_version_in_a_lock_of_node_is_found(checkout: Path, path: str) -> None:
    lock = json.loads((checkout / path).read_text(encoding="utf-8"))
    lock["packages"]["node_modules/a/node_modules/@seeded/one"] = {"version": "1.2.3"}
    (checkout / path).write_text(json.dumps(lock), encoding="utf-8")
    seeded = {
        "ecosystem": "npm",
        "name": "@seeded/one",
        "ranges": [[{"introduced": "1.0.0"}, {"fixed": "1.2.4"}]],
        "versions": [],
    }
    snapshot = {"sources": {}, "advisories": [{"id": "GHSA-seeded", "affected": [seeded]}]}

    assert tool.check(checkout, snapshot, NOTHING_ALLOWED, TODAY) == [
        "npm @seeded/one 1.2.3: GHSA-seeded; fixed in 1.2.4"
    ]


@pytest.mark.parametrize(
    ("version", "events", "affected"),
    [
        ("1.9", [{"introduced": "0"}, {"fixed": "1.10"}], True),
        ("1.10", [{"introduced": "0"}, {"fixed": "1.10"}], False),
        ("1.10rc1", [{"introduced": "0"}, {"fixed": "1.10"}], True),
        ("2.0", [{"introduced": "1.0"}, {"last_affected": "2.0"}], True),
        ("2.1", [{"introduced": "1.0"}, {"last_affected": "2.0"}], False),
        ("0.9", [{"introduced": "1.0"}], False),
        ("9.9", [{"introduced": "1.0"}], True),
        ("1.5", [{"introduced": "2.0"}, {"fixed": "2.0.7"}, {"introduced": "0"}, {"fixed": "1.26"}], True),
        ("1.26", [{"introduced": "2.0"}, {"fixed": "2.0.7"}, {"introduced": "0"}, {"fixed": "1.26"}], False),
        ("no version", [{"introduced": "0"}, {"fixed": "1.10"}], True),
    ],
)
def test_ranges_are_read_as_their_schema_says(version: str, events: list[dict[str, str]], affected: bool) -> None:
    assert tool.is_affected(version, ranged(*events))[0] is affected


EVERY_STARLETTE = {"ecosystem": "PyPI", "name": "starlette", "ranges": [[{"introduced": "0"}]], "versions": []}
SEEDED = {"sources": {}, "advisories": [{"id": "PYSEC-1", "affected": [EVERY_STARLETTE]}]}


def allowance(**other: str) -> str:
    told = {"advisory": '"PYSEC-1"', "package": '"starlette"', "since": "2026-11-01", "reason": '"not used"', **other}
    return "[[allowed]]\n" + "".join(f"{name} = {value}\n" for name, value in told.items() if value)


def test_what_is_allowed_with_a_date_and_a_reason_is_no_complaint() -> None:
    assert tool.check(ROOT, SEEDED, NOTHING_ALLOWED, TODAY) != []
    assert tool.check(ROOT, SEEDED, allowance(), TODAY) == []


@pytest.mark.parametrize(
    "other",
    [
        {"reason": ""},
        {"reason": '" "'},
        {"since": ""},
        {"since": "2025-11-01"},
        {"since": "2027-01-01"},
        {"package": '"uvicorn"'},
    ],
)
def test_an_allowance_without_reason_or_date_or_of_long_ago_allows_nothing(other: dict[str, str]) -> None:
    complaints = tool.check(ROOT, SEEDED, allowance(**other), TODAY)

    assert any(complaint.startswith("PyPI starlette") for complaint in complaints)
    assert any("PYSEC-1 at" in complaint for complaint in complaints)


def test_an_allowance_that_nothing_needs_is_told_of() -> None:
    assert tool.check(ROOT, {"sources": {}, "advisories": []}, allowance(), TODAY) == [
        "PYSEC-1 at starlette: allowed, and nothing of it is locked"
    ]


def test_the_age_of_the_snapshot_is_said_and_what_it_lacks() -> None:
    told = "\n".join(tool.age(SNAPSHOT, TODAY, tool.locked(ROOT)))
    without = tool.age({"sources": {"npm": None}}, TODAY, {tool.Package("npm", "vite", "6.1.0")})

    assert "advisories for PyPI: pypa/advisory-database as of 20" in told
    assert all(name in told for name in SNAPSHOT["sources"])
    assert without == [
        "advisories for npm: NONE HERE, so none of its 1 locked packages was compared with any: make advisories-update"
    ]
    assert ("NONE HERE" in told) is (None in SNAPSHOT["sources"].values())


def committed(folder: Path, files: dict[str, str]) -> None:
    """A clone that holds these files."""
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    git = ["git", "-C", str(folder), "-c", "user.name=a", "-c", "user.email=a@example.org"]
    for told in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "advisories"]):
        subprocess.run([*git, *told], check=True)


def test_where_only_some_packages_of_npm_are_spoken_of_it_is_said_of_how_many(tmp_path: Path) -> None:
    libraries = {
        "react": {
            "vulnerabilities": [{"atOrAbove": "16.0.0", "below": "16.0.1", "identifiers": {"githubID": "GHSA-2"}}]
        },
        "jquery": {"vulnerabilities": [{"below": "3.0.0"}]},
    }
    others = {"ws": {"vulnerabilities": [{"below": "1.0.1", "identifiers": {"CVE": ["CVE-5"]}}, {"below": "1.1.1"}]}}
    committed(tmp_path, dict(zip(tool.RETIRE, map(json.dumps, (libraries, others)), strict=True)))
    packages = {
        tool.Package("npm", name, version)
        for name, version in (("react", "16.0.0"), ("ws", "1.1.0"), ("vite", "6.1.0"))
    }

    made = tool.snapshot_of([tmp_path], packages)

    assert {(found.package.name, found.advisory, found.fixed) for found in tool.findings(packages, made)} == {
        ("react", "GHSA-2", "16.0.1"),
        ("ws", "retire:ws:1.1.1", "1.1.1"),
    }
    assert "CVE-5" in {one["id"] for one in made["advisories"]}
    assert made["sources"]["npm"]["speaks_of"] == ["react", "ws"]
    [_, told] = tool.age(made, TODAY, packages)
    assert told.endswith("; it speaks of 2 of the 3 locked packages ONLY, and nothing was compared with the others")


def test_a_snapshot_is_made_from_clones_of_databases(tmp_path: Path) -> None:
    ours = "id: PYSEC-7\naliases:\n- CVE-7\naffected:\n- package:\n    name: PyJWT\n    ecosystem: PyPI\n"
    fixed = f"{ours}  ranges:\n  - type: ECOSYSTEM\n    events:\n    - introduced: '0'\n    - fixed: '9'\n"
    ranges = [{"type": "SEMVER", "events": [{"introduced": "6.0.0"}]}]
    npm = {"id": "GHSA-1", "affected": [{"package": {"ecosystem": "npm", "name": "vite"}, "ranges": ranges}]}
    committed(
        tmp_path,
        {
            "vulns/pyjwt/PYSEC-7.yaml": fixed,
            "vulns/pyjwt/PYSEC-8.yaml": f"{ours}withdrawn: '2020-01-01T00:00:00Z'\n",
            "vulns/other/PYSEC-9.yaml": ours.replace("PyJWT", "other"),
            "advisories/GHSA-1.json": json.dumps(npm, indent=2),
        },
    )
    packages = {tool.Package("PyPI", "pyjwt", "2.0"), tool.Package("npm", "vite", "6.1.0")}

    made = tool.snapshot_of([tmp_path], packages)

    assert [one["id"] for one in made["advisories"]] == ["GHSA-1", "PYSEC-7"]
    assert made["sources"]["npm"]["date"] == made["sources"]["PyPI"]["date"]
    assert {found.package.name for found in tool.findings(packages, made)} == {"pyjwt", "vite"}
