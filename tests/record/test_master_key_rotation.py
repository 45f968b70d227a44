"""The master key of persons is replaced: every key opens under the new one, none under the old one, and who is erased stays so."""

from __future__ import annotations

import errno
import json
import shutil
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tests.record.killing import looks_of
from tests.stores import environment, place
from txapi.cli.root import txapi
from txapi.record.keys import BadKey, ExposedKey, NoKey, next_of
from txapi.record.person_keys import KEYS_FOLDER, MASTER_FILE, Erasure, KeyDestroyed, PersonKeys, open_person_keys
from txapi.record.place import Place
from txapi.record.record import Record

ONE, TWO, THREE = (f"11111111-0000-4000-8000-00000000000{number}" for number in (1, 2, 3))
ERASED = Erasure(ONE, "2015-09-01T00:00:00Z", "本人要求", "《个人信息保护法》第四十七条")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    Record.open(place(tmp_path)).close()
    return tmp_path


@pytest.fixture
def keys(folder: Path) -> Iterator[PersonKeys]:
    with closing(open_person_keys(place(folder))) as found:
        yield found


def stored(folder: Path) -> dict[str, bytes]:
    """What is kept of every key."""
    database = place(folder).database
    if database is None:
        return {path.stem: path.read_bytes() for path in (folder / KEYS_FOLDER).glob("*.key")}
    with psycopg.connect(database) as connection:
        return {person: bytes.fromhex(told) for person, told in connection.execute("SELECT * FROM person_keys.keys")}


def store(folder: Path, wrapped: dict[str, bytes]) -> None:
    """Put back what was kept of the keys, as from a copy of before."""
    database = place(folder).database
    for person, content in wrapped.items():
        if database is None:
            (folder / KEYS_FOLDER / f"{person}.key").write_bytes(content)
        else:
            with psycopg.connect(database) as connection:
                connection.execute("DELETE FROM person_keys.keys WHERE person = %s", (person,))
                connection.execute("INSERT INTO person_keys.keys VALUES (%s, %s)", (person, content.hex()))


def again(folder: Path) -> dict[str, bytes]:
    """Every key, as another process reads it."""
    with closing(open_person_keys(place(folder))) as found:
        return dict(found.get(sorted(found.persons())))


def run(folder: Path, *arguments: str) -> Result:
    return CliRunner(env=environment(folder)).invoke(txapi, ["key", "rewrap", *arguments])


def test_every_key_is_the_same_under_the_new_master_key_and_the_old_one_opens_nothing(
    folder: Path, keys: PersonKeys
) -> None:
    made = {person: keys.make(person) for person in (ONE, TWO)}
    master, before = (folder / MASTER_FILE).read_bytes(), stored(folder)

    done = keys.rewrap()

    assert done.persons == 2
    assert done.old != done.new
    assert dict(keys.get([ONE, TWO])) == again(folder) == made
    assert done.kept == folder / f"{MASTER_FILE}.{done.old}"
    assert done.kept.read_bytes() == master != (folder / MASTER_FILE).read_bytes()
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.glob(f"{MASTER_FILE}*")} == {0o600}
    assert not next_of(folder / MASTER_FILE).exists()
    after = stored(folder)
    assert [after[person][:4].hex() for person in (ONE, TWO)] == [done.new] * 2
    assert all(before[person] != after[person] for person in (ONE, TWO))
    done.kept.unlink()
    assert again(folder) == made
    assert len(keys.make(THREE)) == 32
    assert stored(folder)[THREE][:4].hex() == done.new


def test_a_server_that_runs_reads_and_makes_keys_after_a_rotation_by_another_process(
    folder: Path, keys: PersonKeys
) -> None:
    made = keys.make(ONE)

    assert run(folder).exit_code == 0
    new = keys.make(TWO)

    assert dict(keys.get([ONE, TWO])) == again(folder) == {ONE: made, TWO: new}
    assert {content[:4].hex() for content in stored(folder).values()} == {
        json.loads(run(folder, "--json").stdout)["old"]
    }


