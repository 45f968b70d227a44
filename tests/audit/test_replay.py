"""A replay says whether the read models are what the record makes them, and names the event after which they are not."""

from __future__ import annotations

import dataclasses
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.projections.ticket_city import furnished_and_told
from txapi.audit.bundle import write_bundle
from txapi.audit.replay import Replayed, replay
from txapi.audit.statements import DigestStatement
from txapi.cli.root import txapi
from txapi.domain.register import unit_id
from txapi.projections.all import PROJECTIONS
from txapi.projections.follower import Follower
from txapi.projections.projection import Projection
from txapi.projections.views import Views, fingerprint, views_file
from txapi.projections.views_progress import stored_progress
from txapi.record import Record
from txapi.record.ledger import LEDGER_FILE, Ledger
from txapi.record.signer import Signer
from txapi.record.statements import digest_text


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The record of a summer of tickets."""
    folder = tmp_path_factory.mktemp("summer")
    city, _ = furnished_and_told(folder)
    city.close()
    return folder


@pytest.fixture
def record(written: Path) -> Iterator[Record]:
    with Record.open(written, owner=False) as opened:
        yield opened


@pytest.fixture
def live(tmp_path: Path) -> Path:
    return tmp_path / "live.db"


def follow(
    record: Record, path: Path, projections: tuple[Projection, ...] = PROJECTIONS, until: int | None = None
) -> None:
    """A live process follows the record into its file."""
    views = Views.in_file(path, record.record_id, projections)
    Follower(record, views, batch=7).catch_up(until)
    views.close()


def altered(kind: str, alter: Callable[[Any], Any]) -> tuple[Projection, ...]:
    """The projections, of which one kind's rows are altered before they are written."""

    def of(projection: Projection) -> Projection:
        def project(noun: Any) -> Iterator[tuple[Any, Any]]:
            for table, row in projection.project(noun):
                yield table, alter(row) if table.name == kind else row

        return Projection(projection.kind, projection.tables, project)

    return tuple(of(one) if any(table.name == kind for table in one.tables) else one for one in PROJECTIONS)


def first_of(record: Record, topic: str) -> Any:
    return next(one for one in record.read_all() if topic == one.event.TOPIC)


def by_hand(path: Path, statement: str, *values: Any) -> None:
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute(statement, values).rowcount == 1
        connection.commit()


def told_of(replayed: Replayed) -> tuple[tuple[str, ...] | None, tuple[str, ...] | None]:
    """The tables that differ in their kept digests, and in their rows."""
    kept, rows = replayed.kept, replayed.rows
    return (None if kept is None else kept.tables, None if rows is None else rows.tables)


# -- nothing is wrong --------------------------------------------------------------------------------------------------


def test_read_models_that_follow_the_record_are_the_same_at_every_batch_size(record: Record, live: Path) -> None:
    follow(record, live)
    head = record.head.position

    whole = replay(record, head, live=live, bisect=True)
    in_steps = [replay(record, head, live=live, batch=size) for size in (1, 3, 10_000)]

    assert told_of(whole) == ((), ())
    assert whole.first_event is None
    assert {one.progress.digest for one in in_steps} == {whole.progress.digest}
    assert not any(one.differs for one in in_steps)


def test_a_replay_under_another_hash_seed_gives_the_same_digest(written: Path) -> None:
    digests = {
        json.loads(
            subprocess.run(
                [sys.executable, "-m", "txapi", "replay", str(written), "--json"],
                env={**os.environ, "PYTHONHASHSEED": seed},
                capture_output=True,
                check=True,
            ).stdout
        )["digest"]
        for seed in ("1", "2")
    }

    assert len(digests) == 1


def test_a_replay_to_an_earlier_position_compares_the_live_rows_as_of_then(record: Record, live: Path) -> None:
    follow(record, live)

    replayed = replay(record, 20, live=live)

    assert replayed.progress.position == 20
    assert told_of(replayed) == (None, ())  # The live file keeps digests of where it stands only.


def test_live_read_models_that_lag_are_compared_where_they_stand(record: Record, live: Path) -> None:
    follow(record, live, until=30)

    replayed = replay(record, record.head.position, live=live)

    assert replayed.kept is not None
    assert replayed.rows is not None
    assert (replayed.kept.position, replayed.rows.position) == (30, 30)
    assert not replayed.differs


