"""What floods cost a well-behaved client: the times of a published question while others flood the server, and while nobody does."""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import NamedTuple

from _flooding import KINDS
from _load import Load
from _measuring import median, percentile, say, show, tell_machine
from _stores import chosen_stores, simulated, store_option
from live import asking
from serving import HOST, serving

LIMIT = 2.0
SETTLES_SECONDS = 1.0
SETTINGS = {
    # As a server is set up to which clients connect themselves (docs/limits.md); all else is as it comes. Those who flood come
    # from other addresses of this machine than the one that is not bounded.
    "TXAPI_BUDGETS": "",
    "TXAPI_ADDRESS_CONNECTIONS": "100",
    "TXAPI_LIVE_CONNECTIONS": "1000",
}


class Flooding:
    """One kind of flood, in a process of its own, for so long."""

    def __init__(self, kind: str, port: int, seconds: float) -> None:
        command = [sys.executable, str(Path(__file__).with_name("_flooding.py")), kind, HOST, str(port), str(seconds)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def end(self) -> str:
        """Wait for its end; what it says came of it."""
        said, _ = self._process.communicate(timeout=120)
        return said.strip()


class Spent(NamedTuple):
    """Seconds of a processor, up to a moment: the server's, the floods', and those that the machine left unused."""

    server: float
    floods: float
    idle: float
    at: float

    @classmethod
    def by_now(cls, port: int) -> Spent:
        """What is spent now."""
        with urllib.request.urlopen(f"http://{HOST}:{port}/metrics", timeout=30) as answer:
            lines = answer.read().decode().splitlines()
        server = next(float(line.split()[1]) for line in lines if line.startswith("process_cpu_seconds_total"))
        floods = resource.getrusage(resource.RUSAGE_CHILDREN)
        idle = int(Path("/proc/stat").read_text().split(maxsplit=5)[4]) / 100
        return cls(server, floods.ru_utime + floods.ru_stime, idle, time.monotonic())

    def since(self, before: Spent) -> Spent:
        """The same a second, between two moments: parts of one processor."""
        passed = self.at - before.at
        return Spent(*((now - then) / passed for now, then in zip(self[:3], before[:3], strict=True)), passed)


class Turn(NamedTuple):
    """Questions that were asked for a while, and what went into it."""

    asked: Load
    spent: Spent


def main() -> None:
    """Serve a simulated record; ask quietly and under each flood, in turns; print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    store_option(parser)
    parser.add_argument("--events", type=int, default=10_000, help="about how many events to simulate (%(default)s)")
    parser.add_argument("--questions", type=float, default=20.0, help="questions per second (%(default)s)")
    parser.add_argument("--connections", type=int, default=4, help="on which they come (%(default)s)")
    parser.add_argument("--seconds", type=float, default=8.0, help="of each turn (%(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each kind (%(default)s)")
    parser.add_argument("--kinds", default=",".join(KINDS), help="which floods, separated by commas (all)")
    chosen = parser.parse_args()
    kinds = chosen.kinds.split(",")
    for store in chosen_stores(chosen.store):
        with (
            simulated(store, chosen.events, chosen.data) as (place, clock),
            serving(place, 1, clock, **SETTINGS) as port,
        ):
            tell(store, measure(port, kinds, chosen))


def measure(port: int, kinds: list[str], chosen: argparse.Namespace) -> dict[str, list[tuple[Turn, Turn]]]:
    """For each kind, the quiet turn and the flooded one that followed it, round by round."""
    found: dict[str, list[tuple[Turn, Turn]]] = {kind: [] for kind in kinds}
    asking(port, chosen.connections, chosen.questions, 3.0)
    for turn in range(chosen.rounds):
        for kind in kinds:
            begun = Spent.by_now(port)
            quiet = asking(port, chosen.connections, chosen.questions, chosen.seconds)
            before = Spent.by_now(port)
            flooding = Flooding(kind, port, chosen.seconds + 2 * SETTLES_SECONDS)
            time.sleep(SETTLES_SECONDS)
            flooded = asking(port, chosen.connections, chosen.questions, chosen.seconds)
            say(f"round {turn + 1} of {chosen.rounds}, {kind}: {flooding.end()}")
            after = Spent.by_now(port).since(before)
            found[kind].append((Turn(quiet, before.since(begun)), Turn(flooded, after)))
            time.sleep(SETTLES_SECONDS)
    return found


def tell(store: str, found: dict[str, list[tuple[Turn, Turn]]]) -> None:
    """The table: of each kind, medians over the rounds, and how much longer the p99 became."""
    tell_machine()
    lines = []
    for kind, turns in found.items():
        figures = []
        for percent in (50, 99):
            quiet, flooded = (median([percentile(turn[at].asked.took, percent) for turn in turns]) for at in (0, 1))
            ratio = median(
                [percentile(turn[1].asked.took, percent) / percentile(turn[0].asked.took, percent) for turn in turns]
            )
            figures += [f"{quiet * 1000:.1f}", f"{flooded * 1000:.1f}", f"{ratio:.2f}"]
        asked = sum(len(turn[1].asked.took) for turn in turns)
        over = float(figures[-1]) > LIMIT
        for at in (0, 1):
            figures += [f"{median([part(turn[at].spent) for turn in turns]):.2f}" for part in (_server, _idle)]
        figures += [f"{median([turn[1].spent.floods for turn in turns]):.2f}", "over the limit" if over else ""]
        lines.append((kind, str(asked), *figures))
    show(
        f"20 tickets beside a flood on {store}, in milliseconds; medians of rounds, each after a quiet one (limit: p99 {LIMIT:g} times);"
        " then parts of a processor",
        (
            *("", "asked", "p50 quiet", "flooded", "ratio", "p99 quiet", "flooded", "ratio"),
            *("server quiet", "unused", "server flooded", "unused", "the flood", ""),
        ),
        lines,
    )


def _server(spent: Spent) -> float:
    return spent.server


def _idle(spent: Spent) -> float:
    return spent.idle


if __name__ == "__main__":
    main()
