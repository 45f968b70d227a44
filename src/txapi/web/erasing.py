"""The eraser 删除执行: destroys the keys of those whom the record erases, whoever recorded that, and whatever ended in between."""

from __future__ import annotations

import logging
import threading

from txapi.application.desk import Desk
from txapi.application.persons import destroy_what_was_erased, record_erasures
from txapi.projections.moment import Reader, at_position, head_of
from txapi.projections.persons import erased_since
from txapi.projections.views import NotBuiltYet, Views
from txapi.record.conflicts import RecordUnavailable
from txapi.record.keys import BadKey

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
PAUSE_SECONDS = 2.0
SOON_SECONDS = 0.1


class Eraser:
    """A thread of every node. Destroying twice is harmless, so nobody asks whose turn it is.

    When it begins, it also records again the erasures that the record does not hold: it was restored from an older backup.
    """

    def __init__(self, desk: Desk, views: Views) -> None:
        self._desk = desk
        self._views = views
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="txapi-eraser", daemon=True)
        self._replayed = False
        self._done = 0
        self.last_error: str | None = None
        """Why a key that is to be destroyed may still be there, or why keys cannot be opened; None where all is in order."""

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End with what is under way."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(timeout=30)

    def look(self) -> None:
        """Destroy what is to be destroyed by what the read models show."""
        if not self._replayed:
            known = self._desk.person_keys.erasures()
            for erasure in known:
                # A key that was put back from a copy goes again.
                self._desk.person_keys.destroy(erasure)
            again = record_erasures(self._desk, known)
            if again:
                log.warning("erasures that this record did not hold were recorded again count=%d", again)
            self._replayed = True
        with self._views.snapshot() as connection:
            head = head_of(connection)
            erased = erased_since(Reader(connection, at_position(connection, head)), self._done)
        destroy_what_was_erased(self._desk, erased)
        self._done = head
        # Another node may have made the first key since, under a master key that this one lacks.
        self._desk.person_keys.check()

    def _visible(self) -> int:
        # Where another node follows, its news may have been lost.
        return self._views.position if self._desk.record.is_alone else self._views.look()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.look()
                self.last_error = None
                while not self._stopping.wait(LOOK_SECONDS) and self._visible() <= self._done:
                    pass
            except NotBuiltYet:
                # A new node's follower has not begun yet. Until then nothing is answered, and readiness says so itself.
                self._stopping.wait(SOON_SECONDS)
            except RecordUnavailable as error:
                self.last_error = str(error)
                self._stopping.wait(PAUSE_SECONDS)
            except BadKey as error:
                # Nobody's fault in the code, and it lasts until somebody puts the key right: said once, in words.
                if self.last_error != str(error):
                    log.error("the keys of persons are not in order: %s", error)
                self.last_error = str(error)
                self._stopping.wait(PAUSE_SECONDS)
            except Exception as error:
                if not self._stopping.is_set():
                    self.last_error = repr(error)
                    log.exception("keys of erased persons could not be destroyed, and are tried again")
                    self._stopping.wait(PAUSE_SECONDS)
