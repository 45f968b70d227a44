"""Hand-overs of a log's key: what both keys signed is believed, in the order and up to the sizes that it says, and nothing else."""

from __future__ import annotations

import hashlib

import pytest

from tests.audit.signing import ED25519, ML_DSA, Signing, b64, note_of
from txapi.audit.checker import (
    BadSignature,
    Handover,
    MalformedHandover,
    MalformedKey,
    MalformedNote,
    NotProven,
    NotSigned,
    Succession,
    VerifierKey,
    WrongKey,
)

ORIGIN = "town.example/record"
A, B, C, D = (Signing(ORIGIN, ED25519, seed) for seed in "abcd")


def root(size: int) -> bytes:
    return hashlib.sha256(b"%d" % size).digest()


def text_of(
    number: int,
    size: int,
    old: Signing,
    new: Signing,
    why: str = "routine",
    origin: str = ORIGIN,
    of: int | None = None,
) -> str:
    rooted = b64(root(size if of is None else of))
    return f"txapi.handover/v1\n{origin}\n{number}\n{size} {rooted}\nfrom {old.vkey}\nto {new.vkey}\nbecause {why}\n"


def handover(number: int, size: int, old: Signing, new: Signing, why: str = "routine", of: int | None = None) -> str:
    text = text_of(number, size, old, new, why, of=of)
    return note_of(text, old.line(text), new.line(text))


FIRST, SECOND = handover(1, 7, A, B), handover(2, 9, B, C)


def test_a_hand_over_that_both_keys_signed_is_read() -> None:
    assert Handover.verified(FIRST) == Handover(ORIGIN, 1, 7, root(7), A.key, B.key, exposed=False)
    assert Handover.verified(handover(1, 0, A, B, "exposed").encode()).exposed
    assert (Handover.verified(FIRST).old.vkey, Handover.verified(FIRST).new.vkey) == (A.vkey, B.vkey)


@pytest.mark.parametrize("signers", [(A,), (B,), (C,), (A, C)])
def test_one_signature_is_not_enough(signers: tuple[Signing, ...]) -> None:
    text = text_of(1, 7, A, B)

    with pytest.raises(NotSigned):
        Handover.verified(note_of(text, *(signer.line(text) for signer in signers)))


def test_a_signature_over_something_else_is_found() -> None:
    text, other = text_of(1, 7, A, B), text_of(1, 8, A, B)

    with pytest.raises(BadSignature):
        Handover.verified(note_of(text, A.line(text), B.line(other)))


@pytest.mark.parametrize(
    "text",
    [
        text_of(0, 7, A, B),
        text_of(1, 7, A, B).replace("\n1\n", "\n01\n"),
        text_of(1, 7, A, B).replace("\n7 ", "\n-7 "),
        text_of(1, 7, A, B).replace("\n7 ", "\n7  "),
        text_of(1, 7, A, B).replace("/v1", "/v2"),
        text_of(1, 7, A, B).replace("routine", "boredom"),
        text_of(1, 7, A, B) + "more\n",
        text_of(1, 7, A, A),
        text_of(1, 7, A, B, origin="other.example/record"),
        text_of(1, 7, A, Signing("other.example/record")),
        text_of(1, 7, A, B).replace("from ", "form "),
        text_of(1, 7, A, B).replace(b64(root(7)), b64(root(7)[:31])),
    ],
)
def test_what_is_written_otherwise_is_no_hand_over(text: str) -> None:
    with pytest.raises(MalformedHandover):
        Handover.verified(note_of(text, A.line(text), B.line(text)))


@pytest.mark.parametrize(
    "note",
    [
        "",
        "txapi.handover/v1\n",
        FIRST[:-1],
        FIRST.replace("from town.example/record+", "from town.example/record+0", 1),
    ],
)
def test_what_is_damaged_is_no_hand_over(note: str) -> None:
    with pytest.raises((MalformedNote, MalformedHandover, MalformedKey)):
        Handover.verified(note)


def test_keys_follow_each_other_and_each_signs_up_to_its_size() -> None:
    succession = Succession.of([SECOND, FIRST, FIRST])

    assert succession.keys == (A.key, B.key, C.key)
    may = {key: [size for size in range(1, 12) if succession.may_sign(key, size)] for key in succession.keys}
    assert may == {A.key: [1, 2, 3, 4, 5, 6, 7], B.key: [8, 9], C.key: [10, 11]}
    attest = {key: [size for size in range(1, 12) if succession.may_attest(key, size)] for key in succession.keys}
    # What rests on a checkpoint may be signed later than the checkpoint was.
    assert attest == {A.key: [1, 2, 3, 4, 5, 6, 7], B.key: list(range(1, 10)), C.key: list(range(1, 12))}
    succession.must_have_signed([A.key], 7)
    with pytest.raises(WrongKey, match=A.key_id.hex()):
        succession.must_have_signed([A.key], 8)
    with pytest.raises(WrongKey):
        succession.must_have_signed([], 8)
    assert succession.may_sign(D.key, 3)


def test_without_hand_overs_every_key_may_have_signed_everything() -> None:
    succession = Succession.of([])

    assert succession.keys == ()
    assert succession.believed([A.key]) == (A.key,)
    assert succession.may_sign(A.key, 1)
    assert succession.may_attest(A.key, 1)


@pytest.mark.parametrize(
    ("given", "believed"),
    [([A], [A, B, C]), ([B], [B, A, C]), ([C], [C, A, B]), ([D], [D]), ([A, D], [A, D, B, C]), ([], [])],
)
def test_who_trusts_one_key_believes_those_before_it_and_those_that_it_announced(
    given: list[Signing], believed: list[Signing]
) -> None:
    succession = Succession.of([FIRST, SECOND])

    assert succession.believed([each.key for each in given]) == tuple(each.key for each in believed)


@pytest.mark.parametrize(
    ("given", "believed"), [([A], [A]), ([B], [B, A, C]), ([C], [C, A, B]), ([A, B], [A, B, C]), ([A, C], [A, C, B])]
)
def test_what_an_exposed_key_announced_is_not_believed(given: list[Signing], believed: list[Signing]) -> None:
    succession = Succession.of([handover(1, 7, A, B, "exposed"), SECOND])

    assert succession.believed([each.key for each in given]) == tuple(each.key for each in believed)
    assert succession.exposed == {A.key}


@pytest.mark.parametrize(
    "notes",
    [
        [FIRST, handover(1, 7, A, C)],
        [FIRST, handover(1, 6, A, B)],
        [FIRST, handover(3, 9, B, C)],
        [FIRST, handover(2, 9, C, D)],
        [FIRST, handover(2, 6, B, C)],
        [FIRST, handover(2, 7, B, C, of=8)],
        [FIRST, handover(2, 9, B, A)],
        [FIRST, SECOND, handover(3, 9, C, B)],
    ],
)
def test_hand_overs_that_do_not_follow_from_each_other_are_not_believed(notes: list[str]) -> None:
    with pytest.raises(WrongKey):
        Succession.of(notes)


def test_only_keys_that_sign_logs_are_handed_over() -> None:
    slow = Signing(ORIGIN, ML_DSA)
    text = text_of(1, 7, A, slow)

    with pytest.raises(NotProven):
        Handover.verified(note_of(text, A.line(text)))


def test_a_key_is_written_as_it_is_read() -> None:
    for vkey in (A.vkey, Signing("witness.example/w1", ML_DSA).vkey):
        assert VerifierKey.parse(vkey).vkey == vkey
