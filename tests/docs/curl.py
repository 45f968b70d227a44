"""What the tutorials need of curl, for machines without it: asks, or sends `-d`, with the headers `-H`; prints the answer as it comes."""

from __future__ import annotations

import argparse
import os
import sys

import httpx

asked = argparse.ArgumentParser()
asked.add_argument("-s", action="store_true")
asked.add_argument("-N", action="store_true")
asked.add_argument("-H", action="append", default=[])
asked.add_argument("-d")
asked.add_argument("address")


def main() -> None:
    """Answers as curl does, errors of HTTP too."""
    told = asked.parse_args()
    headers = dict(header.split(": ", 1) for header in told.H)
    method, content = ("GET", None) if told.d is None else ("POST", told.d.encode())
    with httpx.stream(method, told.address, content=content, headers=headers, timeout=20) as answered:
        for some in answered.iter_text():
            try:
                sys.stdout.write(some)
                sys.stdout.flush()
            except BrokenPipeError:
                # Whoever reads has enough. There is nobody to flush for at the end.
                os._exit(0)


if __name__ == "__main__":
    main()
