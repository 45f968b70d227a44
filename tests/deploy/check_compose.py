"""The compose file is one that compose reads, and asks for the password that it needs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import yaml

from tests.docs.demo import ROOT

COMPOSE = ROOT / "deploy" / "compose.yaml"


def composed(**variables: str) -> subprocess.CompletedProcess[str]:
    """What compose makes of the file: no engine is needed for that."""
    if (
        shutil.which("docker")
        and subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode == 0
    ):
        command = ["docker", "compose"]
    else:
        command = ["docker-compose"]
        assert shutil.which("docker-compose"), "install docker's compose (Debian: apt-get install docker-compose)"
    kept = {name: value for name, value in os.environ.items() if name != "POSTGRES_PASSWORD"}
    return subprocess.run(
        [*command, "-f", COMPOSE, "config"], env={**kept, **variables}, capture_output=True, text=True, check=False
    )


def test_compose_reads_the_file_and_the_image_is_built_from_this_checkout() -> None:
    done = composed(POSTGRES_PASSWORD="secret")

    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = yaml.safe_load(done.stdout)
    server, database = told["services"]["txapi"], told["services"]["postgres"]
    build = server["build"]
    assert (Path(build["context"]) / build["dockerfile"]).resolve() == ROOT / "deploy" / "Containerfile"
    assert server["environment"]["PGPASSWORD"] == database["environment"]["POSTGRES_PASSWORD"] == "secret"
    assert server["read_only"] is True
    assert json.dumps(server["depends_on"]).count("service_healthy") == 1


def test_compose_starts_nothing_without_a_password() -> None:
    done = composed()

    assert done.returncode != 0
    assert "say which" in done.stderr