def test_who_was_erased_stays_erased(folder: Path, keys: PersonKeys) -> None:
    keys.make(ONE)
    other = keys.make(TWO)
    before = stored(folder)
    keys.destroy(ERASED)

    keys.rewrap()
    assert again(folder) == {TWO: other}
    # A copy of before brings the key back as stored bytes; the next rotation throws it away.
    store(folder, {ONE: before[ONE]})
    assert again(folder) == {TWO: other}
    keys.rewrap()

    assert stored(folder).keys() == {TWO}
    assert keys.erasures() == [ERASED]
    with pytest.raises(KeyDestroyed):
        keys.make(ONE)


def test_a_copy_of_before_opens_with_the_old_master_key_and_says_which_it_needs_without_it(
    folder: Path, keys: PersonKeys
) -> None:
    made = {person: keys.make(person) for person in (ONE, TWO)}
    before = stored(folder)
    done = keys.rewrap()
    assert done.kept is not None
    store(folder, before)

    assert again(folder) == made
    elsewhere = folder / "elsewhere"
    done.kept.rename(elsewhere)
    with pytest.raises(BadKey, match=rf"{MASTER_FILE} \({done.new}\) is not the master key .* that is {done.old}"):
        again(folder)
    with pytest.raises(BadKey, match=f"that is {done.old}"):
        keys_of(folder).rewrap()
    assert stored(folder) == before

    elsewhere.rename(done.kept)
    later = keys_of(folder).rewrap()
    assert later.persons == 2
    assert again(folder) == made
    assert {content[:4].hex() for content in stored(folder).values()} == {later.new}


def keys_of(folder: Path) -> PersonKeys:
    return open_person_keys(place(folder))


def test_keys_from_before_master_keys_had_ids_are_read_and_wrapped_anew(folder: Path, keys: PersonKeys) -> None:
    made = keys.make(ONE)
    master = bytes.fromhex((folder / MASTER_FILE).read_text())
    nonce = b"123456789012"
    unnamed = nonce + AESGCM(master).encrypt(nonce, made, f"txapi.person-key/v1\0{ONE}".encode())
    store(folder, {ONE: unnamed})

    assert again(folder) == {ONE: made}
    done = keys.rewrap()
    assert again(folder) == {ONE: made}
    assert stored(folder)[ONE][:4].hex() == done.new
    store(folder, {ONE: unnamed})
    assert again(folder) == {ONE: made}
    assert done.kept is not None
    done.kept.unlink()
    with pytest.raises(BadKey, match="one that has no id yet"):
        again(folder)


def test_a_key_that_was_damaged_is_not_taken_for_one_of_another_master_key(folder: Path, keys: PersonKeys) -> None:
    keys.make(ONE)
    whole = stored(folder)[ONE]
    store(folder, {ONE: whole[:-1] + bytes([whole[-1] ^ 1])})

    with pytest.raises(BadKey, match="is damaged"):
        again(folder)
    with pytest.raises(BadKey, match="is damaged"):
        keys_of(folder).rewrap()
    assert (folder / MASTER_FILE).exists()


def test_without_a_master_key_nothing_is_replaced(folder: Path, keys: PersonKeys) -> None:
    with pytest.raises(NoKey):
        keys.rewrap()
    with pytest.raises(NoKey):
        keys.prepare_master()
    assert list(folder.glob(f"{MASTER_FILE}*")) == []
    assert run(folder).exit_code == 2

    made = keys.make(ONE)
    keys.prepare_master()
    next_of(folder / MASTER_FILE).chmod(0o640)
    with pytest.raises(ExposedKey):
        keys_of(folder).rewrap()
    next_of(folder / MASTER_FILE).chmod(0o600)

    assert again(folder) == {ONE: made}


