"""Keys of persons 个人密钥: one for each person, made once, destroyed for good; kept apart from the record and from its backups.

Every key is stored wrapped (AES-256-GCM) under a master key, which lies in a file beside it, so that who takes one of the two
away opens nothing. What was destroyed is remembered by the person's id alone: no key of that person is made or taken in again.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from io import FileIO
from pathlib import Path
from typing import NamedTuple, Protocol, Self

import msgspec

from txapi.record.keys import BadKey, KeyThere, changing_keys, synced, write_beside, write_new
from txapi.record.master_key import MasterKey
from txapi.record.place import Place

MASTER_FILE = "person-master.key"
KEYS_FOLDER = "person-keys"
_DESTROYED_FOLDER = "destroyed"
_KEY_BYTES = 32


class KeyDestroyed(Exception):
    """The key of that person was destroyed; none is ever made again."""


class Erasure(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What is remembered of a destroyed key: whose, and what the event says that erased the person. Times are RFC 3339."""

    person: str
    at: str
    reason: str
    legal_basis: str


class Rewrapped(NamedTuple):
    """What a rotation of the master key came to: how many keys were wrapped anew, both master keys' ids, where the old one is kept."""

    persons: int
    old: str
    new: str
    kept: Path | None


OnProgress = Callable[[int, int], None]
"""Is told how many keys are done, and of how many."""


class PersonKeys(Protocol):
    """Where the keys of persons are kept. Every method may be called from any thread, and by several processes."""

    def make(self, person: str) -> bytes:
        """The key of a person, made where there is none yet. KeyDestroyed, BadKey."""

    def keep(self, person: str, key: bytes) -> None:
        """Keep a key that was made elsewhere; one that is there stays. KeyDestroyed, BadKey."""

    def get(self, persons: Iterable[str]) -> Mapping[str, bytes]:
        """The keys of these persons, by person; who has none is left out. BadKey: the master key is another."""

    def check(self) -> None:
        """Open one key, if there is any. BadKey, NoKey: the master key of this node is not the one that they are under."""

    def destroy(self, erasure: Erasure) -> None:
        """Destroy the key of a person, if there is one, and remember that. Doing it twice is harmless."""

    def rewrap(self, on_progress: OnProgress = lambda done, of: None) -> Rewrapped:
        """Wrap every key under another master key: the one that was prepared, or a new one. Nobody waits for it, and who is
        interrupted calls it again. NoKey, BadKey: a key is under a master key that is not here.
        """

    def prepare_master(self) -> str:
        """Make the master key that is to follow, where there is none yet; its id. NoKey where there is none that it could follow."""

    def persons(self) -> frozenset[str]:
        """Who has a key."""

    def erasures(self) -> list[Erasure]:
        """Everything that was destroyed, by time and person."""

    def abandon(self) -> None:
        """Ask nothing of a database any more, for the process ends."""

    def close(self) -> None:
        """Let go of everything. Closing twice is harmless."""


def open_person_keys(where: Place | Path | str) -> PersonKeys:
    """Those of the record in that place; nothing is made before the first person. RecordUnavailable."""
    place = Place.of(where)
    master, notes = MasterKey(place.folder / MASTER_FILE), Notes.of(place.folder)
    if place.database is not None:
        from txapi.record.postgres.person_keys import DatabasePersonKeys

        return DatabasePersonKeys(place.database, master, notes)
    return FilePersonKeys(place.folder / KEYS_FOLDER, master, notes)


