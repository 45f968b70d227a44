"""The units of systemd in deploy/, read."""

from __future__ import annotations

from pathlib import Path

UNITS = Path(__file__).resolve().parents[2] / "deploy" / "systemd"
PROGRAM = "/opt/txapi/bin/txapi"


def values(unit: str, name: str) -> list[str]:
    """Everything that a unit sets under a name, in order."""
    lines = (UNITS / unit).read_text(encoding="utf-8").splitlines()
    return [line.partition("=")[2] for line in lines if line.startswith(f"{name}=")]
