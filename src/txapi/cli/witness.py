"""`txapi witness`: cosign a log's checkpoints on a machine of one's own, and never one that takes something back."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from txapi.cli.ends import BAD_USAGE, ends_clearly, json_option, say_json, stop
from txapi.cli.listening import address_of, listen

FILE = click.Path(dir_okay=False, path_type=Path)


@click.group()
def witness() -> None:
    """Be a witness of logs: with a key and a memory of its own, without the record.

    \b
    A witness cosigns a checkpoint only when that extends the last one it saw of the log, so that
    nobody can show two histories, or take one back, without being found out.
    """


@witness.command()
@click.argument("keyfile", type=FILE)
@click.option("--name", required=True, help="What the witness is called; a host name with a path is usual.")
@ends_clearly
def keygen(keyfile: Path, name: str) -> None:
    """Make the key of a witness in KEYFILE (mode 0600, never replaced), and print its verifier key.

    \b
    Example:
      txapi witness keygen /etc/txapi/witness.key --name audit.tongxiang.example/w1
    """
    from txapi.audit.cosigning import BadWitnessKey, CosigningKey

    try:
        key = CosigningKey.create(keyfile, name)
    except (BadWitnessKey, OSError) as error:
        stop(BAD_USAGE, str(error))
    click.echo(key.vkey)
    click.echo(f"made {keyfile}; keep it secret, and give the line above to those who write policies", err=True)


@witness.command()
@click.option("--key", "keyfile", required=True, type=FILE, help="The key that `txapi witness keygen` made.")
@click.option("--state", required=True, type=FILE, help="The file of the witness's memory; begun where there is none.")
@click.option(
    "--log", "logs", required=True, multiple=True, help="The verifier key of a log to cosign for; repeatable."
)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8460, show_default=True, type=click.IntRange(0, 65535), help="The port; 0 takes any.")
@ends_clearly
def serve(keyfile: Path, state: Path, logs: tuple[str, ...], host: str, port: int) -> None:
    """Cosign checkpoints over HTTP (C2SP tlog-witness), for the logs named and no others.

    Lose the key and the witness must be introduced anew; lose the memory and it trusts the next
    checkpoint whatever it says: keep both on a disk of this machine, and run one witness on them.

    \b
    Example:
      txapi witness serve --key witness.key --state witness.db --port 8460 \\
        --log txapi/0198c0de-0000-7000-8000-000000000000+33d7b496+AeHzkXS1...
    """
    from txapi.audit.checker import Malformed, VerifierKey
    from txapi.audit.cosigning import BadWitnessKey, CosigningKey
    from txapi.audit.witness import Witness
    from txapi.audit.witness_memory import BadMemory, WitnessMemory
    from txapi.web.logs import log_to_stderr
    from txapi.web.server import run
    from txapi.web.witness import create_witness_app

    log_to_stderr("INFO")
    with listen(host, port, "--port") as listening:
        try:
            key = CosigningKey.from_file(keyfile)
            known = [VerifierKey.parse(log) for log in logs]
            memory = WitnessMemory.open(state, key.vkey)
            cosigning = Witness(key, memory, known)
        except (BadWitnessKey, BadMemory, Malformed) as error:
            stop(BAD_USAGE, str(error))
        click.echo(f"{key.name} witnesses {', '.join(cosigning.origins)} at {address_of(listening)}")
        click.echo(f"in a policy: witness {key.name} {key.vkey} {address_of(listening)}")
        sys.stdout.flush()
        run(create_witness_app(cosigning), listening)
    memory.close()
    click.echo("stopped; everything that was cosigned is remembered")


@witness.command()
@click.option("--state", required=True, type=FILE, help="The file of the witness's memory.")
@json_option
@ends_clearly
def show(state: Path, as_json: bool) -> None:
    """Print what a witness remembers: each log's last checkpoint, and what was refused.

    A refusal that says `proof` is evidence: two notes of one size, or a false empty tree, signed by
    the log. --json prints the notes themselves.

    \b
    Example:
      txapi witness show --state witness.db
    """
    from txapi.audit.witness_memory import BadMemory, WitnessMemory

    try:
        memory = WitnessMemory.look(state)
    except BadMemory as error:
        stop(BAD_USAGE, str(error))
    remembered, refused, vkey = memory.all(), memory.refused(), memory.vkey()
    memory.close()
    if as_json:
        say_json(
            {
                "witness": vkey,
                "logs": [
                    {"origin": each.checkpoint.origin, "size": str(each.checkpoint.size), "at": _time(each.at), "note": each.note}
                    for each in remembered
                ],
                "refused": [
                    {
                        "origin": each.origin, "reason": each.reason, "proves": each.reason.proves, "size": str(each.size),
                        "times": each.times, "firstAt": _time(each.first_at), "lastAt": _time(each.last_at),
                        "note": each.note, "remembered": each.remembered,
                    }
                    for each in refused
                ],
            }
        )  # fmt: skip
        return
    click.echo(f"witness {vkey}")
    for each in remembered:
        click.echo(f"{each.checkpoint.origin}: {each.checkpoint.size} entries, cosigned {_time(each.at)}")
    if not remembered:
        click.echo("it has cosigned nothing yet")
    for bad in refused:
        kind = "proof" if bad.reason.proves else "suspicion"
        times = "once" if bad.times == 1 else f"{bad.times} times"
        click.echo(
            f"{bad.origin}: refused {bad.size} entries, {bad.reason} ({kind}), {times}, first {_time(bad.first_at)}"
        )


def _time(seconds: int) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(seconds, UTC).isoformat()
