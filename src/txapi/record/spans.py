"""Spans 跨度: what a trace tells of the way from a request to its rows. They cost next to nothing where nobody collects them.

A span never holds what an event says, who acts, or the message of an error: traces are kept by others, and for long.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, Span, SpanContext, SpanKind, Status, StatusCode
from opentelemetry.util.types import AttributeValue

from txapi.domain.errors import BadInput, Refusal

_tracer = trace.get_tracer("txapi")


def current() -> SpanContext:
    """The place in the trace of whatever runs here; not valid where nothing is traced."""
    return trace.get_current_span().get_span_context()


@contextmanager
def span(
    name: str,
    attributes: dict[str, AttributeValue] | None = None,
    *,
    causes: Sequence[SpanContext] = (),
    within: Context | None = None,
    kind: SpanKind = SpanKind.INTERNAL,
) -> Iterator[Span]:
    """A span around what follows, in the span that is open here, or `within` what a request says; errors are told by their type.

    `causes` are what it does the work of, from other threads: it belongs to the trace of the first one that is collected,
    and is linked to all of them.
    """
    context = within
    links = None
    if causes:
        parent = next((cause for cause in causes if cause.trace_flags.sampled), causes[0])
        context = trace.set_span_in_context(trace.NonRecordingSpan(parent))
        links = [Link(cause) for cause in causes]
    with _tracer.start_as_current_span(
        name, context, kind, attributes, links, record_exception=False, set_status_on_exception=False
    ) as opened:
        try:
            yield opened
        except (BadInput, Refusal) as said:
            # What the client learns as such, with its code, is no failure of ours.
            opened.set_attribute("txapi.code", said.code)
            raise
        except Exception as error:
            opened.set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise
