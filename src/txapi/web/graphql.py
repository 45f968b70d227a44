"""The door of GraphQL: who asks, what, how fresh; the operation runs in a thread of its own, on one context."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import strawberry
from opentelemetry import trace
from opentelemetry.trace import StatusCode
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from strawberry.asgi import GraphQL

from txapi.domain.errors import BadInput
from txapi.receipts.issue import ask, evidenced
from txapi.record.deadlines import TimeIsUp
from txapi.schema.context import Context
from txapi.schema.errors import UNAVAILABLE
from txapi.schema.executing import Answered, execute, refused
from txapi.web.accepting import GRAPHQL_JSON, JSON_TYPE, language_of, media_type_of
from txapi.web.answers import HttpError, json_response
from txapi.web.asked import Asked, asked_by
from txapi.web.etags import CACHED, held_tags, may_be_tagged, tag_of
from txapi.web.instance import Instance
from txapi.web.live import Live
from txapi.web.persisted import PersistedQueryNotFound, published_documents
from txapi.web.rates import Admitted, Rates
from txapi.web.streams import NO_COMMANDS, Stream, accepts_stream
from txapi.web.turns import PacedDeadline, Turn, Turns
from txapi.web.viewers import Asking, Viewers

if TYPE_CHECKING:
    from txapi.web.metrics import Metrics

CLOCK = "x-txapi-clock"
"""The header that says what the record's clock says as an answer is sent."""

OTHER = "other"
"""What an operation is called that is not published."""

FAULTS = frozenset({"INTERNAL", "STORE_DAMAGED", "UNAVAILABLE", "UNCERTAIN", "NOT_YET_VISIBLE"})
"""The codes of errors that are the server's, not the client's."""


@dataclass(slots=True)
class Told:
    """What is counted and traced of one request."""

    name: str = ""
    kind: str = "none"
    outcome: str = ""
    """answered, unchanged (and not sent again), errors (some field says one), refused (nothing was asked), failed (the server's
    fault); empty: no operation."""
    position: int | None = None

    def answered(self, context: Context, answered: Answered) -> None:
        """Learn what the operation was and what it came to."""
        self.name, self.kind, self.position = context.name, context.kind or self.kind, answered.position
        codes = {error["extensions"].get("code") for error in answered.errors}
        if codes & FAULTS:
            self.outcome = "failed"
        elif answered.refused:
            self.outcome = "refused"
        else:
            self.outcome = "errors" if codes else "answered"

    def unchanged(self, context: Context, asked: Asked) -> None:
        """Learn that the client holds the answer already, so that the document was not even read."""
        self.name = asked.operation.name or published_documents().name_of(asked.operation.document)
        self.kind, self.position, self.outcome = "query", context.answered_from, "unchanged"


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

    @property
    def content_type(self) -> str:
        """The Content-Type of the answer."""
        return f"{self.media_type}; charset=utf-8"

    def status(self, answered: Answered) -> int:
        """The status of an answer. Clients that ask for plain JSON look for errors in the answer, not in the status.

        Whoever asks too often is told so by the status, too: what lies in between understands that.
        """
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
    """What is sent: the response, None where its client has it already; the status; the tag, None where it has none; what the
    clock said, None where nothing was asked; and headers."""

    content: dict[str, Any] | None
    status: int
    tag: str | None = None
    clock: datetime | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def priced(self, admitted: Admitted) -> Answer:
        """The same, which says what it cost and what its client has left.

        A tag says that the answer has the same bytes: there only headers say what is left, which is less each time.
        """
        if self.content is not None and (told := admitted.told(remaining=self.tag is None)):
            self.content["extensions"] = {**self.content.get("extensions", {}), "cost": told}
        self.headers |= admitted.headers()
        for error in (self.content or {}).get("errors", ()):
            if (seconds := error["extensions"].get("retryAfterSeconds")) is not None:
                self.headers["retry-after"] = str(seconds)
        return self


