"""Traces: one leads from a request to the rows that it changed, and tells nothing of what people wrote."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tests.web.asking import Client
from tests.web.serving import REGISTER, UNITS, Served, unit
from txapi.record.batch import Append
from txapi.web.instance import Instance
from txapi.web.tracing import CannotTrace, Tracing

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Collected:
    """Every span that ended while it was there."""

    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()
        provider = TracerProvider(shutdown_on_exit=False)
        provider.add_span_processor(SimpleSpanProcessor(self._exporter))
        self.tracer = provider.get_tracer("txapi")

    def clear(self) -> None:
        self._exporter.clear()

    def named(self, *names: str) -> list[ReadableSpan]:
        """The first span of each name, waited for: some end a moment after the answer."""
        until = time.monotonic() + 20
        while True:
            spans = {span.name: span for span in reversed(self._exporter.get_finished_spans())}
            if set(names) <= set(spans):
                return [spans[name] for name in names]
            assert time.monotonic() < until, f"{names} of {set(spans)}"
            time.sleep(0.005)

    def all(self) -> tuple[ReadableSpan, ...]:
        return self._exporter.get_finished_spans()


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Collected:
    # OpenTelemetry lets a process be told once where its spans go, and the other tests need none.
    collected = Collected()
    monkeypatch.setattr("txapi.record.spans._tracer", collected.tracer)
    return collected


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    with Instance.open(tmp_path / "data") as opened:
        yield opened


@pytest.fixture
def client(instance: Instance, tmp_path: Path) -> Client:
    return Client(instance, tmp_path)


def attributes(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


def test_one_mutation_is_one_trace_from_the_request_to_its_rows(spans: Collected, client: Client) -> None:
    answer = client.post(REGISTER, unit("a"), client.token(), x_request_id="front-1").json()
    request, command, append, projection = spans.named("mutation other", "command registerUnit", "append", "projection")

    assert answer["data"]["registerUnit"]["position"] == "1"
    assert request.parent is None
    assert command.parent == request.context
    assert append.parent is not None
    assert command.context is not None
    assert append.parent.span_id == command.context.span_id
    assert projection.parent is not None
    assert append.context is not None
    assert projection.parent.span_id == append.context.span_id
    assert {span.context.trace_id for span in (request, command, append, projection) if span.context} == {
        append.context.trace_id
    }
    assert attributes(request)["txapi.request_id"] == "front-1"
    assert attributes(request)["txapi.outcome"] == "answered"
    assert attributes(request)["txapi.position"] == 1
    assert attributes(append) == {
        "txapi.appends": 1, "txapi.turned_down": 0, "txapi.position.first": 1, "txapi.position.last": 1,
    }  # fmt: skip
    assert attributes(projection) == {"txapi.position.first": 1, "txapi.position.last": 1}


def test_a_command_tells_the_correlation_that_its_events_bear(
    spans: Collected, instance: Instance, client: Client
) -> None:
    client.post(REGISTER, unit("a"), client.token())
    [command] = spans.named("command registerUnit")

    recorded = instance.record.event_at(1)
    assert recorded is not None
    assert attributes(command)["txapi.correlation_id"] == recorded.event.meta.correlation_id


def test_a_request_goes_on_in_the_trace_that_it_names(spans: Collected, client: Client) -> None:
    client.ask(
        "POST", "/graphql",
        json={"query": "query Units { units(first: 1) { totalCount } }"},
        headers={"traceparent": PARENT},
    )  # fmt: skip
    [request] = spans.named("query Units")

    assert request.parent is not None
    assert trace.format_span_id(request.parent.span_id) == "b7ad6b7169203331"
    assert attributes(request)["txapi.position"] == 0
    assert attributes(request)["http.response.status_code"] == 200


def test_what_was_not_sampled_before_is_not_sampled_here(spans: Collected, client: Client) -> None:
    client.post(REGISTER, unit("a"), client.token(), traceparent=PARENT[:-2] + "00")
    client.post(UNITS)
    spans.named("query other")

    assert [span.name for span in spans.all() if "command" in span.name or span.name == "append"] == []


def test_commands_that_share_a_transaction_are_all_linked_to_it(spans: Collected, instance: Instance) -> None:
    held = instance.record.store.appending()
    causes = []
    with held:
        # The first append waits for the lock; the others gather behind it.
        for number in range(4):
            with spans.tracer.start_as_current_span(f"command {number}") as span:
                causes.append(span.get_span_context())
                instance.record.writer.submit(Append(expected={f"s{number}": 0}))
            while number == 0 and not instance.record.writer._queue.empty():
                time.sleep(0.001)
    deadline = time.monotonic() + 20
    while len(appends := [span for span in spans.all() if span.name == "append"]) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.005)

    assert [attributes(append)["txapi.appends"] for append in appends] == [1, 3]
    assert [link.context.span_id for link in appends[1].links] == [cause.span_id for cause in causes[1:]]
    assert appends[1].parent is not None
    assert appends[1].parent.span_id == causes[1].span_id


def test_a_refusal_is_no_error_and_a_failure_is_one(
    spans: Collected, instance: Instance, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.post(REGISTER, unit("a"), client.token())
    spans.named("projection")
    spans.clear()
    client.post(REGISTER, unit("a"), client.token())
    [refused] = spans.named("command registerUnit")
    spans.clear()
    monkeypatch.setattr(instance.record.writer, "append", lambda append: 1 // 0)
    client.post(REGISTER, unit("b"), client.token())
    failed, request = spans.named("command registerUnit", "mutation other")

    assert refused.status.is_ok
    assert attributes(refused)["txapi.code"] == "AlreadyExists"
    assert failed.status.description == "ZeroDivisionError"
    assert not request.status.is_ok
    assert attributes(request)["txapi.outcome"] == "failed"


def test_no_span_tells_who_acts_or_what_people_wrote(
    spans: Collected, instance: Instance, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = client.token()
    client.post(REGISTER, unit("wang-xiaoming", reason="王小明说的"), token)
    client.post(REGISTER, unit("wang-xiaoming", reason="王小明说的"), token)
    client.ask("GET", "/graphql", params={"query": 'query 王 { units(filter: {text: "王小明"}) { totalCount } }'})
    client.post('query Wang_Xiaoming { units(filter: {text: "王小明"}) { totalCount } }', token=token)
    client.ask("GET", "/wang-xiaoming")
    monkeypatch.setattr(instance.record.writer, "append", _fail)
    client.post(REGISTER, unit("wang-xiaoer"), token)
    spans.named("projection", "query other", "GET other")

    told = "\n".join(span.to_json() for span in spans.all()).lower()

    assert "runtimeerror" in told
    found = [word for word in ("wang", "王", "\\u738b", "test.administrator", "wutong", token.lower()) if word in told]
    assert found == []


def test_health_and_metrics_leave_no_trace(spans: Collected, client: Client) -> None:
    for path in ("/healthz", "/readyz", "/metrics"):
        client.ask("GET", path)

    assert spans.all() == ()


@pytest.mark.parametrize(
    ("env", "hint"),
    [
        ({"OTEL_TRACES_EXPORTER": "jaeger"}, "otlp, console or none"),
        ({"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, "http/protobuf"),
    ],
)
def test_what_cannot_be_had_is_said_to_be(env: dict[str, str], hint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trace, "get_tracer_provider", trace.ProxyTracerProvider)
    with pytest.raises(CannotTrace, match=hint):
        Tracing.from_environment(env)


@pytest.mark.parametrize(
    "env",
    [
        {},
        {"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://nowhere"},
        {"OTEL_SDK_DISABLED": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://nowhere"},
    ],
)
@pytest.mark.only_on("sqlite", because="it is asked before a store is")
def test_unless_variables_ask_for_it_nothing_that_collects_is_loaded(env: dict[str, str]) -> None:
    code = (
        "import os, sys\n"
        "sys.modules['opentelemetry.sdk'] = None\n"
        "from txapi.web.tracing import Tracing\n"
        "Tracing.from_environment(os.environ).close()\n"
    )
    asked = subprocess.run([sys.executable, "-c", code], env={**os.environ, **env}, capture_output=True, check=False)
    told = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "OTEL_TRACES_EXPORTER": "otlp"},
        capture_output=True,
        check=False,
    )

    assert asked.returncode == 0, asked.stderr
    assert b"pip install 'tongxiang-record[tracing]'" in told.stderr


class Collector(BaseHTTPRequestHandler):
    """Takes what an exporter sends, as a collector would."""

    received: list[tuple[str, ExportTraceServiceRequest]] = []  # noqa: RUF012 - one per test, set there

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.received.append((self.path, ExportTraceServiceRequest.FromString(body)))
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.mark.slow_on("postgresql")
def test_a_server_sends_its_spans_to_the_collector_that_is_named(tmp_path: Path) -> None:
    Collector.received = []
    collector = HTTPServer(("127.0.0.1", 0), Collector)
    serving = threading.Thread(target=collector.serve_forever)
    serving.start()
    try:
        address = f"http://127.0.0.1:{collector.server_port}"
        with Served(tmp_path / "data", OTEL_EXPORTER_OTLP_ENDPOINT=address, OTEL_SERVICE_NAME="city") as server:
            server.post(REGISTER, unit("a"), server.token())
        assert server.code == 0, server.log.read_text()
    finally:
        collector.shutdown()
        serving.join()
        collector.server_close()

    resources = [resource for _, request in Collector.received for resource in request.resource_spans]
    names = {span.name for resource in resources for scope in resource.scope_spans for span in scope.spans}
    about = {pair.key: pair.value.string_value for pair in resources[0].resource.attributes}
    assert {path for path, _ in Collector.received} == {"/v1/traces"}
    assert {"mutation other", "command registerUnit", "append", "projection"} <= names
    assert about["service.name"] == "city"


def _fail(append: object) -> None:
    raise RuntimeError("王小明")