def test_without_live_read_models_there_is_nothing_to_compare_with(record: Record, live: Path) -> None:
    replayed = replay(record, record.head.position, live=live, bisect=True)

    assert told_of(replayed) == (None, None)
    assert not replayed.differs
    assert not live.exists()


# -- a fault in the live process ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("topic", "field", "alter"),
    [
        ("ticket.withdrawn", "subject", lambda row: "?" if row.state.value == "withdrawn" else row.subject),
        ("ticket.returned", "subject", lambda row: "退" if row.state.value == "returned" else row.subject),
        ("ticket.reminded", "body", lambda row: row.body + ("!" if row.reminder_notes else "")),
    ],
)
def test_a_projection_that_is_wrong_about_one_kind_of_event_is_named_by_it(
    record: Record, live: Path, topic: str, field: str, alter: Callable[[Any], str]
) -> None:
    follow(record, live, altered("tickets", lambda row: dataclasses.replace(row, **{field: alter(row)})))

    replayed = replay(record, record.head.position, live=live, bisect=True)

    culprit = first_of(record, topic)
    assert replayed.rows is not None
    assert replayed.rows.tables == ("tickets",)
    assert replayed.first_event is not None
    assert (replayed.first_event.after, replayed.first_event.position) == (culprit.position - 1, culprit.position)
    divergence = replayed.first_event.divergence
    assert divergence is not None
    assert [(one.table, one.row, one.field) for one in divergence.differences if one.field == field] == [
        ("tickets", (culprit.event.originator_id,), field)
    ]


def test_a_row_that_the_live_process_never_made_is_named_by_the_event_that_makes_it(record: Record, live: Path) -> None:
    dama = unit_id("dama")

    def without_dama(one: Projection) -> Projection:
        return Projection(one.kind, one.tables, lambda noun: () if noun.id == dama else one.project(noun))

    follow(record, live, tuple(map(without_dama, PROJECTIONS)))

    replayed = replay(record, record.head.position, live=live, bisect=True)

    assert replayed.first_event is not None
    assert replayed.first_event.position == record.stream_events(dama)[0].position
    assert replayed.first_event.divergence is not None
    (difference,) = replayed.first_event.divergence.differences
    assert (difference.field, difference.live) == ("*", None)
    assert difference.rebuilt["code"] == "dama"


# -- a file changed by hand ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "topic"),
    [
        # An answer of the current version: wrong since the event that opened it, the last of the returned ticket.
        (
            "UPDATE tickets SET subject = '?' WHERE state = 'withdrawn' AND until = 9223372036854775807",
            "ticket.withdrawn",
        ),
        # An answer of a version that has ended: the past alone is wrong.
        (
            "UPDATE tickets SET subject = '?' WHERE state = 'returned' AND until < 9223372036854775807",
            "ticket.returned",
        ),
        # What no answer shows, but filters look at.
        ("UPDATE units SET search = '' WHERE code = 'dama'", "unit.registered"),
        # The history's own index of events.
        ("UPDATE events SET subject = 'somebody' WHERE topic = 'ticket.withdrawn'", "ticket.withdrawn"),
        ("DELETE FROM tickets WHERE state = 'withdrawn'", "ticket.withdrawn"),
        ("UPDATE tickets SET until = until - 1 WHERE state = 'returned' AND until < 9223372036854775807", None),
        (
            "INSERT INTO units SELECT 9999, since, until, span, {columns} FROM units WHERE code = 'dama'",
            "unit.registered",
        ),
    ],
)
def test_a_row_changed_by_hand_is_named_although_the_kept_digests_agree(
    record: Record, live: Path, statement: str, topic: str | None
) -> None:
    follow(record, live)
    units = next(table for one in PROJECTIONS for table in one.tables if table.name == "units")
    by_hand(live, statement.format(columns=", ".join((*units.names, *(extra.name for extra in units.extras)))))

    replayed = replay(record, record.head.position, live=live, bisect=True)

    assert replayed.kept is not None
    assert replayed.kept.tables == ()
    assert replayed.differs
    assert replayed.first_event is not None
    event = record.event_at(replayed.first_event.position)
    assert event is not None
    # The version that ends one event too early leaves a gap before the event that ended it: the one that is named
    # is whatever event lies there.
    if topic is None:
        reassigned = first_of(record, "ticket.reassigned")
        assert event.position == reassigned.position - 1
    else:
        assert topic == event.event.TOPIC
        if "dama" in statement:
            assert event.event.originator_id == unit_id("dama")


