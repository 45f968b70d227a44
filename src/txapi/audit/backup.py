"""A backup 备份: a record and its ledger at one moment, verified, as files in a folder that is there whole or not at all.

The folder holds `record.db` and `ledger.db` as a data folder does, so whatever reads a record reads a backup in its place;
`backup.json` says what it is a backup of, and of which bytes it consists.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from txapi.audit.verify import OnStage, verify
from txapi.audit.verifying.folder import snapshot_of
from txapi.record.accesses import ACCESSES_FILE, copy_accesses
from txapi.record.conflicts import NotARecord, RecordError
from txapi.record.copying import copy_record
from txapi.record.files import FILES_FOLDER, INCOMING, FileDamaged, FileMissing, FolderFiles
from txapi.record.instants import instant, rfc3339
from txapi.record.ledger import KEY_FILE, LEDGER_FILE
from txapi.record.naming import NAMING, first_named
from txapi.record.person_keys import open_person_keys, written_erasures
from txapi.record.place import Place
from txapi.record.record import RECORD_FILE, Record

if TYPE_CHECKING:
    from txapi.audit.verify import Verified

FORMAT = "txapi.backup/v1"
MANIFEST = "backup.json"
TOKEN_KEY_FILE = "token-key.pem"
KEY_FILES = (KEY_FILE, TOKEN_KEY_FILE)
ONLY_OWNERS = (*KEY_FILES, ACCESSES_FILE)
"""The files that nobody but their owner may read."""
BESIDE = ("-wal", "-shm", "-journal")
"""What SQLite writes beside a database, by its suffix."""

_PAGES = 2_048
_CHUNK = 1 << 20


class BackupFailed(RecordError):
    """No backup was made, or none can be put in place; the message says why. Nothing was left half done."""


class PlaceTaken(BackupFailed):
    """There is something already where a backup, or a record from one, should get its place."""


class Stored(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file of a backup: its length in bytes, and its SHA-256 in hex."""

    bytes: int
    sha256: str


ERASURES_FILE = "erasures.json"
"""Whose keys had been destroyed when the backup was taken: whoever restores it, or an older one, carries that out again."""


class Manifest(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True, omit_defaults=True):
    """What a backup says of itself: whose record, up to which position, signed for up to which, taken when by what.

    `attached` are the files that its events name, by their SHA-256, with their lengths in bytes. `vkey` is the verifier key
    of the record's ledger; None where nothing of the record was ever signed.
    """

    format: str
    record_id: str
    vkey: str | None
    position: int
    recorded_at: str | None
    signed_until: int
    taken_at: str
    version: str
    files: dict[str, Stored]
    attached: dict[str, int] = {}


@dataclass(frozen=True)
class Taken:
    """A backup that was made, and what verifying it came to."""

    path: Path
    manifest: Manifest
    verified: Verified


