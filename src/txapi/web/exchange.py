"""One exchange 一次问答: what a request asks, who asks it, how it wants to be answered, and what is sent and counted of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from txapi.domain.errors import BadInput
from txapi.schema.context import Context
from txapi.schema.executing import Answered
from txapi.web.accepting import GRAPHQL_JSON
from txapi.web.asked import Asked
from txapi.web.etags import Question
from txapi.web.kept import Kept, priced
from txapi.web.persisted import published_documents

if TYPE_CHECKING:
    from txapi.web.rates import Admitted
    from txapi.web.viewers import Asking

FAULTS = frozenset({"INTERNAL", "STORE_DAMAGED", "UNAVAILABLE", "UNCERTAIN", "NOT_YET_VISIBLE"})
"""The codes of errors that are the server's, not the client's."""


@dataclass(slots=True)
class Told:
    """What is counted and traced of one request."""

    name: str = ""
    kind: str = "none"
    outcome: str = ""
    """answered, again (with what was kept of an answer), unchanged (and not sent again), errors (some field says one), refused
    (nothing was asked), failed (the server's fault); empty: no operation."""
    position: int | None = None

    def answered(self, context: Context, answered: Answered) -> None:
        """Learn what the operation was and what it came to."""
        self.name, self.kind, self.position = context.name, context.kind or self.kind, answered.position
        if not answered.errors:
            self.outcome = "answered"
            return
        codes = {error["extensions"].get("code") for error in answered.errors}
        if codes & FAULTS:
            self.outcome = "failed"
        elif answered.refused:
            self.outcome = "refused"
        else:
            self.outcome = "errors" if codes else "answered"

    def unchanged(self, position: int, asked: Asked) -> None:
        """Learn that the client holds the answer already, so that the document was not even read."""
        self.name = asked.operation.name or published_documents().name_of(asked.operation.document)
        self.kind, self.position, self.outcome = "query", position, "unchanged"

    def again(self, kept: Kept) -> None:
        """Learn that the answer was there already."""
        self.name, self.kind, self.position, self.outcome = kept.name, "query", kept.standing.position, "again"


@dataclass(slots=True)
class Wanted:
    """How a client wants to be answered. `held`: the tags of answers that it has; None where the answer shall have no tag."""

    language: str
    media_type: str
    questions_only: BadInput | None = None
    """The error for an operation that is no question; without one, commands are carried out too."""
    held: frozenset[str] | None = None
    encoded: bool = False
    """Whether parts of the answer may be JSON already: it is sent as it is, and nobody looks into it."""
    anew: bool = False
    """Whether the client wants it worked out, and kept by nobody."""

    @property
    def content_type(self) -> str:
        """The Content-Type of the answer."""
        return f"{self.media_type}; charset=utf-8"

    @property
    def by_get(self) -> bool:
        """Whether the client knows that it may be sent a former answer, with the present clock in a header."""
        return self.held is not None

    def status(self, answered: Answered) -> int:
        """The status of an answer. Clients that ask for plain JSON look for errors in the answer, not in the status.

        Whoever asks too often is told so by the status, too: what lies in between understands that.
        """
        if not answered.errors:
            return 200
        codes = {error["extensions"].get("code") for error in answered.errors}
        if "RATE_LIMITED" in codes:
            return 429
        if "QUERY_TOO_SLOW" in codes and self.media_type == GRAPHQL_JSON:
            return 503
        return 400 if answered.refused and self.media_type == GRAPHQL_JSON else 200

    def answer(self, answered: Answered) -> Answer:
        """What is sent of an answer."""
        return Answer(answered.content(), self.status(answered))


@dataclass(slots=True)
class Answer:
    """What is sent: the response, None where its client has it already, or bytes where it is one that is kept; the status; the
    tag, None where it has none; what the clock said, None where nothing was asked; and headers."""

    content: dict[str, Any] | bytes | None
    status: int
    tag: str | None = None
    clock: datetime | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def priced(self, admitted: Admitted) -> Answer:
        """The same, which says what it cost and what its client has left.

        A tag says that the answer has the same bytes: there only headers say what is left, which is less each time.
        """
        self.headers |= admitted.headers()
        if self.content is None:
            return self
        told = admitted.told(remaining=self.tag is None)
        if isinstance(self.content, bytes):
            self.content = priced(self.content, told)
            return self
        if told:
            self.content["extensions"] = {**self.content.get("extensions", {}), "cost": told}
        for error in self.content.get("errors", ()):
            if (seconds := error["extensions"].get("retryAfterSeconds")) is not None:
                self.headers["retry-after"] = str(seconds)
        return self


@dataclass(frozen=True, slots=True)
class Exchange:
    """One operation on its way: `told` learns what became of it."""

    asked: Asked
    asking: Asking
    wanted: Wanted
    told: Told
    is_gone: Callable[[], bool] = lambda: False
    """Whether the client has left."""

    @property
    def like(self) -> int:
        """A hash of what others that take about as long have in common with it: the operation, and the role of who asks."""
        operation = self.asked.operation
        return hash((operation.document, operation.name, self.asking.viewer.role))

    @property
    def exactly(self) -> int:
        """A hash of what others that ask a database for the same have in common with it."""
        operation, viewer = self.asked.operation, self.asking.viewer
        variables = msgspec.json.encode(operation.variables)
        language = self.wanted.language
        return hash((operation.document, operation.name, variables, viewer.role, viewer.unit, language))

    def question(self, record_id: str) -> Question:
        """What its answer from a record follows from."""
        wanted = self.wanted
        return Question(
            record_id,
            self.asking.viewer,
            self.asking.signed_in,
            wanted.language,
            wanted.media_type,
            self.asked.operation,
        )
