"""Policies to the letter of tlog-policy: the grammar, and which checkpoints they believe."""

from __future__ import annotations

import hashlib
import re

import pytest

from tests.audit.signing import COSIGNATURE, ML_DSA, Signing, b64, checkpoint_text, note_of
from txapi.audit.checker import (
    BadSignature,
    Checkpoint,
    Cosignature,
    Group,
    MalformedCheckpoint,
    MalformedNote,
    MalformedPolicy,
    NotSigned,
    Policy,
    QuorumNotMet,
)

LOG = Signing("town.example/log")
OTHER_LOG = Signing("elsewhere.example/log")
X1, X2, X3, Y1 = (Signing(f"witness.example/{name}", COSIGNATURE) for name in ("x1", "x2", "x3", "y1"))
Y2 = Signing("witness.example/y2", ML_DSA)
TEXT = checkpoint_text("town.example/log", 7, bytes(range(32)))

TWO_LEVELS = f"""
# The example of the specification.
log {LOG.vkey}

witness X1 {X1.vkey}
witness X2 {X2.vkey} https://x2.example/submit
witness X3 {X3.vkey}
group X-witnesses 2 X1 X2 X3

 \t# Another organisation.
witness Y1\t{Y1.vkey}
\twitness  Y2 {Y2.vkey}\t
group Y-witnesses any Y1 Y2

group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
"""


def policy(text: str) -> Policy:
    return Policy.parse(text.encode())


def signed(*witnesses: Signing) -> str:
    return note_of(TEXT, LOG.line(TEXT), *(each.line(TEXT, 1438905600) for each in witnesses))


def test_a_policy_of_two_levels_is_read_as_the_specification_explains_it() -> None:
    read = policy(TWO_LEVELS)

    assert [(log.key.name, log.url) for log in read.logs] == [("town.example/log", None)]
    assert [(each.name, each.key.name, each.url) for each in read.witnesses] == [
        ("X1", "witness.example/x1", None),
        ("X2", "witness.example/x2", "https://x2.example/submit"),
        ("X3", "witness.example/x3", None),
        ("Y1", "witness.example/y1", None),
        ("Y2", "witness.example/y2", None),
    ]
    assert read.groups == (
        Group("X-witnesses", 2, ("X1", "X2", "X3")),
        Group("Y-witnesses", 1, ("Y1", "Y2")),
        Group("X-and-Y", 2, ("X-witnesses", "Y-witnesses")),
    )
    assert read.quorum == "X-and-Y"


@pytest.mark.parametrize(
    ("witnesses", "met"),
    [
        ((X1, X2, Y1), True),
        ((X1, X3, Y2), True),
        ((X1, X2, X3, Y1, Y2), True),
        ((X1, X2, X3), False),
        ((X1, Y1, Y2), False),
        ((Y1, Y2), False),
        ((), False),
    ],
)
def test_two_of_the_three_and_one_of_the_two_are_a_quorum(witnesses: tuple[Signing, ...], met: bool) -> None:
    read, note = policy(TWO_LEVELS), signed(*witnesses)

    verdict = read.evaluate(note)

    assert verdict.quorum_met is met
    assert verdict.checkpoint == Checkpoint("town.example/log", 7, bytes(range(32)))
    assert verdict.logs == (LOG.key,)
    assert [each.timestamp for each in verdict.cosignatures] == [1438905600] * len(witnesses)
    if met:
        assert read.verify(note) == verdict
    else:
        names = ", ".join(each.witness for each in verdict.cosignatures) or "nobody"
        with pytest.raises(QuorumNotMet, match=f"asks for X-and-Y; of its witnesses, {names} cosigned"):
            read.verify(note)


def test_one_witness_can_be_the_quorum_and_none_asks_for_nobody() -> None:
    one = policy(f"log {LOG.vkey}\nwitness w {X1.vkey}\nquorum w\n")
    nobody = policy(f"quorum none\nlog {LOG.vkey}\n")

    assert one.evaluate(signed(X1)).quorum_met
    assert not one.evaluate(signed(X2)).quorum_met
    assert nobody.verify(signed()).cosignatures == ()
    assert nobody.met_by([]) is True
    assert one.met_by([]) is False


def test_two_cosignatures_of_one_witness_count_once_and_the_later_is_told() -> None:
    read = policy(f"log {LOG.vkey}\nwitness a {X1.vkey}\nwitness b {X2.vkey}\ngroup g 2 a b\nquorum g\n")
    twice = note_of(TEXT, LOG.line(TEXT), X1.line(TEXT, 30), X1.line(TEXT, 40), X1.line(TEXT, 20))

    verdict = read.evaluate(twice)

    assert verdict.cosignatures == (Cosignature("a", 40, X1.line(TEXT, 40)[:-1]),)
    assert not verdict.quorum_met


