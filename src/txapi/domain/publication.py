"""A publication 发布: a document and what it printed, beside what the record computes; neither overwrites the other."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

import msgspec

from txapi.domain.aggregate import Correction
from txapi.domain.dates import PartialDate
from txapi.domain.errors import BadInput, Refusal
from txapi.domain.event import Basis, Event
from txapi.domain.labels import Label, labelled
from txapi.domain.money import Money
from txapi.domain.permissions import must_be_permitted
from txapi.domain.quantity import Quantity
from txapi.domain.register import Actions, Register, must_be_a_name

if TYPE_CHECKING:
    from txapi.domain.event import Metadata

TEXT_LENGTH_MAX = 2000


class PublishedKind(enum.Enum):
    """What sort of thing was printed."""

    COUNT = "count"
    RATE = "rate"
    TOTAL = "total"
    RANK = "rank"
    PLAN = "plan"
    STATEMENT = "statement"
    ANOMALY = "anomaly"


labelled(
    {
        PublishedKind.COUNT: ("数量", "count"),
        PublishedKind.RATE: ("比率", "rate"),
        PublishedKind.TOTAL: ("总额", "total"),
        PublishedKind.RANK: ("排名", "rank"),
        PublishedKind.PLAN: ("计划", "plan"),
        PublishedKind.STATEMENT: ("表述", "statement"),
        PublishedKind.ANOMALY: ("疑点", "anomaly"),
    }
)


class PublishedLater(Refusal):
    """A document is recorded once it is published."""

    en = "The document is of {published_at}, which has not come yet."
    zh = "该文件的发布时间{published_at}尚未到来。"


class About(msgspec.Struct, frozen=True, gc=False):
    """The noun that something printed speaks of: its kind ("target") and entity id."""

    kind: str
    id: str


class Printed(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One thing that the document printed, with event number `version` that states it.

    `part` and `whole` are printed counts that a printed rate can be checked against: 86 and 129 beside 66.7 %.
    """

    version: int
    kind: PublishedKind
    label: Label
    printed: str
    locator: str
    basis: Basis
    about: About | None = None
    as_of: PartialDate | None = None
    value: Quantity | None = None
    money: Money | None = None
    part: int | None = None
    whole: int | None = None


