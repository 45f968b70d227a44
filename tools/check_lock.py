"""Fails when the lock and its export name another host than the public index, or do not fit pyproject.toml or each other."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

PUBLIC_HOSTS = {"pypi.org", "files.pythonhosted.org"}
PUBLIC_INDEX = "https://pypi.org/simple"
ADDRESS = re.compile(r"[a-z][a-z0-9+]*://[^\s\"'>\\]+")
PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;\\]+)")
HASH = re.compile(r"--hash=(sha256:[0-9a-f]{64})")


def strange_addresses(name: str, text: str) -> list[str]:
    """Every address that is not https on the public index, with its line."""
    return [
        f"{name}:{number}: {address} is not on the public index"
        for number, line in enumerate(text.splitlines(), start=1)
        for address in ADDRESS.findall(line)
        if urlsplit(address).scheme != "https" or urlsplit(address).netloc not in PUBLIC_HOSTS
    ]


def strange_sources(lock: dict[str, Any]) -> list[str]:
    """Every package whose source is neither the public index nor this project."""
    return [
        f"uv.lock: {package['name']} comes from {package['source']}"
        for package in lock["package"]
        if package["source"] not in ({"registry": PUBLIC_INDEX}, {"editable": "."})
    ]


def strange_options(name: str, text: str) -> list[str]:
    """Every line of a requirements file that is neither a pin nor one of its hashes: an index, a folder, a link."""
    lines = (line.strip() for line in text.splitlines())
    return [
        f"{name}: {line!r} is neither a pin nor a hash"
        for line in lines
        if line and not line.startswith("#") and not PIN.match(line) and not HASH.match(line)
    ]


def pins(text: str) -> dict[str, tuple[str, frozenset[str]]]:
    """Name -> (version, hashes) of a requirements file."""
    found: dict[str, tuple[str, frozenset[str]]] = {}
    for block in text.replace("\\\n", " ").splitlines():
        if match := PIN.match(block):
            found[match["name"]] = (match["version"], frozenset(HASH.findall(block)))
    return found


def stale_export(lock: dict[str, Any], requirements: str) -> list[str]:
    """Where the hashed export says something else than the lock."""
    exported = pins(requirements)
    locked: dict[str, tuple[str, frozenset[str]]] = {}
    for package in lock["package"]:
        if "registry" in package["source"]:
            files = [*package.get("wheels", []), *([package["sdist"]] if "sdist" in package else [])]
            locked[package["name"]] = (package["version"], frozenset(file["hash"] for file in files))
    return [
        f"requirements.txt: {name} differs from uv.lock; run make lock"
        for name in sorted(exported.keys() | locked.keys())
        if exported.get(name) != locked.get(name)
    ]


def requirement(entry: str | dict[str, Any]) -> tuple[str, str, str]:
    """(name with its extras, specifier, marker) in one spelling, from pyproject's text or from the lock's table."""
    if isinstance(entry, dict):
        name, extras, specifier = entry["name"], ",".join(entry.get("extras", [])), entry.get("specifier", "")
        marker = re.sub(
            r"^(.* and )?extra == '[^']+'$",
            lambda found: (found[1] or "").removesuffix(" and "),
            entry.get("marker", ""),
        )
    else:
        wanted, _, marker = entry.partition(";")
        match = re.match(r"([A-Za-z0-9._-]+)\s*(?:\[([^\]]*)\])?\s*(.*)", wanted.strip())
        name, extras, specifier = (match[1], match[2] or "", match[3]) if match else (entry, "", "")
    name = re.sub(r"[-_.]+", "-", name).lower()
    if extras:
        name += f"[{','.join(sorted(extra.strip().lower() for extra in extras.split(',')))}]"
    parts = sorted(part.strip() for part in specifier.split(",") if part.strip())
    return name, ",".join(parts), marker.strip().replace('"', "'")


def extra_of(entry: dict[str, str]) -> str:
    """The extra for which a requirement of the lock counts; empty where it always does."""
    match = re.search(r"extra == '([A-Za-z0-9._-]+)'$", entry.get("marker", ""))
    return match[1] if match else ""


def stale_lock(lock: dict[str, Any], project: dict[str, Any]) -> list[str]:
    """Where pyproject.toml asks for something else than the lock was resolved for."""
    name = project["project"]["name"]
    own = next((package for package in lock["package"] if package["name"] == name), None)
    if own is None:
        return [f"uv.lock: {name} is not in it; run make lock"]
    asked = {("", *requirement(each)) for each in project["project"]["dependencies"]}
    for extra, entries in project["project"].get("optional-dependencies", {}).items():
        asked |= {(extra, *requirement(each)) for each in entries}
    solved = {(extra_of(each), *requirement(each)) for each in own["metadata"].get("requires-dist", [])}
    groups = project["dependency-groups"]
    for group in groups:
        asked |= {(group, *requirement(each)) for each in flat(groups, group)}
    for group, entries in own["metadata"].get("requires-dev", {}).items():
        solved |= {(group, *requirement(each)) for each in entries}
    complaints = [
        f"uv.lock: {' '.join(each).strip()} is not what it was made for; run make lock" for each in asked ^ solved
    ]
    if lock["requires-python"] != project["project"]["requires-python"]:
        complaints.append("uv.lock: made for another Python; run make lock")
    return sorted(complaints)


def flat(groups: dict[str, list[Any]], group: str) -> list[str]:
    """The requirements of a group, with those of the groups that it includes."""
    return [
        each
        for entry in groups[group]
        for each in (flat(groups, entry["include-group"]) if isinstance(entry, dict) else [entry])
    ]


def complaints_of(root: Path) -> list[str]:
    """Everything that is wrong with the lock of the checkout at `root`."""
    texts = {
        path.relative_to(root).as_posix(): path.read_text(encoding="utf-8")
        for path in (
            root / "uv.lock",
            *sorted(root.glob("requirements*.txt")),
            *sorted(root.glob("tools/requirements*.txt")),
        )
    }
    lock = tomllib.loads(texts["uv.lock"])
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    complaints = [each for name, text in texts.items() for each in strange_addresses(name, text)]
    complaints += [
        each for name, text in texts.items() if name.endswith(".txt") for each in strange_options(name, text)
    ]
    complaints += strange_sources(lock)
    complaints += stale_lock(lock, project)
    complaints += stale_export(lock, texts["requirements.txt"])
    return complaints


def main() -> int:
    """Print what is wrong; 1 if anything is."""
    complaints = complaints_of(Path(__file__).resolve().parent.parent)
    for each in complaints:
        print(each, file=sys.stderr)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
