"""Commands on publications 发布: load, let the publication decide, save."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from txapi.application.desk import Desk, Done, Loads, Order
from txapi.domain.aggregate import Aggregate
from txapi.domain.dates import PartialDate
from txapi.domain.errors import BadInput, Refusal
from txapi.domain.event import Metadata
from txapi.domain.labels import Label
from txapi.domain.money import Money
from txapi.domain.publication import About, Publication, PublishedKind
from txapi.domain.quantity import Quantity


def may(desk: Loads, meta: Metadata, id: str) -> list[tuple[str, Refusal | None]]:
    """Every action on a publication, and why the actor may not take it now; None where it is open."""
    publication = desk.load(Publication, id)
    return [(action, publication.may(action, meta)) for action in Publication.ACTIONS]


def record_publication(
    desk: Desk,
    order: Order,
    *,
    title: Label,
    publisher: Label | None = None,
    published_at: datetime | None = None,
    editor: str | None = None,
    note: str | None = None,
    id: str | None = None,
) -> Done:
    """Record a document that was published."""
    return desk.create(
        Publication,
        id or desk.record.ids.uuid(),
        order,
        lambda publication: publication.record(
            order.meta, title=title, publisher=publisher, published_at=published_at, editor=editor, note=note
        ),
    )


def amend_publication(
    desk: Desk,
    order: Order,
    *,
    publication: str,
    title: Label | None = None,
    publisher: Label | None = None,
    note: str | None = None,
) -> Done:
    """Change what is said of a document; None leaves a field as it is."""
    return desk.change(
        Publication,
        publication,
        order,
        lambda p: p.amend(order.meta, title=title, publisher=publisher, note=note),
    )


def print_item(
    desk: Desk,
    order: Order,
    *,
    publication: str,
    kind: PublishedKind,
    label: Label,
    printed: str,
    locator: str,
    about: About | None = None,
    as_of: PartialDate | None = None,
    value: Quantity | None = None,
    money: Money | None = None,
    part: int | None = None,
    whole: int | None = None,
) -> Done:
    """Write down what a document printed, about which noun, and where it stands."""
    if about is not None:
        kind_of = Aggregate.kinds.get(about.kind)
        if kind_of is None:
            raise BadInput("WRONG_KIND", f"there is no noun of the kind {about.kind[:40]!r}", ("about",))
        desk.must_exist(kind_of, about.id)
    return desk.change(
        Publication,
        publication,
        order,
        lambda p: p.print_item(
            order.meta,
            kind=kind,
            label=label,
            printed=printed,
            locator=locator,
            about=about,
            as_of=as_of,
            value=value,
            money=money,
            part=part,
            whole=whole,
        ),
    )


def close_publication(desk: Desk, order: Order, *, publication: str) -> Done:
    """Withdraw a document, with a reason."""
    return desk.change(Publication, publication, order, lambda p: p.close(order.meta))


def correct_publication(
    desk: Desk, order: Order, *, publication: str, corrects: int, fields: dict[str, Any] | None = None
) -> Done:
    """Retract or replace something that a document was said to have printed."""
    return desk.change(
        Publication, publication, order, lambda p: p.correct(order.meta, corrects=corrects, fields=fields)
    )
