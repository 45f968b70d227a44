"""The frame for reading, under random events: every moment reads as if its events were all there ever were."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.projections.crates import CONTENTS, CRATES, PROJECTION, ContentRow, CrateRow, Pile
from tests.views import a_folder, opened
from txapi.domain.aggregate import NothingToCorrect
from txapi.projections import rows as row_writing
from txapi.projections.follower import Follower
from txapi.projections.moment import Reader, at_position, at_time, head_of
from txapi.projections.projection import Projection
from txapi.projections.select import Order, Page, Select, many_of, one_of
from txapi.projections.table import Table
from txapi.projections.views import FollowedMeanwhile, Views, file_database

IDS = [f"crate-{letter}" for letter in "abcde"]
SHADES = ["red", "green", "blue"]
SLOTS = ["top", "middle", "bottom"]

commands = st.one_of(
    st.tuples(st.just("paint"), st.sampled_from(IDS), st.sampled_from(SHADES)),
    st.tuples(st.just("weigh"), st.sampled_from(IDS), st.none() | st.integers(0, 3)),
    st.tuples(st.just("fill"), st.sampled_from(IDS), st.sampled_from(SLOTS), st.integers(0, 2)),
    st.tuples(st.just("retract"), st.sampled_from(IDS), st.integers(1, 6)),
    st.tuples(st.just("replace"), st.sampled_from(IDS), st.integers(1, 6), st.sampled_from(SHADES)),
)
stories = st.lists(commands, min_size=1, max_size=40)


def told(story: list[Any]) -> Pile:
    """The record that this story leaves behind."""
    pile = Pile()
    for name, id, *values in story:
        crate = pile.crate(id)
        try:
            if name == "retract" and crate.exists:
                crate.correct(pile.said(), corrects=values[0], fields=None)
            elif name == "replace" and crate.exists and _is_paint(crate, values[0]):
                crate.correct(pile.said(), corrects=values[0], fields={"shade": values[1]})
            elif name in ("paint", "weigh", "fill"):
                getattr(crate, name)(pile.said(), *values)
        except NothingToCorrect:
            continue
        pile.take(crate)
    return pile


def _is_paint(crate: Any, version: int) -> bool:
    return version <= len(crate.events) and crate.events[version - 1].TOPIC == "crate.painted"


@contextmanager
def views_of(pile: Pile, batch: int = 1000, projection: Projection = PROJECTION) -> Iterator[Views]:
    """Fresh views that have caught up with the record."""
    with a_folder() as folder, closing(opened(folder, "a record", [projection])) as views:
        Follower(pile, views, batch).catch_up()
        yield views


@contextmanager
def reading(views: Views, position: int | None = None) -> Iterator[Reader]:
    """A reader of a position, or of now."""
    with views.snapshot() as connection:
        yield Reader(connection, at_position(connection, head_of(connection) if position is None else position))


def plain(rows: list[Any], kind: type[Any]) -> list[tuple[Any, ...]]:
    """Rows as tuples, without what only the reading adds."""
    return [tuple(vars(row)[name] for name in kind.__dataclass_fields__) for row in rows]


def in_order(rows: list[CrateRow], name: str, descending: bool) -> list[CrateRow]:
    """The rows by one column, nulls last, then by id: what a list promises."""
    by_id = sorted(rows, key=lambda row: row.entity_id)
    known = [row for row in by_id if getattr(row, name) is not None]
    known.sort(key=lambda row: getattr(row, name), reverse=descending)
    return known + [row for row in by_id if getattr(row, name) is None]


def turned(question: Callable[[], Select[Any]], order: list[Order], size: int, backward: bool) -> list[Any]:
    """The whole list, turned page by page in one direction, with what pages say of their neighbours checked."""
    rows: list[Any] = []
    key: tuple[Any, ...] | None = None
    while True:
        page = Page(size, before=key, backward=True) if backward else Page(size, after=key)
        found = question().page(order, page)
        rows = found.rows + rows if backward else rows + found.rows
        assert (found.has_next if backward else found.has_previous) == (key is not None)
        more = found.has_previous if backward else found.has_next
        if not more:
            return rows
        assert len(found.rows) == size
        key = found.keys[0] if backward else found.keys[-1]


# -- every position reads like a record that ended there -----------------------------------------------------------


@given(stories)
def test_the_rows_of_every_position_are_those_of_its_events(story: list[Any]) -> None:
    pile = told(story)

    with views_of(pile, batch=7) as views:
        for position in range(len(pile.events) + 1):
            own, children = pile.expected(position)
            with reading(views, position) as reader:
                assert plain(Select(CRATES, reader).all(), CrateRow) == sorted(plain(own, CrateRow))
                assert sorted(plain(Select(CONTENTS, reader).all(), ContentRow)) == sorted(plain(children, ContentRow))
                assert Select(CRATES, reader).count() == len(own)
                assert Select(CONTENTS, reader).count() == len(children)


@given(stories)
def test_a_short_lived_state_is_found_at_every_position(story: list[Any]) -> None:
    pile = told(story)

    with views_of(pile) as views:
        for position in range(len(pile.events) + 1):
            own, _ = pile.expected(position)
            with reading(views, position) as reader:
                for wanted in ([], ["red"], ["green", "blue"]):
                    expected = sorted(plain([row for row in own if row.shade in wanted], CrateRow))
                    question = Select(CRATES, reader).where_in("shade", wanted).where("t.slots_used >= ?", 0)
                    assert plain(question.all(), CrateRow) == expected
                    assert question.count() == len(expected)
                groups = Select(CRATES, reader).where("t.shade IS NOT NULL").grouped(["t.shade"], ["count(*)"])
                shades = [row.shade for row in own if row.shade is not None]
                assert groups == [(shade, shades.count(shade)) for shade in sorted(set(shades))]


@given(stories, st.sampled_from(["shade", "weight"]), st.booleans(), st.integers(1, 3))
def test_pages_in_both_directions_give_the_whole_list_once(
    story: list[Any], column: str, descending: bool, size: int
) -> None:
    pile = told(story)

    with views_of(pile) as views:
        for position in {len(pile.events), len(pile.events) // 2, len(pile.events) // 4}:
            own, _ = pile.expected(position)
            expected = plain(in_order(own, column, descending), CrateRow)
            with reading(views, position) as reader:
                order = [Order(f"t.{column}", descending)]
                for backward in (False, True):
                    pages = turned(lambda reader=reader: Select(CRATES, reader), order, size, backward)  # type: ignore[misc]
                    assert plain(pages, CrateRow) == expected


@given(stories, st.integers(1, 3))
def test_pages_by_the_last_change_give_the_whole_list_once(story: list[Any], size: int) -> None:
    pile = told(story)

    with views_of(pile) as views:
        for position in range(1, len(pile.events) + 1):
            with reading(views, position) as reader:
                expected = sorted(Select(CRATES, reader).all(), key=lambda row: (-vars(row)["_since"], row.entity_id))
                pages = turned(lambda reader=reader: Select(CRATES, reader), [Order("t.since", True)], size, False)  # type: ignore[misc]
                assert plain(pages, CrateRow) == plain(expected, CrateRow)


@given(stories, st.integers(1, 3))
def test_pages_of_child_rows_neither_skip_nor_repeat_where_a_noun_has_several(story: list[Any], size: int) -> None:
    pile = told(story)

    with views_of(pile) as views:
        for position in {len(pile.events), len(pile.events) // 2}:
            _, children = pile.expected(position)
            with reading(views, position) as reader:
                for backward in (False, True):
                    pages = turned(
                        lambda reader=reader: Select(CONTENTS, reader),  # type: ignore[misc]
                        [Order("t.amount", True)],
                        size,
                        backward,
                    )
                    expected = sorted(children, key=lambda row: (-row.amount, row.crate, row.slot))
                    assert plain(pages, ContentRow) == plain(expected, ContentRow)


@given(stories)
def test_one_noun_and_several_nouns_are_found_at_every_position(story: list[Any]) -> None:
    pile = told(story)

    with views_of(pile) as views:
        for position in range(len(pile.events) + 1):
            own, children = pile.expected(position)
            with reading(views, position) as reader:
                for id in IDS:
                    found = one_of(CRATES, reader, id)
                    assert plain([found] if found else [], CrateRow) == plain(
                        [row for row in own if row.entity_id == id], CrateRow
                    )
                in_slots = sorted({row.slot for row in children})[:2]
                assert sorted(plain(many_of(CONTENTS, reader, in_slots, column="slot"), ContentRow)) == sorted(
                    plain([row for row in children if row.slot in in_slots], ContentRow)
                )
                wanted = IDS[:3]
                several = many_of(CONTENTS, reader, wanted)
                assert sorted(plain(several, ContentRow)) == sorted(
                    plain([row for row in children if row.crate in wanted], ContentRow)
                )


@given(stories)
def test_a_row_says_since_which_position_it_holds(story: list[Any]) -> None:
    pile = told(story)
    since: dict[str, tuple[int, Any]] = {}
    for position in range(1, len(pile.events) + 1):
        for row in pile.expected(position)[0]:
            [values] = plain([row], CrateRow)
            if since.get(row.entity_id, (0, None))[1] != values:
                since[row.entity_id] = (position, values)

    with views_of(pile) as views, reading(views) as reader:
        found = {row.entity_id: vars(row)["_since"] for row in Select(CRATES, reader).all()}

    assert found == {id: position for id, (position, _) in since.items()}


# -- the same rows, however they came about ------------------------------------------------------------------------


@given(stories, st.integers(1, 9))
def test_the_digests_depend_neither_on_the_batches_nor_on_who_remembers(story: list[Any], batch: int) -> None:
    pile = told(story)
    remembered = row_writing.REMEMBERED_NOUNS

    with views_of(pile) as views:
        expected = views.progress()
    try:
        row_writing.REMEMBERED_NOUNS = 1
        with views_of(pile, batch) as views:
            again = views.progress()
    finally:
        row_writing.REMEMBERED_NOUNS = remembered

    assert again == expected
    assert set(expected.digests) == {"crates", "crate_contents"}


@given(stories, st.integers(0, 40))
def test_following_on_after_a_restart_gives_what_one_run_gives(story: list[Any], stop: int) -> None:
    pile = told(story)
    with views_of(pile) as views:
        expected = views.progress()

    with a_folder() as folder:
        views = opened(folder, "a record", [PROJECTION])
        Follower(pile, views, 3).catch_up(min(stop, len(pile.events)))
        views.close()
        views = opened(folder, "a record", [PROJECTION])
        Follower(pile, views, 5).catch_up()
        again = views.progress()
        views.close()

    assert again == expected


def test_views_of_another_record_are_made_anew(tmp_path: Path) -> None:
    pile = told([("paint", "crate-a", "red")])
    views = opened(tmp_path, "a record", [PROJECTION])
    Follower(pile, views).catch_up()
    views.close()

    views = opened(tmp_path, "another record", [PROJECTION])

    assert views.position == 0
    assert views.progress().digests != {}
    views.close()


def test_views_that_followed_further_than_the_record_reaches_are_made_anew(tmp_path: Path) -> None:
    pile = told([("paint", "crate-a", "red"), ("paint", "crate-a", "blue"), ("paint", "crate-b", "red")])
    views = opened(tmp_path, "a record", [PROJECTION])
    Follower(pile, views).catch_up()
    views.close()

    def event_id_at(position: int) -> str | None:
        recorded = pile.event_at(position)
        return recorded.event.event_id if recorded else None

    same = opened(tmp_path, "a record", [PROJECTION], event_id_at)
    followed = same.position
    same.close()
    del pile.events[2:]  # an older copy of the record was put in its place
    older = opened(tmp_path, "a record", [PROJECTION], event_id_at)
    Follower(pile, older).catch_up()

    with reading(older) as reader:
        shades = [row.shade for row in Select(CRATES, reader).all()]
    assert (followed, older.position, shades) == (3, 2, ["blue"])
    older.close()


@pytest.mark.only_on("sqlite", because="there is no such file where the views are a schema")
def test_a_file_that_is_no_database_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "views.db").write_bytes(b"certainly no database" * 500)

    views = opened(tmp_path, "a record", [PROJECTION])

    assert views.position == 0
    views.close()


# -- a failure leaves nothing half written -------------------------------------------------------------------------


@given(stories, st.integers(1, 40), st.integers(2, 9))
def test_a_failure_within_a_batch_leaves_nothing_of_it_and_the_follower_goes_on(
    story: list[Any], fails_at: int, batch: int
) -> None:
    pile = told(story)
    with views_of(pile) as views:
        expected = views.progress()
    left = [fails_at]

    def failing(crate: Any) -> Iterator[tuple[Table[Any], Any]]:
        left[0] -= 1
        yield from PROJECTION.project(crate)
        if left[0] == 0:
            raise RuntimeError("the disk is full")

    with a_folder() as folder:
        views = opened(folder, "a record", [Projection(PROJECTION.kind, PROJECTION.tables, failing)])
        follower = Follower(pile, views, batch)
        if fails_at <= len(pile.events):
            with pytest.raises(RuntimeError):
                follower.catch_up()
            own, _ = pile.expected(views.position)
            with reading(views) as reader:
                assert views.position == reader.moment.position <= fails_at - 1
                assert plain(Select(CRATES, reader).all(), CrateRow) == sorted(plain(own, CrateRow))
                assert reader.one("SELECT count(*) FROM events") == (views.position,)
        follower.catch_up()
        again = views.progress()
        views.close()

    assert again == expected


def test_a_follower_whose_rows_another_one_has_moved_writes_nothing_and_goes_on_from_there(tmp_path: Path) -> None:
    pile = told([("paint", "crate-a", "red"), ("paint", "crate-b", "red"), ("weigh", "crate-a", 2)])
    with views_of(pile) as built:
        expected = built.progress()
    with (
        closing(opened(tmp_path, "a record", [PROJECTION])) as views,
        closing(opened(tmp_path, "a record", [PROJECTION])) as others,
    ):
        first, second = Follower(pile, views), Follower(pile, others)
        second.catch_up(until=2)
        written = others.progress()

        with pytest.raises(FollowedMeanwhile, match="no longer at position 0"):
            first.catch_up(until=1)

        assert others.progress() == written
        with reading(others) as reader:
            assert reader.one("SELECT count(*) FROM events") == (2,)
        assert first.catch_up() == 3
        assert views.progress() == expected


class Silence:
    """Nobody tells of anything: whoever waits for news looks again by himself."""

    def wait_beyond(self, position: int, timeout_seconds: float, stopped: Callable[[], bool]) -> bool:
        time.sleep(0.01)
        return False

    def wake(self) -> None:
        return


def test_a_failing_follower_is_started_again_and_logs_what_happened(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pile = told([("paint", "crate-a", "red"), ("weigh", "crate-a", 2)])
    left = [1]

    def failing(crate: Any) -> Iterator[tuple[Table[Any], Any]]:
        left[0] -= 1
        if left[0] == 0:
            raise RuntimeError("the disk is full")
        yield from PROJECTION.project(crate)

    views = opened(tmp_path, "a record", [Projection(PROJECTION.kind, PROJECTION.tables, failing)])
    follower = Follower(pile, views, news=Silence())
    follower.start()
    seen = views.wait_for(2, timeout_seconds=20)
    follower.stop()

    assert seen
    assert follower.restarts == 1
    assert follower.last_error is None
    assert "the disk is full" in caplog.text
    views.close()


def test_a_follower_that_cannot_see_what_is_stored_after_a_failure_begins_anew_when_it_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pile = told([("paint", "crate-a", "red"), ("weigh", "crate-a", 2)])
    with views_of(pile) as built:
        expected = built.progress()
    troubles: list[Exception] = [ConnectionError("the database is gone"), RuntimeError("the connection broke")]

    def failing(crate: Any) -> Iterator[tuple[Table[Any], Any]]:
        yield from PROJECTION.project(crate)
        if crate.version == 2 and len(troubles) == 2:
            raise troubles.pop()

    views = Views.in_file(tmp_path / "views.db", "a record", [Projection(PROJECTION.kind, PROJECTION.tables, failing)])
    follower = Follower(pile, views)
    with pytest.raises(RuntimeError):
        follower.catch_up()
    with monkeypatch.context() as gone:
        gone.setattr(views, "row_writer", lambda: (_ for _ in ()).throw(troubles.pop()))
        with pytest.raises(ConnectionError):
            follower.catch_up()
    follower.catch_up()

    assert views.progress() == expected
    assert troubles == []
    views.close()


def test_a_reader_that_looks_slowly_takes_nothing_back_from_the_follower(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pile = told([("paint", "crate-a", "red")])
    views = Views.in_file(tmp_path / "views.db", "a record", [PROJECTION])
    follower = Follower(pile, views)
    follower.catch_up()
    lent = views._asked.lent

    @contextmanager
    def slowly() -> Iterator[Any]:
        """Let the follower go on between what a look finds and its noting it."""
        monkeypatch.undo()
        with lent() as connection:
            yield connection
        pile.crate("crate-a").weigh(pile.said(), 2)
        pile.take(pile.crate("crate-a"))
        follower.catch_up()

    monkeypatch.setattr(views._asked, "lent", slowly)
    views.look()

    assert views.position == len(pile.events) == 2
    views.close()


def test_the_follower_goes_on_from_what_is_written_whatever_a_replica_shows(tmp_path: Path) -> None:
    pile = told([("paint", "crate-a", "red")])
    written = file_database(tmp_path / "views.db")
    replica = file_database(tmp_path / "replica.db")
    Views(replica, "a record", [PROJECTION]).prepare()
    views = Views(written, "a record", [PROJECTION], replica=replica)
    follower = Follower(pile, views)

    follower.catch_up()
    views.look()
    pile.crate("crate-a").weigh(pile.said(), 2)
    pile.take(pile.crate("crate-a"))

    assert follower.catch_up() == 2
    assert views.stored_position() == 2
    assert not views.wait_for(1, 0)
    views.close()
    written.close()
    replica.close()


# -- moments and snapshots -------------------------------------------------------------------------------------------


def test_a_snapshot_does_not_see_what_arrives_while_it_is_held(tmp_path: Path) -> None:
    pile = told([("paint", "crate-a", "red"), ("paint", "crate-a", "blue"), ("paint", "crate-b", "red")])
    views = opened(tmp_path, "a record", [PROJECTION])
    follower = Follower(pile, views)
    follower.catch_up(until=1)

    with reading(views) as held:
        follower.catch_up()
        with reading(views) as fresh:
            seen = [row.shade for row in Select(CRATES, fresh).all()]
        before = [row.shade for row in Select(CRATES, held).all()]

    assert before == ["red"]
    assert seen == ["blue", "red"]
    views.close()


def test_a_time_means_the_last_event_recorded_by_then() -> None:
    pile = told([("weigh", "crate-a", 0)] * 9)

    with views_of(pile) as views, views.snapshot() as connection:
        for time in sorted({recorded.recorded_at for recorded in pile.events}):
            position = max(one.position for one in pile.events if one.recorded_at <= time)
            assert at_time(connection, time).position == position
        before = pile.events[0].recorded_at.replace(year=2000)
        assert at_time(connection, before).position == 0


def test_two_short_lived_states_can_be_asked_for_at_once() -> None:
    pile = told([("paint", "crate-a", "red"), ("paint", "crate-b", "blue"), ("paint", "crate-a", "blue")])

    with views_of(pile) as views:
        for position in (2, 3):
            with reading(views, position) as reader:
                question = Select(CRATES, reader).where_in("shade", ["red", "blue"]).where_in("shade", ["blue"])
                expected = [row.entity_id for row in pile.expected(position)[0] if row.shade == "blue"]
                assert [row.entity_id for row in question.all()] == sorted(expected)
