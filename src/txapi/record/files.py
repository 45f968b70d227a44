"""The files that lie beside a record 附件文件: bytes under their SHA-256, which events name and nobody changes.

A file is uploaded first and named by an event then. One that no event names is swept after a day; one that an event names is
never deleted. `hold` tells that a file is there and begins its day anew, in one step: between looking for a file and recording
its hash it cannot be swept.

Who uploaded a file is kept with it for its day: only who has shown the bytes may have them attached, for a hash is no secret.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import threading
import time
from abc import ABC, abstractmethod
from contextlib import suppress
from typing import IO, TYPE_CHECKING

from txapi.domain.attachment import Stored
from txapi.domain.errors import BadInput
from txapi.domain.file_names import SHA256
from txapi.record.conflicts import RecordError
from txapi.record.file_types import type_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import Self

    from txapi.record.database import Fence
    from txapi.record.place import Place

FILES_FOLDER = "files"
"""The folder of an embedded record's files, inside the record's."""

INCOMING = "incoming"
UPLOADS = "uploads"
"""The folder that tells who uploaded what: files without bytes."""
KEPT_SECONDS = 86_400.0
"""How long a file that nothing names is kept after it was uploaded, or last looked for to be attached; and who uploaded it."""
UNKNOWN_TYPE = "application/octet-stream"
PART_BYTES = 256 * 1024
"""How many bytes are read, and kept in one row of a database, at a time."""


class FileDamaged(RecordError):
    """The bytes that lie under a hash have another one; `sha256` is what they should have."""

    def __init__(self, sha256: str) -> None:
        super().__init__(f"the bytes under {sha256} have another hash: restore them from a backup")
        self.sha256 = sha256


class FileMissing(RecordError):
    """No bytes lie under a hash."""

    def __init__(self, sha256: str) -> None:
        super().__init__(f"no bytes lie under {sha256}")
        self.sha256 = sha256


class Incoming:
    """A file that comes in, piece by piece. Closing it forgets it, unless it was kept by then."""

    def __init__(self, file: IO[bytes], keep: Callable[[IO[bytes], Stored, str | None], None]) -> None:
        """Made by `Files.receive`."""
        self.size = 0
        self._file = file
        self._keep = keep
        self._digest = hashlib.sha256()
        self._type: str | None = None

    def write(self, part: bytes) -> None:
        """Take the next piece."""
        self._file.write(part)
        self._digest.update(part)
        self.size += len(part)

    def type(self) -> str:
        """The media type of what has come. BadInput where it is none that is taken."""
        if self._type is None:
            self._file.flush()
            self._type = type_of(self._file)
        return self._type

    def keep(self, by: str | None = None) -> Stored:
        """Keep it under its hash, for good once this returns, and that the subject `by` uploaded it.

        BadInput where it is of no type that is taken.
        """
        stored = Stored(self._digest.hexdigest(), self.size, self.type())
        self._keep(self._file, stored, by)
        return stored

    def keep_as(self, sha256: str) -> None:
        """Keep it, if that is its hash, of whatever type: what was taken once is kept, though it were not taken today. FileDamaged."""
        if self._digest.hexdigest() != sha256:
            raise FileDamaged(sha256)
        try:
            media_type = self.type()
        except BadInput:
            media_type = UNKNOWN_TYPE
        self._keep(self._file, Stored(sha256, self.size, media_type), None)

    def close(self) -> None:
        """Forget what was not kept. Closing twice is harmless."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


class Files(ABC):
    """The files of one record. Every method may be called from any thread, and waits: never call it on an event loop."""

    @abstractmethod
    def receive(self) -> Incoming:
        """Begin to take a file in."""

    @abstractmethod
    def hold(self, sha256: str) -> Stored | None:
        """What is known of the file with that hash, which is not swept for another day; None where there is none."""

    @abstractmethod
    def was_uploaded_by(self, sha256: str, subject: str) -> bool:
        """Whether that subject uploaded these bytes, a day ago at the most."""

    @abstractmethod
    def open(self, sha256: str) -> IO[bytes]:
        """The bytes with that hash, all of them compared with it. FileMissing, FileDamaged."""

    @abstractmethod
    def sweep(self, before: float, is_named: Callable[[str], bool], fence: Fence | None = None) -> list[str]:
        """Delete files that nobody has held since `before` (seconds since 1970) and that are not named; their hashes.

        Who uploaded what before then is forgotten.

        LeaseLost where the fence is another's by now.
        """

    @abstractmethod
    def hashes(self) -> Iterator[str]:
        """The hashes of all files, in order."""

    def put(self, source: IO[bytes], sha256: str) -> None:
        """Keep bytes that lay in another place under that hash. FileDamaged where they have another one."""
        with self.receive() as incoming:
            while part := source.read(PART_BYTES):
                incoming.write(part)
            incoming.keep_as(sha256)

    def abandon(self) -> None:  # noqa: B027 - a folder is never away
        """Ask nothing of a database any more, for the process ends."""

    def close(self) -> None:  # noqa: B027 - a folder holds nothing open
        """Let go of every connection. Closing twice is harmless."""


