"""The app: what stands at which path of a running instance."""

from __future__ import annotations

import logging

import anyio
import anyio.to_thread
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route, WebSocketRoute

from txapi.record.damage import MAYBE_DAMAGE, is_damage
from txapi.schema.errors import DAMAGED_LOGGED, UNAVAILABLE
from txapi.schema.schema import the_schema
from txapi.settings import Settings
from txapi.web.accepting import language_in
from txapi.web.again import Again
from txapi.web.answers import HttpError, json_response
from txapi.web.assets import Assets
from txapi.web.demo import DemoUsers
from txapi.web.event_schemas import EventSchemas
from txapi.web.exporting import ExportDoor
from txapi.web.files import FileDoor
from txapi.web.forms import FormDoor
from txapi.web.front import Front
from txapi.web.gate import Gate
from txapi.web.graphql import GraphQLDoor
from txapi.web.guard import Guard, Hosts, Origins
from txapi.web.importing import ImportDoor
from txapi.web.instance import Instance
from txapi.web.kept import KeptAnswers
from txapi.web.live import Limits, Live
from txapi.web.log import Log
from txapi.web.metrics import Metrics
from txapi.web.operations import operations
from txapi.web.persisted import published_documents
from txapi.web.provider import Provider
from txapi.web.rates import Rates
from txapi.web.shield import Shield
from txapi.web.shorts import Shorts
from txapi.web.sockets import Sockets
from txapi.web.tail import Pace
from txapi.web.tokens import Tokens
from txapi.web.turns import Turns
from txapi.web.viewers import Viewers

log = logging.getLogger(__name__)

MOST_READING = 10
"""How many operations read in a database at the same time: fewer than there are connections for it, so that one is left for whoever writes,
listens or looks where the rows stand, however many long operations are under way."""


class Health:
    """Whether the process lives, and whether its answers are fresh."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        # Its own threads: a server that is busy is not for that reason unready.
        self._limiter = anyio.CapacityLimiter(2)

    async def healthz(self, request: Request) -> Response:
        """The process answers."""
        return json_response({"healthy": True})

    async def readyz(self, request: Request) -> Response:
        """The read models are fresh, the follower and the watch work, the clock is right; or why not."""
        state = await anyio.to_thread.run_sync(self._instance.readiness, limiter=self._limiter)
        content = {
            "ready": state.ready,
            "writable": state.writable,
            "problems": state.problems,
            "head": str(state.head),
            "position": str(state.position),
            "lagEvents": state.lag_events,
            "lagSeconds": round(state.lag_seconds, 3),
            "clock": state.clock,
        }
        return json_response(content, 200 if state.ready else 503)


async def no_ide(request: Request) -> Response:
    """There is no page to ask in where the schema may not be asked for."""
    raise HttpError(404, "NOT_FOUND", "Not Found")


async def http_error(request: Request, error: Exception) -> Response:
    """What a door says of a request that it turns away."""
    assert isinstance(error, HttpError)
    return error.response(language_in(request.scope))


async def _unavailable(request: Request, error: Exception) -> Response:
    """What a door says while the record cannot be read."""
    log.warning("unavailable: %s", error)
    message = "the record cannot be reached or written just now; nothing was recorded"
    return HttpError(503, "UNAVAILABLE", message, {"retry-after": "5"}).response(language_in(request.scope))


async def _damaged(request: Request, error: Exception) -> Response:
    """What a door says where a file is damaged; any other error of the store is nobody's to explain here."""
    if not is_damage(error):
        raise error
    log.error(DAMAGED_LOGGED, error)
    message = "a file that this server reads is damaged; its operator is to look, and nothing was recorded"
    return HttpError(503, "STORE_DAMAGED", message).response(language_in(request.scope))


