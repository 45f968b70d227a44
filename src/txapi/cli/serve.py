"""`txapi serve`: own a record and answer questions about it until told to stop."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from txapi.cli.ends import BAD_USAGE, FOUND_WRONG, data_option, ends_clearly, settings_for, stop
from txapi.cli.listening import address_of, as_many_connections_as_may_be, listen
from txapi.cli.machine_keys import record_key_of, tokens_of
from txapi.cli.memory import keep_memory_together
from txapi.cli.supervisor import READY, STOPPING, building, tell_supervisor

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

    from txapi.record import Record
    from txapi.record.place import Place
    from txapi.record.signer import Cosigners
    from txapi.settings import Settings
    from txapi.web.instance import Instance
    from txapi.web.tokens import Tokens

log = logging.getLogger(__name__)


log = logging.getLogger(__name__)


@click.command()
@click.option("--demo", is_flag=True, help="Tongxiang's data as of 11 August 2015, everybody may read, tokens to try.")
@click.option("--host", help="The address to listen on; TXAPI_HOST unless given.")
@click.option("--port", help="The port; TXAPI_PORT unless given; 0 takes any free one.")
@click.option("--clock", help="`system`, or a date or moment at which the clock starts; TXAPI_CLOCK unless given.")
@click.option(
    "--workers",
    type=click.IntRange(1, 256),
    help="How many processes answer, with TXAPI_DATABASE; TXAPI_WORKERS unless given.",
)
@click.option(
    "--worker", is_flag=True, hidden=True, help="One of several, which ends with the process that started it."
)
@data_option
@ends_clearly
def serve(
    demo: bool,
    host: str | None,
    port: str | None,
    clock: str | None,
    workers: int | None,
    worker: bool,
    data: Path | None,
) -> None:
    """Serve GraphQL on the record of the settings, which is made where it is missing.

    An embedded record is served by one process. One in a database is served by any number of them, on any number of
    machines; --workers starts several on one address, and SIGHUP replaces them by new ones, one after the other.

    \b
    Examples:
      txapi serve --demo
      TXAPI_DATA=/srv/txapi txapi serve --host 0.0.0.0 --port 80
      TXAPI_DATABASE=postgresql://db1,db2/tongxiang txapi serve --workers 4
    """
    from txapi.settings import DEMONSTRATION_BUDGETS, DEMONSTRATION_CLOCK
    from txapi.web.logs import log_to_stderr

    keep_memory_together()
    if demo:
        # The demonstration has its own defaults; what somebody sets all the same, holds.
        clock = clock or os.environ.get("TXAPI_CLOCK") or DEMONSTRATION_CLOCK
    anonymous = os.environ.get("TXAPI_ANONYMOUS_ROLE", "reader") if demo else None
    budgets = os.environ.get("TXAPI_BUDGETS", DEMONSTRATION_BUDGETS) if demo else None
    settings = settings_for(
        host=host, port=port, clock=clock, data=data, anonymous_role=anonymous, workers=workers, budgets=budgets
    )
    log_to_stderr(settings.log_level, settings.log_format)
    # Each of several is told what its starter was told, and is one.
    processes = 1 if worker else settings.workers
    if processes > 1 and settings.database is None:
        stop(BAD_USAGE, "an embedded record is served by one process; several need a database: set TXAPI_DATABASE")
    if not worker:
        _mind_the_clock(settings, told=bool(clock or os.environ.get("TXAPI_CLOCK")))
    if worker:
        from txapi.cli.workers import end_with_starter

        end_with_starter()
    as_many_connections_as_may_be()
    listening = listen(settings.host, settings.port, "--port or TXAPI_PORT")
    with listening:
        if demo and not worker:
            _load_demonstration(settings.place)
        if processes > 1:
            _serve_with_workers(processes, listening, settings, demo)
        else:
            _serve(listening, settings, demo)
        click.echo("stopped; everything that was acknowledged is recorded")


def _serve(listening: socket.socket, settings: Settings, demo: bool) -> None:
    """Serve in this process."""
    from txapi.web.app import create_app
    from txapi.web.gate import Bounds, Gate
    from txapi.web.instance import ABANDON_SECONDS, Instance
    from txapi.web.server import run
    from txapi.web.signing import Signing
    from txapi.web.warming import Warming
    from txapi.web.webhooks.telling import telling_of

    _stay_at_reload()
    with _trace():
        tokens = tokens_of(settings, record_key_of(settings))
        signing = Signing(settings.origin, settings.record_key, _witnesses(settings), settings.sign_seconds)
        telling = telling_of(settings) if settings.webhooks == "on" else None
        with Instance.open(settings.place, settings.clock, signing=signing, telling=telling) as instance:
            _catch_up(instance)
            gate = Gate(Bounds.of(settings), settings.trusted_proxies)
            app = create_app(instance, settings, tokens, demo=demo, gate=gate)
            address = address_of(listening)
            _greet(settings, instance.record, tokens, address, demo)

            warming = Warming(instance)

            def leave() -> None:
                tell_supervisor(STOPPING)
                instance.leave()

            def ready() -> None:
                instance.hear = app.state.live.hearing(asyncio.get_running_loop())
                tell_supervisor(READY, f"STATUS=serving at {address}")
                warming.start()

            async def let_go() -> None:
                # A request that waits for a database that is away holds a thread, whatever becomes of its client.
                instance.abandon_after(settings.stop_seconds + ABANDON_SECONDS)
                await app.state.live.end()

            with warming:
                run(
                    app,
                    listening,
                    gate,
                    stop_seconds=settings.stop_seconds,
                    drain_seconds=settings.drain_seconds,
                    ready=ready,
                    leave=leave,
                    let_go=let_go,
                    hand_over=instance.hand_over,
                    message_bytes=settings.max_body_bytes,
                    proxies=settings.trusted_proxies,
                )


def _serve_with_workers(count: int, listening: socket.socket, settings: Settings, demo: bool) -> None:
    """Serve in several processes that this one starts and ends."""
    from txapi.cli.reading import open_to_read
    from txapi.cli.workers import Workers, worker_command

    # What was said on the command line, and by the demonstration, holds for every worker.
    os.environ |= {
        "TXAPI_DATA": str(settings.data), "TXAPI_CLOCK": settings.clock, "TXAPI_ANONYMOUS_ROLE": settings.anonymous_role,
        "TXAPI_BUDGETS": str(settings.budgets),
    }  # fmt: skip
    tokens = tokens_of(settings, record_key_of(settings))

    def ready() -> None:
        with open_to_read(settings.place) as record:
            _greet(settings, record, tokens, address_of(listening), demo)

    with Workers(count, worker_command(["--demo"] if demo else []), listening) as workers:
        workers.run(ready)


def _stay_at_reload() -> None:
    """Under a supervisor, SIGHUP asks for new processes (`systemctl reload`): the only one cannot be replaced while it serves."""
    if os.environ.get("NOTIFY_SOCKET"):
        signal.signal(
            signal.SIGHUP,
            lambda *_: log.warning("SIGHUP is ignored: one process serves; restart it, or set TXAPI_WORKERS"),
        )


def _greet(settings: Settings, record: Record, tokens: Tokens, address: str, demo: bool) -> None:
    """Say what is served, and where."""
    click.echo(f"txapi serves the record in {settings.place} ({record.head.position} events) at {address}/graphql")
    if demo:
        from txapi.cli.demo import welcome

        click.echo(welcome(record, tokens, address))
    sys.stdout.flush()


@contextmanager
def _trace() -> Iterator[None]:
    """Send traces to where the OTEL_ variables of the environment say, if they do."""
    from txapi.web.tracing import CannotTrace, Tracing

    try:
        tracing = Tracing.from_environment(os.environ)
    except CannotTrace as error:
        stop(BAD_USAGE, str(error))
    with closing(tracing):
        yield


def _witnesses(settings: Settings) -> Cosigners | None:
    """Those who co-sign, as the policy file says; nobody where there is no such file."""
    from txapi.audit.checker import NotProven, Policy
    from txapi.audit.witnessing import Witnesses

    if settings.policy is None:
        return None
    try:
        return Witnesses(Policy.parse(settings.policy.read_bytes()))
    except (OSError, NotProven) as error:
        stop(BAD_USAGE, f"TXAPI_POLICY={str(settings.policy)!r}: {error}")


def _mind_the_clock(settings: Settings, *, told: bool) -> None:
    """See that a demonstration's record does not go on by the machine's clock because somebody forgot to say which.

    Everything that was due in between would lapse at once, and be recorded for ever.
    """
    from datetime import UTC, datetime

    from txapi.cli.reading import open_to_read
    from txapi.domain.event import TimeBasis
    from txapi.record.conflicts import NotARecord

    if settings.clock != "system":
        return
    try:
        with open_to_read(settings.place) as record:
            last = record.event_at(record.head.position)
    except NotARecord:
        return
    if last is None or last.event.meta.clock is TimeBasis.SYSTEM:
        return
    years = (datetime.now(UTC) - last.recorded_at).days // 365
    if years < 1:
        return
    what = (
        f"the last event of the record in {settings.place} is of {last.recorded_at.date()} by a clock of its own"
        f" ({last.event.meta.clock.value}), and the machine's is {years} years ahead: whatever was due in between lapses as"
        " soon as a server watches, which is recorded for ever"
    )
    how = "`txapi serve --demo`, or TXAPI_CLOCK with the moment at which the record's clock starts"
    if last.event.meta.clock is TimeBasis.OFFSET and not told:
        stop(
            BAD_USAGE,
            f"{what}. To go on with the demonstration: {how}. To go on by the machine's clock: --clock system",
        )
    log.warning("%s; for a demonstration stop it now, and use %s", what, how)


def _load_demonstration(place: Place) -> None:
    from txapi.cli.load import DEMONSTRATION, load_into, summary
    from txapi.record import Record

    with Record.open(place) as record:
        position = record.head.position
    if position:
        click.echo(f"the record in {place} holds {position} events already; nothing was loaded")
    else:
        loaded = load_into(place, DEMONSTRATION)
        click.echo(f"loaded {' and '.join(DEMONSTRATION)}: {summary(loaded)}")


def _catch_up(instance: Instance) -> None:
    """Show how the read models of a record that was loaded, or of new code, come to its head."""
    from txapi.cli.progress import progress
    from txapi.projections.follower import FOR_PEOPLE

    target = instance.record.head.position
    if instance.views.wait_for(target, 0.5):
        return
    log.info("building the read models up to position %d", target)
    bar = progress("building read models", target) if sys.stderr.isatty() else nullcontext(lambda done, of: None)
    with bar as told:
        while not instance.views.wait_for(target, 0.2):
            if (wrong := instance.following.last_error) in FOR_PEOPLE:
                stop(FOUND_WRONG, str(wrong))
            told(instance.views.position, target)
            building(instance.views.position, target)
        told(target, target)
