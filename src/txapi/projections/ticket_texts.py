"""The texts of tickets 联系单文字: which columns hold what is said in them, and what stands there for who may not read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from txapi.projections.ticket_rows import HANDLINGS, TICKETS
from txapi.record.database import Dialect


@dataclass(frozen=True, slots=True)
class Text:
    """A column that holds a text; or JSON with texts `inside`, by name, each with what stands in its place.

    A text that is never null is empty there, and one that may be null is null.
    """

    column: str
    inside: Mapping[str, str | None] = field(default_factory=dict)
    several: bool = True
    """Whether the JSON is a list of what the texts are inside of."""
    instead: str = "NULL"
    """The expression in the place of the whole column."""

    def withheld(self, dialect: Dialect) -> str:
        """What stands in its place, of a row `t`."""
        if not self.inside:
            return self.instead
        blank = f"'{msgspec.json.encode(self.inside).decode()}'"
        column = f"t.{self.column}"
        if dialect is Dialect.SQLITE:
            if not self.several:
                return f"json_patch({column}, {blank})"
            return f"(SELECT json_group_array(json_patch(j.value, {blank})) FROM json_each({column}) j)"
        if not self.several:
            return f"({column}::jsonb || {blank}::jsonb)::text"
        return (
            f"(SELECT coalesce(jsonb_agg(j.part || {blank}::jsonb ORDER BY j.number), '[]'::jsonb)::text"
            f" FROM jsonb_array_elements({column}::jsonb) WITH ORDINALITY AS j(part, number))"
        )


TEXTS: Mapping[str, tuple[Text, ...]] = {
    TICKETS.name: (
        Text("body", instead="''"),
        Text("outcome"),
        Text("progress_notes", {"note": ""}),
        Text("reminder_notes", {"note": ""}),
        Text("escalation_steps", {"reason": ""}),
        Text("leader_steps", {"outcome": ""}),
        Text("decisions_made", {"text": "", "outcome": None}),
        Text("turns_taken", {"reason": None}),
        # Or a filter finds out by its text what it does not show.
        Text("search", instead="t.search_named"),
    ),
    HANDLINGS.name: (
        Text("opinion"),
        Text("result"),
        Text("receipt_known", {"source": None}, several=False),
        Text("extensions_asked", {"reason": "", "opinion": None}),
    ),
}
"""The texts by the name of their table. Numbers, subjects, parties, dates, states and outcomes as codes are none."""

_BOOKKEEPING = ("row", "since", "until", "span")
_COLUMNS = {
    table.name: (*_BOOKKEEPING, *table.names, *(extra.name for extra in table.extras)) for table in (TICKETS, HANDLINGS)
}


def columns_without_texts(table: str, readable: str, dialect: Dialect) -> str:
    """The columns of a row `t` of that table, with its texts where `readable` holds."""
    withheld = {text.column: text.withheld(dialect) for text in TEXTS[table]}
    return ", ".join(
        f"CASE WHEN {readable} THEN t.{name} ELSE {withheld[name]} END AS {name}" if name in withheld else f"t.{name}"
        for name in _COLUMNS[table]
    )
