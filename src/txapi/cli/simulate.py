"""`txapi simulate`: a large, realistic, reproducible record to build and measure against."""

from __future__ import annotations

import time
from pathlib import Path

import click

from txapi.cli.ends import ends_clearly, json_option, say_json
from txapi.cli.progress import progress


@click.command()
@click.argument("out", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--units", type=click.IntRange(2, 1_000), default=40, show_default=True, help="Towns, platforms and departments."
)
@click.option("--projects", type=click.IntRange(1, 1_000_000), default=400, show_default=True, help="Projects in all.")
@click.option("--years", type=click.IntRange(1, 50), default=3, show_default=True, help="Years that the record covers.")
@click.option("--seed", type=int, default=2015, show_default=True, help="The same seed and sizes give the same record.")
@click.option(
    "--events", type=click.IntRange(1, 100_000_000), help="About how many events; sets the number of projects."
)
@json_option
@ends_clearly
def simulate(out: Path, units: int, projects: int, years: int, seed: int, events: int | None, as_json: bool) -> None:
    """Write a simulated record into the folder OUT, which must hold none, ending before now.

    \b
    Examples:
      txapi simulate /tmp/city --units 60 --projects 2000 --years 5
      txapi simulate /tmp/large --events 1000000 && TXAPI_DATA=/tmp/large txapi serve
    """
    from txapi.simulation import simulate as write

    began = time.perf_counter()
    with progress("simulating") as told:
        written = write(out, units=units, projects=projects, years=years, seed=seed, events=events, on_progress=told)
    took_seconds = time.perf_counter() - began
    rate = written.events / took_seconds
    if as_json:
        say_json({"events": written.events, "seconds": round(took_seconds, 3), "eventsPerSecond": round(rate)})
    else:
        click.echo(f"wrote {written.events} events in {took_seconds:.1f} s ({rate:,.0f} events/s) into {out}")