def test_a_kept_digest_changed_by_hand_is_told_apart_from_rows_that_are_wrong(record: Record, live: Path) -> None:
    follow(record, live)
    by_hand(live, "UPDATE digests SET total = x'07' WHERE name = 'units'")

    replayed = replay(record, record.head.position, live=live, bisect=True)

    assert told_of(replayed) == (("units",), ())
    assert replayed.first_event is None


def test_kept_digests_that_are_none_are_not_compared_with(record: Record, live: Path) -> None:
    follow(record, live)
    by_hand(live, "UPDATE digests SET total = 7 WHERE name = 'units'")

    replayed = replay(record, record.head.position, live=live)

    assert (replayed.kept, replayed.rows) == (None, None)


def test_a_table_that_is_missing_is_named(record: Record, live: Path) -> None:
    follow(record, live)
    with closing(sqlite3.connect(live)) as connection:
        connection.execute("DROP TABLE units")

    replayed = replay(record, record.head.position, live=live, bisect=True)

    assert told_of(replayed) == ((), ("units",))
    assert replayed.first_event is not None
    assert replayed.first_event.position == 0


# -- what was signed ------------------------------------------------------------------------------------------------------


def signed_digests(
    record: Record, positions: list[int], folder: Path, projections: tuple[Projection, ...] = PROJECTIONS
) -> list[DigestStatement]:
    """What a signer says at these positions whose live process has these projections."""
    found = []
    for position in positions:
        path = folder / f"signed-{position}.db"
        follow(record, path, projections, until=position)
        progress = stored_progress(path, record.record_id)
        assert progress is not None
        found.append(DigestStatement("origin", position, fingerprint(), progress.digest, progress.digests))
    return found


def test_a_signed_digest_that_a_replay_does_not_give_is_named_with_the_interval_in_which_it_went_wrong(
    record: Record, live: Path, tmp_path: Path
) -> None:
    true = signed_digests(record, [10, 20, 30, 40], tmp_path)
    false = [dataclasses.replace(true[2], digests={**true[2].digests, "tickets": "0" * 64}), true[3]]
    other_code = dataclasses.replace(true[1], fingerprint="0" * 16)

    agreeing = replay(record, 40, live=None, signed=true, bisect=True)
    disagreeing = replay(record, 45, live=None, signed=[*true[:2], other_code, *false], bisect=True)

    assert (agreeing.signed.compared, agreeing.differs, agreeing.first_event) == (4, False, None)
    assert (disagreeing.signed.compared, disagreeing.signed.of_other_code, disagreeing.signed.disagreeing) == (4, 1, 1)
    assert disagreeing.signed.first is not None
    assert (disagreeing.signed.first.position, disagreeing.signed.first.tables) == (30, ("tickets",))
    assert disagreeing.first_event is not None
    # Somewhere behind position 20, which was signed truthfully, and at 30 at the latest.
    assert (disagreeing.first_event.after, disagreeing.first_event.position) == (20, 30)


def test_rows_name_the_event_exactly_where_signed_digests_only_give_an_interval(
    record: Record, live: Path, tmp_path: Path
) -> None:
    faulty = altered(
        "tickets", lambda row: dataclasses.replace(row, subject="?") if row.state.value == "withdrawn" else row
    )
    follow(record, live, faulty)
    culprit = first_of(record, "ticket.withdrawn").position
    signed = signed_digests(record, [culprit - 2, culprit + 3], tmp_path, faulty)

    replayed = replay(record, record.head.position, live=live, signed=signed, bisect=True)

    assert replayed.signed.first is not None
    assert replayed.signed.first.position == culprit + 3
    assert replayed.first_event is not None
    assert (replayed.first_event.after, replayed.first_event.position) == (culprit - 1, culprit)


# -- the command -----------------------------------------------------------------------------------------------------------


def run(*arguments: str) -> Result:
    return CliRunner().invoke(txapi, ["replay", *arguments], prog_name="txapi")


