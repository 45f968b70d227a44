"""How rows are written: asked for only where they may have changed, and without disturbing the process."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.projections.crates import CONTENTS, CRATES, PROJECTION, ContentRow, CrateRow, Pile
from txapi.projections.follower import Follower
from txapi.projections.projection import Aspect, Parts, Projection
from txapi.projections.table import FOREVER, Table
from txapi.projections.views import Views


def filled_and_weighed() -> Pile:
    """One crate: filled twice, and weighed before, between and after."""
    pile = Pile()
    crate = pile.crate("crate-a")
    for weight in (1, 2, 3):
        crate.weigh(pile.said(), weight)
        if weight < 3:
            crate.fill(pile.said(), "top", weight)
        pile.take(crate)
    return pile


def followed(pile: Pile, path: Path, projection: Projection, batch: int = 1000) -> Views:
    """Views that have caught up with the record."""
    views = Views.in_file(path, "a record", [projection])
    Follower(pile, views, batch).catch_up()
    return views


def own_row(crate: Any) -> Iterator[tuple[Table[Any], Any]]:
    yield (
        CRATES,
        CrateRow(entity_id=crate.id, shade=crate.shade, weight=crate.weight, slots_used=len(crate.contents)),
    )


def test_rows_are_asked_for_again_only_when_what_they_follow_from_has_changed(tmp_path: Path) -> None:
    pile = filled_and_weighed()
    asked: list[int] = []

    def contents(crate: Any) -> Iterator[ContentRow]:
        asked.append(crate.version)
        for slot, amount in crate.contents.items():
            yield ContentRow(crate=crate.id, slot=slot, amount=amount)

    apart = Projection(
        PROJECTION.kind,
        PROJECTION.tables,
        own_row,
        (Aspect(CONTENTS, lambda crate: tuple(crate.contents.values()), contents),),
    )
    views, whole = followed(pile, tmp_path / "apart.db", apart), followed(pile, tmp_path / "whole.db", PROJECTION)

    assert asked == [1, 2, 4]
    assert views.progress() == whole.progress()
    views.close()
    whole.close()


def test_an_aspect_that_vanishes_closes_its_rows(tmp_path: Path) -> None:
    pile = filled_and_weighed()
    crate = pile.crate("crate-a")
    crate.fill(pile.said(), "top", 0)
    pile.take(crate)
    apart = Projection(
        PROJECTION.kind,
        PROJECTION.tables,
        own_row,
        (
            Aspect(
                CONTENTS,
                lambda crate: tuple(crate.contents.values()),
                lambda crate: [ContentRow(crate=crate.id, slot=slot, amount=n) for slot, n in crate.contents.items()],
            ),
        ),
    )

    views = followed(pile, tmp_path / "views.db", apart, batch=1)

    with views.snapshot() as connection:
        lived = connection.execute("SELECT since, until FROM crate_contents ORDER BY row").fetchall()
    assert lived == [(2, 4), (4, 6)]
    views.close()


def test_the_row_of_a_part_is_asked_for_only_when_the_part_is_another_one(tmp_path: Path) -> None:
    pile = filled_and_weighed()
    crate = pile.crate("crate-a")
    for slot, amount in (("bottom", 5), ("top", 0), ("bottom", 5)):
        crate.fill(pile.said(), slot, amount)
        pile.take(crate)
    asked: list[tuple[int, str]] = []
    kept: dict[tuple[str, int], tuple[str, int]] = {}

    def parts(crate: Any) -> tuple[tuple[str, int], ...]:
        return tuple(kept.setdefault(item, item) for item in crate.contents.items())

    def content(crate: Any, part: tuple[str, int]) -> ContentRow:
        asked.append((crate.version, part[0]))
        return ContentRow(crate=crate.id, slot=part[0], amount=part[1])

    apart = Projection(PROJECTION.kind, PROJECTION.tables, own_row, parts=(Parts(CONTENTS, parts, content),))
    views = followed(pile, tmp_path / "apart.db", apart, batch=1)
    whole = followed(pile, tmp_path / "whole.db", PROJECTION, batch=1)

    assert asked == [(2, "top"), (4, "top"), (6, "bottom")]
    assert views.progress() == whole.progress()
    with views.snapshot() as connection:
        lived = connection.execute("SELECT slot, since, until FROM crate_contents ORDER BY row").fetchall()
    assert lived == [("top", 2, 4), ("top", 4, 7), ("bottom", 6, FOREVER)]
    views.close()
    whole.close()


def test_two_parts_with_one_key_are_refused_and_nothing_is_written(tmp_path: Path) -> None:
    def twice(crate: Any) -> tuple[str, ...]:
        return ("top", "top")

    def content(crate: Any, part: str) -> ContentRow:
        return ContentRow(crate=crate.id, slot=part, amount=1)

    apart = Projection(PROJECTION.kind, PROJECTION.tables, own_row, parts=(Parts(CONTENTS, twice, content),))
    views = Views.in_file(tmp_path / "views.db", "a record", [apart])

    with pytest.raises(AssertionError, match="two rows of crate_contents have the key"):
        Follower(filled_and_weighed(), views).catch_up()

    assert views.stored_position() == 0
    views.close()


def test_garbage_is_collected_again_after_a_batch_that_failed(tmp_path: Path) -> None:
    seen: list[bool] = []

    def failing(crate: Any) -> Iterator[tuple[Table[Any], Any]]:
        seen.append(gc.isenabled())
        raise RuntimeError("the disk is full")

    views = Views.in_file(tmp_path / "views.db", "a record", [Projection(PROJECTION.kind, PROJECTION.tables, failing)])

    with pytest.raises(RuntimeError):
        Follower(filled_and_weighed(), views).catch_up()

    assert seen == [False]
    assert gc.isenabled()
    views.close()


def indexes_of(views: Views) -> set[str]:
    """The indexes of the read models in their file."""
    with views.snapshot() as connection:
        return {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'index'")}


def test_a_build_reaches_the_head_with_every_index_although_it_began_with_few_and_was_interrupted(
    tmp_path: Path,
) -> None:
    pile = filled_and_weighed()
    views = followed(pile, tmp_path / "short.db", PROJECTION)
    every = indexes_of(views)
    views.close()

    views = Views.in_file(tmp_path / "long.db", "a record", [PROJECTION])
    assert Follower(pile, views, batch=2).step() == 2
    begun = indexes_of(views)
    views.close()
    views = Views.in_file(tmp_path / "long.db", "a record", [PROJECTION])
    assert indexes_of(views) == begun < every
    follower = Follower(pile, views, batch=2)
    assert follower.step() == 2
    assert indexes_of(views) == begun
    assert follower.step() == 1

    assert views.position == len(pile.events) == 5
    assert indexes_of(views) == every
    views.close()
