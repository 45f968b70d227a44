"""How long the first page of differences between two moments a month apart takes, without a filter, at several depths."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

from _measuring import built, measured_folder, options, percentile, say, show, tell_machine

from txapi.audit.compare import Asked, Comparison
from txapi.audit.nouns import NOUNS
from txapi.domain.event import Actor, Role
from txapi.projections.moment import Reader, at_position, at_time
from txapi.projections.select import Page
from txapi.projections.ticket_questions import NEWEST_FIRST, TicketFilter, select
from txapi.record.sqlite_database import SQLiteDatabase
from txapi.record.sqlite_files import connect
from txapi.schema.context import Context
from txapi.schema.schema import build_schema, root_value
from txapi.web.instance import Instance

OPERATIONS = Path(__file__).parent.parent / "schema" / "operations"
DEPTHS = (5, 50, 95, 100)
SIZE = 50
LIMIT_MS = 1000
"""What a first page may take."""

COMPARED: dict[str, tuple[str, Asked, dict[str, Any]]] = {
    "everything": ("Compare", dict.fromkeys(NOUNS), {}),
    "open tickets": ("CompareTickets", {"ticket": TicketFilter(open=True)}, {"filter": {"open": True}}),
}
"""Each list of differences as a published operation, as a question, and as variables."""


class Measured:
    """A page of differences at one depth, whole schema and rows alone, beside one page of a list of the same moment."""

    def __init__(self, instance: Instance, schema: Any, name: str, percent: int, days: int, *, dated: bool) -> None:
        self.name, self.percent, self.dated = name, percent, dated
        self.operation, self.asked, more = COMPARED[name]
        self._instance, self._schema = instance, schema
        self._connection = connect(cast(SQLiteDatabase, instance.views._database).path)
        self._connection.execute("PRAGMA cache_size = -65536")
        after = at_position(self._connection, instance.views.position * percent // 100)
        before = at_time(self._connection, after.recorded_at - timedelta(days=days))
        self.events = after.position - before.position
        dates = (before.day, after.day) if dated else (None, None)
        self.before, self.after = (
            Reader(self._connection, at_position(self._connection, moment.position, moment.clock, valid_on))
            for moment, valid_on in zip((before, after), dates, strict=True)
        )
        self._variables = {
            "before": self._moment(self.before),
            "after": self._moment(self.after),
            "first": SIZE,
            **more,
        }
        self.times: dict[str, list[float]] = {layer: [] for layer in self.layers()}
        self.found = 0

    @staticmethod
    def _moment(reader: Reader) -> dict[str, Any]:
        moment = reader.moment
        return {
            "at": {"position": str(moment.position)},
            "clock": moment.clock.isoformat(),
            "validOn": moment.valid_on.isoformat() if moment.valid_on else None,
        }

    def layers(self) -> dict[str, Callable[[], Any]]:
        """What is measured, from the outside in."""
        return {
            "the operation, whole schema": self.whole,
            "the rows alone": self.rows,
            "one list page of 50 tickets": lambda: select(self.after).page(NEWEST_FIRST, Page(SIZE)),
        }

    def whole(self) -> None:
        """The published operation as a request executes it, without HTTP."""
        context = Context(self._instance.views, self._instance.desk, Actor("bench", Role.READER), signed_in=False)
        source = (OPERATIONS / "audit" / f"{self.operation}.graphql").read_text(encoding="utf-8")
        try:
            result = self._schema.execute_sync(
                source, variable_values=self._variables, context_value=context, root_value=root_value(context)
            )
            if result.errors:
                raise SystemExit(f"{self.name}: {result.errors[0]}")
        finally:
            context.close()

    def rows(self) -> None:
        """The page, what changed of its nouns with the events to blame, and their labels: rows of Python, no GraphQL."""
        comparison = Comparison(self.before, self.after)
        found = comparison.page(self.asked, SIZE).found
        for kind in dict.fromkeys(one.kind for one in found):
            ids = [one.entity_id for one in found if one.kind == kind]
            comparison.changes(kind, ids)
            comparison.causes(kind, self.asked[kind], ids)
            comparison.labels(kind, ids)
        self.found = len(found)

    def turn(self) -> None:
        """Measure every layer once."""
        for layer, run in self.layers().items():
            began = time.perf_counter()
            run()
            self.times[layer].append((time.perf_counter() - began) * 1000)


def main() -> None:
    """Measure every comparison at every depth in turns, so that all meet the same moods of the machine."""
    parser: argparse.ArgumentParser = options(__doc__ or "", events=100_000)
    parser.add_argument("--turns", type=int, default=20, help="how often each is asked (%(default)s)")
    parser.add_argument("--days", type=int, default=30, help="how many days lie between the moments (%(default)s)")
    chosen = parser.parse_args()
    with measured_folder(chosen.data, chosen.events) as folder, built(folder) as instance:
        schema = build_schema()
        measured = [
            Measured(instance, schema, name, percent, chosen.days, dated=dated)
            for name in COMPARED
            for dated in (False, True)
            for percent in DEPTHS
        ]
        say(f"comparing {len(measured)} times {chosen.turns}")
        for one in measured:
            one.turn()
            for times in one.times.values():
                times.clear()
        for _ in range(chosen.turns):
            for one in measured:
                one.turn()
        head = instance.views.position
    tell_machine()
    for name in COMPARED:
        for dated in (False, True):
            those = [one for one in measured if one.name == name and one.dated is dated]
            lines = []
            for layer in those[0].times:
                for one in those:
                    p50, p99 = (percentile(one.times[layer], percent) for percent in (50, 99))
                    beside = percentile(one.times["one list page of 50 tickets"], 50)
                    lines.append(
                        (
                            f"{layer}, as of {one.percent} %",
                            f"{one.events:,}",
                            f"{one.found}",
                            f"{p50:.1f}",
                            f"{p99:.1f}",
                            f"{p50 / LIMIT_MS:.3f}",
                            f"{p50 / beside:.1f}",
                        )
                    )
            valid = ", each by the facts of its own day" if dated else ""
            show(
                f"{name}, {chosen.days} days apart{valid}, in a record of {head:,} events; milliseconds; the limit is {LIMIT_MS}",
                ("", "events between", "found", "p50", "p99", "to the limit", "to a list"),
                lines,
            )


if __name__ == "__main__":
    main()
