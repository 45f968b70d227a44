"""Publications 发布: documents, and what each of them printed about which noun, beside what the record computes."""

from __future__ import annotations

from typing import Annotated, Any

import strawberry
from strawberry.scalars import ID

from txapi.application import publications as commands
from txapi.domain.publication import PublishedKind
from txapi.projections import publications
from txapi.projections.moment import Reader
from txapi.projections.publications import PublicationRow, PublishedRow
from txapi.schema.asking import Asking, loads, loads_many, nouns_behind
from txapi.schema.commands import Info
from txapi.schema.connections import Connection, beginning, connect
from txapi.schema.history import Event, history_of
from txapi.schema.ids import GlobalId, stream_of
from txapi.schema.inputs import asks, optional
from txapi.schema.nouns import Answer, Node, answers, since_position, to_many, to_one, together
from txapi.schema.permissions import Permission, permissions_of
from txapi.schema.plain import Hanging, Sought, plain
from txapi.schema.scalars import Position
from txapi.schema.values import Money, PartialDate, Quantity, Ratio, label_in, public_enum

public_enum(PublishedKind, "刊载类别", "What sort of thing was printed.")


@answers("发布文件", "A document that was published, with everything that this record took from it.")
class Publication(PublicationRow, Answer, Node):
    """A document at a moment."""

    NOUN = "publication"

    title = label_in("title_label", "Its title. 标题。")

    publisher = label_in("publisher_label", "Who published it, where it is known. 发布单位。", nullable=True)

    @strawberry.field(description="What it printed, in the order of its recording. 刊载内容。")
    def printed(
        self,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[Published]:
        """A page of what stands in it."""
        asked = publications.PublishedFilter(publication=self.entity_id)
        return connect(
            self.reader, self._siblings.pinned, lambda reader: publications.select_published(reader, asked),
            publications.AS_PRINTED, Published,
            name="printed", asked=asked, first=first, after=after, last=last, before=before,
        )  # fmt: skip

    changed_at = since_position("Where it last changed, as seen from this moment. 最近变更位置。")

    @strawberry.field(
        description="Everything that was ever recorded of it, in order. 履历。", metadata=plain(Hanging())
    )
    def history(
        self,
        first: int | None = None,
        after: Position | None = None,
        last: int | None = None,
        before: Position | None = None,
    ) -> Connection[Event]:
        """Its events."""
        return history_of(self.reader, self.entity_id, first, after, last, before)

    @strawberry.field(description="Which commands the viewer may give on it now, and why not the others. 操作权限。")
    def may(self, info: Info) -> list[Permission]:
        """Why a button is grey."""
        return permissions_of(self, info, self.entity_id, commands.may)


@answers("刊载", "What somebody printed, beside what is computed; neither overwrites the other.")
class Published(PublishedRow, Answer, Node):
    """One printed thing at a moment."""

    NOUN = "published"

    label = label_in("label_text", "What is printed there, in words: commencement rate. 名称。")

    @strawberry.field(description="The noun that it speaks of; null where it speaks of none. 涉及对象。")
    def about(self) -> Node | None:
        """The subject."""
        return next(iter(nouns_behind(self, "about", _subject)), None)

    @strawberry.field(description="For which date it holds, as printed. 截至。")
    def as_of(self) -> PartialDate | None:
        """The date."""
        return PartialDate.of(self.at)

    @strawberry.field(description="The figure that was printed, where it is one. 刊载数值。")
    def value(self) -> Quantity | None:
        """The figure."""
        return Quantity.of(self.figure, self.reader)

    @strawberry.field(description="The amount of money that was printed, where it is one. 刊载金额。")
    def amount(self) -> Money | None:
        """The amount."""
        return Money.of(self.money)

    @strawberry.field(
        description="What the printed counts come to: 86 of 129 is 66.7 %. Null where none were printed. 据刊载数计算。"
    )
    def computed(self) -> Ratio | None:
        """The rate of the printed part of the printed whole."""
        return Ratio.of(publications.computed(self))

    @strawberry.field(description="The document that printed it. 文件。", metadata=plain(Sought()))
    def publication(self) -> Publication | None:
        """The document."""
        return to_one(  # type: ignore[no-any-return]
            self, "publication", self.publication_id, lambda row: row.publication_id,
            lambda reader, ids: publications.publications_of(reader, ids, Publication), lambda row: row.entity_id,
        )  # fmt: skip


def _subject(row: PublishedRow) -> list[tuple[str, str]]:
    return [(row.about_kind, row.about_id)] if row.about_kind and row.about_id else []


def published_on(answer: Any, first: int) -> list[Published]:
    """The first so many things that were printed about a noun, as printed; read once for all its siblings. BadInput PAGE_SIZE."""
    found: list[Published] = to_many(
        answer, "published", answer.entity_id, lambda row: row.entity_id,
        lambda reader, ids: publications.published_about(reader, ids, Published), lambda row: row.about_id,
    )  # fmt: skip
    return beginning(found, first)


def _alone(row: Any, reader: Reader, pinned: GlobalId | None) -> Any:
    return None if row is None else together([row], reader, pinned)[0]


@loads("publication")
def load_publication(reader: Reader, pinned: GlobalId | None, key: str) -> Publication | None:
    """The document with that entity id."""
    return _alone(publications.publication_of(reader, key, Publication), reader, pinned)  # type: ignore[no-any-return]


@loads_many("publication")
def load_publications(reader: Reader, keys: list[str]) -> list[Any]:
    """The documents with those entity ids."""
    return publications.publications_of(reader, keys, Publication)


@loads("published")
def load_published(reader: Reader, pinned: GlobalId | None, key: str) -> Published | None:
    """The printed thing with that entity id."""
    return _alone(publications.published_of(reader, key, Published), reader, pinned)  # type: ignore[no-any-return]


@loads_many("published")
def load_items(reader: Reader, keys: list[str]) -> list[Any]:
    """The printed things with those entity ids."""
    return publications.items_of(reader, keys, Published)


# -- questions ---------------------------------------------------------------------------------------------------------


@asks("刊载筛选", "Which printed things; every part that is given must hold, an empty list finds nothing.")
class PublishedFilter(publications.PublishedFilter):
    """Which printed things are asked for."""

    publication: ID | None = strawberry.field(default=None, description="In this document, by entityId or id. 文件。")

    def asked(self) -> publications.PublishedFilter:
        """The filter as a question. BadInput BAD_ID, and those of a text."""
        return publications.PublishedFilter(
            kind=self.kind,
            publication=None if self.publication is None else stream_of(self.publication),
            text=optional(self.text, "text", 200),
        )


@strawberry.type
class PublicationQuestions(Asking):
    """Questions about documents and what they printed."""

    @strawberry.field(description="The document with that entityId. 发布文件。")
    def publication(
        self, entity_id: Annotated[ID, strawberry.argument(description="The entityId or id. 实体标识。")]
    ) -> Publication | None:
        """A document."""
        found: Publication | None = load_publication(self.reader, self.pinned, stream_of(entity_id))
        return found

    @strawberry.field(description="Documents, the latest first. 发布文件列表。")
    def publications(
        self,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[Publication]:
        """A page of documents."""
        return connect(
            self.reader, self.pinned, publications.select, publications.LATEST_FIRST, Publication,
            name="publications", asked=None, first=first, after=after, last=last, before=before,
        )  # fmt: skip

    @strawberry.field(description="What was printed, about one noun or about anything, as printed. 刊载列表。")
    def published(
        self,
        about: Annotated[
            ID | None, strawberry.argument(description="About this noun, by entityId or id. 涉及对象。")
        ] = None,
        filter: PublishedFilter | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[Published]:
        """A page of printed things."""
        asked = None if filter is None else filter.asked()
        noun = None if about is None else stream_of(about)
        return connect(
            self.reader, self.pinned, lambda reader: publications.select_published(reader, asked, noun),
            publications.AS_PRINTED, Published,
            name="published", asked=(asked, noun), first=first, after=after, last=last, before=before,
        )  # fmt: skip