async def _http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = {404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED"}.get(error.status_code, "BAD_REQUEST")
    return HttpError(error.status_code, code, str(error.detail), error.headers).response(language_in(request.scope))


def create_app(
    instance: Instance,
    settings: Settings,
    tokens: Tokens,
    *,
    demo: bool = False,
    gate: Gate | None = None,
    shorts: Shorts | None = None,
) -> Starlette:
    """The ASGI app of an instance that somebody else starts and stops; a `demo` lends the identities of its people.

    `gate` is that of its connections, whose refusals are counted; `shorts` say what may be carried out on the event loop.
    """
    assets = Assets()
    metrics = Metrics(instance) if settings.metrics == "on" else None
    if metrics is not None and gate is not None:
        gate.observer = metrics.turned_away
    viewers = Viewers(
        tokens, anonymous_reads=settings.anonymous_role == "reader", provider=Provider.from_settings(settings)
    )
    rates = Rates(
        settings.budgets,
        introspection=settings.introspects,
        listed=published_documents().holds if settings.operations == "published" else lambda _: True,
    )
    turns = Turns(settings.threads, None if settings.database is None else MOST_READING)
    live = Live(the_schema(), instance, pace_of(settings), Limits.of(settings), metrics, rates)
    door = GraphQLDoor(
        the_schema(),
        instance,
        viewers,
        live,
        turns=turns,
        rates=rates,
        kept=KeptAnswers(settings.kept_megabytes * 1024 * 1024),
        shorts=shorts or Shorts(),
        seconds=settings.query_seconds,
        ide=assets.ide if settings.introspects else no_ide,
        published=frozenset(operations()),
        metrics=metrics,
    )
    health = Health(instance)
    middleware = [
        Middleware(
            Again,
            answer=door.again,
            answered=metrics.responded if metrics else None,
            leaving=lambda: instance.ends_connections,
        ),
        Middleware(Guard, hosts=Hosts.of(settings), origins=Origins.of(settings), hsts_seconds=settings.hsts_seconds),
    ]
    if settings.allowed_origins:
        middleware.append(
            Middleware(
                CORSMiddleware,
                allow_origins=list(settings.allowed_origins),
                allow_methods=["GET", "POST"],
                allow_headers=[
                    "authorization",
                    "content-type",
                    "if-none-match",
                    "traceparent",
                    "tracestate",
                    "last-event-id",
                    "x-request-id",
                    "x-txapi-at-least",
                    "x-txapi-evidence",
                ],
                expose_headers=[
                    "content-disposition",
                    "etag",
                    "ratelimit",
                    "ratelimit-policy",
                    "retry-after",
                    "x-request-id",
                    "x-txapi-clock",
                    "x-txapi-position",
                ],
            )
        )
    # Inside what answers to other origins, so that their pages can read refusals too; around everything else.
    middleware.append(
        Middleware(
            Shield,
            max_body_bytes=settings.max_body_bytes,
            answered=metrics.responded if metrics else None,
            leaving=lambda: instance.ends_connections,
        )
    )
    app = Starlette(
        routes=[
            # First, for routes are looked through in their order.
            Route("/graphql", door),
            WebSocketRoute("/graphql", Sockets(live, door.operate, viewers)),
            *Front(assets).routes(),
            Route("/healthz", health.healthz),
            Route("/readyz", health.readyz),
            *([Route("/metrics", metrics.door)] if metrics else []),
            *ImportDoor(instance, viewers, metrics.command_ended if metrics else None).routes(),
            ExportDoor(instance, viewers, rates, turns).route(),
            *FormDoor(instance, viewers, rates).routes(),
            EventSchemas().route(),
            *FileDoor(instance, viewers, settings.file_limit).routes(),
            *assets.routes(),
            *([DemoUsers(instance.record, tokens).route()] if demo else []),
            Mount("/log", routes=Log(instance.ledger, instance.record.store).routes()),
        ],
        middleware=middleware,
        exception_handlers={
            HTTPException: _http_exception,
            HttpError: http_error,
            **dict.fromkeys(UNAVAILABLE, _unavailable),
            **dict.fromkeys(MAYBE_DAMAGE, _damaged),
        },
    )
    app.state.live = live
    return app


def pace_of(settings: Settings) -> Pace:
    """How much listeners may ask, as the settings say."""
    return Pace(settings.live_bookmark_seconds, settings.live_backlog, settings.live_resume_events)