class Notes:
    """What was destroyed, as files of a folder: one for each person, without any key in it. Every node keeps them, so that a database
    which is restored to an earlier time is told again.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @classmethod
    def of(cls, data: Path) -> Self:
        """Those of a data folder."""
        return cls(data / KEYS_FOLDER / _DESTROYED_FOLDER)

    def hold(self, person: str) -> bool:
        """Whether the key of that person was destroyed."""
        return self._file(person).exists()

    def add(self, erasure: Erasure) -> None:
        """Note an erasure; where there is a note of that person already, it stays."""
        if self.hold(erasure.person):
            return
        with contextlib.suppress(FileExistsError):
            write_new(self._file(erasure.person), msgspec.json.encode(erasure))

    def all(self) -> list[Erasure]:
        """Every note, by time and person."""
        read = msgspec.json.Decoder(Erasure).decode
        return in_order(read(path.read_bytes()) for path in self._folder.glob("*.json"))

    def _file(self, person: str) -> Path:
        return self._folder / f"{_safe(person)}.json"


class FilePersonKeys:
    """The keys in a folder, one file each."""

    def __init__(self, folder: Path, master: MasterKey, notes: Notes) -> None:
        self._folder = folder
        self._master = master
        self._notes = notes

    def make(self, person: str) -> bytes:
        """As `PersonKeys.make`."""
        found = self.get([person]).get(person)
        if found is not None:
            return found
        self.keep(person, os.urandom(_KEY_BYTES))
        return self.get([person])[person]

    def keep(self, person: str, key: bytes) -> None:
        """As `PersonKeys.keep`."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder.chmod(0o700)
        with changing_keys(self._folder):
            if self._notes.hold(person):
                raise KeyDestroyed(person)
            # A folder that holds keys has the master key that they are under: a new one would make them worthless.
            under = self._master.newest(create=not self.persons())
            with contextlib.suppress(FileExistsError):
                write_new(self._file(person), self._master.wrapped(person, key, under))

    def get(self, persons: Iterable[str]) -> Mapping[str, bytes]:
        """As `PersonKeys.get`."""
        found = {}
        for person in persons:
            key = self._opened(person)
            if key is not None and not self._notes.hold(person):
                found[person] = key
        return found

    def _opened(self, person: str) -> bytes | None:
        stored = self._stored(person)
        while stored is not None:
            try:
                return self._master.opened(person, stored)[0]
            except BadKey:
                # What is replaced or destroyed is written over: whoever read just that reads again.
                if (again := self._stored(person)) == stored:
                    raise
                stored = again
        return None

    def _stored(self, person: str) -> bytes | None:
        try:
            return self._file(person).read_bytes()
        except FileNotFoundError:
            return None

    def check(self) -> None:
        """As `PersonKeys.check`."""
        self.get(sorted(self.persons())[:1])

    def discard(self) -> None:
        """Write over and delete every key, because they are kept in another place from now on. Nobody is erased by it."""
        for person in self.persons():
            self._shred(person)

    def destroy(self, erasure: Erasure) -> None:
        """As `PersonKeys.destroy`. The file is written over before it goes."""
        self._notes.add(erasure)
        if self._folder.is_dir():
            with changing_keys(self._folder):
                self._shred(erasure.person)

    def _shred(self, person: str) -> None:
        path = self._file(person)
        with contextlib.suppress(FileNotFoundError):
            with path.open("r+b", buffering=0) as file:
                _write_over(file)
            path.unlink()
            synced(self._folder)

    def prepare_master(self) -> str:
        """As `PersonKeys.prepare_master`."""
        with self._master.changing():
            return self._master.prepare_next()

    def rewrap(self, on_progress: OnProgress = lambda done, of: None) -> Rewrapped:
        """As `PersonKeys.rewrap`. While it lasts, some keys are under the one master key and some under the other, and both are here."""
        with self._master.changing():
            old = self._master.current()
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with changing_keys(self._folder):
                # Whoever keeps a key from now on takes the next master key, so the list of those to be done is complete.
                new, persons = self._master.prepare_next(), sorted(self.persons())
            done = 0
            for number, person in enumerate(persons, 1):
                with changing_keys(self._folder):
                    done += self._rewrapped(person, new)
                on_progress(number, len(persons))
            return Rewrapped(done, old, new, self._master.take_over())

    def _rewrapped(self, person: str, new: str) -> bool:
        """Whether the key of that person is under the new master key now, and was not. What was destroyed is not kept by it."""
        if self._notes.hold(person):
            self._shred(person)
            return False
        stored = self._stored(person)
        if stored is None:
            return False
        key, under = self._master.opened(person, stored)
        if under != new:
            with self._file(person).open("r+b", buffering=0) as before:
                write_beside(self._file(person), self._master.wrapped(person, key, new))
                _write_over(before)
        return under != new

    def persons(self) -> frozenset[str]:
        """As `PersonKeys.persons`."""
        return frozenset(path.stem for path in self._folder.glob("*.key"))

    def erasures(self) -> list[Erasure]:
        """As `PersonKeys.erasures`."""
        return self._notes.all()

    def abandon(self) -> None:
        """Files are never away."""

    def close(self) -> None:
        """Nothing is held open."""

    def _file(self, person: str) -> Path:
        return self._folder / f"{_safe(person)}.key"


