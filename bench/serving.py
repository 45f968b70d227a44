"""How many questions a second real servers answer, with 1, 2 and 4 processes, beside a trivial Starlette answer of that size."""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from _load import Load, load, request
from _measuring import median, percentile, say, show, tell_machine
from _stores import POSTGRESQL, chosen_stores, simulated, store_option

from tests.postgres import free_port
from txapi.record.place import Place

OPERATIONS = Path(__file__).parent.parent / "schema" / "operations"
QUESTIONS = {
    "the record's head": {"query": (OPERATIONS / "Record.graphql").read_text()},
    "50 tickets with their projects": {
        "query": (OPERATIONS / "Tickets.graphql").read_text(),
        "variables": {"first": 50},
    },
}
PROCESSES = (1, 2, 4)
READY_SECONDS = 120.0
HOST = "127.0.0.1"


@contextmanager
def serving(place: Place, workers: int, clock: str, **more: str) -> Iterator[int]:
    """The port of `txapi serve` with so many processes and these settings, once they are ready."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TXAPI_")}
    port = free_port()
    settings = {
        **kept,
        "TXAPI_DATA": str(place.folder),
        "TXAPI_PORT": str(port),
        "TXAPI_ANONYMOUS_ROLE": "reader",
        "TXAPI_BUDGETS": "*=off/off",
        "TXAPI_CLOCK": clock,
        **({"TXAPI_DATABASE": place.database} if place.database is not None else {}),
        **more,
    }
    command = [sys.executable, "-m", "txapi", "serve", *(["--workers", str(workers)] if workers > 1 else [])]
    with running(command, settings):
        until(lambda: urllib.request.urlopen(f"http://{HOST}:{port}/readyz", timeout=5).status == 200)
        yield port


@contextmanager
def trivial(workers: int, size: int) -> Iterator[int]:
    """The port of the trivial application with so many processes."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "_trivial:app", "--port", str(port), "--workers", str(workers)]
    command += ["--no-access-log", "--log-level", "warning", "--app-dir", str(Path(__file__).parent)]
    with running(command, {**os.environ, "TRIVIAL_BYTES": str(size)}):
        ask = urllib.request.Request(f"http://{HOST}:{port}/graphql", b"{}")
        until(lambda: urllib.request.urlopen(ask, timeout=5).status == 200)
        yield port


@contextmanager
def running(command: list[str], environment: dict[str, str]) -> Iterator[None]:
    """A server that is ended afterwards."""
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            yield
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(timeout=60)


def until(ready: Callable[[], bool]) -> None:
    """Wait until a server answers as it should."""
    end = time.monotonic() + READY_SECONDS
    while time.monotonic() < end:
        try:
            if ready():
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise SystemExit("the server is not ready")


def measure(place: Place, store: str, clock: str, chosen: argparse.Namespace) -> dict[str, list[tuple[Load, Load]]]:
    """By question and number of processes: what the product and the trivial application answered, round by round."""
    found: dict[str, list[tuple[Load, Load]]] = {}
    for workers in chosen.processes if store == POSTGRESQL else (1,):
        for turn in range(chosen.rounds):
            say(f"{store}, {workers} process{'es'[: 2 * (workers > 1)]}, round {turn + 1} of {chosen.rounds}")
            with serving(place, workers, clock) as port:
                answers = {}
                for name, question in QUESTIONS.items():
                    asked = request(HOST, port, "/graphql", json.dumps(question).encode())
                    load([(HOST, port)], asked, chosen.connections, 1.0)
                    answers[name] = load([(HOST, port)], asked, chosen.connections, chosen.seconds)
            for name, answered in answers.items():
                with trivial(workers, answered.size) as port:
                    asked = request(HOST, port, "/graphql", json.dumps(QUESTIONS[name]).encode())
                    peer = load([(HOST, port)], asked, chosen.connections, chosen.seconds)
                label = f"{name}, {workers} process{'es'[: 2 * (workers > 1)]}"
                found.setdefault(label, []).append((answered, peer))
    return found


def main() -> None:
    """Serve a simulated record, ask it, and print what came back."""
    parser = argparse.ArgumentParser(description=__doc__)
    store_option(parser)
    parser.add_argument("--events", type=int, default=10_000, help="about how many events to simulate (%(default)s)")
    parser.add_argument("--processes", type=int, nargs="*", default=PROCESSES, help="on PostgreSQL (1 2 4)")
    parser.add_argument("--connections", type=int, default=16, help="questions under way at once (%(default)s)")
    parser.add_argument("--seconds", type=float, default=4.0, help="of each measurement (%(default)s)")
    parser.add_argument("--rounds", type=int, default=1, help="rounds (%(default)s)")
    chosen = parser.parse_args()
    found = {}
    for store in chosen_stores(chosen.store):
        with simulated(store, chosen.events, chosen.data) as (place, clock):
            found[store] = measure(place, store, clock, chosen)
    tell_machine()
    for store, by_question in found.items():
        show(
            f"{store}: answers of `txapi serve` to {chosen.connections} connections; the limit is a trivial answer of the same"
            f" size from as many processes{'' if store == POSTGRESQL else '; one process owns an embedded record'}",
            ("", "answers/s", "p50 ms", "p99 ms", "KB", "trivial/s", "of the limit"),
            [
                (
                    name,
                    f"{median([product.rate for product, _ in runs]):,.0f}",
                    f"{median([one for product, _ in runs for one in product.took]) * 1000:.1f}",
                    f"{percentile([one for product, _ in runs for one in product.took], 99) * 1000:.1f}",
                    f"{runs[0][0].size / 1000:.1f}",
                    f"{median([peer.rate for _, peer in runs]):,.0f}",
                    f"{median([product.rate / peer.rate for product, peer in runs]):.3f}",
                )
                for name, runs in by_question.items()
            ],
        )


if __name__ == "__main__":
    main()
