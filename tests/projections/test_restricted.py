"""What is laid over for a viewer who may not read everything: all tables that tell of what is internal, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.city import LEADER, READER, clerk
from tests.projections.ticket_city import furnished_and_told
from txapi.application.references import adopt_edition
from txapi.domain.editions import EditionKind
from txapi.domain.ticket import Ticket
from txapi.projections.all import PROJECTIONS
from txapi.projections.restricted import EVENTS, RESTRICTED, as_read_by
from txapi.projections.select import Select
from txapi.projections.ticket_rows import TICKETS


def test_every_table_of_a_ticket_is_laid_over() -> None:
    [tickets] = [projection for projection in PROJECTIONS if projection.kind is Ticket]

    assert {table.name for table in tickets.tables} <= set(RESTRICTED)


def test_no_other_table_names_a_ticket_or_says_what_is_in_it(tmp_path: Path) -> None:
    city, tickets = furnished_and_told(tmp_path)
    ids = set(tickets.values())
    reader = city.reader()
    others = [table for projection in PROJECTIONS for table in projection.tables if table.name not in RESTRICTED]

    assert {table.noun for table in others} > {"entity_id", "project_id"}
    for table in others:
        for row in reader.rows(f"SELECT * FROM {table.name}"):
            said = " ".join(map(str, row))
            assert "用地指标" not in said
            assert not any(id in said for id in ids), table.name
    city.close()


def test_a_statement_sees_only_what_its_viewer_may_read_however_it_is_put(tmp_path: Path) -> None:
    city, _ = furnished_and_told(tmp_path)
    adopt_edition(
        city.desk, city.order(), kind=EditionKind.READING_POLICY, edition="reading", content={"basis": "inferred"}
    )
    head = city.record.head.position
    entire = city.reader()

    def counts(actor: Any) -> list[int]:
        reader = as_read_by(entire, actor)
        statements = (
            "SELECT count(*) FROM tickets t WHERE t.until > ?",
            "SELECT count(*) FROM tickets\nt JOIN ticket_parties p ON p.ticket_id = t.entity_id WHERE t.until > ?",
            "WITH x AS (SELECT * FROM tickets t WHERE t.until > ?) SELECT count(*) FROM x",
            "WITH RECURSIVE x(n) AS (SELECT count(*) FROM tickets t WHERE t.until > ? UNION SELECT n FROM x) SELECT n FROM x",
            "SELECT (SELECT count(*) FROM ticket_handlings h WHERE h.until > ?)",
            (
                f"SELECT count(*) FROM {EVENTS} e LEFT JOIN tickets t ON t.entity_id = e.stream"
                f" WHERE e.kind = 'ticket' AND e.position > ? - {head}"
            ),
        )
        return [int(reader.rows(statement, (head,))[0][0]) for statement in statements]

    everything = counts(LEADER)
    assert all(everything)
    assert counts(READER) == [0] * len(everything)
    some = counts(clerk("dama"))
    assert some[0] == some[2] == some[3] == 1
    assert all(0 < few < many for few, many in zip(some, everything, strict=True))
    # What streams row by row, and an index that is named, are laid over as well.
    for actor, many in ((LEADER, everything[0]), (clerk("dama"), 1), (READER, 0)):
        reader = as_read_by(entire, actor)
        assert len(list(Select(TICKETS, reader).values(["t.entity_id"]))) == many
        assert len(list(Select(TICKETS, reader).each())) == many
        assert Select(TICKETS, reader).count() == many
    assert as_read_by(entire, LEADER) is entire
    city.close()


def test_a_unit_is_a_value_and_never_part_of_a_statement(tmp_path: Path) -> None:
    city, _ = furnished_and_told(tmp_path)
    adopt_edition(
        city.desk, city.order(), kind=EditionKind.READING_POLICY, edition="reading", content={"basis": "inferred"}
    )

    for strange in ("' OR 1 = 1 --", "?", "%s", "chongfu') OR TRUE --", '"', "单位"):
        assert Select(TICKETS, as_read_by(city.reader(), clerk(strange))).count() == 0
    assert Select(TICKETS, as_read_by(city.reader(), clerk("chongfu"))).count() == 9
    city.close()
