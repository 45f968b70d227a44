"""Asking witnesses 请求见证: the log's side of C2SP tlog-witness. What a witness answers is verified before it counts."""

from __future__ import annotations

import http.client
import logging
import threading
import time
import urllib.request
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import NamedTuple

from txapi.audit.checker import (
    BadSignature,
    Checkpoint,
    MalformedCheckpoint,
    Note,
    NotProven,
    NotSigned,
    Policy,
    PolicyWitness,
)
from txapi.audit.checker.encoding import from_decimal
from txapi.audit.witness import SIZE, submission_of

log = logging.getLogger(__name__)

MOST_AT_ONCE = 8
"""How many witnesses are asked at the same time."""

MOST_ANSWER_BYTES = 64 * 1024
"""The longest answer that is read: sixteen of the largest signatures."""

MOST_ROUNDS = 3
"""How often a witness is asked about one checkpoint: it may say twice that it knows another size."""

Consistency = Callable[[int, int], list[bytes]]
"""Gives the proof that the tree of the second size extends that of the first, both above zero."""


@dataclass(slots=True)
class Cosigned:
    """What witnesses answered about one checkpoint. Witnesses are named as the policy names them."""

    lines: list[str] = field(default_factory=list)
    """The signature lines, verified, without newlines, in the order of the policy."""
    sizes: dict[str, int] = field(default_factory=dict)
    """Which size each witness is known to remember now; who did not say is left out."""
    failures: dict[str, str] = field(default_factory=dict)
    """Why a witness gave no cosignature."""


class _Outcome(NamedTuple):
    line: str | None = None
    size: int | None = None
    failure: str | None = None


class _AsTheyCome(urllib.request.HTTPErrorProcessor):
    """Gives every answer as it is: a 409 is no exception, and nobody is followed elsewhere."""

    def http_response(
        self, request: urllib.request.Request, response: http.client.HTTPResponse
    ) -> http.client.HTTPResponse:
        return response

    https_response = http_response


def policy_name(policy: Policy) -> str:
    """Names a policy by all that it says; comments and the layout of its file say nothing."""
    return f"sha256:{sha256(repr(policy).encode('utf-8', 'surrogateescape')).hexdigest()}"


