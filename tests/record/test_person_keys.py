"""Keys of persons: made once, destroyed for good, and stored so that one file alone opens nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.stores import place
from txapi.record.keys import BadKey, ExposedKey, KeyThere, NoKey
from txapi.record.person_keys import (
    KEYS_FOLDER,
    MASTER_FILE,
    Erasure,
    KeyDestroyed,
    PersonKeys,
    copy_person_keys,
    discard_person_keys,
    open_person_keys,
)
from txapi.record.place import Place
from txapi.record.record import Record
from txapi.record.sealing import DoesNotOpen, fingerprint, opened, sealed

ONE, OTHER = "11111111-0000-4000-8000-000000000001", "22222222-0000-4000-8000-000000000002"
ERASED = Erasure(ONE, "2015-09-01T00:00:00Z", "本人要求", "《个人信息保护法》第四十七条")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    Record.open(place(tmp_path)).close()
    return tmp_path


@pytest.fixture
def keys(folder: Path) -> Iterator[PersonKeys]:
    found = open_person_keys(place(folder))
    yield found
    found.close()


def again(folder: Path) -> PersonKeys:
    """The keys as another process finds them."""
    return open_person_keys(place(folder))


def test_a_key_is_made_once_and_found_by_others(folder: Path, keys: PersonKeys) -> None:
    made = keys.make(ONE)
    other = keys.make(OTHER)
    reread = again(folder)

    assert len(made) == 32
    assert made != other
    assert keys.make(ONE) == made
    assert dict(reread.get([ONE, OTHER])) == {ONE: made, OTHER: other}
    assert reread.persons() == {ONE, OTHER}
    reread.close()


def test_a_destroyed_key_is_gone_is_remembered_and_is_never_made_again(folder: Path, keys: PersonKeys) -> None:
    keys.make(ONE)
    other = keys.make(OTHER)

    keys.destroy(ERASED)
    keys.destroy(ERASED)

    with pytest.raises(KeyDestroyed):
        keys.make(ONE)
    reread = again(folder)
    assert dict(reread.get([ONE, OTHER])) == {OTHER: other}
    assert reread.persons() == {OTHER}
    assert reread.erasures() == [ERASED]
    reread.close()


def test_a_key_that_nobody_made_can_be_destroyed_beforehand(keys: PersonKeys) -> None:
    keys.destroy(ERASED)

    with pytest.raises(KeyDestroyed):
        keys.make(ONE)
    assert keys.persons() == frozenset()


def test_without_the_master_key_nothing_opens_and_nothing_is_made_that_others_could_not_open(
    folder: Path, keys: PersonKeys
) -> None:
    keys.make(ONE)
    master = folder / MASTER_FILE
    kept = master.read_bytes()

    master.unlink()
    without = again(folder)
    with pytest.raises(NoKey):
        without.get([ONE])
    with pytest.raises(NoKey):
        without.make(OTHER)
    master.write_text(os.urandom(32).hex())
    exposed = again(folder)
    with pytest.raises(ExposedKey):
        exposed.get([ONE])
    master.chmod(0o600)
    with_another = again(folder)
    with pytest.raises(BadKey, match="not the master key"):
        with_another.get([ONE])
    master.write_bytes(kept)

    assert again(folder).persons() == {ONE}
    for each in (without, exposed, with_another):
        each.close()


@pytest.mark.only_on("sqlite", because="a database keeps no files here but the master key")
def test_files_are_the_owners_alone_and_hold_no_key_in_the_clear(folder: Path, keys: PersonKeys) -> None:
    key = keys.make(ONE)
    stored = (folder / KEYS_FOLDER / f"{ONE}.key").read_bytes()
    modes = {
        path.name: path.stat().st_mode & 0o777 for path in (folder / KEYS_FOLDER, *(folder / KEYS_FOLDER).iterdir())
    }
    keys.destroy(ERASED)
    left = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())

    assert modes == {KEYS_FOLDER: 0o700, f"{ONE}.key": 0o600}
    assert (folder / MASTER_FILE).stat().st_mode & 0o777 == 0o600
    assert key not in stored
    assert stored not in left
    assert key not in left
    assert key.hex().encode() not in left


@pytest.mark.only_on("sqlite", because="a name of a file is no concern of a database")
def test_what_is_no_id_of_a_person_names_no_file(keys: PersonKeys) -> None:
    with pytest.raises(ValueError, match="not the id"):
        keys.make("../record")


def test_a_sealed_text_opens_in_its_place_and_in_no_other() -> None:
    key, another = os.urandom(32), os.urandom(32)

    value = sealed(key, ONE, "phone", "137-4242-0917")

    assert opened(key, ONE, "phone", value) == "137-4242-0917"
    for wrong in ((key, ONE, "name"), (key, OTHER, "phone"), (another, ONE, "phone")):
        with pytest.raises(DoesNotOpen):
            opened(*wrong, value)


def test_a_sealed_text_tells_neither_its_length_nor_that_it_is_the_same_as_another() -> None:
    key = os.urandom(32)

    short, long, same = (sealed(key, ONE, "name", text) for text in ("李", "欧阳" * 5, "李"))

    assert len(short.ciphertext) == len(long.ciphertext)
    assert short != same


def test_the_hash_of_a_text_is_the_same_under_the_same_key_alone() -> None:
    key, another = os.urandom(32), os.urandom(32)

    first = fingerprint(key, {"name": "李", "phone": None})

    assert first == fingerprint(key, {"phone": None, "name": "李"})
    assert first != fingerprint(another, {"name": "李", "phone": None})
    assert first != fingerprint(key, {"name": "李", "phone": "None"})


def test_keys_go_to_another_place_with_what_was_destroyed_and_open_there_under_the_same_master_key(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    source = Place(tmp_path_factory.mktemp("files"))
    there = open_person_keys(source)
    there.make(ONE)
    other = there.make(OTHER)
    there.destroy(ERASED)

    copied = [copy_person_keys(source, place(folder)) for _ in range(2)]
    discard_person_keys(source.folder)

    here = again(folder)
    assert copied == [1, 1]
    assert dict(here.get([ONE, OTHER])) == {OTHER: other}
    assert here.erasures() == [ERASED]
    assert (folder / MASTER_FILE).read_bytes() == (source.folder / MASTER_FILE).read_bytes()
    assert there.persons() == frozenset()
    assert there.erasures() == [ERASED]
    with pytest.raises(KeyDestroyed):
        here.keep(ONE, other)
    here.close()


def test_no_master_key_is_written_over_by_another(folder: Path, keys: PersonKeys, tmp_path: Path) -> None:
    keys.make(ONE)
    source = Place(tmp_path / "files")
    open_person_keys(source).make(OTHER)

    with pytest.raises(KeyThere):
        copy_person_keys(source, place(folder))

    assert again(folder).persons() == {ONE}


def test_keys_that_another_master_key_would_be_needed_for_are_noticed(folder: Path, keys: PersonKeys) -> None:
    keys.check()
    keys.make(ONE)
    keys.check()

    (folder / MASTER_FILE).unlink()

    with pytest.raises(NoKey):
        again(folder).check()


@pytest.mark.only_on("postgresql", because="files are restored by hand, with the notes beside them")
def test_a_database_that_is_restored_to_before_an_erasure_is_told_again_by_every_nodes_own_notes(
    folder: Path, keys: PersonKeys
) -> None:
    keys.make(ONE)
    database = place(folder).database
    assert database is not None
    with psycopg.connect(database) as connection:
        before = connection.execute("SELECT person, wrapped FROM person_keys.keys").fetchall()
    keys.destroy(ERASED)
    with psycopg.connect(database) as connection:
        connection.execute("DELETE FROM person_keys.destroyed")
        connection.execute("INSERT INTO person_keys.keys VALUES (%s, %s)", before[0])

    restored = again(folder)
    shown = dict(restored.get([ONE]))
    with pytest.raises(KeyDestroyed):
        restored.make(ONE)
    for erasure in restored.erasures():
        restored.destroy(erasure)

    assert shown == {}
    assert (restored.erasures(), restored.persons()) == ([ERASED], frozenset())
    restored.close()


@pytest.mark.only_on("postgresql", because="a folder has no schemas")
def test_who_only_reads_makes_nothing_in_a_database(folder: Path, keys: PersonKeys) -> None:
    found = (keys.persons(), keys.erasures(), dict(keys.get([ONE])))

    database = place(folder).database
    assert database is not None
    with psycopg.connect(database) as connection:
        schemas = connection.execute("SELECT count(*) FROM pg_namespace WHERE nspname = 'person_keys'").fetchone()

    assert found == (frozenset(), [], {})
    assert schemas == (0,)
