"""The log asks its witnesses, and takes nothing from them that it has not verified."""

from __future__ import annotations

import http.server
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.audit.signing import COSIGNATURE, Signing, b64, note_of
from tests.audit.witnessed import Log, Witnessing
from tests.record.letters import Letter, said
from txapi.audit.checker import BadSignature, MalformedCheckpoint, MalformedNote, Note, Policy
from txapi.audit.witness import Submission
from txapi.audit.witnessing import MOST_ANSWER_BYTES, MOST_AT_ONCE, Witnesses, policy_name
from txapi.record import Append, Record
from txapi.record.ledger import Ledger
from txapi.record.signer import Cosigners, Signer

LOG = Log()
FORK = Log(salt="another story", shared=4)
KEY = Signing("witness.example/w1", COSIGNATURE)
Answer = tuple[int, str, bytes]


class Pretender:
    """Something that listens where a witness should, and answers what a test tells it to."""

    def __init__(self, answer: Callable[[Submission], Answer]) -> None:
        self.asked: list[Submission] = []
        pretender = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                assert self.path == "/w/add-checkpoint"
                submission = Submission.parse(self.rfile.read(int(self.headers["content-length"])))
                pretender.asked.append(submission)
                status, content_type, body = answer(submission)
                self.send_response(status)
                if status == 302:
                    self.send_header("location", "/w/add-checkpoint")
                self.send_header("content-type", content_type)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/w"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


Pretend = Callable[[Callable[[Submission], Answer]], Pretender]


@pytest.fixture
def pretend() -> Iterator[Pretend]:
    opened: list[Pretender] = []

    def start(answer: Callable[[Submission], Answer]) -> Pretender:
        opened.append(Pretender(answer))
        return opened[-1]

    yield start
    for each in opened:
        each.close()


def policy(*witnesses: tuple[str, str, str | None], rule: str = "all") -> Policy:
    lines = [f"witness {name} {vkey} {url or ''}\n" for name, vkey, url in witnesses]
    names = " ".join(name for name, _, _ in witnesses)
    return Policy.parse(f"log {LOG.signing.vkey}\n{''.join(lines)}group w {rule} {names}\nquorum w\n".encode())


def agreeing(submission: Submission) -> Answer:
    return 200, "text/plain", KEY.line(submission.note.text, 1_438_905_600).encode()


def answered_by(key: Signing) -> Callable[[Submission], Answer]:
    """A witness that cosigns whatever it is shown, with this key."""
    return lambda submission: (200, "text/plain", key.line(submission.note.text, 5).encode())


# -- with real witnesses -----------------------------------------------------------------------------------------------


def test_two_witnesses_cosign_a_log_that_grows_and_one_alone_is_enough_where_the_policy_says_so(tmp_path: Path) -> None:
    with Witnessing(tmp_path, "a", LOG.signing.vkey) as a, Witnessing(tmp_path, "b", LOG.signing.vkey) as b:
        named = (("a", a.vkey, a.address), ("b", b.vkey, f"{b.address}/"))
        every, one = policy(*named, rule="all"), policy(*named, rule="1")
        witnesses = Witnesses(every)

        first = witnesses.cosign(LOG.note(4), 4, LOG.proof, {})
        second = witnesses.cosign(LOG.note(7), 7, LOG.proof, first.sizes)

        for found, size in ((first, 4), (second, 7)):
            note = LOG.note(size) + "".join(f"{line}\n" for line in found.lines)
            assert found.failures == {}
            assert found.sizes == {"a": size, "b": size}
            assert [each.witness for each in every.verify(note).cosignatures] == ["a", "b"]
            assert witnesses.enough(note)
            assert not witnesses.enough(LOG.note(size))

        b.stop(signal.SIGKILL)
        third = witnesses.cosign(LOG.note(9), 9, LOG.proof, second.sizes)

        note = LOG.note(9) + "".join(f"{line}\n" for line in third.lines)
        assert third.sizes == {"a": 9}
        assert list(third.failures) == ["b"]
        assert "could not be asked" in third.failures["b"]
        assert not every.evaluate(note).quorum_met
        assert one.verify(note).quorum_met
        assert Witnesses(one).enough(note)

    # The witness that was down missed a checkpoint; the next one that it is asked about extends what it remembers.
    with Witnessing(tmp_path, "b", LOG.signing.vkey) as b:
        again = Witnesses(policy(("b", b.vkey, b.address))).cosign(LOG.note(12), 12, LOG.proof, {"b": 9})
        assert again.failures == {}
        assert again.sizes == {"b": 12}


