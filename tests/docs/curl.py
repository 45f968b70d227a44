"""What the tutorials need of curl, for machines without it: sends `-d` with the headers `-H`, prints the answer."""

from __future__ import annotations

import argparse
import sys

import httpx

asked = argparse.ArgumentParser()
asked.add_argument("-s", action="store_true")
asked.add_argument("-H", action="append", default=[])
asked.add_argument("-d", required=True)
asked.add_argument("address")


def main() -> None:
    """Answers as curl does, errors of HTTP too."""
    told = asked.parse_args()
    headers = dict(header.split(": ", 1) for header in told.H)
    sys.stdout.write(httpx.post(told.address, content=told.d.encode(), headers=headers, timeout=20).text)


if __name__ == "__main__":
    main()
