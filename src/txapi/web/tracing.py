"""Where traces go: to a collector that speaks OTLP over HTTP, as OpenTelemetry's own variables say, or nowhere."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import TYPE_CHECKING, Self

from opentelemetry import trace
from opentelemetry.propagators.textmap import Getter

from txapi.record.spans import collect

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter
    from starlette.types import Scope

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
PROTOCOLS = ("OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL")
CLOSE_SECONDS = 5.0
"""How long a collector that does not answer may hold up the end of the process."""


class CannotTrace(Exception):
    """Traces are asked for, and cannot be had as asked; the message says what would help."""


class Tracing:
    """Sends spans while it is open; `close` sends what is left."""

    def __init__(self, shut_down: Callable[[], None] | None = None) -> None:
        self._shut_down = shut_down

    @classmethod
    def from_environment(cls, env: Mapping[str, str]) -> Self:
        """Begin to send spans where the environment names a collector; `CannotTrace` where it asks for what is not there.

        `OTEL_EXPORTER_OTLP_ENDPOINT` (or `..._TRACES_ENDPOINT`) or `OTEL_TRACES_EXPORTER=otlp|console` switch it on,
        `OTEL_SDK_DISABLED=true` and `OTEL_TRACES_EXPORTER=none` off. The SDK reads the other variables itself.
        """
        wanted = env.get("OTEL_TRACES_EXPORTER", "").strip() or (
            "otlp" if any(env.get(name) for name in ENDPOINTS) else ""
        )
        if wanted in ("", "none") or env.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
            return cls()
        if not isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
            # Whoever started this process has set up tracing for it (`opentelemetry-instrument`), and ends it too.
            collect()
            return cls()
        try:
            from opentelemetry.sdk.resources import Resource
            from opentelemetry.sdk.trace import TracerProvider
            from opentelemetry.sdk.trace.export import BatchSpanProcessor
        except ImportError as error:
            raise CannotTrace(
                "the OTEL_ variables ask for traces, and what sends them is not installed:"
                f" pip install 'tongxiang-record[tracing]' ({error})"
            ) from None
        named = "OTEL_SERVICE_NAME" in env or "service.name=" in env.get("OTEL_RESOURCE_ATTRIBUTES", "")
        about = {"service.version": version("tongxiang-record")} | ({} if named else {"service.name": "txapi"})
        provider = TracerProvider(resource=Resource.create(about), shutdown_on_exit=False)
        provider.add_span_processor(BatchSpanProcessor(_exporter(wanted, env)))
        trace.set_tracer_provider(provider)
        collect()
        return cls(provider.shutdown)

    def close(self) -> None:
        """Send what is left, for some seconds at most."""
        if self._shut_down is not None:
            closing = threading.Thread(target=self._shut_down, name="txapi-tracing", daemon=True)
            closing.start()
            closing.join(CLOSE_SECONDS)


def _exporter(wanted: str, env: Mapping[str, str]) -> SpanExporter:
    if wanted == "console":
        from opentelemetry.sdk.trace.export import ConsoleSpanExporter

        return ConsoleSpanExporter()
    if wanted != "otlp":
        raise CannotTrace(f"OTEL_TRACES_EXPORTER={wanted!r}: it takes otlp, console or none")
    for name in PROTOCOLS:
        if env.get(name, "http/protobuf") != "http/protobuf":
            raise CannotTrace(f"{name}={env[name]!r}: traces are sent by http/protobuf only (port 4318 of a collector)")
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    return OTLPSpanExporter()


class Headers(Getter["Scope"]):
    """Reads the trace that a request belongs to off its headers."""

    def get(self, carrier: Scope, key: str) -> list[str] | None:
        """Every value of a header."""
        wanted = key.lower().encode()
        return [value.decode("latin-1") for name, value in carrier["headers"] if name == wanted] or None

    def keys(self, carrier: Scope) -> list[str]:
        """The names of the headers."""
        return [name.decode("latin-1") for name, _ in carrier["headers"]]
