"""Bundles as somebody forges them who knows the format: members changed, the manifest written anew, the file packed as ever."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

Members = dict[str, bytes]


def read_members(bundle: Path) -> Members:
    """All members by name, in their order."""
    with zipfile.ZipFile(bundle) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(out: Path, members: Members) -> Path:
    """A file with these members, packed as a bundle is."""
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_STORED if name.startswith(("tile/", "files/")) else zipfile.ZIP_DEFLATED
            info.external_attr = 0o100644 << 16
            info.create_system = 3
            with archive.open(info, "w", force_zip64=name == "events.ndjson") as member:
                member.write(content)
    return out


def forged(bundle: Path, out: Path, change: Callable[[Members, dict[str, Any]], object]) -> Path:
    """A copy whose members and manifest are changed by `change`, with a manifest that vouches for all of it."""
    members = read_members(bundle)
    manifest = msgspec.json.decode(members.pop("manifest.json"))
    change(members, manifest)
    manifest["members"] = {name: hashlib.sha256(content).hexdigest() for name, content in sorted(members.items())}
    return packed(
        out, {**members, "manifest.json": msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n"}
    )
