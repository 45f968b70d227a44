"""How long lists take now and as of the past: through the whole schema, as the question alone, and as bare statements."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from _measuring import built, measured_folder, options, percentile, say, show, tell_machine

from txapi.domain.event import Actor, Role
from txapi.domain.ticket.values import SubjectKind
from txapi.projections.moment import Reader, at_position
from txapi.projections.projects import projects_of
from txapi.projections.select import Order, Page
from txapi.projections.ticket_questions import NEWEST_FIRST, TicketFilter, TicketOrderField, order_by, select
from txapi.record.sqlite_database import SQLiteDatabase
from txapi.record.sqlite_files import connect
from txapi.schema.context import Context
from txapi.schema.schema import build_schema, root_value
from txapi.web.instance import Instance

OPERATION = Path(__file__).parent.parent / "schema" / "operations" / "Tickets.graphql"
DEPTHS = (5, 50, 95)
SIZE = 50

BY_DUE = [order_by(TicketOrderField.DUE)]
LISTS: dict[str, tuple[TicketFilter | None, list[Order], dict[str, Any]]] = {
    "50 tickets with their projects": (None, NEWEST_FIRST, {}),
    "open tickets by due date": (
        TicketFilter(open=True),
        BY_DUE,
        {"filter": {"open": True}, "orderBy": [{"by": "DUE"}]},
    ),
}
"""Each list as a question and as the variables of the published operation."""


def ask_alone(reader: Reader, asked: TicketFilter | None, order: list[Order]) -> int:
    """The page and the projects that its tickets are about: rows of Python, no GraphQL, no total."""
    found = select(reader, asked).page(order, Page(SIZE)).rows
    about = [one.id for row in found for one in row.about_known if one.kind is SubjectKind.PROJECT]
    projects_of(reader, list(dict.fromkeys(about)))
    return len(found)


class Measured:
    """The three layers of one list at one moment; each call of `turn` adds one time to each."""

    def __init__(self, instance: Instance, schema: Any, name: str, percent: int | None) -> None:
        self.name, self.percent = name, percent
        self.asked, self.order, variables = LISTS[name]
        self._instance, self._schema = instance, schema
        self._connection = connect(cast(SQLiteDatabase, instance.views._database).path)
        self._connection.execute("PRAGMA cache_size = -65536")
        head = instance.views.position
        self.position = head if percent is None else head * percent // 100
        clock = instance.record.clock.now() if percent is None else None
        # The clock of a past moment is its own time, as in the operation.
        self._reader = Reader(self._connection, at_position(self._connection, self.position, clock))
        self._variables = {**variables, "first": SIZE}
        if percent is not None:
            self._variables["at"] = {"position": str(self.position)}
        self.statements: list[str] = []
        self._connection.set_trace_callback(self.statements.append)
        self.rows = ask_alone(self._reader, self.asked, self.order)
        self._connection.set_trace_callback(None)
        self.total = select(self._reader, self.asked).count()
        self.times: dict[str, list[float]] = {layer: [] for layer in self.layers()}

    def layers(self) -> dict[str, Callable[[], Any]]:
        """What is measured, from the outside in."""
        return {
            "the operation, whole schema": self.operation,
            "the question alone": lambda: ask_alone(self._reader, self.asked, self.order),
            "its statements, bare": self.bare,
            "its total": lambda: select(self._reader, self.asked).count(),
        }

    def operation(self) -> None:
        """The published operation as a request executes it, without HTTP."""
        context = Context(self._instance.views, self._instance.desk, Actor("bench", Role.READER), signed_in=False)
        try:
            result = self._schema.execute_sync(
                SOURCE, variable_values=self._variables, context_value=context, root_value=root_value(context)
            )
            if result.errors:
                raise SystemExit(f"{self.name}: {result.errors[0]}")
        finally:
            context.close()

    def bare(self) -> None:
        """The question's statements, rows fetched and thrown away: below this no question can come."""
        for statement in self.statements:
            self._connection.execute(statement).fetchall()

    def turn(self) -> None:
        """Measure every layer once."""
        for layer, run in self.layers().items():
            began = time.perf_counter()
            run()
            self.times[layer].append((time.perf_counter() - began) * 1000)

    def plans(self) -> list[str]:
        """How SQLite carries out the statements."""
        return [
            line
            for statement in self.statements
            for line in (
                f"  {statement[:180]}",
                *(f"      {row[3]}" for row in self._connection.execute(f"EXPLAIN QUERY PLAN {statement}")),
            )
        ]


SOURCE = OPERATION.read_text(encoding="utf-8")


def main() -> None:
    """Measure every list at every depth in turns, so that all meet the same moods of the machine."""
    parser: argparse.ArgumentParser = options(__doc__ or "", events=50_000)
    parser.add_argument("--turns", type=int, default=100, help="how often each is asked (%(default)s)")
    parser.add_argument("--plans", action="store_true", help="also print how SQLite carries out each statement")
    chosen = parser.parse_args()
    with measured_folder(chosen.data, chosen.events) as folder, built(folder) as instance:
        schema = build_schema()
        measured = [Measured(instance, schema, name, percent) for name in LISTS for percent in (None, *DEPTHS)]
        say(f"asking {len(measured)} lists {chosen.turns} times")
        for one in measured:
            one.turn()
            for times in one.times.values():
                times.clear()
        for _ in range(chosen.turns):
            for one in measured:
                one.turn()
        head, clock = instance.views.position, instance.record.clock.now()
    tell_machine()
    for name in LISTS:
        those = [one for one in measured if one.name == name]
        lines = []
        for layer in those[0].times:
            now = percentile(those[0].times[layer], 50)
            bare = {one.percent: percentile(one.times["its statements, bare"], 50) for one in those}
            for one in those:
                p50, p99 = (percentile(one.times[layer], percent) for percent in (50, 99))
                lines.append(
                    (
                        f"{layer}, {'now' if one.percent is None else f'as of {one.percent} %'}",
                        f"{one.rows} of {one.total:,}",
                        f"{p50:.2f}",
                        f"{p99:.2f}",
                        f"{p50 / now:.2f}",
                        f"{p50 / bare[one.percent]:.1f}",
                    )
                )
        show(
            f"{name}, in a record of {head:,} events until {clock:%Y-%m-%d}; milliseconds;"
            " the limits are now and the bare statements",
            ("", "rows", "p50", "p99", "past/now", "to bare"),
            lines,
        )
    if chosen.plans:
        for one in measured:
            print(f"\n{one.name}, {'now' if one.percent is None else f'as of {one.percent} %'}")
            print("\n".join(one.plans()))


if __name__ == "__main__":
    main()
