"""Of several servers the one is taken that was promoted last, whichever of them are silent or believe to be the primary."""

from __future__ import annotations

import shutil
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from tests.postgres import NOT_SAFE, Server
from txapi.record.postgres import connecting, hosts
from txapi.record.postgres.connecting import DatabaseConnection, connect
from txapi.record.postgres.database import PostgresDatabase
from txapi.record.postgres.hosts import Host, Hosts, NoPrimary

A, B, C = (Host(name, "", "") for name in "abc")
WRITES = "read-write"


class Fake:
    """A connection to a server that is a standby for the first `standby` questions, and stands on a timeline."""

    def __init__(self, timeline: int = 1, standby: int = 0) -> None:
        self.host: Host | None = None
        self.cut = self.closed = False
        self._timeline = timeline
        self._standby = standby

    def ask(self, question: str) -> int:
        if "walfile" in question:
            if self._timeline < 0:
                raise psycopg.errors.InsufficientPrivilege("this server does not tell")
            return self._timeline
        self._standby -= 1
        return int(self._standby >= 0)

    def sever(self) -> None:
        self.cut = True

    def close(self) -> None:
        self.closed = True


FOREVER = 1_000_000


@pytest.fixture(autouse=True)
def _patient_and_without_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    connecting._known.cache_clear()
    monkeypatch.setattr(hosts, "HEAD_START_SECONDS", 60)
    monkeypatch.setattr(hosts, "GRACE_SECONDS", 60)
    monkeypatch.setattr(hosts, "ASK_AGAIN_SECONDS", 0.01)


