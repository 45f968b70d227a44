"""What `make bench` compares is what its floors speak of, and its verdict follows from the figures alone."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

BENCH = Path(__file__).resolve().parents[2] / "bench"


@pytest.fixture
def verdict(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(BENCH))
    return importlib.import_module("_verdict")


@pytest.fixture
def shapes(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(BENCH))
    return importlib.import_module("_shapes")


@pytest.fixture
def peers(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(BENCH))
    return importlib.import_module("_peers")


def every(shapes: Any) -> dict[str, Any]:
    facts = shapes.Facts(middle=5, clock="2015-08-11T00:00:00Z", noun="a", issuer="b", handler="c")
    return {one.name: one for one in shapes.shapes(facts)}


def test_every_floor_names_a_shape_that_both_servers_are_asked(verdict: Any, shapes: Any, peers: Any) -> None:
    known = every(shapes)
    floors = verdict.floors(BENCH / "floors.toml")

    assert floors
    for floor in floors:
        assert floor.store in ("sqlite", "postgresql")
        assert floor.connections == 8
        assert floor.shape in known
        assert (floor.shape_against or floor.shape) in known
        # As it is asked, too, a server keeps what it answered, which is asked again only where nothing is written.
        assert floor.server == "txapi" or (floor.server == peers.ASKED_AGAIN and not known[floor.shape].writes)
        assert floor.against == "txapi" or known[floor.shape].by_hand is not None


def test_the_short_form_holds_floors_on_both_stores(verdict: Any, shapes: Any) -> None:
    held = {
        (floor.store, floor.shape)
        for floor in verdict.floors(BENCH / "floors.toml")
        if floor.shape in shapes.IN_SHORT and floor.against == "handwritten" and floor.server == "txapi"
    }

    assert held == {(store, shape) for store in ("sqlite", "postgresql") for shape in shapes.IN_SHORT}


def found(verdict: Any, product: list[float], by_hand: list[float], again: list[float]) -> Any:
    def runs(seconds: list[float]) -> list[Any]:
        return [verdict.Measured(rate=1 / one, cpu_seconds=one, own_seconds=one) for one in seconds]

    case = verdict.Case("sqlite", "rows", 8)
    return {case: {"txapi": runs(product), "handwritten": runs(by_hand), "handwritten again": runs(again)}}


@pytest.mark.parametrize(
    ("product", "again", "is_broken"),
    [
        ([2.0, 2.0, 2.0], [1.0, 1.0, 1.0], False),  # just at the floor
        ([2.1, 2.1, 2.1], [1.0, 1.0, 1.0], True),  # below it, and nothing else moved
        ([2.1, 2.1, 2.1], [1.0, 0.9, 1.0], False),  # below it by less than the endpoint differs from itself
        ([4.0, 4.0, 1.9], [1.0, 1.0, 1.0], False),  # one round reached it: something else was busy in the others
        ([4.0, 4.0, 4.0], [1.0, 0.7, 1.0], True),  # far below it on a busy machine
    ],
)
def test_a_floor_is_broken_only_by_more_than_the_noise_of_the_run(
    verdict: Any, product: list[float], again: list[float], is_broken: bool
) -> None:
    floor = verdict.Floor("sqlite", "rows", 0.5)

    told = verdict.judged(floor, found(verdict, product, [1.0, 1.0, 1.0], again))

    assert told.is_broken is is_broken


def test_what_was_not_measured_breaks_nothing(verdict: Any) -> None:
    told = verdict.judged(verdict.Floor("postgresql", "rows", 0.5), found(verdict, [9.0], [1.0], [1.0]))

    assert told.found is None
    assert not told.is_broken


def test_a_floor_that_says_what_nobody_knows_is_refused(verdict: Any, tmp_path: Path) -> None:
    path = tmp_path / "floors.toml"
    path.write_text('[[floor]]\nstore = "sqlite"\nshape = "rows"\nratio = 0.5\nleast = 1\n')

    with pytest.raises(ValueError, match="least"):
        verdict.floors(path)


def test_answers_are_the_same_whatever_their_dialect_wraps_round_them(shapes: Any) -> None:
    product = {"data": {"tickets": {"nodes": [{"number": "1", "issuedAt": "2015-08-11T00:00:00.500000+00:00"}]}}}
    by_hand = [{"number": "1", "issuedAt": "2015-08-11T00:00:00.5Z"}]
    another = [{"number": "2", "issuedAt": "2015-08-11T00:00:00.5Z"}]

    assert shapes.plain({**product, "extensions": {"cost": 1}}) == shapes.plain(by_hand)
    assert shapes.plain(product) != shapes.plain(another)
    assert shapes.plain([{"position": "7", "type": "a"}]) == shapes.plain([{"position": 7, "type": "a"}])


def test_the_plot_follows_from_the_figures(verdict: Any) -> None:
    draw = importlib.import_module("_plot").plot
    groups = {"b & c": {"txapi": verdict.Ratio(0.9, 0.8, 1.1), "yoga": verdict.Ratio(0.5, 0.4, 0.6)}}

    drawn = draw("title", "note", groups)

    texts = [one.text for one in ElementTree.fromstring(drawn).iter() if one.tag.endswith("text")]
    assert texts[2:7] == ["b & c", "txapi", "0.90", "yoga + graphql-jit", "0.50"]
    assert drawn == draw("title", "note", groups)
