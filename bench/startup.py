"""How long a server takes from its start to its first answer, with what memory; and how long `txapi rebuild` takes."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from _measuring import built, measured_folder, median, options, say, show, tell_machine

OPERATION = Path(__file__).parent.parent / "schema" / "operations" / "Tickets.graphql"


def environment(folder: Path, clock: str) -> dict[str, str]:
    """What a user would set: the folder, any free port, a clock that goes on from the record's end."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TXAPI_")}
    return {
        **kept,
        "TXAPI_DATA": str(folder),
        "TXAPI_PORT": "0",
        "TXAPI_ANONYMOUS_ROLE": "reader",
        "TXAPI_CLOCK": clock,
    }


def serve(settings: dict[str, str]) -> tuple[float, float, float]:
    """Seconds to the first answer of the published operation, of which until it listens; peak memory in MB."""
    began = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-m", "txapi", "serve"],
        env=settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as server:
        assert server.stdout is not None
        try:
            found = None
            while found is None:
                line = server.stdout.readline()
                if not line:
                    raise SystemExit("the server ended before it served")
                found = re.search(r"at (http://\S+/graphql)", line)
            listening = time.perf_counter() - began
            ask(found[1])
            answered = time.perf_counter() - began
            status = Path(f"/proc/{server.pid}/status").read_text()
            peak = int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024  # type: ignore[index]
        finally:
            server.send_signal(signal.SIGTERM)
            server.communicate(timeout=60)
    return answered, listening, peak


def ask(address: str) -> None:
    """Ask until there is an answer; the server may have said where it will listen a moment before it does."""
    body = json.dumps({"query": OPERATION.read_text(encoding="utf-8")}).encode()
    request = urllib.request.Request(address, data=body, headers={"content-type": "application/json"})
    for _ in range(2_000):
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                answer = json.load(response)
        except ConnectionError:
            time.sleep(0.005)
            continue
        if answer.get("errors") or not answer["data"]["moment"]["tickets"]["nodes"]:
            raise SystemExit(f"the first answer is wrong: {str(answer)[:500]}")
        return
    raise SystemExit("the server does not answer")


def run(settings: dict[str, str], *arguments: str) -> tuple[float, float]:
    """Seconds and peak memory in MB of a command that must succeed."""
    began = time.perf_counter()
    process = subprocess.Popen([sys.executable, *arguments], env=settings, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(arguments)} ended with {process.returncode}")
    return time.perf_counter() - began, used.ru_maxrss / 1024


def main() -> None:
    """Start a few times with the read models built, then rebuild once beside them."""
    parser = options(__doc__ or "", events=30_000)
    parser.add_argument("--starts", type=int, default=5, help="how often the server is started (%(default)s)")
    parser.add_argument("--no-rebuild", action="store_true", help="leave the rebuild out")
    chosen = parser.parse_args()
    with measured_folder(chosen.data, chosen.events) as folder:
        with built(folder) as instance:
            head, clock = instance.views.position, instance.record.clock.now().isoformat()
        settings = environment(folder, clock)
        say(f"starting {chosen.starts} times")
        bare = [run(settings, "-c", "import txapi.schema.schema, txapi.web.app, uvicorn") for _ in range(chosen.starts)]
        starts = [serve(settings) for _ in range(chosen.starts)]
        rebuilt = None
        if not chosen.no_rebuild:
            say("rebuilding")
            rebuilt = run(settings, "-m", "txapi", "rebuild")
    tell_machine()
    limit = median([seconds for seconds, _ in bare])
    answered = median([start[0] for start in starts])
    listening = median([start[1] for start in starts])
    lines = [
        ("start to first answer", f"{answered:.2f}", f"{answered / limit:.2f}", f"{max(s[2] for s in starts):,.0f}"),
        ("  of which until it listens", f"{listening:.2f}", f"{listening / limit:.2f}", ""),
        ("  importing its code alone", f"{limit:.2f}", "1.00", f"{max(memory for _, memory in bare):,.0f}"),
    ]
    if rebuilt is not None:
        lines.append(
            (f"txapi rebuild ({head / rebuilt[0]:,.0f} events/s)", f"{rebuilt[0]:.1f}", "", f"{rebuilt[1]:,.0f}")
        )
    show(
        f"A server on a record of {head:,} events with its read models built; median of {chosen.starts} starts;"
        " the limit is importing its code",
        ("", "seconds", "to the limit", "peak MB"),
        lines,
    )


if __name__ == "__main__":
    main()
