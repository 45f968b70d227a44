"""Compares what is locked with the advisories that are known here, without the network.

    tools/advisories.py                      fails where a locked version is known to be affected
    tools/advisories.py --update FOLDER ...  makes the snapshot anew from clones of advisory databases

The snapshot `tools/known_advisories/snapshot.json` holds, of databases in the form of OSV (pypa/advisory-database and
github/advisory-database), what concerns packages that are locked here. Where GitHub's cannot be had, RetireJS/retire.js tells of
some packages of npm; then it is said of how many. What is affected and yet no danger is allowed,
with a date and a reason, in `tools/known_advisories/allowed.toml`.
"""

from __future__ import annotations

import argparse
import datetime
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from packaging.version import InvalidVersion, Version

ROOT = Path(__file__).resolve().parent.parent
HELD = ROOT / "tools" / "known_advisories"
NPM_LOCKS = ("console/package-lock.json", "tests/clients/package-lock.json", "bench/peers/package-lock.json")
PYTHON_PINS = ("requirements.txt", "bench/peers/requirements.txt", "tools/requirements-uv.txt")
OLD_DAYS = 90
"""From this age on a snapshot is called old."""
LONGEST_ALLOWANCE_DAYS = 366


class Package(NamedTuple):
    """A locked package."""

    ecosystem: str
    name: str
    version: str


class Finding(NamedTuple):
    """A locked package that an advisory is about."""

    package: Package
    advisory: str
    fixed: str


def plain(ecosystem: str, name: str) -> str:
    """The one spelling of a name."""
    return re.sub(r"[-_.]+", "-", name.lower()) if ecosystem == "PyPI" else name


def locked(root: Path) -> set[Package]:
    """Everything that the locks of a checkout name."""
    lock = tomllib.loads((root / "uv.lock").read_text(encoding="utf-8"))
    found = {Package("PyPI", plain("PyPI", one["name"]), one["version"]) for one in lock["package"] if "version" in one}
    for path in PYTHON_PINS:
        for pin in re.findall(
            r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", (root / path).read_text(encoding="utf-8"), re.MULTILINE
        ):
            found.add(Package("PyPI", plain("PyPI", pin[0]), pin[1]))
    for path in NPM_LOCKS:
        for place, one in json.loads((root / path).read_text(encoding="utf-8"))["packages"].items():
            if place and not one.get("link"):
                name = one.get("name") or place.rpartition("node_modules/")[2]
                found.add(Package("npm", name, one["version"]))
    return found


def is_affected(version: str, affected: dict[str, Any]) -> tuple[bool, str]:
    """Whether a version is in the ranges or among the versions of an advisory, and the first that is not any more."""
    fixed = [event["fixed"] for each in affected["ranges"] for event in each if "fixed" in event]
    told = ", ".join(fixed) or "none"
    if version in affected["versions"]:
        return True, told
    try:
        asked = Version(version)
        return any(_within(asked, each) for each in affected["ranges"]), told
    except InvalidVersion:
        # Whoever cannot compare says so rather than nothing.
        return True, told


def _within(version: Version, events: list[dict[str, str]]) -> bool:
    """OSV schema, "Evaluation": sorted by version, an event at or below the version decides."""
    inside = False
    order = sorted(events, key=lambda event: (_at(next(iter(event.values()))), "introduced" not in event))
    for event in order:
        (kind, at), *_ = event.items()
        if kind == "introduced" and version >= _at(at):
            inside = True
        elif (kind == "fixed" and version >= _at(at)) or (kind == "last_affected" and version > _at(at)):
            inside = False
    return inside


def _at(text: str) -> Version:
    return Version(text)


def findings(packages: set[Package], snapshot: dict[str, Any]) -> list[Finding]:
    """Every locked package that an advisory of the snapshot is about."""
    found = []
    for one in snapshot["advisories"]:
        for affected in one["affected"]:
            for package in sorted(packages):
                if (package.ecosystem, package.name) == (affected["ecosystem"], affected["name"]):
                    hit, fixed = is_affected(package.version, affected)
                    if hit:
                        found.append(Finding(package, one["id"], fixed))
    return found


