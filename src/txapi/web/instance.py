"""A running instance 运行实例: one record with its read models, ledger, desk and duties, started and stopped together."""

from __future__ import annotations

import logging
import threading
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Self

from txapi.application.desk import Desk
from txapi.application.watch import Watch, WatchObserver
from txapi.domain.errors import BadInput
from txapi.domain.event import Actor
from txapi.projections.all import PROJECTIONS
from txapi.projections.follower import FOR_PEOPLE, Follower, FollowerObserver
from txapi.projections.views import NotBuiltYet, Views, fingerprint
from txapi.receipts.covering import KeyOfLedger, Promises
from txapi.receipts.issue import Issuer
from txapi.record import Clock, Ids, Record
from txapi.record.accesses import Accesses
from txapi.record.conflicts import RecordUnavailable
from txapi.record.deliveries import Deliveries
from txapi.record.leases import Leases
from txapi.record.ledger import Ledger
from txapi.record.person_keys import OpenedKeys, PersonKeys, open_person_keys
from txapi.record.place import Place
from txapi.record.signer import Digests, Signer, SignerObserver
from txapi.record.sweeping import Sweeper
from txapi.schema.context import Context
from txapi.web.duties import Duty
from txapi.web.erasing import Eraser
from txapi.web.logs import request_id
from txapi.web.readiness import Looking, Readiness
from txapi.web.signing import Signing
from txapi.web.webhooks.deliverer import Deliverer, DeliveryObserver, Telling
from txapi.web.webhooks.telling import never_called_by

if TYPE_CHECKING:
    from collections.abc import Callable

    from txapi.record.database import Fence

log = logging.getLogger(__name__)

FOLLOWER = "follower"
WATCH = "watch"
SIGNER = "signer"
WEBHOOKS = "webhooks"
SWEEPER = "sweeper"

TIDY_SECONDS = 30.0
ABANDON_SECONDS = 8.0
"""How long a stopping instance waits for its database until it goes without."""


class Observer(FollowerObserver, WatchObserver, SignerObserver, DeliveryObserver, Protocol):
    """Is told what the duties of this node do."""


def follower_lease() -> str:
    """The lease of whoever follows with this version of the code; others follow beside it, into read models of their own."""
    return f"{FOLLOWER} {fingerprint()}"


