"""What the rows of publications answer: what was printed, about which noun, beside what the printed counts come to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.city import SUPERVISOR, City, instant
from txapi.application import publications as commands
from txapi.application.companies import register_company
from txapi.domain.dates import PartialDate
from txapi.domain.labels import Label
from txapi.domain.publication import About, PublishedKind
from txapi.domain.quantity import Quantity
from txapi.projections.publications import (
    AS_PRINTED,
    LATEST_FIRST,
    PublishedFilter,
    computed,
    publication_of,
    published_about,
    published_of,
    select,
    select_published,
)


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    city = City(tmp_path, "2015-08-11T09:00")
    yield city
    city.close()


def record(city: City, published_at: str = "2015-08-11T07:51") -> str:
    title = Label(zh="会议侧记", en="Sidelights")
    order = city.order(SUPERVISOR)
    return commands.record_publication(city.desk, order, title=title, published_at=instant(published_at)).id


def say(city: City, document: str, printed: str, **more: Any) -> None:
    given = {
        "kind": PublishedKind.RATE,
        "label": Label(zh="开工率", en="commencement rate"),
        "locator": "line 23",
        **more,
    }
    commands.print_item(city.desk, city.order(SUPERVISOR), publication=document, printed=printed, **given)


def test_a_printed_rate_stands_beside_what_its_counts_come_to(city: City) -> None:
    document = record(city)
    rate = Quantity.of("66.7", "percent")
    say(city, document, "66.7%", part=86, whole=129, value=rate, as_of=PartialDate.from_text("2015-07-30"))
    say(city, document, "68.8%", part=97, whole=141)
    say(city, document, "名列前茅", kind=PublishedKind.RANK)
    reader = city.reader()

    rows = select_published(reader).all(order=AS_PRINTED)

    assert [(row.printed, ratio.text() if (ratio := computed(row)) else None) for row in rows] == [
        ("66.7%", "66.7%"),
        ("68.8%", "68.8%"),
        ("名列前茅", None),
    ]
    assert rows[0].figure == rate
    assert published_of(reader, f"{document}/2").printed == "66.7%"
    assert published_of(reader, f"{document}/9") is None


def test_what_was_printed_is_found_by_noun_kind_document_and_text(city: City) -> None:
    first, second = record(city, "2015-08-10T08:00"), record(city)
    noun = register_company(city.desk, city.order(SUPERVISOR), name="合众").id
    say(city, first, "86", kind=PublishedKind.COUNT, about=About("company", noun))
    say(city, second, "Fourth", kind=PublishedKind.RANK)
    say(city, second, "86 of 129", about=About("company", noun))
    reader = city.reader()

    def found(about: str | None = None, **asked: Any) -> list[str]:
        return sorted(row.printed for row in select_published(reader, PublishedFilter(**asked), about).all())

    assert sorted(row.printed for row in published_about(reader, [noun])) == ["86", "86 of 129"]
    assert found(noun) == ["86", "86 of 129"]
    assert found(noun, publication=second) == ["86 of 129"]
    assert found(kind=[PublishedKind.RANK, PublishedKind.COUNT]) == ["86", "Fourth"]
    assert found(kind=[]) == []
    assert found(text="fourth") == ["Fourth"]
    assert found(text="COMMENCEMENT") == ["86", "86 of 129", "Fourth"]
    assert [row.entity_id for row in select(reader).all(order=LATEST_FIRST)] == [second, first]


def test_what_was_written_down_wrongly_is_corrected_and_the_past_keeps_it(city: City) -> None:
    document = record(city)
    say(city, document, "66.7%", part=86, whole=129)
    before = city.record.head.position
    order = city.order(SUPERVISOR, reason="抄写有误")
    commands.correct_publication(city.desk, order, publication=document, corrects=2, fields={"part": 87})
    corrected = city.record.head.position
    order = city.order(SUPERVISOR, reason="文中并无此数")
    commands.correct_publication(city.desk, order, publication=document, corrects=2, fields=None)

    assert [row.part for row in select_published(city.reader(before)).all()] == [86]
    assert [row.part for row in select_published(city.reader(corrected)).all()] == [87]
    assert select_published(city.reader()).count() == 0
    assert publication_of(city.reader(), document).version == 4
