"""Kept answers 留存答复: what was answered is answered again, without being worked out anew, as long as nothing changed.

An answer follows from what its tag hashes and from nothing else (`etags.py`). So who asks the same as before, by GET or by POST, while
nothing was recorded and the day has not turned, is sent the same bytes. What carries no tag is not kept, and neither is an answer
whose reading leaves a trace: nobody would have left one.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass

import msgspec

from txapi.projections.views_progress import Standing

MOST_OF_ONE = 1024 * 1024
"""The largest answer that is kept."""
MOST_QUESTIONS = 2_000
"""Of how many operations it is remembered that an answer was kept, so that for others nothing is looked for."""
MOST_LATE = 20
"""So many answers from earlier positions, and none from the last one, are not of those who were slow: the record has gone back."""
OF_AN_ENTRY = 1_000
"""What an answer takes beside its bytes."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One answer: its bytes without what it cost, and what is counted and taken for it.

    `tells_the_clock` says that the clock of its moment is in it, which has gone on since: as after a 304, whoever asks by GET finds
    the present one in a header.
    """

    body: bytes
    status: int
    standing: Standing
    name: str
    cost: int
    tells_the_clock: bool


class KeptAnswers:
    """The answers of the last position that anything was answered from. Any thread may ask."""

    def __init__(self, most_bytes: int) -> None:
        """`most_bytes`: how much is kept of all answers together."""
        self._most = most_bytes
        self._size = 0
        self._standing = Standing(0, 0)
        self._late = 0
        self._seen = Standing(0, 0)
        self._answers: OrderedDict[str, Kept] = OrderedDict()
        self._questions: OrderedDict[int, None] = OrderedDict()
        """Hashes of documents and names: where two have one, something is looked for in vain."""
        self._lock = threading.Lock()

    @property
    def seen(self) -> Standing:
        """The last position that anything was answered from: where one process writes, no later answer comes from an earlier one."""
        return self._seen

    def saw(self, standing: Standing) -> None:
        """Learn that something was answered from there."""
        if standing.position > self._seen.position:
            with self._lock:
                self._seen = max(self._seen, standing)

    def may_hold(self, document: str, name: str | None) -> bool:
        """Whether an answer to that operation was ever kept: it is a question then, and worth its tag."""
        return hash((document, name)) in self._questions

    def get(self, tag: str) -> Kept | None:
        """The answer with that tag."""
        with self._lock:
            kept = self._answers.get(tag)
            if kept is not None:
                self._answers.move_to_end(tag)
                self._late = 0
            return kept

    def keep(self, tag: str, document: str, name: str | None, kept: Kept) -> None:
        """Keep an answer; those of earlier positions are of no use to anybody any more."""
        size = len(kept.body) + OF_AN_ENTRY
        if size > min(MOST_OF_ONE, self._most):
            return
        with self._lock:
            if kept.standing != self._standing:
                if self._is_late(kept.standing):
                    return
                self._answers.clear()
                self._size, self._standing = 0, kept.standing
            self._late = 0
            replaced = self._answers.pop(tag, None)
            self._size += size - (0 if replaced is None else len(replaced.body) + OF_AN_ENTRY)
            self._answers[tag] = kept
            while self._size > self._most:
                self._size -= len(self._answers.popitem(last=False)[1].body) + OF_AN_ENTRY
            question = hash((document, name))
            self._questions[question] = None
            self._questions.move_to_end(question)
            while len(self._questions) > MOST_QUESTIONS:
                self._questions.popitem(last=False)

    def _is_late(self, standing: Standing) -> bool:
        """Whether an answer from there was only slow: the rows have gone on meanwhile, and not back to a copy from before."""
        position, recorded_at = self._standing
        if standing.position >= position or standing.recorded_at > recorded_at:
            return False
        self._late += 1
        return self._late <= MOST_LATE


def priced(body: bytes, told: dict[str, object]) -> bytes:
    """An answer with what it cost, as the last of its `extensions`, which are the last of it and say a position at least."""
    return b'%b,"cost":%b}}' % (body[:-2], msgspec.json.encode(told)) if told else body