class Instance:
    """Holds everything that answers questions and carries out commands on one record, and takes its turn at the duties."""

    def __init__(
        self,
        record: Record,
        views: Views,
        ledger: Ledger,
        leases: Leases,
        signing: Signing | None = None,
        deliveries: Deliveries | None = None,
        telling: Telling | None = None,
        person_keys: PersonKeys | None = None,
        accesses: Accesses | None = None,
    ) -> None:
        """`leases` say which duties are this node's. Without `telling`, it tells no webhooks; without `person_keys`, it opens
        nothing that is sealed.
        """
        self.record = record
        self.views = views
        self.ledger = ledger
        self.desk = Desk(record, person_keys=person_keys)
        self._person_keys = person_keys
        self._accesses = accesses
        self._eraser = None if person_keys is None else Eraser(self.desk, views)
        self._signing = signing or Signing()
        self._leases = leases
        self.following = Duty(follower_lease(), self._follower, leases)
        self.watching = Duty(WATCH, self._watch, leases)
        self.signing = Duty(SIGNER, self._signer, leases, ledger.lacks_key)
        self.deliveries = deliveries
        self._telling = telling
        self.telling = (
            Duty(WEBHOOKS, self._deliverer, leases) if deliveries is not None and telling is not None else None
        )
        self.hear: Callable[[Callable[[], None]], None] = lambda wake: None
        """How whoever tells webhooks is woken by the tail of the process that serves; by nobody where none does."""
        self.sweeping = Duty(SWEEPER, self._sweeper, leases)
        self._observer: Observer | None = None
        self._deaf = record.writer.listen(self._appended)
        self._started = False
        self._tidying: threading.Thread | None = None
        self._stopping = threading.Event()
        self._leaving = False
        self._timers: list[threading.Timer] = []
        self._handing_over = False
        self._looking = Looking(record, ledger, self._visible, is_replicated=views.written is not views)

    @classmethod
    def open(
        cls,
        where: Place | Path,
        clock: Clock | str | None = None,
        *,
        ids: Ids | None = None,
        signing: Signing | None = None,
        telling: Telling | None = None,
    ) -> Self:
        """Open the record in that place with its read models and its ledger; nothing runs yet.

        An embedded record is owned from now on. Errors as `Record.open` and `Ledger.open`.
        """
        place = Place.of(where)
        signing = signing or Signing()
        with ExitStack() as held:
            record = held.enter_context(closing(Record.open(place, clock, ids, serving=True)))
            ledger = held.enter_context(
                closing(
                    Ledger.open(place, record.record_id, owner=True, origin=signing.origin, key_file=signing.key_file)
                )
            )
            views = held.enter_context(closing(Views.open(place, record.record_id, PROJECTIONS, record.event_id_at)))
            leases = held.enter_context(closing(Leases.open(place, fingerprint())))
            deliveries = held.enter_context(closing(Deliveries.open(place)))
            person_keys = held.enter_context(closing(open_person_keys(place)))
            accesses = held.enter_context(closing(Accesses.open(place)))
            instance = cls(record, views, ledger, leases, signing, deliveries, telling, person_keys, accesses)
            held.pop_all()
            return instance

    def _appended(self, position: int) -> None:
        """An append of this process: its rows are made by the follower of this process, if that is the one that follows."""
        if self.following.work is not None:
            self.following.work.caused(position)

    # -- duties ------------------------------------------------------------------------------------------------------

    def _follower(self, fence: Fence) -> Follower:
        follower = Follower(self.record, self.views, fence=fence, news=self.record, newest=self.record.read_newest)
        follower.observer = self._observer
        return follower

    def _watch(self, fence: Fence) -> Watch:
        watch = Watch(Desk(self.record, fence=fence))
        watch.observer = self._observer
        return watch

    def _signer(self, fence: Fence) -> Signer:
        signing = self._signing
        signer = Signer(
            self.record, self.ledger, self._digests, signing.cosigners, signing.every_seconds, lambda: fence
        )
        signer.observer = self._observer
        return signer

    def _deliverer(self, fence: Fence) -> Deliverer:
        assert self.deliveries is not None
        assert self._telling is not None
        assert self.telling is not None
        deliverer = Deliverer(
            self.record, self.views, self.deliveries, self._telling, fence, self.telling.still(fence), self._hear
        )
        deliverer.observer = self._observer
        return deliverer

    def _hear(self, wake: Callable[[], None]) -> None:
        self.hear(wake)

    @property
    def duties(self) -> dict[str, Duty[Follower] | Duty[Watch] | Duty[Signer] | Duty[Sweeper] | Duty[Deliverer]]:
        """What one node at a time does, by name."""
        told = {} if self.telling is None else {WEBHOOKS: self.telling}
        return {
            FOLLOWER: self.following,
            WATCH: self.watching,
            SIGNER: self.signing,
            SWEEPER: self.sweeping,
            **told,
        }

    def _sweeper(self, fence: Fence) -> Sweeper:
        return Sweeper(self.record, fence)

    def observe(self, observer: Observer) -> None:
        """Tell somebody what the duties do, those that are done already and those that this node takes over later."""
        self._observer = observer
        if self.following.work is not None:
            self.following.work.observer = observer
        if self.watching.work is not None:
            self.watching.work.observer = observer
        if self.signing.work is not None:
            self.signing.work.observer = observer
        if self.telling is not None and self.telling.work is not None:
            self.telling.work.observer = observer

    def start(self) -> None:
        """Begin to follow, to watch and to sign, or to stand by for it."""
        self.following.start()
        self.watching.start()
        self.signing.start()
        if self.telling is not None:
            self.telling.start()
        self.sweeping.start()
        if self._eraser is not None:
            self._eraser.start()
        self._started = True
        self._tidying = threading.Thread(target=self._put_in_order, name="txapi-tidy", daemon=True)
        self._tidying.start()

    def leave(self) -> None:
        """Say from now on that this instance is not ready, so that nobody sends it more; it goes on answering."""
        self._leaving = True

    def hand_over(self) -> None:
        """End connections with their answers from now on, for a successor accepts the next; this instance stays ready."""
        self._handing_over = True

    @property
    def ends_connections(self) -> bool:
        """Whether whoever asks once more has to connect again."""
        return self._handing_over or self.is_leaving

    @property
    def is_leaving(self) -> bool:
        """Whether the instance was told to leave, or to stop."""
        return self._leaving or self._stopping.is_set()

    def abandon_after(self, seconds: float) -> None:
        """Give a database up that is away, so many seconds from now unless everything has been let go of by then.

        Whatever still waits for it ends then, and is known to nobody as done.
        """
        if self.record.is_alone:
            return  # Files are never away.
        timer = threading.Timer(seconds, self._abandon)
        timer.daemon = True
        timer.start()
        self._timers.append(timer)

    def _abandon(self) -> None:
        log.warning("the database does not answer in time: what still waits for it is given up")
        kept = (
            self.record.store,
            self.record.files,
            self.views,
            self.ledger,
            self._leases,
            self.deliveries,
            self._person_keys,
            self._accesses,
        )
        for each in kept:
            if each is not None:
                each.abandon()

    def stop(self) -> None:
        """Finish what was acknowledged, then let go of everything. Stopping twice is harmless.

        A database that is away is given up after `ABANDON_SECONDS`.
        """
        if self._stopping.is_set():
            return
        self._stopping.set()
        self.abandon_after(ABANDON_SECONDS)
        try:
            self._let_go()
        finally:
            for timer in self._timers:
                timer.cancel()

    def _let_go(self) -> None:
        if self._started:
            if self.telling is not None:
                self.telling.stop()
            self.watching.stop()
            self.sweeping.stop()
            if self._eraser is not None:
                self._eraser.stop()
            if self._tidying is not None:
                self._tidying.join(timeout=30)
        # Closing the writer waits for the appends that are queued; only then is there nothing more to follow.
        self.record.writer.close()
        self._deaf()
        if self._started:
            self.following.stop()
            self.signing.stop()
        self._leases.close()
        for kept in (self.deliveries, self._person_keys, self._accesses):
            if kept is not None:
                kept.close()
        self.views.close()
        self.ledger.close()
        self.record.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def context(self, viewer: Actor, *, signed_in: bool, at_least: int | None = None, language: str = "en") -> Context:
        """What one operation has at hand; the caller closes it. BadInput POSITION_AHEAD: no such position exists yet."""
        if at_least is not None and at_least > self.views.position:
            head = self.record.head.position
            if at_least > head:
                # Waiting would only hold a thread: no node has recorded so much.
                raise BadInput(
                    "POSITION_AHEAD", f"position {at_least} does not exist; the head is {head}", ("atLeast",)
                )
        return Context(
            self.views,
            self.desk,
            viewer,
            signed_in,
            at_least,
            language,
            ledger=self.ledger,
            deliveries=self.deliveries,
            never_called=never_called_by(self._telling),
            accesses=self._accesses,
            request=request_id.get(),
            person_keys=OpenedKeys(self._person_keys),
        )

    @property
    def issuer(self) -> Issuer:
        """Who issues receipts for answers of this instance."""
        return Issuer(self.record.record_id, KeyOfLedger(self.ledger), Promises(self.ledger, self.signing.work))

    def _digests(self) -> Digests | None:
        """What the read models add up to where they stand: signed beside the checkpoint of that position."""
        try:
            progress = self.views.progress()
        except NotBuiltYet:
            # The first checkpoint of a new node may come before the follower has begun; the next one says it.
            return None
        return Digests(progress.position, fingerprint(), progress.digest, progress.digests)

    def readiness(self) -> Readiness:
        """How far the read models lag, and what is wrong; within two seconds. It waits: never call it on an event loop."""
        of = (
            (self.following, "the follower failed and tries again"),
            (self.watching, "the watch fails"),
            (self.signing, "no checkpoint can be signed"),
            (self._eraser, "the keys of persons are not in order, or some are still to be destroyed"),
        )
        problems = [
            f"{says}; the log says why" for duty, says in of if duty is not None and duty.last_error is not None
        ]
        if (wrong := self.following.last_error) in FOR_PEOPLE:
            problems[0] = str(wrong)
        state = self._looking.readiness(problems)
        if self.is_leaving:
            return replace(state, ready=False, problems=(*state.problems, "the instance is stopping"))
        return state

    def _visible(self) -> int:
        # Where another node follows, its news may have been lost, and nobody may be waiting.
        return self.views.position if self.record.is_alone else self.views.look()

    def _put_in_order(self) -> None:
        """Delete the read models of earlier code once these have caught up and stand in for them, and nobody uses them."""
        caught_up = False
        while not self._stopping.is_set():
            try:
                if not caught_up:
                    head = self.record.head.position
                    while not self._stopping.is_set() and not self.views.wait_for(head, 1.0):
                        pass
                    caught_up = True
                    continue
                for name in self.views.delete_others({node.fingerprint for node in self._leases.live()}):
                    log.info("deleted the read models of earlier code name=%s", name)
                # Nodes of the earlier code may go on for a while; an owner of files is alone from the start.
                if self.record.is_alone:
                    return
            except RecordUnavailable as error:
                # A database that is away comes back; what is left over takes room meanwhile, and nothing else.
                log.info("whether there are read models of earlier code cannot be seen now: %s", error)
            except Exception:
                if not self._stopping.is_set():
                    log.exception("the read models of earlier code could not be deleted")
            self._stopping.wait(TIDY_SECONDS)
