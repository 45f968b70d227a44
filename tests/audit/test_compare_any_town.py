"""Whatever was commanded: the differences, applied to what the answers said before, give what they say after."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.application.any_town import AnyTown
from tests.application.project_town import ProjectTown
from tests.application.ticket_town import TicketTown
from tests.application.town import Town, found_town
from txapi.audit.compare import Comparison
from txapi.audit.differences import Because
from txapi.audit.nouns import NOUNS
from txapi.audit.seen import is_same
from txapi.projections import parcels, projects, publications, targets
from txapi.projections.field_labels import told_fields
from txapi.projections.history import Change, Happened, changes_of, projections_by_kind
from txapi.projections.moment import Reader, at_position
from txapi.projections.parcels import PARCEL_STEPS, PARCELS
from txapi.projections.project_lights import state_of
from txapi.projections.project_rows import LEADERS, MEMBERSHIPS, MILESTONES, PROJECTS
from txapi.projections.publications import PUBLISHED
from txapi.projections.targets import FIGURES
from txapi.projections.ticket_rows import HANDLINGS
from txapi.projections.tickets import handlings_of

SETTINGS = settings(
    max_examples=6,
    stateful_step_count=40,
    report_multiple_bugs=False,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
COMPARISONS = 12
"""How many pairs of moments of one town are compared."""

Answers = dict[str, dict[tuple[Any, ...], Any]]
"""What the nouns of one kind answer at a moment: by id, by (table, key, field)."""


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory, store: str) -> Path:
    folder = tmp_path_factory.mktemp("founded") / "record"
    found_town(folder)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("kind", [TicketTown, ProjectTown], ids=["tickets", "projects"])
def test_differences_lead_from_what_was_answered_to_what_is(kind: type[AnyTown], founded: Path, tmp_path: Path) -> None:
    class Compared(kind):  # type: ignore[misc, valid-type]
        """A town that is compared with itself at the end."""

        def teardown(self) -> None:
            try:
                compare_any_moments(self.town)
            finally:
                self.town.close()

    run_state_machine_as_test(
        lambda: Compared(founded, tmp_path, []),  # type: ignore[arg-type]
        settings=SETTINGS,
    )


def compare_any_moments(town: Town) -> None:
    """Compare pairs of moments of the town; the same ones whenever the town is the same."""
    town.follower.catch_up()
    chance = random.Random(town.record.head.position)
    with town.views.snapshot() as connection:
        for _ in range(COMPARISONS):
            first, last = sorted(chance.randint(0, town.record.head.position) for _ in range(2))
            dates = [chance.choice([None, town.today - timedelta(days=chance.randint(0, 90))]) for _ in range(2)]
            before, after = (
                Reader(connection, at_position(connection, position, town.now, valid_on))
                for position, valid_on in zip((first, last), dates, strict=True)
            )
            leads_there(Comparison(before, after), town)


def leads_there(comparison: Comparison, town: Town) -> None:
    """The differences say all that differs, and nothing else; what they blame is what the history says."""
    found = comparison.page(dict.fromkeys(NOUNS), 10_000).found
    for kind in NOUNS:
        was, now = answers(kind, comparison.before), answers(kind, comparison.after)
        ids = [one.entity_id for one in found if one.kind == kind]
        changes = comparison.changes(kind, ids)
        applied = {id: dict(was.get(id, {})) for id in now}
        for id in ids:
            assert changes[id]
            for one in changes[id]:
                path = path_of(one.change)
                assert is_same(applied[id].get(path), one.change.before), (kind, path)
                applied[id][path] = one.change.after
                assert one.because
                assert one.events, (kind, path)
                inside = [
                    comparison.before.moment.position < at <= comparison.after.moment.position for at in one.events
                ]
                assert all(inside) if Because.EVENT in one.because else not any(inside)
        for id, said in now.items():
            differing = [path for path in {**said, **applied[id]} if not is_same(said.get(path), applied[id].get(path))]
            assert differing == [], (kind, id)
        if comparison.before.moment.valid_on is None and comparison.after.moment.valid_on is None:
            blames_as_the_history_does(comparison, kind, {id: changes[id] for id in ids}, town)


def path_of(change: Change) -> tuple[Any, ...]:
    """Where a change stands among the answers."""
    table = "members" if change.table in ("members_joined", "members_left") else change.table
    return table, change.row, change.field


def blames_as_the_history_does(comparison: Comparison, kind: str, changes: dict[str, Any], town: Town) -> None:
    """Each field was changed by just those events of its noun's history that the difference names."""
    known = projections_by_kind(town.views.projections)
    first, last = comparison.before.moment.position, comparison.after.moment.position
    for id, those in changes.items():
        events = [one.position for one in town.record.stream_events(id) if first < one.position <= last]
        told = changes_of(comparison.after, known, [Happened(position, kind, id) for position in events])
        for one in those:
            if one.member is None:
                by_history = [
                    position
                    for position in events
                    for change in told[position]
                    if path_of(change) == path_of(one.change) and not is_same(change.before, change.after)
                ]
                assert list(one.events) == by_history, (kind, one.change)


# -- what the answers say --------------------------------------------------------------------------------------------


def answers(kind: str, reader: Reader) -> Answers:
    """What every noun of a kind answers, read by the functions that the schema's answers are read by."""
    own = NOUNS[kind].table
    rows = NOUNS[kind].select(reader, None).all()
    found: Answers = {row.entity_id: told(own, row) for row in rows}
    ids = list(found)
    valid_on = reader.moment.valid_on
    if kind == "project":
        _projects(reader, found, rows)
    elif kind == "ticket":
        _add(found, HANDLINGS, handlings_of(reader, ids), "ticket_id")
    elif kind == "target":
        _add(found, FIGURES, targets.figures_of(reader, ids), "target_id")
    elif kind == "publication":
        _add(found, PUBLISHED, publications.select_published(reader).all(), "publication_id")
    elif kind == "parcel":
        steps = parcels.steps_of(reader, ids)
        _add(found, PARCEL_STEPS, steps, "parcel_id")
        for row in rows:
            own_steps = [step for step in steps if step.parcel_id == row.entity_id]
            found[row.entity_id][PARCELS.name, None, "use_known"] = parcels.use_of(reader, row, own_steps).value
            if valid_on is not None and not parcels.was_awarded(own_steps):
                found[row.entity_id] |= {(PARCELS.name, None, name): None for name in ("winner_id", "paid")}
    if kind in ("parcel", "group", "supervision_list"):
        for row in projects.members_of(reader, ids):
            if row.known().covers(valid_on):
                found[row.of_id]["members", (row.project_id,), "project"] = row.project_id
    return found


def _projects(reader: Reader, found: Answers, rows: Iterable[Any]) -> None:
    ids, valid_on = list(found), reader.moment.valid_on
    milestones, leaders = projects.milestones_of(reader, ids), projects.leaders_of(reader, ids)
    for row in milestones:
        seen = row.seen(valid_on)
        said = {"actual_on": seen.actual, "evidence_said": seen.evidence, "note_said": seen.note,
                "skipped_over": seen.skipped, "ends": seen.final}  # fmt: skip
        found[row.project_id] |= told(MILESTONES, row, **said)
    for row in leaders:
        seen = row.seen(valid_on)
        found[row.project_id] |= told(LEADERS, row, until_on=seen.until, why_ended=seen.why_ended)
    for row in projects.memberships_of(reader, ids):
        seen = row.seen(valid_on)
        found[row.project_id] |= told(MEMBERSHIPS, row, left_on=seen.left, why_left=seen.reason)
    if valid_on is None:
        return
    for row in rows:
        state = state_of(
            row,
            [one for one in milestones if one.project_id == row.entity_id],
            [one for one in leaders if one.project_id == row.entity_id],
        )
        leader = state.leader(valid_on)
        if leader is not None and leader.until is not None and leader.until > valid_on:
            leader = msgspec.structs.replace(leader, until=None, why_ended=None)
        said = {
            "stage_known": state.stage(valid_on),
            "leader_known": leader,
            "agent_terms": _by(row.agent_terms, "since", valid_on),
            "payment_facts": _by(row.payment_facts, "through", valid_on),
        }
        found[row.entity_id] |= {(PROJECTS.name, None, name): msgspec.to_builtins(one) for name, one in said.items()}


def _by(facts: Iterable[Any], name: str, day: date) -> list[Any]:
    return [fact for fact in facts if getattr(fact, name) <= day]


def _add(found: Answers, table: Any, rows: Iterable[Any], noun: str) -> None:
    for row in rows:
        found[getattr(row, noun)] |= told(table, row)


def told(table: Any, row: Any, **instead: Any) -> dict[tuple[Any, ...], Any]:
    """What a row tells, field by field; `instead`: what it says by valid time."""
    key = table.raw_key(table.raw(row)) if table.key else None
    return {
        (table.name, key, name): msgspec.to_builtins(instead[name] if name in instead else getattr(row, name))
        for name in told_fields(table)
    }
