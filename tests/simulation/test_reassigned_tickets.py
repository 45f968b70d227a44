"""Tests of what becomes of a simulated ticket after it was reassigned 转办."""

from __future__ import annotations

from txapi.record.record import Record
from txapi.simulation.run import simulate


def test_reassigned_tickets_are_received_and_go_on(tmp_path):
    simulate(tmp_path, units=8, projects=40, years=2, seed=13)

    streams: dict[str, list[str]] = {}
    with Record.open(tmp_path, owner=False) as record:
        for one in record.read_all():
            streams.setdefault(one.event.originator_id, []).append(one.event.TOPIC)

    after = [
        topics[topics.index("ticket.reassigned") :] for topics in streams.values() if "ticket.reassigned" in topics
    ]
    assert after
    assert sum("ticket.received" in topics for topics in after) > len(after) / 2