def test_names_that_are_no_utf_8_are_opaque_and_distinct() -> None:
    content = b"witness \xff %b\nwitness \xfe %b\nwitness \xe2\x84\xaa %b\nwitness K %b\ngroup g all \xff \xfe \xe2\x84\xaa\nquorum g\n"

    read = Policy.parse(content % tuple(each.vkey.encode() for each in (X1, X2, X3, Y1)))

    assert [each.name.encode("utf-8", "surrogateescape") for each in read.witnesses] == [
        b"\xff", b"\xfe", b"\xe2\x84\xaa", b"K",
    ]  # fmt: skip
    assert read.met_by(["\udcff", "\udcfe", "\u212a"])
    assert not read.met_by(["\udcff", "\udcfe", "K"])


def test_keywords_and_numbers_may_be_names() -> None:
    read = policy(
        f"witness all {X1.vkey}\nwitness 2 {X2.vkey}\nwitness #w {X3.vkey}\ngroup any 2 all 2 #w\nquorum any\n"
    )

    assert read.groups == (Group("any", 2, ("all", "2", "#w")),)
    assert read.met_by(["all", "2"])
    assert not read.met_by(["#w"])


def test_a_policy_may_leave_the_log_to_its_reader() -> None:
    read = policy(f"witness w {X1.vkey}\nquorum w\n")

    assert read.logs == ()
    assert read.verify(signed(X1), [LOG.key]).logs == (LOG.key,)
    with pytest.raises(NotSigned, match=re.escape("no log that is known by the name town.example/log")):
        read.verify(signed(X1))


def test_a_log_signs_for_its_own_origin_only() -> None:
    read = policy(f"log {LOG.vkey}\nlog {OTHER_LOG.vkey} https://elsewhere.example\nquorum none\n")
    foreign = note_of(TEXT, OTHER_LOG.line(TEXT))

    with pytest.raises(NotSigned):
        read.verify(foreign)
    assert read.verify(signed()).logs == (LOG.key,)
    assert read.logs[1].url == "https://elsewhere.example"


def test_a_log_may_sign_with_two_keys_during_a_rotation_and_with_ml_dsa() -> None:
    newer = Signing("town.example/log", ML_DSA)
    read = policy(f"log {LOG.vkey}\nlog {newer.vkey}\nquorum none\n")

    both = note_of(TEXT, newer.line(TEXT, 1), LOG.line(TEXT), LOG.line(TEXT))

    assert read.verify(both).logs == (newer.key, LOG.key)
    assert read.verify(note_of(TEXT, newer.line(TEXT, 1))).logs == (newer.key,)


def test_what_a_known_witness_did_not_sign_spoils_the_checkpoint_even_where_nobody_needs_it() -> None:
    read = policy(f"log {LOG.vkey}\nwitness w {X1.vkey}\nquorum none\n")
    other = checkpoint_text("town.example/log", 8, bytes(range(32)))
    forged = note_of(TEXT, LOG.line(TEXT), X1.line(other, 5))

    with pytest.raises(BadSignature):
        read.verify(forged)
    with pytest.raises(MalformedNote):
        read.verify(TEXT)
    with pytest.raises(MalformedCheckpoint):
        read.verify(note_of("hello\n", LOG.line("hello\n")))
    with pytest.raises(NotSigned):
        read.verify(note_of(TEXT, X1.line(TEXT, 5)))


def test_thirty_two_of_everything_are_read() -> None:
    logs = [f"log {Signing(f'log{n}.example').vkey}" for n in range(32)]
    witnesses = [f"witness w{n} {Signing(f'w{n}.example', COSIGNATURE).vkey}" for n in range(32)]
    groups = [f"group g{n} any w{n}" for n in range(31)] + ["group all 31 " + " ".join(f"g{n}" for n in range(31))]

    read = policy("\n".join([*logs, *witnesses, *groups, "quorum all", ""]))

    assert (len(read.logs), len(read.witnesses), len(read.groups)) == (32, 32, 32)
    assert read.met_by([f"w{n}" for n in range(31)])
    assert not read.met_by([f"w{n}" for n in range(30)])


def same_key_under_another_name(signer: Signing) -> str:
    typed = bytes([signer.algorithm]) + signer.public
    key_id = hashlib.sha256(b"again.example\n" + typed).digest()[:4].hex()
    return f"again.example+{key_id}+{b64(typed)}"