class Publication(Register):
    """A document. Administrator and supervisor record it."""

    KIND = "publication"
    AMENDABLE = ("title", "publisher", "note")

    class Recorded(Event, frozen=True, kw_only=True, omit_defaults=True):
        """The document was recorded 登记."""

        TOPIC = "publication.recorded"
        title: Label
        publisher: Label | None = None
        published_at: datetime | None = None
        editor: str | None = None
        note: str | None = None

        def apply(self, publication: Publication) -> None:
            publication.title, publication.publisher = self.title, self.publisher
            publication.published_at, publication.editor = self.published_at, self.editor
            publication.note, publication.basis = self.note, self.meta.basis

    class Amended(Event, frozen=True, kw_only=True, omit_defaults=True):
        """What is said of the document was changed 修改; fields that are None stay as they were."""

        TOPIC = "publication.amended"
        title: Label | None = None
        publisher: Label | None = None
        note: str | None = None

        def apply(self, publication: Publication) -> None:
            publication._take_amendment(self)

    class ItemPrinted(Event, frozen=True, kw_only=True, omit_defaults=True):
        """The document printed this, as it stands there 刊载."""

        TOPIC = "publication.item_printed"
        kind: PublishedKind
        label: Label
        printed: str
        locator: str
        about: About | None = None
        as_of: PartialDate | None = None
        value: Quantity | None = None
        money: Money | None = None
        part: int | None = None
        whole: int | None = None

        def apply(self, publication: Publication) -> None:
            item = Printed(
                version=self.originator_version,
                kind=self.kind,
                label=self.label,
                printed=self.printed,
                locator=self.locator,
                basis=publication._says(self).meta.basis,
                about=self.about,
                as_of=self.as_of,
                value=self.value,
                money=self.money,
                part=self.part,
                whole=self.whole,
            )
            publication.items = (*publication.items, item)

    class Closed(Event, frozen=True, kw_only=True, omit_defaults=True):
        """The document was withdrawn 撤回."""

        TOPIC = "publication.closed"

        def apply(self, publication: Publication) -> None:
            publication.closed, publication.closed_because = True, self.meta.reason

    class FactCorrected(Correction, frozen=True, kw_only=True, omit_defaults=True):
        """Something printed was retracted from this record or written down anew 更正."""

        TOPIC = "publication.fact_corrected"

    CORRECTION = FactCorrected
    CORRECTABLE: ClassVar[tuple[type[Event], ...]] = (Amended, ItemPrinted, Closed)

    def _blank(self) -> None:
        super()._blank()
        self.title = Label(zh="", en="")
        self.publisher: Label | None = None
        self.published_at: datetime | None = None
        self.editor: str | None = None
        self.note: str | None = None
        self.items: tuple[Printed, ...] = ()

    def _may_change(self, meta: Metadata, action: str) -> None:
        self._must_be_open()
        must_be_permitted(meta, action)

    def _may_correct(self, meta: Metadata, action: str) -> None:
        self._must_exist()
        must_be_permitted(meta, action)

    ACTIONS: ClassVar[Actions] = {
        "amend_publication": _may_change,
        "print_item": _may_change,
        "close_publication": _may_change,
        "correct_publication": _may_correct,
    }

    # -- commands ----------------------------------------------------------------------------------------------

    def record(
        self,
        meta: Metadata,
        *,
        title: Label,
        publisher: Label | None = None,
        published_at: datetime | None = None,
        editor: str | None = None,
        note: str | None = None,
    ) -> None:
        """Record a document that was published."""
        must_be_permitted(meta, "record_publication")
        self._must_be_new()
        must_be_a_name(title.zh, "title")
        if published_at is not None and published_at.tzinfo is None:
            raise BadInput("BAD_TIME", "a time must carry its time zone", ("publishedAt",))
        if published_at is not None and published_at > meta.decided_at:
            raise PublishedLater(published_at=published_at.isoformat())
        self._record(
            self.Recorded,
            meta,
            title=title,
            publisher=publisher,
            published_at=published_at,
            editor=editor,
            note=note,
        )

    def amend(
        self,
        meta: Metadata,
        *,
        title: Label | None = None,
        publisher: Label | None = None,
        note: str | None = None,
    ) -> None:
        """Change what is said of it; None leaves a field as it is."""
        self._may_change(meta, "amend_publication")
        if title is not None:
            must_be_a_name(title.zh, "title")
        self._record(self.Amended, meta, **self._amendments({"title": title, "publisher": publisher, "note": note}))

    def print_item(
        self,
        meta: Metadata,
        *,
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
    ) -> None:
        """Write down what the document printed, as it stands there; `locator` says where. BadInput BAD_TEXT, BAD_COUNT."""
        self._may_change(meta, "print_item")
        item = self.ItemPrinted(
            originator_id=self.id,
            originator_version=self.version + 1,
            meta=meta,
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
        )
        _must_be_printable(item)
        self._record(
            self.ItemPrinted,
            meta,
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
        )

    def close(self, meta: Metadata) -> None:
        """Withdraw it, with a reason."""
        self._may_change(meta, "close_publication")
        self._must_say_why(meta)
        self._record(self.Closed, meta)

    def _check_correction(self, meta: Metadata, replacement: Event) -> None:
        if isinstance(replacement, Publication.ItemPrinted):
            _must_be_printable(replacement)
        elif isinstance(replacement, Publication.Amended) and replacement.title is not None:
            must_be_a_name(replacement.title.zh, "title")


def _must_be_printable(item: Publication.ItemPrinted) -> None:
    for name, text in (("printed", item.printed), ("locator", item.locator), ("label", item.label.zh)):
        if not text.strip() or len(text) > TEXT_LENGTH_MAX:
            raise BadInput("BAD_TEXT", f"what was printed has 1 to {TEXT_LENGTH_MAX} characters", (name,))
    if item.value is not None and item.money is not None:
        raise BadInput("ONE_VALUE", "what was printed is an amount of money or another figure, not both", ("value",))
    if (item.part is None) != (item.whole is None):
        raise BadInput("BAD_COUNT", "a part is counted of a whole", ("part",))
    if item.part is not None and item.whole is not None and not 0 <= item.part <= item.whole <= 10**9:
        raise BadInput("BAD_COUNT", f"{item.part} is no part of {item.whole}", ("part",))
