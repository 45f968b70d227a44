"""Publications 发布 as rows: the documents, and what each of them printed about which noun."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from txapi.domain.dates import PartialDate
from txapi.domain.event import Basis
from txapi.domain.labels import Label
from txapi.domain.money import Money
from txapi.domain.publication import Printed, Publication, PublishedKind
from txapi.domain.quantity import Quantity, Ratio
from txapi.domain.rates import published_rate
from txapi.projections.moment import Reader
from txapi.projections.projection import Parts, Projection
from txapi.projections.select import Order, Select, many_of, one_of
from txapi.projections.table import Extra, Table, answer, kept


@dataclass(kw_only=True)
class PublicationRow:
    """What a document answers."""

    entity_id: str = answer("实体标识", "The same at every moment; what commands take.")
    published_at: datetime | None = answer("发布时间", "When it was published.")
    editor: str | None = answer("编辑", "Who edited it, as printed.")
    note: str | None = answer("备注", "Anything else that is said of it.")
    closed: bool = answer("是否撤回", "Whether it was withdrawn.")
    basis: Basis = answer("依据", "On what its registration rests.")
    version: int = answer("版次", "How many events this noun has; the expectedVersion of the next command.")
    title_label: Label = kept()
    publisher_label: Label | None = kept()


@dataclass(kw_only=True)
class PublishedRow:
    """One thing that a document printed. Its id is the document's with the number of the event that states it."""

    entity_id: str = answer("实体标识", "The same at every moment: the document's id and the number of the event.")
    publication_id: str = kept()
    fact_version: int = answer("事件版次", "The number of the event that states it, in the document's stream.")
    kind: PublishedKind = answer("类别", "What sort of thing was printed.")
    printed: str = answer("刊载内容", "What stands there.")
    locator: str = answer("位置", "Where in the document it stands.")
    basis: Basis = answer("依据", "On what it rests that this was printed.")
    label_text: Label = kept()
    about_kind: str | None = kept()
    about_id: str | None = kept()
    at: PartialDate | None = kept()
    figure: Quantity | None = kept()
    money: Money | None = kept()
    part: int | None = answer("部分数", "The printed count that a rate is of.")
    whole: int | None = answer("总数", "The printed count that a rate is over.")


PUBLICATIONS = Table("publications", PublicationRow, indexes=("published_at",))
PUBLISHED = Table(
    "published",
    PublishedRow,
    noun="publication_id",
    key=("fact_version",),
    extras=(
        Extra(
            "search", "TEXT", ("printed", "label_text"), lambda said, label: f"{said} {label.zh} {label.en}".casefold()
        ),
    ),
    indexes=("about_id, publication_id, fact_version",),
    sought=("about_id", "entity_id"),
)


def project(publication: Publication) -> Iterator[tuple[Table[Any], Any]]:
    """The row of a document."""
    yield (
        PUBLICATIONS,
        PublicationRow(
            entity_id=publication.id,
            published_at=publication.published_at,
            editor=publication.editor,
            note=publication.note,
            closed=publication.closed,
            basis=publication.basis,
            version=publication.version,
            title_label=publication.title,
            publisher_label=publication.publisher,
        ),
    )


def _published_row(publication: Publication, item: Printed) -> PublishedRow:
    """The row of one thing that the document printed."""
    return PublishedRow(
        entity_id=f"{publication.id}/{item.version}",
        publication_id=publication.id,
        fact_version=item.version,
        kind=item.kind,
        printed=item.printed,
        locator=item.locator,
        basis=item.basis,
        label_text=item.label,
        about_kind=item.about.kind if item.about else None,
        about_id=item.about.id if item.about else None,
        at=item.as_of,
        figure=item.value,
        money=item.money,
        part=item.part,
        whole=item.whole,
    )


PROJECTION = Projection(
    Publication,
    (PUBLICATIONS, PUBLISHED),
    project,
    parts=(Parts(PUBLISHED, lambda publication: publication.items, _published_row),),
)


@dataclass
class PublishedFilter:
    """Which printed things; every part that is given must hold."""

    kind: list[PublishedKind] | None = answer("类别", "Of these kinds.", default=None)
    publication: str | None = answer("文件", "In this document, by entity id.", default=None)
    text: str | None = answer("文字检索", "What is printed, or its label, contains this.", default=None)


AS_PRINTED = [Order("t.publication_id"), Order("t.fact_version")]
LATEST_FIRST = [Order("t.published_at", descending=True)]


def select_published(
    reader: Reader, asked: PublishedFilter | None = None, about: str | None = None
) -> Select[PublishedRow]:
    """What was printed, about one noun (its entity id) or about anything."""
    asked = asked or PublishedFilter()
    found = Select(PUBLISHED, reader).where_in("kind", asked.kind)
    if about is not None:
        found.where("t.about_id = ?", about)
    if asked.publication is not None:
        found.where("t.publication_id = ?", asked.publication)
    if asked.text:
        found.where("instr(t.search, ?) > 0", asked.text.casefold())
    return found


def select(reader: Reader) -> Select[PublicationRow]:
    """The documents."""
    return Select(PUBLICATIONS, reader)


def publication_of(reader: Reader, id: str, into: type[Any] | None = None) -> Any:
    """The document with that id at the moment, or None."""
    return one_of(PUBLICATIONS, reader, id, into)


def publications_of(reader: Reader, ids: Sequence[str], into: type[Any] | None = None) -> list[Any]:
    """The documents with those ids at the moment."""
    return many_of(PUBLICATIONS, reader, ids, into)


def published_of(reader: Reader, id: str, into: type[Any] | None = None) -> Any:
    """The printed thing with that id ("document/number") at the moment, or None."""
    return next(iter(many_of(PUBLISHED, reader, [id], into, column="entity_id")), None)


def items_of(reader: Reader, ids: Sequence[str], into: type[Any] | None = None) -> list[Any]:
    """The printed things with those ids ("document/number") at the moment."""
    return many_of(PUBLISHED, reader, ids, into, column="entity_id")


def computed(row: PublishedRow) -> Ratio | None:
    """What the printed counts come to; None where none were printed, or nothing was counted."""
    return published_rate(row.part, row.whole) if row.part is not None and row.whole else None


def published_about(reader: Reader, nouns: Sequence[str], into: type[Any] | None = None) -> list[Any]:
    """What was printed about these nouns, as printed."""
    found: list[Any] = many_of(PUBLISHED, reader, nouns, into, column="about_id")
    return sorted(found, key=lambda row: (row.publication_id, row.fact_version))
