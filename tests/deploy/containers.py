"""Images built and run without an engine: buildah makes them, namespaces of the kernel run what is in them.

Needs root, and Debian's packages buildah and debootstrap. No registry is asked: the base is made of Debian's packages, with the
certificates that this machine trusts.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any, Self

SUITE = "trixie"
MIRROR = "http://deb.debian.org/debian"
TRUSTED = Path("/usr/local/share/ca-certificates")
NEEDED = ("buildah", "debootstrap", "unshare", "nsenter", "chroot", "ip")

ENTER = """
set -e
root=$1 data=$2 user=$3; shift 3
mount --bind "$root" "$root"
mount -t tmpfs tmpfs "$root/tmp"
mount --bind "$data" "$root/data"
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
mount -o remount,bind,ro "$root"
ip link set lo up
exec chroot --userspec="$user" "$root" "$@"
"""
"""What an engine does for a read-only container of its own network: everything but the volume and /tmp cannot be written."""


class Images:
    """A store of images in a folder, which goes with it."""

    def __init__(self, folder: Path) -> None:
        missing = [name for name in NEEDED if shutil.which(name) is None]
        assert not missing, (
            f"install what provides {', '.join(missing)} (Debian: apt-get install buildah debootstrap iproute2)"
        )
        assert os.geteuid() == 0, "an image is built and run by root"
        self.folder = folder
        self._store = [
            "buildah", "--root", str(folder / "store"), "--runroot", str(folder / "run"), "--storage-driver", "vfs",
        ]  # fmt: skip

    def buildah(self, *arguments: str | Path) -> str:
        """Run buildah on this store; what it prints."""
        done = subprocess.run(
            [*self._store, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=1_200
        )
        assert done.returncode == 0, f"buildah {shlex.join(map(str, arguments))}\n{done.stdout}{done.stderr}"
        return done.stdout.strip()

    def base(self, name: str) -> None:
        """Make a small Debian under that name."""
        tree = self.folder / "debian"
        subprocess.run(
            ["debootstrap", "--variant=minbase", "--include=ca-certificates", SUITE, tree, MIRROR],
            check=True,
            stdout=subprocess.DEVNULL,
            timeout=1_200,
        )
        for certificate in TRUSTED.glob("*.crt"):
            shutil.copy(certificate, tree / TRUSTED.relative_to("/"))
        subprocess.run(["chroot", tree, "update-ca-certificates"], check=True, capture_output=True)
        archive = self.folder / "debian.tar"
        subprocess.run(["tar", "-C", tree, "-cf", archive, "."], check=True)
        shutil.rmtree(tree)
        container = self.buildah("from", "scratch")
        self.buildah("add", "--quiet", container, archive, "/")
        archive.unlink()
        self.buildah("commit", "--quiet", "--rm", container, name)

    def build(self, containerfile: Path, context: Path, base: str, name: str) -> dict[str, Any]:
        """Build an image as the file says; how it wants to be run."""
        self.buildah(
            "build", "--isolation", "chroot", "--format", "docker", "--build-arg", f"BASE={base}", "--file", containerfile,
            "--tag", name, context,
        )  # fmt: skip
        told = json.loads(self.buildah("inspect", "--type", "image", name))
        config: dict[str, Any] = told["Docker"]["config"]
        return config

    def tree(self, name: str) -> Path:
        """The files of an image."""
        return Path(self.buildah("mount", self.buildah("from", "--pull-never", name)))


class Container:
    """An image that runs, as its user, on a tree that cannot be written, in a network of its own."""

    def __init__(self, config: dict[str, Any], tree: Path, data: Path, log: Path) -> None:
        self._environment = ["/usr/bin/env", "-i", *config["Env"]]
        command = [*self._environment, *config["Entrypoint"], *config["Cmd"]]
        with log.open("ab") as said:
            self._process = subprocess.Popen(
                [
                    "unshare", "--mount", "--pid", "--net", "--fork", "--kill-child", "bash", "-c", ENTER, "enter", str(tree),
                    str(data), config["User"], *command,
                ],
                stdout=said,
                stderr=said,
            )  # fmt: skip
        self._user = config["User"].split(":")
        self._inside = self._started()

    def _started(self) -> int:
        """The process that was started inside, as this machine counts."""
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        for _ in range(500):
            found = children.read_text(encoding="ascii").split()
            if found:
                return int(found[0])
            time.sleep(0.02)
        raise AssertionError("nothing was started inside")

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command beside it, as the same user."""
        uid, gid = self._user
        return subprocess.run(
            [
                "nsenter", "--target", str(self._inside), "--mount", "--pid", "--net", "--root", "--wd", "--setuid", uid,
                "--setgid", gid, *self._environment, *command,
            ],
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )  # fmt: skip

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """End it as an engine does; its exit code."""
        os.kill(self._inside, number)
        return self._process.wait(60)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._process.kill()
        self._process.wait()
