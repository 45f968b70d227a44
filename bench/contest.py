"""The product beside what a team would pick instead: an endpoint by hand, GraphQL servers of Node and Python; same data, same answers."""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any

from _flat import in_postgresql, in_sqlite
from _load import load, request
from _measuring import say, show, tell_machine
from _peers import ASKED_AGAIN, BY_HAND, HOST, NODE, PRODUCT, PYTHON, WHO, Running, bare, node, peer, product, python
from _plot import plot
from _processor import Database, since, taken
from _shapes import IN_SHORT, Facts, Shape, plain, shapes
from _stores import POSTGRESQL, SQLITE, chosen_stores, simulated
from _verdict import AGAIN, MEASURES, Case, Measured, Ratio, Verdict, floors, judged, noise, ratio
from psycopg.conninfo import conninfo_to_dict

from txapi.application.desk import Desk
from txapi.application.watch import record_due
from txapi.domain.event import Role, TimeBasis
from txapi.projections.follower import Follower
from txapi.record.clock import ScriptClock
from txapi.record.place import Place
from txapi.web.instance import Instance
from txapi.web.tokens import Tokens

FLOORS = Path(__file__).parent / "floors.toml"
FULL = ("rows", "nested")
"""The shapes that are told by how many rows they have: of a record with fewer they would measure something else."""
LIBPQ = {"PGHOST": "host", "PGPORT": "port", "PGUSER": "user", "PGPASSWORD": "password", "PGDATABASE": "dbname"}
"""What Node's driver is told by, and what psycopg calls it."""

SHORT = {
    "events": 10_000,
    "rounds": 3,
    "seconds": 0.6,
    "warm": 0.5,
    "connections": [8],
    "peers": [],
    "shapes": list(IN_SHORT),
}
"""What the short form measures, where nothing else is asked for."""

PLOTTED_AS = {"cpu": "answers for as much processor time", "rate": "answers a second"}
PLOTTED = 8
"""How many connections the plot is about."""

SETTLED_SECONDS = 3.0
"""For how long nothing more is recorded when all that had lapsed is."""

Found = dict[Case, dict[str, list[Measured]]]


