"""A backup put in place: copied, compared, verified, and only then a record in its new folder."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from txapi.audit.backup import (
    BESIDE,
    ERASURES_FILE,
    KEY_FILES,
    ONLY_OWNERS,
    BackupFailed,
    Manifest,
    PlaceTaken,
    forget_beside,
    hashed,
    manifest_of,
    refuse_what_is_wrong,
    synced,
)
from txapi.audit.verify import OnStage, verify
from txapi.record.accesses import ACCESSES_FILE
from txapi.record.files import FILES_FOLDER, FileDamaged, FileMissing, FolderFiles
from txapi.record.ledger import LEDGER_FILE
from txapi.record.owner import OwnerLock
from txapi.record.person_keys import Erasure, open_person_keys, read_erasures
from txapi.record.record import RECORD_FILE

if TYPE_CHECKING:
    from txapi.audit.verify import Verified

STAGING = ".restoring"
"""The folder, inside the new one and so on the same disk, in which a restored record lies until it is verified."""


@dataclass(frozen=True)
class Restored:
    """A backup that is in place: what it said of itself, what verifying it came to, and the key files that came with it."""

    folder: Path
    manifest: Manifest
    verified: Verified
    keys: tuple[str, ...]


def restore(
    backup: Path,
    folder: Path,
    *,
    vkeys: Sequence[str] = (),
    policy: bytes | None = None,
    kept_elsewhere: Sequence[tuple[str, bytes]] = (),
    erasures: Sequence[Erasure] = (),
    on_stage: OnStage = lambda doing, done, of: None,
) -> Restored:
    """Put a backup in place in `folder`, which is made where it is missing and must not hold a record.

    `erasures` are those that were carried out since, with those of the backup itself: their keys are destroyed in `folder`, if
    they were put there, and the first server records them.

    `vkeys`, `policy` and `kept_elsewhere` are what the caller trusts, as `verify` takes them. The record's file gets its
    name last: until then there is no record in `folder`, and restoring can be begun again. PlaceTaken, BackupFailed,
    RecordIsOwned.
    """
    manifest = manifest_of(backup)
    _must_hold_no_record(folder)
    try:
        with _owned(folder):
            _must_hold_no_record(folder)
            with _staging(folder) as staging:
                keys = [name for name in KEY_FILES if name in manifest.files]
                for name in keys:
                    _must_not_replace(folder / name, manifest.files[name].sha256, "key")
                if ACCESSES_FILE in manifest.files:
                    _must_not_replace(folder / ACCESSES_FILE, manifest.files[ACCESSES_FILE].sha256, "list of accesses")
                _copy(backup, staging, manifest, on_stage)
                verified = verify(staging, vkeys=vkeys, policy=policy, kept_elsewhere=kept_elsewhere, on_stage=on_stage)
                forget_beside(staging)
                trusting_nobody = not vkeys and policy is None and not kept_elsewhere
                refuse_what_is_wrong(verified, f"the backup {backup}", unsigned=trusting_nobody)
                if (verified.record_id, verified.last) != (manifest.record_id, manifest.position):
                    raise BackupFailed(f"{backup} is not of the record, or not of the position, that it says")
                _place_files(staging, folder)
                # Before there is a record here: no server ever opens what was erased.
                with closing(open_person_keys(folder)) as person_keys:
                    for erasure in (*_erasures_in(staging), *erasures):
                        person_keys.destroy(erasure)
                placed = [
                    *keys,
                    *(name for name in (ACCESSES_FILE, LEDGER_FILE, RECORD_FILE) if name in manifest.files),
                ]
                for number, name in enumerate(placed):
                    on_stage("putting in place", number, len(placed))
                    (staging / name).rename(folder / name)
                    synced(folder)
        synced(folder.parent)
        on_stage("putting in place", len(placed), len(placed))
    except (OSError, FileDamaged, FileMissing) as error:
        raise BackupFailed(f"{backup} was not restored to {folder}: {error}") from error
    return Restored(folder, manifest, verified, tuple(keys))


def _erasures_in(folder: Path) -> list[Erasure]:
    path = folder / ERASURES_FILE
    return read_erasures(path.read_bytes()) if path.exists() else []


@contextmanager
def _owned(folder: Path) -> Iterator[None]:
    """The owner lock of the folder, which is made where it is missing, and goes again if nothing comes to lie in it."""
    try:
        folder.mkdir(mode=0o700, parents=True)
        made = True
    except FileExistsError:
        made = False
    with OwnerLock(folder) as lock:
        try:
            yield
        except BaseException:
            if made and [path.name for path in folder.iterdir()] == [lock.path.name]:
                lock.path.unlink()
                folder.rmdir()
            raise


def _holds_record(folder: Path) -> bool:
    return (folder / RECORD_FILE).exists()


def _must_hold_no_record(folder: Path) -> None:
    found = [name + suffix for name in (RECORD_FILE, LEDGER_FILE) for suffix in ("", *BESIDE)]
    there = [name for name in found if (folder / name).exists()]
    if there and not _was_interrupted(folder):
        raise PlaceTaken(f"{folder} holds {there[0]}: a backup is put where there is no record; move it away first")


def _was_interrupted(folder: Path) -> bool:
    """Whether a restoring ended before the record got its name: then the ledger that lies there is the backup's."""
    return (folder / STAGING).exists() and not _holds_record(folder)


