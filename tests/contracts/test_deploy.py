"""What is deployed is there: settings, commands and files that deploy/ names."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.units import PROGRAM, UNITS, values
from txapi.cli.root import COMMANDS
from txapi.settings import TABLE

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
FILES = sorted(path for path in DEPLOY.rglob("*") if path.is_file())


def lines_of_containerfile() -> list[str]:
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def server_of_compose() -> Any:
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))["services"]["txapi"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(DEPLOY)))
def test_every_setting_that_is_named_exists(path: Path) -> None:
    named = set(re.findall(r"\bTXAPI_[A-Z_]+", path.read_text(encoding="utf-8")))

    assert named <= {setting.name for setting in TABLE}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(DEPLOY)))
def test_every_command_that_is_named_exists(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    named = re.findall(rf"(?:{PROGRAM}|^\$? ?txapi|`txapi) ([a-z]+)", text, re.MULTILINE)

    assert set(named) <= COMMANDS.keys()


def test_the_units_start_a_server_and_take_backups_of_its_folder() -> None:
    started = [shlex.split(line)[:2] for line in values("txapi.service", "ExecStart")]
    backed_up = " ".join(values("txapi-backup.service", "ExecStart"))

    assert started == [[PROGRAM, "serve"]]
    assert f"exec {PROGRAM} backup " in backed_up
    assert values("txapi.service", "Environment") == values("txapi-backup.service", "Environment")
    assert values("txapi.service", "User") == values("txapi-backup.service", "User")
    assert {path.suffix for path in UNITS.iterdir()} == {".service", ".socket", ".timer"}


def test_the_unit_tries_until_its_database_is_there_and_tells_one_process_which_tells_its_workers() -> None:
    assert values("txapi.service", "StartLimitIntervalSec") == ["0"]
    assert values("txapi.service", "Restart") == ["on-failure"]
    assert values("txapi.service", "KillMode") == ["mixed"]
    assert values("txapi.service", "ExecReload") == ["/bin/kill -HUP $MAINPID"]


def test_whatever_stops_a_server_waits_longer_than_the_server_does() -> None:
    default = {setting.name: int(setting.default) for setting in TABLE if setting.name.endswith("_SECONDS")}
    needed = default["TXAPI_DRAIN_SECONDS"] + default["TXAPI_STOP_SECONDS"]

    assert int(values("txapi.service", "TimeoutStopSec")[0]) > needed
    assert int(server_of_compose()["stop_grace_period"].removesuffix("s")) > needed


def test_what_the_image_is_made_of_is_in_the_checkout() -> None:
    copied = [
        line.split()[1:-1] for line in lines_of_containerfile() if line.startswith("COPY") and "--from" not in line
    ]

    assert [name for names in copied for name in names if not (ROOT / name).exists()] == []


def test_the_image_and_compose_ask_in_the_same_way_whether_the_server_is_well() -> None:
    [check] = [line for line in lines_of_containerfile() if line.startswith("HEALTHCHECK")]
    command = yaml.safe_load(check.partition("CMD ")[2])

    assert server_of_compose()["healthcheck"]["test"] == ["CMD", *command]


def test_the_image_names_no_user_that_has_rights() -> None:
    [user] = [line.split()[1] for line in lines_of_containerfile() if line.startswith("USER")]

    assert re.fullmatch(r"[1-9]\d{4}:[1-9]\d{4}", user)
    assert server_of_compose()["read_only"] is True
