"""The door of GraphQL: who asks, what, how fresh; the operation runs in a thread of its own, on one context."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

import strawberry
from opentelemetry import trace
from opentelemetry.trace import StatusCode
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from strawberry.asgi import GraphQL

from txapi.domain.errors import BadInput
from txapi.schema.context import Context
from txapi.schema.errors import UNAVAILABLE
from txapi.schema.executing import refused
from txapi.web.accepting import GRAPHQL_JSON, JSON_TYPE, language_of, media_type_of
from txapi.web.again import LEARNS, Learning
from txapi.web.answers import HttpError, json_response
from txapi.web.asked import Asked, asked_by
from txapi.web.beforehand import Beforehand
from txapi.web.connecting import is_gone
from txapi.web.etags import CACHED, held_tags
from txapi.web.exchange import Answer, Exchange, Told, Wanted
from txapi.web.instance import Instance
from txapi.web.kept import KeptAnswers
from txapi.web.live import Live
from txapi.web.persisted import PersistedQueryNotFound, published_documents
from txapi.web.rates import Admitted, Rates
from txapi.web.shorts import Shorts
from txapi.web.stand import Stand
from txapi.web.streams import NO_COMMANDS, Stream, accepts_stream
from txapi.web.turns import Turns
from txapi.web.viewers import Asking, Viewers
from txapi.web.working import Working, settled

if TYPE_CHECKING:
    from txapi.projections.views_progress import Standing
    from txapi.web.metrics import Metrics

CLOCK = "x-txapi-clock"
"""The header that says what the record's clock says as an answer is sent."""

OTHER = "other"
"""What an operation is called that is not published."""


class GraphQLDoor(GraphQL[Context, Any]):
    """Serves operations at one path by GET and POST, and the IDE to browsers."""

    def __init__(
        self,
        schema: strawberry.Schema,
        instance: Instance,
        viewers: Viewers,
        live: Live,
        *,
        turns: Turns,
        rates: Rates,
        seconds: float,
        ide: Callable[[Request], Awaitable[Response]],
        kept: KeptAnswers,
        shorts: Shorts,
        published: frozenset[str] = frozenset(),
        metrics: Metrics | None = None,
    ) -> None:
        super().__init__(schema)
        self._ide = ide
        self._published = published
        self._metrics = metrics
        self._instance = instance
        self._viewers = viewers
        self._live = live
        self._rates = rates
        self._kept = kept
        lines = instance.views.lines()
        beforehand = Beforehand(lines, instance.views, instance.record.clock) if lines is not None else None
        self._stand = Stand(instance, beforehand)
        self._working = Working(
            schema,
            instance,
            turns=turns,
            seconds=seconds,
            kept=kept,
            shorts=shorts,
            metrics=metrics,
            beforehand=beforehand,
        )
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
            exchange = Exchange(asked, asking, wanted, told)
            answer = await self._worked_out(exchange)
        # Only who wants it encoded gets bytes.
        assert isinstance(answer.content, dict)
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
        # RFC 9111, section 5.2.1.5: nobody is to keep any part of this.
        wanted.anew = "no-store" in request.headers.get("cache-control", "").lower()
        if request.method == "GET":
            wanted.questions_only = NO_COMMANDS
            if not asked.evidence:
                # A receipt is made anew each time, with the instant of its answer in it.
                wanted.held = held_tags(request.headers.get("if-none-match", ""))
        exchange = Exchange(asked, asking, wanted, told, is_gone(request.scope))
        answer = await self._at_once(exchange)
        if answer is None:
            answer = await self._worked_out(exchange)
        if LEARNS in request.scope and told.kind == "query" and not asked.evidence:
            learning: Learning = request.scope[LEARNS]
            learning.exchange = exchange
        headers = {"content-language": wanted.language, **answer.headers}
        if answer.tag is not None:
            headers |= {"etag": answer.tag, **CACHED}
        if answer.clock is not None:
            # An answer that is unchanged keeps the clock of its moment; this is how late it is now.
            headers[CLOCK] = answer.clock.isoformat()
        if answer.content is None:
            return Response(None, 304, headers)
        return json_response(answer.content, answer.status, headers, wanted.content_type)

    async def _at_once(self, exchange: Exchange) -> Answer | None:
        """What is answered without a thread of its own, for it is there; None where it is not."""
        if not (exchange.wanted.held or self._may_be_kept(exchange)):
            return None
        try:
            standing = await self._stand.standing()
        except UNAVAILABLE:
            # What cannot be read now is said by the operation itself.
            return None
        if self._instance.record.is_alone and self._kept.seen.position > standing.position:
            standing = self._kept.seen
        # Asked afterwards: the clock does not stand before the last event that is seen.
        now = self._instance.record.clock.now()
        if (exchange.asked.at_least or 0) > standing.position:
            return None
        admitted = self._rates.admission(exchange.asking)
        answer = self._known(exchange, admitted, standing, now)
        return None if answer is None else settled(answer, exchange.told, admitted)

    async def again(self, read: Exchange, scope: Scope, given: Sequence[str]) -> Answer:
        """The answer to a question that was read before, in a request with these Authorization headers. HttpError."""
        told = Told()
        asking = await self._viewers.asking(given, scope["client"][0] if scope.get("client") else None)
        exchange = Exchange(read.asked, asking, read.wanted, told, is_gone(scope))
        with self._counting(told):
            try:
                return await self._at_once(exchange) or await self._worked_out(exchange)
            except Exception:
                # It comes again on the usual way, where it is counted.
                told.outcome = ""
                raise

    async def _worked_out(self, exchange: Exchange) -> Answer:
        return await self._working.answer(exchange, self._rates.admission(exchange.asking))

    async def _asking(self, request: Request) -> Asking:
        """Who carries the request's token, or anybody."""
        host = request.client.host if request.client else None
        return await self._viewers.asking(request.headers.getlist("authorization"), host)

    def _may_be_kept(self, exchange: Exchange) -> bool:
        wanted, operation = exchange.wanted, exchange.asked.operation
        return wanted.encoded and not wanted.anew and self._kept.may_hold(operation.document, operation.name)

    def _known(self, exchange: Exchange, admitted: Admitted, standing: Standing, now: datetime) -> Answer | None:
        """What the client holds already, or was kept of an answer, if it is that from there at a time; None otherwise."""
        wanted = exchange.wanted
        tag = exchange.question(self._instance.record.record_id).tag(standing, now)
        if wanted.held and tag in wanted.held:
            exchange.told.unchanged(standing.position, exchange.asked)
            return Answer(None, 304, tag, now)
        kept = None if wanted.anew else self._kept.get(tag)
        if kept is None or (kept.tells_the_clock and not wanted.by_get):
            return None
        try:
            admitted.begin()
            admitted.admit(kept.cost)
        except BadInput as error:
            exchange.told.outcome = "refused"
            return wanted.answer(refused(error, wanted.language))
        exchange.told.again(kept)
        return Answer(kept.body, kept.status, tag if wanted.by_get else None, now)


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