W = f"witness w {X1.vkey}\n"


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("", None, "no quorum line"),
        ("# nothing\n", None, "no quorum line"),
        ("quorum none", 1, "does not end in a newline"),
        ("# one\nquorum none", 2, "does not end in a newline"),
        ("quorum none\r\n", 1, "octet 0x0d"),
        ("quorum none\n# bell \a\n", 2, "octet 0x07"),
        ("quorum none\n\n#\x7f\n", 3, "octet 0x7f"),
        ("\x00", 1, "octet 0x00"),
        ("\n\n\x00", 3, "octet 0x00"),
        ("\vquorum none\n", 1, "octet 0x0b"),
        ("quorum none\nquorum none\n", 2, "quorum line already"),
        ("quorum\n", 1, "a quorum line is"),
        ("quorum none # comment\n", 1, "a quorum line is"),
        ("quorum w\n" + W, 1, "'w' is no witness or group of a preceding line"),
        ("Quorum none\n", 1, "'Quorum' is no log"),
        ("logs x\n", 1, "'logs' is no log"),
        ("log\nquorum none\n", 1, "a log line is"),
        (f"log {LOG.vkey} url more\nquorum none\n", 1, "a log line is"),
        ("log town.example/log\nquorum none\n", 1, "no plus and eight"),
        (f"log {X1.vkey}\nquorum none\n", 1, "is a witness's: its type is 0x04"),
        (f"log {LOG.vkey}\n\nlog {LOG.vkey}\nquorum none\n", 3, "log's public key stands in the policy already"),
        (f"log {LOG.vkey}\nlog {same_key_under_another_name(LOG)}\nquorum none\n", 2, "stands in the policy already"),
        ("witness w\nquorum none\n", 1, "a witness line is"),
        (f"witness w {X1.vkey} url more\nquorum none\n", 1, "a witness line is"),
        (f"witness w {LOG.vkey}\nquorum none\n", 1, "makes no cosignatures: its type is 0x01"),
        (f"witness none {X1.vkey}\nquorum none\n", 1, "the name 'none' is taken"),
        (f"{W}witness w {X2.vkey}\nquorum w\n", 2, "the name 'w' is defined already"),
        (f"{W}witness v {X1.vkey}\nquorum w\n", 2, "witness 'v' stands in the policy already"),
        (f"{W}witness v {same_key_under_another_name(X1)}\nquorum w\n", 2, "stands in the policy already"),
        (f"{W}group g any\nquorum w\n", 2, "a group line is"),
        (f"{W}group g\nquorum w\n", 2, "a group line is"),
        (f"{W}group g 0 w\nquorum g\n", 2, "number from 1 to 1"),
        (f"{W}group g 2 w\nquorum g\n", 2, "number from 1 to 1"),
        (f"{W}group g 01 w\nquorum g\n", 2, "number from 1 to 1"),
        (f"{W}group g -1 w\nquorum g\n", 2, "number from 1 to 1"),
        (f"{W}group g ANY w\nquorum g\n", 2, "'ANY' is not `any`, `all` or a number"),
        (f"{W}group g 1000000000 w\nquorum g\n", 2, "number from 1 to 1"),
        (f"{W}group w any w\nquorum w\n", 2, "the name 'w' is defined already"),
        (f"{W}group none any w\nquorum none\n", 2, "the name 'none' is taken"),
        (f"{W}group g any g\nquorum g\n", 2, "'g' is no witness or group of a preceding line"),
        (f"{W}group g any none\nquorum g\n", 2, "'none' is no witness or group"),
        (f"{W}group g any v\nwitness v {X2.vkey}\nquorum g\n", 2, "'v' is no witness or group of a preceding line"),
        (f"{W}group g any w w\nquorum g\n", 2, "'w' is a member of a group already"),
        (f"{W}group g any w\ngroup h any w\nquorum h\n", 3, "'w' is a member of a group already"),
    ],
)
def test_what_is_no_policy_is_refused_with_its_line(text: str, line: int | None, why: str) -> None:
    with pytest.raises(MalformedPolicy, match=re.escape(why)) as refused:
        policy(text)

    assert refused.value.line == line
    assert str(refused.value).startswith("there" if line is None else f"line {line}: ")


def test_names_of_keys_that_are_no_utf_8_are_refused() -> None:
    with pytest.raises(MalformedPolicy, match="UTF-8"):
        Policy.parse(b"log \xff" + LOG.vkey.encode() + b"\nquorum none\n")