def take_backup(
    where: Place | Path,
    out: Path,
    *,
    keys: Mapping[str, Path] | None = None,
    on_stage: OnStage = lambda doing, done, of: None,
) -> Taken:
    """Write a backup of the record in a place or folder to `out`, which must not exist. Works beside whoever writes it.

    `keys` are key files to take along, by the name that they get. Only what `verify` finds nothing wrong with becomes a
    backup. NotARecord where there is none; PlaceTaken; BackupFailed; RecordUnavailable.
    """
    place = Place.of(where)
    if out.exists():
        raise PlaceTaken(f"{out} exists; nothing is written over")
    try:
        with ExitStack() as held:
            copying = _copying_files(place.folder, out.parent, held) if place.embedded else _copying_rows(place)
            with closing(Record.open(place, owner=False)) as record:
                record_id = record.record_id
            part = held.enter_context(_claimed(out.parent / f".txapi-backup-{record_id}.part"))
            copying(part, on_stage)
            with closing(open_person_keys(place)) as person_keys:
                erased = person_keys.erasures()
            if erased:
                _write(part / ERASURES_FILE, written_erasures(erased))
            copy_accesses(place, part)
            for name, path in (keys or {}).items():
                _write(part / name, path.read_bytes(), mode=0o600)
            verified = verify(part, on_stage=on_stage)
            forget_beside(part)
            refuse_what_is_wrong(verified, f"the record in {place}", unsigned=True)
            manifest = _described(part, verified, on_stage)
            _write(part / MANIFEST, msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n")
            synced(part)
            part.rename(out)
            synced(out.parent)
    except (sqlite3.Error, OSError, FileMissing, FileDamaged) as error:
        raise BackupFailed(f"no backup was made of {place}: {error}") from error
    return Taken(out, manifest, verified)


def manifest_of(backup: Path) -> Manifest:
    """What a backup says of itself. BackupFailed where the folder is none, or one that this version cannot read."""
    path = backup / MANIFEST
    try:
        manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BackupFailed(f"{backup} is no backup that `txapi backup` has made: {path.name}: {error}") from error
    if manifest.format != FORMAT:
        raise BackupFailed(f"{backup} is a backup of format {manifest.format!r}; this version knows {FORMAT}")
    strange = manifest.files.keys() - {RECORD_FILE, LEDGER_FILE, ERASURES_FILE, ACCESSES_FILE, *KEY_FILES}
    if strange or RECORD_FILE not in manifest.files:
        raise BackupFailed(f"{path} lists other files than a backup has: {', '.join(sorted(manifest.files))}")
    return manifest


def refuse_what_is_wrong(verified: Verified, whose: str, *, unsigned: bool) -> None:
    """BackupFailed where verification found something. `unsigned`: that nothing of it was ever signed is not wrong."""
    wrong = [
        one for one in verified.wrong if not (unsigned and one.kind == "unattested" and verified.signed_until == 0)
    ]
    if wrong:
        where = f"at position {wrong[0].position}" if wrong[0].position else "with the whole"
        raise BackupFailed(f"{whose} is wrong {where}: {wrong[0].what}")


def hashed(path: Path, on_chunk: Callable[[bytes], object] = lambda chunk: None) -> Stored:
    """The length and the hash of a file, read once; `on_chunk` is given each piece of it."""
    digest, length = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            on_chunk(chunk)
            length += len(chunk)
    return Stored(length, digest.hexdigest())


def forget_beside(folder: Path) -> None:
    """Delete what reading left beside databases that nobody writes."""
    for name in (RECORD_FILE, LEDGER_FILE):
        for suffix in BESIDE:
            (folder / f"{name}{suffix}").unlink(missing_ok=True)


def synced(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _claimed(part: Path) -> Iterator[Path]:
    """A new folder that goes when the block ends, unless it was renamed by then.

    What a killed process left there is removed; the system holds the claim, so it ends with the process.
    """
    part.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            same = os.path.samestat(os.fstat(descriptor), part.stat())
        except (BlockingIOError, FileNotFoundError):
            same = False
        if not same:
            raise BackupFailed(f"another process writes a backup of this record in {part.parent}")
        for left in part.iterdir():
            if left.is_dir():
                shutil.rmtree(left)
            else:
                left.unlink()
        try:
            yield part
        finally:
            shutil.rmtree(part, ignore_errors=True)
    finally:
        os.close(descriptor)


def _copying_files(folder: Path, parent: Path, held: ExitStack) -> Callable[[Path, OnStage], None]:
    """Hold one state of the record's files; what copies it into a folder, and lets go."""
    # The ledger first: the record then holds at least what the ledger has entered.
    ledger = folder / LEDGER_FILE
    sources = {LEDGER_FILE: held.enter_context(closing(snapshot_of(ledger)))} if ledger.exists() else {}
    if not (folder / RECORD_FILE).exists():
        raise NotARecord(f"there is no record at {folder / RECORD_FILE}")
    sources[RECORD_FILE] = held.enter_context(closing(snapshot_of(folder / RECORD_FILE)))
    if LEDGER_FILE not in sources and ledger.exists():
        raise BackupFailed("the record's ledger was begun at this very moment: run it again")
    _must_have_room(sources, parent)

    def copy(part: Path, on_stage: OnStage) -> None:
        for name, source in sources.items():
            with closing(sqlite3.connect(part / name, isolation_level=None)) as target:
                # Nobody reads the copy before it is whole, and then it is synced as one file.
                target.execute("PRAGMA journal_mode = OFF")
                target.execute("PRAGMA synchronous = OFF")
                source.backup(target, pages=_PAGES, progress=_pages_told(on_stage, f"copying {name}"))
            # The record's owner cannot shorten its log of changes while somebody holds an old state.
            source.close()
            synced(part / name)
        _copy_files(folder, part, on_stage)

    return copy


def _copy_files(folder: Path, part: Path, on_stage: OnStage) -> None:
    """Copy the files that the events of the copied record name: they never change, and are there before an event names them."""
    with closing(sqlite3.connect(f"{(part / RECORD_FILE).absolute().as_uri()}?immutable=1", uri=True)) as record:
        named = sorted(first_named(record.execute(NAMING)))
    ours = FolderFiles(folder / FILES_FOLDER, owner=False)
    theirs = FolderFiles(part / FILES_FOLDER, owner=False)
    for done, sha256 in enumerate(named, 1):
        with ours.open(sha256) as file:
            theirs.put(file, sha256)
        on_stage("copying files", done, len(named))


def _pages_told(on_stage: OnStage, doing: str) -> Callable[[int, int, int], None]:
    """What SQLite tells of its pages, as a stage."""
    return lambda status, left, of: on_stage(doing, of - left, of)


def _copying_rows(place: Place) -> Callable[[Path, OnStage], None]:
    """What copies one state of a record in a database into the files of a folder."""

    def copy(part: Path, on_stage: OnStage) -> None:
        copy_record(place, Place(part), partial(on_stage, "copying"))
        for path in part.iterdir():
            synced(path)

    return copy


def _write(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _must_have_room(sources: Mapping[str, sqlite3.Connection], parent: Path) -> None:
    """Refuse before the disk is full: the server may write to the same one."""
    needed = sum(
        source.execute("PRAGMA page_count").fetchone()[0] * source.execute("PRAGMA page_size").fetchone()[0]
        for source in sources.values()
    )
    free = shutil.disk_usage(parent).free
    if needed > free:
        raise BackupFailed(f"the backup takes {needed:,} bytes, and {parent} has {free:,} bytes left")


def _described(part: Path, verified: Verified, on_stage: OnStage) -> Manifest:
    files: dict[str, Stored] = {}
    paths = sorted(path for path in part.iterdir() if path.is_file())
    of, done = sum(path.stat().st_size for path in paths), 0

    def on_chunk(chunk: bytes) -> None:
        nonlocal done
        done += len(chunk)
        on_stage("hashing", done, of)

    for path in paths:
        files[path.name] = hashed(path, on_chunk)
    kept = FolderFiles(part / FILES_FOLDER, owner=False)
    attached = {sha256: kept.path_of(sha256).stat().st_size for sha256 in kept.hashes()}
    shutil.rmtree(kept.folder / INCOMING, ignore_errors=True)
    with closing(sqlite3.connect(f"{(part / RECORD_FILE).absolute().as_uri()}?immutable=1", uri=True)) as record:
        found = record.execute("SELECT recorded_at FROM events ORDER BY position DESC LIMIT 1").fetchone()
    return Manifest(
        format=FORMAT,
        record_id=verified.record_id,
        vkey=verified.vkey,
        position=verified.last,
        recorded_at=None if found is None else rfc3339(instant(found[0])),
        signed_until=verified.signed_until,
        taken_at=rfc3339(datetime.now(UTC)),
        version=version("tongxiang-record"),
        files=files,
        attached=attached,
    )
