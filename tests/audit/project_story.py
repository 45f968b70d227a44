"""Gives commands on projects of a city by short names."""

from __future__ import annotations

from typing import Any

from tests.city import SUPERVISOR, City
from txapi.application import projects
from txapi.domain.editions import ProjectKind


class Projects:
    """Tells what happens to projects, in the order of time."""

    def __init__(self, city: City) -> None:
        self.city = city

    def __call__(self, time: str, command: str, project: str = "", **given: Any) -> str:
        """Carry out a command of the supervisor at that time; the project's id."""
        envelope = {name: given.pop(name) for name in ("reason", "source") if name in given}
        done = getattr(projects, command)(
            self.city.at(time).desk,
            self.city.order(SUPERVISOR, **envelope),
            **({"project": project} if project else {}),
            **given,
        )
        return str(done.id)

    def introduced(self, time: str, code: str, **given: Any) -> str:
        """A project introduced at that time."""
        return self(time, "introduce_project", code=code, name=code, kind=ProjectKind.NEW_BUILD, **given)