def test_where_no_master_key_can_be_written_every_key_stays_as_it_is(
    folder: Path, keys: PersonKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    def on_a_read_only_disk(path: Path, content: bytes) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    made = keys.make(ONE)
    before = stored(folder)
    monkeypatch.setattr("txapi.record.master_key.write_new", on_a_read_only_disk)

    with pytest.raises(BadKey, match=r"no key can be made at .*: Read-only file system"):
        keys.rewrap()

    assert stored(folder) == before
    assert again(folder) == {ONE: made}


@pytest.mark.only_on("postgresql", because="a record in files has one machine")
def test_a_node_that_got_the_next_master_key_before_goes_on_and_one_that_did_not_says_which_it_needs(
    folder: Path, keys: PersonKeys
) -> None:
    made = keys.make(ONE)
    prepared, without = folder / "prepared", folder / "without"
    for node in (prepared, without):
        node.mkdir()
        shutil.copy(folder / MASTER_FILE, node / MASTER_FILE)
    following = keys.prepare_master()
    shutil.copy(next_of(folder / MASTER_FILE), next_of(prepared / MASTER_FILE))
    database = place(folder).database
    ready, lacking = (open_person_keys(Place(node, database)) for node in (prepared, without))
    # It lies there already, and nothing is stored under it yet.
    before = ready.make(TWO)
    assert dict(lacking.get([TWO])) == {TWO: before}

    done = keys.rewrap()

    assert done.new == following
    assert dict(ready.get([ONE, TWO])) == {ONE: made, TWO: before}
    assert not next_of(prepared / MASTER_FILE).exists()
    assert (prepared / MASTER_FILE).read_bytes() == (folder / MASTER_FILE).read_bytes()
    with pytest.raises(BadKey, match=f"that is {following}"):
        lacking.check()
    with pytest.raises(BadKey, match=f"that is {following}"):
        lacking.make(THREE)
    assert keys.persons() == {ONE, TWO}
    shutil.copy(folder / MASTER_FILE, without / MASTER_FILE)
    lacking.check()
    assert dict(lacking.get([ONE])) == {ONE: made}
    ready.close()
    lacking.close()


@pytest.mark.only_on("sqlite", because="a database replaces all of them at once")
def test_what_a_key_was_stored_as_before_is_written_over(folder: Path, keys: PersonKeys) -> None:
    keys.make(ONE)
    file = folder / KEYS_FOLDER / f"{ONE}.key"
    with file.open("rb") as before:
        content = before.read()

        keys.rewrap()

        before.seek(0)
        assert before.read() == bytes(len(content))


def test_the_command_says_what_it_did(folder: Path, keys: PersonKeys) -> None:
    made = keys.make(ONE)

    prepared = run(folder, "--prepare")
    told = json.loads(run(folder, "--prepare", "--json").stdout)
    done = run(folder)

    assert (prepared.exit_code, done.exit_code) == (0, 0), done.output
    assert told["next"] in prepared.stdout
    assert f"the keys of 1 persons are under the master key {told['next']} now" in done.stdout
    assert "destroy it when no copy" in done.stdout
    secrets = {path.read_text().strip() for path in folder.glob(f"{MASTER_FILE}*")}
    assert len(secrets) == 2
    assert not [secret for secret in (*secrets, made.hex()) if secret in prepared.output + done.output]


@pytest.mark.slow
def test_a_rotation_that_is_killed_at_any_call_leaves_every_key_readable_and_can_be_begun_again(tmp_path: Path) -> None:
    where = place(tmp_path)
    Record.open(where).close()
    with closing(open_person_keys(where)) as keys:
        made = {person: keys.make(person).hex() for person in (ONE, TWO, THREE)}
    looks = looks_of("person-keys", where)

    assert len(looks) > 30
    assert all(look["keys"] | made == look["keys"] for look in looks)
    assert [len(look["keys"]) for look in looks] == list(range(3, len(looks) + 3))
    assert not [name for name in looks[-1]["files"] if name.endswith(".next")]
    assert len({content[:4] for person, content in stored(tmp_path).items() if person in made}) == 1
