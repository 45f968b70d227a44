"""Runs what others wrote, from npm and for Python, against a real server: `make clients`.

    python tools/clients.py               # everything in tests/clients
    python tools/clients.py NAME.test.mjs # one of those from npm

It needs Node 20.19 or later and npm, and the packages that tests/clients/package-lock.json names. Python's client is in the
environment.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CLIENTS = ROOT / "tests" / "clients"
LEAST_NODE = (20, 19)


class CannotRun(Exception):
    """The clients cannot be run here; the message says why, and what would help."""


def look_for_node() -> None:
    """CannotRun where Node or npm are absent or too old."""
    wanted = f"Node {'.'.join(map(str, LEAST_NODE))} or later and npm"
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        raise CannotRun(f"the outside clients need {wanted}, which are not installed (Debian: nodejs npm)")
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    version = said.removeprefix("v").split(".")
    if not all(part.isdigit() for part in version[:2]) or tuple(map(int, version[:2])) < LEAST_NODE:
        raise CannotRun(f"the outside clients need {wanted}, and this is {said or 'no Node'}")


def install() -> None:
    """Have the packages of the lock, and no others. CannotRun."""
    locked = hashlib.sha256((CLIENTS / "package-lock.json").read_bytes()).hexdigest()
    stamp = CLIENTS / "node_modules" / ".lock.sha256"
    if stamp.is_file() and stamp.read_text() == locked:
        return
    # No package needs a script of its own to be run.
    done = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=CLIENTS, check=False)
    if done.returncode:
        raise CannotRun("the outside clients cannot be installed: `npm ci` failed")
    stamp.write_text(locked)


def main() -> int:
    """Run the clients; 1 where one fails, or none can be run."""
    try:
        look_for_node()
        install()
    except CannotRun as error:
        print(error, file=sys.stderr)
        return 1
    # One after the other: each starts a server, and a machine may have two cores. What hangs is told after a minute.
    command = ["node", "--test", "--test-concurrency=1", "--test-timeout=60000", "--test-reporter=spec", *sys.argv[1:]]
    code = subprocess.run(command, cwd=CLIENTS, check=False).returncode
    if code or sys.argv[1:]:
        return code
    checks = [sys.executable, "-m", "pytest", "-n", "0", *map(str, sorted(CLIENTS.glob("check_*.py")))]
    return subprocess.run(checks, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