@pytest.fixture
def somebody_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those who answer need not wait for long."""
    monkeypatch.setattr(hosts, "HEAD_START_SECONDS", 0.05)
    monkeypatch.setattr(hosts, "GRACE_SECONDS", 0.05)


class Servers:
    """What connections to servers give: one `Fake` each, an error, or silence until the test is over."""

    def __init__(self, **given: Fake | Exception | None) -> None:
        self.given = {Host(name, "", ""): what for name, what in given.items()}
        self.asked: list[Host] = []
        self.over = threading.Event()

    def __call__(self, host: Host) -> Fake:
        self.asked.append(host)
        what = self.given[host]
        if what is None:
            self.over.wait(60)
            raise psycopg.OperationalError("silent to the end")
        if isinstance(what, Exception):
            raise what
        return what


@pytest.fixture
def servers() -> Iterator[Callable[..., Servers]]:
    made: list[Servers] = []

    def make(**given: Fake | Exception | None) -> Servers:
        made.append(Servers(**given))
        return made[-1]

    yield make
    for one in made:
        one.over.set()


def found(known: Hosts, servers: Servers, *, prefer: bool = False, seconds: float = 60) -> Host | None:
    return known.to_primary(tuple(servers.given), servers, seconds, prefer=prefer).host


def test_the_primary_of_the_highest_timeline_is_chosen_and_the_others_are_let_go(
    servers: Callable[..., Servers],
) -> None:
    former, standby = Fake(timeline=3), Fake(standby=FOREVER)
    three = servers(a=former, b=standby, c=Fake(timeline=4))

    chosen = found(Hosts(), three)

    assert chosen == C
    assert former.closed


def test_of_servers_that_do_not_tell_their_timeline_the_one_is_chosen_that_nobody_doubts(
    servers: Callable[..., Servers],
) -> None:
    known, two = Hosts(), servers(a=Fake(timeline=-1), b=Fake(timeline=-1))

    assert found(known, two) == A
    known.doubt(A)

    assert found(known, two) == B


@pytest.mark.usefixtures("somebody_is_silent")
def test_a_silent_server_keeps_nobody_waiting(servers: Callable[..., Servers]) -> None:
    assert found(Hosts(), servers(a=None, b=Fake())) == B


def test_the_primary_that_is_known_is_asked_alone(servers: Callable[..., Servers]) -> None:
    known, three = Hosts(), servers(a=Fake(standby=FOREVER), b=Fake(), c=Fake(standby=FOREVER))
    assert found(known, three) == B
    three.asked.clear()

    assert found(known, three) == B

    assert three.asked == [B]


@pytest.mark.usefixtures("somebody_is_silent")
@pytest.mark.parametrize("fate", [None, psycopg.OperationalError("refused"), Fake(standby=FOREVER)])
def test_where_the_primary_that_was_known_does_not_serve_the_others_are_asked(
    servers: Callable[..., Servers], fate: Fake | Exception | None
) -> None:
    known, two = Hosts(), servers(a=Fake(), b=Fake(standby=FOREVER))
    assert found(known, two) == A
    two.given = {A: fate, B: Fake(timeline=2)}

    assert found(known, two) == B


def test_a_former_primary_is_left_when_it_is_doubted_and_whoever_waits_for_it_is_cut_off(
    servers: Callable[..., Servers],
) -> None:
    known, before = Hosts(), Fake(timeline=1)
    two = servers(a=before, b=Fake(standby=FOREVER))
    found(known, two)
    two.given = {A: Fake(timeline=1), B: Fake(timeline=2)}

    assert found(known, two) == A
    assert not before.cut
    known.doubt(A)

    assert found(known, two) == B
    assert before.cut


def test_a_primary_that_is_doubted_and_still_the_only_one_keeps_its_connections(
    servers: Callable[..., Servers],
) -> None:
    known, before = Hosts(), Fake()
    two = servers(a=before, b=Fake(standby=FOREVER))
    found(known, two)
    known.doubt(A)
    two.given[A] = Fake()

    assert found(known, two) == A
    assert not before.cut


@pytest.mark.usefixtures("somebody_is_silent")
def test_a_standby_that_is_promoted_while_another_server_is_silent_is_found(
    servers: Callable[..., Servers],
) -> None:
    assert found(Hosts(), servers(a=None, b=Fake(standby=5))) == B


@pytest.mark.usefixtures("somebody_is_silent")
def test_where_nobody_takes_writes_it_is_told_what_each_server_said(servers: Callable[..., Servers]) -> None:
    three = servers(a=Fake(standby=FOREVER), b=psycopg.OperationalError("connection\n refused"), c=None)

    with pytest.raises(NoPrimary, match=r"a:5432 is read-only; b:5432 connection refused; c:5432 does not answer"):
        found(Hosts(), three, seconds=0.5)


def test_who_only_reads_takes_a_standby_where_there_is_no_primary(servers: Callable[..., Servers]) -> None:
    two = servers(a=psycopg.OperationalError("refused"), b=Fake(standby=FOREVER))

    assert found(Hosts(), two, prefer=True) == B


def test_who_asks_for_any_server_asks_those_last_that_were_silent() -> None:
    known = Hosts()
    asked: list[Host] = []

    def connected(host: Host) -> Fake:
        asked.append(host)
        if host == A:
            raise psycopg.errors.ConnectionTimeout("nothing came")
        return Fake()

    known.to_any((A, B), connected)
    known.to_any((A, B), connected)

    assert asked == [A, B, B]


# -- real servers ------------------------------------------------------------------------------------------------------


class Pair:
    """A primary, and a copy of it that is its standby until it is promoted; the primary never hears of that."""

    def __init__(self, folder: Path) -> None:
        self.former = Server(folder / "former", settings=NOT_SAFE)
        self.former.stop(signal.SIGINT)
        shutil.copytree(self.former.data, folder / "other" / "data")
        (folder / "other" / "data" / "standby.signal").touch()
        self.former.start()
        self.other = Server(folder / "other", settings=NOT_SAFE)

    def promote(self) -> None:
        with psycopg.connect(self.other.dsn(), autocommit=True) as connection:
            connection.execute("SELECT pg_promote() WHERE pg_is_in_recovery()")

    def dsn(self, *ports: int) -> str:
        """Both, the former primary first, or whatever listens on these ports."""
        ports = ports or (self.former.port, self.other.port)
        return f"host={','.join(['127.0.0.1'] * len(ports))} port={','.join(map(str, ports))} user=postgres dbname=postgres"

    def close(self) -> None:
        self.former.close()
        self.other.close()


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with closing(Pair(tmp_path_factory.mktemp("pair"))) as made:
        yield made


def test_connections_go_where_the_present_primary_is_as_it_moves(pair: Pair) -> None:
    database = PostgresDatabase(pair.dsn(), "public")
    with closing(database), connect(pair.dsn(), target_session_attrs=WRITES) as waiting:
        with database.lent() as lent:
            assert lent.raw.info.port == pair.former.port
        pair.promote()
        # Two servers take writes by now. Whoever has no reason to look stays where it is.
        with connect(pair.dsn(), target_session_attrs=WRITES) as connection:
            assert connection.info.port == pair.former.port

        waiting.doubt()
        with connect(pair.dsn(), target_session_attrs=WRITES) as connection:
            assert connection.info.port == pair.other.port

        with pytest.raises(psycopg.OperationalError):
            waiting.execute("SELECT 1")
        with database.lent() as lent:
            assert lent.raw.info.port == pair.other.port


@pytest.mark.usefixtures("somebody_is_silent")
def test_a_silent_server_that_comes_first_is_not_waited_for(pair: Pair) -> None:
    pair.promote()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        dsn = f"{pair.dsn(silent.getsockname()[1], pair.other.port)} connect_timeout=600"
        reading = PostgresDatabase(dsn, "public", written=False)
        with closing(reading), reading.lent() as lent, connect(dsn, target_session_attrs=WRITES) as writing:
            assert lent.raw.info.port == pair.other.port
            assert writing.info.port == pair.other.port


def test_who_says_which_servers_to_read_from_reads_from_these(pair: Pair) -> None:
    pair.promote()
    reading = PostgresDatabase(f"{pair.dsn()} target_session_attrs=any", "public", written=False)
    either = PostgresDatabase(f"{pair.dsn()} target_session_attrs=prefer-standby", "public")

    with closing(reading), reading.lent() as lent:
        assert lent.raw.info.port == pair.former.port
    with closing(either), either.lent() as lent:
        assert lent.raw.info.port == pair.former.port
    with connect(f"{pair.dsn()} target_session_attrs=any load_balance_hosts=random") as connection:
        assert connection.info.port in (pair.former.port, pair.other.port)
    with pytest.raises(psycopg.OperationalError, match="hot standby"):
        connect(f"{pair.dsn()} target_session_attrs=standby")


def test_hosts_that_do_not_fit_their_ports_are_refused_as_ever() -> None:
    with pytest.raises(psycopg.OperationalError, match="could not match"):
        DatabaseConnection.connect("host=a,b,c port=1,2 target_session_attrs=read-write")