def allowances(text: str, today: datetime.date) -> tuple[set[tuple[str, str]], list[str]]:
    """Which advisory is allowed at which package, and what is wrong with the list."""
    allowed, complaints = set(), []
    for one in tomllib.loads(text).get("allowed", []):
        name = f"{one.get('advisory')} at {one.get('package')}"
        since = one.get("since")
        if not isinstance(since, datetime.date) or not str(one.get("reason", "")).strip():
            complaints.append(f"{name}: an allowance has a date (since) and a reason")
        elif not datetime.timedelta() <= today - since <= datetime.timedelta(days=LONGEST_ALLOWANCE_DAYS):
            complaints.append(
                f"{name}: allowed since {since}, longer than a year ago or in the future: look at it again"
            )
        else:
            allowed.add((one["advisory"], one["package"]))
    return allowed, complaints


def check(root: Path, snapshot: dict[str, Any], allowed_text: str, today: datetime.date) -> list[str]:
    """What is wrong: affected packages that are not allowed, and allowances that are not, or are for nothing."""
    allowed, complaints = allowances(allowed_text, today)
    needed = set()
    for one in findings(locked(root), snapshot):
        if (one.advisory, one.package.name) in allowed:
            needed.add((one.advisory, one.package.name))
        else:
            package = one.package
            complaints.append(
                f"{package.ecosystem} {package.name} {package.version}: {one.advisory}; fixed in {one.fixed}"
            )
    complaints += [
        f"{advisory} at {name}: allowed, and nothing of it is locked" for advisory, name in sorted(allowed - needed)
    ]
    return complaints


def age(snapshot: dict[str, Any], today: datetime.date, packages: set[Package]) -> list[str]:
    """How old each part of the snapshot is, and which part there is none of; and how many locked packages that concerns."""
    told = []
    for ecosystem, source in snapshot["sources"].items():
        if source is None:
            count = sum(package.ecosystem == ecosystem for package in packages)
            told.append(
                f"advisories for {ecosystem}: NONE HERE, so none of its {count} locked packages was compared with any:"
                " make advisories-update"
            )
            continue
        days = (today - datetime.date.fromisoformat(source["date"])).days
        old = ", which is OLD: make advisories-update" if days > OLD_DAYS else ""
        if "speaks_of" in source:
            count = sum(package.ecosystem == ecosystem for package in packages)
            known = sum(
                (package.ecosystem, package.name in source["speaks_of"]) == (ecosystem, True) for package in packages
            )
            old += (
                f"; it speaks of {known} of the {count} locked packages ONLY, and nothing was compared with the others"
            )
        told.append(f"advisories for {ecosystem}: {source['database']} as of {source['date']}, {days} days ago{old}")
    return told


# -- making a snapshot -------------------------------------------------------------------------------------------------


