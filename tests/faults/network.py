"""A network of several machines in one: each has a network namespace, and a cable to the switch at which the test itself stands.

It is made of `ip` commands and needs the right to give them: `make faults` runs the tests in namespaces of their own, where they
may. A cut is silent, as on a real network: packets vanish, nobody is told, and what was connected stays connected.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable
from functools import cache
from typing import Self

from tools.isolated import MARK

SWITCH = "switch"
CARD = "eth0"
TEST = "test"  # the test's own place on the network, beside the machines
NOBODY = "02:00:00:00:00:fe"  # no card has this address: the switch carries what is sent there to nobody


def ip(*arguments: str) -> None:
    """Give one command to the kernel's network. Raises RuntimeError with what it says when it refuses."""
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"ip {' '.join(arguments)}: {done.stderr.strip()}")


@cache
def hindrance() -> str | None:
    """Why no network can be made here, and what would help; None if one can, as was tried."""
    if MARK not in os.environ:
        return (
            "it makes a network of its own: run it by `make faults`, or by `tools/isolated.py .venv/bin/pytest ...`, "
            "which says what is missing where namespaces may not be made"
        )
    if shutil.which("ip") is None:
        return "it needs the program `ip`: apt-get install iproute2"
    try:
        with Network(["tried"]):
            pass
    except RuntimeError as refusal:
        return f"the kernel refuses a part of the network that it makes: {refusal}"
    return None


class Network:
    """Machines on one switch. Entering makes it, leaving unmakes it; `addresses` says who is where."""

    def __init__(self, machines: Iterable[str]) -> None:
        self.machines = list(machines)
        self.addresses = {name: f"10.77.0.{number}" for number, name in enumerate([*self.machines, TEST], start=1)}

    def inside(self, machine: str) -> list[str]:
        """What to put before a command so that it runs on the machine."""
        return ["ip", "netns", "exec", machine]

    def cut(self, left: str, right: str) -> None:
        """From now on nothing passes between the two; `TEST` is the test and what it starts outside the machines."""
        for at, other in ((left, right), (right, left)):
            # Whoever resolves the other's address finds a card that is not there.
            place = ["lladdr", NOBODY, "dev", self._card(at), "nud", "permanent"]
            ip(*self._at(at), "neigh", "replace", self.addresses[other], *place)

    def cut_off(self, machine: str) -> None:
        """Nothing passes between the machine and anybody else."""
        for other in self.addresses:
            if other != machine:
                self.cut(machine, other)

    def heal(self) -> None:
        """Join again whatever was cut."""
        for at in self.addresses:
            ip(*self._at(at), "neigh", "flush", "dev", self._card(at), "nud", "permanent")

    def _at(self, place: str) -> list[str]:
        return [] if place == TEST else ["-n", place]

    def _card(self, place: str) -> str:
        return SWITCH if place == TEST else CARD

    def __enter__(self) -> Self:
        ip("link", "add", SWITCH, "type", "bridge")
        ip("addr", "add", f"{self.addresses[TEST]}/24", "dev", SWITCH)
        ip("link", "set", SWITCH, "up")
        for name in self.machines:
            ip("netns", "add", name)
            ip("link", "add", f"to-{name}", "type", "veth", "peer", "name", CARD, "netns", name)
            ip("link", "set", f"to-{name}", "master", SWITCH, "up")
            ip("-n", name, "addr", "add", f"{self.addresses[name]}/24", "dev", CARD)
            ip("-n", name, "link", "set", CARD, "up")
            ip("-n", name, "link", "set", "lo", "up")
        return self

    def __exit__(self, *exception: object) -> None:
        for name in self.machines:
            ip("link", "del", f"to-{name}")
            ip("netns", "del", name)
        ip("link", "del", SWITCH)