class FolderFiles(Files):
    """The files of an embedded record: each in a file named for its hash. Only the record's owner changes anything."""

    def __init__(self, folder: Path, *, owner: bool) -> None:
        self.folder = folder
        self._changing = threading.Lock()
        if owner:
            # Whoever owned the record before is gone, and with it what it was taking in.
            for left in folder.glob(f"{INCOMING}/*"):
                left.unlink()

    def path_of(self, sha256: str) -> Path:
        """Where the file with that hash lies, whether or not it does."""
        if not SHA256.fullmatch(sha256):
            raise BadInput("BAD_HASH", "a SHA-256 has 64 digits in lower-case hex", ("sha256",))
        return self.folder / sha256[:2] / sha256

    def receive(self) -> Incoming:
        """Begin to take a file in: it has no name but that of its coming in, until it is whole and on the disk."""
        coming = self.folder / INCOMING
        for folder in (self.folder, coming):
            folder.mkdir(mode=0o700, exist_ok=True)
        path = coming / secrets.token_hex(16)
        opened = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        file = os.fdopen(opened, "w+b")

        def keep(_: IO[bytes], stored: Stored, by: str | None) -> None:
            os.fsync(file.fileno())
            self._placed(path, stored.sha256)
            if by is not None:
                self._uploaded(stored.sha256, by)

        return _Named(file, keep, path)

    def _placed(self, path: Path, sha256: str) -> None:
        target = self.path_of(sha256)
        with self._changing:
            target.parent.mkdir(mode=0o700, exist_ok=True)
            # Over what lay there: the same bytes, or what was left of them.
            path.rename(target)
            os.utime(target)
        for folder in (target.parent, self.folder, self.folder.parent):
            _synced(folder)

    def _upload_of(self, sha256: str, subject: str) -> Path:
        # A subject may hold any sign, and be longer than a name of a file may be.
        return self.folder / UPLOADS / f"{sha256}-{hashlib.sha256(subject.encode()).hexdigest()}"

    def _uploaded(self, sha256: str, by: str) -> None:
        upload = self._upload_of(sha256, by)
        upload.parent.mkdir(mode=0o700, exist_ok=True)
        upload.touch(mode=0o600)
        _synced(upload.parent)

    def was_uploaded_by(self, sha256: str, subject: str) -> bool:
        """Whether that subject uploaded these bytes; see `Files.was_uploaded_by`."""
        try:
            return self._upload_of(sha256, subject).stat().st_mtime > time.time() - KEPT_SECONDS
        except FileNotFoundError:
            return False

    def hold(self, sha256: str) -> Stored | None:
        """What is known of the file with that hash; see `Files.hold`."""
        path = self.path_of(sha256)
        with self._changing:
            try:
                os.utime(path)
            except FileNotFoundError:
                return None
        with path.open("rb") as file:
            return Stored(sha256, path.stat().st_size, type_of(file))

    def open(self, sha256: str) -> IO[bytes]:
        """The bytes with that hash; see `Files.open`."""
        try:
            file = self.path_of(sha256).open("rb")
        except FileNotFoundError:
            raise FileMissing(sha256) from None
        try:
            if hash_of(file) != sha256:
                raise FileDamaged(sha256)
            file.seek(0)
        except BaseException:
            file.close()
            raise
        return file

    def sweep(self, before: float, is_named: Callable[[str], bool], fence: Fence | None = None) -> list[str]:
        """Delete what nobody holds or names; see `Files.sweep`."""
        swept = []
        for sha256 in self.hashes():
            path = self.path_of(sha256)
            if path.stat().st_mtime >= before or is_named(sha256):
                continue
            with self._changing:
                if path.stat().st_mtime < before:
                    path.unlink()
                    swept.append(sha256)
        # An upload that lasts longer than that was given up; and who uploaded what is known for that long.
        for left in (*self.folder.glob(f"{INCOMING}/*"), *self.folder.glob(f"{UPLOADS}/*")):
            with suppress(FileNotFoundError):
                if left.stat().st_mtime < before:
                    left.unlink()
        return swept

    def hashes(self) -> Iterator[str]:
        """The hashes of all files, in order."""
        for path in sorted(self.folder.glob("[0-9a-f][0-9a-f]/*")):
            if SHA256.fullmatch(path.name):
                yield path.name


class _Named(Incoming):
    """A file that comes in under a name, which is gone unless it was kept."""

    def __init__(self, file: IO[bytes], keep: Callable[[IO[bytes], Stored, str | None], None], path: Path) -> None:
        super().__init__(file, keep)
        self._path = path

    def close(self) -> None:
        """Forget what was not kept."""
        super().close()
        self._path.unlink(missing_ok=True)


def open_files(place: Place, *, owner: bool, written: bool | None = None) -> Files:
    """The files of the record in a place. Nothing is made or asked before it is needed.

    `owner`: what an earlier one was taking in is forgotten. `written`: whether files will be put there; by an owner, unless given.
    """
    if place.database is None:
        return FolderFiles(place.folder / FILES_FOLDER, owner=owner)
    from txapi.record.postgres.files import DatabaseFiles

    return DatabaseFiles(place.database, written=owner if written is None else written)


def hash_of(file: IO[bytes]) -> str:
    """The SHA-256 of what is left to read of a file, in hex."""
    digest = hashlib.sha256()
    while part := file.read(PART_BYTES):
        digest.update(part)
    return digest.hexdigest()


def _synced(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