@dataclass
class Arena:
    """The servers of one store, all of them up; one at a time is asked."""

    store: str
    servers: dict[str, Running]
    facts: Facts
    database: Database | None

    def ask(self, server: Running, shape: Shape) -> Any:
        """The whole answer to a shape. SystemExit where it is none."""
        asked = server.asked(shape)
        assert asked is not None
        head, _, body = asked.partition(b"\r\n\r\n")
        path = head.split(b" ", 2)[1].decode()
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
        connection = http.client.HTTPConnection(HOST, server.port, timeout=60)
        with contextlib.closing(connection):
            connection.request("POST", path, body, headers)
            answer = connection.getresponse()
            told = answer.read()
        found = json.loads(told) if answer.status == 200 else None
        if answer.status != 200 or (isinstance(found, dict) and "errors" in found) or b"Refusal" in told:
            raise SystemExit(f"{self.store}, {shape.name}, {server.name}: {told[:600].decode(errors='replace')}")
        return found

    def measure(self, server: Running, shape: Shape, connections: int, seconds: float) -> Measured:
        """Ask one server as fast as it answers."""
        asked = server.asked(shape)
        assert asked is not None
        behind = self.database.taken() if self.database is not None else {}
        own = taken(server.pid)
        found = load([(HOST, server.port)], asked, connections, seconds)
        own = taken(server.pid) - own
        databases = since(behind, self.database.taken()) if self.database is not None else 0.0
        answers = len(found.took)
        took = sorted(found.took)
        return Measured(found.rate, (own + databases) / answers, own / answers, took[len(took) // 2])


def read_models(place: Place, clock: str) -> Facts:
    """Record what has lapsed, and build the read models up to the head; what of it the questions name."""
    instance = Instance.open(place, ScriptClock(datetime.fromisoformat(clock), TimeBasis.SIMULATED))
    try:
        # What the simulation left to the watch, or the first of its looks would change what the peers have copied.
        record_due(Desk(instance.record), instance.record.clock.now())
        Follower(instance.record, instance.views).catch_up()
        with instance.views.snapshot() as reading:
            [(noun,)] = reading.execute(
                "SELECT stream FROM events WHERE kind = 'project' GROUP BY stream ORDER BY count(*) DESC, stream LIMIT 1"
            ).fetchall()
            units = [
                code for (code,) in reading.execute("SELECT DISTINCT code FROM units ORDER BY code LIMIT 2").fetchall()
            ]
        return Facts(instance.record.head.position // 2, clock, noun, units[0], units[1])
    finally:
        instance.stop()


def settled(server: Running) -> None:
    """Wait until the watch has recorded what had lapsed by the clock with which the server began, and rows tell of it."""
    document = b'{"query": "{ record { head } moment { position } }"}'
    since, last = time.monotonic(), None
    while time.monotonic() - since < SETTLED_SECONDS:
        asked = urllib.request.Request(
            f"http://{HOST}:{server.port}/graphql", document, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(asked, timeout=60) as answer:
            told = json.load(answer)["data"]
        now = (told["record"]["head"], told["moment"]["position"])
        if now != last or now[0] != now[1]:
            since, last = time.monotonic(), now
        time.sleep(0.1)


@contextlib.contextmanager
def arena(store: str, chosen: argparse.Namespace, peers: dict[str, str], log: IO[bytes]) -> Iterator[Arena]:
    """Simulate a record, give its data to everybody, and start everybody."""
    with contextlib.ExitStack() as held:
        place, clock = held.enter_context(simulated(store, chosen.events, chosen.data))
        say(f"building the read models on {store}")
        facts = read_models(place, clock)
        settings = {"TXAPI_DATA": str(place.folder), "TXAPI_CLOCK": clock, "TXAPI_ANONYMOUS_ROLE": "reader"}
        if place.database is not None:
            settings["TXAPI_DATABASE"] = place.database
        key = Tokens.from_file(place.folder / "token-key.pem")
        token = key.issue("bench", Role.ADMINISTRATOR, None, timedelta(days=1))
        servers = {PRODUCT: held.enter_context(product(settings, token, log))}
        settled(servers[PRODUCT])
        servers[ASKED_AGAIN] = replace(servers[PRODUCT], name=ASKED_AGAIN)
        if place.database is None:
            flat = place.folder / "peers.db"
            in_sqlite(place.folder, flat)
            tables = {"PEERS_SQLITE": str(flat)}
            database = None
        else:
            in_postgresql(place.database)
            named = conninfo_to_dict(place.database)
            tables = {"PEERS_DSN": place.database}
            tables.update({name: str(named[key]) for name, key in LIBPQ.items() if named.get(key)})
            database = held.enter_context(contextlib.closing(Database(place.database)))
        for name, program in peers.items():
            if name in WHO[store]:
                servers[name] = held.enter_context(peer(name, program, tables, log))
        yield Arena(store, servers, facts, database)


def compare(arena: Arena, asked: Sequence[Shape]) -> None:
    """Everybody must say the same. SystemExit where somebody does not."""
    for shape in asked:
        if shape.writes:
            # What is written has another id each time; that it is no refusal is all that can be the same.
            for server in arena.servers.values():
                if server.asked(shape) is not None:
                    arena.ask(server, shape)
            continue
        right = plain(arena.ask(arena.servers[PRODUCT], shape))
        if shape.name in FULL and len(right) < shape.takes["first"]:
            raise SystemExit(
                f"{arena.store}, {shape.name}: the record holds {len(right)} of {shape.takes['first']}: simulate more --events"
            )
        for server in arena.servers.values():
            if (
                not server.is_product
                and server.asked(shape) is not None
                and (found := plain(arena.ask(server, shape))) != right
            ):
                where, theirs, ours = difference(found, right)
                raise SystemExit(
                    f"{arena.store}, {shape.name}: at {where}, {server.name} says {theirs!r} and txapi {ours!r}"
                )


def difference(found: Any, right: Any, where: str = "answer") -> tuple[str, Any, Any]:
    """The first place at which two answers differ, and what each says there."""
    if isinstance(found, dict) and isinstance(right, dict) and set(found) == set(right):
        parts = [(f"{where}.{name}", found[name], right[name]) for name in right]
    elif isinstance(found, list) and isinstance(right, list) and len(found) == len(right):
        parts = [(f"{where}[{at}]", *pair) for at, pair in enumerate(zip(found, right, strict=True))]
    else:
        return where, found, right
    for place, one, other in parts:
        if one != other:
            return difference(one, other, place)
    return where, found, right


def rounds(arena: Arena, asked: Sequence[Shape], chosen: argparse.Namespace, found: Found) -> None:
    """Ask everybody in turns: each round begins with another, and the endpoint by hand has two turns in it."""
    everybody = list(arena.servers.values())
    for number in range(chosen.rounds):
        for shape in asked:
            who = [server for server in everybody if server.asked(shape) is not None]
            who = who[number % len(who) :] + who[: number % len(who)]
            turns = [(server.name, server) for server in who]
            if BY_HAND in arena.servers and shape.by_hand is not None:
                turns.append((AGAIN, arena.servers[BY_HAND]))
            for connections in chosen.connections:
                say(f"{arena.store}, round {number + 1} of {chosen.rounds}: {shape.name}, {connections} connections")
                for name, server in turns:
                    if number == 0 and connections == chosen.connections[0] and name != AGAIN:
                        arena.measure(server, shape, connections, chosen.warm)
                    measured = arena.measure(server, shape, connections, chosen.seconds)
                    found.setdefault(Case(arena.store, shape.name, connections), {}).setdefault(name, []).append(
                        measured
                    )


def generator(size: int, connections: Sequence[int], seconds: float, log: IO[bytes]) -> None:
    """Show that whoever asks is not the limit: how fast it is where nobody has to think about the answer."""
    lines = []
    with bare(size, log) as port:
        for many in connections:
            before = time.process_time()
            found = load([(HOST, port)], request(HOST, port, "/", b"{}"), many, seconds)
            own = (time.process_time() - before) / len(found.took)
            lines.append((f"{many} connections", f"{found.rate:,.0f}", f"{own * 1e6:,.0f}"))
    show(
        f"the load generator against bare bytes, {size / 1000:.1f} KB each", ("", "answers/s", "its own CPU µs"), lines
    )


def drawn(found: Found, asked: dict[str, str], path: Path, by: str) -> None:
    """Write the plot: the shapes that every server was asked, on PostgreSQL, by 8 connections or as many as there were."""
    groups: dict[str, dict[str, Ratio]] = {}
    for case, servers in found.items():
        hand = servers.get(BY_HAND)
        if (
            hand is not None
            and case.store == POSTGRESQL
            and case.connections == PLOTTED
            and set(servers) > {*NODE, *PYTHON}
        ):
            told = {name: ratio(by, runs, hand) for name, runs in servers.items() if name != AGAIN}
            groups[asked[case.shape]] = told
    if groups:
        note = f"PostgreSQL, {PLOTTED} connections; {PLOTTED_AS[by]}, by hand = 1; load {os.getloadavg()[0]:.0f} on {os.cpu_count()} cores"
        path.write_text(plot("Beside what a team would pick instead", note, groups), encoding="utf-8")
        say(f"wrote {path}")


def programs(names: Sequence[str]) -> dict[str, str]:
    """What runs each peer, installed where it was not; who cannot be run here is left out, which is said."""
    found = {BY_HAND: sys.executable}
    if not names:
        return found
    own = python()
    found = dict.fromkeys([BY_HAND, *(name for name in names if name in PYTHON)], own)
    if any(name in NODE for name in names) and (program := node()) is not None:
        found.update(dict.fromkeys((name for name in names if name in NODE), program))
    return found


def table(found: Found, asked: dict[str, str]) -> None:
    """What was found, one table for each shape, store and number of connections."""
    for case, servers in found.items():
        hand = servers.get(BY_HAND)
        lines = []
        for name, runs in servers.items():
            by = (f"{ratio('rate', runs, hand):.2f}", f"{ratio('cpu', runs, hand):.2f}") if hand else ("", "")
            middle = [sorted(values)[len(values) // 2] for values in zip(*map(_figures, runs), strict=True)]
            rate, cpu, own, p50 = middle
            lines.append(
                (name, f"{rate:,.0f}", by[0], f"{cpu * 1e6:,.0f}", f"{own * 1e6:,.0f}", by[1], f"{p50 * 1000:.2f}")
            )
        show(
            f"{case.store}: {asked[case.shape]}, {case.connections} connections; {len(next(iter(servers.values())))} rounds,"
            f" noise {noise('rate', found, case):.0%} of answers/s and {noise('cpu', found, case):.0%} of CPU",
            ("", "answers/s", "by hand = 1", "CPU µs", "of it the server", "by hand = 1", "p50 ms"),
            lines,
        )


def _figures(one: Measured) -> tuple[float, ...]:
    return one.rate, one.cpu_seconds, one.own_seconds, one.p50_seconds


def verdicts(found: Found) -> list[Verdict]:
    """What came of every floor that this run measured, as a table."""
    told = [one for one in (judged(floor, found) for floor in floors(FLOORS)) if one.found is not None]
    show(
        "floors: median of the rounds (least-greatest); broken where below it by more than this run's noise",
        ("", "floor", "found", "noise", ""),
        [
            (
                f"{one.floor.store}, {one.floor.shape}, {one.floor.connections} connections: {one.floor.server} by {one.floor.measure}",
                f"{one.floor.ratio:.3f} of {one.floor.against}",
                f"{one.found:.3f}",
                f"{one.noise:.0%}",
                "BROKEN" if one.is_broken else "holds",
            )
            for one in told
        ],
    )
    return told


def main() -> int:
    """Measure, and print what was found; 1 where a floor is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", choices=(SQLITE, POSTGRESQL, "both"), default="both", help="(%(default)s)")
    parser.add_argument(
        "--data", type=Path, metavar="FOLDER", help="on which disk: temporary records are made in this folder"
    )
    parser.add_argument("--events", type=int, default=100_000, help="about how many events to simulate (%(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="(%(default)s)")
    parser.add_argument("--seconds", type=float, default=1.0, help="of each turn of each server (%(default)s)")
    parser.add_argument("--warm", type=float, default=1.0, help="seconds before the first turn (%(default)s)")
    parser.add_argument("--connections", type=int, nargs="*", default=[1, 8, 64], help="(1 8 64)")
    parser.add_argument("--shapes", nargs="*", help="only these shapes")
    parser.add_argument(
        "--peers",
        nargs="*",
        choices=(*NODE, *PYTHON),
        default=[*NODE, *PYTHON],
        help="beside the endpoint by hand (all)",
    )
    parser.add_argument("--plot", type=Path, metavar="FILE", help="write a plot for the README there (SVG)")
    parser.add_argument(
        "--plot-by",
        choices=MEASURES,
        default="cpu",
        help="what it shows; answers/s are worth little on a busy machine (%(default)s)",
    )
    parser.add_argument(
        "--short",
        action="store_true",
        help="only what takes two minutes: b, c and open tickets, the endpoint by hand alone, 8 connections",
    )
    chosen = parser.parse_args()
    if chosen.short:
        parser.set_defaults(**SHORT)
        chosen = parser.parse_args()
    peers = programs(chosen.peers)
    found: Found = {}
    told: dict[str, str] = {}
    with tempfile.NamedTemporaryFile(prefix="txapi-bench-", suffix=".log", delete=False) as log:
        stores = chosen_stores(chosen.store)
        for store in stores:
            with arena(store, chosen, peers, log) as everybody:
                asked = [one for one in shapes(everybody.facts) if not chosen.shapes or one.name in chosen.shapes]
                told.update({one.name: one.told for one in asked})
                compare(everybody, asked)
                if not chosen.short and store == stores[0]:
                    generator(30_000, chosen.connections, chosen.seconds, log)
                rounds(everybody, asked, chosen, found)
            # What one store gave is told before the other may fail.
            tell_machine()
            table({case: servers for case, servers in found.items() if case.store == store}, told)
    if chosen.plot is not None:
        drawn(found, told, chosen.plot, chosen.plot_by)
    return int(any(one.is_broken for one in verdicts(found)))


if __name__ == "__main__":
    sys.exit(main())
