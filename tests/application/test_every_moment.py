"""Whatever is commanded, by whomever and whenever: the record says what was acknowledged, at every position."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.application.any_town import AnyTown
from tests.application.project_town import ProjectTown
from tests.application.ticket_town import TicketTown
from tests.stores import POSTGRESQL, SQLITE, place

CHECKOUT = Path(__file__).parents[2]
SEARCHING = os.environ.get("HYPOTHESIS_PROFILE") == "search"
# What is asked at every position goes through a socket on PostgreSQL: fewer examples take as long there.
EXAMPLES = {SQLITE: 8, POSTGRESQL: 3}
# Making a failure smaller takes minutes; whoever looks for one has them.
SETTINGS = settings(
    stateful_step_count=60 if SEARCHING else 30,
    report_multiple_bugs=False,
    phases=[Phase.explicit, Phase.reuse, Phase.generate, *([Phase.shrink] if SEARCHING else [])],
)


@pytest.mark.slow_on("postgresql")
@pytest.mark.parametrize("kind", [TicketTown, ProjectTown], ids=["tickets", "projects"])
def test_at_every_position_the_record_reads_like_a_fold_of_its_first_events(
    kind: type[AnyTown], founded: Path, tmp_path: Path, store: str
) -> None:
    kept: list[tuple[Path, dict[str, str]]] = []
    runs = tmp_path / "runs"
    runs.mkdir()

    run_state_machine_as_test(
        lambda: kind(founded, runs, kept),  # type: ignore[arg-type]
        settings=settings(SETTINGS, max_examples=300 if SEARCHING else EXAMPLES[store]),
    )

    sample = kept[-4:]
    assert digests_of_another_process([folder for folder, _ in sample]) == [digests for _, digests in sample]


def digests_of_another_process(folders: list[Path]) -> list[dict[str, str]]:
    """What a process with another hash seed and another batch size makes of the records."""
    places = [json.dumps([str(folder), place(folder).database]) for folder in folders]
    seed = "4" if os.environ.get("PYTHONHASHSEED") != "4" else "5"
    answered = subprocess.run(
        [sys.executable, "-m", "tests.application.digesting", "23", *places],
        cwd=CHECKOUT,
        env={**os.environ, "PYTHONHASHSEED": seed},
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    ).stdout
    answer = json.loads(answered)
    assert answer["hash"] != hash("桐乡")
    digests: list[dict[str, str]] = answer["digests"]
    return digests
