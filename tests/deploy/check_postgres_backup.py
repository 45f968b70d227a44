"""A server that was killed is restored as the page says, from a base backup and the log, with everything that it acknowledged."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.backup.registering import registrations
from tests.deploy.pages import POSTGRES, QUESTION, blocks_between, follow
from tests.docs.blocks import Block
from tests.docs.demo import Shell
from tests.postgres import Server
from txapi.cli.load import load_into
from txapi.record import Record
from txapi.record.conflicts import RecordError
from txapi.record.ledger import Ledger
from txapi.record.place import Place
from txapi.record.signer import Signer

ENOUGH = 40
PROMOTED = 'until psql --dbname=postgres -Atc "SELECT pg_is_in_recovery()" | grep -qx f; do sleep 0.1; done'


class Writing:
    """Somebody who registers units one after the other until the database is gone, and remembers what was acknowledged."""

    def __init__(self, place: Place) -> None:
        self.acknowledged: dict[int, str] = {}
        self._record = Record.open(place)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._write)
        self._thread.start()

    def _write(self) -> None:
        try:
            for position, code in registrations(self._record):
                self.acknowledged[position] = code
                if self._stopped.is_set():
                    return
        except RecordError:
            return  # The database is gone.

    def wait_for(self, more: int) -> None:
        """Until so many more were acknowledged."""
        until = len(self.acknowledged) + more
        while len(self.acknowledged) < until:
            assert self._thread.is_alive()
            self._stopped.wait(0.005)

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()
        self._record.close()


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the user of the server may use, wherever root's tests lie."""
    folder = Path(tempfile.mkdtemp(prefix="txapi-backup-"))
    for name in ("archive", "backups", "safe"):
        (folder / name).mkdir()
    yield folder
    shutil.rmtree(folder)


def test_a_killed_server_is_restored_elsewhere_with_every_acknowledged_event(folder: Path) -> None:
    wanted, nightly, restoring, looking, going_back = blocks_between(POSTGRES, QUESTION)
    with Server(folder / "server", settings=()) as server:
        configure(server, wanted, folder / "archive")
        place = Place(folder / "keys", server.dsn())
        load_into(place, ["tongxiang-2015"])
        (folder / "safe" / "last.checkpoint").write_text(checkpoint(place), encoding="utf-8")
        operator = Operator(server, place, folder)
        writing = Writing(place)
        try:
            writing.wait_for(ENOUGH)
            follow([nightly], operator.shell)
            writing.wait_for(ENOUGH)
            early = dict(writing.acknowledged)
            operator.shell.run("moment=$(psql --dbname=postgres -Atc 'SELECT clock_timestamp()')")
            writing.wait_for(ENOUGH)
            archive_the_log(server, folder / "archive")
            writing.wait_for(ENOUGH)
            server.stop(signal.SIGKILL)
            writing.stop()

            follow([restoring], operator.shell)
            restored = registered(place)
            checkpoint(place)
            follow([looking], operator.shell)
            operator.stop("new")
            follow([going_back], operator.shell)
            operator.shell.run(PROMOTED)
            gone_back = registered(place)
        finally:
            writing.stop()
            operator.close()

    acknowledged = writing.acknowledged
    assert {position: restored.get(position) for position in acknowledged} == acknowledged
    assert sorted(restored) == list(range(1, len(restored) + 1))
    assert {position: gone_back.get(position) for position in early} == early
    assert len(gone_back) < len(restored)
    assert gone_back == {position: restored[position] for position in gone_back}


def configure(server: Server, wanted: Block, archive: Path) -> None:
    """Let the server be as the page wants it, and every copy of it as the harness does."""
    assert wanted.language == "ini"
    lines = [
        *wanted.text.replace("$archive", str(archive)).splitlines(),
        f"port = {server.port}",
        f"unix_socket_directories = '{server.sockets}'",
        "listen_addresses = '127.0.0.1'",
        # The harness says so on the command line, and a restored server must not have less.
        "max_connections = 300",
    ]
    with (server.data / "postgresql.conf").open("a", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)
    server.stop(signal.SIGINT)
    server.start()


def archive_the_log(server: Server, archive: Path) -> None:
    """Wait until everything that was written by now is in the archive."""
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        row = connection.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchone()
    assert row is not None
    for _ in range(3_000):
        if (archive / row[0]).exists():
            return
        time.sleep(0.02)
    raise AssertionError(f"{row[0]} is not archived: {server.log.read_text()}")


def registered(place: Place) -> dict[int, str | None]:
    """What the event at every position registered, if it did."""
    with Record.open(place) as record:
        return {one.position: getattr(one.event, "code", None) for one in record.read_all()}


def stand_ins(server: Server, folder: Path) -> list[str]:
    """A folder with a stand-in for the program that the wheel has only broken, if it is the wheel's that is here."""
    version = subprocess.run(server.programs.command("pg_verifybackup", "--version"), capture_output=True, check=False)
    if version.returncode == 0:
        return []
    place = folder / "bin"
    place.mkdir()
    script = place / "pg_verifybackup"
    program = shlex.join([sys.executable, str(Path(__file__).with_name("verifybackup.py"))])
    script.write_text(f'#!/bin/sh\nexec {program} "$@"\n', encoding="utf-8")
    script.chmod(0o755)
    return [str(place)]


class Operator:
    """A shell of the user of the server, with the places that the page speaks of."""

    def __init__(self, server: Server, place: Place, folder: Path) -> None:
        self._server = server
        self._folder = folder
        places = {name: str(folder / name) for name in ("archive", "backups", "safe", "new", "then")}
        self.shell = Shell(
            folder / "shell.log",
            as_user=server.programs.as_user,
            PATH=os.pathsep.join([*stand_ins(server, folder), str(server.programs.folder), os.environ["PATH"]]),
            PGHOST=str(server.sockets),
            PGPORT=str(server.port),
            PGUSER="postgres",
            TXAPI_DATA=str(place.folder),
            TXAPI_DATABASE=server.dsn(),
            old=str(server.data),
            **places,
        )

    def stop(self, name: str) -> None:
        """Stop a restored server, if it runs."""
        command = self._server.programs.command(
            "pg_ctl", "--pgdata", str(self._folder / name), "--mode=immediate", "stop"
        )
        subprocess.run(command, capture_output=True, check=False)

    def close(self) -> None:
        """Stop the restored servers, and the shell."""
        for name in ("new", "then"):
            self.stop(name)
        self.shell.stop()


def checkpoint(place: Place) -> str:
    """The checkpoint over all that is recorded there, signed now."""
    with Record.open(place) as record:
        ledger = Ledger.open(place, record.record_id, owner=True)
        signed = Signer(record, ledger).sign() or ledger.latest()
        ledger.close()
    assert signed is not None
    return signed.note
