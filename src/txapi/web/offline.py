"""The schema without a server: its text, and answers to operations on read models that lie at hand."""

from __future__ import annotations

from typing import Any

from txapi.application.desk import Desk
from txapi.domain.errors import BadInput
from txapi.domain.event import Actor
from txapi.projections.views import Views
from txapi.schema.admitting import Operation
from txapi.schema.context import Context
from txapi.schema.error_table import TABLE as ERRORS
from txapi.schema.executing import execute
from txapi.schema.schema import schema_text, the_schema


def answer(views: Views, desk: Desk, viewer: Actor, document: str, variables: dict[str, Any]) -> dict[str, Any]:
    """The answer to a question, in the form that the server gives; what is no question is refused (READ_ONLY)."""
    context = Context(views, desk, viewer, signed_in=True)
    try:
        read_only = BadInput("READ_ONLY", "without a server a record can be read only; nothing is changed here")
        return execute(the_schema(), context, Operation(document, variables), questions_only=read_only).content()
    finally:
        context.close()


__all__ = ["ERRORS", "answer", "schema_text"]
