"""Editions 版本 as files: read for adoption into the record, and the ones that come with the product, in their order."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, cast

import msgspec
import yaml

from txapi.datasets.calendars import calendar_from_notice, edition_name
from txapi.domain.editions import EditionKind, typed_content
from txapi.domain.errors import BadInput

NOTICE = "notice"
SIZE_MAX_BYTES = 1_000_000
# The loader in C is ten times as fast and just as safe; a build of PyYAML may lack it.
_LOADER = cast("type[yaml.SafeLoader]", getattr(yaml, "CSafeLoader", yaml.SafeLoader))

FIRST = ("units.yaml", "indicators.yaml", "milestone-templates.yaml", "thresholds.yaml")
POLICIES = ("reply-7-working-days.yaml", "reply-7-calendar-days.yaml")
"""The policy adopted last is the one that is current."""


class EditionInput(NamedTuple):
    """What `Reference.adopt` takes: the kind, the name of the edition, and its content in JSON form."""

    kind: EditionKind
    edition: str
    content: dict[str, Any]


def read_edition(path: Path) -> EditionInput:
    """Read an edition, or a notice of the State Council, from a YAML or JSON file, and check it.

    BadInput BAD_EDITION or BAD_NOTICE where the file is not what it should be.
    """
    if path.stat().st_size > SIZE_MAX_BYTES:
        raise BadInput("BAD_EDITION", f"{path.name} is larger than {SIZE_MAX_BYTES} bytes")
    try:
        # PyYAML reads JSON as well, for JSON is YAML.
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506 - a safe loader.
    except (yaml.YAMLError, ValueError) as error:
        raise BadInput("BAD_EDITION", f"{path.name} cannot be read: {error}") from error
    try:
        return edition_from(data)
    except BadInput as error:
        raise BadInput(error.code, f"{path.name}: {error}", error.path) from error


def edition_from(data: object) -> EditionInput:
    """The edition that a file's data say: `kind`, `edition` and `content`, or a notice (`kind: notice`)."""
    if not isinstance(data, dict) or not isinstance(data.get("kind"), str):
        raise BadInput("BAD_EDITION", "a file of an edition says its kind", ("kind",))
    edition: object
    content: object
    if data["kind"] == NOTICE:
        kind, content = EditionKind.CALENDAR, calendar_from_notice(data)
        edition = data.get("edition", edition_name(data["year"]))
    else:
        unknown = sorted(str(key) for key in set(data) - {"kind", "edition", "content"})
        if unknown:
            raise BadInput("BAD_EDITION", f"a file of an edition has no {unknown[0]}", (unknown[0],))
        kind, edition, content = _kind(data["kind"]), data.get("edition"), data.get("content")
    if not isinstance(edition, str) or not isinstance(content, dict):
        raise BadInput("BAD_EDITION", "a file of an edition has kind, edition and content", ("edition",))
    try:
        plain = msgspec.to_builtins(content, str_keys=True)
    except (TypeError, ValueError) as error:
        raise BadInput("BAD_EDITION", f"{edition} is not plain data: {error}", ("content",)) from error
    typed_content(kind, edition, plain)
    return EditionInput(kind, edition, plain)


def _kind(name: str) -> EditionKind:
    try:
        return EditionKind(name)
    except ValueError:
        kinds = ", ".join([*(kind.value for kind in EditionKind), NOTICE])
        raise BadInput("BAD_EDITION", f"{name} is no kind of edition; the kinds are {kinds}", ("kind",)) from None


def reference_folder() -> Path:
    """Where the editions lie that come with the product: inside the installed package, or in the source tree."""
    here = Path(__file__).resolve()
    installed = here.parent / "reference"
    return installed if installed.is_dir() else here.parents[3] / "domain" / "reference"


def bundled_references(knows_year: Callable[[int], bool] = lambda year: True) -> list[EditionInput]:
    """The editions that come with the product, in the order of adoption.

    `knows_year` chooses the calendars, so that a record of 2015 does not know the holidays of 2026 before their notice.
    """
    folder = reference_folder()
    calendars = [path for path in sorted((folder / "calendars").glob("*.yaml")) if knows_year(int(path.stem))]
    paths = [
        *(folder / name for name in FIRST),
        *sorted((folder / "counting-rules").glob("*.yaml")),
        *calendars,
        *(folder / "policies" / name for name in POLICIES),
    ]
    return [read_edition(path) for path in paths]
