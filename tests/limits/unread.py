"""An operation on a record that nobody may read: whatever is refused here was refused before anything was asked."""

from __future__ import annotations

from typing import Any, cast

from txapi.domain.event import Actor, Role
from txapi.projections.views import Views
from txapi.schema.admitting import Admission, Operation
from txapi.schema.context import Context
from txapi.schema.executing import Answered, execute
from txapi.schema.schema import Schema, the_schema


class Unread:
    """Read models of which every use fails the test."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"the read models were asked: {name}")


def asked(
    document: str,
    variables: dict[str, Any] | None = None,
    name: str | None = None,
    admission: Admission | None = None,
    schema: Schema | None = None,
) -> tuple[Answered, Context]:
    """What an operation comes to, and the context that it leaves."""
    context = Context(cast("Views", Unread()), None, Actor("reader", Role.READER), signed_in=False)
    context.admission = admission
    answered = execute(schema or the_schema(), context, Operation(document, variables, name))
    assert not context.has_read
    return answered, context


def codes(answered: Answered) -> list[str]:
    """The codes of its errors."""
    return [error["extensions"]["code"] for error in answered.errors]


def refused(document: str, variables: dict[str, Any] | None = None, name: str | None = None) -> str:
    """The code for which an operation is refused as such."""
    answered, _ = asked(document, variables, name)
    assert answered.refused
    assert answered.data is None
    [code] = set(codes(answered))
    return code
