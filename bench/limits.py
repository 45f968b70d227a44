"""What limits cost: published questions with cost, points and time limit, and without them; and what a new document costs."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

from _measuring import built, measured_folder, options, percentile, say, show, tell_machine
from graphql import parse, validate

from txapi.budgets import DEFAULTS, Budgets
from txapi.record.deadlines import Deadline
from txapi.schema.admitting import Operation
from txapi.schema.cost import Operation as Counted
from txapi.schema.cost import cost_of, sizing_variables
from txapi.schema.documents import RULES, Document
from txapi.schema.executing import execute
from txapi.schema.limits import check_document
from txapi.schema.schema import the_schema
from txapi.web.instance import Instance
from txapi.web.operations import operations
from txapi.web.rates import Rates
from txapi.web.viewers import Asking

NAMES = ("Viewer", "Units", "Tickets", "ProjectList")
ENOUGH = Budgets({role: budget._replace(per_minute=10**12) for role, budget in DEFAULTS.items()})


def microseconds(call: Callable[[], Any]) -> float:
    """How long a call takes."""
    began = time.perf_counter()
    call()
    return (time.perf_counter() - began) * 1e6


class Measured:
    """One published question; each call of `turn` asks it once with the limits and once without."""

    def __init__(self, instance: Instance, name: str) -> None:
        self.name = name
        self.text = operations()[name].read_text(encoding="utf-8")
        self._instance = instance
        self._rates = Rates(ENOUGH)
        self.limited: list[float] = []
        self.free: list[float] = []

    def turn(self) -> None:
        """Ask in both ways, the one first and then the other: whoever comes second finds everything warm."""
        for limited in (True, False) if len(self.free) % 2 else (False, True):
            self._ask(limited=limited)
            cost = Document.cost
            if not limited:
                Document.cost = lambda *_: 0  # type: ignore[method-assign]
            try:
                times = self.limited if limited else self.free
                times.append(microseconds(lambda: self._ask(limited=limited)))  # noqa: B023 - called at once
            finally:
                Document.cost = cost  # type: ignore[method-assign]

    def _ask(self, *, limited: bool) -> None:
        asking = Asking(client="bench")
        context = self._instance.context(asking.viewer, signed_in=False)
        if limited:
            admitted = self._rates.admission(asking)
            admitted.begin()
            context.admission, context.deadline = admitted, Deadline(10.0)
        try:
            execute(the_schema(), context, Operation(self.text))
        finally:
            context.close()
        if limited:
            admitted.told(remaining=True)
            admitted.headers()

    def as_new(self) -> tuple[float, float]:
        """Microseconds to read and validate the document, and to check its shape and count its cost besides."""
        schema = the_schema()._schema

        def weighed() -> None:
            check_document(document)
            sizing_variables(document)
            operation = Counted.of(document, None)
            assert operation is not None
            cost_of(schema, operation, {})

        document = parse(self.text)
        read = percentile([microseconds(lambda: validate(schema, parse(self.text), RULES)) for _ in range(9)], 50)
        return read, percentile([microseconds(weighed) for _ in range(9)], 50)


def main() -> None:
    """Ask in turns, so that both ways meet the same moods of the machine."""
    parser: argparse.ArgumentParser = options(__doc__ or "", events=3_000)
    parser.add_argument("--turns", type=int, default=200, help="how often each is asked in each way (%(default)s)")
    chosen = parser.parse_args()
    with measured_folder(chosen.data, chosen.events) as folder, built(folder) as instance:
        measured = [Measured(instance, name) for name in NAMES]
        say(f"asking {len(measured)} questions {chosen.turns} times")
        for _ in range(chosen.turns):
            for one in measured:
                one.turn()
        new = {one.name: one.as_new() for one in measured}
    tell_machine()
    lines = []
    for one in measured:
        limited, free = (percentile(times[chosen.turns // 10 :], 50) for times in (one.limited, one.free))
        read, weighed = new[one.name]
        figures = (f"{free:.0f}", f"{limited:.0f}", f"{limited / free:.3f}", f"{read:.0f}", f"{weighed:.0f}")
        lines.append((one.name, *figures, f"{weighed / read:.2f}"))
    show(
        "A question known already, p50 in microseconds, with limits and without; a new document",
        ("", "without", "with", "ratio", "read and validated", "limits and cost", "ratio"),
        lines,
    )


if __name__ == "__main__":
    main()
