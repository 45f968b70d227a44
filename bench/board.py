"""How soon the console's board is drawn, now and as of the past: from the arrival of its HTML in Chromium to its scoreboards.

Its answer is worked out each time, as for who comes first after something was recorded; what one costs that was kept is told beside it.
"""

from __future__ import annotations

import json
import subprocess
import time
import urllib.request
from pathlib import Path
from typing import NamedTuple

from _measuring import built, measured_folder, median, options, say, show, tell_machine
from serving import HOST, serving

from txapi.record.place import Place

LIMIT_MS = 1_000
DEPTHS = (None, 5, 50, 95)
SCOREBOARDS = [f'table[aria-label="{name}"] tbody tr' for name in ("实施主体记分牌", "承办部门记分牌")]
BROWSER = Path(__file__).with_name("_browser.mjs")


class Turn(NamedTuple):
    """What somebody saw who opened the board: milliseconds, and how many operations the page had asked by then."""

    drawn: float
    """From the arrival of the HTML to the scoreboards."""
    answer: float
    """The longest of the operations."""
    operations: int


def opened(address: str, turns: int) -> list[Turn]:
    """Open the page so many times, each time as somebody new."""
    command = ["node", str(BROWSER), address, str(turns), *SCOREBOARDS]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise SystemExit(
            "no browser saw the board: it needs the console (`make console`), Node, and Debian's chromium or CHROMIUM"
        )
    return [Turn(**json.loads(line)) for line in done.stdout.splitlines()]


def wait_until_signed(port: int, head: int) -> None:
    """Wait until the server has signed for the whole record: one that nobody ever served first hashes all of its events."""
    body = json.dumps({"query": "{ record { checkpoint { size } } }"}).encode()
    asked = urllib.request.Request(f"http://{HOST}:{port}/graphql", body, {"content-type": "application/json"})
    while True:
        with urllib.request.urlopen(asked, timeout=60) as answered:
            signed = json.load(answered)["data"]["record"]["checkpoint"]
        if signed is not None and int(signed["size"]) >= head:
            return
        time.sleep(0.5)


def main() -> None:
    """Serve a record, and open the board at every depth; the very first turn meets a server that has just started."""
    parser = options(__doc__ or "", events=20_000)
    parser.add_argument("--turns", type=int, default=5, help="how often each board is opened (%(default)s)")
    chosen = parser.parse_args()
    with measured_folder(chosen.data, chosen.events) as folder:
        with built(folder) as instance:
            head, clock = instance.views.position, instance.record.clock.now().isoformat()
        found: dict[str, list[Turn]] = {}
        with serving(Place(folder), 1, clock, TXAPI_KEPT_MEGABYTES="0") as port:
            say("waiting until the record is signed for")
            wait_until_signed(port, head)
            for percent in DEPTHS:
                name = "now" if percent is None else f"as of {percent} %"
                say(f"opening the board, {name}, {chosen.turns} times")
                at = "" if percent is None else f"?at={head * percent // 100}"
                found[name] = opened(f"http://{HOST}:{port}/console/board{at}", chosen.turns)
        with serving(Place(folder), 1, clock) as port:
            say(f"opening the board of now, whose answer is kept, {chosen.turns} times")
            found["now, kept"] = opened(f"http://{HOST}:{port}/console/board", chosen.turns)
    tell_machine()
    show(
        f"The board of a record of {head:,} events, from the arrival of the HTML to both scoreboards, in a browser that has"
        f" nothing cached; milliseconds; the limit is {LIMIT_MS:,}",
        ("", "first", "median", "slowest", "to the limit", "of which its answer", "operations"),
        [
            (
                name,
                f"{turns[0].drawn:,.0f}",
                f"{median([turn.drawn for turn in turns]):,.0f}",
                f"{max(turn.drawn for turn in turns):,.0f}",
                f"{median([turn.drawn for turn in turns]) / LIMIT_MS:.2f}",
                f"{median([turn.answer for turn in turns]):,.0f}",
                f"{max(turn.operations for turn in turns)}",
            )
            for name, turns in found.items()
        ],
    )


if __name__ == "__main__":
    main()
