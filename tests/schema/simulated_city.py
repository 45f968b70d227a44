"""A simulated city with more than fifty tickets, projects, companies and targets, for counting what is asked of a store."""

from __future__ import annotations

from pathlib import Path

from tests.city import City
from tests.stores import copied, made_once, place
from txapi.simulation import simulate


class Simulated(City):
    """Twelve units and seventy projects over two years, and their read models."""

    def __init__(self, folder: Path) -> None:
        copied(made_once("a simulated city", _simulated), folder)
        super().__init__(folder, start="2026-01-02T09:00")
        self.follower.catch_up()


def _simulated(folder: Path) -> None:
    simulate(place(folder), units=12, projects=70, years=2)
