"""The files beside a record in a database: cut into rows of bounded size, for many nodes share them and no folder."""

from __future__ import annotations

import tempfile
from typing import IO, TYPE_CHECKING

from txapi.domain.attachment import Stored
from txapi.record.at_need import DatabaseAtNeed
from txapi.record.files import KEPT_SECONDS, PART_BYTES, FileDamaged, FileMissing, Files, Incoming, hash_of
from txapi.record.postgres.database import FEW_CONNECTIONS, PostgresDatabase

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from txapi.record.database import Connection, Fence

SCHEMA = "files"
_HASH_OF_PARTS = "SELECT encode(sha256(coalesce(string_agg(bytes, ''::bytea ORDER BY number), '')), 'hex') FROM parts WHERE sha256 = ?"
TABLES = """
CREATE SCHEMA files;
CREATE TABLE files.files (
    sha256 TEXT COLLATE "C" PRIMARY KEY,
    size BIGINT NOT NULL,
    media_type TEXT COLLATE "C" NOT NULL,
    held_at TIMESTAMPTZ NOT NULL
);
CREATE TABLE files.parts (
    sha256 TEXT COLLATE "C" NOT NULL REFERENCES files.files ON DELETE CASCADE,
    number BIGINT NOT NULL,
    bytes BYTEA NOT NULL,
    PRIMARY KEY (sha256, number)
);
-- Photographs and documents are packed already.
ALTER TABLE files.parts ALTER COLUMN bytes SET STORAGE EXTERNAL;
"""
"""Made with the record's tables; records that were begun before there were files get them when they are opened to be written."""


UPLOADS = """
CREATE TABLE files.uploads (
    sha256 TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    uploaded_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (sha256, subject)
);
"""
"""Who uploaded what; made in the same way, for records that had files before this was kept."""


class DatabaseFiles(Files):
    """The files of a record in a database. A file comes in through a temporary file of this machine."""

    def __init__(self, dsn: str, *, written: bool) -> None:
        self._at_need = DatabaseAtNeed(
            SCHEMA, lambda: PostgresDatabase(dsn, SCHEMA, written=written, most_connections=FEW_CONNECTIONS)
        )

    @property
    def _database(self) -> PostgresDatabase:
        return self._at_need.open()

    def receive(self) -> Incoming:
        """Begin to take a file in: it has no name on this machine, and goes with the process."""
        return Incoming(tempfile.TemporaryFile(prefix="txapi-"), self._kept)

    def _kept(self, file: IO[bytes], stored: Stored, by: str | None) -> None:
        file.seek(0)
        with self._database.transaction() as change:
            change.execute(
                "INSERT INTO files VALUES (?, ?, ?, clock_timestamp())"
                " ON CONFLICT (sha256) DO UPDATE SET held_at = clock_timestamp()",
                (stored.sha256, stored.size, stored.media_type),
            )
            if by is not None:
                change.execute(
                    "INSERT INTO uploads VALUES (?, ?, clock_timestamp())"
                    " ON CONFLICT (sha256, subject) DO UPDATE SET uploaded_at = clock_timestamp()",
                    (stored.sha256, by),
                )
            if change.execute(_HASH_OF_PARTS, (stored.sha256,)).fetchone() == (stored.sha256,):
                return
            change.execute("DELETE FROM parts WHERE sha256 = ?", (stored.sha256,))
            number = 0
            while part := file.read(PART_BYTES):
                change.execute("INSERT INTO parts VALUES (?, ?, ?)", (stored.sha256, number, part))
                number += 1

    def was_uploaded_by(self, sha256: str, subject: str) -> bool:
        """Whether that subject uploaded these bytes; see `Files.was_uploaded_by`."""
        asked = (
            "SELECT 1 FROM uploads WHERE sha256 = ? AND subject = ?"
            " AND uploaded_at > clock_timestamp() - make_interval(secs => ?)"
        )
        with self._database.lent() as seen:
            return seen.execute(asked, (sha256, subject, KEPT_SECONDS)).fetchone() is not None

    def hold(self, sha256: str) -> Stored | None:
        """What is known of the file with that hash; see `Files.hold`."""
        with self._database.transaction() as change:
            found = change.execute(
                "UPDATE files SET held_at = clock_timestamp() WHERE sha256 = ? RETURNING sha256, size, media_type",
                (sha256,),
            ).fetchone()
        return None if found is None else Stored(*found)

    def open(self, sha256: str) -> IO[bytes]:
        """The bytes with that hash; see `Files.open`. They are gathered on this machine before the first is given."""
        file = tempfile.TemporaryFile(prefix="txapi-")  # noqa: SIM115 - the caller closes it
        try:
            with self._database.snapshot() as seen:
                if not self._is_there(seen, sha256):
                    raise FileMissing(sha256)
                for (part,) in seen.stream("SELECT bytes FROM parts WHERE sha256 = ? ORDER BY number", (sha256,)):
                    file.write(part)
            file.seek(0)
            if hash_of(file) != sha256:
                raise FileDamaged(sha256)
            file.seek(0)
        except BaseException:
            file.close()
            raise
        return file

    def _is_there(self, seen: Connection, sha256: str) -> bool:
        try:
            return seen.execute("SELECT 1 FROM files WHERE sha256 = ?", (sha256,)).fetchone() is not None
        except self._database.unreadable:
            return False

    def sweep(self, before: float, is_named: Callable[[str], bool], fence: Fence | None = None) -> list[str]:
        """Delete what nobody holds or names; see `Files.sweep`."""
        with self._database.lent() as seen:
            old = "SELECT sha256 FROM files WHERE held_at < to_timestamp(?) ORDER BY sha256"
            candidates = [sha256 for (sha256,) in seen.execute(old, (before,)).fetchall()]
        swept = []
        for sha256 in candidates:
            if is_named(sha256):
                continue
            with self._database.transaction(fence) as change:
                gone = "DELETE FROM files WHERE sha256 = ? AND held_at < to_timestamp(?)"
                if change.execute(gone, (sha256, before)).rowcount:
                    swept.append(sha256)
        with self._database.transaction(fence) as change:
            change.execute("DELETE FROM uploads WHERE uploaded_at < to_timestamp(?)", (before,))
        return swept

    def hashes(self) -> Iterator[str]:
        """The hashes of all files, in order."""
        try:
            with self._database.lent() as seen:
                found = seen.execute("SELECT sha256 FROM files ORDER BY sha256").fetchall()
        except self._database.unreadable:
            return
        for (sha256,) in found:
            yield sha256

    def abandon(self) -> None:
        """Ask nothing of the database any more."""
        self._at_need.abandon()

    def close(self) -> None:
        """Let go of every connection."""
        self._at_need.close()
