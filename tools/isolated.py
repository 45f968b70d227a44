"""Runs a command in namespaces of its own: processes, mounts and network, so that nothing of what it starts outlives it.

    tools/isolated.py .venv/bin/pytest tests/faults

Inside, the command is root, sees no process but its own, may mount, and has a network of its own that reaches nothing outside.
Where namespaces may not be made, it says why, and the command runs without.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys

MARK = "TXAPI_ISOLATED"  # set for the command when it runs in namespaces of its own
# `--fork` and `--kill-child`: the first process inside is told when the one outside is gone, and all others end with it.
NAMESPACES = ["--mount", "--net", "--pid", "--fork", "--kill-child=SIGTERM", "--mount-proc"]
PATIENCE_SECONDS = 30  # for the command to clean up
SIOCSIFFLAGS, IFF_UP = 0x8914, 0x1
INSIDE = [sys.executable, __file__, "--inside"]
# Names of network namespaces lie in the one. What lies in the other in files named for processes is taken for left behind by
# whoever does not see these processes, as nobody here sees those outside.
OWN_FOLDERS = ["/run", "/dev/shm"]


def unshare() -> list[str]:
    """The command that makes the namespaces, tried with all that is done in them. Raises OSError with what hinders it."""
    if shutil.which("unshare") is None or shutil.which("setpriv") is None:
        raise OSError("there are no programs `unshare` and `setpriv` (Linux, package util-linux)")
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    command = ["setpriv", "--pdeathsig", "KILL", "unshare", *user, *NAMESPACES]
    tried = subprocess.run([*command, *INSIDE, "true"], capture_output=True, text=True, check=False)
    if tried.returncode != 0:
        said = tried.stderr.strip().partition("\n")[0]
        raise OSError(f"{said} (root needs CAP_SYS_ADMIN, anybody else a kernel that allows user namespaces)")
    return command


def first_process(command: list[str]) -> int:
    """Inside: bring up the network, run the command, and bury orphans until it ends; its exit code."""
    for folder in filter(os.path.isdir, OWN_FOLDERS):
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", folder], check=True)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))
    child = subprocess.Popen(command, env={**os.environ, MARK: "1"})

    def clean_up(*_: object) -> None:
        child.send_signal(signal.SIGINT)
        signal.alarm(PATIENCE_SECONDS)

    signal.signal(signal.SIGTERM, clean_up)
    signal.signal(signal.SIGALRM, lambda *_: os._exit(1))  # with its first process, all others of a namespace end
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the command by itself
    while True:
        pid, status = os.wait()
        if pid == child.pid:
            return told(os.waitstatus_to_exitcode(status))


def told(code: int) -> int:
    """The exit code by which a shell tells how a process ended: by itself, or (negative) by a signal."""
    return code if code >= 0 else 128 - code


def main(arguments: list[str]) -> int:
    """Run the command that the arguments are; its exit code."""
    if arguments[:1] == ["--inside"]:
        return first_process(arguments[1:])
    # Who is root inside only is still another user outside: what is named for a user, in /tmp, is not to be root's.
    os.environ.setdefault("LOGNAME", f"user-{os.getuid()}")
    try:
        isolated = [*unshare(), *INSIDE, *arguments]
    except OSError as hindrance:
        print(f"tools/isolated.py: no namespaces here: {hindrance}. The command runs without.", file=sys.stderr)
        os.execvp(arguments[0], arguments)
    with subprocess.Popen(isolated) as running:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        return told(running.wait())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