class Witnesses:
    """The witnesses of a policy that can be reached."""

    def __init__(self, policy: Policy, *, timeout_seconds: float = 5.0) -> None:
        """`timeout_seconds`: how long one exchange with a witness may take. Witnesses without a URL are not asked."""
        self._policy = policy
        self.policy = policy_name(policy)
        self._witnesses = [witness for witness in policy.witnesses if witness.url is not None]
        self._timeout_seconds = timeout_seconds
        self._opener = urllib.request.build_opener(_AsTheyCome)
        self._lock = threading.Lock()
        self._busy: set[str] = set()

    def enough(self, note: str) -> bool:
        """Whether a checkpoint bears the cosignatures that the policy asks for. NotProven where one of them is false."""
        return self._policy.met_by(self._signers(Note.parse(note)))

    def cosign(self, note: str, size: int, consistency: Consistency, known: dict[str, int]) -> Cosigned:
        """Ask each witness that has not cosigned this note yet, some at a time, and wait for them as long as they may take.

        `consistency` is called from other threads, one call at a time. `known` says which size a witness remembered
        last. A witness that answers nonsense, or not at all, is a failure and never an error. NotProven where
        the note is no checkpoint of that size, or bears a false cosignature.
        """
        parsed = Note.parse(note)
        checkpoint = Checkpoint.parse(parsed.text)
        if checkpoint.size != size:
            raise MalformedCheckpoint(f"the checkpoint has the size {checkpoint.size}, not {size}")
        have = self._signers(parsed)
        asking = _Asking(self._exchange, note, parsed.text, size, consistency)
        found = Cosigned()
        outcomes = self._asked([each for each in self._witnesses if each.name not in have], asking, known)
        for name, outcome in outcomes.items():
            if outcome.line is not None:
                found.lines.append(outcome.line)
            if outcome.size is not None:
                found.sizes[name] = outcome.size
            if outcome.failure is not None:
                found.failures[name] = outcome.failure
        return found

    def _asked(self, witnesses: list[PolicyWitness], asking: _Asking, known: dict[str, int]) -> dict[str, _Outcome]:
        """What each witness answered, in their order. Threads that a witness holds up are left behind, one for each at most."""
        outcomes: dict[str, _Outcome] = {}
        waiting: deque[PolicyWitness] = deque()
        with self._lock:
            for witness in witnesses:
                if witness.name in self._busy:
                    outcomes[witness.name] = _Outcome(failure="it has not answered an earlier question yet")
                else:
                    waiting.append(witness)
                    self._busy.add(witness.name)

        def work() -> None:
            while True:
                with self._lock:
                    if not waiting:
                        return
                    witness = waiting.popleft()
                outcome = asking.ask(witness, known.get(witness.name, 0))
                with self._lock:
                    self._busy.discard(witness.name)
                    outcomes[witness.name] = outcome

        turns = -(-len(waiting) // MOST_AT_ONCE)
        patience = turns * MOST_ROUNDS * self._timeout_seconds + 1
        threads = [
            threading.Thread(target=work, name="txapi-witnessing", daemon=True)
            for _ in range(min(MOST_AT_ONCE, len(waiting)))
        ]
        deadline = time.monotonic() + patience
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(max(deadline - time.monotonic(), 0))
        with self._lock:
            self._busy.difference_update(each.name for each in waiting)
            waiting.clear()
            late = _Outcome(failure=f"no answer within {patience:.0f} seconds")
            return {each.name: outcomes.get(each.name, late) for each in witnesses}

    def _exchange(self, url: str, body: bytes) -> tuple[int, str, bytes]:
        """POST a submission; status, content type and body of the answer. OSError, ValueError, HTTPException."""
        if not url.startswith(("http://", "https://")):
            raise ValueError(f"{url!r} is no address to ask at")
        deadline = time.monotonic() + self._timeout_seconds
        request = urllib.request.Request(
            f"{url.rstrip('/')}/add-checkpoint", body, {"content-type": "text/plain; charset=utf-8"}, method="POST"
        )
        with self._opener.open(request, timeout=self._timeout_seconds) as response:
            answer = b""
            while chunk := response.read1(8192):
                answer += chunk
                if len(answer) > MOST_ANSWER_BYTES:
                    raise ValueError(f"its answer has more than {MOST_ANSWER_BYTES} bytes")
                if time.monotonic() > deadline:
                    raise TimeoutError(f"its answer took more than {self._timeout_seconds:g} seconds")
            return response.status, response.headers.get("content-type", ""), answer

    def _signers(self, note: Note) -> set[str]:
        """The witnesses, by the policy's names, that have cosigned a note."""
        names = {witness.key: witness.name for witness in self._policy.witnesses}
        try:
            return {names[each.key] for each in note.verified(names)}
        except NotSigned:
            return set()


class _Asking:
    """One checkpoint, about which witnesses are asked in several threads."""

    def __init__(
        self,
        exchange: Callable[[str, bytes], tuple[int, str, bytes]],
        note: str,
        text: str,
        size: int,
        consistency: Consistency,
    ) -> None:
        self._exchange = exchange
        self._note = note
        self._text = text
        self._size = size
        self._consistency = consistency
        self._lock = threading.Lock()
        self._proofs: dict[int, list[bytes]] = {}

    def ask(self, witness: PolicyWitness, known: int) -> _Outcome:
        """What one witness makes of the checkpoint, when it should remember `known` entries. Never raises."""
        learned: int | None = None
        try:
            # Who remembers more than there is will say so, whatever is asked.
            old = known if known <= self._size else 0
            for _ in range(MOST_ROUNDS):
                body = submission_of(old, self._proof(old), self._note)
                status, content_type, answer = self._exchange(witness.url or "", body)
                if status == 200:
                    return _Outcome(self._verified(witness, answer), self._size)
                if status != 409:
                    return _Outcome(size=learned, failure=f"it answered {status}: {_said(answer)}")
                learned = _size_of(content_type, answer)
                if learned is None or learned == old:
                    return _Outcome(failure=f"it answered 409 with no other size: {_said(answer)}")
                if learned > self._size:
                    why = f"it remembers {learned} entries, more than the {self._size} of this checkpoint"
                    return _Outcome(size=learned, failure=why)
                old = learned
            return _Outcome(size=learned, failure=f"it named another size {MOST_ROUNDS} times")
        except NotProven as error:
            return _Outcome(size=learned, failure=f"its answer is no cosignature: {error}")
        except (OSError, ValueError, http.client.HTTPException) as error:
            return _Outcome(size=learned, failure=f"it could not be asked: {error}")
        except Exception as error:
            # What fails here is ours, such as a proof that cannot be made; the other witnesses are asked all the same.
            log.exception("witness %s could not be asked", witness.name)
            return _Outcome(size=learned, failure=f"there is nothing to ask it with: {error}")

    def _proof(self, old: int) -> list[bytes]:
        with self._lock:
            if old not in self._proofs:
                self._proofs[old] = self._consistency(old, self._size) if 0 < old < self._size else []
            return self._proofs[old]

    def _verified(self, witness: PolicyWitness, answer: bytes) -> str:
        """The witness's cosignature on this very text, the latest if there are several. NotProven where there is none."""
        signed = Note.parse(f"{self._text}\n".encode() + answer).verified([witness.key])
        latest = max(signed, key=lambda each: each.timestamp or 0)
        if not latest.timestamp:
            raise BadSignature("it states no time")
        return latest.line


def _size_of(content_type: str, answer: bytes) -> int | None:
    """The size that a 409 names; None where it names none."""
    text = answer.decode("ascii", "replace")
    if content_type != SIZE or not text.endswith("\n"):
        return None
    return from_decimal(text[:-1])


def _said(answer: bytes) -> str:
    """What a witness said, short enough for a log, and on one line."""
    return ascii(answer[:200].decode("utf-8", "replace").strip())
