"""`txapi serve`: own a record and answer questions about it until told to stop."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from txapi.cli.ends import BAD_USAGE, data_option, ends_clearly, settings_for, stop
from txapi.cli.listening import address_of, listen
from txapi.cli.supervisor import READY, STOPPING, building, tell_supervisor

if TYPE_CHECKING:
    from txapi.record.signer import Cosigners
    from txapi.settings import Settings
    from txapi.web.instance import Instance
    from txapi.web.tracing import Tracing


@click.command()
@click.option("--demo", is_flag=True, help="Tongxiang's data as of 11 August 2015, everybody may read, tokens to try.")
@click.option("--host", help="The address to listen on; TXAPI_HOST unless given.")
@click.option("--port", help="The port; TXAPI_PORT unless given; 0 takes any free one.")
@click.option("--clock", help="`system`, or a date or moment at which the clock starts; TXAPI_CLOCK unless given.")
@data_option
@ends_clearly
def serve(demo: bool, host: str | None, port: str | None, clock: str | None, data: Path | None) -> None:
    """Serve GraphQL on the record in the data folder, which is made where it is missing.

    \b
    Examples:
      txapi serve --demo
      TXAPI_DATA=/srv/txapi txapi serve --host 0.0.0.0 --port 80
    """
    from txapi.settings import DEMONSTRATION_CLOCK
    from txapi.web.app import create_app
    from txapi.web.instance import Instance, Signing
    from txapi.web.logs import log_to_stderr
    from txapi.web.server import run
    from txapi.web.tokens import Tokens

    if demo:
        # The demonstration has its own defaults; what somebody sets all the same, holds.
        clock = clock or os.environ.get("TXAPI_CLOCK") or DEMONSTRATION_CLOCK
    anonymous = os.environ.get("TXAPI_ANONYMOUS_ROLE", "reader") if demo else None
    settings = settings_for(host=host, port=port, clock=clock, data=data, anonymous_role=anonymous)
    log_to_stderr(settings.log_level, settings.log_format)
    tracing = _trace()
    listening = listen(settings.host, settings.port, "--port or TXAPI_PORT")
    with listening:
        if demo:
            _load_demonstration(settings.data)
        tokens = Tokens.from_file(settings.key_file)
        signing = Signing(settings.origin, settings.record_key, _witnesses(settings), settings.sign_seconds)
        with Instance.open(settings.data, settings.clock, signing=signing) as instance:
            _catch_up(instance)
            app = create_app(instance, settings, tokens)
            address = address_of(listening)
            click.echo(
                f"txapi serves the record in {settings.data} ({instance.record.head.position} events) at {address}/graphql"
            )
            if demo:
                from txapi.cli.demo import welcome

                click.echo(welcome(instance, tokens, address))
            sys.stdout.flush()

            def leave() -> None:
                tell_supervisor(STOPPING)
                instance.leave()

            run(
                app,
                listening,
                stop_seconds=settings.stop_seconds,
                drain_seconds=settings.drain_seconds,
                ready=lambda: tell_supervisor(READY, f"STATUS=serving at {address}"),
                leave=leave,
            )
        tracing.close()
        click.echo("stopped; everything that was acknowledged is recorded")


def _trace() -> Tracing:
    """Send traces to where the OTEL_ variables of the environment say, if they do."""
    from txapi.web.tracing import CannotTrace, Tracing

    try:
        return Tracing.from_environment(os.environ)
    except CannotTrace as error:
        stop(BAD_USAGE, str(error))


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


def _load_demonstration(folder: Path) -> None:
    from txapi.cli.load import DEMONSTRATION, load_into, summary
    from txapi.record import Record

    with Record.open(folder) as record:
        position = record.head.position
    if position:
        click.echo(f"the record in {folder} holds {position} events already; nothing was loaded")
    else:
        loaded = load_into(folder, DEMONSTRATION)
        click.echo(f"loaded {' and '.join(DEMONSTRATION)}: {summary(loaded)}")


def _catch_up(instance: Instance) -> None:
    """Show how the read models of a record that was loaded, or of new code, come to its head."""
    from txapi.cli.progress import progress

    target = instance.record.head.position
    if instance.views.wait_for(target, 0.5):
        return
    with progress("building read models", target) as told:
        while not instance.views.wait_for(target, 0.2):
            told(instance.views.position, target)
            building(instance.views.position, target)
        told(target, target)
