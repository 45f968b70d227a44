"""Forms without a server: for whoever has the folder of a record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from txapi.domain.event import Actor, Role
from txapi.forms.evidence import Evidence
from txapi.forms.pinned import Pinned
from txapi.forms.printing import Printable, Printed, print_form
from txapi.schema.context import Context

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from txapi.projections.views import Views
    from txapi.record.record import Record


def print_offline(
    record: Record,
    views: Views,
    form_at: Callable[[Pinned], Printable],
    document_of: Callable[[str], str],
    position: int,
    clock: datetime | None,
    lang: str,
) -> Printed:
    """The form at a position, judged by a clock; `document_of` gives published operations by name. BadInput as `print_form`."""
    context = Context(views, None, Actor("clerk", Role.AUDITOR), signed_in=True, read=record)
    try:
        form = form_at(Pinned.of(context.reader_at(position, None, clock, None).moment))
        evidence = Evidence(record.record_id, record.store.read)
        return print_form(form, document_of(form.operation), context, evidence, lang)
    finally:
        context.close()
