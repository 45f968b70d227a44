"""Spans 跨度: what a trace tells of the way from a request to its rows. Until somebody collects them, they cost nothing.

A span never holds what an event says, who acts, or the message of an error: traces are kept by others, and for long.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, Span, SpanContext, SpanKind, Status, StatusCode, Tracer
from opentelemetry.util.types import AttributeValue

from txapi.domain.errors import BadInput, Refusal

_tracer: Tracer | None = None
_NO_SPAN = nullcontext(trace.INVALID_SPAN)


def collect() -> None:
    """Open spans from now on: somebody has set up, for the whole process, where they go."""
    global _tracer  # noqa: PLW0603 - where spans go is decided once for a process, by OpenTelemetry too
    _tracer = trace.get_tracer("txapi")


def are_collected() -> bool:
    """Whether spans go anywhere."""
    return _tracer is not None


def current() -> SpanContext:
    """The place in the trace of whatever runs here; not valid where nothing is traced."""
    return trace.INVALID_SPAN_CONTEXT if _tracer is None else trace.get_current_span().get_span_context()


def span(
    name: str,
    attributes: dict[str, AttributeValue] | None = None,
    *,
    causes: Sequence[SpanContext] = (),
    within: Context | None = None,
    kind: SpanKind = SpanKind.INTERNAL,
) -> AbstractContextManager[Span]:
    """A span around what follows, in the span that is open here, or `within` what a request says; errors are told by their type.

    `causes` are what it does the work of, from other threads: it belongs to the trace of the first one that is collected,
    and is linked to all of them.
    """
    if _tracer is None:
        return _NO_SPAN
    links = None
    if causes:
        parent = next((cause for cause in causes if cause.trace_flags.sampled), causes[0])
        within = trace.set_span_in_context(trace.NonRecordingSpan(parent))
        links = [Link(cause) for cause in causes]
    return _opened(_tracer.start_span(name, within, kind, attributes, links))


@contextmanager
def _opened(opened: Span) -> Iterator[Span]:
    with trace.use_span(opened, end_on_exit=True, record_exception=False, set_status_on_exception=False):
        try:
            yield opened
        except (BadInput, Refusal) as said:
            # What the client learns as such, with its code, is no failure of ours.
            opened.set_attribute("txapi.code", said.code)
            raise
        except Exception as error:
            opened.set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise
