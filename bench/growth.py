"""What a longer record costs: start-up, pages now and as of the past, commands, subscriptions, duties, rebuild, backup, verification."""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import IO

from _growing import got, heard, of_duties, pages
from _load import load, request
from _measuring import median, say, show, tell_machine
from _peers import HOST, Running, product
from _processor import taken
from _shapes import Facts, shapes
from contest import read_models
from startup import environment, run, serve
from verify import signed_copy, verified

from txapi.domain.event import Role
from txapi.projections.views import views_file
from txapi.record import Record
from txapi.record.ledger import LEDGER_FILE
from txapi.record.place import Place
from txapi.record.sqlite_files import connect
from txapi.simulation import simulate
from txapi.web.tokens import Tokens

LENGTHS = (10_000, 100_000, 1_000_000)
DEPTHS = (5, 50, 95)
NOW = ", now"
KEPT = 2.0
"""For how many seconds a question is asked; a command, as many times shorter as it writes."""


@dataclass(frozen=True)
class Cost:
    """What one thing cost on one record: seconds by the clock, seconds of a processor, peak memory in MB."""

    seconds: float
    cpu_seconds: float | None
    megabytes: float


@contextlib.contextmanager
def records(chosen: argparse.Namespace) -> Iterator[Iterator[Path]]:
    """Each record in a folder of its own that may be written to: simulated, or a copy of one that is there."""
    with tempfile.TemporaryDirectory(prefix="txapi-bench-", dir=chosen.scratch) as below:

        def each() -> Iterator[Path]:
            for number, wanted in enumerate([*chosen.events, *chosen.data]):
                folder = Path(below) / str(number)
                if isinstance(wanted, int):
                    say(f"simulating about {wanted:,} events")
                    simulate(folder, events=wanted)
                else:
                    say(f"copying {wanted}")
                    folder.mkdir()
                    for path in wanted.iterdir():
                        # The read models are built anew, for that is measured; without, those that are there will do.
                        if path.is_file() and (chosen.no_rebuild or not path.name.startswith("views-")):
                            shutil.copy2(path, folder)
                yield folder
                # The longest takes gigabytes, and one is measured at a time.
                shutil.rmtree(folder)

        yield each()


def processed(settings: dict[str, str], *arguments: str) -> Cost:
    """What a command cost that must succeed."""
    before = os.times()
    seconds, megabytes = run(settings, *arguments)
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Cost(seconds, cpu, megabytes)


def peak(pid: int) -> float:
    """The peak memory of a process in MB."""
    found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text(encoding="ascii"))
    assert found is not None
    return int(found[1]) / 1024


def asked(server: Running, question: bytes, seconds: float) -> Cost:
    """What an answer costs: the median by the clock, the mean of a processor, and the server's peak memory by then."""
    load([(HOST, server.port)], question, 1, seconds / 5)
    before = taken(server.pid)
    found = load([(HOST, server.port)], question, 1, seconds)
    cpu = (taken(server.pid) - before) / len(found.took)
    return Cost(median(found.took), cpu, peak(server.pid))


def measured(folder: Path, chosen: argparse.Namespace, log: IO[bytes]) -> tuple[int, dict[str, Cost]]:
    """How many events a record has, and what each thing costs on it."""
    costs: dict[str, Cost] = {}
    with Record.open(folder, owner=False) as record:
        head = record.head
    assert head.recorded_at is not None
    clock = head.recorded_at.isoformat()
    settings = environment(folder, clock)
    say(f"{head.position:,} events: signing")
    with tempfile.TemporaryDirectory(dir=folder.parent) as beside:
        signed = signed_copy(folder, Path(beside))
        for path in signed.iterdir():
            if path.name.startswith((LEDGER_FILE, "record-key")) and signed != folder:
                shutil.move(path, folder)
    if not chosen.no_rebuild or not views_file(folder).exists():
        say(f"{head.position:,} events: building the read models")
        costs["rebuild"] = processed(settings, "-m", "txapi", "rebuild", "--ahead")
    facts = read_models(Place(folder), clock)
    say(f"{head.position:,} events: starting {chosen.starts} times")
    starts = [serve(settings) for _ in range(chosen.starts)]
    costs["start-up, to the first answer"] = Cost(
        median([seconds for seconds, _, _ in starts]), None, max(megabytes for _, _, megabytes in starts)
    )
    token = Tokens.from_file(folder / "token-key.pem").issue("bench", Role.ADMINISTRATOR, None, timedelta(days=1))
    with product({name: value for name, value in settings.items() if name != "TXAPI_PORT"}, token, log) as server:
        say(f"{head.position:,} events: asking")
        costs.update(questions(server, facts, named(folder), head.position, chosen.seconds))
        say(f"{head.position:,} events: listening")
        drafting = {one.name: one for one in shapes(facts)}["draft"]
        for name, seconds in heard(server, head.position, drafting).items():
            costs[name] = Cost(seconds, None, peak(server.pid))
        for path in ("/metrics", "/readyz"):
            costs[path] = Cost(got(server, path, chosen.seconds / 2), None, peak(server.pid))
    deadlines, found = of_duties(folder, clock, facts)
    say(f"{head.position:,} events: {deadlines:,} deadlines are open")
    for name, seconds in found.items():
        costs[name] = Cost(seconds, seconds, peak(os.getpid()))
    say(f"{head.position:,} events: backing up")
    with tempfile.TemporaryDirectory(dir=folder.parent) as beside:
        costs["backup, with its verification"] = processed(settings, "-m", "txapi", "backup", f"{beside}/backup")
    say(f"{head.position:,} events: verifying")
    before = os.times()
    seconds, _, megabytes = verified(folder)
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    costs["verify"] = Cost(seconds, cpu, megabytes)
    return head.position, costs


