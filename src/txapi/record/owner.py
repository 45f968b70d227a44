"""The owner lock: one process writes, follows, watches and signs an embedded record."""

from __future__ import annotations

import fcntl
import os
from typing import TYPE_CHECKING, Self

from txapi.record.conflicts import NotARecord, RecordIsOwned

if TYPE_CHECKING:
    from pathlib import Path


MOVED_FILE = "record.moved"
"""Lies beside a record that was moved elsewhere, and says where to."""


def note_move(folder: Path, to: str) -> None:
    """Note that the record in the folder goes on elsewhere: nobody owns it any more."""
    (folder / MOVED_FILE).write_text(f"{to}\n", encoding="utf-8")


def must_not_have_moved(folder: Path) -> None:
    """Refuse to own a record that goes on elsewhere: NotARecord."""
    file = folder / MOVED_FILE
    if file.exists():
        to = file.read_text(encoding="utf-8").strip()
        raise NotARecord(
            f"the record in {folder} was moved to {to} and goes on there, so this one can only be read: set TXAPI_DATABASE"
            f" (or delete {file}, if what is there was given up before anything was recorded there)"
        )


class OwnerLock:
    """Holds `owner.lock` in the record's folder, with this process's id in it, until released.

    The operating system holds the lock, so it ends with the process, however that ends; the file stays.
    """

    def __init__(self, folder: Path) -> None:
        """Take the lock, or raise `RecordIsOwned` with the process id of its holder."""
        self.path = folder / "owner.lock"
        self._descriptor: int | None = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            text = os.pread(self._descriptor, 32, 0).decode("ascii", "replace").strip()
            os.close(self._descriptor)
            self._descriptor = None
            raise RecordIsOwned(str(folder), int(text) if text.isdigit() else None) from error
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Give the record up. Releasing twice is harmless."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.ftruncate(descriptor, 0)
            os.close(descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.release()


def is_owned(folder: Path) -> bool:
    """Whether a process says that it owns the record in a folder, and lives. Takes no lock, so it keeps nobody from starting."""
    try:
        text = (folder / "owner.lock").read_text(encoding="ascii", errors="replace").strip()
        if not text.isdigit():
            return False
        os.kill(int(text), 0)
    except PermissionError:
        return True
    except OSError:
        return False
    return True
