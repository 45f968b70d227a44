"""The units are what systemd understands, let a server do little, and their commands do what they say."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deploy.units import PROGRAM, UNITS, values
from txapi.audit.verify import verify
from txapi.cli.load import DEMONSTRATION, load_into

HERE = Path(sys.executable).with_name("txapi")
MOST_EXPOSURE = 20  # of 100, as `systemd-analyze security` counts; a service without any of these lines has 96


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The units as an operator copies them, with the program where it is here."""
    assert shutil.which("systemd-analyze"), "install systemd: it checks the units"
    for path in UNITS.iterdir():
        text = path.read_text(encoding="utf-8").replace(PROGRAM, str(HERE))
        (tmp_path / path.name).write_text(text, encoding="utf-8")
    return tmp_path


def complaints(folder: Path) -> list[str]:
    """What systemd has to say of the units."""
    paths = sorted(map(str, folder.iterdir()))
    done = subprocess.run(["systemd-analyze", "verify", *paths], capture_output=True, text=True, check=False)
    # It reads the units of this machine as well, and what it says of those is not ours.
    lines = [line for line in done.stderr.splitlines() if "txapi" in line]
    return lines or ([] if done.returncode == 0 else done.stderr.splitlines())


def test_systemd_has_nothing_to_say_against_the_units(installed: Path) -> None:
    assert complaints(installed) == []


@pytest.mark.parametrize(
    ("unit", "old", "new"),
    [
        ("txapi.service", "StateDirectory=", "StateDirectry="),
        ("txapi.service", "Type=notify", "Type=notfy"),
        ("txapi.service", f"ExecStart={HERE}", "ExecStart=/nowhere/txapi"),
        ("txapi-backup.timer", "OnCalendar=02:30", "OnCalendar=26:30"),
    ],
)
def test_a_mistake_in_a_unit_is_found_out(installed: Path, unit: str, old: str, new: str) -> None:
    text = (installed / unit).read_text(encoding="utf-8")
    assert old in text
    (installed / unit).write_text(text.replace(old, new), encoding="utf-8")

    assert complaints(installed) != []


@pytest.mark.parametrize("service", ["txapi.service", "txapi-backup.service"])
def test_a_service_may_do_little(installed: Path, service: str) -> None:
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", f"--threshold={MOST_EXPOSURE}", installed / service],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout.splitlines()[-1]


def test_the_backup_of_the_unit_is_taken_and_only_old_ones_go(tmp_path: Path) -> None:
    data, backups = tmp_path / "data", tmp_path / "backups"
    load_into(data, DEMONSTRATION)
    old, young, other = backups / "2015-08-11T023000Z", backups / "2015-08-12T023000Z", backups / "by hand"
    for folder in (old, young, other):
        folder.mkdir(parents=True)
        (folder / "record.db").write_bytes(b"")
    for folder in (old, other):
        os.utime(folder, (0, 0))

    for line in values("txapi-backup.service", "ExecStart") + values("txapi-backup.service", "ExecStartPost"):
        # What systemd makes of the line before it runs it.
        plain = line.replace("%%", "%").replace("$$", "$").replace(PROGRAM, str(HERE))
        command = [word.replace("/var/backups/txapi", str(backups)) for word in shlex.split(plain)]
        subprocess.run(command, env={**os.environ, "TXAPI_DATA": str(data)}, check=True, capture_output=True)

    left = sorted(path.name for path in backups.iterdir())
    [taken] = set(left) - {young.name, other.name}
    assert len(left) == 3
    assert verify(backups / taken).last == 325
