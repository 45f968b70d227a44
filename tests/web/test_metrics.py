"""What a running server counts: by names that it knows, whatever clients send, and together with its other processes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from itertools import dropwhile, takewhile
from pathlib import Path

import pytest
from prometheus_client.multiprocess import mark_process_dead
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families

from tests.web.asking import Client
from tests.web.serving import REGISTER, unit
from txapi.domain.event import Role
from txapi.record.conflicts import (
    AppendUncertain,
    ClockBehind,
    CommandIdReused,
    KeyTaken,
    LeaseLost,
    RecordUnavailable,
    StreamMoved,
)
from txapi.record.instants import instant
from txapi.web.instance import Instance
from txapi.web.metrics import Metrics

PAGE = Path(__file__).parents[2] / "docs" / "operating.md"
NAMED = "query {name} {{ units(first: 1) {{ totalCount }} }}"


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    with Instance.open(tmp_path) as opened:
        yield opened


@pytest.fixture
def client(instance: Instance, tmp_path: Path) -> Client:
    return Client(instance, tmp_path)


def samples(text: str) -> dict[str, float]:
    """Every sample by its name and its labels as they are written, in order of their names."""
    return {
        sample.name + "".join(f" {name}={value}" for name, value in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def counted(client: Client) -> dict[str, float]:
    return samples(client.ask("GET", "/metrics").text)


def test_the_page_lists_every_metric_with_its_type_and_labels_and_no_other(instance: Instance, client: Client) -> None:
    client.post(REGISTER, unit("a"), client.token())
    observed = instance.signing.work
    assert observed is not None
    Metrics.witness_failed(observed.observer, "w")  # type: ignore[arg-type]

    shown = {
        (
            family.name + ("_total" if family.type == "counter" else ""),
            family.type,
            " ".join(sorted({label for sample in family.samples for label in sample.labels} - {"le"})),
            family.documentation,
        )
        for family in text_string_to_metric_families(client.ask("GET", "/metrics").text)
    }

    assert table_below("## What is measured") == shown


def table_below(heading: str) -> set[tuple[str, ...]]:
    """The rows of the first table below a heading of the page."""
    lines = PAGE.read_text(encoding="utf-8").partition(f"{heading}\n")[2].splitlines()
    rows = dropwhile(lambda line: not line.startswith("| `"), lines)
    return {
        tuple(cell.strip().replace("`", "") for cell in row.strip("|").split("|"))
        for row in takewhile(lambda line: line.startswith("|"), rows)
    }


def test_commands_are_counted_by_name_and_by_what_became_of_them(
    instance: Instance, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = client.token()
    client.post(REGISTER, unit("a", commandId="c"), token)
    client.post(REGISTER, unit("a", commandId="c"), token)
    client.post(REGISTER, unit("a"), token)
    client.post(REGISTER, unit("b"), client.token(Role.READER))
    monkeypatch.setattr(instance.record.writer, "append", lambda append: 1 // 0)
    client.post(REGISTER, unit("c"), token)

    found = counted(client)

    for outcome in ("done", "replayed", "refused", "invalid", "failed"):
        assert found[f"txapi_commands_total command=registerUnit outcome={outcome}"] == 1, outcome
    assert found["txapi_appends_total outcome=recorded"] == 1
    assert found["txapi_appended_events_total"] == found["txapi_head_position"] == 1
    # The retry and the refusal, too, are told on what is recorded under the lock.
    assert found["txapi_append_batch_size_count"] == found["txapi_append_seconds_count"] == 3
    assert found["txapi_requests_total kind=mutation operation=other outcome=failed"] == 1
    assert found["txapi_requests_total kind=mutation operation=other outcome=errors"] == 1


def test_operations_are_told_apart_by_published_names_only(client: Client) -> None:
    client.post(NAMED.format(name="Units"))
    for number in range(5):
        client.post(NAMED.format(name=f"Mine{number}"))
    client.post("{ nothing }")
    client.post("{")
    client.ask("POST", "/graphql", content=b"no")

    found = {name: value for name, value in counted(client).items() if name.startswith("txapi_requests_total")}

    assert found == {
        "txapi_requests_total kind=query operation=Units outcome=answered": 1,
        "txapi_requests_total kind=query operation=other outcome=answered": 5,
        "txapi_requests_total kind=query operation=other outcome=refused": 1,
        "txapi_requests_total kind=none operation=other outcome=refused": 2,
    }


def test_responses_are_counted_by_route_so_that_paths_cannot_make_series(client: Client) -> None:
    for path in ("/log/checkpoint", "/log/tile/0/000", "/wp-admin", "/graphql/x", "/healthz"):
        client.ask("GET", path)

    found = {name for name in counted(client) if name.startswith("txapi_http_responses")}

    assert found == {
        "txapi_http_responses_total route=/log status=404",
        "txapi_http_responses_total route=other status=404",
        "txapi_http_responses_total route=/healthz status=200",
    }


def test_every_way_in_which_an_append_is_turned_down_is_counted_apart(instance: Instance, client: Client) -> None:
    observer = instance.record.writer.observer
    assert observer is not None

    observer.batch_ended(
        [
            StreamMoved("s", 1, 2),
            KeyTaken("k", "v", "s"),
            CommandIdReused(command_id="c"),
            LeaseLost("watch"),
            ClockBehind(instant(0), instant(1)),
            RecordUnavailable("gone"),
            AppendUncertain("who knows"),
            ZeroDivisionError(),
        ],
        0.1,
    )

    found = {name.partition("=")[2]: value for name, value in counted(client).items() if "txapi_appends_total" in name}
    assert found == {
        "recorded": 0, "replayed": 0, "stream_moved": 1, "key_taken": 1, "command_id_reused": 1, "lease_lost": 1,
        "clock_behind": 1,
        "unavailable": 1, "uncertain": 1, "failed": 1,
    }  # fmt: skip


def test_counts_are_told_even_when_the_record_cannot_be_read(
    instance: Instance, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.post(REGISTER, unit("a"), client.token())
    monkeypatch.setattr(instance, "readiness", lambda: 1 // 0)

    found = counted(client)

    assert found["txapi_ready"] == 0
    assert found["txapi_head_position"] != found["txapi_head_position"]
    assert found["txapi_commands_total command=registerUnit outcome=done"] == 1


def test_a_follower_that_fails_is_counted_and_catches_up(
    instance: Instance, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = [True]
    whole = instance.views.store

    def store(*given):
        return whole(*given) if not broken else 1 // (broken.pop() - 1)

    monkeypatch.setattr(instance.views, "store", store)
    client.post(REGISTER, unit("a"), client.token())

    found = counted(client)

    assert found["txapi_follower_restarts_total"] == 1
    assert found["txapi_projection_batch_events_sum"] == 1
    assert found["txapi_lag_events"] == 0


def test_whoever_accepts_openmetrics_gets_it(instance: Instance, client: Client) -> None:
    accept = {"accept": "application/openmetrics-text; version=1.0.0, text/plain; q=0.5"}

    response = client.ask("GET", "/metrics", headers=accept)

    assert response.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    families = openmetrics.text_string_to_metric_families(response.text)  # type: ignore[no-untyped-call]
    assert "txapi_requests" in {family.name for family in families}


def test_a_setting_switches_metrics_off(instance: Instance, tmp_path: Path) -> None:
    client = Client(instance, tmp_path, TXAPI_METRICS="off")

    assert client.ask("GET", "/metrics").status_code == 404
    assert client.post(NAMED.format(name="Units")).status_code == 200


def test_a_folder_that_is_named_too_late_is_not_passed_over(
    instance: Instance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))

    with pytest.raises(RuntimeError, match="before"):
        Metrics(instance)


WORKER = """
import sys
from pathlib import Path
from tests.web.asking import Client
from tests.web.serving import REGISTER, unit
from txapi.web.instance import Instance