@contextmanager
def _staging(folder: Path) -> Iterator[Path]:
    """A new folder inside, which goes when the block ends. What an interrupted restoring put in place goes first."""
    staging = folder / STAGING
    if _was_interrupted(folder):
        (folder / LEDGER_FILE).unlink(missing_ok=True)
    if staging.exists():
        shutil.rmtree(staging)
    staging.mkdir(mode=0o700)
    try:
        yield staging
    finally:
        # Only while this folder lies there does a ledger without its record belong to a restoring.
        if not _holds_record(folder):
            (folder / LEDGER_FILE).unlink(missing_ok=True)
        shutil.rmtree(staging, ignore_errors=True)


def _must_not_replace(path: Path, sha256: str, what: str) -> None:
    if path.exists() and hashed(path).sha256 != sha256:
        raise PlaceTaken(f"{path} is another {what} than the one in the backup: no {what} is written over")


def _place_files(staging: Path, folder: Path) -> None:
    """Put the files in place, before the record that names them; what an interrupted restoring left there is the same."""
    staged, placed = (FolderFiles(where / FILES_FOLDER, owner=False) for where in (staging, folder))
    for sha256 in staged.hashes():
        with staged.path_of(sha256).open("rb") as file:
            placed.put(file, sha256)


def _copy(backup: Path, staging: Path, manifest: Manifest, on_stage: OnStage) -> None:
    """Copy the files that the backup lists, and compare what was copied with what was written then."""
    of, done = sum(one.bytes for one in manifest.files.values()) + sum(manifest.attached.values()), 0
    free = shutil.disk_usage(staging).free
    if of > free:
        raise BackupFailed(f"the record takes {of:,} bytes, and {staging.parent} has {free:,} bytes left")
    for name, told in manifest.files.items():
        mode = 0o600 if name in ONLY_OWNERS else 0o644
        with os.fdopen(os.open(staging / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:

            def on_chunk(chunk: bytes) -> None:
                nonlocal done
                file.write(chunk)
                done += len(chunk)
                on_stage("copying", done, of)

            found = hashed(backup / name, on_chunk)
            file.flush()
            os.fsync(file.fileno())
        if found != told:
            raise BackupFailed(f"{backup / name} is not the file that was written then: it was damaged, or changed")
    kept, staged = (FolderFiles(where / FILES_FOLDER, owner=False) for where in (backup, staging))
    for sha256, length in manifest.attached.items():
        with kept.open(sha256) as opened:
            staged.put(opened, sha256)
        done += length
        on_stage("copying", done, of)