def named(folder: Path) -> tuple[str, str, str]:
    """The number of a ticket, the code of a project and of its unit, of those that were there early."""
    with contextlib.closing(connect(views_file(folder))) as views:
        first = "ORDER BY since, row LIMIT 1"
        [(number,)] = views.execute(f"SELECT number FROM tickets WHERE number IS NOT NULL {first}")
        [(code, unit)] = views.execute(f"SELECT code, unit_code FROM projects WHERE unit_code IS NOT NULL {first}")
    return number, code, unit


def questions(server: Running, facts: Facts, names: tuple[str, str, str], head: int, seconds: float) -> dict[str, Cost]:
    """What pages cost now and at several depths, and a command."""
    costs: dict[str, Cost] = {}
    for depth in (None, *DEPTHS):
        at = None if depth is None else head * depth // 100
        for name, body in pages(facts, *names, at).items():
            question = request(HOST, server.port, "/graphql", body, anew=True)
            costs[f"{name}{NOW if depth is None else f', as of {depth} %'}"] = asked(server, question, seconds)
    drafted = server.asked({one.name: one for one in shapes(facts)}["draft"])
    assert drafted is not None
    costs["a ticket drafted"] = asked(server, drafted, seconds / 2)
    return costs


def past(found: Sequence[tuple[int, dict[str, Cost]]]) -> Iterator[tuple[str, ...]]:
    """A line for each page and record: how many times what it costs now it costs as of each depth, of a processor."""
    for name in dict.fromkeys(name.removesuffix(NOW) for _, costs in found for name in costs if name.endswith(NOW)):
        for events, costs in found:
            now = costs[f"{name}{NOW}"].cpu_seconds
            then = [costs[f"{name}, as of {depth} %"].cpu_seconds for depth in DEPTHS]
            yield name, f"{events:,}", *(f"{each / now:.2f}" if each and now else "" for each in then)


def lines(found: Sequence[tuple[int, dict[str, Cost]]]) -> Iterator[tuple[str, ...]]:
    """A line for each thing and record, with how many times the shortest record's it is."""
    _, shortest = found[0]
    for name in dict.fromkeys(name for _, costs in found for name in costs):
        for events, costs in found:
            if (cost := costs.get(name)) is None:
                continue
            first = shortest.get(name)
            by_cpu = first is not None and first.cpu_seconds and cost.cpu_seconds
            mine, others = (cost.cpu_seconds, first.cpu_seconds) if by_cpu else (cost.seconds, first and first.seconds)
            yield (
                name,
                f"{events:,}",
                _told(cost.seconds),
                "" if cost.cpu_seconds is None else _told(cost.cpu_seconds),
                f"{mine / others:.2f}" if mine and others else "",
                f"{cost.megabytes:,.0f}",
            )


def _told(seconds: float) -> str:
    return f"{seconds:,.1f} s" if seconds >= 1 else f"{seconds * 1000:,.2f} ms"


def main() -> None:
    """Measure records of several lengths one after the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--data",
        type=Path,
        nargs="*",
        default=[],
        metavar="FOLDER",
        help="records that are there; each is copied first",
    )
    parser.add_argument(
        "--events",
        type=int,
        nargs="*",
        help="about so many are simulated (10000 100000 1000000, where no folder is given)",
    )
    parser.add_argument("--largest", action="store_true", help="10,000,000 events, too (hours, and 40 GB)")
    parser.add_argument("--scratch", type=Path, help="where the records are made")
    parser.add_argument("--starts", type=int, default=3, help="how often the server is started (%(default)s)")
    parser.add_argument("--seconds", type=float, default=KEPT, help="of each question (%(default)s)")
    parser.add_argument("--no-rebuild", action="store_true", help="copy the read models, too, instead of building them")
    chosen = parser.parse_args()
    if chosen.events is None:
        chosen.events = [] if chosen.data else list(LENGTHS)
    if chosen.largest:
        chosen.events = [*chosen.events, 10_000_000]
    with tempfile.NamedTemporaryFile(prefix="txapi-bench-", suffix=".log") as log, records(chosen) as folders:
        found = sorted((measured(folder, chosen, log) for folder in folders), key=lambda pair: pair[0])
    tell_machine()
    show(
        "as of the past, of what it costs now; of a processor",
        ("", "events", *(f"{depth} %" for depth in DEPTHS)),
        past(found),
    )
    show(
        "SQLite, one process: what each costs, by the clock and of a processor; how many times what it costs on the shortest record"
        " (of a processor, where it is told)",
        ("", "events", "seconds", "CPU", "times", "peak MB"),
        lines(found),
    )


if __name__ == "__main__":
    main()
