"""Signed notes, verifier keys and checkpoints to the letter of their specifications."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.audit.signing import COSIGNATURE, ED25519, ML_DSA, Signing, b64, checkpoint_text, note_of
from txapi.audit.checker import (
    BadSignature,
    Checkpoint,
    MalformedCheckpoint,
    MalformedKey,
    MalformedNote,
    Note,
    NotProven,
    NotSigned,
    Signature,
    VerifierKey,
)

NOTES = json.loads((Path(__file__).parent / "vectors" / "notes.json").read_text(encoding="utf-8"))
LOG = Signing("town.example/log")
TEXT = checkpoint_text("town.example/log", 7, bytes(range(32)))
ROOT = b64(bytes(range(32)))


@pytest.mark.parametrize("vector", NOTES["signed"], ids=lambda vector: vector["note"].split("\n")[1] or "example")
def test_notes_that_others_have_signed_are_verified(vector) -> None:
    key = VerifierKey.parse(vector["vkey"])

    [signed] = Note.parse(vector["note"]).verified([key])

    assert signed.key == key
    assert signed.timestamp is None
    assert vector["note"].endswith(f"\n\n{signed.line}\n")


@pytest.mark.parametrize("vector", NOTES["signed"], ids=lambda vector: vector["note"].split("\n")[1] or "example")
def test_notes_that_others_have_signed_are_refused_with_any_other_text(vector) -> None:
    key = VerifierKey.parse(vector["vkey"])

    with pytest.raises(BadSignature):
        Note.parse("x" + vector["note"]).verified([key])


def test_the_examples_of_the_specifications_are_read() -> None:
    parsed = {name: Note.parse(note) for name, note in NOTES["parsed"].items()}

    # The poem has an empty line of its own: the text is divided from the signatures at the last one.
    assert parsed["signed-note"].text.endswith("trafitto da un raggio di sole:\n\ned è subito sera.\n")
    assert [each.name for each in parsed["tlog-cosignature"].signatures] == [
        "example.com/behind-the-sofa", "witness.example.com/w1",
    ]  # fmt: skip
    # 0x641850cb is 1679315147, the time that the specification spells out in the message that is signed.
    assert parsed["tlog-cosignature"].signatures[1].value[:8].hex() == "00000000641850cb"
    for name in ("tlog-checkpoint", "tlog-cosignature", "tlog-witness"):
        checkpoint = Checkpoint.parse(parsed[name].text)
        assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20852163)
        assert b64(checkpoint.root) == "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
        assert checkpoint.extensions == ()


@pytest.mark.parametrize("algorithm", [ED25519, COSIGNATURE, ML_DSA])
def test_each_kind_of_signature_is_verified_and_gives_its_time(algorithm: int) -> None:
    signer = Signing("witness.example/w1", algorithm)

    [signed] = Note.parse(note_of(TEXT, signer.line(TEXT, 1438905600))).verified([signer.key])

    assert signed.timestamp == (None if algorithm == ED25519 else 1438905600)
    assert signed.key.cosigns == (algorithm != ED25519)


@pytest.mark.parametrize("algorithm", [ED25519, COSIGNATURE, ML_DSA])
def test_a_signature_for_another_text_or_of_another_length_is_refused(algorithm: int) -> None:
    signer = Signing("witness.example/w1", algorithm)
    value = signer.value(TEXT, 1438905600)
    other = checkpoint_text("town.example/log", 8, bytes(range(32)))

    with pytest.raises(BadSignature, match="does not fit"):
        signer.key.verify(other, value)
    for wrong in (value[:-1], value + b"\0", b""):
        with pytest.raises(BadSignature, match=f"has {len(wrong)} bytes"):
            signer.key.verify(TEXT, wrong)


@pytest.mark.parametrize("algorithm", [COSIGNATURE, ML_DSA])
def test_a_cosignature_with_another_time_than_it_was_made_at_is_refused(algorithm: int) -> None:
    signer = Signing("witness.example/w1", algorithm)
    value = signer.value(TEXT, 1438905600)

    with pytest.raises(BadSignature, match="does not fit"):
        signer.key.verify(TEXT, (1438905601).to_bytes(8, "big") + value[8:])
    with pytest.raises(BadSignature, match="beyond all times"):
        signer.key.verify(TEXT, signer.value(TEXT, 2**63))
    assert signer.key.verify(TEXT, signer.value(TEXT, 2**63 - 1)) == 2**63 - 1


def test_an_ed25519_cosignature_covers_extension_lines_and_an_ml_dsa_one_is_refused_beside_them() -> None:
    extended = checkpoint_text("town.example/log", 7, bytes(range(32)), "an extension")
    ed25519, ml_dsa = Signing("witness.example/w1", COSIGNATURE), Signing("witness.example/w2", ML_DSA)

    ed25519.key.verify(extended, ed25519.value(extended, 9))
    with pytest.raises(BadSignature):
        ed25519.key.verify(extended.replace("an ext", "no ext"), ed25519.value(extended, 9))
    with pytest.raises(BadSignature, match="does not cover the extension lines"):
        ml_dsa.key.verify(extended, ml_dsa.value(extended, 9))


def test_an_ml_dsa_cosignature_names_cosigner_and_log_in_at_most_255_bytes() -> None:
    longest, too_long = Signing("w" * 255, ML_DSA), VerifierKey("w" * 256, b"0000", ML_DSA, Signing("w", ML_DSA).public)
    text = checkpoint_text("o" * 255, 7, bytes(32))

    longest.key.verify(text, longest.value(text, 1))
    with pytest.raises(BadSignature, match="too long"):
        too_long.verify(text, longest.value(text, 1))
    with pytest.raises(BadSignature, match="too long"):
        longest.key.verify(checkpoint_text("o" * 256, 7, bytes(32)), longest.value(text, 1))
    with pytest.raises(MalformedCheckpoint):
        longest.key.verify("no checkpoint\n", longest.value(text, 1))


def test_signatures_by_unknown_keys_are_ignored_even_with_a_known_name_or_id() -> None:
    same_name = Signing(LOG.name, seed="another")
    garbage = f"— {LOG.name}2 {b64(LOG.key_id + bytes(64))}\n"

    [signed] = Note.parse(note_of(TEXT, same_name.line(TEXT), garbage, LOG.line(TEXT))).verified([LOG.key])

    assert signed.line + "\n" == LOG.line(TEXT)


def test_one_bad_signature_by_a_known_key_spoils_the_note() -> None:
    other = Signing("witness.example/w1", COSIGNATURE)
    bad = f"— {other.name} {b64(other.key_id + bytes(72))}\n"
    note = Note.parse(note_of(TEXT, LOG.line(TEXT), bad))

    with pytest.raises(BadSignature, match=re.escape("witness.example/w1")):
        note.verified([LOG.key, other.key])
    assert len(note.verified([LOG.key])) == 1


def test_a_note_that_no_known_key_has_signed_is_refused() -> None:
    note = Note.parse(note_of(TEXT, LOG.line(TEXT)))

    for keys in ([Signing("elsewhere.example").key], []):
        with pytest.raises(NotSigned, match="no key that is trusted"):
            note.verified(keys)


def test_two_keys_with_one_name_and_id_are_not_told_apart_by_luck() -> None:
    twin = VerifierKey(LOG.name, LOG.key_id, ED25519, Signing("twin").public)
    note = Note.parse(note_of(TEXT, LOG.line(TEXT)))

    with pytest.raises(MalformedKey, match="two keys go by the name"):
        note.verified([LOG.key, twin])
    assert len(note.verified([LOG.key, LOG.key])) == 1


@pytest.mark.parametrize(
    ("note", "why"),
    [
        ("", "no empty line"),
        (TEXT, "no empty line"),
        (TEXT + "\n", "ends in a newline"),
        (TEXT + "\n\n", "ends in a newline"),
        (TEXT + "\n" + LOG.line(TEXT)[:-1], "ends in a newline"),
        (TEXT + "\n" + LOG.line(TEXT) + "\n", "ends in a newline"),
        (TEXT + LOG.line(TEXT), "no empty line"),
        (note_of(TEXT, LOG.line(TEXT)).replace("\n", "\r\n"), "control characters"),
        (note_of(TEXT + "\t\n", LOG.line(TEXT)), "control characters"),
        (note_of(TEXT + "\x00\n", LOG.line(TEXT)), "control characters"),
        (note_of(TEXT + "\x1f\n", LOG.line(TEXT)), "control characters"),
        (note_of(TEXT, "- town.example/log AAAAAAAA\n"), "no signature line"),
        (note_of(TEXT, "—  AAAAAAAA\n"), "no signature line"),
        (note_of(TEXT, "— town.example/log\n"), "no signature line"),
        (note_of(TEXT, "— town.example/log AAAAAAAA x\n"), "no signature line"),
        (note_of(TEXT, "—  town.example/log AAAAAAAA\n"), "no signature line"),
        (note_of(TEXT, "— town+example AAAAAAAA\n"), "no signature line"),
        (note_of(TEXT, "— town\u00a0example AAAAAAAA\n"), "no signature line"),
        (note_of(TEXT, "— town\u2028example AAAAAAAA\n"), "no signature line"),
        (note_of(TEXT, "— town.example/log AAAAAA==\n"), "no key id and signature"),
        (note_of(TEXT, "— town.example/log AAAAAAA\n"), "no key id and signature"),
        (note_of(TEXT, "— town.example/log AAAAAA-_\n"), "no key id and signature"),
        (note_of(TEXT, "— town.example/log AAAAAAB=\n"), "no key id and signature"),
        (note_of(TEXT, "— town.example/log AAAAAAé=\n"), "no key id and signature"),
        (note_of(TEXT, *[LOG.line(TEXT)] * 101), "more than 100 signatures"),
        (note_of("x" * 1_000_000 + "\n", LOG.line(TEXT)), "more than 1000000 bytes"),
    ],
)
def test_what_is_no_note_is_not_read(note: str, why: str) -> None:
    with pytest.raises(MalformedNote, match=why):
        Note.parse(note)


def test_a_note_is_utf_8() -> None:
    with pytest.raises(MalformedNote, match="UTF-8"):
        Note.parse(b"\xff\n\n" + LOG.line(TEXT).encode())
    with pytest.raises(MalformedNote, match="UTF-8"):
        Note.parse("\ud800\n\n" + LOG.line(TEXT))


def test_a_note_may_have_a_hundred_signatures_and_a_text_of_one_empty_line() -> None:
    assert len(Note.parse(note_of(TEXT, *[LOG.line(TEXT)] * 100)).verified([LOG.key])) == 100
    assert Note.parse(note_of("\n", LOG.line("\n"))).text == "\n"
    whole = note_of("x" * (1_000_000 - len(note_of("\n", LOG.line(TEXT)).encode())) + "\n", LOG.line(TEXT))
    assert Note.parse(whole.encode()).text.startswith("x")


def test_the_shortest_signature_has_one_byte_after_the_key_id() -> None:
    parsed = Signature.parse("— town.example/log AQIDBAU=")

    assert (parsed.name, parsed.key_id, parsed.value) == ("town.example/log", b"\1\2\3\4", b"\5")


def test_a_verifier_key_is_read_with_its_parts() -> None:
    key = VerifierKey.parse("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")

    assert (key.name, key.key_id.hex(), key.algorithm, len(key.public)) == ("example.com/foo", "530d903a", 1, 32)
    assert not key.cosigns
    assert key.signs_logs
    assert not Signing("w", COSIGNATURE).key.signs_logs
    assert Signing("w", ML_DSA).key.signs_logs


@pytest.mark.parametrize(
    ("vkey", "why"),
    [
        ("", "begin with the name of a key"),
        ("example.com/foo", "follow its name"),
        ("+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "name of a key"),
        ("example.com foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "name of a key"),
        ("example.com/\x01foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "name of a key"),
        ("example.com/\udc80+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "UTF-8"),
        ("example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "lowercase hexadecimal"),
        ("example.com/foo+530d903+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "lowercase hexadecimal"),
        ("example.com/foo+530d903a0+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "lowercase hexadecimal"),
        ("example.com/foo+530d903a+", "no plus and public key"),
        ("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k\n", "no plus and public key"),
        ("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2", "no plus and public key"),
        ("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U0=", "has 31 bytes, not 32"),
        ("example.com/foo+530d903a+AukyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "signature type 0x02"),
        ("example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "not those of its name"),
        ("example.com/fop+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "not those of its name"),
    ],
)
def test_what_is_no_verifier_key_is_not_trusted(vkey: str, why: str) -> None:
    with pytest.raises(MalformedKey, match=f"is no verifier key, one line such as .*{why}"):
        VerifierKey.parse(vkey)


def test_a_public_key_that_is_no_point_of_the_curve_verifies_nothing() -> None:
    # 2 is the y of no point: x^2 = (y^2 - 1) / (d y^2 + 1) has no root there.
    key = VerifierKey("town.example/log", LOG.key_id, ED25519, (2).to_bytes(32, "little"))

    with pytest.raises(BadSignature):
        key.verify(TEXT, LOG.value(TEXT))


def test_a_checkpoint_is_read_with_its_extensions() -> None:
    checkpoint = Checkpoint.parse(checkpoint_text("a log with blanks + plus", 0, bytes(32), "one", "two"))

    assert checkpoint == Checkpoint("a log with blanks + plus", 0, bytes(32), ("one", "two"))
    assert Checkpoint.parse(f"o\n9223372036854775807\n{ROOT}\n").size == 2**63 - 1


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "ends in a newline"),
        (f"o\n7\n{ROOT}", "ends in a newline"),
        ("o\n7\n", "at least three lines"),
        ("\n", "at least three lines"),
        (f"\n7\n{ROOT}\n", "line 1 of the checkpoint is empty"),
        (f"o\n\n{ROOT}\n", "line 2 of the checkpoint is empty"),
        ("o\n7\n\n", "line 3 of the checkpoint is empty"),
        (f"o\n7\n{ROOT}\n\n", "line 4 of the checkpoint is empty"),
        (f"o\n7\n{ROOT}\nx\n\ny\n", "line 5 of the checkpoint is empty"),
        (f"o\n07\n{ROOT}\n", "size '07'"),
        (f"o\n00\n{ROOT}\n", "size '00'"),
        (f"o\n+7\n{ROOT}\n", "size '\\+7'"),
        (f"o\n-7\n{ROOT}\n", "size '-7'"),
        (f"o\n 7\n{ROOT}\n", "size ' 7'"),
        (f"o\n7.0\n{ROOT}\n", "size '7.0'"),
        (f"o\n７\n{ROOT}\n", "size '７'"),
        (f"o\n²\n{ROOT}\n", "size '²'"),
        (f"o\n9223372036854775808\n{ROOT}\n", "size '9223372036854775808'"),
        (f"o\n10000000000000000000\n{ROOT}\n", "size '10000000000000000000'"),
        (f"o\n7\n{b64(bytes(31))}\n", "root"),
        (f"o\n7\n{b64(bytes(33))}\n", "root"),
        (f"o\n7\n{ROOT[:-1]}\n", "root"),
        (f"o\n7\n {ROOT}\n", "root"),
        # The last two bits of the last letter carry nothing, and must be zero.
        (f"o\n7\n{ROOT[:-2]}9=\n", "root"),
    ],
)
def test_what_is_no_checkpoint_is_not_read(text: str, why: str) -> None:
    with pytest.raises(MalformedCheckpoint, match=why):
        Checkpoint.parse(text)


@pytest.mark.parametrize("bits", [0x01, 0x20, 0x80])
def test_every_byte_of_a_verifier_key_counts(bits: int) -> None:
    for vkey in (LOG.vkey, Signing("witness.example/w1", COSIGNATURE).vkey):
        encoded = vkey.encode()
        for at in range(len(encoded)):
            flipped = encoded[:at] + bytes([encoded[at] ^ bits]) + encoded[at + 1 :]
            with pytest.raises(NotProven):
                VerifierKey.parse(flipped.decode("utf-8", "surrogateescape"))