folder = Path(sys.argv[1])
with Instance.open(folder) as instance:
    client = Client(instance, folder)
    for number in range(int(sys.argv[2])):
        client.post(REGISTER, unit(f"unit-{number}"), client.token())
    for line in sys.stdin:
        print(client.ask("GET", "/metrics").text, end="# EOF\\n", flush=True)
"""


@pytest.mark.slow
@pytest.mark.only_on("sqlite", because="processes share a folder of counters, whatever each of them serves")
def test_of_several_processes_each_answers_with_the_sum(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(shared), "PYTHONPATH": str(PAGE.parents[1])}
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", WORKER, str(tmp_path / f"{count}"), str(count)],
            env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for count in (2, 3)
    ]  # fmt: skip

    asked = [asked_of(worker) for worker in workers]
    both = asked_of(workers[0])
    workers[1].communicate()
    mark_process_dead(workers[1].pid, str(shared))  # type: ignore[no-untyped-call]
    one = asked_of(workers[0])
    workers[0].communicate()

    assert [worker.returncode for worker in workers] == [0, 0]
    assert len(asked) == 2
    assert both["txapi_commands_total command=registerUnit outcome=done"] == 5
    assert both["txapi_request_seconds_count kind=mutation operation=other"] == 5
    assert both["txapi_workers"] == 2
    assert both["txapi_head_position"] == 2, "the state is that of the process that was asked"
    assert one["txapi_commands_total command=registerUnit outcome=done"] == 5, "what an ended process did still counts"
    assert one["txapi_workers"] == 1
    assert one["process_resident_memory_bytes"] < both["process_resident_memory_bytes"]


def asked_of(worker: subprocess.Popen[str]) -> dict[str, float]:
    assert worker.stdin is not None
    assert worker.stdout is not None
    worker.stdin.write("?\n")
    worker.stdin.flush()
    lines: list[str] = []
    while not lines or lines[-1] != "# EOF\n":
        lines.append(worker.stdout.readline())
        assert lines[-1], "the process ended"
    return samples("".join(lines))
