"""What was released: the schema and the operations as a version published them, never edited afterwards.

The contract test compares what the code publishes with the last release. What a release does not allow lightly is allowed here, one by one,
with its reason.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from txapi.web.contract import Change, changes_of

FOLDER = "schema/released"
ALLOWED = f"{FOLDER}/allowed.toml"


@dataclass(frozen=True, slots=True)
class Released:
    """What one version published: its schema, and its operations by name."""

    version: str
    schema: str
    operations: dict[str, str]

    def files(self) -> dict[str, str]:
        """The files that keep it, by their paths in the checkout."""
        return {
            f"{FOLDER}/{self.version}.graphql": self.schema,
            f"{FOLDER}/{self.version}.operations.json": json.dumps(self.operations, indent=1, ensure_ascii=False)
            + "\n",
        }


@dataclass(frozen=True, slots=True)
class Allowed:
    """A change that may be, and why; `change` may hold `*` for whatever stands there."""

    change: str
    because: str

    def fits(self, change: Change) -> bool:
        """Whether it is this change."""
        return fnmatchcase(change.says, self.change)


def last_release(root: Path) -> Released:
    """The last version that was released, by the checkout's folder."""
    versions = {path.stem: path for path in (root / FOLDER).glob("*.graphql")}
    version = max(versions, key=lambda each: tuple(map(int, each.split("."))))
    operations = (root / FOLDER / f"{version}.operations.json").read_text(encoding="utf-8")
    return Released(version, versions[version].read_text(encoding="utf-8"), json.loads(operations))


def allowed(root: Path) -> list[Allowed]:
    """The changes since then that may be."""
    given = tomllib.loads((root / ALLOWED).read_text(encoding="utf-8"))
    return [Allowed(one["change"], one["because"]) for one in given["allowed"]]


def changes_since(released: Released, schema: str) -> list[Change]:
    """What a schema changes for who was built on a release."""
    return changes_of(released.schema, schema, released.operations)


def objections(
    released: Released, changes: Iterable[Change], operations: Iterable[str], may: Iterable[Allowed]
) -> list[str]:
    """What must not be of the changes since a release, in sentences that say what changes and for whom.

    A dangerous change needs a reason; a breaking one needs a reason and must have been deprecated in the release; an operation
    that was published stays published under its name.
    """
    may = list(may)
    found = []
    for change in changes:
        if change.breaking and change.deprecated is None:
            relied = f"clients of {released.version} rely on it: deprecate it first, and keep it until the next release"
            found.append(f"{change.text()}. {relied}")
        elif not any(each.fits(change) for each in may):
            found.append(f"{change.text()}. If it must be, say why in {ALLOWED}")
    asked = f"clients of {released.version} ask it by its hash"
    gone = sorted(set(released.operations) - set(operations))
    return found + [f"breaking: the operation {name} is published no more; {asked}" for name in gone]
