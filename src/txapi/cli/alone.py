"""Commands that change a record behind the back of its servers: they begin only where no server runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from txapi.cli.ends import RECORD_OWNED, stop

if TYPE_CHECKING:
    from txapi.record.place import Place


def must_be_alone(place: Place) -> None:
    """End the command where servers run on a record in a database. A file has one owner, whose lock says the same."""
    if place.database is None:
        return
    from txapi.record.postgres.reaching import live_nodes

    nodes = live_nodes(place.database)
    if nodes:
        stop(
            RECORD_OWNED,
            f"servers run on the record in {place}: {', '.join(nodes)}. Stop them first; one that was killed counts for half a"
            " minute more",
        )
