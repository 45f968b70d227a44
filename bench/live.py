"""What 2,000 idle and 200 busy subscribers cost those who ask: the times of questions with them and without, in turns."""

from __future__ import annotations

import argparse
import itertools
import json
import resource
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from _load import Load, request
from _measuring import median, percentile, say, show, tell_machine
from _stores import chosen_stores, simulated, store_option
from serving import HOST, OPERATIONS, serving

from txapi.domain.event import Role
from txapi.web.tokens import Tokens

QUESTION = {"query": (OPERATIONS / "Tickets.graphql").read_text(), "variables": {"first": 20}}
REGISTER = {"query": (OPERATIONS / "RegisterUnit.graphql").read_text()}
LIMIT = 1.5
PROCESSOR, MEMORY = "process_cpu_seconds_total", "process_resident_memory_bytes"


class Subscribers:
    """The process in which the subscribers live."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("_subscribers.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def tell(self, *words: object) -> list[str]:
        """Say something, and wait for the answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(" ".join(map(str, words)) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit("the subscribers are gone")
        return line.split()

    def close(self) -> None:
        """Let them go."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=60)


class Commands:
    """A clerk who registers units, so many a second, whatever else goes on."""

    def __init__(self, port: int, token: str, per_second: float) -> None:
        self._port, self._token, self._pause = port, token, 1 / per_second
        self._numbers = itertools.count(1)
        self._stop = threading.Event()

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """While this lasts."""
        self._stop.clear()
        thread = threading.Thread(target=self._run)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join()

    def _run(self) -> None:
        due = time.monotonic()
        while not self._stop.is_set():
            name = {"zh": "测", "en": "measured"}
            code = f"measured-{time.time_ns()}-{next(self._numbers)}"
            given = {"input": {"code": code, "name": name, "kind": "TOWN", "duty": "IMPLEMENTING_BODY"}}
            body = json.dumps({**REGISTER, "variables": given}).encode()
            headers = {"content-type": "application/json", "authorization": f"Bearer {self._token}"}
            asked = urllib.request.Request(f"http://{HOST}:{self._port}/graphql", body, headers)
            with urllib.request.urlopen(asked, timeout=60) as answered:
                if b'"errors":' in (said := answered.read()) or b"Refusal" in said:
                    raise SystemExit(f"a command failed: {said[:300]!r}")
            due += self._pause
            self._stop.wait(max(0.0, due - time.monotonic()))


def asking(port: int, connections: int, per_second: float, seconds: float) -> Load:
    """Ask so many questions a second, spread over the connections; a question that waits for a connection waits in its time."""
    from _load import _Kept

    kept = [_Kept(HOST, port) for _ in range(connections)]
    # Worked out each time, as for who asks something of his own: what is kept is answered whatever others do.
    asked = request(HOST, port, "/graphql", json.dumps(QUESTION).encode(), anew=True)
    found, lock = Load(seconds), threading.Lock()
    began = time.perf_counter()
    turns = itertools.count()

    def work(one: _Kept) -> None:
        while (due := began + next(turns) / per_second) < began + seconds:
            time.sleep(max(0.0, due - time.perf_counter()))
            one.ask(asked)
            while (size := one.hear()) is None:
                pass
            with lock:
                found.size = size
                found.took.append(time.perf_counter() - due)

    threads = [threading.Thread(target=work, args=(one,)) for one in kept]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one in kept:
        one.socket.close()
    return found


def main() -> None:
    """Serve a simulated record, ask it with and without subscribers in turns, and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    store_option(parser)
    parser.add_argument("--events", type=int, default=10_000, help="about how many events to simulate (%(default)s)")
    parser.add_argument(
        "--idle", type=int, default=2_000, help="subscribers to nouns that nobody touches (%(default)s)"
    )
    parser.add_argument("--busy", type=int, default=200, help="subscribers to everything (%(default)s)")
    parser.add_argument("--commands", type=float, default=5.0, help="commands per second, in every turn (%(default)s)")
    parser.add_argument("--questions", type=float, default=20.0, help="questions per second (%(default)s)")
    parser.add_argument("--connections", type=int, default=8, help="on which they come (%(default)s)")
    parser.add_argument("--seconds", type=float, default=10.0, help="of each turn (%(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="turns without and with (%(default)s)")
    chosen = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    for store in chosen_stores(chosen.store):
        with simulated(store, chosen.events, chosen.data) as (place, clock), serving(place, 1, clock) as port:
            token = Tokens.from_file(place.folder / "token-key.pem", create=False).issue(
                "bench", Role.ADMINISTRATOR, None, timedelta(hours=8)
            )
            tell(store, chosen, measure(port, token, chosen))


def of_the_server(port: int, metric: str) -> float:
    """What the server says of itself."""
    with urllib.request.urlopen(f"http://{HOST}:{port}/metrics", timeout=60) as answered:
        lines = answered.read().decode().splitlines()
    return sum(float(line.split()[1]) for line in lines if line.startswith(f"{metric} "))


def measure(port: int, token: str, chosen: argparse.Namespace) -> dict[str, list[Load]]:
    """What questions took, without and with subscribers, turn by turn."""
    commands, subscribers = Commands(port, token, chosen.commands), Subscribers()
    found: dict[str, list[Load]] = {"without": [], "with": []}
    used: dict[str, float] = {"without": 0.0, "with": 0.0}

    def turn_of(name: str) -> None:
        before = of_the_server(port, PROCESSOR)
        with commands.going_on():
            found[name].append(asking(port, chosen.connections, chosen.questions, chosen.seconds))
        used[name] += of_the_server(port, PROCESSOR) - before

    asking(port, chosen.connections, chosen.questions, 3.0)
    for turn in range(chosen.rounds):
        say(f"round {turn + 1} of {chosen.rounds}")
        turn_of("without")
        began, memory = time.perf_counter(), of_the_server(port, MEMORY)
        subscribers.tell("connect", HOST, port, chosen.idle, chosen.busy)
        took, grown = time.perf_counter() - began, of_the_server(port, MEMORY) - memory
        say(f"{chosen.idle + chosen.busy} connected in {took:.1f} s, {grown / 2**20:.0f} MiB more than before")
        turn_of("with")
        least, greatest, marks = "0", "1", "0"
        late = time.monotonic() + 30
        while least != greatest and time.monotonic() < late:
            time.sleep(0.5)
            least, greatest, marks = subscribers.tell("heard")
        say(f"each of the busy ones heard {least} to {greatest} events; {marks} bookmarks in all")
        if least != greatest:
            raise SystemExit("somebody missed something")
        subscribers.tell("leave")
        time.sleep(1.0)
    subscribers.close()
    for name, seconds in used.items():
        say(f"{name} subscribers: {seconds / chosen.rounds / chosen.seconds:.0%} of a processor")
    return found


def tell(store: str, chosen: argparse.Namespace, found: dict[str, list[Load]]) -> None:
    """The table, and whether the limit is kept."""
    tell_machine()
    pooled = {name: [one for load in loads for one in load.took] for name, loads in found.items()}
    lines = [
        (
            f"{name} subscribers",
            f"{len(pooled[name]):,}",
            *(f"{percentile(pooled[name], percent) * 1000:.1f}" for percent in (50, 90, 99)),
            f"{median([percentile(load.took, 99) for load in loads]) * 1000:.1f}",
        )
        for name, loads in found.items()
    ]
    show(
        f"{store}: `Tickets` (20), {chosen.questions:g} questions/s and {chosen.commands:g} commands/s, beside {chosen.idle:,}"
        f" idle and {chosen.busy:,} busy subscribers; milliseconds",
        ("", "questions", "p50", "p90", "p99", "median p99 of a turn"),
        lines,
    )
    ratios = [
        percentile(one.took, 99) / percentile(other.took, 99)
        for one, other in zip(found["with"], found["without"], strict=True)
    ]
    whole = percentile(pooled["with"], 99) / percentile(pooled["without"], 99)
    print(f"p99 with / without: {whole:.2f} of all; turn by turn median {median(ratios):.2f}; the limit is {LIMIT}")


if __name__ == "__main__":
    main()
