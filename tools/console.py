"""Builds the console into the package, where a running server finds it: `make console`, and beside the server by `make run`.

    python tools/console.py          # build it, if it is not built from the present sources
    python tools/console.py --beside # the same in the background, at low priority, saying one line at most
    python tools/console.py --clean  # take it away again

It needs Node 20.19 or later and npm. Nothing else of txapi does.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONSOLE = ROOT / "console"
BUILT = ROOT / "src" / "txapi" / "web" / "built"
BUILDING = BUILT.with_name("built.lock")
LOG = CONSOLE / "build.log"
LEAST_NODE = (20, 19)
SOURCES = (
    "console/*.json",
    "console/*.html",
    "console/*.ts",
    "console/*.mjs",
    "console/.npmrc",
    "console/src/**/*",
    "schema/**/*.graphql",
)
GENERATED = CONSOLE / "src" / "generated"
STAMP = "sources.sha256"


class CannotBuild(Exception):
    """The console cannot be built here; the message says why, and what would help."""


def node_complaint() -> str | None:
    """Why this machine cannot build the console; None where it can."""
    node = shutil.which("node")
    wanted = f"Node {'.'.join(map(str, LEAST_NODE))} or later and npm"
    if node is None or shutil.which("npm") is None:
        return f"the console is not built: {wanted} are needed and not installed (the API needs neither)"
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    try:
        version = tuple(int(part) for part in said.removeprefix("v").split(".")[:2])
    except ValueError:
        version = (0,)
    if version < LEAST_NODE:
        return f"the console is not built: {wanted} are needed, and this is {said or 'no Node'} (the API needs neither)"
    return None


def sources_hash(root: Path = ROOT) -> str:
    """A hash over everything that the build is made from."""
    found = {
        path for pattern in SOURCES for path in root.glob(pattern) if path.is_file() and GENERATED not in path.parents
    }
    told = hashlib.sha256()
    for path in sorted(found):
        told.update(f"{path.relative_to(root)}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return told.hexdigest()


def is_built() -> bool:
    """Whether what is built was built from the present sources."""
    stamp = BUILT / STAMP
    return stamp.is_file() and stamp.read_text() == sources_hash()


@contextmanager
def alone() -> Iterator[None]:
    """One build at a time in this checkout: npm and Vite write into shared folders."""
    # Whoever holds the lock is building: a server that runs beside sees it, and says so.
    with BUILDING.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def is_being_built() -> bool:
    """Whether somebody builds it at this moment."""
    try:
        with BUILDING.open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False


def build() -> bool:
    """Build the console unless it is built already; whether there was anything to do. CannotBuild."""
    complaint = node_complaint()
    if complaint is not None:
        raise CannotBuild(complaint)
    with alone():
        made_from = sources_hash()
        if is_built():
            return False
        install()
        fresh = BUILT.with_name("built.new")
        shutil.rmtree(fresh, ignore_errors=True)
        run("npm", "run", "--silent", "build", TXAPI_CONSOLE_OUT=str(fresh))
        (fresh / STAMP).write_text(made_from)
        # A server that runs sees one build or the other, or for an instant none; never half of one.
        old = BUILT.with_name("built.old")
        shutil.rmtree(old, ignore_errors=True)
        if BUILT.exists():
            BUILT.rename(old)
        fresh.rename(BUILT)
        shutil.rmtree(old, ignore_errors=True)
    return True


def install() -> None:
    """Have the packages of the lock, and no others."""
    lock = CONSOLE / "package-lock.json"
    stamp = CONSOLE / "node_modules" / ".lock.sha256"
    locked = hashlib.sha256(lock.read_bytes()).hexdigest()
    if stamp.is_file() and stamp.read_text() == locked:
        return
    # No package needs a script of its own to be run.
    run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
    stamp.write_text(locked)


def run(*command: str, **environment: str) -> None:
    """Run a program in the console's folder; CannotBuild where it fails."""
    done = subprocess.run(command, cwd=CONSOLE, env={**os.environ, **environment}, check=False)
    if done.returncode:
        raise CannotBuild(f"the console is not built: `{' '.join(command)}` failed with {done.returncode}")


def beside() -> None:
    """Start a build in the background where there is something to do, and say so; the server does not wait for it."""
    if is_built():
        return
    complaint = node_complaint()
    if complaint is not None:
        print(complaint)
        return
    if is_being_built():
        # A second builder would wait for the first one, and empty its log.
        print(f"the console is being built already: see {LOG.relative_to(ROOT)}")
        return
    with LOG.open("w") as log:
        subprocess.Popen(
            # The server's questions come first.
            ["nice", "-n", "15", sys.executable, __file__],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    print(
        f"the console is being built beside the server: see /console/ in a minute or two, and {LOG.relative_to(ROOT)}"
    )


def clean() -> None:
    """Take away what is built, and what building needed."""
    for folder in (
        BUILT,
        BUILT.with_name("built.new"),
        BUILT.with_name("built.old"),
        CONSOLE / "node_modules",
        GENERATED,
    ):
        shutil.rmtree(folder, ignore_errors=True)
    BUILDING.unlink(missing_ok=True)


def main() -> int:
    """Do what the command line says; 1 where the console cannot be built."""
    match sys.argv[1:]:
        case ["--beside"]:
            beside()
        case ["--clean"]:
            clean()
        case []:
            try:
                print("the console is built" if build() else "the console is built already, from these sources")
            except CannotBuild as error:
                print(error, file=sys.stderr)
                return 1
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
