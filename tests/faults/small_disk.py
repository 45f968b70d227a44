"""A disk so small that a test can fill it. It is mounted, which takes root, or a user namespace in which one is root."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterator


@cache
def hindrance() -> str | None:
    """Why no disk can be mounted here, and what would help; None if one can, as was tried."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            SmallDisk(Path(folder), 1).close()
        except (subprocess.CalledProcessError, OSError) as error:
            said = error.stderr.decode() if isinstance(error, subprocess.CalledProcessError) else str(error)
            said = said.partition("\n")[0]
            return (
                f"no disk can be mounted here ({said}): run it by `make faults`, as root with CAP_SYS_ADMIN or where the kernel "
                "allows user namespaces; files that cannot grow stand in for a full disk in the test before it"
            )
    return None


class SmallDisk:
    """A file system of so many megabytes on a folder."""

    def __init__(self, folder: Path, megabytes: int) -> None:
        self._folder = folder
        folder.mkdir(exist_ok=True)
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)], check=True, capture_output=True
        )

    @contextmanager
    def full(self) -> Iterator[None]:
        """Fill it, and make room again when the block ends."""
        filling = self._folder / "filling"
        with filling.open("wb", buffering=0) as file, suppress(OSError):
            while file.write(bytes(4096)):
                pass
        assert shutil.disk_usage(self._folder).free < 4096
        yield
        filling.unlink()

    def close(self) -> None:
        """Take it away, with all that is on it."""
        subprocess.run(["umount", "--lazy", str(self._folder)], check=True, capture_output=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
