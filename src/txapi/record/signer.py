"""The signer 签署者: enters new events in the ledger and signs checkpoints over them, about once a second when there are any."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, Protocol

from txapi.record.instants import micros
from txapi.record.ledger import NO_POLICY, BrokenPromise, Checkpoint, Ledger
from txapi.record.statements import BOOKKEEPING, DIGEST, bookkeeping_text, digest_text

if TYPE_CHECKING:
    from txapi.record.database import Fence
    from txapi.record.record import Record

log = logging.getLogger(__name__)

_PAGE = 2_000
MOST_EVENTS_BEHIND = 1_000
"""How far read models may lag until a checkpoint is signed without waiting for them."""
RETRY_SECONDS = 10.0
"""How long a witness that did not answer is left alone."""


class Digests(NamedTuple):
    """What the read models add up to where they stand: their position, the code's fingerprint, the whole, each table."""

    position: int
    fingerprint: str
    digest: str
    digests: dict[str, str]


class Cosigned(Protocol):
    """What witnesses answered: signature lines, the size that each knows now, and what went wrong, by witness."""

    @property
    def lines(self) -> list[str]:
        """Signature lines to be added to the note."""

    @property
    def sizes(self) -> dict[str, int]:
        """Which size each witness signed last."""

    @property
    def failures(self) -> dict[str, str]:
        """Why a witness gave no signature."""


class Cosigners(Protocol):
    """Those who are asked to co-sign every checkpoint, and how many of them must."""

    @property
    def policy(self) -> str:
        """Names the policy that they go by: another name wherever another note could be enough."""

    def cosign(
        self, note: str, size: int, consistency: Callable[[int, int], list[bytes]], known: dict[str, int]
    ) -> Cosigned:
        """Ask the witnesses that have not signed this note yet."""

    def enough(self, note: str) -> bool:
        """Whether the note bears as many cosignatures as the policy asks for."""


class SignerObserver(Protocol):
    """Is told what the signer does, from its thread."""

    def signed(self) -> None:
        """A checkpoint was signed."""

    def signing_failed(self) -> None:
        """No checkpoint could be signed; it is tried again."""

    def witness_failed(self, name: str) -> None:
        """A witness that was asked did not co-sign; it is asked again."""