def taken_from(repository: Path, wanted: set[tuple[str, str]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """What a clone of an advisory database says about packages, by identifier. Withdrawn advisories are left out."""
    names = "|".join(sorted({re.sub(r"-", "[-_.]+", re.escape(name).replace(r"\-", "-")) for _, name in wanted}))
    grep = ["grep", "-l", "-i", "-E", rf"name\"?: *\"?({names})\"?,?$", "HEAD", "--", "*.yaml", "*.json"]
    for line in _git(repository, *grep).splitlines():
        path = line.removeprefix("HEAD:")
        text = _git(repository, "show", f"HEAD:{path}")
        told = json.loads(text) if path.endswith(".json") else _yaml(text)
        if not isinstance(told, dict) or told.get("withdrawn"):
            continue
        affected = []
        for one in told.get("affected", []):
            ecosystem = one["package"]["ecosystem"]
            name = plain(ecosystem, one["package"]["name"])
            if (ecosystem, name) in wanted:
                ranges = [each["events"] for each in one.get("ranges", []) if each["type"] in ("ECOSYSTEM", "SEMVER")]
                # Where there are ranges they say more than a list that ends with the day it was made.
                versions = [] if ranges else one.get("versions", [])
                affected.append({"ecosystem": ecosystem, "name": name, "ranges": ranges, "versions": versions})
        if affected:
            yield told["id"], {"id": told["id"], "aliases": sorted(told.get("aliases", [])), "affected": affected}


RETIRE = ("repository/jsrepository-v4.json", "repository/npmrepository.json")
"""Where RetireJS/retire.js keeps what it knows: an object by the names of packages."""


def taken_from_retire(repository: Path, wanted: set[tuple[str, str]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """What a clone of RetireJS/retire.js says about packages of npm, in the form of OSV, by identifier."""
    for path in RETIRE:
        for name, told in json.loads(_git(repository, "show", f"HEAD:{path}") or "{}").items():
            if ("npm", name) not in wanted:
                continue
            for one in told["vulnerabilities"]:
                known = one.get("identifiers", {})
                id = known.get("githubID") or next(iter(known.get("CVE", [])), f"retire:{name}:{one.get('below', '')}")
                events = [{"introduced": one.get("atOrAbove", "0")}]
                if "below" in one:
                    events.append({"fixed": one["below"]})
                affected = [{"ecosystem": "npm", "name": name, "ranges": [events], "versions": []}]
                yield f"{id} {one.get('below', '')}", {"id": id, "aliases": known.get("CVE", []), "affected": affected}


def spoken_of_by_retire(repository: Path, wanted: set[tuple[str, str]]) -> list[str]:
    """The packages of npm that it knows at all."""
    known = {name for path in RETIRE for name in json.loads(_git(repository, "show", f"HEAD:{path}") or "{}")}
    return sorted(name for ecosystem, name in wanted if ecosystem == "npm" and name in known)


def _yaml(text: str) -> Any:
    import yaml

    return yaml.safe_load(text)


def _git(repository: Path, *told: str) -> str:
    done = subprocess.run(["git", "-C", str(repository), *told], capture_output=True, text=True, check=False)
    if done.returncode > 1:
        raise SystemExit(f"{repository}: {done.stderr.strip()}")
    return done.stdout


def snapshot_of(repositories: list[Path], packages: set[Package]) -> dict[str, Any]:
    """A snapshot of what clones of databases say about packages. A clone without anything of an ecosystem is no source of it."""
    wanted = {(one.ecosystem, one.name) for one in packages}
    found: dict[str, Any] = {}
    sources: dict[str, Any] = dict.fromkeys(("PyPI", "npm"))
    for repository in repositories:
        date, commit = _git(repository, "log", "-1", "--format=%cs %H").split()
        if _git(repository, "ls-tree", "HEAD", *RETIRE):
            found |= taken_from_retire(repository, wanted)
            sources["npm"] = sources["npm"] or {
                "database": "RetireJS/retire.js", "commit": commit, "date": date,
                "speaks_of": spoken_of_by_retire(repository, wanted),
            }  # fmt: skip
            continue
        for name, one in taken_from(repository, wanted):
            found[name] = one
            for affected in one["affected"]:
                sources[affected["ecosystem"]] = {
                    "database": "pypa/advisory-database" if affected["ecosystem"] == "PyPI" else "github/advisory-database",
                    "commit": commit, "date": date,
                }  # fmt: skip
    return {"sources": sources, "advisories": [found[name] for name in sorted(found)]}


def main() -> int:
    """Check, or make the snapshot anew; 1 if anything is wrong."""
    reading = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reading.add_argument("--update", nargs="+", type=Path, metavar="FOLDER", help="clones of advisory databases")
    told = reading.parse_args()
    path = HELD / "snapshot.json"
    if told.update:
        made = snapshot_of(told.update, locked(ROOT))
        path.write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    snapshot = json.loads(path.read_text(encoding="utf-8"))
    today = datetime.datetime.now(datetime.UTC).date()
    complaints = check(ROOT, snapshot, (HELD / "allowed.toml").read_text(encoding="utf-8"), today)
    for line in age(snapshot, today, locked(ROOT)):
        print(line)
    for line in complaints:
        print(line, file=sys.stderr)
    print(
        f"{len(locked(ROOT))} locked packages, {len(snapshot['advisories'])} advisories, {len(complaints)} complaints"
    )
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
