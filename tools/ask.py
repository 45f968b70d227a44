"""Waits until a server is ready, runs one published operation against it, and fails unless every field has an answer."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

PATIENCE_SECONDS = 60.0


def alive(pid: int | None) -> bool:
    """Whether the process of the server still runs (always, when nobody said which it is)."""
    if pid is None:
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def wait_until_ready(address: str, pid: int | None) -> float:
    """Seconds until `/readyz` said yes. Raises SystemExit when the server ends first or takes too long."""
    began = time.monotonic()
    while (waited := time.monotonic() - began) < PATIENCE_SECONDS:
        if not alive(pid):
            raise SystemExit(f"the server ended after {waited:.1f} s and was never ready")
        try:
            with urllib.request.urlopen(f"{address}/readyz", timeout=5) as answer:
                if answer.status == 200:
                    return time.monotonic() - began
        except OSError:  # refused, reset, or answered "not yet"
            pass
        time.sleep(0.1)
    raise SystemExit(f"the server was not ready within {PATIENCE_SECONDS:.0f} s")


def ask(address: str, operation: str) -> dict[str, Any]:
    """The response to the operation, as JSON. Raises SystemExit when it is not one."""
    request = urllib.request.Request(
        f"{address}/graphql",
        data=json.dumps({"query": operation}).encode(),
        headers={"Content-Type": "application/json", "Accept": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            response: dict[str, Any] = json.load(answer)
    except urllib.error.HTTPError as error:
        raise SystemExit(f"HTTP {error.code}: {error.read().decode(errors='replace')[:2000]}") from None
    return response


def complaints_of(response: dict[str, Any]) -> list[str]:
    """What is wrong with the response: errors, or no data."""
    complaints = [json.dumps(error, ensure_ascii=False) for error in response.get("errors", [])]
    data = response.get("data")
    if not data or any(value is None for value in data.values()):
        complaints.append(f"there are fields without an answer: {json.dumps(data, ensure_ascii=False)}")
    return complaints


def main() -> int:
    """Print how long it took and the beginning of the answer; 1 if the answer is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address", help="http://127.0.0.1:8000")
    parser.add_argument("operation", type=Path, help="schema/operations/Overview.graphql")
    parser.add_argument("--alive", type=int, metavar="PID", help="give up when this process ends")
    chosen = parser.parse_args()
    operation = chosen.operation.read_text(encoding="utf-8")
    ready_seconds = wait_until_ready(chosen.address, chosen.alive)
    response = ask(chosen.address, operation)
    complaints = complaints_of(response)
    for each in complaints:
        print(each, file=sys.stderr)
    if complaints:
        return 1
    answer = json.dumps(response["data"], ensure_ascii=False)
    print(
        f"ready after {ready_seconds:.1f} s; {chosen.operation.name} answered {len(answer)} characters: {answer[:200]}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
