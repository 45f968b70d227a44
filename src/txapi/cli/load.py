"""`txapi load`: a data set becomes the beginning of a record."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from txapi.cli.ends import data_option, ends_clearly, json_option, say_json, settings_for
from txapi.cli.progress import progress

if TYPE_CHECKING:
    from pathlib import Path

    from txapi.datasets.loading import Loaded
    from txapi.record.place import Place

DEMONSTRATION = ("tongxiang-2015", "tongxiang-2015-illustration")


@click.command()
@click.argument("datasets", nargs=-1, required=True, metavar="DATASET...")
@data_option
@json_option
@ends_clearly
def load(datasets: tuple[str, ...], data: Path | None, as_json: bool) -> None:
    """Load data sets, in order, into an empty record. Their own dates are the record's clock.

    DATASET is the name of one that comes with the product, or the folder of another.

    \b
    Example:
      txapi load tongxiang-2015 tongxiang-2015-illustration
    """
    settings = settings_for(data=data)
    began = time.perf_counter()
    loaded = load_into(settings.place, datasets)
    took_seconds = time.perf_counter() - began
    if as_json:
        say_json(
            {"events": loaded.events, "nouns": loaded.nouns, "until": loaded.until, "seconds": round(took_seconds, 3)}
        )
    else:
        click.echo(f"loaded {summary(loaded)} in {took_seconds:.1f} s into {settings.place}")


def load_into(place: Place | Path, datasets: Sequence[str]) -> Loaded:
    """Load data sets into the empty record in that place, which is made where it is missing; with a progress bar."""
    from txapi.datasets.loading import load_dataset

    with progress("loading") as told:
        return load_dataset(place, list(datasets), told)


def summary(loaded: Loaded) -> str:
    """What was loaded, in one line for people."""
    nouns = ", ".join(f"{count} {kind}" for kind, count in sorted(loaded.nouns.items()))
    return f"{loaded.events} events ({nouns})"
