"""The image is built from its file, and serves as a user without rights on a tree that it cannot write."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.containers import Container, Images
from tests.docs.demo import ROOT

BASE, IMAGE = "localhost/txapi-check-base", "localhost/txapi-check"
READY = "import json, urllib.request as r; print(r.urlopen('http://127.0.0.1:8000/readyz').read().decode())"


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Images]:
    images = Images(tmp_path_factory.mktemp("images"))
    yield images
    images.buildah("umount", "--all")
    images.buildah("rm", "--all")
    images.buildah("rmi", "--all", "--force")


@pytest.fixture(scope="module")
def config(images: Images) -> dict[str, Any]:
    """The image, built; how it wants to be run."""
    images.base(BASE)
    return images.build(ROOT / "deploy" / "Containerfile", ROOT, BASE, IMAGE)


def healthy(container: Container, check: list[str]) -> None:
    """Wait until the image's own health check passes."""
    said = ""
    for _ in range(120):
        done = container.run(*check)
        if done.returncode == 0:
            return
        said = done.stderr
        time.sleep(0.5)
    raise AssertionError(said)


def test_the_image_serves_without_rights_and_writes_to_its_volume_alone(
    images: Images, config: dict[str, Any], tmp_path: Path
) -> None:
    data, log = tmp_path / "data", tmp_path / "log"
    data.mkdir(mode=0o700)
    uid, gid = map(int, config["User"].split(":"))
    os.chown(data, uid, gid)
    tree = images.tree(IMAGE)
    kind, *check = config["Healthcheck"]["Test"]

    with Container(config, tree, data, log) as container:
        healthy(container, check)
        who = container.run("id", "-u").stdout.strip()
        refused = [
            container.run("touch", f"{place}/x").returncode for place in ("", "/opt/txapi", "/etc", "/var", "/root")
        ]
        allowed = [container.run("touch", f"{place}/x").returncode for place in ("/data", "/tmp")]
        backed_up = container.run("txapi", "backup", "/data/backup")
        ended = container.stop()
    loaded = sorted(path.name for path in data.iterdir())
    with Container(config, tree, data, log) as again:
        healthy(again, check)
        ready = json.loads(again.run("python3", "-c", READY).stdout)
        again.stop(signal.SIGKILL)

    assert kind == "CMD"
    assert uid > 0
    assert who == str(uid)
    assert 0 not in refused
    assert allowed == [0, 0]
    assert backed_up.returncode == 0, backed_up.stderr
    assert ended == 0, log.read_text()
    assert ready["ready"]
    assert {"record.db", "ledger.db", "record-key.pem", "token-key.pem", "backup"} <= set(loaded)
    assert "stopped; everything that was acknowledged is recorded" in log.read_text()
    assert list(config["Volumes"]) == ["/data"]