def test_a_forked_or_shrunken_log_gets_no_cosignature_and_hears_why(tmp_path: Path) -> None:
    with Witnessing(tmp_path, "a", LOG.signing.vkey) as a:
        witnesses = Witnesses(policy(("a", a.vkey, a.address)))
        witnesses.cosign(LOG.note(7), 7, LOG.proof, {})

        forked = witnesses.cosign(FORK.note(9), 9, FORK.proof, {"a": 7})
        same_size = witnesses.cosign(FORK.note(7), 7, FORK.proof, {"a": 7})
        shrunken = witnesses.cosign(LOG.note(4), 4, LOG.proof, {"a": 4})
        unaware = witnesses.cosign(LOG.note(4), 4, LOG.proof, {"a": 7})

    assert [each.lines for each in (forked, same_size, shrunken, unaware)] == [[], [], [], []]
    assert "it answered 422: 'the consistency proof leads to another root" in forked.failures["a"]
    assert "two trees of 7 leaves have different roots" in same_size.failures["a"]
    for each in (shrunken, unaware):
        assert each.failures == {"a": "it remembers 7 entries, more than the 4 of this checkpoint"}
        assert each.sizes == {"a": 7}


# -- with pretenders ---------------------------------------------------------------------------------------------------


def test_a_witness_that_names_its_size_is_asked_again_from_there(pretend: Pretend) -> None:
    def answer(submission: Submission) -> Answer:
        return agreeing(submission) if submission.old_size == 5 else (409, "text/x.tlog.size", b"5\n")

    witness = pretend(answer)

    found = Witnesses(policy(("a", KEY.vkey, witness.url))).cosign(LOG.note(7), 7, LOG.proof, {"a": 3})

    assert [(each.old_size, each.path) for each in witness.asked] == [(3, LOG.proof(3, 7)), (5, LOG.proof(5, 7))]
    assert (len(found.lines), found.sizes, found.failures) == (1, {"a": 7}, {})


def test_a_witness_that_lost_its_memory_or_cosigned_this_size_needs_no_proof(pretend: Pretend) -> None:
    for remembered in (0, 7):

        def answer(submission: Submission, size: int = remembered) -> Answer:
            return agreeing(submission) if submission.old_size == size else (409, "text/x.tlog.size", b"%d\n" % size)

        witness = pretend(answer)

        found = Witnesses(policy(("a", KEY.vkey, witness.url))).cosign(LOG.note(7), 7, LOG.proof, {"a": 3})

        assert (witness.asked[-1].old_size, witness.asked[-1].path) == (remembered, [])
        assert found.failures == {}


OTHER = Signing("witness.example/w2", COSIGNATURE)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (lambda _: (200, "text/plain", b""), "no cosignature"),
        (lambda _: (200, "text/plain", b"\xff\n"), "no cosignature"),
        (lambda _: (200, "text/plain", b"hello\n"), "no cosignature"),
        (lambda asked: (200, "text/plain", OTHER.line(asked.note.text, 5).encode()), "no cosignature"),
        (lambda _: (200, "text/plain", KEY.line(LOG.text(6), 5).encode()), "does not fit"),
        (lambda asked: (200, "text/plain", KEY.line(asked.note.text, 0).encode()), "states no time"),
        (lambda _: (200, "text/plain", f"\n{LOG.text(6)}\n{KEY.line(LOG.text(6), 5)}".encode()), "does not fit"),
        (lambda _: (200, "text/plain", b"x" * (MOST_ANSWER_BYTES + 1)), "more than 65536 bytes"),
        (lambda _: (302, "text/plain", b"over there"), "it answered 302: 'over there'"),
        (
            lambda _: (500, "text/plain", b"\x1b[31m" + "错".encode() + b"x" * 500),
            "it answered 500: '\\x1b[31m\\u9519xxx",
        ),
        (lambda _: (409, "text/plain", b"5\n"), "409 with no other size"),
        (lambda _: (409, "text/x.tlog.size", b"5"), "409 with no other size"),
        (lambda _: (409, "text/x.tlog.size", b"05\n"), "409 with no other size"),
        (lambda _: (409, "text/x.tlog.size", b"-5\n"), "409 with no other size"),
        (lambda _: (409, "text/x.tlog.size", b"3\n"), "409 with no other size"),
        (lambda asked: (409, "text/x.tlog.size", b"%d\n" % (asked.old_size + 1)), "named another size 3 times"),
    ],
)
def test_what_is_no_cosignature_by_the_witness_is_not_taken(
    pretend: Pretend, answer: Callable[[Submission], Answer], why: str
) -> None:
    witness = pretend(answer)

    found = Witnesses(policy(("a", KEY.vkey, witness.url))).cosign(LOG.note(7), 7, LOG.proof, {"a": 3})

    assert found.lines == []
    assert why in found.failures["a"]


