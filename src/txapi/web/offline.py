"""The schema without a server: its text, and answers to operations on read models that lie at hand."""

from __future__ import annotations

from functools import cache
from typing import Any

import strawberry

from txapi.application.desk import Desk
from txapi.domain.event import Actor
from txapi.projections.views import Views
from txapi.schema.context import Context
from txapi.schema.errors import published
from txapi.schema.schema import build_schema, root_value


@cache
def schema() -> strawberry.Schema:
    """The schema, built once."""
    return build_schema()


def schema_text() -> str:
    """The schema as it is published, in the schema definition language."""
    return schema().as_str().rstrip() + "\n"


def answer(views: Views, desk: Desk, viewer: Actor, document: str, variables: dict[str, Any]) -> dict[str, Any]:
    """The answer to an operation, in the form that the server gives."""
    context = Context(views, desk, viewer, signed_in=True)
    try:
        result = schema().execute_sync(
            document, variable_values=variables, context_value=context, root_value=root_value(context)
        )
        answered: dict[str, Any] = {"data": result.data}
        if result.errors:
            answered["errors"] = [published(error).formatted for error in result.errors]
        answered["extensions"] = {"position": str(context.answered_from)}
        return answered
    finally:
        context.close()