def _write_over(file: FileIO) -> None:
    """Write over all that a file holds, which is all that a file system lets anybody do."""
    file.write(bytes(os.fstat(file.fileno()).st_size))
    os.fsync(file.fileno())


class OpenedKeys:
    """The keys of some persons, read together, while one operation lasts. They are kept no longer anywhere."""

    def __init__(self, keys: PersonKeys | None) -> None:
        self._keys = keys
        self._found: dict[str, bytes | None] = {}

    @classmethod
    def none(cls) -> Self:
        """Where nobody has keys: an auditor's copy of the record."""
        return cls(None)

    @property
    def are_there(self) -> bool:
        """Whether there are keys at all to be asked for."""
        return self._keys is not None

    def read(self, persons: Iterable[str]) -> None:
        """Read the keys of these persons that were not read yet."""
        missing = [person for person in dict.fromkeys(persons) if person not in self._found]
        if missing:
            found = {} if self._keys is None else self._keys.get(missing)
            self._found.update((person, found.get(person)) for person in missing)

    def __getitem__(self, person: str) -> bytes | None:
        self.read([person])
        return self._found[person]


def copy_person_keys(source: Place, to: Place) -> int:
    """Take the keys of a record along to another place, with what was destroyed; how many keys. The master key stays the same: where the
    places have folders of their own, its file is copied. KeyThere: another one lies there.
    """
    with closing(open_person_keys(source)) as there, closing(open_person_keys(to)) as here:
        for erasure in there.erasures():
            here.destroy(erasure)
        persons = sorted(there.persons() - {erasure.person for erasure in here.erasures()})
        if persons and source.folder != to.folder:
            _take_master(source.folder / MASTER_FILE, to.folder / MASTER_FILE)
        for person, key in there.get(persons).items():
            here.keep(person, key)
    return len(persons)


def discard_person_keys(folder: Path) -> None:
    """Delete the keys of a folder whose record is served from another place from now on, so that an erasure there is one."""
    FilePersonKeys(folder / KEYS_FOLDER, MasterKey(folder / MASTER_FILE), Notes.of(folder)).discard()


def _take_master(source: Path, to: Path) -> None:
    content = source.read_bytes()
    try:
        write_new(to, content)
    except FileExistsError:
        if to.read_bytes() != content:
            raise KeyThere(f"{to} is another master key than {source}: no key is written over") from None


def in_order(erasures: Iterable[Erasure]) -> list[Erasure]:
    """Erasures by time and person."""
    return sorted(erasures, key=lambda each: (each.at, each.person))


def read_erasures(content: bytes) -> list[Erasure]:
    """The erasures in a file. ValueError: it is none, or names something that is not the id of a person."""
    found = msgspec.json.decode(content, type=list[Erasure])
    for each in found:
        _safe(each.person)
    return found


def written_erasures(erasures: Iterable[Erasure]) -> bytes:
    """The erasures as a file, which holds nothing personal: ids, times, reasons."""
    return msgspec.json.format(msgspec.json.encode(list(erasures)), indent=2) + b"\n"


def _safe(person: str) -> str:
    """The id as a name of a file; a ValueError where it is none that a record gives."""
    if not person or not set(person) <= set("0123456789abcdef-"):
        raise ValueError("this is not the id of a person")
    return person
