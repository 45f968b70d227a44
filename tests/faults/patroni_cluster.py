"""Three PostgreSQL servers that agree on a primary by Patroni, as real processes, and what can happen to a machine.

Everything comes from PyPI: Patroni with a Raft of its own in place of an etcd, and the programs of PostgreSQL. A node is Patroni
and the server that it runs, in one folder: so a node's processes are those that work in its folder, and its power goes off, it
freezes and it thaws as a whole. The nodes live on addresses of the loopback, or on the machines of a `Network`.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, LiteralString

import psycopg

from tests.faults.folder_processes import FolderProcesses, Guard
from tests.faults.network import Network
from tests.postgres import found

NODES = ("a", "b", "c")
DATABASE = "txapi"
POSTGRES_PORT, REST_PORT, RAFT_PORT = 15432, 18008, 12222  # below the ports that the kernel hands out
START_SECONDS = 240.0
ANSWER_SECONDS = 5  # for a question that any node answers at once, if it answers at all
LOG_LINES = 30


class Node:
    """One machine of the cluster: Patroni, and the PostgreSQL that it runs."""

    def __init__(self, name: str, address: str, processes: FolderProcesses, command: list[str]) -> None:
        self.name = name
        self.address = address
        self.processes = processes
        self.folder = processes.folder
        self.data = self.folder / "data"
        self.log = self.folder / "log"
        self._command = command
        self._patroni: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start Patroni, which starts PostgreSQL: as the primary, or following whoever is."""
        with self.log.open("ab") as log:
            self._patroni = subprocess.Popen(
                self._command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )

    def kill(self) -> None:
        """The power goes off: every process of the node ends at once, and nobody hears of it."""
        self.freeze()  # or Patroni would see its server die while it is being killed itself, and tell the others
        self.processes.kill()
        self.bury()

    def kill_postmaster(self) -> None:
        """The main process of PostgreSQL is killed, by the kernel for want of memory, say; Patroni lives."""
        os.kill(int((self.data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)

    def kill_patroni(self) -> None:
        """Patroni is killed, and nobody starts it again; its PostgreSQL lives, and never hears what the others agree on."""
        assert self._patroni is not None
        self._patroni.kill()
        self.bury()

    def walsenders(self) -> set[int]:
        """The processes that copy what is written here to other nodes."""
        return {pid for pid in self.processes.ids() if b"walsender" in Path(f"/proc/{pid}/cmdline").read_bytes()}

    def freeze(self) -> None:
        """Every process of the node stops where it is. What is connected stays connected, and hears nothing."""
        self.processes.send(signal.SIGSTOP)

    def thaw(self) -> None:
        """Every process of the node goes on, and does not know that time has passed."""
        self.processes.send(signal.SIGCONT)

    def bury(self) -> None:
        """Take note that Patroni has been killed. Raises TimeoutExpired when it has not."""
        if self._patroni is not None:
            self._patroni.wait(ANSWER_SECONDS)

    def dsn(self, database: str = DATABASE) -> str:
        """How to connect to this node, whatever its role."""
        patience = f"connect_timeout={ANSWER_SECONDS}&options=-cstatement_timeout%3D{ANSWER_SECONDS}s"
        return f"postgresql://postgres@{self.address}:{POSTGRES_PORT}/{database}?{patience}"

    def ask(self, question: LiteralString, database: str = "postgres") -> list[tuple[Any, ...]] | None:
        """The rows that its PostgreSQL answers with; None when it does not answer."""
        try:
            with psycopg.connect(self.dsn(database), autocommit=True) as connection:
                return connection.execute(question).fetchall()
        except psycopg.OperationalError:
            return None

    def roles(self) -> dict[str, str]:
        """The role of every node as this one's Patroni sees it. Empty when it does not answer."""
        try:
            with urllib.request.urlopen(f"http://{self.address}:{REST_PORT}/cluster", timeout=ANSWER_SECONDS) as answer:
                return {member["name"]: member["role"] for member in json.load(answer)["members"]}
        except (OSError, ValueError):  # refused, reset, silent, or cut off in the middle
            return {}

    def last_words(self) -> str:
        """The end of what Patroni and PostgreSQL logged."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else ["it was never started"]
        return "\n".join([f"---- the log of node {self.name}", *lines[-LOG_LINES:]])


class Cluster:
    """The three nodes. `running` starts them and sees to their end."""

    def __init__(self, nodes: dict[str, Node]) -> None:
        self.nodes = nodes
        self.copies = 1

    @property
    def dsn(self) -> str:
        """How a client connects to the database of the test: to whichever node takes writes."""
        return f"{self.dsn_of(DATABASE)}?target_session_attrs=read-write&connect_timeout=2"

    def replicas(self) -> list[Node]:
        """The nodes that copy from the primary, those first that a commit waits for."""
        primary = self.primary()
        roles = primary.roles()
        others = (node for node in self.nodes.values() if node is not primary)
        return sorted(others, key=lambda node: roles[node.name] != "sync_standby")

    def dsn_of(self, database: str, first: Node | None = None) -> str:
        """How an operator names a database of the cluster: by its nodes, of which `first` comes first."""
        nodes = sorted(self.nodes.values(), key=lambda node: node is not first)
        hosts = ",".join(f"{node.address}:{POSTGRES_PORT}" for node in nodes)
        return f"postgresql://postgres@{hosts}/{database}"

    def primary(self) -> Node:
        """The node that takes writes. Raises LookupError when there is none, or more than one."""
        primaries = [node for node in self.nodes.values() if node.ask("SELECT pg_is_in_recovery()") == [(False,)]]
        if len(primaries) != 1:
            raise LookupError(f"the primaries are {[node.name for node in primaries]}, and should be one")
        return primaries[0]

    def replicate(self, copies: int) -> None:
        """Have commits wait for so many other nodes, and wait until all is as it should be. Raises TimeoutError."""
        change = {
            "synchronous_mode": copies > 0,
            "synchronous_mode_strict": copies > 0,
            "synchronous_node_count": max(copies, 1),
        }
        patch = urllib.request.Request(
            f"http://{self.primary().address}:{REST_PORT}/config", json.dumps(change).encode(), method="PATCH"
        )
        with urllib.request.urlopen(patch, timeout=ANSWER_SECONDS):
            self.copies = copies
        self.wait_until_complete()

    def wait_for_another_primary(self, than: Node, within_seconds: float = 240.0) -> float:
        """Seconds until a node other than this takes writes, whatever this one takes itself for. Raises TimeoutError."""

        def taken_over() -> bool:
            others = [node for node in self.nodes.values() if node is not than]
            return any(node.ask("SELECT pg_is_in_recovery()") == [(False,)] for node in others)

        return self.wait_for("another primary", taken_over, within_seconds)

    def wait_until_complete(self, within_seconds: float = START_SECONDS) -> float:
        """Seconds until there is one primary and all others follow it, one of them synchronously. Raises TimeoutError."""
        return self.wait_for("a complete cluster", self._complete, within_seconds)

    def wait_for(self, what: str, holds: Callable[[], bool], within_seconds: float) -> float:
        """Seconds until it holds. Raises TimeoutError, with what the nodes logged last, when it does not in time."""
        began = time.monotonic()
        while not holds():
            if time.monotonic() - began > within_seconds:
                logs = "\n".join(node.last_words() for node in self.nodes.values())
                raise TimeoutError(f"no {what} within {within_seconds:.0f} s\n{logs}")
            time.sleep(0.2)
        return time.monotonic() - began

    def _complete(self) -> bool:
        try:
            primary = self.primary()
        except LookupError:
            return False
        streams = primary.ask("SELECT application_name FROM pg_stat_replication WHERE state = 'streaming'") or []
        if {primary.name, *(name for (name,) in streams)} != set(self.nodes):
            return False
        # PostgreSQL may wait for a node already that Patroni has not yet written down as fit to take over.
        return list(primary.roles().values()).count("sync_standby") == self.copies


def settings(name: str, addresses: dict[str, str], programs: Path) -> dict[str, Any]:
    """What one node's Patroni is told.

    A primary whose machine falls silent is replaced after `ttl` seconds, which Patroni does not allow below 20; one whose server
    died while Patroni lives, at once (`primary_start_timeout` 0). With `synchronous_mode_strict`, a primary that has nobody left
    to copy to does not acknowledge writes.
    """
    here = addresses[name]
    everybody = ["local all all trust", "host all all all trust", "host replication all all trust"]
    return {
        "scope": "txapi",
        "name": name,
        "restapi": {"listen": f"{here}:{REST_PORT}", "connect_address": f"{here}:{REST_PORT}"},
        "raft": {
            "data_dir": "raft",
            "self_addr": f"{here}:{RAFT_PORT}",
            "bind_addr": f"{here}:{RAFT_PORT}",
            "partner_addrs": [f"{address}:{RAFT_PORT}" for other, address in addresses.items() if other != name],
        },
        "bootstrap": {
            "dcs": {
                "ttl": 20,
                "loop_wait": 2,
                "retry_timeout": 3,
                "primary_start_timeout": 0,
                "synchronous_mode": True,
                "synchronous_mode_strict": True,
                # Without the synchronous mode, whoever is behind takes over all the same: that is what loses rows.
                "maximum_lag_on_failover": 1 << 30,
                "postgresql": {
                    "use_pg_rewind": True,
                    "parameters": {"max_connections": 200, "shared_buffers": "32MB", "wal_log_hints": "on"},
                },
            },
            "initdb": [{"encoding": "UTF8"}, {"locale": "C"}, "no-sync"],
        },
        "postgresql": {
            "listen": f"{here}:{POSTGRES_PORT}",
            "connect_address": f"{here}:{POSTGRES_PORT}",
            "data_dir": "data",
            "bin_dir": str(programs),
            "pgpass": "pgpass",
            "basebackup": [{"checkpoint": "fast"}, "no-sync"],
            "pg_hba": everybody,
            "authentication": {"superuser": {"username": "postgres"}, "replication": {"username": "replicator"}},
            "parameters": {"unix_socket_directories": ""},
        },
    }


def loopback() -> dict[str, str]:
    """Addresses of the loopback for the nodes, so that two runs on one machine hardly meet."""
    network = f"127.{os.getpid() // 250 % 200 + 20}.{os.getpid() % 250}"
    return {name: f"{network}.{number}" for number, name in enumerate(NODES, start=1)}


@contextmanager
def running(network: Network | None = None) -> Iterator[Cluster]:
    """A complete cluster with an empty database. At the end no process and no file of it is left, however the end came."""
    programs = found()
    addresses = loopback() if network is None else {name: network.addresses[name] for name in NODES}
    folder = Path(tempfile.mkdtemp(prefix="txapi-cluster-"))
    nodes = {}
    for name in NODES:
        place = folder / name
        place.mkdir()
        programs.hand_over(place)
        (place / "patroni.yml").write_text(  # JSON is YAML
            json.dumps(settings(name, addresses, programs.folder), indent=1)
        )
        inside = [] if network is None else network.inside(name)
        command = [*inside, *programs.as_user, sys.executable, "-m", "patroni", "patroni.yml"]
        processes = FolderProcesses(place, programs.looking_as)
        nodes[name] = Node(name, addresses[name], processes, command)
    cluster = Cluster(nodes)
    try:
        with Guard(folder, programs.looking_as):
            for node in nodes.values():
                node.start()
            cluster.wait_until_complete()
            make_database(cluster.primary())
            yield cluster
    finally:
        for node in nodes.values():
            node.bury()
        shutil.rmtree(folder)


def make_database(primary: Node) -> None:
    """An empty database for the test, on every node."""
    with psycopg.connect(primary.dsn("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {DATABASE} TEMPLATE template0")
