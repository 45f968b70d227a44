"""The command line's way in: `txapi`, or `python -m txapi`."""

from __future__ import annotations

from txapi.cli.root import txapi


def main() -> None:
    """Run the command line and exit with its code."""
    txapi(prog_name="txapi")


if __name__ == "__main__":
    main()