class GraphQLDoor(GraphQL[Context, Any]):
    """Serves operations at one path by GET and POST, and the IDE to browsers."""

    def __init__(
        self,
        schema: strawberry.Schema,
        instance: Instance,
        viewers: Viewers,
        live: Live,
        *,
        threads: int,
        rates: Rates,
        seconds: float,
        ide: Callable[[Request], Awaitable[Response]],
        published: frozenset[str] = frozenset(),
        metrics: Metrics | None = None,
    ) -> None:
        super().__init__(schema)
        self._ide = ide
        self._published = published
        self._metrics = metrics
        self._executable = schema
        self._instance = instance
        self._viewers = viewers
        self._live = live
        self._rates = rates
        self._seconds = seconds
        self._turns = Turns(threads)
        published_documents()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        request = Request(scope, receive)
        if accepts_stream(request):
            await self._stream(request, scope, receive, send)
            return
        told = Told()
        with self._counting(told):
            try:
                response = await self._answer(request, told)
            except HttpError as error:
                told.outcome = "refused"
                response = _refusal(error, request)
        _name_span(told, self._name(told))
        await response(scope, receive, send)

    def _name(self, told: Told) -> str:
        # Names that clients make up would make series and spans without end.
        return told.name if told.name in self._published else OTHER

    @contextmanager
    def _counting(self, told: Told) -> Iterator[None]:
        """Count one operation, and what `told` has learnt of it at its end."""
        began = time.perf_counter()
        if self._metrics is not None:
            self._metrics.in_progress.inc()
        try:
            yield
        finally:
            if self._metrics is not None:
                self._metrics.in_progress.dec()
                if told.outcome:
                    took = time.perf_counter() - began
                    self._metrics.request_ended(self._name(told), told.kind, told.outcome, took)

    async def _stream(self, request: Request, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with an event stream, in which whatever is wrong with the operation is told, too."""
        try:
            stream = Stream(self._live, self.operate, await self._asking(request), language_asked(request))
            asked: Asked | HttpError
            try:
                asked = await asked_by(request)
            except HttpError as error:
                if error.status != 400:
                    raise
                asked = error
            await stream.serve(request, asked, send)
        except HttpError as error:
            await error.response(language_asked(request))(scope, receive, send)

    async def operate(
        self, asked: Asked, asking: Asking, language: str, questions_only: BadInput | None
    ) -> dict[str, Any]:
        """The answer to a question or a command that came as a message of a stream."""
        told = Told()
        with self._counting(told):
            wanted = Wanted(language, GRAPHQL_JSON, questions_only)
            answer = await self._turns.run(asking.client, partial(self._execute, asked, told, asking, wanted))
        assert answer.content is not None
        return answer.content

    async def _answer(self, request: Request, told: Told) -> Response:
        if request.method not in ("GET", "POST"):
            raise HttpError(405, "METHOD_NOT_ALLOWED", "operations come by GET or POST", {"allow": "GET, POST"})
        accept = request.headers.get("accept", "")
        if request.method == "GET" and "query" not in request.query_params and "text/html" in accept:
            return await self._ide(request)
        asking = await self._asking(request)
        asked = await asked_by(request)
        wanted = Wanted(language_asked(request), media_type_of(accept), encoded=not asked.evidence)
        if request.method == "GET":
            wanted.questions_only = NO_COMMANDS
            if not asked.evidence:
                # A receipt is made anew each time, with the instant of its answer in it.
                wanted.held = held_tags(request.headers.get("if-none-match", ""))
        answer = await self._turns.run(asking.client, partial(self._execute, asked, told, asking, wanted))
        headers = {"content-language": wanted.language, **answer.headers}
        if answer.tag is not None:
            headers |= {"etag": answer.tag, **CACHED}
        if answer.clock is not None:
            # An answer that is unchanged keeps the clock of its moment; this is how late it is now.
            headers[CLOCK] = answer.clock.isoformat()
        if answer.content is None:
            return Response(None, 304, headers)
        return json_response(answer.content, answer.status, headers, wanted.content_type)

    async def _asking(self, request: Request) -> Asking:
        """Who carries the request's token, or anybody."""
        host = request.client.host if request.client else None
        return await self._viewers.asking(request.headers.getlist("authorization"), host)

    # -- in a worker thread ------------------------------------------------------------------------------------

    def _execute(self, asked: Asked, told: Told, asking: Asking, wanted: Wanted, turn: Turn) -> Answer:
        """Carry out one operation, if its client has enough left for it. `told` learns what it was."""
        admitted = self._rates.admission(asking)
        admitted.weighed = turn.weigh
        answer = self._carry_out(asked, told, asking, wanted, admitted, turn)
        if answer.content is None:
            admitted.unchanged()
        elif told.outcome == "refused" and answer.status != 429:
            admitted.refused()
        return answer.priced(admitted)

    def _carry_out(
        self, asked: Asked, told: Told, asking: Asking, wanted: Wanted, admitted: Admitted, turn: Turn
    ) -> Answer:
        told.outcome = "failed"
        try:
            admitted.begin()
            context = self._instance.context(
                asking.viewer, signed_in=asking.signed_in, at_least=asked.at_least, language=wanted.language
            )
        except BadInput as error:
            told.outcome = "refused"
            return wanted.answer(refused(error, wanted.language))
        context.admission, context.deadline = admitted, PacedDeadline(self._seconds, turn)
        context.raw = wanted.encoded
        if self._metrics is not None:
            context.command_ended = self._metrics.command_ended
        try:
            if wanted.held:
                with suppress(BadInput, TimeIsUp, *UNAVAILABLE):
                    # What cannot be read now is said by the operation itself.
                    context.present()
                    if (tag := tag_of(context, asked.operation, wanted.media_type)) in wanted.held:
                        told.unchanged(context, asked)
                        return Answer(None, 304, tag, context.now)
            if asked.evidence:
                attested = ask(self._executable, context, asked.operation)
                told.answered(context, attested.answered)
            else:
                answered = execute(self._executable, context, asked.operation, questions_only=wanted.questions_only)
                told.answered(context, answered)
                answer = wanted.answer(answered)
                if wanted.held is not None and may_be_tagged(context, answered):
                    answer.tag = tag_of(context, asked.operation, wanted.media_type)
                answer.clock = context.now
                return answer
        finally:
            context.close()
        # The snapshot is given back first: a checkpoint may have to be signed before there is a receipt.
        return Answer(evidenced(attested, self._instance.issuer), wanted.status(attested.answered))


def _refusal(error: HttpError, request: Request) -> Response:
    """The answer to a request that is no operation, in the form that its client takes."""
    wanted = Wanted(language_asked(request), media_type_of(request.headers.get("accept", "")))
    if isinstance(error, PersistedQueryNotFound) and wanted.media_type == JSON_TYPE:
        # Clients of this protocol take it for a failure of the network otherwise.
        error.status = 200
    return error.response(wanted.language, wanted.content_type)


def _name_span(told: Told, name: str) -> None:
    """Say on the request's span which operation it was, and from where it was answered."""
    span = trace.get_current_span()
    if not span.is_recording() or not told.outcome:
        return
    span.update_name(f"{told.kind} {name}")
    span.set_attribute("graphql.operation.type", told.kind)
    span.set_attribute("graphql.operation.name", name)
    span.set_attribute("txapi.outcome", told.outcome)
    if told.position is not None:
        span.set_attribute("txapi.position", told.position)
    if told.outcome == "failed":
        span.set_status(StatusCode.ERROR)


def language_asked(request: Request) -> str:
    """The language of messages that a request prefers."""
    return language_of(request.headers.get("accept-language", ""))