def test_of_several_lines_the_known_key_and_its_latest_time_count(pretend: Pretend) -> None:
    def answer(submission: Submission) -> Answer:
        text = submission.note.text
        lines = OTHER.line(text, 50) + KEY.line(text, 30) + KEY.line(text, 40) + KEY.line(text, 20)
        return 200, "text/plain", lines.encode()

    found = Witnesses(policy(("a", KEY.vkey, pretend(answer).url))).cosign(LOG.note(7), 7, LOG.proof, {})

    assert found.lines == [KEY.line(LOG.text(7), 40)[:-1]]


def test_a_witness_that_has_cosigned_this_note_is_not_asked_again(pretend: Pretend) -> None:
    witness = pretend(agreeing)
    note = LOG.note(7) + KEY.line(LOG.text(7), 30)

    found = Witnesses(policy(("a", KEY.vkey, witness.url))).cosign(note, 7, LOG.proof, {})

    assert witness.asked == []
    assert (found.lines, found.sizes, found.failures) == ([], {}, {})


def test_a_witness_without_an_address_is_not_asked_and_one_with_a_strange_address_fails() -> None:
    found = Witnesses(policy(("a", KEY.vkey, None), ("b", OTHER.vkey, "file:///etc"))).cosign(
        LOG.note(7), 7, LOG.proof, {}
    )

    assert list(found.failures) == ["b"]
    assert "no address to ask at" in found.failures["b"]


def test_a_proof_that_cannot_be_made_fails_that_witness_only(pretend: Pretend) -> None:
    first, second = (
        pretend(agreeing),
        pretend(answered_by(OTHER)),
    )

    def consistency(old: int, size: int) -> list[bytes]:
        raise RuntimeError("the ledger is broken")

    witnesses = Witnesses(policy(("a", KEY.vkey, first.url), ("b", OTHER.vkey, second.url)))
    found = witnesses.cosign(LOG.note(7), 7, consistency, {"a": 3})

    assert found.failures == {"a": "there is nothing to ask it with: the ledger is broken"}
    assert found.sizes == {"b": 7}


def test_a_silent_witness_is_given_up_and_not_asked_again_while_it_is_silent(pretend: Pretend) -> None:
    released = threading.Event()

    def silent(submission: Submission) -> Answer:
        released.wait(20)
        return agreeing(submission)

    witness, other = (
        pretend(silent),
        pretend(answered_by(OTHER)),
    )
    witnesses = Witnesses(policy(("a", KEY.vkey, witness.url), ("b", OTHER.vkey, other.url)), timeout_seconds=0.2)

    found = witnesses.cosign(LOG.note(7), 7, LOG.proof, {})

    released.set()
    assert "could not be asked: timed out" in found.failures["a"]
    assert found.sizes == {"b": 7}