def test_the_command_names_the_first_event_and_what_differs(record: Record, written: Path) -> None:
    path = views_file(written)
    follow(record, path)
    try:
        agreeing = run(str(written), "--bisect")
        by_hand(path, "UPDATE tickets SET subject = '?' WHERE state = 'withdrawn'")
        differing = run(str(written), "--bisect")
        as_json = json.loads(run(str(written), "--bisect", "--json").stdout)
    finally:
        path.unlink()

    withdrawn = first_of(record, "ticket.withdrawn")
    assert (agreeing.exit_code, differing.exit_code) == (0, 1)
    assert "no event after which anything differs" in agreeing.stdout
    assert (
        f"after position {withdrawn.position}: ticket.withdrawn of {withdrawn.event.originator_id}" in differing.stdout
    )
    assert "subject: live ?, rebuilt 用地指标" in differing.stdout
    assert as_json["firstEvent"]["differences"] == [
        {
            "table": "tickets",
            "row": [withdrawn.event.originator_id],
            "field": "subject",
            "live": "?",
            "rebuilt": "用地指标",
        }
    ]


def test_events_are_told_one_a_line_with_what_they_changed(record: Record, written: Path) -> None:
    withdrawn = first_of(record, "ticket.withdrawn")

    lines = run(str(written), "--ndjson", "--from", str(withdrawn.position), "--to", str(withdrawn.position + 1)).stdout

    told, _ = map(json.loads, lines.splitlines())
    changes = {change["field"]: (change["before"], change["after"]) for change in told["changes"]}
    assert (told["position"], told["type"], told["noun"]) == (
        withdrawn.position,
        "ticket.withdrawn",
        withdrawn.event.originator_id,
    )
    assert told["recordedAt"] == "2015-08-04T01:00:00.000000Z"  # 09:00 in Shanghai.
    assert told["actor"]["subject"] == "clerk-chongfu"
    assert told["reason"] == "已自行解决"
    assert changes["state"] == ("issued", "withdrawn")
    assert changes["closedAt"] == (None, "2015-08-04T01:00:00Z")


def test_events_retold_from_the_middle_read_as_when_they_are_told_from_the_beginning(written: Path) -> None:
    whole = run(str(written), "--ndjson").stdout.splitlines()

    from_the_middle = run(str(written), "--ndjson", "--from", "25").stdout.splitlines()
    by_time = run(str(written), "--ndjson", "--from", "2015-08-05", "--to", "2015-08-06").stdout.splitlines()

    assert from_the_middle == whole[24:]
    assert {json.loads(line)["recordedAt"][:10] for line in by_time} == {"2015-08-06"}


@pytest.mark.parametrize("arguments", [("--to", "9999"), ("--to", "someday"), ("--from", "3")])
def test_a_replay_that_makes_no_sense_ends_with_2(written: Path, arguments: tuple[str, ...]) -> None:
    assert run(str(written), *arguments).exit_code == 2


def test_the_command_compares_with_what_was_signed_beside_checkpoints_also_in_a_bundle(
    record: Record, written: Path, tmp_path: Path
) -> None:
    head = record.head.position
    [true] = signed_digests(record, [10], tmp_path)
    wrong = altered("units", lambda row: dataclasses.replace(row, official_order=row.official_order + 1))
    [false] = signed_digests(record, [20], tmp_path, wrong)
    ledger = Ledger.open(written, record.record_id, owner=True)
    ledger.enter(record.store.read(0, head))
    for said in (true, false):
        text = digest_text(ledger.origin, said.position, said.fingerprint, said.digest, said.digests)
        ledger.sign(said.position, 0, [("digest", said.fingerprint, text)], publish=True)
    Signer(record, ledger).sign()
    write_bundle(tmp_path / "out.zip", record, ledger)
    ledger.close()

    outcomes = [run(str(source), "--bisect") for source in (written, tmp_path / "out.zip")]
    agreeing = run(str(tmp_path / "out.zip"), "--to", "19")
    (written / LEDGER_FILE).unlink()

    # Units are registered from position 11 on, behind the first signed digest.
    for outcome in outcomes:
        assert outcome.exit_code == 1
        assert "signed digests: 2 compared, 1 DIFFER, first at position 20" in outcome.stdout
        assert "they diverge behind position 10, at 20 at the latest" in outcome.stdout
    assert agreeing.exit_code == 0
    assert "signed digests: 1 compared" in agreeing.stdout
