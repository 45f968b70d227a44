"""Metrics 指标: counts, times and states of a running instance, in the form that Prometheus reads.

Everything here is an observer: it is told by what does the work, or looks when it is asked. No label holds what a client chose
freely, so that nobody can make the list of series grow. With `PROMETHEUS_MULTIPROC_DIR` (several worker processes, set
before they start) each process keeps its numbers in files of that folder, and whichever is asked answers with the sum.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache, partial
from importlib.metadata import version
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.exposition import choose_encoder
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.responses import Response

from txapi.projections.views import fingerprint
from txapi.record.batch import Appended
from txapi.record.conflicts import (
    AppendUncertain,
    ClockBehind,
    CommandIdReused,
    KeyTaken,
    LeaseLost,
    RecordUnavailable,
    StreamMoved,
)
from txapi.web.gate import Full
from txapi.web.processes import Processes, only_this, shared_folder, sharing
from txapi.web.webhooks.deliverer import Standing

if TYPE_CHECKING:
    from starlette.requests import Request

    from txapi.record.writer import Outcome
    from txapi.web.instance import Instance

log = logging.getLogger(__name__)

_NOT_APPENDED: tuple[tuple[type[Exception], str], ...] = (
    (StreamMoved, "stream_moved"),
    (KeyTaken, "key_taken"),
    (CommandIdReused, "command_id_reused"),
    (LeaseLost, "lease_lost"),
    (ClockBehind, "clock_behind"),
    (RecordUnavailable, "unavailable"),
    (AppendUncertain, "uncertain"),
)
_APPEND_OUTCOMES = ("recorded", "replayed", *(name for _, name in _NOT_APPENDED), "failed")

_REQUEST_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_TRANSACTION_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_APPENDS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
_EVENTS = (1, 2, 5, 10, 50, 100, 500, 1_000, 4_000)

disable_created_metrics()  # type: ignore[no-untyped-call]


class Metrics:
    """The metrics of one instance, in a registry of its own."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        shared = shared_folder()
        self._registry = CollectorRegistry()
        # Its own thread: a server whose threads are all taken is the one whose numbers are wanted.
        self._limiter = anyio.CapacityLimiter(1)
        self._asked()
        self._recorded()
        self._followed()
        self._streamed()
        self._told()
        self._standing()
        self._answering = self._registry
        if shared is not None:
            self._answering = CollectorRegistry()
            MultiProcessCollector(self._answering, str(shared))  # type: ignore[no-untyped-call]
        self._answering.register(Processes(only_this if shared is None else partial(sharing, shared)))
        instance.record.writer.observer = self
        instance.observe(self)
        for name, duty in instance.duties.items():
            # When it changes, not when somebody asks: another worker may be the one that is always asked.
            duty.tell(self._duties.labels(name).set)

    # -- what there is -----------------------------------------------------------------------------------------

    def _asked(self) -> None:
        self._requests = Counter(
            "txapi_requests",
            "Operations by published name, kind and what they came to (answered, again, unchanged, errors, refused, failed)",
            ("operation", "kind", "outcome"),
            registry=self._registry,
        )
        self._request_seconds = Histogram(
            "txapi_request_seconds",
            "How long operations took, waiting for a thread included",
            ("operation", "kind"),
            buckets=_REQUEST_SECONDS,
            registry=self._registry,
        )
        self.in_progress = Gauge(
            "txapi_requests_in_progress",
            "Operations that are carried out or wait for a thread",
            multiprocess_mode="livesum",
            registry=self._registry,
        )
        self._responses = Counter(
            "txapi_http_responses",
            "HTTP responses by route and status",
            ("route", "status"),
            registry=self._registry,
        )
        # To find a series by its labels takes longer than to count. No label is a client's: what is kept here is bounded.
        self._count_request = cache(self._requests.labels)
        self._time_request = cache(self._request_seconds.labels)
        self._count_response = cache(lambda route, status: self._responses.labels(route, str(status)))
        self._turned_away = Counter(
            "txapi_connections_refused",
            "Connections that found no room, by whose limit (process, address, rate)",
            ("limit",),
            registry=self._registry,
        )
        for full in Full:
            self._turned_away.labels(full.value)
        self._commands = Counter(
            "txapi_commands",
            "Commands by name and what became of them (done, replayed, refused, invalid, failed)",
            ("command", "outcome"),
            registry=self._registry,
        )

    def _recorded(self) -> None:
        self._appends = Counter(
            "txapi_appends",
            "Appends by what became of them; a conflict is decided again, and counts each time",
            ("outcome",),
            registry=self._registry,
        )
        for outcome in _APPEND_OUTCOMES:
            self._appends.labels(outcome)
        self._appended_events = Counter(
            "txapi_appended_events", "Events that this server recorded", registry=self._registry
        )
        self._batch_appends = Histogram(
            "txapi_append_batch_size", "Appends in one transaction", buckets=_APPENDS, registry=self._registry
        )
        self._append_seconds = Histogram(
            "txapi_append_seconds",
            "How long a transaction took, waiting for the append lock included",
            buckets=_TRANSACTION_SECONDS,
            registry=self._registry,
        )
        self._checkpoints = Counter("txapi_checkpoints_signed", "Checkpoints signed", registry=self._registry)
        self._signing_failures = Counter(
            "txapi_signing_failures", "Attempts at a checkpoint that failed", registry=self._registry
        )
        self._witness_failures = Counter(
            "txapi_witness_failures",
            "Times that a witness was asked and did not co-sign",
            ("witness",),
            registry=self._registry,
        )

    def _followed(self) -> None:
        self._batch_events = Histogram(
            "txapi_projection_batch_events",
            "Events in one batch of the follower",
            buckets=_EVENTS,
            registry=self._registry,
        )
        self._projection_seconds = Histogram(
            "txapi_projection_seconds",
            "How long a batch took from the events to visible rows",
            buckets=_TRANSACTION_SECONDS,
            registry=self._registry,
        )
        self._restarts = Counter(
            "txapi_follower_restarts", "Batches that failed and were tried again", registry=self._registry
        )
        self._lapses = Counter(
            "txapi_watch_lapses", "Nouns on which the watch recorded what had lapsed", registry=self._registry
        )
        self._watch_failures = Counter(
            "txapi_watch_failures", "Rounds of the watch that failed", registry=self._registry
        )

    def _streamed(self) -> None:
        self.live_connections = Gauge(
            "txapi_live_connections",
            "WebSockets and event streams that are open",
            ("transport",),
            multiprocess_mode="livesum",
            registry=self._registry,
        )
        for transport in ("websocket", "sse"):
            self.live_connections.labels(transport)
        self.live_subscriptions = Gauge(
            "txapi_live_subscriptions",
            "Subscriptions under way",
            multiprocess_mode="livesum",
            registry=self._registry,
        )
        items = Counter(
            "txapi_live_items", "Items sent to subscribers (event, bookmark, day)", ("kind",), registry=self._registry
        )
        self.live_executions = Counter(
            "txapi_live_executions",
            "Items executed, once for all subscribers who want one alike",
            registry=self._registry,
        )
        self._live_told = {kind: items.labels(kind) for kind in ("event", "bookmark", "day")}
        self._live_seconds = Histogram(
            "txapi_live_seconds",
            "From an event's rows being visible until it is sent to a subscriber",
            buckets=_REQUEST_SECONDS,
            registry=self._registry,
        )
        self.live_slow = Counter(
            "txapi_live_too_slow", "Clients that were cut off because they took nothing", registry=self._registry
        )

    def _told(self) -> None:
        says = "Attempts to tell a webhook of an event, by what they came to (acknowledged, refused, failed)"
        self._webhook_attempts = Counter("txapi_webhook_attempts", says, ("outcome",), registry=self._registry)
        self._webhooks = Gauge(
            "txapi_webhooks",
            "Webhooks by how they stand (delivering, retrying, dead, without_secret), where this server tells them, else 0",
            ("state",),
            multiprocess_mode="livemax",
            registry=self._registry,
        )
        for outcome in ("acknowledged", "refused", "failed"):
            self._webhook_attempts.labels(outcome)
        self.webhooks_stand(Standing())

    def _standing(self) -> None:
        self._ready = self._state("txapi_ready", "1 while /readyz says 200, else 0")
        self._writable = self._state("txapi_writable", "1 while commands are carried out, else 0")
        self._head = self._state("txapi_head_position", "Position of the last event of the record")
        self._position = self._state("txapi_views_position", "Last position whose rows are visible")
        self._lag_events = self._state("txapi_lag_events", "Events that are recorded and not visible yet")
        self._lag_seconds = self._state("txapi_lag_seconds", "Age of the first event that is not visible yet")
        self._clock_offset = self._state(
            "txapi_clock_offset_seconds",
            "How far the record's clock is ahead of the machine's: a demonstration's is far from it",
        )
        self._signed_size = self._state("txapi_signed_events", "Events that the last checkpoint signs for")
        self._unsigned = self._state("txapi_unsigned_events", "Events that no checkpoint signs for yet")
        self._duties = Gauge(
            "txapi_duty",
            "1 where this server has the duty of all that serve the record (follower, watch, signer, sweeper, webhooks), else 0",
            ("duty",),
            multiprocess_mode="livemax",
            registry=self._registry,
        )
        self._seen = (
            self._head, self._position, self._lag_events, self._lag_seconds, self._clock_offset, self._signed_size,
            self._unsigned,
        )  # fmt: skip
        about = Gauge(
            "txapi_build_info",
            "1, with the version of the package and the fingerprint of the code of the read models",
            ("version", "views"),
            multiprocess_mode="mostrecent",
            registry=self._registry,
        )
        about.labels(version("tongxiang-record"), fingerprint()).set(1)
        workers = Gauge("txapi_workers", "Processes that serve", multiprocess_mode="livesum", registry=self._registry)
        workers.set(1)

    def _state(self, name: str, meaning: str) -> Gauge:
        # Of several workers, the one that is asked has looked last.
        return Gauge(name, meaning, multiprocess_mode="mostrecent", registry=self._registry)

    # -- what is told ------------------------------------------------------------------------------------------

    def request_ended(self, operation: str, kind: str, outcome: str, seconds: float) -> None:
        """An operation was answered, or refused. Its name is a published one or `other`, its kind `none` if it was not read."""
        self._count_request(operation, kind, outcome).inc()
        self._time_request(operation, kind).observe(seconds)

    def responded(self, route: str, status: int, _seconds: float) -> None:
        """A request was answered; status 0 where its client had gone."""
        self._count_response(route, status).inc()

    def turned_away(self, full: Full) -> None:
        """A connection found no room."""
        self._turned_away.labels(full.value).inc()

    def live_told(self, kind: str, seconds: float | None) -> None:
        """An item was sent to a subscriber, so many seconds after its event came where it came just now."""
        self._live_told[kind].inc()
        if seconds is not None:
            self._live_seconds.observe(seconds)

    def command_ended(self, command: str, outcome: str) -> None:
        """A command was carried out, or not."""
        self._commands.labels(command, outcome).inc()

    def batch_ended(self, outcomes: Sequence[Outcome], seconds: float) -> None:
        """A transaction ended."""
        self._batch_appends.observe(len(outcomes))
        self._append_seconds.observe(seconds)
        for outcome in outcomes:
            self._appends.labels(_append_outcome(outcome)).inc()
            if isinstance(outcome, Appended) and not outcome.replayed:
                self._appended_events.inc(outcome.last - outcome.first + 1)

    def took_in(self, events: int, seconds: float) -> None:
        """The follower made a batch visible."""
        self._batch_events.observe(events)
        self._projection_seconds.observe(seconds)

    def restarted(self) -> None:
        """The follower starts again."""
        self._restarts.inc()

    def watched(self, touched: int) -> None:
        """The watch looked."""
        self._lapses.inc(touched)

    def watch_failed(self) -> None:
        """The watch could not."""
        self._watch_failures.inc()

    def signed(self) -> None:
        """A checkpoint was signed."""
        self._checkpoints.inc()

    def signing_failed(self) -> None:
        """No checkpoint could be signed."""
        self._signing_failures.inc()

    def witness_failed(self, name: str) -> None:
        """A witness did not co-sign; those who are asked are named by the policy."""
        self._witness_failures.labels(name).inc()

    def delivery_ended(self, outcome: str) -> None:
        """An attempt to tell a webhook ended."""
        self._webhook_attempts.labels(outcome).inc()

    def webhooks_stand(self, standing: Standing) -> None:
        """How all webhooks stand."""
        for state, count in standing._asdict().items():
            self._webhooks.labels(state).set(count)

    # -- what is asked -----------------------------------------------------------------------------------------

    async def door(self, request: Request) -> Response:
        """`/metrics`."""
        accept = request.headers.get("accept", "")
        body, media_type = await anyio.to_thread.run_sync(self.exposition, accept, limiter=self._limiter)
        return Response(body, headers={"content-type": media_type, "cache-control": "no-store"})

    def exposition(self, accept: str = "") -> tuple[bytes, str]:
        """Everything, in the form that is accepted, and which form that is. Reads the record: not on an event loop."""
        self._look()
        encode, media_type = choose_encoder(accept)
        return encode(self._answering), media_type

    def _look(self) -> None:
        instance = self._instance
        try:
            state = instance.readiness()
        except Exception:
            # Counts are worth having above all when nothing else answers.
            log.exception("the state of the instance cannot be told")
            for gauge in (self._ready, self._writable):
                gauge.set(0)
            for gauge in self._seen:
                gauge.set(float("nan"))
            return
        self._ready.set(state.ready)
        self._writable.set(state.writable)
        self._clock_offset.set((instance.record.clock.now() - datetime.now(UTC)).total_seconds())
        self._position.set(state.position if state.views_seen else float("nan"))
        # What was seen a while ago is no measurement.
        told = {
            self._head: state.head,
            self._lag_events: state.lag_events,
            self._lag_seconds: state.lag_seconds,
            self._signed_size: state.signed,
            self._unsigned: max(0, state.head - state.signed),
        }
        for gauge, value in told.items():
            gauge.set(value if state.seen else float("nan"))


def _append_outcome(outcome: Outcome) -> str:
    if isinstance(outcome, Appended):
        return "replayed" if outcome.replayed else "recorded"
    return next((name for kind, name in _NOT_APPENDED if isinstance(outcome, kind)), "failed")