def test_a_witness_that_drips_is_given_up_and_left_alone_until_it_is_done() -> None:
    # It sends a byte of its headers often enough that no single read times out, and never comes to an end.
    enough = threading.Event()

    class Dripping(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nx-slow: ")
            while not enough.is_set():
                self.wfile.write(b"x")
                time.sleep(0.01)
            self.wfile.write(b"\r\ncontent-length: 0\r\n\r\n")

        def log_message(self, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Dripping)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    witnesses = Witnesses(policy(("a", KEY.vkey, url)), timeout_seconds=0.1)

    first = witnesses.cosign(LOG.note(7), 7, LOG.proof, {})
    second = witnesses.cosign(LOG.note(7), 7, LOG.proof, {})
    enough.set()
    third = second
    while third.failures.get("a") == second.failures["a"]:
        time.sleep(0.01)
        third = witnesses.cosign(LOG.note(7), 7, LOG.proof, {})
    server.shutdown()
    server.server_close()

    assert first.failures == {"a": "no answer within 1 seconds"}
    assert second.failures == {"a": "it has not answered an earlier question yet"}
    assert "no cosignature" in third.failures["a"]


def test_more_witnesses_than_are_asked_at_once_are_all_asked_in_the_order_of_the_policy(pretend: Pretend) -> None:
    keys = [Signing(f"witness.example/{n}", COSIGNATURE) for n in range(2 * MOST_AT_ONCE + 1)]
    threads: set[str] = set()

    def consistency(old: int, size: int) -> list[bytes]:
        threads.add(threading.current_thread().name + str(threading.get_ident()))
        return LOG.proof(old, size)

    named = [(f"w{n}", key.vkey, pretend(answered_by(key)).url) for n, key in enumerate(keys)]
    known = {f"w{n}": 1 + n % 6 for n in range(len(keys))}

    found = Witnesses(policy(*named)).cosign(LOG.note(7), 7, consistency, known)

    assert found.lines == [key.line(LOG.text(7), 5)[:-1] for key in keys]
    assert 0 < len(threads) <= MOST_AT_ONCE


def test_one_proof_is_made_for_all_witnesses_that_remember_the_same(pretend: Pretend) -> None:
    keys = [Signing(f"witness.example/{n}", COSIGNATURE) for n in range(4)]
    made: list[tuple[int, int]] = []

    def consistency(old: int, size: int) -> list[bytes]:
        made.append((old, size))
        return LOG.proof(old, size)

    named = [(f"w{n}", key.vkey, pretend(answered_by(key)).url) for n, key in enumerate(keys)]

    found = Witnesses(policy(*named)).cosign(LOG.note(7), 7, consistency, {"w0": 3, "w1": 3, "w2": 4, "w3": 0})

    assert found.failures == {}
    assert sorted(made) == [(3, 7), (4, 7)]


def test_what_is_no_checkpoint_of_that_size_is_shown_to_nobody(pretend: Pretend) -> None:
    witness = pretend(agreeing)
    witnesses = Witnesses(policy(("a", KEY.vkey, witness.url)))
    forged = LOG.note(7) + f"— {KEY.name} {b64(KEY.key_id + bytes(72))}\n"

    with pytest.raises(MalformedCheckpoint, match="has the size 7, not 8"):
        witnesses.cosign(LOG.note(7), 8, LOG.proof, {})
    with pytest.raises(MalformedNote):
        witnesses.cosign(LOG.text(7), 7, LOG.proof, {})
    with pytest.raises(BadSignature):
        witnesses.cosign(forged, 7, LOG.proof, {})
    with pytest.raises(BadSignature):
        witnesses.enough(forged)
    assert witness.asked == []


def test_what_was_accepted_can_be_put_under_the_note(pretend: Pretend) -> None:
    read = policy(("a", KEY.vkey, pretend(agreeing).url))

    found = Witnesses(read).cosign(LOG.note(7), 7, LOG.proof, {})

    note = note_of(LOG.text(7), LOG.signing.line(LOG.text(7)), *(f"{line}\n" for line in found.lines))
    assert read.verify(note).quorum_met
    assert len(Note.parse(note).signatures) == 2


def test_the_signer_of_a_record_publishes_a_checkpoint_when_its_witnesses_have_cosigned_it(tmp_path: Path) -> None:
    with Record.open(tmp_path / "data") as record:
        ledger = Ledger.open(tmp_path / "data", record.record_id, owner=True, origin="town.example/record")
        with Witnessing(tmp_path, "a", ledger.vkey) as a:
            cosigners: Cosigners = Witnesses(policy(("a", a.vkey, a.address)))
            signer = Signer(record, ledger, cosigners=cosigners)

            published = []
            for number in ("1", "2", "3"):
                letter = Letter(record.ids.uuid())
                letter._record(Letter.Written, said(), number=number)
                record.writer.append(Append(events=tuple(letter.pending)))
                signer.sign()
                before = ledger.latest(published=True)
                signer.cosign()
                published.append((before and before.size, ledger.latest(published=True)))

        assert signer.witness_failures == {}
        assert [(before, after and after.size) for before, after in published] == [(None, 1), (1, 2), (2, 3)]
        assert all(after is not None and cosigners.enough(after.note) for _, after in published)
        assert ledger.witness_sizes() == {"a": 3}
        ledger.close()


def test_a_policy_is_named_by_what_it_says() -> None:
    lines = f"witness a {KEY.vkey}\nquorum a\n"

    name = policy_name(Policy.parse(lines.encode()))

    assert policy_name(Policy.parse(f"# of this year\n\n{lines}".encode())) == name
    assert policy_name(Policy.parse(lines.replace("quorum a", "quorum none").encode())) != name
    assert Witnesses(Policy.parse(lines.encode())).policy == name