class Signer:
    """Signs for one record. `sign` does the work; `start` does it in a thread of its own whenever there is news."""

    def __init__(
        self,
        record: Record,
        ledger: Ledger,
        digests: Callable[[], Digests | None] = lambda: None,
        cosigners: Cosigners | None = None,
        every_seconds: float = 1.0,
        fence: Callable[[], Fence | None] = lambda: None,
    ) -> None:
        """`fence` gives the lease under which this process signs, where several could: whoever lost it signs nothing."""
        self._record = record
        self.ledger = ledger
        self._digests = digests
        self._cosigners = cosigners
        self._policy = NO_POLICY if cosigners is None else cosigners.policy
        self._every_seconds = every_seconds
        self._fence = fence
        self._one_at_a_time = threading.Lock()
        self._signed = threading.Condition()
        self._wanted = 0
        self._stated = True
        """Whether the digest of the read models was signed beside the last checkpoint, or there are none."""
        self._stopping = False
        self._thread: threading.Thread | None = None
        self._observer: SignerObserver | None = None
        self._observing = threading.Lock()
        self._untold = 0
        self.last_error: str | None = None
        self.witness_failures: dict[str, str] = {}

    @property
    def observer(self) -> SignerObserver | None:
        """Who is told what is done here. Whoever comes late is told what was signed before."""
        return self._observer

    @observer.setter
    def observer(self, observer: SignerObserver | None) -> None:
        with self._observing:
            self._observer = observer
            if observer is not None:
                for _ in range(self._untold):
                    observer.signed()
                self._untold = 0

    # -- signing ---------------------------------------------------------------------------------------------------

    def sign(self) -> Checkpoint | None:
        """Sign a checkpoint over what is recorded and not signed for yet; the last one, None for an empty record.

        Raises `BrokenPromise` where the record no longer is what was signed for.
        """
        with self._one_at_a_time:
            last, head = self.ledger.latest(), self._record.head.position
            if last is not None and last.size > head:
                raise BrokenPromise(
                    f"{last.size} events were signed for, and the record holds {head}: it was cut short"
                )
            digests = self._digests()
            if last is not None and last.size == head:
                self._state_late(last, digests)
                self._stated = self._is_stated(last.size, digests)
                return last
            until = head
            if digests is not None and (last.size if last else 0) < digests.position:
                # Where the read models stand, their digest can be signed beside; they are rarely far behind.
                until = digests.position if head - digests.position <= MOST_EVENTS_BEHIND else head
            if until == 0:
                return None
            self._enter(until)
            signed = self._checkpoint(last.size if last else 0, until, digests)
            self._stated = self._is_stated(signed.size, digests)
        with self._signed:
            self._signed.notify_all()
        with self._observing:
            if self._observer is not None:
                self._observer.signed()
            else:
                self._untold += 1
        return signed

    def _enter(self, until: int) -> None:
        size = self.ledger.size
        while size < until:
            rows = self._record.store.read(size, min(_PAGE, until - size))
            if not rows:
                raise BrokenPromise(f"the record has no event {size + 1} although it holds {until}")
            self.ledger.enter(rows, self._fence())
            size += len(rows)

    def _checkpoint(self, after: int, until: int, digests: Digests | None) -> Checkpoint:
        store, origin = self._record.store, self.ledger.origin
        bookkeeping = bookkeeping_text(origin, after, until, store.facts(), store.commands_between(after, until))
        statements = [(BOOKKEEPING, "", bookkeeping)]
        if digests is not None and digests.position == until:
            statements.append((DIGEST, digests.fingerprint, _digest_text(origin, digests)))
        now = micros(self._record.clock.now())
        return self.ledger.sign(
            until, now, statements, publish=self._cosigners is None, policy=self._policy, fence=self._fence()
        )

    def _state_late(self, last: Checkpoint, digests: Digests | None) -> None:
        """Sign what the read models add up to where they came to a checkpoint after it had been signed."""
        if digests is None or digests.position != last.size or not self.ledger.states_beside(last.size):
            return
        if not self.ledger.has_statement(last.size, DIGEST, digests.fingerprint):
            said = _digest_text(self.ledger.origin, digests)
            self.ledger.state(last.size, DIGEST, digests.fingerprint, said, self._fence())

    def _is_stated(self, size: int, digests: Digests | None) -> bool:
        if digests is None or self.ledger.has_statement(size, DIGEST, digests.fingerprint):
            return True
        # Beside a checkpoint of an earlier key nothing can be stated any more; the next one has its own.
        return not self.ledger.states_beside(size)

    def cosign(self) -> None:
        """Ask the witnesses for what they have not signed yet of the last checkpoint. Slow: never under a lock."""
        last = self.ledger.latest()
        if self._cosigners is None or last is None:
            return
        found = self._cosigners.cosign(last.note, last.size, self.ledger.consistency, self.ledger.witness_sizes())
        self.witness_failures = found.failures
        note = last.note + "".join(line if line.endswith("\n") else f"{line}\n" for line in found.lines)
        publish = self._cosigners.enough(note)
        self.ledger.cosigned(last.size, found.lines, found.sizes, publish=publish, fence=self._fence())
        for name, why in found.failures.items():
            if self.observer is not None:
                self.observer.witness_failed(name)
            log.warning("witness %s did not co-sign the checkpoint of %d events: %s", name, last.size, why)

    def cover(self, position: int, timeout_seconds: float) -> Checkpoint | None:
        """A checkpoint that attests the event at that position, signed for the purpose where need be; None if not in time."""
        deadline = time.monotonic() + timeout_seconds
        with self._signed:
            self._wanted = max(self._wanted, position)
            while (found := self.ledger.covering(position)) is None:
                remaining = deadline - time.monotonic()
                if remaining <= 0 or self._stopping or self._thread is None:
                    return None
                self._signed.notify_all()
                self._signed.wait(min(remaining, 0.2))
            return found

    # -- in the background -------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Sign in a thread of its own, until `stop`."""
        self._thread = threading.Thread(target=self._supervise, name="txapi-signer", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Sign for what is recorded, and end the thread."""
        with self._signed:
            self._stopping = True
            self._signed.notify_all()
        if self._thread is not None:
            self._thread.join(timeout=30)
            self._try_to_sign()

    def _supervise(self) -> None:
        # What an earlier process signed last may have been co-signed by nobody yet.
        asked_at, due = -RETRY_SECONDS, True
        self._judge()
        while not self._stopping:
            signed = self._try_to_sign()
            if self._cosigners is not None and (signed or due):
                asked_at = time.monotonic()
                self._ask_witnesses()
            self._wait()
            due = bool(self.witness_failures) and time.monotonic() - asked_at > RETRY_SECONDS

    def _try_to_sign(self) -> bool:
        """Whether there was something to sign; a failure is logged and shown until it has passed."""
        try:
            before = self.ledger.latest()
            after = self.sign()
        except Exception as error:
            if self.last_error != str(error):
                log.exception("no checkpoint could be signed")
            self.last_error = str(error)
            if self.observer is not None:
                self.observer.signing_failed()
            return False
        self.last_error = None
        return after != before

    def _judge(self) -> None:
        """Publish what the policy of this process accepts, and nothing else: earlier ones ran by other policies."""
        try:
            self.ledger.judge(
                self._policy, lambda note: self._cosigners is None or self._cosigners.enough(note), self._fence()
            )
        except Exception:
            log.exception("the checkpoints could not be judged by the policy")

    def _ask_witnesses(self) -> None:
        try:
            self.cosign()
        except Exception:
            log.exception("the witnesses could not be asked")

    def _wait(self) -> None:
        """Until there may be something to do. Whatever fails meanwhile, this node goes on: nobody else signs as long as it lives."""
        try:
            self._wait_for_news()
        except Exception:
            log.exception("whether there is something to sign could not be seen")
            with self._signed:
                self._signed.wait_for(lambda: self._stopping, self._every_seconds)

    def _wait_for_news(self) -> None:
        """Until there is news, or somebody wants a checkpoint; at least so long that checkpoints stay few."""
        last = self.ledger.latest()
        size = last.size if last else 0
        began = time.monotonic()
        with self._signed:
            self._signed.wait_for(lambda: self._stopping or self._wanted > size, self._every_seconds)
        while not self._stopping and self._stated and self._wanted <= size and self._record.head.position <= size:
            with self._signed:
                self._signed.wait_for(lambda: self._stopping or self._wanted > size, self._every_seconds)
            if self.witness_failures and time.monotonic() - began > RETRY_SECONDS:
                return


def _digest_text(origin: str, digests: Digests) -> str:
    return digest_text(origin, digests.position, digests.fingerprint, digests.digest, digests.digests)
